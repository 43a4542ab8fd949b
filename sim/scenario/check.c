/* check - runs the checks in the order in which a reader would ask, and holds what they share */
#include "scenario/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantity.h"
#include "scenario/bind.h"
#include "scenario/check_inside.h"
#include "stormcell/must.h"

/* Errors after so many are neither placed nor kept: nobody reads them. */
#define PROBLEMS_MAX 1000

bool check_full(const struct check *c)
{
    return diag_errors(c->diag) >= PROBLEMS_MAX;
}

/* ---------------------------------------------------------------- saying what is wrong */

static bool find_place(struct check *c, const char *path, struct place *at)
{
    struct path_context context = {c->arena, c->diag, c->in->root};
    struct path_end end;
    const char *why;

    if (check_full(c))
        return false;
    path_find(&context, path, PATH_LOOK, &end, &why);
    *at = node_place(end.nearest);
    return !end.nearest->bad;
}

bool check_whole(struct check *c, const char *path)
{
    struct place at;

    return find_place(c, path, &at);
}

static const char *formatted(struct check *c, const char *format, va_list args)
{
    char *text = NULL;
    const char *kept;

    if (vasprintf(&text, format, args) < 0)
        die("out of memory");
    kept = arena_text(c->arena, text);
    free(text);
    return kept;
}

void check_problem(struct check *c, const char *path, const char *format, ...)
{
    struct place at;
    const char *text;
    va_list args;

    va_start(args, format);
    text = formatted(c, format, args);
    va_end(args);
    if (find_place(c, path, &at))
        diag_error(c->diag, at, path, "%s", text);
}

void check_doubt(struct check *c, const char *path, const char *format, ...)
{
    struct place at;
    const char *text;
    va_list args;

    va_start(args, format);
    text = formatted(c, format, args);
    va_end(args);
    if (find_place(c, path, &at))
        diag_warning(c->diag, at, path, "%s", text);
}

const char *check_path(struct check *c, const char *path, const char *key)
{
    return path_join(c->arena, path, key);
}

const char *check_path_at(struct check *c, const char *path, size_t index)
{
    return arena_format(c->arena, "%s[%zu]", path, index);
}

const char *check_duration(struct check *c, int64_t ns)
{
    char text[64];

    return arena_text(c->arena, quantity_format_duration(ns, text));
}

uint32_t check_partition_count(const struct check *c)
{
    return c->m->partitions ? c->m->partitions->count : 1;
}

/* ---------------------------------------------------------------- names to refer to */

bool check_known(const struct check_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->list[i], name) == 0)
            return true;
    return false;
}

void check_no_such(struct check *c, const char *path, const char *what, const char *name, const struct check_names *names)
{
    const char *nearest = shape_nearest(c->diag, name, names->list, names->count);
    const char *quoted = diag_quote(c->diag, name);

    if (check_full(c))
        return;
    if (nearest)
        check_problem(c, path, "no %s %s; did you mean %s?", what, quoted, diag_quote(c->diag, nearest));
    else if (names->count == 0)
        check_problem(c, path, "no %s %s: there is none in this scenario", what, quoted);
    else
        check_problem(c, path, "no %s %s: expected %s", what, quoted, shape_words(c->arena, names->list, names->count));
}

/* All our named messages begin alike: base, then name. */
struct named {
    ProtobufCMessage base;
    char *name;
};

static struct check_names names_of(struct check *c, struct named *const *list, size_t count)
{
    struct check_names names = {arena_take(c->arena, (count + 1) * sizeof *names.list), count};

    for (size_t i = 0; i < count; i++)
        names.list[i] = list[i]->name;
    return names;
}

static void collect_phases(struct check *c)
{
    c->phases.list = arena_take(c->arena, (c->faults.count + c->rollouts.count + c->m->n_runbook + 1) * sizeof *c->phases.list);
    for (size_t i = 0; i < c->faults.count; i++)
        c->phases.list[c->phases.count++] = c->faults.list[i];
    for (size_t i = 0; i < c->rollouts.count; i++)
        c->phases.list[c->phases.count++] = c->rollouts.list[i];
    for (size_t i = 0; i < c->m->n_runbook; i++)
        if (c->m->runbook[i]->name)
            c->phases.list[c->phases.count++] = c->m->runbook[i]->name;
}

