/* metric_changes - metrics: links, changes and restarts */
#include "result/metric_reading.h"

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

bool read_crossed(struct reading *x)
{
    return read_links(x, crossed);
}

bool read_lost(struct reading *x)
{
    return read_links(x, lost);
}

/* ---------------------------------------------------------------- rollouts */

double rollout_exposed(const Stormcell__RolloutInfo *o)
{
    double changed = 0;

    for (size_t i = 0; i < o->n_rings; i++)
        changed += (double)o->rings[i]->changed;
    return changed;
}

double rollout_broken(const Stormcell__RolloutInfo *o)
{
    return (double)o->broken;
}

double rollout_rings(const Stormcell__RolloutInfo *o)
{
    double begun = 0;

    for (size_t i = 0; i < o->n_rings; i++)
        begun += o->rings[i]->has_from_ns;
    return begun;
}

double rollout_back_s(const Stormcell__RolloutInfo *o)
{
    return o->has_rolled_back_ns ? (double)(o->rolled_back_ns - o->rings[0]->from_ns) / 1e9 : never;
}

double rollout_mend_s(const Stormcell__RolloutInfo *o)
{
    if (!o->has_rolled_back_ns || o->broken_at_end)
        return never;
    return o->has_mended_ns && o->mended_ns > o->rolled_back_ns ? (double)(o->mended_ns - o->rolled_back_ns) / 1e9 : 0;
}

/* Counts add up over rollouts; of times, the longest counts. */
bool read_rollout(struct reading *x)
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

bool read_restarted(struct reading *x)
{
    for (size_t i = 0; i < x->s.r->n_restarts; i++)
        if (metric_admits(x->s.ref, "service", select_text(x->s.r->restarts[i]->service)))
            x->value += (double)x->s.r->restarts[i]->begun;
    return true;
}
