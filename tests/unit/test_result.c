/* test_result - metrics read from a result, expectations, windows, files
 *
 * The run of most tests: 600 s in three epochs (before, during and after the fault, 100 to 200 s), two partitions of which 0 is
 * struck, one population, one service, one transport.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "result/metric_value.h"
#include "unit/result_builder.h"

enum { BEFORE, DURING, AFTER };

static const int64_t ms = 1000000;

struct fixture {
    Stormcell__Result *r;
    uint32_t people, directory, hub;
};

static struct fixture build_fixture(void)
{
    struct fixture f = {.r = build_result(2, 600, 60)};

    f.people = build_population(f.r, "people");
    f.directory = build_service(f.r, "directory", 4);
    f.hub = build_transport(f.r, "hub");
    build_epoch(f.r, 0, 100);
    build_epoch(f.r, 100, 200);
    build_epoch(f.r, 200, 600);
    build_fault(f.r, "stops", "directory[0]", 100, 200);
    build_phase(f.r, "before(stops)", 0, 100);
    build_phase(f.r, "during(stops)", 100, 200);
    build_phase(f.r, "after(stops)", 200, 600);
    return f;
}

/* Requests of one partition and epoch. */
static Stormcell__Cell *build_requests(struct fixture *f, uint32_t partition, uint32_t epoch, uint64_t good, uint64_t timed_out)
{
    Stormcell__Cell *c = build_cell(f->r, f->people, partition, epoch);

    c->counts[COUNT_OFFERED] = good + timed_out;
    c->counts[COUNT_SUCCEEDED] = good;
    c->counts[COUNT_FAILED_TIMED_OUT] = timed_out;
    c->counts[COUNT_ATTEMPTS] = good + 3 * timed_out;
    return c;
}

static struct metric_expr parse(struct arena *arena, const Stormcell__Result *r, const char *text)
{
    struct metric_clock clock = {.start_utc_s = r->start_utc_s, .run_ns = r->run_ns};
    struct metric_expr e;
    struct metric_error error;

    if (!metric_parse(text, true, &clock, arena, &e, &error))
        fail_msg("%s: %s", text, error.message);
    return e;
}

struct answer {
    bool good, at_least;
    double value;
    char word[32], message[256];
};

static struct answer ask(const Stormcell__Result *r, const char *text)
{
    struct arena *arena = arena_create();
    struct metric_expr e = parse(arena, r, text);
    struct answer a = {0};
    const char *word = NULL;

    a.good = result_metric((void *)r, e.left.ref, &a.value, &word, &a.at_least, a.message);
    if (word)
        snprintf(a.word, sizeof(a.word), "%s", word);
    arena_free(arena);
    return a;
}

static void assert_value(const Stormcell__Result *r, const char *text, double expected)
{
    struct answer a = ask(r, text);

    if (!a.good)
        fail_msg("%s", a.message);
    if (a.value != expected)
        fail_msg("%s is %.17g, not %.17g", text, a.value, expected);
}

static void assert_bound(const Stormcell__Result *r, const char *text, bool at_least)
{
    struct answer a = ask(r, text);

    if (!a.good)
        fail_msg("%s", a.message);
    if (a.at_least != at_least)
        fail_msg("%s is %s bound", text, a.at_least ? "a" : "no");
}

static void assert_word(const Stormcell__Result *r, const char *text, const char *expected)
{
    struct answer a = ask(r, text);

    if (!a.good)
        fail_msg("%s", a.message);
    assert_string_equal(a.word, expected);
}

static void assert_refused(const Stormcell__Result *r, const char *text, const char *message)
{
    struct answer a = ask(r, text);

    if (a.good)
        fail_msg("%s is %g", text, a.value);
    assert_string_equal(a.message, message);
}

/* ---------------------------------------------------------------- metrics */

static void every_name_of_the_language_can_be_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < metric_names_count; i++)
        if (!metric_value_known(metric_names[i].name))
            fail_msg("nobody reads %s", metric_names[i].name);
}

