/* runbook - steps, triggers, human delays, and the levers that steps pull */
#include "runbook/runbook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/compile.h"
#include "stormcell/must.h"

struct step {
    const Stormcell__Step *settings;
    char *name;
    struct metric_expr condition;
    int64_t true_since_ns; /* -1: not true now */
};

struct runbook {
    struct runbook_reach reach;
    const Stormcell__Scenario *scenario;
    struct arena *arena;
    struct step *steps;
    uint32_t count;
};

static void plan(struct runbook *r, uint32_t step, int64_t at_ns, enum event_kind kind)
{
    if (at_ns <= r->reach.core->end_ns)
        agenda_push(r->reach.core->agenda, at_ns, AGENDA_OPERATOR, kind, step);
}

/* The step happens a human delay after it is due. */
static void plan_step(struct runbook *r, uint32_t number, int64_t due_ns)
{
    struct step *step = &r->steps[number];
    struct dist delay = compile_dist(step->settings->delay);
    struct draw d = draw_at(draw_key(r->reach.core->seed, step->name, "human delay"), number, 0);

    plan(r, number, due_ns + dist_sample_ns(&delay, &d), EVENT_STEP);
}

static void start_step(struct runbook *r, uint32_t number)
{
    struct step *step = &r->steps[number];
    struct metric_clock clock = {.start_utc_s = r->scenario->clock->start_utc_s, .run_ns = r->scenario->clock->run_ns};
    struct metric_error error;

    step->settings = r->scenario->runbook[number];
    step->name = step->settings->name ? xstrdup(step->settings->name) : xasprintf("runbook[%u]", number);
    step->true_since_ns = -1;
    if (step->settings->when) {
        must(metric_parse(step->settings->when, false, &clock, r->arena, &step->condition, &error));
        plan(r, number, step->settings->every_ns, EVENT_STEP_WATCH);
    } else {
        plan_step(r, number, step->settings->at_t_ns);
    }
}

struct runbook *runbook_create(const struct runbook_reach *reach, const Stormcell__Scenario *sc)
{
    struct runbook *r = xcalloc(1, sizeof *r);

    r->reach = *reach;
    r->scenario = sc;
    r->arena = arena_create();
    r->count = (uint32_t)sc->n_runbook;
    r->steps = xcalloc(r->count + 1, sizeof *r->steps);
    for (uint32_t i = 0; i < r->count; i++)
        start_step(r, i);
    return r;
}

void runbook_free(struct runbook *r)
{
    for (uint32_t i = 0; i < r->count; i++)
        free(r->steps[i].name);
    free(r->steps);
    arena_free(r->arena);
    free(r);
}

static void isolate(struct runbook *r, const struct step *step)
{
    const Stormcell__Isolate *set = step->settings->isolate;
    const struct people *people = &r->reach.core->people;
    uint32_t *partitions = xcalloc(people->partitions + set->n_partitions, sizeof *partitions), count = 0, transport = 0;

    while (strcmp(r->scenario->transports[transport]->name, set->transport) != 0)
        transport++;
    for (size_t i = 0; i < set->n_partitions; i++)
        partitions[count++] = set->partitions[i];
    for (uint32_t p = 0; !set->n_partitions && p < people->partitions; p++)
        if (people->struck[p])
            partitions[count++] = p;
    core_note(r->reach.core, "runbook", step->name, "isolate %u partition%s of %s, %u workers each", count, count == 1 ? "" : "s",
              set->transport, set->workers);
    mail_isolate(r->reach.mail, transport, partitions, count, set->workers);
    free(partitions);
}

static void repair(struct runbook *r, const struct step *step)
{
    core_note(r->reach.core, "runbook", step->name, "repair %s", step->settings->repair);
    r->reach.repair(r->reach.context, step->settings->repair);
}

static void reroute(struct runbook *r, const struct step *step)
{
    const Stormcell__Reroute *set = step->settings->reroute;

    if (set->share_ratio > 0)
        core_note(r->reach.core, "runbook", step->name, "send %g %% of the users of %s to %s", set->share_ratio * 100, set->from,
                  set->to);
    else
        core_note(r->reach.core, "runbook", step->name, "send nobody away from %s any more", set->from);
    flow_reroute(r->reach.flow, set->from, set->to, set->share_ratio);
}

static void rollback(struct runbook *r, const struct step *step)
{
    core_note(r->reach.core, "runbook", step->name, "take %s back", step->settings->rollback->rollout);
    r->reach.rollback(r->reach.context, step->settings->rollback);
}

static void restart(struct runbook *r, const struct step *step)
{
    const Stormcell__Restart *set = step->settings->restart;

    core_note(r->reach.core, "runbook", step->name, "restart %s of %s, at most %u at once",
              set->which == STORMCELL__RESTART__WHICH__WHICH_ALL ? "all" : "what is broken", set->target, set->at_once);
    r->reach.restart(r->reach.context, set, step->name);
}

static void publish(struct runbook *r, const struct step *step)
{
    core_note(r->reach.core, "runbook", step->name, "publish");
    r->reach.publish(r->reach.context, step->settings->publish->text);
}

void runbook_on_step(struct runbook *r, uint32_t number)
{
    const struct step *step = &r->steps[number];

    r->reach.stepped(r->reach.context, step->name);
    switch (step->settings->action_case) {
    case STORMCELL__STEP__ACTION_ISOLATE:
        isolate(r, step);
        break;
    case STORMCELL__STEP__ACTION_REPAIR:
        repair(r, step);
        break;
    case STORMCELL__STEP__ACTION_REROUTE:
        reroute(r, step);
        break;
    case STORMCELL__STEP__ACTION_ROLLBACK:
        rollback(r, step);
        break;
    case STORMCELL__STEP__ACTION_RESTART:
        restart(r, step);
        break;
    case STORMCELL__STEP__ACTION_PUBLISH:
        publish(r, step);
        break;
    default:
        must(!"a step without an action passed the check");
    }
}

/* A metric of which nothing is there yet (no request in the last sample) is not over any line. */
static bool is_true(struct runbook *r, const struct step *step)
{
    struct metric_judgement judged;
    char message[256];

    return metric_judge(&step->condition, r->reach.resolve, r->reach.context, &judged, message) && judged.holds;
}

void runbook_on_watch(struct runbook *r, uint32_t number)
{
    struct step *step = &r->steps[number];
    int64_t now_ns = r->reach.core->now_ns;

    if (!is_true(r, step))
        step->true_since_ns = -1;
    else if (step->true_since_ns < 0)
        step->true_since_ns = now_ns;
    if (step->true_since_ns >= 0 && now_ns - step->true_since_ns >= step->settings->for_ns) {
        core_note(r->reach.core, "runbook", step->name, "sees %s", step->settings->when);
        plan_step(r, number, now_ns);
        return;
    }
    plan(r, number, now_ns + step->settings->every_ns, EVENT_STEP_WATCH);
}
