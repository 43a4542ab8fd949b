/* The command line: what any user meets first. */
#include "e2e/e2e.h"

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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
