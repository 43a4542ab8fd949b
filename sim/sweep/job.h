/* job - one judged run: scenario, seed and strategy in, Result out
 *
 * A job runs the scenario and, if anything can break in it, its fault-free twin of the same seed, judges health, SLA and the lines
 * of the scenario, and keeps nothing else. Jobs share nothing, so they go on many cores; results lie where their jobs do.
 */
#ifndef SWEEP_JOB_H
#define SWEEP_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "result.pb-c.h"
#include "scenario.pb-c.h"

/* Hears how far a job is, 0..1; may be called from any thread, one at a time. */
typedef void job_progress(void *context, double share);

struct job {
    const Stormcell__Scenario *scenario;
    const char *strategy; /* NULL: baseline */
    const char *repeat;   /* the command that repeats it */
    uint64_t seed;
    const char *const *metrics; /* that will be asked of the result, for their windows */
    size_t metric_count;
    FILE *trace;

    Stormcell__Result *result; /* out */
    char error[512];           /* out: why its lines cannot be judged; empty: they were */
};

/* Runs all jobs, which are one comparison if they are more than one, on at most `threads` cores. With one core, nothing is started
 * beside the caller. */
void jobs_run(struct job *jobs, size_t count, unsigned threads, job_progress *progress, void *context);

#endif
