/* What the JSON writer promises: valid JSON whatever it is given, numbers that read back, and messages by their descriptors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result.pb-c.h"
#include "result/json_message.h"
#include "scenario.pb-c.h"
#include "stormcell/json.h"
#include "unit/json_check.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void assert_double(double value, const char *expected)
{
    char text[32];

    assert_int_equal(json_format_double(text, value), strlen(expected));
    assert_string_equal(text, expected);
}

/* Checks the text, compares it, and ends the writer. */
static void assert_json(struct json *j, const char *expected)
{
    const char *at, *wrong = json_check(json_text(j, NULL), &at);

    assert_string_equal(json_text(j, NULL), expected);
    if (wrong)
        fail_msg("%s expected at: %.40s", wrong, at);
    json_free(j);
}

static void assert_message(const ProtobufCMessage *m, const char *expected)
{
    struct json *j = json_create(0);

    json_message(j, m);
    assert_json(j, expected);
}

static void assert_text(const char *text, const char *expected)
{
    struct json *j = json_create(0);

    json_string(j, text);
    assert_json(j, expected);
}

/* ---------------------------------------------------------------- the checker itself */

static void the_checker_takes_json_and_nothing_else(void **state)
{
    static const char *const good[] = {
        "0", "-0.5e+10", "[]", "{}", " [1, {\"a\": [true, false, null]}] ", "\"\\u00e4\\n\xc3\xa4\""};
    static const char *const bad[] = {"",       "01",        "1.",         ".5",      "+1",       "[1,]",     "[1 2]",
                                      "{1:2}",  "{\"a\"}",   "{\"a\":1,}", "\"\\x\"", "\"\t\"",   "\"\xff\"", "\"\xc0\x80\"",
                                      "[1] []", "nul",       "NaN",        "'a'",     "\"a",      "[",        "\"\xed\xa0\x80\"",
                                      "1e",     "\"\\u12\"", "{\"a\" 1}",  "[1}",     "Infinity", "-"};
    const char *at;

    for (size_t i = 0; i < COUNT(good); i++)
        assert_null(json_check(good[i], &at));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_non_null(json_check(bad[i], &at));
}

/* ---------------------------------------------------------------- numbers */

static void doubles_are_written_with_the_fewest_digits_that_read_back(void **state)
{
    assert_double(0.1, "0.1");
    assert_double(1.0 / 3, "0.3333333333333333");
    assert_double(2.0 / 3, "0.6666666666666666");
    assert_double(0.1 + 0.2, "0.30000000000000004");
    assert_double(9007199254740993.0, "9007199254740992");
    assert_double(123.456, "123.456");
    assert_double(-2.5, "-2.5");
}

static void whole_doubles_have_no_point(void **state)
{
    assert_double(0, "0");
    assert_double(1, "1");
    assert_double(1000000, "1000000");
    assert_double(-60, "-60");
}

static void very_large_and_very_small_doubles_have_an_exponent(void **state)
{
    assert_double(1e20, "100000000000000000000");
    assert_double(1e21, "1e+21");
    assert_double(1.5e300, "1.5e+300");
    assert_double(0.000001, "0.000001");
    assert_double(0.00000123, "0.00000123");
    assert_double(1e-7, "1e-7");
    assert_double(DBL_MAX, "1.7976931348623157e+308");
    assert_double(DBL_MIN, "2.2250738585072014e-308");
    assert_double(5e-324, "5e-324");
    assert_double(-1.23456789012345678e-310, "-1.23456789012346e-310");
}

static void a_minus_before_nothing_is_kept(void **state)
{
    assert_double(-0.0, "-0");
}

static void what_is_no_number_is_null(void **state)
{
    assert_double(NAN, "null");
    assert_double(INFINITY, "null");
    assert_double(-INFINITY, "null");
}

/* Doubles of every size, from bit patterns of a linear congruence, and their neighbours. */
static void every_double_reads_back(void **state)
{
    uint64_t bits = 1;

    for (int i = 0; i < 20000; i++) {
        char text[32];
        const char *at;
        double value;

        bits = bits * 6364136223846793005u + 1442695040888963407u;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        assert_true(json_format_double(text, value) < 32);
        assert_null(json_check(text, &at));
        if (strtod(text, NULL) != value)
            fail_msg("%.17g was written as %s", value, text);
    }
}

static void integers_keep_all_their_digits(void **state)
{
    struct json *j = json_create(0);

    json_open_array(j);
    json_integer(j, INT64_MIN);
    json_integer(j, INT64_MAX);
    json_unsigned(j, UINT64_MAX);
    json_close_array(j);
    assert_json(j, "[-9223372036854775808,9223372036854775807,18446744073709551615]");
}

/* ---------------------------------------------------------------- text */

