/* sample - measurements at fixed times: series for charts, and what health is judged by */
#include <stdlib.h>
#include <string.h>

#include "run/inside.h"
#include "stormcell/must.h"

const char *const group_names[GROUPS] = {"whole", "struck", "spared"};

enum { POINTS = 500 };

const char *const track_names[TRACK_KINDS] = {
    [TRACK_OFFERED] = "requests.offered",
    [TRACK_SUCCEEDED] = "requests.succeeded",
    [TRACK_FAILED] = "requests.failed",
    [TRACK_ATTEMPTS] = "attempts",
    [TRACK_QUEUE_LENGTH] = "queue.length",
    [TRACK_UTILIZATION] = "utilization",
    [TRACK_HELD] = "workers.held",
    [TRACK_MAIL_OFFERED] = "mail.offered",
    [TRACK_MAIL_DELIVERED] = "mail.delivered",
    [TRACK_MAIL_BACKLOG] = "mail.backlog",
    [TRACK_MAIL_HELD] = "mail.held_by_sender",
    [TRACK_MAIL_OLDEST] = "mail.oldest",
    [TRACK_MAIL_UTILIZATION] = "utilization",
    [TRACK_SESSIONS_CONNECTED] = "sessions.connected",
    [TRACK_SESSIONS_ATTEMPTS] = "sessions.attempts",
    [TRACK_CACHE_HIT_RATIO] = "cache.hit_ratio",
    [TRACK_DEPENDENTS_UP] = "dependents.up",
    [TRACK_BROKEN] = "replicas.broken",
};

/* Lines of the kinds first..last of one entity, for the whole, and for both groups and each region where they differ. */
static void add_tracks(struct run *run, uint32_t entity, enum track_kind first, enum track_kind last, bool by_group)
{
    for (enum track_kind kind = first; kind <= last; kind++)
        for (enum group g = GROUP_WHOLE; g < (by_group ? group_count(run) : GROUP_WHOLE + 1); g++) {
            run->tracks = xrealloc(run->tracks, run->track_count + 1, sizeof *run->tracks);
            run->tracks[run->track_count++] = (struct track){.kind = kind, .entity = entity, .group = g};
        }
}

static bool has_sets(const struct run *run, uint32_t service)
{
    return run->scenario->services[service]->per != STORMCELL__SERVICE__PER__PER_WHOLE;
}

/* A set that serves a whole region is struck when any of its partitions is. */
static bool set_in_group(const struct run *run, enum group group, uint32_t service, uint32_t set)
{
    switch (run->scenario->services[service]->per) {
    case STORMCELL__SERVICE__PER__PER_PARTITION:
        return in_group(run, group, set);
    case STORMCELL__SERVICE__PER__PER_REGION:
        if (group >= GROUPS)
            return set == group - GROUPS;
        return group == GROUP_WHOLE || run->core.people.struck_region[set] == (group == GROUP_STRUCK);
    default:
        return true;
    }
}

static bool can_break(const struct run *run, uint32_t service)
{
    uint32_t count;

    return rollouts_broken_now(run->rollouts, run->scenario->services[service]->name, &count);
}

static void add_all_tracks(struct run *run)
{
    const Stormcell__Scenario *sc = run->scenario;

    for (uint32_t i = 0; i < sc->n_populations; i++) {
        add_tracks(run, i, TRACK_OFFERED, TRACK_ATTEMPTS, true);
        if (sc->populations[i]->dependents)
            add_tracks(run, i, TRACK_DEPENDENTS_UP, TRACK_DEPENDENTS_UP, true);
        if (sc->populations[i]->sessions)
            add_tracks(run, i, TRACK_SESSIONS_CONNECTED, TRACK_SESSIONS_ATTEMPTS, true);
    }
    for (uint32_t i = 0; i < sc->n_services; i++)
        add_tracks(run, entity_of_service(run, i), TRACK_QUEUE_LENGTH, TRACK_HELD, has_sets(run, i));
    for (uint32_t i = 0; i < sc->n_services; i++)
        if (can_break(run, i))
            add_tracks(run, entity_of_service(run, i), TRACK_BROKEN, TRACK_BROKEN, false);
    for (uint32_t i = 0; i < sc->n_transports; i++) {
        add_tracks(run, entity_of_transport(run, i), TRACK_MAIL_OFFERED, TRACK_MAIL_OLDEST, true);
        add_tracks(run, entity_of_transport(run, i), TRACK_MAIL_UTILIZATION, TRACK_MAIL_UTILIZATION, false);
    }
    for (uint32_t i = 0; i < sc->n_services; i++)
        if (flow_service_cached(run->flow, i))
            add_tracks(run, entity_of_service(run, i), TRACK_CACHE_HIT_RATIO, TRACK_CACHE_HIT_RATIO, false);
}

/* The end of the interval that is judged next; the last may be shorter. */
static int64_t next_health(const struct run *run, int64_t now_ns)
{
    int64_t next_ns = now_ns + run->core.health_interval_ns;

    return next_ns < run->core.end_ns ? next_ns : run->core.end_ns;
}

