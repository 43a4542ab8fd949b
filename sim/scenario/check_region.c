/* check_region - regions, the services that have a set in each, and steps that send users from one set to another */
#include <stdlib.h>
#include <string.h>

#include "scenario/check_inside.h"

/* ---------------------------------------------------------------- regions */

/* A verdict is on the whole, a group, a partition by its number, or a region by its name. */
static bool is_scope(const char *name)
{
    return strspn(name, "0123456789") == strlen(name) || strcmp(name, "whole") == 0 || strcmp(name, "struck") == 0 ||
           strcmp(name, "spared") == 0;
}

/* Shares are written in decimals, and sums of those are never quite 1. */
static bool is_one(double sum)
{
    return sum > 1 - 1e-9 && sum < 1 + 1e-9;
}

static const char *percent(struct check *c, double ratio)
{
    return arena_format(c->arena, "%.9g%%", ratio * 100);
}

void check_regions(struct check *c)
{
    double sum = 0;
    uint32_t first, count;

    for (size_t i = 0; i < c->m->n_regions; i++)
        sum += c->m->regions[i]->share_ratio;
    if (!c->clean)
        return;
    if (c->m->n_regions && !is_one(sum)) {
        check_problem(c, "regions", "shares must add up to 100%%, these are %s", percent(c, sum));
        return;
    }
    for (size_t i = 0; i < c->m->n_regions; i++) {
        const Stormcell__Region *r = c->m->regions[i];
        const char *path = check_path(c, "regions", r->name);

        if (is_scope(r->name))
            check_problem(c, path, "verdicts call something else so: expected another name for the region");
        else if (check_region(c, r->name, &first, &count) && count == 0)
            check_problem(c, path, "%s of %u partition%s is not one: expected a share that holds a whole partition at least",
                          percent(c, r->share_ratio), check_partition_count(c), check_partition_count(c) == 1 ? "" : "s");
    }
}

void check_per_region(struct check *c, const Stormcell__Service *s, const char *path)
{
    if (s->per == STORMCELL__SERVICE__PER__PER_REGION && c->m->n_regions == 0 && check_whole(c, "regions"))
        check_problem(c, check_path(c, path, "per"),
                      "there are no regions: expected some, such as regions: {west: 50%%, east: "
                      "50%%}, or per: whole");
}

/* ---------------------------------------------------------------- rerouting */

/* A place that users are sent from or to: sets, not replicas. */
static const Stormcell__Service *place_of_reroute(struct check *c, const char *text, struct check_selector *sel, const char *path)
{
    const Stormcell__Service *s = *text ? check_selector(c, text, sel, path) : NULL;

    if (!s || !sel->has_replica)
        return s;
    check_problem(c, path, "users are sent to a set of replicas, which chooses one of them: expected no .replica[%llu]",
                  (unsigned long long)sel->replica);
    return NULL;
}

static bool same_place(const struct check_selector *a, const struct check_selector *b)
{
    if (strcmp(a->service, b->service) != 0 || a->has_partition != b->has_partition || !a->region != !b->region)
        return false;
    return (!a->has_partition || a->partition == b->partition) && (!a->region || strcmp(a->region, b->region) == 0);
}

static bool has_operation(const Stormcell__Service *s, const char *name)
{
    for (size_t i = 0; i < s->n_operations; i++)
        if (strcmp(s->operations[i]->name, name) == 0)
            return true;
    return false;
}

void check_reroute(struct check *c, const Stormcell__Reroute *r, const char *path)
{
    const char *to_path = check_path(c, path, "to");
    struct check_selector from, to;
    const Stormcell__Service *a = place_of_reroute(c, r->from, &from, check_path(c, path, "from"));
    const Stormcell__Service *b = place_of_reroute(c, r->to, &to, to_path);

    if (!a || !b)
        return;
    if (same_place(&from, &to)) {
        check_problem(c, to_path, "this is where they come from: expected other replicas");
        return;
    }
    for (size_t i = 0; i < a->n_operations; i++)
        if (!has_operation(b, a->operations[i]->name)) {
            check_problem(c, to_path, "%s lacks the operation %s of %s: expected a service with the same operations",
                          diag_quote(c->diag, b->name), diag_quote(c->diag, a->operations[i]->name), diag_quote(c->diag, a->name));
            return;
        }
    if (to.sets != 1 && to.sets != from.sets)
        check_problem(c, to_path, "%u sets of replicas for those of %s, of which there %s %u: expected one, or as many", to.sets,
                      diag_quote(c->diag, r->from), from.sets == 1 ? "is" : "are", from.sets);
}

/* The number of a service; false: there is none of that name. */
static bool number_of(const struct check *c, const char *selector, size_t *service)
{
    struct check_selector sel;

    if (!check_read_selector(c->arena, selector, &sel))
        return false;
    for (*service = 0; *service < c->m->n_services; ++*service)
        if (strcmp(c->m->services[*service]->name, sel.service) == 0)
            return true;
    return false;
}

/* Once for each pair of services, however many steps there are. */
void check_collect_detours(struct check *c)
{
    c->detours = arena_take(c->arena, (c->m->n_runbook + 1) * sizeof *c->detours);
    for (size_t i = 0; i < c->m->n_runbook; i++) {
        const Stormcell__Step *s = c->m->runbook[i];
        struct check_detour d;
        size_t k = 0;

        if (s->action_case != STORMCELL__STEP__ACTION_REROUTE || !number_of(c, s->reroute->from, &d.from) ||
            !number_of(c, s->reroute->to, &d.to))
            continue;
        while (k < c->detour_count && (c->detours[k].from != d.from || c->detours[k].to != d.to))
            k++;
        c->detours[k] = d;
        c->detour_count += k == c->detour_count;
    }
}

const struct check_operation *check_rerouted(const struct check *c, size_t detour, const struct check_operation *asked)
{
    if (c->detours[detour].from != asked->service || c->detours[detour].to == asked->service)
        return NULL;
    return check_find_operation(c, arena_format(c->arena, "%s.%s", c->m->services[c->detours[detour].to]->name,
                                                asked->operation->name));
}
