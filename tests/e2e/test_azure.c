/* test_azure - what scenarios/azure-storage-2014.yaml and scenarios/azure-dns-2021.yaml show, also with other numbers than theirs
 *
 * azure_storage.yaml and azure_dns.yaml are copies without what history showed; the second one is half an hour long.
 */
#include <math.h>

#include "e2e/e2e.h"

#define STORAGE "../tests/e2e/azure_storage.yaml"
#define DNS "../tests/e2e/azure_dns.yaml"

/* ---------------------------------------------------------------- Azure Storage, 19 November 2014 */

static void a_rollback_stops_the_spread_and_the_restarts_take_twenty_times_as_long(void **state)
{
    assert_scenario("azure-storage-2014.yaml", "rollout.time_to_roll_back = 30m", "time_to.recover > 9h30m",
                    "time_to.recover < 11h", "rollout.broken > 100", "rollout.broken < 300", "replicas.broken = 0",
                    "availability{population=table_readers} = 1", "availability{population=blob_readers} < 95%",
                    "status.wrong_green > 1h", "sla.credit > 0%");
}

static void what_depends_on_storage_comes_back_in_its_own_time(void **state)
{
    assert_scenario("azure-storage-2014.yaml", "dependents.down.max{population=machines} > 300",
                    "dependents.down.max{population=web_sites} > 800", "dependents.down.max{population=search} > 100",
                    "dependents.down{population=machines} > 0", "dependents.down{population=web_sites} = 0",
                    "dependents.down{population=search} = 0", "dependents.time_to_recover.p99{population=machines} > 10h");
}

static void a_page_apart_from_storage_is_green_until_the_first_post_only(void **state)
{
    assert_scenario("azure-storage-2014.yaml --strategy page_elsewhere", "status.first_notice < 30m", "status.wrong_green < 15m",
                    "status.share_told = 1");
}

static void a_day_of_bake_exposes_exactly_one_ring(void **state)
{
    /* The gate takes it back; without one, people do, 25 min after its begin; or nobody does, and the second ring is next. */
    assert_scenario(STORAGE " --strategy rings --set clock.run=20h", "rollout.rings = 1", "rollout.exposed = 1",
                    "blast_radius < 10%");
    assert_scenario(STORAGE " --strategy rings --set flag.gate=null --set 'runbook.reverted={at: 01:16Z, rollback: flag}'",
                    "rollout.rings = 1", "rollout.exposed = 1");
    assert_scenario(STORAGE " --strategy rings --set flag.gate=null --set clock.run=24h --set flag.bake=10h",
                    "rollout.rings = 3", "rollout.exposed = 61");
}

/* How long restarts take from their begin, 20 min after all was taken back, with so many at once. */
static double restarts_s(const char *at_once)
{
    char set[64];
    struct outcome o;
    double s;

    snprintf(set, sizeof(set), "europe_up.restart.at_once=%s", at_once);
    o = run_program("run", "tests/e2e/azure_storage.yaml", "--set", set, "--print", "rollout.time_to_mend", "--set",
                    "americas_up.restart.at_once=80", "--set", "asia_up.restart.at_once=80");
    assert_ended(&o, 0);
    s = atof(o.out) - 20 * 60;
    outcome_free(&o);
    return s;
}

static void twice_as_many_restarts_at_once_take_half_the_time(void **state)
{
    double one = restarts_s("1"), two = restarts_s("2"), four = restarts_s("4");

    /* The last ones do not end together: half a restart and more, of 5 to 17 min. */
    assert_true(fabs(two - one / 2) < 17 * 60);
    assert_true(fabs(four - one / 4) < 17 * 60);
    assert_true(one > 8 * 3600 && one < 11 * 3600);
}

static void down_for_654_minutes_is_98_49_percent_and_a_quarter_of_the_fee(void **state)
{
#define TIERS " --set 'sla.tiers=[{below: 99.9%, credit: 10%}, {below: 99%, credit: 25%}]'"

    assert_scenario("sla-420.yaml --set clock.run=20h --set silence.for=654m" TIERS, "sla.uptime{partition=3} > 98.48%",
                    "sla.uptime{partition=3} < 98.50%", "sla.credit{partition=3} = 25%");
    assert_scenario("sla-420.yaml --set silence.for=299m" TIERS, "sla.uptime{partition=3} > 99.30%",
                    "sla.uptime{partition=3} < 99.32%", "sla.credit{partition=3} = 10%");
}

/* ---------------------------------------------------------------- Azure DNS, 1 April 2021 */

/* One point: what a request may try, what the cache keeps, and what of it is found; as it is set, and as the formula has it. */
struct point {
    const char *set[3];
    double kept, found;
    int tries;
    double rate_per_s, flood_per_s;
};

/* What all tries of requests at this rate miss, while the origin answers nobody in time. */
static double missed_per_s(const struct point *p)
{
    double again = 1, sum = 0;

    for (int i = 0; i < p->tries; i++) {
        again *= 1 - p->found;
        sum += p->kept * again + 1 - p->kept;
    }
    return p->rate_per_s * sum;
}

