/* test_syn - accept queues, Retry-After, time-outs by attempt, and attempts that a server counts: each case worked out by hand
 *
 * Births at even spaces: the first is born one space after the start.
 */
#include "law/law.h"

/* One run of a world without chance: claims are numbers. */
#define assert_world(text, ...)                                                                                                    \
    do {                                                                                                                           \
        struct law_plan world_plan = {.runs = 1, .yaml = (text)};                                                                  \
                                                                                                                                   \
        assert_law(world_plan, __VA_ARGS__);                                                                                       \
    } while (0)

/* ---------------------------------------------------------------- the timetable */

/* One client holds the only worker from second 1 on, for half a second more than until the SYN of the second client, born at 2,
 * comes again `seconds` after its first: that one finds room. */
static const char *two_clients(const char *syn, double held_s)
{
    return law_text("name: world\n"
                    "clock: {run: 400s}\n"
                    "services: {s: {queue: {limit: 0, when_full: retransmit, syn: %s}, operations: {o: {work: %gs}}}}\n"
                    "populations: {p: {does: s.o, rate: 1/s, process: regular, count: 2}}\n",
                    syn, held_s);
}

static void assert_timetable(const char *syn, const int *seconds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double held_s = seconds[i] + 0.5;

        assert_world(two_clients(syn, held_s),
                     {"it enters at this SYN, and waited from the first", "latency.max", seconds[i] + held_s},
                     {"its wait for a worker", "queue.wait.max{service=s}", seconds[i]},
                     {"SYNs sent again", "syn.retransmitted{service=s}", (double)i + 1},
                     {"attempts that arrived", "requests.offered{service=s}", 2}, {"dropped", "requests.dropped{service=s}", 0});
    }
    assert_world(two_clients(syn, seconds[count - 1] + 1.5),
                 {"SYNs sent again, all in vain", "syn.retransmitted{service=s}", (double)count},
                 {"then it is dropped", "requests.dropped{service=s}", 1}, {"in silence", "requests.in_flight{population=p}", 1},
                 {"the other is served", "requests.succeeded", 1});
}

static void a_dropped_syn_comes_again_after_1_2_3_4_5_7_11_19_35_67_s(void **state)
{
    (void)state;
    assert_timetable("linear", (const int[]){1, 2, 3, 4, 5, 7, 11, 19, 35, 67}, 10);
}

static void without_linear_time_outs_after_1_3_7_15_31_63_s(void **state)
{
    (void)state;
    assert_timetable("exponential", (const int[]){1, 3, 7, 15, 31, 63}, 6);
}

/* ---------------------------------------------------------------- who waits, and for whom */

static const char *impatient(const char *how)
{
    return law_text("name: world\n"
                    "clock: {run: 100s}\n"
                    "services: {s: {queue: {limit: 0, when_full: retransmit}, operations: {o: {work: 50s}}}}\n"
                    "populations: {p: {does: s.o, rate: 1/s, process: regular, count: 2, %s}}\n",
                    how);
}

static void a_syn_is_sent_no_more_when_its_caller_has_left(void **state)
{
    static const char *const ways[] = {"timeout: 2500ms", "deadline: 2500ms", "patience: 2500ms"};

    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_world(impatient(ways[i]), {"SYNs sent again, after 1 and 2 s", "syn.retransmitted{service=s}", 2},
                     {"dropped", "requests.dropped{service=s}", 1}, {"done for nobody", "requests.wasted{service=s}", 1},
                     {"given up", "requests.timed_out{population=p}", 2}, {"after", "latency.max", 2.5});
}

static void a_syn_is_not_sent_at_the_moment_at_which_its_caller_leaves(void **state)
{
    static const char *const ways[] = {"timeout: 2s", "deadline: 2s", "patience: 2s", "timeouts: [2s, 1s]",
                                       "timeout: 9s, deadline: 2s"};

    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        assert_world(impatient(ways[i]), {"SYNs sent again, after 1 s alone", "syn.retransmitted{service=s}", 1},
                     {"dropped", "requests.dropped{service=s}", 1}, {"after", "latency.max", 2});
}