static void requests_are_counted_by_label_and_window(void **state)
{
    struct fixture f = build_fixture();

    (void)state;
    build_requests(&f, 0, BEFORE, 100, 0);
    build_requests(&f, 0, DURING, 10, 90);
    build_requests(&f, 1, DURING, 300, 0);
    build_requests(&f, 1, AFTER, 400, 0);
    assert_value(f.r, "requests.offered", 900);
    assert_value(f.r, "requests.failed", 90);
    assert_value(f.r, "requests.timed_out", 90);
    assert_value(f.r, "requests.rejected", 0);
    assert_value(f.r, "requests.offered{partition=0}", 200);
    assert_value(f.r, "requests.offered{group=spared}", 700);
    assert_value(f.r, "requests.offered@[100s,200s]", 400);
    assert_value(f.r, "requests.offered{group=struck}@during(stops)", 100);
    assert_value(f.r, "requests.offered{partition!=0}@before(stops)", 0);
    assert_value(f.r, "requests.offered{partition=~\"0|1\"}@[100s,end]", 800);
    assert_value(f.r, "availability", 810.0 / 900);
    assert_value(f.r, "availability{group=struck}@during(stops)", 0.1);
    assert_value(f.r, "goodput{group=spared}@during(stops)", 3);
    assert_value(f.r, "amplification{group=struck}@during(stops)", 2.8);
    assert_value(f.r, "attempts{population=people}", 1080);
    result_free(f.r);
}

static void a_service_label_switches_to_what_the_service_saw(void **state)
{
    struct fixture f = build_fixture();
    Stormcell__Cell *c = build_cell(f.r, f.directory, 0, BEFORE);

    (void)state;
    build_requests(&f, 0, BEFORE, 100, 0);
    c->counts[COUNT_CALLS] = 50;
    c->counts[COUNT_ARRIVED] = 80;
    c->counts[COUNT_USEFUL] = 60;
    c->counts[COUNT_WASTED] = 5;
    c->counts[COUNT_REFUSED] = 10;
    c->counts[COUNT_DROPPED] = 3;
    c->counts[COUNT_IN_SYSTEM] = 2;
    build_sample(c, SAMPLE_SOJOURN, 20 * ms, 65);
    build_sample(c, SAMPLE_QUEUE_WAIT, 15 * ms, 65);
    assert_value(f.r, "requests.offered{service=directory}", 80);
    assert_value(f.r, "requests.succeeded{service=directory}", 60);
    assert_value(f.r, "requests.failed{service=directory}", 18);
    assert_value(f.r, "requests.rejected{service=directory}", 10);
    assert_value(f.r, "requests.in_flight{service=directory}", 2);
    assert_value(f.r, "requests.wasted", 5);
    assert_value(f.r, "requests.dropped{service=directory}", 3);
    assert_value(f.r, "requests.calls", 50);
    assert_value(f.r, "amplification{service=directory}", 1.6);
    assert_value(f.r, "availability{service=directory}", 60.0 / 78);
    assert_value(f.r, "latency.p99{service=directory}", 0.02);
    assert_value(f.r, "sojourn.p99", 0.02);
    assert_value(f.r, "queue.wait.mean", 0.015);
    assert_refused(
        f.r, "attempts{service=directory,population=people}",
        "attempts{service=directory,population=people}: labels name entities of two kinds: one number cannot speak of both");
    result_free(f.r);
}

static void an_empty_selection_is_refused_but_a_count_may_be_0(void **state)
{
    struct fixture f = build_fixture();

    (void)state;
    build_requests(&f, 1, DURING, 300, 0);
    assert_value(f.r, "requests.offered{partition=0}", 0);
    assert_value(f.r, "mail.returned", 0);
    assert_refused(f.r, "availability{partition=0}", "availability{partition=0}: there is no request in its selection");
    assert_refused(f.r, "amplification@before(stops)", "amplification@before(stops): there is no request in its selection");
    assert_refused(f.r, "goodput@after(stops)", "goodput@after(stops): there is no request in its selection");
    assert_refused(f.r, "latency.p99", "latency.p99: no request of its selection finished");
    assert_refused(f.r, "mail.delay.p99", "mail.delay.p99: there is no mail in its selection");
    result_free(f.r);
}

