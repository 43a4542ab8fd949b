/* test_flow - how requests move when things go wrong, each case small enough to be worked out by hand */
#include "law/law.h"

/* One run of a world without chance, or with so many coins that chance is small: claims are numbers, give or take their slack. */
#define assert_world(text, ...)                                                                                                    \
    do {                                                                                                                           \
        struct law_plan world_plan = {.runs = 1, .yaml = "name: world\n" text};                                                    \
                                                                                                                                   \
        assert_law(world_plan, __VA_ARGS__);                                                                                       \
    } while (0)

/* ---- coins */

static void two_calls_of_one_request_toss_coins_of_their_own(void **state)
{
    (void)state;
    assert_world("clock: {run: 1000s}\n"
                 "services:\n"
                 "  db: {workers: 100, operations: {q: {work: 1ms, error: 50%}}}\n"
                 "  web: {workers: 100, operations: {buy: {calls: {a: {to: db.q}, b: {to: db.q}}}}}\n"
                 "populations: {p: {does: web.buy, rate: 100/s}}\n",
                 {"both succeed, one half of one half", "availability", 0.25, .slack = 0.01});
    assert_world("clock: {run: 1000s}\n"
                 "services:\n"
                 "  db: {workers: 100, operations: {q: {work: 1ms}}}\n"
                 "  web: {workers: 100, operations: {buy: {calls: {a: {to: db.q}, b: {to: db.q}}}}}\n"
                 "populations: {p: {does: web.buy, rate: 100/s}}\n"
                 "faults: {f: {at: +0s, target: db, error: {share: 50%}}}\n",
                 {"a fault that strikes half of all attempts", "availability", 0.25, .slack = 0.01});
}

static void a_bounded_queue_stays_bounded_while_idle_workers_hang(void **state)
{
    (void)state;
    assert_world("clock: {run: 100s}\n"
                 "services:\n"
                 "  db: {workers: 10, bounded_queue: {limit: 5}, operations: {q: {work: 1ms}}}\n"
                 "populations: {p: {does: db.q, rate: 100/s, process: regular, timeout: 1s}}\n"
                 "faults: {f: {at: +9995ms, for: 50s, target: db, hang: {}}}\n",
                 {"only so many wait", "queue.length.max{service=db}", 5},
                 {"and are served for nobody", "requests.wasted{service=db}", 5},
                 {"the others are lost in silence", "requests.dropped{service=db}", 4995},
                 {"none is refused", "requests.rejected{service=db}", 0});
}

static void a_caller_that_hangs_fails_nobody_before_it_is_back(void **state)
{
    (void)state;
    /* The deadline of its call passes in a back-off, which nobody hears of before 31 s. */
    assert_world("clock: {run: 60s}\n"
                 "services:\n"
                 "  db: {operations: {q: {error: 100%}}}\n"
                 "  web:\n"
                 "    workers: 10\n"
                 "    operations:\n"
                 "      buy: {calls: {a: {to: db.q, deadline: 5s, backoff: {attempts: 100, growth: fixed, base: 4s}}}}\n"
                 "populations: {p: {does: web.buy, rate: 10/s, process: regular, count: 1}}\n"
                 "faults: {f: {at: +1s, for: 30s, target: web, hang: {}}}\n",
                 {"the client hears of it when the hang is over", "latency.max", 30.9},
                 {"what is late is not tried again", "attempts{service=db}", 1});
    /* The same where the deadline passes in an attempt. */
    assert_world("clock: {run: 60s}\n"
                 "services:\n"
                 "  db: {workers: 10, operations: {q: {work: 10s}}}\n"
                 "  web: {workers: 10, operations: {buy: {calls: {a: {to: db.q, deadline: 5s}}}}}\n"
                 "populations: {p: {does: web.buy, rate: 10/s, process: regular, count: 1}}\n"
                 "faults: {f: {at: +1s, for: 30s, target: web, hang: {}}}\n",
                 {"the client hears of it when the hang is over", "latency.max", 30.9});
}

static void an_answer_that_came_while_the_caller_hung_is_not_late_any_more(void **state)
{
    (void)state;
    assert_world("clock: {run: 60s}\n"
                 "services:\n"
                 "  db: {workers: 10, operations: {q: {work: 500ms}}}\n"
                 "  web: {workers: 10, operations: {buy: {calls: {a: {to: db.q, patience: 5s}}}}}\n"
                 "populations: {p: {does: web.buy, rate: 10/s, process: regular, count: 1}}\n"
                 "faults: {f: {at: +550ms, for: 30s, target: web, hang: {}}}\n",
                 {"it is read when the hang is over", "latency.max", 30.45}, {"and is good", "availability", 1});
}