static void a_syn_is_sent_no_more_when_its_caller_has_crashed(void **state)
{
    (void)state;
    assert_world("name: world\n"
                 "clock: {run: 100s}\n"
                 "services:\n"
                 "  s: {queue: {limit: 0, when_full: retransmit}, operations: {o: {work: 50s}}}\n"
                 "  web: {workers: 9, operations: {open: {calls: {ask: {to: s.o}}}}}\n"
                 "populations: {p: {does: web.open, rate: 1/s, process: regular, count: 2}}\n"
                 "faults: {f: {at: +3500ms, for: 1s, target: web, crash: {}}}\n",
                 {"SYNs sent again, after 1 s", "syn.retransmitted{service=s}", 1}, {"dropped", "requests.dropped{service=s}", 1},
                 {"done for nobody", "requests.wasted{service=s}", 1}, {"refused", "requests.rejected{population=p}", 2});
}

static void entries_of_those_who_have_left_stay_in_the_accept_queue_and_are_served(void **state)
{
    (void)state;
    /* Served from 1, 6 and 11 s on; the second and the third have left by 8 and 9 s. */
    assert_world("name: world\n"
                 "clock: {run: 100s}\n"
                 "services: {s: {queue: {limit: 2, when_full: retransmit}, operations: {o: {work: 5s}}}}\n"
                 "populations: {p: {does: s.o, rate: 1/s, process: regular, count: 3, timeout: 6s}}\n",
                 {"answered in time", "requests.succeeded{population=p}", 1},
                 {"served for nobody", "requests.wasted{service=s}", 2}, {"dropped", "requests.dropped{service=s}", 0},
                 {"busy", "workers.busy.mean{service=s}", 0.15});
}

static void a_hang_fills_the_accept_queue_and_syns_come_again_until_it_is_over(void **state)
{
    (void)state;
    /* Two wait; the SYN of the third, at 3 s, comes again at 4, 5, 6, 7, 8, 10, 14 and 22 s. */
    assert_world("name: world\n"
                 "clock: {run: 100s}\n"
                 "services: {s: {workers: 9, queue: {limit: 2, when_full: retransmit}, operations: {o: {work: 100ms}}}}\n"
                 "populations: {p: {does: s.o, rate: 1/s, process: regular, count: 3}}\n"
                 "faults: {f: {at: +500ms, for: 20s, target: s, hang: {}}}\n",
                 {"the third gets in at its eighth", "syn.retransmitted{service=s}", 8},
                 {"the first waited longest", "latency.max", 19.6},
                 {"mean of 19.6, 18.6 and 19.1 s", "latency.mean", (19.6 + 18.6 + 19.1) / 3, .slack = 1e-9},
                 {"touched by the fault", "fault.touched{fault=f}", 3});
}

static void a_crash_refuses_the_next_syn(void **state)
{
    (void)state;
    /* The second client knocks at 3 s, in vain, and at 4 s, when the replica has crashed. */
    assert_world("name: world\n"
                 "clock: {run: 100s}\n"
                 "services: {s: {queue: {limit: 0, when_full: retransmit}, retry_after: 9s, operations: {o: {work: 50s}}}}\n"
                 "populations: {p: {does: s.o, rate: 1/s, process: regular, count: 2}}\n"
                 "faults: {f: {at: +3200ms, for: 20s, target: s, crash: {}}}\n",
                 {"SYNs sent again", "syn.retransmitted{service=s}", 2}, {"refused", "requests.rejected{service=s}", 1},
                 {"lost", "requests.dropped{service=s}", 1}, {"after 2.2 and 2 s", "latency.mean", 2.1},
                 {"in all", "requests.rejected{population=p}", 2});
}