static void what_is_not_there_is_named(void **state)
{
    struct fixture f = build_fixture();

    (void)state;
    assert_refused(f.r, "attempts{population=bots}",
                   "attempts{population=bots}: no population is named 'bots'; populations: people");
    assert_refused(f.r, "attempts{service!=db}", "attempts{service!=db}: no service is named 'db'; services: directory");
    assert_refused(f.r, "attempts{population=~\"x.*\"}", "attempts{population=~\"x.*\"}: its labels select no population");
    assert_refused(f.r, "attempts{partition=2}", "attempts{partition=2}: there is no partition 2: they are 0 to 1");
    assert_refused(f.r, "attempts{partition=1,group=struck}",
                   "attempts{partition=1,group=struck}: no partition is struck and has that number");
    assert_refused(f.r, "attempts@during(fix)",
                   "attempts@during(fix): this run has no phase during(fix); phases: before(stops), during(stops), after(stops)");
    assert_refused(f.r, "fault.touched{fault=x}", "fault.touched{fault=x}: there is no fault x");
    assert_refused(f.r, "attempts{strategy=bulkhead}", "attempts{strategy=bulkhead}: no run of this strategy is here");
    f.r->partitions[0]->struck = false;
    assert_refused(f.r, "attempts{group=struck}", "attempts{group=struck}: no partition is struck");
    result_free(f.r);
}

static void a_window_must_be_one_that_the_run_kept_apart(void **state)
{
    struct fixture f = build_fixture();

    (void)state;
    build_requests(&f, 1, DURING, 300, 0);
    assert_value(f.r, "attempts@[0s,end]", 300);
    assert_value(f.r, "attempts@[100s,200s]", 300);
    assert_refused(f.r, "attempts@[100s,150s]",
                   "attempts@[100s,150s]: this run did not keep apart what was born in this window: name the window before the run "
                   "(expect:, --print)");
    assert_refused(f.r, "attempts@[50s,200s]",
                   "attempts@[50s,200s]: this run did not keep apart what was born in this window: name the window before the run "
                   "(expect:, --print)");
    result_free(f.r);
}

static void latencies_of_several_cells_are_merged(void **state)
{
    struct fixture f = build_fixture();

    (void)state;
    build_sample(build_requests(&f, 0, BEFORE, 99, 0), SAMPLE_LATENCY, 100, 99);
    build_sample(build_requests(&f, 1, BEFORE, 1, 0), SAMPLE_LATENCY, 200, 1);
    assert_value(f.r, "latency.p50", 100e-9);
    assert_value(f.r, "latency.p99", 100e-9);
    assert_value(f.r, "latency.p999", 200e-9);
    assert_value(f.r, "latency.max", 200e-9);
    assert_value(f.r, "latency.mean", 101e-9);
    assert_value(f.r, "latency.max{partition=0}", 100e-9);
    result_free(f.r);
}

static void unfinished_mail_counts_at_its_age_and_makes_a_lower_bound(void **state)
{
    struct fixture f = build_fixture();
    Stormcell__Cell *c = build_cell(f.r, f.hub, 1, BEFORE);

    (void)state;
    c->counts[COUNT_MAIL_OFFERED] = 100;
    build_sample(c, SAMPLE_MAIL_DELAY, 200, 98);
    build_sample(c, SAMPLE_MAIL_AGE, 250, 2);
    build_sample(c, SAMPLE_MAIL_TRANSPORT_DELAY, 8 * ms, 98);
    assert_value(f.r, "mail.delay.p50", 200e-9);
    assert_bound(f.r, "mail.delay.p50", false);
    assert_value(f.r, "mail.delay.p99", 250e-9);
    assert_bound(f.r, "mail.delay.p99", true);
    assert_bound(f.r, "mail.delay.mean", true);
    assert_bound(f.r, "mail.delay.max", true);
    assert_value(f.r, "mail.transport_delay.p99", 0.008);
    assert_bound(f.r, "mail.transport_delay.max", false);
    result_free(f.r);
}

static void a_young_unfinished_message_makes_every_greater_value_a_bound(void **state)
{
    struct fixture f = build_fixture();
    Stormcell__Cell *c = build_cell(f.r, f.hub, 1, BEFORE);

    (void)state;
    build_sample(c, SAMPLE_MAIL_DELAY, 5000 * ms, 98);
    build_sample(c, SAMPLE_MAIL_AGE, 10 * ms, 2);
    assert_bound(f.r, "mail.delay.p99", true);
    assert_bound(f.r, "mail.delay.max", true);
    result_free(f.r);
}

