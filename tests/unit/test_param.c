/* What the language says of itself at run time: the generated tables match the messages that protoc-c made, and are fit to be read.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "control.pb-c.h"
#include "scenario.pb-c.h"
#include "stormcell/param.h"

static const struct param *find(const ProtobufCMessageDescriptor *descriptor, const char *key)
{
    const struct param_message *m = param_of(descriptor);

    assert_non_null(m);
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->params[i].key, key) == 0)
            return &m->params[i];
    fail_msg("%s has no key %s", descriptor->name, key);
    return NULL;
}

static void assert_unit(const ProtobufCMessageDescriptor *descriptor, const char *key, const char *field, enum param_unit unit)
{
    const struct param *p = find(descriptor, key);

    assert_string_equal(p->field, field);
    assert_int_equal(p->unit, unit);
}

static void assert_words(const ProtobufCEnumDescriptor *descriptor, const char *expected)
{
    const struct param_enum *e = param_enum_of(descriptor);
    char words[256] = "";

    assert_non_null(e);
    for (size_t i = 0; i < e->count; i++) {
        strcat(words, i ? " " : "");
        strcat(words, e->words[i].word);
    }
    assert_string_equal(words, expected);
}

/* ---------------------------------------------------------------- the tables match the descriptors */

static void every_message_that_a_scenario_can_hold_is_found(void **state)
{
    for (size_t i = 0; i < param_messages_count; i++) {
        const struct param_message *m = &param_messages[i];

        assert_ptr_equal(param_of(m->descriptor), m);
        for (unsigned k = 0; k < m->descriptor->n_fields; k++) {
            const ProtobufCFieldDescriptor *f = &m->descriptor->fields[k];

            if (f->type == PROTOBUF_C_TYPE_MESSAGE)
                assert_non_null(param_of(f->descriptor));
            if (f->type == PROTOBUF_C_TYPE_ENUM)
                assert_non_null(param_enum_of(f->descriptor));
        }
    }
}

static void parameters_stand_in_the_order_of_the_descriptor(void **state)
{
    for (size_t i = 0; i < param_messages_count; i++) {
        const struct param_message *m = &param_messages[i];

        assert_int_equal(m->count, m->descriptor->n_fields);
        for (size_t k = 0; k < m->count; k++)
            assert_string_equal(m->params[k].field, m->descriptor->fields[k].name);
    }
}

static void parameters_are_required_where_the_descriptor_says_so(void **state)
{
    for (size_t i = 0; i < param_messages_count; i++)
        for (size_t k = 0; k < param_messages[i].count; k++)
            assert_int_equal(param_messages[i].params[k].required,
                             param_messages[i].descriptor->fields[k].label == PROTOBUF_C_LABEL_REQUIRED);
}

static void enums_have_the_values_of_their_descriptor(void **state)
{
    for (size_t i = 0; i < param_enums_count; i++) {
        const struct param_enum *e = &param_enums[i];

        assert_int_equal(e->count, e->descriptor->n_values);
        for (size_t k = 0; k < e->count; k++)
            assert_non_null(protobuf_c_enum_descriptor_get_value(e->descriptor, e->words[k].value));
    }
}

static void the_scenario_comes_first(void **state)
{
    assert_ptr_equal(param_messages[0].descriptor, &stormcell__scenario__descriptor);
    assert_string_equal(param_messages[0].params[0].key, "name");
}

static void a_message_of_another_file_is_not_found(void **state)
{
    static const ProtobufCMessageDescriptor other = {.name = "Other"};
    static const ProtobufCEnumDescriptor other_enum = {.name = "Other"};

    assert_null(param_of(&other));
    assert_null(param_enum_of(&other_enum));
}

/* ---------------------------------------------------------------- keys and units */

static void the_suffix_of_a_field_is_its_unit_and_is_cut_off(void **state)
{
    assert_unit(&stormcell__call__descriptor, "timeout", "timeout_ns", PARAM_DURATION);
    assert_unit(&stormcell__breaker__descriptor, "failures", "failures_ratio", PARAM_SHARE);
    assert_unit(&stormcell__arrivals__descriptor, "rate", "rate_per_s", PARAM_RATE);
    assert_unit(&stormcell__clock__descriptor, "start", "start_utc_s", PARAM_DATETIME);
    assert_unit(&stormcell__partitions__descriptor, "shares", "shares_ratio", PARAM_SHARE);
    assert_unit(&stormcell__service__descriptor, "workers", "workers", PARAM_PLAIN);
}

static void a_moment_is_told_from_a_duration(void **state)
{
    assert_unit(&stormcell__fault__descriptor, "at", "at_t_ns", PARAM_MOMENT);
    assert_unit(&stormcell__fault__descriptor, "for", "for_ns", PARAM_DURATION);
    assert_unit(&stormcell__arrivals__descriptor, "until", "until_t_ns", PARAM_MOMENT);
}

