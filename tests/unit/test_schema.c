/* What editors are given: the schema is JSON, and says of the language what the loader holds it to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantity.h"
#include "stormcell/param.h"
#include "stormcell/schema.h"
#include "unit/json_check.h"

/* The text of the value at a path of keys, blanks between tokens squeezed out, in new memory; fails the test when there is none. */
static char *value_at(const char *path)
{
    const char *at = json_check_blanks(schema_text), *start;
    char *keys = strdup(path), *rest = keys, *key, *out;
    size_t n = 0;
    bool quoted = false;

    while ((key = strsep(&rest, "/"))) {
        bool found = false;

        assert_true(*at == '{');
        at = json_check_blanks(at + 1);
        while (*at == '"' && !found) {
            start = at;
            assert_null(json_check_string(&at));
            found = (size_t)(at - start) == strlen(key) + 2 && strncmp(start + 1, key, strlen(key)) == 0;
            at = json_check_blanks(json_check_blanks(at) + 1);
            if (!found) {
                assert_null(json_check_value(&at, 0));
                at = json_check_blanks(json_check_blanks(at) + (*json_check_blanks(at) == ','));
            }
        }
        if (!found)
            fail_msg("the schema has no %s (of %s)", key, path);
    }
    free(keys);
    start = at;
    assert_null(json_check_value(&at, 0));
    out = calloc((size_t)(at - start) + 1, 1);
    for (; start < at; start++) {
        quoted ^= *start == '"' && start[-1] != '\\';
        if (quoted || !isspace((unsigned char)*start))
            out[n++] = *start;
    }
    return out;
}

static void assert_value(const char *path, const char *expected)
{
    char *value = value_at(path);

    assert_string_equal(value, expected);
    free(value);
}

static void assert_begins(const char *path, const char *expected)
{
    char *value = value_at(path);

    if (strncmp(value, expected, strlen(expected)) != 0)
        fail_msg("%s: begins with %.*s", path, (int)strlen(expected), value);
    free(value);
}

static void assert_absent(const char *path, const char *key)
{
    char *value = value_at(path), *quoted = NULL;

    assert_true(asprintf(&quoted, "\"%s\":", key) > 0);
    if (strstr(value, quoted))
        fail_msg("%s: holds %s", path, key);
    free(quoted);
    free(value);
}

static void the_schema_is_json_and_ends_in_a_line(void **state)
{
    const char *at, *wrong = json_check(schema_text, &at);

    if (wrong)
        fail_msg("%s expected at: %.60s", wrong, at);
    assert_true(schema_text[strlen(schema_text) - 1] == '\n');
}

static void it_says_which_dialect_it_speaks(void **state)
{
    assert_value("$schema", "\"https://json-schema.org/draft/2020-12/schema\"");
    assert_value("type", "\"object\"");
    assert_value("additionalProperties", "false");
}

static void a_file_needs_name_and_clock_unless_it_includes_another(void **state)
{
    assert_value("anyOf", "[{\"required\":[\"name\",\"clock\"]},{\"required\":[\"include\"]}]");
}

static void every_reference_leads_to_a_definition(void **state)
{
    static const char mark[] = "\"$ref\": \"#/$defs/";
    size_t count = 0;

    for (const char *s = schema_text; (s = strstr(s, mark)); count++) {
        size_t length = strcspn(s += strlen(mark), "\"");
        char path[128];

        snprintf(path, sizeof path, "$defs/%.*s", (int)length, s);
        free(value_at(path));
    }
    assert_true(count > 50);
}

static void every_message_is_defined(void **state)
{
    for (size_t i = 1; i < param_messages_count; i++) {
        char path[128];

        snprintf(path, sizeof path, "$defs/%s/description", param_messages[i].descriptor->short_name);
        free(value_at(path));
    }
}

