/* core - what every part of a running world shares: the clock, the agenda, the tally, the people, the time line
 *
 * One core belongs to one run. Parts (flow, mail, faults, runbook) keep their own state and borrow the core.
 */
#ifndef FLOW_CORE_H
#define FLOW_CORE_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario.pb-c.h"
#include "stormcell/agenda.h"
#include "stormcell/tally.h"

/* Every kind of event. The table of handlers is sim/run/handlers.c; `entity` is what the second word says. */
enum event_kind {
    EVENT_BIRTH,            /* source: a request or a message is born */
    EVENT_WORK_DONE,        /* frame: its worker has done the work */
    EVENT_RETRY,            /* frame: a back-off is over */
    EVENT_DEADLINE,         /* frame: the deadline of its call */
    EVENT_PATIENCE,         /* frame: it has waited long enough for the attempt that is out */
    EVENT_CROSSED,          /* frame: it is at the other end of its link */
    EVENT_LANE,             /* timeout lane: its head is due */
    EVENT_HEALTH_CHECK,     /* station: a probe begins */
    EVENT_FAULT_BEGIN,      /* fault: it begins, or a failing spell of a flap does */
    EVENT_FAULT_END,        /* fault: it ends, or a failing spell of a flap does */
    EVENT_STEP,             /* runbook step: it is carried out */
    EVENT_STEP_WATCH,       /* runbook step: its condition is looked at */
    EVENT_EPOCH,            /* edge: births from now on belong to a new epoch */
    EVENT_MAIL_DUE,         /* waiting room of a transport: mail is due for its next attempt */
    EVENT_MAIL_SCAN,        /* sender host: it offers again what it holds and is due */
    EVENT_MAIL_PRESSURE,    /* transport: back pressure is looked at */
    EVENT_MAIL_NOTICE,      /* transport: the oldest mail without a delay notice is due for one */
    EVENT_MAIL_EXPIRY,      /* transport: the oldest mail is due to be returned */
    EVENT_MAIL_DESTINATION, /* destination of a transport: its time as dead, or its lane's wait, is over */
    EVENT_SESSION,          /* client with a connection: what it planned last is due */
    EVENT_SYN,              /* frame: its caller's kernel sends its SYN again */
    EVENT_DEPENDENT,        /* dependent: its next request is due, or it goes down, or is up again */
    EVENT_ROLLOUT,          /* rollout: its next replica, ring or look at its gate is due, or a replica of it breaks */
    EVENT_RESTART_OVER,     /* station: it is back */
    EVENT_STATUS,           /* status page: a minute is over, or it is time to write (enum status_event) */
    EVENT_KINDS
};

/* Partitions, and the users in them: users are numbered through, those of partition p are first_user[p] .. first_user[p + 1] - 1.
 */
struct people {
    uint32_t partitions;
    uint64_t users;
    bool told_apart; /* it matters which user a birth is of: there are partitions, or credentials */
    bool even;       /* the same number in each, to one user */
    double partitions_per_user;
    uint64_t *first_user;      /* partitions + 1 */
    uint64_t *tenants;         /* of each partition */
    bool *struck;              /* a fault of the scenario hits it */
    bool *struck_region;       /* ... or a partition of that region */
    uint32_t regions;          /* 1 where the scenario names none */
    uint32_t *first_partition; /* regions + 1: those of region r are first_partition[r] .. first_partition[r + 1] - 1 */
    uint16_t *region;          /* of each partition */
    uint32_t *class_of;        /* of each partition: twice its region, and one more where it is struck */
};

/* Sessions and dependents of one partition: how many there are, and how many of them are connected (up). */
struct presence {
    uint32_t wanted, connected;
    int64_t since_ns;              /* of the last change, or of the health interval */
    unsigned __int128 integral_ns; /* connected x time, so far in this health interval */
};

/* One line of the time line. */
struct chronicle_entry {
    int64_t at_ns;
    const char *kind; /* fault, repair, runbook, control, mail, rollout, status: literals */
    char *subject, *text;
};

