/* explain_fault - what breaks, whom it reaches, and whose workers it takes
 *
 * A caller's worker is held for as long as it waits. Calls to a silent server that arrive at a rate r and wait T hold r x T workers
 * on average (Little's law). Where that is more than the pool has, one silent partition takes the workers of all: the flaw that is
 * computed here, for first attempts alone, at level 1 of profiles, and as if no cache spared a call any more (what it holds runs
 * out during a long fault).
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/explain_parts.h"

enum { DEPTH_MAX = 32 };

/* Where a fault hits, taken apart. */
struct hit {
    const Stormcell__Fault *fault;
    const Stormcell__Service *service;
    long partition, replica; /* -1: all */
    double share;            /* of the requests to the target that meet it */
    double factor;           /* of slowness; 0: silent for good */
    bool holds;              /* its callers wait, and hold workers */
};

/* The number in brackets after `mark`, or -1. */
static long number_after(const char *text, const char *mark)
{
    const char *at = strstr(text, mark);

    return at ? strtol(at + strlen(mark), NULL, 10) : -1;
}

static struct hit hit_of(const struct explain *x, const Stormcell__Fault *f)
{
    size_t length = strcspn(f->target, "[.");
    struct hit h = {.fault = f, .service = demand_service(x->scenario, f->target, length), .partition = -1, .share = 1};

    if (f->target[length] == '[')
        h.partition = strtol(f->target + length + 1, NULL, 10);
    h.replica = number_after(f->target, ".replica[");
    switch (f->kind_case) {
    case STORMCELL__FAULT__KIND_HANG:
        h.holds = true;
        h.share = f->hang->share_ratio;
        break;
    case STORMCELL__FAULT__KIND_SLOW:
        h.holds = true;
        h.share = f->slow->share_ratio;
        h.factor = f->slow->factor;
        break;
    case STORMCELL__FAULT__KIND_CRASH:
        h.share = f->crash->share_ratio;
        break;
    case STORMCELL__FAULT__KIND_ERROR:
        h.share = f->error->share_ratio;
        break;
    default:
        break;
    }
    return h;
}

/* Share of a caller's calls to the service that meet the fault, once they are for a partition that is hit. */
static double share_of_calls(const struct hit *h)
{
    return h->service && h->replica >= 0 ? h->share / h->service->replicas : h->share;
}

static double share_of_users(const struct explain *x, const struct hit *h)
{
    return h->partition >= 0 ? demand_partition_share(x->scenario, (uint32_t)h->partition) : 1;
}

/* ---------------------------------------------------------------- what happens */

static const struct {
    const char *does;
    const ProtobufCMessageDescriptor *message;
} kinds[] = {
    [STORMCELL__FAULT__KIND__NOT_SET] = {"breaks", NULL},
    [STORMCELL__FAULT__KIND_HANG] = {"hangs", &stormcell__hang__descriptor},
    [STORMCELL__FAULT__KIND_CRASH] = {"crashes", &stormcell__crash__descriptor},
    [STORMCELL__FAULT__KIND_SLOW] = {"slows down", &stormcell__slow__descriptor},
    [STORMCELL__FAULT__KIND_ERROR] = {"answers with errors", &stormcell__error__descriptor},
};

/* What the settings of every kind have in common is `flap`. */
static const Stormcell__Flap *flap_of(const Stormcell__Fault *f)
{
    switch (f->kind_case) {
    case STORMCELL__FAULT__KIND_HANG:
        return f->hang->flap;
    case STORMCELL__FAULT__KIND_CRASH:
        return f->crash->flap;
    case STORMCELL__FAULT__KIND_SLOW:
        return f->slow->flap;
    case STORMCELL__FAULT__KIND_ERROR:
        return f->error->flap;
    default:
        return NULL;
    }
}

static const Stormcell__Step *repair_of(const Stormcell__Scenario *sc, const Stormcell__Fault *f)
{
    for (size_t i = 0; i < sc->n_runbook; i++)
        if (sc->runbook[i]->action_case == STORMCELL__STEP__ACTION_REPAIR && strcmp(sc->runbook[i]->repair, f->name) == 0)
            return sc->runbook[i];
    return NULL;
}

