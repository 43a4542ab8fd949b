/* mail_schedule - when failed mail is tried again, and when it is given up
 *
 * The schedules of well-known mail systems as data, for senders and for deliveries. A schedule gives the wait from a failure to the
 * moment from which the message may be tried again. With a scan it is tried at the first scan at or after that moment, scans being
 * `phase`, `phase` + `scan`, ...; without one, at that very moment. Knows no run: times come in and go out.
 */
#ifndef WORLD_MAIL_SCHEDULE_H
#define WORLD_MAIL_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenario.pb-c.h"

/* What the wait depends on. */
enum mail_schedule_rule {
    MAIL_WAIT_BY_COUNT, /* the number of failures: a list of intervals, of which the last repeats */
    MAIL_WAIT_BY_AGE,   /* the age of the message, between two bounds */
    MAIL_WAIT_EXIM,     /* Exim's rules: fixed, then geometric, then fixed, by age */
};

struct mail_schedule {
    enum mail_schedule_rule rule;
    const int64_t *intervals_ns; /* borrowed */
    size_t intervals;
    int64_t shortest_ns, longest_ns; /* by age; and the shortest wait of any schedule */
    int64_t scan_ns;                 /* 0: none */
    int64_t tick_ns;                 /* its clock counts in these: moments are cut down to them before scans; 0: exact */
    int64_t give_up_ns;              /* age at which a sender gives a message up */
};

/* What a schedule knows of a message that has just failed. `step` is the schedule's own, 0 for a new message, kept with the
 * message. */
struct mail_failure {
    int64_t at_ns, age_ns;
    uint32_t failures; /* this one included */
    uint32_t step;
};

enum { MAIL_STEP_MAX = 255 };

/* The schedule of an enum of the language, as it stands in its source. */
struct mail_schedule mail_schedule_preset(Stormcell__Schedule preset);

/* The schedule that hosts of a sender follow, by its name in the language; false when there is none of that name. A sender's hosts
 * always scan. */
bool mail_schedule_of_sender(const char *name, struct mail_schedule *out);

/* The schedule of deliveries, with what the scenario changes; `set` may be NULL and must outlive the schedule. */
struct mail_schedule mail_schedule_of_delivery(const Stormcell__DeliveryRetry *set);

/* The wait from the failure on, > 0; moves failure->step on. */
int64_t mail_schedule_wait_ns(const struct mail_schedule *s, struct mail_failure *failure);

/* The number n >= 0 of the first scan, at phase_ns + n * scan_ns, that is later than failed_ns and not before failed_ns + wait_ns.
 * The schedule must have a scan. */
int64_t mail_schedule_scan(const struct mail_schedule *s, int64_t failed_ns, int64_t wait_ns, int64_t phase_ns);

/* Will its waits stay the same from this failure on? */
bool mail_schedule_steady(const struct mail_schedule *s, const struct mail_failure *failure);

/* How many attempts have been made by until_ns, when the first was at first_ns and all have failed. The schedule must have a scan.
 */
uint64_t mail_schedule_attempts(const struct mail_schedule *s, int64_t first_ns, int64_t phase_ns, int64_t until_ns);

/* Wait and scan together: the moment of the next attempt. */
int64_t mail_schedule_next_ns(const struct mail_schedule *s, struct mail_failure *failure, int64_t phase_ns);

#endif