static void collect_names(struct check *c)
{
    const Stormcell__Scenario *m = c->m;

    c->services = names_of(c, (struct named *const *)m->services, m->n_services);
    c->transports = names_of(c, (struct named *const *)m->transports, m->n_transports);
    c->populations = names_of(c, (struct named *const *)m->populations, m->n_populations);
    c->regions = names_of(c, (struct named *const *)m->regions, m->n_regions);
    c->faults = names_of(c, (struct named *const *)m->faults, m->n_faults);
    c->links = names_of(c, (struct named *const *)m->links, m->n_links);
    c->rollouts = names_of(c, (struct named *const *)m->rollouts, m->n_rollouts);
    c->strategies = names_of(c, (struct named *const *)m->strategies, m->n_strategies);
    memmove(c->strategies.list + 1, c->strategies.list, c->strategies.count * sizeof *c->strategies.list);
    c->strategies.list[0] = "baseline";
    c->strategies.count++;
    collect_phases(c);
}

_Static_assert(offsetof(Stormcell__Service, name) == offsetof(struct named, name), "a service begins with its name");
_Static_assert(offsetof(Stormcell__Transport, name) == offsetof(struct named, name), "a transport begins with its name");
_Static_assert(offsetof(Stormcell__Population, name) == offsetof(struct named, name), "a population begins with its name");
_Static_assert(offsetof(Stormcell__Fault, name) == offsetof(struct named, name), "a fault begins with its name");
_Static_assert(offsetof(Stormcell__Region, name) == offsetof(struct named, name), "a region begins with its name");
_Static_assert(offsetof(Stormcell__Link, name) == offsetof(struct named, name), "a link begins with its name");
_Static_assert(offsetof(Stormcell__Rollout, name) == offsetof(struct named, name), "a rollout begins with its name");
_Static_assert(offsetof(Stormcell__Strategy, name) == offsetof(struct named, name), "a strategy begins with its name");

/* ---------------------------------------------------------------- names of their own */

static int by_noun(const void *a, const void *b)
{
    const struct noun *x = *(const struct noun *const *)a, *y = *(const struct noun *const *)b;
    int order = strcmp(x->name, y->name);

    if (order)
        return order;
    return x < y ? -1 : x > y; /* the order of the scenario */
}

static struct place noun_place(const struct noun *n)
{
    const struct node *name = n->node->key ? NULL : node_find(n->node, "name");

    return n->node->key ? n->node->key_at : name ? name->at : n->node->at;
}

/* A path begins with a noun or with a key of the scenario, so that no two may be called alike. */
void check_names_unique(struct check *c)
{
    struct shape root = shape_root();
    struct shape_key key;
    struct noun *nouns;
    size_t count = path_nouns(c->arena, c->in->root, &nouns);
    const struct noun **sorted = arena_take(c->arena, (count + 1) * sizeof *sorted);

    for (size_t i = 0; i < count; i++)
        sorted[i] = &nouns[i];
    qsort(sorted, count, sizeof *sorted, by_noun);
    for (size_t i = 0; i < count; i++) {
        const struct noun *n = sorted[i];

        if (i > 0 && strcmp(sorted[i - 1]->name, n->name) == 0)
            diag_error(c->diag, noun_place(n), n->name, "a %s is called so already: expected another name, unique in the scenario",
                       sorted[i - 1]->kind);
        else if (shape_find(&root, n->name, &key))
            diag_error(c->diag, noun_place(n), n->name, "this is a word of the language: expected another name for the %s",
                       n->kind);
    }
}

/* ---------------------------------------------------------------- all of it */

static void check_something_happens(struct check *c)
{
    size_t senders = 0;

    for (size_t i = 0; i < c->m->n_transports; i++)
        senders += c->m->transports[i]->n_senders;
    if (c->clean && senders + c->m->n_populations == 0)
        check_problem(c, "populations", "nothing would happen: expected at least one population, or a transport with senders");
}

void check_scenario(const struct check_input *in, Stormcell__Scenario *m)
{
    struct check c = {.in = in, .arena = in->arena, .diag = in->diag, .m = m, .clean = in->clean};

    collect_names(&c);
    check_collect_operations(&c);
    check_collect_detours(&c);
    check_names_unique(&c);
    check_regions(&c);
    check_messages(&c);
    check_sessions_in_all(&c);
    check_cache_sizes(&c);
    check_limits(&c);
    check_circles(&c);
    check_something_happens(&c);
    check_reach(&c);
    check_lines(&c);
    check_assumed(&c);
}
