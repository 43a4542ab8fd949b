/* demand - what the rates of a scenario come to at each service, while all is well */
#include "scenario/demand.h"

#include <string.h>

#include "base/share.h"
#include "scenario/words.h"
#include "stormcell/random.h"
#include "stormcell/zipf.h"

/* Rates are settled when no round changes them by more than this share. */
#define SETTLED 1e-12

enum { ROUNDS_MAX = 1000, DEPTH_MAX = 64 };

static const Stormcell__Partitions default_partitions = STORMCELL__PARTITIONS__INIT;

static const Stormcell__Partitions *partitions_of(const Stormcell__Scenario *sc)
{
    return sc->partitions ? sc->partitions : &default_partitions;
}

/* ---------------------------------------------------------------- partitions */

uint32_t demand_partitions(const Stormcell__Scenario *sc)
{
    return partitions_of(sc)->count;
}

static double weight(const Stormcell__Partitions *set, uint32_t p)
{
    switch (set->spread) {
    case STORMCELL__PARTITIONS__SPREAD__SPREAD_ZIPF:
        return exact_exp(-set->exponent * exact_log(p + 1.0));
    case STORMCELL__PARTITIONS__SPREAD__SPREAD_SHARES:
        return p < set->n_shares_ratio ? set->shares_ratio[p] : 0;
    default:
        return 1;
    }
}

static double weight_of_all(const Stormcell__Partitions *set)
{
    double sum = 0;

    for (uint32_t p = 0; p < set->count; p++)
        sum += weight(set, p);
    return sum > 0 ? sum : 1;
}

double demand_partition_share(const Stormcell__Scenario *sc, const uint32_t *partitions, size_t count)
{
    const Stormcell__Partitions *set = partitions_of(sc);
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += weight(set, partitions[i]);
    return sum / weight_of_all(set);
}

double demand_largest_share(const Stormcell__Scenario *sc)
{
    const Stormcell__Partitions *set = partitions_of(sc);
    double most = 0;

    for (uint32_t p = 0; p < set->count; p++)
        most = weight(set, p) > most ? weight(set, p) : most;
    return most / weight_of_all(set);
}

/* The partitions of the region with this number. */
static struct demand_span span_of(const Stormcell__Scenario *sc, size_t region)
{
    struct demand_span span;
    double so_far = 0;

    for (size_t i = 0; i < region; i++)
        so_far += sc->regions[i]->share_ratio;
    span.first = share_border(so_far, demand_partitions(sc));
    span.count = share_border(so_far + sc->regions[region]->share_ratio, demand_partitions(sc)) - span.first;
    return span;
}

bool demand_region(const Stormcell__Scenario *sc, const char *name, struct demand_span *out)
{
    for (size_t i = 0; i < sc->n_regions; i++)
        if (strcmp(sc->regions[i]->name, name) == 0)
            return *out = span_of(sc, i), true;
    return false;
}

struct demand_span demand_region_of(const Stormcell__Scenario *sc, uint32_t partition)
{
    for (size_t i = 0; i < sc->n_regions; i++)
        if (partition - span_of(sc, i).first < span_of(sc, i).count)
            return span_of(sc, i);
    return (struct demand_span){0, demand_partitions(sc)};
}

double demand_span_share(const Stormcell__Scenario *sc, struct demand_span span)
{
    const Stormcell__Partitions *set = partitions_of(sc);
    double sum = 0;

    for (uint32_t i = 0; i < span.count; i++)
        sum += weight(set, span.first + i);
    return sum / weight_of_all(set);
}

double demand_set_share(const Stormcell__Scenario *sc, const Stormcell__Service *s)
{
    double most = 0;

    if (s->per == STORMCELL__SERVICE__PER__PER_PARTITION)
        return demand_largest_share(sc);
    if (s->per != STORMCELL__SERVICE__PER__PER_REGION)
        return 1;
    for (size_t i = 0; i < sc->n_regions; i++) {
        double share = demand_span_share(sc, span_of(sc, i));

        most = share > most ? share : most;
    }
    return most;
}

double demand_workers(const Stormcell__Service *s)
{
    return (double)s->workers * s->replicas;
}

/* ---------------------------------------------------------------- births */

