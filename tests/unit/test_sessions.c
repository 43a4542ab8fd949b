/* test_sessions - clients that keep a connection, in worlds small enough to be worked out by hand */
#include "law/law.h"

/* One run; claims are numbers, give or take their slack. */
#define assert_world(text, ...)                                                                                                    \
    do {                                                                                                                           \
        struct law_plan world_plan = {.runs = 1, .yaml = "name: world\n" text};                                                    \
                                                                                                                                   \
        assert_law(world_plan, __VA_ARGS__);                                                                                       \
    } while (0)

/* ---- while all is well */

static void clients_refresh_at_a_phase_of_their_own(void **state)
{
    (void)state;
    assert_world("clock: {run: 1000s, sample: 1s}\n"
                 "services: {s: {workers: 1000, operations: {in: {work: 1s}, stay: {work: 1ms}}}}\n"
                 "populations: {p: {does: s.in, timeout: 5s, sessions: {count: 5000, refresh: 100s, refreshes: s.stay}}}\n",
                 {"refreshes, less what the answers take", "sessions.refreshes", 50000, .slack = 2},
                 {"of which the most in a second", "requests.offered{service=s}@[100s,101s]", 50, .slack = 30},
                 {"all are answered", "availability", 1}, {"by the operation that refreshes", "latency.max", 0.001},
                 {"nobody is lost", "sessions.lost", 0}, {"all are there", "sessions.connected.min", 5000});
}

static void keep_alive_costs_no_event(void **state)
{
    (void)state;
    assert_world("clock: {run: 1000s, sample: 100s}\n"
                 "services: {s: {operations: {in: {work: 1ms}}}}\n"
                 "populations: {p: {does: s.in, sessions: {count: 1000, keep_alive: {every: 10s}}}}\n",
                 {"nothing is asked", "requests.offered{service=s}", 0}, {"all are there", "sessions.connected.min", 1000},
                 {"each has a connection", "connections.max{service=s}", 1000});
}

/* ---- loss */

static void a_crash_is_noticed_at_once_by_those_who_are_connected_there(void **state)
{
    (void)state;
    assert_world("clock: {run: 100s, sample: 1s}\n"
                 "services: {s: {replicas: 4, workers: 100, operations: {in: {work: 1ms}}}}\n"
                 "populations: {p: {does: s.in, timeout: 1s, sessions: {count: 400, reconnect: {growth: fixed, base: 2s}}}}\n"
                 "faults: {f: {at: +10s, for: 30s, target: 's.replica[1]', crash: {}}}\n",
                 {"a quarter is lost", "sessions.lost", 100}, {"and only these", "sessions.connected.min", 300},
                 {"one in four meets it again, and tries elsewhere", "sessions.refused", 25, .slack = 1},
                 {"back after one delay or two", "sessions.time_to_reconnect.max", 4.001, .slack = 0.03},
                 {"the fault touched them", "fault.touched", 125, .slack = 1});
}

/* A probe each 20 s at any phase; two in a row, each waited for for 5 s: noticed 25 to 45 s after the hang began. */
static void a_hang_is_noticed_by_keep_alive_at_each_clients_own_phase(void **state)
{
    (void)state;
    assert_world("clock: {run: 300s, sample: 1s}\n"
                 "services: {s: {workers: 1000, queue: {limit: 10, when_full: drop}, operations: {in: {work: 1ms}}}}\n"
                 "populations:\n"
                 "  p:\n"
                 "    does: s.in\n"
                 "    timeout: 1s\n"
                 "    sessions:\n"
                 "      count: 2000\n"
                 "      keep_alive: {every: 20s, timeout: 5s, failures: 2}\n"
                 "      reconnect: {growth: fixed, base: 200s, cap: 200s}\n"
                 "faults: {f: {at: +50s, for: 60s, target: s, hang: {}}}\n",
                 {"none before 75 s", "sessions.lost@[0s,75s]", 0}, {"half by 85 s", "sessions.lost@[75s,85s]", 1000, .slack = 100},
                 {"all by 95 s", "sessions.lost@[75s,95.1s]", 2000}, {"back", "sessions.reconnected", 2000});
}

