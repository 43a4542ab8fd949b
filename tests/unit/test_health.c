/* test_health - verdicts against a fault-free twin
 *
 * A run lasts 100 minutes, is judged by the minute, and has two partitions with 100 requests a minute each; 0 is struck from
 * minute 20 to 30.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "unit/result_builder.h"

enum { MINUTES = 100 };

/* A run and its twin; own[p] are the cohorts of partition p of the run. */
struct world {
    Stormcell__Result *r, *twin;
    Stormcell__Cohorts *own[2];
    Stormcell__Scenario *sc;
};

static struct world build_world(int64_t fault_end_min)
{
    struct world w = {.r = build_result(2, MINUTES * 60, 60), .twin = build_result(2, MINUTES * 60, 60)};

    build_fault(w.r, "stops", "directory[0]", 20 * 60, fault_end_min < 0 ? -1 : fault_end_min * 60);
    for (uint32_t p = 0; p < 2; p++) {
        w.own[p] = build_cohorts(w.r, p, 100);
        build_cohorts(w.twin, p, 100);
    }
    w.sc = build_scenario(w.r);
    return w;
}

static void end_world(struct world *w)
{
    result_free(w->r);
    result_free(w->twin);
    build_scenario_free(w->sc);
}

static const Stormcell__Verdict *verdict(const struct world *w, const char *scope)
{
    for (size_t i = 0; i < w->r->n_verdicts; i++)
        if (strcmp(w->r->verdicts[i]->scope, scope) == 0)
            return w->r->verdicts[i];
    fail_msg("no verdict on %s", scope);
    return NULL;
}

static void assert_verdict(const struct world *w, const char *scope, const char *word)
{
    const Stormcell__Verdict *v = verdict(w, scope);

    if (strcmp(v->word, word) != 0)
        fail_msg("%s is %s, not %s", scope, v->word, word);
}

static void a_run_like_its_twin_is_stable(void **state)
{
    struct world w = build_world(30);

    (void)state;
    result_judge_health(w.r, w.twin, w.sc);
    assert_verdict(&w, "0", "stable");
    assert_verdict(&w, "1", "stable");
    assert_verdict(&w, "struck", "stable");
    assert_verdict(&w, "spared", "stable");
    assert_verdict(&w, "whole", "stable");
    assert_false(verdict(&w, "whole")->has_unhealthy_from_ns);
    assert_int_equal(w.r->n_timeline, 0);
    end_world(&w);
}

static void goodput_of_95_percent_is_healthy_and_less_is_not(void **state)
{
    struct world w = build_world(30);

    (void)state;
    build_good(w.own[0], 20, 21, 95);
    build_good(w.own[1], 20, 21, 94);
    result_judge_health(w.r, w.twin, w.sc);
    assert_verdict(&w, "0", "stable");
    assert_verdict(&w, "1", "recovered");
    assert_true(verdict(&w, "1")->worst_goodput_ratio == 0.94);
    end_world(&w);
}

static void health_is_back_when_the_last_failure_has_been_given_up(void **state)
{
    struct world w = build_world(30);

    (void)state;
    build_good(w.own[0], 20, 45, 0);
    build_last_failure(w.own[0], 20, 45, 90);
    /* Few enough failed in the next interval. */
    build_good(w.own[0], 45, 46, 96);
    build_last_failure(w.own[0], 45, 46, 50);
    result_judge_health(w.r, w.twin, w.sc);
    assert_int_equal(verdict(&w, "struck")->unhealthy_to_ns, (44 * 60 + 90) * build_s);
    assert_int_equal(verdict(&w, "struck")->recovery_ns, (14 * 60 + 90) * build_s);
    assert_int_equal(w.r->timeline[w.r->n_timeline - 1]->at_ns, (44 * 60 + 90) * build_s);
    assert_string_equal(w.r->timeline[w.r->n_timeline - 1]->text, "healthy again");
    end_world(&w);
}

static void recovery_counts_from_the_end_of_the_trigger(void **state)
{
    struct world w = build_world(30);
    const Stormcell__Verdict *v;

    (void)state;
    build_good(w.own[0], 20, 45, 0);
    result_judge_health(w.r, w.twin, w.sc);
    v = verdict(&w, "struck");
    assert_string_equal(v->word, "recovered");
    assert_int_equal(v->unhealthy_from_ns, 20 * 60 * build_s);
    assert_int_equal(v->unhealthy_to_ns, 45 * 60 * build_s);
    assert_int_equal(v->trigger_end_ns, 30 * 60 * build_s);
    assert_int_equal(v->recovery_ns, 15 * 60 * build_s);
    assert_true(v->worst_goodput_ratio == 0);
    assert_verdict(&w, "spared", "stable");
    assert_verdict(&w, "whole", "recovered");
    assert_int_equal(verdict(&w, "whole")->recovery_ns, 15 * 60 * build_s);
    end_world(&w);
}