static void a_cut_link_stops_syns_until_it_is_healed(void **state)
{
    (void)state;
    /* The SYN of 3 s finds the queue full; those of 4, 5, 6, 7, 9 and 13 s are lost on their way; that of 21 s gets in. */
    assert_world("name: world\n"
                 "clock: {run: 100s}\n"
                 "services: {s: {queue: {limit: 0, when_full: retransmit}, operations: {o: {work: 2500ms}}}}\n"
                 "populations: {p: {does: s.o, rate: 1/s, process: regular, count: 2}}\n"
                 "links: {way: {from: p, to: s}}\n"
                 "faults: {f: {at: +3200ms, for: 15s, target: link p->s, cut: {way: forward}}}\n",
                 {"SYNs sent again", "syn.retransmitted{service=s}", 8}, {"got in and done", "latency.max", 19 + 2.5},
                 {"arrived once each", "requests.offered{service=s}", 2});
}

static void a_partial_hang_holds_what_fits_and_the_others_come_again(void **state)
{
    (void)state;
    /* All are held; two places. The third comes again as above, enters when it is over, at 22 s. */
    assert_world("name: world\n"
                 "clock: {run: 100s}\n"
                 "services: {s: {workers: 9, queue: {limit: 2, when_full: retransmit}, operations: {o: {work: 100ms}}}}\n"
                 "populations: {p: {does: s.o, rate: 1/s, process: regular, count: 3}}\n"
                 "faults: {f: {at: +500ms, for: 20s, target: s, hang: {share: 99.9999999%}}}\n",
                 {"the third gets in at its eighth", "syn.retransmitted{service=s}", 8},
                 {"mean of 19.6, 18.6 and 19.1 s", "latency.mean", (19.6 + 18.6 + 19.1) / 3, .slack = 1e-9},
                 {"touched by the fault", "fault.touched{fault=f}", 3});
}

static void at_the_end_of_the_run_a_syn_that_comes_again_is_in_the_system(void **state)
{
    (void)state;
    assert_world("name: world\n"
                 "clock: {run: 10s}\n"
                 "services: {s: {queue: {limit: 0, when_full: retransmit}, operations: {o: {work: 50s}}}}\n"
                 "populations: {p: {does: s.o, rate: 1/s, process: regular, count: 2}}\n",
                 {"in the service", "requests.in_flight{service=s}", 2}, {"in flight", "requests.in_flight{population=p}", 2},
                 {"dropped", "requests.dropped{service=s}", 0});
}

/* Five clients lose their connection at 10 and come again at 15. One is let in by the worker (1.5 s), one waits, three SYNs are
 * dropped. At 16 there is no room for any of them; at 17 there is room for one. */
static const char *five_clients(const char *queue, const char *how)
{
    return law_text(
        "name: world\n"
        "clock: {run: 200s}\n"
        "services: {s: {queue: {limit: 1, when_full: retransmit%s}, operations: {o: {work: 1500ms}}}}\n"
        "populations: {p: {does: s.o, %ssessions: {count: 5, reconnect: {growth: fixed, base: 5s, give_up_after: 1}}}}\n"
        "faults: {f: {at: +10s, for: 1s, target: s, crash: {}}}\n",
        queue, how);
}

static void syns_of_one_moment_are_all_answered_if_there_is_room_for_the_first(void **state)
{
    (void)state;
    /* The requests of two who are connected at 17 meet a full line at 17.2 and 17.6; one finds room at 18.4, the other at 20. */
    assert_world(five_clients("", ""), {"SYNs at 16 and 17", "syn.retransmitted{service=s}", 6},
                 {"connected again", "sessions.reconnected", 5}, {"the last one after", "sessions.time_to_reconnect.max", 12.5},
                 {"dropped", "requests.dropped{service=s}", 0});
    /* Otherwise one enters at 17, one at 18, in the moment in which the line empties or a second later, and the last one at 20. */
    assert_world(five_clients(", connects_early: false", ""),
                 {"SYNs at 16, 17, 18, 19 and 20", "syn.retransmitted{service=s}", 10, .slack = 1},
                 {"connected again", "sessions.reconnected", 5}, {"the last one after", "sessions.time_to_reconnect.max", 12.5});
}

