/* test_report - what people and programs read of a result, to the byte */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/number.h"
#include "report/page.h"
#include "report/sparkline.h"
#include "stormcell/report.h"
#include "unit/json_check.h"
#include "unit/report_expected.h"
#include "unit/result_builder.h"

static const int64_t ms = 1000000;

/* ---------------------------------------------------------------- a result to report */

/* What people asked in one epoch of one partition. */
static void add_requests(Stormcell__Result *r, uint32_t partition, uint64_t good, uint64_t timed_out)
{
    Stormcell__Cell *c = build_cell(r, 0, partition, 0);

    c->counts[COUNT_OFFERED] = good + timed_out;
    c->counts[COUNT_SUCCEEDED] = good;
    c->counts[COUNT_FAILED_TIMED_OUT] = timed_out;
    c->counts[COUNT_ATTEMPTS] = good + 2 * timed_out;
    build_sample(c, SAMPLE_LATENCY, partition == 0 ? 5000 * ms : 12 * ms, good + timed_out);
}

static void add_service(Stormcell__Result *r)
{
    Stormcell__Cell *c = build_cell(r, 1, 0, 0);

    c->counts[COUNT_CALLS] = 3000;
    c->counts[COUNT_ARRIVED] = 3000;
    c->counts[COUNT_USEFUL] = 2400;
    c->counts[COUNT_WASTED] = 600;
    build_sample(c, SAMPLE_QUEUE_WAIT, 40 * ms, 3000);
    build_level(r, 1, -1, 0, LEVEL_BUSY, 2, 4);
    build_level(r, 1, -1, 0, LEVEL_QUEUE_LENGTH, 1, 17);
}

static void add_mail(Stormcell__Result *r)
{
    for (uint32_t p = 0; p < 2; p++) {
        Stormcell__Cell *c = build_cell(r, 2, p, 0);

        c->counts[COUNT_MAIL_OFFERED] = c->counts[COUNT_MAIL_ACCEPTED] = 500;
        c->counts[COUNT_MAIL_DELIVERED] = p ? 500 : 300;
        c->counts[COUNT_MAIL_QUEUED] = p ? 0 : 200;
        c->counts[COUNT_MAIL_DELAY_NOTICES] = p ? 0 : 150;
        c->counts[COUNT_MAIL_ATTEMPTS] = 700;
        build_sample(c, SAMPLE_MAIL_DELAY, 9 * ms, p ? 500 : 300);
        if (!p)
            build_sample(c, SAMPLE_MAIL_AGE, 7200000 * ms, 200);
    }
}

static void add_series(Stormcell__Result *r)
{
    static const double all[] = {10, 10, 0, 10}, none[] = {0, 0, 10, 0}, calm[] = {0, 0, 0, 0};
    static const double old[] = {1, 60, 3600, 7200}, young[] = {1, 1, 2, 1};

    build_series(r, "requests.succeeded", "people", "struck", all, 4);
    build_series(r, "requests.failed", "people", "struck", none, 4);
    build_series(r, "requests.succeeded", "people", "spared", all, 2);
    build_series(r, "requests.failed", "people", "spared", calm, 2);
    build_series(r, "mail.oldest", "hub", "struck", old, 4);
    build_series(r, "mail.oldest", "hub", "spared", young, 4);
}

static void add_control(Stormcell__Result *r, const char *path, uint64_t acted)
{
    Stormcell__ControlInfo *c = BUILD_ADD(r, controls, Stormcell__ControlInfo, stormcell__control_info__init);
    Stormcell__ControlAct *act = BUILD_ADD(c, acts, Stormcell__ControlAct, stormcell__control_act__init);

    c->path = xstrdup(path);
    c->kind = xstrdup("bulkhead");
    c->has_asked = true;
    c->asked = 1234;
    act->reason = xstrdup("deferred");
    act->has_count = true;
    act->count = acted;
}

