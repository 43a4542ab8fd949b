/* metric_value - how each metric of the language is read from a result */
#include "result/metric_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result/health.h"
#include "result/select.h"
#include "result/trigger.h"
#include "stormcell/result.h"

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

static const uint64_t failed = BIT(FAILED_REFUSED) | BIT(FAILED_TIMED_OUT) | BIT(FAILED_ERROR) | BIT(FAILED_LOCAL);
static const uint64_t looks = BIT(CACHE_HITS) | BIT(CACHE_STALE) | BIT(CACHE_NEGATIVE) | BIT(CACHE_MISSES);
static const uint64_t in_vain = BIT(WASTED) | BIT(REFUSED) | BIT(DROPPED);

/* ---------------------------------------------------------------- counters */

static uint64_t sum(const uint64_t counts[COUNT_MAX], uint64_t set)
{
    uint64_t total = 0;

    for (int k = 0; k < COUNT_MAX; k++)
        total += (set >> k & 1) ? counts[k] : 0;
    return total;
}

static bool selects_services(const struct reading *x)
{
    return (x->row->kinds & SELECT_SERVICE) || select_has(x->s.ref, "service");
}

static bool choose(struct reading *x)
{
    return select_entities(&x->s, x->arena, x->row->kinds, x->row->named) && select_partitions(&x->s, x->arena) &&
           select_epochs(&x->s, x->arena);
}

static bool read_count(struct reading *x)
{
    uint64_t counts[COUNT_MAX] = {0};

    if (!choose(x))
        return false;
    select_counts(&x->s, counts);
    x->value = (double)sum(counts, selects_services(x) ? x->row->service_counts : x->row->counts);
    return true;
}

/* Of caches nothing is said where there is none. */
static bool read_cache(struct reading *x)
{
    uint64_t counts[COUNT_MAX] = {0};

    if (!choose(x))
        return false;
    select_counts(&x->s, counts);
    if (!sum(counts, x->row->over))
        return select_refuse(&x->s, "no cache was asked in its selection");
    x->value = (double)sum(counts, x->row->service_counts);
    return true;
}

static bool read_ratio(struct reading *x)
{
    uint64_t counts[COUNT_MAX] = {0}, over;

    if (!choose(x))
        return false;
    select_counts(&x->s, counts);
    over = sum(counts, selects_services(x) ? x->row->service_over : x->row->over);
    if (!over)
        return select_refuse(&x->s, "there is no request in its selection");
    x->value = (double)sum(counts, selects_services(x) ? x->row->service_counts : x->row->counts) / (double)over;
    return true;
}

static bool read_rate(struct reading *x)
{
    uint64_t counts[COUNT_MAX] = {0};

    if (!choose(x))
        return false;
    select_counts(&x->s, counts);
    if (!sum(counts, selects_services(x) ? x->row->service_over : x->row->over) || x->s.window_ns <= 0)
        return select_refuse(&x->s, "there is no request in its selection");
    x->value = (double)sum(counts, selects_services(x) ? x->row->service_counts : x->row->counts) / ((double)x->s.window_ns / 1e9);
    return true;
}

/* ---------------------------------------------------------------- times */

static const double quantiles[] = {[STATISTIC_P50] = 0.5, [STATISTIC_P90] = 0.9, [STATISTIC_P99] = 0.99, [STATISTIC_P999] = 0.999};

static double statistic_ns(const struct histogram *h, enum statistic statistic)
{
    if (statistic == STATISTIC_MAX)
        return (double)h->max_ns;
    if (statistic == STATISTIC_MEAN)
        return histogram_mean_ns(h);
    return histogram_quantile_ns(h, quantiles[statistic]);
}

static bool read_time(struct reading *x)
{
    struct histogram h = {0};

    if (!choose(x))
        return false;
    select_sample(&x->s, selects_services(x) ? x->row->service_sample : x->row->sample, &h);
    if (h.count)
        x->value = statistic_ns(&h, x->row->statistic) / 1e9;
    else
        select_refuse(&x->s, "no request of its selection finished");
    histogram_free(&h);
    return x->s.message[0] == '\0';
}

/* Values that are not above `limit_ns`, to the bucket. */
static uint64_t count_up_to(const struct histogram *h, double limit_ns)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < h->length && (double)histogram_bucket_low(h->first + i) <= limit_ns; i++)
        count += h->buckets[i];
    return count;
}

/* Could the statistic of `all` be greater if the unfinished had an end? Mean and maximum could, always. A quantile could when
 * the messages that are not older than it, and may yet be, are enough to move it by more than a hundredth: five young ones among
 * millions are not. */
