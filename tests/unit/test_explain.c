/* What a reader is told of a scenario that he has never seen: exact sentences, above all those that are computed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/explain.h"
#include "stormcell/scenario.h"

/* The explanation of a scenario with a NULL-terminated list of assignments laid over it; to be freed. */
static char *explanation(const char *yaml, const char *const *set)
{
    struct scenario_overlay overlay = {.set = set};
    struct diag *d = diag_create();
    struct scenario_file *f = scenario_open_memory("test.yaml", yaml, strlen(yaml), d);
    Stormcell__Scenario *sc;
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    while (set[overlay.set_count])
        overlay.set_count++;
    sc = f ? scenario_bind(f, &overlay, d) : NULL;
    diag_print(d, stderr);
    assert_non_null(sc);
    explain_print(sc, out);
    fclose(out);
    stormcell__scenario__free_unpacked(sc, NULL);
    scenario_file_free(f);
    diag_free(d);
    return text;
}

/* Lines are broken for people; here each run of blanks and line feeds is one blank. */
static void join_lines(char *text)
{
    char *to = text;

    for (const char *from = text; *from; from++)
        if (!isspace((unsigned char)*from))
            *to++ = *from;
        else if (to > text && to[-1] != ' ')
            *to++ = ' ';
    *to = '\0';
}

static void says(bool wanted, const char *yaml, const char *const *set, const char *sentence)
{
    char *text = explanation(yaml, set);

    join_lines(text);
    if ((strstr(text, sentence) != NULL) != wanted)
        fail_msg("%s: '%s' in\n%s", wanted ? "missing" : "not expected", sentence, text);
    free(text);
}

#define ASSIGNED(...) ((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})
#define assert_says(yaml, sentence, ...) says(true, yaml, ASSIGNED(__VA_ARGS__), sentence)
#define assert_silent(yaml, sentence, ...) says(false, yaml, ASSIGNED(__VA_ARGS__), sentence)

/* Mail of ten partitions through one pool: 50 messages a second, so 5 to each. */
static const char mail[] = "name: post\n"
                           "clock: {start: 2014-06-24T10:30Z, run: 14h}\n"
                           "partitions: {count: 10, users: 1000, tenants: 10}\n"
                           "services:\n"
                           "  directory: {per: partition, workers: 4, operations: {resolve: {work: 10ms}}}\n"
                           "transports:\n"
                           "  hub:\n"
                           "    senders: {inside: {rate: 50/s, inside: true}}\n"
                           "    delivery: {workers: 120, calls: {resolve: {to: directory.resolve, timeout: 30s}}}\n"
                           "faults:\n"
                           "  stops: {at: 12:00Z, for: 7h, target: \"directory[3]\", hang: {}}\n";

/* A front end that everybody shares, before a directory of ten partitions. */
static const char web[] = "name: web\n"
                          "clock: {run: 1h}\n"
                          "partitions: {count: 10, users: 1000, tenants: 10}\n"
                          "services:\n"
                          "  directory: {per: partition, workers: 1, operations: {login: {work: 20ms}}}\n"
                          "  front:\n"
                          "    workers: 30\n"
                          "    operations: {open: {work: 5ms, calls: {login: {to: directory.login, timeout: 8s}}}}\n"
                          "populations:\n"
                          "  people: {does: front.open, rate: 50/s, timeout: 10s}\n"
                          "faults:\n"
                          "  stops: {at: +10m, for: 5m, target: \"directory[3]\", hang: {}}\n";

/* ---------------------------------------------------------------- the whole */

