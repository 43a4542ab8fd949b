/* check_waits - how long callers wait, and what a full line tells them
 *
 * A resolver is a name for time-outs and tries; here it is replaced by what it stands for, so that a run, and who explains it, need
 * not know of it.
 */
#include <stdlib.h>
#include <string.h>

#include "scenario/check_inside.h"
#include "stormcell/must.h"

#define SECOND INT64_C(1000000000)

/* Sources: resolv.conf(5), timeout 5 and attempts 2, with one server; the time-outs of the DNS client of Windows. */
static const struct resolver {
    uint32_t tries;
    int64_t timeouts_ns[5];
} resolvers[] = {
    [STORMCELL__POPULATION__RESOLVER__RESOLVER_GLIBC] = {2, {5 * SECOND, 5 * SECOND}},
    [STORMCELL__POPULATION__RESOLVER__RESOLVER_WINDOWS] = {5, {1 * SECOND, 1 * SECOND, 2 * SECOND, 4 * SECOND, 4 * SECOND}},
};

static bool one_time_out(struct check *c, bool has_timeout, size_t timeouts, const char *path)
{
    if (has_timeout && timeouts)
        check_problem(c, check_path(c, path, "timeouts"), "expected one of timeout and timeouts, found both");
    return !has_timeout || !timeouts;
}

void check_call_waits(struct check *c, const void *message, const char *path)
{
    const Stormcell__Call *l = message;

    one_time_out(c, l->has_timeout_ns, l->n_timeouts_ns, path);
}

static const Stormcell__CallControl *backoff_of(const Stormcell__Population *p)
{
    for (size_t i = 0; i < p->n_controls; i++)
        if (p->controls[i]->kind_case == STORMCELL__CALL_CONTROL__KIND_BACKOFF)
            return p->controls[i];
    return NULL;
}

/* Puts a back-off of so many tries, at once, before the other controls. */
static void add_backoff(Stormcell__Population *p, uint32_t tries)
{
    Stormcell__CallControl *control = xmalloc(sizeof *control);

    stormcell__call_control__init(control);
    control->name = xstrdup("backoff");
    control->kind_case = STORMCELL__CALL_CONTROL__KIND_BACKOFF;
    control->backoff = xmalloc(sizeof *control->backoff);
    stormcell__backoff__init(control->backoff);
    control->backoff->has_attempts = control->backoff->has_growth = true;
    control->backoff->attempts = tries;
    control->backoff->growth = STORMCELL__BACKOFF__GROWTH__GROWTH_NONE;
    p->controls = xrealloc(p->controls, p->n_controls + 1, sizeof *p->controls);
    memmove(p->controls + 1, p->controls, p->n_controls * sizeof *p->controls);
    p->controls[0] = control;
    p->n_controls++;
}

static void replace_resolver(Stormcell__Population *p)
{
    const struct resolver *r = &resolvers[p->resolver];

    p->has_resolver = false;
    p->n_timeouts_ns = r->tries;
    p->timeouts_ns = xcalloc(r->tries, sizeof *p->timeouts_ns);
    memcpy(p->timeouts_ns, r->timeouts_ns, r->tries * sizeof *p->timeouts_ns);
    add_backoff(p, r->tries);
}

void check_population_waits(struct check *c, const void *message, const char *path)
{
    const Stormcell__Population *p = message;
    const Stormcell__CallControl *backoff = backoff_of(p);

    if (!one_time_out(c, p->has_timeout_ns, p->n_timeouts_ns, path) || !p->has_resolver)
        return;
    if (p->has_timeout_ns || p->n_timeouts_ns)
        check_problem(c, check_path(c, path, p->has_timeout_ns ? "timeout" : "timeouts"),
                      "a resolver has its own time-outs: expected none, or no resolver");
    if (backoff)
        check_problem(c, check_path(c, path, backoff->name), "a resolver has its own tries: expected no backoff, or no resolver");
    /* The visitor reads: like the schedule of a sender, this is filled in where it is known to be absent. */
    if (!p->has_timeout_ns && !p->n_timeouts_ns && !backoff)
        replace_resolver((Stormcell__Population *)message);
}

void check_queue(struct check *c, const void *message, const char *path)
{
    const Stormcell__Queue *q = message;
    bool retransmit = q->when_full == STORMCELL__QUEUE__WHEN_FULL__FULL_RETRANSMIT;

    if (q->has_syn && !retransmit)
        check_problem(c, check_path(c, path, "syn"),
                      "a SYN is sent again only to an accept queue: expected when_full: retransmit, or no syn");
    if (retransmit && !q->has_limit)
        check_problem(c, check_path(c, path, "when_full"), "without a limit the line is never full: expected a limit");
}