static void who_was_connected_without_being_accepted_is_served_after_he_has_left(void **state)
{
    (void)state;
    assert_world(five_clients("", "timeout: 2500ms, "), {"in time", "sessions.reconnected", 1},
                 {"served for nobody", "requests.wasted{service=s}", 4}, {"dropped", "requests.dropped{service=s}", 0});
    assert_world(five_clients(", connects_early: false", "timeout: 2500ms, "), {"in time", "sessions.reconnected", 1},
                 {"served for nobody", "requests.wasted{service=s}", 2}, {"dropped", "requests.dropped{service=s}", 2});
}

#define BLOCKING                                                                                                                   \
    "name: world\n"                                                                                                                \
    "clock: {run: 200s}\n"                                                                                                         \
    "services: {s: {queue: {limit: 1, when_full: retransmit, blocks: %s}, operations: {o: {work: 300ms}}}}\n"                      \
    "populations: {p: {does: s.o, sessions: {count: 6, reconnect: {growth: fixed, base: 5s}}}}\n"                                  \
    "faults: {f: {at: +10s, for: 1s, target: s, crash: {}}, h: {at: +16100ms, for: 600ms, target: s, hang: {}}}\n"

/* Six come at 15; at 16 the third has the worker, the fourth waits, the others are connected. The replica hangs from 16.1 to 16.7,
 * so that no request finds room before 17.0: then the fifth is asked for its ACK, and enters without its request. The worker takes
 * it at 17.2, and has the request at 17.4. */
static void a_worker_that_blocks_waits_for_the_request_of_whom_it_has_accepted(void **state)
{
    (void)state;
    assert_world(law_text(BLOCKING, "false"), {"busy for", "workers.busy.mean{service=s} * 200", 2.4, .slack = 0.001},
                 {"connected again", "sessions.reconnected", 6});
    assert_world(law_text(BLOCKING, "true"), {"busy for", "workers.busy.mean{service=s} * 200", 2.6, .slack = 0.001},
                 {"connected again", "sessions.reconnected", 6});
}

static void a_request_that_never_finds_room_is_forgotten_after_eight_times(void **state)
{
    (void)state;
    /* Connected at 17 as above; then the replica hangs for five minutes. */
    assert_world(law_text(
                     "name: world\n"
                     "clock: {run: 400s}\n"
                     "services: {s: {queue: {limit: 1, when_full: retransmit}, operations: {o: {work: 1500ms}}}}\n"
                     "populations: {p: {does: s.o, timeout: 2500ms, sessions: {count: 5, reconnect: {growth: fixed, base: 5s, "
                     "give_up_after: 1}}}}\n"
                     "faults: {f: {at: +10s, for: 1s, target: s, crash: {}}, h: {at: +17100ms, for: 300s, target: s, hang: {}}}\n"),
                 {"dropped", "requests.dropped{service=s}", 2}, {"served for nobody", "requests.wasted{service=s}", 2});
}

static void overload_controls_are_asked_when_a_syn_is_let_in(void **state)
{
    (void)state;
    /* The second would be over the limit of one inside at 2 s, but is let in when the first has left. */
    assert_world(
        "name: world\n"
        "clock: {run: 100s}\n"
        "services: {s: {queue: {limit: 0, when_full: retransmit}, static_limit: {limit: 1}, operations: {o: {work: 5s}}}}\n"
        "populations: {p: {does: s.o, rate: 1/s, process: regular, count: 2}}\n",
        {"none is refused", "requests.rejected{service=s}", 0}, {"both succeed", "requests.succeeded{population=p}", 2});
}

/* ---------------------------------------------------------------- Retry-After */

