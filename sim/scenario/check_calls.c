/* check_calls - who calls whom: references, circles, and what a fault can be reached from */
#include <stdlib.h>
#include <string.h>

#include "base/selector.h"
#include "scenario/check_inside.h"

/* ---------------------------------------------------------------- operations */

static int by_operation(const void *a, const void *b)
{
    const struct check_operation *x = a, *y = b;

    return strcmp(x->name, y->name);
}

void check_collect_operations(struct check *c)
{
    size_t count = 0;

    for (size_t i = 0; i < c->m->n_services; i++)
        count += c->m->services[i]->n_operations;
    c->operations = arena_take(c->arena, (count + 1) * sizeof *c->operations);
    for (size_t i = 0; i < c->m->n_services; i++) {
        const Stormcell__Service *s = c->m->services[i];

        for (size_t k = 0; k < s->n_operations; k++)
            c->operations[c->operation_count++] = (struct check_operation){
                .name = arena_format(c->arena, "%s.%s", s->name, s->operations[k]->name),
                .service = i,
                .operation = s->operations[k],
                .path = arena_format(c->arena, "%s.operations.%s", s->name, s->operations[k]->name),
            };
    }
    qsort(c->operations, count, sizeof *c->operations, by_operation);
    c->operation_names = (struct check_names){arena_take(c->arena, (count + 1) * sizeof *c->operation_names.list), count};
    for (size_t i = 0; i < count; i++)
        c->operation_names.list[i] = c->operations[i].name;
}

const struct check_operation *check_find_operation(const struct check *c, const char *name)
{
    struct check_operation key = {.name = name};

    return bsearch(&key, c->operations, c->operation_count, sizeof key, by_operation);
}

const Stormcell__Service *check_find_service(const struct check *c, const char *name, size_t length)
{
    for (size_t i = 0; i < c->m->n_services; i++)
        if (strlen(c->m->services[i]->name) == length && memcmp(c->m->services[i]->name, name, length) == 0)
            return c->m->services[i];
    return NULL;
}

/* Says what is wrong with a reference, as near to what was meant as it can. */
static void no_such_operation(struct check *c, const char *path, const char *name)
{
    const char *dot = strchr(name, '.');
    const Stormcell__Service *s = dot ? check_find_service(c, name, (size_t)(dot - name)) : NULL;
    struct check_names names = {NULL, 0};

    c->unresolved = true;
    if (!s) {
        check_no_such(c, path, "operation", name, &c->operation_names);
        return;
    }
    names.list = arena_take(c->arena, (s->n_operations + 1) * sizeof *names.list);
    for (size_t i = 0; i < s->n_operations; i++)
        names.list[names.count++] = s->operations[i]->name;
    check_no_such(c, path, arena_format(c->arena, "operation of %s called", s->name), dot + 1, &names);
}

void check_operation_reference(struct check *c, const char *path, const char *name)
{
    if (*name && !check_full(c) && !check_find_operation(c, name))
        no_such_operation(c, path, name);
}

/* ---------------------------------------------------------------- circles */

enum colour { WHITE, GREY, BLACK };

/* An operation whose calls are being followed: each to what it names, then to where the runbook sends its users instead. */
struct frame {
    size_t operation, next_call, next_detour;
};

struct search {
    struct check *c;
    enum colour *colours;
    struct frame *stack;
    size_t depth;
    bool found; /* a circle */
};

static void push(struct search *s, size_t operation)
{
    s->colours[operation] = GREY;
    s->stack[s->depth++] = (struct frame){operation, 0, 0};
}

