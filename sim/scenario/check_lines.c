/* check_lines - expectations and conditions: can they be read, and is there what they speak of? */
#include <string.h>

#include "base/quantity.h"
#include "measure/metric_series.h"
#include "scenario/bind.h"
#include "scenario/check_inside.h"

/* A line with an error somewhere in it, as it stands in the file. */
static void problem_at(struct check *c, const char *path, size_t offset, const char *message)
{
    struct path_context context = {c->arena, c->diag, c->in->root};
    struct path_end end;
    struct place at;
    const char *why;

    if (!path_find(&context, path, PATH_LOOK, &end, &why) || !end.node) {
        check_problem(c, path, "%s", message);
        return;
    }
    at = end.node->at;
    if (end.node->kind == NODE_TEXT && end.node->verbatim)
        at.column += (unsigned)offset + !end.node->plain;
    diag_error(c->diag, at, path, "%s", message);
}

/* ---------------------------------------------------------------- labels */

static bool is_word(const char *value, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(value, words[i]) == 0)
            return true;
    return false;
}

static void check_partition_label(struct check *c, const char *path, const char *value)
{
    uint64_t partition;

    if (quantity_unsigned(value, &partition) != QUANTITY_GOOD)
        check_problem(c, path, "expected the number of a partition, counted from 0, found %s", diag_quote(c->diag, value));
    else if (partition >= check_partition_count(c))
        check_problem(c, path, "no partition %llu: there are %u, counted from 0", (unsigned long long)partition,
                      check_partition_count(c));
}

static void check_label(struct check *c, const char *path, const struct metric_label *l)
{
    const struct {
        const char *label;
        const struct check_names *names;
    } nouns[] = {
        {"service", &c->services}, {"transport", &c->transports}, {"population", &c->populations},
        {"fault", &c->faults},     {"strategy", &c->strategies},  {"region", &c->regions},
        {"link", &c->links},       {"rollout", &c->rollouts},
    };
    static const char *const groups[] = {"struck", "spared"};

    if (l->op == METRIC_MATCH)
        return;
    for (size_t i = 0; i < sizeof nouns / sizeof *nouns; i++)
        if (strcmp(l->name, nouns[i].label) == 0 && !check_known(nouns[i].names, l->value))
            check_no_such(c, path, nouns[i].label, l->value, nouns[i].names);
    if (strcmp(l->name, "partition") == 0)
        check_partition_label(c, path, l->value);
    if (strcmp(l->name, "group") == 0 && !is_word(l->value, groups, 2))
        check_problem(c, path, "no group %s: expected struck or spared", diag_quote(c->diag, l->value));
}

/* ---------------------------------------------------------------- windows */

/* A phase names a fault, a rollout or a runbook step: during(stops). */
static void check_phase(struct check *c, const char *path, const char *phase)
{
    const char *open = strchr(phase, '('), *close = strrchr(phase, ')');
    const char *name = open && close && close > open ? arena_text_n(c->arena, open + 1, (size_t)(close - open - 1)) : phase;

    if (!check_known(&c->phases, name))
        check_no_such(c, path, "fault, rollout or runbook step", name, &c->phases);
}

static const char *live_names(struct check *c)
{
    const char *text = "";

    for (size_t i = 0; i < metric_names_count; i++)
        if (metric_names[i].live)
            text = *text ? arena_format(c->arena, "%s, %s", text, metric_names[i].name) : metric_names[i].name;
    return text;
}

static bool has_label(const struct metric_ref *ref, const char *name)
{
    for (size_t i = 0; i < ref->label_count; i++)
        if (strcmp(ref->labels[i].name, name) == 0)
            return true;
    return false;
}

static bool begins(const char *name, const char *word)
{
    return strncmp(name, word, strlen(word)) == 0;
}

/* Does anything that the labels admit have this metric? Why not, if nothing has. */
static const char *why_never(const struct check *c, const struct metric_ref *ref)
{
    const Stormcell__Scenario *m = c->m;
    const char *name = ref->name->name;
    bool sessions = begins(name, "sessions."), dependents = begins(name, "dependents."), broken = begins(name, "replicas.");
    size_t count = 0;

    if (strcmp(name, "tickets") == 0)
        return m->status_page ? NULL : "nobody counts them: expected status_page";
    if (begins(name, "mail."))
        return m->n_transports ? NULL : "there is no mail: expected a transport";
    for (size_t i = 0; (sessions || dependents) && i < m->n_populations; i++)
        count += (sessions ? m->populations[i]->sessions != NULL : m->populations[i]->dependents != NULL) &&
                 metric_admits(ref, "population", m->populations[i]->name);
    if ((sessions || dependents) && !count)
        return sessions ? "no population that is meant has sessions" : "no population that is meant has dependents";
    for (size_t i = 0; broken && i < m->n_rollouts; i++)
        count += m->rollouts[i]->flaw && metric_admits(ref, "service", m->rollouts[i]->service);
    if (broken && !count)
        return "no rollout with a flaw changes what is meant";
    for (size_t i = 0; begins(name, "cache.") && i < m->n_services; i++)
        count += check_is_cached(c, m->services[i]->name) && metric_admits(ref, "service", m->services[i]->name);
    return begins(name, "cache.") && !count ? "no service that is meant is asked through a cache" : NULL;
}

