/* test_mail_schedule - the retry schedules of real mail systems, without a run */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "world/mail_schedule.h"

#define SECOND INT64_C(1000000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static struct mail_schedule schedule_named(const char *name)
{
    struct mail_schedule s;

    assert_true(mail_schedule_of_sender(name, &s));
    return s;
}

/* Ages of the attempts of a message, in `unit`, when each fails after `holds`; as text. Scans at phase + n * scan. */
struct life {
    int64_t first_ns, holds_ns, phase_ns, until_ns, unit_ns;
};

static const char *ages(const struct mail_schedule *s, const struct life *l, char text[512])
{
    struct mail_failure failure = {.failures = 0};
    int64_t at = l->first_ns;
    size_t length = 0;

    text[0] = 0;
    while (at - l->first_ns <= l->until_ns && length < 480) {
        length += (size_t)sprintf(text + length, "%s%lld", length ? " " : "", (long long)((at - l->first_ns) / l->unit_ns));
        failure.at_ns = at + l->holds_ns;
        failure.age_ns = failure.at_ns - l->first_ns;
        failure.failures++;
        at = mail_schedule_next_ns(s, &failure, l->phase_ns);
        assert_true(at > failure.at_ns);
    }
    return text;
}

static unsigned attempts(const struct mail_schedule *s, int64_t holds_ns, int64_t until_ns)
{
    struct mail_failure failure = {.failures = 0};
    unsigned count = 0;

    for (int64_t at = 0; at <= until_ns; count++) {
        failure.at_ns = failure.age_ns = at + holds_ns;
        failure.failures++;
        at = mail_schedule_next_ns(s, &failure, 0);
    }
    return count;
}

static void exchange_tries_four_times_a_minute_apart_then_six_times_five_then_every_ten(void **state)
{
    struct mail_schedule s = mail_schedule_preset(STORMCELL__SCHEDULE__SCHEDULE_EXCHANGE);
    char text[512];

    assert_string_equal(ages(&s, &(struct life){.until_ns = 70 * MINUTE, .unit_ns = MINUTE}, text),
                        "0 1 2 3 4 9 14 19 24 29 34 44 54 64");
    assert_int_equal(s.give_up_ns, 2 * DAY);
}

static void exchange_retries_60_times_in_nine_hours_and_57_when_each_attempt_holds_half_a_minute(void **state)
{
    struct mail_schedule s = mail_schedule_preset(STORMCELL__SCHEDULE__SCHEDULE_EXCHANGE);

    assert_int_equal(attempts(&s, 0, 9 * HOUR), 61);
    assert_int_equal(attempts(&s, 30 * SECOND, 9 * HOUR), 58);
}

static void postfix_doubles_the_age_from_five_minutes_to_4000_seconds(void **state)
{
    struct mail_schedule s = mail_schedule_preset(STORMCELL__SCHEDULE__SCHEDULE_POSTFIX);
    char text[512];

    assert_string_equal(ages(&s, &(struct life){.until_ns = 6 * HOUR, .unit_ns = MINUTE}, text), "0 5 10 20 40 80 150 220 290 360");
    s.scan_ns = SECOND;
    assert_string_equal(ages(&s, &(struct life){.until_ns = 7 * HOUR, .unit_ns = MINUTE}, text),
                        "0 5 10 20 40 80 146 213 280 346 413");
    assert_int_equal(s.give_up_ns, 5 * DAY);
}

/* Measured: minimal backoff 10 s, maximal 80 s, scan 5 s, scans at 3.03 + 5 n, one message accepted at 1.22. */
static void postfix_tries_at_the_ages_that_a_real_one_was_measured_at(void **state)
{
    Stormcell__DeliveryRetry set = STORMCELL__DELIVERY_RETRY__INIT;
    struct mail_schedule s;
    char text[512];

    set.schedule = STORMCELL__SCHEDULE__SCHEDULE_POSTFIX;
    set.has_minimal_backoff_ns = set.has_maximal_backoff_ns = set.has_scan_ns = 1;
    set.minimal_backoff_ns = 10 * SECOND;
    set.maximal_backoff_ns = 80 * SECOND;
    set.scan_ns = 5 * SECOND;
    s = mail_schedule_of_delivery(&set);
    assert_string_equal(ages(&s,
                             &(struct life){.first_ns = 1220000000,
                                            .phase_ns = 3220000000,
                                            .holds_ns = SECOND / 100,
                                            .until_ns = 357 * SECOND,
                                            .unit_ns = SECOND},
                             text),
                        "0 12 27 57 117 197 277 357");
}

static void postfix_compares_whole_seconds(void **state)
{
    struct mail_schedule s = mail_schedule_preset(STORMCELL__SCHEDULE__SCHEDULE_POSTFIX);

    /* Due at 600.9 s: with the scan at 600 s. Due at 601 s: with the next. */
    assert_int_equal(mail_schedule_scan(&s, 300900000000, 300 * SECOND, 0), 2);
    assert_int_equal(mail_schedule_scan(&s, 301000000000, 300 * SECOND, 0), 3);
    /* A model scaled to a scan of a second is not cut to whole seconds. */
    Stormcell__DeliveryRetry set = STORMCELL__DELIVERY_RETRY__INIT;
    set.schedule = STORMCELL__SCHEDULE__SCHEDULE_POSTFIX;
    set.has_scan_ns = 1;
    set.scan_ns = SECOND;
    s = mail_schedule_of_delivery(&set);
    assert_int_equal(mail_schedule_next_ns(&s, &(struct mail_failure){.at_ns = SECOND / 2, .failures = 1}, 0), 301 * SECOND);
}

