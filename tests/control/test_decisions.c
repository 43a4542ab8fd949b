/* What each control decides, step by step: the formulas of back-off, the transitions of the breaker, limits to the request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "control/control.h"
#include "control/kinds.h"

enum { MS = 1000000, S = 1000000000 };

/* A control, its state, and what it is shown. */
struct subject {
    const struct control_kind *kind;
    uint64_t state[CONTROL_STATE_MAX / 8], acts[CONTROL_REASONS];
    int64_t now_ns;
    uint32_t waiting, running, workers;
};

static void subject_start(struct subject *s, const struct control_kind *kind, const void *settings)
{
    struct view view = {.acts = s->acts};

    *s = (struct subject){.kind = kind, .workers = 1};
    kind->start(&view, s->state, settings);
}

static enum decision ask(struct subject *s)
{
    struct view view = {.now_ns = s->now_ns, .waiting = s->waiting, .running = s->running, .workers = s->workers, .acts = s->acts};

    return s->kind->admit(&view, s->state, &(struct asked){.attempt = 1});
}

static void finish(struct subject *s, enum outcome outcome, int64_t latency_ns)
{
    struct view view = {.now_ns = s->now_ns, .acts = s->acts};

    s->kind->done(&view, s->state, &(struct asked){.attempt = 1}, outcome, latency_ns);
}

/* ---------------------------------------------------------------- backoff */

typedef Stormcell__Backoff Backoff;
#define BACKOFF(...) ((Backoff){.base = PROTOBUF_C_MESSAGE_INIT(&stormcell__backoff__descriptor), __VA_ARGS__})
#define GROWTH(word) .growth = STORMCELL__BACKOFF__GROWTH__GROWTH_##word
#define JITTER(word) .jitter = STORMCELL__BACKOFF__JITTER__JITTER_##word

/* Asks again() after attempt number `attempt`; -1: no retry. */
static int64_t delay_after(const Backoff *set, uint32_t attempt, int64_t previous_ns, struct draw random)
{
    struct subject s;
    struct view view = {.acts = s.acts, .random = random};
    int64_t delay_ns = 0;

    subject_start(&s, &control_backoff, set);
    if (!s.kind->again(&view, s.state, &(struct asked){.attempt = attempt, .previous_delay_ns = previous_ns}, OUTCOME_REFUSED,
                       &delay_ns))
        return -1;
    return delay_ns;
}

static struct draw stream(uint64_t n)
{
    return draw_at(draw_key(1, "backoff", "test"), n, 0);
}

/* The delays before retry 1, 2, ..., in milliseconds; -1: it gives up. */
static void assert_delays_ms(Backoff set, const int *expected, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(delay_after(&set, (uint32_t)i + 1, 0, stream(i)), expected[i] < 0 ? -1 : (int64_t)expected[i] * MS);
}
#define DELAYS_MS(set, ...) assert_delays_ms(set, (const int[]){__VA_ARGS__}, sizeof((const int[]){__VA_ARGS__}) / sizeof(int))

static void backoff_tries_as_often_as_it_is_told_the_first_time_included(void **state)
{
    DELAYS_MS(BACKOFF(.attempts = 1, GROWTH(FIXED), .base_ns = 5 * MS, .cap_ns = S), -1, -1);
    DELAYS_MS(BACKOFF(.attempts = 3, GROWTH(FIXED), .base_ns = 5 * MS, .cap_ns = S), 5, 5, -1, -1);
}

static void growth_none_tries_again_at_once(void **state)
{
    DELAYS_MS(BACKOFF(.attempts = 4, GROWTH(NONE), .base_ns = 5 * MS, .cap_ns = S), 0, 0, 0, -1);
    DELAYS_MS(BACKOFF(.attempts = 4, GROWTH(NONE), .base_ns = 5 * MS, .cap_ns = S, JITTER(FULL)), 0, 0, 0, -1);
}

static void growth_fixed_waits_the_same_each_time(void **state)
{
    DELAYS_MS(BACKOFF(.attempts = 9, GROWTH(FIXED), .base_ns = 250 * MS, .cap_ns = S), 250, 250, 250, 250);
    DELAYS_MS(BACKOFF(.attempts = 9, GROWTH(FIXED), .base_ns = 250 * MS, .cap_ns = 100 * MS), 100, 100, 100);
}

