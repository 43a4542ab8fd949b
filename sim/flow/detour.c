/* detour - a share of the users of a set are sent to another set, of the same service or of one that does the same
 *
 * Which users, a coin says that belongs to the user and to the service that they come from: a greater share takes the same users
 * and more, whatever step asked for it. Who is sent elsewhere stays there: detours of the other service are not for him. An attempt
 * that is under way is left where it is; the next one looks where to go.
 *
 * A service that no runbook step of the scenario sends anybody away from has no table, and costs nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "flow/inside.h"
#include "stormcell/must.h"

/* Of one set; `to` is NULL as long as everybody stays. */
struct detour {
    const struct service *to;
    uint32_t set;
    double share;
};

struct detours {
    uint64_t coin_key;
    struct detour *by_set;
    const struct service **others; /* that steps lead to, in the order in which steps first name them */
    uint32_t other_count;
    uint32_t *operations; /* [other * all operations + operation of the own service]: its like */
};

/* ---------------------------------------------------------------- before the run */

static void add_other(struct service *from, const struct service *to, uint64_t seed)
{
    struct detours *d = from->detours;

    if (!d) {
        d = from->detours = xcalloc(1, sizeof *d);
        d->coin_key = draw_key(seed, from->settings->name, "reroute");
        d->by_set = xcalloc(from->sets, sizeof *d->by_set);
    }
    for (uint32_t i = 0; i < d->other_count; i++)
        if (d->others[i] == to)
            return;
    if (to == from)
        return;
    d->others = xrealloc(d->others, d->other_count + 1, sizeof *d->others);
    d->others[d->other_count++] = to;
}

void detours_start(struct flow *f, const Stormcell__Scenario *sc)
{
    for (size_t i = 0; i < sc->n_runbook; i++) {
        const Stormcell__Reroute *set = sc->runbook[i]->reroute;
        struct selection from, to;

        if (sc->runbook[i]->action_case != STORMCELL__STEP__ACTION_REROUTE)
            continue;
        must(select_read(f, set->from, &from) && select_read(f, set->to, &to));
        from.service->direct = false;
        add_other(from.service, to.service, f->core->seed);
        f->core->people.told_apart = true;
    }
}

static uint32_t alike(const struct flow *f, uint32_t operation, const struct service *other)
{
    for (uint32_t i = 0; i < f->operation_count; i++)
        if (&f->services[f->operations[i].service] == other &&
            strcmp(f->operations[i].settings->name, f->operations[operation].settings->name) == 0)
            return i;
    must(!"a reroute to a service that lacks an operation passed the check");
    return 0;
}

void detours_match(struct flow *f)
{
    for (uint32_t s = 0; s < f->service_count; s++) {
        struct detours *d = f->services[s].detours;

        if (!d)
            continue;
        d->operations = xcalloc((size_t)d->other_count * f->operation_count + 1, sizeof *d->operations);
        for (uint32_t k = 0; k < d->other_count; k++)
            for (uint32_t i = 0; i < f->operation_count; i++)
                if (f->operations[i].service == s)
                    d->operations[(size_t)k * f->operation_count + i] = alike(f, i, d->others[k]);
    }
}

void detours_end(struct flow *f)
{
    for (uint32_t s = 0; s < f->service_count; s++) {
        struct detours *d = f->services[s].detours;

        if (!d)
            continue;
        free(d->by_set);
        free(d->others);
        free(d->operations);
        free(d);
    }
}

/* ---------------------------------------------------------------- the step */

void flow_reroute(struct flow *f, const char *from, const char *to, double share)
{
    struct selection a, b;

    must(select_read(f, from, &a) && select_read(f, to, &b) && a.service->detours && (b.sets == 1 || b.sets == a.sets));
    for (uint32_t i = 0; i < a.sets; i++)
        a.service->detours->by_set[a.first_set + i] = (struct detour){
            .to = share > 0 ? b.service : NULL,
            .set = b.first_set + (b.sets == 1 ? 0 : i),
            .share = share,
        };
}

/* ---------------------------------------------------------------- the way of an attempt */

static bool is_sent(const struct detours *d, const struct detour *way, uint32_t user)
{
    struct draw draw;

    if (way->share >= 1)
        return true;
    draw = draw_at(d->coin_key, user, 0);
    return draw_uniform(&draw) < way->share;
}

struct way detour_way(const struct flow *f, const struct call *call, const struct frame *caller)
{
    const struct service *sv = call->service;
    uint32_t set = set_of(sv, caller->partition);
    const struct detour *way = sv->detours ? &sv->detours->by_set[set] : NULL;

    (void)f;
    if (way && way->to && is_sent(sv->detours, way, caller->user))
        return (struct way){way->to, way->set};
    return (struct way){sv, set};
}

uint32_t detour_operation(const struct flow *f, const struct call *call, const struct service *at)
{
    const struct detours *d = call->service->detours;

    for (uint32_t k = 0; k < d->other_count; k++)
        if (d->others[k] == at)
            return d->operations[(size_t)k * f->operation_count + call->operation];
    return call->operation;
}

static uint32_t replicas_of(const struct service *sv)
{
    return sv->sets * sv->replicas;
}

uint32_t detour_replicas(const struct service *sv)
{
    uint32_t count = replicas_of(sv);

    for (uint32_t k = 0; sv->detours && k < sv->detours->other_count; k++)
        count += replicas_of(sv->detours->others[k]);
    return count;
}

/* Its own come first, so that detours change no number of those. */
uint32_t detour_replica(const struct service *sv, uint32_t station)
{
    const struct detours *d = sv->detours;
    uint32_t before = replicas_of(sv);

    if (station - sv->station < before)
        return station - sv->station;
    for (uint32_t k = 0; k < d->other_count; k++) {
        if (station - d->others[k]->station < replicas_of(d->others[k]))
            return before + station - d->others[k]->station;
        before += replicas_of(d->others[k]);
    }
    must(!"an attempt was made at a service that no detour leads to");
    return 0;
}
