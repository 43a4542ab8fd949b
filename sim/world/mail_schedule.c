/* mail_schedule - when failed mail is tried again, and when it is given up
 *
 * Sources: Exchange Server, "Message retry, resubmit, and expiration intervals" (queue glitch 4 x 1 min, transient failure 6 x 5
 * min, then outbound connection failure 10 min, expiry 2 d). Postfix, mail_params.h and SCHEDULER_README (minimal_backoff_time 300
 * s, maximal_backoff_time 4000 s, queue_run_delay 300 s, maximal_queue_lifetime 5 d), and a real Postfix 3.7 measured. Exim,
 * default configure file ("F,2h,15m; G,16h,1h,1.5; F,4d,6h", queue runner every 30 min). RFC 5321, 4.5.4.1 (at least 30 min, 4 to 5
 * days).
 */
#include "world/mail_schedule.h"

#include <string.h>

#include "stormcell/must.h"

#define SECOND INT64_C(1000000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static const int64_t exchange_intervals_ns[] = {
    1 * MINUTE,  1 * MINUTE, 1 * MINUTE, 1 * MINUTE,                         /* queue glitch */
    5 * MINUTE,  5 * MINUTE, 5 * MINUTE, 5 * MINUTE, 5 * MINUTE, 5 * MINUTE, /* transient failure */
    10 * MINUTE,                                                             /* for ever */
};

#define SENDER_SCAN (10 * SECOND)

static const int64_t rfc5321_intervals_ns[] = {30 * MINUTE};

/* Exim's three rules. */
#define EXIM_FIXED_UNTIL (2 * HOUR)
#define EXIM_FIXED (15 * MINUTE)
#define EXIM_GROWING_UNTIL (16 * HOUR)
#define EXIM_GROWING (1 * HOUR)
#define EXIM_LATE (6 * HOUR)

static const struct mail_schedule presets[] = {
    [STORMCELL__SCHEDULE__SCHEDULE_EXCHANGE] =
        {
            .rule = MAIL_WAIT_BY_COUNT,
            .intervals_ns = exchange_intervals_ns,
            .intervals = sizeof exchange_intervals_ns / sizeof *exchange_intervals_ns,
            .shortest_ns = 1 * MINUTE,
            .give_up_ns = 2 * DAY,
        },
    /* Postfix compares whole seconds: a message that is due at 198.04 s goes with the scan at 198 s. */
    [STORMCELL__SCHEDULE__SCHEDULE_POSTFIX] =
        {
            .rule = MAIL_WAIT_BY_AGE,
            .shortest_ns = 300 * SECOND,
            .longest_ns = 4000 * SECOND,
            .scan_ns = 300 * SECOND,
            .tick_ns = SECOND,
            .give_up_ns = 5 * DAY,
        },
    [STORMCELL__SCHEDULE__SCHEDULE_EXIM] =
        {
            .rule = MAIL_WAIT_EXIM,
            .shortest_ns = EXIM_FIXED,
            .scan_ns = 30 * MINUTE,
            .give_up_ns = 4 * DAY,
        },
    [STORMCELL__SCHEDULE__SCHEDULE_RFC5321] =
        {
            .rule = MAIL_WAIT_BY_COUNT,
            .intervals_ns = rfc5321_intervals_ns,
            .intervals = sizeof rfc5321_intervals_ns / sizeof *rfc5321_intervals_ns,
            .shortest_ns = 30 * MINUTE,
            .scan_ns = 1 * MINUTE,
            .give_up_ns = 4 * DAY,
        },
};

struct mail_schedule mail_schedule_preset(Stormcell__Schedule preset)
{
    must((size_t)preset < sizeof presets / sizeof *presets);
    return presets[preset];
}

bool mail_schedule_of_sender(const char *name, struct mail_schedule *out)
{
    static const char *const names[] = {
        [STORMCELL__SCHEDULE__SCHEDULE_EXCHANGE] = "exchange",
        [STORMCELL__SCHEDULE__SCHEDULE_POSTFIX] = "postfix",
        [STORMCELL__SCHEDULE__SCHEDULE_EXIM] = "exim",
        [STORMCELL__SCHEDULE__SCHEDULE_RFC5321] = "rfc5321",
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0) {
            *out = presets[i];
            /* Timers of a host are looked at now and then, so that what it holds is one list for each look. */
            if (!out->scan_ns)
                out->scan_ns = SENDER_SCAN;
            return true;
        }
    return false;
}

static void take_intervals(struct mail_schedule *s, const Stormcell__DeliveryRetry *set)
{
    s->rule = MAIL_WAIT_BY_COUNT;
    s->intervals_ns = set->intervals_ns;
    s->intervals = set->n_intervals_ns;
    s->shortest_ns = set->intervals_ns[0];
    for (size_t i = 1; i < set->n_intervals_ns; i++)
        if (set->intervals_ns[i] < s->shortest_ns)
            s->shortest_ns = set->intervals_ns[i];
    s->scan_ns = 0;
    s->tick_ns = 0;
}

