/* test_choice - who serves whom: replicas, partitions, disciplines, caches, and a rate that changes
 *
 * Time is counted in mean works of 1 s.
 */
#include "law/law.h"

#define IN_SYSTEM "queue.length.mean{service=s}@ + workers.busy.mean{service=s}@"

static const char *replicas(unsigned count, double rate, const char *balance, unsigned length_s)
{
    return law_text("name: law\n"
                    "clock: {run: %us}\n"
                    "services: {s: {replicas: %u, balance: %s, operations: {o: {work: {exponential: {mean: 1s}}}}}}\n"
                    "populations: {p: {does: s.o, rate: %g/s}}\n",
                    length_s, count, balance, rate);
}

/* Poisson arrivals, split by coins, are Poisson: each replica is an M/M/1 of its own. */
static void random_choice_makes_every_replica_an_mm1(void **state)
{
    struct law_plan plan = {.runs = 20, .title = "random", .window = "[2000s,30000s]", .yaml = replicas(4, 3.2, "random", 31000)};

    (void)state;
    assert_law(plan, {"in the system, L", IN_SYSTEM, 16, 0.2}, {"stay, W", "sojourn.mean{service=s}@", 5, 0.06},
               {"99 % stay less than", "sojourn.p99{service=s}@", 5 * log(100), 0.6});
}

/* Every third arrival: Erlang-3 times between, E3/M/1. Those who come find sigma waiting; sigma = (l / (l + 1 - sigma))^3. */
static void each_in_turn_makes_every_replica_an_e3m1(void **state)
{
    struct law_plan plan = {.runs = 20,
                            .title = "in turn",
                            .window = "[2000s,40000s]",
                            .yaml = replicas(3, 2.4, "round_robin", 41000)};
    double sigma = 0.5;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        double x = 2.4 / (2.4 + 1 - sigma);

        sigma = x * x * x;
    }
    assert_law(plan, {"stay, W", "sojourn.mean{service=s}@", 1 / (1 - sigma), 0.04},
               {"wait, Wq", "queue.wait.mean{service=s}@", sigma / (1 - sigma), 0.04});
}

/* The better of two, among many: a share rho^(2^k - 1) of the replicas has k or more (Vvedenskaya, Dobrushin, Karpelevich 1996). It
 * holds for endlessly many; of 400, some thousandths are left. */
static void the_better_of_two_shortens_lines_doubly_exponentially(void **state)
{
    struct law_plan plan = {.runs = 10,
                            .title = "two choices",
                            .window = "[50s,550s]",
                            .yaml = replicas(400, 360, "two_choices", 560)};
    double each = 0, share = 0.9;

    (void)state;
    for (int k = 1; k < 12; k++, share = share * share * 0.9)
        each += share;
    assert_law(plan, {"in the system, L, each", IN_SYSTEM " / 400", each, 0.01, .slack = 0.012 * each},
               {"workers busy", "workers.busy.mean{service=s}@ / 400", 0.9, 0.003});
}

/* Who is served next changes whose wait is long, not how many wait. */
static void the_newest_first_leave_the_mean_as_it_is(void **state)
{
    struct law_plan plan = {.runs = 20,
                            .title = "M/M/1, newest first",
                            .window = "[2000s,100000s]",
                            .yaml =
                                "name: law\n"
                                "clock: {run: 110000s}\n"
                                "services: {s: {queue: {discipline: lifo}, operations: {o: {work: {exponential: {mean: 1s}}}}}}\n"
                                "populations: {p: {does: s.o, rate: 0.8/s}}\n"};

    (void)state;
    assert_law(plan, {"in the system, L", IN_SYSTEM, 4, 0.06}, {"stay, W", "sojourn.mean{service=s}@", 5, 0.06});
}

