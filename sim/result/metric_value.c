/* metric_value - how each metric of the language is read from a result: the table, and those who ask it */
#include "result/metric_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result/metric_reading.h"
#include "stormcell/result.h"

static const uint64_t failed = BIT(FAILED_REFUSED) | BIT(FAILED_TIMED_OUT) | BIT(FAILED_ERROR) | BIT(FAILED_LOCAL);
static const uint64_t looks = BIT(CACHE_HITS) | BIT(CACHE_STALE) | BIT(CACHE_NEGATIVE) | BIT(CACHE_MISSES);
static const uint64_t in_vain = BIT(WASTED) | BIT(REFUSED) | BIT(DROPPED);

/* ---------------------------------------------------------------- the table */

#define REQUESTS .kinds = SELECT_POPULATION, .named = CALLERS_AND_SERVICES
#define CALLERS .kinds = SELECT_POPULATION, .named = SELECT_POPULATION
#define SERVICES .kinds = SELECT_SERVICE, .named = SELECT_SERVICE
#define WORKERS .kinds = SELECT_SERVICE, .named = SELECT_SERVICE | SELECT_TRANSPORT
#define MAIL .kinds = SELECT_TRANSPORT, .named = SELECT_TRANSPORT

/* The six statistics of a time. */
#define TIMES(prefix, ...)                                                                                                         \
    {.name = prefix ".p50", .statistic = STATISTIC_P50, __VA_ARGS__},                                                              \
        {.name = prefix ".p90", .statistic = STATISTIC_P90, __VA_ARGS__},                                                          \
        {.name = prefix ".p99", .statistic = STATISTIC_P99, __VA_ARGS__},                                                          \
        {.name = prefix ".p999", .statistic = STATISTIC_P999, __VA_ARGS__},                                                        \
        {.name = prefix ".max", .statistic = STATISTIC_MAX, __VA_ARGS__},                                                          \
    {                                                                                                                              \
        .name = prefix ".mean", .statistic = STATISTIC_MEAN, __VA_ARGS__                                                           \
    }

#define DEPENDENTS_COUNT(metric, count)                                                                                            \
    {                                                                                                                              \
        .name = metric, .read = read_dependents_count, CALLERS, .counts = BIT(count)                                               \
    }

#define MAIL_COUNT(metric, count)                                                                                                  \
    {                                                                                                                              \
        .name = metric, .read = read_count, MAIL, .counts = BIT(count)                                                             \
    }

#define CACHE_COUNT(metric, set)                                                                                                   \
    {                                                                                                                              \
        .name = metric, .read = read_cache, SERVICES, .service_counts = set, .over = looks                                         \
    }
static const char no_mail[] = "there is no mail in its selection";

