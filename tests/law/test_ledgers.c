/* test_ledgers - nothing appears, nothing is lost: the books of callers and services, whatever happens; and Little's law to the
 * last nanosecond
 */
#include "law/law.h"

/* ---------------------------------------------------------------- Little, exactly */

/* Births end long before the run: what the line and the workers held over time is what each of them spent there. */
static void waits_and_works_add_up_to_the_lines_they_make(void **state)
{
    struct law_plan plan = {.runs = 5,
                            .yaml = "name: law\n"
                                    "clock: {run: 1000s}\n"
                                    "services:\n"
                                    "  s: {workers: 3, operations: {o: {work: {lognormal: {mean: 100ms, cv2: 4}}}}}\n"
                                    "populations: {p: {does: s.o, rate: 25/s, until: +600s}}\n"
                                    "faults:\n"
                                    "  silence: {at: +100s, for: 20s, target: s, hang: {}}\n"
                                    "  molasses: {at: +200s, for: 30s, target: s, slow: {factor: 3}}\n"
                                    "  both: {at: +220s, for: 5s, target: s, hang: {}}\n"};

    (void)state;
    assert_law(plan, {"in flight at the end", "requests.in_flight{service=s}", 0, 0},
               {"line over sum of waits",
                "queue.length.mean{service=s} * 1000 / queue.wait.mean{service=s} / requests.offered{service=s}", 1, 0,
                .slack = 1e-9},
               {"system over sum of stays",
                "queue.length.mean{service=s} + workers.busy.mean{service=s} * 1000 / sojourn.mean{service=s} / "
                "requests.offered{service=s}",
                1, 0, .slack = 1e-9},
               {"stay at the service less that of callers", "sojourn.mean{service=s} - latency.mean{population=p}", 0, 0,
                .slack = 1e-9});
}

/* A worker that calls is held: busy, and counted as held, for as long as the call takes. */
static void held_workers_are_held_as_long_as_their_calls_take(void **state)
{
    struct law_plan plan = {.runs = 5,
                            .yaml = "name: law\n"
                                    "clock: {run: 1000s}\n"
                                    "services:\n"
                                    "  web: {workers: 9, operations: {o: {work: 10ms, calls: {ask: {to: db.o}}}}}\n"
                                    "  db: {workers: 4, operations: {o: {work: {exponential: {mean: 100ms}}}}}\n"
                                    "populations: {p: {does: web.o, rate: 30/s, until: +600s}}\n"};

    (void)state;
    assert_law(plan,
               {"held at web over stays at db",
                "workers.held.mean{service=web} * 1000 / sojourn.mean{service=db} / requests.offered{service=db}", 1, 0,
                .slack = 1e-9},
               {"busy at web, its own work aside",
                "workers.busy.mean{service=web} - workers.held.mean{service=web} * 1000 / requests.offered{service=web}", 0.01, 0,
                .slack = 1e-9},
               {"most at db are those that web lets through", "workers.busy.max{service=db} - 4", 0, 0},
               {"no more held than there are", "workers.held.max{service=web} - 9", 0, 0});
}

/* Limits count who is inside, whoever came in a hang and was put out of the line again, in silence. */
static void a_limit_counts_who_is_inside_through_a_hang(void **state)
{
    struct law_plan plan = {.runs = 1,
                            .yaml = "name: law\n"
                                    "clock: {run: 200s}\n"
                                    "services:\n"
                                    "  s:\n"
                                    "    workers: 1\n"
                                    "    static_limit: {limit: 1000}\n"
                                    "    bounded_queue: {limit: 20, drop: oldest}\n"
                                    "    operations: {o: {work: 1s}}\n"
                                    "populations: {p: {does: s.o, rate: 5/s, process: regular, until: +100s, timeout: 30s}}\n"
                                    "faults: {silence: {at: +10s, for: 10s, target: s, hang: {}}}\n"};

    (void)state;
    assert_law(plan, {"in flight at the end", "requests.in_flight{service=s}", 0, 0},
               {"put out of the line in silence: it was full", "requests.dropped{service=s}", 5 * 10, 0, .slack = 1},
               {"callers who still wait", "requests.in_flight{population=p}", 0, 0});
}