/* "from 12:00Z to 13:00Z", "from 12:00Z until operators repair it". */
static const char *span(const struct explain *x, const Stormcell__Fault *f)
{
    const struct words *w = &x->words;
    const Stormcell__Step *repair = repair_of(x->scenario, f);
    const char *from = words_moment(w, f->at_t_ns);

    if (f->has_for_ns)
        return arena_format(w->arena, "from %s, for %s (to %s)", from, words_span(w, f->for_ns),
                            words_moment(w, f->at_t_ns + f->for_ns));
    if (!repair)
        return arena_format(w->arena, "from %s to the end of the run, for nobody repairs it", from);
    if (repair->has_at_t_ns && !repair->delay)
        return arena_format(w->arena, "from %s, for %s (to %s, when operators repair it)", from,
                            words_span(w, repair->at_t_ns - f->at_t_ns), words_moment(w, repair->at_t_ns));
    return arena_format(w->arena, "from %s until operators repair it", from);
}

static void say_what(const struct explain *x, const struct hit *h)
{
    const struct words *w = &x->words;
    const Stormcell__Fault *f = h->fault;
    const Stormcell__Flap *flap = flap_of(f);
    const char *extra = "";

    if (h->factor > 1)
        extra = arena_format(w->arena, ": work takes %s times as long", words_count(w, h->factor));
    if (h->share < 1)
        extra = arena_format(w->arena, "%s, for %s of requests", extra, words_share(w, h->share));
    if (flap)
        extra = arena_format(w->arena, "%s, off and on: fails for %s, works for %s", extra, words_dist(w, flap->failing),
                             words_dist(w, flap->working));
    words_line(w, 2, "%s: %s %s%s, %s.", f->name, f->target, kinds[f->kind_case].does, extra, span(x, f));
    if (kinds[f->kind_case].message)
        words_line(w, 4, "%s", words_doc(w, kinds[f->kind_case].message));
}

/* ---------------------------------------------------------------- whom it reaches */

/* How a request gets from an operation to a service, as "access.open, login": the first way that is found. NULL: it does not. */
static const char *way_of_calls(const struct explain *x, Stormcell__Call *const *calls, size_t count, const Stormcell__Service *to,
                                unsigned depth);

static const char *way(const struct explain *x, const char *operation, const Stormcell__Service *to, unsigned depth)
{
    const struct demand_operation *op = demand_find(x->demand, operation);
    const char *on;

    if (!op || depth > DEPTH_MAX)
        return NULL;
    if (op->service == to)
        return operation;
    on = way_of_calls(x, op->operation->calls, op->operation->n_calls, to, depth + 1);
    return on ? arena_format(x->words.arena, "%s, call %s", operation, on) : NULL;
}

static const char *way_of_calls(const struct explain *x, Stormcell__Call *const *calls, size_t count, const Stormcell__Service *to,
                                unsigned depth)
{
    for (size_t i = 0; i < count; i++) {
        const char *on = way(x, calls[i]->to, to, depth);

        if (on)
            return arena_format(x->words.arena, "%s -> %s%s", calls[i]->name, on, calls[i]->async ? " (not waited for)" : "");
    }
    return NULL;
}

static void say_people(const struct explain *x, const struct hit *h)
{
    const struct words *w = &x->words;
    const Stormcell__Partitions *p = x->scenario->partitions;
    double share = share_of_users(x, h);

    if (h->partition < 0 || !p)
        return;
    words_line(w, 4, "Partition %ld has %s of the %s users (%s). The label group calls its users struck, all others spared.",
               h->partition, words_count(w, (double)(int64_t)(share * (double)p->users + 0.5)), words_count(w, (double)p->users),
               words_share(w, share));
}

static void say_reach(const struct explain *x, const struct hit *h)
{
    const Stormcell__Scenario *sc = x->scenario;
    const struct words *w = &x->words;
    size_t reached = 0;

    for (size_t i = 0; h->service && i < sc->n_populations; i++) {
        const char *on = way(x, sc->populations[i]->does, h->service, 0);

        if (on)
            reached++, words_line(w, 4, "It reaches %s, by %s.", sc->populations[i]->name, on);
    }
    for (size_t i = 0; h->service && i < sc->n_transports; i++) {
        const Stormcell__Delivery *d = sc->transports[i]->delivery;
        const char *on = way_of_calls(x, d->calls, d->n_calls, h->service, 0);

        if (on)
            reached++, words_line(w, 4, "It reaches the mail of %s, by call %s.", sc->transports[i]->name, on);
    }
    if (!reached)
        words_line(w, 4, "Nobody asks for it, so nothing reaches it.");
}