static void a_small_scenario_reads_like_this(void **state)
{
    static const char yaml[] = "name: small\n"
                               "question: Does it come back?\n"
                               "clock: {run: 15m}\n"
                               "services: {shop: {workers: 10, operations: {buy: {work: 20ms}}}}\n"
                               "populations: {people: {does: shop.buy, rate: 300/s, timeout: 1s}}\n"
                               "faults: {freeze: {at: +1m, for: 1m, target: shop, hang: {}}}\n";
    static const char expected[] =
        "small\n"
        "\n"
        "  Does it come back?\n"
        "\n"
        "WHEN\n"
        "  15 min. Times are from the start: +1 min is a minute after it.\n"
        "\n"
        "WHO\n"
        "  1000 users of 1 tenant.\n"
        "\n"
        "SERVICES\n"
        "  shop: 10 workers that serve everybody. Any number may wait in line.\n"
        "\n"
        "WHO CALLS WHAT\n"
        "  people -> shop.buy: time-out 1 s, no retry\n"
        "    shop.buy works 20 ms\n"
        "\n"
        "LOAD\n"
        "  people: requests at 300/s\n"
        "\n"
        "HOW BUSY THAT MAKES THEM (on average, at level 1 of profiles, without faults and retries)\n"
        "  shop: 300/s x 20 ms = 6 of 10 workers busy: 60 %\n"
        "\n"
        "WHAT BREAKS\n"
        "  freeze: shop hangs, from +1 min, for 1 min (to +2 min).\n"
        "    Silence: it neither serves nor refuses.\n"
        "    It reaches people, by shop.buy.\n"
        "\n"
        "WHEN A PARTITION IS HEALTHY\n"
        "  In every interval of 1 min in which its goodput reaches 95 % of what the same seed shows without\n"
        "    faults.\n"
        "\n"
        "TERMS\n"
        "  goodput: requests that succeeded, a second.\n"
        "  hang: a server that is silent: it neither serves nor refuses, so that callers wait out their\n"
        "    time-out.\n"
        "  partition: a part of the directory that holds some tenants and their users, and fails by itself.\n"
        "  profile: how a rate changes over time; level 1 is the rate as written.\n"
        "  retry: another attempt at a request that failed.\n"
        "  tenant: an organisation that is a customer; its users live in one partition.\n"
        "  time-out: how long a caller waits for one attempt; whoever gives up does not stop the work he\n"
        "    asked for.\n"
        "  worker: what serves one request at a time, and is held while it waits for others.\n";
    char *text = explanation(yaml, ASSIGNED());

    assert_string_equal(text, expected);
    free(text);
}

/* ---------------------------------------------------------------- the flaw */

/* 35/s from outside; half of what b has done comes back to a, which sends 60 % to b: 35 / (1 - 0.3). */
static void what_comes_back_in_loops_is_work_too(void **state)
{
    static const char loop[] =
        "name: loop\n"
        "clock: {run: 1h}\n"
        "services:\n"
        "  a: {workers: 2, operations: {o: {work: 20ms, calls: {on: {to: b.o, async: true, share: 60%}}}}}\n"
        "  b: {workers: 4, operations: {o: {work: 50ms, calls: {back: {to: a.o, async: true, share: 50%}, in: {to: c.o}}}}}\n"
        "  c: {workers: 1, operations: {o: {work: 10ms}}}\n"
        "populations: {p: {does: a.o, rate: 35/s}}\n";

    (void)state;
    assert_says(loop, "a: 50/s x 20 ms = 1 of 2 workers busy: 50 %");
    assert_says(loop, "b: 30/s x (50 ms + 10 ms) = 1.8 of 4 workers busy: 45 %");
    assert_says(loop, "c: 30/s x 10 ms = 0.3 of 1 worker busy: 30 %");
}

static void a_silent_partition_that_can_hold_the_whole_mail_pool_is_the_flaw(void **state)
{
    assert_says(mail,
                "hub: 5/s meet the fault and wait 30 s in call resolve: 5/s x 30 s = 150 workers held, but there are only 120 "
                "that all partitions share. This is the flaw: one silent partition can take all of them, and then the mail of "
                "every partition waits.");
}

