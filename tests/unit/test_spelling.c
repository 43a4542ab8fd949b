/* test_spelling - quantities of the units of the language, as texts */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/quantity.h"
#include "scenario/spelling.h"

static void a_share_reads_back_to_the_same_number(void **state)
{
    static const double shares[] = {0, 0.02, 0.5, 0.95, 1, 0.9995, 1.0 / 3, 0.07};
    char text[64];
    double ratio;

    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        assert_int_equal(quantity_share(spelling_format(PARAM_SHARE, shares[i], text), &ratio), QUANTITY_GOOD);
        assert_memory_equal(&ratio, &shares[i], sizeof ratio);
    }
}

static void a_value_is_written_in_its_unit(void **state)
{
    char text[64];

    assert_string_equal(spelling_format(PARAM_SHARE, 1, text), "100%");
    assert_string_equal(spelling_format(PARAM_RATE, 1e8, text), "100000000/s");
    assert_string_equal(spelling_format(PARAM_PLAIN, 0.5, text), "0.5");
    assert_string_equal(spelling_format(PARAM_DURATION, 5.4e12, text), "1h30m");
}

static void a_text_is_named_by_its_unit(void **state)
{
    assert_string_equal(spelling_kind("60"), "a plain number");
    assert_string_equal(spelling_kind("5%"), "a share");
    assert_string_equal(spelling_kind("5/min"), "a rate");
    assert_string_equal(spelling_kind("5min"), "a duration");
    assert_string_equal(spelling_kind("999999999999w"), "a duration");
    assert_string_equal(spelling_kind("2014-06-24T10:30Z"), "a date and time");
    assert_string_equal(spelling_kind("10:30Z"), "a moment");
    assert_string_equal(spelling_kind("+5min"), "a moment");
    assert_null(spelling_kind("5 minutes"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_share_reads_back_to_the_same_number),
        cmocka_unit_test(a_value_is_written_in_its_unit),
        cmocka_unit_test(a_text_is_named_by_its_unit),
    };

    return cmocka_run_group_tests_name("spelling", tests, NULL, NULL);
}
