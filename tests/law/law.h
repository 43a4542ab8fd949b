/* law - holds a scenario against a formula
 *
 *     assert_law((struct law_plan){.runs = 20, .window = "[100s,1000s]", .yaml = "..."},
 *                {"L", "queue.length.mean{service=s}@ + workers.busy.mean{service=s}@", 4, .error_most = .05}, ...);
 *
 * A plan is run with the seeds 1, 2, ..., and each claim is a formula over metrics, worked out for each run and judged by the rule
 * of acceptance: the mean of the runs is at most 4 standard errors from what is expected, and the standard error at most
 * `error_most`; never a bare "within 5 %". Systems without chance have no standard error: `slack` says how far off they may be, for
 * instance by the one request that is on its way. Every claim prints a line: measured, +- standard error, expected.
 *
 * Formulas: metrics and numbers, with + - * / between spaces, worked out from left to right. An `@` with nothing behind it stands
 * for the window of the plan, which cuts off what an empty start would spoil.
 */
#ifndef LAW_LAW_H
#define LAW_LAW_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stormcell/arena.h"
#include "stormcell/metric.h"
#include "stormcell/must.h"
#include "stormcell/result.h"
#include "stormcell/scenario.h"
#include "sweep/job.h"

/* A test uses what it needs of these. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"

enum { LAW_THREADS = 2, LAW_TERMS_MAX = 96 };

struct law_plan {
    unsigned runs;
    const char *window; /* [from,to]; NULL: the whole run */
    const char *strategy;
    const char *yaml;
    const char *title; /* stands before each line; NULL: none */
};

struct law_claim {
    const char *what, *formula;
    double expected;
    double error_most; /* the standard error must be at most this */
    double slack;      /* the mean may be further off by this */
    const char *word;  /* of a metric that is a word, such as verdict: every run must give this one */
};

/* ---------------------------------------------------------------- texts */

/* A text that lives as long as the program. */
__attribute__((format(printf, 1, 2))) static const char *law_text(const char *format, ...)
{
    static struct law_page {
        struct law_page *before;
        char text[];
    } * pages;
    struct law_page *page;
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    page = xmalloc(sizeof *page + (size_t)length + 1);
    va_start(args, format);
    vsnprintf(page->text, (size_t)length + 1, format, args);
    va_end(args);
    page->before = pages;
    pages = page;
    return page->text;
}

/* The metric with the window of the plan in place of a bare `@`. */
static const char *law_metric(const char *term, const char *window)
{
    size_t length = strlen(term);

    if (term[length - 1] != '@')
        return law_text("%s", term);
    return law_text("%.*s%s%s", (int)length - 1, term, window ? "@" : "", window ? window : "");
}

/* ---------------------------------------------------------------- formulas */

/* One claim's formula: terms and the operators before them. */
struct law_formula {
    size_t count;
    char operators[LAW_TERMS_MAX];
    const char *terms[LAW_TERMS_MAX];
};

static struct law_formula law_read(const char *text, const char *window)
{
    struct law_formula f = {.operators = {'+'}};
    char *copy = strdup(text), *rest, *word = strtok_r(copy, " ", &rest);

    for (bool infix = false; word; word = strtok_r(NULL, " ", &rest), infix = !infix) {
        must(f.count < LAW_TERMS_MAX && (!infix || strchr("+-*/", *word)));
        if (infix)
            f.operators[f.count] = *word;
        else
            f.terms[f.count++] = law_metric(word, window);
    }
    free(copy);
    return f;
}

static bool law_is_number(const char *term, double *value)
{
    char *end;

    *value = strtod(term, &end);
    return end != term && !*end;
}

/* The value of a term in one result, or its word. */
static double law_term(const Stormcell__Result *r, const Stormcell__Scenario *sc, const char *term, const char **word)
{
    struct metric_clock clock = {.start_utc_s = sc->clock->start_utc_s, .run_ns = sc->clock->run_ns};
    struct arena *arena;
    struct metric_expr expr;
    struct metric_error error;
    char message[256];
    bool at_least;
    double value;

    *word = NULL;
    if (law_is_number(term, &value))
        return value;
    arena = arena_create();
    if (!metric_parse(term, true, &clock, arena, &expr, &error))
        fail_msg("%s: column %zu: %s", term, error.offset + 1, error.message);
    if (!result_metric((void *)r, expr.left.ref, &value, word, &at_least, message))
        fail_msg("%s", message);
    arena_free(arena);
    return value;
}

static double law_value(const Stormcell__Result *r, const Stormcell__Scenario *sc, const struct law_formula *f)
{
    const char *word;
    double value = 0;

    for (size_t i = 0; i < f->count; i++) {
        double term = law_term(r, sc, f->terms[i], &word);

        value = f->operators[i] == '+'   ? value + term
                : f->operators[i] == '-' ? value - term
                : f->operators[i] == '*' ? value * term
                                         : value / term;
    }
    return value;
}

/* ---------------------------------------------------------------- runs */

struct law_runs {
    Stormcell__Scenario *scenario;
    struct job *jobs;
    unsigned count;
};