double demand_births_per_s(const Stormcell__Scenario *sc, const Stormcell__Arrivals *a)
{
    if (!a)
        return 0;
    if (a->trace)
        return (double)a->trace->n_at_ns / ((double)sc->clock->run_ns / 1e9);
    return a->rate_per_s;
}

double demand_requests_per_s(const Stormcell__Scenario *sc, const Stormcell__Population *p)
{
    if (p->dependents)
        return (double)p->dependents->count / ((double)p->dependents->every_ns / 1e9);
    if (p->sessions)
        return p->sessions->has_refresh_ns ? p->sessions->count / ((double)p->sessions->refresh_ns / 1e9) : 0;
    return demand_births_per_s(sc, p->arrivals);
}

/* The mean of 1 + a geometric number that is cut at a maximum: the sum of the chances to reach each number. */
static double mean_recipients(const Stormcell__Recipients *r)
{
    double more, reached = 1, mean = 0;

    if (!r)
        return 1;
    more = 1 - 1 / r->mean;
    for (uint32_t n = 0; n < r->max; n++) {
        mean += reached;
        reached *= more;
    }
    return mean;
}

double demand_copies_per_s(const Stormcell__Scenario *sc, const Stormcell__Sender *sender)
{
    return demand_births_per_s(sc, sender->arrivals) * mean_recipients(sender->recipients);
}

double demand_deliveries_per_s(const Stormcell__Scenario *sc, const Stormcell__Transport *t)
{
    double sum = 0;

    for (size_t i = 0; i < t->n_senders; i++)
        sum += demand_copies_per_s(sc, t->senders[i]);
    return sum;
}

/* ---------------------------------------------------------------- calls */

/* The service whose operation makes the call; NULL: a delivery of mail does. */
static const Stormcell__Service *caller_of(const Stormcell__Scenario *sc, const Stormcell__Call *call)
{
    for (size_t i = 0; i < sc->n_services; i++)
        for (size_t k = 0; k < sc->services[i]->n_operations; k++)
            for (size_t n = 0; n < sc->services[i]->operations[k]->n_calls; n++)
                if (sc->services[i]->operations[k]->calls[n] == call)
                    return sc->services[i];
    return NULL;
}

/* Each set of replicas of the caller keeps names for itself. */
static double missed_names(const Stormcell__Scenario *sc, const Stormcell__Call *call, double rate_per_s)
{
    const Stormcell__Cache *k = call->cache;
    const Stormcell__Service *caller = caller_of(sc, call);
    const Stormcell__Partitions *p = partitions_of(sc);
    double load = rate_per_s * k->hit_ratio * words_mean_s(k->lifetime), all = 0, missed = 0;
    struct zipf z;

    zipf_start(&z, k->names, k->exponent);
    if (!caller || caller->per == STORMCELL__SERVICE__PER__PER_WHOLE || rate_per_s <= 0) {
        missed = zipf_missed(&z, rate_per_s > 0 ? load : 0);
    } else if (caller->per == STORMCELL__SERVICE__PER__PER_REGION) {
        for (size_t i = 0; i < sc->n_regions; i++) {
            double share = demand_span_share(sc, span_of(sc, i));

            missed += share * zipf_missed(&z, load * share);
        }
    } else if (p->spread == STORMCELL__PARTITIONS__SPREAD__SPREAD_EVEN) {
        missed = zipf_missed(&z, load / p->count);
    } else {
        all = weight_of_all(p);
        for (uint32_t i = 0; i < p->count; i++)
            missed += weight(p, i) / all * zipf_missed(&z, load * weight(p, i) / all);
    }
    return 1 - k->hit_ratio + k->hit_ratio * missed;
}

/* A user who asks at rate r renews an entry of mean life L once in L + 1/r: at the first request after it has run out. */
double demand_missed(const Stormcell__Scenario *sc, const Stormcell__Call *call, double rate_per_s)
{
    if (!call->cache)
        return 1;
    if (call->cache->per == STORMCELL__CACHE__KEY__CACHE_NAME)
        return missed_names(sc, call, rate_per_s);
    return 1 / (1 + rate_per_s / (double)partitions_of(sc)->users * words_mean_s(call->cache->lifetime));
}

double demand_call_share(const Stormcell__Scenario *sc, const Stormcell__Call *call, double rate_per_s)
{
    return call->share_ratio * demand_missed(sc, call, rate_per_s * call->share_ratio);
}