static void health_before_the_trigger_ended_is_a_recovery_of_0(void **state)
{
    struct world w = build_world(30);

    (void)state;
    build_good(w.own[1], 20, 25, 50);
    result_judge_health(w.r, w.twin, w.sc);
    assert_verdict(&w, "1", "recovered");
    assert_int_equal(verdict(&w, "1")->recovery_ns, 0);
    end_world(&w);
}

static void unhealthy_under_a_trigger_that_is_still_on_is_degraded(void **state)
{
    struct world w = build_world(-1);

    (void)state;
    build_good(w.own[0], 20, MINUTES, 0);
    result_judge_health(w.r, w.twin, w.sc);
    assert_verdict(&w, "struck", "degraded");
    assert_verdict(&w, "whole", "degraded");
    assert_false(verdict(&w, "struck")->has_trigger_end_ns);
    assert_false(verdict(&w, "struck")->has_recovery_ns);
    end_world(&w);
}

static void unhealthy_for_good_after_the_trigger_is_metastable(void **state)
{
    struct world w = build_world(30);

    (void)state;
    build_good(w.own[0], 20, MINUTES, 10);
    result_judge_health(w.r, w.twin, w.sc);
    assert_verdict(&w, "struck", "metastable");
    assert_verdict(&w, "spared", "stable");
    assert_verdict(&w, "whole", "metastable");
    end_world(&w);
}

static void a_gap_that_shrinks_by_a_tenth_in_the_last_quarter_is_recovering(void **state)
{
    struct world w = build_world(30);

    (void)state;
    /* Since the trigger: 70 minutes; the last quarter begins at minute 82. */
    build_good(w.own[0], 20, 85, 10);
    build_good(w.own[0], 85, MINUTES, 20);
    build_good(w.own[1], 20, 85, 10);
    build_good(w.own[1], 85, MINUTES, 18);
    result_judge_health(w.r, w.twin, w.sc);
    assert_verdict(&w, "0", "recovering");
    assert_verdict(&w, "1", "metastable");
    assert_verdict(&w, "whole", "metastable");
    end_world(&w);
}

static void less_time_than_the_backlog_needs_to_drain_is_degraded_not_metastable(void **state)
{
    struct world w = build_world(60);
    uint32_t service;

    (void)state;
    /* Busy for 2/3: a trigger of 40 minutes may take 80 more; the run ends 40 after it. */
    service = build_service(w.twin, "directory", 3);
    build_epoch(w.twin, 0, MINUTES * 60);
    build_level(w.twin, service, -1, 0, LEVEL_BUSY, 2, 3);
    build_good(w.own[0], 20, MINUTES, 10);
    result_judge_health(w.r, w.twin, w.sc);
    assert_verdict(&w, "struck", "degraded");
    end_world(&w);
}

static void more_time_than_that_is_metastable(void **state)
{
    struct world w = build_world(60);
    uint32_t service;

    (void)state;
    /* Busy for 1/4: 13 minutes. */
    service = build_service(w.twin, "directory", 4);
    build_epoch(w.twin, 0, MINUTES * 60);
    build_level(w.twin, service, -1, 0, LEVEL_BUSY, 1, 3);
    build_good(w.own[0], 20, MINUTES, 10);
    result_judge_health(w.r, w.twin, w.sc);
    assert_verdict(&w, "struck", "metastable");
    end_world(&w);
}

static void old_mail_is_unhealthy_whatever_the_goodput(void **state)
{
    struct world w = build_world(30);

    (void)state;
    for (uint32_t p = 0; p < 2; p++) {
        build_mail(w.own[p], 10);
        build_mail(w.twin->cohorts[p], 10);
    }
    build_oldest(w.own[1], 40, 899);
    build_oldest(w.own[0], 40, 900);
    result_judge_health(w.r, w.twin, w.sc);
    assert_verdict(&w, "0", "recovered");
    assert_verdict(&w, "1", "stable");
    assert_int_equal(verdict(&w, "1")->worst_oldest_mail_ns, 899 * build_s);
    end_world(&w);
}

