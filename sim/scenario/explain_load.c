/* explain_load - what is asked, and how busy that makes each service while all is well */
#include <string.h>

#include "scenario/explain_parts.h"

/* ---------------------------------------------------------------- births */

static const char *profile(const struct words *w, const Stormcell__Profile *p)
{
    double highest = 0;

    if (!p)
        return "";
    if (p->n_points == 0)
        return p->preset == STORMCELL__PROFILE__PRESET__PRESET_FLAT
                   ? ""
                   : arena_format(w->arena, " at level 1 of profile %s (%s)",
                                  words_enum_word(&stormcell__profile__preset__descriptor, p->preset),
                                  words_enum_doc(&stormcell__profile__preset__descriptor, p->preset));
    for (size_t i = 0; i < p->n_points; i++)
        highest = p->points[i]->level > highest ? p->points[i]->level : highest;
    return arena_format(w->arena, " at level 1 of a profile that begins at %s and rises to %s", words_count(w, p->points[0]->level),
                        words_count(w, highest));
}

static const char *births(const struct words *w, const Stormcell__Arrivals *a, const char *noun)
{
    const char *text;

    if (!a || (!a->trace && a->rate_per_s == 0))
        return arena_format(w->arena, "no %ss", noun);
    if (a->trace)
        return arena_format(w->arena, "%s as recorded in %s", words_many(w, (double)a->trace->n_at_ns, noun), a->trace->file);
    text = arena_format(w->arena, "%ss at %s%s%s", noun, words_rate(w, a->rate_per_s),
                        a->process == STORMCELL__ARRIVALS__PROCESS__PROCESS_REGULAR ? ", evenly spaced" : "",
                        profile(w, a->profile));
    if (a->has_until_t_ns)
        text = arena_format(w->arena, "%s, until %s", text, words_moment(w, a->until_t_ns));
    return a->has_count ? arena_format(w->arena, "%s, %s in all", text, words_count(w, (double)a->count)) : text;
}

static const char *requests(const struct explain *x, const Stormcell__Population *p)
{
    const struct words *w = &x->words;

    if (!p->dependents)
        return births(w, p->arrivals, "request");
    return arena_format(w->arena, "requests at %s, from %s, one every %s each",
                        words_rate(w, demand_requests_per_s(x->scenario, p)), words_many(w, p->dependents->count, "dependent"),
                        words_span(w, p->dependents->every_ns));
}

static const char *sender_retry(const struct words *w, const Stormcell__Sender *s)
{
    const char *text = "";

    for (size_t i = 0; i < s->n_retry; i++) {
        const Stormcell__SenderRetry *r = s->retry[i];
        const char *item = r->share_ratio < 1 ? arena_format(w->arena, "%s (%s)", r->name, words_share(w, r->share_ratio))
                                              : r->name;

        if (r->has_give_up_ns)
            item = arena_format(w->arena, "%s giving up after %s", item, words_span(w, r->give_up_ns));
        text = words_join(w, text, item, i, s->n_retry);
    }
    return text;
}

static void say_sender(const struct explain *x, const Stormcell__Transport *t, const Stormcell__Sender *s)
{
    const struct words *w = &x->words;
    const char *text = births(w, s->arrivals, "message"), *retry = sender_retry(w, s);

    if (s->recipients && s->recipients->mean > 1)
        text = arena_format(w->arena, "%s, to %s recipients on average, so deliveries at %s", text,
                            words_count(w, s->recipients->mean), words_rate(w, demand_copies_per_s(x->scenario, s)));
    text = arena_format(w->arena, "%s, from %s %s the house", text, words_many(w, s->hosts, "host"),
                        s->inside ? "inside" : "outside");
    if (*retry)
        text = arena_format(w->arena, "%s that offer%s refused mail again by schedule %s", text, s->hosts == 1 ? "s" : "", retry);
    if (!s->gives_notice)
        text = arena_format(w->arena, "%s and lose in silence what has expired", text);
    words_line(w, 2, "%s.%s: %s", t->name, s->name, text);
}

/* ---------------------------------------------------------------- how busy */

/* The rate and the busy workers that the set of replicas which serves the most users sees. */
struct business {
    double rate_per_s, work_s, held_s, busy, workers;
};

static struct business business_of(const struct explain *x, const Stormcell__Service *s)
{
    struct business b = {.workers = demand_workers(s)};
    double share = demand_set_share(x->scenario, s);

