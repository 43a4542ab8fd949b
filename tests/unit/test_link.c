/* test_link - attempts and answers on their way: who hears of them, who pays, and where each packet is counted */
#include "law/law.h"

#include "base/selector.h"
#include "run/inside.h"

/* One run of a world without chance: claims are numbers. */
#define assert_world(text, ...)                                                                                                    \
    do {                                                                                                                           \
        struct law_plan world_plan = {.runs = 1, .yaml = "name: world\n" text};                                                    \
                                                                                                                                   \
        assert_law(world_plan, __VA_ARGS__);                                                                                       \
    } while (0)

/* ---------------------------------------------------------------- selectors */

static void a_link_is_named_by_its_ends_and_a_part_of_its_callers(void **state)
{
    struct link_selector s;

    (void)state;
    assert_true(selector_link("link people->gateway", &s));
    assert_true(span_is(s.from, "people") && span_is(s.to, "gateway") && !s.has_partition && !s.region.length);
    assert_true(selector_link("link north-america->edge-[17]", &s));
    assert_true(span_is(s.from, "north-america") && span_is(s.to, "edge-") && s.has_partition && s.partition == 17);
    assert_true(selector_link("link a->b@europe", &s));
    assert_true(span_is(s.to, "b") && span_is(s.region, "europe"));
}

static void what_names_no_link_is_refused(void **state)
{
    static const char *const wrong[] = {"",
                                        "gateway",
                                        "link",
                                        "link a",
                                        "link ->b",
                                        "link a->",
                                        "link a->b[",
                                        "link a->b[]",
                                        "link a->b[-1]",
                                        "link a->b[1]x",
                                        "link a->b@",
                                        "link a->b@x[1]",
                                        "link a b->c",
                                        "link a->b c",
                                        "link a->b.c",
                                        "link a[1]->b",
                                        "link a->b[1]@x"};
    struct link_selector s;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (selector_link(wrong[i], &s))
            fail_msg("'%s' was taken for a link", wrong[i]);
}

/* ---------------------------------------------------------------- giving up while it crosses */

static void a_time_out_runs_while_packets_cross(void **state)
{
    (void)state;
    /* 400 ms there, 300 ms of work, 400 ms back. */
    assert_world("clock: {run: 100s}\n"
                 "services: {s: {workers: 100, operations: {o: {work: 300ms}}}}\n"
                 "populations: {p: {does: s.o, rate: 10/s, process: regular, until: +90s, timeout: 1s}}\n"
                 "links: {l: {from: p, to: s, delay: 400ms}}\n",
                 {"all give up", "requests.timed_out{population=p} - requests.offered{population=p}", 0},
                 {"at their time-out", "latency.max", 1},
                 {"all was done in vain", "requests.wasted{service=s} - requests.offered{service=s}", 0});
    /* The request itself is late. */
    assert_world("clock: {run: 100s}\n"
                 "services: {s: {workers: 100, operations: {o: {work: 300ms}}}}\n"
                 "populations: {p: {does: s.o, rate: 10/s, process: regular, until: +90s, timeout: 10s, deadline: 200ms}}\n"
                 "links: {l: {from: p, to: s, delay: 400ms}}\n",
                 {"all give up at their deadline", "latency.max", 0.2},
                 {"all was done in vain", "requests.wasted{service=s} - requests.offered{population=p}", 0});
}

static void who_leaves_while_his_request_crosses_leaves_as_it_arrives(void **state)
{
    (void)state;
    assert_world("clock: {run: 100s}\n"
                 "services: {s: {on_timeout: leave, operations: {o: {work: 300ms}}}}\n"
                 "populations: {p: {does: s.o, rate: 10/s, process: regular, until: +90s, timeout: 200ms}}\n"
                 "links: {l: {from: p, to: s, delay: 400ms}}\n",
                 {"all give up", "requests.timed_out{population=p} - requests.offered{population=p}", 0},
                 {"all arrive", "requests.offered{service=s} - requests.offered{population=p}", 0},
                 {"and leave", "requests.dropped{service=s} - requests.offered{service=s}", 0},
                 {"nobody works", "utilization{service=s}", 0});
}

