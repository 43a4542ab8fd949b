/* test_mail - store and forward, in small worlds that run for real
 *
 * What a real Postfix did (ten partitions, one of which hangs) is in the tests named after it; the world of mail_world.h is its
 * world.
 */
#include "unit/mail_world.h"

/* ---- schedules of deliveries */

/* One message, born after a second, to a partition that refuses at once. */
#define ONE_MESSAGE "hub.senders.internet={rate: 1/s, process: regular, count: 1}", "partitions.count=1"
#define REFUSES "faults.dead={at: 0s, target: box, crash: {}}"

static void a_message_to_a_next_hop_that_refuses_at_once_is_tried_61_times_in_nine_hours(void **state)
{
    static const char *const of[] = {"hub.delivery.retry.of=message", "hub.delivery.retry.of=lane"};

    for (size_t i = 0; i < 2; i++) {
        Stormcell__Result *r = world_run(
            &(struct world){.set = {ONE_MESSAGE, REFUSES, of[i], "clock.run=9h2s", "hub.delay_notice_after=4h"}});

        assert_int_equal(counted(r, COUNT_MAIL_ATTEMPTS), 61);
        assert_int_equal(counted(r, COUNT_MAIL_DELAY_NOTICES), 1);
        assert_int_equal(counted(r, COUNT_MAIL_RETURNED), 0);
        assert_int_equal(counted(r, COUNT_MAIL_QUEUED), 1);
        assert_true(noted(r, "first notice of delay", 0) == 4 * 3600 + 1);
        result_free(r);
    }
}

static void it_is_tried_58_times_when_each_attempt_is_silent_for_half_a_minute(void **state)
{
    Stormcell__Result *r = world_run(&(struct world){.set = {ONE_MESSAGE, "faults.dead={at: 0s, target: box, hang: {}}",
                                                             "hub.delivery.calls.put.timeout=30s", "clock.run=9h2s"}});

    assert_int_equal(counted(r, COUNT_MAIL_ATTEMPTS), 58);
    result_free(r);
}

static void mail_is_returned_after_two_days_and_not_before(void **state)
{
    Stormcell__Result *r = world_run(&(struct world){.set = {ONE_MESSAGE, REFUSES, "clock.run=48h"}});

    assert_int_equal(counted(r, COUNT_MAIL_RETURNED), 0);
    result_free(r);
    r = world_run(&(struct world){.set = {ONE_MESSAGE, REFUSES, "clock.run=49h"}});
    assert_int_equal(counted(r, COUNT_MAIL_RETURNED), 1);
    assert_true(noted(r, "first mail returned", 0) == 48 * 3600 + 1);
    result_free(r);
}

/* Measured: born at 3 s of the grid, tried at ages 0, 12, 27, 57, 117, 197, 277, 357 s; a lifetime of 330 s ended at 357 s. */
#define LIKE_E1A                                                                                                                   \
    "partitions.count=1", REFUSES, "hub.senders.internet={rate: 20/min, process: regular, count: 1}",                              \
        "hub.delivery.retry={schedule: postfix, minimal_backoff: 10s, maximal_backoff: 80s, scan: 5s}", "hub.return_after=330s"

static void postfix_returns_mail_only_after_a_failed_attempt(void **state)
{
    Stormcell__Result *r = world_run(&(struct world){.set = {LIKE_E1A, "hub.expiry=after_attempt", "clock.run=359s"}});

    assert_int_equal(counted(r, COUNT_MAIL_ATTEMPTS), 7);
    assert_int_equal(counted(r, COUNT_MAIL_RETURNED), 0);
    result_free(r);
    r = world_run(&(struct world){.set = {LIKE_E1A, "hub.expiry=after_attempt", "clock.run=10m"}});
    assert_int_equal(counted(r, COUNT_MAIL_ATTEMPTS), 8);
    assert_int_equal(counted(r, COUNT_MAIL_RETURNED), 1);
    assert_between(noted(r, "first mail returned", 0), 360, 360.001);
    result_free(r);
    r = world_run(&(struct world){.set = {LIKE_E1A, "hub.expiry=timer", "clock.run=10m"}});
    assert_int_equal(counted(r, COUNT_MAIL_ATTEMPTS), 7);
    assert_between(noted(r, "first mail returned", 0), 333, 333.001);
    result_free(r);
}

