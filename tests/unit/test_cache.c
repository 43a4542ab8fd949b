/* test_cache - what becomes of single requests at a cache, each case small enough to be worked out by hand */
#include "law/law.h"

/* A world without chance; `cache` is what stands behind `per: name, names: 1`, `faults` the faults. Requests come at 1 s, 2 s, ...
 */
static void assert_one_by_one(const char *title, const char *cache, const char *call, const char *faults,
                              const struct law_claim *claims, size_t count)
{
    struct law_plan plan = {.runs = 1,
                            .title = title,
                            .yaml =
                                law_text("name: world\n"
                                         "clock: {run: 100s}\n"
                                         "services:\n"
                                         "  edge: {workers: 1000, operations: {o: {calls: {look: {to: dns.o, %s cache: {per: name, "
                                         "names: 1, %s}}}}}}\n"
                                         "  dns: {workers: 1000, operations: {o: {work: 100ms}}}\n"
                                         "populations: {p: {does: edge.o, rate: 1/s, process: regular, until: 50500ms}}\n"
                                         "faults: {%s}\n",
                                         call, cache, faults)};

    law_judge(&plan, claims, count);
}

#define ONE_BY_ONE(title, cache, call, faults, ...)                                                                                \
    do {                                                                                                                           \
        const struct law_claim claims_[] = {__VA_ARGS__};                                                                          \
                                                                                                                                   \
        assert_one_by_one(title, cache, call, faults, claims_, sizeof claims_ / sizeof *claims_);                                  \
    } while (0)

static void a_miss_is_kept_for_its_lifetime(void **state)
{
    (void)state;
    /* Filled at some 1.1 s + 5 k: from then on 4 of 5 are hits. */
    ONE_BY_ONE("lifetime 4.5 s", "lifetime: 4500ms", "", "nothing: {at: 99s, target: dns, crash: {}}",
               {"hits after the first", "cache.hits{service=dns}@[10s,50s]", 32, 0},
               {"misses", "requests.calls{service=dns}@[10s,50s]", 8, 0});
}

static void misses_that_overlap_all_go_through(void **state)
{
    (void)state;
    /* The service hangs from 9.5 s to 19.5 s; the entry ran out before, so that ten requests ask for it. */
    ONE_BY_ONE("overlap", "lifetime: 1ms", "", "h: {at: 9500ms, for: 10s, target: dns, hang: {}}",
               {"all are asked for", "requests.calls{service=dns}", 50, 0}, {"all are answered", "availability", 1, 0},
               {"none from the cache", "cache.hits{service=dns}", 0, 0});
}

static void a_failure_is_answered_at_once_while_it_is_kept(void **state)
{
    (void)state;
    /* Of requests at 10 ... 19 s those at 10, 14, 18 ask (a failure is kept for 3.5 s); the one kept last answers at 20 and 21 s.
     */
    ONE_BY_ONE("negative", "lifetime: 1ms, negative: 3500ms", "", "e: {at: 9500ms, for: 10s, target: dns, crash: {}}",
               {"asked in vain", "requests.rejected{service=dns}", 3, 0}, {"from memory", "cache.negative{service=dns}", 9, 0},
               {"fail", "requests.failed{population=p}", 12, 0}, {"take no time", "latency.max@[10s,21500ms]", 0, 0});
}

static void stale_answers_come_when_the_wait_is_over_or_the_call_has_failed(void **state)
{
    (void)state;
    /* A time-out of 1 s is before the 1.8 s: who asks at 10 s fails at 11 s, and so on; 19 s is answered after the hang. */
    ONE_BY_ONE("failed calls", "lifetime: 1ms, stale: {recheck: 0s}", "timeout: 1s,",
               "h: {at: 9500ms, for: 10s, target: dns, hang: {}}", {"stale", "cache.stale{service=dns}", 9, 0},
               {"succeed", "availability", 1, 0}, {"waited for the failure", "latency.max{population=p}", 1, 0, .slack = 1e-9});
    ONE_BY_ONE("slow calls", "lifetime: 1ms, stale: {recheck: 0s}", "timeout: 9s,",
               "h: {at: 9500ms, for: 10s, target: dns, hang: {}}",
               {"stale, but for the last two, answered in time", "cache.stale{service=dns}", 8, 0},
               {"succeed", "availability", 1, 0}, {"all were asked for", "requests.calls{service=dns}", 50, 0},
               {"waited for the timer", "latency.max{population=p}", 1.8, 0, .slack = 1e-9});
}

static void after_a_failure_nobody_asks_until_the_recheck(void **state)
{
    (void)state;
    /* The one at 10 s fails at 11 s, as do those at 11 s (asked at the same moment, or before); then 20 s of silence. */
    ONE_BY_ONE("recheck 20 s", "lifetime: 1ms, stale: {recheck: 20s}", "timeout: 500ms,",
               "h: {at: 9500ms, for: 10s, target: dns, hang: {}}",
               {"asked in vain", "requests.calls{service=dns}@[9500ms,19500ms]", 1, 0},
               {"stale, till 30.5 s", "cache.stale{service=dns}", 21, 0}, {"succeed", "availability", 1, 0});
}