/* ---------------------------------------------------------------- how long callers wait */

/* What calls mean to a caller's worker: the share of requests that are stuck, and for how long; seconds are infinite without any
 * time-out. */
struct stuck {
    double share, seconds;
    const char *call; /* the first that is stuck */
};

static uint32_t attempts_of(Stormcell__CallControl *const *controls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (controls[i]->kind_case == STORMCELL__CALL_CONTROL__KIND_BACKOFF)
            return controls[i]->backoff->attempts;
    return 1;
}

/* Of one call that would take `seconds` to each attempt. */
static double patience(const Stormcell__Call *c, double seconds)
{
    double each = c->has_timeout_ns && (double)c->timeout_ns / 1e9 < seconds ? (double)c->timeout_ns / 1e9 : seconds;

    /* Only what gives up is tried again; the waits between attempts are left out. */
    if (each < seconds)
        each *= attempts_of(c->controls, c->n_controls);
    return c->has_deadline_ns && (double)c->deadline_ns / 1e9 < each ? (double)c->deadline_ns / 1e9 : each;
}

static struct stuck stuck_in(const struct explain *x, const struct hit *h, Stormcell__Call *const *calls, size_t count,
                             unsigned depth);

/* Of requests to an operation that this call makes. */
static struct stuck stuck_at(const struct explain *x, const struct hit *h, const Stormcell__Call *c, unsigned depth)
{
    const struct demand_operation *to = demand_find(x->demand, c->to);
    struct stuck s = {0};

    if (!to || c->async || depth > DEPTH_MAX)
        return s;
    if (to->service == h->service)
        s = (struct stuck){share_of_calls(h), h->factor > 0 ? to->work_s * h->factor : 1e300, NULL};
    else
        s = stuck_in(x, h, to->operation->calls, to->operation->n_calls, depth + 1);
    s.seconds = s.share > 0 ? patience(c, s.seconds) : 0;
    s.share *= c->share_ratio;
    s.call = c->name;
    return s;
}

/* A request whose call failed makes none of the calls after it. */
static struct stuck stuck_in(const struct explain *x, const struct hit *h, Stormcell__Call *const *calls, size_t count,
                             unsigned depth)
{
    struct stuck all = {0};
    double left = 1, sum = 0;

    for (size_t i = 0; i < count; i++) {
        struct stuck s = stuck_at(x, h, calls[i], depth);

        if (s.share > 0 && !all.call)
            all.call = s.call;
        all.share += left * s.share;
        sum += left * s.share * s.seconds;
        left *= 1 - s.share;
    }
    all.seconds = all.share > 0 ? sum / all.share : 0;
    return all;
}

/* ---------------------------------------------------------------- what retries add */

/* The most attempts that one request to an operation can bring to the service that is hit. */
static double asked_by_calls(const struct explain *x, const struct hit *h, Stormcell__Call *const *calls, size_t count,
                             unsigned depth)
{
    double sum = 0;

    for (size_t i = 0; i < count && depth <= DEPTH_MAX; i++) {
        const struct demand_operation *to = demand_find(x->demand, calls[i]->to);
        double each = !to                         ? 0
                      : to->service == h->service ? 1
                                                  : asked_by_calls(x, h, to->operation->calls, to->operation->n_calls, depth + 1);

        sum += calls[i]->share_ratio * attempts_of(calls[i]->controls, calls[i]->n_controls) * each;
    }
    return sum;
}

static double asked_by_people(const struct explain *x, const struct hit *h, const Stormcell__Population *p)
{
    const struct demand_operation *to = demand_find(x->demand, p->does);
    double each = !to ? 0 : to->service == h->service ? 1 : asked_by_calls(x, h, to->operation->calls, to->operation->n_calls, 0);

    return demand_births_per_s(x->scenario, p->arrivals) * attempts_of(p->controls, p->n_controls) * each;
}

