/* test_dist - moments and shape of each distribution, and its bits
 *
 * As in test_random, each statistic is the same number in every run: a limit of some standard errors is no gamble.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>

#include "stormcell/dist.h"
#include "stormcell/must.h"
#include "stormcell/random.h"

enum { SAMPLES = 200000 };

static struct draw stream(const char *purpose)
{
    return draw_at(draw_key(1, "test dist", purpose), 0, 0);
}

/* ---- closed forms, out of libm and GSL */

static double cdf_exponential(const struct dist *d, double x)
{
    return -expm1(-x / d->a);
}

static double cdf_lognormal(const struct dist *d, double x)
{
    return gsl_cdf_lognormal_P(x, d->a, d->b);
}

static double cdf_gamma(const struct dist *d, double x)
{
    return gsl_cdf_gamma_P(x, d->a, d->b);
}

static double cdf_uniform(const struct dist *d, double x)
{
    return fmin(1, fmax(0, (x - d->a) / (d->b - d->a)));
}

static double cdf_pareto(const struct dist *d, double x)
{
    return x < d->a ? 0 : 1 - pow(d->a / x, d->b);
}

static double cdf_weibull(const struct dist *d, double x)
{
    return -expm1(-pow(x / d->a, d->b));
}

static double cdf_hyperexponential(const struct dist *d, double x)
{
    return 1 - d->a * exp(-x / d->b) - (1 - d->a) * exp(-x / d->c);
}

/* ---- one distribution against its closed form */

struct claim {
    const char *name;
    struct dist dist;
    double (*cdf)(const struct dist *d, double x);
    double mean_ns, cv2;
    bool tail_too_heavy; /* the fourth moment is missing: a sample says nothing of cv2, or, below, of the mean */
};

static double *sample(const struct claim *c)
{
    double *values = xmalloc(SAMPLES * sizeof(*values));

    for (unsigned i = 0; i < SAMPLES; i++) {
        struct draw d = draw_at(draw_key(1, "test dist", c->name), i, 0);

        values[i] = (double)dist_sample_ns(&c->dist, &d);
    }
    return values;
}

static void assert_within_errors(const struct claim *c, const char *what, double errors)
{
    if (!(fabs(errors) < 4))
        fail_msg("%s: %s is off by %.1f standard errors", c->name, what, errors);
}

/* The error of cv2 is that of its influence function: how much it moves with one more value. */
static void assert_sample_moments(const struct claim *c, const double *values)
{
    double first = 0, second = 0, influence = 0;

    for (unsigned i = 0; i < SAMPLES; i++) {
        first += values[i] / SAMPLES;
        second += values[i] * values[i] / SAMPLES;
    }
    for (unsigned i = 0; i < SAMPLES; i++) {
        double moves = (values[i] * values[i] - second) / (first * first) -
                       2 * second * (values[i] - first) / (first * first * first);

        influence += moves * moves / SAMPLES;
    }
    assert_within_errors(c, "mean", (first - c->mean_ns) / sqrt((second - first * first) / SAMPLES));
    assert_within_errors(c, "cv2", (second / (first * first) - 1 - c->cv2) / sqrt(influence / SAMPLES));
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Kolmogorov and Smirnov; values are rounded to whole nanoseconds, so steps are compared at their ends. Above 2.2 once in 10,000
 * cases. */
static void assert_shape(const struct claim *c, double *values)
{
    double greatest = 0;

    qsort(values, SAMPLES, sizeof(*values), by_size);
    for (unsigned i = 0; i < SAMPLES; i++)
        if (i + 1 == SAMPLES || values[i + 1] > values[i])
            greatest = fmax(greatest, fabs((i + 1.0) / SAMPLES - c->cdf(&c->dist, values[i] + 0.5)));
    if (!(greatest * sqrt(SAMPLES) < 2.2))
        fail_msg("%s: the distribution is off by %.4f", c->name, greatest);
}

static void assert_close(const struct claim *c, const char *what, double got, double expected)
{
    if (!(got == expected || fabs(got - expected) <= 1e-9 * fabs(expected)))
        fail_msg("%s: %s is %.17g, expected %.17g", c->name, what, got, expected);
}

static void assert_claim(const struct claim *c)
{
    double *values = sample(c);

    assert_close(c, "mean", dist_mean_ns(&c->dist), c->mean_ns);
    assert_close(c, "cv2", dist_cv2(&c->dist), c->cv2);
    if (!c->tail_too_heavy)
        assert_sample_moments(c, values);
    assert_shape(c, values);
    free(values);
}

#define assert_claims(...)                                                                                                         \
    do {                                                                                                                           \
        const struct claim claims[] = {__VA_ARGS__};                                                                               \
        for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)                                                            \
            assert_claim(&claims[i]);                                                                                              \
    } while (0)