double demand_answer_s(const Stormcell__Scenario *sc, const char *caller, const struct demand_operation *to)
{
    double seconds = to->work_s + to->held_s;

    for (size_t i = 0; i < sc->n_links; i++)
        if (sc->links[i]->delay && strcmp(sc->links[i]->from, caller) == 0 && strcmp(sc->links[i]->to, to->service->name) == 0)
            seconds += 2 * words_mean_s(sc->links[i]->delay);
    return seconds;
}

const Stormcell__Service *demand_service(const Stormcell__Scenario *sc, const char *name, size_t length)
{
    for (size_t i = 0; i < sc->n_services; i++)
        if (strlen(sc->services[i]->name) == length && memcmp(sc->services[i]->name, name, length) == 0)
            return sc->services[i];
    return NULL;
}

struct demand_operation *demand_find(const struct demand *d, const char *name)
{
    size_t length = strcspn(name, ".");

    if (name[length] != '.')
        return NULL;
    for (size_t i = 0; i < d->count; i++) {
        const char *service = d->operations[i].service->name;

        if (strlen(service) == length && memcmp(service, name, length) == 0 &&
            strcmp(d->operations[i].operation->name, name + length + 1) == 0)
            return &d->operations[i];
    }
    return NULL;
}

/* ---------------------------------------------------------------- putting it together */

static void list_operations(struct demand *d, struct arena *arena)
{
    const Stormcell__Scenario *sc = d->scenario;

    for (size_t i = 0; i < sc->n_services; i++)
        d->count += sc->services[i]->n_operations;
    d->operations = arena_take(arena, (d->count + 1) * sizeof *d->operations);
    d->count = 0;
    for (size_t i = 0; i < sc->n_services; i++)
        for (size_t k = 0; k < sc->services[i]->n_operations; k++)
            d->operations[d->count++] = (struct demand_operation){
                .service = sc->services[i],
                .operation = sc->services[i]->operations[k],
                .work_s = words_mean_s(sc->services[i]->operations[k]->work),
            };
}

/* How many calls lead to each operation. */
static size_t *callers_of(const struct demand *d, struct arena *arena)
{
    size_t *callers = arena_take(arena, (d->count + 1) * sizeof *callers);

    for (size_t i = 0; i < d->count; i++)
        for (size_t k = 0; k < d->operations[i].operation->n_calls; k++) {
            const struct demand_operation *to = demand_find(d, d->operations[i].operation->calls[k]->to);

            if (to)
                callers[to - d->operations]++;
        }
    return callers;
}

/* Operations in an order in which callers come before what they call; what is called in circles is missing. Returns how many. */
static size_t sort(const struct demand *d, struct arena *arena, struct demand_operation **order)
{
    size_t *callers = callers_of(d, arena), count = 0;

    for (size_t i = 0; i < d->count; i++)
        if (callers[i] == 0)
            order[count++] = &d->operations[i];
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < order[i]->operation->n_calls; k++) {
            struct demand_operation *to = demand_find(d, order[i]->operation->calls[k]->to);

            if (to && --callers[to - d->operations] == 0)
                order[count++] = to;
        }
    return count;
}

static void add_call(const struct demand *d, const Stormcell__Call *call, double rate_per_s)
{
    struct demand_operation *to = demand_find(d, call->to);

    if (to)
        to->rate_per_s += rate_per_s * demand_call_share(d->scenario, call, rate_per_s);
}

bool demand_is_surge(const Stormcell__Scenario *sc, const Stormcell__Population *p)
{
    for (size_t i = 0; i < sc->n_faults; i++)
        if (sc->faults[i]->kind_case == STORMCELL__FAULT__KIND_SURGE && strcmp(sc->faults[i]->target, p->name) == 0)
            return true;
    return false;
}

static void add_outside(struct demand *d)
{
    const Stormcell__Scenario *sc = d->scenario;

    for (size_t i = 0; i < sc->n_populations; i++) {
        const Stormcell__Sessions *sessions = sc->populations[i]->sessions;
        struct demand_operation *to = demand_find(d,
                                                  sessions && sessions->refreshes ? sessions->refreshes : sc->populations[i]->does);

        if (to && !demand_is_surge(sc, sc->populations[i]))
            to->rate_per_s += demand_requests_per_s(sc, sc->populations[i]);
    }
    for (size_t i = 0; i < sc->n_transports; i++)
        for (size_t k = 0; k < sc->transports[i]->delivery->n_calls; k++)
            add_call(d, sc->transports[i]->delivery->calls[k], demand_deliveries_per_s(sc, sc->transports[i]));
}

