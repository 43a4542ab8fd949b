/* test_dependents - what is told of things that go down with a service; when they do is in tests/law/test_dependents.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "stormcell/arena.h"
#include "stormcell/metric.h"
#include "stormcell/report.h"
#include "sweep/job.h"
#include "unit/result_builder.h"
#include "unit/scenario_text.h"

/* ---------------------------------------------------------------- metrics */

/* Two partitions with 50 machines each, and people besides. In partition 0 ten went down, of which two are down still. */
static Stormcell__Result *build_machines(void)
{
    Stormcell__Result *r = build_result(2, 600, 60);
    uint32_t machines = build_population(r, "machines");
    static const double whole[] = {100, 90, 98}, struck[] = {50, 41, 48};
    Stormcell__Cell *cell;

    r->entities[machines]->has_dependents = true;
    r->entities[machines]->dependents = 100;
    build_population(r, "people");
    build_epoch(r, 0, 300);
    build_epoch(r, 300, 600);
    cell = build_cell(r, machines, 0, 1);
    cell->counts[COUNT_DEPENDENTS_FAILED] = 10;
    cell->counts[COUNT_DEPENDENTS_RECOVERED] = 8;
    cell->counts[COUNT_DEPENDENTS_DOWN] = 2;
    build_sample(cell, SAMPLE_RECOVERY, 100, 8);
    build_sample(cell, SAMPLE_DOWN_AGE, 200, 2);
    build_level(r, machines, -1, 1, LEVEL_CONNECTED, 95, 100);
    build_level(r, machines, -1, 1, LEVEL_CONNECTED_LOW, 5, 10);
    build_level(r, machines, 0, 1, LEVEL_CONNECTED_LOW, 5, 10);
    r->sample_ns = 200 * build_s;
    build_series(r, "dependents.up", "machines", "whole", whole, 3);
    build_series(r, "dependents.up", "machines", "struck", struck, 3);
    return r;
}

/* The value as text, with >= before a bound; or why there is none. */
static const char *told(const Stormcell__Result *r, const char *text, char out[300])
{
    struct metric_clock clock = {.start_utc_s = r->start_utc_s, .run_ns = r->run_ns};
    struct arena *arena = arena_create();
    struct metric_expr e;
    struct metric_error error;
    const char *word;
    char message[256];
    bool at_least;
    double value;

    if (!metric_parse(text, true, &clock, arena, &e, &error))
        snprintf(out, 300, "%s", error.message);
    else if (!result_metric((void *)r, e.left.ref, &value, &word, &at_least, message))
        snprintf(out, 300, "%s", message);
    else
        snprintf(out, 300, "%s%.9g", at_least ? ">= " : "", value);
    arena_free(arena);
    return out;
}

static void assert_told(const Stormcell__Result *r, const char *text, const char *expected)
{
    char out[300];

    assert_string_equal(told(r, text, out), expected);
}

static void what_went_down_is_counted_where_and_when_it_did(void **state)
{
    Stormcell__Result *r = build_machines();

    (void)state;
    assert_told(r, "dependents.failed", "10");
    assert_told(r, "dependents.recovered", "8");
    assert_told(r, "dependents.down", "2");
    assert_told(r, "dependents.failed{partition=1}", "0");
    assert_told(r, "dependents.failed{group=struck,population=machines}", "10");
    assert_told(r, "dependents.failed@[0s,300s]", "0");
    assert_told(r, "dependents.failed@[300s,600s]", "10");
    result_free(r);
}

static void what_is_still_down_counts_at_its_age(void **state)
{
    Stormcell__Result *r = build_machines();

    (void)state;
    assert_told(r, "dependents.time_to_recover.p50", "1e-07");
    assert_told(r, "dependents.time_to_recover.p90", ">= 2e-07");
    assert_told(r, "dependents.time_to_recover.max", ">= 2e-07");
    assert_told(r, "dependents.time_to_recover.mean", ">= 1.2e-07");
    assert_told(r, "dependents.time_to_recover.max{partition=1}",
                "dependents.time_to_recover.max{partition=1}: nothing went down in its selection");
    result_free(r);
}

static void most_at_once_is_exact_for_the_whole_and_a_partition_and_sampled_for_a_group(void **state)
{
    Stormcell__Result *r = build_machines();

    (void)state;
    assert_told(r, "dependents.down.max", "10");
    assert_told(r, "dependents.down.max{partition=0}", "10");
    assert_told(r, "dependents.down.max{partition=1}", "0");
    assert_told(r, "dependents.down.max{group=struck}", "9");
    assert_told(r, "dependents.up", "98");
    assert_told(r, "dependents.up{group=struck}", "48");
    result_free(r);
}