static void text_is_escaped(void **state)
{
    assert_text("a \"b\" \\ /", "\"a \\\"b\\\" \\\\ /\"");
    assert_text("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"");
    assert_text("\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\"");
}

static void utf8_passes_unchanged(void **state)
{
    assert_text("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x8c\xa9 \xf4\x8f\xbf\xbf",
                "\"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x8c\xa9 \xf4\x8f\xbf\xbf\"");
}

#define BAD "\xef\xbf\xbd"

static void what_is_no_utf8_becomes_a_replacement_character(void **state)
{
    assert_text("a\xff"
                "b",
                "\"a" BAD "b\"");
    assert_text("\x80\xbf", "\"" BAD BAD "\"");
    assert_text("\xc3", "\"" BAD "\"");                         /* cut off at the end */
    assert_text("\xe2\x82", "\"" BAD "\"");                     /* one beginning, one mark */
    assert_text("\xe2\x82x", "\"" BAD "x\"");                   /* the next character is kept */
    assert_text("\xc0\xaf", "\"" BAD BAD "\"");                 /* overlong */
    assert_text("\xed\xa0\x80", "\"" BAD BAD BAD "\"");         /* a surrogate */
    assert_text("\xf4\x90\x80\x80", "\"" BAD BAD BAD BAD "\""); /* above U+10FFFF */
}

static void keys_are_escaped_as_texts_are(void **state)
{
    struct json *j = json_create(0);

    json_open_object(j);
    json_key(j, "a\"\n\xff");
    json_null(j);
    json_close_object(j);
    assert_json(j, "{\"a\\\"\\n" BAD "\":null}");
}

/* ---------------------------------------------------------------- layout */

static void write_sample(struct json *j)
{
    json_open_object(j);
    json_key(j, "values");
    json_open_array(j);
    json_integer(j, 1);
    json_double(j, 0.5);
    json_bool(j, true);
    json_close_array(j);
    json_key(j, "parts");
    json_open_array(j);
    json_open_object(j);
    json_key(j, "name");
    json_string(j, "x");
    json_close_object(j);
    json_open_object(j);
    json_close_object(j);
    json_close_array(j);
    json_key(j, "none");
    json_open_array(j);
    json_close_array(j);
    json_close_object(j);
}

static void without_an_indent_all_is_one_line(void **state)
{
    struct json *j = json_create(0);

    write_sample(j);
    assert_json(j, "{\"values\":[1,0.5,true],\"parts\":[{\"name\":\"x\"},{}],\"none\":[]}");
}

static void with_an_indent_parts_have_lines_and_series_stay_on_one(void **state)
{
    struct json *j = json_create(2);

    write_sample(j);
    assert_json(j, "{\n"
                   "  \"values\": [1, 0.5, true],\n"
                   "  \"parts\": [\n"
                   "    {\n"
                   "      \"name\": \"x\"\n"
                   "    },\n"
                   "    {}\n"
                   "  ],\n"
                   "  \"none\": []\n"
                   "}");
}

static void a_long_text_grows_the_writer(void **state)
{
    struct json *j = json_create(0);
    size_t length;

    json_open_array(j);
    for (int i = 0; i < 10000; i++)
        json_integer(j, 123456789);
    json_close_array(j);
    assert_int_equal(strlen(json_text(j, &length)), 10000 * 10 + 1);
    assert_int_equal(length, 10000 * 10 + 1);
    json_free(j);
}

/* ---------------------------------------------------------------- messages */

static void an_absent_field_is_left_out_and_a_written_default_is_not(void **state)
{
    Stormcell__Queue q = STORMCELL__QUEUE__INIT;

    assert_message(&q.base, "{}");
    q.has_when_full = true;
    q.has_limit = true;
    q.limit = 0;
    assert_message(&q.base, "{\"limit\":0,\"when_full\":\"refuse\"}");
}

/* protobuf-c points an unset text at the schema's default; that is no value either. */
static void a_text_with_a_default_is_left_out_until_it_is_set(void **state)
{
    Stormcell__Trace t = STORMCELL__TRACE__INIT;

    t.file = "births.csv";
    assert_string_equal(t.time, "t");
    assert_message(&t.base, "{\"file\":\"births.csv\",\"at_ns\":[],\"partitions\":[]}");
    t.time = "when";
    assert_message(&t.base, "{\"file\":\"births.csv\",\"time\":\"when\",\"at_ns\":[],\"partitions\":[]}");
}

static void only_the_chosen_kind_of_a_oneof_is_written(void **state)
{
    Stormcell__Dist d = STORMCELL__DIST__INIT;
    Stormcell__Gamma g = STORMCELL__GAMMA__INIT;

    assert_message(&d.base, "{}");
    d.shape_case = STORMCELL__DIST__SHAPE_CONSTANT_NS;
    d.constant_ns = 4000000;
    assert_message(&d.base, "{\"constant_ns\":4000000}");
    d.shape_case = STORMCELL__DIST__SHAPE_GAMMA;
    d.gamma = &g;
    g.mean_ns = 7;
    assert_message(&d.base, "{\"gamma\":{\"mean_ns\":7}}");
}

static void a_oneof_of_text_is_written_when_it_is_chosen(void **state)
{
    Stormcell__Step s = STORMCELL__STEP__INIT;

    s.action_case = STORMCELL__STEP__ACTION_REPAIR;
    s.repair = "stops";
    assert_message(&s.base, "{\"repair\":\"stops\"}");
}

static void series_are_arrays_and_hashes_are_hexadecimal(void **state)
{
    Stormcell__Empirical e = STORMCELL__EMPIRICAL__INIT;
    int64_t values[] = {1, -2, INT64_MAX};

    e.file = "a.csv";
    e.values_ns = values;
    e.n_values_ns = 3;
    e.has_hash = true;
    e.hash = 0x0123456789abcdef;
    assert_message(&e.base, "{\"file\":\"a.csv\",\"values_ns\":[1,-2,9223372036854775807],\"hash\":\"0123456789abcdef\"}");
}

static void enums_are_words_in_small_letters(void **state)
{
    Stormcell__Sla s = STORMCELL__SLA__INIT;
    Stormcell__Sla__Meter meters[] = {STORMCELL__SLA__METER__METER_MAIL_DELAY, STORMCELL__SLA__METER__METER_ACCESS};
    Stormcell__Entity e = STORMCELL__ENTITY__INIT;

    s.meters = meters;
    s.n_meters = 2;
    assert_message(&s.base, "{\"meters\":[\"mail_delay\",\"access\"],\"tiers\":[]}");
    e.has_kind = true;
    e.kind = STORMCELL__ENTITY_KIND__ENTITY_SERVICE;
    assert_message(&e.base, "{\"kind\":\"service\"}");
    e.kind = (Stormcell__EntityKind)77;
    assert_message(&e.base, "{\"kind\":\"?77\"}");
}

static void lists_of_messages_and_texts_are_arrays(void **state)
{
    Stormcell__Expect e = STORMCELL__EXPECT__INIT, *expects[] = {&e, &e};
    Stormcell__Scenario s = STORMCELL__SCENARIO__INIT;
    char *lines[] = {"verdict = stable", "a < 1"};
    struct json *j = json_create(0);

    e.name = "baseline";
    e.lines = lines;
    e.n_lines = 2;
    s.name = "x";
    s.expect = expects;
    s.n_expect = 2;
    json_message(j, &s.base);
    assert_non_null(
        strstr(json_text(j, NULL), "\"expect\":[{\"name\":\"baseline\",\"lines\":[\"verdict = stable\",\"a < 1\"]},{\"name\""));
    json_free(j);
}

static void doubles_of_a_message_that_are_no_numbers_are_null(void **state)
{
    Stormcell__Series s = STORMCELL__SERIES__INIT;
    double values[] = {1, NAN, 0.25};

    s.metric = "mail.oldest";
    s.values = values;
    s.n_values = 3;
    assert_message(&s.base, "{\"metric\":\"mail.oldest\",\"values\":[1,null,0.25]}");
}

static void a_caller_may_add_members_of_its_own(void **state)
{
    Stormcell__PartitionInfo p = STORMCELL__PARTITION_INFO__INIT;
    struct json *j = json_create(0);

    p.has_struck = true;
    p.struck = true;
    p.has_users = true;
    p.users = 20000;
    json_open_object(j);
    json_key(j, "partition");
    json_integer(j, 17);
    json_message_fields(j, &p.base);
    json_close_object(j);
    assert_json(j, "{\"partition\":17,\"struck\":true,\"users\":20000}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checker_takes_json_and_nothing_else),
        cmocka_unit_test(doubles_are_written_with_the_fewest_digits_that_read_back),
        cmocka_unit_test(whole_doubles_have_no_point),
        cmocka_unit_test(very_large_and_very_small_doubles_have_an_exponent),
        cmocka_unit_test(a_minus_before_nothing_is_kept),
        cmocka_unit_test(what_is_no_number_is_null),
        cmocka_unit_test(every_double_reads_back),
        cmocka_unit_test(integers_keep_all_their_digits),
        cmocka_unit_test(text_is_escaped),
        cmocka_unit_test(utf8_passes_unchanged),
        cmocka_unit_test(what_is_no_utf8_becomes_a_replacement_character),
        cmocka_unit_test(keys_are_escaped_as_texts_are),
        cmocka_unit_test(without_an_indent_all_is_one_line),
        cmocka_unit_test(with_an_indent_parts_have_lines_and_series_stay_on_one),
        cmocka_unit_test(a_long_text_grows_the_writer),
        cmocka_unit_test(an_absent_field_is_left_out_and_a_written_default_is_not),
        cmocka_unit_test(a_text_with_a_default_is_left_out_until_it_is_set),
        cmocka_unit_test(only_the_chosen_kind_of_a_oneof_is_written),
        cmocka_unit_test(a_oneof_of_text_is_written_when_it_is_chosen),
        cmocka_unit_test(series_are_arrays_and_hashes_are_hexadecimal),
        cmocka_unit_test(enums_are_words_in_small_letters),
        cmocka_unit_test(lists_of_messages_and_texts_are_arrays),
        cmocka_unit_test(doubles_of_a_message_that_are_no_numbers_are_null),
        cmocka_unit_test(a_caller_may_add_members_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
