/* reach - the kinds of targets */
#include "fault/reach.h"

#include "base/selector.h"

struct reach_kind {
    bool (*is)(const char *target);
    bool (*find)(const struct flow *f, const char *target, struct reach *out);
    void (*pull)(struct flow *f, const struct reach *r, uint32_t lever, bool on);
    bool (*hits)(const struct flow *f, const char *target, uint32_t partition);
};

/* ---- replicas */

static bool is_any(const char *target)
{
    (void)target;
    return true;
}

static bool find_stations(const struct flow *f, const char *target, struct reach *out)
{
    return flow_select_all(f, target, &out->stations);
}

static void pull_stations(struct flow *f, const struct reach *r, uint32_t lever, bool on)
{
    for (uint32_t i = 0; i < r->stations.times; i++)
        (on ? flow_lever_pull : flow_lever_release)(f, lever, r->stations.first + i * r->stations.stride, r->stations.count);
}

/* ---- links */

static bool find_link(const struct flow *f, const char *target, struct reach *out)
{
    return flow_link_select(f, target, &out->link);
}

static void pull_link(struct flow *f, const struct reach *r, uint32_t lever, bool on)
{
    (on ? flow_link_pull : flow_link_release)(f, lever, &r->link);
}

static bool link_hits(const struct flow *f, const char *target, uint32_t partition)
{
    struct link_cover cover;

    return flow_link_select(f, target, &cover) && link_covers(&cover, partition);
}

/* ---- all of them; the first that fits, so that services come last */

static const struct reach_kind kinds[] = {
    {selector_is_link, find_link, pull_link, link_hits},
    {is_any, find_stations, pull_stations, flow_select_hits},
};

static const struct reach_kind *kind_of(const char *target)
{
    const struct reach_kind *kind = kinds;

    while (!kind->is(target))
        kind++;
    return kind;
}

bool reach_find(const struct flow *f, const char *target, struct reach *out)
{
    *out = (struct reach){.kind = kind_of(target)};
    return out->kind->find(f, target, out);
}

void reach_pull(struct flow *f, const struct reach *r, uint32_t lever, bool on)
{
    r->kind->pull(f, r, lever, on);
}

bool reach_hits(const struct flow *f, const char *target, uint32_t partition)
{
    return kind_of(target)->hits(f, target, partition);
}