    for (size_t i = 0; i < x->demand->count; i++) {
        const struct demand_operation *op = &x->demand->operations[i];

        if (op->service != s)
            continue;
        b.rate_per_s += op->rate_per_s * share;
        b.work_s += op->rate_per_s * share * op->work_s;
        b.held_s += op->rate_per_s * share * op->held_s;
    }
    b.busy = b.work_s + b.held_s;
    if (b.rate_per_s > 0) {
        b.work_s /= b.rate_per_s;
        b.held_s /= b.rate_per_s;
    }
    return b;
}

/* Of a service that each partition has for itself, the busiest is told; with an even spread they are all alike. */
static const char *where(const struct explain *x, const Stormcell__Service *s)
{
    const Stormcell__Partitions *p = x->scenario->partitions;

    if (s->per == STORMCELL__SERVICE__PER__PER_REGION)
        return " in the region with the most users";
    if (s->per != STORMCELL__SERVICE__PER__PER_PARTITION)
        return "";
    return p && p->count > 1 && p->spread != STORMCELL__PARTITIONS__SPREAD__SPREAD_EVEN ? " in the largest partition"
                                                                                        : " in each partition";
}

static void say_business(const struct explain *x, const Stormcell__Service *s)
{
    const struct words *w = &x->words;
    struct business b = business_of(x, s);
    const char *each = words_seconds(w, b.work_s), *held = "";

    if (b.rate_per_s <= 0) {
        words_line(w, 2, "%s: nobody asks it while all is well", s->name);
        return;
    }
    if (b.busy > 1e18) {
        words_line(w, 2, "%s%s: %s, whose work has no mean, so nobody can say how busy it is", s->name, where(x, s),
                   words_rate(w, b.rate_per_s));
        return;
    }
    if (b.held_s > 0) {
        each = arena_format(w->arena, "(%s + %s)", each, words_seconds(w, b.held_s));
        held = ", the second part spent waiting for what it calls";
    }
    words_line(w, 2, "%s%s: %s x %s = %s of %s busy: %s%s%s", s->name, where(x, s), words_rate(w, b.rate_per_s), each,
               words_count(w, b.busy), words_many(w, b.workers, "worker"), words_share(w, b.busy / b.workers), held,
               b.busy >= b.workers ? ". That is more than it can do, even when nothing breaks" : "");
}

/* What the deliveries of a transport hold of its workers. */
static void say_delivery(const struct explain *x, const Stormcell__Transport *t)
{
    const struct words *w = &x->words;
    double rate = demand_deliveries_per_s(x->scenario, t), held = 0;

    for (size_t i = 0; i < t->delivery->n_calls; i++) {
        const Stormcell__Call *call = t->delivery->calls[i];
        const struct demand_operation *to = demand_find(x->demand, call->to);

        if (to && !call->async)
            held += demand_call_share(x->scenario, call, rate) * demand_answer_s(x->scenario, t->name, to);
    }
    if (held > 1e18) {
        words_line(w, 2, "%s: %s, and what they call has no mean, so nobody can say how busy it is", t->name, words_rate(w, rate));
        return;
    }
    words_line(w, 2, "%s: %s x %s = %s of %s busy: %s", t->name, words_rate(w, rate), words_seconds(w, held),
               words_count(w, rate * held), words_many(w, t->delivery->workers, "worker"),
               words_share(w, rate * held / t->delivery->workers));
}

void explain_load(const struct explain *x)
{
    const Stormcell__Scenario *sc = x->scenario;

    words_heading(&x->words, "LOAD");
    for (size_t i = 0; i < sc->n_populations; i++)
        words_line(&x->words, 2, "%s: %s%s", sc->populations[i]->name, requests(x, sc->populations[i]),
                   demand_is_surge(sc, sc->populations[i]) ? ", in surges only" : "");
    for (size_t i = 0; i < sc->n_transports; i++)
        for (size_t k = 0; k < sc->transports[i]->n_senders; k++)
            say_sender(x, sc->transports[i], sc->transports[i]->senders[k]);
    words_heading(&x->words, "HOW BUSY THAT MAKES THEM (on average, at level 1 of profiles, without faults and retries)");
    for (size_t i = 0; i < sc->n_services; i++)
        say_business(x, sc->services[i]);
    for (size_t i = 0; i < sc->n_transports; i++)
        say_delivery(x, sc->transports[i]);
}