static void an_attempt_under_way_at_the_hour_of_return_decides(void **state)
{
    /* It begins after 1 s and is silent for 15 s; its hour is at 11 s. */
    Stormcell__Result *r = world_run(
        &(struct world){.set = {ONE_MESSAGE, "hub.return_after=10s", "faults.dead={at: 0s, target: box, hang: {}}"}});

    assert_int_equal(counted(r, COUNT_MAIL_RETURNED), 1);
    assert_between(noted(r, "first mail returned", 0), 16, 16.001);
    result_free(r);
    r = world_run(&(struct world){.set = {ONE_MESSAGE, "hub.return_after=10s", "box.operations.put.work=12s"}});
    assert_int_equal(counted(r, COUNT_MAIL_DELIVERED), 1);
    assert_int_equal(counted(r, COUNT_MAIL_RETURNED), 0);
    result_free(r);
}

static void a_permanent_error_returns_mail_at_once(void **state)
{
    Stormcell__Result *r = world_run(&(struct world){.set = {"faults.wrong={at: 0s, target: 'box[3]', error: {permanent: true}}"}});
    uint64_t offered = counted_of(r, COUNT_MAIL_OFFERED, (struct pick){.partition = PARTITION(3)});

    assert_true(offered > 1000);
    assert_int_equal(counted_of(r, COUNT_MAIL_RETURNED, (struct pick){.partition = PARTITION(3)}), offered);
    assert_int_equal(counted(r, COUNT_MAIL_RETURNED), offered);
    assert_int_equal(counted(r, COUNT_MAIL_ATTEMPTS), counted(r, COUNT_MAIL_OFFERED));
    result_free(r);
}

static void a_lane_that_sleeps_costs_one_attempt_for_each_wait_however_much_mail_waits(void **state)
{
    Stormcell__Result *r = world_run(
        &(struct world){.set = {"partitions.count=1", "hub.senders.internet={rate: 20/s, until: 50m}", "hub.delivery.retry.of=lane",
                                "clock.run=1h", "faults.dead={at: 0s, for: 40m, target: box, crash: {}}"}});

    /* At about 0, 1, 2, 3, 4, 9, 14, 19, 24, 29 and 34 min in vain; the one at 44 min wakes the lane. */
    assert_int_equal(counted(r, COUNT_MAIL_DELIVERED), counted(r, COUNT_MAIL_OFFERED));
    assert_int_equal(counted(r, COUNT_MAIL_ATTEMPTS), counted(r, COUNT_MAIL_OFFERED) + 11);
    assert_between(quantile_of(r, SAMPLE_MAIL_DELAY, (struct pick){0}, 1), 44 * 60, 44 * 60 + 1);
    result_free(r);
}

/* ---- the incident, as measured on a real Postfix: times scaled 1:20, 20 messages/s for 240 s, partition 0 hangs from 30 s to 150
 * s */

#define LIKE_E2                                                                                                                    \
    "clock.run=400s", "hub.senders.internet={rate: 20/s, until: 240s}", "box.operations.put.work=205ms",                           \
        "hub.delivery.retry={schedule: postfix, minimal_backoff: 15s, maximal_backoff: 120s, scan: 10s}",                          \
        "faults.hangs={at: 30s, for: 120s, target: 'box[0]', hang: {at_end: drop}}"

static const struct pick healthy_during = {.but = PARTITION(0), .from_ns = 30 * SECOND, .to_ns = 150 * SECOND};

/* The mean over seeds of what one world says, with the standard error of that mean. */
struct estimate {
    double mean, error;
};

static struct estimate estimate(const double *values, unsigned n)
{
    struct estimate e = {0};
    double squares = 0;

    for (unsigned i = 0; i < n; i++)
        e.mean += values[i] / n;
    for (unsigned i = 0; i < n; i++)
        squares += (values[i] - e.mean) * (values[i] - e.mean);
    for (double low = 0, high = squares + 1; high - low > 1e-9;) { /* square root of squares / (n (n - 1)) */
        e.error = (low + high) / 2;
        if (e.error * e.error * n * (n - 1) < squares)
            low = e.error;
        else
            high = e.error;
    }
    return e;
}

/* Measured: 33 / 56 / 62 s (p50 / p90 / max), peak of the active queue 1276, 386 attempts at partition 0 for what was born during
 * the hang. */
static void one_hung_partition_delays_everybody_behind_a_shared_pool(void **state)
{
    enum { SEEDS = 8 };
    double p50[SEEDS], p90[SEEDS], peak[SEEDS];

    for (unsigned i = 0; i < SEEDS; i++) {
        Stormcell__Result *r = world_run(&(struct world){.set = {LIKE_E2}, .seed = i + 1, .edges_ns = {30 * SECOND, 150 * SECOND}});

        p50[i] = quantile_of(r, SAMPLE_MAIL_DELAY, healthy_during, 0.5);
        p90[i] = quantile_of(r, SAMPLE_MAIL_DELAY, healthy_during, 0.9);
        peak[i] = level_max(r, LEVEL_MAIL_ACTIVE);
        assert_int_equal(counted(r, COUNT_MAIL_DELIVERED), counted(r, COUNT_MAIL_OFFERED));
        assert_true(quantile_of(r, SAMPLE_MAIL_DELAY, (struct pick){.to_ns = 30 * SECOND}, 0.5) < 0.21);
        result_free(r);
    }
    assert_between(estimate(p50, SEEDS).mean, 33 * 0.8, 33 * 1.2);
    assert_between(estimate(p90, SEEDS).mean, 56 * 0.88, 56 * 1.12);
    assert_between(estimate(peak, SEEDS).mean, 1276 * 0.92, 1276 * 1.08);
    assert_true(estimate(peak, SEEDS).error < 40);
}

