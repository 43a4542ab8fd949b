/* test_faults - what breaks and is repaired again and again, against queues with breakdowns and catastrophes
 *
 * Time is counted in mean works of 1 s.
 */
#include "law/law.h"

#define IN_SYSTEM "queue.length.mean{service=s}@ + workers.busy.mean{service=s}@"

static const char *broken(double rate, const char *fault)
{
    return law_text("name: law\n"
                    "clock: {run: 101000s}\n"
                    "services: {s: {operations: {o: {work: {exponential: {mean: 1s}}}}}}\n"
                    "populations: {p: {does: s.o, rate: %g/s}}\n"
                    "faults: {f: {at: +0s, target: s, %s}}\n",
                    rate, fault);
}

/* M/M/1 whose worker stands still for exponential times, alone or not, and goes on with what is left (White and Christie, "Queuing
 * with Preemptive Priorities or with Breakdown", Operations Research 6, 1958). */
static void assert_breakdowns(double rho, double breaks, double repairs)
{
    double both = breaks + repairs, l = rho * (both * both + breaks) / (both * (repairs - rho * both));
    struct law_plan plan = {
        .runs = 20,
        .title = law_text("M/M/1 with breakdowns, rho %g", rho),
        .window = "[2000s,100000s]",
        .yaml = broken(rho, law_text("hang: {flap: {failing: {exponential: {mean: %gs}}, working: {exponential: {mean: %gs}}}}",
                                     1 / repairs, 1 / breaks))};

    assert_law(plan, {"in the system, L", IN_SYSTEM, l, 0.03 * l}, {"stay, W", "sojourn.mean{service=s}@", l / rho, 0.03 * l / rho},
               {"share served", "availability{population=p}@", 1, 0});
}

static void silence_that_comes_and_goes_makes_the_line_of_a_queue_with_breakdowns(void **state)
{
    (void)state;
    assert_breakdowns(0.5, 0.1, 0.5);
    assert_breakdowns(0.4, 0.02, 0.05);
}

/* M/M/1 that a catastrophe empties at rate c: geometric, with the smaller root of mu r^2 - (lambda + mu + c) r + lambda = 0. */
static void crashes_empty_the_line_as_catastrophes_do(void **state)
{
    double rho = 1.2, c = 0.05, sum = rho + 1 + c, r = (sum - sqrt(sum * sum - 4 * rho)) / 2, l = r / (1 - r);
    struct law_plan plan = {.runs = 20,
                            .title = "M/M/1 with catastrophes",
                            .window = "[2000s,100000s]",
                            .yaml = broken(rho, "crash: {flap: {failing: 1us, working: {exponential: {mean: 20s}}}}")};

    (void)state;
    assert_law(plan, {"in the system, L", IN_SYSTEM, l, 0.06}, {"share of time busy", "utilization{service=s}@", r, 0.002},
               {"lost", "requests.dropped{service=s}@ / requests.offered{service=s}@", c * l / rho, 0.002},
               {"refused, as callers hear", "requests.rejected{population=p}@ / requests.offered{population=p}@", c * l / rho,
                0.002});
}

/* A share of requests, or a share of the time, or of both. */
static void errors_hit_the_share_that_they_are_told(void **state)
{
    struct law_plan some = {.runs = 10,
                            .title = "30 % errors",
                            .window = "[0s,100000s]",
                            .yaml = broken(0.2, "error: {share: 30%}")};
    struct law_plan times = {
        .runs = 20,
        .title = "errors a quarter of the time",
        .window = "[0s,100000s]",
        .yaml = broken(0.2, "error: {flap: {failing: {exponential: {mean: 5s}}, working: {uniform: {from: 10s, to: 20s}}}}")};

    (void)state;
    assert_law(some, {"fail", "requests.errors{population=p}@ / requests.offered{population=p}@", 0.3, 0.002});
    assert_law(times, {"fail", "requests.errors{population=p}@ / requests.offered{population=p}@", 0.25, 0.002});
}

/* Everything takes three times as long: an M/M/1 with a third of its speed. */
static void slowness_is_a_slower_server(void **state)
{
    struct law_plan all = {.runs = 20,
                           .title = "three times as slow",
                           .window = "[2000s,100000s]",
                           .yaml = broken(0.25, "slow: {factor: 3}")};
    /* A third of the requests take three times as long: mean 5/3, E[S^2] = 2 (2/3 + 3), Wq = lambda E[S^2] / 2 / (1 - rho). */
    struct law_plan some = {.runs = 20,
                            .title = "a third three times as slow",
                            .window = "[2000s,100000s]",
                            .yaml = broken(0.4, "slow: {factor: 3, share: 0.333333333}")};

    (void)state;
    assert_law(all, {"in the system, L", IN_SYSTEM, 3, 0.06}, {"stay, W", "sojourn.mean{service=s}@", 12, 0.2});
    assert_law(some, {"share of time busy", "utilization{service=s}@", 2.0 / 3, 0.003},
               {"wait, Wq", "queue.wait.mean{service=s}@", 0.4 * (2.0 / 3 + 3) / (1 - 2.0 / 3), 0.1});
}

/* Of an M/M/1 (FIFO, served to the end), the stay is exponential with rate mu - lambda. */
static void time_outs_take_the_tail_of_the_stay(void **state)
{
    double late = exp(-0.2 * 8);
    struct law_plan plan = {.runs = 20,
                            .title = "M/M/1, rho 0.8, time-out 8",
                            .window = "[2000s,60000s]",
                            .yaml = "name: law\n"
                                    "clock: {run: 61000s}\n"
                                    "services: {s: {operations: {o: {work: {exponential: {mean: 1s}}}}}}\n"
                                    "populations: {p: {does: s.o, rate: 0.8/s, timeout: 8s}}\n"};

    (void)state;
    assert_law(plan, {"give up", "requests.timed_out{population=p}@ / requests.offered{population=p}@", late, 0.004},
               {"served for nobody", "requests.wasted{service=s}@ / requests.offered{service=s}@", late, 0.004},
               {"stay of all, cut at 8", "latency.mean{population=p}@", 5 * (1 - late), 0.02});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_that_comes_and_goes_makes_the_line_of_a_queue_with_breakdowns),
        cmocka_unit_test(crashes_empty_the_line_as_catastrophes_do),
        cmocka_unit_test(errors_hit_the_share_that_they_are_told),
        cmocka_unit_test(slowness_is_a_slower_server),
        cmocka_unit_test(time_outs_take_the_tail_of_the_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