static void a_list_by_name_is_a_mapping_whose_entries_have_no_name_key(void **state)
{
    assert_value("properties/services/additionalProperties", "{\"$ref\":\"#/$defs/Service\"}");
    assert_absent("$defs/Service/properties", "name");
}

static void a_list_without_names_is_an_array(void **state)
{
    assert_value("properties/runbook/items", "{\"$ref\":\"#/$defs/Step\"}");
    assert_value("$defs/Sla/properties/tiers/items", "{\"$ref\":\"#/$defs/Tier\"}");
    assert_value("$defs/Lane/properties/partitions/type", "\"array\"");
}

static void units_are_texts_with_a_pattern(void **state)
{
    assert_value("$defs/Call/properties/timeout/$ref", "\"#/$defs/duration\"");
    assert_value("$defs/duration/type", "\"string\"");
    assert_value("$defs/Fault/properties/at/$ref", "\"#/$defs/moment\"");
    assert_value("$defs/Arrivals/properties/rate/$ref", "\"#/$defs/rate\"");
    assert_value("$defs/Clock/properties/start/$ref", "\"#/$defs/datetime\"");
    assert_value("$defs/Call/properties/share/type", "[\"number\",\"string\"]");
}

/* Whether the pattern of a unit takes a text. */
static bool pattern_takes(const char *unit, const char *text)
{
    char path[40], *pattern, *to, *quote;
    regex_t regex;
    bool takes;

    snprintf(path, sizeof path, "$defs/%s/pattern", unit);
    pattern = to = value_at(path);
    for (const char *from = pattern + 1; *from; from++) {
        from += from[0] == '\\' && from[1] == '\\';
        *to++ = *from;
    }
    *to = '\0';
    quote = strrchr(pattern, '"');
    assert_non_null(quote);
    *quote = '\0';
    assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
    takes = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    free(pattern);
    return takes;
}

static void the_patterns_take_what_the_loader_takes(void **state)
{
    static const char *const texts[] = {
        "30s",
        "5min",
        "5m",
        "400us",
        "1h30m",
        "1.5h",
        "1e3s",
        "1E3s",
        "2w",
        "7d",
        "3ms",
        "9ns",
        "1min30s",
        "30",
        "s",
        "1.s",
        ".5s",
        "5S",
        "1h30",
        "30 s",
        "5%",
        "+90m",
        "+5min",
        "12:00Z",
        "12:0Z",
        "12:00",
        "1200/s",
        "1.2k/min",
        "5/h",
        "2M/d",
        "5/m",
        "5/w",
        "1200",
        "1K/s",
        "1e3/s",
        "end",
        "0",
        "12:00:30Z",
        "+12:00Z",
        "2014-06-24",
        "2014-06-24T10:30Z",
        "2014-06-24T10:30:15Z",
        "2014-06-24 10:30Z",
        "14-06-24T10:30Z",
    };
    int64_t whole;
    double number;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *t = texts[i];

        if (pattern_takes("duration", t) != (quantity_duration(t, &whole) == QUANTITY_GOOD) ||
            pattern_takes("moment", t) != (quantity_moment(t, 0, &whole) == QUANTITY_GOOD) ||
            pattern_takes("datetime", t) != (quantity_datetime(t, &whole) == QUANTITY_GOOD) ||
            pattern_takes("rate", t) != (quantity_rate(t, &number) == QUANTITY_GOOD))
            fail_msg("schema and loader differ on %s", t);
    }
}

static void ranges_and_defaults_are_spelled_as_users_write_them(void **state)
{
    assert_value("$defs/Bulkhead/properties/limit/minimum", "1");
    assert_value("$defs/Bulkhead/properties/limit/maximum", "100000000");
    assert_value("$defs/Bulkhead/properties/limit/default", "25");
    assert_value("$defs/Breaker/properties/failures/default", "\"50%\"");
    assert_value("$defs/Breaker/properties/window/default", "\"10s\"");
    assert_value("$defs/Backoff/properties/base/default", "\"100ms\"");
    assert_value("$defs/Transport/properties/return_after/default", "\"2d\"");
    assert_value("$defs/Backoff/properties/jitter/default", "\"none\"");
    assert_value("$defs/Sender/properties/gives_notice/default", "true");
}