static void a_pool_that_is_larger_has_no_flaw(void **state)
{
    assert_says(mail, "5/s x 30 s = 150 workers held of the 240 that all partitions share (62.5 %). Retries come on top of that.",
                "hub.delivery.workers=240");
    assert_silent(mail, "flaw", "hub.delivery.workers=240");
}

static void a_shorter_time_out_cures_it(void **state)
{
    assert_says(mail, "5/s x 10 s = 50 workers held of the 120 that all partitions share (41.67 %).",
                "hub.delivery.calls.resolve.timeout=10s");
    assert_silent(mail, "flaw", "hub.delivery.calls.resolve.timeout=10s");
}

static void a_call_without_time_out_fills_the_pool_in_time(void **state)
{
    assert_says(mail,
                "hub: call resolve has no time-out, and 5/s meet the fault, so the 120 workers that all partitions share are all "
                "held after 24 s. This is the flaw",
                "hub.delivery.calls.resolve.timeout=null");
}

static void more_attempts_hold_for_longer_up_to_the_deadline(void **state)
{
    assert_says(mail, "wait 1 min 30 s in call resolve: 5/s x 1 min 30 s = 450 workers held",
                "hub.delivery.calls.resolve.backoff={attempts: 3}");
    assert_says(mail, "5/s x 40 s = 200 workers held", "hub.delivery.calls.resolve.backoff={attempts: 3}",
                "hub.delivery.calls.resolve.deadline=40s");
}

static void the_impatient_hold_as_long_as_their_patience(void **state)
{
    static const char set[] = "hub.delivery.calls.resolve.patience={exponential: {mean: 10s}}";

    assert_says(mail, "resolve -> directory.resolve: time-out 30 s, patience 10 s on average, exponential, no retry", set);
    assert_says(mail, "5/s x 10 s = 50 workers held of the 120", set);
}

static void a_share_of_requests_holds_a_share_of_workers(void **state)
{
    assert_says(mail, "stops: directory[3] hangs, for 70 % of requests, from 12:00Z", "stops.hang.share=70%");
    assert_says(mail, "hub: 3.5/s meet the fault and wait 30 s in call resolve: 3.5/s x 30 s = 105 workers held of the 120",
                "stops.hang.share=70%");
}

static void every_recipient_is_a_delivery(void **state)
{
    assert_says(mail, "hub.inside: messages at 50/s, to 2 recipients on average, so deliveries at 100/s",
                "hub.senders.inside.recipients={mean: 2, max: 1000}");
    assert_says(mail, "10/s x 30 s = 300 workers held, but there are only 120",
                "hub.senders.inside.recipients={mean: 2, max: 1000}");
}

static void a_bulkhead_says_how_many_it_leaves(void **state)
{
    static const char set[] = "hub.delivery.bulkhead={by: partition, limit: 12, when_full: defer}";

    assert_says(mail,
                "there are only 120 that all partitions share. The bulkhead lets them hold 12 at most, so 108 of 120 are left "
                "for the others.",
                set);
    assert_says(mail, "isolation: bulkhead (by partition, limit 12, when_full defer)", set);
    assert_silent(mail, "This is the flaw", set);
}

static void a_bulkhead_whose_line_holds_everybody_up_is_no_cure(void **state)
{
    assert_says(mail, "This is the flaw", "hub.delivery.bulkhead={by: partition, limit: 12, when_full: wait}");
}

static void a_window_for_each_destination_bounds_it_too(void **state)
{
    assert_says(mail, "The window lets them hold 20 at most, so 100 of 120 are left for the others.", "hub.delivery.window={}");
}

