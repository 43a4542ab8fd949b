/* explain_pool - whose workers a fault takes
 *
 * A caller's worker is held for as long as it waits. Calls to a silent server that arrive at a rate r and wait T hold r x T workers
 * on average (Little's law). Where that is more than the pool has, one silent partition takes the workers of all: the flaw that is
 * computed here, for first attempts alone, at level 1 of profiles, and as if no cache spared a call any more (what it holds runs
 * out during a long fault).
 */
#include <stdbool.h>
#include <string.h>

#include "scenario/explain_hit.h"

/* ---------------------------------------------------------------- how long callers wait */

/* What calls mean to a caller's worker: the share of requests that are stuck, and for how long; seconds are infinite without any
 * time-out. */
struct stuck {
    double share, seconds;
    const char *call; /* the first that is stuck */
};

static double lesser(double a, double b)
{
    return a < b ? a : b;
}

/* How long attempt 0, 1, ... of a call is waited for, if it would take `seconds`. */
static double held_by_attempt(const Stormcell__Call *c, size_t attempt, double seconds)
{
    if (c->has_timeout_ns)
        seconds = lesser(seconds, (double)c->timeout_ns / 1e9);
    if (c->n_timeouts_ns)
        seconds = lesser(seconds, (double)c->timeouts_ns[attempt < c->n_timeouts_ns ? attempt : c->n_timeouts_ns - 1] / 1e9);
    return c->patience ? lesser(seconds, words_mean_s(c->patience)) : seconds;
}

/* How long one call holds its caller, if each attempt would take `seconds`. */
static double held_by_call(const Stormcell__Call *c, double seconds)
{
    uint32_t attempts = hit_attempts(c->controls, c->n_controls);
    double each, sum = 0;

    /* Only what gives up is tried again; the waits between attempts are left out. */
    for (uint32_t i = 0; i < attempts; i++) {
        each = held_by_attempt(c, i, seconds);
        sum += each;
        if (each >= seconds)
            break;
    }
    return c->has_deadline_ns ? lesser(sum, (double)c->deadline_ns / 1e9) : sum;
}

/* Calls that somebody makes: an operation of a service, or a delivery of a transport. */
struct made {
    const char *caller;
    Stormcell__Call *const *calls;
    size_t count;
};

static struct made made_by(const struct demand_operation *op)
{
    return (struct made){op->service->name, op->operation->calls, op->operation->n_calls};
}

static struct made made_by_mail(const Stormcell__Transport *t)
{
    return (struct made){t->name, t->delivery->calls, t->delivery->n_calls};
}

/* Is this where the fault is? */
static bool meets(const struct hit *h, const char *caller, const Stormcell__Service *service)
{
    return service == h->service && (!h->caller || strcmp(h->caller, caller) == 0);
}

static struct stuck stuck_in(const struct explain *x, const struct hit *h, struct made made, unsigned depth);

/* Of requests to an operation that make this call, the n-th. */
static struct stuck stuck_at(const struct explain *x, const struct hit *h, struct made made, size_t n, unsigned depth)
{
    const Stormcell__Call *c = made.calls[n];
    const struct demand_operation *to = demand_find(x->demand, c->to);
    struct stuck s = {0};

    if (!to || c->async || depth > DEPTH_MAX)
        return s;
    if (meets(h, made.caller, to->service))
        s = (struct stuck){hit_share_of_calls(h), h->factor > 0 ? to->work_s * h->factor : 1e300, NULL};
    else
        s = stuck_in(x, h, made_by(to), depth + 1);
    s.seconds = s.share > 0 ? held_by_call(c, s.seconds) : 0;
    s.share *= c->share_ratio;
    s.call = c->name;
    return s;
}

/* A request whose call failed makes none of the calls after it. */
static struct stuck stuck_in(const struct explain *x, const struct hit *h, struct made made, unsigned depth)
{
    struct stuck all = {0};
    double left = 1, sum = 0;

    for (size_t i = 0; i < made.count; i++) {
        struct stuck s = stuck_at(x, h, made, i, depth);

        if (s.share > 0 && !all.call)
            all.call = s.call;
        all.share += left * s.share;
        sum += left * s.share * s.seconds;
        left *= 1 - s.share;
    }
    all.seconds = all.share > 0 ? sum / all.share : 0;
    return all;
}

/* ---------------------------------------------------------------- whose workers */

/* A pool of workers that call, directly or through others, what is stuck. */
struct pool {
    const char *name, *whose; /* "that all partitions share" */
    double rate_per_s;        /* of requests for the partitions that are hit */
    double workers;
    bool shared;   /* with partitions that are not hit */
    bool regional; /* with those of the same region */
    bool mail;
    double most;       /* that what is stuck may hold of them, infinite where nothing bounds it */
    const char *guard; /* what bounds it */
    bool breaker;      /* which ends the waiting while it is open, whatever is stuck */
};