static void a_hang_that_is_over_before_the_probes_are_is_not_noticed(void **state)
{
    (void)state;
    assert_world("clock: {run: 300s, sample: 1s}\n"
                 "services: {s: {workers: 1000, operations: {in: {work: 1ms}}}}\n"
                 "populations: {p: {does: s.in, sessions: {count: 2000, keep_alive: {every: 20s, timeout: 5s, failures: 2}}}}\n"
                 "faults: {f: {at: +50s, for: 24s, target: s, hang: {}}, g: {at: +80s, for: 20s, target: s, hang: {}}}\n",
                 {"nobody is lost", "sessions.lost", 0});
}

static void a_cut_link_is_noticed_by_keep_alive_and_tries_are_lost_in_it(void **state)
{
    (void)state;
    assert_world("clock: {run: 300s, sample: 1s}\n"
                 "services: {s: {workers: 1000, operations: {in: {work: 1ms}}}}\n"
                 "links: {way: {from: p, to: s, delay: 10ms}}\n"
                 "populations:\n"
                 "  p:\n"
                 "    does: s.in\n"
                 "    timeout: 5s\n"
                 "    sessions: {count: 1000, keep_alive: {every: 20s, timeout: 5s}, reconnect: {growth: fixed, base: 10s}}\n"
                 "faults: {f: {at: +50s, for: 60s, target: link p->s, cut: {}}}\n",
                 {"all are lost", "sessions.lost", 1000}, {"within 25 s", "sessions.lost@[55s,75.1s]", 1000},
                 {"tries until it is healed find nobody", "sessions.refused", 0},
                 {"a try each 15 s", "sessions.timed_out", 3000, .slack = 500}, {"back", "sessions.connected", 1000},
                 {"the longest, four delays and three time-outs", "sessions.time_to_reconnect.max", 55.021, .slack = 0.5});
}

static void without_keep_alive_it_is_noticed_at_the_next_refresh(void **state)
{
    (void)state;
    assert_world("clock: {run: 300s, sample: 1s}\n"
                 "services: {s: {workers: 1000, operations: {in: {work: 1ms}}}}\n"
                 "populations: {p: {does: s.in, timeout: 5s, sessions: {count: 1000, refresh: 100s}}}\n"
                 "faults: {f: {at: +50s, for: 60s, target: s, hang: {}}}\n",
                 {"each whose refresh fell into it, but not into its last 5 s", "sessions.lost", 550, .slack = 40},
                 {"they timed out", "requests.timed_out", 550, .slack = 40});
}

static void a_registration_expires_where_nothing_else_ends_the_wait(void **state)
{
    (void)state;
    assert_world("clock: {run: 400s, sample: 1s}\n"
                 "services: {s: {workers: 1000, on_timeout: leave, operations: {in: {work: 1ms}}}}\n"
                 "populations: {p: {does: s.in, sessions: {count: 1000, refresh: 100s, expiry: 130s, reconnect: {timeout: 5s}}}}\n"
                 "faults: {f: {at: +100s, for: 200s, target: s, hang: {}}}\n",
                 {"none before 130 s", "sessions.lost@[0s,130s]", 0}, {"all by 230 s", "sessions.lost@[130s,230.1s]", 1000},
                 {"back", "sessions.connected", 1000});
}

/* ---- tries */

static void a_client_gives_up_and_is_dialled_by_hand(void **state)
{
    (void)state;
    assert_world("clock: {run: 100s, sample: 1s}\n"
                 "services: {s: {workers: 1000, operations: {in: {work: 1ms}}}}\n"
                 "populations:\n"
                 "  p:\n"
                 "    does: s.in\n"
                 "    sessions: {count: 10, reconnect: {growth: fixed, base: 2s, give_up_after: 3, redial: 20s}}\n"
                 "  q: {does: s.in, sessions: {count: 10, reconnect: {growth: fixed, base: 2s, give_up_after: 3}}}\n"
                 "faults: {f: {at: +10s, for: 15s, target: s, crash: {}}}\n",
                 {"given up", "sessions.given_up", 20}, {"after three tries, and a fourth by hand", "sessions.attempts", 70},
                 {"back", "sessions.reconnected{population=p}", 10},
                 {"6 s of tries and 20 s", "sessions.time_to_reconnect.max{population=p}", 26.001, .slack = 0.2},
                 {"the others are not", "sessions.reconnected{population=q}", 0},
                 {"and count at their age", "sessions.time_to_reconnect.p50{population=q}", 90, .slack = 0.5});
}

