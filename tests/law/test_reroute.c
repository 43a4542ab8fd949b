/* test_reroute - where part of the load is sent, lines are as long as that load makes them
 *
 * Users are so many that the coin of each is as good as a coin for each request: what is sent elsewhere is Poisson again.
 */
#include "law/law.h"

static const char *pools(const char *share)
{
    return law_text("name: law\n"
                    "clock: {run: 41000s}\n"
                    "partitions: {count: 2, users: 1M}\n"
                    "services: {s: {per: partition, operations: {o: {work: {exponential: {mean: 1s}}}}}}\n"
                    "populations: {p: {does: s.o, rate: 0.8/s}}\n"
                    "runbook: [{at: 1s, reroute: {from: \"s[0]\", to: \"s[1]\", share: %s}}]\n",
                    share);
}

/* 0.4 and 0.4, of which a half is sent on: 0.2 and 0.6. An M/M/1 holds rho / (1 - rho). */
static void half_of_a_load_sent_away_halves_one_line_and_lengthens_the_other(void **state)
{
    struct law_plan plan = {.runs = 20, .title = "half", .window = "[1000s,41000s]", .yaml = pools("50%")};

    (void)state;
    assert_law(plan, {"busy where they leave", "utilization{service=s,partition=0}@", 0.2, .error_most = 0.002},
               {"busy where they go", "utilization{service=s,partition=1}@", 0.6, .error_most = 0.003},
               {"waiting where they leave, Lq", "queue.length.mean{service=s,partition=0}@", 0.04 / 0.8, .error_most = 0.002},
               {"waiting where they go, Lq", "queue.length.mean{service=s,partition=1}@", 0.36 / 0.4, .error_most = 0.02});
}

static void a_quarter_sent_away_leaves_three(void **state)
{
    struct law_plan plan = {.runs = 20, .title = "quarter", .window = "[1000s,41000s]", .yaml = pools("25%")};

    (void)state;
    assert_law(plan, {"busy where they leave", "utilization{service=s,partition=0}@", 0.3, .error_most = 0.002},
               {"busy where they go", "utilization{service=s,partition=1}@", 0.5, .error_most = 0.003});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_of_a_load_sent_away_halves_one_line_and_lengthens_the_other),
        cmocka_unit_test(a_quarter_sent_away_leaves_three),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
