/* test_outage - a service is silent for 10 s: how it drains, and when it never does (Bronson et al., "Metastable Failures in
 * Distributed Systems", HotOS 2021)
 *
 * The model of that paper's database: 24 workers x constant 80 ms, 300 requests a second.
 */
#include "law/law.h"

/* ---------------------------------------------------------------- draining */

/* 280/s come in and 300/s could be served: 10 s of silence leave 2800 in line, 20 fewer each second afterwards. */
static void a_backlog_of_2800_drains_in_140_s(void **state)
{
    struct law_plan plan = {.runs = 1,
                            .yaml = "name: law\n"
                                    "clock: {run: 400s, sample: 1s}\n"
                                    "services: {s: {workers: 3, operations: {o: {work: 10ms}}}}\n"
                                    "populations: {p: {does: s.o, rate: 280/s, process: regular}}\n"
                                    "faults: {silence: {at: +100s, for: 10s, target: s, hang: {}}}\n"};

    (void)state;
    assert_law(plan, {"longest line", "queue.length.max{service=s}", 2800, 0, .slack = 3},
               {"line, 90 to 100 s after healing", "queue.length.mean{service=s}@[200s,210s]", 2800 - 20 * 95, 0, .slack = 3},
               {"line, 130 to 138 s after healing", "queue.length.mean{service=s}@[240s,248s]", 2800 - 20 * 134, 0, .slack = 3},
               {"line, 139 to 140 s after healing", "queue.length.mean{service=s}@[249s,250s]", 10, 0, .slack = 3},
               {"line, from 141 s after healing", "queue.length.max{service=s}@[251s,400s]", 0, 0, .slack = 1},
               {"workers busy while it drains", "utilization{service=s}@[110s,249s]", 1, 0},
               {"workers busy afterwards", "utilization{service=s}@[252s,400s]", 280.0 / 300, 0, .slack = 1e-4},
               {"longest stay, of the first one in the silence", "latency.max{population=p}", 10.01, 0, .slack = 0.02},
               {"share that succeeds", "availability{population=p}", 1, 0});
}

/* The same with chance in arrivals: what waits at a time is the same on average. */
static void a_backlog_of_poisson_arrivals_drains_as_fast(void **state)
{
    struct law_plan plan = {.runs = 24,
                            .yaml = "name: law\n"
                                    "clock: {run: 220s}\n"
                                    "services: {s: {workers: 3, operations: {o: {work: 10ms}}}}\n"
                                    "populations: {p: {does: s.o, rate: 280/s}}\n"
                                    "faults: {silence: {at: +100s, for: 10s, target: s, hang: {}}}\n"};

    (void)state;
    /* The line before the outage, which comes on top, is measured in the same run. */
    assert_law(plan,
               {"line, 90 to 100 s after healing",
                "queue.length.mean{service=s}@[200s,210s] - queue.length.mean{service=s}@[10s,100s]", 900, 60},
               {"rise of the longest line", "queue.length.max{service=s}@[100s,110s] - queue.length.mean{service=s}@[10s,100s]",
                2800, 20});
}

/* ---------------------------------------------------------------- the metastable boundary */

/* Time-out 1 s, and so many tries at once one after the other. */
static const char *database(unsigned rate, unsigned tries)
{
    return law_text("name: law\n"
                    "clock: {run: 1000s}\n"
                    "health: {interval: 10s}\n"
                    "services: {db: {workers: 24, operations: {read: {work: 80ms}}}}\n"
                    "populations: {p: {does: db.read, rate: %u/s, timeout: 1s, backoff: {attempts: %u, growth: none}}}\n"
                    "faults: {outage: {at: +60s, for: 10s, target: db, hang: {}}}\n"
                    "strategies:\n"
                    "  newest_first: {db.queue.discipline: lifo}\n"
                    "  short_line: {db.queue.limit: 200}\n"
                    "  impatience: {db.on_timeout: leave}\n",
                    rate, tries);
}

static void below_150_a_second_it_recovers(void **state)
{
    struct law_plan plan = {.runs = 8, .title = "145/s", .yaml = database(145, 2)};

    (void)state;
    assert_law(plan, {"succeed before", "availability{population=p}@[0s,58s]", 1, 0},
               {"succeed, born in the outage, but in its last second", "availability{population=p}@[61s,68s]", 0, 0},
               {"succeed right afterwards", "availability{population=p}@[75s,90s]", 0, 0},
               {"succeed, 600 to 900 s later", "availability{population=p}@[670s,970s]", 1, 0},
               {"tries a second, 600 to 900 s later", "attempts{service=db}@[670s,970s] / 300", 145, 0.5},
               {"verdict", "verdict", .word = "recovered"});
}

static void above_150_a_second_it_is_down_for_good(void **state)
{
    struct law_plan plan = {.runs = 8, .title = "155/s", .yaml = database(155, 2)};

    (void)state;
    assert_law(plan, {"succeed before", "availability{population=p}@[0s,58s]", 1, 0},
               {"succeed, from 10 to 900 s later", "availability{population=p}@[80s,970s]", 0, 0},
               {"tries a second", "attempts{service=db}@[80s,970s] / 890", 310, 1},
               {"share of time busy, for nobody", "utilization{service=db}@[80s,970s]", 1, 0},
               {"verdict", "verdict", .word = "metastable"});
}

