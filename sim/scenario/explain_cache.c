/* explain_cache - what caches spare the services behind them, and what is left of that in a defect and in a surge */
#include <string.h>

#include "scenario/explain_hit.h"

/* ---------------------------------------------------------------- one cache */

static const char *stale_text(const struct words *w, const Stormcell__Cache *k)
{
    const char *text = "";

    if (k->stale)
        text = arena_format(w->arena, "; out of date by %s at most it is served where no fresh answer comes within %s",
                            words_span(w, k->stale->max_ns), words_span(w, k->stale->client_response_ns));
    if (k->negative_ns)
        text = arena_format(w->arena, "%s; a failure is kept for %s", text, words_span(w, k->negative_ns));
    return text;
}

const char *explain_cache(const struct words *w, const Stormcell__Cache *k)
{
    if (k->per == STORMCELL__CACHE__KEY__CACHE_USER)
        return arena_format(w->arena, "cache: not asked while the user's last answer is fresh (%s)", words_dist(w, k->lifetime));
    return arena_format(w->arena, "cache: not asked while the answer for the name is fresh (%s)%s", words_dist(w, k->lifetime),
                        stale_text(w, k));
}

/* A call with a cache, and how often it is looked into while all is well. */
struct cached {
    const char *path; /* edge.resolve.lookup */
    const Stormcell__Call *call;
    const char *caller; /* edge.resolve; NULL: a delivery */
    double looks_per_s;
};

static void say_cache(const struct explain *x, const struct cached *k)
{
    const struct words *w = &x->words;
    double missed = demand_missed(x->scenario, k->call, k->looks_per_s);
    const Stormcell__Cache *cache = k->call->cache;
    const char *of = "";

    if (cache->per == STORMCELL__CACHE__KEY__CACHE_NAME)
        of = arena_format(w->arena,
                          " %s%s, the k-th asked for in proportion to 1/k^%s; %s of looks are for names that are never "
                          "found.",
                          words_many(w, cache->names, "name"), cache->hit_ratio < 1 ? "" : " and no others",
                          words_count(w, cache->exponent), words_share(w, 1 - cache->hit_ratio));
    words_line(w, 2, "%s: %s x %s missed = %s of %s; hit ratio %s.%s", k->path, words_rate(w, k->looks_per_s),
               words_share(w, missed), words_rate(w, k->looks_per_s * missed), k->call->to, words_share(w, 1 - missed), of);
}

/* Visits all caches: those of operations, then those of deliveries. */
typedef void cache_visit(const struct explain *x, const struct cached *k, void *context);

static void each_of_operation(const struct explain *x, const struct demand_operation *op, cache_visit *visit, void *context)
{
    for (size_t k = 0; k < op->operation->n_calls; k++) {
        const Stormcell__Call *call = op->operation->calls[k];
        const char *caller = arena_format(x->words.arena, "%s.%s", op->service->name, op->operation->name);
        struct cached c = {arena_format(x->words.arena, "%s.%s", caller, call->name), call, caller,
                           op->rate_per_s * call->share_ratio};

        if (call->cache)
            visit(x, &c, context);
    }
}

static void each_cache(const struct explain *x, cache_visit *visit, void *context)
{
    for (size_t i = 0; i < x->demand->count; i++)
        each_of_operation(x, &x->demand->operations[i], visit, context);
    for (size_t i = 0; i < x->scenario->n_transports; i++) {
        const Stormcell__Transport *t = x->scenario->transports[i];

        for (size_t k = 0; k < t->delivery->n_calls; k++) {
            const Stormcell__Call *call = t->delivery->calls[k];
            struct cached c = {arena_format(x->words.arena, "%s.delivery.%s", t->name, call->name), call, NULL,
                               demand_deliveries_per_s(x->scenario, t) * call->share_ratio};

            if (call->cache)
                visit(x, &c, context);
        }
    }
}

static void say_one(const struct explain *x, const struct cached *k, void *context)
{
    bool *any = context;

    if (!*any)
        words_heading(&x->words, "CACHES (while all is well)");
    *any = true;
    say_cache(x, k);
}

void explain_caches(const struct explain *x)
{
    bool any = false;

    each_cache(x, say_one, &any);
}

/* ---------------------------------------------------------------- surges */

/* What surges add to the looks of an operation's caches, where they ask for it themselves. */
static double surges_per_s(const struct explain *x, const char *operation)
{
    const Stormcell__Scenario *sc = x->scenario;
    double sum = 0;

    for (size_t i = 0; operation && i < sc->n_faults; i++)
        for (size_t p = 0; p < sc->n_populations; p++)
            if (sc->faults[i]->kind_case == STORMCELL__FAULT__KIND_SURGE &&
                strcmp(sc->faults[i]->target, sc->populations[p]->name) == 0 && strcmp(sc->populations[p]->does, operation) == 0)
                sum += sc->faults[i]->surge->factor * demand_births_per_s(sc, sc->populations[p]->arrivals);
    return sum;
}