static bool rests_on_unfinished(const struct histogram *all, const struct histogram *unfinished, enum statistic statistic,
                                double value_ns)
{
    double q;

    if (!unfinished->count)
        return false;
    if (statistic == STATISTIC_MAX || statistic == STATISTIC_MEAN)
        return true;
    q = quantiles[statistic] + (double)count_up_to(unfinished, value_ns) / (double)all->count;
    return q >= 1 || histogram_quantile_ns(all, q) > value_ns * 1.01;
}

/* Times of which some are not over at the end of the run: these count at their age. */
static bool read_open_time(struct reading *x)
{
    struct histogram h = {0}, unfinished = {0};
    double value_ns;

    select_sample(&x->s, x->row->sample, &h);
    select_sample(&x->s, x->row->unfinished, &unfinished);
    histogram_merge(&h, &unfinished);
    if (h.count) {
        value_ns = statistic_ns(&h, x->row->statistic);
        x->value = value_ns / 1e9;
        x->at_least = rests_on_unfinished(&h, &unfinished, x->row->statistic, value_ns);
    } else {
        select_refuse(&x->s, "%s", x->row->nothing);
    }
    histogram_free(&h);
    histogram_free(&unfinished);
    return x->s.message[0] == '\0';
}

static bool read_counted_at_age(struct reading *x)
{
    return choose(x) && read_open_time(x);
}

/* ---------------------------------------------------------------- levels */

struct level_sum {
    double integral, max; /* value x ns of its epoch */
    bool recorded;        /* the run kept such levels, in any epoch; levels that were always 0 are left out */
};

/* Levels of one entity: of its sets, one for each partition or region, or of the whole. */
static struct level_sum sum_levels(const struct selection *s, size_t entity, enum level kind, bool of_sets)
{
    struct level_sum sum = {0};

    for (size_t i = 0; i < s->r->n_levels; i++) {
        const Stormcell__Level *l = s->r->levels[i];

        if (l->entity != entity || l->kind != (uint32_t)kind || (l->has_partition || l->has_region) != of_sets)
            continue;
        sum.recorded = true;
        if (!s->epochs[l->epoch] || (l->has_partition && !s->partitions[l->partition]) || (l->has_region && !s->regions[l->region]))
            continue;
        sum.integral += l->mean * (double)select_epoch_ns(s->r->epochs[l->epoch]);
        sum.max = l->max > sum.max ? l->max : sum.max;
    }
    return sum;
}

/* The whole is kept as such, or in its sets; a part only in these. */
static bool entity_levels(struct selection *s, size_t entity, enum level kind, struct level_sum *out)
{
    const Stormcell__Entity *e = s->r->entities[entity];
    struct level_sum parts = sum_levels(s, entity, kind, true);

    if (e->per_region && select_has(s->ref, "partition"))
        return select_refuse(s, "of %.60s, this is kept for each region, not for each partition", select_text(e->name));
    if (e->per_region && s->by_partition && !s->region_count)
        return select_refuse(s, "none of the sets of %.60s, one for each region, is of that kind", select_text(e->name));
    if (s->by_partition && !parts.recorded && !e->per_partition && !e->per_region)
        return select_refuse(s, "of %.60s, this is not kept for each %s", select_text(e->name),
                             select_has(s->ref, "region") ? "region" : "partition");
    *out = s->by_partition ? parts : sum_levels(s, entity, kind, false);
    if (!s->by_partition && !out->recorded)
        *out = parts;
    return true;
}

/* All entities selected: means add up; the greatest value is that of the worst. */
static bool all_levels(struct selection *s, enum level kind, struct level_sum *out)
{
    *out = (struct level_sum){0};
    for (size_t i = 0; i < s->r->n_entities; i++) {
        struct level_sum one = {0};

        if (!s->entities[i])
            continue;
        if (!entity_levels(s, i, kind, &one))
            return false;
        out->integral += one.integral;
        out->max = one.max > out->max ? one.max : out->max;
    }
    if (s->window_ns <= 0)
        return select_refuse(s, "its window has no length");
    return true;
}

static bool read_level(struct reading *x)
{
    struct level_sum levels;

    if (!choose(x) || !all_levels(&x->s, x->row->level, &levels))
        return false;
    x->value = x->row->statistic == STATISTIC_MAX ? levels.max : levels.integral / (double)x->s.window_ns;
    return true;
}