/* Measured: healthy p99 0.37 s; partition 0: 257 attempts and 519 suspensions. */
static void a_stock_window_keeps_healthy_mail_on_time(void **state)
{
    Stormcell__Result *r = world_run(
        &(struct world){.set = {LIKE_E2, "hub.delivery.window={initial: 5, limit: 20}"}, .edges_ns = {30 * SECOND, 150 * SECOND}});
    uint64_t during = counted_of(r, COUNT_MAIL_OFFERED,
                                 (struct pick){.partition = PARTITION(0), .from_ns = 30 * SECOND, .to_ns = 150 * SECOND});
    uint64_t attempts = counted_of(r, COUNT_MAIL_ATTEMPTS,
                                   (struct pick){.partition = PARTITION(0), .from_ns = 30 * SECOND, .to_ns = 150 * SECOND});

    assert_true(quantile_of(r, SAMPLE_MAIL_DELAY, healthy_during, 0.99) < 0.5);
    /* 20 attempts fail in vain: 5 at once, for 15 s of each 30 s, in 120 s. */
    assert_between((double)(attempts - during), 18, 22);
    assert_between((double)counted(r, COUNT_MAIL_SUSPENDED), 400, 650);
    result_free(r);
}

static void answers_with_an_error_do_not_close_a_window(void **state)
{
    static const char *const kinds[] = {"faults.f={at: 30s, for: 60s, target: 'box[0]', error: {error_work: 14s}}",
                                        "faults.f={at: 30s, for: 60s, target: 'box[0]', hang: {}}"};
    uint64_t suspended[2];

    for (size_t i = 0; i < 2; i++) {
        Stormcell__Result *r = world_run(&(struct world){.set = {"hub.delivery.window={}", kinds[i]}});

        suspended[i] = counted(r, COUNT_MAIL_SUSPENDED);
        result_free(r);
    }
    assert_int_equal(suspended[0], 0);
    assert_true(suspended[1] > 50);
}

static void a_lane_of_its_own_from_the_start_keeps_healthy_mail_on_time(void **state)
{
    Stormcell__Result *r = world_run(&(struct world){.set = {LIKE_E2, "hub.delivery.lanes={apart: {partitions: [0], workers: 5}}"},
                                                     .edges_ns = {30 * SECOND, 150 * SECOND}});

    assert_true(quantile_of(r, SAMPLE_MAIL_DELAY, healthy_during, 0.99) < 0.5);
    assert_int_equal(counted(r, COUNT_MAIL_SUSPENDED), 0);
    result_free(r);
}

/* Measured as a law: an active queue that is full of the hung partition's mail stops everybody, own lane or not. */
static void a_lane_of_its_own_does_not_escape_the_limit_of_the_active_queue(void **state)
{
    Stormcell__Result *r = world_run(&(struct world){.set = {LIKE_E2, "hub.delivery.lanes={apart: {partitions: [0], workers: 5}}",
                                                             "hub.delivery.active_limit=100"},
                                                     .edges_ns = {30 * SECOND, 150 * SECOND}});

    assert_true(quantile_of(r, SAMPLE_MAIL_DELAY, healthy_during, 0.99) > 10);
    assert_int_equal(level_max(r, LEVEL_MAIL_ACTIVE), 100);
    assert_int_equal(counted(r, COUNT_MAIL_DELIVERED), counted(r, COUNT_MAIL_OFFERED));
    result_free(r);
}

/* As Postfix's queue manager has it: retries to the hung partition come back when the backlog of new mail is gone. Let in by turns,
 * they delay nine tenths of healthy mail by up to 75 s instead of 50 s, and mail of the hung partition itself by 75 s instead of
 * 105 s in the median. */
