/* metric_series - the metrics that a run samples over time, so that a measured series can stand beside them */
#ifndef STORMCELL_METRIC_SERIES_H
#define STORMCELL_METRIC_SERIES_H

#include <stdbool.h>
#include <stddef.h>

#include "stormcell/metric.h"

struct metric_series {
    const char *name; /* of the metric, and of the series in a result */
    const char *of;   /* the label of its entities: population, service, transport */
    bool rate;        /* a sample holds what was counted during it, shown per second; else the level at its end */
    enum metric_unit unit;
};

extern const struct metric_series metric_series[];
extern const size_t metric_series_count;

/* The series of a metric, or NULL when it is not sampled. */
const struct metric_series *metric_series_find(const char *name);

#endif