static void a_client_that_is_out_for_long_goes_to_the_backup_and_comes_back(void **state)
{
    (void)state;
    assert_world(
        "clock: {run: 300s, sample: 1s}\n"
        "services:\n"
        "  s: {workers: 1000, operations: {in: {work: 1ms}}}\n"
        "  b: {workers: 1000, operations: {in: {work: 1ms}}}\n"
        "populations:\n"
        "  p:\n"
        "    does: s.in\n"
        "    timeout: 5s\n"
        "    sessions: {count: 100, reconnect: {growth: fixed, base: 10s}, backup: {does: b.in, after: 30s, back_after: 50s}}\n"
        "faults: {f: {at: +10s, for: 100s, target: s, crash: {}}}\n",
        {"lost once", "sessions.lost", 100}, {"at the backup after 30 s", "sessions.time_to_reconnect.max", 30.001, .slack = 0.3},
        {"there", "connections.max{service=b}", 100}, {"not for good", "connections.mean{service=b}@[200s,300s]", 0},
        {"at home again", "connections.mean{service=s}@[200s,300s]", 100},
        {"two refused, one to the backup, one refused, one back", "sessions.attempts", 500});
}

static void a_full_table_of_connections_refuses(void **state)
{
    (void)state;
    assert_world("clock: {run: 100s, sample: 1s}\n"
                 "services: {s: {replicas: 2, workers: 1000, connections: 60, operations: {in: {work: 1ms}}}}\n"
                 "populations: {p: {does: s.in, timeout: 1s, sessions: {count: 100, reconnect: {growth: fixed, base: 10s}}}}\n"
                 "faults: {f: {at: +10s, target: 's.replica[1]', crash: {}}}\n",
                 {"half are lost", "sessions.lost", 50}, {"there is room for ten of them", "sessions.reconnected", 10},
                 {"the replica is full", "connections.max{service=s}", 100}, {"the others are out", "sessions.connected", 60});
}

static void a_refusal_may_ask_for_more_than_the_policy(void **state)
{
    (void)state;
    assert_world("clock: {run: 100s, sample: 1s}\n"
                 "services: {s: {workers: 1, queue: {limit: 0}, retry_after: 20s, operations: {in: {work: 1s}}}}\n"
                 "populations:\n"
                 "  p: {does: s.in, timeout: 5s, sessions: {count: 2, reconnect: {growth: fixed, base: 2s}}}\n"
                 "faults: {f: {at: +10s, for: 1s, target: s, crash: {}}}\n",
                 {"one is let in, the other is asked to wait", "sessions.time_to_reconnect.max", 23, .slack = 0.2},
                 {"one refused", "sessions.refused", 1});
}

static void a_try_that_was_given_up_stays_in_the_line_and_is_served_for_nobody(void **state)
{
    (void)state;
    assert_world("clock: {run: 100s, sample: 1s}\n"
                 "services: {s: {workers: 1, operations: {in: {work: 1s}}}}\n"
                 "populations: {p: {does: s.in, timeout: 5s, sessions: {count: 10, reconnect: {growth: fixed, base: 20s}}}}\n"
                 "faults: {f: {at: +10s, for: 1s, target: s, crash: {}}}\n",
                 {"five are let in in time, then five", "sessions.timed_out", 5},
                 {"five for nobody", "requests.wasted{service=s}", 5}, {"in all", "requests.succeeded{service=s}", 10},
                 {"the last", "sessions.time_to_reconnect.max", 50, .slack = 0.5});
}

static void partitions_are_told_apart(void **state)
{
    (void)state;
    assert_world("clock: {run: 100s, sample: 1s}\n"
                 "partitions: {count: 4, users: 100}\n"
                 "services: {s: {per: partition, workers: 100, operations: {in: {work: 1ms}}}}\n"
                 "populations: {p: {does: s.in, timeout: 5s, sessions: {count: 1000, reconnect: {growth: fixed, base: 20s}}}}\n"
                 "faults: {f: {at: +10s, for: 1s, target: 's[2]', crash: {}}}\n",
                 {"a quarter", "sessions.lost", 250}, {"of the struck", "sessions.lost{group=struck}", 250},
                 {"none of the others", "sessions.lost{partition=1}", 0},
                 {"nobody there", "sessions.connected.min{partition=2}", 0},
                 {"all there", "sessions.connected.min{partition=3}", 250}, {"fewest", "sessions.connected.min", 750},
                 {"at the end", "sessions.connected{group=struck}", 250});
}

