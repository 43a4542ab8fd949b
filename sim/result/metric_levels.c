/* metric_levels - metrics: quantities that have a value at every moment, and what was sampled of them */
#include "result/metric_reading.h"

#include <stdlib.h>
#include <string.h>

/* ---------------------------------------------------------------- levels */

/* Levels of one entity: of its sets, one for each partition or region, or of the whole. */
struct level_sum reading_entity_levels(const struct selection *s, size_t entity, enum level kind, bool of_sets)
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
    struct level_sum parts = reading_entity_levels(s, entity, kind, true);

    if (e->per_region && select_has(s->ref, "partition"))
        return select_refuse(s, "of %.60s, this is kept for each region, not for each partition", select_text(e->name));
    if (e->per_region && s->by_partition && !s->region_count)
        return select_refuse(s, "none of the sets of %.60s, one for each region, is of that kind", select_text(e->name));
    if (s->by_partition && !parts.recorded && !e->per_partition && !e->per_region)
        return select_refuse(s, "of %.60s, this is not kept for each %s", select_text(e->name),
                             select_has(s->ref, "region") ? "region" : "partition");
    *out = s->by_partition ? parts : reading_entity_levels(s, entity, kind, false);
    if (!s->by_partition && !out->recorded)
        *out = parts;
    return true;
}

/* All entities selected: means add up; the greatest value is that of the worst. */
bool reading_levels(struct selection *s, enum level kind, struct level_sum *out)
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

bool read_level(struct reading *x)
{
    struct level_sum levels;

    if (!reading_choose(x) || !reading_levels(&x->s, x->row->level, &levels))
        return false;
    x->value = x->row->statistic == STATISTIC_MAX ? levels.max : levels.integral / (double)x->s.window_ns;
    return true;
}

/* Workers of an entity, on average over the window: those of a transport grow with each isolation. */
static double workers_of(const struct selection *s, size_t entity)
{
    const Stormcell__Entity *e = s->r->entities[entity];
    struct level_sum workers = reading_entity_levels(s, entity, LEVEL_MAIL_WORKERS, false);

    if (workers.recorded)
        return workers.integral / (double)s->window_ns;
    return (double)e->workers * (e->per_partition ? (double)s->partition_count : e->per_region ? (double)s->region_count : 1);
}

bool read_utilization(struct reading *x)
{
    const struct selection *s = &x->s;
    struct level_sum busy;
    double workers = 0;

    if (!reading_choose(x) || !reading_levels(&x->s, LEVEL_BUSY, &busy))
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
const Stormcell__Series *reading_series(struct selection *s, const char *metric)
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

bool read_last_sample(struct reading *x)
{
    const Stormcell__Series *series;

    if (!reading_choose(x) || !(series = reading_series(&x->s, x->row->series)))
        return false;
    x->value = series->values[series->n_values - 1];
    return true;
}

/* Is the moment in an epoch that is selected, its end included? */
bool reading_covers(const struct selection *s, int64_t t_ns)
{
    for (size_t i = 0; i < s->r->n_epochs; i++)
        if (s->epochs[i] && s->r->epochs[i]->from_ns < t_ns && t_ns <= s->r->epochs[i]->to_ns)
            return true;
    return false;
}

/* Of a group, the sum at one moment matters, which only the samples know. */
bool read_backlog_max(struct reading *x)
{
    const Stormcell__Series *series;

    if (!reading_choose(x))
        return false;
    if (!select_has(x->s.ref, "group") && !select_has(x->s.ref, "region"))
        return read_level(x);
    if (!(series = reading_series(&x->s, x->row->series)))
        return false;
    for (size_t i = 0; i < series->n_values; i++)
        if (reading_covers(&x->s, (int64_t)(i + 1) * x->s.r->sample_ns) && series->values[i] > x->value)
            x->value = series->values[i];
    return true;
}
