/* test_rollout - changes, what they break, and restarts, each case small enough to be worked out by hand */
#include "law/law.h"

/* One run of a world without chance: claims are numbers, give or take their slack. */
#define assert_world(text, ...)                                                                                                    \
    do {                                                                                                                           \
        struct law_plan world_plan = {.runs = 1, .yaml = "name: world\n" text};                                                    \
                                                                                                                                   \
        assert_law(world_plan, __VA_ARGS__);                                                                                       \
    } while (0)

/* Ten replicas, each of which is asked for `bad` and `good`, three requests in two seconds. */
#define TEN                                                                                                                        \
    "services: {s: {replicas: 10, workers: 1000, operations: {bad: {work: 10ms}, good: {work: 10ms}}}}\n"                          \
    "populations:\n"                                                                                                               \
    "  b: {does: s.bad, rate: 10/s, process: regular, timeout: 1s}\n"                                                              \
    "  g: {does: s.good, rate: 5/s, process: regular, timeout: 1s}\n"

/* ---- rings */

static void a_ring_is_changed_one_replica_after_the_other(void **state)
{
    (void)state;
    for (int k = 0; k <= 10; k++) {
        struct law_plan plan = {.runs = 1,
                                .yaml = law_text("name: world\nclock: {run: %ds}\n" TEN
                                                 "rollouts: {x: {at: +10s, service: s, over: 100s}}\n",
                                                 10 + 10 * k + 5)};

        assert_law(plan, {"one in every 10 s", "rollout.exposed", k});
    }
}

static void the_next_ring_follows_when_the_one_before_has_baked(void **state)
{
    static const char *const rings = "{one: {targets: ['s.replica[3]']}, two: {targets: ['s.replica[0]', 's.replica[1]']}}";

    (void)state;
    for (int late = 0; late < 2; late++) {
        struct law_plan plan = {.runs = 1,
                                .yaml = law_text("name: world\nclock: {run: %ds}\n" TEN
                                                 "rollouts: {x: {at: +10s, service: s, over: 20s, bake: 30s, rings: %s}}\n",
                                                 late ? 61 : 59, rings)};

        assert_law(plan, {"rings", "rollout.rings", 1 + late}, {"replicas", "rollout.exposed", 1});
    }
    assert_world("clock: {run: 200s}\n" TEN "rollouts:\n"
                 "  x:\n"
                 "    {at: +10s, service: s, over: 20s, bake: 30s, rings: {one: {targets: ['s.replica[3]']},\n"
                 "    two: {targets: ['s.replica[0]', 's.replica[1]']}}}\n",
                 {"what is in no ring is not changed", "rollout.exposed", 3},
                 {"it lasts until the last ring has baked", "requests.offered{population=g}@during(x)", 500, .slack = 1});
}

static void a_rollback_goes_back_in_order_and_stops_what_is_left(void **state)
{
    (void)state;
    assert_world("clock: {run: 200s}\n" TEN "rollouts: {x: {at: +0s, service: s, over: 100s, flaw: {operation: bad, error: {}}}}\n"
                 "runbook: [{at: +45s, rollback: {rollout: x, over: 40s}}]\n",
                 {"four were changed", "rollout.exposed", 4}, {"and broke", "rollout.broken", 4},
                 {"it is back everywhere after 45 s + 40 s", "rollout.time_to_roll_back", 85},
                 {"what is sticky stays", "replicas.broken{service=s}", 4});
    assert_world("clock: {run: 20s}\n" TEN "rollouts: {x: {at: +10s, service: s, flaw: {operation: bad, error: {}}}}\n"
                 "runbook: [{at: +5s, rollback: x}]\n",
                 {"what has not begun never does", "rollout.rings", 0}, {"and fails nobody", "availability", 1},
                 {"verdict", "verdict", .word = "stable"});
}

static void a_gate_that_does_not_hold_stops_the_change_in_its_ring(void **state)
{
    (void)state;
    /* The first ring breaks at once; the sample that ends at 30 s shows it, and it is looked at then. */
    assert_world("clock: {run: 1000s, sample: 10s}\n" TEN "rollouts:\n"
                 "  x:\n"
                 "    at: +20s\n"
                 "    service: s\n"
                 "    bake: 100s\n"
                 "    gate: availability{population=b} > 95%\n"
                 "    rings: {one: {targets: ['s.replica[0]']}, two: {targets: ['s.replica[1]']}}\n"
                 "    flaw: {operation: bad, sticky: false, error: {}}\n",
                 {"one ring", "rollout.rings", 1}, {"taken back by itself", "replicas.broken{service=s}", 0},
                 {"at the second look, as the first is before the sample", "rollout.time_to_roll_back", 20});
    assert_world("clock: {run: 1000s, sample: 10s}\n" TEN "rollouts:\n"
                 "  x:\n"
                 "    at: +20s\n"
                 "    service: s\n"
                 "    bake: 100s\n"
                 "    gate: availability{population=b} > 95%\n"
                 "    rolls_back: false\n"
                 "    rings: {one: {targets: ['s.replica[0]']}, two: {targets: ['s.replica[1]']}}\n"
                 "    flaw: {operation: bad, sticky: false, error: {}}\n",
                 {"stopped only", "rollout.rings", 1}, {"it stays", "replicas.broken{service=s}", 1},
                 {"and so does the trigger", "verdict", .word = "degraded"});
    assert_world("clock: {run: 1000s, sample: 10s}\n" TEN "rollouts:\n"
                 "  x: {at: +20s, service: s, bake: 100s, gate: availability > 95%, rings: {one: {targets: ['s.replica[0]']},\n"
                 "      two: {targets: ['s.replica[1]']}}}\n",
                 {"a gate that holds stops nothing", "rollout.rings", 2});
}