static void births_at_even_spaces_follow_their_profile_from_level_0(void **state)
{
    (void)state;
    assert_world(
        "clock: {run: 600s}\n"
        "services: {db: {workers: 100, operations: {q: {work: 1ms}}}}\n"
        "populations:\n"
        "  p: {does: db.q, rate: 10/s, process: regular, profile: {points: [{at: +0s, level: 0}, {at: +60s, level: 1}]}}\n",
        {"the area under the profile: 60 s / 2 + 540 s", "requests.offered", 5700, .slack = 2},
        {"of which in the first minute", "requests.offered@[0s,60s]", 300, .slack = 2});
    assert_world(
        "clock: {run: 600s}\n"
        "services: {db: {workers: 100, operations: {q: {work: 1ms}}}}\n"
        "populations:\n"
        "  p:\n"
        "    does: db.q\n"
        "    rate: 10/s\n"
        "    process: regular\n"
        "    profile: {points: [{at: +100s, level: 1}, {at: +101s, level: 0}, {at: +499s, level: 0}, {at: +500s, level: 1}]}\n",
        {"none in a gap", "requests.offered@[101s,499s]", 0, .slack = 1},
        {"and then as before", "requests.offered@[500s,600s]", 1000, .slack = 2});
}

static void high_rates_are_what_they_say(void **state)
{
    (void)state;
    assert_world("clock: {run: 10ms}\n"
                 "services: {db: {workers: 1000, operations: {q: {work: 0s}}}}\n"
                 "populations:\n"
                 "  even: {does: db.q, rate: 70M/s, process: regular}\n"
                 "  random: {does: db.q, rate: 100M/s}\n",
                 {"evenly spaced", "requests.offered{population=even}", 700000, .slack = 1},
                 {"at random", "requests.offered{population=random}", 1000000, .slack = 4000});
}

static void replicas_that_are_left_share_the_load_of_one_that_is_out(void **state)
{
    (void)state;
    static const char *const ways[] = {"round_robin", "random", "two_choices"};

    for (size_t i = 0; i < 3; i++) {
        struct law_plan plan = {
            .runs = 4,
            .window = "[20s,1000s]",
            .yaml = law_text(
                "name: world\n"
                "clock: {run: 1000s}\n"
                "services:\n"
                "  db:\n"
                "    {replicas: 3, balance: %s, health_check: {interval: 1s, timeout: 100ms}, operations: {q: {work: 4ms}}}\n"
                "populations: {p: {does: db.q, rate: 300/s, timeout: 5s}}\n"
                "faults: {f: {at: +10s, target: \"db.replica[2]\", crash: {}}}\n",
                ways[i])};
        /* Two M/D/1 at 0.6 each: 2 x 0.45 wait, if the choice is at random; others are better. */
        double most = i == 1 ? 0.92 : 0.6;

        assert_law(plan, {"wait in all", "queue.length.mean{service=db}@", most / 2, 1, .slack = most / 2});
    }
}

/* ---- credentials */

/* The share of requests that find no fresh credentials, at the start and later, by the renewal theorem 1 / (1 + rate x lifetime).
 */
static void assert_share_of_logins(const char *load, const char *called, double expected)
{
    struct law_plan plan = {.runs = 4,
                            .yaml =
                                law_text("name: world\n"
                                         "clock: {start: 2014-06-24T00:00Z, run: 2h}\n"
                                         "partitions: {users: 20k}\n"
                                         "services:\n"
                                         "  dir: {workers: 1000, operations: {auth: {work: 1ms}}}\n"
                                         "  web:\n"
                                         "    workers: 1000\n"
                                         "    operations:\n"
                                         "      open:\n"
                                         "        calls: {login: {to: dir.auth, cache: {lifetime: {exponential: {mean: 1h}}}}}\n"
                                         "%s",
                                         load)};
    const char *at_first = law_text("requests.calls{service=dir}@[0s,10m] / %s@[0s,10m]", called),
               *later = law_text("requests.calls{service=dir}@[1h,2h] / %s@[1h,2h]", called);

    assert_law(plan, {"at first", at_first, expected, 0.005, .slack = 0.003}, {"later", later, expected, 0.005, .slack = 0.003});
}

static void credentials_are_of_any_age_at_the_start(void **state)
{
    (void)state;
    assert_share_of_logins("populations: {p: {does: web.open, rate: 20/s}}\n", "requests.offered{service=web}", 1 / 4.6);
    assert_share_of_logins("populations: {p: {does: web.open, rate: 200/s}}\n", "requests.offered{service=web}", 1 / 37.0);
    /* At night, when an office works at a fifth of its rate. */
    assert_share_of_logins("populations: {p: {does: web.open, rate: 100/s, profile: office_day}}\n",
                           "requests.offered{service=web}", 1 / 4.6);
    assert_share_of_logins(
        "transports:\n"
        "  hub:\n"
        "    senders: {s: {rate: 10/s, recipients: 2}}\n"
        "    delivery: {workers: 100, calls: {login: {to: dir.auth, cache: {lifetime: {exponential: {mean: 1h}}}}}}\n",
        "mail.accepted", 1 / 4.6);
}