static void at_280_a_second_560_are_asked_and_none_is_served(void **state)
{
    struct law_plan plan = {.runs = 5, .title = "280/s", .yaml = database(280, 2)};

    (void)state;
    assert_law(plan, {"tries a second", "attempts{service=db}@[80s,970s] / 890", 560, 1},
               {"served a second, for nobody", "requests.succeeded{service=db}@[80s,970s]", 0, 0},
               {"succeed, from 10 to 900 s later", "availability{population=p}@[80s,970s]", 0, 0},
               {"verdict", "verdict", .word = "metastable"});
}

/* lambda (1 + r) > mu does not hold: 280 < 300. */
static void without_retry_280_a_second_recover(void **state)
{
    struct law_plan plan = {.runs = 3, .title = "280/s, no retry", .yaml = database(280, 1)};

    (void)state;
    assert_law(plan, {"succeed, from 200 s later", "availability{population=p}@[270s,970s]", 1, 0},
               {"verdict", "verdict", .word = "recovered"});
}

/* The outage leaves a full line of Q dead entries. It shrinks by capacity - 2 x load a second, and the first answer in time leaves
 * when what is in it came within the last time-out, 2 x load entries: t = (Q - 2 x load) / (capacity - 2 x load), whatever becomes
 * of one more. Who waits one second leaves at the moment at which his SYN would be sent again. */
static void a_bounded_line_of_the_dead_is_worked_off(void **state)
{
    static const char *const fates[] = {"refuse", "drop", "retransmit"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct law_plan plan = {
            .runs = 12,
            .title = law_text("120/s, line of 1,200, %s", fates[i]),
            .yaml = law_text("name: law\n"
                             "clock: {run: 130s}\n"
                             "health: {interval: 1s}\n"
                             "services:\n"
                             "  db: {workers: 24, queue: {limit: 1200, when_full: %s}, operations: {read: {work: 80ms}}}\n"
                             "populations: {p: {does: db.read, rate: 120/s, timeout: 1s, backoff: {attempts: 2, growth: none}}}\n"
                             "faults: {outage: {at: +60s, for: 10s, target: db, hang: {}}}\n",
                             fates[i])};

        assert_law(plan, {"seconds to recover", "time_to.recover", (1200.0 - 240) / (300 - 240), 0.6, .slack = 1},
                   {"SYNs sent again", "syn.retransmitted{service=db}", 0, 0}, {"verdict", "verdict", .word = "recovered"});
    }
}

/* The line must be long enough that waits exceed the time-out: 200 in line wait 200 / 300 s. Newest first, now and then one is
 * passed by others for more than its second. */
static void what_shortens_waits_frees_it(void **state)
{
    struct law_plan newest_first = {.runs = 2,
                                    .title = "280/s, newest first",
                                    .strategy = "newest_first",
                                    .yaml = database(280, 2)};
    struct law_plan short_line = {.runs = 2, .title = "280/s, line of 200", .strategy = "short_line", .yaml = database(280, 2)};

    (void)state;
    assert_law(newest_first, {"succeed, from 200 s later", "availability{population=p}@[270s,970s]", 1, 0.0002, .slack = 0.001},
               {"verdict", "verdict", .word = "recovered"});
    assert_law(short_line, {"succeed, from 200 s later", "availability{population=p}@[270s,970s]", 1, 0},
               {"verdict", "verdict", .word = "recovered"});
}

/* Of 560 that come each second 260 leave the line, and the 300 others are those who have waited almost to their time-out: it comes
 * while they are served. */
static void leaving_the_line_alone_does_not_free_it(void **state)
{
    struct law_plan plan = {.runs = 2,
                            .title = "280/s, callers leave the line",
                            .strategy = "impatience",
                            .yaml = database(280, 2)};

    (void)state;
    assert_law(plan, {"succeed, from 10 to 900 s later", "availability{population=p}@[80s,970s]", 0, 0},
               {"median wait for a worker", "queue.wait.p50{service=db}@[80s,970s]", 1, 0.001, .slack = 0.01},
               {"served a second, for nobody", "requests.wasted{service=db}@[80s,970s] / 890", 300, 0.01, .slack = 0.5},
               {"verdict", "verdict", .word = "metastable"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_backlog_of_2800_drains_in_140_s),
        cmocka_unit_test(a_backlog_of_poisson_arrivals_drains_as_fast),
        cmocka_unit_test(below_150_a_second_it_recovers),
        cmocka_unit_test(above_150_a_second_it_is_down_for_good),
        cmocka_unit_test(at_280_a_second_560_are_asked_and_none_is_served),
        cmocka_unit_test(without_retry_280_a_second_recover),
        cmocka_unit_test(a_bounded_line_of_the_dead_is_worked_off),
        cmocka_unit_test(what_shortens_waits_frees_it),
        cmocka_unit_test(leaving_the_line_alone_does_not_free_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