static void units_fit_the_type_of_their_field(void **state)
{
    for (size_t i = 0; i < param_messages_count; i++)
        for (size_t k = 0; k < param_messages[i].count; k++) {
            const struct param *p = &param_messages[i].params[k];
            ProtobufCType type = param_messages[i].descriptor->fields[k].type;

            if (p->unit == PARAM_DURATION || p->unit == PARAM_MOMENT || p->unit == PARAM_DATETIME)
                assert_int_equal(type, PROTOBUF_C_TYPE_INT64);
            if (p->unit == PARAM_RATE || p->unit == PARAM_SHARE)
                assert_int_equal(type, PROTOBUF_C_TYPE_DOUBLE);
        }
}

static void keys_are_unique_within_a_message(void **state)
{
    for (size_t i = 0; i < param_messages_count; i++)
        for (size_t k = 0; k < param_messages[i].count; k++)
            for (size_t n = 0; n < k; n++)
                assert_string_not_equal(param_messages[i].params[k].key, param_messages[i].params[n].key);
}

static void options_reach_the_table(void **state)
{
    const struct param *p = find(&stormcell__bulkhead__descriptor, "limit");

    assert_true(p->has_range);
    assert_true(p->min == 1 && p->max == 1e8);
    assert_false(find(&stormcell__call__descriptor, "async")->has_range);
    assert_string_equal(find(&stormcell__call__descriptor, "to")->refers, "operation");
    assert_null(find(&stormcell__call__descriptor, "timeout")->refers);
    assert_true(find(&stormcell__population__descriptor, "arrivals")->inlined);
    assert_false(find(&stormcell__population__descriptor, "does")->inlined);
    assert_true(find(&stormcell__trace__descriptor, "file")->embeds);
    assert_true(find(&stormcell__trace__descriptor, "hash")->internal);
    assert_false(find(&stormcell__trace__descriptor, "time")->internal);
    assert_true(find(&stormcell__fault__descriptor, "target")->required);
    assert_string_equal(param_of(&stormcell__dist__descriptor)->shorthand, "constant_ns");
    assert_null(param_of(&stormcell__queue__descriptor)->shorthand);
    assert_true(param_of(&stormcell__call_control__descriptor)->kind_by_name);
    assert_false(param_of(&stormcell__fault__descriptor)->kind_by_name);
}

static void a_shorthand_names_a_field_of_its_message(void **state)
{
    for (size_t i = 0; i < param_messages_count; i++)
        if (param_messages[i].shorthand)
            assert_non_null(
                protobuf_c_message_descriptor_get_field_by_name(param_messages[i].descriptor, param_messages[i].shorthand));
}

/* ---------------------------------------------------------------- words */

static void words_lose_the_prefix_that_all_values_share(void **state)
{
    assert_words(&stormcell__bounded_queue__drop__descriptor, "newest oldest random");
    assert_words(&stormcell__service__balance__descriptor, "round_robin random two_choices least_loaded");
    assert_words(&stormcell__queue__when_full__descriptor, "refuse drop retransmit");
    assert_words(&stormcell__keyed__descriptor, "whole partition replica");
    assert_words(&stormcell__profile__preset__descriptor, "flat office_day");
    assert_words(&stormcell__time_unit__descriptor, "s ms us ns");
}

static void a_word_that_stands_alone_loses_the_name_of_its_enum_or_message(void **state)
{
    assert_words(&stormcell__back_pressure__preset__descriptor, "exchange");
    assert_words(&stormcell__cache__key__descriptor, "user name");
}

static void words_of_an_enum_are_unique_and_no_booleans_of_old_yaml(void **state)
{
    static const char *const traps[] = {"on", "off", "yes", "no", "y", "n", "true", "false", "null", ""};

    for (size_t i = 0; i < param_enums_count; i++)
        for (size_t k = 0; k < param_enums[i].count; k++) {
            for (size_t n = 0; n < k; n++)
                assert_string_not_equal(param_enums[i].words[k].word, param_enums[i].words[n].word);
            for (size_t n = 0; n < sizeof traps / sizeof *traps; n++)
                assert_string_not_equal(param_enums[i].words[k].word, traps[n]);
        }
}

/* ---------------------------------------------------------------- what users read */

/* One paragraph that begins like a sentence (a capital, a digit, a quoted word) and ends like one. */
static void assert_sentence(const char *owner, const char *name, const char *doc)
{
    size_t length = strlen(doc);

    if (length < 4 || strchr(doc, '\n') || strstr(doc, "  ") || strncmp(doc, "//", 2) == 0)
        fail_msg("%s.%s: is no paragraph: %s", owner, name, doc);
    if ((doc[0] >= 'a' && doc[0] <= 'z') || doc[0] == ' ' || !strchr(".`", doc[length - 1]))
        fail_msg("%s.%s: is no sentence: %s", owner, name, doc);
}

