/* test_quantity - numbers with units, as people write them */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/quantity.h"

static void durations_are_exact(void **state)
{
    static const struct {
        const char *text;
        int64_t ns;
    } cases[] = {
        {"400us", 400000},
        {"1.5s", 1500000000},
        {"1h30m", 5400000000000},
        {"2d", 172800000000000},
        {"1ns", 1},
        {"0s", 0},
        {"5min", 300000000000},
        {"1w", 604800000000000},
        {"0.000000001s", 1},
        {"0.1s", 100000000},
        {"1h0.5s", 3600500000000},
        {"9223372036854775807ns", INT64_MAX},
        {"106751d", INT64_C(106751) * 86400000000000},
        {"1e3s", 1000000000000},
        {"0.3ns", 0},
        {"0.5ns", 1},
        {"1000000000000000000ns", 1000000000000000000},
        {"1.5us", 1500},
        {"1h30m15s", 5415000000000},
        {"15250w", 9223200000000000000},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ns = -1;

        assert_int_equal(quantity_duration(cases[i].text, &ns), QUANTITY_GOOD);
        assert_int_equal(ns, cases[i].ns);
    }
}

static void what_is_no_duration_is_refused(void **state)
{
    static const char *const cases[] = {"",    "30",   "s",   "1.5", "30 s", "1h30", "30/s", "-5s", "+5s",  "5%",  "1m1h",
                                        "1sm", "1s1s", "1.s", ".5s", "1M",   "5S",   "1h ",  "nan", "0x1s", "1,5s"};
    int64_t ns;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(quantity_duration(cases[i], &ns), QUANTITY_BAD);
}

static void what_does_not_fit_is_too_large(void **state)
{
    static const char *const cases[] = {"106752d",    "15251w", "1e30s", "99999999999999999999999999999999999999999w",
                                        "106751d24h", "1e399ns"};
    int64_t ns;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(quantity_duration(cases[i], &ns), QUANTITY_TOO_LARGE);
}

static void a_clock_time_is_the_next_one_at_or_after_the_start(void **state)
{
    static const int64_t start_s = 1403605800; /* 2014-06-24T10:30Z */
    static const struct {
        const char *text;
        int64_t s;
    } cases[] = {
        {"10:30Z", 0},
        {"12:00Z", 5400},
        {"10:29Z", 86340},
        {"10:29:59Z", 86399},
        {"2014-06-24T12:00Z", 5400},
        {"2014-06-25T00:00:30Z", 48630},
        {"2014-06-24T10:00Z", -1800},
        {"+90m", 5400},
        {"90m", 5400},
        {"0s", 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ns = 1;

        assert_int_equal(quantity_moment(cases[i].text, start_s, &ns), QUANTITY_GOOD);
        assert_int_equal(ns, cases[i].s * 1000000000);
    }
}

static void clock_times_work_before_1970(void **state)
{
    int64_t ns;

    assert_int_equal(quantity_moment("00:00Z", -1, &ns), QUANTITY_GOOD);
    assert_int_equal(ns, 1000000000);
    assert_int_equal(quantity_moment("23:59:59Z", -1, &ns), QUANTITY_GOOD);
    assert_int_equal(ns, 0);
}

static void dates_follow_the_calendar(void **state)
{
    static const struct {
        const char *text;
        int64_t s;
    } cases[] = {
        {"1970-01-01T00:00Z", 0},
        {"2014-06-24T10:30Z", 1403605800},
        {"2000-02-29T00:00Z", 951782400},
        {"1969-12-31T23:59:59Z", -1},
        {"2100-03-01T00:00Z", 4107542400},
        {"0001-01-01T00:00Z", -62135596800},
        {"9999-12-31T23:59:59Z", 253402300799},
    };
    static const char *const wrong[] = {"2014-06-24",        "2014-06-24T10:30",  "2013-02-29T00:00Z", "2100-02-29T00:00Z",
                                        "2014-13-01T00:00Z", "2014-00-01T00:00Z", "2014-06-31T00:00Z", "2014-06-24 10:30Z",
                                        "2014-06-24T24:00Z", "2014-06-24T10:60Z", "14-06-24T10:30Z",   "10:30Z"};

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t s = 1;

        assert_int_equal(quantity_datetime(cases[i].text, &s), QUANTITY_GOOD);
        assert_int_equal(s, cases[i].s);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(quantity_datetime(wrong[i], &(int64_t){0}), QUANTITY_BAD);
}

static void assert_double(double found, double expected)
{
    assert_memory_equal(&found, &expected, sizeof found);
}

static void rates_are_by_the_second(void **state)
{
    static const struct {
        const char *text;
        double per_s;
    } cases[] = {{"1200/s", 1200},      {"90/min", 1.5}, {"5/h", 5.0 / 3600}, {"1.2k/s", 1200},
                 {"2M/d", 2e6 / 86400}, {"0/s", 0},      {"0.1/s", 0.1}};
    static const char *const wrong[] = {"1200", "5s", "5/x", "5 /s", "5/m", "/s", "5/s/s", "5%"};
    double found;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(quantity_rate(cases[i].text, &found), QUANTITY_GOOD);
        assert_double(found, cases[i].per_s);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(quantity_rate(wrong[i], &found), QUANTITY_BAD);
    assert_int_equal(quantity_rate("1e400/s", &found), QUANTITY_TOO_LARGE);
}

static void a_percentage_is_the_same_share_as_its_decimals(void **state)
{
    static const struct {
        const char *text;
        double ratio;
    } cases[] = {{"2%", 0.02}, {"0.02", 0.02}, {"99.95%", 0.9995}, {"100%", 1}, {"0%", 0}, {"7%", 0.07}, {"-5%", -0.05}, {"1", 1}};
    static const char *const wrong[] = {"", "%", "5%%", "5 %", "5s", "half"};
    double found;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(quantity_share(cases[i].text, &found), QUANTITY_GOOD);
        assert_double(found, cases[i].ratio);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(quantity_share(wrong[i], &found), QUANTITY_BAD);
}

static void counts_are_whole_and_keep_all_64_bits(void **state)
{
    static const struct {
        const char *text;
        uint64_t value;
    } cases[] = {{"60", 60},
                 {"12k", 12000},
                 {"1.2M", 1200000},
                 {"1e3", 1000},
                 {"18446744073709551615", UINT64_MAX},
                 {"9007199254740993", 9007199254740993},
                 {"1.20k", 1200},
                 {"4G", 4000000000},
                 {"-0", 0}};
    uint64_t value;
    int64_t whole;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(quantity_unsigned(cases[i].text, &value), QUANTITY_GOOD);
        assert_true(value == cases[i].value);
    }
    assert_int_equal(quantity_unsigned("18446744073709551616", &value), QUANTITY_TOO_LARGE);
    assert_int_equal(quantity_unsigned("1e20", &value), QUANTITY_TOO_LARGE);
    assert_int_equal(quantity_unsigned("-1", &value), QUANTITY_TOO_LARGE);
    assert_int_equal(quantity_unsigned("4.5", &value), QUANTITY_NOT_WHOLE);
    assert_int_equal(quantity_unsigned("1.2345k", &value), QUANTITY_NOT_WHOLE);
    assert_int_equal(quantity_unsigned("5s", &value), QUANTITY_BAD);
    assert_int_equal(quantity_signed("-9223372036854775807", &whole), QUANTITY_GOOD);
    assert_true(whole == -INT64_MAX);
    assert_int_equal(quantity_signed("9223372036854775808", &whole), QUANTITY_TOO_LARGE);
}