static void check_live(struct check *c, const char *path, const struct metric_ref *ref, bool labels_good)
{
    const char *never = labels_good ? why_never(c, ref) : NULL;

    if (!ref->name->live)
        check_problem(c, path, "%s is known only after the run: expected one of %s", ref->name->name, live_names(c));
    else if (never && c->clean)
        check_problem(c, path, "%s: %s", ref->name->name, never);
    if (ref->window.kind != METRIC_WINDOW_NONE)
        check_problem(c, path, "a condition looks at what is now: expected no @...");
    for (size_t i = 0; i < ref->label_count; i++) {
        const struct metric_label *l = &ref->labels[i];

        if (strcmp(l->name, "strategy") == 0)
            check_problem(c, path, "a condition looks at its own run: expected no strategy label");
        if (strcmp(l->name, "partition") == 0)
            check_problem(c, path,
                          "a condition does not look at single partitions: expected no partition label, or group or region");
        if (strcmp(l->name, "region") == 0 && (l->op != METRIC_EQ || has_label(ref, "group")))
            check_problem(c, path,
                          "a condition looks at the whole, at a group, or at one region: expected one of these, such as "
                          "region=europe");
    }
}

static void check_side(struct check *c, const char *path, const struct metric_side *side, bool live)
{
    unsigned found_before = diag_found(c->diag);

    if (!side->ref)
        return;
    for (size_t i = 0; i < side->ref->label_count; i++)
        check_label(c, path, &side->ref->labels[i]);
    if (live)
        check_live(c, path, side->ref, diag_found(c->diag) == found_before);
    else if (side->ref->window.kind == METRIC_WINDOW_PHASE)
        check_phase(c, path, side->ref->window.phase);
}

void check_line(struct check *c, const char *path, const char *text, bool live)
{
    struct metric_clock clock = {c->m->clock->start_utc_s, c->m->clock->run_ns};
    struct metric_error error = {0};
    struct metric_expr expr;

    if (clock.run_ns <= 0)
        return;
    if (!metric_parse(text, false, &clock, c->arena, &expr, &error)) {
        problem_at(c, path, error.offset, error.message);
        return;
    }
    check_side(c, path, &expr.left, live);
    check_side(c, path, &expr.right, live);
}

/* ---------------------------------------------------------------- measured series */

static const char *series_names(struct check *c)
{
    const char *text = "";

    for (size_t i = 0; i < metric_series_count; i++)
        text = *text ? arena_format(c->arena, "%s, %s", text, metric_series[i].name) : metric_series[i].name;
    return text;
}

/* The names that a metric may choose among: those of the one kind that its series belongs to. */
static const struct check_names *names_of_series(const struct check *c, const struct metric_series *s)
{
    return strcmp(s->of, "population") == 0 ? &c->populations : strcmp(s->of, "service") == 0 ? &c->services : &c->transports;
}

/* There is a series for each entity as a whole; of populations and transports one for each group, too. */
static void check_series_labels(struct check *c, const char *path, const struct metric_ref *ref, const struct metric_series *s)
{
    const struct check_names *names = names_of_series(c, s);
    bool unknown_name = false; /* and said already */
    size_t chosen = 0;

    for (size_t i = 0; i < ref->label_count; i++) {
        const struct metric_label *l = &ref->labels[i];

        unknown_name = unknown_name || (strcmp(l->name, s->of) == 0 && l->op != METRIC_MATCH && !check_known(names, l->value));
        if (strcmp(l->name, s->of) != 0 && (strcmp(l->name, "group") != 0 || strcmp(s->of, "service") == 0 || l->op != METRIC_EQ))
            check_problem(c, path, "%s is not sampled by %s: expected the label %s%s", s->name, l->name, s->of,
                          strcmp(s->of, "service") == 0 ? "" : ", or group=struck or group=spared");
    }
    for (size_t i = 0; i < names->count; i++)
        chosen += metric_admits(ref, s->of, names->list[i]);
    if (unknown_name)
        return;
    if (names->count == 0)
        check_problem(c, path, "%s is that of a %s: there is none in this scenario", s->name, s->of);
    else if (chosen != 1)
        check_problem(c, path, "%zu %ss have it: name one, %s{%s=%s}", chosen, s->of, s->name, s->of, names->list[0]);
}

void check_series(struct check *c, const char *path, const char *text)
{
    struct metric_clock clock = {c->m->clock->start_utc_s, c->m->clock->run_ns};
    struct metric_error error = {0};
    const struct metric_series *s;
    struct metric_expr expr;

    if (clock.run_ns <= 0)
        return;
    if (!metric_parse(text, true, &clock, c->arena, &expr, &error)) {
        problem_at(c, path, error.offset, error.message);
        return;
    }
    check_side(c, path, &expr.left, false);
    s = metric_series_find(expr.left.ref->name->name);
    if (!s)
        check_problem(c, path, "%s is not sampled over time: expected one of %s", expr.left.ref->name->name, series_names(c));
    else if (expr.left.ref->window.kind != METRIC_WINDOW_NONE)
        check_problem(c, path, "a series is that of the whole run: expected no @...");
    else
        check_series_labels(c, path, expr.left.ref, s);
}

/* ---------------------------------------------------------------- all lines */

void check_lines(struct check *c)
{
    for (size_t i = 0; i < c->m->n_reproduces; i++)
        check_line(c, check_path_at(c, "reproduces", i), c->m->reproduces[i], false);
    for (size_t i = 0; i < c->m->n_expect; i++)
        for (size_t k = 0; k < c->m->expect[i]->n_lines; k++)
            check_line(c, check_path_at(c, check_path(c, "expect", c->m->expect[i]->name), k), c->m->expect[i]->lines[k], false);
}
