/* inside - struct run, for the files of sim/run alone: everything that a run knows hangs off it */
#ifndef RUN_INSIDE_H
#define RUN_INSIDE_H

#include "fault/fault.h"
#include "flow/flow.h"
#include "runbook/runbook.h"
#include "stormcell/run.h"
#include "world/clients.h"
#include "world/dependents.h"
#include "world/mail.h"
#include "world/restart.h"
#include "world/rollout.h"
#include "world/status_page.h"
#include "world/sessions.h"

/* Where births come from: a population, or a sender of a transport. */
struct source {
    struct arrivals arrivals;
    bool mail;
    uint32_t population, transport, sender;
};

/* Counters of one population or transport in one group, as they stood at the last two samples. */
struct snapshot {
    uint64_t now[COUNT_MAX], before[COUNT_MAX];
};

/* GROUPS and more: regions, by number. */
enum group { GROUP_WHOLE, GROUP_STRUCK, GROUP_SPARED, GROUPS };

/* What a line of a chart shows. */
enum track_kind {
    TRACK_OFFERED,
    TRACK_SUCCEEDED,
    TRACK_FAILED,
    TRACK_ATTEMPTS,
    TRACK_QUEUE_LENGTH,
    TRACK_UTILIZATION,
    TRACK_HELD,
    TRACK_MAIL_OFFERED,
    TRACK_MAIL_DELIVERED,
    TRACK_MAIL_BACKLOG,
    TRACK_MAIL_HELD,
    TRACK_MAIL_OLDEST,
    TRACK_MAIL_UTILIZATION,
    TRACK_SESSIONS_CONNECTED,
    TRACK_SESSIONS_ATTEMPTS,
    TRACK_CACHE_HIT_RATIO,
    TRACK_DEPENDENTS_UP,
    TRACK_BROKEN, /* replicas */
    TRACK_KINDS
};

/* One line of a chart. */
struct track {
    enum track_kind kind;
    uint32_t entity;
    enum group group;
    double *values;
};

struct run {
    const Stormcell__Scenario *scenario;
    struct run_options options;
    struct core core;
    struct flow *flow;
    struct clients *clients;
    struct dependents *dependents;
    struct mail *mail;
    struct sessions *sessions; /* NULL: there are none */
    struct faults *faults;
    struct rollouts *rollouts;
    struct restarts *restarts;
    struct runbook *runbook;
    struct status_page *status; /* NULL: there is none */
    struct source *sources;
    uint32_t source_count;
    uint64_t events;

    /* epoch.c */
    int64_t epoch_began_ns;
    Stormcell__Epoch **epochs;
    size_t epoch_count;
    Stormcell__Phase **phases;
    size_t phase_count;
    Stormcell__Level **levels;
    size_t level_count;
    int64_t *oldest_max_ns; /* this epoch, by transport and partition */

    /* sample.c */
    int64_t sample_ns, next_sample_ns, next_health_ns;
    uint32_t samples, samples_allocated;
    struct track *tracks;
    uint32_t track_count;
    struct snapshot *snapshots; /* [entity * group_count() + group] */

    /* what has been given out by run_finish() */
    bool finished;
};

/* The handler of each kind of event. */
struct handler {
    const char *name;
    void (*handle)(struct run *run, uint32_t entity);
};
extern const struct handler run_handlers[EVENT_KINDS];

/* epoch.c: windows and phases */
void epoch_next(struct run *run);
void epoch_fault(void *context, uint32_t fault, bool begins);
void epoch_rollout(void *context, const char *name, bool begins);
void epoch_step(void *context, const char *name);
void epoch_finish(struct run *run);

/* sample.c: time series, health intervals */
void sample_start(struct run *run);
/* When the next measurement is due (INT64_MAX: none is left), and making it. */
int64_t sample_next_ns(const struct run *run);
void sample_measure(struct run *run);
void sample_end(struct run *run);

/* collect_status.c: what came of the status page; NULL: there is none. */
Stormcell__StatusReport *collect_status(struct run *run);

/* live.c: metrics of a world that runs; context is the run */
metric_resolver live_metric;

/* The groups that are told apart. */
static inline uint32_t group_count(const struct run *run)
{
    return GROUPS + (uint32_t)run->scenario->n_regions;
}

/* The groups that a partition belongs to. */
static inline bool in_group(const struct run *run, enum group group, uint32_t partition)
{
    if (group >= GROUPS)
        return region_of(&run->core.people, partition) == group - GROUPS;
    return group == GROUP_WHOLE || run->core.people.struck[partition] == (group == GROUP_STRUCK);
}

extern const char *const group_names[GROUPS];
extern const char *const track_names[TRACK_KINDS];

/* The value of a line now: a level, or what was counted in the last sample. */
double track_value(const struct run *run, enum track_kind kind, uint32_t entity, enum group group);

static inline uint32_t entity_of_service(const struct run *run, uint32_t service)
{
    return (uint32_t)run->scenario->n_populations + service;
}

static inline uint32_t entity_of_transport(const struct run *run, uint32_t transport)
{
    return (uint32_t)(run->scenario->n_populations + run->scenario->n_services) + transport;
}

#endif
