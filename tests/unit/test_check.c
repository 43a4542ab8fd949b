/* test_check - what the checks let through, and questions that are asked later; every message stands in tests/errors */
#include "stormcell/must.h"
#include "unit/scenario_text.h"

/* A scenario of one service with two replicas for each of four partitions, and these lines. */
static char *with_lines(const char *lines)
{
    return xasprintf("name: n\nclock: {start: 2014-06-24T10:00Z, run: 1h}\npartitions: {count: 4}\n"
                     "services:\n  db: {per: partition, replicas: 2, operations: {read: {work: 1ms}}}\n"
                     "  spare: {operations: {wait: {work: 1ms}}}\n%s\n",
                     lines);
}

static void assert_good(const char *lines)
{
    char *text = with_lines(lines);

    scenario_free(good_text(text, NULL));
    free(text);
}

static void assert_wrong(const char *lines, const char *what)
{
    char *text = with_lines(lines), *found;
    Stormcell__Scenario *m = bind_text(text, NULL, &found);

    assert_null(m);
    if (!strstr(found, what))
        assert_string_equal(found, what);
    free(found);
    free(text);
}

#define PEOPLE "populations: {people: {does: db.read, rate: 1/s}}\n"
#define FAULT(target) PEOPLE "faults: {f: {at: 1m, target: '" target "', crash: {}}}\n"

static void targets_may_name_all_one_partition_or_one_replica(void **state)
{
    assert_good(FAULT("db"));
    assert_good(FAULT("db[0]"));
    assert_good(FAULT("db[3].replica[1]"));
    assert_good(FAULT("db.replica[1]"));
    assert_wrong(FAULT("db[4]"), "no partition 4");
    assert_wrong(FAULT("db[0].replica[2]"), "no replica 2");
    assert_wrong(FAULT("db[0].replica"), "expected a target such as");
    assert_wrong(FAULT("db[0]x"), "expected a target such as");
    assert_wrong(FAULT("[0]"), "expected a target such as");
    assert_wrong(FAULT("db[99999999999999999999]"), "no partition");
}

static void a_fault_must_be_reached_unless_the_scenario_says_otherwise(void **state)
{
    assert_wrong(FAULT("spare"), "nothing can reach this fault");
    assert_good(FAULT("spare") "allow_unreachable_faults: true\n");
    assert_wrong("populations: {people: {does: db.read, rate: 1/s, count: 0}}\nfaults: {f: {at: 1m, target: db, crash: {}}}\n",
                 "nothing can reach");
    assert_wrong("populations: {people: {does: db.read, rate: 1/s, profile: {points: [{at: 0s, level: 0}]}}}\n"
                 "faults: {f: {at: 1m, target: db, crash: {}}}\n",
                 "nothing can reach");
    assert_good("transports: {hub: {senders: {x: {rate: 1/s}}, delivery: {calls: {put: {to: db.read}}}}}\n"
                "faults: {f: {at: 1m, target: db, crash: {}}}\n");
    assert_wrong("transports: {hub: {senders: {x: {rate: 0/s}}, delivery: {calls: {put: {to: db.read}}}}}\n"
                 "faults: {f: {at: 1m, target: db, crash: {}}}\n",
                 "nothing can reach");
    assert_wrong("transports: {hub: {senders: {x: {rate: 1/s}}, delivery: {calls: {put: {to: db.read, share: 0%}}}}}\n"
                 "faults: {f: {at: 1m, target: db, crash: {}}}\n",
                 "nothing can reach");
}

static void two_ways_to_one_operation_are_no_circle(void **state)
{
    assert_good(
        "  a: {operations: {x: {calls: {l: {to: b.y}, r: {to: c.z}}}}}\n  b: {operations: {y: {calls: {d: {to: db.read}}}}}\n"
        "  c: {operations: {z: {calls: {d: {to: db.read}, b: {to: b.y}}}}}\n" PEOPLE);
    assert_wrong("  a: {operations: {x: {calls: {l: {to: b.y}}}}}\n  b: {operations: {y: {calls: {d: {to: a.x}}}}}\n" PEOPLE,
                 "calls go in a circle: a.x -> b.y -> a.x; expected an end");
}

static void services_may_call_each_other_by_other_operations(void **state)
{
    assert_good("  a: {operations: {x: {calls: {l: {to: b.y}}}, z: {work: 1ms}}}\n  b: {operations: {y: {calls: {d: {to: "
                "a.z}}}}}\n" PEOPLE);
}

static void shares_may_be_off_by_what_decimals_cost(void **state)
{
    assert_good("transports: {hub: {senders: {x: {rate: 1/s, retry: {postfix: 10%, exim: 20%, exchange: 70%}}}, delivery: {}}}\n");
    assert_wrong(
        "transports: {hub: {senders: {x: {rate: 1/s, retry: {postfix: 10%, exim: 20%, exchange: 70.001%}}}, delivery: {}}}\n",
        "shares must add up to 100%, these are 100.001%");
}

static void thresholds_of_back_pressure_are_in_order(void **state)
{
#define HUB(pressure) "transports: {hub: {senders: {x: {rate: 1/s}}, delivery: {}, back_pressure: {" pressure "}}}\n"
    assert_good(HUB(""));
    assert_good(HUB("medium: 500, high: 750, high_to_medium: 500, low: 100"));
    assert_wrong(HUB("high: 5000"), "medium, 9999, must be at most high, 5000");
    assert_wrong(HUB("low: 10500"), "low, 10500, must be at most medium, 9999");
}