static void a_full_active_queue_prefers_new_mail_to_retries(void **state)
{
    Stormcell__Result *r = world_run(
        &(struct world){.set = {LIKE_E2, "hub.delivery.active_limit=100"}, .edges_ns = {30 * SECOND, 150 * SECOND}});
    struct pick hung = {.partition = PARTITION(0), .from_ns = 30 * SECOND, .to_ns = 150 * SECOND};

    assert_between(quantile_of(r, SAMPLE_MAIL_DELAY, healthy_during, 0.9), 40, 60);
    assert_between(quantile_of(r, SAMPLE_MAIL_DELAY, hung, 0.5), 90, 120);
    assert_int_equal(level_max(r, LEVEL_MAIL_ACTIVE), 100);
    assert_int_equal(counted(r, COUNT_MAIL_DELIVERED), counted(r, COUNT_MAIL_OFFERED));
    result_free(r);
}

/* 20 workers are held 15 s each by 2 messages/s: gone after 10 s. The cure at 80 s takes one time-out to bite. */
static void isolation_in_the_middle_cures_the_others_after_a_time_out(void **state)
{
    Stormcell__Result *r = world_run(
        &(struct world){.set = {LIKE_E2, "runbook=[{at: 80s, isolate: {transport: hub, partitions: [0], workers: 2}}]",
                                "hub.delivery.active_limit=500"},
                        .edges_ns = {30 * SECOND, 80 * SECOND, 110 * SECOND, 150 * SECOND}});
    struct pick before = {.but = PARTITION(0), .from_ns = 30 * SECOND, .to_ns = 80 * SECOND};
    struct pick cured = {.but = PARTITION(0), .from_ns = 110 * SECOND},
                hung = {.partition = PARTITION(0), .from_ns = 110 * SECOND, .to_ns = 150 * SECOND};

    assert_true(quantile_of(r, SAMPLE_MAIL_DELAY, before, 0.9) > 15);
    assert_true(quantile_of(r, SAMPLE_MAIL_DELAY, cured, 0.99) < 0.5);
    assert_true(quantile_of(r, SAMPLE_MAIL_DELAY, hung, 0.5) > 10);
    assert_int_equal(counted(r, COUNT_MAIL_DELIVERED), counted(r, COUNT_MAIL_OFFERED));
    result_free(r);
}

/* ---- bulkheads */

static double p99_behind_bulkhead(const char *when_full)
{
    char bulkhead[96];
    Stormcell__Result *r;
    double p99;

    sprintf(bulkhead, "hub.delivery.bulkhead={limit: 5, when_full: %s}", when_full);
    r = world_run(
        &(struct world){.set = {LIKE_E2, bulkhead, "hub.delivery.active_limit=200"}, .edges_ns = {30 * SECOND, 150 * SECOND}});
    p99 = quantile_of(r, SAMPLE_MAIL_DELAY, healthy_during, 0.99);
    result_free(r);
    return p99;
}

static void a_bulkhead_that_defers_or_rejects_keeps_healthy_mail_on_time(void **state)
{
    assert_true(p99_behind_bulkhead("defer") < 0.25);
    assert_true(p99_behind_bulkhead("reject") < 0.25);
}

static void waiting_at_the_head_of_the_shared_queue_is_worse_than_no_bulkhead(void **state)
{
    Stormcell__Result *r = world_run(&(struct world){.set = {LIKE_E2}, .edges_ns = {30 * SECOND, 150 * SECOND}});
    double without = quantile_of(r, SAMPLE_MAIL_DELAY, healthy_during, 0.99);

    result_free(r);
    assert_true(p99_behind_bulkhead("wait") > without);
}

static void deferred_by_a_bulkhead_mail_keeps_its_order_and_costs_no_attempt(void **state)
{
    Stormcell__Result *r = world_run(
        &(struct world){.set = {"partitions.count=1", "hub.senders.internet={rate: 20/s, process: regular, count: 100}",
                                "hub.delivery.bulkhead={limit: 1, when_full: defer}"}});

    /* One at a time, first come first served: the n-th waits for n - 1 others. */
    assert_int_equal(counted(r, COUNT_MAIL_ATTEMPTS), 100);
    assert_int_equal(counted(r, COUNT_MAIL_SUSPENDED), 0);
    assert_between(quantile_of(r, SAMPLE_MAIL_DELAY, (struct pick){0}, 1), 100 * 0.2 - 99 * 0.05 - 0.01,
                   100 * 0.2 - 99 * 0.05 + 0.2);
    assert_between(mean_of(r, SAMPLE_MAIL_DELAY), 7.6, 7.65);
    assert_int_equal(level_max(r, LEVEL_MAIL_ACTIVE), 2);
    result_free(r);
}

/* ---- senders and back pressure */

/* Everything hangs for 20 min: untried mail piles up past both thresholds. */
#define PRESSED                                                                                                                    \
    "clock.run=4h", "partitions.count=2", "hub.delivery.workers=10", "faults.hangs={at: 5m, for: 20m, target: box, hang: {}}",     \
        "hub.back_pressure={medium: 1000, high: 5000, high_to_medium: 3000, low: 500, patience: 1m}"

