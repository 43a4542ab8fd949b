/* quantity - quantities as people write them, in scenarios, in their metrics and on the command line
 *
 *     duration       30s, 5m, 400us, 1h30m, 1.5s, 2d   (w d h m or min, s ms us ns, falling from left to right)
 *     moment         12:00Z, 2014-06-24T12:00Z, +90m   (from the start of the run; a clock time is the next one at or after it)
 *     date and time  2014-06-24T10:30Z
 *     rate           1200/s, 90/min, 1.2k/h, 5/d
 *     share          2%, 0.02
 *     number         60, 12k, 1.2M, 1e6
 *
 * A text is read as a whole: what stands before or behind the quantity spoils it. Decimal digits are read exactly: no float stands
 * between the text and an integer, and a double is the nearest one. What does not fit is told apart from what cannot be read. On
 * failure the value is of no use.
 */
#ifndef BASE_QUANTITY_H
#define BASE_QUANTITY_H

#include <stdint.h>

enum quantity_outcome {
    QUANTITY_GOOD,
    QUANTITY_BAD,       /* not written like this unit */
    QUANTITY_TOO_LARGE, /* does not fit */
    QUANTITY_NOT_WHOLE, /* a fraction where a whole number is due */
};

enum quantity_outcome quantity_duration(const char *text, int64_t *ns);
/* Below 0 when a date lies before the start. */
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

enum quantity_kind { QUANTITY_NUMBER, QUANTITY_SHARE, QUANTITY_RATE, QUANTITY_DURATION };

struct quantity {
    enum quantity_kind kind;
    double value; /* number; ratio; per second; seconds */
};

/* Any of these where no unit is due; 0.5 is a number. out->kind is right for what is too large, too. */
enum quantity_outcome quantity_any(const char *text, struct quantity *out);

/* The value as a text that reads back to it: 1h30m, 15ms. Returns out. */
char *quantity_format_duration(int64_t ns, char out[64]);

#endif