static const double unbounded = 1e300;

static void guard(struct pool *p, const char *name, double most)
{
    if (most < p->most) {
        p->guard = name;
        p->most = most;
    }
}

/* What the controls of one call let it hold. */
static double most_of_call(const Stormcell__Call *c, bool *breaker)
{
    double most = unbounded;

    *breaker = false;
    for (size_t i = 0; i < c->n_controls; i++) {
        const Stormcell__CallControl *control = c->controls[i];

        if (control->kind_case == STORMCELL__CALL_CONTROL__KIND_BREAKER)
            *breaker = true;
        if (control->kind_case == STORMCELL__CALL_CONTROL__KIND_BULKHEAD && control->bulkhead->by == STORMCELL__KEYED__BY_PARTITION)
            most = control->bulkhead->limit < most ? control->bulkhead->limit : most;
    }
    return most;
}

/* What the calls of a pool that are stuck may hold together, and whether a breaker stands before each of them. */
struct guarded {
    double most;
    bool breakers;
};

static void add_calls(const struct explain *x, const struct hit *h, struct guarded *g, struct made made)
{
    bool breaker;

    for (size_t i = 0; i < made.count; i++)
        if (stuck_at(x, h, made, i, 0).share > 0) {
            g->most += most_of_call(made.calls[i], &breaker);
            g->breakers = g->breakers && breaker;
        }
}

/* Wait at the head of the shared queue takes no worker, but holds up everybody: no guard. */
static void guard_delivery(const struct explain *x, const struct hit *h, struct pool *p, const Stormcell__Transport *t)
{
    const Stormcell__Delivery *d = t->delivery;
    struct guarded g = {0, true};

    add_calls(x, h, &g, made_by_mail(t));
    guard(p, "bulkhead", g.most);
    p->breaker = g.breakers;
    if (d->window)
        guard(p, "window", d->window->limit);
    for (size_t i = 0; i < d->n_controls; i++)
        if (d->controls[i]->kind_case == STORMCELL__DELIVERY_CONTROL__KIND_BULKHEAD) {
            const Stormcell__Bulkhead *b = d->controls[i]->bulkhead;

            if (b->by == STORMCELL__KEYED__BY_PARTITION && b->when_full != STORMCELL__BULKHEAD__WHEN_FULL__WHEN_FULL_WAIT)
                guard(p, "bulkhead", b->limit);
        }
}

static const char *holding(const struct words *w, const struct stuck *s, double rate)
{
    return arena_format(w->arena, "%s x %s = %s worker%s", words_rate(w, rate), words_seconds(w, s->seconds),
                        words_count(w, rate * s->seconds), rate * s->seconds == 1 ? "" : "s");
}

/* The verdict on a pool in which more workers would be held than there are. */
static const char *consequence(const struct words *w, const struct pool *p)
{
    if (p->most < p->workers)
        return arena_format(w->arena, "The %s lets them hold %s at most, so %s of %s are left for the others.", p->guard,
                            words_count(w, p->most), words_count(w, p->workers - p->most), words_count(w, p->workers));
    if (p->breaker)
        return "The breaker ends that while it is open: calls fail at once then, and hold nobody.";
    if (!p->shared)
        return "Whoever needs them waits.";
    return p->mail ? "This is the flaw: one silent partition can take all of them, and then the mail of every partition waits."
           : p->regional ? "This is the flaw: one silent partition can take all of them, and then users of its whole region wait."
                         : "This is the flaw: one silent partition can take all of them, and then users of every partition wait.";
}

static void say_endless(const struct words *w, const struct pool *p, const struct stuck *s, double rate)
{
    words_line(w, 4, "%s: call %s has no time-out, and %s meet the fault, so the %s%s are all held after %s. %s", p->name, s->call,
               words_rate(w, rate), words_many(w, p->workers, "worker"), p->whose, words_seconds(w, p->workers / rate),
               consequence(w, p));
}

static void say_pool(const struct words *w, const struct pool *p, const struct stuck *s)
{
    double rate = p->rate_per_s * s->share, held = rate * s->seconds;
    const char *start;

    if (rate <= 0)
        return;
    if (s->seconds > 1e18) {
        say_endless(w, p, s, rate);
        return;
    }
    start = arena_format(w->arena, "%s: %s meet the fault and wait %s in call %s:", p->name, words_rate(w, rate),
                         words_seconds(w, s->seconds), s->call);
    if (held >= p->workers)
        words_line(w, 4, "%s %s held, but there are only %s%s. %s", start, holding(w, s, rate), words_count(w, p->workers),
                   p->whose, consequence(w, p));
    else
        words_line(w, 4, "%s %s held of the %s%s (%s). %s", start, holding(w, s, rate), words_count(w, p->workers), p->whose,
                   words_share(w, held / p->workers), p->most < held ? consequence(w, p) : "Retries come on top of that.");
}