/* Workers of an entity, on average over the window: those of a transport grow with each isolation. */
static double workers_of(const struct selection *s, size_t entity)
{
    const Stormcell__Entity *e = s->r->entities[entity];
    struct level_sum workers = sum_levels(s, entity, LEVEL_MAIL_WORKERS, false);

    if (workers.recorded)
        return workers.integral / (double)s->window_ns;
    return (double)e->workers * (e->per_partition ? (double)s->partition_count : e->per_region ? (double)s->region_count : 1);
}

static bool read_utilization(struct reading *x)
{
    const struct selection *s = &x->s;
    struct level_sum busy;
    double workers = 0;

    if (!choose(x) || !all_levels(&x->s, LEVEL_BUSY, &busy))
        return false;
    for (size_t i = 0; i < s->r->n_entities; i++)
        if (s->entities[i])
            workers += workers_of(s, i);
    if (workers <= 0)
        return select_refuse(&x->s, "it is not known how many workers there are");
    x->value = busy.integral / (double)s->window_ns / workers;
    return true;
}

/* ---------------------------------------------------------------- series */

/* The entity of a series: empty is taken as the only one there is. */
static bool series_of_entity(const struct selection *s, const Stormcell__Series *series)
{
    if (!series->entity || !series->entity[0])
        return s->entity_count == 1;
    for (size_t i = 0; i < s->r->n_entities; i++)
        if (s->entities[i] && strcmp(select_text(s->r->entities[i]->name), series->entity) == 0)
            return true;
    return false;
}

/* The series of a metric for the one group, partition or whole that the labels name; NULL with a message when there is none. */
static const Stormcell__Series *find_series(struct selection *s, const char *metric)
{
    const char *group = select_only(s->ref, "group"), *partition = select_only(s->ref, "partition");
    const char *region = select_only(s->ref, "region");
    const Stormcell__Series *found = NULL;

    if (s->by_partition && !!group + !!partition + !!region != 1)
        return select_refuse(s, "it is sampled for the whole, a group, a region or a partition: expected group=, region= or "
                                "partition="),
               NULL;
    for (size_t i = 0; i < s->r->n_series; i++) {
        const Stormcell__Series *series = s->r->series[i];
        const char *of = select_text(series->group);
        bool same = partition ? !of[0] && series->has_partition && series->partition == strtoul(partition, NULL, 10)
                    : region  ? !of[0] && strcmp(select_text(series->region), region) == 0
                              : strcmp(of, group ? group : "whole") == 0;

        if (!same || strcmp(select_text(series->metric), metric) != 0 || !series_of_entity(s, series) || !series->n_values)
            continue;
        if (found)
            return select_refuse(s, "several have it: name one"), NULL;
        found = series;
    }
    if (!found)
        select_refuse(s, "no series of %s was sampled for this selection", metric);
    return found;
}

static bool read_last_sample(struct reading *x)
{
    const Stormcell__Series *series;

    if (!choose(x) || !(series = find_series(&x->s, x->row->series)))
        return false;
    x->value = series->values[series->n_values - 1];
    return true;
}

/* Is the moment in an epoch that is selected, its end included? */
static bool moment_selected(const struct selection *s, int64_t t_ns)
{
    for (size_t i = 0; i < s->r->n_epochs; i++)
        if (s->epochs[i] && s->r->epochs[i]->from_ns < t_ns && t_ns <= s->r->epochs[i]->to_ns)
            return true;
    return false;
}

/* Of a group, the sum at one moment matters, which only the samples know. */
static bool read_backlog_max(struct reading *x)
{
    const Stormcell__Series *series;

    if (!choose(x))
        return false;
    if (!select_has(x->s.ref, "group") && !select_has(x->s.ref, "region"))
        return read_level(x);
    if (!(series = find_series(&x->s, x->row->series)))
        return false;
    for (size_t i = 0; i < series->n_values; i++)
        if (moment_selected(&x->s, (int64_t)(i + 1) * x->s.r->sample_ns) && series->values[i] > x->value)
            x->value = series->values[i];
    return true;
}

/* ---------------------------------------------------------------- sessions */

/* Of the populations selected, those of sessions. */
static bool choose_sessions(struct reading *x)
{
    bool named = select_has(x->s.ref, "population");

    if (!choose(x))
        return false;
    for (size_t i = 0; i < x->s.r->n_entities; i++)
        if (x->s.entities[i] && !x->s.r->entities[i]->sessions) {
            x->s.entities[i] = false;
            x->s.entity_count--;
        }
    return x->s.entity_count || select_refuse(&x->s, "%s no sessions", named ? "its labels select" : "the scenario has");
}

static bool read_sessions_count(struct reading *x)
{
    uint64_t counts[COUNT_MAX] = {0};

    if (!choose_sessions(x))
        return false;
    select_counts(&x->s, counts);
    x->value = (double)sum(counts, x->row->counts);
    return true;
}

