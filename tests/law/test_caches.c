/* test_caches - what caches find, what that leaves to do, and when a service behind them comes back */
#include "law/law.h"

/* One name, asked for at random at rate r, is fetched once in T and the 1/r until the next request. */
static void assert_one_name(double r, const char *lifetime, double mean_s)
{
    double hit = r * mean_s / (1 + r * mean_s);
    struct law_plan plan = {
        .runs = 60,
        .title = law_text("%g/s, %s", r, lifetime),
        .yaml =
            law_text("name: law\n"
                     "clock: {run: 2000s}\n"
                     "services:\n"
                     "  edge: {workers: 1000, operations: {o: {calls: {look: {to: dns.o, cache: {per: name, names: 1, lifetime: "
                     "%s}}}}}}\n"
                     "  dns: {workers: 1000, operations: {o: {work: 1us}}}\n"
                     "populations: {p: {does: edge.o, rate: %g/s}}\n",
                     lifetime, r)};

    /* The first seconds are as good as all others: the cache has been at work for long. */
    assert_law(plan, {"hit ratio", "cache.hit_ratio{service=dns}", hit, 0.005},
               {"hits of the first 2 s, a second",
                "requests.offered{population=p}@[0s,2s] - requests.calls{service=dns}@[0s,2s] / 2", r * hit, 0.2},
               {"what reaches the service, a second", "requests.offered{service=dns} / 2000", r * (1 - hit), 0.02});
}

static void a_name_is_found_for_rt_over_one_and_rt_of_requests(void **state)
{
    (void)state;
    assert_one_name(1, "5s", 5);
    assert_one_name(4, "{exponential: {mean: 1s}}", 1);
    assert_one_name(0.5, "{uniform: {from: 0s, to: 20s}}", 10);
}

static void names_of_a_zipf_law_add_up(void **state)
{
    double all = 0, missed = 0, rate = 100 * 0.9, life = 20;
    struct law_plan plan = {
        .runs = 15,
        .title = "1000 names",
        .yaml =
            "name: law\n"
            "clock: {run: 300s}\n"
            "partitions: {count: 2, users: 1k}\n"
            "services:\n"
            "  edge: {per: partition, workers: 1000, operations: {o: {calls: {look: {to: dns.o, cache: {per: name, names: 1000, "
            "exponent: 0.8, hit: 90%, lifetime: 20s}}}}}}\n"
            "  dns: {workers: 1000, operations: {o: {work: 1us}}}\n"
            "populations: {p: {does: edge.o, rate: 200/s}}\n"};

    (void)state;
    for (int k = 1; k <= 1000; k++)
        all += pow(k, -0.8);
    for (int k = 1; k <= 1000; k++)
        missed += pow(k, -0.8) / all / (1 + rate * life * pow(k, -0.8) / all);
    assert_law(plan, {"hit ratio", "cache.hit_ratio{service=dns}", 0.9 * (1 - missed), 0.001},
               {"of the first 5 s", "cache.hit_ratio{service=dns}@[0s,5s]", 0.9 * (1 - missed), 0.005},
               {"of the last 5 s", "cache.hit_ratio{service=dns}@[295s,300s]", 0.9 * (1 - missed), 0.005},
               {"what reaches the service, a second", "requests.offered{service=dns} / 300", 200 * (0.1 + 0.9 * missed), 0.3});
}

/* Of what is held, a look finds it with chance h; else it is fetched anew. Between two fetches lie r h (1 - exp(-a T)) / a hits, a
 * = r (1 - h). */
static void a_defect_hides_a_share_and_renews_what_it_hides(void **state)
{
    double a = 0.4, hits = 0.6 * (1 - exp(-a * 5)) / a;
    struct law_plan plan = {
        .runs = 15,
        .title = "defect",
        .yaml =
            "name: law\n"
            "clock: {run: 4000s}\n"
            "services:\n"
            "  edge: {workers: 1000, operations: {o: {calls: {look: {to: dns.o, cache: {per: name, names: 1, lifetime: 5s}}}}}}\n"
            "  dns: {workers: 1000, operations: {o: {work: 1us}}}\n"
            "populations: {p: {does: edge.o, rate: 1/s}}\n"
            "faults: {d: {at: 0s, target: cache edge.o.look, cache_defect: {hit: 60%}}}\n"};

    (void)state;
    assert_law(plan, {"hit ratio", "cache.hit_ratio{service=dns}", hits / (1 + hits), 0.005},
               {"hidden of what was there", "fault.touched / cache.hits{service=dns}", 0.4 / 0.6, 0.02});
}

/* A failure that is kept for N answers for 1 - 1 / (1 + r N) of requests. */
static void failures_are_kept_as_long_as_they_are_told_to(void **state)
{
    struct law_plan plan = {.runs = 15,
                            .title = "negative",
                            .window = "[100s,2000s]",
                            .yaml = "name: law\n"
                                    "clock: {run: 2000s}\n"
                                    "services:\n"
                                    "  edge: {workers: 1000, operations: {o: {calls: {look: {to: dns.o, cache: {per: name, names: "
                                    "1, lifetime: 1ms, negative: "
                                    "4s}}}}}}\n"
                                    "  dns: {workers: 1000, operations: {o: {work: 1us, error: 100%}}}\n"
                                    "populations: {p: {does: edge.o, rate: 2/s}}\n"};

    (void)state;
    assert_law(plan, {"answered from the cache", "cache.negative{service=dns}@ / cache.lookups{service=dns}@", 8.0 / 9, 0.002},
               {"succeed", "availability{population=p}@", 0, 0});
}