/* Time-outs by attempt; a resolver is shown as what it stands for. */
static void each_attempt_is_waited_for_by_its_own_time_out(void **state)
{
    static const char none[] = "hub.delivery.calls.resolve.timeout=null", list[] = "hub.delivery.calls.resolve.timeouts=[2s, 4s]",
                      tries[] = "hub.delivery.calls.resolve.backoff={attempts: 4, growth: none}";

    assert_says(mail, "resolve -> directory.resolve: time-outs 2 s, 4 s, backoff", none, list, tries);
    assert_says(mail, "5/s x 14 s = 70 workers held of the 120", none, list, tries); /* 2 + 4 + 4 + 4 s */
    assert_says(mail, "5/s x 2 s = 10 workers held of the 120", none, list);
    assert_says(web, "people -> front.open: time-outs 1 s, 1 s, 2 s, 4 s, 4 s, backoff (attempts 5, growth none",
                "people.timeout=null", "people.resolver=windows");
    assert_says(web, "Retries can raise what is asked of directory from 5/s to 25/s.", "people.timeout=null",
                "people.resolver=windows");
}

static void an_accept_queue_tells_its_timetable(void **state)
{
    static const char accept[] = "front.queue={limit: 129, when_full: retransmit, syn: exponential}";

    assert_says(web, "At most 129 may wait in line; one more meets an accept queue", accept);
    assert_says(web, "Seconds after the first SYN: 1, 3, 7, 15, 31, 63: Linux before that, or with linear time-outs off.", accept);
    assert_says(web, "SYN: the packet that opens a connection", accept);
}

static void a_refusal_says_how_long_to_stay_away(void **state)
{
    assert_says(web, "A refusal asks its caller to stay away for 30 s.", "front.retry_after=30s");
}

static void a_breaker_ends_the_waiting(void **state)
{
    assert_says(mail, "The breaker ends that while it is open: calls fail at once then, and hold nobody.",
                "hub.delivery.calls.resolve.breaker={by: partition}");
    assert_silent(mail, "This is the flaw", "hub.delivery.calls.resolve.breaker={by: partition}");
}

static void a_partition_with_a_lane_holds_its_own_workers_only(void **state)
{
    assert_says(mail, "5/s x 30 s = 150 workers held, but there are only 6 of lane apart. Whoever needs them waits.",
                "hub.delivery.lanes={apart: {partitions: [3], workers: 6}}");
}

static void a_front_end_that_all_partitions_share_has_the_flaw_too(void **state)
{
    assert_says(web,
                "front: 5/s meet the fault and wait 8 s in call login: 5/s x 8 s = 40 workers held, but there are only 30 that "
                "all partitions share. This is the flaw: one silent partition can take all of them, and then users of every "
                "partition wait.");
}

static void a_front_end_of_the_partition_itself_hurts_nobody_else(void **state)
{
    assert_says(web, "40 workers held, but there are only 30 of the partition. Whoever needs them waits.", "front.per=partition");
    assert_silent(web, "flaw", "front.per=partition");
}

static void one_silent_replica_of_four_meets_a_quarter(void **state)
{
    assert_says(web, "front: 1.25/s meet the fault and wait 8 s in call login: 1.25/s x 8 s = 10 workers held of the 30",
                "directory.replicas=4", "stops.target=directory[3].replica[0]");
}

static void a_slow_partition_holds_as_long_as_it_works(void **state)
{
    assert_says(web, "stops: directory[3] slows down: work takes 100 times as long",
                "stops={at: +10m, target: 'directory[3]', slow: {factor: 100}}");
    assert_says(web, "5/s x 2 s = 10 workers held of the 30", "stops={at: +10m, target: 'directory[3]', slow: {factor: 100}}");
}

static void a_crash_holds_nobody(void **state)
{
    assert_silent(web, "workers held", "stops={at: +10m, target: 'directory[3]', crash: {}}");
    assert_says(web, "stops: directory[3] crashes, from +10 min to the end of the run, for nobody repairs it.",
                "stops={at: +10m, target: 'directory[3]', crash: {}}");
}

/* ---------------------------------------------------------------- load */