/* Users are spread over partitions, births over users: each partition has its share of the rate, and servers of its own. */
static void every_partition_has_its_share_of_the_rate(void **state)
{
    struct law_plan plan = {.runs = 20,
                            .title = "partitions of 50, 30, 20 %",
                            .window = "[1000s,40000s]",
                            .yaml = "name: law\n"
                                    "clock: {run: 41000s}\n"
                                    "partitions: {count: 3, users: 1000, spread: shares, shares: [50%, 30%, 20%]}\n"
                                    "services: {s: {per: partition, operations: {o: {work: {exponential: {mean: 1s}}}}}}\n"
                                    "populations: {p: {does: s.o, rate: 1.6/s}}\n"};

    (void)state;
    assert_law(plan, {"stay in the first", "sojourn.mean{service=s,partition=0}@", 1 / (1 - 0.8), 0.1},
               {"stay in the second", "sojourn.mean{service=s,partition=1}@", 1 / (1 - 0.48), 0.02},
               {"stay in the third", "sojourn.mean{service=s,partition=2}@", 1 / (1 - 0.32), 0.02},
               {"line of all", "queue.length.mean{service=s}@", 0.64 / 0.2 + 0.48 * 0.48 / 0.52 + 0.32 * 0.32 / 0.68, 0.1});
}

/* A user asks at rate r, and what he is given lasts L: he is sent on once in L + 1/r. From the start: caches are as in a system
 * that has run for long, so the first minute is as every other. */
static void caches_let_one_in_1_plus_rate_times_life_through(void **state)
{
    struct law_plan plan = {
        .runs = 20,
        .title = "cache, 2 requests in a lifetime",
        .window = "[0s,400s]",
        .yaml = "name: law\n"
                "clock: {run: 410s}\n"
                "partitions: {users: 10000}\n"
                "services:\n"
                "  web:\n"
                "    workers: 1000\n"
                "    operations:\n"
                "      o: {work: 1ms, calls: {ask: {to: s.o, cache: {lifetime: {gamma: {mean: 200s, cv2: 0.5}}}}}}\n"
                "  s: {workers: 1000, operations: {o: {work: 1ms}}}\n"
                "populations: {p: {does: web.o, rate: 100/s}}\n"};

    (void)state;
    assert_law(plan, {"sent on", "requests.calls{service=s}@ / requests.offered{population=p}@", 1.0 / 3, 0.002},
               {"sent on in the first minute", "requests.calls{service=s}@[0s,60s] / requests.offered{population=p}@[0s,60s]",
                1.0 / 3, 0.003});
}

/* The rate as it changes: what comes in a window is its integral, and with a worker for each, those busy follow it (M/G/oo: Eick,
 * Massey, Whitt 1993). */
static void births_follow_the_profile(void **state)
{
    struct law_plan plan = {
        .runs = 20,
        .title = "a rate that rises from 20/s to 100/s",
        .yaml =
            "name: law\n"
            "clock: {run: 400s}\n"
            "services: {s: {workers: 2000, operations: {o: {work: 10s}}}}\n"
            "populations: {p: {does: s.o, rate: 100/s, profile: {points: [{at: +100s, level: 0.2}, {at: +300s, level: 1}]}}}\n"};

    (void)state;
    assert_law(plan, {"rate before", "requests.offered{population=p}@[0s,100s] / 100", 20, 0.2},
               {"rate while it rises", "requests.offered{population=p}@[100s,300s] / 200", 60, 0.3},
               {"rate in the middle of it", "requests.offered{population=p}@[190s,210s] / 20", 60, 1},
               {"rate afterwards", "requests.offered{population=p}@[300s,400s] / 100", 100, 0.5},
               {"busy in the middle: ten seconds of the rate 5 s ago", "workers.busy.mean{service=s}@[190s,210s]", 10 * 58, 6});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_choice_makes_every_replica_an_mm1),
        cmocka_unit_test(each_in_turn_makes_every_replica_an_e3m1),
        cmocka_unit_test(the_better_of_two_shortens_lines_doubly_exponentially),
        cmocka_unit_test(the_newest_first_leave_the_mean_as_it_is),
        cmocka_unit_test(every_partition_has_its_share_of_the_rate),
        cmocka_unit_test(caches_let_one_in_1_plus_rate_times_life_through),
        cmocka_unit_test(births_follow_the_profile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