static void report_circle(struct search *s, const Stormcell__Call *closing, size_t target)
{
    struct check *c = s->c;
    const char *circle = c->operations[target].name;
    size_t from = s->depth;
    const struct check_operation *caller = &c->operations[s->stack[s->depth - 1].operation];

    while (s->stack[from - 1].operation != target)
        from--;
    for (size_t i = from; i < s->depth && i < from + 20; i++)
        circle = arena_format(c->arena, "%s -> %s", circle, c->operations[s->stack[i].operation].name);
    s->found = true;
    check_problem(
        c, arena_format(c->arena, "%s.calls.%s.to", caller->path, closing->name),
        "calls go in a circle: %s -> %s; expected an end, or in the circle a call with async: true and a share below 100%%", circle,
        c->operations[target].name);
}

/* A call that nobody waits for holds no worker, and one that is not always made ends some time: a circle through it is feedback, as
 * in the networks of queueing theory. */
static bool is_feedback(const Stormcell__Call *call)
{
    return call->async && call->share_ratio < 1;
}

/* The next operation that the call may lead to; NULL: none by this way. Goes on to the next way, or the next call. */
static const struct check_operation *next_target(const struct check *c, struct frame *f, const Stormcell__Call *call)
{
    const struct check_operation *target = check_find_operation(c, call->to);

    if (target && f->next_detour)
        target = check_rerouted(c, f->next_detour - 1, target);
    if (f->next_detour++ < c->detour_count)
        return target;
    f->next_call++;
    f->next_detour = 0;
    return target;
}

static void follow_next_call(struct search *s)
{
    struct frame *f = &s->stack[s->depth - 1];
    const Stormcell__Operation *o = s->c->operations[f->operation].operation;
    const struct check_operation *target;
    const Stormcell__Call *call;

    if (f->next_call == o->n_calls) {
        s->colours[f->operation] = BLACK;
        s->depth--;
        return;
    }
    call = o->calls[f->next_call];
    target = next_target(s->c, f, call);
    if (!target || is_feedback(call))
        return;
    if (s->colours[target - s->c->operations] == GREY)
        report_circle(s, call, (size_t)(target - s->c->operations));
    else if (s->colours[target - s->c->operations] == WHITE)
        push(s, (size_t)(target - s->c->operations));
}

/* ---------------------------------------------------------------- feedback that grows */

/* Rounds after which all that goes round is in step, and rounds that are then looked at: a multiple of the lengths of most loops.
 */
enum { ROUNDS_BEFORE = 500, ROUNDS = 840 };

/* A call as a share that goes from one operation to another. */
struct edge {
    size_t from, to;
    const Stormcell__Call *call;
};

struct growth {
    struct check *c;
    struct edge *edges;
    size_t edge_count;
    double *now, *next; /* how often each operation is asked, of all requests of a round */
    bool feedback;
};

static void list_edges(struct growth *g)
{
    struct check *c = g->c;
    size_t count = 0;

    for (size_t i = 0; i < c->operation_count; i++)
        count += c->operations[i].operation->n_calls;
    g->edges = arena_take(c->arena, (count + 1) * sizeof *g->edges);
    for (size_t i = 0; i < c->operation_count; i++)
        for (size_t k = 0; k < c->operations[i].operation->n_calls; k++) {
            const Stormcell__Call *call = c->operations[i].operation->calls[k];
            const struct check_operation *to = check_find_operation(c, call->to);

            if (!to)
                continue;
            g->edges[g->edge_count++] = (struct edge){i, (size_t)(to - c->operations), call};
            g->feedback = g->feedback || is_feedback(call);
        }
}

/* Goes a call further, and brings what there is then back to one request, so that nothing overflows. Returns what there was. */
static double go_round(struct growth *g)
{
    double *swap = g->now, made = 0;

    memset(g->next, 0, g->c->operation_count * sizeof *g->next);
    for (size_t i = 0; i < g->edge_count; i++)
        g->next[g->edges[i].to] += g->now[g->edges[i].from] * g->edges[i].call->share_ratio;
    for (size_t i = 0; i < g->c->operation_count; i++)
        made += g->next[i];
    for (size_t i = 0; made > 0 && i < g->c->operation_count; i++)
        g->next[i] /= made;
    g->now = g->next;
    g->next = swap;
    return made;
}