static void an_enum_lists_its_words(void **state)
{
    assert_value("$defs/Backoff.Jitter/enum",
                 "[\"none\",\"full\",\"equal\",\"decorrelated\",\"exponential\",\"spread\",\"offset\"]");
}

static void inlined_keys_stand_in_the_parent_too(void **state)
{
    assert_value("$defs/Population/properties/rate/$ref", "\"#/$defs/rate\"");
    assert_value("$defs/Population/properties/arrivals/$ref", "\"#/$defs/Arrivals\"");
    assert_value("$defs/Call/properties/breaker/$ref", "\"#/$defs/Breaker\"");
}

static void named_controls_are_a_mapping_in_which_a_kind_names_itself(void **state)
{
    assert_value("$defs/Service/properties/controls/properties/static_limit", "{\"$ref\":\"#/$defs/StaticLimit\"}");
    assert_value("$defs/Service/properties/controls/additionalProperties", "{\"$ref\":\"#/$defs/ServiceControl\"}");
    assert_value("$defs/ServiceControl/maxProperties", "1");
}

static void a_oneof_takes_one_of_its_keys(void **state)
{
    assert_value("$defs/Flaw/oneOf", "[{\"required\":[\"hang\"]},{\"required\":[\"crash\"]},{\"required\":[\"slow\"]},"
                                     "{\"required\":[\"error\"]},{\"not\":{\"anyOf\":[{\"required\":[\"hang\"]},"
                                     "{\"required\":[\"crash\"]},{\"required\":[\"slow\"]},{\"required\":[\"error\"]}]}}]");
}

static void what_the_loader_fills_is_no_key(void **state)
{
    assert_absent("$defs/Empirical/properties", "values");
    assert_absent("$defs/Empirical/properties", "hash");
    assert_absent("$defs/Strategy", "paths");
}

static void a_strategy_is_free_in_form(void **state)
{
    assert_value("$defs/Strategy/type", "[\"object\",\"array\"]");
}

static void a_message_with_a_short_form_takes_that_value_or_the_mapping(void **state)
{
    assert_begins("$defs/Dist/anyOf", "[{\"$ref\":\"#/$defs/duration\"},{\"type\":\"object\",");
    assert_begins("$defs/Expect/anyOf", "[{\"type\":\"array\",\"items\":{\"type\":\"string\"}},{\"type\":\"object\",");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_schema_is_json_and_ends_in_a_line),
        cmocka_unit_test(it_says_which_dialect_it_speaks),
        cmocka_unit_test(a_file_needs_name_and_clock_unless_it_includes_another),
        cmocka_unit_test(every_reference_leads_to_a_definition),
        cmocka_unit_test(every_message_is_defined),
        cmocka_unit_test(a_list_by_name_is_a_mapping_whose_entries_have_no_name_key),
        cmocka_unit_test(a_list_without_names_is_an_array),
        cmocka_unit_test(units_are_texts_with_a_pattern),
        cmocka_unit_test(the_patterns_take_what_the_loader_takes),
        cmocka_unit_test(ranges_and_defaults_are_spelled_as_users_write_them),
        cmocka_unit_test(an_enum_lists_its_words),
        cmocka_unit_test(inlined_keys_stand_in_the_parent_too),
        cmocka_unit_test(named_controls_are_a_mapping_in_which_a_kind_names_itself),
        cmocka_unit_test(a_oneof_takes_one_of_its_keys),
        cmocka_unit_test(what_the_loader_fills_is_no_key),
        cmocka_unit_test(a_strategy_is_free_in_form),
        cmocka_unit_test(a_message_with_a_short_form_takes_that_value_or_the_mapping),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
