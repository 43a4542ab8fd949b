/* test_delay - growth, cap and every jitter, as vectors: what goes in, and what comes out */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "control/delay.h"
#include "stormcell/reconnect.h"

#define SECOND INT64_C(1000000000)

#define NONE STORMCELL__BACKOFF__GROWTH__GROWTH_NONE
#define FIXED STORMCELL__BACKOFF__GROWTH__GROWTH_FIXED
#define EXPONENTIAL STORMCELL__BACKOFF__GROWTH__GROWTH_EXPONENTIAL
#define JITTER(name) STORMCELL__BACKOFF__JITTER__JITTER_##name

/* From 1 s by 2 up to 60 s, where nothing else is said. */
static struct delay delay_of(struct delay d)
{
    d.base_ns = d.base_ns == 0 ? 1e9 : d.base_ns;
    d.cap_ns = d.cap_ns == 0 ? 60e9 : d.cap_ns;
    d.multiplier = d.multiplier == 0 ? 2 : d.multiplier;
    delay_start(&d);
    return d;
}

#define DELAY(kind, ...) delay_of((struct delay){.growth = kind, __VA_ARGS__})

static void assert_grown(struct delay d, const double *expected_s, uint32_t count)
{
    for (uint32_t n = 1; n <= count; n++)
        assert_true(delay_grown_ns(&d, n) == expected_s[n - 1] * 1e9);
}

static void delays_grow_from_base_to_cap(void **state)
{
    struct delay no_base = {.growth = EXPONENTIAL, .cap_ns = 60e9, .multiplier = 2};

    (void)state;
    delay_start(&no_base);
    assert_grown(DELAY(EXPONENTIAL, .spread = 0), (const double[]){1, 2, 4, 8, 16, 32, 60, 60, 60}, 9);
    assert_grown(DELAY(EXPONENTIAL, .multiplier = 1.5), (const double[]){1, 1.5, 2.25, 3.375}, 4);
    assert_grown(DELAY(FIXED, .base_ns = 30e9), (const double[]){30, 30, 30}, 3);
    assert_grown(DELAY(NONE, .spread = 0), (const double[]){0, 0, 0}, 3);
    assert_grown(no_base, (const double[]){0, 0, 0}, 3);
}

/* Beyond what is kept in a table, too. */
static void slow_growth_goes_on_for_many_tries(void **state)
{
    struct delay d = DELAY(EXPONENTIAL, .multiplier = 1.01);

    (void)state;
    for (uint32_t n = 2; n < 400; n++)
        assert_true(delay_grown_ns(&d, n) > delay_grown_ns(&d, n - 1));
    assert_true(delay_grown_ns(&d, 1000) == 60e9);
    assert_true(delay_grown_ns(&d, UINT32_MAX) == 60e9);
}

/* Least and greatest of many draws of one delay, and their mean. */
struct span {
    double least_s, most_s, mean_s;
};

static struct span draws(struct delay d, uint32_t n, int64_t previous_ns)
{
    struct span s = {.least_s = 1e18};
    enum { DRAWS = 100000 };

    for (uint32_t i = 0; i < DRAWS; i++) {
        struct draw draw = draw_at(draw_key(1, "test", "delay"), i, 0);
        double v = (double)delay_draw_ns(&d, n, previous_ns, &draw) * 1e-9;

        s.least_s = v < s.least_s ? v : s.least_s;
        s.most_s = v > s.most_s ? v : s.most_s;
        s.mean_s += v / DRAWS;
    }
    return s;
}

static void assert_near(double value, double expected, double off)
{
    if (value < expected - off || value > expected + off)
        fail_msg("%.5f, expected %.5f +- %.5f", value, expected, off);
}

static void assert_span(struct span s, double least_s, double most_s, double mean_s)
{
    double width = most_s - least_s + 1e-6;

    assert_near(s.least_s, least_s, width * 0.001);
    assert_near(s.most_s, most_s, width * 0.001);
    assert_near(s.mean_s, mean_s, width * 0.005);
    assert_true(s.least_s >= least_s - 1e-8 && s.most_s <= most_s + 1e-8);
}

static void each_jitter_spreads_as_its_formula_says(void **state)
{
    (void)state;
    assert_span(draws(DELAY(EXPONENTIAL, .jitter = JITTER(NONE)), 4, 0), 8, 8, 8);
    assert_span(draws(DELAY(EXPONENTIAL, .jitter = JITTER(FULL)), 4, 0), 0, 8, 4);
    assert_span(draws(DELAY(EXPONENTIAL, .jitter = JITTER(EQUAL)), 4, 0), 4, 8, 6);
    assert_span(draws(DELAY(EXPONENTIAL, .jitter = JITTER(SPREAD), .spread = 0.2), 4, 0), 6.4, 9.6, 8);
    assert_span(draws(DELAY(EXPONENTIAL, .jitter = JITTER(OFFSET), .offset_ns = 3e9), 4, 0), 8, 11, 9.5);
    assert_span(draws(DELAY(EXPONENTIAL, .jitter = JITTER(DECORRELATED)), 1, 0), 1, 3, 2);
    assert_span(draws(DELAY(EXPONENTIAL, .jitter = JITTER(DECORRELATED)), 9, 10 * SECOND), 1, 30, 15.5);
}