static void growth_exponential_multiplies_up_to_the_cap(void **state)
{
    DELAYS_MS(BACKOFF(.attempts = 9, GROWTH(EXPONENTIAL), .base_ns = 100 * MS, .cap_ns = S, .multiplier = 2), 100, 200, 400, 800,
              1000, 1000, 1000, 1000, -1);
    DELAYS_MS(BACKOFF(.attempts = 9, GROWTH(EXPONENTIAL), .base_ns = 10 * MS, .cap_ns = S, .multiplier = 3), 10, 30, 90, 270, 810,
              1000);
    DELAYS_MS(BACKOFF(.attempts = 9, GROWTH(EXPONENTIAL), .base_ns = 10 * MS, .cap_ns = S, .multiplier = 1), 10, 10, 10, 10);
    DELAYS_MS(BACKOFF(.attempts = 9, GROWTH(EXPONENTIAL), .base_ns = 2 * (int64_t)S, .cap_ns = S, .multiplier = 2), 1000, 1000);
}

static void the_defaults_are_three_attempts_100_ms_and_200_ms_apart(void **state)
{
    DELAYS_MS((Backoff)STORMCELL__BACKOFF__INIT, 100, 200, -1);
}

static void no_delay_grows_out_of_nothing(void **state)
{
    const Backoff set = BACKOFF(.attempts = 1000000, GROWTH(EXPONENTIAL), .base_ns = 0, .cap_ns = S, .multiplier = 2);

    assert_int_equal(delay_after(&set, 999999, 0, stream(0)), 0);
    assert_int_equal(delay_after(&set, 1000000, 0, stream(0)), -1);
}

/* What 20,000 draws of one delay look like. */
struct spread {
    double least, most, mean, error; /* seconds; error: standard error of the mean */
};

static struct spread spread_of(Backoff set, uint32_t attempt, int64_t previous_ns)
{
    enum { DRAWS = 20000 };
    struct spread s = {.least = INFINITY};
    double squares = 0;

    for (uint64_t i = 0; i < DRAWS; i++) {
        double delay = (double)delay_after(&set, attempt, previous_ns, stream(i)) / S;

        s.least = fmin(s.least, delay);
        s.most = fmax(s.most, delay);
        s.mean += delay / DRAWS;
        squares += delay * delay / DRAWS;
    }
    s.error = sqrt((squares - s.mean * s.mean) / DRAWS);
    return s;
}

/* All draws lie in from..to, reach into the outer hundredths, and have this mean. */
static void assert_spread(struct spread s, double from, double to, double mean)
{
    double hundredth = (to - from) / 100;

    assert_true(s.least >= from && s.least < from + hundredth);
    assert_true(s.most <= to && s.most > to - hundredth);
    assert_true(fabs(s.mean - mean) <= 4 * s.error);
}

static void full_jitter_is_uniform_from_nothing_to_the_delay(void **state)
{
    Backoff set = BACKOFF(.attempts = 9, GROWTH(EXPONENTIAL), .base_ns = S, .cap_ns = 60 * (int64_t)S, .multiplier = 2,
                          JITTER(FULL));

    assert_spread(spread_of(set, 1, 0), 0, 1, .5);
    assert_spread(spread_of(set, 4, 0), 0, 8, 4);
    assert_spread(spread_of(set, 8, 0), 0, 60, 30); /* the cap comes first, the jitter then */
}

static void equal_jitter_keeps_half_of_the_delay(void **state)
{
    Backoff set = BACKOFF(.attempts = 9, GROWTH(EXPONENTIAL), .base_ns = S, .cap_ns = 60 * (int64_t)S, .multiplier = 2,
                          JITTER(EQUAL));

    assert_spread(spread_of(set, 1, 0), .5, 1, .75);
    assert_spread(spread_of(set, 3, 0), 2, 4, 3);
    assert_spread(spread_of(set, 8, 0), 30, 60, 45);
}

static void decorrelated_jitter_goes_by_the_delay_before_whatever_the_growth(void **state)
{
    Backoff set = BACKOFF(.attempts = 9, GROWTH(NONE), .base_ns = S, .cap_ns = 20 * (int64_t)S, .multiplier = 2,
                          JITTER(DECORRELATED));

    assert_spread(spread_of(set, 1, 0), 1, 3, 2);
    assert_spread(spread_of(set, 2, 2 * (int64_t)S), 1, 6, 3.5);
    set.growth = STORMCELL__BACKOFF__GROWTH__GROWTH_EXPONENTIAL;
    assert_spread(spread_of(set, 5, 5 * (int64_t)S), 1, 15, 8);
    /* uniform in 1..30, cut at 20: 19/29 x 10.5 + 10/29 x 20 */
    assert_spread(spread_of(set, 5, 10 * (int64_t)S), 1, 20, 19. / 29 * 10.5 + 10. / 29 * 20);
}

