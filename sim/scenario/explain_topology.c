/* explain_topology - the services, and who calls what */
#include <stdbool.h>
#include <string.h>

#include "scenario/explain_parts.h"

enum { DEPTH_MAX = 32 };

const char *explain_controls(const struct words *w, ProtobufCMessage *const *controls, size_t count)
{
    const char *text = "";

    for (size_t i = 0; i < count; i++) {
        const char *name;
        const ProtobufCMessage *kind = words_kind(controls[i], &name);

        if (kind)
            text = arena_format(w->arena, "%s%s%s (%s)", text, *text ? ", " : "", name, words_settings(w, kind));
    }
    return text;
}

/* ---------------------------------------------------------------- services */

static const char *replicas(const struct explain *x, const Stormcell__Service *s)
{
    const struct words *w = &x->words;
    const char *set = s->replicas == 1 ? words_many(w, s->workers, "worker")
                                       : arena_format(w->arena, "%s with %s each", words_many(w, s->replicas, "replica"),
                                                      words_many(w, s->workers, "worker"));

    if (s->per == STORMCELL__SERVICE__PER__PER_PARTITION)
        return arena_format(w->arena, "for each of the %s, %s", words_many(w, demand_partitions(x->scenario), "partition"), set);
    if (s->per == STORMCELL__SERVICE__PER__PER_REGION)
        return arena_format(w->arena, "for each of the %s, %s", words_many(w, (double)x->scenario->n_regions, "region"), set);
    return arena_format(w->arena, "%s that serve%s everybody", set, s->replicas == 1 && s->workers == 1 ? "s" : "");
}

static const char *queue(const struct words *w, const Stormcell__Service *s)
{
    const Stormcell__Queue *q = s->queue;
    const char *newest = q && q->discipline == STORMCELL__QUEUE__DISCIPLINE__DISCIPLINE_LIFO ? ", and the newest is served first"
                                                                                             : "";

    if (!q || !q->has_limit)
        return arena_format(w->arena, "Any number may wait in line%s.", newest);
    return arena_format(w->arena, "At most %s may wait in line%s%s; one more meets %s.", words_count(w, q->limit),
                        s->replicas > 1 ? " at each replica" : "", newest,
                        words_enum_doc(&stormcell__queue__when_full__descriptor, q->when_full));
}

static void say_service(const struct explain *x, const Stormcell__Service *s)
{
    const struct words *w = &x->words;
    const char *controls = explain_controls(w, (ProtobufCMessage *const *)s->controls, s->n_controls);
    const char *more = "";

    if (*controls)
        more = arena_format(w->arena, " Overload control: %s.", controls);
    if (s->replicas > 1)
        more = arena_format(w->arena, "%s Callers choose a replica: %s.", more,
                            words_enum_doc(&stormcell__service__balance__descriptor, s->balance));
    if (s->health_check)
        more = arena_format(w->arena, "%s Health check: %s.", more, words_settings(w, &s->health_check->base));
    if (s->ejection)
        more = arena_format(w->arena, "%s Ejection: %s.", more, words_settings(w, &s->ejection->base));
    if (s->reject_work)
        more = arena_format(w->arena, "%s A refusal costs a worker %s.", more, words_dist(w, s->reject_work));
    if (s->has_reject_limit)
        more = arena_format(w->arena, "%s At most %s wait for that; one more is dropped in silence.", more,
                            words_count(w, s->reject_limit));
    else if (s->reject_work)
        more = arena_format(w->arena, "%s Any number may wait for that.", more);
    if (s->retry_after)
        more = arena_format(w->arena, "%s A refusal asks its caller to stay away for %s.", more, words_dist(w, s->retry_after));
    if (s->queue && s->queue->when_full == STORMCELL__QUEUE__WHEN_FULL__FULL_RETRANSMIT)
        more = arena_format(w->arena, "%s Seconds after the first SYN: %s.", more,
                            words_enum_doc(&stormcell__queue__syn_timetable__descriptor, s->queue->syn));
    if (s->on_timeout == STORMCELL__SERVICE__ON_TIMEOUT__ON_TIMEOUT_LEAVE)
        more = arena_format(w->arena, "%s Callers that give up leave the line.", more);
    words_line(w, 2, "%s: %s. %s%s", s->name, replicas(x, s), queue(w, s), more);
}