static void a_worker_is_busy_with_its_work_and_with_its_calls(void **state)
{
    assert_says(web,
                "front: 50/s x (5 ms + 20 ms) = 1.25 of 30 workers busy: 4.17 %, the second part spent waiting for what it calls");
    assert_says(web, "directory in each partition: 5/s x 20 ms = 0.1 of 1 worker busy: 10 %");
}

/* 1000 users who ask every 20 s, and keep their answers for 80 s: one request in five is new. */
static void a_cache_spares_what_it_remembers(void **state)
{
    static const char set[] = "front.operations.open.calls.login.cache={lifetime: 80s}";

    assert_says(web, "directory in each partition: 1/s x 20 ms = 0.02 of 1 worker busy: 2 %", set);
    assert_says(web, "cache: not asked while the user's last answer is fresh (1 min 20 s)", set);
}

static void too_much_work_is_said_before_anything_breaks(void **state)
{
    assert_says(web,
                "directory in each partition: 100/s x 20 ms = 2 of 1 worker busy: 200 %. That is more than it can do, even when "
                "nothing breaks",
                "people.rate=1000/s");
}

static void work_without_a_mean_is_not_counted(void **state)
{
    assert_says(web, "directory in each partition: 5/s, whose work has no mean, so nobody can say how busy it is",
                "directory.operations.login.work={pareto: {minimum: 1ms, shape: 0.9}}");
}

static void retries_that_alone_keep_it_down_are_counted(void **state)
{
    assert_says(web,
                "Retries can raise what is asked of directory from 5/s to 60/s. It can do 50/s: they alone may keep it down when "
                "the fault is gone.",
                "people.backoff={attempts: 3}", "front.operations.open.calls.login.backoff={attempts: 4}");
    assert_says(web,
                "Retries can raise what is asked of directory from 5/s to 15/s. It can do 50/s, so they alone do not keep it "
                "down.",
                "people.backoff={attempts: 3}");
    assert_silent(web, "Retries can raise");
}

static void the_largest_partition_counts_where_they_differ(void **state)
{
    assert_says(web, "2 directory partitions: as listed in `shares`; the largest holds 750 users, 75 %.",
                "partitions={count: 2, users: 1000, spread: shares, shares: [25%, 75%]}", "stops.target=directory[1]");
    assert_says(web, "directory in the largest partition: 37.5/s x 20 ms = 0.75 of 1 worker busy: 75 %",
                "partitions={count: 2, users: 1000, spread: shares, shares: [25%, 75%]}", "stops.target=directory[1]");
    assert_says(web, "Partition 1 has 750 of the 1000 users (75 %).",
                "partitions={count: 2, users: 1000, spread: shares, shares: [25%, 75%]}", "stops.target=directory[1]");
}

/* ---------------------------------------------------------------- time, reach, plan */

static void moments_are_clock_times_when_the_clock_has_a_start(void **state)
{
    assert_says(mail, "24 June 2014, 10:30Z to 25 June 2014, 00:30Z: 14 h.");
    assert_says(mail, "stops: directory[3] hangs, from 12:00Z, for 7 h (to 19:00Z).");
    assert_says(web, "stops: directory[3] hangs, from +10 min, for 5 min (to +15 min).");
}

static void a_run_of_days_names_the_day(void **state)
{
    assert_says(mail, "stops: directory[3] hangs, from 12:00Z, for 1 d 1 h (to 25 June, 13:00Z).", "clock.run=49h",
                "stops.for=25h");
}

static void whom_a_fault_reaches_is_followed_through_calls(void **state)
{
    assert_says(web, "It reaches people, by front.open, call login -> directory.login.");
    assert_says(mail, "It reaches the mail of hub, by call resolve -> directory.resolve.");
    assert_says(web, "Partition 3 has 100 of the 1000 users (10 %). The label group calls its users struck, all others spared.");
}

