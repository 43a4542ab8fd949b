/* What was measured on real systems, beside what the scenarios of scenarios/real/ predict.
 *
 * Each cell is run with the seeds 1, 2, ...; whether the service comes back must be the same in all of them and in the measurement,
 * and the mean time to recover must be within 1 s or 10 % of the mean of the measured runs. Where nothing was measured, theory
 * stands in: with r retries, outage L, time-out T, load l and capacity m,
 *
 *     t = (L - (r / 2 + 1) T) / (m / ((r + 1) l) - 1)
 *
 * and never when (r + 1) l > m. What was measured, predicted and expected is printed, a line a cell.
 */
#include "e2e/e2e.h"

#include <dirent.h>

enum { SEEDS_MAX = 32, NEVER = -1 };

struct cell {
    const char *what, *arguments;
    double measured[3]; /* s, the first 0: nothing was measured; NEVER: it did not come back */
    double theory;      /* s; NEVER; 0: no formula */
    unsigned seeds;
};

static double mean(const double *values, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

/* The value of one metric in one run; NEVER for an infinite one. */
static double value_of(const char *arguments, unsigned seed, const char *metric)
{
    char text[512], number[16];
    const char *argv[E2E_ARGUMENTS_MAX] = {e2e_program(), "run"};
    struct outcome o;
    double value;
    size_t count;

    snprintf(text, sizeof(text), "scenarios/real/%s", arguments);
    snprintf(number, sizeof(number), "%u", seed);
    count = e2e_split(text, argv, 2);
    argv[count++] = "--print";
    argv[count++] = metric;
    argv[count++] = "--seed";
    argv[count++] = number;
    argv[count] = NULL;
    o = run_argv(argv);
    if (o.status != 1) /* --set may break what the file expects of its own numbers */
        assert_ended(&o, 0);
    value = strncmp(o.out, "null", 4) == 0 ? NEVER : strtod(o.out, NULL);
    outcome_free(&o);
    return value;
}

enum { COLUMN = 24 };

/* One value of a table, as wide as its column. */
static void say_seconds(double value)
{
    if (value == NEVER)
        print_message(" | %-*s", COLUMN, "never");
    else
        print_message(" | %-*.1f", COLUMN, value);
}

static void say_heads(void)
{
    print_message("%-40s | %-*s | %-*s | %-*s | %s\n", "recovery after the outage, s", COLUMN, "measured", COLUMN, "theory", COLUMN,
                  "predicted", "seed by seed");
}

static void say(const struct cell *c, const double *predicted)
{
    char measured[64] = "";
    size_t used = 0;

    if (c->measured[0] == NEVER)
        snprintf(measured, sizeof(measured), "never, in three runs");
    for (size_t i = 0; i < 3 && c->measured[0] > 0; i++)
        used += (size_t)snprintf(measured + used, sizeof(measured) - used, "%s%.0f", i ? ", " : "", c->measured[i]);
    print_message("%-40s | %-*s", c->what, COLUMN, measured);
    if (c->theory != 0)
        say_seconds(c->theory);
    else
        print_message(" | %-*s", COLUMN, "");
    say_seconds(predicted[0] == NEVER ? NEVER : mean(predicted, c->seeds));
    print_message(" |");
    for (size_t i = 0; i < c->seeds && predicted[0] != NEVER; i++)
        print_message(" %.0f", predicted[i]);
    print_message("\n");
}

static void assert_cell(const struct cell *c)
{
    double predicted[SEEDS_MAX], expected = c->measured[0] != 0 ? mean(c->measured, 3) : c->theory, off;

    for (unsigned i = 0; i < c->seeds; i++) {
        predicted[i] = value_of(c->arguments, i + 1, "time_to.recover");
        if ((predicted[i] == NEVER) != (expected == NEVER))
            fail_msg("%s: seed %u %s", c->what, i + 1, expected == NEVER ? "comes back" : "never comes back");
    }
    say(c, predicted);
    if (expected == NEVER)
        return;
    off = mean(predicted, c->seeds) - expected;
    off = off < 0 ? -off : off;
    if (off > 1 && off > 0.1 * expected)
        fail_msg("%s: %.2f s off: more than 1 s and more than 10 %%", c->what, off);
}

static void assert_cells(const struct cell *cells, size_t count)
{
    say_heads();
    for (size_t i = 0; i < count; i++)
        assert_cell(&cells[i]);
}

#define CELLS(...)                                                                                                                 \
    assert_cells((const struct cell[]){__VA_ARGS__}, sizeof((const struct cell[]){__VA_ARGS__}) / sizeof(struct cell))

/* ---------------------------------------------------------------- retry storm */

static void the_gateway_comes_back_when_the_real_one_did(void **state)
{
    CELLS({"30 %", "retry-storm.yaml --strategy load_30", {12, 14, 12}, 12.75, 8},
          {"45 %", "retry-storm.yaml", {83, 74, 76}, 76.5, 24},
          {"55 %", "retry-storm.yaml --strategy load_55", {NEVER, NEVER, NEVER}, NEVER, 4});
}

static void a_load_is_a_number_of_the_scenario(void **state)
{
    CELLS({"30 %, set", "retry-storm.yaml --set clients.rate=90/s", {12, 14, 12}, 12.75, 4},
          {"20 %", "retry-storm.yaml --set clients.rate=60/s", {0}, 5.67, 8},
          {"40 %", "retry-storm.yaml --set clients.rate=120/s", {0}, 34, 16},
          {"52 %", "retry-storm.yaml --set clients.rate=156/s", {0}, NEVER, 4});
}

static void other_outages_time_outs_and_retries_follow_the_formula(void **state)
{
    CELLS({"40 %, outage of 5 s", "retry-storm.yaml --set clients.rate=120/s --set held.for=5s", {0}, 14, 16},
          {"40 %, time-out of 2 s", "retry-storm.yaml --set clients.rate=120/s --set clients.timeout=2s", {0}, 28, 16},
          {"25 %, two retries", "retry-storm.yaml --set clients.rate=75/s --set clients.backoff.attempts=3", {0}, 24, 16},
          {"35 %, two retries", "retry-storm.yaml --set clients.rate=105/s --set clients.backoff.attempts=3", {0}, NEVER, 4},
          {"55 %, no retry", "retry-storm.yaml --strategy no_retry_55", {0}, 11, 8});
}

static void newest_first_and_a_short_line_bring_back_what_never_came_back(void **state)
{
    for (unsigned seed = 1; seed <= 4; seed++) {
        assert_true(value_of("retry-storm.yaml --strategy newest_first_55", seed, "time_to.recover") < 2);
        assert_true(value_of("retry-storm.yaml --strategy short_line_55", seed, "time_to.recover") < 2);
        /* A line of a second and a half is longer than the time-out. */
        assert_true(value_of("retry-storm.yaml --strategy load_55 --set gateway.queue.limit=450", seed, "time_to.recover") ==
                    NEVER);
    }
}

static void the_line_of_the_dead_is_as_long_as_theory_says(void **state)
{
    /* 2 x 135/s x (10 s - 1 s / 2) entries when the outage ends, 30 of them in service. */
    double longest = value_of("retry-storm.yaml", 1, "queue.length.max{service=gateway}");

    assert_true(longest > 0.95 * 2535 && longest < 1.05 * 2535);
}

/* ---------------------------------------------------------------- hung directory */

static void the_directory_comes_back_when_the_real_one_did(void **state)
{
    CELLS({"30 %, no retry", "hung-directory.yaml", {8, 8, 8}, 7.71, 16},
          {"30 %, three retries", "hung-directory.yaml --strategy retries", {NEVER, NEVER, NEVER}, NEVER, 4});
}

static void assert_dead(const char *what, const char *arguments, double measured)
{
    double counts[8];

    for (unsigned i = 0; i < 8; i++)
        counts[i] = value_of(arguments, i + 1, "requests.wasted{service=slapd}");
    print_message("%-40s | measured %8.0f | predicted %8.0f\n", what, measured, mean(counts, 8));
    assert_true(mean(counts, 8) > 0.9 * measured && mean(counts, 8) < 1.1 * measured);
}

static void it_works_for_those_who_have_left_as_the_real_one_did(void **state)
{
    assert_dead("dead binds executed, no retry", "hung-directory.yaml", 2527);
    /* To the last one, after the load had ended. */
    assert_dead("dead binds executed, three retries",
                "hung-directory.yaml --strategy retries --set clock.run=2m --set clients.until=+75s", 17100);
}

/* ---------------------------------------------------------------- reconnect herd */

/* One number of the herd: the mean of the measured runs, and of as many seeds as theirs. */
struct herd_number {
    const char *what, *metric;
    double less; /* what the metric counts from before, such as the outage */
    double measured[3];
    unsigned runs;
    double within, share; /* what it may be off: in its unit, or this share of what was measured */
};

static void assert_herd(const char *arguments, const struct herd_number *numbers, size_t count)
{
    print_message("%s\n", arguments);
    for (size_t i = 0; i < count; i++) {
        const struct herd_number *n = &numbers[i];
        double predicted[3], expected = mean(n->measured, n->runs), off;

        for (unsigned seed = 0; seed < 3; seed++)
            predicted[seed] = value_of(arguments, seed + 1, n->metric) - n->less;
        off = mean(predicted, 3) - expected;
        off = off < 0 ? -off : off;
        print_message("%-22s | measured %8.1f | predicted %8.1f\n", n->what, expected, mean(predicted, 3));
        if (off > n->within && off > n->share * expected)
            fail_msg("%s: %s is %.2f off", arguments, n->what, off);
    }
}

#define HERD(arguments, ...)                                                                                                       \
    assert_herd(arguments, (const struct herd_number[]){__VA_ARGS__},                                                              \
                sizeof((const struct herd_number[]){__VA_ARGS__}) / sizeof(struct herd_number))

static void the_herd_comes_back_as_the_real_one_did(void **state)
{
    HERD("herd.yaml", {"half back, s", "sessions.time_to_reconnect.p50", 30.5, {17.7, 17.9, 18.2}, 3, 1, 0},
         {"99 % back, s", "sessions.time_to_reconnect.p99", 30.5, {36.0, 36.1, 36.5}, 3, 1, 0},
         {"peak, tries/s", "sessions.reconnect.peak_rate@[36.6s,4m]", 0, {4971}, 1, 0, 0.1},
         {"refused while down", "sessions.refused", 0, {14971}, 1, 0, 0.1},
         {"dead binds served", "requests.wasted{service=gateway}", 0, {1903}, 1, 0, 0.1});
    HERD("herd.yaml --strategy full_jitter", {"half back, s", "sessions.time_to_reconnect.p50", 30.5, {12.9, 13.6, 13.2}, 3, 1, 0},
         {"99 % back, s", "sessions.time_to_reconnect.p99", 30.5, {54.8, 54.0, 54.0}, 3, 1, 0},
         {"peak, tries/s", "sessions.reconnect.peak_rate@[36.6s,4m]", 0, {220}, 1, 0, 0.1},
         {"refused while down", "sessions.refused", 0, {27658}, 1, 0, 0.1},
         {"dead binds served", "requests.wasted{service=gateway}", 0, {0}, 1, 0.5, 0});
}

/* Measured as the others were, on Linux 6.18, but with a shorter accept queue: once each. With tries every 10 s and a backlog of
 * 128 the real gateway was not the same twice (half of the clients back after 19 to 30 s): clients whose kernel has connected them
 * wait for the line to have room for their requests, and are served even when they have left. */
static void a_short_accept_queue_delays_the_herd_as_it_did_the_real_one(void **state)
{
    double half;

    HERD("herd.yaml --set gateway.queue.limit=1025", {"half back, s", "sessions.time_to_reconnect.p50", 30.5, {17.95}, 1, 1, 0},
         {"refused while down", "sessions.refused", 0, {15000}, 1, 0, 0.1});
    HERD("herd.yaml --set gateway.queue.limit=512", {"half back, s", "sessions.time_to_reconnect.p50", 30.5, {17.93}, 1, 1, 0});
    HERD("herd.yaml --strategy full_jitter --set gateway.queue.limit=129",
         {"half back, s", "sessions.time_to_reconnect.p50", 30.5, {13.22}, 1, 1, 0},
         {"99 % back, s", "sessions.time_to_reconnect.p99", 30.5, {54.59}, 1, 1, 0},
         {"peak, tries/s", "sessions.reconnect.peak_rate@[36.6s,4m]", 0, {221}, 1, 0, 0.1},
         {"refused while down", "sessions.refused", 0, {27659}, 1, 0, 0.1},
         {"dead binds served", "requests.wasted{service=gateway}", 0, {0}, 1, 0.5, 0});
    half = value_of("herd.yaml --set gateway.queue.limit=129", 1, "sessions.time_to_reconnect.p50") - 30.5;
    print_message("herd.yaml --set gateway.queue.limit=129\n%-22s | measured 19 .. 30 | predicted %8.1f\n", "half back, s", half);
    assert_true(half > 17 && half < 33);
    assert_true(value_of("herd.yaml --set gateway.queue.limit=129", 1, "requests.wasted{service=gateway}") > 1300);
}

/* ---------------------------------------------------------------- every file of scenarios/real/ */

static int is_scenario(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0;
}

static void every_scenario_fulfils_its_expectations_and_shows_what_was_measured(void **state)
{
    struct dirent **entries;
    int count = scandir("scenarios/real", &entries, is_scenario, alphasort);

    assert_true(count >= 2);
    for (int i = 0; i < count; i++) {
        char path[512];
        struct outcome o;

        snprintf(path, sizeof(path), "scenarios/real/%s", entries[i]->d_name);
        o = run_program("check", path);
        assert_ended(&o, 0);
        assert_string_equal(o.err, "");
        outcome_free(&o);
        o = run_program("compare", path);
        assert_ended(&o, 0);
        assert_string_equal(o.err, "");
        outcome_free(&o);
        o = run_program("run", path);
        assert_contains(&o, o.out, "Measured beside predicted");
        outcome_free(&o);
        free(entries[i]);
    }
    free(entries);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gateway_comes_back_when_the_real_one_did),
        cmocka_unit_test(a_load_is_a_number_of_the_scenario),
        cmocka_unit_test(other_outages_time_outs_and_retries_follow_the_formula),
        cmocka_unit_test(newest_first_and_a_short_line_bring_back_what_never_came_back),
        cmocka_unit_test(the_line_of_the_dead_is_as_long_as_theory_says),
        cmocka_unit_test(the_directory_comes_back_when_the_real_one_did),
        cmocka_unit_test(it_works_for_those_who_have_left_as_the_real_one_did),
        cmocka_unit_test(the_herd_comes_back_as_the_real_one_did),
        cmocka_unit_test(a_short_accept_queue_delays_the_herd_as_it_did_the_real_one),
        cmocka_unit_test(every_scenario_fulfils_its_expectations_and_shows_what_was_measured),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