/* 15 min are rounded up to the queue runner's half hours until 2 h, then 1 h, 1.5 h, 2.25 h, ... until 16 h, then 6 h. */
static void exim_waits_a_quarter_hour_then_grows_by_half_then_six_hours(void **state)
{
    struct mail_schedule s = mail_schedule_preset(STORMCELL__SCHEDULE__SCHEDULE_EXIM);
    char text[512];

    assert_string_equal(ages(&s, &(struct life){.until_ns = 40 * HOUR, .unit_ns = MINUTE}, text),
                        "0 30 60 90 120 150 210 300 450 660 990 1350 1710 2070");
    s.scan_ns = 0;
    assert_string_equal(ages(&s, &(struct life){.until_ns = 40 * HOUR, .unit_ns = MINUTE}, text),
                        "0 15 30 45 60 75 90 105 120 135 195 285 420 622 926 1381 1741 2101");
    assert_int_equal(s.give_up_ns, 4 * DAY);
}

static void rfc5321_waits_half_an_hour(void **state)
{
    struct mail_schedule s = mail_schedule_preset(STORMCELL__SCHEDULE__SCHEDULE_RFC5321);
    char text[512];

    assert_string_equal(ages(&s, &(struct life){.until_ns = 2 * HOUR, .unit_ns = MINUTE}, text), "0 30 60 90 120");
    assert_int_equal(s.give_up_ns, 4 * DAY);
}

static void own_intervals_replace_those_of_the_schedule_and_the_last_repeats(void **state)
{
    Stormcell__DeliveryRetry set = STORMCELL__DELIVERY_RETRY__INIT;
    int64_t own[] = {7 * SECOND, 3 * SECOND};
    struct mail_schedule s;
    char text[512];

    set.schedule = STORMCELL__SCHEDULE__SCHEDULE_POSTFIX;
    set.intervals_ns = own;
    set.n_intervals_ns = 2;
    s = mail_schedule_of_delivery(&set);
    assert_string_equal(ages(&s, &(struct life){.until_ns = 17 * SECOND, .unit_ns = SECOND}, text), "0 7 10 13 16");
    assert_int_equal(s.shortest_ns, 3 * SECOND);
    set.has_scan_ns = 1;
    set.scan_ns = 5 * SECOND;
    s = mail_schedule_of_delivery(&set);
    assert_string_equal(ages(&s, &(struct life){.until_ns = 25 * SECOND, .unit_ns = SECOND}, text), "0 10 15 20 25");
}

static void without_settings_deliveries_follow_exchange(void **state)
{
    struct mail_schedule s = mail_schedule_of_delivery(NULL);

    assert_int_equal(attempts(&s, 0, 9 * HOUR), 61);
}

static void senders_know_four_schedules_and_always_scan(void **state)
{
    static const char *const names[] = {"exchange", "postfix", "exim", "rfc5321"};
    struct mail_schedule s;

    for (size_t i = 0; i < 4; i++) {
        assert_true(mail_schedule_of_sender(names[i], &s));
        assert_true(s.scan_ns > 0);
    }
    assert_false(mail_schedule_of_sender("qmail", &s));
}

/* mail_held.c counts offers this way, and what it counts is asserted against offers counted one by one. */
static void attempts_counted_at_once_are_those_counted_one_by_one(void **state)
{
    static const char *const names[] = {"exchange", "postfix", "exim", "rfc5321"};
    static const int64_t firsts[] = {0, 1, 123456789, 299999999999, 1234567890123}, phases[] = {0, 1, 7 * SECOND + 3};

    for (size_t n = 0; n < 4; n++)
        for (size_t f = 0; f < 5; f++)
            for (size_t p = 0; p < 3; p++) {
                struct mail_schedule s = schedule_named(names[n]);
                struct mail_failure failure = {.at_ns = firsts[f], .failures = 1};
                uint64_t count = 1;

                for (int64_t next; (next = mail_schedule_next_ns(&s, &failure, phases[p])) < 3 * DAY; count++) {
                    assert_int_equal(mail_schedule_attempts(&s, firsts[f], phases[p], next - 1), count);
                    assert_int_equal(mail_schedule_attempts(&s, firsts[f], phases[p], next), count + 1);
                    failure.at_ns = next;
                    failure.age_ns = next - firsts[f];
                    failure.failures++;
                }
                assert_true(count > 10);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exchange_tries_four_times_a_minute_apart_then_six_times_five_then_every_ten),
        cmocka_unit_test(exchange_retries_60_times_in_nine_hours_and_57_when_each_attempt_holds_half_a_minute),
        cmocka_unit_test(postfix_doubles_the_age_from_five_minutes_to_4000_seconds),
        cmocka_unit_test(postfix_tries_at_the_ages_that_a_real_one_was_measured_at),
        cmocka_unit_test(postfix_compares_whole_seconds),
        cmocka_unit_test(exim_waits_a_quarter_hour_then_grows_by_half_then_six_hours),
        cmocka_unit_test(rfc5321_waits_half_an_hour),
        cmocka_unit_test(own_intervals_replace_those_of_the_schedule_and_the_last_repeats),
        cmocka_unit_test(without_settings_deliveries_follow_exchange),
        cmocka_unit_test(senders_know_four_schedules_and_always_scan),
        cmocka_unit_test(attempts_counted_at_once_are_those_counted_one_by_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