/* ---- between the parts */

static void a_refresh_at_the_backup_may_outlast_the_time_to_return(void **state)
{
    (void)state;
    assert_world("clock: {run: 200s, sample: 1s}\n"
                 "services:\n"
                 "  s: {workers: 100, operations: {in: {work: 1ms}}}\n"
                 "  b: {workers: 100, operations: {in: {work: 3s}}}\n"
                 "populations:\n"
                 "  p:\n"
                 "    does: s.in\n"
                 "    timeout: 4s\n"
                 "    sessions: {count: 20, refresh: 5s, reconnect: {growth: fixed, base: 1s},\n"
                 "               backup: {does: b.in, after: 0s, back_after: 6s}}\n"
                 "faults: {f: {at: +10s, for: 90s, target: s, crash: {}}}\n",
                 {"all are lost once", "sessions.lost", 20}, {"and are at the backup", "connections.max{service=b}", 20},
                 {"all are back", "sessions.connected", 20}, {"at the first place", "connections.max{service=s}@[150s,200s]", 20});
}

/* Answers that are on their way when the replica falls silent say nothing of it: probes are sent from then on. */
static void keep_alive_tells_those_whose_answer_was_on_its_way(void **state)
{
    (void)state;
    assert_world("clock: {run: 300s, sample: 1s}\n"
                 "services: {s: {workers: 1000, operations: {in: {work: 1ms}}}}\n"
                 "links: {way: {from: p, to: s, delay: 2s}}\n"
                 "populations:\n"
                 "  p: {does: s.in, timeout: 90s, sessions: {count: 1000, refresh: 100s, keep_alive: {every: 10s, timeout: 5s},\n"
                 "      reconnect: {growth: fixed, base: 300s, cap: 300s}}}\n"
                 "faults: {f: {at: +150s, target: s, hang: {}}}\n",
                 {"none before 5 s", "sessions.lost@[0s,155s]", 0}, {"all by 17 s", "sessions.lost@[155s,167.1s]", 1000});
}

/* Who was sent elsewhere has his connection there, by another link. */
static void keep_alive_looks_at_the_way_that_the_connection_goes(void **state)
{
    (void)state;
    assert_world("clock: {run: 300s, sample: 1s}\n"
                 "services:\n"
                 "  s: {workers: 1000, operations: {in: {work: 1ms}}}\n"
                 "  b: {workers: 1000, operations: {in: {work: 1ms}}}\n"
                 "links: {way: {from: p, to: s, delay: 1ms}, other: {from: p, to: b, delay: 1ms}}\n"
                 "populations:\n"
                 "  p: {does: s.in, timeout: 5s, sessions: {count: 100, keep_alive: {every: 10s, timeout: 5s},\n"
                 "      reconnect: {growth: fixed, base: 2s}}}\n"
                 "runbook: [{name: away, at: +5s, reroute: {from: s, to: b}}]\n"
                 "faults:\n"
                 "  f: {at: +10s, for: 1s, target: s, crash: {}}\n"
                 "  g: {at: +50s, for: 50s, target: link p->s, cut: {}}\n"
                 "  h: {at: +150s, for: 50s, target: link p->b, cut: {}}\n",
                 {"all are lost by the crash", "sessions.lost@[0s,11s]", 100},
                 {"and go elsewhere", "connections.max{service=b}", 100},
                 {"a cut of the way that they left", "sessions.lost@[50s,150s]", 0},
                 {"a cut of theirs", "sessions.lost@[150s,165.1s]", 100});
}