static bool read_sessions_time(struct reading *x)
{
    return choose_sessions(x) && read_open_time(x);
}

static bool read_sessions_level(struct reading *x)
{
    struct level_sum levels;

    if (!choose_sessions(x) || !all_levels(&x->s, x->row->level, &levels))
        return false;
    x->value = levels.max;
    return true;
}

/* Of services; where nobody keeps a connection there is nothing to tell. */
static bool read_connections(struct reading *x)
{
    const Stormcell__Result *r = x->s.r;

    for (size_t i = 0; i < r->n_levels; i++)
        if (r->levels[i]->kind == LEVEL_CONNECTIONS)
            return read_level(x);
    return select_refuse(&x->s, "the scenario has no sessions");
}

static bool read_connected(struct reading *x)
{
    const Stormcell__Series *series;

    if (!choose_sessions(x) || !(series = find_series(&x->s, x->row->series)))
        return false;
    x->value = series->values[series->n_values - 1];
    return true;
}

/* The fewest of one population, or of one partition of it, at any moment of the epochs selected; -1: it has no sessions. Each row
 * says how many there are, and how many were missing at the worst. */
static double fewest_connected(const struct selection *s, size_t entity)
{
    double fewest = -1;

    for (size_t i = 0; i < s->r->n_levels; i++) {
        const Stormcell__Level *l = s->r->levels[i];

        if (l->entity != entity || l->kind != LEVEL_CONNECTED_LOW || !s->epochs[l->epoch] ||
            (bool)l->has_partition != s->by_partition || (s->by_partition && !s->partitions[l->partition]))
            continue;
        if (fewest < 0 || l->mean - l->max < fewest)
            fewest = l->mean - l->max;
    }
    return fewest;
}

/* The whole, and one partition, are known at every moment; of several together, only the samples know. */
static bool read_connected_min(struct reading *x)
{
    const Stormcell__Series *series;
    bool found = false;

    if (!choose_sessions(x))
        return false;
    if (x->s.by_partition && x->s.partition_count != 1) {
        if (!(series = find_series(&x->s, x->row->series)))
            return false;
        x->value = never;
        for (size_t i = 0; i < series->n_values; i++)
            if (moment_selected(&x->s, (int64_t)(i + 1) * x->s.r->sample_ns) && series->values[i] < x->value)
                x->value = series->values[i];
        return x->value < never || select_refuse(&x->s, "there is no sample in its window");
    }
    for (size_t i = 0; i < x->s.r->n_entities; i++) {
        double fewest = x->s.entities[i] ? fewest_connected(&x->s, i) : -1;

        found = found || fewest >= 0;
        x->value += fewest > 0 ? fewest : 0;
    }
    return found || select_refuse(&x->s, "nobody keeps a connection in its selection");
}

/* ---------------------------------------------------------------- oldest mail */

static bool one_transport(const struct selection *s)
{
    size_t transports = 0;

    for (size_t i = 0; i < s->r->n_entities; i++)
        transports += s->r->entities[i]->kind == STORMCELL__ENTITY_KIND__ENTITY_TRANSPORT;
    return transports == s->entity_count;
}

/* From the health cohorts, which know the oldest of each partition at the end of each interval, over all transports. */
static bool oldest_in_cohorts(struct selection *s, bool last, double *seconds)
{
    int64_t oldest_ns = -1;

    for (size_t i = 0; i < s->r->n_cohorts; i++) {
        const Stormcell__Cohorts *c = s->r->cohorts[i];

        if (!s->partitions[c->partition])
            continue;
        for (size_t k = last && c->n_mail_oldest_ns ? c->n_mail_oldest_ns - 1 : 0; k < c->n_mail_oldest_ns; k++) {
            int64_t end_ns = (int64_t)(k + 1) * s->r->health_interval_ns;

            end_ns = end_ns > s->r->run_ns ? s->r->run_ns : end_ns;
            if ((last || moment_selected(s, end_ns)) && c->mail_oldest_ns[k] > oldest_ns)
                oldest_ns = c->mail_oldest_ns[k];
        }
    }
    if (oldest_ns < 0)
        return select_refuse(s, "the age of mail was not recorded for this selection");
    *seconds = (double)oldest_ns / 1e9;
    return true;
}

static bool read_oldest_max(struct reading *x)
{
    struct level_sum levels = {0};

    if (!choose(x))
        return false;
    if (all_levels(&x->s, LEVEL_MAIL_OLDEST, &levels) && levels.max > 0) {
        x->value = levels.max;
        return true;
    }
    if (!one_transport(&x->s))
        return select_refuse(&x->s, "the age of mail is not kept by partition for each of several transports");
    return oldest_in_cohorts(&x->s, false, &x->value);
}

