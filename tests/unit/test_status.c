/* test_status - what customers are told: small worlds that run for real
 *
 * Four partitions of 10,000 users each. The web replicas of partition 1 are gone from 60 to 180 min and refuse at once, so that
 * exactly 10,000 users are affected for exactly 120 minutes. The status page has a service of its own, `desk`, to depend on.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stormcell/diag.h"
#include "stormcell/must.h"
#include "stormcell/result.h"
#include "stormcell/run.h"
#include "stormcell/scenario.h"
#include "world/status_parts.h"

#define MINUTE INT64_C(60000000000)

static const char world_text[] = "name: told\n"
                                 "clock: {run: 5h, sample: 1m}\n"
                                 "partitions: {count: 4, users: 40k}\n"
                                 "services:\n"
                                 "  web: {per: partition, workers: 100, operations: {open: {work: 5ms}}}\n"
                                 "  desk: {workers: 4, operations: {write: {work: 1s}, show: {work: 5ms}}}\n"
                                 "populations: {people: {does: web.open, rate: 8/s, timeout: 2s}}\n"
                                 "faults: {gone: {at: +60m, for: 2h, target: 'web[1]', crash: {}}}\n"
                                 "status_page: {monitor: availability < 90%, triage: 10m, approval: 5m, reports: 0}\n";

/* Runs the world with path=value lines over it, NULL at the end; free with result_free(). */
static Stormcell__Result *run_world(const char *const *set, uint64_t seed, bool without_faults)
{
    struct diag *d = diag_create();
    struct scenario_file *file = scenario_open_memory("world", world_text, strlen(world_text), d);
    struct scenario_overlay overlay = {.set = set};
    struct run_options options = {.seed = seed, .repeat = "a test of the status page", .without_faults = without_faults};
    Stormcell__Scenario *sc;
    Stormcell__Result *result;
    struct run *run;

    while (set[overlay.set_count])
        overlay.set_count++;
    sc = scenario_bind(file, &overlay, d);
    if (!sc)
        diag_print(d, stderr);
    assert_non_null(sc);
    run = run_create(sc, &options);
    run_until(run, run_end(run));
    result = run_finish(run);
    run_free(run);
    stormcell__scenario__free_unpacked(sc, NULL);
    scenario_file_free(file);
    diag_free(d);
    return result;
}

#define world(...) run_world((const char *const[]){__VA_ARGS__, NULL}, 1, false)

/* The tool, or the page, calls the service that is gone, or one that is not. */
#define TOOL_SHARES_FATE "status_page.tool={auth: {to: web.open, timeout: 10s}}", "status_page.tenant_partition=1"
#define TOOL_IS_APART "status_page.tool={write: {to: desk.write, timeout: 10s}}"
#define PAGE_SHARES_FATE "status_page.page={show: {to: web.open, timeout: 10s}}", "status_page.tenant_partition=1"
#define NOBODY_NOTICES "status_page.monitor=availability < 1%"

static void assert_near(double value, double expected, double slack)
{
    if (!(fabs(value - expected) <= slack))
        fail_msg("%.9g, expected %.9g +- %.3g", value, expected, slack);
}

static void assert_post(const Stormcell__Result *r, size_t i, int64_t at_ns, const char *kind, const char *channel)
{
    assert_true(i < r->status->n_posts);
    assert_int_equal(r->status->posts[i]->at_ns, at_ns);
    assert_string_equal(r->status->posts[i]->kind, kind);
    assert_string_equal(r->status->posts[i]->channel, channel);
}

/* ---- whom it affects */

static void affected_are_those_whose_requests_fail(void **state)
{
    Stormcell__Result *r = world(NOBODY_NOTICES);

    (void)state;
    assert_int_equal(r->status->affected_from_ns, 60 * MINUTE);
    assert_int_equal(r->status->affected_to_ns, 180 * MINUTE);
    assert_near(r->status->affected_minutes, 10000 * 120, 0);
    assert_near(r->status->affected_ever, 10000, 0);
    result_free(r);
}