/* ---------------------------------------------------------------- the tree */

struct tree {
    const struct explain *x;
    bool *shown; /* operations that were explained already */
};

/* How long a caller waits. */
struct waits {
    bool has_timeout, has_deadline;
    int64_t timeout_ns, deadline_ns;
    const Stormcell__Dist *patience;
    const int64_t *timeouts_ns;
    size_t timeouts;
};

static const char *waits_text(const struct words *w, struct waits waits)
{
    const char *text = waits.has_timeout ? arena_format(w->arena, "time-out %s", words_span(w, waits.timeout_ns)) : "no time-out";

    for (size_t i = 0; i < waits.timeouts; i++)
        text = arena_format(w->arena, "%s %s", i == 0 ? "time-outs" : arena_format(w->arena, "%s,", text),
                            words_span(w, waits.timeouts_ns[i]));
    if (waits.patience)
        text = arena_format(w->arena, "%s, patience %s", text, words_dist(w, waits.patience));
    return waits.has_deadline ? arena_format(w->arena, "%s, deadline %s", text, words_span(w, waits.deadline_ns)) : text;
}

static const char *failures(const struct words *w, const char *controls, const char *otherwise)
{
    return *controls ? controls : otherwise;
}

static const char *call_text(const struct words *w, const Stormcell__Call *c, const char *holder)
{
    struct waits waits = {c->has_timeout_ns, c->has_deadline_ns, c->timeout_ns,   c->deadline_ns,
                          c->patience,       c->timeouts_ns,     c->n_timeouts_ns};
    const char *text = arena_format(w->arena, "%s -> %s: %s, %s", c->name, c->to, waits_text(w, waits),
                                    failures(w, explain_controls(w, (ProtobufCMessage *const *)c->controls, c->n_controls),
                                             "no retry"));

    if (c->share_ratio < 1)
        text = arena_format(w->arena, "%s; for %s of requests", text, words_share(w, c->share_ratio));
    if (c->cache)
        text = arena_format(w->arena, "%s; %s", text, explain_cache(w, c->cache));
    return c->async ? arena_format(w->arena, "%s; the answer is not waited for", text)
                    : arena_format(w->arena, "%s; a worker of %s is held meanwhile", text, holder);
}

static void say_operation(const struct tree *t, const char *name, unsigned depth);

static void say_calls(const struct tree *t, Stormcell__Call *const *calls, size_t count, const char *holder, unsigned depth)
{
    for (size_t i = 0; i < count; i++) {
        words_line(&t->x->words, 2 * depth, "%s", call_text(&t->x->words, calls[i], holder));
        say_operation(t, calls[i]->to, depth + 1);
    }
}

static const char *operation_text(const struct words *w, const struct demand_operation *op)
{
    const Stormcell__Operation *o = op->operation;
    const char *text = arena_format(w->arena, "%s.%s works %s", op->service->name, o->name, words_dist(w, o->work));

    if (!o->work)
        text = arena_format(w->arena, "%s.%s has no work of its own", op->service->name, o->name);
    if (o->error_ratio > 0)
        text = arena_format(w->arena, "%s, then fails in %s of cases", text, words_share(w, o->error_ratio));
    return o->n_calls ? arena_format(w->arena, "%s, then calls", text) : text;
}

static void say_operation(const struct tree *t, const char *name, unsigned depth)
{
    const struct demand_operation *op = demand_find(t->x->demand, name);
    bool *shown;

    if (!op || depth > DEPTH_MAX)
        return;
    shown = &t->shown[op - t->x->demand->operations];
    if (*shown && op->operation->n_calls) {
        words_line(&t->x->words, 2 * depth, "%s, as above", name);
        return;
    }
    *shown = true;
    words_line(&t->x->words, 2 * depth, "%s", operation_text(&t->x->words, op));
    say_calls(t, op->operation->calls, op->operation->n_calls, op->service->name, depth + 1);
}

static void say_population(const struct tree *t, const Stormcell__Population *p)
{
    const struct words *w = &t->x->words;
    const char *controls = explain_controls(w, (ProtobufCMessage *const *)p->controls, p->n_controls);
    struct waits waits = {p->has_timeout_ns, p->has_deadline_ns, p->timeout_ns,   p->deadline_ns,
                          p->patience,       p->timeouts_ns,     p->n_timeouts_ns};

    words_line(w, 2, "%s -> %s: %s, %s", p->name, p->does, waits_text(w, waits),
               failures(w, controls, p->sessions ? "connects again by its policy" : "no retry"));
    say_operation(t, p->does, 2);
}

