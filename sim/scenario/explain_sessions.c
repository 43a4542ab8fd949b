/* explain_sessions - clients with a connection: how they notice that it is gone, how they come back, and what that asks for */
#include <string.h>

#include "scenario/explain_parts.h"
#include "stormcell/reconnect.h"

/* From the shortest delay to the longest, each as likely. */
struct window {
    int64_t from_ns, to_ns;
};

/* The window of delays that stay the same, but for their jitter. False: they have none. */
static bool find_window(const Stormcell__Reconnect *r, struct window *out)
{
    int64_t v = r->base_ns, half = (int64_t)((double)v * r->spread_ratio);

    if (r->growth != STORMCELL__BACKOFF__GROWTH__GROWTH_FIXED)
        return false;
    if (r->jitter == STORMCELL__BACKOFF__JITTER__JITTER_FULL)
        *out = (struct window){0, v};
    else if (r->jitter == STORMCELL__BACKOFF__JITTER__JITTER_EQUAL)
        *out = (struct window){v / 2, v};
    else if (r->jitter == STORMCELL__BACKOFF__JITTER__JITTER_SPREAD)
        *out = (struct window){v - half, v + half};
    else if (r->jitter == STORMCELL__BACKOFF__JITTER__JITTER_OFFSET)
        *out = (struct window){v, v + r->offset_ns};
    else
        return false;
    return out->to_ns <= r->cap_ns; /* else many are cut off at the cap, and come together */
}

static const char *jitter(const struct words *w, const Stormcell__Reconnect *r)
{
    const char *doc = words_enum_doc(&stormcell__backoff__jitter__descriptor, (int)r->jitter);
    struct window window;

    if (r->jitter == STORMCELL__BACKOFF__JITTER__JITTER_NONE)
        return ", without jitter";
    if (find_window(r, &window))
        return "";
    return arena_format(w->arena, ", with %s jitter (%s)", words_enum_word(&stormcell__backoff__jitter__descriptor, (int)r->jitter),
                        doc);
}

/* "after 1 s, x 2 each time, up to 1 min": the delays between tries. */
static const char *delays(const struct words *w, const Stormcell__Reconnect *r)
{
    struct window window;

    if (r->growth == STORMCELL__BACKOFF__GROWTH__GROWTH_NONE)
        return "at once, again and again";
    if (find_window(r, &window))
        return arena_format(w->arena, "after %s to %s, each time anew", words_span(w, window.from_ns), words_span(w, window.to_ns));
    if (r->growth == STORMCELL__BACKOFF__GROWTH__GROWTH_FIXED)
        return arena_format(w->arena, "every %s", words_span(w, r->base_ns));
    return arena_format(w->arena, "after %s, x %s each time, up to %s", words_span(w, r->base_ns), words_count(w, r->multiplier),
                        words_span(w, r->cap_ns));
}

static void say_policy(const struct explain *x, const Stormcell__Population *p)
{
    const struct words *w = &x->words;
    Stormcell__Reconnect r = reconnect_settled(p->sessions->reconnect);
    int64_t timeout_ns = r.has_timeout_ns ? r.timeout_ns : p->has_timeout_ns ? p->timeout_ns : 0;

    words_line(w, 4, "Who has lost his connection tries %s%s%s; %s.%s", r.at_once ? "at once, then " : "", delays(w, &r),
               jitter(w, &r),
               timeout_ns ? arena_format(w->arena, "each try is waited for for %s", words_span(w, timeout_ns))
                          : "a try is waited for until it is answered",
               r.honours_retry_after ? "" : " It does not heed what a refusal asks it to wait.");
    if (r.give_up_after)
        words_line(w, 4, "It gives up after %s%s.", words_many(w, r.give_up_after, "trie"),
                   r.redial ? arena_format(w->arena, ", and is dialled by hand %s later on average",
                                           words_seconds(w, words_mean_s(r.redial)))
                            : ", for good");
}

static void say_detection(const struct explain *x, const Stormcell__Population *p)
{
    const struct words *w = &x->words;
    const Stormcell__Sessions *s = p->sessions;
    const Stormcell__KeepAlive *k = s->keep_alive;
    int64_t expiry_ns = s->has_expiry_ns ? s->expiry_ns : 2 * s->refresh_ns;

    if (s->has_refresh_ns)
        words_line(w, 4, "Each refreshes every %s, %s in all; a registration expires %s after its last refresh.",
                   words_span(w, s->refresh_ns), words_rate(w, demand_requests_per_s(x->scenario, p)), words_span(w, expiry_ns));
    if (k)
        words_line(w, 4, "When its path falls silent, a client notices after %s to %s, by its keep-alive.",
                   words_span(w, (k->failures - 1) * k->every_ns + k->timeout_ns),
                   words_span(w, k->failures * k->every_ns + k->timeout_ns));
    else if (!s->has_refresh_ns)
        words_line(w, 4, "Nothing but a replica that crashes tells a client that its connection is gone.");
}

/* ---------------------------------------------------------------- all of them at once */

