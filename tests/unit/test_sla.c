/* test_sla - uptime and credits by the promise */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "unit/result_builder.h"

static const Stormcell__SlaAccount *account(const Stormcell__Result *r, uint32_t partition, const char *meter)
{
    for (size_t i = 0; i < r->n_sla; i++)
        if (r->sla[i]->partition == partition && strcmp(r->sla[i]->meter, meter) == 0)
            return r->sla[i];
    fail_msg("no account of partition %u, %s", partition, meter);
    return NULL;
}

/* One partition with 100 users, down for so many minutes of a 30-day month. */
static void assert_down(unsigned minutes, double uptime, double credit)
{
    Stormcell__Result *r = build_result(1, 1000 * 60, 60);
    Stormcell__Scenario *sc = build_scenario(r);

    build_population(r, "people");
    build_good(build_cohorts(r, 0, 50), 10, 10 + minutes, 0);
    build_sla(sc);
    result_judge_sla(r, sc);
    assert_int_equal(r->n_sla, 1);
    assert_true(account(r, 0, "access")->user_minutes_lost == 100.0 * minutes);
    assert_true(account(r, 0, "access")->uptime_ratio == uptime);
    assert_true(account(r, 0, "access")->credit_ratio == credit);
    result_free(r);
    build_scenario_free(sc);
}

static void seven_hours_down_in_a_month_are_99_03_percent_and_a_quarter_of_the_fee(void **state)
{
    (void)state;
    assert_down(420, (43200.0 - 420) / 43200, 0.25);
}

static void credits_follow_the_tiers(void **state)
{
    (void)state;
    assert_down(0, 1, 0);
    assert_down(43, (43200.0 - 43) / 43200, 0);    /* 99.9005 % */
    assert_down(44, (43200.0 - 44) / 43200, 0.25); /* 99.898 % */
    assert_down(433, (43200.0 - 433) / 43200, 0.5);
}

static void a_promise_may_have_its_own_tiers(void **state)
{
    Stormcell__Result *r = build_result(1, 6000, 60);
    Stormcell__Scenario *sc = build_scenario(r);
    Stormcell__Sla *sla = build_sla(sc);
    Stormcell__Tier *tier = BUILD_ADD(sla, tiers, Stormcell__Tier, stormcell__tier__init);

    (void)state;
    tier->below_ratio = 0.99;
    tier->credit_ratio = 0.1;
    sla->window_ns = r->run_ns;
    build_population(r, "people");
    build_good(build_cohorts(r, 0, 50), 10, 11, 0);
    result_judge_sla(r, sc);
    assert_true(account(r, 0, "access")->uptime_ratio == 0.99);
    assert_true(account(r, 0, "access")->credit_ratio == 0);
    build_good(r->cohorts[0], 10, 12, 0);
    result_judge_sla(r, sc);
    assert_int_equal(r->n_sla, 1);
    assert_true(account(r, 0, "access")->credit_ratio == 0.1);
    result_free(r);
    build_scenario_free(sc);
}

static void minutes_are_weighed_by_the_share_that_failed(void **state)
{
    Stormcell__Result *r = build_result(1, 6000, 60);
    Stormcell__Scenario *sc = build_scenario(r);

    (void)state;
    build_sla(sc);
    build_population(r, "people");
    build_good(build_cohorts(r, 0, 50), 10, 20, 25);
    result_judge_sla(r, sc);
    assert_true(account(r, 0, "access")->user_minutes_lost == 500);
    result_free(r);
    build_scenario_free(sc);
}

static void minutes_without_requests_are_as_the_one_before(void **state)
{
    Stormcell__Result *r = build_result(1, 6000, 60);
    Stormcell__Scenario *sc = build_scenario(r);
    Stormcell__Cohorts *c = build_cohorts(r, 0, 50);

    (void)state;
    build_sla(sc);
    build_population(r, "people");
    build_good(c, 10, 11, 0);
    for (size_t i = 11; i < 20; i++)
        c->offered[i] = c->good[i] = 0;
    result_judge_sla(r, sc);
    assert_true(account(r, 0, "access")->user_minutes_lost == 1000);
    result_free(r);
    build_scenario_free(sc);
}

static void late_mail_costs_mail_minutes_and_no_access_minutes(void **state)
{
    Stormcell__Result *r = build_result(1, 6000, 60);
    Stormcell__Scenario *sc = build_scenario(r);
    Stormcell__Cohorts *c = build_cohorts(r, 0, 50);

    (void)state;
    build_sla(sc);
    build_population(r, "people");
    build_transport(r, "hub");
    build_mail(c, 10);
    for (size_t i = 10; i < 20; i++) {
        c->mail_late[i] = 4;
        c->mail_lost[i] = 1;
    }
    result_judge_sla(r, sc);
    assert_int_equal(r->n_sla, 2);
    assert_true(account(r, 0, "access")->user_minutes_lost == 0);
    assert_true(account(r, 0, "mail_delay")->user_minutes_lost == 500);
    result_free(r);
    build_scenario_free(sc);
}

static void only_the_meters_that_are_named_run(void **state)
{
    Stormcell__Result *r = build_result(1, 6000, 60);
    Stormcell__Scenario *sc = build_scenario(r);
    Stormcell__Sla *sla = build_sla(sc);

    (void)state;
    sla->meters = xcalloc(1, sizeof(*sla->meters));
    sla->meters[0] = STORMCELL__SLA__METER__METER_MAIL_DELAY;
    sla->n_meters = 1;
    build_population(r, "people");
    build_transport(r, "hub");
    build_mail(build_cohorts(r, 0, 50), 10);
    result_judge_sla(r, sc);
    assert_int_equal(r->n_sla, 1);
    assert_string_equal(r->sla[0]->meter, "mail_delay");
    result_free(r);
    build_scenario_free(sc);
}

static void no_promise_no_account(void **state)
{
    Stormcell__Result *r = build_result(1, 6000, 60);
    Stormcell__Scenario *sc = build_scenario(r);

    (void)state;
    build_population(r, "people");
    build_cohorts(r, 0, 50);
    result_judge_sla(r, sc);
    assert_int_equal(r->n_sla, 0);
    result_free(r);
    build_scenario_free(sc);
}

static void the_last_interval_may_be_shorter(void **state)
{
    Stormcell__Result *r = build_result(1, 90, 60);
    Stormcell__Scenario *sc = build_scenario(r);

    (void)state;
    build_sla(sc);
    build_population(r, "people");
    build_good(build_cohorts(r, 0, 50), 0, 2, 0);
    result_judge_sla(r, sc);
    assert_true(account(r, 0, "access")->user_minutes_lost == 150);
    result_free(r);
    build_scenario_free(sc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seven_hours_down_in_a_month_are_99_03_percent_and_a_quarter_of_the_fee),
        cmocka_unit_test(credits_follow_the_tiers),
        cmocka_unit_test(a_promise_may_have_its_own_tiers),
        cmocka_unit_test(minutes_are_weighed_by_the_share_that_failed),
        cmocka_unit_test(minutes_without_requests_are_as_the_one_before),
        cmocka_unit_test(late_mail_costs_mail_minutes_and_no_access_minutes),
        cmocka_unit_test(only_the_meters_that_are_named_run),
        cmocka_unit_test(no_promise_no_account),
        cmocka_unit_test(the_last_interval_may_be_shorter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