struct mail_schedule mail_schedule_of_delivery(const Stormcell__DeliveryRetry *set)
{
    struct mail_schedule s = presets[set ? set->schedule : STORMCELL__SCHEDULE__SCHEDULE_EXCHANGE];

    if (!set)
        return s;
    if (set->n_intervals_ns)
        take_intervals(&s, set);
    if (s.rule == MAIL_WAIT_BY_AGE && set->has_minimal_backoff_ns)
        s.shortest_ns = set->minimal_backoff_ns;
    if (s.rule == MAIL_WAIT_BY_AGE && set->has_maximal_backoff_ns)
        s.longest_ns = set->maximal_backoff_ns;
    if (s.longest_ns < s.shortest_ns)
        s.longest_ns = s.shortest_ns;
    if (set->has_scan_ns)
        s.scan_ns = set->scan_ns;
    /* A model scaled down to scans of about a second has a clock that is scaled down too. */
    if (s.scan_ns < 2 * s.tick_ns)
        s.tick_ns = 0;
    return s;
}

static int64_t wait_by_count(const struct mail_schedule *s, const struct mail_failure *failure)
{
    size_t n = failure->failures ? failure->failures : 1;

    return s->intervals_ns[(n < s->intervals ? n : s->intervals) - 1];
}

static int64_t wait_by_age(const struct mail_schedule *s, const struct mail_failure *failure)
{
    if (failure->age_ns < s->shortest_ns)
        return s->shortest_ns;
    return failure->age_ns < s->longest_ns ? failure->age_ns : s->longest_ns;
}

/* The geometric rule starts at an hour and takes the gap before it times 1.5, so the number of such gaps so far is all it has to
 * know. */
static int64_t wait_exim(struct mail_failure *failure)
{
    int64_t wait = EXIM_GROWING;

    if (failure->age_ns <= EXIM_FIXED_UNTIL)
        return EXIM_FIXED;
    if (failure->age_ns > EXIM_GROWING_UNTIL)
        return EXIM_LATE;
    for (uint32_t i = 0; i < failure->step && wait < DAY; i++)
        wait += wait / 2;
    if (failure->step < MAIL_STEP_MAX)
        failure->step++;
    return wait < DAY ? wait : DAY;
}

int64_t mail_schedule_wait_ns(const struct mail_schedule *s, struct mail_failure *failure)
{
    switch (s->rule) {
    case MAIL_WAIT_BY_COUNT:
        return wait_by_count(s, failure);
    case MAIL_WAIT_BY_AGE:
        return wait_by_age(s, failure);
    case MAIL_WAIT_EXIM:
        return wait_exim(failure);
    }
    must(!"a rule of mail schedules");
    return 0;
}

int64_t mail_schedule_scan(const struct mail_schedule *s, int64_t failed_ns, int64_t wait_ns, int64_t phase_ns)
{
    int64_t due = failed_ns + wait_ns;

    if (s->tick_ns)
        due -= due % s->tick_ns;
    if (due <= failed_ns)
        due = failed_ns + 1;
    return due <= phase_ns ? 0 : (due - phase_ns + s->scan_ns - 1) / s->scan_ns;
}

bool mail_schedule_steady(const struct mail_schedule *s, const struct mail_failure *failure)
{
    switch (s->rule) {
    case MAIL_WAIT_BY_COUNT:
        return failure->failures >= s->intervals;
    case MAIL_WAIT_BY_AGE:
        return failure->age_ns >= s->longest_ns;
    case MAIL_WAIT_EXIM:
        return failure->age_ns > EXIM_GROWING_UNTIL;
    }
    return false;
}

/* Goes through the attempts; once the waits stay the same, and the attempts stand at scans, they have a period. */
uint64_t mail_schedule_attempts(const struct mail_schedule *s, int64_t first_ns, int64_t phase_ns, int64_t until_ns)
{
    struct mail_failure failure = {.at_ns = first_ns, .failures = 1};
    uint64_t attempts = 1;

    for (;;) {
        bool steady = attempts > 1 && mail_schedule_steady(s, &failure);
        int64_t next = mail_schedule_next_ns(s, &failure, phase_ns);

        if (next > until_ns)
            return attempts;
        if (steady)
            return attempts + (uint64_t)((until_ns - failure.at_ns) / (next - failure.at_ns));
        attempts++;
        failure.failures++;
        failure.at_ns = next;
        failure.age_ns = next - first_ns;
    }
}

int64_t mail_schedule_next_ns(const struct mail_schedule *s, struct mail_failure *failure, int64_t phase_ns)
{
    int64_t wait = mail_schedule_wait_ns(s, failure);

    if (!s->scan_ns)
        return failure->at_ns + wait;
    return phase_ns + s->scan_ns * mail_schedule_scan(s, failure->at_ns, wait, phase_ns);
}