/* Four hours of mail trouble in one partition of two. */
static Stormcell__Result *build_incident(const char *strategy, uint32_t spared_good)
{
    Stormcell__Result *r = build_result(2, 14400, 3600), *twin = build_result(2, 14400, 3600);
    Stormcell__Scenario *sc = build_scenario(r);
    char message[512];

    r->scenario = (free(r->scenario), xstrdup("incident"));
    r->question = xstrdup("Who is hurt when one of two partitions hangs?");
    r->strategy = xstrdup(strategy);
    r->start_utc_s = sc->clock->start_utc_s = 1403605800;
    r->has_start_utc_s = true;
    r->repeat = xstrdup("stormcell run incident.yaml --seed 1");
    r->events = 1234567;
    build_population(r, "people");
    build_service(r, "front", 4);
    build_transport(r, "hub");
    build_epoch(r, 0, 14400);
    build_fault(r, "stops", "directory[0]", 3600, 7200);
    build_entry(r, 3600, "fault", "stops", "directory[0]: hang");
    build_entry(r, 7200, "repair", "stops", "is over");
    add_requests(r, 0, 600, 400);
    add_requests(r, 1, 1000, 0);
    add_service(r);
    add_mail(r);
    add_series(r);
    add_control(r, "hub.delivery.bulkhead", 77);
    add_control(r, "hub.delivery.second", 0);
    for (uint32_t p = 0; p < 2; p++) {
        build_mail(build_cohorts(r, p, 100), 100);
        build_mail(build_cohorts(twin, p, 100), 100);
    }
    build_good(r->cohorts[0], 1, 2, 0);
    build_good(r->cohorts[1], 1, 2, spared_good);
    build_sla(sc)->window_ns = r->run_ns;
    build_expect(sc, strategy, "mail.delay.p99{group=spared} < 1m");
    build_expect(sc, strategy, "mail.delay.p99{group=struck} < 1m");
    build_reproduces(sc, "mail.returned > 0");
    result_judge_health(r, twin, sc);
    result_judge_sla(r, sc);
    assert_true(result_judge_lines(r, sc, message));
    result_free(twin);
    build_scenario_free(sc);
    return r;
}

static char *terminal_text(const Stormcell__Result *r, struct report_style style)
{
    char *text;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    report_terminal(r, style, out);
    fclose(out);
    return text;
}

static char *compare_text(const Stormcell__Result *const *results, size_t count, struct report_style style)
{
    char *text;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    report_compare(results, count, style, out);
    fclose(out);
    return text;
}

/* Says where two texts part. */
static void assert_text(const char *text, const char *expected)
{
    size_t i = 0;

    while (text[i] && text[i] == expected[i])
        i++;
    if (text[i] == expected[i])
        return;
    fputs(text, stderr); /* a message of cmocka is cut at 1 kB */
    fail_msg("differs after byte %zu of the text above", i);
}

/* ---------------------------------------------------------------- terminal */

static void the_summary_tells_verdicts_times_tables_curves_and_expectations(void **state)
{
    Stormcell__Result *r = build_incident("baseline", 100);
    char *text = terminal_text(r, (struct report_style){.width = 100});

    (void)state;
    assert_text(text, expected_summary);
    free(text);
    result_free(r);
}

static void no_line_is_wider_than_the_page(void **state)
{
    Stormcell__Result *r = build_incident("baseline", 100);

    (void)state;
    for (unsigned width = 80; width <= 132; width += 26) {
        char *text = terminal_text(r, (struct report_style){.width = width}), *rest = text;

        for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
            if (page_columns(line) > width)
                fail_msg("%u columns on a page of %u: %s", page_columns(line), width, line);
        free(text);
    }
    result_free(r);
}

static void colours_appear_only_when_they_are_wanted(void **state)
{
    Stormcell__Result *r = build_incident("baseline", 100);
    char *plain = terminal_text(r, (struct report_style){0}), *colored = terminal_text(r, (struct report_style){.color = true});

    (void)state;
    assert_null(strchr(plain, '\033'));
    assert_non_null(strstr(colored, "\033[31mFAIL\033[0m"));
    assert_non_null(strstr(colored, "\033[32mstable\033[0m"));
    free(plain);
    free(colored);
    result_free(r);
}

static void names_cannot_steer_the_terminal(void **state)
{
    Stormcell__Result *r = build_incident("baseline", 100);
    char *text;

    (void)state;
    r->question = (free(r->question), xstrdup("\033]0;owned\007 and \xc2\x9b"
                                              "31m"));
    r->scenario = (free(r->scenario), xstrdup("\033[2J"));
    text = terminal_text(r, (struct report_style){0});
    assert_null(strchr(text, '\033'));
    assert_null(strchr(text, '\007'));
    assert_null(strstr(text, "\xc2\x9b"));
    free(text);
    result_free(r);
}

static void an_empty_result_is_told_without_tables(void **state)
{
    Stormcell__Result *r = build_result(1, 60, 60);
    char *text = terminal_text(r, (struct report_style){0});

    (void)state;
    assert_text(text, "test, baseline   seed 1, 1 min\n\nseed 1, 0 events\n");
    free(text);
    result_free(r);
}