static void a_share_of_failures_affects_that_share_of_users(void **state)
{
    Stormcell__Result *r = world(NOBODY_NOTICES, "gone.crash.share=30%", "people.rate=80/s");

    (void)state;
    assert_near(r->status->affected_minutes, 10000 * 120 * 0.3, 10000 * 120 * 0.01);
    result_free(r);
}

static void less_than_health_allows_is_nobody(void **state)
{
    Stormcell__Result *r = world(NOBODY_NOTICES, "gone.crash.share=3%", "people.rate=800/s", "health.goodput=90%");

    (void)state;
    assert_false(r->status->has_affected_from_ns);
    assert_near(r->status->affected_minutes, 0, 0);
    assert_int_equal(r->status->tickets, 0);
    result_free(r);
}

static void those_who_wait_in_silence_without_a_timeout_are_affected(void **state)
{
    Stormcell__Result *r = world(NOBODY_NOTICES, "gone.crash=null", "gone.hang={}", "people.timeout=null");

    (void)state;
    assert_near(r->status->affected_minutes, 10000 * 119, 10000);
    result_free(r);
}

static void late_mail_affects_a_whole_partition(void **state)
{
    Stormcell__Result *r = world(NOBODY_NOTICES, "populations=null", "status_page.monitor=mail.oldest > 9h",
                                 "transports.hub={senders: {outside: {rate: 1/s}}, delivery: {workers: 9, calls: "
                                 "{put: {to: web.open, timeout: 5s}}}}",
                                 "hub.delivery.retry.intervals=[1m]");

    (void)state;
    /* Mail of 60 min is 15 min old at 75 min; all of it is delivered a minute after the repair at most. */
    assert_near((double)r->status->affected_from_ns / (double)MINUTE, 74, 1.01);
    assert_near((double)r->status->affected_to_ns / (double)MINUTE, 180, 1.01);
    assert_near(r->status->affected_peak, 10000, 0);
    result_free(r);
}

static void dependents_that_are_down_affect_their_share(void **state)
{
    Stormcell__Result *r =
        world(NOBODY_NOTICES, "populations=null",
              "populations.disks={does: web.open, timeout: 2s, dependents: {count: 4000, every: 10s, fails_after: "
              "5m, recovery: 7m}}",
              "status_page.monitor=workers.held > 1000");

    (void)state;
    /* Down from 65 min on, up again 7 min after the repair; each has a phase of its own. */
    assert_near((double)r->status->affected_from_ns / (double)MINUTE, 64, 1.01);
    assert_near((double)r->status->affected_to_ns / (double)MINUTE, 187, 1.01);
    assert_near(r->status->affected_peak, 10000, 0);
    result_free(r);
}

/* ---- when it is noticed */

static void a_monitor_notices_what_has_held_for_its_time(void **state)
{
    Stormcell__Result *quick = world("status_page.monitor_for=0s"), *slow = world("status_page.monitor_for=7m");

    (void)state;
    assert_string_equal(quick->status->detected_by, "monitor");
    assert_near((double)quick->status->detected_ns / (double)MINUTE, 61, 1.01);
    assert_int_equal(slow->status->detected_ns, quick->status->detected_ns + 7 * MINUTE);
    result_free(quick);
    result_free(slow);
}

static void enough_tickets_within_an_hour_are_as_good_as_a_monitor(void **state)
{
    /* 10,000 x 0.06/h = 10 a minute: 200 after 20 min. 10,500 an hour is more than ever come. */
    Stormcell__Result *r = world(NOBODY_NOTICES, "status_page.reports=200", "status_page.tickets.hazard=0.06/h");
    Stormcell__Result *never = world(NOBODY_NOTICES, "status_page.reports=1050", "status_page.tickets.hazard=0.06/h");

    (void)state;
    assert_string_equal(r->status->detected_by, "reports");
    assert_near((double)r->status->detected_ns / (double)MINUTE, 80, 6);
    assert_false(never->status->has_detected_ns);
    assert_int_equal(never->status->n_posts, 0);
    assert_true(never->status->tickets > 1050);
    result_free(r);
    result_free(never);
}

/* ---- when it is published */