static void exponential_jitter_has_the_delay_as_its_mean_and_the_cap_as_its_end(void **state)
{
    Backoff set = BACKOFF(.attempts = 9, GROWTH(FIXED), .base_ns = S, .cap_ns = 1000 * (int64_t)S, JITTER(EXPONENTIAL));
    struct spread s = spread_of(set, 1, 0);

    assert_true(s.least >= 0 && s.least < .001 && s.most > 7);
    assert_true(fabs(s.mean - 1) <= 4 * s.error);
    set.cap_ns = 2 * (int64_t)S;
    s = spread_of(set, 1, 0);
    assert_true(s.most == 2);
    assert_true(fabs(s.mean - (1 - exp(-2))) <= 4 * s.error);
}

static void one_draw_makes_the_delay(void **state)
{
    Backoff set = BACKOFF(.attempts = 9, GROWTH(FIXED), .base_ns = S, .cap_ns = 9 * (int64_t)S, JITTER(FULL));

    for (uint64_t i = 0; i < 100; i++) {
        struct draw d = stream(i);

        assert_int_equal(delay_after(&set, 1, 0, stream(i)), (int64_t)(draw_uniform(&d) * S));
    }
}

/* After a refusal that asks for a wait. */
static int64_t delay_when_asked(Backoff set, uint32_t attempt, int64_t retry_after_ns)
{
    struct subject s;
    struct view view = {.acts = s.acts, .random = stream(0)};
    struct asked asked = {.attempt = attempt, .retry_after_ns = retry_after_ns};
    int64_t delay_ns = 0;

    subject_start(&s, &control_backoff, &set);
    return s.kind->again(&view, s.state, &asked, OUTCOME_REFUSED, &delay_ns) ? delay_ns : -1;
}

static void a_refusal_asks_for_the_least_delay_and_may_go_beyond_the_cap(void **state)
{
    Backoff set = BACKOFF(.attempts = 3, GROWTH(FIXED), .base_ns = 5 * MS, .cap_ns = S, .honours_retry_after = true);

    assert_int_equal(delay_when_asked(set, 1, 0), 5 * MS);
    assert_int_equal(delay_when_asked(set, 1, 4 * MS), 5 * MS);
    assert_int_equal(delay_when_asked(set, 2, 6 * MS), 6 * MS);
    assert_int_equal(delay_when_asked(set, 2, 9 * (int64_t)S), 9 * (int64_t)S);
    assert_int_equal(delay_when_asked(set, 3, 9 * (int64_t)S), -1); /* no tries are added */
    set.honours_retry_after = false;
    assert_int_equal(delay_when_asked(set, 2, 9 * (int64_t)S), 5 * MS);
}

/* ---------------------------------------------------------------- breaker */

typedef Stormcell__Breaker Breaker;

/* 5 calls of which half failed, within 10 s, open it for 5 s. */
static Breaker breaker_settings(uint32_t probes)
{
    Breaker set = STORMCELL__BREAKER__INIT;

    set.minimum_calls = 5;
    set.failures_ratio = 0.5;
    set.window_ns = 10 * (int64_t)S;
    set.open_ns = 5 * (int64_t)S;
    set.probes = probes;
    return set;
}

/* Plays a script and compares what the control said.
 *
 *     @250   it is 250 ms            ?   ask: says + (admit) or - (reject)
 *     S F    a call that was admitted now succeeds, fails at once          (without asking)
 *     s f    the same for a call that began 3 s ago
 *     l      a later control stopped the call
 */
static void assert_breaker(const Breaker *set, const char *script, const char *expected)
{
    struct subject s;
    char said[256];
    size_t length = 0;

    subject_start(&s, &control_breaker, set);
    for (const char *c = script; *c; c++) {
        if (*c == '@')
            s.now_ns = strtol(c + 1, (char **)&c, 10) * MS, c--;
        else if (*c == '?')
            said[length++] = ask(&s) == DECISION_ADMIT ? '+' : '-';
        else if (*c == 'S' || *c == 's')
            finish(&s, OUTCOME_OK, *c == 's' ? 3 * (int64_t)S : 0);
        else if (*c == 'F' || *c == 'f')
            finish(&s, OUTCOME_TIMED_OUT, *c == 'f' ? 3 * (int64_t)S : 0);
        else if (*c == 'l')
            finish(&s, OUTCOME_LOCAL, 0);
    }
    said[length] = '\0';
    assert_string_equal(said, expected);
}

