/* explain_status - what customers are told, and whether that shares the fate of what breaks */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/explain_parts.h"

/* ---------------------------------------------------------------- from detection to the last post */

static const char *detection(const struct words *w, const Stormcell__StatusPage *s)
{
    const char *text = "";

    if (s->monitor)
        text = arena_format(w->arena, "a monitor has seen %s for %s", s->monitor, words_span(w, s->monitor_for_ns));
    if (s->reports)
        text = arena_format(w->arena, "%s%scustomers have written %s within an hour", text, *text ? ", or " : "",
                            words_many(w, s->reports, "ticket"));
    return *text ? text : "an operator writes a post by hand";
}

static void say_writing(const struct words *w, const Stormcell__StatusPage *s)
{
    const char *triage = s->triage ? words_dist(w, s->triage) : "lognormal, median 16 min, 95 % within 96 min";
    const char *approval = s->approval ? arena_format(w->arena, ", then until it may be said (%s)", words_dist(w, s->approval))
                                       : "";
    const char *other = "";

    if (s->fallback_after)
        other = arena_format(w->arena, " After %s in a row a post goes out by another channel, which reaches %s of the users.",
                             words_many(w, s->fallback_after, "failure"), words_share(w, s->fallback_reaches_ratio));
    words_line(w, 2, "A story begins when %s.", detection(w, s));
    words_line(
        w, 2,
        "It takes time until somebody knows what to say (%s)%s. Posts follow every %s until nobody has been affected for %s; "
        "the last one says so. When its tool fails, it is tried again every %s.%s",
        triage, approval, words_span(w, s->cadence_ns), words_span(w, s->all_clear_after_ns), words_span(w, s->again_ns), other);
}

static void say_readers(const struct words *w, const Stormcell__StatusPage *s)
{
    static const Stormcell__Tickets usual = STORMCELL__TICKETS__INIT;
    const Stormcell__Tickets *t = s->tickets ? s->tickets : &usual;

    if (s->reaches_ratio < 1)
        words_line(w, 2,
                   "The page shows its posts to %s of the affected users; the others see green all the while (a targeting fault).",
                   words_share(w, s->reaches_ratio));
    else
        words_line(w, 2, "The page shows its posts to all affected users.");
    words_line(w, 2,
               "Each affected user writes %s tickets an hour as long as he is told nothing; a fresh post takes %s off that, and "
               "half as much "
               "for every %s of its age.",
               words_count(w, t->hazard_per_s * 3600), words_share(w, t->spared_ratio), words_span(w, s->cadence_ns));
}

/* ---------------------------------------------------------------- what it depends on */

/* Operations that a list of calls leads to, by their number in the demand. */
struct closure {
    const struct explain *x;
    bool *operations;
};

static void add_calls(struct closure *c, Stormcell__Call *const *calls, size_t count, bool *more)
{
    for (size_t i = 0; i < count; i++) {
        const struct demand_operation *o = demand_find(c->x->demand, calls[i]->to);
        size_t number = o ? (size_t)(o - c->x->demand->operations) : 0;

        if (!o || c->operations[number])
            continue;
        c->operations[number] = *more = true;
    }
}

static struct closure close_over(const struct explain *x, Stormcell__Call *const *calls, size_t count)
{
    struct closure c = {x, arena_take(x->words.arena, x->demand->count + 1)};
    bool more = false;

    add_calls(&c, calls, count, &more);
    while (more) {
        more = false;
        for (size_t i = 0; i < x->demand->count; i++)
            if (c.operations[i])
                add_calls(&c, x->demand->operations[i].operation->calls, x->demand->operations[i].operation->n_calls, &more);
    }
    return c;
}

static bool reaches_service(const struct closure *c, const Stormcell__Service *service)
{
    for (size_t i = 0; i < c->x->demand->count; i++)
        if (c->operations[i] && c->x->demand->operations[i].service == service)
            return true;
    return false;
}

static const char *names(const struct words *w, Stormcell__Call *const *calls, size_t count)
{
    const char *list = "";

    for (size_t i = 0; i < count; i++)
        list = words_join(w, list, arena_format(w->arena, "%s (%s)", calls[i]->to, calls[i]->name), i, count);
    return list;
}

/* One fault against what is called: the same replicas, others of the same service, or nothing in common (nothing is said). */
static void say_fate(const struct closure *c, const Stormcell__Fault *f, const char *who)
{
    const struct explain *x = c->x;
    const struct words *w = &x->words;
    size_t length = strcspn(f->target, "[.@");
    const Stormcell__Service *service = demand_service(x->scenario, f->target, length);
    uint32_t tenant = x->scenario->status_page->tenant_partition;

    if (!service || !reaches_service(c, service))
        return;
    if (f->target[length] == '[' && strtoul(f->target + length + 1, NULL, 10) != tenant)
        words_line(w, 4, "It asks the replicas of partition %u of %s: fault %s, which hits %s, leaves it alone.", tenant,
                   service->name, f->name, f->target);
    else
        words_line(w, 4, "It shares fate with what it reports on: fault %s hits %s from %s, and %s then.", f->name, f->target,
                   words_moment(w, f->at_t_ns), who);
}

static void say_dependencies(const struct explain *x, const char *what, Stormcell__Call *const *calls, size_t count,
                             const char *who)
{
    const struct words *w = &x->words;
    struct closure c;

    if (!count) {
        words_line(w, 2, "%s depends on nothing in this scenario.", what);
        return;
    }
    words_line(w, 2, "%s calls %s, for partition %u.", what, names(w, calls, count), x->scenario->status_page->tenant_partition);
    c = close_over(x, calls, count);
    for (size_t i = 0; i < x->scenario->n_faults; i++)
        say_fate(&c, x->scenario->faults[i], who);
}

void explain_status(const struct explain *x)
{
    const Stormcell__StatusPage *s = x->scenario->status_page;

    if (!s)
        return;
    words_heading(&x->words, "WHAT CUSTOMERS ARE TOLD");
    say_writing(&x->words, s);
    say_readers(&x->words, s);
    say_dependencies(x, "The publishing tool", s->tool, s->n_tool, "posts have to wait");
    if (s->n_page)
        words_line(&x->words, 2, "While one of the calls that show the page fails, %s.",
                   s->false_failover ? "a copy is shown that says all is well, whatever has been posted" : "nobody sees it");
    say_dependencies(x, "Showing the page", s->page, s->n_page,
                     s->false_failover ? "a copy is shown that says all is well" : "nobody sees the page");
}
