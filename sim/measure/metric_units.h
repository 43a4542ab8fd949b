/* metric_units - numbers with their units, as scenarios spell them
 *
 *     duration  30s  5m  400us  1h30m  1.5h  2d        (ns us ms s m min h d w)
 *     moment    12:00Z  12:00:30Z  2014-06-24T12:00Z  +90m  2h  0  end
 *     rate      1200/s  90/min  5/h
 *     share     2%  0.02
 *     number    60  0.5  12k  1.2M  3G  1e6
 *
 * A reader takes as much text as belongs to the quantity and moves the cursor behind it; on failure the cursor stays. Spans of
 * time are exact: no floating point is involved. Numbers have no sign and do not depend on the locale.
 */
#ifndef MEASURE_METRIC_UNITS_H
#define MEASURE_METRIC_UNITS_H

#include <stdbool.h>
#include <stdint.h>

enum metric_units_kind { UNITS_NUMBER, UNITS_DURATION, UNITS_SHARE, UNITS_RATE };

struct metric_units_quantity {
    enum metric_units_kind kind;
    double value; /* number; seconds; ratio; per second */
    int64_t ns;   /* of a duration */
};

/* Any number with or without a unit. */
bool metric_units_quantity(const char **cursor, struct metric_units_quantity *out);

/* A span of time. */
bool metric_units_duration(const char **cursor, int64_t *ns);

/* A moment, from the start of a run that begins at start_utc_s. A clock time is the first such time at or after the start. */
bool metric_units_moment(const char **cursor, int64_t start_utc_s, int64_t run_ns, int64_t *ns);

#endif