static void a_closed_breaker_needs_the_least_number_of_calls(void **state)
{
    Breaker set = breaker_settings(1);

    assert_breaker(&set, "? FFFF ? F ?", "++-");
}

static void a_breaker_opens_at_its_share_of_failures_and_not_below(void **state)
{
    Breaker set = breaker_settings(1);

    assert_breaker(&set, "SSSFF ?", "+");  /* 2 of 5 */
    assert_breaker(&set, "SSSFFF ?", "-"); /* 3 of 6 */
    assert_breaker(&set, "FFFFS ?", "-");  /* 4 of 5, though the last went well */
    assert_breaker(&set, "SSSSSSSSSS ?", "+");
}

static void a_breaker_without_failures_stays_closed_even_at_a_share_of_zero(void **state)
{
    Breaker set = breaker_settings(1);

    set.failures_ratio = 0;
    assert_breaker(&set, "SSSSSSSSS ? F ?", "+-");
}

static void the_window_slides_by_a_tenth(void **state)
{
    Breaker set = breaker_settings(1);

    assert_breaker(&set, "@500 FFFF @9999 F ?", "-");  /* all within ten buckets */
    assert_breaker(&set, "@500 FFFF @10000 F ?", "+"); /* the first bucket has gone */
    assert_breaker(&set, "@500 FF @1500 FF @10500 FF ? F ?", "+-");
    assert_breaker(&set, "@500 FFFF @500000 F ? FFFF ?", "+-");
}

static void an_open_breaker_says_no_for_its_time_and_then_lets_one_probe_through(void **state)
{
    Breaker set = breaker_settings(1);

    assert_breaker(&set, "@1000 FFFFF ? @5999 ? @6000 ???", "--+--");
}

static void a_probe_that_fails_opens_it_for_as_long_again(void **state)
{
    Breaker set = breaker_settings(1);

    assert_breaker(&set, "@1000 FFFFF @6000 ? @6500 F ? @11499 ? @11500 ??", "+--+-");
}

static void a_probe_that_succeeds_closes_it_and_forgets_the_past(void **state)
{
    Breaker set = breaker_settings(1);

    assert_breaker(&set, "@1000 FFFFF @6000 ? @6500 S ?? FFFF ? F ?", "++++-");
}

static void as_many_probes_as_it_says_go_at_once_and_as_many_successes_close_it(void **state)
{
    Breaker set = breaker_settings(3);

    assert_breaker(&set, "FFFFF @5000 ???? @5100 S ?? S FFF", "+++-+-");
    assert_breaker(&set, "FFFFF @5000 ??? @5100 SSS ???? FFFF ?", "++++++++");
    assert_breaker(&set, "FFFFF @5000 ??? @5100 SSF ?", "+++-");
}

static void an_answer_from_before_the_change_says_nothing(void **state)
{
    Breaker set = breaker_settings(1);

    assert_breaker(&set, "@4000 FFFFF ff @9000 ? @9100 f ? S ?", "+-+"); /* neither success nor failure of the probe */
    assert_breaker(&set, "@4000 FFFFF @9000 ? @9100 S ffffffff ?", "++");
}

static void a_probe_that_another_control_stops_makes_room_for_the_next(void **state)
{
    Breaker set = breaker_settings(1);

    assert_breaker(&set, "FFFFF @5000 ?? l ? S ?", "+-++");
}

static void what_another_control_stops_is_no_failure(void **state)
{
    Breaker set = breaker_settings(1);

    assert_breaker(&set, "lllllllll ? FFFF ? F ?", "++-");
}

static void a_breaker_counts_what_it_stopped_and_how_often_it_turned(void **state)
{
    Breaker set = breaker_settings(1);
    struct subject s;

    subject_start(&s, &control_breaker, &set);
    for (int i = 0; i < 5; i++)
        finish(&s, OUTCOME_ERROR, 0);
    for (int i = 0; i < 7; i++)
        ask(&s);
    s.now_ns = 5 * (int64_t)S;
    ask(&s);
    finish(&s, OUTCOME_OK, 0);
    assert_string_equal(s.kind->reasons[0], "stopped");
    assert_int_equal(s.acts[0], 7);
    assert_string_equal(s.kind->reasons[1], "opened");
    assert_int_equal(s.acts[1], 1);
    assert_string_equal(s.kind->reasons[2], "closed");
    assert_int_equal(s.acts[2], 1);
}

