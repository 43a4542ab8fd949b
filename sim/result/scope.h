/* scope - the cohorts of a partition, of a group, or of all, added up
 *
 * One number for each interval of birth. Arrays of a Cohorts message may be shorter than the run; what is missing is 0.
 */
#ifndef STORMCELL_SCOPE_H
#define STORMCELL_SCOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "result.pb-c.h"

struct scope {
    size_t intervals;
    bool mail;     /* some mail was offered */
    bool presence; /* there are sessions or dependents */
    uint64_t *offered, *good, *in_flight, *mail_offered, *mail_lost, *mail_late;
    int64_t *oldest_ns, *last_failure_ns;
    double *connected_s, *wanted_s; /* of sessions and dependents */
};

/* Intervals that a result is judged in: as many as its cohorts have, and not more than the run. */
size_t scope_intervals(const Stormcell__Result *r);

/* An empty scope; end it with scope_free(). */
struct scope scope_create(size_t intervals);
void scope_free(struct scope *s);
void scope_clear(struct scope *s);

/* Adds one partition: sums, the older of the oldest mail, and the later of the last failures. */
void scope_add(struct scope *s, const Stormcell__Cohorts *c);

/* The share of sessions and dependents that was not connected in an interval; 0 when there are none. */
double scope_absent(const struct scope *s, size_t i);

/* Who is connected in this run, and how: "clients connected", "dependents up", or both. */
const char *scope_presence_words(const Stormcell__Result *r);

/* Length of interval i in nanoseconds: the last one may be shorter. */
int64_t scope_interval_ns(const Stormcell__Result *r, size_t i);

#endif
