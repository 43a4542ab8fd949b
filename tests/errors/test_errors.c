/* test_errors - every diagnostic with its exact text and place
 *
 * Each NAME.yaml in this folder is wrong in some way; NAME.expected holds the lines that it must bring about, to the byte. The
 * first line may be
 * `# command: --set path=value --strategy name --with file`: then the scenario is bound with that laid over it, else it is checked
 * as `check` does, under each strategy. To renew an expected file after a change that was meant:
 *
 *     RENEW=1 build/release/tests/errors/test_errors     (then read the difference)
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "stormcell/must.h"
#include "stormcell/scenario.h"

#define CASES_MAX 512
#define ARGS_MAX 16

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = xcalloc(1 << 20, 1);

    if (!file || fread(text, 1, (1 << 20) - 1, file) == 0)
        *text = '\0';
    if (file)
        fclose(file);
    return text;
}

struct command {
    const char *with[ARGS_MAX], *set[ARGS_MAX];
    struct scenario_overlay overlay;
    bool given;
};

/* Cuts the first line into arguments, in place. */
static void read_command(char *text, struct command *c)
{
    static const char mark[] = "# command: ";
    char *word, *state;

    c->overlay.with = c->with;
    c->overlay.set = c->set;
    c->given = strncmp(text, mark, strlen(mark)) == 0;
    if (!c->given)
        return;
    text[strcspn(text, "\n")] = '\0';
    for (word = strtok_r(text + strlen(mark), " ", &state); word; word = strtok_r(NULL, " ", &state)) {
        const char *value = strtok_r(NULL, " ", &state);

        assert_non_null(value);
        if (strcmp(word, "--set") == 0)
            c->set[c->overlay.set_count++] = value;
        else if (strcmp(word, "--with") == 0)
            c->with[c->overlay.with_count++] = value;
        else
            c->overlay.strategy = value;
        assert_true(c->overlay.set_count < ARGS_MAX && c->overlay.with_count < ARGS_MAX);
    }
}

static void check_file(const char *path, struct diag *d)
{
    char *text = read_file(path);
    struct command command = {.given = false};
    struct scenario_file *f = scenario_open(path, d);
    Stormcell__Scenario *m;

    read_command(text, &command);
    if (f && command.given) {
        m = scenario_bind(f, &command.overlay, d);
        assert_true(m == NULL || diag_errors(d) == 0);
        if (m)
            stormcell__scenario__free_unpacked(m, NULL);
    } else if (f) {
        bool good = scenario_check_all(f, d);

        assert_int_equal(good, diag_errors(d) == 0);
    }
    scenario_file_free(f);
    free(text);
}

/* The lines and the exit status that a file brings about; free the text. */
static char *lines_of(const char *path, int *status)
{
    struct diag *d = diag_create();
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    check_file(path, d);
    diag_print(d, out);
    fclose(out);
    *status = diag_exit_status(d);
    diag_free(d);
    return text;
}

static void renew(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void has_its_exact_lines(void **state)
{
    const char *path = *state;
    char *expected_path = xasprintf("%.*s.expected", (int)(strlen(path) - 5), path);
    char *expected = read_file(expected_path), *found;
    int status;

    found = lines_of(path, &status);
    if (getenv("RENEW"))
        renew(expected_path, found);
    else
        assert_string_equal(found, expected);
    assert_int_not_equal(*found, '\0');
    assert_true(status == 2 || status == 3);
    free(found);
    free(expected);
    free(expected_path);
}

static int is_case(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0;
}

static void the_world_fails_with_3_and_the_user_with_2(void **state)
{
    static const struct {
        const char *path, *lines;
        int status;
    } cases[] = {
        {"nowhere.yaml", "nowhere.yaml: cannot read it: No such file or directory\n", 3},
        {"files", "files: cannot read it: it is a directory, expected a file\n", 3},
        {"yaml_empty.yaml", "yaml_empty.yaml:1:1: the file is empty: expected a scenario\n", 2},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int status;
        char *found = lines_of(cases[i].path, &status);

        assert_string_equal(found, cases[i].lines);
        assert_int_equal(status, cases[i].status);
        free(found);
    }
}

int main(void)
{
    struct CMUnitTest tests[CASES_MAX] = {cmocka_unit_test(the_world_fails_with_3_and_the_user_with_2)};
    struct dirent **entries;
    size_t used = 1;
    int count, status;

    if (chdir("tests/errors") != 0 || (count = scandir(".", &entries, is_case, alphasort)) < 0) {
        perror("tests/errors");
        return 1;
    }
    for (int i = 0; i < count && used < CASES_MAX; i++, used++)
        tests[used] = (struct CMUnitTest){.name = entries[i]->d_name,
                                          .test_func = has_its_exact_lines,
                                          .initial_state = entries[i]->d_name};
    status = _cmocka_run_group_tests("errors", tests, used, NULL, NULL);
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return status;
}