static void a_few_young_unfinished_messages_are_no_reason_to_doubt_a_quantile(void **state)
{
    struct fixture f = build_fixture();
    Stormcell__Cell *c = build_cell(f.r, f.hub, 1, BEFORE);

    (void)state;
    build_sample(c, SAMPLE_MAIL_DELAY, 200, 100000);
    build_sample(c, SAMPLE_MAIL_AGE, 10, 5);
    assert_bound(f.r, "mail.delay.p50", false);
    assert_bound(f.r, "mail.delay.p999", false);
    assert_bound(f.r, "mail.delay.mean", true);
    assert_bound(f.r, "mail.delay.max", true);
    result_free(f.r);
}

static void mail_is_counted(void **state)
{
    struct fixture f = build_fixture();
    Stormcell__Cell *c = build_cell(f.r, f.hub, 0, DURING);

    (void)state;
    c->counts[COUNT_MAIL_OFFERED] = 12;
    c->counts[COUNT_MAIL_ACCEPTED] = 11;
    c->counts[COUNT_MAIL_DELIVERED] = 6;
    c->counts[COUNT_MAIL_RETURNED] = 5;
    c->counts[COUNT_MAIL_EXPIRED_AT_SENDER] = 4;
    c->counts[COUNT_MAIL_LOST_BY_SENDER] = 3;
    c->counts[COUNT_MAIL_HELD_BY_SENDER] = 2;
    c->counts[COUNT_MAIL_QUEUED] = 1;
    c->counts[COUNT_MAIL_OFFERS] = 40;
    c->counts[COUNT_MAIL_ATTEMPTS] = 50;
    c->counts[COUNT_MAIL_SUSPENDED] = 60;
    c->counts[COUNT_MAIL_DELAY_NOTICES] = 7;
    assert_value(f.r, "mail.offered", 12);
    assert_value(f.r, "mail.accepted{transport=hub}", 11);
    assert_value(f.r, "mail.delivered{group=struck}", 6);
    assert_value(f.r, "mail.returned", 5);
    assert_value(f.r, "mail.expired_at_sender", 4);
    assert_value(f.r, "mail.lost_by_sender", 3);
    assert_value(f.r, "mail.held_by_sender", 2);
    assert_value(f.r, "mail.queued", 1);
    assert_value(f.r, "mail.offers", 40);
    assert_value(f.r, "mail.attempts", 50);
    assert_value(f.r, "mail.suspended", 60);
    assert_value(f.r, "mail.delay_notices", 7);
    assert_value(f.r, "mail.delay_notices{group=spared}", 0);
    result_free(f.r);
}

static void levels_are_weighed_by_the_length_of_their_epochs(void **state)
{
    struct fixture f = build_fixture();

    (void)state;
    build_level(f.r, f.directory, -1, BEFORE, LEVEL_BUSY, 1, 4);
    build_level(f.r, f.directory, -1, DURING, LEVEL_BUSY, 4, 4);
    build_level(f.r, f.directory, -1, AFTER, LEVEL_BUSY, 2, 3);
    build_level(f.r, f.directory, -1, DURING, LEVEL_QUEUE_LENGTH, 30, 50);
    build_level(f.r, f.directory, -1, DURING, LEVEL_HELD, 3, 4);
    assert_value(f.r, "utilization{service=directory}", (100 * 1.0 + 100 * 4 + 400 * 2) / 600 / 4);
    assert_value(f.r, "utilization@during(stops)", 1);
    assert_value(f.r, "workers.busy.max@after(stops)", 3);
    assert_value(f.r, "queue.length.mean@during(stops)", 30);
    assert_value(f.r, "queue.length.mean", 5);
    assert_value(f.r, "queue.length.max", 50);
    assert_value(f.r, "queue.length.max@before(stops)", 0);
    assert_value(f.r, "workers.held.max", 4);
    assert_refused(f.r, "utilization{partition=0}", "utilization{partition=0}: of directory, this is not kept for each partition");
    assert_value(f.r, "workers.busy.max{transport=hub}", 0);
    result_free(f.r);
}

