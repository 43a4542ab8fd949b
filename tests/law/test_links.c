/* test_links - what crosses links, against what is lost by coins, waits in lines, and is held by cuts */
#include "law/law.h"

/* Callers that ask for no work, so that all that is seen is the link. */
static const char *linked(const char *link, const char *population, const char *more)
{
    return law_text("name: law\n"
                    "clock: {run: 10000s}\n"
                    "services: {s: {workers: 100000, operations: {o: {}}}}\n"
                    "populations: {p: {does: s.o, %s}}\n"
                    "links: {wan: {from: p, to: s%s}}\n%s",
                    population, link, more);
}

static void a_delay_is_paid_once_there_and_once_back(void **state)
{
    struct law_plan plan = {.runs = 3,
                            .title = "M/M/1 behind 40 ms",
                            .yaml = "name: law\n"
                                    "clock: {run: 10000s}\n"
                                    "services: {s: {operations: {o: {work: {exponential: {mean: 100ms}}}}}}\n"
                                    "populations: {p: {does: s.o, rate: 5/s, until: +9000s}}\n"
                                    "links: {wan: {from: p, to: s, delay: 40ms}}\n"};

    (void)state;
    assert_law(plan, {"latency less stay", "latency.mean{population=p} - sojourn.mean{service=s}", 0.08, 0, .slack = 1e-9},
               {"all are served", "availability", 1, 0});
}

/* Drawn delays: the mean of two. */
static void drawn_delays_add_up(void **state)
{
    struct law_plan plan = {.runs = 10,
                            .title = "lognormal delay",
                            .yaml = linked(", delay: {lognormal: {mean: 30ms, cv2: 2}}", "rate: 10/s, until: +9000s", "")};

    (void)state;
    assert_law(plan, {"latency", "latency.mean{population=p}", 0.06, 2e-4});
}

static void an_attempt_gets_through_when_both_packets_do(void **state)
{
    struct law_plan one = {.runs = 10,
                           .title = "10 % lost each way",
                           .yaml = linked(", loss: 10%", "rate: 20/s, timeout: 1s, until: +9000s", "")};
    struct law_plan three = {
        .runs = 10,
        .title = "30 % lost each way, 3 attempts",
        .yaml = linked(", loss: 30%",
                       "rate: 20/s, timeout: 1s, until: +9000s, backoff: {attempts: 3, growth: none, base: 0s, jitter: none}", "")};
    struct law_plan fault = {.runs = 10,
                             .title = "5 % anyway, 20 % of answers by a fault",
                             .yaml = linked(", loss: 5%", "rate: 20/s, timeout: 1s, until: +9000s",
                                            "faults: {f: {at: +0s, target: link p->s, lossy: {loss: 20%, way: back}}}\n")};

    (void)state;
    assert_law(one, {"succeed", "availability", 0.81, 0.001},
               {"arrive", "requests.offered{service=s} / requests.offered{population=p}", 0.9, 0.001},
               {"worked for in vain", "requests.wasted{service=s} / requests.offered{service=s}", 0.1, 0.001});
    assert_law(three, {"succeed", "availability", 1 - 0.51 * 0.51 * 0.51, 0.001},
               {"attempts", "amplification{population=p}", 1 + 0.51 + 0.51 * 0.51, 0.002});
    assert_law(fault, {"succeed", "availability", 0.95 * 0.95 * 0.8, 0.001},
               {"arrive", "requests.offered{service=s} / requests.offered{population=p}", 0.95, 0.001});
}

/* Poisson arrivals at a server of constant work: Wq = rho s / 2 (1 - rho) (Pollaczek and Khinchine). Answers leave no closer to
 * each other than requests do, and never wait. */
static void a_capacity_is_a_line_with_constant_work(void **state)
{
    struct law_plan plan = {.runs = 20,
                            .title = "80/s over 100/s",
                            .window = "[100s,9900s]",
                            .yaml = linked(", capacity: 100/s", "rate: 80/s", "")};
    /* Three times as slow: 27/s over 33.3/s, and three times the delay. */
    struct law_plan slow = {.runs = 20,
                            .title = "27/s over 100/s, three times as slow",
                            .window = "[100s,9900s]",
                            .yaml = linked(", capacity: 100/s, delay: 50ms", "rate: 27/s",
                                           "faults: {f: {at: +0s, target: link p->s, slow: {factor: 3}}}\n")};
    double wait = 0.8 * 0.01 / 2 / 0.2, slow_wait = 0.81 * 0.03 / 2 / 0.19;

    (void)state;
    assert_law(plan, {"wait and be carried, there and back", "latency.mean{population=p}@", wait + 0.02, 3e-4});
    assert_law(slow, {"wait and be carried, there and back", "latency.mean{population=p}@", slow_wait + 0.06 + 0.3, 2e-3});
}

/* One is carried and one may wait: M/D/1/2 loses 1 - 1 / (exp(-rho) + rho). */
static void a_full_line_loses_what_one_room_to_wait_loses(void **state)
{
    struct law_plan plan = {.runs = 20,
                            .title = "M/D/1/2, rho 0.7",
                            .yaml = linked(", capacity: 100/s, queue: 1", "rate: 70/s, timeout: 1s", "")};

    (void)state;
    assert_law(plan, {"lost", "links.lost{link=wan} / requests.offered{population=p}", 1 - 1 / (exp(-0.7) + 0.7), 3e-4},
               {"given up", "requests.timed_out{population=p} / requests.offered{population=p}", 1 - 1 / (exp(-0.7) + 0.7), 3e-4});
}

