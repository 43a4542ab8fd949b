/* metric_presence - metrics: clients that keep a connection, and things that fail with a service */
#include "result/metric_reading.h"

/* ---------------------------------------------------------------- sessions */

/* Of the populations selected, those of sessions. */
static bool choose_sessions(struct reading *x)
{
    bool named = select_has(x->s.ref, "population");

    if (!reading_choose(x))
        return false;
    for (size_t i = 0; i < x->s.r->n_entities; i++)
        if (x->s.entities[i] && !x->s.r->entities[i]->sessions) {
            x->s.entities[i] = false;
            x->s.entity_count--;
        }
    return x->s.entity_count || select_refuse(&x->s, "%s no sessions", named ? "its labels select" : "the scenario has");
}

bool read_sessions_count(struct reading *x)
{
    uint64_t counts[COUNT_MAX] = {0};

    if (!choose_sessions(x))
        return false;
    select_counts(&x->s, counts);
    x->value = (double)reading_sum(counts, x->row->counts);
    return true;
}

bool read_sessions_time(struct reading *x)
{
    return choose_sessions(x) && read_open_time(x);
}

/* In the first epoch of a window only what was tried in it counts (the mean of the level), not what came earlier in its first
 * second. */
bool read_peak_rate(struct reading *x)
{
    const struct selection *s = &x->s;
    struct level_sum levels;

    if (!choose_sessions(x) || !reading_levels(&x->s, LEVEL_RECONNECT_RATE, &levels))
        return false;
    for (size_t i = 0; i < s->r->n_levels; i++) {
        const Stormcell__Level *l = s->r->levels[i];
        bool first = l->epoch > 0 && !s->epochs[l->epoch - 1];
        double most = first ? l->mean : l->max;

        if (l->kind == LEVEL_RECONNECT_RATE && s->entities[l->entity] && s->epochs[l->epoch] && most > x->value)
            x->value = most;
    }
    return true;
}

/* Of services; where nobody keeps a connection there is nothing to tell. */
bool read_connections(struct reading *x)
{
    const Stormcell__Result *r = x->s.r;

    for (size_t i = 0; i < r->n_levels; i++)
        if (r->levels[i]->kind == LEVEL_CONNECTIONS)
            return read_level(x);
    return select_refuse(&x->s, "the scenario has no sessions");
}

bool read_connected(struct reading *x)
{
    const Stormcell__Series *series;

    if (!choose_sessions(x) || !(series = reading_series(&x->s, x->row->series)))
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
bool read_connected_min(struct reading *x)
{
    const Stormcell__Series *series;
    bool found = false;

    if (!choose_sessions(x))
        return false;
    if (x->s.by_partition && x->s.partition_count != 1) {
        if (!(series = reading_series(&x->s, x->row->series)))
            return false;
        x->value = never;
        for (size_t i = 0; i < series->n_values; i++)
            if (reading_covers(&x->s, (int64_t)(i + 1) * x->s.r->sample_ns) && series->values[i] < x->value)
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

/* ---------------------------------------------------------------- dependents */

/* Of the populations selected, those of dependents. */
static bool choose_dependents(struct reading *x)
{
    bool named = select_has(x->s.ref, "population");

    if (!reading_choose(x))
        return false;
    for (size_t i = 0; i < x->s.r->n_entities; i++)
        if (x->s.entities[i] && !x->s.r->entities[i]->dependents) {
            x->s.entities[i] = false;
            x->s.entity_count--;
        }
    return x->s.entity_count || select_refuse(&x->s, "%s no dependents", named ? "its labels select" : "the scenario has");
}

bool read_dependents_count(struct reading *x)
{
    uint64_t counts[COUNT_MAX] = {0};

    if (!choose_dependents(x))
        return false;
    select_counts(&x->s, counts);
    x->value = (double)reading_sum(counts, x->row->counts);
    return true;
}

bool read_dependents_time(struct reading *x)
{
    return choose_dependents(x) && read_open_time(x);
}

bool read_dependents_up(struct reading *x)
{
    const Stormcell__Series *series;

    if (!choose_dependents(x) || !(series = reading_series(&x->s, x->row->series)))
        return false;
    x->value = series->values[series->n_values - 1];
    return true;
}

/* Of a group or region, the sum at one moment matters, which only the samples know: what is not up of the most that ever was, and
 * all are up at the beginning. */
static bool read_group_down_max(struct reading *x)
{
    const Stormcell__Series *series = reading_series(&x->s, x->row->series);
    double most = 0;

    for (size_t i = 0; series && i < series->n_values; i++)
        most = series->values[i] > most ? series->values[i] : most;
    for (size_t i = 0; series && i < series->n_values; i++)
        if (reading_covers(&x->s, (int64_t)(i + 1) * x->s.r->sample_ns) && most - series->values[i] > x->value)
            x->value = most - series->values[i];
    return series != NULL;
}

/* Levels that were always 0 are left out: where nothing is kept, nothing was down. */
bool read_down_max(struct reading *x)
{
    if (!choose_dependents(x))
        return false;
    if ((select_has(x->s.ref, "group") || select_has(x->s.ref, "region")) && !select_has(x->s.ref, "partition"))
        return read_group_down_max(x);
    for (size_t i = 0; i < x->s.r->n_entities; i++) {
        struct level_sum sum = {0};

        if (x->s.entities[i])
            sum = reading_entity_levels(&x->s, i, x->row->level, x->s.by_partition);
        x->value = sum.max > x->value ? sum.max : x->value;
    }
    return true;
}
