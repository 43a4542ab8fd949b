/* explain_plan - what operators do, what could be done instead, what is assumed, what must hold */
#include <string.h>

#include "scenario/explain_parts.h"

/* ---------------------------------------------------------------- operators */

static const char *partitions(const struct words *w, const Stormcell__Isolate *i)
{
    const char *list = "";

    if (i->n_partitions == 0)
        return "the partitions that a fault has hit";
    for (size_t k = 0; k < i->n_partitions; k++)
        list = words_join(w, list, words_count(w, i->partitions[k]), k, i->n_partitions);
    return arena_format(w->arena, "partition%s %s", i->n_partitions == 1 ? "" : "s", list);
}

static const char *action(const struct words *w, const Stormcell__Step *s)
{
    switch (s->action_case) {
    case STORMCELL__STEP__ACTION_ISOLATE:
        return arena_format(w->arena, "isolate: %s gives %s a lane with %s of its own", s->isolate->transport,
                            partitions(w, s->isolate), words_many(w, s->isolate->workers, "worker"));
    case STORMCELL__STEP__ACTION_REPAIR:
        return arena_format(w->arena, "repair: fault %s ends", s->repair);
    case STORMCELL__STEP__ACTION_REROUTE:
        if (s->reroute->share_ratio <= 0)
            return arena_format(w->arena, "reroute: nobody is sent away from %s any more", s->reroute->from);
        return arena_format(w->arena, "reroute: %s of the users of %s go to %s, with new requests and new connections",
                            words_share(w, s->reroute->share_ratio), s->reroute->from, s->reroute->to);
    case STORMCELL__STEP__ACTION_PUBLISH:
        return arena_format(w->arena, "publish: a post on the status page, \"%s\"", s->publish->text);
    default:
        return explain_rollout_step(w, s) ? explain_rollout_step(w, s) : "nothing";
    }
}

static const char *occasion(const struct words *w, const Stormcell__Step *s)
{
    const char *text;

    if (s->has_at_t_ns)
        text = arena_format(w->arena, "at %s", words_moment(w, s->at_t_ns));
    else
        text = arena_format(w->arena, "when %s", s->when ? s->when : "the run begins");
    if (s->for_ns)
        text = arena_format(w->arena, "%s has been true for %s", text, words_span(w, s->for_ns));
    return s->delay ? arena_format(w->arena, "%s, and a human delay later (%s)", text, words_dist(w, s->delay)) : text;
}

static void say_runbook(const struct explain *x)
{
    const struct words *w = &x->words;
    const Stormcell__Scenario *sc = x->scenario;

    if (sc->n_runbook)
        words_heading(w, "WHAT OPERATORS DO");
    for (size_t i = 0; i < sc->n_runbook; i++) {
        const Stormcell__Step *s = sc->runbook[i];

        words_line(w, 2, "%s%s%s: %s", s->name ? s->name : "", s->name ? ", " : "", occasion(w, s), action(w, s));
    }
}

/* ---------------------------------------------------------------- lists */

static void say_strategies(const struct explain *x)
{
    const struct words *w = &x->words;
    const Stormcell__Scenario *sc = x->scenario;

    if (sc->n_strategies == 0)
        return;
    words_heading(w, "STRATEGIES TO COMPARE (and the paths that they change)");
    for (size_t i = 0; i < sc->n_strategies; i++) {
        const Stormcell__Strategy *s = sc->strategies[i];
        const char *list = "";

        for (size_t k = 0; k < s->n_paths; k++)
            list = words_join(w, list, s->paths[k], k, s->n_paths);
        words_line(w, 2, "%s: %s", s->name, s->n_paths ? list : "nothing");
    }
}

static void say_assumed(const struct explain *x)
{
    const Stormcell__Scenario *sc = x->scenario;

    if (sc->n_assumed)
        words_heading(&x->words, "WHAT IS ASSUMED, FOR NOBODY PUBLISHED IT (`compare --vary assumed` tries these ranges)");
    for (size_t i = 0; i < sc->n_assumed; i++)
        words_line(&x->words, 2, "%s: %s", sc->assumed[i]->name, sc->assumed[i]->range);
}