static const struct row rows[] = {
    {.name = "requests.offered", .read = read_count, REQUESTS, .counts = BIT(OFFERED), .service_counts = BIT(ARRIVED)},
    {.name = "requests.succeeded", .read = read_count, REQUESTS, .counts = BIT(SUCCEEDED), .service_counts = BIT(USEFUL)},
    {.name = "requests.failed", .read = read_count, REQUESTS, .counts = failed, .service_counts = in_vain},
    {.name = "requests.rejected",
     .read = read_count,
     REQUESTS,
     .counts = BIT(FAILED_REFUSED) | BIT(FAILED_LOCAL),
     .service_counts = BIT(REFUSED)},
    {.name = "requests.timed_out", .read = read_count, CALLERS, .counts = BIT(FAILED_TIMED_OUT)},
    {.name = "requests.errors", .read = read_count, REQUESTS, .counts = BIT(FAILED_ERROR), .service_counts = BIT(ERRORS)},
    {.name = "requests.dropped", .read = read_count, SERVICES, .service_counts = BIT(DROPPED)},
    {.name = "requests.wasted", .read = read_count, SERVICES, .service_counts = BIT(WASTED)},
    {.name = "requests.in_flight", .read = read_count, REQUESTS, .counts = BIT(IN_FLIGHT), .service_counts = BIT(IN_SYSTEM)},
    {.name = "requests.calls", .read = read_count, SERVICES, .service_counts = BIT(CALLS)},
    {.name = "attempts", .read = read_count, REQUESTS, .counts = BIT(ATTEMPTS), .service_counts = BIT(ARRIVED)},
    {.name = "syn.retransmitted", .read = read_count, SERVICES, .service_counts = BIT(SYN_RETRANSMITTED)},
    {.name = "amplification",
     .read = read_ratio,
     REQUESTS,
     .counts = BIT(ATTEMPTS),
     .over = BIT(OFFERED) | BIT(SESSIONS_LOST), /* who has lost his connection wants one */
     .service_counts = BIT(ARRIVED),
     .service_over = BIT(CALLS)},
    {.name = "goodput",
     .read = read_rate,
     REQUESTS,
     .counts = BIT(SUCCEEDED),
     .over = BIT(OFFERED),
     .service_counts = BIT(USEFUL),
     .service_over = BIT(ARRIVED)},
    {.name = "availability",
     .read = read_ratio,
     REQUESTS,
     .counts = BIT(SUCCEEDED),
     .over = BIT(SUCCEEDED) | failed,
     .service_counts = BIT(USEFUL),
     .service_over = BIT(USEFUL) | in_vain},
    TIMES("latency", .read = read_time, REQUESTS, .sample = SAMPLE_LATENCY, .service_sample = SAMPLE_SOJOURN),

    TIMES("queue.wait", .read = read_time, SERVICES, .service_sample = SAMPLE_QUEUE_WAIT),
    TIMES("sojourn", .read = read_time, SERVICES, .service_sample = SAMPLE_SOJOURN),
    {.name = "utilization", .read = read_utilization, WORKERS},
    {.name = "queue.length", .read = read_last_sample, SERVICES, .series = "queue.length"},
    {.name = "queue.length.mean", .read = read_level, SERVICES, .level = LEVEL_QUEUE_LENGTH, .statistic = STATISTIC_MEAN},
    {.name = "queue.length.max", .read = read_level, SERVICES, .level = LEVEL_QUEUE_LENGTH, .statistic = STATISTIC_MAX},
    {.name = "workers.held", .read = read_last_sample, WORKERS, .series = "workers.held"},
    {.name = "workers.held.mean", .read = read_level, WORKERS, .level = LEVEL_HELD, .statistic = STATISTIC_MEAN},
    {.name = "workers.held.max", .read = read_level, WORKERS, .level = LEVEL_HELD, .statistic = STATISTIC_MAX},
    {.name = "workers.busy.mean", .read = read_level, WORKERS, .level = LEVEL_BUSY, .statistic = STATISTIC_MEAN},
    {.name = "workers.busy.max", .read = read_level, WORKERS, .level = LEVEL_BUSY, .statistic = STATISTIC_MAX},

    CACHE_COUNT("cache.lookups", looks),
    CACHE_COUNT("cache.hits", BIT(CACHE_HITS)),
    CACHE_COUNT("cache.stale", BIT(CACHE_STALE)),
    CACHE_COUNT("cache.negative", BIT(CACHE_NEGATIVE)),
    CACHE_COUNT("cache.misses", BIT(CACHE_MISSES)),
    {.name = "cache.hit_ratio", .read = read_ratio, SERVICES, .service_counts = BIT(CACHE_HITS), .service_over = looks},

    MAIL_COUNT("mail.offered", MAIL_OFFERED),
    MAIL_COUNT("mail.accepted", MAIL_ACCEPTED),
    MAIL_COUNT("mail.delivered", MAIL_DELIVERED),
    MAIL_COUNT("mail.returned", MAIL_RETURNED),
    MAIL_COUNT("mail.expired_at_sender", MAIL_EXPIRED_AT_SENDER),
    MAIL_COUNT("mail.lost_by_sender", MAIL_LOST_BY_SENDER),
    MAIL_COUNT("mail.held_by_sender", MAIL_HELD_BY_SENDER),
    MAIL_COUNT("mail.queued", MAIL_QUEUED),
    MAIL_COUNT("mail.attempts", MAIL_ATTEMPTS),
    MAIL_COUNT("mail.offers", MAIL_OFFERS),
    MAIL_COUNT("mail.suspended", MAIL_SUSPENDED),
    MAIL_COUNT("mail.delay_notices", MAIL_DELAY_NOTICES),
    TIMES("mail.delay", .read = read_counted_at_age, MAIL, .sample = SAMPLE_MAIL_DELAY, .unfinished = SAMPLE_MAIL_AGE,
          .nothing = no_mail),
    TIMES("mail.transport_delay", .read = read_counted_at_age, MAIL, .sample = SAMPLE_MAIL_TRANSPORT_DELAY,
          .unfinished = SAMPLE_MAIL_TRANSPORT_AGE, .nothing = no_mail),
    {.name = "mail.oldest", .read = read_oldest_now, MAIL, .series = "mail.oldest"},
    {.name = "mail.oldest.max", .read = read_oldest_max, MAIL},
    {.name = "mail.backlog", .read = read_last_sample, MAIL, .series = "mail.backlog"},
    {.name = "mail.backlog.mean", .read = read_level, MAIL, .level = LEVEL_MAIL_QUEUED, .statistic = STATISTIC_MEAN},
    {.name = "mail.backlog.max",
     .read = read_backlog_max,
     MAIL,
     .level = LEVEL_MAIL_QUEUED,
     .statistic = STATISTIC_MAX,
     .series = "mail.backlog"},

    {.name = "sessions.connected", .read = read_connected, CALLERS, .series = "sessions.connected"},
    {.name = "sessions.connected.min", .read = read_connected_min, CALLERS, .series = "sessions.connected"},
    {.name = "sessions.lost", .read = read_sessions_count, CALLERS, .counts = BIT(SESSIONS_LOST)},
    {.name = "sessions.reconnected", .read = read_sessions_count, CALLERS, .counts = BIT(SESSIONS_RECONNECTED)},
    {.name = "sessions.given_up", .read = read_sessions_count, CALLERS, .counts = BIT(SESSIONS_GIVEN_UP)},
    {.name = "sessions.attempts", .read = read_sessions_count, CALLERS, .counts = BIT(SESSIONS_ATTEMPTS)},
    {.name = "sessions.refused", .read = read_sessions_count, CALLERS, .counts = BIT(SESSIONS_REFUSED)},
    {.name = "sessions.timed_out", .read = read_sessions_count, CALLERS, .counts = BIT(SESSIONS_TIMED_OUT)},
    {.name = "sessions.refreshes", .read = read_sessions_count, CALLERS, .counts = BIT(SESSIONS_REFRESHES)},
    {.name = "sessions.reconnect.peak_rate",
     .read = read_peak_rate,
     CALLERS,
     .level = LEVEL_RECONNECT_RATE,
     .statistic = STATISTIC_MAX},
    TIMES("sessions.time_to_reconnect", .read = read_sessions_time, CALLERS, .sample = SAMPLE_RECONNECT,
          .unfinished = SAMPLE_OUT_AGE, .nothing = "nobody lost a connection in its selection"),
    {.name = "connections.mean", .read = read_connections, SERVICES, .level = LEVEL_CONNECTIONS, .statistic = STATISTIC_MEAN},
    {.name = "connections.max", .read = read_connections, SERVICES, .level = LEVEL_CONNECTIONS, .statistic = STATISTIC_MAX},
    {.name = "dependents.up", .read = read_dependents_up, CALLERS, .series = "dependents.up"},
    DEPENDENTS_COUNT("dependents.failed", DEPENDENTS_FAILED),
    DEPENDENTS_COUNT("dependents.recovered", DEPENDENTS_RECOVERED),
    DEPENDENTS_COUNT("dependents.down", DEPENDENTS_DOWN),
    {.name = "dependents.down.max", .read = read_down_max, CALLERS, .level = LEVEL_CONNECTED_LOW, .series = "dependents.up"},
    TIMES("dependents.time_to_recover", .read = read_dependents_time, CALLERS, .sample = SAMPLE_RECOVERY,
          .unfinished = SAMPLE_DOWN_AGE, .nothing = "nothing went down in its selection"),

    {.name = "time_to.detect", .read = read_detection},
    {.name = "time_to.mitigate", .read = read_mitigation},
    {.name = "time_to.recover", .read = read_recovery},
    {.name = "outage.duration", .read = read_outage},
    {.name = "backlog.drain", .read = read_drain, MAIL, .series = "mail.backlog"},
    {.name = "users.affected", .read = read_users_affected},
    {.name = "blast_radius", .read = read_blast_radius},
    {.name = "user_minutes.lost", .read = read_minutes_lost},
    {.name = "sla.uptime", .read = read_uptime},
    {.name = "sla.credit", .read = read_credit},
    {.name = "status.first_notice", .read = read_first_notice},
    {.name = "status.share_told", .read = read_share_told},
    {.name = "status.wrong_green", .read = read_wrong_green},
    {.name = "status.staleness", .read = read_staleness},
    {.name = "status.posts", .read = read_posts},
    {.name = "tickets", .read = read_tickets},
    {.name = "tickets_per_user", .read = read_tickets_per_user},
    {.name = "fault.touched", .read = read_touched},
    {.name = "links.crossed", .read = read_crossed},
    {.name = "links.lost", .read = read_lost},
    {.name = "rollout.exposed", .read = read_rollout, .rollout = rollout_exposed},
    {.name = "rollout.broken", .read = read_rollout, .rollout = rollout_broken},
    {.name = "rollout.rings", .read = read_rollout, .rollout = rollout_rings},
    {.name = "rollout.time_to_roll_back", .read = read_rollout, .rollout = rollout_back_s, .statistic = STATISTIC_MAX},
    {.name = "rollout.time_to_mend", .read = read_rollout, .rollout = rollout_mend_s, .statistic = STATISTIC_MAX},
    {.name = "replicas.broken", .read = read_last_sample, SERVICES, .series = "replicas.broken"},
    {.name = "replicas.restarted", .read = read_restarted},
    {.name = "verdict", .read = read_verdict},
};

