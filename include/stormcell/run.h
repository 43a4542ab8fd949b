/* run - one run of one scenario: a world that can be advanced, and what it leaves behind
 *
 * Everything a run knows hangs off one struct run. Two runs may be stepped in turn in one thread, or each in its own.
 */
#ifndef STORMCELL_RUN_H
#define STORMCELL_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "result.pb-c.h"
#include "scenario.pb-c.h"

struct run;

struct run_options {
    uint64_t seed;
    bool without_faults;     /* the fault-free twin: no faults, no rollouts, no runbook */
    const int64_t *edges_ns; /* moments at which an epoch begins, ascending (result_window_edges) */
    size_t edge_count;
    const char *strategy; /* for the result; NULL: baseline */
    const char *repeat;   /* the command that repeats it, for the result and for must() */
    int64_t end_ns;       /* it ends here; 0: where the scenario does */
    bool cohorts_only;    /* of cells, levels and series, nothing will be asked: partitions are not told apart there */
    FILE *trace;          /* one line an event for people who look closely, or NULL */
};

/* Version of the program, as results carry it. */
#define STORMCELL_VERSION "0.1.0"

/* Builds the world of a checked scenario. The scenario must outlive the run. End it with run_free(). */
struct run *run_create(const Stormcell__Scenario *sc, const struct run_options *o);
void run_free(struct run *run);

/* Advances to a moment (at most the end of the run): all events at or before it have happened. */
void run_until(struct run *run, int64_t t_ns);

int64_t run_now(const struct run *run);
int64_t run_end(const struct run *run);
uint64_t run_events(const struct run *run);

/* At the end: asserts the ledgers and returns what was counted, not yet judged. Free with result_free(). */
Stormcell__Result *run_finish(struct run *run);

#endif
