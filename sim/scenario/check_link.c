/* check_link - ways between callers and services, and the faults that strike them */
#include <string.h>

#include "base/selector.h"
#include "scenario/check_inside.h"

/* ---------------------------------------------------------------- who crosses it */

/* Does an operation belong to this service? */
static bool is_of(const char *operation, const char *service)
{
    size_t length = strlen(service);

    return operation && strncmp(operation, service, length) == 0 && operation[length] == '.';
}

static bool any_call(Stormcell__Call *const *calls, size_t count, const char *service)
{
    for (size_t i = 0; i < count; i++)
        if (is_of(calls[i]->to, service))
            return true;
    return false;
}

static bool population_calls(const Stormcell__Population *p, const char *service)
{
    const Stormcell__Sessions *s = p->sessions;

    return is_of(p->does, service) || (s && (is_of(s->refreshes, service) || (s->backup && is_of(s->backup->does, service))));
}

static bool service_calls(const Stormcell__Service *s, const char *service)
{
    for (size_t i = 0; i < s->n_operations; i++)
        if (any_call(s->operations[i]->calls, s->operations[i]->n_calls, service))
            return true;
    return false;
}

static bool calls(const struct check *c, const char *caller, const char *service)
{
    const Stormcell__Scenario *m = c->m;

    for (size_t i = 0; i < m->n_populations; i++)
        if (strcmp(m->populations[i]->name, caller) == 0 && population_calls(m->populations[i], service))
            return true;
    for (size_t i = 0; i < m->n_services; i++)
        if (strcmp(m->services[i]->name, caller) == 0 && service_calls(m->services[i], service))
            return true;
    for (size_t i = 0; i < m->n_transports; i++)
        if (strcmp(m->transports[i]->name, caller) == 0 &&
            any_call(m->transports[i]->delivery->calls, m->transports[i]->delivery->n_calls, service))
            return true;
    return false;
}

/* A runbook step may send callers of another service here. */
static bool is_rerouted_to(const struct check *c, const char *caller, const char *service)
{
    for (size_t i = 0; i < c->m->n_runbook; i++) {
        const Stormcell__Step *s = c->m->runbook[i];
        size_t to, from;

        if (s->action_case != STORMCELL__STEP__ACTION_REROUTE)
            continue;
        to = strcspn(s->reroute->to, "[@.");
        from = strcspn(s->reroute->from, "[@.");
        if (span_is((struct span){s->reroute->to, to}, service) && calls(c, caller, arena_text_n(c->arena, s->reroute->from, from)))
            return true;
    }
    return false;
}

/* ---------------------------------------------------------------- the link */

static struct check_names callers_of(struct check *c)
{
    const struct check_names *const kinds[] = {&c->populations, &c->services, &c->transports};
    struct check_names all = {
        .list = arena_take(c->arena, (c->populations.count + c->services.count + c->transports.count + 1) * sizeof *all.list)};

    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (size_t i = 0; i < kinds[k]->count; i++)
            all.list[all.count++] = kinds[k]->list[i];
    return all;
}

/* The link that stands before this one and joins the same two; NULL: none. */
static const Stormcell__Link *same_before(const struct check *c, const Stormcell__Link *l)
{
    for (size_t i = 0; i < c->m->n_links && c->m->links[i] != l; i++)
        if (strcmp(c->m->links[i]->from, l->from) == 0 && strcmp(c->m->links[i]->to, l->to) == 0)
            return c->m->links[i];
    return NULL;
}

static void check_ends(struct check *c, const Stormcell__Link *l, const char *path)
{
    struct check_names callers = callers_of(c);
    const Stormcell__Link *before = same_before(c, l);

    if (!check_known(&callers, l->from))
        check_no_such(c, check_path(c, path, "from"), "population, service or transport", l->from, &callers);
    else if (!check_known(&c->services, l->to))
        check_no_such(c, check_path(c, path, "to"), "service", l->to, &c->services);
    else if (before)
        check_problem(c, path, "joins %s and %s, as %s does: expected one link for both", l->from, l->to, before->name);
    else if (c->clean && !c->unresolved && !calls(c, l->from, l->to) && !is_rerouted_to(c, l->from, l->to))
        check_problem(c, path, "nothing crosses it: %s calls no operation of %s", l->from, l->to);
}

void check_link(struct check *c, const void *message, const char *path)
{
    const Stormcell__Link *l = message;

    if (!*l->from || !*l->to || check_full(c))
        return;
    check_ends(c, l, path);
    if (l->loss_ratio >= 1)
        check_problem(c, check_path(c, path, "loss"), "a link that loses all carries nothing: expected less than 100%%");
    if (!check_whole(c, path))
        return;
    if (l->has_queue && !l->has_capacity_per_s)
        check_problem(c, check_path(c, path, "queue"), "nothing stands in line where there is no bound: expected a capacity, too");
    else if (l->has_queue && l->queue == 0)
        check_problem(c, check_path(c, path, "queue"),
                      "with no room to wait, packets that come at once are lost at any load: expected at least 1");
}