static void levels_of_partitions_add_up_or_are_told_apart(void **state)
{
    struct fixture f = build_fixture();

    (void)state;
    f.r->entities[f.directory]->has_per_partition = f.r->entities[f.directory]->per_partition = true;
    build_level(f.r, f.directory, 0, DURING, LEVEL_BUSY, 4, 4);
    build_level(f.r, f.directory, 1, DURING, LEVEL_BUSY, 1, 2);
    assert_value(f.r, "utilization{partition=0}@during(stops)", 1);
    assert_value(f.r, "utilization{group=spared}@during(stops)", 0.25);
    assert_value(f.r, "utilization@during(stops)", 5.0 / 8);
    assert_value(f.r, "workers.busy.mean@during(stops)", 5);
    assert_value(f.r, "workers.busy.max", 4);
    result_free(f.r);
}

static void gauges_are_the_last_sample_after_the_run(void **state)
{
    static const double backlog[] = {1, 50, 3}, oldest[] = {10, 400, 20};
    struct fixture f = build_fixture();

    (void)state;
    f.r->sample_ns = 200 * build_s;
    build_series(f.r, "mail.backlog", "hub", "spared", backlog, 3);
    build_series(f.r, "mail.oldest", "hub", "whole", oldest, 3);
    assert_value(f.r, "mail.backlog{group=spared}", 3);
    assert_value(f.r, "mail.oldest", 20);
    assert_value(f.r, "mail.backlog.max{group=spared}", 50);
    assert_value(f.r, "mail.backlog.max{group=spared}@during(stops)", 1);
    assert_refused(f.r, "mail.backlog", "mail.backlog: no series of mail.backlog was sampled for this selection");
    assert_refused(
        f.r, "queue.length{group!=struck}",
        "queue.length{group!=struck}: it is sampled for the whole, a group, a region or a partition: expected group=, region= or "
        "partition=");
    result_free(f.r);
}

static void the_oldest_mail_is_known_by_partition_and_interval(void **state)
{
    struct fixture f = build_fixture();

    (void)state;
    for (uint32_t p = 0; p < 2; p++)
        build_mail(build_cohorts(f.r, p, 10), 10);
    build_oldest(f.r->cohorts[0], 2, 150);
    build_oldest(f.r->cohorts[1], 8, 40);
    assert_value(f.r, "mail.oldest.max", 150);
    assert_value(f.r, "mail.oldest.max{group=spared}", 40);
    assert_value(f.r, "mail.oldest.max{group=struck}@after(stops)", 1);
    assert_value(f.r, "mail.oldest{partition=1}", 1);
    build_level(f.r, f.hub, -1, DURING, LEVEL_MAIL_OLDEST, 0, 155.5);
    assert_value(f.r, "mail.oldest.max", 155.5);
    result_free(f.r);
}

static void recovery_and_people_follow_the_verdicts(void **state)
{
    struct fixture f = build_fixture();
    Stormcell__Result *twin = build_result(2, 600, 60);
    Stormcell__Scenario *sc = build_scenario(f.r);

    (void)state;
    assert_refused(f.r, "verdict", "verdict: there is no verdict on the whole");
    for (uint32_t p = 0; p < 2; p++) {
        build_cohorts(f.r, p, 10);
        build_cohorts(twin, p, 10);
    }
    build_good(f.r->cohorts[0], 2, 5, 0);
    result_judge_health(f.r, twin, sc);
    assert_word(f.r, "verdict", "recovered");
    assert_word(f.r, "verdict{group=spared}", "stable");
    assert_word(f.r, "verdict{partition=0}", "recovered");
    assert_word(f.r, "verdict{partition=~\".*\"}", "recovered");
    assert_value(f.r, "time_to.recover", 100);
    assert_value(f.r, "time_to.recover{group=spared}", 0);
    assert_value(f.r, "outage.duration{group=struck}", 180);
    assert_value(f.r, "outage.duration{partition=1}", 0);
    assert_value(f.r, "users.affected", 100);
    assert_value(f.r, "users.affected{group=spared}", 0);
    assert_value(f.r, "blast_radius", 0.5);
    build_good(f.r->cohorts[0], 5, 10, 0);
    result_judge_health(f.r, twin, sc);
    assert_word(f.r, "verdict{group=struck}", "metastable");
    assert_true(ask(f.r, "time_to.recover").value > 1e308);
    result_free(f.r);
    result_free(twin);
    build_scenario_free(sc);
}