static void steps_need_one_trigger_and_one_action(void **state)
{
#define STEP(step) FAULT("db") "runbook: [" step "]\n"
    assert_good(STEP("{at: 2m, repair: f}"));
    assert_good(STEP("{when: 'availability < 50%', for: 10s, delay: 5m, repair: f}"));
    assert_wrong(STEP("{at: 2m}"), "expected an action");
    assert_wrong(STEP("{repair: f}"), "expected at");
    assert_wrong(STEP("{at: 1h, repair: f}"), "would never happen");
    assert_good(STEP("{at: 59m, repair: f}"));
}

static void every_strategy_is_checked(void **state)
{
    static const char text[] =
        "name: n\nclock: {run: 1h}\nservices: {s: {operations: {o: {work: 1ms}}}}\npopulations: {p: {does: s.o, rate: 1/s}}\n"
        "strategies:\n  good: {s.workers: 2}\n  bad: {s.workers: 0}\n  worse: {s.operations.o: null}\n";
    struct diag *d = diag_create();
    struct scenario_file *f = scenario_open_memory("t", text, strlen(text), d);
    char *lines;

    assert_false(scenario_check_all(f, d));
    lines = diag_lines(d);
    assert_string_equal(lines,
                        "t:4:25: p.does: no operation of s called 'o': there is none in this scenario (in strategy 'worse')\n"
                        "t:7:20: s.workers: must be at least 1 (in strategy 'bad')\n");
    free(lines);
    scenario_file_free(f);
    diag_free(d);
}

static void places_are_found_for_paths(void **state)
{
    struct diag *d = diag_create();
    struct scenario_file *f = scenario_open_memory("t", small, strlen(small), d);
    static const struct {
        const char *path;
        unsigned line, column;
    } cases[] = {
        {"clock.run", 2, 40},          {"web.workers", 5, 18},      {"web", 5, 3},
        {"people.rate", 11, 46},       {"people", 11, 15},          {"stops.target", 12, 38},
        {"runbook[1].repair", 15, 26}, {"runbook.cure.at", 14, 22}, {"hub.delivery.bulkhead.limit", 10, 5},
        {"nowhere.at.all", 1, 1},      {"web.queue.limit", 5, 3},   {"", 1, 1},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct place at = scenario_place(f, cases[i].path);

        assert_string_equal(at.file, "t");
        assert_int_equal(at.line, cases[i].line);
        assert_int_equal(at.column, cases[i].column);
    }
    scenario_file_free(f);
    diag_free(d);
}

static void assumed_ranges_are_walked_in_even_steps(void **state)
{
    char *text = xasprintf(
        "%sassumed:\n  hub.delivery.workers: 60..240\n  hub.delivery.calls.put.timeout: 10s..1m\n  stops.hang.share: 70%%..100%%\n"
        "  people.rate: 5/s..15/s\n  stops.at: 11:00Z..12:00Z\n  web.operations.open.work: 1ms..2ms\n",
        small);
    static const struct {
        const char *path, *values[3];
    } cases[] = {
        {"hub.delivery.workers", {"60", "150", "240"}}, {"hub.delivery.calls.put.timeout", {"10s", "35s", "1m"}},
        {"stops.hang.share", {"70%", "85%", "100%"}},   {"people.rate", {"5/s", "10/s", "15/s"}},
        {"stops.at", {"+1h", "+1h30m", "+2h"}},         {"web.operations.open.work", {"1ms", "1ms500us", "2ms"}},
    };
    struct diag *d = diag_create();
    struct scenario_file *f = scenario_open_memory("t", text, strlen(text), d);
    char *values[3];

    assert_true(scenario_check_all(f, d));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(scenario_assumed_values(f, cases[i].path, 3, values, d));
        for (size_t k = 0; k < 3; k++) {
            char *set = xasprintf("%s=%s", cases[i].path, values[k]);
            Stormcell__Scenario *m = scenario_bind(f, &(struct scenario_overlay){.set = (const char *const *)&set, .set_count = 1},
                                                   d);

            assert_non_null(m);
            assert_string_equal(values[k], cases[i].values[k]);
            scenario_free(m);
            free(set);
            free(values[k]);
        }
    }
    assert_false(scenario_assumed_values(f, "hub.delivery.wrkers", 3, values, d));
    assert_int_equal(diag_errors(d), 1);
    scenario_file_free(f);
    diag_free(d);
    free(text);
}

static void one_step_is_the_middle_of_a_range(void **state)
{
    char *text = xasprintf("%sassumed: {hub.delivery.workers: 60..240, stops.hang.share: 50%%..100%%}\n", small), *value;
    struct diag *d = diag_create();
    struct scenario_file *f = scenario_open_memory("t", text, strlen(text), d);

    assert_true(scenario_assumed_values(f, "hub.delivery.workers", 1, &value, d));
    assert_string_equal(value, "150");
    free(value);
    assert_true(scenario_assumed_values(f, "stops.hang.share", 1, &value, d));
    assert_string_equal(value, "75%");
    free(value);
    scenario_file_free(f);
    diag_free(d);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_may_name_all_one_partition_or_one_replica),
        cmocka_unit_test(a_fault_must_be_reached_unless_the_scenario_says_otherwise),
        cmocka_unit_test(two_ways_to_one_operation_are_no_circle),
        cmocka_unit_test(services_may_call_each_other_by_other_operations),
        cmocka_unit_test(shares_may_be_off_by_what_decimals_cost),
        cmocka_unit_test(thresholds_of_back_pressure_are_in_order),
        cmocka_unit_test(steps_need_one_trigger_and_one_action),
        cmocka_unit_test(every_strategy_is_checked),
        cmocka_unit_test(places_are_found_for_paths),
        cmocka_unit_test(assumed_ranges_are_walked_in_even_steps),
        cmocka_unit_test(one_step_is_the_middle_of_a_range),
    };

    return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
