/* test_retries - how retries multiply, where nothing else goes wrong */
#include "law/law.h"

#define TRIES(service) "requests.offered{service=" service "}@ / requests.offered{population=p}@"

/* Every answer is wrong with chance p, each time anew; m tries. Tries: (1 - p^m) / (1 - p). Success: 1 - p^m. */
static void assert_retries(double p, unsigned m)
{
    double failed = 1, tries = 0;
    struct law_plan plan = {
        .runs = 15,
        .title = law_text("errors %g, %u tries", p, m),
        .window = "[0s,300s]",
        .yaml = law_text("name: law\n"
                         "clock: {run: 400s}\n"
                         "services: {s: {workers: 1000, operations: {o: {work: 10ms, error: %g}}}}\n"
                         "populations: {p: {does: s.o, rate: 100/s, backoff: {attempts: %u, growth: fixed, base: 1s}}}\n",
                         p, m)};

    for (unsigned i = 0; i < m; i++, failed *= p)
        tries += failed;
    assert_law(plan, {"tries of each request", "amplification{population=p}@", tries, 0.003 * tries},
               {"tries, as the service counts them", TRIES("s"), tries, 0.003 * tries},
               {"share that succeeds", "availability{population=p}@", 1 - failed, 0.002},
               {"latency, 10 ms a try and 1 s between", "latency.mean{population=p}@", 1.01 * tries - 1, 0.003 * tries},
               {"wrong answers of all", "requests.errors{service=s}@ / requests.offered{service=s}@", p, 0.002});
}

static void tries_and_success_follow_the_geometric_series(void **state)
{
    (void)state;
    assert_retries(0.5, 4);
    assert_retries(0.2, 2);
    assert_retries(0.9, 10);
}

/* Three layers above one that fails. */
static const char *layers(double error, unsigned top, unsigned middle, unsigned bottom)
{
    return law_text("name: law\n"
                    "clock: {run: 400s}\n"
                    "services:\n"
                    "  edge:\n"
                    "    workers: 1000\n"
                    "    operations: {o: {work: 1ms, calls: {c1: {to: shop.o, backoff: {attempts: %u, growth: none}}}}}\n"
                    "  shop:\n"
                    "    workers: 1000\n"
                    "    operations: {o: {work: 1ms, calls: {c2: {to: db.o, backoff: {attempts: %u, growth: none}}}}}\n"
                    "  db: {workers: 1000, operations: {o: {work: 1ms, error: %g}}}\n"
                    "populations: {p: {does: edge.o, rate: 100/s, backoff: {attempts: %u, growth: none}}}\n",
                    middle, bottom, error, top);
}

static void three_tries_in_three_layers_are_27_at_the_lowest(void **state)
{
    struct law_plan plan = {.runs = 2, .title = "total failure", .window = "[0s,300s]", .yaml = layers(1, 3, 3, 3)};

    (void)state;
    assert_law(plan, {"tries at the edge", TRIES("edge"), 3, 0}, {"tries at the shop", TRIES("shop"), 9, 0},
               {"tries at the db", TRIES("db"), 27, 0}, {"of each layer by itself", "amplification{service=db}@", 3, 0},
               {"calls of the db", "requests.calls{service=db}@ / requests.offered{population=p}@", 9, 0},
               {"share that succeeds", "availability{population=p}@", 0, 0});
}

/* A layer fails when all tries below it fail: what is tried at each is a geometric series of that. */
static void layers_that_fail_in_part_multiply_as_well(void **state)
{
    double shop = 0.7 * 0.7 * 0.7, edge = shop * shop;
    struct law_plan plan = {.runs = 15, .title = "70 % failure", .window = "[0s,300s]", .yaml = layers(0.7, 2, 2, 3)};

    (void)state;
    assert_law(plan, {"tries at the edge", TRIES("edge"), 1 + edge, 0.002},
               {"tries at the shop", TRIES("shop"), (1 + edge) * (1 + shop), 0.006},
               {"tries at the db", TRIES("db"), (1 + edge) * (1 + shop) * (1 + 0.7 + 0.49), 0.01},
               {"share that succeeds", "availability{population=p}@", 1 - edge * edge, 0.001});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tries_and_success_follow_the_geometric_series),
        cmocka_unit_test(three_tries_in_three_layers_are_27_at_the_lowest),
        cmocka_unit_test(layers_that_fail_in_part_multiply_as_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