/* Ten seconds of requests are held, and all are there at the moment of healing. */
static void what_a_cut_holds_arrives_when_it_is_healed(void **state)
{
    const char *people = "rate: 100/s, process: regular, until: +100s";
    const char *held = "faults: {f: {at: +50005ms, for: 10s, target: link p->s, cut: {packets: held, way: %s}}}\n";
    struct law_plan there = {.runs = 1,
                             .title = "requests held",
                             .window = "[50005ms,60005ms]",
                             .yaml = linked("", people, law_text(held, "forward"))};
    struct law_plan back = {.runs = 1,
                            .title = "answers held",
                            .window = "[50005ms,60005ms]",
                            .yaml = linked("", people, law_text(held, "back"))};

    (void)state;
    assert_law(there, {"asked meanwhile", "requests.offered{population=p}@", 1000, 0},
               {"all are served", "availability{population=p}", 1, 0},
               {"on average they were held half of it", "latency.mean{population=p}@", 5, 0, .slack = 0.006},
               {"touched are these and no others", "fault.touched", 1000, 0}, {"nothing is lost", "links.lost", 0, 0},
               {"others pass", "latency.max{population=p}@[0s,50s]", 0, 0});
    assert_law(back, {"all are served", "availability{population=p}", 1, 0}, {"done at once", "sojourn.max{service=s}", 0, 0},
               {"on average they were held half of it", "latency.mean{population=p}@", 5, 0, .slack = 0.006},
               {"touched are these and no others", "fault.touched", 1000, 0});
}

static void a_link_that_is_cut_one_way_lets_the_service_work_in_vain(void **state)
{
    struct law_plan back = {.runs = 1,
                            .title = "answers lost",
                            .window = "[50s,60s]",
                            .yaml = linked("", "rate: 100/s, timeout: 1s, until: +100s",
                                           "faults: {f: {at: +50s, for: 10s, target: link p->s, cut: {way: back}}}\n")};
    struct law_plan there = {.runs = 1,
                             .title = "requests lost",
                             .window = "[50s,60s]",
                             .yaml = linked("", "rate: 100/s, timeout: 1s, until: +100s",
                                            "faults: {f: {at: +50s, for: 10s, target: link p->s, cut: {way: forward}}}\n")};

    (void)state;
    assert_law(back, {"callers get nothing", "availability{population=p}@", 0, 0},
               {"the service did it all", "requests.offered{service=s}@ / requests.offered{population=p}@", 1, 0},
               {"in vain", "requests.wasted{service=s}@ / requests.offered{service=s}@", 1, 0},
               {"afterwards all is well", "availability{population=p}@[60s,100s]", 1, 0});
    assert_law(there, {"callers get nothing", "availability{population=p}@", 0, 0},
               {"the service hears of nothing", "requests.offered{service=s}@", 0, 0},
               {"they wait out their time-out", "latency.mean{population=p}@", 1, 0, .slack = 1e-9});
}

/* Only the callers of the partition, or of the region, are cut off. */
static void a_cut_reaches_the_callers_that_it_names(void **state)
{
    const char *text = "name: law\n"
                       "clock: {run: 100s}\n"
                       "partitions: {count: 10}\n"
                       "regions: {east: 30%%, west: 70%%}\n"
                       "services: {s: {workers: 1000, operations: {o: {}}}}\n"
                       "populations: {p: {does: s.o, rate: 1000/s, timeout: 1s, until: +90s}}\n"
                       "links: {wan: {from: p, to: s}}\n"
                       "faults: {f: {at: +0s, target: \"link p->s%s\", cut: {}}}\n";
    struct law_plan one = {.runs = 1, .title = "one partition", .yaml = law_text(text, "[3]")};
    struct law_plan region = {.runs = 1, .title = "one region", .yaml = law_text(text, "@west")};

    (void)state;
    assert_law(one, {"cut off", "availability{partition=3}", 0, 0}, {"the others are not", "availability{group=spared}", 1, 0},
               {"it is the one that is struck", "availability{group=struck}", 0, 0});
    assert_law(region, {"cut off", "availability{partition=3}", 0, 0}, {"the last, too", "availability{partition=9}", 0, 0},
               {"the other region is not", "availability{partition=2}", 1, 0},
               {"and is spared", "availability{group=spared}", 1, 0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_delay_is_paid_once_there_and_once_back),
        cmocka_unit_test(drawn_delays_add_up),
        cmocka_unit_test(an_attempt_gets_through_when_both_packets_do),
        cmocka_unit_test(a_capacity_is_a_line_with_constant_work),
        cmocka_unit_test(a_full_line_loses_what_one_room_to_wait_loses),
        cmocka_unit_test(what_a_cut_holds_arrives_when_it_is_healed),
        cmocka_unit_test(a_link_that_is_cut_one_way_lets_the_service_work_in_vain),
        cmocka_unit_test(a_cut_reaches_the_callers_that_it_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