/* One client works from 1 to 11 s; the other is refused at 2 s and comes again. */
static const char *refusing(const char *service, const char *backoff)
{
    return law_text("name: world\n"
                    "clock: {run: 100s}\n"
                    "services: {s: {queue: {limit: 0}, %s, operations: {o: {work: 10s}}}}\n"
                    "populations: {p: {does: s.o, rate: 1/s, process: regular, count: 2, %s}}\n",
                    service, backoff);
}

static void a_refused_caller_stays_away_for_as_long_as_it_is_asked(void **state)
{
    (void)state;
    assert_world(refusing("retry_after: 3s", "backoff: {attempts: 9, growth: none}"),
                 {"tries at 2, 5, 8 and 11 s", "attempts{population=p}", 5}, {"the last works", "latency.max", 19});
    assert_world(refusing("retry_after: 3s, reject_work: 1s", "backoff: {attempts: 9, growth: none}"),
                 {"a refusal that waits for the worker says so, too: tries at 2 and 15 s", "attempts{population=p}", 3},
                 {"heard at 12 s, then 3 s and 10 s", "latency.max", 23});
    assert_world(refusing("retry_after: {uniform: {from: 3s, to: 3s}}", "backoff: {attempts: 9, growth: fixed, base: 4s}"),
                 {"its own delay is longer: tries at 2, 6, 10 and 14 s", "attempts{population=p}", 5});
    assert_world(refusing("retry_after: 30s", "backoff: {attempts: 9, growth: fixed, base: 4s, cap: 5s}"),
                 {"beyond the cap, too", "attempts{population=p}", 3}, {"comes back at 32 s", "latency.max", 40});
}

static void a_caller_that_honours_no_retry_after_comes_when_it_likes(void **state)
{
    (void)state;
    assert_world(refusing("retry_after: 30s", "backoff: {attempts: 99, growth: fixed, base: 1s, honours_retry_after: false}"),
                 {"tries at 2, 3, ..., 11 s", "attempts{population=p}", 11}, {"the last works", "latency.max", 19});
}

static void a_deadline_that_would_pass_meanwhile_ends_it_at_once(void **state)
{
    (void)state;
    assert_world(refusing("retry_after: 30s", "deadline: 20s, backoff: {attempts: 9, growth: none}"),
                 {"refused for good", "requests.rejected{population=p}", 1}, {"in no time", "attempts{population=p}", 2});
}

static void what_has_crashed_asks_for_nothing(void **state)
{
    (void)state;
    assert_world("name: world\n"
                 "clock: {run: 100s}\n"
                 "services: {s: {retry_after: 30s, operations: {o: {work: 1s}}}}\n"
                 "populations:\n"
                 "  p: {does: s.o, rate: 1/s, process: regular, count: 1, backoff: {attempts: 99, growth: fixed, base: 1s}}\n"
                 "faults: {f: {at: +500ms, for: 5s, target: s, crash: {}}}\n",
                 {"tries at 1, 2, 3, 4, 5 and 6 s", "attempts{population=p}", 6}, {"the last works", "latency.max", 6});
}

static void a_caller_that_hangs_meanwhile_still_stays_away(void **state)
{
    (void)state;
    /* The refusal of second 2 comes after 3 s of work, while the caller hangs, is read at 20 s, and asks for 30 s. */
    assert_world("name: world\n"
                 "clock: {run: 100s}\n"
                 "services:\n"
                 "  s: {workers: 2, queue: {limit: 0}, static_limit: {limit: 1}, reject_work: 3s, retry_after: 30s,\n"
                 "      operations: {o: {work: 10s}}}\n"
                 "  web: {operations: {open: {calls: {ask: {to: s.o, backoff: {attempts: 2, growth: none}}}}}}\n"
                 "populations:\n"
                 "  first: {does: s.o, rate: 1/s, process: regular, count: 1}\n"
                 "  p: {does: web.open, rate: 0.5/s, process: regular, count: 1}\n"
                 "faults: {f: {at: +3s, for: 17s, target: web, hang: {}}}\n",
                 {"from 2 s to 60 s", "latency.max{population=p}", 58});
}

