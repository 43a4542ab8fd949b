/* balance - the choice of a replica among those that are not known to be bad */
#include "flow/inside.h"

enum { DRAWS_MAX = 16 };

static bool in_choice(const struct flow *f, uint32_t station)
{
    const struct station *st = &f->stations[station];

    return !st->unhealthy && st->ejected_until_ns <= f->core->now_ns;
}

static uint32_t load(const struct flow *f, uint32_t station)
{
    return f->stations[station].waiting.length + f->stations[station].busy;
}

/* The first usable replica from `start` on, round; one that is not `avoid` if there is another; if none is usable, `start` itself.
 */
static uint32_t usable_from(const struct flow *f, const struct service *sv, uint32_t base, uint32_t start, uint32_t avoid)
{
    uint32_t replicas = sv->replicas;
    bool watched = sv->settings->health_check || sv->settings->ejection;
    uint32_t fallback = 0;

    if (!watched && base + start != avoid)
        return base + start;
    for (uint32_t i = 0; i < replicas; i++) {
        uint32_t station = base + (start + i) % replicas;

        if (!in_choice(f, station))
            continue;
        if (station != avoid)
            return station;
        fallback = station;
    }
    if (fallback)
        return fallback;
    if (base + start == avoid && replicas > 1)
        return base + (start + 1) % replicas;
    return base + start;
}

/* One of the usable replicas, each with the same chance: draws are repeated, because the neighbour of one that is out must not get
 * its share, too. */
static uint32_t any_usable(const struct flow *f, const struct service *sv, uint32_t base, struct draw *d, uint32_t avoid)
{
    uint32_t station = 0;

    for (int i = 0; i < DRAWS_MAX; i++) {
        station = base + (uint32_t)draw_below(d, sv->replicas);
        if (station != avoid && in_choice(f, station))
            return station;
    }
    return usable_from(f, sv, base, station - base, avoid);
}

static uint32_t least_loaded(const struct flow *f, const struct service *sv, uint32_t base, uint32_t start, uint32_t avoid)
{
    uint32_t replicas = sv->replicas, best = usable_from(f, sv, base, start, avoid);

    for (uint32_t i = 0; i < replicas; i++) {
        uint32_t station = base + (start + i) % replicas;

        if (station != avoid && in_choice(f, station) && load(f, station) < load(f, best))
            best = station;
    }
    return best;
}

uint32_t balance_choose(struct flow *f, const struct call *call, const struct frame *caller, uint32_t avoid)
{
    struct way way = detour_way(f, call, caller);
    const struct service *sv = way.service;
    uint32_t base = sv->station + way.set * sv->replicas, n = sv->replicas, a, b;
    struct draw d;

    if (n == 1)
        return base;
    switch (sv->settings->balance) {
    case STORMCELL__SERVICE__BALANCE__BALANCE_RANDOM:
        d = draw_at(call->balance_key, caller->birth, caller->lineage * 0x9E3779B1u + caller->attempt);
        return any_usable(f, sv, base, &d, avoid);
    case STORMCELL__SERVICE__BALANCE__BALANCE_TWO_CHOICES:
        d = draw_at(call->balance_key, caller->birth, caller->lineage * 0x9E3779B1u + caller->attempt);
        a = any_usable(f, sv, base, &d, avoid);
        b = any_usable(f, sv, base, &d, avoid);
        return load(f, b) < load(f, a) ? b : a;
    case STORMCELL__SERVICE__BALANCE__BALANCE_LEAST_LOADED:
        a = sv->turn[way.set]++ % n;
        return least_loaded(f, sv, base, a, avoid);
    default:
        a = usable_from(f, sv, base, sv->turn[way.set] % n, avoid);
        sv->turn[way.set] = a - base + 1;
        return a;
    }
}

static void note_ejection(struct flow *f, const struct station *st)
{
    const char *service = st->service->settings->name;
    double seconds = (double)(st->ejected_until_ns - f->core->now_ns) * 1e-9;

    if (st->service->per_partition)
        core_note(f->core, "control", service, "replica %u of partition %u ejected for %.0f s", st->replica, st->set, seconds);
    else if (st->service->region_of)
        core_note(f->core, "control", service, "replica %u of region %s ejected for %.0f s", st->replica, f->regions[st->set]->name,
                  seconds);
    else
        core_note(f->core, "control", service, "replica %u ejected for %.0f s", st->replica, seconds);
}

/* Takes a replica out of the choice, if not too many of its set are out already. */
static void eject(struct flow *f, uint32_t station)
{
    struct station *st = &f->stations[station];
    const struct service *sv = st->service;
    const Stormcell__Ejection *set = sv->settings->ejection;
    uint32_t base = sv->station + st->set * sv->replicas, out = 0;
    double length;

    for (uint32_t i = 0; i < sv->replicas; i++)
        out += f->stations[base + i].ejected_until_ns > f->core->now_ns;
    if (out && (double)(out + 1) > set->max_ejected_ratio * sv->replicas)
        return;
    st->ejections++;
    st->failures = 0;
    length = (double)set->base_ns * st->ejections;
    st->ejected_until_ns = f->core->now_ns + (length < (double)set->cap_ns ? (int64_t)length : set->cap_ns);
    note_ejection(f, st);
}

void balance_hear(struct flow *f, uint32_t station, enum outcome outcome)
{
    struct station *st = &f->stations[station];
    const Stormcell__Ejection *set = st->service->settings->ejection;

    if (outcome == OUTCOME_OK || outcome == OUTCOME_PERMANENT)
        st->failures = 0;
    else if (++st->failures >= set->consecutive_failures && st->ejected_until_ns <= f->core->now_ns)
        eject(f, station);
}

/* A probe that was sent one time-out ago: a replica that has crashed, or has hung ever since, did not answer. */
void flow_on_health_check(struct flow *f, uint32_t station)
{
    struct station *st = &f->stations[station];
    const struct service *sv = st->service;
    const Stormcell__HealthCheck *set = sv->settings->health_check;
    bool failed = st->crashed || (st->hung && st->hung_since_ns <= f->core->now_ns - set->timeout_ns);

    st->probes = failed == st->probe_failing ? st->probes + 1 : 1;
    st->probe_failing = failed;
    if (failed && !st->unhealthy && st->probes >= set->unhealthy_after)
        st->unhealthy = true;
    else if (!failed && st->unhealthy && st->probes >= set->healthy_after)
        st->unhealthy = false;
    core_plan(f->core, f->core->now_ns + set->interval_ns, EVENT_HEALTH_CHECK, station);
}