static bool read_oldest_now(struct reading *x)
{
    if (!choose(x))
        return false;
    if (find_series(&x->s, x->row->series))
        return read_last_sample(x);
    if (!one_transport(&x->s))
        return select_refuse(&x->s, "the age of mail is not kept by partition for each of several transports");
    return oldest_in_cohorts(&x->s, true, &x->value);
}

/* ---------------------------------------------------------------- dependents */

/* Of the populations selected, those of dependents. */
static bool choose_dependents(struct reading *x)
{
    bool named = select_has(x->s.ref, "population");

    if (!choose(x))
        return false;
    for (size_t i = 0; i < x->s.r->n_entities; i++)
        if (x->s.entities[i] && !x->s.r->entities[i]->dependents) {
            x->s.entities[i] = false;
            x->s.entity_count--;
        }
    return x->s.entity_count || select_refuse(&x->s, "%s no dependents", named ? "its labels select" : "the scenario has");
}

static bool read_dependents_count(struct reading *x)
{
    uint64_t counts[COUNT_MAX] = {0};

    if (!choose_dependents(x))
        return false;
    select_counts(&x->s, counts);
    x->value = (double)sum(counts, x->row->counts);
    return true;
}

static bool read_dependents_time(struct reading *x)
{
    return choose_dependents(x) && read_open_time(x);
}

static bool read_dependents_up(struct reading *x)
{
    const Stormcell__Series *series;

    if (!choose_dependents(x) || !(series = find_series(&x->s, x->row->series)))
        return false;
    x->value = series->values[series->n_values - 1];
    return true;
}

/* Of a group or region, the sum at one moment matters, which only the samples know: what is not up of the most that ever was, and
 * all are up at the beginning. */
static bool read_group_down_max(struct reading *x)
{
    const Stormcell__Series *series = find_series(&x->s, x->row->series);
    double most = 0;

    for (size_t i = 0; series && i < series->n_values; i++)
        most = series->values[i] > most ? series->values[i] : most;
    for (size_t i = 0; series && i < series->n_values; i++)
        if (moment_selected(&x->s, (int64_t)(i + 1) * x->s.r->sample_ns) && most - series->values[i] > x->value)
            x->value = most - series->values[i];
    return series != NULL;
}

/* Levels that were always 0 are left out: where nothing is kept, nothing was down. */
static bool read_down_max(struct reading *x)
{
    if (!choose_dependents(x))
        return false;
    if ((select_has(x->s.ref, "group") || select_has(x->s.ref, "region")) && !select_has(x->s.ref, "partition"))
        return read_group_down_max(x);
    for (size_t i = 0; i < x->s.r->n_entities; i++) {
        struct level_sum sum = {0};

        if (x->s.entities[i])
            sum = sum_levels(&x->s, i, x->row->level, x->s.by_partition);
        x->value = sum.max > x->value ? sum.max : x->value;
    }
    return true;
}

/* ---------------------------------------------------------------- verdicts */

static const Stormcell__Verdict *find_verdict(const Stormcell__Result *r, const char *scope)
{
    for (size_t i = 0; i < r->n_verdicts; i++)
        if (strcmp(select_text(r->verdicts[i]->scope), scope) == 0)
            return r->verdicts[i];
    return NULL;
}

/* Visits the verdicts that the labels name: that of the whole or a group as such, else those of all partitions that they admit. */
static bool visit_verdicts(struct reading *x, void (*visit)(struct reading *x, const Stormcell__Verdict *v))
{
    const char *group = select_only(x->s.ref, "group");
    bool parts = select_has(x->s.ref, "partition") || select_has(x->s.ref, "region"), seen = false;

    if (!select_partitions(&x->s, x->arena))
        return false;
    if (!x->s.by_partition || (group && !parts)) {
        const Stormcell__Verdict *v = find_verdict(x->s.r, group ? group : "whole");

        return v ? (visit(x, v), true) : select_refuse(&x->s, "there is no verdict on %s", group ? group : "the whole");
    }
    for (size_t i = 0; i < x->s.r->n_verdicts; i++) {
        const char *scope = select_text(x->s.r->verdicts[i]->scope);
        char *end;
        unsigned long p = strtoul(scope, &end, 10);

        if (end == scope || *end || p >= x->s.r->n_partitions || !x->s.partitions[p])
            continue;
        visit(x, x->s.r->verdicts[i]);
        seen = true;
    }
    return seen || select_refuse(&x->s, "there is no verdict on its partitions");
}