/* ---------------------------------------------------------------- refusals that wait */

static const char *crowded(const char *limit)
{
    return law_text("name: world\n"
                    "clock: {run: 100s}\n"
                    "services: {s: {queue: {limit: 0}, reject_work: 10s, %s operations: {o: {work: 30s}}}}\n"
                    "populations: {p: {does: s.o, rate: 1/s, process: regular, count: 5}}\n",
                    limit);
}

static void no_more_refusals_wait_for_a_worker_than_their_limit(void **state)
{
    (void)state;
    /* The first has the worker from 1 to 31 s; the others come at 2, 3, 4 and 5 s, and are refused one after the other. */
    assert_world(crowded(""), {"all are refused", "requests.rejected{service=s}", 4}, {"from 5 to 71 s", "latency.max", 66});
    assert_world(crowded("reject_limit: 2,"), {"two are refused", "requests.rejected{service=s}", 2},
                 {"the others are dropped", "requests.dropped{service=s}", 2}, {"from 3 to 51 s", "latency.max", 48},
                 {"they wait for ever", "requests.in_flight{population=p}", 2});
    assert_world(crowded("reject_limit: 0,"), {"without a free worker there are none", "requests.dropped{service=s}", 4});
}

static void a_refusal_that_has_found_a_worker_makes_room_for_another(void **state)
{
    (void)state;
    /* The worker is free at 3 s, refuses from 3 to 5 s who came at 2 s, and then who came at 4 s: in its place. */
    assert_world("name: world\n"
                 "clock: {run: 100s}\n"
                 "services: {s: {queue: {limit: 0}, reject_work: 2s, reject_limit: 1, operations: {o: {work: 2s}}}}\n"
                 "populations: {p: {does: s.o, rate: 1/s, process: regular, count: 4}}\n",
                 {"those of 2 and 4 s are refused", "requests.rejected{service=s}", 2},
                 {"that of 3 s, too early or too late", "requests.dropped{service=s}", 1});
}

/* ---------------------------------------------------------------- time-outs by attempt */

