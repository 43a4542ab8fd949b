/* check_dependents - what a population of dependents needs, and what it cannot be besides */
#include "scenario/check_inside.h"
#include "stormcell/agenda.h"

/* Dependents of this population and all before it. */
static uint64_t dependents_up_to(const struct check *c, const Stormcell__Population *p)
{
    uint64_t count = 0;

    for (size_t i = 0; i < c->m->n_populations; i++) {
        if (c->m->populations[i]->dependents)
            count += c->m->populations[i]->dependents->count;
        if (c->m->populations[i] == p)
            break;
    }
    return count;
}

static bool gives_up(const Stormcell__Population *p)
{
    return p->has_timeout_ns || p->has_deadline_ns || p->n_timeouts_ns || p->has_resolver || p->patience;
}

void check_dependents(struct check *c, const Stormcell__Population *p, const char *path)
{
    const Stormcell__Dependents *d = p->dependents;
    const char *own = check_path(c, path, "dependents");

    if (!d)
        return;
    if (p->arrivals)
        check_problem(c, own, "expected one of arrivals (rate, trace) and dependents, found both");
    if (p->sessions)
        check_problem(c, own, "expected one of sessions and dependents, found both");
    if (!gives_up(p))
        check_problem(c, path, "dependents never hear from a service that hangs: expected a timeout, such as timeout: 30s");
    if (d->fails_after_ns <= d->every_ns && check_whole(c, own))
        check_problem(c, d->has_fails_after_ns ? check_path(c, own, "fails_after") : own,
                      "each asks every %s, so it would be down from one answer to the next: expected fails_after to be longer, "
                      "found %s",
                      check_duration(c, d->every_ns), check_duration(c, d->fails_after_ns));
    if (dependents_up_to(c, p) > AGENDA_ENTITY_MAX)
        check_problem(c, check_path(c, own, "count"), "there are %llu dependents up to here: expected at most %d in all",
                      (unsigned long long)dependents_up_to(c, p), AGENDA_ENTITY_MAX);
}