/* Work that a hang has lost makes no calls any more: an answer or a time-out that was on its way finds nobody, and the compartment,
 * which knew of the loss, hears nothing twice. Clients who wait for ever go on waiting. */
static void what_a_hang_has_lost_hears_nothing_more(void **state)
{
    struct law_plan plan = {
        .runs = 1,
        .yaml = "name: law\n"
                "clock: {run: 100s}\n"
                "services:\n"
                "  a:\n"
                "    workers: 50\n"
                "    operations:\n"
                "      o: {work: 1ms, calls: {ask: {to: b.o, timeout: 5s, deadline: 8s, bulkhead: {by: whole, limit: 50}}}}\n"
                "  b: {workers: 50, operations: {o: {work: 3s}}}\n"
                "populations: {p: {does: a.o, rate: 2/s, process: regular, until: +50s}}\n"
                "faults: {silence: {at: +20s, for: 1s, target: a, hang: {at_end: drop}}}\n"};

    (void)state;
    assert_law(plan, {"lost", "requests.dropped{service=a}", 8, 0},
               {"clients who wait for ever", "requests.in_flight{population=p}", 8, 0},
               {"all others succeed", "availability{population=p}", 1, 0});
}

/* The deadline of a call passes while the caller's replica hangs: it says so when it no longer does. */
static void a_hung_caller_is_silent_when_its_deadline_passes(void **state)
{
    struct law_plan plan = {
        .runs = 1,
        .yaml = "name: law\n"
                "clock: {run: 100s}\n"
                "services:\n"
                "  a: {operations: {o: {calls: {ask: {to: b.o, deadline: 6s, backoff: {attempts: 9, growth: fixed, base: 2s}}}}}}\n"
                "  b: {operations: {o: {work: 10ms, error: 100%}}}\n"
                "populations: {p: {does: a.o, rate: 1/s, process: regular, count: 1}}\n"
                "faults: {silence: {at: +2s, for: 18s, target: a, hang: {}}}\n"};

    (void)state;
    /* Born at 0 or 1 s; its back-off ends in the silence, and so does its deadline. */
    assert_law(plan, {"birth and latency", "latency.max{population=p}", 19, 0}, {"tries of b", "requests.offered{service=b}", 1, 0},
               {"fail", "requests.errors{population=p}", 1, 0});
}

/* ---------------------------------------------------------------- torture */

/* Everything at once: three tiers and one by partition, all faults (whole, in part, flapping, overlapping), all controls, probes,
 * ejection, caches, loops, all disciplines, callers of every kind. */
