/* quantity - quantities as people write them
 *
 *     duration       30s, 5m, 400us, 1h30m, 1.5s, 2d   (ns us ms s m or min, h d w)
 *     moment         12:00Z, 2014-06-24T12:00Z, +90m   (from the start of the run; a clock time is the next one at or after it)
 *     date and time  2014-06-24T10:30Z
 *     rate           1200/s, 90/min, 1.2k/h, 5/d
 *     share          2%, 0.02
 *     count          60, 12k, 1.2M
 *
 * Decimal digits are read exactly: no float stands between the text and an integer. What does not fit is told apart from what
 * cannot be read.
 */
#ifndef STORMCELL_QUANTITY_H
#define STORMCELL_QUANTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stormcell/param.h"

enum quantity_outcome {
    QUANTITY_GOOD,
    QUANTITY_BAD,       /* not written like this unit */
    QUANTITY_TOO_LARGE, /* does not fit */
    QUANTITY_NOT_WHOLE, /* a fraction where a whole number is due */
};

enum quantity_outcome quantity_duration(const char *text, int64_t *ns);
enum quantity_outcome quantity_moment(const char *text, int64_t start_utc_s, int64_t *t_ns);
enum quantity_outcome quantity_datetime(const char *text, int64_t *utc_s);
enum quantity_outcome quantity_rate(const char *text, double *per_s);
enum quantity_outcome quantity_share(const char *text, double *ratio);
enum quantity_outcome quantity_signed(const char *text, int64_t *value);
enum quantity_outcome quantity_unsigned(const char *text, uint64_t *value);
enum quantity_outcome quantity_number(const char *text, double *value);

/* A plain decimal number of `unit_ns` each, such as a cell of a CSV file: 1.000000001 of 1e9 is 1000000001. Rounded to the nearest.
 */
enum quantity_outcome quantity_scaled(const char *text, int64_t unit_ns, int64_t *ns);

/* "a duration such as 30s" */
const char *quantity_spelling(enum param_unit unit);

/* What a text is, if it is a quantity at all: "a rate", "a plain number"; else NULL. */
const char *quantity_kind(const char *text);

/* The value of an integer unit as a text that reads back to it: 1h30m, 15ms. Returns out. */
char *quantity_format_duration(int64_t ns, char out[64]);

/* The same of any unit: 95%, 1200/s, 3. Values of integer units are given as doubles too. Returns out. */
char *quantity_format(enum param_unit unit, double value, char out[64]);

#endif
