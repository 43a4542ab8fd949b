/* explain_dependents - what hangs on a service: when it goes down with it, and how it comes back */
#include "scenario/explain_parts.h"

/* What all of them come to when each asks in its turn, and when it gives up. */
static void say_population(const struct explain *x, const Stormcell__Population *p)
{
    const struct words *w = &x->words;
    const Stormcell__Dependents *d = p->dependents;
    double recovery_s = words_mean_s(d->recovery);
    const char *back = !d->recovery        ? "at once"
                       : recovery_s < 1e18 ? arena_format(w->arena, "%s later on average", words_seconds(w, recovery_s))
                                           : "later by a time that has no mean";

    words_line(w, 2,
               "%s: %s, each asks every %s, at a phase of its own. One that has had no good answer for %s is down; it is up "
               "again with the first good answer, %s.",
               p->name, words_many(w, d->count, "dependent"), words_span(w, d->every_ns), words_span(w, d->fails_after_ns), back);
    words_line(w, 4, "A fault that nobody is served through, and that lasts longer than %s, takes down all that it reaches.",
               words_span(w, d->fails_after_ns));
}

void explain_dependents(const struct explain *x)
{
    bool any = false;

    for (size_t i = 0; i < x->scenario->n_populations; i++) {
        if (!x->scenario->populations[i]->dependents)
            continue;
        if (!any)
            words_heading(&x->words, "WHAT GOES DOWN WITH THEM");
        any = true;
        say_population(x, x->scenario->populations[i]);
    }
}
