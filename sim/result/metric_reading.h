/* metric_reading - one metric that is read from a result: what the files of the families share
 *
 * The table of metric_value.c names, for each metric, the function that reads it and the counters, times or levels that it reads.
 */
#ifndef STORMCELL_METRIC_READING_H
#define STORMCELL_METRIC_READING_H

#include "result/select.h"
#include "stormcell/arena.h"

enum { CALLERS_AND_SERVICES = SELECT_POPULATION | SELECT_SERVICE };

/* Infinity, for what did not happen by the end. */
static const double never = __builtin_inf();

struct row;

/* One value that is being read. */
struct reading {
    struct selection s;
    struct arena *arena;
    const struct row *row;
    double value;
    const char *word;
    bool at_least;
};

enum statistic { STATISTIC_P50, STATISTIC_P90, STATISTIC_P99, STATISTIC_P999, STATISTIC_MAX, STATISTIC_MEAN };

struct row {
    const char *name;
    bool (*read)(struct reading *x);
    unsigned kinds, named; /* entities, as select_entities() takes them */
    /* Sets of counters, by enum count: of callers or transports, and of services. */
    uint64_t counts, over, service_counts, service_over;
    enum statistic statistic;
    enum sample sample, service_sample, unfinished;
    enum level level;
    const char *series;
    const char *nothing;                                /* why a time is refused of which there is not one */
    double (*rollout)(const Stormcell__RolloutInfo *o); /* the value of one */
};

#define BIT(count) ((uint64_t)1 << COUNT_##count)

/* metric_counts.c: counters and times of what was born in a window */
uint64_t reading_sum(const uint64_t counts[COUNT_MAX], uint64_t set);
/* Chooses the entities that the row reads, by the labels; false with a message when there are none. */
bool reading_choose(struct reading *x);
bool read_count(struct reading *x);
bool read_cache(struct reading *x);
bool read_ratio(struct reading *x);
bool read_rate(struct reading *x);
bool read_time(struct reading *x);
bool read_open_time(struct reading *x);
bool read_counted_at_age(struct reading *x);

/* metric_levels.c: quantities that have a value at every moment, and what was sampled of them */
struct level_sum {
    double integral, max; /* value x ns of its epoch */
    bool recorded;        /* the run kept such levels, in any epoch; levels that were always 0 are left out */
};
/* Levels of one entity: of its sets, one for each partition or region, or of the whole. */
struct level_sum reading_entity_levels(const struct selection *s, size_t entity, enum level kind, bool of_sets);
/* All entities selected: means add up; the greatest value is that of the worst. */
bool reading_levels(struct selection *s, enum level kind, struct level_sum *out);
bool read_level(struct reading *x);
bool read_utilization(struct reading *x);
/* The series of a metric for the one group, partition or whole that the labels name; NULL with a message when there is none. */
const Stormcell__Series *reading_series(struct selection *s, const char *metric);
bool read_last_sample(struct reading *x);
/* Is the moment in an epoch that is selected, its end included? */
bool reading_covers(const struct selection *s, int64_t t_ns);
bool read_backlog_max(struct reading *x);

/* metric_presence.c: clients that keep a connection, and things that fail with a service */
bool read_sessions_count(struct reading *x);
bool read_sessions_time(struct reading *x);
bool read_peak_rate(struct reading *x);
bool read_connections(struct reading *x);
bool read_connected(struct reading *x);
bool read_connected_min(struct reading *x);
bool read_dependents_count(struct reading *x);
bool read_dependents_time(struct reading *x);
bool read_dependents_up(struct reading *x);
bool read_down_max(struct reading *x);

/* metric_mail.c: the oldest mail, and how a backlog drains */
bool read_oldest_max(struct reading *x);
bool read_oldest_now(struct reading *x);
bool read_drain(struct reading *x);

/* metric_people.c: verdicts, the people concerned, promises; and what faults touched */
bool read_verdict(struct reading *x);
bool read_recovery(struct reading *x);
bool read_mitigation(struct reading *x);
bool read_outage(struct reading *x);
bool read_users_affected(struct reading *x);
bool read_blast_radius(struct reading *x);
bool read_minutes_lost(struct reading *x);
bool read_uptime(struct reading *x);
bool read_credit(struct reading *x);
bool read_touched(struct reading *x);

/* metric_changes.c: links, changes and restarts */
bool read_crossed(struct reading *x);
bool read_lost(struct reading *x);
double rollout_exposed(const Stormcell__RolloutInfo *o);
double rollout_broken(const Stormcell__RolloutInfo *o);
double rollout_rings(const Stormcell__RolloutInfo *o);
double rollout_back_s(const Stormcell__RolloutInfo *o);
double rollout_mend_s(const Stormcell__RolloutInfo *o);
bool read_rollout(struct reading *x);
bool read_restarted(struct reading *x);

/* metric_status.c: what customers were told */
bool read_detection(struct reading *x);
bool read_first_notice(struct reading *x);
bool read_share_told(struct reading *x);
bool read_wrong_green(struct reading *x);
bool read_staleness(struct reading *x);
bool read_posts(struct reading *x);
bool read_tickets(struct reading *x);
bool read_tickets_per_user(struct reading *x);

#endif