/* The silence is as old as the first of two cuts: noticed 5 to 15 s after it, not after the second. */
static void a_second_cut_begins_no_new_silence(void **state)
{
    (void)state;
    assert_world("clock: {run: 300s, sample: 1s}\n"
                 "services: {s: {workers: 1000, operations: {in: {work: 1ms}}}}\n"
                 "links: {way: {from: p, to: s, delay: 1ms}}\n"
                 "populations:\n"
                 "  p: {does: s.in, timeout: 5s, sessions: {count: 100, keep_alive: {every: 10s, timeout: 5s},\n"
                 "      reconnect: {growth: fixed, base: 300s, cap: 300s}}}\n"
                 "faults:\n"
                 "  f: {at: +50s, for: 90s, target: link p->s, cut: {way: back}}\n"
                 "  g: {at: +54s, for: 90s, target: link p->s, cut: {}}\n",
                 {"all", "sessions.lost@[55s,65.1s]", 100});
}

/* One of 100 is out when the crash is over, for there are 99 connections; each of his tries is refused where he knocks. */
static void a_full_table_of_connections_refuses_over_a_link_too(void **state)
{
    (void)state;
    assert_world("clock: {run: 100s, sample: 1s}\n"
                 "services: {s: {workers: 10, connections: 50, replicas: 2, operations: {in: {work: 1s}, stay: {work: 1s}}}}\n"
                 "links: {way: {from: q, to: s, delay: 10ms}}\n"
                 "populations:\n"
                 "  p: {does: s.in, timeout: 5s, sessions: {count: 100}}\n"
                 "  q: {does: s.in, timeout: 5s, sessions: {count: 10, reconnect: {growth: fixed, base: 10s}}}\n"
                 "faults: {f: {at: +99s, for: 1ms, target: link q->s, slow: {factor: 1}}}\n"
                 "allow_unreachable_faults: true\n",
                 {"ten are out, and are refused", "sessions.refused", 90, .slack = 0.5},
                 {"none is served", "requests.succeeded{service=s}", 0});
}

/* Back at 15 s, answered at 17 s; at 16 s the replica crashed once more. */
static void an_answer_that_its_replica_did_not_survive_connects_nobody(void **state)
{
    (void)state;
    assert_world("clock: {run: 100s, sample: 1s}\n"
                 "services: {s: {workers: 1000, operations: {in: {work: 1ms}}}}\n"
                 "links: {way: {from: p, to: s, delay: 2s}}\n"
                 "populations: {p: {does: s.in, timeout: 10s, sessions: {count: 100, reconnect: {growth: fixed, base: 3s}}}}\n"
                 "faults:\n"
                 "  f: {at: +10s, for: 1s, target: s, crash: {}}\n"
                 "  g: {at: +16s, target: s, crash: {}}\n",
                 {"all are lost once", "sessions.lost", 100}, {"and nobody comes back", "sessions.reconnected", 0});
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(clients_refresh_at_a_phase_of_their_own),
        cmocka_unit_test(keep_alive_costs_no_event),
        cmocka_unit_test(a_crash_is_noticed_at_once_by_those_who_are_connected_there),
        cmocka_unit_test(a_hang_is_noticed_by_keep_alive_at_each_clients_own_phase),
        cmocka_unit_test(a_hang_that_is_over_before_the_probes_are_is_not_noticed),
        cmocka_unit_test(a_cut_link_is_noticed_by_keep_alive_and_tries_are_lost_in_it),
        cmocka_unit_test(without_keep_alive_it_is_noticed_at_the_next_refresh),
        cmocka_unit_test(a_registration_expires_where_nothing_else_ends_the_wait),
        cmocka_unit_test(a_client_gives_up_and_is_dialled_by_hand),
        cmocka_unit_test(a_client_that_is_out_for_long_goes_to_the_backup_and_comes_back),
        cmocka_unit_test(a_full_table_of_connections_refuses),
        cmocka_unit_test(a_refusal_may_ask_for_more_than_the_policy),
        cmocka_unit_test(a_try_that_was_given_up_stays_in_the_line_and_is_served_for_nobody),
        cmocka_unit_test(partitions_are_told_apart),
        cmocka_unit_test(a_refresh_at_the_backup_may_outlast_the_time_to_return),
        cmocka_unit_test(keep_alive_tells_those_whose_answer_was_on_its_way),
        cmocka_unit_test(keep_alive_looks_at_the_way_that_the_connection_goes),
        cmocka_unit_test(a_second_cut_begins_no_new_silence),
        cmocka_unit_test(a_full_table_of_connections_refuses_over_a_link_too),
        cmocka_unit_test(an_answer_that_its_replica_did_not_survive_connects_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