static void who_has_no_time_out_waits_for_ever(void **state)
{
    (void)state;
    assert_world("clock: {run: 100s}\n"
                 "services: {s: {workers: 100, operations: {o: {work: 1ms}}}}\n"
                 "populations: {p: {does: s.o, rate: 10/s, process: regular, until: +90s}}\n"
                 "links: {l: {from: p, to: s}}\n"
                 "faults: {f: {at: +50050ms, for: 10s, target: link p->s, cut: {}}}\n",
                 {"in flight", "requests.in_flight{population=p}", 100}, {"others are served", "requests.failed{population=p}", 0},
                 {"lost", "links.lost", 100});
}

/* ---------------------------------------------------------------- who is held, who is told */

static void a_caller_is_held_while_its_packets_cross(void **state)
{
    (void)state;
    assert_world("clock: {run: 100s}\n"
                 "services:\n"
                 "  db: {workers: 100, operations: {q: {work: 10ms}}}\n"
                 "  web: {workers: 100, operations: {buy: {calls: {a: {to: db.q}}}}}\n"
                 "populations: {p: {does: web.buy, rate: 10/s, process: regular, until: +90s}}\n"
                 "links: {l: {from: web, to: db, delay: 95ms}}\n",
                 {"latency", "latency.max", 0.2}, {"held", "workers.held.mean{service=web}@[10s,80s]", 2, .slack = 1e-6});
}

static void a_refusal_crosses_back_as_an_answer_does(void **state)
{
    (void)state;
    /* A crash: refused at once, and heard one delay later. */
    assert_world("clock: {run: 100s}\n"
                 "services: {s: {workers: 100, operations: {o: {work: 10ms}}}}\n"
                 "populations: {p: {does: s.o, rate: 10/s, process: regular, until: +90s, timeout: 1s}}\n"
                 "links: {l: {from: p, to: s, delay: 100ms}}\n"
                 "faults: {f: {at: +0s, target: s, crash: {}}}\n",
                 {"refused", "requests.rejected{population=p} - requests.offered{population=p}", 0},
                 {"there and back", "latency.max", 0.2},
                 {"counted once", "requests.rejected{service=s} - requests.offered{service=s}", 0});
    /* The same while answers are cut off: silence. */
    assert_world("clock: {run: 100s}\n"
                 "services: {s: {workers: 100, operations: {o: {work: 10ms}}}}\n"
                 "populations: {p: {does: s.o, rate: 10/s, process: regular, until: +90s, timeout: 1s}}\n"
                 "links: {l: {from: p, to: s, delay: 100ms}}\n"
                 "faults:\n"
                 "  f: {at: +0s, target: s, crash: {}}\n"
                 "  g: {at: +0s, target: link p->s, cut: {way: back}}\n",
                 {"nobody is refused", "requests.rejected{population=p}", 0},
                 {"they wait", "requests.timed_out{population=p} - requests.offered{population=p}", 0},
                 {"counted once", "requests.rejected{service=s} - requests.offered{service=s}", 0});
}

static void a_crash_loses_what_has_arrived_and_nothing_that_crosses(void **state)
{
    (void)state;
    /* At 50.05 s ten are at work, ten on their way there, ten on their way back; it is up again before any arrives. */
    assert_world("clock: {run: 100s}\n"
                 "services: {s: {workers: 100, operations: {o: {work: 1s}}}}\n"
                 "populations: {p: {does: s.o, rate: 10/s, process: regular, until: +90s, timeout: 10s}}\n"
                 "links: {l: {from: p, to: s, delay: 1s}}\n"
                 "faults: {f: {at: +50050ms, for: 10ms, target: s, crash: {}}}\n",
                 {"lost", "requests.dropped{service=s}", 10}, {"their callers hear of it", "requests.rejected{population=p}", 10},
                 {"no others", "requests.failed{population=p}", 10});
}

static void nothing_comes_back_of_a_call_that_nobody_waits_for(void **state)
{
    (void)state;
    assert_world("clock: {run: 100s}\n"
                 "services:\n"
                 "  log: {workers: 100, operations: {put: {work: 10ms}}}\n"
                 "  web: {workers: 100, operations: {buy: {calls: {a: {to: log.put, async: true}}}}}\n"
                 "populations: {p: {does: web.buy, rate: 10/s, process: regular, until: +90s}}\n"
                 "links: {l: {from: web, to: log, delay: 1s}}\n"
                 "faults: {f: {at: +50050ms, for: 10s, target: link web->log, cut: {}}}\n",
                 {"one packet each", "links.crossed + links.lost - requests.offered{population=p}", 0}, {"lost", "links.lost", 100},
                 {"none was waited for", "latency.max", 0},
                 {"all that arrive are useful", "requests.succeeded{service=log} - links.crossed", 0});
}