/* Blames the feedback call that is made most. */
static void report_growth(struct growth *g)
{
    const struct edge *most = NULL;

    for (size_t i = 0; i < g->edge_count; i++) {
        const struct edge *e = &g->edges[i];

        if (is_feedback(e->call) &&
            (!most || g->now[e->from] * e->call->share_ratio > g->now[most->from] * most->call->share_ratio))
            most = e;
    }
    check_problem(g->c, arena_format(g->c->arena, "%s.calls.%s.share", g->c->operations[most->from].path, most->call->name),
                  "calls go in circles and multiply without end: each request brings at least one more; expected smaller shares");
}

/* Several calls of a loop may together make more of each request than one: then there is no end to it. */
static void check_feedback(struct check *c)
{
    struct growth g = {.c = c};
    double made = 1, growth = 1;

    list_edges(&g);
    if (!g.feedback)
        return;
    g.now = arena_take(c->arena, c->operation_count * sizeof *g.now);
    g.next = arena_take(c->arena, c->operation_count * sizeof *g.next);
    for (size_t i = 0; i < c->operation_count; i++)
        g.now[i] = 1.0 / (double)c->operation_count;
    for (size_t round = 0; made > 0 && round < ROUNDS_BEFORE + ROUNDS; round++) {
        made = go_round(&g);
        growth *= round < ROUNDS_BEFORE ? 1 : made;
    }
    if (made > 0 && growth >= 1)
        report_growth(&g);
}

void check_circles(struct check *c)
{
    struct search s = {
        .c = c,
        .colours = arena_take(c->arena, (c->operation_count + 1) * sizeof *s.colours),
        .stack = arena_take(c->arena, (c->operation_count + 1) * sizeof *s.stack),
    };

    for (size_t i = 0; i < c->operation_count; i++) {
        if (s.colours[i] == WHITE)
            push(&s, i);
        while (s.depth)
            follow_next_call(&s);
    }
    if (!s.found && c->clean)
        check_feedback(c);
}

/* ---------------------------------------------------------------- reach */

struct reach {
    struct check *c;
    bool *operations, *services;
    size_t *todo;
    size_t todo_count;
};

static bool flows(const Stormcell__Arrivals *a)
{
    bool level = true;

    if (!a || (a->has_count && a->count == 0) || (a->has_until_t_ns && a->until_t_ns <= 0))
        return false;
    if (a->trace)
        return a->trace->n_at_ns > 0;
    if (a->profile && a->profile->n_points) {
        level = false;
        for (size_t i = 0; i < a->profile->n_points; i++)
            level = level || a->profile->points[i]->level > 0;
    }
    return level && a->rate_per_s > 0;
}

bool check_asks(const Stormcell__Population *p)
{
    return flows(p->arrivals) || (p->sessions && p->sessions->count) || (p->dependents && p->dependents->count);
}

static void reach_one(struct reach *r, const struct check_operation *o)
{
    size_t index = o ? (size_t)(o - r->c->operations) : 0;

    if (!o || r->operations[index])
        return;
    r->operations[index] = true;
    r->services[o->service] = true;
    r->todo[r->todo_count++] = index;
}

/* What the operation names, and where the runbook sends its users. */
static void reach_operation(struct reach *r, const char *name)
{
    const struct check_operation *o = check_find_operation(r->c, name);

    reach_one(r, o);
    for (size_t i = 0; o && i < r->c->detour_count; i++)
        reach_one(r, check_rerouted(r->c, i, o));
}

static void reach_calls(struct reach *r, Stormcell__Call *const *calls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (calls[i]->share_ratio > 0)
            reach_operation(r, calls[i]->to);
}

static void reach_sessions(struct reach *r, const Stormcell__Population *p)
{
    reach_operation(r, p->does);
    if (p->sessions->refreshes)
        reach_operation(r, p->sessions->refreshes);
    if (p->sessions->backup)
        reach_operation(r, p->sessions->backup->does);
}

