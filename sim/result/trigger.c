/* trigger - what can make a run unhealthy: its faults, and its rollouts that have a flaw */
#include "result/trigger.h"

static struct trigger_span span(const Stormcell__Result *r, int64_t from_ns, bool ends, int64_t to_ns)
{
    ends = ends && to_ns <= r->run_ns;
    return (struct trigger_span){.from_ns = from_ns, .ends = ends, .to_ns = ends ? to_ns : r->run_ns};
}

/* False: it has no flaw, or never began. */
static bool span_of_rollout(const Stormcell__Result *r, const Stormcell__RolloutInfo *o, struct trigger_span *out)
{
    if (!o->flawed || o->n_rings == 0 || !o->rings[0]->has_from_ns)
        return false;
    *out = span(r, o->rings[0]->from_ns, o->has_rolled_back_ns, o->rolled_back_ns);
    out->rollout = o;
    return true;
}

bool trigger_next(const Stormcell__Result *r, size_t *index, struct trigger_span *out)
{
    if (*index < r->n_faults) {
        const Stormcell__FaultInfo *f = r->faults[(*index)++];

        *out = span(r, f->from_ns, f->has_to_ns, f->to_ns);
        out->fault = f;
        return true;
    }
    while (*index < r->n_faults + r->n_rollouts)
        if (span_of_rollout(r, r->rollouts[(*index)++ - r->n_faults], out))
            return true;
    return false;
}

bool trigger_any(const Stormcell__Result *r)
{
    struct trigger_span t;
    size_t index = 0;

    return trigger_next(r, &index, &t);
}