static void worst_word(struct reading *x, const Stormcell__Verdict *v)
{
    if (!x->word || health_badness(v->word) > health_badness(x->word))
        x->word = select_text(v->word);
}

static double recovery_s(const Stormcell__Verdict *v)
{
    if (health_badness(v->word) == 0)
        return 0;
    return health_badness(v->word) == 1 && v->has_recovery_ns ? (double)v->recovery_ns / 1e9 : never;
}

static void longest_recovery(struct reading *x, const Stormcell__Verdict *v)
{
    x->value = recovery_s(v) > x->value ? recovery_s(v) : x->value;
}

static double mitigation_s(const Stormcell__Verdict *v)
{
    if (health_badness(v->word) == 0)
        return 0;
    return v->has_mitigation_ns ? (double)v->mitigation_ns / 1e9 : never;
}

static void longest_mitigation(struct reading *x, const Stormcell__Verdict *v)
{
    x->value = mitigation_s(v) > x->value ? mitigation_s(v) : x->value;
}

static void longest_outage(struct reading *x, const Stormcell__Verdict *v)
{
    double s = v->has_unhealthy_from_ns ? (double)(v->unhealthy_to_ns - v->unhealthy_from_ns) / 1e9 : 0;

    x->value = s > x->value ? s : x->value;
}

static bool read_verdict(struct reading *x)
{
    return visit_verdicts(x, worst_word);
}

static bool read_recovery(struct reading *x)
{
    return visit_verdicts(x, longest_recovery);
}

static bool read_mitigation(struct reading *x)
{
    return visit_verdicts(x, longest_mitigation);
}

static bool read_outage(struct reading *x)
{
    return visit_verdicts(x, longest_outage);
}

static bool sum_users(struct reading *x, double *affected, double *all)
{
    bool judged = false;

    *affected = *all = 0;
    for (size_t p = 0; p < x->s.r->n_partitions; p++)
        *all += x->s.partitions[p] ? (double)x->s.r->partitions[p]->users : 0;
    for (size_t i = 0; i < x->s.r->n_verdicts; i++) {
        const Stormcell__Verdict *v = x->s.r->verdicts[i];
        char *end;
        unsigned long p = strtoul(select_text(v->scope), &end, 10);

        if (end == v->scope || *end || p >= x->s.r->n_partitions || !x->s.partitions[p])
            continue;
        judged = true;
        *affected += health_badness(v->word) > 0 ? (double)x->s.r->partitions[p]->users : 0;
    }
    return judged || select_refuse(&x->s, "there is no verdict on its partitions");
}

static bool read_users_affected(struct reading *x)
{
    double all;

    return select_partitions(&x->s, x->arena) && sum_users(x, &x->value, &all);
}

static bool read_blast_radius(struct reading *x)
{
    double affected, all;

    if (!select_partitions(&x->s, x->arena) || !sum_users(x, &affected, &all))
        return false;
    if (all <= 0)
        return select_refuse(&x->s, "there are no users");
    x->value = affected / all;
    return true;
}

/* ---------------------------------------------------------------- backlog */

/* The end of the last trigger and the begin of the first; false when one is still on, or there is none. */
static bool trigger_span(const Stormcell__Result *r, int64_t *first_ns, int64_t *end_ns)
{
    struct trigger_span t;

    *first_ns = INT64_MAX;
    *end_ns = 0;
    for (size_t index = 0; trigger_next(r, &index, &t);) {
        if (!t.ends)
            return false;
        *first_ns = t.from_ns < *first_ns ? t.from_ns : *first_ns;
        *end_ns = t.to_ns > *end_ns ? t.to_ns : *end_ns;
    }
    return trigger_any(r);
}

/* The line under which a backlog is drained: what it was before the first fault, and a twentieth of what it rose by. */
static double drained_below(const Stormcell__Series *series, int64_t sample_ns, int64_t first_ns)
{
    double before = 0, peak = 0;

    for (size_t i = 0; i < series->n_values; i++) {
        peak = series->values[i] > peak ? series->values[i] : peak;
        if ((int64_t)(i + 1) * sample_ns <= first_ns && series->values[i] > before)
            before = series->values[i];
    }
    return before + (peak - before) / 20;
}