static double held_s(const struct demand *d, const struct demand_operation *op)
{
    double sum = 0;

    for (size_t k = 0; k < op->operation->n_calls; k++) {
        const Stormcell__Call *call = op->operation->calls[k];
        const struct demand_operation *to = demand_find(d, call->to);

        if (to && !call->async)
            sum += demand_call_share(d->scenario, call, op->rate_per_s) * demand_answer_s(d->scenario, op->service->name, to);
    }
    return sum;
}

/* A call and the operations that it joins. */
struct way {
    struct demand_operation *from, *to;
    const Stormcell__Call *call;
};

static struct way *list_ways(const struct demand *d, struct arena *arena, size_t *count)
{
    struct way *ways;

    *count = 0;
    for (size_t i = 0; i < d->count; i++)
        *count += d->operations[i].operation->n_calls;
    ways = arena_take(arena, (*count + 1) * sizeof *ways);
    *count = 0;
    for (size_t i = 0; i < d->count; i++)
        for (size_t k = 0; k < d->operations[i].operation->n_calls; k++) {
            const Stormcell__Call *call = d->operations[i].operation->calls[k];
            struct demand_operation *to = demand_find(d, call->to);

            if (to)
                ways[(*count)++] = (struct way){&d->operations[i], to, call};
        }
    return ways;
}

/* With loops, rates are those that reproduce themselves: what comes from outside, and what these rates send on. `held_s` needs no
 * more rounds than calls that are waited for stand one behind the other. */
static void settle(struct demand *d, struct arena *arena)
{
    double *outside = arena_take(arena, (d->count + 1) * sizeof *outside), *next = arena_take(arena, (d->count + 1) * sizeof *next);
    size_t count;
    struct way *ways = list_ways(d, arena, &count);
    bool settled = false;

    for (size_t i = 0; i < d->count; i++)
        outside[i] = d->operations[i].rate_per_s;
    for (int round = 0; !settled && round < ROUNDS_MAX; round++) {
        memcpy(next, outside, d->count * sizeof *next);
        for (size_t i = 0; i < count; i++)
            next[ways[i].to - d->operations] += ways[i].from->rate_per_s *
                                                demand_call_share(d->scenario, ways[i].call, ways[i].from->rate_per_s);
        settled = true;
        for (size_t i = 0; i < d->count; i++) {
            double change = next[i] - d->operations[i].rate_per_s;

            settled = settled && change * change <= SETTLED * SETTLED * next[i] * next[i];
            d->operations[i].rate_per_s = next[i];
        }
    }
    for (int round = 0; round < DEPTH_MAX; round++) {
        memset(next, 0, d->count * sizeof *next);
        for (size_t i = 0; i < count; i++)
            if (!ways[i].call->async)
                next[ways[i].from - d->operations] += demand_call_share(d->scenario, ways[i].call, ways[i].from->rate_per_s) *
                                                      demand_answer_s(d->scenario, ways[i].from->service->name, ways[i].to);
        for (size_t i = 0; i < d->count; i++)
            d->operations[i].held_s = next[i];
    }
}

struct demand *demand_create(struct arena *arena, const Stormcell__Scenario *sc)
{
    struct demand *d = arena_take(arena, sizeof *d);
    struct demand_operation **order;
    size_t sorted;

    d->scenario = sc;
    list_operations(d, arena);
    order = arena_take(arena, (d->count + 1) * sizeof(*order));
    sorted = sort(d, arena, order);
    add_outside(d);
    if (sorted < d->count) {
        settle(d, arena);
        return d;
    }
    for (size_t i = 0; i < sorted; i++)
        for (size_t k = 0; k < order[i]->operation->n_calls; k++)
            add_call(d, order[i]->operation->calls[k], order[i]->rate_per_s);
    while (sorted--)
        order[sorted]->held_s = held_s(d, order[sorted]);
    return d;
}