static void exponential_has_its_mean_and_shape(void **state)
{
    (void)state;
    assert_claims({"exponential 4ms", dist_exponential(4e6), cdf_exponential, 4e6, 1},
                  {"exponential 1h", dist_exponential(3.6e12), cdf_exponential, 3.6e12, 1});
}

static void lognormal_has_its_mean_and_shape_from_a_quantile_or_cv2(void **state)
{
    double sigma99 = log(7.5) / gsl_cdf_ugaussian_Pinv(0.99), sigma95 = log(3) / gsl_cdf_ugaussian_Pinv(0.95);

    (void)state;
    assert_claims({"lognormal p99", dist_lognormal_quantile(4e6, 0.99, 30e6), cdf_lognormal, 4e6 * exp(sigma99 * sigma99 / 2),
                   expm1(sigma99 * sigma99)},
                  {"lognormal p95", dist_lognormal_quantile(1e9, 0.95, 3e9), cdf_lognormal, 1e9 * exp(sigma95 * sigma95 / 2),
                   expm1(sigma95 * sigma95)},
                  {"lognormal cv2 1", dist_lognormal_cv2(1e9, 1), cdf_lognormal, 1e9, 1},
                  {"lognormal cv2 0.01", dist_lognormal_cv2(1e9, 0.01), cdf_lognormal, 1e9, 0.01},
                  {"lognormal cv2 100", dist_lognormal_cv2(1e9, 100), cdf_lognormal, 1e9, 100, .tail_too_heavy = true});
}

static void a_lognormal_keeps_the_promised_share_below_its_quantile(void **state)
{
    struct dist p99 = dist_lognormal_quantile(4e6, 0.99, 30e6);
    struct draw d = stream("quantile");
    unsigned median = 0, quantile = 0;

    (void)state;
    for (unsigned i = 0; i < SAMPLES; i++) {
        int64_t value = dist_sample_ns(&p99, &d);

        median += value <= 4000000;
        quantile += value <= 30000000;
    }
    assert_true(fabs(median - 0.5 * SAMPLES) < 4 * sqrt(0.25 * SAMPLES));
    assert_true(fabs(quantile - 0.99 * SAMPLES) < 4 * sqrt(0.0099 * SAMPLES));
}

static void gamma_has_its_mean_and_shape_above_and_below_the_exponential(void **state)
{
    (void)state;
    assert_claims({"gamma cv2 1", dist_gamma(1e9, 1), cdf_gamma, 1e9, 1},
                  {"gamma cv2 0.25", dist_gamma(1e9, 0.25), cdf_gamma, 1e9, 0.25},
                  {"gamma cv2 0.0001", dist_gamma(1e9, 0.0001), cdf_gamma, 1e9, 0.0001},
                  {"gamma cv2 1.5", dist_gamma(1e9, 1.5), cdf_gamma, 1e9, 1.5},
                  {"gamma cv2 5", dist_gamma(1e9, 5), cdf_gamma, 1e9, 5},
                  {"gamma cv2 100", dist_gamma(1e9, 100), cdf_gamma, 1e9, 100});
}