/* ---------------------------------------------------------------- limits */

/* Each ? asks, each . ends one; + admitted, - rejected, d put off, w waits. */
static void assert_limit(const struct control_kind *kind, const void *settings, const char *script, const char *expected)
{
    static const char letters[] = {[DECISION_ADMIT] = '+',       [DECISION_REJECT] = '-', [DECISION_DROP_OLDEST] = 'o',
                                   [DECISION_DROP_RANDOM] = 'r', [DECISION_DEFER] = 'd',  [DECISION_WAIT] = 'w'};
    struct subject s;
    char said[256];
    size_t length = 0;

    subject_start(&s, kind, settings);
    for (; *script; script++)
        if (*script == '?')
            said[length++] = letters[ask(&s)];
        else if (*script == '.')
            finish(&s, OUTCOME_OK, 0);
    said[length] = '\0';
    assert_string_equal(said, expected);
}

static void a_static_limit_admits_as_many_as_it_says_at_once(void **state)
{
    Stormcell__StaticLimit set = STORMCELL__STATIC_LIMIT__INIT;

    set.limit = 3;
    assert_limit(&control_static_limit, &set, "???? . ?? ... ????", "+++-+-+++-");
    set.limit = 1;
    assert_limit(&control_static_limit, &set, "??.??.?", "+-+-+");
}

static void a_bulkhead_admits_as_many_as_it_says_at_once(void **state)
{
    Stormcell__Bulkhead set = STORMCELL__BULKHEAD__INIT;

    set.limit = 2;
    assert_limit(&control_bulkhead, &set, "??? . ?? .. ???", "++-+-++-");
}

static void a_full_bulkhead_refuses_puts_off_or_lets_wait(void **state)
{
    Stormcell__Bulkhead set = STORMCELL__BULKHEAD__INIT;

    set.limit = 1;
    assert_limit(&control_bulkhead, &set, "??.?", "+-+");
    set.when_full = STORMCELL__BULKHEAD__WHEN_FULL__WHEN_FULL_DEFER;
    assert_limit(&control_bulkhead, &set, "??.?", "+d+");
    set.when_full = STORMCELL__BULKHEAD__WHEN_FULL__WHEN_FULL_WAIT;
    assert_limit(&control_bulkhead, &set, "??.?", "+w+");
}

static void assert_queue(Stormcell__BoundedQueue__Drop drop, uint32_t limit, uint32_t waiting, uint32_t running,
                         enum decision expected)
{
    Stormcell__BoundedQueue set = STORMCELL__BOUNDED_QUEUE__INIT;
    struct subject s;

    set.limit = limit;
    set.drop = drop;
    subject_start(&s, &control_bounded_queue, &set);
    s.waiting = waiting;
    s.running = running;
    s.workers = 4;
    assert_int_equal(ask(&s), expected);
}

static void a_bounded_queue_looks_at_those_who_wait_alone(void **state)
{
    const Stormcell__BoundedQueue__Drop newest = STORMCELL__BOUNDED_QUEUE__DROP__DROP_NEWEST;

    assert_queue(newest, 10, 0, 4, DECISION_ADMIT);
    assert_queue(newest, 10, 9, 4, DECISION_ADMIT);
    assert_queue(newest, 10, 10, 4, DECISION_REJECT);
    assert_queue(newest, 0, 0, 3, DECISION_ADMIT); /* a worker is free: nobody has to wait */
    assert_queue(newest, 0, 0, 4, DECISION_REJECT);
}

static void a_full_bounded_queue_gives_up_the_newest_the_oldest_or_any(void **state)
{
    const Stormcell__BoundedQueue__Drop oldest = STORMCELL__BOUNDED_QUEUE__DROP__DROP_OLDEST;
    const Stormcell__BoundedQueue__Drop random = STORMCELL__BOUNDED_QUEUE__DROP__DROP_RANDOM;

    assert_queue(oldest, 10, 9, 4, DECISION_ADMIT);
    assert_queue(oldest, 10, 10, 4, DECISION_DROP_OLDEST);
    assert_queue(random, 10, 10, 4, DECISION_DROP_RANDOM);
    assert_queue(oldest, 0, 0, 4, DECISION_REJECT); /* there is none to give up */
    assert_queue(random, 0, 0, 4, DECISION_REJECT);
}