static void each_attempt_has_its_own_time_out_and_the_last_repeats(void **state)
{
    static const struct {
        const char *waits;
        double tries, seconds;
    } cases[] = {
        {"timeouts: [1s, 2s, 4s], backoff: {attempts: 5, growth: none}", 5, 1 + 2 + 4 + 4 + 4},
        {"timeouts: [1s, 2s, 4s], backoff: {attempts: 2, growth: none}", 2, 1 + 2},
        {"timeouts: [3s, 1s, 3s], backoff: {attempts: 4, growth: fixed, base: 1s}", 4, 3 + 1 + 1 + 1 + 3 + 1 + 3},
        {"timeouts: [1s]", 1, 1},
        {"resolver: glibc", 2, 5 + 5},
        {"resolver: windows", 5, 1 + 1 + 2 + 4 + 4},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_world(law_text("name: world\n"
                              "clock: {run: 100s}\n"
                              "services: {s: {workers: 9, operations: {o: {work: 99s}}}}\n"
                              "populations: {p: {does: s.o, rate: 1/s, process: regular, count: 1, %s}}\n",
                              cases[i].waits),
                     {"tries", "attempts{population=p}", cases[i].tries}, {"given up after", "latency.max", cases[i].seconds});
}

/* ---------------------------------------------------------------- attempts that a server counts */

static const char *filtered(const char *filter, const char *client)
{
    return law_text("name: world\n"
                    "clock: {run: 100s}\n"
                    "services: {s: {workers: 2, retry_filter: {%s}, operations: {o: {work: 20s}}}}\n"
                    "populations: {p: {does: s.o, rate: 1/s, process: regular, count: 3, %s}}\n",
                    filter, client);
}

static void a_retry_filter_drops_what_has_been_tried_before(void **state)
{
    static const char thrice[] = "timeout: 10s, backoff: {attempts: 3, growth: none}";

    (void)state;
    assert_world(filtered("attempts: 1", thrice), {"arrived", "requests.offered{service=s}", 9},
                 {"second and third attempts are dropped", "requests.dropped{service=s}", 6},
                 {"in silence", "requests.rejected{service=s}", 0}, {"given up after 30 s", "latency.max", 30},
                 {"done for nobody", "requests.wasted{service=s}", 3});
    assert_world(filtered("attempts: 2", thrice), {"only third attempts are dropped", "requests.dropped{service=s}", 3});
    assert_world(filtered("attempts: 2", "resolver: windows"), {"of a resolver, the last three", "requests.dropped{service=s}", 9});
    assert_world(filtered("attempts: 1", ""), {"who tries once is always let in", "requests.succeeded{population=p}", 3});
}

static void a_retry_filter_acts_only_while_enough_wait(void **state)
{
    (void)state;
    /* The third waits from 3 s on. Second attempts come at 11, 12 and 13 s: with one, two and three in line. */
    assert_world(filtered("attempts: 1, waiting: 2", "timeout: 10s, backoff: {attempts: 2, growth: none}"),
                 {"the first second attempt passes", "requests.offered{service=s}", 6},
                 {"the others do not", "requests.dropped{service=s}", 2});
    assert_world(filtered("attempts: 1, waiting: 9", "timeout: 10s, backoff: {attempts: 2, growth: none}"),
                 {"all pass", "requests.dropped{service=s}", 0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dropped_syn_comes_again_after_1_2_3_4_5_7_11_19_35_67_s),
        cmocka_unit_test(without_linear_time_outs_after_1_3_7_15_31_63_s),
        cmocka_unit_test(a_syn_is_sent_no_more_when_its_caller_has_left),
        cmocka_unit_test(a_syn_is_not_sent_at_the_moment_at_which_its_caller_leaves),
        cmocka_unit_test(a_syn_is_sent_no_more_when_its_caller_has_crashed),
        cmocka_unit_test(entries_of_those_who_have_left_stay_in_the_accept_queue_and_are_served),
        cmocka_unit_test(a_hang_fills_the_accept_queue_and_syns_come_again_until_it_is_over),
        cmocka_unit_test(a_crash_refuses_the_next_syn),
        cmocka_unit_test(a_cut_link_stops_syns_until_it_is_healed),
        cmocka_unit_test(a_partial_hang_holds_what_fits_and_the_others_come_again),
        cmocka_unit_test(at_the_end_of_the_run_a_syn_that_comes_again_is_in_the_system),
        cmocka_unit_test(syns_of_one_moment_are_all_answered_if_there_is_room_for_the_first),
        cmocka_unit_test(who_was_connected_without_being_accepted_is_served_after_he_has_left),
        cmocka_unit_test(a_worker_that_blocks_waits_for_the_request_of_whom_it_has_accepted),
        cmocka_unit_test(a_request_that_never_finds_room_is_forgotten_after_eight_times),
        cmocka_unit_test(overload_controls_are_asked_when_a_syn_is_let_in),
        cmocka_unit_test(a_refused_caller_stays_away_for_as_long_as_it_is_asked),
        cmocka_unit_test(a_caller_that_honours_no_retry_after_comes_when_it_likes),
        cmocka_unit_test(a_deadline_that_would_pass_meanwhile_ends_it_at_once),
        cmocka_unit_test(what_has_crashed_asks_for_nothing),
        cmocka_unit_test(a_caller_that_hangs_meanwhile_still_stays_away),
        cmocka_unit_test(no_more_refusals_wait_for_a_worker_than_their_limit),
        cmocka_unit_test(a_refusal_that_has_found_a_worker_makes_room_for_another),
        cmocka_unit_test(each_attempt_has_its_own_time_out_and_the_last_repeats),
        cmocka_unit_test(a_retry_filter_drops_what_has_been_tried_before),
        cmocka_unit_test(a_retry_filter_acts_only_while_enough_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
