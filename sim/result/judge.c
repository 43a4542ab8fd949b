/* judge - expectations against what a run left behind
 *
 * A line that cannot be read or measured is no failed expectation but an error: nobody knows whether it holds. A line that
 * speaks of another strategy waits for a comparison: alone, it is listed as skipped and passes nothing off as proven.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result/metric_value.h"
#include "result/select.h"
#include "stormcell/must.h"
#include "stormcell/result.h"

static const char *strategy_of(const Stormcell__Result *r)
{
    return r->strategy && r->strategy[0] ? r->strategy : "baseline";
}

static struct metric_clock clock_of(const Stormcell__Scenario *sc)
{
    return (struct metric_clock){.start_utc_s = sc->clock->start_utc_s, .run_ns = sc->clock->run_ns};
}

/* ---------------------------------------------------------------- lines */

/* What judging a line needs. */
struct bench {
    Stormcell__Result *r;
    struct metric_runs runs;
    struct metric_clock clock;
    struct arena *arena;
    char *message; /* 512 bytes */
};

static Stormcell__Judgement *add_judgement(Stormcell__Result *r, const char *kind, const char *line)
{
    Stormcell__Judgement *j = xmalloc(sizeof(*j));

    stormcell__judgement__init(j);
    j->kind = xstrdup(kind);
    j->line = xstrdup(line);
    j->has_holds = true;
    r->judgements = xrealloc(r->judgements, r->n_judgements + 1, sizeof(Stormcell__Judgement *));
    r->judgements[r->n_judgements++] = j;
    return j;
}

static char *side_text(const struct metric_side *side, double value, const char *word, bool at_least)
{
    char number[64];

    return xasprintf("%s%s", at_least ? ">= " : "", word ? word : metric_format(side->unit, value, number));
}

/* Does a side speak of a strategy that is not here? */
static bool of_another_run(const struct bench *b, const struct metric_side *side)
{
    if (!side->ref || !select_has(side->ref, "strategy") || metric_admits(side->ref, "strategy", strategy_of(b->r)))
        return false;
    for (size_t i = 0; i < b->runs.count; i++)
        if (metric_admits(side->ref, "strategy", strategy_of(b->runs.all[i])))
            return false;
    return true;
}

static bool judge_line(const struct bench *b, const char *kind, const char *line)
{
    struct metric_expr e;
    struct metric_error error;
    struct metric_judgement result;
    Stormcell__Judgement *j;
    char why[256];

    if (!metric_parse(line, false, &b->clock, b->arena, &e, &error)) {
        snprintf(b->message, 512, "%.160s: at byte %zu: %s", line, error.offset, error.message);
        return false;
    }
    if (of_another_run(b, &e.left) || of_another_run(b, &e.right)) {
        add_judgement(b->r, "skipped", line)->value = xstrdup("needs a comparison with the other strategy");
        return true;
    }
    if (!metric_judge(&e, metric_value_among, (void *)&b->runs, &result, why)) {
        snprintf(b->message, 512, "%.200s: cannot be judged: %s", line, why);
        return false;
    }
    j = add_judgement(b->r, kind, line);
    j->holds = result.holds;
    j->has_at_least = j->at_least = result.at_least;
    j->value = side_text(&e.left, result.left, result.left_word, result.at_least);
    j->limit = side_text(&e.right, result.right, result.right_word, false);
    return true;
}

static void forget(Stormcell__Result *r)
{
    for (size_t i = 0; i < r->n_judgements; i++)
        stormcell__judgement__free_unpacked(r->judgements[i], NULL);
    free(r->judgements);
    r->judgements = NULL;
    r->n_judgements = 0;
}

/* The first line that cannot be judged is told; the others are judged all the same. */
static bool judge_lines(const struct bench *b, const char *kind, char **lines, size_t count)
{
    char first[512] = "";
    bool good = true;

    for (size_t i = 0; i < count; i++) {
        if (judge_line(b, kind, lines[i]))
            continue;
        if (good)
            memcpy(first, b->message, sizeof(first));
        good = false;
    }
    if (!good)
        memcpy(b->message, first, sizeof(first));
    return good;
}

bool result_judge_lines_among(Stormcell__Result *r, const Stormcell__Result *const *all, size_t count,
                              const Stormcell__Scenario *sc, char message[512])
{
    struct bench b = {.r = r, .runs = {r, all, count}, .clock = clock_of(sc), .arena = arena_create(), .message = message};
    bool good = true;

    forget(r);
    for (size_t i = 0; i < sc->n_expect && good; i++)
        if (strcmp(select_text(sc->expect[i]->name), strategy_of(r)) == 0)
            good = judge_lines(&b, "expect", sc->expect[i]->lines, sc->expect[i]->n_lines);
    if (strcmp(strategy_of(r), "baseline") == 0 && good)
        good = judge_lines(&b, "reproduces", sc->reproduces, sc->n_reproduces);
    arena_free(b.arena);
    return good;
}

bool result_judge_lines(Stormcell__Result *r, const Stormcell__Scenario *sc, char message[512])
{
    return result_judge_lines_among(r, NULL, 0, sc, message);
}

bool result_passes(const Stormcell__Result *r)
{
    for (size_t i = 0; i < r->n_judgements; i++)
        if (strcmp(select_text(r->judgements[i]->kind), "expect") == 0 && !r->judgements[i]->holds)
            return false;
    return true;
}

/* ---------------------------------------------------------------- windows */

struct edges {
    int64_t *at_ns;
    size_t count;
    struct metric_clock clock;
};

static void add_edge(struct edges *e, int64_t at_ns)
{
    if (at_ns <= 0 || at_ns >= e->clock.run_ns)
        return;
    e->at_ns = xrealloc(e->at_ns, e->count + 1, sizeof(*e->at_ns));
    e->at_ns[e->count++] = at_ns;
}

/* What cannot be read is refused elsewhere, with its place. */
static void add_edges_of(struct edges *edges, const char *text)
{
    struct arena *arena = arena_create();
    struct metric_expr e;
    struct metric_error error;

    if (metric_parse(text, false, &edges->clock, arena, &e, &error) || metric_parse(text, true, &edges->clock, arena, &e, &error)) {
        const struct metric_ref *refs[] = {e.left.ref, e.right.ref};

        for (int i = 0; i < 2; i++) {
            if (!refs[i] || refs[i]->window.kind != METRIC_WINDOW_SPAN)
                continue;
            add_edge(edges, refs[i]->window.from_ns);
            add_edge(edges, refs[i]->window.to_ns);
        }
    }
    arena_free(arena);
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

size_t result_window_edges(const Stormcell__Scenario *sc, const char *const *extra, size_t extra_count, int64_t **edges_ns)
{
    struct edges e = {.clock = clock_of(sc)};
    size_t distinct = 0;

    for (size_t i = 0; i < sc->n_expect; i++)
        for (size_t k = 0; k < sc->expect[i]->n_lines; k++)
            add_edges_of(&e, sc->expect[i]->lines[k]);
    for (size_t i = 0; i < sc->n_reproduces; i++)
        add_edges_of(&e, sc->reproduces[i]);
    for (size_t i = 0; i < extra_count; i++)
        add_edges_of(&e, extra[i]);
    if (e.count)
        qsort(e.at_ns, e.count, sizeof(*e.at_ns), by_time);
    for (size_t i = 0; i < e.count; i++)
        if (!distinct || e.at_ns[distinct - 1] != e.at_ns[i])
            e.at_ns[distinct++] = e.at_ns[i];
    *edges_ns = e.at_ns;
    return distinct;
}
