/* scenario - from a YAML file to a checked message
 *
 * yaml -> tree with places -> includes -> overlays (--assume, strategy, --with, --set) -> bound message -> checked. All errors are
 * collected in one pass. The message is then complete: defaults are the schema's, files are embedded, names resolve, ranges hold.
 */
#ifndef STORMCELL_SCENARIO_H
#define STORMCELL_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

#include "scenario.pb-c.h"
#include "stormcell/diag.h"

struct scenario_file;

/* What is laid over the file, in this order. */
struct scenario_overlay {
    const char *const *assume; /* "path=value", in place of what stands in the file: a strategy that changes the path wins */
    size_t assume_count;
    const char *strategy;    /* NULL or "baseline": none */
    const char *const *with; /* files */
    size_t with_count;
    const char *const *set; /* "path=value" */
    size_t set_count;
};

/* Reads a file with its includes. NULL with errors in `d` when it cannot be read as YAML; errors that leave something to check (a
 * duplicate key, an include that is missing) are in `d` too, and no scenario_bind() will succeed. End it with scenario_file_free().
 */
struct scenario_file *scenario_open(const char *path, struct diag *d);

/* The same from memory (fuzzing, tests); `name` stands for the file in diagnostics. */
struct scenario_file *scenario_open_memory(const char *name, const void *text, size_t length, struct diag *d);
void scenario_file_free(struct scenario_file *f);

/* Names of its strategies in the order of the file, without baseline; valid as long as the file. */
size_t scenario_strategies(const struct scenario_file *f, const char *const **names);

/* Lays the overlay over it, binds and checks. NULL with errors in `d`. Free with stormcell__scenario__free_unpacked(m, NULL). May
 * be called again with other overlays. */
Stormcell__Scenario *scenario_bind(const struct scenario_file *f, const struct scenario_overlay *o, struct diag *d);

/* Binds and checks the scenario as it is and under each of its strategies, and forgets the messages: what `check` does. Errors that
 * only a strategy brings about name it. true when all is good. */
bool scenario_check_all(const struct scenario_file *f, struct diag *d);

/* Where a path of the bound scenario stands in the file (the value, or the nearest parent), for errors that are found later (metric
 * expressions, faults that touched nothing). */
struct place scenario_place(const struct scenario_file *f, const char *path);

/* The range of an `assumed:` entry: value texts that `--set path=...` takes, from lo to hi in `steps` even steps (2: the ends).
 * Fills out[0..steps-1] with new texts; false with an error in `d` when it cannot be read. */
bool scenario_assumed_values(const struct scenario_file *f, const char *path, unsigned steps, char **out, struct diag *d);

#endif