/* Is all well some 20 min after the surge, with the defect still there? */
static bool comes_back(const struct point *p, double capacity_per_s)
{
    const char *argv[E2E_ARGUMENTS_MAX] = {e2e_program(), "run", "tests/e2e/azure_dns.yaml", "--print",
                                           "availability{population=people}@[26m,30m]"};
    char work[96], flood[64];
    size_t count = 5;
    struct outcome o;
    double well;

    snprintf(work, sizeof(work), "origin.operations.answer.work=%.0fus", 9 / capacity_per_s * 1e6);
    snprintf(flood, sizeof(flood), "flood.rate=%.0f/s", p->flood_per_s);
    argv[count++] = "--set", argv[count++] = work;
    argv[count++] = "--set", argv[count++] = flood;
    for (size_t i = 0; i < 3 && p->set[i]; i++)
        argv[count++] = "--set", argv[count++] = p->set[i];
    o = run_argv(argv);
    assert_ended(&o, 0);
    well = atof(o.out);
    outcome_free(&o);
    return well > 0.99;
}

#define HIT "edge.operations.resolve.calls.lookup.cache.hit="

static void it_recovers_by_itself_if_and_only_if_what_tries_miss_is_less_than_it_can_do(void **state)
{
    static const struct point points[] = {
        {{NULL}, 0.95, 0.3, 5, 100, 700},
        {{"people.resolver=glibc"}, 0.95, 0.3, 2, 100, 700},
        {{"people.resolver=null", "people.timeouts=[1s, 3s, 3s]", "people.backoff={attempts: 3, growth: none}"},
         0.95, 0.3, 3, 100, 700},
        {{"people.resolver=null", "people.timeout=5s"}, 0.95, 0.3, 1, 100, 700},
        {{HIT "80%", "defect.cache_defect.hit=50%"}, 0.8, 0.5, 5, 100, 700},
        {{HIT "99%", "defect.cache_defect.hit=60%", "people.rate=150/s"}, 0.99, 0.6, 5, 150, 700},
        {{"edge.retry_filter={attempts: 2}"}, 0.95, 0.3, 2, 100, 700},
        {{"edge.retry_filter={attempts: 3}", "defect.cache_defect.hit=10%"}, 0.95, 0.1, 3, 100, 700},
        /* Names are fresh for less than it is down: then nothing is found any more. */
        {{"edge.operations.resolve.calls.lookup.cache.lifetime=30s"}, 0.95, 0, 5, 100, 700},
    };

    for (size_t i = 0; i < sizeof(points) / sizeof(*points); i++) {
        double missed = missed_per_s(&points[i]);
        bool below = comes_back(&points[i], missed * 0.93), above = comes_back(&points[i], missed * 1.12);

        if (below || !above)
            fail_msg("point %zu: %.1f/s missed: with 7 %% less it %s, with 12 %% more it %s", i, missed,
                     below ? "comes back" : "stays down", above ? "comes back" : "stays down");
    }
}

static void it_is_down_for_39_minutes_and_the_defect_is_mended_later(void **state)
{
    assert_scenario("azure-dns-2021.yaml", "outage.duration > 37m", "outage.duration < 41m", "verdict = recovered",
                    "availability{population=people}@[22:05Z,22:20Z] > 99.9%", "status.first_notice < 15m",
                    "status.share_told < 20%", "sla.uptime > 99.9%");
    assert_scenario("azure-dns-2021.yaml --strategy too_small", "outage.duration > 60m",
                    "availability{population=people}@[22:05Z,22:20Z] < 90%");
}

static void a_page_that_needs_dns_is_written_late_and_another_on_time(void **state)
{
    assert_scenario("azure-dns-2021.yaml --strategy no_tweet", "status.first_notice > 30m", "status.share_told < 50%");
    assert_scenario("azure-dns-2021.yaml --strategy page_elsewhere", "status.first_notice < 15m", "status.share_told = 1");
}

static void explain_says_on_which_side_of_the_boundary_it_is(void **state)
{
    struct outcome o = run_program("explain", "scenarios/azure-dns-2021.yaml");

    assert_ended(&o, 0);
    assert_contains(&o, o.out, "retries make 209/s of it");
    assert_contains(&o, o.out, "it\n      comes back by itself when the surge is over");
    outcome_free(&o);
}

static void of_43_minutes_that_are_allowed_39_are_within_the_promise_and_69_are_not(void **state)
{
    assert_scenario("sla-420.yaml --set silence.for=39m", "sla.uptime{partition=3} > 99.9%", "sla.credit{partition=3} = 0%");
    assert_scenario("sla-420.yaml --set silence.for=69m", "sla.uptime{partition=3} < 99.9%", "sla.credit{partition=3} = 25%");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rollback_stops_the_spread_and_the_restarts_take_twenty_times_as_long),
        cmocka_unit_test(what_depends_on_storage_comes_back_in_its_own_time),
        cmocka_unit_test(a_page_apart_from_storage_is_green_until_the_first_post_only),
        cmocka_unit_test(a_day_of_bake_exposes_exactly_one_ring),
        cmocka_unit_test(twice_as_many_restarts_at_once_take_half_the_time),
        cmocka_unit_test(down_for_654_minutes_is_98_49_percent_and_a_quarter_of_the_fee),
        cmocka_unit_test(it_recovers_by_itself_if_and_only_if_what_tries_miss_is_less_than_it_can_do),
        cmocka_unit_test(it_is_down_for_39_minutes_and_the_defect_is_mended_later),
        cmocka_unit_test(a_page_that_needs_dns_is_written_late_and_another_on_time),
        cmocka_unit_test(explain_says_on_which_side_of_the_boundary_it_is),
        cmocka_unit_test(of_43_minutes_that_are_allowed_39_are_within_the_promise_and_69_are_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