static void tries_of_what_is_missed_are_a_geometric_series(void **state)
{
    struct law_plan plan = {.runs = 15,
                            .title = "90 % fail, 3 tries",
                            .yaml = "name: law\n"
                                    "clock: {run: 400s}\n"
                                    "services:\n"
                                    "  edge: {workers: 10000, operations: {o: {calls: {look: {to: dns.o, backoff: {attempts: 3, "
                                    "growth: none}, cache: {per: "
                                    "name, names: 1, lifetime: 10d, hit: 80%}}}}}}\n"
                                    "  dns: {workers: 1000, operations: {o: {work: 1ms, error: 90%}}}\n"
                                    "populations: {p: {does: edge.o, rate: 500/s}}\n"};

    (void)state;
    assert_law(plan, {"tries of each miss", "amplification{service=dns}", 2.71, 0.005},
               {"miss load", "requests.calls{service=dns} / 400", 100, 0.3},
               {"tries a second", "requests.offered{service=dns} / 400", 271, 1.0});
}

/* The service can do 100/s; each miss is tried 3 times when all time out. It comes back if and only if 3 x what is missed < 100. */
static void assert_recovery(int hit, const char *verdict)
{
    struct law_plan plan = {
        .runs = 2,
        .title = law_text("hit ratio %d %%, 3 x %d/s of 100/s", hit, 2 * (100 - hit)),
        .yaml = law_text(
            "name: law\n"
            "clock: {run: 2h}\n"
            "services:\n"
            "  edge: {workers: 10000, operations: {o: {calls: {look: {to: dns.o, timeout: 2s, backoff: {attempts: 3, growth: "
            "none}, cache: {per: name, names: 1, lifetime: 10d, hit: %d%%}}}}}}\n"
            "  dns: {workers: 10, operations: {o: {work: 100ms}}}\n"
            "populations: {p: {does: edge.o, rate: 200/s}}\n"
            "faults: {stops: {at: 10m, for: 5m, target: dns, hang: {}}}\n",
            hit)};

    assert_law(plan, {.what = "verdict", .formula = "verdict", .word = verdict},
               {"tries of each miss while it hangs", "amplification{service=dns}@[11m,14m]", 3, 0});
}

static void a_service_comes_back_iff_tries_times_misses_are_less_than_it_can_do(void **state)
{
    (void)state;
    assert_recovery(80, "metastable");
    assert_recovery(82, "metastable");
    assert_recovery(85, "recovered");
    assert_recovery(90, "recovered");
}

/* With stale answers an outage of the service is only slow: each name is asked for once in a while, by one who waits 1.8 s. */
static const char *outage(const char *stale)
{
    return law_text(
        "name: law\n"
        "clock: {run: 30m}\n"
        "services:\n"
        "  edge: {workers: 10000, operations: {o: {calls: {look: {to: dns.o, timeout: 5s, cache: {per: name, names: 50, "
        "lifetime: 60s%s}}}}}}\n"
        "  dns: {workers: 100, operations: {o: {work: 1ms}}}\n"
        "populations: {p: {does: edge.o, rate: 50/s}}\n"
        "faults: {stops: {at: 10m, for: 10m, target: dns, hang: {}}}\n",
        stale);
}

static void who_serves_stale_answers_hides_an_outage(void **state)
{
    struct law_plan with = {.runs = 3, .title = "stale", .yaml = outage(", stale: {}")},
                    without = {.runs = 3, .title = "no stale", .yaml = outage("")};

    (void)state;
    assert_law(with, {"succeed", "availability{population=p}", 1, 0},
               {"longest wait, to the nanosecond", "latency.max{population=p}", 1.8, 0, .slack = 1e-9},
               {.what = "verdict", .formula = "verdict", .word = "stable"});
    assert_law(without, {"succeed in the last minutes of it", "availability{population=p}@[15m,19m]", 0, 0});
}

/* A surge is counted like all requests, and is nobody's loss; without it the population is silent. */
static void a_surge_asks_while_it_lasts_and_harms_nobody_by_failing(void **state)
{
    struct law_plan plan = {.runs = 15,
                            .title = "surge",
                            .yaml =
                                "name: law\n"
                                "clock: {run: 1000s}\n"
                                "services: {s: {workers: 1000, operations: {good: {work: 1ms}, bad: {work: 1ms, error: 100%}}}}\n"
                                "populations: {p: {does: s.good, rate: 10/s}, bots: {does: s.bad, rate: 50/s}}\n"
                                "faults: {more: {at: 100s, for: 400s, target: bots, surge: {factor: 2}}}\n"};

    (void)state;
    assert_law(plan, {"a second", "requests.offered{population=bots} / 400", 100, 0.2},
               {"that is what it touched", "fault.touched / requests.offered{population=bots}", 1, 0},
               {"before and after", "requests.offered@[0s,100s] + requests.offered@[500s,1000s] / 600", 10, 0.1},
               {"all of them fail", "requests.failed{population=bots} / requests.offered{population=bots}", 1, 0},
               {.what = "verdict", .formula = "verdict", .word = "stable"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_found_for_rt_over_one_and_rt_of_requests),
        cmocka_unit_test(names_of_a_zipf_law_add_up),
        cmocka_unit_test(a_defect_hides_a_share_and_renews_what_it_hides),
        cmocka_unit_test(failures_are_kept_as_long_as_they_are_told_to),
        cmocka_unit_test(tries_of_what_is_missed_are_a_geometric_series),
        cmocka_unit_test(a_service_comes_back_iff_tries_times_misses_are_less_than_it_can_do),
        cmocka_unit_test(who_serves_stale_answers_hides_an_outage),
        cmocka_unit_test(a_surge_asks_while_it_lasts_and_harms_nobody_by_failing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