static void uniform_has_its_mean_and_shape(void **state)
{
    (void)state;
    assert_claims({"uniform 1..3", dist_uniform(1e9, 3e9), cdf_uniform, 2e9, 1.0 / 12},
                  {"uniform 0..1", dist_uniform(0, 1e9), cdf_uniform, 5e8, 1.0 / 3});
}

static void pareto_has_its_mean_and_shape_and_what_does_not_exist_is_infinite(void **state)
{
    (void)state;
    assert_claims({"pareto 10", dist_pareto(1e9, 10), cdf_pareto, 1e10 / 9, 1.0 / 80},
                  {"pareto 2.5", dist_pareto(1e9, 2.5), cdf_pareto, 2.5e9 / 1.5, 1 / 1.25, .tail_too_heavy = true},
                  {"pareto 2", dist_pareto(1e9, 2), cdf_pareto, 2e9, INFINITY, .tail_too_heavy = true},
                  {"pareto 1", dist_pareto(1e6, 1), cdf_pareto, INFINITY, INFINITY, .tail_too_heavy = true},
                  {"pareto 0.7", dist_pareto(1e3, 0.7), cdf_pareto, INFINITY, INFINITY, .tail_too_heavy = true});
}

static double weibull_cv2(double shape)
{
    double mean = tgamma(1 + 1 / shape);

    return tgamma(1 + 2 / shape) / (mean * mean) - 1;
}

static void weibull_has_its_mean_and_shape(void **state)
{
    (void)state;
    assert_claims({"weibull 1", dist_weibull(1e9, 1), cdf_weibull, 1e9, 1},
                  {"weibull 0.7", dist_weibull(1e9, 0.7), cdf_weibull, 1e9 * tgamma(1 + 1 / 0.7), weibull_cv2(0.7)},
                  {"weibull 3", dist_weibull(1e9, 3), cdf_weibull, 1e9 * tgamma(1 + 1 / 3.0), weibull_cv2(3)},
                  {"weibull 30", dist_weibull(1e9, 30), cdf_weibull, 1e9 * tgamma(1 + 1 / 30.0), weibull_cv2(30)},
                  {"weibull 0.1", dist_weibull(1e6, 0.1), cdf_weibull, 1e6 * 3628800,
                   2432902008176640000 / (3628800.0 * 3628800) - 1, .tail_too_heavy = true});
}

static void hyperexponential_has_its_mean_and_shape(void **state)
{
    (void)state;
    assert_claims({"hyperexponential 1", dist_hyperexponential(1e9, 1), cdf_hyperexponential, 1e9, 1},
                  {"hyperexponential 4", dist_hyperexponential(1e9, 4), cdf_hyperexponential, 1e9, 4},
                  {"hyperexponential 50", dist_hyperexponential(1e9, 50), cdf_hyperexponential, 1e9, 50});
}

static void the_branches_of_a_hyperexponential_bring_half_of_the_mean_each(void **state)
{
    struct dist d = dist_hyperexponential(1e9, 4);

    (void)state;
    assert_true(fabs(d.a * d.b - 5e8) < 1 && fabs((1 - d.a) * d.c - 5e8) < 1);
}

static void a_constant_is_the_same_always_and_draws_nothing(void **state)
{
    struct dist constant = dist_constant(5000000), none = dist_constant(0);
    struct draw d = stream("constant"), before = d;

    (void)state;
    assert_int_equal(dist_sample_ns(&constant, &d), 5000000);
    assert_int_equal(dist_sample_ns(&none, &d), 0);
    assert_true(d.counter == before.counter);
    assert_true(dist_mean_ns(&constant) == 5e6 && dist_cv2(&constant) == 0);
    assert_true(dist_mean_ns(&none) == 0 && dist_cv2(&none) == 0);
}