static void promises_are_read_by_meter_and_partition(void **state)
{
    struct fixture f = build_fixture();
    Stormcell__Scenario *sc = build_scenario(f.r);

    (void)state;
    assert_refused(f.r, "sla.uptime", "sla.uptime: the scenario has no sla: with this meter");
    for (uint32_t p = 0; p < 2; p++)
        build_mail(build_cohorts(f.r, p, 10), 10);
    build_good(f.r->cohorts[0], 1, 4, 0);
    f.r->cohorts[1]->mail_late[2] = 10;
    build_sla(sc)->window_ns = 600 * build_s;
    result_judge_sla(f.r, sc);
    assert_value(f.r, "user_minutes.lost", 300);
    assert_value(f.r, "user_minutes.lost{group=spared}", 0);
    assert_value(f.r, "user_minutes.lost{meter=mail_delay}", 100);
    assert_value(f.r, "sla.uptime", 0.7);
    assert_value(f.r, "sla.uptime{partition=1}", 1);
    assert_value(f.r, "sla.uptime{meter=mail_delay}", 0.9);
    assert_value(f.r, "sla.credit", 1);
    assert_value(f.r, "sla.credit{group=spared}", 0);
    result_free(f.r);
    build_scenario_free(sc);
}

static void a_backlog_is_drained_when_it_is_back_where_it_was(void **state)
{
    static const double values[] = {5, 5, 200, 100, 14, 5};
    struct fixture f = build_fixture();

    (void)state;
    f.r->sample_ns = 50 * build_s;
    build_series(f.r, "mail.backlog", "hub", "whole", values, 6);
    assert_value(f.r, "backlog.drain", 50); /* 14 at 250 s is within a twentieth of the rise */
    f.r->series[0]->n_values = 4;
    assert_true(ask(f.r, "backlog.drain").value > 1e308);
    f.r->series[0]->n_values = 2;
    assert_value(f.r, "backlog.drain", 0);
    result_free(f.r);
}

static void faults_say_what_they_touched(void **state)
{
    struct fixture f = build_fixture();

    (void)state;
    build_fault(f.r, "slow", "directory", 300, 400);
    assert_value(f.r, "fault.touched", 20);
    assert_value(f.r, "fault.touched{fault=stops}", 10);
    result_free(f.r);
}

static void links_say_what_crossed_and_what_they_lost(void **state)
{
    struct fixture f = build_fixture();

    (void)state;
    assert_refused(f.r, "links.lost", "links.lost: there is no link");
    build_link(f.r, "wan", build_link_way(100, 20, 3), build_link_way(90, 0, 10));
    build_link(f.r, "lan", build_link_way(7, 0, 0), NULL);
    assert_value(f.r, "links.crossed", 197);
    assert_value(f.r, "links.crossed{link=lan}", 7);
    assert_value(f.r, "links.lost", 33);
    assert_value(f.r, "links.lost{link=lan}", 0);
    assert_refused(f.r, "links.lost{link=x}", "links.lost{link=x}: there is no link x");
    result_free(f.r);
}

/* ---------------------------------------------------------------- expectations */

static void lines_are_judged_with_value_and_limit(void **state)
{
    struct fixture f = build_fixture();
    Stormcell__Scenario *sc = build_scenario(f.r);
    char message[512];

    (void)state;
    build_requests(&f, 0, DURING, 10, 90);
    build_expect(sc, "baseline", "availability < 50%");
    build_expect(sc, "baseline", "requests.offered = 99");
    build_expect(sc, "bulkhead", "requests.offered = 0");
    build_reproduces(sc, "requests.timed_out > 100");
    assert_true(result_judge_lines(f.r, sc, message));
    assert_int_equal(f.r->n_judgements, 3);
    assert_string_equal(f.r->judgements[0]->kind, "expect");
    assert_true(f.r->judgements[0]->holds);
    assert_string_equal(f.r->judgements[0]->value, "10 %");
    assert_string_equal(f.r->judgements[0]->limit, "50 %");
    assert_false(f.r->judgements[1]->holds);
    assert_string_equal(f.r->judgements[1]->value, "100");
    assert_string_equal(f.r->judgements[2]->kind, "reproduces");
    assert_false(f.r->judgements[2]->holds);
    assert_false(result_passes(f.r));
    result_free(f.r);
    build_scenario_free(sc);
}

