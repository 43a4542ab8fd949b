/* test_diag - lines of diagnostics */
#include "unit/scenario_text.h"

static void a_line_tells_file_line_column_path_and_what(void **state)
{
    struct diag *d = diag_create();
    char *lines;

    diag_error(d, (struct place){"shop.yaml", 14, 12}, "db.workers", "must be at least %d", 1);
    diag_error(d, (struct place){"shop.yaml", 15, 1}, NULL, "no path here");
    diag_error(d, (struct place){"other.yaml", 0, 0}, NULL, "the whole file");
    lines = diag_lines(d);
    assert_string_equal(lines, "shop.yaml:14:12: db.workers: must be at least 1\n"
                               "shop.yaml:15:1: no path here\n"
                               "other.yaml: the whole file\n");
    free(lines);
    diag_free(d);
}

static void lines_are_sorted_by_place_and_then_by_discovery(void **state)
{
    struct diag *d = diag_create();
    char *lines;

    diag_error(d, (struct place){"b", 9, 1}, NULL, "last");
    diag_error(d, (struct place){"b", 2, 5}, NULL, "second");
    diag_error(d, (struct place){"b", 2, 5}, NULL, "another second");
    diag_error(d, (struct place){"b", 2, 3}, NULL, "first");
    diag_error(d, (struct place){"a", 1, 1}, NULL, "a later file");
    lines = diag_lines(d);
    assert_string_equal(lines, "b:2:3: first\nb:2:5: second\nb:2:5: another second\nb:9:1: last\na:1:1: a later file\n");
    free(lines);
    diag_free(d);
}

static void the_same_line_is_said_once(void **state)
{
    struct diag *d = diag_create();

    for (int i = 0; i < 100; i++)
        diag_error(d, (struct place){"a", (unsigned)i % 10 + 1, 1}, "p", "wrong");
    assert_int_equal(diag_errors(d), 10);
    diag_free(d);
}

static void a_line_that_is_found_in_several_contexts_is_one_line(void **state)
{
    static const char *const contexts[] = {"in a", "in b", "in c", "in d", "in e"};
    struct diag *d = diag_create();
    char *lines;

    diag_error(d, (struct place){"a", 2, 1}, "p", "no x: expected y or z");
    for (size_t i = 0; i < 5; i++) {
        diag_context(d, contexts[i]);
        if (i < 2)
            diag_error(d, (struct place){"a", 1, 1}, "p", "twice");
        diag_error(d, (struct place){"a", 1, 2}, "p", "five times");
        diag_error(d, (struct place){"a", 2, 1}, "p", "no x: expected z"); /* which follows from what was said first */
    }
    lines = diag_lines(d);
    assert_string_equal(lines, "a:1:1: p: twice (in a, in b)\na:1:2: p: five times (in a, in b, in c, ...)\n"
                               "a:2:1: p: no x: expected y or z\n");
    assert_int_equal(diag_errors(d), 3);
    assert_int_equal(diag_found(d), 13);
    free(lines);
    diag_free(d);
}

static void a_context_is_named_only_where_it_is_the_cause(void **state)
{
    struct diag *d = diag_create();
    char *lines;

    diag_error(d, (struct place){"a", 1, 1}, "p", "wrong anyway");
    diag_context(d, "in strategy 'x'");
    diag_error(d, (struct place){"a", 1, 1}, "p", "wrong anyway");
    diag_error(d, (struct place){"a", 2, 1}, "p", "wrong now");
    diag_context(d, NULL);
    diag_error(d, (struct place){"a", 3, 1}, "p", "wrong later");
    lines = diag_lines(d);
    assert_string_equal(lines, "a:1:1: p: wrong anyway\na:2:1: p: wrong now (in strategy 'x')\na:3:1: p: wrong later\n");
    free(lines);
    diag_free(d);
}

static void fifty_errors_are_printed_and_the_rest_counted(void **state)
{
    struct diag *d = diag_create();
    char *lines;
    unsigned newlines = 0;

    for (unsigned i = 1; i <= 73; i++)
        diag_error(d, (struct place){"a", i, 1}, NULL, "wrong");
    lines = diag_lines(d);
    for (const char *p = lines; *p; p++)
        newlines += *p == '\n';
    assert_int_equal(newlines, 51);
    assert_non_null(strstr(lines, "a:50:1: wrong\nand 23 more errors\n"));
    free(lines);
    diag_free(d);
}