static void a_crash_refuses_what_a_partial_hang_would_hold(void **state)
{
    (void)state;
    static const char world[] = "clock: {run: 100s}\n"
                                "services: {db: {workers: 100, operations: {q: {work: 1ms}}}}\n"
                                "populations: {p: {does: db.q, rate: 10/s, process: regular, timeout: 60s}}\n"
                                "faults:\n"
                                "  hangs: {at: +5s, for: 30s, target: db, hang: {share: 99.99%}}\n"
                                "  dies: {at: +10s, for: 10s, target: db, crash: {}}\n";
    struct law_plan plan = {.runs = 1, .yaml = law_text("name: world\n%s", world)};

    assert_law(plan, {"of those born meanwhile, all", "requests.rejected@during(dies)", 100, .slack = 1},
               {"and of those that were held", "requests.rejected@[5s,10s]", 50, .slack = 1},
               {"later ones are served when the hang is over", "availability@[21s,100s]", 1});
}

static void those_who_leave_a_line_that_hangs_leave_nothing_behind(void **state)
{
    (void)state;
    /* 10,000 leave a line that hangs; the last ten are served when it is over. Regular births at 10 ms, 20 ms, ... */
    assert_world("clock: {run: 200s}\n"
                 "services: {db: {workers: 1, on_timeout: leave, operations: {q: {work: 1ms}}}}\n"
                 "populations: {p: {does: db.q, rate: 100/s, process: regular, timeout: 101ms}}\n"
                 "faults: {f: {at: +10005ms, for: 100s, target: db, hang: {}}}\n",
                 {"those who left in time", "requests.dropped{service=db}", 9990},
                 {"nothing is done for nobody", "requests.wasted{service=db}", 0},
                 {"the others", "requests.succeeded@[110s,200s]", 9000, .slack = 1},
                 {"never were more in line than had patience", "queue.length.max{service=db}", 11, .slack = 1});
}

static void the_longest_times_do_not_overflow(void **state)
{
    (void)state;
    assert_world(
        "clock: {run: 46000d}\n"
        "health: {interval: 10w}\n"
        "services: {db: {workers: 10, operations: {q: {work: {pareto: {minimum: 11000d, shape: 0.1}}}}}}\n"
        "populations:\n"
        "  p:\n"
        "    {does: db.q, rate: 1/d, timeout: 11000d, deadline: 11000d, backoff: {base: 10000d, cap: 11000d, attempts: 1000000}}\n"
        "faults: {f: {at: +5000d, for: 104000d, target: db, slow: {factor: 1000000}}}\n",
        {"nothing is done in time", "requests.succeeded@[20000d,46000d]", 0});
}

static void what_was_refused_below_is_an_error_above(void **state)
{
    (void)state;
    assert_world("clock: {run: 100s}\n"
                 "services:\n"
                 "  db: {queue: {limit: 0}, operations: {q: {work: 1000s}}}\n"
                 "  web: {workers: 10, operations: {buy: {calls: {a: {to: db.q}}}}}\n"
                 "populations: {p: {does: web.buy, rate: 10/s, process: regular}}\n",
                 {"web refuses nobody", "requests.rejected{population=p}", 0},
                 {"it fails them", "requests.errors{population=p}", 999, .slack = 1});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_calls_of_one_request_toss_coins_of_their_own),
        cmocka_unit_test(a_bounded_queue_stays_bounded_while_idle_workers_hang),
        cmocka_unit_test(a_caller_that_hangs_fails_nobody_before_it_is_back),
        cmocka_unit_test(an_answer_that_came_while_the_caller_hung_is_not_late_any_more),
        cmocka_unit_test(births_at_even_spaces_follow_their_profile_from_level_0),
        cmocka_unit_test(high_rates_are_what_they_say),
        cmocka_unit_test(replicas_that_are_left_share_the_load_of_one_that_is_out),
        cmocka_unit_test(credentials_are_of_any_age_at_the_start),
        cmocka_unit_test(a_crash_refuses_what_a_partial_hang_would_hold),
        cmocka_unit_test(those_who_leave_a_line_that_hangs_leave_nothing_behind),
        cmocka_unit_test(the_longest_times_do_not_overflow),
        cmocka_unit_test(what_was_refused_below_is_an_error_above),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