void check_lossy(struct check *c, const void *message, const char *path)
{
    const Stormcell__Lossy *l = message;

    if (l->loss_ratio >= 1)
        check_problem(c, check_path(c, path, "loss"), "a link that loses all is cut: expected less than 100%%, or cut: {}");
    else if (l->loss_ratio <= 0)
        check_problem(c, check_path(c, path, "loss"), "nothing would be lost: expected more than 0%%");
}

/* ---------------------------------------------------------------- faults on links */

static const Stormcell__Link *find_link(const struct check *c, const struct link_selector *s)
{
    for (size_t i = 0; i < c->m->n_links; i++)
        if (span_is(s->from, c->m->links[i]->from) && span_is(s->to, c->m->links[i]->to))
            return c->m->links[i];
    return NULL;
}

/* Is it one of the links whose own ends are wrong, as far as anybody can tell? Then the fault follows from that. */
static bool is_meant(struct check *c, const Stormcell__Link *l, const struct link_selector *s)
{
    struct check_names callers = callers_of(c);
    bool from = check_known(&callers, l->from), to = check_known(&c->services, l->to);

    return (!from || !to) && (!from || span_is(s->from, l->from)) && (!to || span_is(s->to, l->to));
}

static void no_such_link(struct check *c, const struct link_selector *s, const char *path)
{
    struct check_names names = {.list = arena_take(c->arena, (c->m->n_links + 1) * sizeof *names.list)};

    for (size_t i = 0; i < c->m->n_links; i++) {
        if (is_meant(c, c->m->links[i], s))
            return;
        if (!same_before(c, c->m->links[i]))
            names.list[names.count++] = arena_format(c->arena, "%s->%s", c->m->links[i]->from, c->m->links[i]->to);
    }
    check_no_such(c, path, "link",
                  arena_format(c->arena, "%.*s->%.*s", (int)s->from.length, s->from.text, (int)s->to.length, s->to.text), &names);
}

static void check_cover(struct check *c, const struct link_selector *s, const char *path)
{
    struct check_names regions = {.list = arena_take(c->arena, (c->m->n_regions + 1) * sizeof *regions.list)};
    const char *region = s->region.length ? arena_text_n(c->arena, s->region.text, s->region.length) : NULL;

    if (s->has_partition && s->partition >= check_partition_count(c))
        check_problem(c, path, "no partition %llu: there are %u, counted from 0", (unsigned long long)s->partition,
                      check_partition_count(c));
    for (size_t i = 0; i < c->m->n_regions; i++)
        regions.list[regions.count++] = c->m->regions[i]->name;
    if (region && check_whole(c, "regions") && !check_known(&regions, region))
        check_no_such(c, path, "region", region, &regions);
}

static bool strikes_links(const Stormcell__Fault *f)
{
    return f->kind_case == STORMCELL__FAULT__KIND_CUT || f->kind_case == STORMCELL__FAULT__KIND_LOSSY;
}

/* `link wan@west` is meant for `link people->gateway@west`; NULL: there is no link of that name. */
static const char *by_its_name(struct check *c, const char *target)
{
    const char *name = target + strlen("link ");
    size_t length = strcspn(name, "[@");

    for (size_t i = 0; i < c->m->n_links; i++)
        if (strlen(c->m->links[i]->name) == length && strncmp(c->m->links[i]->name, name, length) == 0)
            return arena_format(c->arena, "link %s->%s%s", c->m->links[i]->from, c->m->links[i]->to, name + length);
    return NULL;
}

bool check_link_target(struct check *c, const Stormcell__Fault *f, const char *path)
{
    struct link_selector s;
    const Stormcell__Link *l;

    if (!selector_is_link(f->target)) {
        if (strikes_links(f))
            check_problem(c, path, "only a link can be cut or lossy: expected a target such as link people->gateway, found %s",
                          diag_quote(c->diag, f->target));
        return strikes_links(f);
    }
    if (!selector_link(f->target, &s)) {
        const char *meant = by_its_name(c, f->target);

        if (meant)
            check_problem(c, path, "a target names a link by its ends: expected %s, found %s", meant,
                          diag_quote(c->diag, f->target));
        else
            check_problem(c, path, "expected a target such as link people->gateway or link people->gateway[17], found %s",
                          diag_quote(c->diag, f->target));
        return true;
    }
    l = find_link(c, &s);
    if (!l)
        no_such_link(c, &s, path);
    else
        check_cover(c, &s, path);
    if (f->kind_case != STORMCELL__FAULT__KIND__NOT_SET && f->kind_case != STORMCELL__FAULT__KIND_SLOW && !strikes_links(f))
        check_problem(c, path, "only a service can do that: a link can be cut, lossy or slow");
    else if (l && f->kind_case == STORMCELL__FAULT__KIND_SLOW && !l->delay && !l->has_capacity_per_s)
        check_problem(c, path, "%s has neither a delay nor a capacity, so nothing of it can be slow", l->name);
    return true;
}