/* ---------------------------------------------------------------- retry filter */

static void a_retry_filter_drops_later_attempts_while_enough_wait(void **state)
{
    static const struct {
        uint32_t attempts, waiting; /* settings */
        uint32_t attempt, line;     /* what comes, and what it meets */
        enum decision expected;
    } cases[] = {
        {1, 0, 1, 0, DECISION_ADMIT},        {1, 0, 2, 0, DECISION_DROP},    {1, 0, 1, 1000, DECISION_ADMIT},
        {3, 0, 3, 0, DECISION_ADMIT},        {3, 0, 4, 0, DECISION_DROP},    {1, 10, 2, 9, DECISION_ADMIT},
        {1, 10, 2, 10, DECISION_DROP},       {1, 10, 1, 10, DECISION_ADMIT}, {2, 10, 3, 11, DECISION_DROP},
        {2, 10, 1000000, 0, DECISION_ADMIT},
    };

    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Stormcell__RetryFilter set = STORMCELL__RETRY_FILTER__INIT;
        struct subject s;
        struct view view = {.waiting = cases[i].line, .workers = 1, .acts = s.acts};

        set.attempts = cases[i].attempts;
        set.waiting = cases[i].waiting;
        subject_start(&s, &control_retry_filter, &set);
        assert_int_equal(s.kind->admit(&view, s.state, &(struct asked){.attempt = cases[i].attempt}), cases[i].expected);
        assert_int_equal(s.acts[0], cases[i].expected == DECISION_DROP);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(backoff_tries_as_often_as_it_is_told_the_first_time_included),
        cmocka_unit_test(growth_none_tries_again_at_once),
        cmocka_unit_test(growth_fixed_waits_the_same_each_time),
        cmocka_unit_test(growth_exponential_multiplies_up_to_the_cap),
        cmocka_unit_test(the_defaults_are_three_attempts_100_ms_and_200_ms_apart),
        cmocka_unit_test(no_delay_grows_out_of_nothing),
        cmocka_unit_test(full_jitter_is_uniform_from_nothing_to_the_delay),
        cmocka_unit_test(equal_jitter_keeps_half_of_the_delay),
        cmocka_unit_test(decorrelated_jitter_goes_by_the_delay_before_whatever_the_growth),
        cmocka_unit_test(exponential_jitter_has_the_delay_as_its_mean_and_the_cap_as_its_end),
        cmocka_unit_test(one_draw_makes_the_delay),
        cmocka_unit_test(a_refusal_asks_for_the_least_delay_and_may_go_beyond_the_cap),
        cmocka_unit_test(a_closed_breaker_needs_the_least_number_of_calls),
        cmocka_unit_test(a_breaker_opens_at_its_share_of_failures_and_not_below),
        cmocka_unit_test(a_breaker_without_failures_stays_closed_even_at_a_share_of_zero),
        cmocka_unit_test(the_window_slides_by_a_tenth),
        cmocka_unit_test(an_open_breaker_says_no_for_its_time_and_then_lets_one_probe_through),
        cmocka_unit_test(a_probe_that_fails_opens_it_for_as_long_again),
        cmocka_unit_test(a_probe_that_succeeds_closes_it_and_forgets_the_past),
        cmocka_unit_test(as_many_probes_as_it_says_go_at_once_and_as_many_successes_close_it),
        cmocka_unit_test(an_answer_from_before_the_change_says_nothing),
        cmocka_unit_test(a_probe_that_another_control_stops_makes_room_for_the_next),
        cmocka_unit_test(what_another_control_stops_is_no_failure),
        cmocka_unit_test(a_breaker_counts_what_it_stopped_and_how_often_it_turned),
        cmocka_unit_test(a_static_limit_admits_as_many_as_it_says_at_once),
        cmocka_unit_test(a_bulkhead_admits_as_many_as_it_says_at_once),
        cmocka_unit_test(a_full_bulkhead_refuses_puts_off_or_lets_wait),
        cmocka_unit_test(a_bounded_queue_looks_at_those_who_wait_alone),
        cmocka_unit_test(a_full_bounded_queue_gives_up_the_newest_the_oldest_or_any),
        cmocka_unit_test(a_retry_filter_drops_later_attempts_while_enough_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