static void operators_end_what_nothing_else_ends(void **state)
{
    static const char runbook[] = "runbook=[{name: cut, at: 16:30Z, isolate: hub}, {at: 19:00Z, repair: stops}]";

    assert_says(mail, "stops: directory[3] hangs, from 12:00Z, for 7 h (to 19:00Z, when operators repair it).", "stops.for=null",
                runbook);
    assert_says(mail, "cut, at 16:30Z: isolate: hub gives the partitions that a fault has hit a lane with 4 workers of its own",
                "stops.for=null", runbook);
    assert_says(mail, "at 19:00Z: repair: fault stops ends", "stops.for=null", runbook);
}

static void operators_who_wait_for_a_metric_say_for_what(void **state)
{
    assert_says(
        mail,
        "when mail.oldest > 15m has been true for 5 min, and a human delay later (10 min): isolate: hub gives partitions 3 "
        "and 4 a lane with 8 workers of its own",
        "runbook=[{when: mail.oldest > 15m, for: 5m, delay: 10m, isolate: {transport: hub, partitions: [3, 4], workers: 8}}]");
}

static void strategies_show_the_paths_that_they_change(void **state)
{
    static const char strategies[] = "strategies:\n"
                                     "  short: {hub.delivery.calls.resolve.timeout: 1s}\n"
                                     "  large: {hub.delivery.workers: 500}\n"
                                     "  both: [short, large]\n";
    char yaml[sizeof mail + sizeof strategies];

    snprintf(yaml, sizeof yaml, "%s%s", mail, strategies);
    assert_says(yaml, "STRATEGIES TO COMPARE (and the paths that they change) short: hub.delivery.calls.resolve.timeout large: "
                      "hub.delivery.workers both: hub.delivery.calls.resolve.timeout and hub.delivery.workers");
}

static void assumptions_history_promises_and_hints_are_told_as_written(void **state)
{
    assert_says(mail, "hub.delivery.workers: 60..240", "assumed={hub.delivery.workers: 60..240}");
    assert_says(mail, "WHAT HISTORY SHOWED (in baseline; a difference is a warning) mail.delay.p99 > 1h",
                "reproduces=[mail.delay.p99 > 1h]");
    assert_says(mail, "baseline: mail.returned = 0", "expect={baseline: [mail.returned = 0]}");
    assert_says(mail, "WHAT TO LOOK FOR The mail of everybody is late.", "look_for=[The mail of everybody is late.]");
    assert_says(mail,
                "99.9 % uptime over 30 d: 43 min 12 s down may pass. Credit: 25 % below 99.9 %, 50 % below 99 %, 100 % below 95 %. "
                "Metered: access (requests of populations).",
                "sla={meters: [access]}");
}

static void a_schedule_of_mail_is_spelled_out(void **state)
{
    assert_says(mail,
                "a delivery that failed is tried again by the schedule of exchange: 4 x 1 min, 6 x 5 min, then every 10 min; gives "
                "up after 2 days");
    assert_says(mail, "a delivery that failed is tried again after 1 min, 5 min (the last again and again)",
                "hub.delivery.retry.intervals=[1m, 5m]");
}

/* ---------------------------------------------------------------- links */

static void a_link_is_told_with_what_it_takes_loses_and_carries(void **state)
{
    assert_says(
        web,
        " wan: between front and directory. Each way a packet takes 50 ms; 1 % of them are lost in silence. It carries 100/s "
        "each way; at most 9 may stand in line, more are lost.",
        "links={wan: {from: front, to: directory, delay: 50ms, loss: 1%, capacity: 100/s, queue: 9}}");
    assert_says(web, "front: 50/s x (5 ms + 120 ms) = 6.25 of 30 workers busy",
                "links={wan: {from: front, to: directory, delay: 50ms}}");
    assert_silent(web, "LINKS");
}