static void back_pressure_rises_by_its_thresholds_and_falls_with_hysteresis(void **state)
{
    Stormcell__Result *r = world_run(
        &(struct world){.set = {PRESSED, "hub.senders={inside: {rate: 20/s, inside: true, until: 30m}}"}});
    double medium = noted(r, "back pressure medium", 0), high = noted(r, "back pressure high", 0),
           low = noted(r, "back pressure low", 0);

    /* From 300 s on 20/s pile up, less those that 10 workers try in vain, one each in 15 s; seen at the next sample of 2 s. */
    assert_between(medium, 300 + 1000 / 19.3 - 5, 300 + 1000 / 19.3 + 8);
    assert_between(noted(r, "outside senders are refused", 0), medium + 60, medium + 62);
    assert_between(high, 300 + 5000 / 19.3 - 10, 300 + 5000 / 19.3 + 13);
    assert_true(noted(r, "back pressure medium", 1) > high && noted(r, "back pressure medium", 1) < low);
    assert_int_equal(counted(r, COUNT_MAIL_DELIVERED), counted(r, COUNT_MAIL_OFFERED));
    result_free(r);
}

static void outside_senders_are_refused_at_medium_and_inside_ones_at_high(void **state)
{
    Stormcell__Result *r = world_run(
        &(struct world){.set = {PRESSED, "hub.back_pressure.high=1M", "hub.senders={inside: {rate: 20/s, inside: true}}"}});

    assert_int_equal(counted(r, COUNT_MAIL_OFFERS), counted(r, COUNT_MAIL_OFFERED));
    result_free(r);
    r = world_run(&(struct world){.set = {PRESSED, "hub.back_pressure.high=1M", "hub.senders={outside: {rate: 20/s}}"}});
    assert_true(counted(r, COUNT_MAIL_OFFERS) > counted(r, COUNT_MAIL_OFFERED) + 10000);
    result_free(r);
}

/* Postfix waits for the age of the message, at most 4000 s, and looks every 300 s. */
static void mail_held_by_postfix_senders_arrives_within_4000_s_and_a_scan_of_their_last_refusal(void **state)
{
    Stormcell__Result *r = world_run(
        &(struct world){.set = {"clock.run=8h", "partitions.count=2", "hub.delivery.calls.put.timeout=5h",
                                "hub.senders={outside: {rate: 5/s, until: 3h}}",
                                "faults.hangs={at: 5m, for: 3h, target: box, hang: {}}",
                                "hub.back_pressure={medium: 100, high: 200, high_to_medium: 150, low: 50, patience: 0s}"},
                        .edges_ns = {6400 * SECOND, 6500 * SECOND}});
    struct pick some = {.from_ns = 6400 * SECOND, .to_ns = 6500 * SECOND};
    double low = noted(r, "back pressure low", 0);

    /* The hang ends at 11,100 s, and nobody is refused from then on. */
    assert_between(low, 11100, 11110);
    assert_int_equal(counted(r, COUNT_MAIL_DELIVERED), counted(r, COUNT_MAIL_OFFERED));
    assert_true(counted(r, COUNT_MAIL_OFFERS) > 4 * counted(r, COUNT_MAIL_OFFERED));
    /* Born then, a message is offered at scans about 300, 900, 2100 and 4500 s later: the last of these falls shortly before or
     * after the cure. */
    assert_between(quantile_of(r, SAMPLE_MAIL_DELAY, some, 1), 11100 + 4000 - 6500, 11100 + 4300 - 6400);
    assert_between(quantile_of(r, SAMPLE_MAIL_DELAY, some, 0), 11100 - 6500, 11100 + 300 - 6400);
    result_free(r);
}

static void what_a_sender_gives_up_is_reported_or_lost(void **state)
{
    static const char *const notice[] = {"hub.senders.outside.gives_notice=true", "hub.senders.outside.gives_notice=false"};

    for (size_t i = 0; i < 2; i++) {
        Stormcell__Result *r = world_run(
            &(struct world){.set = {"clock.run=3h", "partitions.count=2", "hub.delivery.calls.put.timeout=5h",
                                    "hub.senders={outside: {rate: 5/s, until: 1h, retry: {rfc5321: {share: 100%, give_up: 50m}}}}",
                                    notice[i], "faults.hangs={at: 5m, target: box, hang: {}}",
                                    "hub.back_pressure={medium: 100, high: 200, high_to_medium: 150, low: 50, patience: 0s}"}});
        uint64_t gone = counted(r, i ? COUNT_MAIL_LOST_BY_SENDER : COUNT_MAIL_EXPIRED_AT_SENDER);

        /* Offered at 0, 30 to 31 and 60 to 61 min: that is the end. */
        assert_true(gone > 15000);
        assert_int_equal(counted(r, i ? COUNT_MAIL_EXPIRED_AT_SENDER : COUNT_MAIL_LOST_BY_SENDER), 0);
        assert_int_equal(counted(r, COUNT_MAIL_HELD_BY_SENDER), 0);
        assert_int_equal(counted(r, COUNT_MAIL_OFFERS), counted(r, COUNT_MAIL_ACCEPTED) + 3 * gone);
        result_free(r);
    }
}