static void say_measured(const struct explain *x)
{
    const Stormcell__Scenario *sc = x->scenario;

    if (sc->n_measured)
        words_heading(&x->words, "WHAT WAS MEASURED ON A REAL SYSTEM (`run` puts what it predicts beside it)");
    for (size_t i = 0; i < sc->n_measured; i++) {
        const Stormcell__Measured *m = sc->measured[i];

        words_line(&x->words, 2, "%s: %s, %zu rows of column %s in %s, under %s", m->name, m->metric, m->n_values, m->column,
                   m->file, m->strategy);
    }
}

static void say_lines(const struct explain *x, const char *heading, char *const *lines, size_t count)
{
    if (count)
        words_heading(&x->words, heading);
    for (size_t i = 0; i < count; i++)
        words_line(&x->words, 2, "%s", lines[i]);
}

static void say_expectations(const struct explain *x)
{
    const Stormcell__Scenario *sc = x->scenario;

    if (sc->n_expect)
        words_heading(&x->words, "WHAT MUST HOLD (a run in which it does not exits with 1)");
    for (size_t i = 0; i < sc->n_expect; i++)
        for (size_t k = 0; k < sc->expect[i]->n_lines; k++)
            words_line(&x->words, 2, "%s: %s", sc->expect[i]->name, sc->expect[i]->lines[k]);
}

/* Who is connected counts where anybody is. */
static const char *presence(const struct explain *x)
{
    bool sessions = false, dependents = false;

    for (size_t i = 0; i < x->scenario->n_populations; i++) {
        sessions = sessions || x->scenario->populations[i]->sessions;
        dependents = dependents || x->scenario->populations[i]->dependents;
    }
    return sessions && dependents ? ", in which clients are connected and dependents up for that share of the time"
           : sessions             ? ", in which clients are connected for that share of the time"
           : dependents           ? ", in which dependents are up for that share of the time"
                                  : "";
}

static void say_health(const struct explain *x)
{
    static const Stormcell__Health usual = STORMCELL__HEALTH__INIT;
    const Stormcell__Health *h = x->scenario->health ? x->scenario->health : &usual;
    const struct words *w = &x->words;
    const char *mail = "";

    if (x->scenario->n_transports)
        mail = arena_format(w->arena, ", and has no unfinished mail older than %s", words_span(w, h->oldest_mail_ns));
    words_heading(w, "WHEN A PARTITION IS HEALTHY");
    words_line(w, 2, "In every interval of %s in which its goodput reaches %s of what the same seed shows without faults%s%s.",
               words_span(w, h->interval_ns), words_share(w, h->goodput_ratio), presence(x), mail);
}

static void say_sla(const struct explain *x)
{
    const Stormcell__Sla *sla = x->scenario->sla;
    const struct words *w = &x->words;
    const char *text;

    if (!sla)
        return;
    words_heading(w, "WHAT WAS PROMISED");
    text = arena_format(w->arena, "%s uptime over %s: %s down may pass.", words_share(w, sla->uptime_ratio),
                        words_span(w, sla->window_ns), words_seconds(w, (1 - sla->uptime_ratio) * (double)sla->window_ns / 1e9));
    if (sla->n_tiers == 0)
        text = arena_format(w->arena, "%s Credit: 25 %% below 99.9 %%, 50 %% below 99 %%, 100 %% below 95 %%.", text);
    for (size_t i = 0; i < sla->n_tiers; i++)
        text = arena_format(w->arena, "%s Below %s, %s is credited.", text, words_share(w, sla->tiers[i]->below_ratio),
                            words_share(w, sla->tiers[i]->credit_ratio));
    for (size_t i = 0; i < sla->n_meters; i++)
        text = arena_format(w->arena, "%s Metered: %s (%s).", text,
                            words_enum_word(&stormcell__sla__meter__descriptor, sla->meters[i]),
                            words_enum_doc(&stormcell__sla__meter__descriptor, sla->meters[i]));
    words_line(w, 2, "%s", text);
}

void explain_plan(const struct explain *x)
{
    const Stormcell__Scenario *sc = x->scenario;

    say_runbook(x);
    say_strategies(x);
    say_health(x);
    say_sla(x);
    say_assumed(x);
    say_measured(x);
    say_lines(x, "WHAT HISTORY SHOWED (in baseline; a difference is a warning)", sc->reproduces, sc->n_reproduces);
    say_expectations(x);
    say_lines(x, "WHAT TO LOOK FOR", sc->look_for, sc->n_look_for);
}
