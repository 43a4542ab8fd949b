/* metric_value - how each metric of the language is read from a result
 *
 * One row for each row of sim/measure/metric_names.c. Rules for all of them:
 *
 * - An empty selection is refused, never 0: a quantile, a mean or a ratio needs something to be made of. A plain count may be 0,
 *   but only of an entity, a partition and a window that exist.
 * - Counters and times are of what was born in the window, whenever it ended; levels (queue length, workers) are of the clock.
 * - Unfinished mail counts at its age. A value that rests on such mail is marked as a lower bound: a mean and a maximum when any
 *   is unfinished, a quantile when the unfinished messages that are not older than it could move it by more than a hundredth.
 */
#ifndef STORMCELL_METRIC_VALUE_H
#define STORMCELL_METRIC_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "result.pb-c.h"
#include "stormcell/metric.h"

/* Runs among which a label `strategy=` chooses; without the label, `own` is meant. */
struct metric_runs {
    const Stormcell__Result *own;
    const Stormcell__Result *const *all;
    size_t count;
};

/* A metric_resolver with a struct metric_runs as context. */
metric_resolver metric_value_among;

/* Is there a row of this name? */
bool metric_value_known(const char *name);

#endif
