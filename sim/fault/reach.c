/* reach - the kinds of targets: replicas of a service, a link, a cache, a population */
#include <string.h>

#include "base/selector.h"
#include "fault/inside.h"
#include "stormcell/must.h"
#include "stormcell/random.h"

/* ---------------------------------------------------------------- levers: replicas, links */

struct lever fault_lever(const Stormcell__Fault *set, const struct fault_kind *kind)
{
    struct lever lever = {.share = 1, .factor = 1, .ways = 1 << LINK_FORWARD | 1 << LINK_BACK};

    kind->lever(set, &lever);
    return lever;
}

static void add_lever(struct faults *f, struct fault *fault)
{
    struct lever lever = fault_lever(fault->settings, fault->kind);

    lever.coin_key = draw_key(f->core->seed, fault->settings->name, "coin");
    lever.back_key = draw_key(f->core->seed, fault->settings->name, "coin back");
    fault->lever = flow_lever_add(f->flow, &lever);
}

static uint64_t touched_by_lever(const struct faults *f, const struct fault *fault)
{
    return flow_lever_touched(f->flow, fault->lever);
}

static bool names_stations(const Stormcell__Fault *set)
{
    (void)set;
    return true;
}

static void find_stations(struct faults *f, struct fault *fault)
{
    add_lever(f, fault);
    must(flow_select_all(f->flow, fault->settings->target, &fault->stations));
}

static void pull_stations(struct faults *f, struct fault *fault, bool on)
{
    const struct stations *at = &fault->stations;

    for (uint32_t i = 0; i < at->times; i++)
        (on ? flow_lever_pull : flow_lever_release)(f->flow, fault->lever, at->first + i * at->stride, at->count);
}

static bool stations_hit(const struct flow *flow, const Stormcell__Fault *set, uint32_t partition)
{
    return flow_select_hits(flow, set->target, partition);
}

static bool names_link(const Stormcell__Fault *set)
{
    return selector_is_link(set->target);
}

static void find_link(struct faults *f, struct fault *fault)
{
    add_lever(f, fault);
    must(flow_link_select(f->flow, fault->settings->target, &fault->link));
}

static void pull_link(struct faults *f, struct fault *fault, bool on)
{
    (on ? flow_link_pull : flow_link_release)(f->flow, fault->lever, &fault->link);
}

static bool link_hits(const struct flow *flow, const Stormcell__Fault *set, uint32_t partition)
{
    struct link_cover cover;

    return flow_link_select(flow, set->target, &cover) && link_covers(&cover, partition);
}

/* ---------------------------------------------------------------- caches */

static const char cache_word[] = "cache ";

static bool names_cache(const Stormcell__Fault *set)
{
    return set->kind_case == STORMCELL__FAULT__KIND_CACHE_DEFECT;
}

static void find_cache(struct faults *f, struct fault *fault)
{
    const Stormcell__Fault *set = fault->settings;
    size_t length = strlen(cache_word);
    uint32_t call = 0;

    must(strncmp(set->target, cache_word, length) == 0 && flow_cache_find(f->flow, set->target + length, &call));
    fault->defect = flow_defect_add(f->flow, call, set->cache_defect->hit_ratio, draw_key(f->core->seed, set->name, "coin"));
}

static void pull_cache(struct faults *f, struct fault *fault, bool on)
{
    flow_defect(f->flow, fault->defect, on);
}

static uint64_t touched_in_cache(const struct faults *f, const struct fault *fault)
{
    return flow_defect_touched(f->flow, fault->defect);
}

static bool all_are_hit(const struct flow *flow, const Stormcell__Fault *set, uint32_t partition)
{
    (void)flow;
    (void)set;
    (void)partition;
    return true;
}

/* ---------------------------------------------------------------- populations */

static bool names_population(const Stormcell__Fault *set)
{
    return set->kind_case == STORMCELL__FAULT__KIND_SURGE;
}

static void find_population(struct faults *f, struct fault *fault)
{
    const Stormcell__Scenario *sc = f->scenario;

    while (fault->population < sc->n_populations && strcmp(sc->populations[fault->population]->name, fault->settings->target) != 0)
        fault->population++;
    must(fault->population < sc->n_populations);
}

static uint64_t touched_of_population(const struct faults *f, const struct fault *fault)
{
    uint64_t now = fault->pulled ? f->surges.births(f->surges.context, fault->population) - fault->births_before : 0;

    return fault->births + now;
}

/* Several surges of one population add up. `pulled` is set already. */
static void pull_population(struct faults *f, struct fault *fault, bool on)
{
    uint64_t births = f->surges.births(f->surges.context, fault->population);
    double factor = 0;

    if (on)
        fault->births_before = births;
    else
        fault->births += births - fault->births_before;
    for (uint32_t i = 0; i < f->count; i++)
        if (f->items[i].kind == fault->kind && f->items[i].population == fault->population && f->items[i].pulled)
            factor += f->items[i].settings->surge->factor;
    f->surges.ask(f->surges.context, fault->population, factor);
}

/* ---------------------------------------------------------------- all of them; the first that fits */

static const struct reach reaches[] = {
    {names_cache, find_cache, pull_cache, touched_in_cache, all_are_hit},
    {names_population, find_population, pull_population, touched_of_population, all_are_hit},
    {names_link, find_link, pull_link, touched_by_lever, link_hits},
    {names_stations, find_stations, pull_stations, touched_by_lever, stations_hit},
};

const struct reach *reach_of(const Stormcell__Fault *set)
{
    const struct reach *r = reaches;

    while (!r->names(set))
        r++;
    return r;
}
