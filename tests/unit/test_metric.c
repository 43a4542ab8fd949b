/* test_metric - the language of numbers: what is read, what is refused and where, what holds */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stormcell/metric.h"

/* The Exchange scenario: 14 hours from 2014-06-24T10:30Z. */
static const struct metric_clock clock_2014 = {.start_utc_s = 1403605800, .run_ns = 14 * 3600000000000};

static const int64_t minute_ns = 60000000000;

static struct arena *arena;

static int start(void **state)
{
    (void)state;
    arena = arena_create();
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static struct metric_expr parse(const char *text)
{
    struct metric_expr e;
    struct metric_error error;

    if (!metric_parse(text, false, &clock_2014, arena, &e, &error))
        fail_msg("%s: offset %zu: %s", text, error.offset, error.message);
    return e;
}

static struct metric_ref lone(const char *text)
{
    struct metric_expr e;
    struct metric_error error;

    if (!metric_parse(text, true, &clock_2014, arena, &e, &error))
        fail_msg("%s: offset %zu: %s", text, error.offset, error.message);
    return *e.left.ref;
}

static void assert_refused_as(bool as_lone, const char *text, size_t offset, const char *message)
{
    struct metric_expr e;
    struct metric_error error;

    if (metric_parse(text, as_lone, &clock_2014, arena, &e, &error))
        fail_msg("%s: was read", text);
    assert_string_equal(error.message, message);
    assert_int_equal(error.offset, offset);
}

static void assert_refused(const char *text, size_t offset, const char *message)
{
    assert_refused_as(false, text, offset, message);
}

static void a_comparison_is_read_with_labels_window_and_unit(void **state)
{
    struct metric_expr e = parse("mail.delay.p99{group=spared, transport != 'hub'}@[12:30Z,+6h] < 1m");

    (void)state;
    assert_string_equal(e.left.ref->name->name, "mail.delay.p99");
    assert_int_equal(e.left.ref->label_count, 2);
    assert_string_equal(e.left.ref->labels[0].name, "group");
    assert_string_equal(e.left.ref->labels[0].value, "spared");
    assert_int_equal(e.left.ref->labels[0].op, METRIC_EQ);
    assert_string_equal(e.left.ref->labels[1].value, "hub");
    assert_int_equal(e.left.ref->labels[1].op, METRIC_NE);
    assert_int_equal(e.left.ref->window.kind, METRIC_WINDOW_SPAN);
    assert_int_equal(e.left.ref->window.from_ns, 120 * minute_ns);
    assert_int_equal(e.left.ref->window.to_ns, 360 * minute_ns);
    assert_string_equal(e.left.text, "mail.delay.p99{group=spared, transport != 'hub'}@[12:30Z,+6h]");
    assert_int_equal(e.op, METRIC_LT);
    assert_true(e.op_given);
    assert_null(e.right.ref);
    assert_true(e.right.value == 60);
    assert_int_equal(e.right.unit, METRIC_SECONDS);
}

static void quantities_have_base_units(void **state)
{
    (void)state;
    assert_true(parse("availability >= 99.9%").right.value == 0.999);
    assert_true(parse("availability >= 0.5").right.value == 0.5);
    assert_int_equal(parse("availability >= 0.5").right.unit, METRIC_RATIO);
    assert_true(parse("goodput > 300/s").right.value == 300);
    assert_true(parse("goodput > 90/min").right.value == 1.5);
    assert_true(parse("goodput > 1.2k/s").right.value == 1200);
    assert_true(parse("users.affected < 1.2M").right.value == 1200000);
    assert_true(parse("latency.p99 < 400us").right.value == 0.0004);
    assert_true(parse("latency.p99 < 1h30m").right.value == 5400);
    assert_true(parse("latency.p99 < 1.5h").right.value == 5400);
    assert_true(parse("user_minutes.lost < 7h").right.value == 420);
    assert_true(parse("user_minutes.lost < 420").right.value == 420);
    assert_true(parse("user_minutes.lost < 1e3").right.value == 1000);
    assert_true(parse("latency.p99 < 1e3ms").right.value == 1);
    assert_true(parse("latency.p99 < 5min").right.value == 300);
    assert_true(parse("1m > mail.delay.p99").left.value == 60);
    assert_true(parse("1m>mail.delay.p99").left.value == 60);
}

static void a_metric_may_be_scaled_and_compared_with_another(void **state)
{
    (void)state;
    assert_true(parse("attempts / 4 < requests.offered").left.factor == 0.25);
    assert_true(parse("latency.p99 < latency.p50 * 10").right.factor == 10);
    assert_string_equal(parse("latency.p99 < latency.p50 * 10").right.text, "latency.p50 * 10");
    assert_true(parse("latency.p99{strategy=a} < latency.p99{strategy=b}").right.factor == 1);
}

static void moments_are_clock_times_dates_spans_or_the_end(void **state)
{
    (void)state;
    assert_int_equal(lone("attempts@[10:30Z,11:00Z]").window.from_ns, 0);
    assert_int_equal(lone("attempts@[2014-06-24T12:00Z,end]").window.from_ns, 90 * minute_ns);
    assert_int_equal(lone("attempts@[0s,end]").window.to_ns, clock_2014.run_ns);
    assert_int_equal(lone("attempts@[+90m,2h]").window.from_ns, 90 * minute_ns);
    assert_int_equal(lone("attempts@[00:15Z,00:30Z]").window.from_ns, (13 * 60 + 45) * minute_ns);
}

static void a_window_may_be_a_phase(void **state)
{
    struct metric_ref ref = lone("goodput@during( stops )");

    (void)state;
    assert_int_equal(ref.window.kind, METRIC_WINDOW_PHASE);
    assert_string_equal(ref.window.phase, "during(stops)");
    assert_string_equal(lone("goodput@after(isolate hub)").window.phase, "after(isolate hub)");
}

static void moments_before_the_run_are_refused(void **state)
{
    (void)state;
    assert_refused("attempts@[2014-06-24T10:29:59Z,11:00Z] > 0", 10, "this moment lies before the start of the run");
    assert_refused("attempts@[0001-01-01T00:00Z,11:00Z] > 0", 10, "'0001-01-01T00:00Z' is too far away from the start of the run");
}

static void moments_after_the_end_of_the_run_are_refused(void **state)
{
    (void)state;
    assert_refused("attempts@[13h,15h] > 0", 14, "this moment lies after the end of the run, which lasts 14 h");
    assert_refused("attempts@[10:29Z,11:00Z] > 0", 10, "this moment lies after the end of the run, which lasts 14 h");
}

static void wrong_names_get_a_suggestion(void **state)
{
    (void)state;
    assert_refused("mail.dellay.p99 < 1m", 0, "unknown metric 'mail.dellay.p99'; did you mean mail.delay.p99?");
    assert_refused(
        "mail.delay < 1m", 0,
        "'mail.delay' is not complete: there are mail.delay.p50, mail.delay.p90, mail.delay.p99, mail.delay.p999, mail.delay.max, "
        "mail.delay.mean");
    assert_refused("zzzzzzzzzzzzzzzz < 1m", 0,
                   "unknown metric 'zzzzzzzzzzzzzzzz'; expected a metric such as mail.delay.p99, availability, verdict");
}

static void wrong_labels_say_what_there_is(void **state)
{
    (void)state;
    assert_refused("fault.touched{service=db} > 0", 14, "fault.touched has no label 'service'; it takes: fault strategy");
    assert_refused("verdict{group=hurt} = stable", 14, "unknown group 'hurt'; expected struck or spared");
    assert_refused("verdict{partition=x} = stable", 18, "'x' is no partition; expected a number, counted from 0");
    assert_refused("sla.uptime{meter=mail} > 99%", 17, "unknown meter 'mail'; expected access or mail_delay");
    assert_refused("verdict{group spared} = stable", 14, "expected =, != or =~ after the label, found 'spared'");
    assert_refused("verdict{group=spared = stable", 21, "expected , or } after a label, found '='");
    assert_refused("verdict{group=} = stable", 14, "expected a value");
    assert_refused("verdict{group=\"spared} = stable", 14, "this quote is not closed");
}

static void wrong_units_say_what_was_expected(void **state)
{
    (void)state;
    assert_refused("mail.delay.p99 < 60", 17, "mail.delay.p99 is compared with 60: expected a duration such as 1m or 30s");
    assert_refused("availability > 1m", 15, "availability is compared with 1m: expected a share such as 95% or 0.95");
    assert_refused("availability > 99", 15, "availability is compared with 99: expected a share such as 95% or 0.95");
    assert_refused("availability > 101%", 15, "availability is compared with 101%: expected a share such as 95% or 0.95");
    assert_refused("goodput > 300", 10, "goodput is compared with 300: expected a rate such as 300/s");
    assert_refused("mail.returned = 5%", 16, "mail.returned is compared with 5%: expected a number such as 7 or 1.2M");
    assert_refused("verdict = 7", 10, "verdict is compared with 7: expected stable, recovered, degraded, recovering or metastable");
    assert_refused("verdict < stable", 8, "expected = or !=: verdicts have no order");
    assert_refused("latency.p99 > goodput", 14,
                   "latency.p99 cannot be compared with goodput: expected a duration such as 1m or 30s on both sides");
    assert_refused("1m < 2m", 0, "expected a metric on one side: two quantities compare no measurement");
    assert_refused("verdict * 2 = stable", 8, "verdict is a word and cannot be multiplied");
    assert_refused("attempts * -1 < 1", 11, "expected a plain number, found '-1'");
    assert_refused("attempts * 5% < 1", 11, "expected a plain number, found '5%'");
    assert_refused("attempts / 0 > 1", 11, "expected a number other than 0 to divide by");
}

static void wrong_windows_say_what_was_expected(void **state)
{
    (void)state;
    assert_refused("attempts@[2h,1h] > 0", 8, "this window is empty: it ends before it begins");
    assert_refused("attempts@[1h,1h] > 0", 8, "this window is empty: it ends before it begins");
    assert_refused("verdict@[1h,2h] = stable", 7, "verdict takes no window: it is one value of the whole run");
    assert_refused("attempts@[1h;2h] > 0", 12, "expected , between the two moments of a window, found ';2h'");
    assert_refused("attempts@[noon,2h] > 0", 10, "expected a moment of the run such as 12:30Z, +90m or 2h, found 'noon'");
    assert_refused("attempts@soon > 0", 8, "expected a window after @: [from,to], before(fault), during(fault) or after(fault)");
    assert_refused("attempts@during(x > 0", 16, "expected the name of a fault or a runbook step and ), found 'x'");
}

static void what_follows_is_refused(void **state)
{
    (void)state;
    assert_refused("attempts > 1 2", 13, "expected the end of the text, found '2'");
    assert_refused("attempts", 8, "expected one of < <= > >= = !=, found the end of the text");
    assert_refused("attempts >", 10, "expected a metric or a quantity, found the end of the text");
    assert_refused("", 0, "expected a metric or a quantity, found the end of the text");
    assert_refused_as(true, "attempts > 1", 9, "expected the end of the text, found '>'");
    assert_refused_as(true, "7", 0, "unknown metric '7'; expected a metric such as mail.delay.p99, availability, verdict");
}

static void hostile_text_is_refused_in_one_short_line(void **state)
{
    static char long_text[100000];

    (void)state;
    memset(long_text, '[', sizeof(long_text) - 1);
    assert_refused(long_text, 0, "this text is too long: 4096 bytes at most");
    assert_refused("\033[31mred", 0, "expected a metric or a quantity, found '?'");
    assert_refused(
        "availability{group=~\"((a{1000}){1000}){1000}\"} > 1%", 20,
        "'((a{1000}){1000}){1000}' is no pattern that can be matched: expected a POSIX extended expression of at most 64 bytes "
        "without {} and \\");
    assert_refused(
        "availability{group=~\"a)(b\"} > 1%", 20,
        "'a)(b' is no pattern that can be matched: expected a POSIX extended expression of at most 64 bytes without {} and \\");
    assert_refused("mail.delay.p99 < 99999999999999999999s", 17, "'99999999999999999999s' is too large");
    assert_refused("mail.delay.p99 < 999999999999w", 17, "'999999999999w' is too large");
    assert_refused("attempts > 1e999", 11, "'1e999' is too large");
}

static void labels_admit_by_equality_difference_or_whole_pattern(void **state)
{
    struct metric_ref ref = lone("availability{partition=~\"1|2\", population!=bots}");

    (void)state;
    assert_true(metric_admits(&ref, "partition", "1"));
    assert_false(metric_admits(&ref, "partition", "12"));
    assert_true(metric_admits(&ref, "population", "people"));
    assert_false(metric_admits(&ref, "population", "bots"));
    assert_true(metric_admits(&ref, "group", "struck"));
}

static bool known_values(void *context, const struct metric_ref *ref, double *value, const char **word, bool *at_least,
                         char message[256])
{
    (void)context;
    *word = NULL;
    *at_least = strcmp(ref->name->name, "mail.delay.p99") == 0;
    if (ref->name->unit == METRIC_WORD)
        *word = "stable";
    else if (strcmp(ref->name->name, "latency.max") == 0)
        return snprintf(message, 256, "nothing finished"), false;
    else
        *value = 30;
    return true;
}

static bool holds(const char *text)
{
    struct metric_expr e = parse(text);
    struct metric_judgement j;
    char message[256];

    assert_true(metric_judge(&e, known_values, NULL, &j, message));
    return j.holds;
}

static void comparisons_hold_or_not(void **state)
{
    (void)state;
    assert_true(holds("latency.p99 < 31s"));
    assert_false(holds("latency.p99 < 30s"));
    assert_true(holds("latency.p99 <= 30s"));
    assert_true(holds("latency.p99 = 30s"));
    assert_false(holds("latency.p99 != 30s"));
    assert_true(holds("latency.p99 >= 30s"));
    assert_false(holds("latency.p99 > 30s"));
    assert_true(holds("latency.p99 * 2 = 1m"));
    assert_true(holds("31s > latency.p99"));
    assert_true(holds("verdict = stable"));
    assert_false(holds("verdict = metastable"));
    assert_true(holds("verdict != metastable"));
}

static void what_cannot_be_resolved_is_no_judgement(void **state)
{
    struct metric_expr e = parse("latency.max < 1s");
    struct metric_judgement j;
    char message[256];

    (void)state;
    assert_false(metric_judge(&e, known_values, NULL, &j, message));
    assert_string_equal(message, "nothing finished");
}

static void a_value_that_may_be_greater_is_marked(void **state)
{
    struct metric_expr e = parse("mail.delay.p99 > 1s");
    struct metric_judgement j;
    char message[256];

    (void)state;
    assert_true(metric_judge(&e, known_values, NULL, &j, message));
    assert_true(j.at_least);
    assert_true(j.left == 30);
}

static void every_name_has_labels_and_a_sentence(void **state)
{
    (void)state;
    for (size_t i = 0; i < metric_names_count; i++) {
        const struct metric_name *m = &metric_names[i];

        assert_true(strlen(m->doc) > 10 && m->doc[strlen(m->doc) - 1] == '.');
        assert_non_null(strstr(m->labels, "strategy"));
        lone(m->name);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(m->name, metric_names[k].name);
    }
}

static void assert_format(enum metric_unit unit, double value, const char *expected)
{
    char out[64];

    assert_string_equal(metric_format(unit, value, out), expected);
}

static void values_are_printed_for_people(void **state)
{
    (void)state;
    assert_format(METRIC_SECONDS, 0, "0 s");
    assert_format(METRIC_SECONDS, 250e-9, "250 ns");
    assert_format(METRIC_SECONDS, 0.00025, "250 us");
    assert_format(METRIC_SECONDS, 0.0123, "12.3 ms");
    assert_format(METRIC_SECONDS, 4.2123, "4.21 s");
    assert_format(METRIC_SECONDS, 30, "30 s");
    assert_format(METRIC_SECONDS, 60, "1 min");
    assert_format(METRIC_SECONDS, 725, "12 min 5 s");
    assert_format(METRIC_SECONDS, 29520, "8 h 12 min");
    assert_format(METRIC_SECONDS, 176400, "2 d 1 h");
    assert_format(METRIC_SECONDS, 59.97, "1 min");
    assert_format(METRIC_SECONDS, 1e308 * 10, "not yet");
    assert_format(METRIC_RATIO, 0.990277, "99.03 %");
    assert_format(METRIC_RATIO, 1, "100 %");
    assert_format(METRIC_RATIO, 0.99999, "99.999 %");
    assert_format(METRIC_RATIO, 0.000012, "0.001 %");
    assert_format(METRIC_RATIO, 0, "0 %");
    assert_format(METRIC_RATIO, 0.25, "25 %");
    assert_format(METRIC_RATIO, 1.5e290, "1.5e+292 %");
    assert_format(METRIC_SECONDS, 1e299, "1.16e+294 d");
    assert_format(METRIC_COUNT, 0, "0");
    assert_format(METRIC_COUNT, 12345, "12345");
    assert_format(METRIC_COUNT, 1200000, "1.20 M");
    assert_format(METRIC_COUNT, 1.875, "1.88");
    assert_format(METRIC_PER_SECOND, 300, "300/s");
    assert_format(METRIC_PER_SECOND, 0.25, "0.250/s");
    assert_format(METRIC_MINUTES, 420, "420 min");
}

static void what_scenarios_refuse_metrics_refuse_too(void **state)
{
    static const char *const odd[] = {"5/m", "1m1h", "1h30", "1.s", "1_000", "5µs", "1sm", "10K"};
    char text[64], message[128];

    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
        snprintf(text, sizeof(text), "attempts < %s", odd[i]);
        snprintf(message, sizeof(message), "'%s' is no quantity; expected one such as 7, 1m, 95%%, 300/s or 1.2M",
                 i == 5 ? "5??s" : odd[i]);
        assert_refused(text, 11, message);
    }
    assert_refused("attempts@[0,end] > 1", 10, "expected a moment of the run such as 12:30Z, +90m or 2h, found '0'");
    assert_refused("attempts > -1", 11, "expected a metric or a quantity, found '-1'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_comparison_is_read_with_labels_window_and_unit),
        cmocka_unit_test(quantities_have_base_units),
        cmocka_unit_test(a_metric_may_be_scaled_and_compared_with_another),
        cmocka_unit_test(moments_are_clock_times_dates_spans_or_the_end),
        cmocka_unit_test(a_window_may_be_a_phase),
        cmocka_unit_test(moments_before_the_run_are_refused),
        cmocka_unit_test(moments_after_the_end_of_the_run_are_refused),
        cmocka_unit_test(wrong_names_get_a_suggestion),
        cmocka_unit_test(wrong_labels_say_what_there_is),
        cmocka_unit_test(wrong_units_say_what_was_expected),
        cmocka_unit_test(wrong_windows_say_what_was_expected),
        cmocka_unit_test(what_follows_is_refused),
        cmocka_unit_test(hostile_text_is_refused_in_one_short_line),
        cmocka_unit_test(labels_admit_by_equality_difference_or_whole_pattern),
        cmocka_unit_test(comparisons_hold_or_not),
        cmocka_unit_test(what_cannot_be_resolved_is_no_judgement),
        cmocka_unit_test(a_value_that_may_be_greater_is_marked),
        cmocka_unit_test(every_name_has_labels_and_a_sentence),
        cmocka_unit_test(values_are_printed_for_people),
        cmocka_unit_test(what_scenarios_refuse_metrics_refuse_too),
    };

    return cmocka_run_group_tests(tests, start, end);
}
