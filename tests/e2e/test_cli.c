/* The command line: what any user meets first. */
#include "e2e/e2e.h"

#include <sys/stat.h>

/* A file with this text in a new temporary folder; the path is in a static buffer. */
static const char *scratch_file(const char *text, size_t length)
{
    static char path[64];
    int fd;

    snprintf(path, sizeof(path), "%s", "/tmp/stormcell-cli-XXXXXX.yaml");
    fd = mkstemps(path, 5);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, length), (ssize_t)length);
    close(fd);
    return path;
}

static void version_is_one_line_with_the_name_of_the_program(void **state)
{
    struct outcome o = run_program("--version");

    assert_ended(&o, 0);
    assert_string_equal(o.err, "");
    assert_int_equal(strncmp(o.out, "stormcell ", 10), 0);
    assert_ptr_equal(strchr(o.out, '\n'), o.out + o.out_length - 1);
    outcome_free(&o);
}

static void help_goes_to_stdout_and_names_every_command(void **state)
{
    static const char *const commands[] = {"check", "run", "compare", "explain", "schema", "init"};
    struct outcome o = run_program("--help");

    assert_ended(&o, 0);
    assert_string_equal(o.err, "");
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        assert_contains(&o, o.out, commands[i]);
    outcome_free(&o);
}

static void an_unknown_command_is_named_and_is_the_users_error(void **state)
{
    assert_says(2, "rum", "rum", "scenarios/hello.yaml");
}

static void an_unknown_option_is_named_and_is_the_users_error(void **state)
{
    assert_says(2, "--bogus", "check", "--bogus", "scenarios/hello.yaml");
}

static void a_command_without_its_file_is_the_users_error(void **state)
{
    assert_says(2, "", "check");
}

static void a_missing_file_is_the_worlds_error_in_one_line(void **state)
{
    assert_refuses(3, "no-such.yaml", "check", "no-such.yaml");
    assert_refuses(3, "no-such.yaml", "run", "no-such.yaml");
}

static void a_folder_is_no_scenario(void **state)
{
    assert_refuses(3, "tests", "check", "tests");
    assert_refuses(3, "tests", "run", "tests");
}

static void an_empty_file_is_the_users_error_in_one_line(void **state)
{
    const char *path = scratch_file("", 0);

    assert_refuses(2, path, "check", path);
    assert_refuses(2, path, "run", path);
    unlink(path);
}

static void a_binary_file_is_the_users_error_in_one_line(void **state)
{
    static const char noise[] = "\x7f\x45LF\x02\x01\x00\x00\xff\xfe\x00";
    const char *path = scratch_file(noise, sizeof(noise));

    assert_refuses(2, path, "check", path);
    unlink(path);
}

static void a_pipe_that_nobody_writes_to_is_an_empty_file(void **state)
{
    char folder[] = "/tmp/stormcell-pipe-XXXXXX", path[64];

    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/pipe", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refuses(2, path, "check", path);
    unlink(path);
    assert_int_equal(rmdir(folder), 0);
}

static void an_empty_word_is_no_file_no_folder_and_no_list(void **state)
{
    assert_refuses(2, "stormcell: run: expected a scenario file", "run", "");
    assert_refuses(2, "stormcell: --out: expected DIR", "run", "--out", "", "scenarios/hello.yaml");
    assert_refuses(2, "stormcell: --strategies: expected A,B,...", "compare", "--strategies", ",", "scenarios/hello.yaml");
}

/* The first block of YAML in the reference is what its reader tries first. */
static void the_example_of_the_reference_is_a_good_scenario(void **state)
{
    struct outcome o = run_argv(
        (const char *const[]){"sed", "-n", "/^```yaml/,/^```$/{/^```$/q;/^```/!p}", "scenarios/REFERENCE.md", NULL});
    const char *path = scratch_file(o.out, o.out_length);

    assert_true(o.out_length > 500);
    outcome_free(&o);
    assert_says(0, "", "check", path);
    unlink(path);
}

static void what_cannot_be_done_is_said_before_the_run(void **state)
{
    assert_refuses(3, "stormcell: cannot write into scenarios/hello.yaml", "run", "scenarios/hello.yaml", "--out",
                   "scenarios/hello.yaml");
    assert_refuses(2, "stormcell: compare: --vary assumed: the scenario has no", "compare", "scenarios/hello.yaml", "--vary",
                   "assumed");
}

