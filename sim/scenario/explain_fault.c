/* explain_fault - what breaks, and whom it reaches */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/explain_hit.h"

/* The number in brackets after `mark`, or -1. */
static long number_after(const char *text, const char *mark)
{
    const char *at = strstr(text, mark);

    return at ? strtol(at + strlen(mark), NULL, 10) : -1;
}

/* What every kind of fault may have is found by its key, so that a new kind needs no line here. NULL: it has none, or it is not
 * given. */
static const void *setting(const Stormcell__Fault *f, const char *field)
{
    const char *name;
    const ProtobufCMessage *kind = words_kind(&f->base, &name);
    const ProtobufCFieldDescriptor *found = kind ? protobuf_c_message_descriptor_get_field_by_name(kind->descriptor, field) : NULL;

    return found ? (const char *)kind + found->offset : NULL;
}

static double share_of(const Stormcell__Fault *f)
{
    const double *share = setting(f, "share_ratio");

    return share ? *share : 1;
}

static const Stormcell__Flap *flap_of(const Stormcell__Fault *f)
{
    const Stormcell__Flap *const *flap = setting(f, "flap");

    return flap ? *flap : NULL;
}

static struct hit hit_of(const struct explain *x, const Stormcell__Fault *f)
{
    size_t length = strcspn(f->target, "[@.");
    struct hit h = {.fault = f, .service = demand_service(x->scenario, f->target, length), .partition = -1};

    h.span = (struct demand_span){0, demand_partitions(x->scenario)};
    if (f->target[length] == '[') {
        h.partition = strtol(f->target + length + 1, NULL, 10);
        h.span = (struct demand_span){(uint32_t)h.partition, 1};
    } else if (f->target[length] == '@') {
        h.region = arena_text_n(x->words.arena, f->target + length + 1, strcspn(f->target + length + 1, "."));
        demand_region(x->scenario, h.region, &h.span);
    }
    h.replica = number_after(f->target, ".replica[");
    h.share = share_of(f);
    h.holds = f->kind_case == STORMCELL__FAULT__KIND_HANG || f->kind_case == STORMCELL__FAULT__KIND_SLOW;
    if (f->kind_case == STORMCELL__FAULT__KIND_SLOW)
        h.factor = f->slow->factor;
    if (explain_is_link(f))
        explain_link_hit(x, &h);
    return h;
}

/* Share of a caller's calls to the service that meet the fault, once they are for a partition that is hit. */
double hit_share_of_calls(const struct hit *h)
{
    return h->service && h->replica >= 0 ? h->share / h->service->replicas : h->share;
}

double hit_share_of_users(const struct explain *x, const struct hit *h)
{
    return h->partition >= 0 || h->region ? demand_span_share(x->scenario, h->span) : 1;
}

/* ---------------------------------------------------------------- what happens */

/* What the target does, for kinds that have a verb. */
static const char *verb(const struct words *w, const char *kind)
{
    static const struct {
        const char *kind, *verb;
    } verbs[] = {{"hang", "hangs"},
                 {"crash", "crashes"},
                 {"slow", "slows down"},
                 {"error", "answers with errors"},
                 {"cut", "is cut"},
                 {"lossy", "is lossy"},
                 {"cache_defect", "finds less than it holds"},
                 {"surge", "surges"}};

    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].kind, kind) == 0)
            return verbs[i].verb;
    return arena_format(w->arena, "suffers from %s", kind);
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
    const char *extra = "", *name = "nothing";
    const ProtobufCMessage *kind = words_kind(&f->base, &name);

    if (explain_is_link(f))
        extra = explain_link_what(x, f);
    else if (h->factor > 1)
        extra = arena_format(w->arena, ": work takes %s times as long", words_count(w, h->factor));
    if (h->share < 1 && !explain_is_link(f))
        extra = arena_format(w->arena, "%s, for %s of requests", extra, words_share(w, h->share));
    if (flap)
        extra = arena_format(w->arena, "%s, off and on: fails for %s, works for %s", extra, words_dist(w, flap->failing),
                             words_dist(w, flap->working));
    words_line(w, 2, "%s: %s %s%s, %s.", f->name, f->target, verb(w, name), extra, span(x, f));
    if (kind)
        words_line(w, 4, "%s", words_doc(w, kind->descriptor));
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
    double share = hit_share_of_users(x, h);

    if ((h->partition < 0 && !h->region) || !p)
        return;
    words_line(w, 4, "%s has %s of the %s users (%s). The label group calls its users struck, all others spared.",
               h->region ? h->region : arena_format(w->arena, "Partition %ld", h->partition),
               words_count(w, (double)(int64_t)(share * (double)p->users + 0.5)), words_count(w, (double)p->users),
               words_share(w, share));
}