static void every_message_and_field_has_a_sentence_of_manual(void **state)
{
    for (size_t i = 0; i < param_messages_count; i++) {
        const struct param_message *m = &param_messages[i];

        assert_sentence(m->descriptor->short_name, "", m->doc);
        for (size_t k = 0; k < m->count; k++)
            assert_sentence(m->descriptor->short_name, m->params[k].field, m->params[k].doc);
    }
}

static void every_word_says_what_it_means(void **state)
{
    for (size_t i = 0; i < param_enums_count; i++) {
        assert_true(strlen(param_enums[i].doc) > 3);
        for (size_t k = 0; k < param_enums[i].count; k++)
            assert_true(param_enums[i].words[k].doc[0]);
    }
}

static void a_kind_without_a_comment_takes_the_first_sentence_of_its_message(void **state)
{
    assert_string_equal(find(&stormcell__call_control__descriptor, "breaker")->doc, "Stops calling what keeps failing.");
    assert_string_equal(find(&stormcell__fault__descriptor, "hang")->doc, "Silence: it neither serves nor refuses.");
    assert_string_equal(find(&stormcell__service__descriptor, "name")->doc, "Its name: the key under which it stands.");
}

/* ---------------------------------------------------------------- ranges */

static void a_range_goes_upwards(void **state)
{
    for (size_t i = 0; i < param_messages_count; i++)
        for (size_t k = 0; k < param_messages[i].count; k++)
            if (param_messages[i].params[k].has_range)
                assert_true(param_messages[i].params[k].min < param_messages[i].params[k].max);
}

static bool default_of(const ProtobufCFieldDescriptor *f, double *out)
{
    if (!f->default_value)
        return false;
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT64:
        *out = (double)*(const int64_t *)f->default_value;
        return true;
    case PROTOBUF_C_TYPE_UINT64:
        *out = (double)*(const uint64_t *)f->default_value;
        return true;
    case PROTOBUF_C_TYPE_UINT32:
        *out = *(const uint32_t *)f->default_value;
        return true;
    case PROTOBUF_C_TYPE_DOUBLE:
        *out = *(const double *)f->default_value;
        return true;
    default:
        return false;
    }
}

static void every_default_lies_in_its_range(void **state)
{
    size_t checked = 0;

    for (size_t i = 0; i < param_messages_count; i++)
        for (size_t k = 0; k < param_messages[i].count; k++) {
            const struct param *p = &param_messages[i].params[k];
            double value;

            if (!p->has_range || !default_of(&param_messages[i].descriptor->fields[k], &value))
                continue;
            checked++;
            if (value < p->min || value > p->max)
                fail_msg("%s.%s: %g is not in %g..%g", param_messages[i].descriptor->short_name, p->field, value, p->min, p->max);
        }
    assert_true(checked > 30);
}

static void every_share_lies_between_nothing_and_all(void **state)
{
    for (size_t i = 0; i < param_messages_count; i++)
        for (size_t k = 0; k < param_messages[i].count; k++) {
            const struct param *p = &param_messages[i].params[k];

            if (p->unit == PARAM_SHARE)
                assert_true(p->has_range && p->min >= 0 && p->max <= 1);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_message_that_a_scenario_can_hold_is_found),
        cmocka_unit_test(parameters_stand_in_the_order_of_the_descriptor),
        cmocka_unit_test(parameters_are_required_where_the_descriptor_says_so),
        cmocka_unit_test(enums_have_the_values_of_their_descriptor),
        cmocka_unit_test(the_scenario_comes_first),
        cmocka_unit_test(a_message_of_another_file_is_not_found),
        cmocka_unit_test(the_suffix_of_a_field_is_its_unit_and_is_cut_off),
        cmocka_unit_test(a_moment_is_told_from_a_duration),
        cmocka_unit_test(units_fit_the_type_of_their_field),
        cmocka_unit_test(keys_are_unique_within_a_message),
        cmocka_unit_test(options_reach_the_table),
        cmocka_unit_test(a_shorthand_names_a_field_of_its_message),
        cmocka_unit_test(words_lose_the_prefix_that_all_values_share),
        cmocka_unit_test(a_word_that_stands_alone_loses_the_name_of_its_enum_or_message),
        cmocka_unit_test(words_of_an_enum_are_unique_and_no_booleans_of_old_yaml),
        cmocka_unit_test(every_message_and_field_has_a_sentence_of_manual),
        cmocka_unit_test(every_word_says_what_it_means),
        cmocka_unit_test(a_kind_without_a_comment_takes_the_first_sentence_of_its_message),
        cmocka_unit_test(a_range_goes_upwards),
        cmocka_unit_test(every_default_lies_in_its_range),
        cmocka_unit_test(every_share_lies_between_nothing_and_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
