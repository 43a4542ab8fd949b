/* What the program prints, byte for byte: one file in this folder for each command line of the table below.
 *
 * `make golden` renews them all and shows what changed. Read the difference before you commit it: it is what users will see.
 */
#include "e2e/e2e.h"

#include <sys/stat.h>

/* A file of this folder, and what must print it. */
struct golden {
    const char *file;
    const char *arguments;
    const char *stored; /* not stdout: this file of --out DIR, of which the first lines */
};

static const struct golden goldens[] = {
    {"hello_run.txt", "run scenarios/hello.yaml"},
    {"hello_run_short_queue.txt", "run scenarios/hello.yaml --strategy short_queue --seed 2"},
    {"hello_compare.txt", "compare scenarios/hello.yaml"},
    {"hello_explain.txt", "explain scenarios/hello.yaml"},
    {"hello_series.csv", "run scenarios/hello.yaml", "series.csv"},
    {"mail_run.txt", "run tests/golden/mail.yaml"},
    {"mail_run.json", "run tests/golden/mail.yaml --json"},
    {"mail_run_color.txt", "run tests/golden/mail.yaml --strategy bulkhead --color always"},
    {"mail_compare.txt", "compare tests/golden/mail.yaml"},
    {"mail_compare.json", "compare tests/golden/mail.yaml --json"},
    {"mail_vary.txt", "compare tests/golden/mail.yaml --vary assumed"},
    {"mail_explain.txt", "explain tests/golden/mail.yaml"},
    {"mail_series.csv", "run tests/golden/mail.yaml", "series.csv"},
    {"told_run.txt", "run tests/golden/told.yaml"},
    {"told_run.json", "run tests/golden/told.yaml --strategy other_channel --json"},
    {"told_compare.txt", "compare tests/golden/told.yaml"},
    {"told_explain.txt", "explain tests/golden/told.yaml"},
    {"stay_run.txt", "run tests/golden/stay.yaml"},
    {"stay_run.json", "run tests/golden/stay.yaml --strategy spread --json"},
    {"stay_compare.txt", "compare tests/golden/stay.yaml"},
    {"stay_explain.txt", "explain tests/golden/stay.yaml"},
    {"stay_series.csv", "run tests/golden/stay.yaml", "series.csv"},
    {"real_run.txt", "run scenarios/real/hung-directory.yaml"},
    {"real_explain.txt", "explain scenarios/real/hung-directory.yaml"},
    {"real_series.csv", "run scenarios/real/hung-directory.yaml", "series.csv"},
};
enum { GOLDENS = sizeof(goldens) / sizeof(*goldens), STORED_LINES = 4 };

/* The whole of a file; NULL when there is none. To be freed. */
static char *slurp(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t length;

    if (!file)
        return NULL;
    fseek(file, 0, SEEK_END);
    length = (size_t)ftell(file);
    rewind(file);
    text = calloc(1, length + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, length, file), length);
    fclose(file);
    return text;
}

/* The first lines of a text, in place. */
static void cut_lines(char *text, int lines)
{
    while (lines-- && *text)
        text += strcspn(text, "\n") + (text[strcspn(text, "\n")] != '\0');
    *text = '\0';
}

/* Takes one file out of a folder of results and removes the folder. */
static char *take_stored(const char *folder, const char *wanted)
{
    static const char *const names[] = {"result.pb", "result.json", "series.csv"};
    char path[256], *text;

    snprintf(path, sizeof(path), "%s/%s", folder, wanted);
    text = slurp(path);
    assert_non_null(text);
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(folder), 0);
    cut_lines(text, STORED_LINES);
    return text;
}

/* What the command line prints now; to be freed. */
static char *printed_by(const struct golden *g)
{
    const char *argv[E2E_ARGUMENTS_MAX] = {e2e_program()};
    char text[512], folder[] = "/tmp/stormcell-golden-XXXXXX";
    size_t count;
    struct outcome o;

    snprintf(text, sizeof(text), "%s", g->arguments);
    count = e2e_split(text, argv, 1);
    if (g->stored) {
        assert_non_null(mkdtemp(folder));
        argv[count++] = "--out";
        argv[count++] = folder;
    }
    argv[count] = NULL;
    o = run_argv(argv);
    assert_ended(&o, 0);
    assert_string_equal(o.err, "");
    free(o.err);
    if (!g->stored)
        return o.out;
    free(o.out);
    return take_stored(folder, g->stored);
}

static void path_of(char out[128], const struct golden *g)
{
    snprintf(out, 128, "tests/golden/%s", g->file);
}

/* The first line in which two texts differ. */
static void show_difference(const char *expected, const char *got)
{
    size_t line = 1;

    while (*expected == *got && *got) {
        size_t a = strcspn(expected, "\n"), b = strcspn(got, "\n");

        if (a != b || memcmp(expected, got, a) != 0)
            break;
        expected += a + (expected[a] != '\0');
        got += b + (got[b] != '\0');
        line++;
    }
    print_error("line %zu:\n< %.*s\n> %.*s\n", line, (int)strcspn(expected, "\n"), expected, (int)strcspn(got, "\n"), got);
}

static void every_command_prints_its_golden_file(void **state)
{
    bool differs = false;

    for (size_t i = 0; i < GOLDENS; i++) {
        char path[128], *expected, *got = printed_by(&goldens[i]);

        path_of(path, &goldens[i]);
        expected = slurp(path);
        if (!expected || strcmp(expected, got) != 0) {
            print_error("stormcell %s: not as in %s\n", goldens[i].arguments, path);
            show_difference(expected ? expected : "", got);
            differs = true;
        }
        free(expected);
        free(got);
    }
    if (differs)
        fail_msg("if this is meant, run `make golden` and look at the difference");
}

/* Writes all files anew, and shows by diff(1) what is new in each. */
static void renew(void **state)
{
    for (size_t i = 0; i < GOLDENS; i++) {
        char path[128], command[512], fresh[] = "/tmp/stormcell-golden-XXXXXX", *got = printed_by(&goldens[i]);
        int fd = mkstemp(fresh);

        path_of(path, &goldens[i]);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, got, strlen(got)), (ssize_t)strlen(got));
        close(fd);
        snprintf(command, sizeof(command), "diff -uN --label %s --label 'what it prints now' %s %s || cp %s %s", path, path, fresh,
                 fresh, path);
        assert_int_equal(system(command), 0);
        assert_int_equal(chmod(path, 0644), 0);
        unlink(fresh);
        free(got);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_command_prints_its_golden_file)};
    const struct CMUnitTest renewal[] = {cmocka_unit_test(renew)};

    if (argc == 2 && strcmp(argv[1], "--renew") == 0)
        return cmocka_run_group_tests(renewal, NULL, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