static void a_cut_takes_the_workers_that_wait_behind_it(void **state)
{
    const char *wan = "links={wan: {from: front, to: directory}}";

    assert_says(web,
                "stops: link front->directory[3] is cut: answers are lost in silence, from +10 min, for 5 min (to +15 min). A link "
                "carries nothing. Partition 3 has 100 of the 1000 users (10 %). The label group calls its users struck, all others "
                "spared. Call login of front.open crosses it; who hears nothing waits out its time-out, 8 s. front: 5/s meet the "
                "fault and wait 8 s in call login: 5/s x 8 s = 40 workers held, but there are only 30 that all partitions share. "
                "This is the flaw:",
                wan, "faults.stops.hang=null", "faults.stops.target=link front->directory[3]", "faults.stops.cut={way: back}");
    /* Half of the requests, and half of the answers of those that get through. */
    assert_says(web, "front: 3.75/s meet the fault and wait 8 s", wan, "faults.stops.hang=null",
                "faults.stops.target=link front->directory[3]", "faults.stops.lossy={loss: 50%}");
    /* Nobody who calls holds a worker for it. */
    assert_silent(web, "meet the fault", "links={lan: {from: people, to: front}}", "faults.stops.hang=null",
                  "faults.stops.target=link people->front", "faults.stops.cut={}");
}

/* ---------------------------------------------------------------- sessions */

/* 1,000 clients in each of two partitions, back 10 s after a refusal: 100/s x 20 ms = 2 of 4 workers. */
static const char connected[] =
    "name: connected\n"
    "clock: {run: 1h}\n"
    "partitions: {count: 2, users: 2000}\n"
    "services: {door: {per: partition, workers: 4, queue: {limit: 400}, reject_work: 20ms, operations: {enter: {work: 100ms}}}}\n"
    "populations:\n"
    "  clients:\n"
    "    does: door.enter\n"
    "    timeout: 10s\n"
    "    sessions: {count: 2000, reconnect: {growth: fixed, base: 10s, cap: 1m}}\n";

static void it_is_told_how_clients_come_back(void **state)
{
    assert_says(connected, "tries every 10 s, without jitter; each try is waited for for 10 s.");
    assert_says(connected, "tries after 0 s to 10 s, each time anew;", "clients.sessions.reconnect.jitter=full");
    assert_says(connected, "tries after 5 s to 10 s, each time anew;", "clients.sessions.reconnect.jitter=equal");
    assert_says(connected, "tries after 8 s to 12 s, each time anew;", "clients.sessions.reconnect.jitter=spread");
    assert_says(connected, "tries after 10 s to 25 s, each time anew;", "clients.sessions.reconnect.jitter=offset",
                "clients.sessions.reconnect.offset=15s");
    assert_says(connected, "tries every 10 s, with offset jitter", "clients.sessions.reconnect.jitter=offset",
                "clients.sessions.reconnect.offset=2m");
    assert_says(connected, "tries after 10 s, x 2 each time, up to 1 min, without jitter;",
                "clients.sessions.reconnect.growth=exponential");
}

static void refusals_that_would_take_more_than_all_workers_are_told(void **state)
{
    assert_says(connected,
                "Were all 1000 clients of a partition refused again and again, each 10 s later, to refuse them would take 2 "
                "workers of 4: refusals alone do not keep it down.");
    assert_says(connected, "would take 5 workers of 4: refusals alone can keep it down.", "door.reject_work=50ms");
    assert_says(connected, "each 5 s later, to refuse them would take 4 workers of 4: refusals alone do not keep it down.",
                "clients.sessions.reconnect.jitter=full");
    assert_says(connected, "each 1 min later", "clients.sessions.reconnect.growth=exponential");
    assert_silent(connected, "refused again and again", "door.reject_work=null");
}

static void a_line_that_is_longer_than_the_time_out_is_told(void **state)
{
    assert_says(connected, "A full line is 10 s of work, not longer than the time-out of 10 s.");
    assert_says(connected, "A full line is 12.5 s of work, longer than the time-out of 10 s: when it is full, all who are served "
                           "have left.",
                "door.queue.limit=500");
    assert_silent(connected, "A full line", "clients.timeout=null");
    assert_silent(connected, "A full line", "door.queue=null");
}