static bool read_drain(struct reading *x)
{
    const Stormcell__Series *series;
    int64_t first_ns, end_ns, drained_ns, sample_ns = x->s.r->sample_ns;
    size_t above = 0; /* samples up to the last one above the line */
    double line;

    if (!choose(x) || !(series = find_series(&x->s, x->row->series)))
        return false;
    if (!trigger_any(x->s.r))
        return select_refuse(&x->s, "there was no fault");
    x->value = never;
    if (!trigger_span(x->s.r, &first_ns, &end_ns))
        return true;
    line = drained_below(series, sample_ns, first_ns);
    for (size_t i = 0; i < series->n_values; i++)
        if (series->values[i] > line)
            above = i + 1;
    drained_ns = (int64_t)(above + 1) * sample_ns;
    if (above < series->n_values)
        x->value = above && drained_ns > end_ns ? (double)(drained_ns - end_ns) / 1e9 : 0;
    return true;
}

/* ---------------------------------------------------------------- promises and faults */

/* Visits the SLA accounts of the meter; refuses when the scenario promised nothing there. */
static bool visit_accounts(struct reading *x, void (*visit)(struct reading *x, const Stormcell__SlaAccount *a))
{
    bool any_meter = select_has(x->s.ref, "meter"), seen = false;

    if (!select_partitions(&x->s, x->arena))
        return false;
    for (size_t i = 0; i < x->s.r->n_sla; i++) {
        const Stormcell__SlaAccount *a = x->s.r->sla[i];
        const char *meter = select_text(a->meter);

        if (!x->s.partitions[a->partition] || !(any_meter ? metric_admits(x->s.ref, "meter", meter) : strcmp(meter, "access") == 0))
            continue;
        visit(x, a);
        seen = true;
    }
    return seen || select_refuse(&x->s, "the scenario has no sla: with this meter");
}

static void add_minutes(struct reading *x, const Stormcell__SlaAccount *a)
{
    x->value += a->user_minutes_lost;
}

static void least_uptime(struct reading *x, const Stormcell__SlaAccount *a)
{
    x->value = a->uptime_ratio < x->value ? a->uptime_ratio : x->value;
}

static void greatest_credit(struct reading *x, const Stormcell__SlaAccount *a)
{
    x->value = a->credit_ratio > x->value ? a->credit_ratio : x->value;
}

static bool read_minutes_lost(struct reading *x)
{
    return visit_accounts(x, add_minutes);
}

static bool read_uptime(struct reading *x)
{
    x->value = never;
    return visit_accounts(x, least_uptime);
}

static bool read_credit(struct reading *x)
{
    return visit_accounts(x, greatest_credit);
}

static bool read_touched(struct reading *x)
{
    bool seen = false;

    for (size_t i = 0; i < x->s.r->n_faults; i++) {
        if (!metric_admits(x->s.ref, "fault", select_text(x->s.r->faults[i]->name)))
            continue;
        x->value += (double)x->s.r->faults[i]->touched;
        seen = true;
    }
    if (!seen && select_only(x->s.ref, "fault"))
        return select_refuse(&x->s, "there is no fault %.60s", select_only(x->s.ref, "fault"));
    return seen || select_refuse(&x->s, "there was no fault");
}

/* ---------------------------------------------------------------- links */

static uint64_t crossed(const Stormcell__LinkWay *way)
{
    return way ? way->crossed : 0;
}

static uint64_t lost(const Stormcell__LinkWay *way)
{
    return way ? way->cut + way->lost + way->overflowed : 0;
}

static bool read_links(struct reading *x, uint64_t (*count)(const Stormcell__LinkWay *way))
{
    bool seen = false;

    for (size_t i = 0; i < x->s.r->n_links; i++) {
        const Stormcell__LinkInfo *l = x->s.r->links[i];

        if (!metric_admits(x->s.ref, "link", select_text(l->name)))
            continue;
        x->value += (double)(count(l->forward) + count(l->back));
        seen = true;
    }
    if (!seen && select_only(x->s.ref, "link"))
        return select_refuse(&x->s, "there is no link %.60s", select_only(x->s.ref, "link"));
    return seen || select_refuse(&x->s, "there is no link");
}

static bool read_crossed(struct reading *x)
{
    return read_links(x, crossed);
}

static bool read_lost(struct reading *x)
{
    return read_links(x, lost);
}

/* ---------------------------------------------------------------- rollouts */

static double rollout_exposed(const Stormcell__RolloutInfo *o)
{
    double changed = 0;

    for (size_t i = 0; i < o->n_rings; i++)
        changed += (double)o->rings[i]->changed;
    return changed;
}

static double rollout_broken(const Stormcell__RolloutInfo *o)
{
    return (double)o->broken;
}

static double rollout_rings(const Stormcell__RolloutInfo *o)
{
    double begun = 0;

    for (size_t i = 0; i < o->n_rings; i++)
        begun += o->rings[i]->has_from_ns;
    return begun;
}