static bool sends(const Stormcell__Transport *t)
{
    for (size_t k = 0; k < t->n_senders; k++)
        if (flows(t->senders[k]->arrivals))
            return true;
    return false;
}

static void reach_all(struct reach *r)
{
    const Stormcell__Scenario *m = r->c->m;

    for (size_t i = 0; i < m->n_populations; i++) {
        if (check_asks(m->populations[i]))
            reach_operation(r, m->populations[i]->does);
        if (m->populations[i]->sessions)
            reach_sessions(r, m->populations[i]);
    }
    for (size_t i = 0; i < m->n_transports; i++)
        if (sends(m->transports[i]))
            reach_calls(r, m->transports[i]->delivery->calls, m->transports[i]->delivery->n_calls);
    if (m->status_page) {
        reach_calls(r, m->status_page->tool, m->status_page->n_tool);
        reach_calls(r, m->status_page->page, m->status_page->n_page);
    }
    while (r->todo_count) {
        const Stormcell__Operation *o = r->c->operations[r->todo[--r->todo_count]].operation;

        reach_calls(r, o->calls, o->n_calls);
    }
}

/* Partition k of `shares` may hold nobody. */
static bool is_empty_partition(const struct check *c, uint64_t partition)
{
    const Stormcell__Partitions *p = c->m->partitions;

    return p && p->spread == STORMCELL__PARTITIONS__SPREAD__SPREAD_SHARES && partition < p->n_shares_ratio &&
           p->shares_ratio[partition] <= 0;
}

/* Does a step of the runbook send users to replicas of this service? */
static bool is_refuge(const struct check *c, const char *service)
{
    for (size_t i = 0; i < c->detour_count; i++)
        if (strcmp(c->m->services[c->detours[i].to]->name, service) == 0)
            return true;
    return false;
}

/* A region of empty partitions holds nobody. */
static bool is_empty_region(const struct check *c, const char *region)
{
    uint32_t first, count, empty = 0;

    if (!check_region(c, region, &first, &count))
        return false;
    while (empty < count && is_empty_partition(c, first + empty))
        empty++;
    return empty == count;
}

/* Is a call from one service to another made by an operation that is asked for? Where there is no such call, users are sent there
 * by a runbook step, and any will do. */
static bool service_crosses(const struct reach *r, size_t from, const struct span *to)
{
    const struct check *c = r->c;
    bool none = true;

    for (size_t i = 0; i < c->operation_count; i++)
        for (size_t k = 0; c->operations[i].service == from && k < c->operations[i].operation->n_calls; k++) {
            const Stormcell__Call *call = c->operations[i].operation->calls[k];

            if (!span_is(*to, c->m->services[check_find_operation(c, call->to)->service]->name))
                continue;
            none = false;
            if (r->operations[i] && call->share_ratio > 0)
                return true;
        }
    return none && r->services[from];
}

/* Does the caller of a link ask for anything over it? */
static bool is_crossed(const struct reach *r, const struct link_selector *s)
{
    const struct span *from = &s->from;
    const Stormcell__Scenario *m = r->c->m;

    for (size_t i = 0; i < m->n_populations; i++)
        if (span_is(*from, m->populations[i]->name))
            return check_asks(m->populations[i]);
    for (size_t i = 0; i < m->n_transports; i++)
        if (span_is(*from, m->transports[i]->name))
            return sends(m->transports[i]);
    for (size_t i = 0; i < m->n_services; i++)
        if (span_is(*from, m->services[i]->name))
            return service_crosses(r, i, &s->to);
    return false;
}

static void reach_link_fault(struct reach *r, const Stormcell__Fault *f, const char *path)
{
    struct check *c = r->c;
    struct link_selector s;

    if (!selector_link(f->target, &s))
        return;
    if (!is_crossed(r, &s))
        check_problem(c, path, "nothing can reach this fault: nothing makes %.*s call %.*s", (int)s.from.length, s.from.text,
                      (int)s.to.length, s.to.text);
    if (s.has_partition && is_empty_partition(c, s.partition))
        check_problem(c, path, "nothing can reach this fault: partition %llu holds no users", (unsigned long long)s.partition);
}