static void mail_crosses_links_too(void **state)
{
    (void)state;
    assert_world("clock: {run: 1000s}\n"
                 "services: {box: {workers: 100, operations: {put: {work: 100ms}}}}\n"
                 "transports:\n"
                 "  hub:\n"
                 "    senders: {x: {rate: 1/s, process: regular, until: +900s}}\n"
                 "    delivery: {workers: 20, calls: {put: {to: box.put, timeout: 15s}}}\n"
                 "links: {l: {from: hub, to: box, delay: 200ms}}\n",
                 {"delay", "mail.delay.max", 0.5}, {"all delivered", "mail.delivered - mail.offered", 0});
}

/* ---------------------------------------------------------------- cuts on cuts */

static void a_second_cut_keeps_holding_what_the_first_held(void **state)
{
    (void)state;
    assert_world("clock: {run: 100s}\n"
                 "services: {s: {workers: 10000, operations: {o: {}}}}\n"
                 "populations: {p: {does: s.o, rate: 100/s, process: regular, until: +90s}}\n"
                 "links: {l: {from: p, to: s}}\n"
                 "faults:\n"
                 "  f: {at: +20005ms, for: 10s, target: link p->s, cut: {packets: held}}\n"
                 "  g: {at: +25005ms, for: 10s, target: link p->s, cut: {packets: held, way: forward}}\n",
                 {"the first waits longest", "latency.max", 15, .slack = 0.01}, {"all are served", "availability", 1},
                 {"each is touched once", "fault.touched", 1500});
    /* The second loses what the first lets go. */
    assert_world("clock: {run: 100s}\n"
                 "services: {s: {workers: 10000, operations: {o: {}}}}\n"
                 "populations: {p: {does: s.o, rate: 100/s, process: regular, until: +90s, timeout: 60s}}\n"
                 "links: {l: {from: p, to: s}}\n"
                 "faults:\n"
                 "  f: {at: +20005ms, for: 10s, target: link p->s, cut: {packets: held}}\n"
                 "  g: {at: +25005ms, for: 10s, target: link p->s, cut: {way: forward}}\n",
                 {"lost", "requests.timed_out{population=p}", 1500}, {"by the link", "links.lost", 1500});
}

static void what_is_held_goes_on_in_its_order(void **state)
{
    (void)state;
    /* Ten seconds of requests over a link that carries 200/s: the last of them is there five seconds after healing, and was held
     * for no time. */
    assert_world("clock: {run: 100s}\n"
                 "services: {s: {workers: 10000, operations: {o: {}}}}\n"
                 "populations: {p: {does: s.o, rate: 100/s, process: regular, until: +90s}}\n"
                 "links: {l: {from: p, to: s, capacity: 200/s}}\n"
                 "faults: {f: {at: +20005ms, for: 10s, target: link p->s, cut: {packets: held, way: forward}}}\n",
                 {"the first waited for the cut alone", "latency.max{population=p}@[20s,20015ms]", 10.005, .slack = 1e-6},
                 {"the last for those before it", "latency.max{population=p}@[30s,30006ms]", 5.005, .slack = 0.011});
}

static void a_cut_at_the_end_of_the_run_still_holds(void **state)
{
    (void)state;
    assert_world("clock: {run: 100s}\n"
                 "services: {s: {workers: 10000, operations: {o: {}}}}\n"
                 "populations: {p: {does: s.o, rate: 10/s, process: regular}}\n"
                 "links: {l: {from: p, to: s}}\n"
                 "faults: {f: {at: +90050ms, target: link p->s, cut: {packets: held, way: back}}}\n",
                 {"callers wait", "requests.in_flight{population=p} - requests.in_flight{service=s}", 0},
                 {"for answers that nobody knows the use of", "requests.in_flight{service=s}", 100, .slack = 1});
}

static void a_cut_that_comes_and_goes_takes_its_share(void **state)
{
    (void)state;
    assert_world("clock: {run: 1000s}\n"
                 "services: {s: {workers: 10000, operations: {o: {}}}}\n"
                 "populations: {p: {does: s.o, rate: 10/s, process: regular, until: +900s, timeout: 1s}}\n"
                 "links: {l: {from: p, to: s}}\n"
                 "faults: {f: {at: +0s, target: link p->s, cut: {flap: {failing: 1s, working: 3s}}}}\n",
                 {"lost", "availability", 0.75, .slack = 0.001});
}