/* Requests a second that keep all workers of one set of replicas busy, as they are mixed while all is well. */
static double capacity(const struct explain *x, const struct hit *h, double *usual_per_s)
{
    double rate = 0, busy = 0;

    for (size_t i = 0; i < x->demand->count; i++) {
        const struct demand_operation *op = &x->demand->operations[i];

        if (op->service == h->service) {
            rate += op->rate_per_s;
            busy += op->rate_per_s * (op->work_s + op->held_s);
        }
    }
    *usual_per_s = rate;
    return busy > 0 ? demand_workers(h->service) * rate / busy : 1e300;
}

static bool calls_cache(Stormcell__Call *const *calls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (calls[i]->cache)
            return true;
    return false;
}

static bool has_caches(const struct explain *x)
{
    for (size_t i = 0; i < x->demand->count; i++)
        if (calls_cache(x->demand->operations[i].operation->calls, x->demand->operations[i].operation->n_calls))
            return true;
    for (size_t i = 0; i < x->scenario->n_transports; i++)
        if (calls_cache(x->scenario->transports[i]->delivery->calls, x->scenario->transports[i]->delivery->n_calls))
            return true;
    return false;
}

/* Mail has schedules of its own, by the minute and not at once. */
static void say_retries(const struct explain *x, const struct hit *h)
{
    const Stormcell__Scenario *sc = x->scenario;
    const struct words *w = &x->words;
    double usual, can = capacity(x, h, &usual), most = 0, share = 1;

    if (h->service->per == STORMCELL__SERVICE__PER__PER_PARTITION)
        share = h->partition >= 0 ? share_of_users(x, h) : demand_largest_share(sc);
    for (size_t i = 0; i < sc->n_populations; i++)
        most += asked_by_people(x, h, sc->populations[i]);
    for (size_t i = 0; i < sc->n_transports; i++)
        most += demand_deliveries_per_s(sc, sc->transports[i]) *
                asked_by_calls(x, h, sc->transports[i]->delivery->calls, sc->transports[i]->delivery->n_calls, 0);
    if (most <= usual * 1.001)
        return;
    words_line(w, 4, "Retries%s can raise what is asked of %s from %s to %s. It can do %s%s",
               has_caches(x) ? ", and caches that have run out," : "", h->service->name, words_rate(w, usual * share),
               words_rate(w, most * share), words_rate(w, can),
               most * share > can ? ": they alone may keep it down when the fault is gone."
                                  : ", so they alone do not keep it down.");
}

/* ---------------------------------------------------------------- whose workers */

/* A pool of workers that call, directly or through others, what is stuck. */
struct pool {
    const char *name, *whose; /* "that all partitions share" */
    double rate_per_s;        /* of requests for the partitions that are hit */
    double workers;
    bool shared; /* with partitions that are not hit */
    bool mail;
    const char *guard; /* what keeps the stuck ones from taking more than `most`, or NULL */
    double most;
    bool breaker; /* which ends the waiting while it is open */
};

static void guard(struct pool *p, const char *name, double most)
{
    if (!p->guard || most < p->most) {
        p->guard = name;
        p->most = most;
    }
}

static void guard_call(struct pool *p, const Stormcell__Call *c)
{
    for (size_t i = 0; i < c->n_controls; i++) {
        const Stormcell__CallControl *control = c->controls[i];

        if (control->kind_case == STORMCELL__CALL_CONTROL__KIND_BREAKER)
            p->breaker = true;
        if (control->kind_case == STORMCELL__CALL_CONTROL__KIND_BULKHEAD && control->bulkhead->by == STORMCELL__KEYED__BY_PARTITION)
            guard(p, "bulkhead", control->bulkhead->limit);
    }
}

/* The controls of calls that are stuck; others do not matter. */
static void guard_calls(const struct explain *x, const struct hit *h, struct pool *p, Stormcell__Call *const *calls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (stuck_at(x, h, calls[i], 0).share > 0)
            guard_call(p, calls[i]);
}

