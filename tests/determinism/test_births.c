/* Common random numbers: strategies meet the same births and the same demands, so that the difference between two runs is the
 * strategy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stormcell/arena.h"
#include "stormcell/metric.h"
#include "stormcell/result.h"
#include "stormcell/run.h"
#include "stormcell/scenario.h"

/* What one run left: its result, and its births as the trace tells them. */
struct story {
    Stormcell__Result *result;
    char *births;
};

/* The lines of a trace that are births. */
static char *births_of(char *trace)
{
    size_t length = 0;
    char *births = calloc(1, strlen(trace) + 1), *rest;

    assert_non_null(births);
    for (char *line = strtok_r(trace, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        if (strstr(line, " birth "))
            length += (size_t)sprintf(births + length, "%s\n", line);
    return births;
}

static struct story story_of(const char *path, const char *strategy, const char *const *set, size_t set_count, bool without_faults)
{
    struct diag *diag = diag_create();
    struct scenario_file *file = scenario_open(path, diag);
    struct scenario_overlay overlay = {.strategy = strategy, .set = set, .set_count = set_count};
    Stormcell__Scenario *sc = file ? scenario_bind(file, &overlay, diag) : NULL;
    struct run_options options = {.strategy = strategy, .without_faults = without_faults, .repeat = "a test"};
    struct story s;
    struct run *run;
    char *trace = NULL;
    size_t length;

    if (!sc) {
        diag_print(diag, stderr);
        fail_msg("cannot bind %s", path);
    }
    options.seed = sc->seed;
    options.trace = open_memstream(&trace, &length);
    run = run_create(sc, &options);
    run_until(run, run_end(run));
    s.result = run_finish(run);
    fclose(options.trace);
    s.births = births_of(trace);
    free(trace);
    run_free(run);
    stormcell__scenario__free_unpacked(sc, NULL);
    scenario_file_free(file);
    diag_free(diag);
    return s;
}

static void story_end(struct story *s)
{
    result_free(s->result);
    free(s->births);
}

static double value_of(const struct story *s, const char *text)
{
    struct metric_clock clock = {.run_ns = s->result->run_ns};
    struct arena *arena = arena_create();
    struct metric_expr expr;
    struct metric_error error;
    const char *word = NULL;
    char message[256];
    bool at_least;
    double value;

    if (!metric_parse(text, true, &clock, arena, &expr, &error))
        fail_msg("%s: %s", text, error.message);
    if (!result_metric(s->result, expr.left.ref, &value, &word, &at_least, message))
        fail_msg("%s: %s", text, message);
    arena_free(arena);
    return value;
}

/* Every series of offered requests or mail is the same in both, point by point; returns how many there were. */
static size_t assert_same_offers(const struct story *a, const struct story *b)
{
    size_t compared = 0;

    assert_int_equal(a->result->n_series, b->result->n_series);
    for (size_t i = 0; i < a->result->n_series; i++) {
        const Stormcell__Series *x = a->result->series[i], *y = b->result->series[i];

        if (!strstr(x->metric, "offered"))
            continue;
        assert_string_equal(x->metric, y->metric);
        assert_string_equal(x->entity, y->entity);
        assert_int_equal(x->n_values, y->n_values);
        assert_memory_equal(x->values, y->values, x->n_values * sizeof *x->values);
        compared++;
    }
    return compared;
}

/* ---------------------------------------------------------------- births */

static void strategies_meet_the_same_births(void **state)
{
    static const char *const strategies[] = {"calm", "fast", "twice"};
    struct story baseline = story_of("tests/determinism/torture.yaml", NULL, NULL, 0, false);

    assert_true(strlen(baseline.births) > 100000);
    for (size_t i = 0; i < 3; i++) {
        struct story other = story_of("tests/determinism/torture.yaml", strategies[i], NULL, 0, false);

        assert_string_equal(baseline.births, other.births);
        assert_true(assert_same_offers(&baseline, &other) > 10);
        assert_true(value_of(&baseline, "attempts") != value_of(&other, "attempts")); /* or nothing would be proved */
        story_end(&other);
    }
    story_end(&baseline);
}

static void the_twin_without_faults_meets_the_same_births(void **state)
{
    struct story run = story_of("tests/determinism/torture.yaml", NULL, NULL, 0, false);
    struct story twin = story_of("tests/determinism/torture.yaml", NULL, NULL, 0, true);

    assert_string_equal(run.births, twin.births);
    assert_true(assert_same_offers(&run, &twin) > 10);
    assert_true(value_of(&run, "requests.failed") > 2 * value_of(&twin, "requests.failed"));
    story_end(&run);
    story_end(&twin);
}

/* ---------------------------------------------------------------- demands */

/* hello until everything is done, without a fault, with so many workers. */
static struct story hello_with(const char *more)
{
    const char *set[] = {"faults=null", "people.until=+10m", "expect=null", "people.timeout=null", "people.backoff=null", more};

    return story_of("scenarios/hello.yaml", NULL, set, more ? 6 : 5, false);
}

static double work_in_all(const struct story *s)
{
    return value_of(s, "workers.busy.mean{service=shop}") * 900;
}

static void each_birth_brings_the_same_work_whoever_waits(void **state)
{
    struct story many = hello_with(NULL), few = hello_with("shop.workers=7"), newest = hello_with("shop.queue.discipline=lifo");

    /* Some 180,000 demands of 20 ms; the sums of busy time differ by rounding alone. */
    assert_true(fabs(work_in_all(&many) - 3600) < 100);
    assert_true(fabs(work_in_all(&few) - work_in_all(&many)) < 1e-6);
    assert_true(fabs(work_in_all(&newest) - work_in_all(&many)) < 1e-6);
    assert_true(value_of(&few, "latency.mean") > value_of(&many, "latency.mean"));
    story_end(&many);
    story_end(&few);
    story_end(&newest);
}

/* The latency histograms of the population `people`, as bytes. */
static Stormcell__Histogram *latency_of(const struct story *s)
{
    for (size_t i = 0; i < s->result->n_cells; i++) {
        const Stormcell__Cell *cell = s->result->cells[i];
        const Stormcell__Entity *entity = s->result->entities[cell->entity];

        if (entity->kind == STORMCELL__ENTITY_KIND__ENTITY_POPULATION && strcmp(entity->name, "people") == 0 && cell->n_histograms)
            return cell->histograms[0];
    }
    fail_msg("people have no latencies");
    return NULL;
}

static void a_new_service_and_its_users_reshuffle_nothing(void **state)
{
    struct story alone = story_of("tests/determinism/quiet.yaml", NULL, NULL, 0, false);
    struct story beside = story_of("tests/determinism/quiet.yaml", "neighbour", NULL, 0, false);
    const Stormcell__Histogram *a = latency_of(&alone), *b = latency_of(&beside);

    assert_int_equal(a->n_counts, b->n_counts);
    assert_memory_equal(a->counts, b->counts, a->n_counts * sizeof *a->counts);
    assert_int_equal(a->sum_low, b->sum_low);
    assert_int_equal(a->min_ns, b->min_ns);
    assert_int_equal(a->max_ns, b->max_ns);
    assert_true(value_of(&beside, "requests.offered") > value_of(&alone, "requests.offered") + 1000);
    story_end(&alone);
    story_end(&beside);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strategies_meet_the_same_births),
        cmocka_unit_test(the_twin_without_faults_meets_the_same_births),
        cmocka_unit_test(each_birth_brings_the_same_work_whoever_waits),
        cmocka_unit_test(a_new_service_and_its_users_reshuffle_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
