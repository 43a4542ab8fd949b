/* e2e - runs the program as a user would, and judges what it says
 *
 * The program is the one that the environment variable STORMCELL names (tests/run.sh sets it), else build/stormcell; the working
 * folder is the top of the repository. A program that takes longer than the time-out is killed, and the test fails.
 *
 *     assert_says(2, "did you mean", "check", "tests/e2e/typo.yaml");
 *     assert_scenario("exchange-2014.yaml --strategy bulkhead", "mail.delay.p99{group=spared} < 1m", "mail.returned = 0");
 *
 * or, for all else,
 *
 *     struct outcome o = run_program("run", "scenarios/mm1.yaml", "--json");
 *     assert_int_equal(o.status, 0);
 *     outcome_free(&o);
 *
 * STORMCELL_TWINS names builds of the same program by other compilers and flags, separated by spaces.
 * Include it once in each test program; all of it is static.
 */
#ifndef E2E_H
#define E2E_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Not every test program needs all of this. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"

enum { E2E_TIMEOUT_S = 120, E2E_ARGUMENTS_MAX = 64 };

/* How a program ended and what it wrote. out and err are terminated, and owned. */
struct outcome {
    int status; /* exit status; -1: killed by `signal` */
    int signal;
    char *out, *err;
    size_t out_length, err_length;
    char command[1024]; /* for messages, cut where it is long */
};

static void outcome_free(struct outcome *o)
{
    free(o->out);
    free(o->err);
    o->out = o->err = NULL;
}

/* ---------------------------------------------------------------- running */

static const char *e2e_program(void)
{
    const char *path = getenv("STORMCELL");

    return path && *path ? path : "build/stormcell";
}

/* One of the two streams of a program, as it is read. */
struct e2e_stream {
    int fd; /* -1: at its end */
    char *text;
    size_t length, room;
};

/* Reads what is there; closes at the end of the stream. */
static void e2e_stream_read(struct e2e_stream *s)
{
    ssize_t got;

    if (s->length + 65536 + 1 > s->room) {
        s->room = 2 * s->room + 65536 + 1;
        s->text = realloc(s->text, s->room);
        assert_non_null(s->text);
    }
    got = read(s->fd, s->text + s->length, 65536);
    if (got < 0 && errno == EINTR)
        return;
    if (got <= 0) {
        close(s->fd);
        s->fd = -1;
        got = 0;
    }
    s->length += (size_t)got;
    s->text[s->length] = '\0';
}

static int64_t e2e_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Reads both streams to their ends; false when the time is over first. */
static bool e2e_read_both(struct e2e_stream streams[2])
{
    int64_t limit_ms = e2e_now_ms() + E2E_TIMEOUT_S * 1000;

    while (streams[0].fd >= 0 || streams[1].fd >= 0) {
        struct pollfd polled[2] = {{.fd = streams[0].fd, .events = POLLIN}, {.fd = streams[1].fd, .events = POLLIN}};
        int64_t left_ms = limit_ms - e2e_now_ms();

        if (left_ms <= 0)
            return false;
        if (poll(polled, 2, (int)left_ms) < 0 && errno != EINTR)
            fail_msg("poll: %s", strerror(errno));
        for (int i = 0; i < 2; i++)
            if (polled[i].fd >= 0 && polled[i].revents)
                e2e_stream_read(&streams[i]);
    }
    return true;
}

/* Starts argv with no input, and both streams in pipes; in a process group of its own, so that all of it can be killed. */
static pid_t e2e_spawn(const char *const argv[], struct e2e_stream streams[2])
{
    extern char **environ;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    pid_t pid;
    int error;

    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    int pipes[2][2];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pipe2(pipes[i], O_CLOEXEC), 0);
        posix_spawn_file_actions_adddup2(&actions, pipes[i][1], i + 1);
        streams[i] = (struct e2e_stream){.fd = pipes[i][0]};
    }
    error = posix_spawnp(&pid, argv[0], &actions, &attributes, (char *const *)argv, environ);
    for (int i = 0; i < 2; i++)
        close(pipes[i][1]);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error)
        fail_msg("cannot run %s: %s", argv[0], strerror(error));
    return pid;
}

/* Runs argv, which ends with NULL, to its end. End the outcome with outcome_free(). */
static struct outcome run_argv(const char *const argv[])
{
    struct outcome o = {.status = -1};
    struct e2e_stream streams[2];
    pid_t pid;
    int status;
    bool in_time;