/* Wait at the head of the shared queue takes no worker, but holds up everybody: no guard. */
static void guard_delivery(const struct explain *x, const struct hit *h, struct pool *p, const Stormcell__Delivery *d)
{
    guard_calls(x, h, p, d->calls, d->n_calls);
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
    if (p->guard && p->most < p->workers)
        return arena_format(w->arena, "The %s lets them hold %s at most, so %s of %s are left for the others.", p->guard,
                            words_count(w, p->most), words_count(w, p->workers - p->most), words_count(w, p->workers));
    if (p->breaker)
        return "The breaker ends that while it is open: calls fail at once then, and hold nobody.";
    if (!p->shared)
        return "Whoever needs them waits.";
    return p->mail ? "This is the flaw: one silent partition can take all of them, and then the mail of every partition waits."
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
                   words_share(w, held / p->workers),
                   p->guard && p->most < held ? consequence(w, p) : "Retries come on top of that.");
}

static const Stormcell__Lane *lane_of(const Stormcell__Delivery *d, long partition)
{
    for (size_t i = 0; partition >= 0 && i < d->n_lanes; i++)
        for (size_t k = 0; k < d->lanes[i]->n_partitions; k++)
            if (d->lanes[i]->partitions[k] == partition)
                return d->lanes[i];
    return NULL;
}

static void say_transport(const struct explain *x, const struct hit *h, const Stormcell__Transport *t)
{
    const Stormcell__Delivery *d = t->delivery;
    const Stormcell__Lane *lane = lane_of(d, h->partition);
    struct stuck s = stuck_in(x, h, d->calls, d->n_calls, 0);
    struct pool p = {
        .name = t->name,
        .whose = lane ? arena_format(x->words.arena, " of lane %s", lane->name) : " that all partitions share",
        .rate_per_s = demand_deliveries_per_s(x->scenario, t) * share_of_users(x, h),
        .workers = lane ? lane->workers : d->workers,
        .shared = !lane && share_of_users(x, h) < 1,
        .mail = true,
    };

    guard_delivery(x, h, &p, d);
    say_pool(&x->words, &p, &s);
}

/* Operations of one service share its workers: what they lose to the fault adds up. */
static void say_service(const struct explain *x, const struct hit *h, const Stormcell__Service *service)
{
    bool own = service->per == STORMCELL__SERVICE__PER__PER_PARTITION;
    struct pool p = {
        .name = service->name,
        .whose = own ? " of the partition" : " that all partitions share",
        .workers = demand_workers(service),
        .shared = !own && share_of_users(x, h) < 1,
    };
    struct stuck all = {0};
    double sum = 0;

    for (size_t i = 0; i < x->demand->count; i++) {
        const struct demand_operation *op = &x->demand->operations[i];
        double rate = op->rate_per_s * (own && h->partition < 0 ? demand_largest_share(x->scenario) : share_of_users(x, h));
        struct stuck s;

        if (op->service != service || service == h->service)
            continue;
        s = stuck_in(x, h, op->operation->calls, op->operation->n_calls, 0);
        all.call = all.call ? all.call : s.call;
        all.share += rate * s.share;
        sum += rate * s.share * s.seconds;
        p.rate_per_s += rate;
        guard_calls(x, h, &p, op->operation->calls, op->operation->n_calls);
    }
    if (all.share <= 0)
        return;
    all.seconds = sum / all.share;
    all.share /= p.rate_per_s;
    say_pool(&x->words, &p, &all);
}

void explain_faults(const struct explain *x)
{
    const Stormcell__Scenario *sc = x->scenario;

    words_heading(&x->words, "WHAT BREAKS");
    if (sc->n_faults == 0)
        words_line(&x->words, 2, "Nothing: this scenario has no faults.");
    for (size_t i = 0; i < sc->n_faults; i++) {
        struct hit h = hit_of(x, sc->faults[i]);

        say_what(x, &h);
        say_people(x, &h);
        say_reach(x, &h);
        if (h.service)
            say_retries(x, &h);
        for (size_t k = 0; h.holds && k < sc->n_services; k++)
            say_service(x, &h, sc->services[k]);
        for (size_t k = 0; h.holds && k < sc->n_transports; k++)
            say_transport(x, &h, sc->transports[k]);
    }
}
