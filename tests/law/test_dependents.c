/* test_dependents - who goes down with a service, when, and for how long
 *
 * 2000 dependents ask every 30 s at a phase of their own, and are down after 120 s without a good answer. A service that is gone
 * from 600 s to 1200 s gave each its last good answer within the 30 s before, at a moment x that is uniform there, and gives the
 * next one at x + 630 s.
 */
#include "law/law.h"

static const char *machines(const char *recovery, const char *faults)
{
    return law_text("name: law\n"
                    "clock: {run: 90m}\n"
                    "partitions: {count: 4, users: 1000}\n"
                    "services: {disk: {workers: 1000, operations: {read: {work: 1ns}}}}\n"
                    "populations:\n"
                    "  vms: {does: disk.read, timeout: 10s, dependents: {count: 2000, every: 30s, fails_after: 120s%s}}\n"
                    "faults: {%s}\n"
                    "sla: {}\n",
                    recovery, faults);
}

static void all_go_down_when_the_last_good_answer_is_so_old(void **state)
{
    struct law_plan plan = {.runs = 10, .yaml = machines("", "gone: {at: +600s, for: 600s, target: disk, crash: {}}")};

    (void)state;
    assert_law(plan, {"went down", "dependents.failed", 2000, 0}, {"before 690 s", "dependents.failed@[0s,690s]", 0, 0},
               {"from 690 to 700 s", "dependents.failed@[690s,700s]", 2000 / 3.0, 16},
               {"from 700 to 710 s", "dependents.failed@[700s,710s]", 2000 / 3.0, 16},
               {"from 710 to 720 s", "dependents.failed@[710s,721s]", 2000 / 3.0, 16},
               {"up again", "dependents.recovered", 2000, 0}, {"still down", "dependents.down", 0, 0},
               {"at once", "dependents.down.max", 2000, 0}, {"mean time down", "dependents.time_to_recover.mean", 510, 0},
               {"longest time down", "dependents.time_to_recover.max", 510, 0},
               {"minutes lost, of 1000 users", "user_minutes.lost", 8500, 1e-9}, {"verdict", "verdict", .word = "recovered"});
}

/* A hang brings no bad answer before its time-out, and none is needed. */
static void silence_takes_them_down_as_a_refusal_does(void **state)
{
    struct law_plan plan = {.runs = 4, .yaml = machines("", "gone: {at: +600s, for: 600s, target: disk, hang: {at_end: drop}}")};

    (void)state;
    assert_law(plan, {"went down", "dependents.failed", 2000, 0}, {"before 690 s", "dependents.failed@[0s,690s]", 0, 0},
               {"after 720 s", "dependents.failed@[721s,90m]", 0, 0},
               {"mean time down", "dependents.time_to_recover.mean", 510, 0});
}

static void a_short_fault_takes_nobody_down(void **state)
{
    struct law_plan plan = {.runs = 16, .yaml = machines("", "gone: {at: +600s, for: 59s, target: disk, crash: {}}")};

    (void)state;
    assert_law(plan, {"went down", "dependents.failed", 0, 0}, {"verdict", "verdict", .word = "stable"},
               {"requests that failed, 59 of 30 s", "requests.failed", 2000 * 59 / 30.0, 4});
}

static void recovery_takes_the_time_that_it_is_said_to_take(void **state)
{
    struct law_plan plan = {.runs = 12,
                            .yaml = machines(", recovery: {exponential: {mean: 300s}}",
                                             "gone: {at: +600s, for: 600s, target: disk, crash: {}}")};

    (void)state;
    assert_law(plan, {"mean time down", "dependents.time_to_recover.mean", 510 + 300, 3},
               {"half are up after", "dependents.time_to_recover.p50", 510 + 300 * log(2), 4},
               {"99 % are up after", "dependents.time_to_recover.p99", 510 + 300 * log(100), 25});
}

/* Who needs more than 300 s meets the second fault, and needs the same again from 360 s later on. With another draw it would be 832
 * s: whatever is broken worst would be mended by being interrupted. */
static void a_recovery_that_is_broken_off_takes_as_long_again(void **state)
{
    struct law_plan plan = {.runs = 12,
                            .yaml = machines(", recovery: {exponential: {mean: 300s}}",
                                             "gone: {at: +600s, for: 600s, target: disk, crash: {}}, "
                                             "again: {at: +1500s, for: 60s, target: disk, crash: {}}")};

    (void)state;
    assert_law(plan, {"went down", "dependents.failed", 2000, 0},
               {"mean time down", "dependents.time_to_recover.mean", 510 + 300 + 360 * exp(-1), 5});
}

/* 600 s after the first good answer each would be up; a fault before that sets it back to the beginning, and it is one failure. The
 * next good answer comes at x + 990 s. */
static void who_fails_while_it_recovers_begins_anew(void **state)
{
    struct law_plan plan = {.runs = 4,
                            .yaml = machines(", recovery: 600s", "gone: {at: +600s, for: 600s, target: disk, crash: {}}, "
                                                                 "again: {at: +1500s, for: 60s, target: disk, crash: {}}")};

    (void)state;
    assert_law(plan, {"went down", "dependents.failed", 2000, 0},
               {"mean time down", "dependents.time_to_recover.mean", 990 + 600 - 120, 0},
               {"longest time down", "dependents.time_to_recover.max", 990 + 600 - 120, 0});
}

/* Every other request fails. Two in a row after a good one, and the third comes too late: 1/8 of requests takes one down, for half
 * the time between requests, and a whole one for each further failure, of which there is one on average. */
static void failures_by_chance_take_down_as_many_as_chance_says(void **state)
{
    struct law_plan plan = {
        .runs = 10,
        .window = "[300s,3300s]",
        .yaml = "name: law\n"
                "clock: {run: 1h}\n"
                "services: {disk: {workers: 1000, operations: {read: {work: 5ms, error: 50%}}}}\n"
                "populations:\n"
                "  vms: {does: disk.read, timeout: 10s, dependents: {count: 2000, every: 30s, fails_after: 75s}}\n"};

    (void)state;
    assert_law(plan, {"went down in 100 turns", "dependents.failed@", 2000 * 100 / 8.0, 60},
               {"mean time down", "dependents.time_to_recover.mean@", 45, 0.2});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_go_down_when_the_last_good_answer_is_so_old),
        cmocka_unit_test(silence_takes_them_down_as_a_refusal_does),
        cmocka_unit_test(a_short_fault_takes_nobody_down),
        cmocka_unit_test(recovery_takes_the_time_that_it_is_said_to_take),
        cmocka_unit_test(a_recovery_that_is_broken_off_takes_as_long_again),
        cmocka_unit_test(who_fails_while_it_recovers_begins_anew),
        cmocka_unit_test(failures_by_chance_take_down_as_many_as_chance_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