/* Does a step of the runbook send users to the service? */
static bool is_refuge(const Stormcell__Scenario *sc, const Stormcell__Service *s)
{
    for (size_t i = 0; s && i < sc->n_runbook; i++) {
        const Stormcell__Step *step = sc->runbook[i];

        if (step->action_case == STORMCELL__STEP__ACTION_REROUTE &&
            demand_service(sc, step->reroute->to, strcspn(step->reroute->to, "[@")) == s)
            return true;
    }
    return false;
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
    if (!reached && is_refuge(sc, h->service))
        words_line(w, 4, "It reaches those whom operators send there, and nobody else.");
    else if (!reached)
        words_line(w, 4, "Nobody asks for it, so nothing reaches it.");
}

uint32_t hit_attempts(Stormcell__CallControl *const *controls, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (controls[i]->kind_case == STORMCELL__CALL_CONTROL__KIND_BACKOFF)
            return controls[i]->backoff->attempts;
    return 1;
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

        sum += calls[i]->share_ratio * hit_attempts(calls[i]->controls, calls[i]->n_controls) * each;
    }
    return sum;
}

static double asked_by_people(const struct explain *x, const struct hit *h, const Stormcell__Population *p)
{
    const struct demand_operation *to = demand_find(x->demand, p->does);
    double each = !to ? 0 : to->service == h->service ? 1 : asked_by_calls(x, h, to->operation->calls, to->operation->n_calls, 0);

    return demand_requests_per_s(x->scenario, p) * hit_attempts(p->controls, p->n_controls) * each;
}

/* Requests a second that keep all workers of one set of replicas busy, as they are mixed while all is well; 0: nobody can say. */
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
    return busy > 0 && busy < 1e18 ? demand_workers(h->service) * rate / busy : 0;
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
    double usual, can = capacity(x, h, &usual), most = 0, share;

    if (h->partition >= 0 || (h->region && h->service->per == STORMCELL__SERVICE__PER__PER_REGION))
        share = hit_share_of_users(x, h);
    else
        share = demand_set_share(sc, h->service);
    for (size_t i = 0; i < sc->n_populations; i++)
        most += demand_is_surge(sc, sc->populations[i]) ? 0 : asked_by_people(x, h, sc->populations[i]);
    for (size_t i = 0; i < sc->n_transports; i++)
        most += demand_deliveries_per_s(sc, sc->transports[i]) *
                asked_by_calls(x, h, sc->transports[i]->delivery->calls, sc->transports[i]->delivery->n_calls, 0);
    if (can <= 0 || most <= usual * 1.001)
        return;
    words_line(w, 4, "Retries%s can raise what is asked of %s from %s to %s. It can do %s%s",
               has_caches(x) ? ", and caches that have run out," : "", h->service->name, words_rate(w, usual * share),
               words_rate(w, most * share), words_rate(w, can),
               most * share > can ? ": they alone may keep it down when the fault is gone."
                                  : ", so they alone do not keep it down.");
}

/* Nobody tries again what has failed for good. */
static bool permanent(const Stormcell__Fault *f)
{
    return f->kind_case == STORMCELL__FAULT__KIND_ERROR && f->error->permanent;
}

void explain_faults(const struct explain *x)
{
    const Stormcell__Scenario *sc = x->scenario;

    words_heading(&x->words, "WHAT BREAKS");
    if (sc->n_faults == 0 && sc->n_rollouts)
        words_line(&x->words, 2, "Nothing but what is changed.");
    else if (sc->n_faults == 0)
        words_line(&x->words, 2, "Nothing: this scenario has no faults.");
    for (size_t i = 0; i < sc->n_faults; i++) {
        struct hit h = hit_of(x, sc->faults[i]);

        say_what(x, &h);
        if (sc->faults[i]->kind_case == STORMCELL__FAULT__KIND_CACHE_DEFECT) {
            explain_defect(x, sc->faults[i]);
            continue;
        }
        if (sc->faults[i]->kind_case == STORMCELL__FAULT__KIND_SURGE) {
            explain_surge(x, sc->faults[i]);
            continue;
        }
        say_people(x, &h);
        (explain_is_link(h.fault) ? explain_link_reach : say_reach)(x, &h);
        if (h.service && !h.caller && !permanent(sc->faults[i]))
            say_retries(x, &h);
        explain_pools(x, &h);
    }
}
