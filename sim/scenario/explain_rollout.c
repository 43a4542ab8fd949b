/* explain_rollout - what changes, ring by ring, and what is wrong with it */
#include <string.h>

#include "scenario/explain_parts.h"

static const char *rings(const struct words *w, const Stormcell__Rollout *r)
{
    const char *list = "";

    if (r->n_rings == 0)
        return "all replicas, in one ring";
    for (size_t i = 0; i < r->n_rings; i++) {
        const char *targets = "";

        for (size_t k = 0; k < r->rings[i]->n_targets; k++)
            targets = words_join(w, targets, r->rings[i]->targets[k], k, r->rings[i]->n_targets);
        list = words_join(w, list, arena_format(w->arena, "%s (%s)", r->rings[i]->name, targets), i, r->n_rings);
    }
    return arena_format(w->arena, "%s: %s", words_many(w, (double)r->n_rings, "ring"), list);
}

static const char *pace(const struct words *w, const Stormcell__Rollout *r)
{
    const char *change = r->over_ns ? arena_format(w->arena, "within %s, one replica after the other", words_span(w, r->over_ns))
                                    : "at once";

    if (r->bake_ns == 0)
        return arena_format(w->arena, "Each ring is changed %s, and the next follows without a bake time", change);
    return arena_format(w->arena, "Each ring is changed %s, then watched for %s (bake time)", change, words_span(w, r->bake_ns));
}

static const char *gate(const struct words *w, const Stormcell__Rollout *r)
{
    if (!r->gate)
        return "No gate: it goes on whatever happens.";
    return arena_format(w->arena, "Its gate: %s; when that does not hold, the change stops%s.", r->gate,
                        r->rolls_back ? " and is taken back" : "");
}

static void say_flaw(const struct words *w, const Stormcell__Rollout *r)
{
    const Stormcell__Flaw *flaw = r->flaw;
    const char *kind = "", *chance = "";

    if (!flaw) {
        words_line(w, 4, "Nothing is wrong with it.");
        return;
    }
    words_kind(&flaw->base, &kind);
    if (flaw->share_ratio < 1)
        chance = arena_format(w->arena, " with a chance of %s", words_share(w, flaw->share_ratio));
    words_line(w, 4, "It has a flaw: each request%s%s%s breaks a changed replica%s (%s). %s", flaw->operation ? " for " : "",
               flaw->operation ? r->service : "", flaw->operation ? arena_format(w->arena, ".%s", flaw->operation) : "", chance,
               kind,
               flaw->sticky ? "What is broken is sticky: it stays so when the change is taken back, until it is restarted."
                            : "What is broken is mended when the change is taken back.");
}

/* Restarts of a service, for as long as one takes and as many at once. */
static void say_mending(const struct explain *x, const Stormcell__Rollout *r)
{
    const struct words *w = &x->words;
    bool any = false;

    if (!r->flaw || !r->flaw->sticky)
        return;
    for (size_t i = 0; i < x->scenario->n_runbook; i++) {
        const Stormcell__Restart *set = x->scenario->runbook[i]->restart;
        size_t length = strlen(r->service);

        if (x->scenario->runbook[i]->action_case != STORMCELL__STEP__ACTION_RESTART ||
            strncmp(set->target, r->service, length) != 0)
            continue;
        any = true;
        if (set->takes && words_mean_s(set->takes) > 0 && words_mean_s(set->takes) < 1e18)
            words_line(w, 4, "Restarts of %s, %u at once and %s each, mend %s an hour.", set->target, set->at_once,
                       words_seconds(w, words_mean_s(set->takes)),
                       words_many(w, (double)(int64_t)(set->at_once * 3600.0 / words_mean_s(set->takes) + 0.5), "replica"));
    }
    if (!any)
        words_line(w, 4, "Nobody restarts %s: what is broken stays so to the end.", r->service);
}

void explain_rollouts(const struct explain *x)
{
    const struct words *w = &x->words;

    if (x->scenario->n_rollouts)
        words_heading(w, "WHAT IS CHANGED");
    for (size_t i = 0; i < x->scenario->n_rollouts; i++) {
        const Stormcell__Rollout *r = x->scenario->rollouts[i];

        words_line(w, 2, "%s, from %s: a rollout to %s, %s. %s. %s", r->name, words_moment(w, r->at_t_ns), r->service, rings(w, r),
                   pace(w, r), gate(w, r));
        say_flaw(w, r);
        say_mending(x, r);
    }
}

const char *explain_rollout_step(const struct words *w, const Stormcell__Step *s)
{
    if (s->action_case == STORMCELL__STEP__ACTION_ROLLBACK)
        return arena_format(w->arena, "rollback: %s is taken back%s", s->rollback->rollout,
                            s->rollback->over_ns ? arena_format(w->arena, " within %s", words_span(w, s->rollback->over_ns)) : "");
    if (s->action_case == STORMCELL__STEP__ACTION_RESTART)
        return arena_format(w->arena, "restart: %s of %s, at most %u at once, each gone for %s",
                            s->restart->which == STORMCELL__RESTART__WHICH__WHICH_ALL ? "all" : "what is or will be broken",
                            s->restart->target, s->restart->at_once,
                            s->restart->takes ? words_dist(w, s->restart->takes) : "10 min");
    return NULL;
}