static void history_that_differs_fails_nobody(void **state)
{
    struct fixture f = build_fixture();
    Stormcell__Scenario *sc = build_scenario(f.r);
    char message[512];

    (void)state;
    build_reproduces(sc, "mail.returned > 0");
    assert_true(result_judge_lines(f.r, sc, message));
    assert_false(f.r->judgements[0]->holds);
    assert_true(result_passes(f.r));
    f.r->strategy = xstrdup("bulkhead");
    assert_true(result_judge_lines(f.r, sc, message));
    assert_int_equal(f.r->n_judgements, 0);
    result_free(f.r);
    build_scenario_free(sc);
}

static void a_line_that_cannot_be_judged_is_an_error(void **state)
{
    struct fixture f = build_fixture();
    Stormcell__Scenario *sc = build_scenario(f.r);
    char message[512];

    (void)state;
    build_expect(sc, "baseline", "availability > 50%");
    assert_false(result_judge_lines(f.r, sc, message));
    assert_string_equal(message, "availability > 50%: cannot be judged: availability: there is no request in its selection");
    sc->expect[0]->lines[0] = (free(sc->expect[0]->lines[0]), xstrdup("avalability > 50%"));
    assert_false(result_judge_lines(f.r, sc, message));
    assert_string_equal(message, "avalability > 50%: at byte 0: unknown metric 'avalability'; did you mean availability?");
    result_free(f.r);
    build_scenario_free(sc);
}

static void lines_across_strategies_wait_for_a_comparison(void **state)
{
    struct fixture f = build_fixture(), g = build_fixture();
    const Stormcell__Result *all[] = {f.r, g.r};
    Stormcell__Scenario *sc = build_scenario(f.r);
    char message[512];

    (void)state;
    f.r->strategy = xstrdup("bulkhead");
    build_requests(&f, 0, DURING, 10, 0);
    build_requests(&g, 0, DURING, 5, 5);
    build_expect(sc, "bulkhead", "requests.succeeded >= requests.succeeded{strategy=baseline} * 2");
    assert_true(result_judge_lines(f.r, sc, message));
    assert_string_equal(f.r->judgements[0]->kind, "skipped");
    assert_true(result_judge_lines_among(f.r, all, 2, sc, message));
    assert_string_equal(f.r->judgements[0]->kind, "expect");
    assert_true(f.r->judgements[0]->holds);
    assert_string_equal(f.r->judgements[0]->limit, "10");
    result_free(f.r);
    result_free(g.r);
    build_scenario_free(sc);
}

static void values_that_rest_on_unfinished_mail_are_marked(void **state)
{
    struct fixture f = build_fixture();
    Stormcell__Scenario *sc = build_scenario(f.r);
    char message[512];

    (void)state;
    build_sample(build_cell(f.r, f.hub, 0, DURING), SAMPLE_MAIL_AGE, 400 * build_s, 3);
    build_expect(sc, "baseline", "mail.delay.p99 > 1m");
    assert_true(result_judge_lines(f.r, sc, message));
    assert_true(f.r->judgements[0]->at_least);
    assert_string_equal(f.r->judgements[0]->value, ">= 6 min 40 s");
    result_free(f.r);
    build_scenario_free(sc);
}

