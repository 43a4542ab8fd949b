/* The helper itself (e2e.h): a comparison that is always true would make every test of a scenario worthless. */
#include "e2e/e2e.h"

static bool holds(const char *claim, const char *value)
{
    struct e2e_claim c = e2e_claim_read(claim);

    return e2e_claim_holds(&c, value);
}

static double number(const char *text)
{
    double value;

    assert_true(e2e_number(text, &value));
    return value;
}

static void a_claim_is_cut_at_the_first_operator_outside_brackets(void **state)
{
    struct e2e_claim c = e2e_claim_read("mail.delay.p99{group=spared, strategy!=none}@[12:30Z,16:30Z] >= 1h30m");

    assert_string_equal(c.metric, "mail.delay.p99{group=spared, strategy!=none}@[12:30Z,16:30Z]");
    assert_string_equal(c.op, ">=");
    assert_string_equal(c.right, "1h30m");
}

static void numbers_are_read_in_base_units(void **state)
{
    assert_true(number("7") == 7);
    assert_true(number("1m") == 60);
    assert_true(number("1h30m") == 5400);
    assert_true(number("25%") == 0.25);
    assert_true(number("2k") == 2000);
    assert_true(number("120/min") > 1.999999 && number("120/min") < 2.000001);
    assert_true(number("4ms") > 0.003999 && number("4ms") < 0.004001);
}

static void a_word_is_no_number(void **state)
{
    double value;

    assert_false(e2e_number("stable", &value));
    assert_false(e2e_number("1parsec", &value));
    assert_false(e2e_number("", &value));
}

static void every_operator_can_hold_and_can_fail(void **state)
{
    assert_true(holds("m < 1m", "59.9"));
    assert_false(holds("m < 1m", "60"));
    assert_true(holds("m <= 1m", "60"));
    assert_false(holds("m <= 1m", "60.1"));
    assert_true(holds("m > 1h", "3600.5"));
    assert_false(holds("m > 1h", "3600"));
    assert_true(holds("m >= 1h", "3600"));
    assert_false(holds("m >= 1h", "3599"));
    assert_true(holds("m = 0", "0"));
    assert_false(holds("m = 0", "1"));
    assert_true(holds("m != 0", "1"));
    assert_false(holds("m != 0", "0"));
}

static void words_are_equal_or_not(void **state)
{
    assert_true(holds("verdict{group=spared} = stable", "stable"));
    assert_false(holds("verdict{group=spared} = stable", "metastable"));
    assert_true(holds("verdict{group=struck} != stable", "recovered"));
    assert_false(holds("verdict{group=struck} != stable", "stable"));
}

static void a_value_that_is_at_least_so_much_is_never_below_a_line(void **state)
{
    assert_true(holds("m > 1h", ">= 4000"));
    assert_false(holds("m > 1h", ">= 100"));
    assert_false(holds("m < 1h", ">= 100"));
    assert_false(holds("m = 100", ">= 100"));
    assert_true(holds("m != 7", ">= 100"));
    assert_false(holds("m != 200", ">= 100"));
}

static void arguments_are_cut_at_spaces_and_kept_together_by_quotes(void **state)
{
    const char *argv[E2E_ARGUMENTS_MAX];
    char text[] = "mm1.yaml  --set 'a.b={c: 1}' --seed 2";

    assert_int_equal(e2e_split(text, argv, 0), 5);
    assert_string_equal(argv[0], "mm1.yaml");
    assert_string_equal(argv[2], "a.b={c: 1}");
    assert_string_equal(argv[4], "2");
}

static void a_program_is_run_with_both_streams_and_its_exit_status(void **state)
{
    struct outcome o = run_argv((const char *const[]){"sh", "-c", "cat; echo out; echo err >&2; exit 5", NULL});

    assert_int_equal(o.status, 5);
    assert_string_equal(o.out, "out\n");
    assert_string_equal(o.err, "err\n");
    outcome_free(&o);
}

static void much_output_on_both_streams_is_read_to_its_end(void **state)
{
    struct outcome o = run_argv((const char *const[]){"sh", "-c", "head -c 300000 /dev/zero >&2; head -c 500000 /dev/zero", NULL});

    assert_int_equal(o.status, 0);
    assert_int_equal(o.out_length, 500000);
    assert_int_equal(o.err_length, 300000);
    outcome_free(&o);
}

static void a_program_that_was_killed_has_no_exit_status(void **state)
{
    struct outcome o = run_argv((const char *const[]){"sh", "-c", "kill -TERM $$", NULL});

    assert_int_equal(o.status, -1);
    assert_int_equal(o.signal, SIGTERM);
    outcome_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_claim_is_cut_at_the_first_operator_outside_brackets),
        cmocka_unit_test(numbers_are_read_in_base_units),
        cmocka_unit_test(a_word_is_no_number),
        cmocka_unit_test(every_operator_can_hold_and_can_fail),
        cmocka_unit_test(words_are_equal_or_not),
        cmocka_unit_test(a_value_that_is_at_least_so_much_is_never_below_a_line),
        cmocka_unit_test(arguments_are_cut_at_spaces_and_kept_together_by_quotes),
        cmocka_unit_test(a_program_is_run_with_both_streams_and_its_exit_status),
        cmocka_unit_test(much_output_on_both_streams_is_read_to_its_end),
        cmocka_unit_test(a_program_that_was_killed_has_no_exit_status),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
