/* test_status - tickets by their hazard: how many are expected of users who are told nothing, and of users who are told */
#include "law/law.h"

/* 10,000 users are affected for exactly two hours, and write 0.05 tickets an hour each while they are told nothing. */
#define WORLD(services, faults)                                                                                                    \
    "name: law\n"                                                                                                                  \
    "clock: {run: 4h, sample: 1m}\n"                                                                                               \
    "partitions: {count: 4, users: 40k}\n"                                                                                         \
    "services: {web: {per: partition, workers: 100, operations: {open: {work: 5ms}}}" services "}\n"                               \
    "populations: {people: {does: web.open, rate: 8/s, timeout: 2s}}\n"                                                            \
    "faults: {gone: {at: +60m, for: 2h, target: 'web[1]', crash: {}}" faults "}\n"

static void nobody_is_told(void **state)
{
    struct law_plan plan = {.runs = 30,
                            .yaml = WORLD("",
                                          "") "status_page: {monitor: availability < 1%, reports: 0, tickets: {hazard: 0.05/h}}\n"};

    (void)state;
    assert_law(plan, {"tickets for each user", "tickets_per_user", 0.1, 0.001});
}

/* All are told at the beginning, and never again, because then the tool fails. With a cadence of an hour the hazard is
 * h (1 - 0.4 x 2^-age), looked at once a minute. */
static double expected_of_the_told(void)
{
    double sum = 0;

    for (int age = 1; age <= 120; age++)
        sum += 1 - 0.4 * exp2(-age / 60.0);
    return 0.05 / 60 * sum;
}

static void one_post_grows_old(void **state)
{
    struct law_plan plan = {
        .runs = 30,
        .yaml = WORLD(", desk: {operations: {write: {work: 0s}}}",
                      ", later: {at: +61m, target: desk, crash: {}}") "status_page: {monitor: availability < 1%, reports: 0, "
                                                                      "tickets: {hazard: 0.05/h},\n"
                                                                      "  tool: {write: {to: desk.write, timeout: 1s}}}\n"
                                                                      "runbook: [{at: +60m, publish: we know}]\n",
    };

    (void)state;
    assert_law(plan, {"tickets for each user", "tickets_per_user", expected_of_the_told(), 0.001}, {"posts", "status.posts", 1, 0});
}

/* A whole hour, then an hour in which three in ten fail: less than half of the worst. */
static void mitigated_is_when_half_of_the_worst_is_gone_for_good(void **state)
{
    struct law_plan plan = {
        .runs = 3,
        .yaml = "name: law\n"
                "clock: {run: 4h}\n"
                "partitions: {count: 4, users: 40k}\n"
                "services: {web: {per: partition, workers: 100, operations: {open: {work: 5ms}}}}\n"
                "populations: {people: {does: web.open, rate: 80/s, timeout: 2s}}\n"
                "faults:\n"
                "  gone: {at: +60m, for: 1h, target: 'web[1]', crash: {}}\n"
                "  rest: {at: +120m, for: 1h, target: 'web[1]', crash: {share: 30%}}\n"
                "status_page: {monitor: 'availability{group=struck} < 80%', monitor_for: 5m, reports: 0}\n",
    };

    (void)state;
    assert_law(plan, {"mitigated", "time_to.mitigate", 3600, 0}, {"the struck", "time_to.mitigate{group=struck}", 3600, 0},
               {"the spared", "time_to.mitigate{group=spared}", 0, 0}, {"detected", "time_to.detect", 360, 0, 60});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_told),
        cmocka_unit_test(one_post_grows_old),
        cmocka_unit_test(mitigated_is_when_half_of_the_worst_is_gone_for_good),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