static void warnings_refuse_nothing(void **state)
{
    struct diag *d = diag_create();
    char *lines;

    diag_warning(d, (struct place){"a", 1, 1}, "p", "odd");
    assert_int_equal(diag_errors(d), 0);
    assert_int_equal(diag_exit_status(d), 0);
    lines = diag_lines(d);
    assert_string_equal(lines, "a:1:1: warning: p: odd\n");
    free(lines);
    diag_free(d);
}

static void the_exit_status_is_2_for_input_and_3_for_the_world(void **state)
{
    struct diag *d = diag_create();

    assert_int_equal(diag_exit_status(d), 0);
    diag_error(d, (struct place){"a", 1, 1}, NULL, "wrong");
    assert_int_equal(diag_exit_status(d), 2);
    diag_world(d, (struct place){"b", 0, 0}, "cannot read it");
    assert_int_equal(diag_exit_status(d), 3);
    assert_int_equal(diag_errors(d), 2);
    diag_free(d);
}

static void a_line_stays_one_line_whatever_it_quotes(void **state)
{
    struct diag *d = diag_create();
    char *lines;

    diag_error(d, (struct place){"a\n", 1, 1}, "p\tq", "a\nb\x1b[31m\x01 \xc3\xa4 \xff \xe2\x80\xae %s", diag_quote(d, "x\r\ny"));
    lines = diag_lines(d);
    assert_string_equal(lines, "a\\n:1:1: p\\tq: a\\nb\\x1b[31m\\x01 \xc3\xa4 \\xff \\xe2\\x80\\xae 'x\\r\\ny'\n");
    free(lines);
    diag_free(d);
}

static void a_quote_is_cut_at_60_bytes(void **state)
{
    struct diag *d = diag_create();
    char text[100];

    memset(text, 'x', 99);
    text[99] = '\0';
    assert_int_equal(strlen(diag_quote(d, text)), 60 + 3 + 2);
    assert_string_equal(diag_quote(d, text) + 59, "xx...'");
    text[60] = '\0';
    assert_int_equal(strlen(diag_quote(d, text)), 60 + 2);
    diag_free(d);
}

static void four_quotes_fit_in_one_line(void **state)
{
    struct diag *d = diag_create();
    const char *a = diag_quote(d, "1"), *b = diag_quote(d, "2"), *c = diag_quote(d, "3"), *e = diag_quote(d, "4");

    assert_string_equal(a, "'1'");
    assert_string_equal(b, "'2'");
    assert_string_equal(c, "'3'");
    assert_string_equal(e, "'4'");
    diag_free(d);
}

static void the_nearest_word_is_one_that_may_be_meant(void **state)
{
    static const char *const words[] = {"workers", "timeout", "authenticate", "rate", "db"};
    static const struct {
        const char *word, *nearest;
    } cases[] = {
        {"wrokers", "workers"},
        {"worker", "workers"},
        {"Timeout", "timeout"},
        {"tiemout", "timeout"},
        {"auth", "authenticate"},
        {"authentcate", "authenticate"},
        {"rte", "rate"},
        {"dbb", "db"},
        {"flavour", NULL},
        {"x", NULL},
        {"", NULL},
        {"b", NULL},
        {"a word that is much longer than sixty-four characters and cannot be meant", NULL},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *nearest = diag_nearest(cases[i].word, words, sizeof words / sizeof *words);

        if (cases[i].nearest)
            assert_string_equal(nearest, cases[i].nearest);
        else
            assert_null(nearest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_tells_file_line_column_path_and_what),
        cmocka_unit_test(lines_are_sorted_by_place_and_then_by_discovery),
        cmocka_unit_test(the_same_line_is_said_once),
        cmocka_unit_test(a_context_is_named_only_where_it_is_the_cause),
        cmocka_unit_test(a_line_that_is_found_in_several_contexts_is_one_line),
        cmocka_unit_test(fifty_errors_are_printed_and_the_rest_counted),
        cmocka_unit_test(warnings_refuse_nothing),
        cmocka_unit_test(the_exit_status_is_2_for_input_and_3_for_the_world),
        cmocka_unit_test(a_line_stays_one_line_whatever_it_quotes),
        cmocka_unit_test(a_quote_is_cut_at_60_bytes),
        cmocka_unit_test(four_quotes_fit_in_one_line),
        cmocka_unit_test(the_nearest_word_is_one_that_may_be_meant),
    };

    return cmocka_run_group_tests_name("diag", tests, NULL, NULL);
}