    for (size_t i = 0, used = 0; argv[i] && used < sizeof(o.command); i++)
        used += (size_t)snprintf(o.command + used, sizeof(o.command) - used, i ? " %s" : "%s", argv[i]);
    pid = e2e_spawn(argv, streams);
    in_time = e2e_read_both(streams);
    if (!in_time)
        kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (!in_time)
        fail_msg("%s: not done after %d s", o.command, E2E_TIMEOUT_S);
    if (WIFEXITED(status))
        o.status = WEXITSTATUS(status);
    else
        o.signal = WTERMSIG(status);
    o.out = streams[0].text;
    o.out_length = streams[0].length;
    o.err = streams[1].text;
    o.err_length = streams[1].length;
    return o;
}

/* Runs the program under test with these arguments. */
#define run_program(...) run_argv((const char *const[]){e2e_program(), ##__VA_ARGS__, NULL})

/* ---------------------------------------------------------------- what it says */

/* Shows what the program was and said, and fails. (One call for each part: cmocka cuts a message at 1 kB.) */
_Noreturn static void e2e_fail(const struct outcome *o)
{
    print_error("%s\n", o->command);
    print_error("stdout: %s\n", o->out);
    print_error("stderr: %s\n", o->err);
    fail();
    abort();
}

/* Fails unless the program ended with `status`. */
static void assert_ended(const struct outcome *o, int status)
{
    if (o->status == status)
        return;
    if (o->status < 0)
        print_error("killed by signal %d, expected exit status %d\n", o->signal, status);
    else
        print_error("exit status %d, expected %d\n", o->status, status);
    e2e_fail(o);
}

static void assert_contains(const struct outcome *o, const char *text, const char *part)
{
    if (strstr(text, part))
        return;
    print_error("expected to read '%s'\n", part);
    e2e_fail(o);
}

/* Runs the program and wants this exit status, and this text in what it writes: to stdout when the status is 0, else to stderr. */
#define assert_says(status, part, ...)                                                                                             \
    do {                                                                                                                           \
        struct outcome said = run_program(__VA_ARGS__);                                                                            \
        assert_ended(&said, (status));                                                                                             \
        assert_contains(&said, (status) == 0 ? said.out : said.err, (part));                                                       \
        outcome_free(&said);                                                                                                       \
    } while (0)

/* The same for an input that is refused: one line on stderr that begins with its place, nothing on stdout. */
#define assert_refuses(status, line_start, ...)                                                                                    \
    do {                                                                                                                           \
        struct outcome said = run_program(__VA_ARGS__);                                                                            \
        assert_ended(&said, (status));                                                                                             \
        assert_string_equal(said.out, "");                                                                                         \
        assert_one_line(&said, (line_start));                                                                                      \
        outcome_free(&said);                                                                                                       \
    } while (0)

static void assert_one_line(const struct outcome *o, const char *start)
{
    const char *end = strchr(o->err, '\n');

    if (end && !end[1] && !strncmp(o->err, start, strlen(start)))
        return;
    print_error("expected one line on stderr that begins with '%s'\n", start);
    e2e_fail(o);
}

/* ---------------------------------------------------------------- what a scenario shows */

/* An expectation in two halves: a metric as --print takes it, and what its value is compared with. */
struct e2e_claim {
    char metric[256], op[3], right[64];
};

static char *e2e_trim(char *text)
{
    char *end = text + strlen(text);

    while (end > text && end[-1] == ' ')
        *--end = '\0';
    return text + strspn(text, " ");
}

/* Reads `metric op value`; the operator is the first one outside brackets. */
static struct e2e_claim e2e_claim_read(const char *text)
{
    struct e2e_claim c = {0};
    size_t at = 0, op_length;
    int depth = 0;
    char copy[sizeof(c.metric) + sizeof(c.right)];

    for (; text[at] && (depth || !strchr("<>=!", text[at])); at++)
        depth += (strchr("{[(", text[at]) != NULL) - (strchr("}])", text[at]) != NULL);
    op_length = strspn(text + at, "<>=!");
    if (!text[at] || op_length > 2 || at >= sizeof(c.metric) || strlen(text + at) >= sizeof(c.right))
        fail_msg("'%s': expected METRIC < VALUE, or another of <= > >= = !=", text);
    memcpy(c.op, text + at, op_length);
    snprintf(copy, sizeof(copy), "%.*s", (int)at, text);
    snprintf(c.metric, sizeof(c.metric), "%s", e2e_trim(copy));
    snprintf(copy, sizeof(copy), "%s", text + at + op_length);
    snprintf(c.right, sizeof(c.right), "%s", e2e_trim(copy));
    return c;
}