static void links_tell_what_became_of_requests_and_answers(void **state)
{
    static const char expected[] = "\nLinks\n"
                                   "  packets on     sent  crossed  cut  lost  line full  not there yet\n"
                                   "  wan: requests   123      100   20     3          0              0\n"
                                   "  wan: answers    100       90    0    10          0              0\n";
    Stormcell__Result *r = build_result(2, 600, 60);
    char *text, *without = terminal_text(r, (struct report_style){.width = 100});

    (void)state;
    build_link(r, "wan", build_link_way(100, 20, 3), build_link_way(90, 0, 10));
    text = terminal_text(r, (struct report_style){.width = 100});
    if (!strstr(text, expected))
        fail_msg("no such table in\n%s", text);
    assert_null(strstr(without, "Links"));
    free(text);
    free(without);
    result_free(r);
}

static void many_lines_of_one_kind_are_told_by_the_first_and_the_last(void **state)
{
    Stormcell__Result *r = build_result(1, 7200, 60);
    char *text, number[32];

    (void)state;
    for (int i = 0; i < 50; i++) {
        snprintf(number, sizeof(number), "pressure %d", i);
        build_entry(r, i * 60, "mail", "hub", number);
    }
    text = terminal_text(r, (struct report_style){0});
    assert_non_null(strstr(text, "+0:02  mail  hub: pressure 2\n  ...    mail  46 more\n  +0:49  mail  hub: pressure 49\n"));
    free(text);
    result_free(r);
}

/* ---------------------------------------------------------------- comparison */

static void a_comparison_marks_the_best_and_concludes(void **state)
{
    Stormcell__Result *a = build_incident("baseline", 50), *b = build_incident("bulkhead", 100);
    const Stormcell__Result *both[] = {a, b};
    char *text = compare_text(both, 2, (struct report_style){.width = 100});

    (void)state;
    assert_text(text, expected_comparison);
    free(text);
    result_free(a);
    result_free(b);
}

static void strategies_that_do_not_fit_side_by_side_follow_below(void **state)
{
    Stormcell__Result *r = build_incident("strategy_with_a_long_name", 100);
    const Stormcell__Result *many[] = {r, r, r, r, r};
    char *text = compare_text(many, 5, (struct report_style){.width = 100});
    unsigned blocks = 0;

    (void)state;
    for (const char *at = text; (at = strstr(at, "verdict on the whole")); at++)
        blocks++;
    assert_int_equal(blocks, 3);
    free(text);
    result_free(r);
}

/* ---------------------------------------------------------------- JSON and CSV */

static void assert_json(char *text, size_t length)
{
    const char *at, *wrong = json_check(text, &at);

    if (wrong)
        fail_msg("no JSON: expected %s at %.40s", wrong, at);
    assert_int_equal(strlen(text), length);
}

static void json_is_valid_versioned_and_has_base_units(void **state)
{
    Stormcell__Result *r = build_incident("baseline", 100);
    size_t length;
    char *text = report_json(r, &length);

    (void)state;
    assert_json(text, length);
    assert_non_null(strstr(text, "\"schema_version\": 1,"));
    assert_non_null(strstr(text, "\"run_s\": 14400,"));
    assert_non_null(strstr(text, "\"verdict\": \"recovered\","));
    assert_non_null(strstr(text, "\"availability\": 0.8,"));
    assert_non_null(strstr(text, "\"mail.delay.max\": 7200,"));
    assert_non_null(strstr(text, "\"recovery_s\": 0,"));
    assert_non_null(strstr(text, "\"uptime_ratio\": 0.75,"));
    free(text);
    result_free(r);
}

static void json_of_the_same_result_has_the_same_bytes(void **state)
{
    Stormcell__Result *a = build_incident("baseline", 100), *b = build_incident("baseline", 100);
    size_t length_a, length_b;
    char *text_a = report_json(a, &length_a), *text_b = report_json(b, &length_b);

    (void)state;
    assert_int_equal(length_a, length_b);
    assert_memory_equal(text_a, text_b, length_a);
    free(text_a);
    free(text_b);
    result_free(a);
    result_free(b);
}

static void json_of_odd_names_is_still_json(void **state)
{
    Stormcell__Result *r = build_incident("baseline", 100);
    size_t length;
    char *text;

    (void)state;
    r->entities[0]->name = (free(r->entities[0]->name), xstrdup("a \"b\" \\ \n\xff"));
    r->scenario = (free(r->scenario), xstrdup("\001"));
    text = report_json(r, &length);
    assert_json(text, length);
    free(text);
    result_free(r);
}