/* ---- flaws */

/* One request for the broken operation of one replica, on which two others are at work. */
#define ONE(flaw)                                                                                                                  \
    "clock: {run: 100s}\n"                                                                                                         \
    "services: {s: {workers: 10, operations: {bad: {work: 1s}, good: {work: 10s}}}}\n"                                             \
    "populations:\n"                                                                                                               \
    "  b: {does: s.bad, rate: 1/s, process: regular, count: 1}\n"                                                                  \
    "  g: {does: s.good, rate: 4/s, process: regular, count: 2}\n"                                                                 \
    "rollouts: {x: {at: +0s, service: s, flaw: {operation: bad, " flaw "}}}\n"

static void the_request_that_breaks_a_replica_meets_what_it_did_and_so_do_others(void **state)
{
    (void)state;
    assert_world(ONE("hang: {}"), {"it is silent", "requests.in_flight", 3}, {"one is broken", "rollout.broken", 1});
    assert_world(ONE("crash: {}"), {"it is lost, with the others", "requests.rejected", 3});
    assert_world(ONE("slow: {factor: 5}"), {"it takes so many times as long", "latency.max{population=b}", 5, .slack = 0.02});
    assert_world(ONE("error: {}"), {"it is wrong", "requests.errors{population=b}", 1},
                 {"what was there is not", "requests.succeeded{population=g}", 2});
}

static void only_the_operation_that_is_flawed_breaks_anything(void **state)
{
    (void)state;
    assert_world(
        "clock: {run: 100s}\n"
        "services: {s: {replicas: 10, workers: 1000, operations: {bad: {work: 10ms}, good: {work: 10ms}}}}\n"
        "populations:\n"
        "  g: {does: s.good, rate: 10/s, process: regular}\n"
        "  b: {does: s.bad, rate: 10/s, process: regular, profile: {points: [{at: +50s, level: 0}, {at: +51s, level: 1}]}}\n"
        "rollouts: {x: {at: +0s, service: s, flaw: {operation: bad, error: {}}}}\n"
        "runbook: [{at: +40s, rollback: x}]\n",
        {"nobody had asked for it before the rollback", "rollout.broken", 0}, {"so nothing failed", "availability", 1},
        {"though all had the flaw", "rollout.exposed", 10});
}

static void what_is_not_sticky_is_mended_by_the_rollback(void **state)
{
    (void)state;
    assert_world("clock: {run: 200s}\n" TEN
                 "rollouts: {x: {at: +0s, service: s, flaw: {operation: bad, sticky: false, hang: {}}}}\n"
                 "runbook: [{name: back, at: +50s, rollback: x}]\n",
                 {"all broke", "rollout.broken", 10}, {"none is broken", "replicas.broken{service=s}", 0},
                 {"at once", "rollout.time_to_mend", 0}, {"all is well from then on", "availability@after(back)", 1});
}

/* ---- restarts */

static void broken_replicas_are_mended_in_rounds_of_as_many_as_are_restarted_at_once(void **state)
{
    (void)state;
    for (int at_once = 1; at_once <= 12; at_once++) {
        struct law_plan plan = {.runs = 1,
                                .yaml = law_text("name: world\nclock: {run: 1300s}\n" TEN
                                                 "rollouts: {x: {at: +0s, service: s, flaw: {operation: bad, hang: {}}}}\n"
                                                 "runbook:\n"
                                                 "  - {at: +60s, rollback: x}\n"
                                                 "  - {name: again, at: +60s, restart: {target: s, takes: 100s, at_once: %d}}\n",
                                                 at_once)};

        assert_law(plan, {"ceil(10 / k) x 100 s", "rollout.time_to_mend", 100.0 * ((10 + at_once - 1) / at_once)},
                   {"each once", "replicas.restarted{service=s}", 10}, {"and for good", "replicas.broken{service=s}", 0},
                   {"good it is", "availability@[1100s,1290s]", 1});
    }
}

