/* units - quantities as people write them
 *
 *     duration       30s, 5m, 400us, 1h30m, 1.5s, 2d   (ns us ms s m h d w)
 *     moment         12:00Z, 2014-06-24T12:00Z, +90m   (from the start of the run; a clock time is the next one at or after it)
 *     date and time  2014-06-24T10:30Z
 *     rate           1200/s, 90/min, 1.2k/h, 5/d
 *     share          2%, 0.02
 *     count          60, 12k, 1.2M
 *
 * Decimal digits are read exactly: no float stands between the text and an integer. What does not fit is told apart from what cannot be read.
 */
#ifndef STORMCELL_UNITS_H
#define STORMCELL_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stormcell/param.h"

enum units_outcome {
    UNITS_GOOD,
    UNITS_BAD,       /* not written like this unit */
    UNITS_TOO_LARGE, /* does not fit */
    UNITS_NOT_WHOLE, /* a fraction where a whole number is due */
};

enum units_outcome units_duration(const char *text, int64_t *ns);
enum units_outcome units_moment(const char *text, int64_t start_utc_s, int64_t *t_ns);
enum units_outcome units_datetime(const char *text, int64_t *utc_s);
enum units_outcome units_rate(const char *text, double *per_s);
enum units_outcome units_share(const char *text, double *ratio);
enum units_outcome units_signed(const char *text, int64_t *value);
enum units_outcome units_unsigned(const char *text, uint64_t *value);
enum units_outcome units_number(const char *text, double *value);

/* A plain decimal number of `unit_ns` each, such as a cell of a CSV file: 1.000000001 of 1e9 is 1000000001. Rounded to the nearest. */
enum units_outcome units_scaled(const char *text, int64_t unit_ns, int64_t *ns);

/* "a duration such as 30s" */
const char *units_spelling(enum param_unit unit);

/* What a text is, if it is a quantity at all: "a rate", "a plain number"; else NULL. */
const char *units_kind(const char *text);

/* The value of an integer unit as a text that reads back to it: 1h30m, 15ms. Returns out. */
char *units_format_duration(int64_t ns, char out[64]);

/* The same of any unit: 95%, 1200/s, 3. Values of integer units are given as doubles too. Returns out. */
char *units_format(enum param_unit unit, double value, char out[64]);

#endif