static void mail_that_comes_back_is_lost_goodput(void **state)
{
    struct world w = build_world(30);

    (void)state;
    for (uint32_t p = 0; p < 2; p++) {
        build_mail(w.own[p], 100);
        build_mail(w.twin->cohorts[p], 100);
    }
    w.own[0]->mail_lost[30] = 6;
    w.own[1]->mail_lost[30] = 5;
    result_judge_health(w.r, w.twin, w.sc);
    assert_verdict(&w, "0", "recovered");
    assert_verdict(&w, "1", "stable");
    end_world(&w);
}

static void a_group_is_judged_by_its_sums(void **state)
{
    Stormcell__Result *r = build_result(3, 6000, 60), *twin = build_result(3, 6000, 60);
    Stormcell__Scenario *sc = build_scenario(r);
    struct world w = {.r = r, .twin = twin, .sc = sc};

    (void)state;
    build_fault(r, "stops", "directory[0]", 1200, 1800);
    build_cohorts(r, 0, 100);
    build_good(build_cohorts(r, 1, 100), 20, 25, 92);
    build_cohorts(r, 2, 100);
    for (uint32_t p = 0; p < 3; p++)
        build_cohorts(twin, p, 100);
    result_judge_health(r, twin, sc);
    assert_verdict(&w, "1", "recovered");
    assert_verdict(&w, "spared", "stable"); /* 192 of 200 */
    assert_verdict(&w, "whole", "recovered");
    end_world(&w);
}

static void an_interval_without_births_is_healthy(void **state)
{
    struct world w = build_world(30);

    (void)state;
    w.twin->cohorts[0]->offered[50] = w.twin->cohorts[0]->good[50] = 0;
    w.own[0]->offered[50] = w.own[0]->good[50] = 0;
    result_judge_health(w.r, w.twin, w.sc);
    assert_verdict(&w, "0", "stable");
    end_world(&w);
}

static void nobody_is_cured_by_silence_while_the_trigger_is_on(void **state)
{
    struct world w = build_world(30);

    (void)state;
    build_good(w.own[0], 20, 22, 0);
    for (size_t i = 22; i < 40; i++) {
        w.twin->cohorts[0]->offered[i] = w.twin->cohorts[0]->good[i] = 0;
        w.own[0]->offered[i] = w.own[0]->good[i] = 0;
    }
    result_judge_health(w.r, w.twin, w.sc);
    assert_int_equal(verdict(&w, "0")->unhealthy_to_ns, 30 * 60 * build_s);
    assert_int_equal(verdict(&w, "0")->recovery_ns, 0);
    end_world(&w);
}

static void requests_in_flight_at_the_end_cure_nobody_and_condemn_nobody(void **state)
{
    struct world w = build_world(-1);

    (void)state;
    /* Both have their last two minutes in flight; 0 has been hung until then. */
    build_good(w.own[0], 20, MINUTES - 2, 0);
    build_in_flight(w.own[0], MINUTES - 2, MINUTES, 100);
    build_in_flight(w.own[1], MINUTES - 2, MINUTES, 100);
    result_judge_health(w.r, w.twin, w.sc);
    assert_verdict(&w, "0", "degraded");
    assert_verdict(&w, "1", "stable");
    end_world(&w);
}

static void requests_that_hang_for_ever_are_no_goodput(void **state)
{
    struct world w = build_world(-1);

    (void)state;
    build_in_flight(w.own[0], 20, MINUTES, 100);
    result_judge_health(w.r, w.twin, w.sc);
    assert_verdict(&w, "0", "degraded");
    assert_int_equal(verdict(&w, "0")->unhealthy_from_ns, 20 * 60 * build_s);
    end_world(&w);
}

static void a_fault_in_one_partition_is_the_trigger_of_those_that_it_spares(void **state)
{
    struct world w = build_world(30);

    (void)state;
    build_good(w.own[1], 20, MINUTES, 10);
    result_judge_health(w.r, w.twin, w.sc);
    assert_verdict(&w, "1", "metastable");
    assert_int_equal(verdict(&w, "1")->trigger_end_ns, 30 * 60 * build_s);
    end_world(&w);
}

static void each_partition_has_the_trigger_that_strikes_it(void **state)
{
    struct world w = build_world(30);

    (void)state;
    build_fault(w.r, "slow", "directory.replica[1]", 40 * 60, 50 * 60);
    build_fault(w.r, "late", "directory[1].replica[0]", 60 * 60, -1);
    build_good(w.own[0], 20, 55, 10);
    build_good(w.own[1], 60, MINUTES, 10);
    result_judge_health(w.r, w.twin, w.sc);
    assert_int_equal(verdict(&w, "0")->trigger_end_ns, 50 * 60 * build_s);
    assert_int_equal(verdict(&w, "0")->recovery_ns, 5 * 60 * build_s);
    assert_verdict(&w, "1", "degraded");
    end_world(&w);
}