static void hosts_follow_their_schedules_by_their_shares(void **state)
{
    /* Refused from the start for 58 min: rfc5321 offers at 0 and 30 min or so, postfix at 0 and, when its scan is 300 s to 600 s
     * away, at an age of that, twice that and four times that, the last if it comes before the end. */
    Stormcell__Result *all_rfc, *half;
    static const char *const shares[] = {"hub.senders.outside.retry={rfc5321: 100%}",
                                         "hub.senders.outside.retry={rfc5321: 50%, postfix: 50%}"};
    Stormcell__Result **results[] = {&all_rfc, &half};

    for (size_t i = 0; i < 2; i++)
        *results[i] = world_run(&(struct world){
            .set = {"clock.run=58m", "partitions.count=1", "hub.delivery.workers=1", "faults.hangs={at: 0s, target: box, hang: {}}",
                    "hub.senders={outside: {rate: 100/s, until: 1m, hosts: 1000}}", shares[i],
                    "hub.back_pressure={medium: 1, high: 2, high_to_medium: 1, low: 1, patience: 0s}"}});
    /* All: 2 offers each. Half: 2 for one half; 1 + 4 or so for the other. */
    assert_between((double)counted(all_rfc, COUNT_MAIL_OFFERS) / (double)counted(all_rfc, COUNT_MAIL_OFFERED), 1.9, 2);
    assert_between((double)counted(half, COUNT_MAIL_OFFERS) / (double)counted(half, COUNT_MAIL_OFFERED), (2 + 3.5) / 2,
                   (2 + 4.3) / 2);
    result_free(all_rfc);
    result_free(half);
}

static void copies_of_a_message_are_counted_each_and_spread_over_partitions(void **state)
{
    Stormcell__Result *r = world_run(
        &(struct world){.set = {"hub.senders.internet={rate: 20/s, recipients: 3}", "hub.delivery.workers=1000"}});
    double offered = (double)counted(r, COUNT_MAIL_OFFERED);

    /* 12,000 messages of 3 copies on average; the standard deviation of a geometric number with mean 3 is sqrt(6). */
    assert_between(offered / 12000, 3 - 4 * 0.03, 3 + 4 * 0.03);
    assert_between((double)counted_of(r, COUNT_MAIL_OFFERED, (struct pick){.partition = PARTITION(7)}) / offered, 0.09, 0.11);
    assert_int_equal(counted(r, COUNT_MAIL_OFFERED), counted(r, COUNT_MAIL_DELIVERED) + counted(r, COUNT_MAIL_QUEUED));
    result_free(r);
}

static void refused_copies_all_arrive_in_the_end(void **state)
{
    Stormcell__Result *r = world_run(
        &(struct world){.set = {PRESSED, "hub.senders={outside: {rate: 10/s, until: 1h, recipients: {mean: 5, max: 12}}}"}});

    assert_int_equal(counted(r, COUNT_MAIL_DELIVERED), counted(r, COUNT_MAIL_OFFERED));
    assert_true(counted(r, COUNT_MAIL_OFFERS) > counted(r, COUNT_MAIL_OFFERED) + 10000);
    result_free(r);
}

static void the_age_of_the_oldest_mail_is_known_at_the_end_of_each_interval(void **state)
{
    Stormcell__Result *r = world_run(&(struct world){.set = {ONE_MESSAGE, "faults.dead={at: 0s, for: 5m, target: box, hang: {}}"}});

    /* Born at 1 s, tried in vain until 5 min, delivered a few minutes later; known to half of 1 / 8192 of 10 min. */
    assert_int_equal(r->n_cohorts, 1);
    for (size_t i = 0; i < 5; i++)
        assert_between((double)r->cohorts[0]->mail_oldest_ns[i] * 1e-9, 60 * (double)(i + 1) - 1 - 0.08,
                       60 * (double)(i + 1) - 1 + 0.08);
    assert_int_equal(r->cohorts[0]->mail_oldest_ns[9], 0);
    result_free(r);
}