/* The factor that takes a number with this unit, of `length` bytes, to base units; 0: there is no such unit. */
static double e2e_unit(const char *unit, size_t length)
{
    static const struct {
        const char *name;
        double factor;
    } units[] = {{"", 1},      {"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3},       {"s", 1},           {"m", 60},  {"h", 3600},
                 {"d", 86400}, {"%", 0.01},  {"/s", 1},    {"/min", 1.0 / 60}, {"/h", 1.0 / 3600}, {"k", 1e3}, {"M", 1e6}};

    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
        if (strlen(units[i].name) == length && !strncmp(units[i].name, unit, length))
            return units[i].factor;
    return 0;
}

/* Reads 1m, 1h30m, 95%, 300/s, 7 in base units; false: it is a word. */
static bool e2e_number(const char *text, double *out)
{
    *out = 0;
    for (const char *at = text; *at;) {
        char *end;
        double number = strtod(at, &end), factor;
        size_t length = strcspn(end, "0123456789.+-");

        if (end == at || !(factor = e2e_unit(end, length)))
            return false;
        *out += number * factor;
        at = end + length;
    }
    return *text != '\0';
}

/* Does `value`, as --print wrote it, stand in this relation? `>= 5` is a value that is at least 5: it can be above a line, never
 * below. */
static bool e2e_claim_holds(const struct e2e_claim *c, const char *value)
{
    bool at_least = !strncmp(value, ">=", 2), equal = c->op[0] == '=', unequal = c->op[0] == '!';
    double left, right;
    char *end;

    value += at_least ? 2 + strspn(value + 2, " ") : 0;
    left = strtod(value, &end);
    if (end == value || *end || !e2e_number(c->right, &right)) {
        if (!equal && !unequal)
            fail_msg("'%s %s %s': words are compared with = or !=, and the value is '%s'", c->metric, c->op, c->right, value);
        return equal == !strcmp(value, c->right);
    }
    if (c->op[0] == '>')
        return left > right || (c->op[1] && left == right);
    if (at_least)
        return unequal && left > right;
    if (c->op[0] == '<')
        return left < right || (c->op[1] && left == right);
    return equal == (left == right);
}

/* Cuts `text` into arguments at spaces, in place; '...' keeps its spaces. Returns the new count of argv. */
static size_t e2e_split(char *text, const char **argv, size_t count)
{
    while (*(text += strspn(text, " "))) {
        char stop = *text == '\'' ? '\'' : ' ';

        text += stop == '\'';
        assert_true(count < E2E_ARGUMENTS_MAX / 2);
        argv[count++] = text;
        text += strcspn(text, (char[]){stop, '\0'});
        if (*text)
            *text++ = '\0';
    }
    return count;
}

/* Runs `stormcell run scenarios/FILE ARGUMENTS` once and judges all claims; says of each that fails what the value was. */
static void e2e_scenario(const char *scenario, const char *const claims[])
{
    struct e2e_claim read[E2E_ARGUMENTS_MAX / 4];
    const char *argv[E2E_ARGUMENTS_MAX] = {e2e_program(), "run"};
    char text[1024];
    size_t count = 2, claim_count = 0;
    struct outcome o;
    char *value, *rest;
    bool wrong = false;

    snprintf(text, sizeof(text), "scenarios/%s", scenario);
    count = e2e_split(text, argv, count);
    for (; claims[claim_count]; claim_count++) {
        assert_true(claim_count < sizeof(read) / sizeof(*read));
        read[claim_count] = e2e_claim_read(claims[claim_count]);
        argv[count++] = "--print";
        argv[count++] = read[claim_count].metric;
    }
    o = run_argv(argv);
    if (o.status != 1) /* an expectation of the file may fail under what this test changes */
        assert_ended(&o, 0);
    value = strtok_r(o.out, "\n", &rest);
    for (size_t i = 0; i < claim_count; i++, value = strtok_r(NULL, "\n", &rest)) {
        if (value && e2e_claim_holds(&read[i], value))
            continue;
        print_error("%s: it is %s\n", claims[i], value ? value : "not there");
        wrong = true;
    }
    if (value)
        print_error("more values than metrics: '%s'\n", value);
    if (value || wrong) {
        print_error("%s\nstderr: %s\n", o.command, o.err);
        fail();
    }
    outcome_free(&o);
}

/* assert_scenario("FILE ARGUMENTS", "METRIC < VALUE", ...): at most 15 claims; values with the units ns us ms s m h d % /s /min /h
 * k M, or words. */
#define assert_scenario(scenario, ...) e2e_scenario((scenario), (const char *const[]){__VA_ARGS__, NULL})

#pragma GCC diagnostic pop

#endif
