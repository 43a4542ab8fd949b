/* restart - replicas are restarted, some at once, in the order of their numbers */
#include "world/restart.h"

#include <stdlib.h>

#include "flow/compile.h"
#include "flow/lever.h"
#include "stormcell/must.h"

/* Where a restart does not say how long it takes. */
static const int64_t usual_ns = INT64_C(600000000000);

/* One step of a runbook. */
struct order {
    const Stormcell__Restart *settings;
    char *step;
    uint32_t first, count; /* stations */
    struct dist takes;
    uint32_t gone; /* at the moment */
    uint32_t next; /* no station before first + next is to be restarted now */
    uint64_t begun, over;
    int64_t first_ns, last_ns;
};

/* The restarts of one station. */
struct past {
    uint32_t order; /* number + 1 of the one under way; 0: none is */
    uint32_t times;
};

struct restarts {
    struct core *core;
    struct flow *flow;
    struct rollouts *rollouts;
    struct order *orders;
    uint32_t count;
    struct past *past; /* by station; none before the first order */
    uint32_t past_count;
    uint32_t lever;
};

static bool broken_only(const struct order *o)
{
    return o->settings->which == STORMCELL__RESTART__WHICH__WHICH_BROKEN;
}

/* The next station that the order is for, if there is one. */
static bool pick(const struct restarts *r, struct order *o, uint32_t *station)
{
    for (; o->next < o->count; o->next++) {
        *station = o->first + o->next;
        if (!r->past[*station].order && (!broken_only(o) || rollouts_broken(r->rollouts, *station))) {
            o->next++;
            return true;
        }
    }
    return false;
}

static int64_t draw_takes(const struct restarts *r, const struct order *o, uint32_t station)
{
    uint32_t number;
    const char *service = flow_replica(r->flow, station, &number);
    struct draw d = draw_at(draw_key(r->core->seed, service, "restart"), number, r->past[station].times);

    return dist_sample_ns(&o->takes, &d);
}

static void begin(struct restarts *r, struct order *o, uint32_t station)
{
    int64_t over_ns = r->core->now_ns + draw_takes(r, o, station);

    r->past[station] = (struct past){.order = (uint32_t)(o - r->orders) + 1, .times = r->past[station].times + 1};
    o->first_ns = o->begun ? o->first_ns : r->core->now_ns;
    o->begun++;
    o->gone++;
    if (over_ns <= r->core->end_ns)
        agenda_push(r->core->agenda, over_ns, AGENDA_HEALING, EVENT_RESTART_OVER, station);
    flow_lever_pull(r->flow, r->lever, station, 1);
}

static void fill(struct restarts *r, struct order *o)
{
    uint32_t station;

    while (o->gone < o->settings->at_once && pick(r, o, &station))
        begin(r, o, station);
}

/* A replica has broken. */
static void hear(void *context, uint32_t station)
{
    struct restarts *r = context;

    for (uint32_t i = 0; i < r->count; i++) {
        struct order *o = &r->orders[i];

        if (!broken_only(o) || station - o->first >= o->count)
            continue;
        o->next = station - o->first < o->next ? station - o->first : o->next;
        fill(r, o);
    }
}

struct restarts *restarts_create(struct core *core, struct flow *flow, struct rollouts *rollouts)
{
    struct restarts *r = xcalloc(1, sizeof *r);

    r->core = core;
    r->flow = flow;
    r->rollouts = rollouts;
    rollouts_listen(rollouts, hear, r);
    return r;
}

void restarts_free(struct restarts *r)
{
    for (uint32_t i = 0; i < r->count; i++)
        free(r->orders[i].step);
    free(r->orders);
    free(r->past);
    free(r);
}

/* Keeps the past of stations up to this one. */
static void remember(struct restarts *r, uint32_t count)
{
    if (!r->count) {
        struct lever gone = {.kind = LEVER_CRASH, .share = 1, .factor = 1};

        r->lever = flow_lever_add(r->flow, &gone);
    }
    if (count <= r->past_count)
        return;
    r->past = xrealloc(r->past, count, sizeof *r->past);
    for (uint32_t i = r->past_count; i < count; i++)
        r->past[i] = (struct past){0};
    r->past_count = count;
}

void restarts_order(struct restarts *r, const Stormcell__Restart *set, const char *step)
{
    struct order o = {.settings = set, .first_ns = -1, .last_ns = -1};

    must(flow_select(r->flow, set->target, &o.first, &o.count));
    o.step = xstrdup(step);
    o.takes = set->takes ? compile_dist(set->takes) : dist_constant(usual_ns);
    remember(r, o.first + o.count);
    r->orders = xrealloc(r->orders, r->count + 1, sizeof *r->orders);
    r->orders[r->count] = o;
    fill(r, &r->orders[r->count++]);
}

/* What was broken is no longer so before anybody asks it again. */
void restarts_on_over(struct restarts *r, uint32_t station)
{
    struct order *o = &r->orders[r->past[station].order - 1];

    r->past[station].order = 0;
    o->gone--;
    o->over++;
    o->last_ns = r->core->now_ns;
    rollouts_mend(r->rollouts, station);
    flow_lever_release(r->flow, r->lever, station, 1);
    fill(r, o);
}

uint32_t restarts_count(const struct restarts *r)
{
    return r->count;
}

struct restart_facts restarts_facts(const struct restarts *r, uint32_t order)
{
    const struct order *o = &r->orders[order];
    uint32_t number;

    return (struct restart_facts){
        .step = o->step,
        .target = o->settings->target,
        .service = flow_replica(r->flow, o->first, &number),
        .begun = o->begun,
        .over = o->over,
        .first_ns = o->first_ns,
        .last_ns = o->last_ns,
    };
}