void explain_surge(const struct explain *x, const Stormcell__Fault *f)
{
    const Stormcell__Scenario *sc = x->scenario;

    for (size_t i = 0; i < sc->n_populations; i++)
        if (strcmp(sc->populations[i]->name, f->target) == 0)
            words_line(&x->words, 4, "%s of %s, and its own requests count for nobody's health.",
                       words_rate(&x->words, f->surge->factor * demand_births_per_s(sc, sc->populations[i]->arrivals)),
                       sc->populations[i]->does);
}

/* ---------------------------------------------------------------- defects */

/* Tries that pass the filters of a service, whatever waits. */
static uint32_t filtered(const Stormcell__Service *service, uint32_t n)
{
    for (size_t i = 0; i < service->n_controls; i++) {
        const Stormcell__ServiceControl *c = service->controls[i];

        if (c->kind_case == STORMCELL__SERVICE_CONTROL__KIND_RETRY_FILTER && c->retry_filter->waiting == 0 &&
            c->retry_filter->attempts < n)
            n = c->retry_filter->attempts;
    }
    return n;
}

/* Tries of a request that look for the name, of those who ask for the operation with the cache. */
static uint32_t tries(const struct explain *x, const struct cached *k)
{
    const struct demand_operation *op = k->caller ? demand_find(x->demand, k->caller) : NULL;
    uint32_t most = 1;

    for (size_t i = 0; k->caller && i < x->scenario->n_populations; i++) {
        const Stormcell__Population *p = x->scenario->populations[i];
        uint32_t n = hit_attempts(p->controls, p->n_controls);

        if (strcmp(p->does, k->caller) == 0 && n > most)
            most = n;
    }
    return op ? filtered(op->service, most) : most;
}

/* Attempts at the service behind the cache for each request, as long as it answers nobody in time: each try looks anew, and whoever
 * finds the name is done. `defective` is the share of first looks that miss. */
static double attempts_each(const struct explain *x, const struct cached *k, double defective)
{
    const Stormcell__Cache *cache = k->call->cache;
    double kept = cache->per == STORMCELL__CACHE__KEY__CACHE_NAME ? cache->hit_ratio : 1, missing = 1, sum = 0;
    double again = kept > 0 ? (defective - (1 - kept)) / kept : 1;

    for (uint32_t i = tries(x, k); i > 0; i--) {
        missing *= again;
        sum += kept * missing + (1 - kept);
    }
    return sum * hit_attempts(k->call->controls, k->call->n_controls);
}

/* Does it come back by itself? */
static void say_return(const struct explain *x, const struct cached *k, double defective, double can, bool surges)
{
    const struct words *w = &x->words;
    const char *service = demand_find(x->demand, k->call->to)->service->name;
    double load = k->looks_per_s * attempts_each(x, k, defective);

    words_line(w, 4,
               "%s can do %s. While it answers nobody in time, each request is tried %s, and each try looks for the name "
               "anew: retries make %s of it. That is %s than it can do: it %s, with the defect still there.",
               service, words_rate(w, can), tries(x, k) == 1 ? "once" : arena_format(w->arena, "up to %u times", tries(x, k)),
               words_rate(w, load), load < can ? "less" : "no less",
               load >= can ? "does not come back by itself"
               : surges    ? "comes back by itself when the surge is over"
                           : "comes back by itself");
    words_line(w, 4, "Once it has answered nobody for longer than names are fresh (%s), nothing is found any more, and it is %s.",
               words_dist(w, k->call->cache->lifetime), words_rate(w, k->looks_per_s * attempts_each(x, k, 1)));
}

static void say_defect(const struct explain *x, const struct cached *k, void *context)
{
    const Stormcell__Fault *f = context;
    const struct words *w = &x->words;
    const struct demand_operation *to = demand_find(x->demand, k->call->to);
    double surge = surges_per_s(x, k->caller) * k->call->share_ratio, hit = f->cache_defect->hit_ratio, each, can;
    double missed = demand_missed(x->scenario, k->call, k->looks_per_s), defective = 1 - (1 - missed) * hit;
    double with_surge = (k->looks_per_s + surge) * (1 - (1 - demand_missed(x->scenario, k->call, k->looks_per_s + surge)) * hit);

    if (strcmp(f->target + strlen("cache "), k->path) != 0 || !to)
        return;
    each = to->work_s + to->held_s;
    can = each > 0 && each < 1e18 ? demand_workers(to->service) / each : 0;
    words_line(w, 4, "The hit ratio falls from %s to about %s, so that %s of %s become %s.", words_share(w, 1 - missed),
               words_share(w, 1 - defective), words_rate(w, k->looks_per_s * missed), k->call->to,
               words_rate(w, k->looks_per_s * defective));
    if (surge > 0)
        words_line(w, 4, "In the surge as well, %s more look for a name, and it is %s.", words_rate(w, surge),
                   words_rate(w, with_surge));
    if (can > 0)
        say_return(x, k, defective, can, surge > 0);
}

void explain_defect(const struct explain *x, const Stormcell__Fault *f)
{
    each_cache(x, say_defect, (void *)f);
}
