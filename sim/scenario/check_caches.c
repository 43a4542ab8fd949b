/* check_caches - caches, and the faults that reach them: defects and surges */
#include <string.h>

#include "scenario/check_inside.h"

/* Entries of one cache, over all sets of replicas that ask it. */
#define ENTRIES_MAX 100000000

static const char word[] = "cache ";

/* ---------------------------------------------------------------- caches */

static void only_by_name(struct check *c, const Stormcell__Cache *k, const char *path)
{
    const struct {
        const char *key;
        bool given;
    } keys[] = {{"hit", k->has_hit_ratio},
                {"names", k->has_names},
                {"exponent", k->has_exponent},
                {"stale", k->stale != NULL},
                {"negative", k->has_negative_ns}};

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].given)
            check_problem(c, check_path(c, path, keys[i].key), "a user's own entry has none: expected per: name, or no %s",
                          keys[i].key);
}

void check_cache(struct check *c, const void *message, const char *path)
{
    const Stormcell__Cache *k = message;

    if (!check_whole(c, path))
        return;
    if (k->per == STORMCELL__CACHE__KEY__CACHE_USER) {
        only_by_name(c, k, path);
        return;
    }
    if (k->hit_ratio <= 0)
        check_problem(c, check_path(c, path, "hit"), "nothing would ever be kept: expected more than 0%%, or no cache");
    if (k->stale && k->stale->max_ns == 0)
        check_problem(c, check_path(c, check_path(c, path, "stale"), "max"),
                      "nothing would ever be served stale: expected more than 0s, or no stale");
}

/* Each set of replicas of the caller has its own entries. */
void check_cache_sizes(struct check *c)
{
    for (size_t i = 0; i < c->operation_count; i++) {
        const struct check_operation *o = &c->operations[i];
        Stormcell__Service__Per per = c->m->services[o->service]->per;
        uint64_t sets = per == STORMCELL__SERVICE__PER__PER_PARTITION ? check_partition_count(c)
                        : per == STORMCELL__SERVICE__PER__PER_REGION  ? c->m->n_regions
                                                                      : 1;

        for (size_t k = 0; k < o->operation->n_calls; k++) {
            const Stormcell__Call *call = o->operation->calls[k];

            if (call->cache && call->cache->per == STORMCELL__CACHE__KEY__CACHE_NAME && sets * call->cache->names > ENTRIES_MAX)
                check_problem(c, arena_format(c->arena, "%s.calls.%s.cache.names", o->path, call->name),
                              "%llu sets of replicas with %u names each are more than this program holds: expected at most %d in "
                              "all",
                              (unsigned long long)sets, call->cache->names, ENTRIES_MAX);
        }
    }
}

static bool any_cached(Stormcell__Call *const *calls, size_t count, const char *service)
{
    size_t length = strlen(service);

    for (size_t i = 0; i < count; i++)
        if (calls[i]->cache && strncmp(calls[i]->to, service, length) == 0 && calls[i]->to[length] == '.')
            return true;
    return false;
}

bool check_is_cached(const struct check *c, const char *service)
{
    bool cached = false;

    for (size_t i = 0; i < c->operation_count; i++)
        cached = cached || any_cached(c->operations[i].operation->calls, c->operations[i].operation->n_calls, service);
    for (size_t i = 0; i < c->m->n_transports; i++)
        cached = cached || any_cached(c->m->transports[i]->delivery->calls, c->m->transports[i]->delivery->n_calls, service);
    return cached;
}

/* ---------------------------------------------------------------- the targets of faults */

/* All caches, as faults name them. */
static struct check_names cache_names(struct check *c)
{
    struct check_names names = {NULL, 0};
    size_t most = 1;

    for (size_t i = 0; i < c->operation_count; i++)
        most += c->operations[i].operation->n_calls;
    for (size_t i = 0; i < c->m->n_transports; i++)
        most += c->m->transports[i]->delivery->n_calls;
    names.list = arena_take(c->arena, most * sizeof *names.list);
    for (size_t i = 0; i < c->operation_count; i++)
        for (size_t k = 0; k < c->operations[i].operation->n_calls; k++)
            if (c->operations[i].operation->calls[k]->cache)
                names.list[names.count++] = arena_format(c->arena, "%s%s.%s", word, c->operations[i].name,
                                                         c->operations[i].operation->calls[k]->name);
    for (size_t i = 0; i < c->m->n_transports; i++)
        for (size_t k = 0; k < c->m->transports[i]->delivery->n_calls; k++)
            if (c->m->transports[i]->delivery->calls[k]->cache)
                names.list[names.count++] = arena_format(c->arena, "%s%s.delivery.%s", word, c->m->transports[i]->name,
                                                         c->m->transports[i]->delivery->calls[k]->name);
    return names;
}

void check_cache_target(struct check *c, const Stormcell__Fault *f, const char *path)
{
    struct check_names names = cache_names(c);

    if (strncmp(f->target, word, strlen(word)) != 0)
        check_problem(c, path, "expected the cache of a call, as cache service.operation.call, found %s",
                      diag_quote(c->diag, f->target));
    else if (!check_known(&names, f->target))
        check_no_such(c, path, "target", f->target, &names);
    if (f->cache_defect->hit_ratio >= 1)
        check_doubt(c, check_path(c, check_path(c, f->name, "cache_defect"), "hit"), "changes nothing: it finds all that it holds");
}

void check_surge_target(struct check *c, const Stormcell__Fault *f, const char *path)
{
    const Stormcell__Population *p = NULL;

    for (size_t i = 0; i < c->m->n_populations; i++)
        if (strcmp(c->m->populations[i]->name, f->target) == 0)
            p = c->m->populations[i];
    if (!p)
        check_no_such(c, path, "population", f->target, &c->populations);
    else if (!p->arrivals)
        check_problem(c, path, "%s has %s: expected a population whose requests come at a rate", diag_quote(c->diag, p->name),
                      p->sessions ? "sessions" : "dependents");
    else if (p->arrivals && p->arrivals->trace)
        check_problem(c, path, "the requests of %s come at recorded times: expected a population with a rate",
                      diag_quote(c->diag, p->name));
}

/* The operation whose call has the cache that a defect names; NULL: that of a transport, or none. */
const struct check_operation *check_cache_owner(const struct check *c, const Stormcell__Fault *f)
{
    const char *name = f->target + strlen(word), *dot = strrchr(f->target, '.');

    if (strncmp(f->target, word, strlen(word)) != 0 || !dot)
        return NULL;
    return check_find_operation(c, arena_text_n(c->arena, name, (size_t)(dot - name)));
}
