/* test_bind - from YAML to the message */
#include "stormcell/must.h"
#include "unit/scenario_text.h"

/* A small scenario around the text of one operation's work. */
static Stormcell__Scenario *with_work(const char *work)
{
    char *text = xasprintf(
        "{name: n, clock: {run: 1h}, services: {s: {operations: {o: {work: %s}}}}, populations: {p: {does: s.o, rate: 1/s}}}",
        work);
    Stormcell__Scenario *m = good_text(text, NULL);

    free(text);
    return m;
}

static void units_come_from_the_suffix_of_the_field(void **state)
{
    Stormcell__Scenario *m = good_text(small, NULL);

    assert_int_equal(m->clock->start_utc_s, 1403604000);
    assert_int_equal(m->clock->run_ns, 14400000000000);
    assert_int_equal(m->partitions->users, 1000);
    assert_true(m->populations[0]->arrivals->rate_per_s == 10.0);
    assert_true(m->faults[0]->hang->share_ratio == 0.9);
    assert_int_equal(m->faults[0]->at_t_ns, 7200000000000);
    assert_int_equal(m->runbook[1]->at_t_ns, 12600000000000);
    assert_int_equal(m->services[0]->operations[0]->calls[0]->timeout_ns, 1000000000);
    scenario_free(m);
}

static void what_is_not_written_keeps_the_default_of_the_schema(void **state)
{
    Stormcell__Scenario *m = good_text(small, NULL);

    assert_false(m->has_seed);
    assert_int_equal(m->seed, 1);
    assert_false(m->services[0]->has_replicas);
    assert_int_equal(m->services[0]->replicas, 1);
    assert_true(m->services[1]->has_replicas);
    assert_null(m->health);
    assert_null(m->services[0]->queue);
    assert_int_equal(m->transports[0]->return_after_ns, 172800000000000);
    scenario_free(m);
}

static void lists_keyed_by_name_keep_their_order_and_names(void **state)
{
    Stormcell__Scenario *m = good_text(small, NULL);

    assert_int_equal(m->n_services, 2);
    assert_string_equal(m->services[0]->name, "web");
    assert_string_equal(m->services[1]->name, "db");
    assert_string_equal(m->transports[0]->senders[1]->name, "outside");
    assert_string_equal(m->runbook[0]->name, "cure");
    assert_null(m->runbook[1]->name);
    scenario_free(m);
}

static void a_plain_value_fills_the_shorthand(void **state)
{
    Stormcell__Scenario *m = with_work("4ms");

    assert_int_equal(m->services[0]->operations[0]->work->shape_case, STORMCELL__DIST__SHAPE_CONSTANT_NS);
    assert_int_equal(m->services[0]->operations[0]->work->constant_ns, 4000000);
    scenario_free(m);
    m = with_work("{constant: 4ms}");
    assert_int_equal(m->services[0]->operations[0]->work->constant_ns, 4000000);
    scenario_free(m);
    m = with_work("{lognormal: {median: 4ms, p99: 30ms}}");
    assert_int_equal(m->services[0]->operations[0]->work->shape_case, STORMCELL__DIST__SHAPE_LOGNORMAL);
    assert_true(m->services[0]->operations[0]->work->lognormal->has_p99_ns);
    scenario_free(m);
}

static void inlined_parts_may_be_written_either_way(void **state)
{
    static const char head[] = "{name: n, clock: {run: 1h}, services: {s: {operations: {o: {}}}}, populations: {p: {does: s.o, ";
    static const char *const ways[] = {
        "rate: 5/s, count: 3, backoff: {attempts: 4}, breaker: {}}}}",
        "arrivals: {rate: 5/s, count: 3}, controls: {backoff: {attempts: 4}, breaker: {}}}}}",
        "arrivals: {rate: 5/s}, count: 3, controls: {backoff: {attempts: 4}}, breaker: }}}",
    };

    for (size_t i = 0; i < 3; i++) {
        char *text = xasprintf("%s%s", head, ways[i]);
        Stormcell__Scenario *m = good_text(text, NULL);
        Stormcell__Population *p = m->populations[0];

        assert_true(p->arrivals->rate_per_s == 5.0);
        assert_int_equal(p->arrivals->count, 3);
        assert_int_equal(p->n_controls, 2);
        assert_string_equal(p->controls[0]->name, "backoff");
        assert_int_equal(p->controls[0]->kind_case, STORMCELL__CALL_CONTROL__KIND_BACKOFF);
        assert_int_equal(p->controls[0]->backoff->attempts, 4);
        assert_int_equal(p->controls[1]->kind_case, STORMCELL__CALL_CONTROL__KIND_BREAKER);
        scenario_free(m);
        free(text);
    }
}

static void controls_pass_in_the_order_in_which_they_are_written(void **state)
{
    Stormcell__Scenario *m =
        good_text("{name: n, clock: {run: 1h}, services: {s: {operations: {o: {}}}}, populations: {p: {bulkhead: {}, does: s.o,"
                  " breaker: {}, rate: 1/s, controls: {second: {breaker: {open: 9s}}}, backoff: {}}}}",
                  NULL);
    Stormcell__Population *p = m->populations[0];

    assert_int_equal(p->n_controls, 4);
    assert_string_equal(p->controls[0]->name, "second");
    assert_int_equal(p->controls[0]->breaker->open_ns, 9000000000);
    assert_string_equal(p->controls[1]->name, "bulkhead");
    assert_string_equal(p->controls[2]->name, "breaker");
    assert_string_equal(p->controls[3]->name, "backoff");
    scenario_free(m);
}