struct core {
    struct agenda *agenda;
    int64_t now_ns, end_ns;
    uint64_t seed;
    struct tally tally; /* tally.epoch is the epoch of what is born now */
    uint64_t *totals;   /* see core_totals() */
    struct people people;
    bool *surges; /* by population: it asks in surges only, and its requests count for nobody's health */
    struct chronicle_entry *chronicle;
    uint32_t chronicle_length, chronicle_allocated;

    /* Cohorts of births by health interval (interval = birth / health_interval_ns), [interval * partitions + partition]. */
    int64_t health_interval_ns;
    struct cohort *cohorts;
    struct cohort *births; /* those of what is born before births_until_ns, by partition */
    int64_t births_until_ns;
    struct presence *presence; /* by partition; see core_present() */
};

/* What became of all that was born in one interval, in one partition. */
struct cohort {
    uint32_t offered, failed;         /* requests; good = offered - failed */
    uint32_t in_flight;               /* of the good ones: unfinished at the end of the run */
    uint32_t mail_offered, mail_lost; /* returned, expired, lost */
    uint32_t mail_late;               /* took longer than the SLA allows; the run adds what is unfinished and older at its end */
    int64_t mail_oldest_ns;           /* age of the oldest unfinished mail at the end of the interval */
    int64_t last_failure_ns;          /* when the last of its failed requests was given up; 0: none was */
    double connected_s, wanted_s;     /* of sessions and dependents, in this interval of the clock */
};

/* `folded`: partitions are not told apart in the tally, only in the cohorts. */
void core_start(struct core *c, const Stormcell__Scenario *sc, uint64_t seed, uint32_t entities, bool folded);
void core_end(struct core *c);

/* A fault hits the partition. */
void people_strike(struct people *p, uint32_t partition);

/* The partition of a user. */
uint32_t people_partition(const struct people *p, uint64_t user);

/* The region of a partition; 0 where the scenario names none. */
static inline uint32_t region_of(const struct people *p, uint32_t partition)
{
    return p->region[partition];
}

/* Adds a line to the time line. At most 10,000 are kept. */
void core_note(struct core *c, const char *kind, const char *subject, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static inline struct cohort *core_cohort(struct core *c, int64_t birth_ns, uint32_t partition)
{
    return &c->cohorts[(uint64_t)(birth_ns / c->health_interval_ns) * c->people.partitions + partition];
}

/* So many more (fewer) sessions or dependents of a partition are connected from now on. At the start of the run a part sets
 * `wanted`, and what is connected, itself. */
static inline void core_present(struct core *c, uint32_t partition, int32_t change)
{
    struct presence *p = &c->presence[partition];

    p->integral_ns += (unsigned __int128)p->connected * (uint64_t)(c->now_ns - p->since_ns);
    p->since_ns = c->now_ns;
    p->connected += (uint32_t)change;
}

/* What charts and operators look at, counted beside the cells so that a look costs the same for one partition or 65,000: of a
 * population OFFERED, SUCCEEDED, FAILED_* and ATTEMPTS, of a transport MAIL_OFFERED and MAIL_DELIVERED, by enum count, of all
 * partitions of a region that are struck, or of all that are spared, as this one is. */
static inline uint64_t *core_totals(const struct core *c, uint32_t entity, uint32_t partition)
{
    return &c->totals[(size_t)(entity * 2 * c->people.regions + c->people.class_of[partition]) * COUNT_MAX];
}

/* The cohort of what is born now. */
static inline struct cohort *core_births(struct core *c, uint32_t partition)
{
    while (__builtin_expect(c->now_ns >= c->births_until_ns, 0)) {
        c->births += c->people.partitions;
        c->births_until_ns += c->health_interval_ns;
    }
    return &c->births[partition];
}

static inline void core_plan(struct core *c, int64_t at_ns, enum event_kind kind, uint32_t entity)
{
    agenda_push(c->agenda, at_ns, AGENDA_WORLD, kind, entity);
}

/* Plans that somebody gives up: after all else that happens at that moment, so that an answer in the same nanosecond is in time for
 * everybody. */
static inline void core_plan_timeout(struct core *c, int64_t at_ns, enum event_kind kind, uint32_t entity)
{
    agenda_push(c->agenda, at_ns, AGENDA_TIMEOUT, kind, entity);
}

#endif
