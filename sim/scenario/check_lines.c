/* check_lines - expectations and conditions: can they be read, and is there what they speak of? */
#include <string.h>

#include "base/quantity.h"
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
        {"fault", &c->faults},     {"strategy", &c->strategies},
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

/* A phase names a fault or a runbook step: during(stops). */
static void check_phase(struct check *c, const char *path, const char *phase)
{
    const char *open = strchr(phase, '('), *close = strrchr(phase, ')');
    const char *name = open && close && close > open ? arena_text_n(c->arena, open + 1, (size_t)(close - open - 1)) : phase;

    if (!check_known(&c->phases, name))
        check_no_such(c, path, "fault or runbook step", name, &c->phases);
}

static const char *live_names(struct check *c)
{
    const char *text = "";

    for (size_t i = 0; i < metric_names_count; i++)
        if (metric_names[i].live)
            text = *text ? arena_format(c->arena, "%s, %s", text, metric_names[i].name) : metric_names[i].name;
    return text;
}

static void check_live(struct check *c, const char *path, const struct metric_ref *ref)
{
    if (!ref->name->live)
        check_problem(c, path, "%s is known only after the run: expected one of %s", ref->name->name, live_names(c));
    if (ref->window.kind != METRIC_WINDOW_NONE)
        check_problem(c, path, "a condition looks at what is now: expected no @...");
    for (size_t i = 0; i < ref->label_count; i++)
        if (strcmp(ref->labels[i].name, "strategy") == 0)
            check_problem(c, path, "a condition looks at its own run: expected no strategy label");
}

static void check_side(struct check *c, const char *path, const struct metric_side *side, bool live)
{
    if (!side->ref)
        return;
    for (size_t i = 0; i < side->ref->label_count; i++)
        check_label(c, path, &side->ref->labels[i]);
    if (live)
        check_live(c, path, side->ref);
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

void check_lines(struct check *c)
{
    for (size_t i = 0; i < c->m->n_reproduces; i++)
        check_line(c, check_path_at(c, "reproduces", i), c->m->reproduces[i], false);
    for (size_t i = 0; i < c->m->n_expect; i++)
        for (size_t k = 0; k < c->m->expect[i]->n_lines; k++)
            check_line(c, check_path_at(c, check_path(c, "expect", c->m->expect[i]->name), k), c->m->expect[i]->lines[k], false);
}