static void a_kind_may_be_empty(void **state)
{
    static const char *const ways[] = {"crash:", "crash: {}", "crash: null", "crash: ~"};

    for (size_t i = 0; i < 4; i++) {
        char *text =
            xasprintf("name: n\nclock: {run: 1h}\nservices: {s: {operations: {o: {}}}}\npopulations: {p: {does: s.o, rate: 1/s}}\n"
                      "faults:\n  f:\n    at: 1m\n    target: s\n    %s\n",
                      ways[i]);
        Stormcell__Scenario *m = good_text(text, NULL);

        assert_int_equal(m->faults[0]->kind_case, STORMCELL__FAULT__KIND_CRASH);
        assert_true(m->faults[0]->crash->share_ratio == 1.0);
        scenario_free(m);
        free(text);
    }
}

static void a_list_of_scalars_may_be_a_single_one(void **state)
{
    Stormcell__Scenario *m =
        good_text("{name: n, clock: {run: 1h}, services: {s: {operations: {o: {}}}}, populations: {p: {does: s.o, rate: 1/s}},"
                  " sla: {meters: mail_delay}, look_for: one, expect: {baseline: availability > 5%}}",
                  NULL);

    assert_int_equal(m->sla->n_meters, 1);
    assert_int_equal(m->sla->meters[0], STORMCELL__SLA__METER__METER_MAIL_DELAY);
    assert_string_equal(m->look_for[0], "one");
    assert_int_equal(m->expect[0]->n_lines, 1);
    assert_string_equal(m->expect[0]->lines[0], "availability > 5%");
    scenario_free(m);
}

static void a_message_survives_packing(void **state)
{
    Stormcell__Scenario *m = good_text(small, NULL), *back;
    size_t size = stormcell__scenario__get_packed_size(m);
    uint8_t *bytes = xmalloc(2 * size);

    assert_int_equal(stormcell__scenario__pack(m, bytes), size);
    back = stormcell__scenario__unpack(NULL, size, bytes);
    assert_non_null(back);
    assert_int_equal(stormcell__scenario__pack(back, bytes + size), size);
    assert_memory_equal(bytes, bytes + size, size);
    scenario_free(back);
    scenario_free(m);
    free(bytes);
}

static void a_sender_without_a_schedule_follows_that_of_its_kind(void **state)
{
    Stormcell__Scenario *m = good_text(small, NULL);
    Stormcell__Sender **senders = m->transports[0]->senders;

    assert_int_equal(senders[0]->n_retry, 1);
    assert_string_equal(senders[0]->retry[0]->name, "exchange");
    assert_true(senders[0]->retry[0]->share_ratio == 1.0);
    assert_string_equal(senders[1]->retry[0]->name, "postfix");
    scenario_free(m);
}

static void all_errors_are_said_in_one_pass(void **state)
{
    assert_lines(
        "name: n\nclock: {run: 5}\nservices: {s: {operations: {o: {work: 3}}}}\npopulations: {p: {does: s.x, rate: 3s}}\nfoo: 1\n",
        NULL,
        "test.yaml:2:14: clock.run: expected a duration such as 30s, found 5\n"
        "test.yaml:3:39: s.operations.o.work: expected a duration such as 30s, found 3\n"
        "test.yaml:4:25: p.does: no operation of s called 'x': expected o\n"
        "test.yaml:4:36: p.rate: expected a rate such as 1200/s or 90/min, found '3s', which is a duration\n"
        "test.yaml:5:1: foo: unknown key; expected one of name, question, clock, seed, partitions, health, services, transports, "
        "populations, faults, runbook, sla, strategies, assumed, reproduces, expect, look_for, "
        "allow_unreachable_faults, measured, regions, links, rollouts or status_page\n");
}

static void one_error_brings_no_others_about(void **state)
{
    assert_lines("name: n\nclock: {run: 1h}\nservices: {s: {operations: {o: {work: {uniform: {from: 5, to: 3ms}}}}}}\npopulations: "
                 "{p: {does: s.o, rate: 3}}\n"
                 "faults: {f: {at: 1m, target: s, crush: {}}}\n",
                 NULL,
                 "test.yaml:3:56: s.operations.o.work.uniform.from: expected a duration such as 30s, found 5\n"
                 "test.yaml:4:36: p.rate: expected a rate such as 1200/s or 90/min, found 3\n"
                 "test.yaml:5:33: f.crush: unknown key; did you mean 'crash'?\n");
}

static void files_cannot_be_read_from_memory(void **state)
{
    assert_lines(
        "include: other.yaml\nname: n\nclock: {run: 1h}\nservices: {s: {operations: {o: {work: {empirical: {file: x.csv}}}}}}\n"
        "populations: {p: {does: s.o, rate: 3/s}}\n",
        NULL,
        "test.yaml:1:10: include: a scenario in memory cannot include files: expected none\n"
        "test.yaml:4:58: s.operations.o.work.empirical.file: a scenario in memory cannot read files: expected none\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_come_from_the_suffix_of_the_field),
        cmocka_unit_test(what_is_not_written_keeps_the_default_of_the_schema),
        cmocka_unit_test(lists_keyed_by_name_keep_their_order_and_names),
        cmocka_unit_test(a_plain_value_fills_the_shorthand),
        cmocka_unit_test(inlined_parts_may_be_written_either_way),
        cmocka_unit_test(controls_pass_in_the_order_in_which_they_are_written),
        cmocka_unit_test(a_kind_may_be_empty),
        cmocka_unit_test(a_list_of_scalars_may_be_a_single_one),
        cmocka_unit_test(a_message_survives_packing),
        cmocka_unit_test(a_sender_without_a_schedule_follows_that_of_its_kind),
        cmocka_unit_test(all_errors_are_said_in_one_pass),
        cmocka_unit_test(one_error_brings_no_others_about),
        cmocka_unit_test(files_cannot_be_read_from_memory),
    };

    return cmocka_run_group_tests_name("bind", tests, NULL, NULL);
}
