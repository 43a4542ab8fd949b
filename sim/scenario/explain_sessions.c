/* explain_sessions - clients with a connection: how they notice that it is gone, how they come back, and what that asks for */
#include <string.h>

#include "scenario/explain_parts.h"
#include "stormcell/reconnect.h"

static const char *jitter(const struct words *w, const Stormcell__Reconnect *r)
{
    const char *doc = words_enum_doc(&stormcell__backoff__jitter__descriptor, (int)r->jitter);

    if (r->jitter == STORMCELL__BACKOFF__JITTER__JITTER_NONE)
        return ", without jitter";
    return arena_format(w->arena, ", with %s jitter (%s)", words_enum_word(&stormcell__backoff__jitter__descriptor, (int)r->jitter),
                        doc);
}

/* "exponential from 1 s to 1 min": the delays between tries. */
static const char *delays(const struct words *w, const Stormcell__Reconnect *r)
{
    if (r->growth == STORMCELL__BACKOFF__GROWTH__GROWTH_NONE)
        return "at once, again and again";
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

/* All of them at once, and what the service can let in. */
static void say_floor(const struct explain *x, const Stormcell__Population *p)
{
    const struct words *w = &x->words;
    const struct demand_operation *op = demand_find(x->demand, p->does);
    const Stormcell__Service *s = op ? op->service : NULL;
    double sets, each, capacity;

    if (!s)
        return;
    each = op->work_s + op->held_s;
    sets = s->per == STORMCELL__SERVICE__PER__PER_PARTITION && x->scenario->partitions ? x->scenario->partitions->count : 1;
    if (each <= 0 || each > 1e18 || s->per == STORMCELL__SERVICE__PER__PER_REGION)
        return;
    capacity = demand_workers(s) * sets / each;
    words_line(w, 4, "%s can let in %s: when all come back together, that takes %s at least.", s->name, words_rate(w, capacity),
               words_seconds(w, p->sessions->count / capacity));
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
        say_floor(x, p);
    }
}