static void reach_cache(struct reach *r, const Stormcell__Fault *f, const char *path)
{
    const struct check_operation *owner = check_cache_owner(r->c, f);

    if (owner && !r->operations[owner - r->c->operations])
        check_problem(r->c, path, "nothing can reach this fault: no population and no sender with a rate above 0 asks for %s",
                      diag_quote(r->c->diag, owner->name));
}

static void reach_population(struct reach *r, const Stormcell__Fault *f, const char *path)
{
    const Stormcell__Scenario *m = r->c->m;

    for (size_t i = 0; i < m->n_populations; i++)
        if (strcmp(m->populations[i]->name, f->target) == 0 && m->populations[i]->arrivals && !flows(m->populations[i]->arrivals))
            check_problem(r->c, path, "nothing comes of this fault: %s asks for nothing, at any rate",
                          diag_quote(r->c->diag, f->target));
}

static void reach_fault(struct reach *r, const Stormcell__Fault *f)
{
    struct check *c = r->c;
    const char *path = check_path(c, f->name, "target");
    struct check_selector s;

    if (selector_is_link(f->target)) {
        reach_link_fault(r, f, path);
        return;
    }
    if (f->kind_case == STORMCELL__FAULT__KIND_CACHE_DEFECT)
        reach_cache(r, f, path);
    if (f->kind_case == STORMCELL__FAULT__KIND_SURGE)
        reach_population(r, f, path);
    if (!check_read_selector(c->arena, f->target, &s))
        return;
    for (size_t i = 0; i < c->m->n_services; i++)
        if (strcmp(c->m->services[i]->name, s.service) == 0 && !r->services[i])
            check_problem(
                c, path,
                "nothing can reach this fault: no population and no sender with a rate above 0 calls %s, not even through "
                "other services",
                diag_quote(c->diag, s.service));
    if (s.has_partition && is_empty_partition(c, s.partition) && !is_refuge(c, s.service))
        check_problem(c, path, "nothing can reach this fault: partition %llu holds no users", (unsigned long long)s.partition);
    if (s.region && is_empty_region(c, s.region) && !is_refuge(c, s.service))
        check_problem(c, path, "nothing can reach this fault: the partitions of %s hold no users", s.region);
}

/* Does anybody ask for what breaks a changed replica? */
static void reach_flaw(struct reach *r, const Stormcell__Rollout *x)
{
    struct check *c = r->c;
    const char *flaw = check_path(c, x->name, "flaw");

    for (size_t i = 0; x->flaw && i < c->operation_count; i++) {
        const struct check_operation *o = &c->operations[i];

        if (strcmp(c->m->services[o->service]->name, x->service) == 0 && r->operations[i] &&
            (!x->flaw->operation || strcmp(o->operation->name, x->flaw->operation) == 0))
            return;
    }
    if (x->flaw)
        check_problem(c, x->flaw->operation ? check_path(c, flaw, "operation") : flaw,
                      "nothing can reach this flaw: no population and no sender with a rate above 0 calls it, not even through "
                      "other services");
}

void check_reach(struct check *c)
{
    struct reach r = {
        .c = c,
        .operations = arena_take(c->arena, c->operation_count + 1),
        .services = arena_take(c->arena, c->m->n_services + 1),
        .todo = arena_take(c->arena, (c->operation_count + 1) * sizeof *r.todo),
    };

    if (!c->clean || c->unresolved || c->m->allow_unreachable_faults)
        return;
    reach_all(&r);
    for (size_t i = 0; i < c->m->n_faults; i++)
        reach_fault(&r, c->m->faults[i]);
    for (size_t i = 0; i < c->m->n_rollouts; i++)
        reach_flaw(&r, c->m->rollouts[i]);
}