void sample_start(struct run *run)
{
    int64_t wanted = run->scenario->clock->sample_ns;

    if (!wanted) {
        wanted = (run->core.end_ns / POINTS + 999999999) / 1000000000 * 1000000000;
        wanted = wanted ? wanted : 1000000000;
    }
    if (wanted > run->core.end_ns)
        wanted = run->core.end_ns;
    run->sample_ns = wanted;
    run->samples_allocated = run->options.cohorts_only ? 0 : (uint32_t)(run->core.end_ns / wanted);
    if (run->samples_allocated)
        add_all_tracks(run);
    for (uint32_t i = 0; i < run->track_count; i++)
        run->tracks[i].values = xcalloc(run->samples_allocated + 1, sizeof(double));
    run->snapshots = xcalloc((size_t)run->core.tally.entities * group_count(run), sizeof *run->snapshots);
    run->oldest_max_ns = xcalloc(run->scenario->n_transports * run->core.people.partitions + 1, sizeof *run->oldest_max_ns);
    run->next_sample_ns = run->samples_allocated ? wanted : INT64_MAX;
    run->next_health_ns = next_health(run, 0);
}

/* The counters of an entity so far, by group. */
static void take_snapshot(struct run *run, uint32_t entity)
{
    struct snapshot *snapshots = &run->snapshots[(size_t)entity * group_count(run)];
    uint32_t regions = run->core.people.regions;

    for (uint32_t g = 0; g < group_count(run); g++) {
        memcpy(snapshots[g].before, snapshots[g].now, sizeof snapshots[g].before);
        memset(snapshots[g].now, 0, sizeof snapshots[g].now);
        for (uint32_t r = 0; r < regions; r++) {
            const uint64_t *spared = &run->core.totals[(size_t)(entity * regions + r) * 2 * COUNT_MAX];
            const uint64_t *struck = spared + COUNT_MAX;

            for (int i = 0; i < COUNT_MAX && (g < GROUPS || g - GROUPS == r); i++)
                snapshots[g].now[i] += (g == GROUP_SPARED ? 0 : struck[i]) + (g == GROUP_STRUCK ? 0 : spared[i]);
        }
    }
}

static double counted(const struct snapshot *s, enum count count)
{
    return (double)(s->now[count] - s->before[count]);
}

static uint64_t looks(const uint64_t counts[COUNT_MAX])
{
    return counts[COUNT_CACHE_HITS] + counts[COUNT_CACHE_STALE] + counts[COUNT_CACHE_NEGATIVE] + counts[COUNT_CACHE_MISSES];
}

/* Share of the looks in this sample that found something fresh; without any, of all looks so far. */
static double hit_ratio(const struct snapshot *s)
{
    uint64_t all = looks(s->now), here = all - looks(s->before);

    if (here)
        return counted(s, COUNT_CACHE_HITS) / (double)here;
    return all ? (double)s->now[COUNT_CACHE_HITS] / (double)all : 0;
}

static double service_value(const struct run *run, uint32_t service, enum level level, enum group group)
{
    uint32_t sets = flow_service_sets(run->flow, service), counted_sets = 0;
    double sum = 0;

    for (uint32_t set = 0; set < sets; set++)
        if (set_in_group(run, group, service, set)) {
            sum += flow_level(run->flow, service, set, level)->value;
            counted_sets++;
        }
    if (level == LEVEL_BUSY && counted_sets)
        sum /= (double)flow_service_workers(run->flow, service) * counted_sets;
    return sum;
}

/* Backlog and held mail add up over partitions; of ages, the greatest counts. */
static double mail_value(const struct run *run, uint32_t transport, enum track_kind kind, enum group group)
{
    double value = 0;

    for (uint32_t p = 0; p < run->core.people.partitions; p++) {
        double oldest_s;

        if (!in_group(run, group, p))
            continue;
        if (kind == TRACK_MAIL_BACKLOG) {
            value += mail_queued(run->mail, transport, p);
        } else if (kind == TRACK_MAIL_HELD) {
            value += mail_held(run->mail, transport, p);
        } else {
            oldest_s = (double)mail_oldest_ns(run->mail, transport, p) * 1e-9;
            value = oldest_s > value ? oldest_s : value;
        }
    }
    return value;
}

/* Dependents that are up, or sessions that are connected. */
static double presence_value(const struct run *run, enum track_kind kind, uint32_t population, enum group group)
{
    double value = 0;

    for (uint32_t p = 0; p < run->core.people.partitions; p++)
        if (in_group(run, group, p))
            value += kind == TRACK_DEPENDENTS_UP ? dependents_up(run->dependents, population, p)
                                                 : sessions_connected(run->sessions, population, p);
    return value;
}

static double broken_replicas(const struct run *run, uint32_t service)
{
    uint32_t count;

    rollouts_broken_now(run->rollouts, run->scenario->services[service]->name, &count);
    return count;
}