static void what_is_too_old_is_not_served(void **state)
{
    (void)state;
    /* Filled at 9.1 s for 1 ms, and good for 3 s more: the failures at 10.5 and 11.5 s are hidden, that at 12.5 s is not. */
    ONE_BY_ONE("at most 3 s", "lifetime: 1ms, stale: {max: 3s, recheck: 0s}", "timeout: 500ms,",
               "h: {at: 9500ms, for: 10s, target: dns, hang: {}}", {"stale", "cache.stale{service=dns}", 2, 0},
               {"fail", "requests.failed{population=p}", 8, 0});
}

static void who_waits_for_a_stale_answer_is_lost_with_his_server(void **state)
{
    (void)state;
    /* The edge crashes at 11 s with the requests of 10 s and 11 s inside, and is back at 15.5 s; the askers go on, and fill the
     * cache when the hang is over. */
    ONE_BY_ONE("edge crashes", "lifetime: 20s, stale: {recheck: 0s, max: 1s}", "",
               "h: {at: 500ms, for: 10s, target: dns, hang: {}}, c: {at: 10200ms, for: 5300ms, target: edge, crash: {}}",
               {"looks are hits, stale, negative or misses",
                "cache.hits{service=dns} + cache.misses{service=dns} - cache.lookups{service=dns}", 0, 0},
               {"after the crash all is fresh", "cache.hits{service=dns}@[15900ms,30500ms]", 15, 0});
    ONE_BY_ONE("edge hangs", "lifetime: 1ms, stale: {recheck: 0s}", "timeout: 500ms,",
               "h: {at: 9500ms, for: 10s, target: dns, hang: {}}, g: {at: 10200ms, for: 5s, target: edge, hang: {}}",
               {"succeed, late", "availability", 1, 0}, {"the longest", "latency.max", 5.2, 0, .slack = 1e-6});
}

/* ---------------------------------------------------------------- surges */

static void a_surge_that_comes_and_goes_numbers_its_births_on(void **state)
{
    struct law_plan plan = {
        .runs = 1,
        .yaml = "name: world\n"
                "clock: {run: 100s}\n"
                "services: {s: {workers: 10, operations: {o: {work: 1ms}}}}\n"
                "populations: {p: {does: s.o, rate: 1/s, process: regular}, q: {does: s.o, rate: 1/s, process: regular}}\n"
                "faults:\n"
                "  a: {at: 10s, for: 60s, target: q, surge: {flap: {failing: 10500ms, working: 10s}}}\n"
                "  b: {at: 80s, for: 10600ms, target: q, surge: {factor: 4}}\n"};

    (void)state;
    assert_law(plan, {"three spells of ten", "requests.offered{population=q}@[0s,75s]", 30, 0},
               {"four times as many", "requests.offered{population=q}@[75s,100s]", 42, 0},
               {"touched by the first", "fault.touched{fault=a}", 30, 0}, {"by the second", "fault.touched{fault=b}", 42, 0});
}

static void surges_of_one_population_add_up(void **state)
{
    struct law_plan plan = {
        .runs = 1,
        .yaml = "name: world\n"
                "clock: {run: 100s}\n"
                "services: {s: {workers: 10, operations: {o: {work: 1ms}}}}\n"
                "populations: {p: {does: s.o, rate: 1/s, process: regular}, q: {does: s.o, rate: 1/s, process: regular}}\n"
                "faults:\n"
                "  a: {at: 10s, for: 30s, target: q, surge: {}}\n"
                "  b: {at: 20100ms, for: 10100ms, target: q, surge: {factor: 3}}\n"};

    (void)state;
    assert_law(plan, {"10 at 1/s, 40 at 4/s, 9 at 1/s", "requests.offered{population=q}", 59, 0},
               {"both were on for 40 of them", "fault.touched{fault=b}", 40, 0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_miss_is_kept_for_its_lifetime),
        cmocka_unit_test(misses_that_overlap_all_go_through),
        cmocka_unit_test(a_failure_is_answered_at_once_while_it_is_kept),
        cmocka_unit_test(stale_answers_come_when_the_wait_is_over_or_the_call_has_failed),
        cmocka_unit_test(after_a_failure_nobody_asks_until_the_recheck),
        cmocka_unit_test(what_is_too_old_is_not_served),
        cmocka_unit_test(who_waits_for_a_stale_answer_is_lost_with_his_server),
        cmocka_unit_test(a_surge_that_comes_and_goes_numbers_its_births_on),
        cmocka_unit_test(surges_of_one_population_add_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