/* The queue of the shop may hold anything, but the strategy is about its length. */
static void an_assumed_value_leaves_what_a_strategy_changes(void **state)
{
    assert_says(0, "At most 100 may wait in line", "explain", "scenarios/hello.yaml", "--strategy", "short_queue", "--assume",
                "shop.queue.limit=700");
    assert_says(0, "At most 700 may wait in line", "explain", "scenarios/hello.yaml", "--assume", "shop.queue.limit=700");
    assert_says(0, "At most 700 may wait in line", "explain", "scenarios/hello.yaml", "--strategy", "short_queue", "--set",
                "shop.queue.limit=700");
}

/* Whoever asks for a number or for JSON sees no report, and must still learn why the status is 1. */
static void a_failed_expectation_is_said_where_no_report_is(void **state)
{
    assert_says(1, "scenarios/hello.yaml: expectation failed under baseline: verdict = metastable", "run", "scenarios/hello.yaml",
                "--set", "freeze.for=1s", "--print", "verdict");
    assert_says(1, "scenarios/hello.yaml: expectation failed under baseline: verdict = metastable", "compare",
                "scenarios/hello.yaml", "--set", "freeze.for=1s", "--json");
}

static void compare_stores_each_strategy_in_a_folder_of_its_own(void **state)
{
    static const char *const files[] = {"baseline/result.pb",    "baseline/result.json",    "baseline/series.csv",
                                        "short_queue/result.pb", "short_queue/result.json", "short_queue/series.csv"};
    char folder[] = "/tmp/stormcell-out-XXXXXX", path[64];

    assert_non_null(mkdtemp(folder));
    assert_says(0, "2 strategies", "compare", "scenarios/hello.yaml", "--strategies", "short_queue,short_queue", "--out", folder);
    for (size_t i = 0; i < 6; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
        assert_int_equal(unlink(path), 0);
        if (i % 3 == 2) {
            *strrchr(path, '/') = '\0';
            assert_int_equal(rmdir(path), 0);
        }
    }
    assert_int_equal(rmdir(folder), 0);
}

static void ctrl_c_ends_a_run_with_130_a_line_and_no_files(void **state)
{
    char folder[] = "/tmp/stormcell-out-XXXXXX", line[512];
    struct outcome o;

    assert_non_null(mkdtemp(folder));
    /* The trace tells that the run is under way; with nobody to read on, it stays so. */
    snprintf(line, sizeof(line),
             "exec 3< <(exec \"$0\" run scenarios/exchange-2014.yaml --trace --out %s 2>&1); p=$!; read -r x <&3; kill -INT $p; "
             "cat <&3 | tail -n 1; wait $p; echo $?",
             folder);
    o = run_argv((const char *const[]){"bash", "-c", line, e2e_program(), NULL});
    assert_ended(&o, 0);
    assert_contains(&o, o.out, "stormcell: interrupted\n130\n");
    outcome_free(&o);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_is_one_line_with_the_name_of_the_program),
        cmocka_unit_test(help_goes_to_stdout_and_names_every_command),
        cmocka_unit_test(an_unknown_command_is_named_and_is_the_users_error),
        cmocka_unit_test(an_unknown_option_is_named_and_is_the_users_error),
        cmocka_unit_test(a_command_without_its_file_is_the_users_error),
        cmocka_unit_test(a_missing_file_is_the_worlds_error_in_one_line),
        cmocka_unit_test(a_folder_is_no_scenario),
        cmocka_unit_test(an_empty_file_is_the_users_error_in_one_line),
        cmocka_unit_test(a_binary_file_is_the_users_error_in_one_line),
        cmocka_unit_test(a_pipe_that_nobody_writes_to_is_an_empty_file),
        cmocka_unit_test(an_empty_word_is_no_file_no_folder_and_no_list),
        cmocka_unit_test(the_example_of_the_reference_is_a_good_scenario),
        cmocka_unit_test(what_cannot_be_done_is_said_before_the_run),
        cmocka_unit_test(an_assumed_value_leaves_what_a_strategy_changes),
        cmocka_unit_test(a_failed_expectation_is_said_where_no_report_is),
        cmocka_unit_test(compare_stores_each_strategy_in_a_folder_of_its_own),
        cmocka_unit_test(ctrl_c_ends_a_run_with_130_a_line_and_no_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