static void a_comparison_as_json_has_one_run_for_each_strategy(void **state)
{
    Stormcell__Result *a = build_incident("baseline", 100), *b = build_incident("bulkhead", 100);
    const Stormcell__Result *both[] = {a, b};
    size_t length;
    char *text = report_compare_json(both, 2, &length);

    (void)state;
    assert_json(text, length);
    assert_non_null(strstr(text, "\"strategy\": \"baseline\""));
    assert_non_null(strstr(text, "\"strategy\": \"bulkhead\""));
    free(text);
    result_free(a);
    result_free(b);
}

static void csv_has_a_column_for_each_series_and_a_line_for_each_sample(void **state)
{
    static const double values[] = {1, 2.5}, one[] = {7};
    Stormcell__Result *r = build_result(1, 120, 60);
    size_t length;
    char *text;

    (void)state;
    build_series(r, "mail.oldest", "hub", "spared", values, 2);
    build_series(r, "odd", "a,\"b\"", "", one, 1);
    r->series[1]->has_partition = true;
    r->series[1]->partition = 17;
    text = report_csv(r, &length);
    assert_text(text, "time_s,mail.oldest/hub/spared,\"odd/a,\"\"b\"\"/partition=17\"\n60,1,7\n120,2.5,\n");
    assert_int_equal(strlen(text), length);
    free(text);
    result_free(r);
}

/* ---------------------------------------------------------------- parts */

static void sparklines_show_the_greatest_of_a_stretch_and_tell_0_from_little(void **state)
{
    static const double values[] = {0, 0.01, 4, 8, 0, 8, 0, 0};
    char *text = sparkline(values, 8, 8, 8, 0);

    (void)state;
    assert_string_equal(text, "▁▂▅█▁█▁▁");
    free(text);
    text = sparkline(values, 8, 4, 8, 0);
    assert_string_equal(text, "▂██▁");
    free(text);
    text = sparkline(values, 8, 4, 8, 1);
    assert_string_equal(text, "▁▅▁▁");
    free(text);
    text = sparkline(values, 1, 3, 8, 0);
    assert_string_equal(text, "▁▁▁");
    free(text);
}

static void moments_are_as_fine_as_the_run_is_short(void **state)
{
    Stormcell__Result *r = build_result(1, 14400, 60);
    char out[64];

    (void)state;
    assert_string_equal(number_moment(r, 5400 * build_s, out), "+1:30");
    r->start_utc_s = 1403605800;
    assert_string_equal(number_moment(r, 5400 * build_s, out), "12:00Z +1:30");
    assert_string_equal(number_moment(r, 14 * 3600 * build_s, out), "00:30Z +14:00");
    r->run_ns = 3600 * build_s;
    assert_string_equal(number_moment(r, 90 * build_s, out), "10:31:30Z +0:01:30");
    r->start_utc_s = 0;
    r->run_ns = 10 * build_s;
    assert_string_equal(number_moment(r, 1500 * ms, out), "+1.500 s");
    result_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_summary_tells_verdicts_times_tables_curves_and_expectations),
        cmocka_unit_test(no_line_is_wider_than_the_page),
        cmocka_unit_test(colours_appear_only_when_they_are_wanted),
        cmocka_unit_test(names_cannot_steer_the_terminal),
        cmocka_unit_test(an_empty_result_is_told_without_tables),
        cmocka_unit_test(links_tell_what_became_of_requests_and_answers),
        cmocka_unit_test(many_lines_of_one_kind_are_told_by_the_first_and_the_last),
        cmocka_unit_test(a_comparison_marks_the_best_and_concludes),
        cmocka_unit_test(strategies_that_do_not_fit_side_by_side_follow_below),
        cmocka_unit_test(json_is_valid_versioned_and_has_base_units),
        cmocka_unit_test(json_of_the_same_result_has_the_same_bytes),
        cmocka_unit_test(json_of_odd_names_is_still_json),
        cmocka_unit_test(a_comparison_as_json_has_one_run_for_each_strategy),
        cmocka_unit_test(csv_has_a_column_for_each_series_and_a_line_for_each_sample),
        cmocka_unit_test(sparklines_show_the_greatest_of_a_stretch_and_tell_0_from_little),
        cmocka_unit_test(moments_are_as_fine_as_the_run_is_short),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
