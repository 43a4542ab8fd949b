/* test_must - what die() and must() print, and with which status they end */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "stormcell/must.h"

/* Runs `act` in a process of its own; fills `printed` with its stderr and returns its wait status. */
static int outcome(void (*act)(void), char *printed, size_t size)
{
    int ends[2], status;
    size_t length = 0;
    ssize_t got;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        act();
        _exit(0);
    }
    close(ends[1]);
    while ((got = read(ends[0], printed + length, size - 1 - length)) > 0)
        length += (size_t)got;
    printed[length] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void open_nothing(void)
{
    die("cannot open %s: %s", "shop.yaml", "No such file or directory");
}

static void break_a_rule(void)
{
    must(1 + 1 == 2);
    must_announce("stormcell run shop.yaml --seed 7");
    must(1 + 1 == 3);
}

static void break_a_rule_unannounced(void)
{
    must_announce("stormcell run shop.yaml --seed 7");
    must_announce(NULL);
    must(!"this");
}

static void break_a_rule_for_a_debugger(void)
{
    const struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
    signal(SIGABRT, SIG_DFL);
    setenv("STORMCELL_CORE", "1", 1);
    must(!"this");
}

/* The overflow of count * size, where the product alone would be a small request. */
static void ask_for_too_much(void)
{
    free(xrealloc(NULL, SIZE_MAX / 4 + 2, 4));
}

static void the_worlds_failure_is_one_line_and_status_3(void **state)
{
    char printed[1000];
    int status = outcome(open_nothing, printed, sizeof(printed));

    (void)state;
    assert_string_equal(printed, "stormcell: cannot open shop.yaml: No such file or directory\n");
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
}

static void a_broken_rule_names_its_place_and_the_command_that_repeats_it(void **state)
{
    char printed[1000];
    int status = outcome(break_a_rule, printed, sizeof(printed));

    (void)state;
    assert_non_null(strstr(printed, "test_must.c:"));
    assert_non_null(strstr(printed, "1 + 1 == 3\n"));
    assert_non_null(strstr(printed, "stormcell: repeat it with: stormcell run shop.yaml --seed 7\n"));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 4);
}

static void without_a_command_nothing_is_said_of_repeating(void **state)
{
    char printed[1000];
    int status = outcome(break_a_rule_unannounced, printed, sizeof(printed));

    (void)state;
    assert_null(strstr(printed, "repeat"));
    assert_int_equal(WEXITSTATUS(status), 4);
}

static void a_debugger_may_have_a_core_file_instead(void **state)
{
    char printed[1000];
    int status = outcome(break_a_rule_for_a_debugger, printed, sizeof(printed));

    (void)state;
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void memory_that_is_not_there_is_the_worlds_failure(void **state)
{
    char printed[1000];
    int status = outcome(ask_for_too_much, printed, sizeof(printed));

    (void)state;
    assert_non_null(strstr(printed, "stormcell: out of memory"));
    assert_int_equal(WEXITSTATUS(status), 3);
}

static void an_empty_piece_of_memory_is_a_piece_of_memory(void **state)
{
    void *nothing = xmalloc(0), *none = xcalloc(0, 8), *empty = xrealloc(NULL, 0, 8);

    (void)state;
    assert_non_null(nothing);
    assert_non_null(none);
    assert_non_null(empty);
    free(nothing);
    free(none);
    free(empty);
}

static void texts_are_copied_and_formatted(void **state)
{
    char *copy = xstrdup("hub"), *made = xasprintf("%s.%d", "hub", 3);

    (void)state;
    assert_string_equal(copy, "hub");
    assert_string_equal(made, "hub.3");
    free(copy);
    free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worlds_failure_is_one_line_and_status_3),
        cmocka_unit_test(a_broken_rule_names_its_place_and_the_command_that_repeats_it),
        cmocka_unit_test(without_a_command_nothing_is_said_of_repeating),
        cmocka_unit_test(a_debugger_may_have_a_core_file_instead),
        cmocka_unit_test(memory_that_is_not_there_is_the_worlds_failure),
        cmocka_unit_test(an_empty_piece_of_memory_is_a_piece_of_memory),
        cmocka_unit_test(texts_are_copied_and_formatted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