static void an_exponential_jitter_has_the_delay_as_its_mean_and_is_cut_at_the_cap(void **state)
{
    struct span s = draws(DELAY(EXPONENTIAL, .jitter = JITTER(EXPONENTIAL), .cap_ns = 1e15), 4, 0);
    struct span cut = draws(DELAY(EXPONENTIAL, .jitter = JITTER(EXPONENTIAL)), 9, 0);

    (void)state;
    assert_near(s.mean_s, 8, 0.1);
    assert_true(s.most_s > 60);
    assert_near(cut.most_s, 60, 1e-8);
    assert_near(cut.mean_s, 60 * (1 - 0.36788), 0.3);
}

static void what_jitter_adds_is_cut_at_the_cap(void **state)
{
    (void)state;
    assert_near(draws(DELAY(EXPONENTIAL, .jitter = JITTER(SPREAD), .spread = 0.2), 9, 0).most_s, 60, 1e-8);
    assert_near(draws(DELAY(EXPONENTIAL, .jitter = JITTER(SPREAD), .spread = 0.2), 9, 0).least_s, 48, 0.02);
    assert_near(draws(DELAY(EXPONENTIAL, .jitter = JITTER(OFFSET), .offset_ns = 30e9), 9, 0).least_s, 60, 1e-8);
    assert_near(draws(DELAY(EXPONENTIAL, .jitter = JITTER(DECORRELATED)), 9, 100 * SECOND).most_s, 60, 1e-8);
}

static void a_cap_of_the_spread_delay_takes_its_jitter_away(void **state)
{
    (void)state;
    assert_span(draws(DELAY(EXPONENTIAL, .base_ns = 100e9, .jitter = JITTER(SPREAD), .spread = 0.2, .cap_of_spread = true), 1, 0),
                60, 60, 60);
    assert_span(draws(DELAY(EXPONENTIAL, .base_ns = 120e9, .jitter = JITTER(EQUAL), .cap_of_spread = true), 1, 0), 60, 60, 60);
    /* Of the delay: there is jitter left. */
    assert_span(draws(DELAY(EXPONENTIAL, .base_ns = 100e9, .jitter = JITTER(EQUAL)), 1, 0), 30, 60, 45);
    /* It grows on beyond the cap, so that a late try is hardly ever below it. */
    assert_true(draws(DELAY(EXPONENTIAL, .jitter = JITTER(FULL), .cap_of_spread = true), 12, 0).mean_s > 59);
}

static void no_delay_is_longer_than_a_run_can_wait(void **state)
{
    struct delay d = DELAY(EXPONENTIAL, .base_ns = 1e18, .cap_ns = 1e18, .multiplier = 100, .cap_of_spread = true);
    struct draw draw = draw_at(draw_key(1, "test", "delay"), 0, 0);

    (void)state;
    assert_true(delay_draw_ns(&d, UINT32_MAX, INT64_MAX / 4, &draw) == INT64_C(1000000000000000000));
}

static void presets_are_what_is_known_of_their_clients(void **state)
{
    Stormcell__Reconnect set = STORMCELL__RECONNECT__INIT, r;

    (void)state;
    r = reconnect_settled(NULL);
    assert_true(r.base_ns == SECOND && r.cap_ns == 60 * SECOND && !r.at_once && r.jitter == JITTER(NONE));
    set.preset = STORMCELL__RECONNECT__PRESET__RECONNECT_GRPC;
    r = reconnect_settled(&set);
    assert_true(r.multiplier == 1.6 && r.cap_ns == 120 * SECOND && r.spread_ratio == 0.2 && r.at_once);
    set.preset = STORMCELL__RECONNECT__PRESET__RECONNECT_SSSD;
    r = reconnect_settled(&set);
    assert_true(r.base_ns == 60 * SECOND && r.offset_ns == 30 * SECOND && r.cap_ns == 3600 * SECOND);
    set.preset = STORMCELL__RECONNECT__PRESET__RECONNECT_LYNC;
    set.has_base_ns = true;
    set.base_ns = 5 * SECOND;
    r = reconnect_settled(&set);
    assert_true(r.base_ns == 5 * SECOND && r.offset_ns == 50 * SECOND); /* what is said is not the preset's any more */
    for (int i = 0; i <= STORMCELL__RECONNECT__PRESET__RECONNECT_LYNC; i++)
        assert_true(reconnect_preset((Stormcell__Reconnect__Preset)i)->source[0]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(delays_grow_from_base_to_cap),
        cmocka_unit_test(slow_growth_goes_on_for_many_tries),
        cmocka_unit_test(each_jitter_spreads_as_its_formula_says),
        cmocka_unit_test(an_exponential_jitter_has_the_delay_as_its_mean_and_is_cut_at_the_cap),
        cmocka_unit_test(what_jitter_adds_is_cut_at_the_cap),
        cmocka_unit_test(a_cap_of_the_spread_delay_takes_its_jitter_away),
        cmocka_unit_test(no_delay_is_longer_than_a_run_can_wait),
        cmocka_unit_test(presets_are_what_is_known_of_their_clients),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