static void a_page_that_depends_on_nothing_is_published_after_triage_and_approval(void **state)
{
    Stormcell__Result *r = world("status_page.cadence=30m");

    (void)state;
    assert_post(r, 0, r->status->detected_ns + 15 * MINUTE, "first", "page");
    result_free(r);
}

static void one_whose_tool_shares_the_fate_is_published_after_the_repair(void **state)
{
    Stormcell__Result *apart = world(TOOL_IS_APART), *shares = world(TOOL_SHARES_FATE);

    (void)state;
    assert_post(apart, 0, apart->status->detected_ns + 15 * MINUTE + 1000000000, "first", "page");
    assert_int_equal(apart->status->failed_attempts, 0);
    assert_true(shares->status->posts[0]->at_ns > 180 * MINUTE && shares->status->posts[0]->at_ns <= 185 * MINUTE + 1000000000);
    assert_int_equal(shares->status->posts[0]->tried_ns, shares->status->detected_ns + 15 * MINUTE);
    assert_true(shares->status->failed_attempts > 19);
    assert_near(shares->status->told_ratio, 0, 0);
    result_free(apart);
    result_free(shares);
}

static void posts_keep_the_cadence_until_all_is_well(void **state)
{
    Stormcell__Result *r = world("status_page.cadence=30m");
    int64_t first_ns = r->status->posts[0]->at_ns; /* between 75 and 90 min */

    (void)state;
    assert_int_equal(r->status->n_posts, 5);
    for (size_t i = 1; i < 4; i++)
        assert_post(r, i, first_ns + (int64_t)i * 30 * MINUTE, "update", "page");
    assert_post(r, 4, 195 * MINUTE, "resolved", "page"); /* 15 min after the last who was affected */
    result_free(r);
}

static void after_failures_in_a_row_the_other_channel_takes_over(void **state)
{
    Stormcell__Result *r = world(TOOL_SHARES_FATE, "status_page.fallback_after=3", "status_page.fallback_reaches=25%",
                                 "status_page.cadence=40m");
    int64_t due_ns = r->status->detected_ns + 15 * MINUTE;

    (void)state;
    assert_post(r, 0, due_ns + 10 * MINUTE, "first", "fallback");
    assert_post(r, 1, due_ns + 50 * MINUTE, "update", "fallback"); /* its first failure is the fourth in a row */
    assert_string_equal(r->status->posts[r->status->n_posts - 1]->channel, "page");
    assert_near(r->status->told_ratio, 0.25, 1e-12);
    result_free(r);
}

static void an_operator_publishes_by_hand_though_nobody_has_noticed(void **state)
{
    Stormcell__Result *r = world(NOBODY_NOTICES, "runbook=[{name: write, at: +70m, publish: we are looking into it}]");

    (void)state;
    assert_post(r, 0, 70 * MINUTE, "manual", "page");
    assert_post(r, 1, 130 * MINUTE, "update", "page");
    assert_near(r->status->green_minutes, 10000 * 10 - 10000, 0);
    assert_false(r->status->has_detected_ns);
    result_free(r);
}

static void what_is_written_while_the_tool_works_goes_out_with_it(void **state)
{
    Stormcell__Result *r = world(NOBODY_NOTICES, TOOL_IS_APART, "gone=null",
                                 "runbook=[{name: a, at: +10m, publish: one}, {name: b, at: +10m500ms, publish: two}]");

    (void)state;
    assert_post(r, 0, 10 * MINUTE + 1000000000, "manual", "page");
    assert_int_equal(r->status->posts[0]->tried_ns, 10 * MINUTE + 500000000);
    result_free(r);
}

static void a_second_outage_is_a_second_story(void **state)
{
    Stormcell__Result *r = world("gone.for=30m", "faults.again={at: +160m, for: 30m, target: 'web[2]', crash: {}}");

    (void)state;
    assert_int_equal(r->status->n_detections_ns, 2);
    assert_true(r->status->detections_ns[1] > 160 * MINUTE);
    assert_int_equal(r->status->n_posts, 4);
    assert_string_equal(r->status->posts[1]->kind, "resolved");
    assert_string_equal(r->status->posts[2]->kind, "first");
    assert_near(r->status->affected_ever, 20000, 0);
    result_free(r);
}

/* ---- whom it reaches */