/* ---------------------------------------------------------------- those who keep connections */

struct heard {
    unsigned begins, ends;
    struct link_cut last;
};

static void hear(void *context, const struct link_cut *cut, bool begins)
{
    struct heard *h = context;

    h->begins += begins;
    h->ends += !begins;
    h->last = *cut;
}

static void listeners_hear_of_cuts_and_may_ask_whom_they_concern(void **state)
{
    static const char text[] = "name: world\n"
                               "clock: {run: 100s}\n"
                               "partitions: {count: 4}\n"
                               "services: {s: {workers: 100, operations: {o: {work: 1ms}}}}\n"
                               "populations: {p: {does: s.o, rate: 10/s, timeout: 1s}, q: {does: s.o, rate: 10/s}}\n"
                               "links: {l: {from: p, to: s}}\n"
                               "faults:\n"
                               "  f: {at: +10s, for: 10s, target: 'link p->s[2]', cut: {way: back}}\n"
                               "  g: {at: +15s, for: 10s, target: link p->s, cut: {way: forward, packets: held}}\n"
                               "  h: {at: +40s, for: 10s, target: link p->s, lossy: {loss: 50%}}\n";
    struct law_plan plan = {.yaml = text};
    struct run_options options = {.seed = 1, .repeat = "a test of links"};
    Stormcell__Scenario *sc = law_bind(&plan);
    struct run *run = run_create(sc, &options);
    /* Operations come first: there is one. */
    const uint32_t of_p = 1, of_q = 2;
    struct heard h = {0};

    (void)state;
    flow_listen_links(run->flow, hear, &h);
    assert_int_equal(flow_link_of(run->flow, of_p, FLOW_NONE), 1);
    assert_int_equal(flow_link_of(run->flow, of_q, FLOW_NONE), 0);
    run_until(run, 12 * INT64_C(1000000000));
    assert_int_equal(h.begins, 1);
    assert_true(link_covers(&h.last.cover, 2) && !link_covers(&h.last.cover, 1) && !link_covers(&h.last.cover, 3));
    assert_int_equal(flow_link_broken(run->flow, 1, 2), 1 << LINK_BACK);
    assert_int_equal(flow_link_broken(run->flow, 1, 1), 0);
    run_until(run, 17 * INT64_C(1000000000));
    assert_true(h.begins == 2 && h.ends == 0 && h.last.held);
    assert_int_equal(flow_link_broken(run->flow, 1, 2), 1 << LINK_BACK | 1 << LINK_FORWARD);
    assert_int_equal(flow_link_broken(run->flow, 1, 1), 1 << LINK_FORWARD);
    assert_int_equal(flow_link_broken(run->flow, 0, 1), 0);
    run_until(run, run_end(run));
    assert_true(h.begins == 2 && h.ends == 2);
    assert_int_equal(flow_link_broken(run->flow, 1, 2), 0);
    result_free(run_finish(run));
    run_free(run);
    stormcell__scenario__free_unpacked(sc, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_is_named_by_its_ends_and_a_part_of_its_callers),
        cmocka_unit_test(what_names_no_link_is_refused),
        cmocka_unit_test(a_time_out_runs_while_packets_cross),
        cmocka_unit_test(who_leaves_while_his_request_crosses_leaves_as_it_arrives),
        cmocka_unit_test(who_has_no_time_out_waits_for_ever),
        cmocka_unit_test(a_caller_is_held_while_its_packets_cross),
        cmocka_unit_test(a_refusal_crosses_back_as_an_answer_does),
        cmocka_unit_test(a_crash_loses_what_has_arrived_and_nothing_that_crosses),
        cmocka_unit_test(nothing_comes_back_of_a_call_that_nobody_waits_for),
        cmocka_unit_test(mail_crosses_links_too),
        cmocka_unit_test(a_second_cut_keeps_holding_what_the_first_held),
        cmocka_unit_test(what_is_held_goes_on_in_its_order),
        cmocka_unit_test(a_cut_at_the_end_of_the_run_still_holds),
        cmocka_unit_test(a_cut_that_comes_and_goes_takes_its_share),
        cmocka_unit_test(listeners_hear_of_cuts_and_may_ask_whom_they_concern),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