static void mail_later_than_promised_is_counted_where_it_was_born(void **state)
{
    Stormcell__Result *r = world_run(&(struct world){
        .set = {"partitions.count=1", "hub.delivery.workers=1000", "faults.dead={at: 2m, for: 3m, target: box, hang: {}}",
                "sla={meters: [mail_delay], mail_delay: 1m}", "hub.delivery.calls.put.timeout=10m"}});

    /* Late is what is born more than a minute before the end of the hang, give or take the second in which the backlog drains. */
    assert_int_equal(r->cohorts[0]->mail_late[0], 0);
    assert_int_equal(r->cohorts[0]->mail_late[2], r->cohorts[0]->mail_offered[2]);
    assert_int_equal(r->cohorts[0]->mail_late[3], r->cohorts[0]->mail_offered[3]);
    assert_true(r->cohorts[0]->mail_late[4] < 40 && r->cohorts[0]->mail_offered[4] > 900);
    result_free(r);
}

/* ---- laws */

/* Workers held for an exponential time are the servers of an M/M/c: waits of Erlang C. */
static void delivery_workers_are_the_servers_of_an_m_m_c(void **state)
{
    enum { SEEDS = 10 };
    static const struct {
        const char *workers, *rate;
        double wait_s;
    } models[] = {{"hub.delivery.workers=1", "hub.senders.internet.rate=0.8/s", 4},
                  {"hub.delivery.workers=2", "hub.senders.internet.rate=1.6/s", 1.777778},
                  {"hub.delivery.workers=10", "hub.senders.internet.rate=8/s", 0.204590}};

    for (size_t k = 0; k < sizeof models / sizeof *models; k++) {
        double waits[SEEDS];
        struct estimate e;

        for (unsigned i = 0; i < SEEDS; i++) {
            Stormcell__Result *r = world_run(
                &(struct world){.set = {models[k].workers, models[k].rate, "clock.run=20h",
                                        "box.operations.put.work={exponential: {mean: 1s}}", "hub.delivery.calls.put.timeout=1h"},
                                .seed = i + 1});

            waits[i] = mean_of(r, SAMPLE_MAIL_TRANSPORT_DELAY) - 1;
            result_free(r);
        }
        e = estimate(waits, SEEDS);
        assert_between(e.mean, models[k].wait_s - 4 * e.error, models[k].wait_s + 4 * e.error);
        assert_true(e.error < 0.05 * models[k].wait_s);
    }
}

/* 5/s of 50/s hang for their 30 s: the 100 workers are gone after 20 s, and the backlog grows by rate - workers / mean hold. */
static void the_backlog_behind_a_hung_partition_grows_by_rate_less_workers_over_mean_hold(void **state)
{
    Stormcell__Result *r = world_run(&(struct world){
        .set = {"clock.run=32m", "hub.senders.internet.rate=50/s", "hub.delivery.workers=100", "hub.delivery.calls.put.timeout=30s",
                "hub.delivery.retry.intervals=[10h]", "faults.hangs={at: 2m, target: 'box[0]', hang: {}}"}});
    double hold = 0.1 * 30 + 0.9 * 0.2, done = 1800 * 100 / hold, arrived = 1800 * 50.0;

    assert_between(level_max(r, LEVEL_MAIL_ACTIVE), (arrived - done) * 0.95, (arrived - done) * 1.05);
    result_free(r);
}

