/* test_feedback - networks of stations (Jackson): who has been served goes on to another one, or comes back, with a chance
 *
 * What nobody waits for (async) and not everybody does (share) is the routing of these networks. Each station is then by itself an
 * M/M/c with the rate that the traffic equations give, though arrivals at it are no longer Poisson.
 */
#include "law/law.h"

/* Mean number in an M/M/c, waiting and served. */
static double in_mmc(unsigned c, double a)
{
    double b = 1;

    for (unsigned k = 1; k <= c; k++)
        b = a * b / (k + a * b);
    return a + c * b / (c - a * (1 - b)) * a / (c - a);
}

#define IN_SYSTEM(name) "queue.length.mean{service=" name "}@ + workers.busy.mean{service=" name "}@"
#define RATE(name) "goodput{service=" name "}@"

static void half_of_those_served_come_back(void **state)
{
    struct law_plan plan = {.runs = 20,
                            .window = "[2000s,100000s]",
                            .yaml =
                                "name: law\n"
                                "clock: {run: 101000s}\n"
                                "services:\n"
                                "  s:\n"
                                "    operations:\n"
                                "      o: {work: {exponential: {mean: 1s}}, calls: {again: {to: s.o, async: true, share: 50%}}}\n"
                                "populations: {p: {does: s.o, rate: 0.4/s}}\n"};

    (void)state;
    assert_law(plan, {"rate, 0.4 / (1 - 0.5)", RATE("s"), 0.8, 0.004},
               {"visits of each customer", "requests.offered{service=s}@ / requests.offered{population=p}@", 2, 0.01},
               {"in the system, L", IN_SYSTEM("s"), 4, 0.06}, {"stay of a visit", "sojourn.mean{service=s}@", 5, 0.06});
}

/* All come in through `door` and go on to a; 60 % of those done at a go to b, and half of those done at b back to a. (Nobody goes
 * two ways at once: copies would arrive together, which no Jackson network knows.) */
static void a_door_and_a_loop_of_two_stations(void **state)
{
    double a = 0.3 / (1 - 0.6 * 0.5), b = 0.6 * a;
    struct law_plan plan = {
        .runs = 20,
        .window = "[2000s,100000s]",
        .yaml = "name: law\n"
                "clock: {run: 101000s}\n"
                "services:\n"
                "  door: {operations: {o: {work: {exponential: {mean: 2s}}, calls: {in: {to: a.o, async: true}}}}}\n"
                "  a: {operations: {o: {work: {exponential: {mean: 1.8s}}, calls: {on: {to: b.o, async: true, share: 60%}}}}}\n"
                "  b:\n"
                "    workers: 2\n"
                "    operations: {o: {work: {exponential: {mean: 5s}}, calls: {back: {to: a.o, async: true, share: 50%}}}}\n"
                "populations: {p: {does: door.o, rate: 0.3/s}}\n"};

    (void)state;
    assert_law(plan, {"rate of a", RATE("a"), a, 0.004}, {"rate of b", RATE("b"), b, 0.004},
               {"at the door, L", IN_SYSTEM("door"), in_mmc(1, 0.6), 0.02}, {"in a, L", IN_SYSTEM("a"), in_mmc(1, a * 1.8), 0.05},
               {"in b, L", IN_SYSTEM("b"), in_mmc(2, b * 5), 0.03},
               {"share of time that b is busy", "utilization{service=b}@", b * 2.5, 0.004});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_of_those_served_come_back),
        cmocka_unit_test(a_door_and_a_loop_of_two_stations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