static Stormcell__Scenario *law_bind(const struct law_plan *plan)
{
    struct diag *d = diag_create();
    struct scenario_file *f = scenario_open_memory("law.yaml", plan->yaml, strlen(plan->yaml), d);
    struct scenario_overlay overlay = {.strategy = plan->strategy};
    Stormcell__Scenario *sc = f ? scenario_bind(f, &overlay, d) : NULL;

    if (!sc) {
        print_error("%s\n", plan->yaml);
        diag_print(d, stderr);
        fail_msg("the scenario is wrong");
    }
    scenario_file_free(f);
    diag_free(d);
    return sc;
}

/* Runs the plan with each seed; `metrics` are those whose windows will be asked for. */
static struct law_runs law_run(const struct law_plan *plan, const char *const *metrics, size_t metric_count)
{
    struct law_runs runs = {.scenario = law_bind(plan), .jobs = xcalloc(plan->runs, sizeof *runs.jobs), .count = plan->runs};

    for (unsigned i = 0; i < runs.count; i++)
        runs.jobs[i] = (struct job){.scenario = runs.scenario,
                                    .strategy = plan->strategy,
                                    .repeat = law_text("seed %u of a law test", i + 1),
                                    .seed = i + 1,
                                    .metrics = metrics,
                                    .metric_count = metric_count};
    jobs_run(runs.jobs, runs.count, LAW_THREADS, NULL, NULL);
    return runs;
}

static void law_free(struct law_runs *runs)
{
    for (unsigned i = 0; i < runs->count; i++)
        result_free(runs->jobs[i].result);
    free(runs->jobs);
    stormcell__scenario__free_unpacked(runs->scenario, NULL);
}

/* ---------------------------------------------------------------- the rule */

struct law_estimate {
    double mean, error;
};

static struct law_estimate law_estimate(const double *values, unsigned count)
{
    struct law_estimate e = {0, 0};
    double squares = 0;

    for (unsigned i = 0; i < count; i++)
        e.mean += values[i];
    e.mean /= count;
    for (unsigned i = 0; i < count; i++)
        squares += (values[i] - e.mean) * (values[i] - e.mean);
    e.error = count > 1 ? sqrt(squares / (count - 1) / count) : 0;
    return e;
}

/* Prints the line of a claim and says whether it holds. */
static bool law_holds(const struct law_plan *plan, const struct law_claim *c, struct law_estimate e)
{
    double off = fabs(e.mean - c->expected);
    bool near_enough = off <= 4 * e.error + c->slack + 1e-12 * fabs(c->expected),
         sharp = e.error <= c->error_most + 1e-12 * fabs(e.mean);

    print_message("%s%s%-44s %.6g +- %.2g, expected %.6g%s%s\n", plan->title ? plan->title : "", plan->title ? ": " : "", c->what,
                  e.mean, e.error, c->expected, near_enough ? "" : law_text(": OFF BY %.1f STANDARD ERRORS", off / e.error),
                  sharp ? "" : law_text(": the standard error is above %.2g", c->error_most));
    return near_enough && sharp;
}

/* The same for a word: the first that differs is shown. */
static bool law_word_holds(const struct law_plan *plan, const struct law_claim *c, const struct law_runs *runs)
{
    const char *word = NULL;

    for (unsigned i = 0; i < runs->count; i++) {
        law_term(runs->jobs[i].result, runs->scenario, c->formula, &word);
        if (!word || strcmp(word, c->word) != 0)
            break;
    }
    print_message("%s%s%-44s %s, expected %s\n", plan->title ? plan->title : "", plan->title ? ": " : "", c->what,
                  word ? word : "no word", c->word);
    return word && strcmp(word, c->word) == 0;
}

/* The same for numbers. */
static bool law_number_holds(const struct law_plan *plan, const struct law_claim *c, const struct law_runs *runs)
{
    struct law_formula f = law_read(c->formula, plan->window);
    double *values = xcalloc(runs->count, sizeof *values);
    bool holds;

    for (unsigned i = 0; i < runs->count; i++)
        values[i] = law_value(runs->jobs[i].result, runs->scenario, &f);
    holds = law_holds(plan, c, law_estimate(values, runs->count));
    free(values);
    return holds;
}

static void law_judge(const struct law_plan *plan, const struct law_claim *claims, size_t count)
{
    const char **metrics = xcalloc(count * LAW_TERMS_MAX, sizeof *metrics);
    size_t metric_count = 0;
    struct law_runs runs;
    bool good = true;
    double number;

    for (size_t i = 0; i < count; i++) {
        struct law_formula f = law_read(claims[i].formula, plan->window);

        for (size_t k = 0; k < f.count; k++)
            if (!law_is_number(f.terms[k], &number))
                metrics[metric_count++] = f.terms[k];
    }
    runs = law_run(plan, metrics, metric_count);
    for (size_t i = 0; i < count; i++)
        good = (claims[i].word ? law_word_holds : law_number_holds)(plan, &claims[i], &runs) && good;
    law_free(&runs);
    free(metrics);
    assert_true(good);
}

#define assert_law(plan, ...)                                                                                                      \
    do {                                                                                                                           \
        const struct law_claim law_claims[] = {__VA_ARGS__};                                                                       \
                                                                                                                                   \
        law_judge(&(plan), law_claims, sizeof law_claims / sizeof *law_claims);                                                    \
    } while (0)

#pragma GCC diagnostic pop

#endif