static void windows_of_all_lines_become_edges_once_and_in_order(void **state)
{
    static const char *const extra[] = {"goodput@[5s,20s]", "not a metric", "latency.p99@after(stops)"};
    static const int64_t expected_s[] = {5, 10, 20, 30, 40, 300};
    struct fixture f = build_fixture();
    Stormcell__Scenario *sc = build_scenario(f.r);
    int64_t *edges;

    (void)state;
    build_expect(sc, "baseline", "goodput@[20s,300s] > 1/s");
    build_expect(sc, "bulkhead", "goodput@[0s,end] > goodput@[30s,40s]");
    build_reproduces(sc, "goodput@[10s,20s] > 1/s");
    assert_int_equal(result_window_edges(sc, extra, 3, &edges), 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(edges[i], expected_s[i] * build_s);
    free(edges);
    result_free(f.r);
    build_scenario_free(sc);
}

/* ---------------------------------------------------------------- files */

static char *temporary(const char *name)
{
    return xasprintf("/tmp/stormcell-test-%ld-%s", (long)getpid(), name);
}

static void a_stored_result_comes_back_the_same(void **state)
{
    struct fixture f = build_fixture();
    char *path = temporary("result.pb"), message[256];
    Stormcell__Result *back;

    (void)state;
    build_sample(build_requests(&f, 1, DURING, 300, 7), SAMPLE_LATENCY, 12 * ms, 307);
    assert_true(result_store(f.r, path));
    back = result_load(path, message);
    assert_non_null(back);
    assert_value(back, "requests.failed", 7);
    assert_value(back, "latency.p99", 0.012);
    assert_string_equal(back->scenario, "test");
    unlink(path);
    free(path);
    result_free(f.r);
    result_free(back);
}

static void a_result_that_cannot_be_stored_leaves_nothing_behind(void **state)
{
    struct fixture f = build_fixture();

    (void)state;
    assert_false(result_store(f.r, "/nonexistent/result.pb"));
    assert_int_equal(errno, ENOENT);
    result_free(f.r);
}

static void assert_not_loaded(const char *path, const char *expected)
{
    char message[256];
    char *whole = xasprintf("%s", expected);

    assert_null(result_load(path, message));
    assert_string_equal(message, whole);
    free(whole);
}

static void what_is_no_result_is_refused(void **state)
{
    struct fixture f = build_fixture();
    char *path = temporary("odd.pb"), *expected;
    FILE *file;

    (void)state;
    assert_not_loaded("/nonexistent/x.pb", "cannot open /nonexistent/x.pb: No such file or directory");
    assert_not_loaded("/tmp", "/tmp is no file");
    file = fopen(path, "w");
    fputs("name: hello\n", file);
    fclose(file);
    expected = xasprintf("%s is no result of stormcell", path);
    assert_not_loaded(path, expected);
    free(expected);

    f.r->schema_version = 2;
    assert_true(result_store(f.r, path));
    expected = xasprintf("%s has version 2 of the result format; expected 1", path);
    assert_not_loaded(path, expected);
    free(expected);

    f.r->schema_version = 1;
    build_requests(&f, 0, DURING, 1, 0)->epoch = 77;
    assert_true(result_store(f.r, path));
    expected = xasprintf("%s is damaged: it refers to what it does not have", path);
    assert_not_loaded(path, expected);
    free(expected);
    unlink(path);
    free(path);
    result_free(f.r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_of_the_language_can_be_read),
        cmocka_unit_test(requests_are_counted_by_label_and_window),
        cmocka_unit_test(a_service_label_switches_to_what_the_service_saw),
        cmocka_unit_test(an_empty_selection_is_refused_but_a_count_may_be_0),
        cmocka_unit_test(what_is_not_there_is_named),
        cmocka_unit_test(a_window_must_be_one_that_the_run_kept_apart),
        cmocka_unit_test(latencies_of_several_cells_are_merged),
        cmocka_unit_test(unfinished_mail_counts_at_its_age_and_makes_a_lower_bound),
        cmocka_unit_test(a_young_unfinished_message_makes_every_greater_value_a_bound),
        cmocka_unit_test(a_few_young_unfinished_messages_are_no_reason_to_doubt_a_quantile),
        cmocka_unit_test(mail_is_counted),
        cmocka_unit_test(levels_are_weighed_by_the_length_of_their_epochs),
        cmocka_unit_test(levels_of_partitions_add_up_or_are_told_apart),
        cmocka_unit_test(gauges_are_the_last_sample_after_the_run),
        cmocka_unit_test(the_oldest_mail_is_known_by_partition_and_interval),
        cmocka_unit_test(recovery_and_people_follow_the_verdicts),
        cmocka_unit_test(promises_are_read_by_meter_and_partition),
        cmocka_unit_test(a_backlog_is_drained_when_it_is_back_where_it_was),
        cmocka_unit_test(faults_say_what_they_touched),
        cmocka_unit_test(links_say_what_crossed_and_what_they_lost),
        cmocka_unit_test(lines_are_judged_with_value_and_limit),
        cmocka_unit_test(history_that_differs_fails_nobody),
        cmocka_unit_test(a_line_that_cannot_be_judged_is_an_error),
        cmocka_unit_test(lines_across_strategies_wait_for_a_comparison),
        cmocka_unit_test(values_that_rest_on_unfinished_mail_are_marked),
        cmocka_unit_test(windows_of_all_lines_become_edges_once_and_in_order),
        cmocka_unit_test(a_stored_result_comes_back_the_same),
        cmocka_unit_test(a_result_that_cannot_be_stored_leaves_nothing_behind),
        cmocka_unit_test(what_is_no_result_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