static const char torture[] =
    "name: torture\n"
    "clock: {run: 20m}\n"
    "partitions: {count: 4, users: 2k, spread: zipf}\n"
    "services:\n"
    "  directory:\n"
    "    per: partition\n"
    "    replicas: 3\n"
    "    workers: 4\n"
    "    queue: {limit: 50, when_full: drop}\n"
    "    balance: two_choices\n"
    "    health_check: {interval: 5s, timeout: 1s, unhealthy_after: 2, healthy_after: 1}\n"
    "    ejection: {consecutive_failures: 3, base: 5s, max_ejected: 50%}\n"
    "    operations:\n"
    "      authenticate: {work: {lognormal: {mean: 30ms, cv2: 2}}, error: 2%}\n"
    "      resolve: {work: {gamma: {mean: 10ms, cv2: 0.5}}}\n"
    "  shop:\n"
    "    replicas: 2\n"
    "    workers: 16\n"
    "    balance: least_loaded\n"
    "    on_timeout: leave\n"
    "    reject_work: {exponential: {mean: 1ms}}\n"
    "    static_limit: {limit: 60}\n"
    "    bounded_queue: {limit: 30, drop: oldest}\n"
    "    operations:\n"
    "      buy:\n"
    "        work: {hyperexponential: {mean: 20ms, cv2: 4}}\n"
    "        error: 1%\n"
    "        calls:\n"
    "          login: {to: directory.authenticate, timeout: 300ms, deadline: 1s, cache: {lifetime: {exponential: {mean: 60s}}},\n"
    "                  backoff: {attempts: 4, base: 50ms, jitter: full}, breaker: {by: partition, open: 3s}}\n"
    "          look: {to: directory.resolve, share: 70%, timeout: 200ms, patience: {exponential: {mean: 400ms}},\n"
    "                 bulkhead: {by: partition, limit: 6}, backoff: {attempts: 3, growth: none}}\n"
    "          log: {to: journal.write, async: true, share: 50%}\n"
    "  journal:\n"
    "    workers: 2\n"
    "    queue: {limit: 20, discipline: lifo}\n"
    "    bounded_queue: {limit: 15, drop: random}\n"
    "    operations:\n"
    "      write: {work: {exponential: {mean: 15ms}}, calls: {again: {to: journal.write, async: true, share: 30%}}}\n"
    "  front:\n"
    "    workers: 40\n"
    "    queue: {discipline: lifo}\n"
    "    operations:\n"
    "      visit: {work: 2ms, calls: {order: {to: shop.buy, timeout: 800ms, backoff: {attempts: 2, base: 100ms, jitter: equal}}}}\n"
    "populations:\n"
    "  people: {does: front.visit, rate: 60/s, timeout: 2s, backoff: {attempts: 3, base: 200ms, jitter: decorrelated}}\n"
    "  robots: {does: shop.buy, rate: 20/s, process: regular, deadline: 3s, patience: {uniform: {from: 100ms, to: 2s}},\n"
    "           backoff: {attempts: 5, growth: fixed, base: 1s, jitter: exponential}, breaker: {by: replica, open: 2s},\n"
    "           bulkhead: {by: whole, limit: 30}}\n"
    "  patient: {does: journal.write, rate: 5/s}\n"
    "faults:\n"
    "  quiet: {at: +1m, for: 2m, target: \"directory[0]\", hang: {}}\n"
    "  shaky: {at: +2m, for: 3m, target: \"directory[1].replica[0]\", crash: {flap: {failing: {exponential: {mean: 4s}}, working: "
    "3s}}}\n"
    "  half: {at: +150s, for: 2m, target: directory, hang: {share: 30%, at_end: drop}}\n"
    "  slow: {at: +4m, for: 2m, target: directory, slow: {factor: 6}}\n"
    "  uneven: {at: +5m, for: 2m, target: shop, slow: {factor: 20, share: 20%, flap: {failing: 10s, working: 5s}}}\n"
    "  wrong: {at: +6m, for: 2m, target: \"shop.replica[1]\", error: {share: 40%, error_work: 3ms}}\n"
    "  worse: {at: +7m, for: 1m, target: directory, error: {permanent: true, share: 20%}}\n"
    "  fallen: {at: +8m, for: 1m, target: shop, crash: {}}\n"
    "  frozen: {at: +490s, for: 1m, target: shop, hang: {}}\n"
    "  refused: {at: +10m, for: 1m, target: front, crash: {share: 50%}}\n"
    "  stuck: {at: +12m, for: 30s, target: front, hang: {at_end: drop}}\n"
    "  ticks: {at: +13m, for: 2m, target: front, hang: {flap: {failing: {uniform: {from: 0s, to: 2s}}, working: 500ms}}}\n"
    "  lost: {at: +14m, for: 1m, target: journal, crash: {flap: {failing: 1s, working: {exponential: {mean: 1s}}}}}\n"
    "  last: {at: +1190s, target: \"directory[2]\", hang: {}}\n"
    "strategies:\n"
    "  other_queues: {shop.on_timeout: keep, shop.queue.discipline: lifo, front.on_timeout: leave, directory.on_timeout: leave,\n"
    "                 journal.queue.when_full: drop}\n"
    "  other_choices: {directory.balance: random, shop.balance: round_robin, shop.bounded_queue.drop: random,\n"
    "                  front.queue: {limit: 10}, front.reject_work: 5ms, front.reject_limit: 3}\n"
    "  accept_queues: {directory.queue: {limit: 6, when_full: retransmit}, shop.queue: {limit: 9, when_full: retransmit},\n"
    "                  shop.retry_after: {exponential: {mean: 2s}}, shop.retry_filter: {attempts: 2, waiting: 4},\n"
    "                  journal.queue: {limit: 3, when_full: retransmit, syn: exponential, discipline: lifo},\n"
    "                  front.queue: {limit: 5, when_full: retransmit}, people.timeout: null, people.timeouts: [1s, 2500ms, 4s]}\n";

