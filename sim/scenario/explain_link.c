/* explain_link - the ways between callers and services, and what a fault on one means to those who cross it */
#include <string.h>

#include "base/selector.h"
#include "scenario/explain_hit.h"

/* ---------------------------------------------------------------- the links */

static const char *carries(const struct words *w, const Stormcell__Link *l)
{
    if (!l->has_capacity_per_s)
        return "";
    if (!l->has_queue)
        return arena_format(w->arena, " It carries %s each way; any number may stand in line.", words_rate(w, l->capacity_per_s));
    return arena_format(w->arena, " It carries %s each way; at most %s may stand in line, more are lost.",
                        words_rate(w, l->capacity_per_s), words_count(w, l->queue));
}

static const char *takes(const struct words *w, const Stormcell__Link *l)
{
    const char *time = l->delay ? arena_format(w->arena, "Each way a packet takes %s", words_dist(w, l->delay))
                                : "A packet takes no time";

    if (l->loss_ratio <= 0)
        return arena_format(w->arena, "%s.", time);
    return arena_format(w->arena, "%s; %s of them are lost in silence.", time, words_share(w, l->loss_ratio));
}

void explain_links(const struct explain *x)
{
    const struct words *w = &x->words;

    if (x->scenario->n_links)
        words_heading(w, "LINKS");
    for (size_t i = 0; i < x->scenario->n_links; i++) {
        const Stormcell__Link *l = x->scenario->links[i];

        words_line(w, 2, "%s: between %s and %s. %s%s", l->name, l->from, l->to, takes(w, l), carries(w, l));
    }
}

/* ---------------------------------------------------------------- faults on links */

bool explain_is_link(const Stormcell__Fault *f)
{
    return selector_is_link(f->target);
}

void explain_link_hit(const struct explain *x, struct hit *h)
{
    const Stormcell__Fault *f = h->fault;
    struct link_selector s;
    double kept;

    if (!selector_link(f->target, &s))
        return;
    h->service = demand_service(x->scenario, s.to.text, s.to.length);
    h->caller = arena_format(x->words.arena, "%.*s", (int)s.from.length, s.from.text);
    h->holds = f->kind_case == STORMCELL__FAULT__KIND_CUT || f->kind_case == STORMCELL__FAULT__KIND_LOSSY;
    if (f->kind_case == STORMCELL__FAULT__KIND_LOSSY) {
        kept = 1 - f->lossy->loss_ratio;
        h->share = 1 - (f->lossy->way == STORMCELL__WAY__WAY_BOTH ? kept * kept : kept);
    }
}

static const char *packets(Stormcell__Way way)
{
    return way == STORMCELL__WAY__WAY_FORWARD ? "requests" : way == STORMCELL__WAY__WAY_BACK ? "answers" : "requests and answers";
}

const char *explain_link_what(const struct explain *x, const Stormcell__Fault *f)
{
    const struct words *w = &x->words;

    if (f->kind_case == STORMCELL__FAULT__KIND_CUT)
        return arena_format(w->arena, ": %s are %s", packets(f->cut->way),
                            f->cut->packets == STORMCELL__CUT__PACKETS__PACKETS_HELD ? "held until it is healed"
                                                                                     : "lost in silence");
    if (f->kind_case == STORMCELL__FAULT__KIND_LOSSY)
        return arena_format(w->arena, ": %s of %s are lost", words_share(w, f->lossy->loss_ratio), packets(f->lossy->way));
    if (f->kind_case == STORMCELL__FAULT__KIND_SLOW)
        return arena_format(w->arena, ": packets take %s times as long, and it carries as much less%s",
                            words_count(w, f->slow->factor),
                            f->slow->share_ratio < 1
                                ? arena_format(w->arena, ", for %s of packets", words_share(w, f->slow->share_ratio))
                                : "");
    return "";
}

/* What crosses a link, and gives up, or does not. */
struct crossing {
    const char *who;
    bool has_end;
    int64_t timeout_ns, deadline_ns; /* 0: none */
    bool async;
};

static void say_crossing(const struct words *w, const struct crossing *c)
{
    if (c->async)
        words_line(w, 4, "%s crosses it; nobody waits for an answer.", c->who);
    else if (!c->has_end)
        words_line(w, 4, "%s crosses it and has no time-out: who hears nothing waits for as long as it takes.", c->who);
    else if (c->timeout_ns)
        words_line(w, 4, "%s crosses it; who hears nothing waits out its time-out, %s.", c->who, words_span(w, c->timeout_ns));
    else if (c->deadline_ns)
        words_line(w, 4, "%s crosses it; who hears nothing waits out its deadline, %s.", c->who, words_span(w, c->deadline_ns));
    else
        words_line(w, 4, "%s crosses it; who hears nothing waits until its patience is over.", c->who);
}

static void say_call(const struct words *w, const char *owner, const Stormcell__Call *call, const struct span *to)
{
    struct crossing c = {
        .who = arena_format(w->arena, "Call %s of %s", call->name, owner),
        .has_end = call->has_timeout_ns || call->has_deadline_ns || call->patience || call->n_timeouts_ns,
        .timeout_ns = call->n_timeouts_ns    ? call->timeouts_ns[0]
                      : call->has_timeout_ns ? call->timeout_ns
                                             : 0,
        .deadline_ns = call->has_deadline_ns ? call->deadline_ns : 0,
        .async = call->async,
    };

    if (span_is((struct span){call->to, strcspn(call->to, ".")}, arena_format(w->arena, "%.*s", (int)to->length, to->text)))
        say_crossing(w, &c);
}

static void say_population(const struct words *w, const Stormcell__Population *p)
{
    struct crossing c = {
        .who = p->name,
        .has_end = p->has_timeout_ns || p->has_deadline_ns || p->patience || p->n_timeouts_ns || p->has_resolver,
        .timeout_ns = p->n_timeouts_ns    ? p->timeouts_ns[0]
                      : p->has_timeout_ns ? p->timeout_ns
                                          : 0,
        .deadline_ns = p->has_deadline_ns ? p->deadline_ns : 0,
    };

    say_crossing(w, &c);
}

void explain_link_reach(const struct explain *x, const struct hit *h)
{
    const Stormcell__Scenario *sc = x->scenario;
    const struct words *w = &x->words;
    struct link_selector s;

    if (!selector_link(h->fault->target, &s))
        return;
    for (size_t i = 0; i < sc->n_populations; i++)
        if (span_is(s.from, sc->populations[i]->name))
            say_population(w, sc->populations[i]);
    for (size_t i = 0; i < sc->n_services; i++)
        for (size_t k = 0; span_is(s.from, sc->services[i]->name) && k < sc->services[i]->n_operations; k++) {
            const Stormcell__Operation *op = sc->services[i]->operations[k];

            for (size_t n = 0; n < op->n_calls; n++)
                say_call(w, arena_format(w->arena, "%s.%s", sc->services[i]->name, op->name), op->calls[n], &s.to);
        }
    for (size_t i = 0; i < sc->n_transports; i++)
        for (size_t n = 0; span_is(s.from, sc->transports[i]->name) && n < sc->transports[i]->delivery->n_calls; n++)
            say_call(w, sc->transports[i]->name, sc->transports[i]->delivery->calls[n], &s.to);
}
