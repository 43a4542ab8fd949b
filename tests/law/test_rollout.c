/* test_rollout - exposure, breakage and mending of a change as they can be worked out on paper */
#include "law/law.h"

#define ASKED(replicas, rate)                                                                                                      \
    "services: {s: {replicas: " replicas ", workers: 1000, balance: random, operations: {o: {work: 1ms}}}}\n"                      \
    "populations: {p: {does: s.o, rate: " rate ", timeout: 1s}}\n"

/* A change that takes T = 1000 s to reach all n is found by somebody after an exponential time of mean 500 s, and stops. */
static void a_change_exposes_its_rate_times_the_time_until_it_is_stopped(void **state)
{
    double n = 1000, found = 500, all = 1000;
    /* The mean of min(1, D / T), and of n times that in whole replicas half a one less, where it stops on its way. */
    double reached = found / all * (1 - exp(-all / found)), on_its_way = 1 - exp(-all / found);
    struct law_plan plan = {
        .runs = 400,
        .title = "min(1, rate x delay)",
        .yaml = "name: law\n"
                "clock: {run: 1200s}\n" ASKED(
                    "1000", "0.01/s") "rollouts: {x: {at: +0s, service: s, over: 1000s}}\n"
                                      "runbook: [{name: stop, at: +0s, delay: {exponential: {mean: 500s}}, rollback: x}]\n"};

    (void)state;
    assert_law(plan, {"replicas exposed", "rollout.exposed", n * reached - on_its_way / 2, .error_most = 20});
}

/* Each replica meets the flaw at times of a Poisson process: its rate x the time of exposure = 1. */
static void a_replica_breaks_by_the_first_event_of_a_poisson_process(void **state)
{
    struct law_plan plan = {.runs = 20,
                            .title = "1 - exp(-rate x share x time)",
                            .yaml = "name: law\n"
                                    "clock: {run: 300s}\n" ASKED(
                                        "1000", "100/s") "rollouts: {x: {at: +100s, service: s, flaw: {share: 10%, error: {}}}}\n"
                                                         "runbook: [{at: +200s, rollback: x}]\n"};

    (void)state;
    assert_law(plan, {"replicas broken", "rollout.broken", 1000 * (1 - exp(-1)), .error_most = 6},
               {"and no more after the rollback", "replicas.broken{service=s}", 1000 * (1 - exp(-1)), .error_most = 6});
}

/* k at once of n that take exponential times: (n - k) / k until the last begins, then the longest of k, 1 + 1/2 + ... + 1/k. */
static void restarts_at_once_set_the_time_to_recover(void **state)
{
    static const unsigned at_once[] = {1, 2, 4, 8, 20};

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        unsigned k = at_once[i], n = 20;
        double rounds = (double)(n - k) / k;
        struct law_plan plan = {
            .runs = 200,
            .title = law_text("%u of %u at once", k, n),
            .yaml = law_text("name: law\n"
                             "clock: {run: 20000s}\n" ASKED(
                                 "20", "2/s, until: +1000s") "rollouts: {x: {at: +0s, service: s, flaw: {error: {}}}}\n"
                                                             "runbook:\n"
                                                             "  - {at: +1000s, rollback: x}\n"
                                                             "  - {at: +1000s, restart: {target: s, at_once: %u, takes: "
                                                             "{exponential: {mean: 100s}}}}\n",
                             k)};

        for (unsigned j = 1; j <= k; j++)
            rounds += 1.0 / j;
        assert_law(plan, {"time to mend", "rollout.time_to_mend", 100 * rounds, .error_most = 40});
    }
}

/* A day of bake, and a gate: whatever happens in the first ring, the others never see it. */
static void a_day_of_bake_with_a_gate_exposes_exactly_one_ring(void **state)
{
    struct law_plan plan = {
        .runs = 10,
        .title = "24 h bake",
        .yaml = "name: law\n"
                "clock: {run: 4d, sample: 1m}\n"
                "partitions: {count: 4, users: 400}\n"
                "services: {s: {per: partition, replicas: 5, workers: 10, operations: {o: {work: 1ms}, bad: {work: 1ms}}}}\n"
                "populations:\n"
                "  p: {does: s.o, rate: 0.2/s, timeout: 1s}\n"
                "  b: {does: s.bad, rate: 0.2/s, timeout: 1s}\n"
                "rollouts:\n"
                "  x:\n"
                "    at: +1h\n"
                "    service: s\n"
                "    over: 10m\n"
                "    bake: 1d\n"
                "    gate: availability > 90%\n"
                "    rings: {a: {targets: ['s[0]']}, b1: {targets: ['s[1]']}, c: {targets: ['s[2]', 's[3]']}}\n"
                "    flaw: {operation: bad, hang: {}}\n"};
    struct law_plan flawless = plan;

    (void)state;
    assert_law(plan, {"rings", "rollout.rings", 1}, {"elsewhere nobody fails", "availability{partition=3}", 1});
    flawless.strategy = NULL;
    flawless.title = "without a flaw";
    flawless.yaml = law_text("%.*s", (int)(strstr(plan.yaml, "    flaw:") - plan.yaml), plan.yaml);
    assert_law(flawless, {"all rings, a day apart", "rollout.rings", 3}, {"all replicas", "rollout.exposed", 20},
               {"a day, and its change, each", "requests.offered@during(x) / requests.offered", 3.0 * (24 + 1.0 / 6) / 96,
                .error_most = 0.002});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_exposes_its_rate_times_the_time_until_it_is_stopped),
        cmocka_unit_test(a_replica_breaks_by_the_first_event_of_a_poisson_process),
        cmocka_unit_test(restarts_at_once_set_the_time_to_recover),
        cmocka_unit_test(a_day_of_bake_with_a_gate_exposes_exactly_one_ring),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