static void cells_of_files_are_scaled_without_rounding(void **state)
{
    int64_t ns;

    assert_int_equal(quantity_scaled("1.000000001", 1000000000, &ns), QUANTITY_GOOD);
    assert_int_equal(ns, 1000000001);
    assert_int_equal(quantity_scaled("1403605800.123456789", 1000000000, &ns), QUANTITY_GOOD);
    assert_int_equal(ns, 1403605800123456789);
    assert_int_equal(quantity_scaled("-2.5", 1000, &ns), QUANTITY_GOOD);
    assert_int_equal(ns, -2500);
    assert_int_equal(quantity_scaled("1e30", 1, &ns), QUANTITY_TOO_LARGE);
    assert_int_equal(quantity_scaled("3s", 1, &ns), QUANTITY_BAD);
}

static void any_quantity_is_told_by_its_spelling(void **state)
{
    static const struct {
        const char *text;
        enum quantity_kind kind;
        double value;
    } cases[] = {
        {"7", QUANTITY_NUMBER, 7},
        {"0.5", QUANTITY_NUMBER, 0.5},
        {"1.2M", QUANTITY_NUMBER, 1.2e6},
        {"99.9%", QUANTITY_SHARE, 0.999},
        {"90/min", QUANTITY_RATE, 1.5},
        {"1h30m", QUANTITY_DURATION, 5400},
        {"400us", QUANTITY_DURATION, 0.0004},
    };
    static const char *const wrong[] = {"", "end", "12:00Z", "+90m", "2014-06-24T12:00Z", "5/m"};
    struct quantity found;

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(quantity_any(cases[i].text, &found), QUANTITY_GOOD);
        assert_int_equal(found.kind, cases[i].kind);
        assert_double(found.value, cases[i].value);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(quantity_any(wrong[i], &found), QUANTITY_BAD);
    assert_int_equal(quantity_any("1e30s", &found), QUANTITY_TOO_LARGE);
    assert_int_equal(found.kind, QUANTITY_DURATION);
}

static void a_formatted_duration_reads_back(void **state)
{
    static const int64_t values[] = {0, 1, 999, 1000, 1000001, 30000000000, 5400000000000, 172800000000000, INT64_MAX};
    char text[64];
    int64_t back;

    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        assert_int_equal(quantity_duration(quantity_format_duration(values[i], text), &back), QUANTITY_GOOD);
        assert_int_equal(back, values[i]);
    }
    assert_string_equal(quantity_format_duration(5400000000000, text), "1h30m");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_exact),
        cmocka_unit_test(what_is_no_duration_is_refused),
        cmocka_unit_test(what_does_not_fit_is_too_large),
        cmocka_unit_test(a_clock_time_is_the_next_one_at_or_after_the_start),
        cmocka_unit_test(clock_times_work_before_1970),
        cmocka_unit_test(dates_follow_the_calendar),
        cmocka_unit_test(rates_are_by_the_second),
        cmocka_unit_test(a_percentage_is_the_same_share_as_its_decimals),
        cmocka_unit_test(counts_are_whole_and_keep_all_64_bits),
        cmocka_unit_test(cells_of_files_are_scaled_without_rounding),
        cmocka_unit_test(any_quantity_is_told_by_its_spelling),
        cmocka_unit_test(a_formatted_duration_reads_back),
    };

    return cmocka_run_group_tests_name("quantity", tests, NULL, NULL);
}