static void terms_are_explained_only_when_they_occur(void **state)
{
    assert_says(mail, " NDR: non-delivery report: a message goes back to its sender as undeliverable.");
    assert_silent(web, "non-delivery report");
    assert_silent(mail, "breaker: ");
    assert_says(mail, "breaker: stops calling what keeps failing", "hub.delivery.calls.resolve.breaker={}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_small_scenario_reads_like_this),
        cmocka_unit_test(what_comes_back_in_loops_is_work_too),
        cmocka_unit_test(a_silent_partition_that_can_hold_the_whole_mail_pool_is_the_flaw),
        cmocka_unit_test(a_pool_that_is_larger_has_no_flaw),
        cmocka_unit_test(a_shorter_time_out_cures_it),
        cmocka_unit_test(a_call_without_time_out_fills_the_pool_in_time),
        cmocka_unit_test(more_attempts_hold_for_longer_up_to_the_deadline),
        cmocka_unit_test(the_impatient_hold_as_long_as_their_patience),
        cmocka_unit_test(a_share_of_requests_holds_a_share_of_workers),
        cmocka_unit_test(every_recipient_is_a_delivery),
        cmocka_unit_test(a_bulkhead_says_how_many_it_leaves),
        cmocka_unit_test(a_bulkhead_whose_line_holds_everybody_up_is_no_cure),
        cmocka_unit_test(a_window_for_each_destination_bounds_it_too),
        cmocka_unit_test(each_attempt_is_waited_for_by_its_own_time_out),
        cmocka_unit_test(an_accept_queue_tells_its_timetable),
        cmocka_unit_test(a_refusal_says_how_long_to_stay_away),
        cmocka_unit_test(a_breaker_ends_the_waiting),
        cmocka_unit_test(a_partition_with_a_lane_holds_its_own_workers_only),
        cmocka_unit_test(a_front_end_that_all_partitions_share_has_the_flaw_too),
        cmocka_unit_test(a_front_end_of_the_partition_itself_hurts_nobody_else),
        cmocka_unit_test(one_silent_replica_of_four_meets_a_quarter),
        cmocka_unit_test(a_slow_partition_holds_as_long_as_it_works),
        cmocka_unit_test(a_crash_holds_nobody),
        cmocka_unit_test(a_worker_is_busy_with_its_work_and_with_its_calls),
        cmocka_unit_test(a_cache_spares_what_it_remembers),
        cmocka_unit_test(too_much_work_is_said_before_anything_breaks),
        cmocka_unit_test(work_without_a_mean_is_not_counted),
        cmocka_unit_test(retries_that_alone_keep_it_down_are_counted),
        cmocka_unit_test(the_largest_partition_counts_where_they_differ),
        cmocka_unit_test(moments_are_clock_times_when_the_clock_has_a_start),
        cmocka_unit_test(a_run_of_days_names_the_day),
        cmocka_unit_test(whom_a_fault_reaches_is_followed_through_calls),
        cmocka_unit_test(operators_end_what_nothing_else_ends),
        cmocka_unit_test(operators_who_wait_for_a_metric_say_for_what),
        cmocka_unit_test(strategies_show_the_paths_that_they_change),
        cmocka_unit_test(assumptions_history_promises_and_hints_are_told_as_written),
        cmocka_unit_test(a_schedule_of_mail_is_spelled_out),
        cmocka_unit_test(a_link_is_told_with_what_it_takes_loses_and_carries),
        cmocka_unit_test(a_cut_takes_the_workers_that_wait_behind_it),
        cmocka_unit_test(it_is_told_how_clients_come_back),
        cmocka_unit_test(refusals_that_would_take_more_than_all_workers_are_told),
        cmocka_unit_test(a_line_that_is_longer_than_the_time_out_is_told),
        cmocka_unit_test(terms_are_explained_only_when_they_occur),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