static void populations_of_others_have_none(void **state)
{
    Stormcell__Result *r = build_machines();

    (void)state;
    assert_told(r, "dependents.failed{population=people}", "dependents.failed{population=people}: its labels select no dependents");
    r->entities[0]->dependents = 0;
    assert_told(r, "dependents.failed", "dependents.failed: the scenario has no dependents");
    result_free(r);
}

/* ---------------------------------------------------------------- runs */

static const char storage[] = "name: test\n"
                              "clock: {run: 1h}\n"
                              "partitions: {count: 3, users: 60, spread: shares, shares: [50%, 30%, 20%]}\n"
                              "services:\n"
                              "  disk: {per: partition, workers: 50, operations: {read: {work: 5ms}}}\n"
                              "populations:\n"
                              "  vms: {does: disk.read, timeout: 10s, dependents: {count: 1k, every: 30s, recovery: 5m}}\n"
                              "faults: {gone: {at: +10m, target: 'disk[1]', hang: {}}}\n"
                              "runbook:\n"
                              "  - {name: cure, when: 'dependents.up{population=vms} < 900', repair: gone}\n"
                              "sla: {}\n"
                              "strategies: {calm: {gone.at: +59m}}\n";

static Stormcell__Result *run_storage(const char *strategy)
{
    char *lines;
    struct scenario_overlay overlay = {.strategy = strategy};
    Stormcell__Scenario *sc = bind_text(storage, &overlay, &lines);
    struct job job = {.scenario = sc, .seed = 1, .repeat = "a test", .strategy = strategy};

    assert_string_equal(lines, "");
    free(lines);
    jobs_run(&job, 1, 1, NULL, NULL);
    stormcell__scenario__free_unpacked(sc, NULL);
    return job.result;
}

static void they_are_spread_over_partitions_as_users_are(void **state)
{
    Stormcell__Result *r = run_storage(NULL);

    (void)state;
    assert_told(r, "dependents.failed{group=spared}", "0");
    assert_true(r->cohorts[0]->wanted_s[0] == 500 * 60);
    assert_true(r->cohorts[1]->wanted_s[0] == 300 * 60);
    assert_true(r->cohorts[2]->wanted_s[0] == 200 * 60);
    result_free(r);
}

/* The first of 300 is down after 90 s or more, a hundred of them 10 s later; then the step waits for its next look. */
static void operators_may_wait_for_them(void **state)
{
    Stormcell__Result *r = run_storage(NULL);
    int64_t cured_ns = r->faults[0]->to_ns;

    (void)state;
    assert_true(r->faults[0]->has_to_ns);
    assert_true(cured_ns >= (11 * 60 + 30) * build_s && cured_ns <= 12 * 60 * build_s);
    assert_told(r, "dependents.up", "1000");
    result_free(r);
}

static void what_is_up_all_the_time_was_connected_all_the_time_to_the_last_digit(void **state)
{
    Stormcell__Result *r = run_storage("calm");

    (void)state;
    for (size_t p = 0; p < 3; p++)
        for (size_t i = 0; i < r->cohorts[p]->n_wanted_s; i++)
            assert_true(r->cohorts[p]->connected_s[i] == r->cohorts[p]->wanted_s[i]);
    assert_told(r, "user_minutes.lost", "0");
    assert_told(r, "dependents.up", "1000");
    result_free(r);
}

static void their_requests_are_requests_but_no_births_that_health_goes_by(void **state)
{
    Stormcell__Result *r = run_storage(NULL);

    (void)state;
    assert_told(r, "requests.offered{population=vms}", "120000");
    for (size_t p = 0; p < 3; p++)
        for (size_t i = 0; i < r->cohorts[p]->n_offered; i++)
            assert_int_equal(r->cohorts[p]->offered[i] + r->cohorts[p]->in_flight[i], 0);
    result_free(r);
}

static void the_summary_says_how_many_were_up_and_how_long_the_others_took(void **state)
{
    Stormcell__Result *r = run_storage(NULL);
    char *text;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    (void)state;
    report_terminal(r, (struct report_style){.width = 120}, out);
    fclose(out);
    assert_non_null(strstr(text, " % of dependents up"));
    assert_non_null(strstr(text, "still down"));
    assert_non_null(strstr(text, "vms up struck"));
    free(text);
    result_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_went_down_is_counted_where_and_when_it_did),
        cmocka_unit_test(what_is_still_down_counts_at_its_age),
        cmocka_unit_test(most_at_once_is_exact_for_the_whole_and_a_partition_and_sampled_for_a_group),
        cmocka_unit_test(populations_of_others_have_none),
        cmocka_unit_test(they_are_spread_over_partitions_as_users_are),
        cmocka_unit_test(operators_may_wait_for_them),
        cmocka_unit_test(what_is_up_all_the_time_was_connected_all_the_time_to_the_last_digit),
        cmocka_unit_test(their_requests_are_requests_but_no_births_that_health_goes_by),
        cmocka_unit_test(the_summary_says_how_many_were_up_and_how_long_the_others_took),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