static void a_targeting_fault_leaves_the_others_green(void **state)
{
    Stormcell__Result *all = world("status_page.reaches=100%"), *some = world("status_page.reaches=60%");

    (void)state;
    assert_near(all->status->told_ratio, 1, 1e-12);
    assert_near(some->status->told_ratio, 0.6, 1e-12);
    assert_near(some->status->told_minutes, 0.6 * all->status->told_minutes, 1e-3);
    assert_near(some->status->green_minutes, 10000 * 120 - some->status->told_minutes, 1e-3);
    assert_near(some->status->dark_minutes, 0, 0);
    result_free(all);
    result_free(some);
}

static void who_shows_the_post_to_all_has_told_all_to_the_last_bit(void **state)
{
    (void)state;
    for (int users = 40001; users < 40040; users += 4) {
        char set[64];
        Stormcell__Result *r;

        snprintf(set, sizeof set, "partitions.users=%d", users);
        r = world(set, "gone.for=30m", TOOL_IS_APART, "status_page.fallback_after=1", "status_page.fallback_reaches=15%");
        assert_true(r->status->told_ratio == 1);
        result_free(r);
    }
}

static void a_page_that_shares_the_fate_is_dark(void **state)
{
    Stormcell__Result *r = world(PAGE_SHARES_FATE);

    (void)state;
    assert_true(r->status->n_posts > 0);
    assert_near(r->status->told_ratio, 0, 0);
    assert_near(r->status->dark_minutes, 10000 * 120, 10001); /* in the first minute it was still there */
    result_free(r);
}

static void a_false_failover_shows_green(void **state)
{
    Stormcell__Result *r = world(PAGE_SHARES_FATE, "status_page.false_failover=true");

    (void)state;
    assert_true(r->status->n_posts > 0);
    assert_near(r->status->told_ratio, 0, 0);
    assert_near(r->status->green_minutes, 10000 * 120, 0);
    result_free(r);
}

static void what_was_told_grows_stale_when_the_tool_fails_later(void **state)
{
    /* The first post is out before the tool fails; it gets two hours old. */
    Stormcell__Result *r = world("status_page.tool={write: {to: desk.write, timeout: 10s}}",
                                 "faults.later={at: +90m, for: 110m, target: desk, crash: {}}", "status_page.cadence=30m");
    int64_t first_ns = r->status->posts[0]->at_ns;

    (void)state;
    assert_true(first_ns < 90 * MINUTE);
    assert_int_equal(r->status->staleness_max_ns, 180 * MINUTE - first_ns);
    assert_near(r->status->stale_minutes, 10000 * (floor((double)(180 * MINUTE - first_ns) / (double)MINUTE) - 30), 10001);
    result_free(r);
}

/* ---- tickets */

static void a_told_user_writes_less_and_the_effect_is_halved_with_each_cadence(void **state)
{
    (void)state;
    assert_near(status_half(0), 1, 0);
    assert_near(status_half(1), 0.5, 1e-15);
    assert_near(status_half(3.5), 0.088388347648318447, 1e-15);
    assert_near(status_half(1e9), 0, 0);
}

static void tickets_are_a_poisson_process(void **state)
{
    enum { CLOCKS = 4000 };
    double sum = 0, squares = 0;

    (void)state;
    for (uint64_t i = 0; i < CLOCKS; i++) {
        struct ticket_clock t = {.key = draw_key(i, "test", "tickets")};
        struct draw d = draw_at(t.key, t.drawn++, 0);
        double count;

        t.next = draw_exponential(&d);
        for (int minute = 0; minute < 25; minute++)
            status_tickets_expect(&t, 0.4);
        count = (double)t.count;
        sum += count;
        squares += count * count;
    }
    /* Mean and variance are 10; their standard errors sqrt(10 / n), and sqrt(2 + 1/10) x 10 / sqrt(n). */
    assert_near(sum / CLOCKS, 10, 4 * sqrt(10.0 / CLOCKS));
    assert_near(squares / CLOCKS - sum / CLOCKS * sum / CLOCKS, 10, 4 * sqrt(2.1) * 10 / sqrt(CLOCKS));
}