double track_value(const struct run *run, enum track_kind kind, uint32_t entity, enum group group)
{
    const struct snapshot *s = &run->snapshots[(size_t)entity * group_count(run) + group];
    uint32_t service = entity - entity_of_service(run, 0), transport = entity - entity_of_transport(run, 0);

    switch (kind) {
    case TRACK_OFFERED:
        return counted(s, COUNT_OFFERED);
    case TRACK_SUCCEEDED:
        return counted(s, COUNT_SUCCEEDED);
    case TRACK_FAILED:
        return counted(s, COUNT_FAILED_REFUSED) + counted(s, COUNT_FAILED_TIMED_OUT) + counted(s, COUNT_FAILED_ERROR) +
               counted(s, COUNT_FAILED_LOCAL);
    case TRACK_ATTEMPTS:
        return counted(s, COUNT_ATTEMPTS);
    case TRACK_QUEUE_LENGTH:
        return service_value(run, service, LEVEL_QUEUE_LENGTH, group);
    case TRACK_UTILIZATION:
        return service_value(run, service, LEVEL_BUSY, group);
    case TRACK_HELD:
        return service_value(run, service, LEVEL_HELD, group);
    case TRACK_CACHE_HIT_RATIO:
        return hit_ratio(s);
    case TRACK_MAIL_OFFERED:
        return counted(s, COUNT_MAIL_OFFERED);
    case TRACK_MAIL_DELIVERED:
        return counted(s, COUNT_MAIL_DELIVERED);
    case TRACK_SESSIONS_CONNECTED:
        return presence_value(run, kind, entity, group);
    case TRACK_SESSIONS_ATTEMPTS:
        return counted(s, COUNT_SESSIONS_ATTEMPTS);
    case TRACK_DEPENDENTS_UP:
        return presence_value(run, kind, entity, group);
    case TRACK_BROKEN:
        return broken_replicas(run, service);
    case TRACK_MAIL_UTILIZATION:
        return mail_workers_busy(run->mail, transport) / (double)mail_workers(run->mail, transport);
    default:
        return mail_value(run, transport, kind, group);
    }
}

static void note_oldest(struct run *run)
{
    uint32_t partitions = run->core.people.partitions;

    for (uint32_t t = 0; t < run->scenario->n_transports; t++)
        for (uint32_t p = 0; p < partitions; p++) {
            int64_t age_ns = mail_oldest_ns(run->mail, t, p);

            if (age_ns > run->oldest_max_ns[(size_t)t * partitions + p])
                run->oldest_max_ns[(size_t)t * partitions + p] = age_ns;
        }
}

static void take(struct run *run)
{
    for (uint32_t e = 0; e < run->core.tally.entities; e++)
        take_snapshot(run, e);
    note_oldest(run);
    must(run->samples < run->samples_allocated);
    for (uint32_t i = 0; i < run->track_count; i++)
        run->tracks[i].values[run->samples] = track_value(run, run->tracks[i].kind, run->tracks[i].entity, run->tracks[i].group);
    run->samples++;
    run->next_sample_ns = run->samples < run->samples_allocated ? run->next_sample_ns + run->sample_ns : INT64_MAX;
}

/* How long sessions and dependents were connected in the interval that ends now. Both numbers are made alike, so that they are the
 * same where nothing was lost. */
static void note_presence(struct core *c, uint64_t interval)
{
    int64_t length_ns = c->now_ns - (int64_t)interval * c->health_interval_ns;

    for (uint32_t p = 0; p < c->people.partitions; p++) {
        struct cohort *cohort = &c->cohorts[interval * c->people.partitions + p];

        core_present(c, p, 0);
        cohort->connected_s = (double)c->presence[p].integral_ns / 1e9;
        cohort->wanted_s = (double)((unsigned __int128)c->presence[p].wanted * (uint64_t)length_ns) / 1e9;
        c->presence[p].integral_ns = 0;
    }
}

static void judge(struct run *run)
{
    struct core *c = &run->core;
    uint64_t interval = (uint64_t)((c->now_ns - 1) / c->health_interval_ns);

    note_oldest(run);
    note_presence(c, interval);
    for (uint32_t p = 0; p < c->people.partitions; p++) {
        int64_t oldest_ns = 0;

        for (uint32_t t = 0; t < run->scenario->n_transports; t++) {
            int64_t age_ns = mail_oldest_ns(run->mail, t, p);

            oldest_ns = age_ns > oldest_ns ? age_ns : oldest_ns;
        }
        c->cohorts[interval * c->people.partitions + p].mail_oldest_ns = oldest_ns;
    }
    run->next_health_ns = c->now_ns < c->end_ns ? next_health(run, c->now_ns) : INT64_MAX;
}

int64_t sample_next_ns(const struct run *run)
{
    return run->next_sample_ns < run->next_health_ns ? run->next_sample_ns : run->next_health_ns;
}

void sample_measure(struct run *run)
{
    if (run->next_sample_ns == run->core.now_ns)
        take(run);
    if (run->next_health_ns == run->core.now_ns)
        judge(run);
}

void sample_end(struct run *run)
{
    for (uint32_t i = 0; i < run->track_count; i++)
        free(run->tracks[i].values);
    free(run->tracks);
    free(run->snapshots);
    free(run->oldest_max_ns);
}