/* The mean delay of one that has failed many times. Below 0: it is no plain number. */
static double settled_delay_s(const Stormcell__Reconnect *r)
{
    double v = (double)(r->growth == STORMCELL__BACKOFF__GROWTH__GROWTH_EXPONENTIAL && r->multiplier > 1 ? r->cap_ns : r->base_ns);
    struct window window;

    if (find_window(r, &window))
        return ((double)window.from_ns + (double)window.to_ns) / 2e9;
    if (r->growth == STORMCELL__BACKOFF__GROWTH__GROWTH_NONE)
        return -1;
    if (r->jitter == STORMCELL__BACKOFF__JITTER__JITTER_NONE || r->jitter == STORMCELL__BACKOFF__JITTER__JITTER_SPREAD)
        return v / 1e9;
    if (r->jitter == STORMCELL__BACKOFF__JITTER__JITTER_FULL)
        return v / 2e9;
    return r->jitter == STORMCELL__BACKOFF__JITTER__JITTER_EQUAL ? v * 0.75e-9 : -1;
}

/* The clients of one set of replicas, and the workers that they find. */
struct crowd {
    const Stormcell__Service *service;
    const char *where;
    double clients, workers, each_s;
};

/* Refusals that take more than all workers let nobody in: who is refused comes back, and is refused. */
static void say_refusals(const struct words *w, const struct crowd *c, const Stormcell__Reconnect *r)
{
    double delay_s = settled_delay_s(r), busy;

    if (!c->service->reject_work || delay_s <= 0)
        return;
    busy = c->clients / delay_s * words_mean_s(c->service->reject_work);
    words_line(w, 4,
               "Were all %s clients%s refused again and again, each %s later, to refuse them would take %s workers of %s: %s.",
               words_count(w, c->clients), c->where, words_seconds(w, delay_s), words_count(w, busy), words_count(w, c->workers),
               busy > c->workers ? "refusals alone can keep it down" : "refusals alone do not keep it down");
}

/* A line that lasts longer than anybody waits is worked off in vain. */
static void say_line(const struct words *w, const struct crowd *c, int64_t timeout_ns)
{
    double limit = c->service->queue && c->service->queue->has_limit ? (double)c->service->queue->limit : -1;
    double line_s = limit / (c->workers / c->service->replicas) * c->each_s;

    if (limit < 0 || !timeout_ns)
        return;
    words_line(w, 4, "A full line is %s of work, %s than the time-out of %s%s.", words_seconds(w, line_s),
               line_s > (double)timeout_ns * 1e-9 ? "longer" : "not longer", words_span(w, timeout_ns),
               line_s > (double)timeout_ns * 1e-9 ? ": when it is full, all who are served have left" : "");
}

/* What the service can let in, and what may keep it from doing so. */
static void say_crowd(const struct explain *x, const Stormcell__Population *p)
{
    const struct words *w = &x->words;
    const struct demand_operation *op = demand_find(x->demand, p->does);
    const Stormcell__Service *s = op ? op->service : NULL;
    Stormcell__Reconnect r = reconnect_settled(p->sessions->reconnect);
    bool regions = s && s->per == STORMCELL__SERVICE__PER__PER_REGION;
    bool apart = s && s->per == STORMCELL__SERVICE__PER__PER_PARTITION && x->scenario->partitions;
    double sets = regions ? (double)x->scenario->n_regions : apart ? x->scenario->partitions->count : 1;
    struct crowd c = {.service = s, .where = sets <= 1 ? "" : regions ? " of a region" : " of a partition"};

    if (!s)
        return;
    c.each_s = op->work_s + op->held_s;
    c.workers = demand_workers(s);
    c.clients = p->sessions->count * demand_set_share(x->scenario, s);
    if (c.each_s <= 0 || c.each_s > 1e18)
        return;
    words_line(w, 4, "%s can let in %s: when all come back together, that takes %s at least.", s->name,
               words_rate(w, c.workers * sets / c.each_s), words_seconds(w, p->sessions->count * c.each_s / c.workers / sets));
    say_refusals(w, &c, &r);
    say_line(w, &c, r.has_timeout_ns ? r.timeout_ns : p->has_timeout_ns ? p->timeout_ns : 0);
}

static void say_backup(const struct explain *x, const Stormcell__Backup *b)
{
    const struct words *w = &x->words;

    words_line(w, 4, "One that has been out for %s goes to %s%s.", words_span(w, b->after_ns), b->does,
               b->has_back_after_ns
                   ? arena_format(w->arena, ", and tries to come back from there every %s", words_span(w, b->back_after_ns))
                   : ", and stays there");
}

void explain_sessions(const struct explain *x)
{
    bool any = false;

    for (size_t i = 0; i < x->scenario->n_populations; i++) {
        const Stormcell__Population *p = x->scenario->populations[i];

        if (!p->sessions)
            continue;
        if (!any)
            words_heading(&x->words, "WHO KEEPS A CONNECTION");
        any = true;
        words_line(&x->words, 2, "%s: %s, connected when the run begins, by %s.", p->name,
                   words_many(&x->words, p->sessions->count, "session"), p->does);
        say_detection(x, p);
        say_policy(x, p);
        if (p->sessions->backup)
            say_backup(x, p->sessions->backup);
        say_crowd(x, p);
    }
}