static void a_restarted_replica_that_still_has_the_flaw_breaks_again(void **state)
{
    (void)state;
    /* Asked every second, gone for 9.5 s: at 0 s it breaks, and at 10 s, 20 s ... */
    assert_world("clock: {run: 99s}\n"
                 "services: {s: {workers: 10, operations: {bad: {work: 1ms}}}}\n"
                 "populations: {b: {does: s.bad, rate: 1/s, process: regular, timeout: 1s}}\n"
                 "rollouts: {x: {at: +0s, service: s, flaw: {hang: {}}}}\n"
                 "runbook: [{at: +0s, restart: {target: s, takes: 9500ms}}]\n",
                 {"one restart in ten seconds", "replicas.restarted", 10}, {"of one replica", "rollout.broken", 1},
                 {"which serves nobody", "requests.succeeded", 0});
}

static void all_are_restarted_once_and_lose_their_work(void **state)
{
    (void)state;
    /* One of ten is gone for 10 s at a time, and refuses a tenth of 15/s. */
    assert_world("clock: {run: 300s}\n" TEN "runbook: [{at: +50s, restart: {target: s, which: all, takes: 10s}}]\n",
                 {"each once", "replicas.restarted", 10}, {"a tenth fails for 100 s", "requests.rejected", 150, .slack = 10},
                 {"and none later", "availability@[151s,290s]", 1});
    assert_world("clock: {run: 100s}\n"
                 "services: {s: {workers: 10, operations: {o: {work: 50s}}}}\n"
                 "populations: {p: {does: s.o, rate: 1/s, process: regular, count: 5}}\n"
                 "runbook: [{at: +20s, restart: {target: s, which: all, takes: 1s}}]\n",
                 {"what it was at work on is lost", "requests.rejected", 5});
}

/* ---- judged */

static void what_stays_broken_counts_as_recovery_from_the_rollback_on(void **state)
{
    (void)state;
    assert_world("clock: {run: 600s}\n"
                 "health: {interval: 10s}\n"
                 "services: {s: {workers: 10, operations: {bad: {work: 1ms}}}}\n"
                 "populations: {b: {does: s.bad, rate: 10/s, process: regular, timeout: 1s}}\n"
                 "rollouts: {x: {at: +100s, service: s, flaw: {hang: {}}}}\n"
                 "runbook:\n"
                 "  - {name: back, at: +160s, rollback: x}\n"
                 "  - {at: +200s, restart: {target: s, takes: 100s}}\n",
                 {"recovered", "verdict", .word = "recovered"}, {"140 s after the rollback", "time_to.recover", 140, .slack = 1},
                 {"rolled back after", "rollout.time_to_roll_back", 60}, {"mended after", "rollout.time_to_mend", 140},
                 {"before it all is well", "availability@before(x)", 1}, {"during it nothing is", "availability@during(x)", 0});
    assert_world("clock: {run: 600s}\n"
                 "health: {interval: 10s}\n"
                 "services: {s: {workers: 10, operations: {bad: {work: 1ms}}}}\n"
                 "populations: {b: {does: s.bad, rate: 10/s, process: regular, timeout: 1s}}\n"
                 "rollouts: {x: {at: +100s, service: s, flaw: {hang: {}}}}\n"
                 "runbook: [{name: back, at: +160s, rollback: x}]\n",
                 {"without a restart it stays down by itself", "verdict", .word = "metastable"});
}

static void partitions_in_no_ring_are_spared(void **state)
{
    (void)state;
    assert_world("clock: {run: 600s}\n"
                 "partitions: {count: 4, users: 400}\n"
                 "services: {s: {per: partition, replicas: 2, workers: 10, operations: {bad: {work: 1ms}}}}\n"
                 "populations: {b: {does: s.bad, rate: 10/s, timeout: 1s}}\n"
                 "rollouts: {x: {at: +100s, service: s, rings: {one: {targets: ['s[1]']}, two: {targets: ['s[2].replica[0]']}},\n"
                 "  flaw: {hang: {}}}}\n",
                 {"spared", "verdict{group=spared}", .word = "stable"}, {"served", "availability{group=spared}", 1},
                 {"struck", "verdict{partition=1}", .word = "degraded"}, {"three replicas", "rollout.broken", 3});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_is_changed_one_replica_after_the_other),
        cmocka_unit_test(the_next_ring_follows_when_the_one_before_has_baked),
        cmocka_unit_test(a_rollback_goes_back_in_order_and_stops_what_is_left),
        cmocka_unit_test(a_gate_that_does_not_hold_stops_the_change_in_its_ring),
        cmocka_unit_test(the_request_that_breaks_a_replica_meets_what_it_did_and_so_do_others),
        cmocka_unit_test(only_the_operation_that_is_flawed_breaks_anything),
        cmocka_unit_test(what_is_not_sticky_is_mended_by_the_rollback),
        cmocka_unit_test(broken_replicas_are_mended_in_rounds_of_as_many_as_are_restarted_at_once),
        cmocka_unit_test(a_restarted_replica_that_still_has_the_flaw_breaks_again),
        cmocka_unit_test(all_are_restarted_once_and_lose_their_work),
        cmocka_unit_test(what_stays_broken_counts_as_recovery_from_the_rollback_on),
        cmocka_unit_test(partitions_in_no_ring_are_spared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