/* Every book is asserted at the end of a run; here all that may be switched on is, in turns. */
static void the_books_add_up_whatever_is_switched_on(void **state)
{
    static const char *const schedules[] = {
        "hub.delivery.retry={schedule: postfix, minimal_backoff: 15s, maximal_backoff: 120s, scan: 10s}",
        "hub.delivery.retry={intervals: [10s, 30s]}", "hub.delivery.retry={of: lane}",
        "hub.delivery.retry={of: lane, schedule: rfc5321}"};
    static const char *const windows[] = {"hub.delivery.window=null", "hub.delivery.window={initial: 2, limit: 4}"};
    static const char *const bulkheads[] = {"hub.delivery.bulkhead=null", "hub.delivery.bulkhead={limit: 2, when_full: reject}",
                                            "hub.delivery.bulkhead={limit: 2, when_full: defer}",
                                            "hub.delivery.bulkhead={limit: 2, when_full: wait}"};
    static const char *const limits[] = {"hub.delivery.active_limit=null", "hub.delivery.active_limit=40"};
    static const char *const faults[] = {"faults.f={at: 30s, for: 150s, target: 'box[0]', hang: {}}",
                                         "faults.f={at: 30s, for: 150s, target: 'box[0]', crash: {share: 60%}}",
                                         "faults.f={at: 30s, for: 150s, target: box, hang: {at_end: drop}}"};
    static const char *const ends[] = {"hub.expiry=timer", "hub.expiry=after_attempt"};

    for (unsigned i = 0; i < 4 * 2 * 4 * 2 * 3; i++) {
        Stormcell__Result *r = world_run(&(
            struct world){.set = {"clock.run=6m", schedules[i % 4], windows[i / 4 % 2], bulkheads[i / 8 % 4], limits[i / 32 % 2],
                                  faults[i / 64 % 3], ends[(i + i / 4) % 2], "hub.return_after=100s", "hub.delay_notice_after=40s",
                                  "hub.senders={in: {rate: 8/s, inside: true}, out: {rate: 8/s, recipients: 1.5, retry: {exchange: "
                                  "{share: 100%, give_up: 3m}}}}",
                                  "hub.back_pressure={medium: 20, high: 60, high_to_medium: 30, low: 5, patience: 4s}",
                                  "hub.delivery.lanes={apart: {partitions: [3, 4], workers: 2}}",
                                  "runbook=[{at: 70s, isolate: {transport: hub, partitions: [0], workers: 1}}, "
                                  "{at: 71s, isolate: {transport: hub, partitions: [0, 3, 4, 5], workers: 2}}]"},
                          .seed = i + 1});

        assert_true(counted(r, COUNT_MAIL_OFFERED) > 6000);
        assert_true(counted(r, COUNT_MAIL_DELIVERED) > 100);
        result_free(r);
    }
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
    struct world w = {.set = {PRESSED, "hub.senders={outside: {rate: 20/s, recipients: 1.5, retry: {postfix: 60%, exim: 40%}}}"}};
    Stormcell__Result *a = world_run(&w), *b = world_run(&w);
    size_t size = stormcell__result__get_packed_size(a);
    uint8_t *bytes = malloc(2 * size);

    assert_int_equal(stormcell__result__get_packed_size(b), size);
    stormcell__result__pack(a, bytes);
    stormcell__result__pack(b, bytes + size);
    assert_memory_equal(bytes, bytes + size, size);
    free(bytes);
    result_free(a);
    result_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_to_a_next_hop_that_refuses_at_once_is_tried_61_times_in_nine_hours),
        cmocka_unit_test(it_is_tried_58_times_when_each_attempt_is_silent_for_half_a_minute),
        cmocka_unit_test(mail_is_returned_after_two_days_and_not_before),
        cmocka_unit_test(postfix_returns_mail_only_after_a_failed_attempt),
        cmocka_unit_test(an_attempt_under_way_at_the_hour_of_return_decides),
        cmocka_unit_test(a_permanent_error_returns_mail_at_once),
        cmocka_unit_test(a_lane_that_sleeps_costs_one_attempt_for_each_wait_however_much_mail_waits),
        cmocka_unit_test(one_hung_partition_delays_everybody_behind_a_shared_pool),
        cmocka_unit_test(a_stock_window_keeps_healthy_mail_on_time),
        cmocka_unit_test(answers_with_an_error_do_not_close_a_window),
        cmocka_unit_test(a_lane_of_its_own_from_the_start_keeps_healthy_mail_on_time),
        cmocka_unit_test(a_lane_of_its_own_does_not_escape_the_limit_of_the_active_queue),
        cmocka_unit_test(a_full_active_queue_prefers_new_mail_to_retries),
        cmocka_unit_test(isolation_in_the_middle_cures_the_others_after_a_time_out),
        cmocka_unit_test(a_bulkhead_that_defers_or_rejects_keeps_healthy_mail_on_time),
        cmocka_unit_test(waiting_at_the_head_of_the_shared_queue_is_worse_than_no_bulkhead),
        cmocka_unit_test(deferred_by_a_bulkhead_mail_keeps_its_order_and_costs_no_attempt),
        cmocka_unit_test(back_pressure_rises_by_its_thresholds_and_falls_with_hysteresis),
        cmocka_unit_test(outside_senders_are_refused_at_medium_and_inside_ones_at_high),
        cmocka_unit_test(mail_held_by_postfix_senders_arrives_within_4000_s_and_a_scan_of_their_last_refusal),
        cmocka_unit_test(what_a_sender_gives_up_is_reported_or_lost),
        cmocka_unit_test(hosts_follow_their_schedules_by_their_shares),
        cmocka_unit_test(copies_of_a_message_are_counted_each_and_spread_over_partitions),
        cmocka_unit_test(refused_copies_all_arrive_in_the_end),
        cmocka_unit_test(the_age_of_the_oldest_mail_is_known_at_the_end_of_each_interval),
        cmocka_unit_test(mail_later_than_promised_is_counted_where_it_was_born),
        cmocka_unit_test(delivery_workers_are_the_servers_of_an_m_m_c),
        cmocka_unit_test(the_backlog_behind_a_hung_partition_grows_by_rate_less_workers_over_mean_hold),
        cmocka_unit_test(the_books_add_up_whatever_is_switched_on),
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