static const Stormcell__Lane *lane_of(const Stormcell__Delivery *d, long partition)
{
    for (size_t i = 0; partition >= 0 && i < d->n_lanes; i++)
        for (size_t k = 0; k < d->lanes[i]->n_partitions; k++)
            if (d->lanes[i]->partitions[k] == partition)
                return d->lanes[i];
    return NULL;
}

/* Share of mail that has no lane of its own. */
static double share_without_lanes(const struct explain *x, const Stormcell__Delivery *d)
{
    double share = 1;

    for (size_t i = 0; i < d->n_lanes; i++)
        share -= demand_partition_share(x->scenario, d->lanes[i]->partitions, d->lanes[i]->n_partitions);
    return share > 0 ? share : 0;
}

static void say_transport(const struct explain *x, const struct hit *h, const Stormcell__Transport *t)
{
    const Stormcell__Delivery *d = t->delivery;
    const Stormcell__Lane *lane = lane_of(d, h->partition);
    struct stuck s = stuck_in(x, h, made_by_mail(t), 0);
    struct pool p = {
        .name = t->name,
        .whose = lane ? arena_format(x->words.arena, " of lane %s", lane->name) : " that all partitions share",
        .rate_per_s = demand_deliveries_per_s(x->scenario, t) *
                      (h->partition >= 0 || h->region ? hit_share_of_users(x, h) : share_without_lanes(x, d)),
        .workers = lane ? lane->workers : d->workers,
        .shared = !lane && hit_share_of_users(x, h) < 1,
        .mail = true,
        .most = unbounded,
    };

    guard_delivery(x, h, &p, t);
    say_pool(&x->words, &p, &s);
}

/* Of all requests, those that one set of replicas of a service gets and that are for partitions which are hit; of several such
 * sets, the one with the most. */
static double share_of_pool(const struct explain *x, const struct hit *h, const Stormcell__Service *service)
{
    if (service->per == STORMCELL__SERVICE__PER__PER_WHOLE || h->partition >= 0)
        return hit_share_of_users(x, h);
    if (service->per == STORMCELL__SERVICE__PER__PER_REGION && h->region)
        return hit_share_of_users(x, h);
    return demand_set_share(x->scenario, service);
}

/* Of all requests, those that such a set gets. */
static double share_served(const struct explain *x, const struct hit *h, const Stormcell__Service *service)
{
    if (service->per == STORMCELL__SERVICE__PER__PER_REGION && h->partition >= 0)
        return demand_span_share(x->scenario, demand_region_of(x->scenario, (uint32_t)h->partition));
    return service->per == STORMCELL__SERVICE__PER__PER_WHOLE ? 1 : share_of_pool(x, h, service);
}

/* Operations of one service share its workers: what they lose to the fault adds up. */
static void say_service(const struct explain *x, const struct hit *h, const Stormcell__Service *service)
{
    double share = share_of_pool(x, h, service), served = share_served(x, h, service);
    struct pool p = {
        .name = service->name,
        .whose = service->per == STORMCELL__SERVICE__PER__PER_PARTITION ? " of the partition"
                 : service->per == STORMCELL__SERVICE__PER__PER_REGION  ? " of the region"
                                                                        : " that all partitions share",
        .workers = demand_workers(service),
        .shared = service->per != STORMCELL__SERVICE__PER__PER_PARTITION && share < served * (1 - 1e-9),
        .regional = service->per == STORMCELL__SERVICE__PER__PER_REGION,
        .most = unbounded,
    };
    struct guarded g = {0, true};
    struct stuck all = {0};
    double sum = 0;

    for (size_t i = 0; i < x->demand->count; i++) {
        const struct demand_operation *op = &x->demand->operations[i];
        double rate = op->rate_per_s * share;
        struct stuck s;

        if (op->service != service || service == h->service)
            continue;
        s = stuck_in(x, h, made_by(op), 0);
        all.call = all.call ? all.call : s.call;
        all.share += rate * s.share;
        sum += rate * s.share * s.seconds;
        p.rate_per_s += rate;
        add_calls(x, h, &g, made_by(op));
    }
    if (all.share <= 0)
        return;
    all.seconds = sum / all.share;
    all.share /= p.rate_per_s;
    guard(&p, "bulkhead", g.most);
    p.breaker = g.breakers;
    say_pool(&x->words, &p, &all);
}

void explain_pools(const struct explain *x, const struct hit *h)
{
    const Stormcell__Scenario *sc = x->scenario;

    for (size_t k = 0; h->holds && k < sc->n_services; k++)
        say_service(x, h, sc->services[k]);
    for (size_t k = 0; h->holds && k < sc->n_transports; k++)
        say_transport(x, h, sc->transports[k]);
}