static void many_tickets_are_counted_at_once(void **state)
{
    struct ticket_clock t = {.key = draw_key(1, "test", "tickets")};

    (void)state;
    status_tickets_expect(&t, 1e12);
    assert_near((double)t.count, 1e12, 4e6);
    assert_true(t.drawn < 10000);
}

static void whoever_is_told_writes_fewer_tickets_of_the_same_seed(void **state)
{
    Stormcell__Result *told = world("status_page.tickets={hazard: 0.1/h, spared: 100%}");
    Stormcell__Result *untold = world("status_page.tickets={hazard: 0.1/h, spared: 100%}", "status_page.reaches=0%");

    (void)state;
    assert_true(told->status->tickets < untold->status->tickets / 2);
    result_free(told);
    result_free(untold);
}

static void operators_may_wait_for_tickets(void **state)
{
    Stormcell__Result *r = world(NOBODY_NOTICES, "gone.for=null", "status_page.tickets.hazard=0.06/h",
                                 "runbook=[{name: cure, when: tickets > 300, repair: gone}]");

    (void)state;
    assert_near((double)r->status->affected_to_ns / (double)MINUTE, 90, 7);
    result_free(r);
}

/* ---- what it leaves alone */

static void it_changes_nothing_that_is_counted_elsewhere(void **state)
{
    Stormcell__Result *with = world("status_page.cadence=10m"), *without = world("status_page=null");

    (void)state;
    assert_null(without->status);
    assert_int_equal(with->n_cells, without->n_cells);
    for (size_t i = 0; i < with->n_cells; i++)
        assert_memory_equal(with->cells[i]->counts, without->cells[i]->counts, with->cells[i]->n_counts * sizeof(uint64_t));
    result_free(with);
    result_free(without);
}

static void the_twin_without_faults_has_none(void **state)
{
    static const char *const nothing[] = {NULL};
    Stormcell__Result *r = run_world(nothing, 1, true);

    (void)state;
    assert_null(r->status);
    result_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(affected_are_those_whose_requests_fail),
        cmocka_unit_test(a_share_of_failures_affects_that_share_of_users),
        cmocka_unit_test(less_than_health_allows_is_nobody),
        cmocka_unit_test(those_who_wait_in_silence_without_a_timeout_are_affected),
        cmocka_unit_test(late_mail_affects_a_whole_partition),
        cmocka_unit_test(dependents_that_are_down_affect_their_share),
        cmocka_unit_test(a_monitor_notices_what_has_held_for_its_time),
        cmocka_unit_test(enough_tickets_within_an_hour_are_as_good_as_a_monitor),
        cmocka_unit_test(a_page_that_depends_on_nothing_is_published_after_triage_and_approval),
        cmocka_unit_test(one_whose_tool_shares_the_fate_is_published_after_the_repair),
        cmocka_unit_test(posts_keep_the_cadence_until_all_is_well),
        cmocka_unit_test(after_failures_in_a_row_the_other_channel_takes_over),
        cmocka_unit_test(an_operator_publishes_by_hand_though_nobody_has_noticed),
        cmocka_unit_test(what_is_written_while_the_tool_works_goes_out_with_it),
        cmocka_unit_test(a_second_outage_is_a_second_story),
        cmocka_unit_test(a_targeting_fault_leaves_the_others_green),
        cmocka_unit_test(who_shows_the_post_to_all_has_told_all_to_the_last_bit),
        cmocka_unit_test(a_page_that_shares_the_fate_is_dark),
        cmocka_unit_test(a_false_failover_shows_green),
        cmocka_unit_test(what_was_told_grows_stale_when_the_tool_fails_later),
        cmocka_unit_test(a_told_user_writes_less_and_the_effect_is_halved_with_each_cadence),
        cmocka_unit_test(tickets_are_a_poisson_process),
        cmocka_unit_test(many_tickets_are_counted_at_once),
        cmocka_unit_test(whoever_is_told_writes_fewer_tickets_of_the_same_seed),
        cmocka_unit_test(operators_may_wait_for_tickets),
        cmocka_unit_test(it_changes_nothing_that_is_counted_elsewhere),
        cmocka_unit_test(the_twin_without_faults_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