static const struct row *find_row(const char *name)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

bool metric_value_known(const char *name)
{
    return find_row(name) != NULL;
}

/* ---------------------------------------------------------------- resolvers */

static bool read_from(const Stormcell__Result *r, const struct metric_ref *ref, double *value, const char **word, bool *at_least,
                      char message[256])
{
    struct reading x = {.s = {.r = r, .ref = ref}, .row = find_row(ref->name->name)};
    char why[MESSAGE_MAX] = "";
    bool good;

    x.s.message = why;
    x.arena = arena_create();
    good = x.row ? x.row->read(&x) : select_refuse(&x.s, "it cannot be measured yet");
    arena_free(x.arena);
    if (!good) {
        snprintf(message, 256, "%.110s: %.140s", ref->text ? ref->text : ref->name->name, why);
        return false;
    }
    *value = x.value;
    *word = x.word;
    *at_least = x.at_least;
    return true;
}

static const char *strategy_of(const Stormcell__Result *r)
{
    return r->strategy && r->strategy[0] ? r->strategy : "baseline";
}

bool metric_value_among(void *context, const struct metric_ref *ref, double *value, const char **word, bool *at_least,
                        char message[256])
{
    const struct metric_runs *runs = context;
    const Stormcell__Result *chosen = NULL;

    if (!select_has(ref, "strategy") || metric_admits(ref, "strategy", strategy_of(runs->own)))
        return read_from(runs->own, ref, value, word, at_least, message);
    for (size_t i = 0; i < runs->count; i++) {
        if (!metric_admits(ref, "strategy", strategy_of(runs->all[i])))
            continue;
        if (chosen)
            return snprintf(message, 256, "%.120s: several strategies have this label", ref->text), false;
        chosen = runs->all[i];
    }
    if (!chosen)
        return snprintf(message, 256, "%.120s: no run of this strategy is here", ref->text), false;
    return read_from(chosen, ref, value, word, at_least, message);
}

bool result_metric(void *context, const struct metric_ref *ref, double *value, const char **word, bool *at_least, char message[256])
{
    struct metric_runs runs = {.own = context};

    return metric_value_among(&runs, ref, value, word, at_least, message);
}