static void each_value_of_an_empirical_distribution_is_as_likely(void **state)
{
    static const int64_t values[] = {10, 20, 20, 50};
    struct dist dist = dist_empirical(values, 4);
    struct draw d = stream("empirical");
    unsigned tens = 0, twenties = 0, fifties = 0;

    (void)state;
    for (unsigned i = 0; i < SAMPLES; i++) {
        int64_t value = dist_sample_ns(&dist, &d);

        tens += value == 10;
        twenties += value == 20;
        fifties += value == 50;
    }
    assert_int_equal(tens + twenties + fifties, SAMPLES);
    assert_true(fabs(tens - 0.25 * SAMPLES) < 4 * sqrt(SAMPLES * 0.1875));
    assert_true(fabs(twenties - 0.5 * SAMPLES) < 4 * sqrt(SAMPLES * 0.25));
    assert_true(dist_mean_ns(&dist) == 25);
    assert_true(dist_cv2(&dist) == 225.0 / 625);
}

/* Drawn with a weight of its length, a value has the mean E[X^2] / E[X] = mean (1 + cv2), and lies below the plain mean as often as
 * plain values do that are weighed by hand. */
static void assert_long(const char *name, const struct dist *dist)
{
    double mean = dist_mean_ns(dist), sum = 0, squares = 0, weight = 0, below = 0, spread = 0, share, long_share = 0, error;

    for (unsigned i = 0; i < SAMPLES; i++) {
        struct draw d = draw_at(draw_key(1, "test dist, long", name), i, 0),
                    e = draw_at(draw_key(1, "test dist, plain", name), i, 0);
        double value = (double)dist_sample_long_ns(dist, &d), plain = (double)dist_sample_ns(dist, &e);

        sum += value;
        squares += value * value;
        long_share += value < mean;
        weight += plain;
        below += plain < mean ? plain : 0;
        spread += plain * plain;
    }
    share = below / weight;
    long_share /= SAMPLES;
    error = sqrt(0.25 / SAMPLES + spread / (weight * weight) / 4);
    sum /= SAMPLES;
    if (fabs(sum - mean * (1 + dist_cv2(dist))) > 4 * sqrt((squares / SAMPLES - sum * sum) / SAMPLES) + 1)
        fail_msg("%s: mean %g, expected %g", name, sum, mean * (1 + dist_cv2(dist)));
    if (fabs(long_share - share) > 4 * error)
        fail_msg("%s: %g are below the mean, expected %g", name, long_share, share);
}

static void the_span_in_which_a_moment_falls_is_drawn_by_its_length(void **state)
{
    static const int64_t values[] = {10000, 0, 20000, 70000};
    const struct {
        const char *name;
        struct dist dist;
    } all[] = {
        {"constant", dist_constant(1000)},
        {"exponential", dist_exponential(1e6)},
        {"lognormal", dist_lognormal_cv2(1e6, 2)},
        {"gamma, even", dist_gamma(1e6, 0.3)},
        {"gamma, bursty", dist_gamma(1e6, 3)},
        {"uniform", dist_uniform(1e6, 4e6)},
        {"pareto", dist_pareto(1e6, 5)},
        {"weibull, ageing", dist_weibull(1e6, 2)},
        {"weibull, infant", dist_weibull(1e6, 0.7)},
        {"hyperexponential", dist_hyperexponential(1e6, 4)},
        {"empirical", dist_empirical(values, 4)},
    };

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        assert_long(all[i].name, &all[i].dist);
}

static void values_are_never_negative_and_never_beyond_2_to_the_62(void **state)
{
    const struct dist wild[] = {dist_weibull(1e18, 0.1), dist_pareto(1e18, 0.1),           dist_lognormal_cv2(1e18, 1e6),
                                dist_gamma(1e18, 1e4),   dist_hyperexponential(1e18, 1e4), dist_pareto(1, 0.1),
                                dist_gamma(1, 1e4)};
    int64_t greatest = 0, least = INT64_MAX;

    (void)state;
    for (size_t i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
        struct draw d = stream("wild");

        for (int n = 0; n < 10000; n++) {
            int64_t value = dist_sample_ns(&wild[i], &d);

            assert_true(value >= 0 && value <= (int64_t)1 << 62);
            greatest = value > greatest ? value : greatest;
            least = value < least ? value : least;
        }
    }
    assert_true(greatest == (int64_t)1 << 62);
    assert_true(least == 0);
}