#define SERVICE_BOOKS(name)                                                                                                        \
    {                                                                                                                              \
        name ": arrived less all that became of it",                                                                               \
            "requests.offered{service=" name "} - requests.succeeded{service=" name "} - requests.wasted{service=" name "} - "     \
            "requests.rejected{service=" name "} - requests.dropped{service=" name "} - requests.in_flight{service=" name "}",     \
            0, 0                                                                                                                   \
    }

#define CALLER_BOOKS(name)                                                                                                         \
    {                                                                                                                              \
        name ": offered less all that became of it",                                                                               \
            "requests.offered{population=" name "} - requests.succeeded{population=" name "} - requests.rejected{population=" name \
            "} - "                                                                                                                 \
            "requests.timed_out{population=" name "} - requests.errors{population=" name "} - requests.in_flight{population=" name \
            "}",                                                                                                                   \
            0, 0                                                                                                                   \
    }

static void assert_books(const char *strategy)
{
    struct law_plan plan = {.runs = 4, .title = strategy ? strategy : "torture", .strategy = strategy, .yaml = torture};

    assert_law(
        plan, SERVICE_BOOKS("directory"), SERVICE_BOOKS("shop"), SERVICE_BOOKS("journal"), SERVICE_BOOKS("front"),
        CALLER_BOOKS("people"), CALLER_BOOKS("robots"), CALLER_BOOKS("patient"),
        /* The books of both sides, against each other. */
        {"tries of people less arrivals at the front", "attempts{population=people} - requests.offered{service=front}", 0, 0},
        {"calls of the front less people", "requests.calls{service=front} - requests.offered{population=people}", 0, 0},
        {"patient tries less their requests", "attempts{population=patient} - requests.offered{population=patient}", 0, 0},
        /* Something of everything happened. */
        {"faults that touched nothing",
         "fault.touched{fault=quiet} / fault.touched{fault=quiet} * fault.touched{fault=shaky} / fault.touched{fault=shaky} * "
         "fault.touched{fault=half} / fault.touched{fault=half} * fault.touched{fault=uneven} / fault.touched{fault=uneven} * "
         "fault.touched{fault=stuck} / fault.touched{fault=stuck} * fault.touched{fault=last} / fault.touched{fault=last} - 1",
         0, 0});
}

static void the_books_balance_under_torture(void **state)
{
    (void)state;
    assert_books(NULL);
    assert_books("other_queues");
    assert_books("other_choices");
    assert_books("accept_queues");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waits_and_works_add_up_to_the_lines_they_make),
        cmocka_unit_test(held_workers_are_held_as_long_as_their_calls_take),
        cmocka_unit_test(a_limit_counts_who_is_inside_through_a_hang),
        cmocka_unit_test(what_a_hang_has_lost_hears_nothing_more),
        cmocka_unit_test(a_hung_caller_is_silent_when_its_deadline_passes),
        cmocka_unit_test(the_books_balance_under_torture),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