static void changes_of_health_stand_in_the_time_line_in_order(void **state)
{
    struct world w = build_world(30);

    (void)state;
    build_entry(w.r, 1200, "fault", "stops", "begins");
    build_entry(w.r, 1800, "repair", "stops", "ends");
    build_good(w.own[0], 20, 45, 25);
    result_judge_health(w.r, w.twin, w.sc);
    assert_int_equal(w.r->n_timeline, 4);
    assert_string_equal(w.r->timeline[0]->kind, "fault");
    assert_string_equal(w.r->timeline[1]->kind, "verdict");
    assert_string_equal(w.r->timeline[1]->subject, "struck");
    assert_string_equal(w.r->timeline[1]->text, "unhealthy: 25 % of the goodput without faults");
    assert_string_equal(w.r->timeline[2]->kind, "repair");
    assert_string_equal(w.r->timeline[3]->text, "healthy again");
    assert_int_equal(w.r->timeline[3]->at_ns, 45 * 60 * build_s);
    end_world(&w);
}

static void many_changes_are_told_in_three_lines(void **state)
{
    struct world w = build_world(30);

    (void)state;
    for (size_t i = 20; i < 60; i += 2)
        build_good(w.own[0], i, i + 1, 0);
    result_judge_health(w.r, w.twin, w.sc);
    assert_int_equal(w.r->n_timeline, 3);
    assert_string_equal(w.r->timeline[1]->text, "healthy and unhealthy by turns from here, 38 changes");
    assert_string_equal(w.r->timeline[2]->text, "healthy again");
    end_world(&w);
}

static void judging_again_gives_the_same(void **state)
{
    struct world w = build_world(30);

    (void)state;
    build_good(w.own[0], 20, 45, 25);
    result_judge_health(w.r, w.twin, w.sc);
    result_judge_health(w.r, w.twin, w.sc);
    assert_int_equal(w.r->n_verdicts, 5);
    assert_int_equal(w.r->n_timeline, 2);
    end_world(&w);
}

static void without_faults_a_run_is_its_own_twin(void **state)
{
    Stormcell__Result *r = build_result(1, 600, 60);
    Stormcell__Scenario *sc = build_scenario(r);
    struct world w = {.r = r, .sc = sc};

    (void)state;
    r->partitions[0]->struck = false;
    build_good(build_cohorts(r, 0, 10), 0, 10, 3);
    result_judge_health(r, r, sc);
    assert_verdict(&w, "whole", "stable");
    assert_verdict(&w, "spared", "stable");
    assert_int_equal(r->n_verdicts, 3); /* nobody is struck */
    result_free(r);
    build_scenario_free(sc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_like_its_twin_is_stable),
        cmocka_unit_test(goodput_of_95_percent_is_healthy_and_less_is_not),
        cmocka_unit_test(health_is_back_when_the_last_failure_has_been_given_up),
        cmocka_unit_test(recovery_counts_from_the_end_of_the_trigger),
        cmocka_unit_test(health_before_the_trigger_ended_is_a_recovery_of_0),
        cmocka_unit_test(unhealthy_under_a_trigger_that_is_still_on_is_degraded),
        cmocka_unit_test(unhealthy_for_good_after_the_trigger_is_metastable),
        cmocka_unit_test(a_gap_that_shrinks_by_a_tenth_in_the_last_quarter_is_recovering),
        cmocka_unit_test(less_time_than_the_backlog_needs_to_drain_is_degraded_not_metastable),
        cmocka_unit_test(more_time_than_that_is_metastable),
        cmocka_unit_test(old_mail_is_unhealthy_whatever_the_goodput),
        cmocka_unit_test(mail_that_comes_back_is_lost_goodput),
        cmocka_unit_test(a_group_is_judged_by_its_sums),
        cmocka_unit_test(an_interval_without_births_is_healthy),
        cmocka_unit_test(nobody_is_cured_by_silence_while_the_trigger_is_on),
        cmocka_unit_test(requests_in_flight_at_the_end_cure_nobody_and_condemn_nobody),
        cmocka_unit_test(requests_that_hang_for_ever_are_no_goodput),
        cmocka_unit_test(a_fault_in_one_partition_is_the_trigger_of_those_that_it_spares),
        cmocka_unit_test(each_partition_has_the_trigger_that_strikes_it),
        cmocka_unit_test(changes_of_health_stand_in_the_time_line_in_order),
        cmocka_unit_test(many_changes_are_told_in_three_lines),
        cmocka_unit_test(judging_again_gives_the_same),
        cmocka_unit_test(without_faults_a_run_is_its_own_twin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