static void a_sample_is_a_function_of_its_draw_and_moves_the_draw_on(void **state)
{
    struct dist dist = dist_gamma(1e12, 2);
    struct draw d = stream("function"), copy = d;
    int64_t first = dist_sample_ns(&dist, &d);

    (void)state;
    assert_true(d.counter > copy.counter);
    assert_true(dist_sample_ns(&dist, &copy) == first);
    assert_true(dist_sample_ns(&dist, &d) != first);
}

/* ---- the same bits on every machine */

struct recorded {
    const char *name;
    struct dist dist;
    uint64_t hash;
};

/* Recorded once. Another number means that this compiler, or this change, gives every user other results for the same seed. */
static void a_million_samples_of_each_have_the_recorded_hash(void **state)
{
    static const int64_t values[] = {3, 1, 4, 1, 5, 9, 2, 6};
    const struct recorded recorded[] = {
        {"exponential", dist_exponential(4e6), 0xa459fd33e9306e2d},
        {"lognormal", dist_lognormal_quantile(4e6, 0.99, 30e6), 0x6436906377291b32},
        {"lognormal_cv2", dist_lognormal_cv2(4e6, 3), 0xcf7f5e2f79a4d41d},
        {"gamma", dist_gamma(4e6, 0.3), 0x6e5b56efed9d74df},
        {"gamma_wide", dist_gamma(4e6, 3), 0x3b1a6106b8f05fe6},
        {"uniform", dist_uniform(1e6, 1e9), 0xfbb248b1240aaacf},
        {"pareto", dist_pareto(4e6, 1.3), 0xc39d5a1621bc8215},
        {"weibull", dist_weibull(4e6, 0.8), 0x6fb5c9f20d057790},
        {"hyperexponential", dist_hyperexponential(4e6, 7), 0xb480eec417102d13},
        {"empirical", dist_empirical(values, 8), 0x80253c0128053ef9},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(recorded) / sizeof(recorded[0]); i++) {
        const struct recorded *r = &recorded[i];
        struct draw d = stream(r->name);
        uint64_t hash = 0;

        for (int n = 0; n < 1000000; n++)
            hash = draw_mix(hash, (uint64_t)dist_sample_ns(&r->dist, &d));
        if (hash != r->hash)
            fail_msg("%s: 0x%016llx, expected 0x%016llx", r->name, (unsigned long long)hash, (unsigned long long)r->hash);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exponential_has_its_mean_and_shape),
        cmocka_unit_test(lognormal_has_its_mean_and_shape_from_a_quantile_or_cv2),
        cmocka_unit_test(a_lognormal_keeps_the_promised_share_below_its_quantile),
        cmocka_unit_test(gamma_has_its_mean_and_shape_above_and_below_the_exponential),
        cmocka_unit_test(uniform_has_its_mean_and_shape),
        cmocka_unit_test(pareto_has_its_mean_and_shape_and_what_does_not_exist_is_infinite),
        cmocka_unit_test(weibull_has_its_mean_and_shape),
        cmocka_unit_test(hyperexponential_has_its_mean_and_shape),
        cmocka_unit_test(the_branches_of_a_hyperexponential_bring_half_of_the_mean_each),
        cmocka_unit_test(a_constant_is_the_same_always_and_draws_nothing),
        cmocka_unit_test(each_value_of_an_empirical_distribution_is_as_likely),
        cmocka_unit_test(the_span_in_which_a_moment_falls_is_drawn_by_its_length),
        cmocka_unit_test(values_are_never_negative_and_never_beyond_2_to_the_62),
        cmocka_unit_test(a_sample_is_a_function_of_its_draw_and_moves_the_draw_on),
        cmocka_unit_test(a_million_samples_of_each_have_the_recorded_hash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