/* ---------------------------------------------------------------- mail */

static const char *schedule(const struct words *w, const Stormcell__DeliveryRetry *r)
{
    static const Stormcell__DeliveryRetry usual = STORMCELL__DELIVERY_RETRY__INIT;
    const char *text;

    r = r ? r : &usual;
    if (r->n_intervals_ns == 0)
        text = arena_format(w->arena, "by the schedule of %s: %s", words_enum_word(&stormcell__schedule__descriptor, r->schedule),
                            words_enum_doc(&stormcell__schedule__descriptor, r->schedule));
    else
        text = "after";
    for (size_t i = 0; i < r->n_intervals_ns; i++)
        text = arena_format(w->arena, "%s%s %s", text, i ? "," : "", words_span(w, r->intervals_ns[i]));
    if (r->n_intervals_ns)
        text = arena_format(w->arena, "%s (the last again and again)", text);
    if (r->of == STORMCELL__DELIVERY_RETRY__OF__OF_LANE)
        text = arena_format(w->arena, "%s; all mail of a destination waits together", text);
    return text;
}

static void say_lanes(const struct words *w, const Stormcell__Delivery *d)
{
    for (size_t i = 0; i < d->n_lanes; i++) {
        const Stormcell__Lane *lane = d->lanes[i];
        const char *list = "";

        for (size_t k = 0; k < lane->n_partitions; k++)
            list = words_join(w, list, words_count(w, lane->partitions[k]), k, lane->n_partitions);
        words_line(w, 4, "lane %s: partition%s %s with %s of its own", lane->name, lane->n_partitions == 1 ? "" : "s", list,
                   words_many(w, lane->workers, "worker"));
    }
}

static void say_ages(const struct words *w, const Stormcell__Transport *t)
{
    const char *notice = t->delay_notice_after_ns ? arena_format(w->arena, "after %s the sender is told of the delay",
                                                                 words_span(w, t->delay_notice_after_ns))
                                                  : "nobody is told of a delay";
    const char *ndr = t->return_after_ns
                          ? arena_format(w->arena, "after %s the message is returned (NDR)", words_span(w, t->return_after_ns))
                          : "nothing is ever returned";

    words_line(w, 4, "not delivered: %s, %s", notice, ndr);
}

static void say_transport(const struct tree *t, const Stormcell__Transport *tr)
{
    const struct words *w = &t->x->words;
    const Stormcell__Delivery *d = tr->delivery;
    const char *controls = explain_controls(w, (ProtobufCMessage *const *)d->controls, d->n_controls);

    words_line(w, 2, "%s (mail): each delivery takes one of %s that all partitions share, and calls", tr->name,
               words_many(w, d->workers, "worker"));
    say_calls(t, d->calls, d->n_calls, tr->name, 2);
    words_line(w, 4, "a delivery that failed is tried again %s", schedule(w, d->retry));
    if (*controls)
        words_line(w, 4, "isolation: %s", controls);
    say_lanes(w, d);
    if (d->window)
        words_line(w, 4, "window for each destination: %s", words_settings(w, &d->window->base));
    if (d->has_active_limit)
        words_line(w, 4, "active queue: at most %s, others wait outside", words_many(w, d->active_limit, "message"));
    say_ages(w, tr);
    if (tr->back_pressure)
        words_line(w, 4, "back pressure: %s", words_settings(w, &tr->back_pressure->base));
}

void explain_topology(const struct explain *x)
{
    const Stormcell__Scenario *sc = x->scenario;
    struct tree t = {x, arena_take(x->words.arena, x->demand->count + 1)};

    if (sc->n_services)
        words_heading(&x->words, "SERVICES");
    for (size_t i = 0; i < sc->n_services; i++)
        say_service(x, sc->services[i]);
    explain_links(x);
    if (sc->n_populations + sc->n_transports)
        words_heading(&x->words, "WHO CALLS WHAT");
    for (size_t i = 0; i < sc->n_populations; i++)
        say_population(&t, sc->populations[i]);
    for (size_t i = 0; i < sc->n_transports; i++)
        say_transport(&t, sc->transports[i]);
}