static double rollout_back_s(const Stormcell__RolloutInfo *o)
{
    return o->has_rolled_back_ns ? (double)(o->rolled_back_ns - o->rings[0]->from_ns) / 1e9 : never;
}

static double rollout_mend_s(const Stormcell__RolloutInfo *o)
{
    if (!o->has_rolled_back_ns || o->broken_at_end)
        return never;
    return o->has_mended_ns && o->mended_ns > o->rolled_back_ns ? (double)(o->mended_ns - o->rolled_back_ns) / 1e9 : 0;
}

/* Counts add up over rollouts; of times, the longest counts. */
static bool read_rollout(struct reading *x)
{
    bool seen = false;

    for (size_t i = 0; i < x->s.r->n_rollouts; i++) {
        double value;

        if (!metric_admits(x->s.ref, "rollout", select_text(x->s.r->rollouts[i]->name)))
            continue;
        value = x->row->rollout(x->s.r->rollouts[i]);
        x->value = x->row->statistic == STATISTIC_MAX ? (value > x->value ? value : x->value) : x->value + value;
        seen = true;
    }
    if (!seen && select_only(x->s.ref, "rollout"))
        return select_refuse(&x->s, "there is no rollout %.60s", select_only(x->s.ref, "rollout"));
    return seen || select_refuse(&x->s, "there was no rollout");
}

static bool read_restarted(struct reading *x)
{
    for (size_t i = 0; i < x->s.r->n_restarts; i++)
        if (metric_admits(x->s.ref, "service", select_text(x->s.r->restarts[i]->service)))
            x->value += (double)x->s.r->restarts[i]->begun;
    return true;
}

/* ---------------------------------------------------------------- what customers were told */

static const Stormcell__StatusReport *find_status(struct reading *x)
{
    if (!x->s.r->status)
        select_refuse(&x->s, "the scenario has no status_page");
    return x->s.r->status;
}

static bool read_detection(struct reading *x)
{
    const Stormcell__StatusReport *s = find_status(x);
    struct trigger_span span;
    int64_t first_ns = INT64_MAX;

    if (!s)
        return false;
    for (size_t index = 0; trigger_next(x->s.r, &index, &span);)
        first_ns = span.from_ns < first_ns ? span.from_ns : first_ns;
    if (first_ns == INT64_MAX)
        return select_refuse(&x->s, "there was no fault");
    x->value = never;
    for (size_t i = s->n_detections_ns; i-- > 0;)
        if (s->detections_ns[i] >= first_ns)
            x->value = (double)(s->detections_ns[i] - first_ns) / 1e9;
    return true;
}

static bool read_first_notice(struct reading *x)
{
    const Stormcell__StatusReport *s = find_status(x);

    if (!s)
        return false;
    if (!s->has_affected_from_ns)
        x->value = 0;
    else if (!s->has_first_notice_ns)
        x->value = never;
    else if (s->first_notice_ns > s->affected_from_ns)
        x->value = (double)(s->first_notice_ns - s->affected_from_ns) / 1e9;
    return true;
}

static bool read_share_told(struct reading *x)
{
    const Stormcell__StatusReport *s = find_status(x);

    if (s && !s->has_told_ratio)
        return select_refuse(&x->s, "nobody was affected");
    x->value = s ? s->told_ratio : 0;
    return s != NULL;
}

static bool read_wrong_green(struct reading *x)
{
    const Stormcell__StatusReport *s = find_status(x);

    x->value = s && s->affected_ever > 0 ? s->green_minutes * 60 / s->affected_ever : 0;
    return s != NULL;
}

static bool read_staleness(struct reading *x)
{
    const Stormcell__StatusReport *s = find_status(x);

    if (s && !s->has_staleness_max_ns)
        return select_refuse(&x->s, "there was no post while somebody was affected");
    x->value = s ? (double)s->staleness_max_ns / 1e9 : 0;
    return s != NULL;
}

static bool read_posts(struct reading *x)
{
    const Stormcell__StatusReport *s = find_status(x);

    x->value = s ? (double)s->n_posts : 0;
    return s != NULL;
}

static bool read_tickets(struct reading *x)
{
    const Stormcell__StatusReport *s = find_status(x);

    x->value = s ? (double)s->tickets : 0;
    return s != NULL;
}

static bool read_tickets_per_user(struct reading *x)
{
    const Stormcell__StatusReport *s = find_status(x);

    if (s && s->affected_ever <= 0)
        return select_refuse(&x->s, "nobody was affected");
    x->value = s ? (double)s->tickets / s->affected_ever : 0;
    return s != NULL;
}

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
     .read = read_sessions_level,
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
