/* test_random - tables, logarithm and exponential against libm; draws against the laws they claim to follow
 *
 * A draw is a function of what asks for it, so every statistic below is the same number in every run: a limit of five standard
 * errors is no gamble, and a failure is a defect. What matters is independence in the directions in which the program moves: from
 * birth to birth, from attempt to attempt, from draw to draw, between purposes, between names and between seeds.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/exact_tables.h"
#include "stormcell/must.h"
#include "stormcell/random.h"

/* ---- tables */

static void assert_close(double got, double expected, double relative)
{
    if (!(fabs(got - expected) <= relative * fabs(expected)))
        fail_msg("%.17g, expected %.17g", got, expected);
}

static double exponential_density(double x)
{
    return exp(-x);
}

static double normal_density(double x)
{
    return exp(-x * x / 2);
}

/* Layers must have equal areas, the base and the tail together too, and their edges must lie on the curve. */
static void assert_layers(const struct ziggurat *z, double (*density)(double), double tail_area)
{
    double area = z->tail * density(z->tail) + tail_area, edge = z->scale[0] * 0x1p53;

    assert_close(edge * density(z->tail), area, 1e-15);
    assert_close(z->scale[1] * 0x1p53, z->tail, 0);
    for (int i = 0; i < ZIGGURAT_LAYERS; i++) {
        double next = i < ZIGGURAT_LAYERS - 1 ? z->scale[i + 1] * 0x1p53 : 0;

        edge = z->scale[i] * 0x1p53;
        assert_close(z->height[i], i ? density(edge) : 0, 1e-15);
        if (i)
            assert_close(edge * (z->height[i + 1] - z->height[i]), area, 1e-12);
        assert_true(fabs((double)z->accept[i] - next / edge * 0x1p53) <= 4);
    }
    assert_close(z->height[ZIGGURAT_LAYERS], 1, 0);
}

static void the_ziggurat_tables_are_what_libm_computes(void **state)
{
    (void)state;
    assert_layers(&draw_exponential_layers, exponential_density, exp(-draw_exponential_layers.tail));
    assert_layers(&draw_normal_layers, normal_density, sqrt(M_PI / 2) * erfc(draw_normal_layers.tail / sqrt(2)));
}

static void the_tables_of_logarithms_and_powers_are_what_libm_computes(void **state)
{
    (void)state;
    for (int i = EXACT_LOG_FIRST; i <= EXACT_LOG_LAST; i++)
        assert_close(exact_logs[i - EXACT_LOG_FIRST], (double)logl(i / 128.0L), 0x1p-52);
    for (int i = 0; i < EXACT_POINTS; i++)
        assert_close(exact_powers[i], (double)exp2l(i / 128.0L), 0x1p-52);
    assert_close((double)((long double)EXACT_STEP_HIGH + EXACT_STEP_LOW), (double)(M_LN2 / 128), 0x1p-52);
}

/* ---- logarithm and exponential */

static struct draw stream(const char *purpose)
{
    return draw_at(draw_key(1, "test", purpose), 0, 0);
}

static void the_logarithm_agrees_with_libm_over_all_magnitudes(void **state)
{
    struct draw d = stream("log");

    (void)state;
    for (int i = 0; i < 1000000; i++) {
        uint64_t bits = draw_bits(&d) % 0x7ff0000000000000u;
        double x;

        memcpy(&x, &bits, sizeof(x));
        if (x > 0)
            assert_close(exact_log(x), (double)logl(x), 1e-15);
    }
}

static void the_logarithm_agrees_with_libm_near_one(void **state)
{
    struct draw d = stream("log near one");

    (void)state;
    for (int i = 0; i < 1000000; i++) {
        double x = 1 + (draw_uniform(&d) - 0.5) * ldexp(1, -(i % 52));

        assert_close(exact_log(x), (double)logl(x), 1e-15);
    }
    assert_true(exact_log(1) == 0);
}

static void the_exponential_agrees_with_libm(void **state)
{
    struct draw d = stream("exp");

    (void)state;
    for (int i = 0; i < 1000000; i++) {
        double x = -708 + draw_uniform(&d) * (708 + 709.78), y = (draw_uniform(&d) - 0.5) * ldexp(1, -(i % 60));

        assert_close(exact_exp(x), (double)expl(x), 1e-15);
        assert_close(exact_exp(y), (double)expl(y), 1e-15);
    }
    assert_true(exact_exp(0) == 1);
}

static void both_have_limits_at_the_ends_of_their_ranges(void **state)
{
    (void)state;
    assert_true(exact_log(0) == -INFINITY);
    assert_true(exact_log(INFINITY) == INFINITY);
    assert_true(exact_exp(-INFINITY) == 0);
    assert_true(exact_exp(-1000) == 0);
    assert_true(exact_exp(710) == INFINITY);
    assert_true(exact_exp(INFINITY) == INFINITY);
    assert_true(fabs(exact_exp(-740) - exp(-740)) <= 0x1p-1074);
    assert_close(exact_log(0x1p-1074), -1074 * M_LN2, 1e-15);
}

/* ---- keys */

static void a_key_is_odd_and_its_digits_are_mixed(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 10000; seed++) {
        uint64_t key = draw_key(seed, "hub", "work"), high = key >> 32, low = key & 0xfffffffe;
        unsigned seen_high = 0, seen_low = 0;

        for (unsigned i = 0; i < 8; i++) {
            seen_high |= 1u << (high >> 4 * i & 15);
            seen_low |= 1u << (low >> 4 * i & 15);
        }
        assert_int_equal(key & 1, 1);
        assert_int_equal(__builtin_popcount(seen_high), 8);
        assert_false(seen_high & 1);
        assert_true(__builtin_popcount(seen_low) >= 7);
    }
}

static void a_key_depends_on_seed_name_and_purpose_and_on_where_one_ends(void **state)
{
    (void)state;
    assert_true(draw_key(1, "hub", "work") == draw_key(1, "hub", "work"));
    assert_true(draw_key(1, "hub", "work") != draw_key(2, "hub", "work"));
    assert_true(draw_key(1, "hub", "work") != draw_key(1, "hub2", "work"));
    assert_true(draw_key(1, "hub", "work") != draw_key(1, "hub", "error"));
    assert_true(draw_key(1, "hub", "work") != draw_key(1, "hubw", "ork"));
    assert_true(draw_key(1, "", "hub") != draw_key(1, "hub", ""));
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

static size_t repeated(uint64_t *values, size_t count)
{
    size_t found = 0;

    qsort(values, count, sizeof(*values), by_value);
    for (size_t i = 1; i < count; i++)
        found += values[i] == values[i - 1];
    return found;
}

static void a_hundred_thousand_names_have_a_hundred_thousand_keys(void **state)
{
    enum { NAMES = 100000 };
    uint64_t *keys = xmalloc(NAMES * sizeof(*keys));
    char name[32];

    (void)state;
    for (unsigned i = 0; i < NAMES; i++) {
        snprintf(name, sizeof(name), "directory[%u]", i);
        keys[i] = draw_key(1, name, "work");
    }
    assert_int_equal(repeated(keys, NAMES), 0);
    free(keys);
}

static void births_of_neighbours_do_not_meet(void **state)
{
    enum { SIDE = 1000 };
    uint64_t *births = xmalloc(SIDE * SIDE * sizeof(*births));

    (void)state;
    for (uint64_t a = 0; a < SIDE; a++)
        for (uint64_t b = 0; b < SIDE; b++)
            births[a * SIDE + b] = draw_mix(a, b);
    assert_int_equal(repeated(births, SIDE * SIDE), 0);
    free(births);
}

/* ---- uniform and independent, in each direction */

/* Draw `i` in one direction of the program's movement. */
typedef uint64_t direction(unsigned i);

static uint64_t along_sub_draws(unsigned i)
{
    struct draw d = draw_at(draw_key(1, "hub", "work"), 7, 1);

    d.counter += i;
    return draw_bits(&d);
}

static uint64_t along_births(unsigned i)
{
    struct draw d = draw_at(draw_key(1, "hub", "work"), i, 0);

    return draw_bits(&d);
}

static uint64_t along_attempts(unsigned i)
{
    struct draw d = draw_at(draw_key(1, "hub", "work"), 12345, i);

    return draw_bits(&d);
}

/* Births of two populations in turn, as draw_mix() numbers them. */
static uint64_t along_mixed_births(unsigned i)
{
    struct draw d = draw_at(draw_key(1, "hub", "work"), draw_mix(draw_key(1, i % 2 ? "mobile" : "office", ""), i / 2), 0);

    return draw_bits(&d);
}

/* The same birth in services whose names differ in a digit. */
static uint64_t along_names(unsigned i)
{
    char name[32];
    struct draw d;

    snprintf(name, sizeof(name), "directory[%u]", i);
    d = draw_at(draw_key(1, name, "work"), 3, 0);
    return draw_bits(&d);
}

static uint64_t along_purposes(unsigned i)
{
    char purpose[32];
    struct draw d;

    snprintf(purpose, sizeof(purpose), "%u", i);
    d = draw_at(draw_key(1, "hub", purpose), 3, 0);
    return draw_bits(&d);
}

static uint64_t along_seeds(unsigned i)
{
    struct draw d = draw_at(draw_key(i, "hub", "work"), 3, 0);

    return draw_bits(&d);
}

/* A request as it goes: birth by birth, the work and the coin of each of three attempts, in turn. */
static uint64_t along_requests(unsigned i)
{
    struct draw d = draw_at(draw_key(1, "hub", i % 2 ? "work" : "error"), i / 6, i / 2 % 3);

    return draw_bits(&d);
}

/* Standard errors by which counts in equally likely cells miss their expectation. */
static double chi_square_error(const unsigned *counts, unsigned cells, double total)
{
    double expected = total / cells, sum = 0;

    for (unsigned i = 0; i < cells; i++)
        sum += (counts[i] - expected) * (counts[i] - expected) / expected;
    return (sum - (cells - 1)) / sqrt(2.0 * (cells - 1));
}

static void assert_within_errors(const char *what, double errors)
{
    if (!(fabs(errors) < 5))
        fail_msg("%s: off by %.1f standard errors", what, errors);
}

/* Each byte of the answer. */
static void assert_uniform_bytes(const uint64_t *draws, unsigned count)
{
    for (unsigned shift = 0; shift < 64; shift += 8) {
        unsigned counts[256] = {0};

        for (unsigned i = 0; i < count; i++)
            counts[draws[i] >> shift & 255]++;
        assert_within_errors("a byte", chi_square_error(counts, 256, count));
    }
}

/* Pairs of draws `lag` apart: four high and four low bits of each. */
static void assert_independent_pairs(const uint64_t *draws, unsigned count, unsigned lag)
{
    unsigned high[256] = {0}, low[256] = {0};

    for (unsigned i = 0; i + lag < count; i++) {
        high[draws[i] >> 60 << 4 | draws[i + lag] >> 60]++;
        low[(draws[i] & 15) << 4 | (draws[i + lag] & 15)]++;
    }
    assert_within_errors("pairs of high bits", chi_square_error(high, 256, count - lag));
    assert_within_errors("pairs of low bits", chi_square_error(low, 256, count - lag));
}

static void assert_no_correlation(const uint64_t *draws, unsigned count, unsigned lag)
{
    double sum = 0;

    for (unsigned i = 0; i + lag < count; i++)
        sum += ((double)(draws[i] >> 11) * 0x1p-53 - 0.5) * ((double)(draws[i + lag] >> 11) * 0x1p-53 - 0.5);
    assert_within_errors("serial correlation", sum * 12 / sqrt(count - lag));
}

/* Bits in which neighbours differ: half of 64. */
static void assert_neighbours_differ_in_half_their_bits(const uint64_t *draws, unsigned count)
{
    double sum = 0;

    for (unsigned i = 0; i + 1 < count; i++)
        sum += __builtin_popcountll(draws[i] ^ draws[i + 1]) - 32;
    assert_within_errors("differing bits", sum / 4 / sqrt(count - 1));
}

static void assert_good(direction *draw, unsigned count)
{
    static const unsigned lags[] = {1, 2, 3, 4, 6, 16, 1000};
    uint64_t *draws = xmalloc(count * sizeof(*draws));

    for (unsigned i = 0; i < count; i++)
        draws[i] = draw(i);
    assert_uniform_bytes(draws, count);
    assert_neighbours_differ_in_half_their_bits(draws, count);
    for (size_t i = 0; i < sizeof(lags) / sizeof(lags[0]); i++) {
        assert_independent_pairs(draws, count, lags[i]);
        assert_no_correlation(draws, count, lags[i]);
    }
    assert_int_equal(repeated(draws, count), 0);
    free(draws);
}

static void draws_are_uniform_and_independent_along_sub_draws(void **state)
{
    (void)state;
    assert_good(along_sub_draws, 1000000);
}

static void draws_are_uniform_and_independent_along_births(void **state)
{
    (void)state;
    assert_good(along_births, 1000000);
}

static void draws_are_uniform_and_independent_along_attempts(void **state)
{
    (void)state;
    assert_good(along_attempts, 1000000);
}

static void draws_are_uniform_and_independent_along_mixed_births(void **state)
{
    (void)state;
    assert_good(along_mixed_births, 500000);
}

static void draws_are_uniform_and_independent_along_names(void **state)
{
    (void)state;
    assert_good(along_names, 300000);
}

static void draws_are_uniform_and_independent_along_purposes(void **state)
{
    (void)state;
    assert_good(along_purposes, 300000);
}

static void draws_are_uniform_and_independent_along_seeds(void **state)
{
    (void)state;
    assert_good(along_seeds, 300000);
}

static void draws_are_uniform_and_independent_along_a_request(void **state)
{
    (void)state;
    assert_good(along_requests, 1000000);
}

static void a_number_below_n_is_uniform_over_0_to_n_less_1(void **state)
{
    struct draw d = stream("below");
    unsigned counts[7] = {0};

    (void)state;
    for (int i = 0; i < 700000; i++) {
        uint64_t below = draw_below(&d, 7);

        assert_true(below < 7);
        counts[below]++;
    }
    assert_within_errors("numbers below 7", chi_square_error(counts, 7, 700000));
    assert_int_equal(draw_below(&d, 1), 0);
}

/* ---- exponential and normal */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The greatest distance between the distribution of `draws`, which it sorts, and cdf, times sqrt(count): above 2.2 once in 10,000
 * cases. */
static double kolmogorov_smirnov(double *draws, size_t count, double (*cdf)(double))
{
    double greatest = 0;

    qsort(draws, count, sizeof(*draws), by_size);
    for (size_t i = 0; i < count; i++) {
        double p = cdf(draws[i]);

        greatest = fmax(greatest, fmax(p - (double)i / (double)count, (double)(i + 1) / (double)count - p));
    }
    return greatest * sqrt((double)count);
}

/* The mean of x^power must be `expected`; `square` is the mean of its square. */
static void assert_moment(const double *draws, size_t count, int power, double expected, double square)
{
    double sum = 0, error = sqrt((square - expected * expected) / (double)count);
    char what[32];

    for (size_t i = 0; i < count; i++)
        sum += pow(draws[i], power);
    snprintf(what, sizeof(what), "moment %d", power);
    assert_within_errors(what, (sum / (double)count - expected) / error);
}

static double exponential_cdf(double x)
{
    return -expm1(-x);
}

static double normal_cdf(double x)
{
    return erfc(-x / sqrt(2)) / 2;
}

static double conditional_normal_tail_cdf(double x)
{
    double beyond = erfc(draw_normal_layers.tail / sqrt(2));

    return (beyond - erfc(x / sqrt(2))) / beyond;
}

static double conditional_exponential_tail_cdf(double x)
{
    return exponential_cdf(x - draw_exponential_layers.tail);
}

enum { VARIATES = 2000000 };

/* Every other draw is the first of a birth of its own, as the program mostly uses them. */
static double *variates(double (*draw)(struct draw *d))
{
    double *draws = xmalloc(VARIATES * sizeof(*draws));
    struct draw one = stream("variates");

    for (unsigned i = 0; i < VARIATES; i += 2) {
        struct draw other = draw_at(one.key, i + 1, 0);

        draws[i] = draw(&one);
        draws[i + 1] = draw(&other);
    }
    return draws;
}

/* The draws beyond `tail`, of which there must be as many as `share` says, must follow cdf. */
static void assert_tail(double *draws, double tail, double share, double (*cdf)(double))
{
    double expected = VARIATES * share;
    size_t count = 0;

    for (size_t i = 0; i < VARIATES; i++)
        if (fabs(draws[i]) > tail)
            draws[count++] = fabs(draws[i]);
    assert_within_errors("draws in the tail", ((double)count - expected) / sqrt(expected));
    assert_true(kolmogorov_smirnov(draws, count, cdf) < 2.2);
}

static void exponential_draws_are_exponential(void **state)
{
    double *draws = variates(draw_exponential);

    (void)state;
    assert_moment(draws, VARIATES, 1, 1, 2);
    assert_moment(draws, VARIATES, 2, 2, 24);
    assert_moment(draws, VARIATES, 3, 6, 720);
    assert_true(kolmogorov_smirnov(draws, VARIATES, exponential_cdf) < 2.2);
    assert_tail(draws, draw_exponential_layers.tail, exp(-draw_exponential_layers.tail), conditional_exponential_tail_cdf);
    free(draws);
}

static void normal_draws_are_normal(void **state)
{
    double *draws = variates(draw_normal);

    (void)state;
    assert_moment(draws, VARIATES, 1, 0, 1);
    assert_moment(draws, VARIATES, 2, 1, 3);
    assert_moment(draws, VARIATES, 3, 0, 15);
    assert_moment(draws, VARIATES, 4, 3, 105);
    assert_true(kolmogorov_smirnov(draws, VARIATES, normal_cdf) < 2.2);
    assert_tail(draws, draw_normal_layers.tail, erfc(draw_normal_layers.tail / sqrt(2)), conditional_normal_tail_cdf);
    free(draws);
}

/* ---- the same bits on every machine */

static uint64_t hash_double(uint64_t hash, double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof(bits));
    return draw_mix(hash, bits);
}

static void assert_hash(const char *what, uint64_t hash, uint64_t expected)
{
    if (hash != expected)
        fail_msg("%s: 0x%016llx, expected 0x%016llx", what, (unsigned long long)hash, (unsigned long long)expected);
}

/* Recorded once. Another number means that this compiler, or this change, gives every user other results for the same seed. */
static void a_million_draws_have_the_recorded_hash(void **state)
{
    struct draw bits = stream("bits"), exponential = stream("exponential"), normal = stream("normal"), logs = stream("logs");
    uint64_t bits_hash = 0, exponential_hash = 0, normal_hash = 0, log_hash = 0, exp_hash = 0;

    (void)state;
    for (int i = 0; i < 1000000; i++) {
        double u;

        bits_hash = draw_mix(bits_hash, draw_bits(&bits));
        exponential_hash = hash_double(exponential_hash, draw_exponential(&exponential));
        normal_hash = hash_double(normal_hash, draw_normal(&normal));
        u = draw_uniform(&logs);
        log_hash = hash_double(log_hash, exact_log(u * 1e3));
        exp_hash = hash_double(exp_hash, exact_exp(u * 1400 - 700));
    }
    assert_hash("bits", bits_hash, 0x2a5566c8ecd9d7ba);
    assert_hash("exponential", exponential_hash, 0xeb1dc3101a9cfcb0);
    assert_hash("normal", normal_hash, 0x6cd09fca615bb416);
    assert_hash("log", log_hash, 0x6197eecb26eee226);
    assert_hash("exp", exp_hash, 0xf20f6b1de0664833);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ziggurat_tables_are_what_libm_computes),
        cmocka_unit_test(the_tables_of_logarithms_and_powers_are_what_libm_computes),
        cmocka_unit_test(the_logarithm_agrees_with_libm_over_all_magnitudes),
        cmocka_unit_test(the_logarithm_agrees_with_libm_near_one),
        cmocka_unit_test(the_exponential_agrees_with_libm),
        cmocka_unit_test(both_have_limits_at_the_ends_of_their_ranges),
        cmocka_unit_test(a_key_is_odd_and_its_digits_are_mixed),
        cmocka_unit_test(a_key_depends_on_seed_name_and_purpose_and_on_where_one_ends),
        cmocka_unit_test(a_hundred_thousand_names_have_a_hundred_thousand_keys),
        cmocka_unit_test(births_of_neighbours_do_not_meet),
        cmocka_unit_test(draws_are_uniform_and_independent_along_sub_draws),
        cmocka_unit_test(draws_are_uniform_and_independent_along_births),
        cmocka_unit_test(draws_are_uniform_and_independent_along_attempts),
        cmocka_unit_test(draws_are_uniform_and_independent_along_mixed_births),
        cmocka_unit_test(draws_are_uniform_and_independent_along_names),
        cmocka_unit_test(draws_are_uniform_and_independent_along_purposes),
        cmocka_unit_test(draws_are_uniform_and_independent_along_seeds),
        cmocka_unit_test(draws_are_uniform_and_independent_along_a_request),
        cmocka_unit_test(a_number_below_n_is_uniform_over_0_to_n_less_1),
        cmocka_unit_test(exponential_draws_are_exponential),
        cmocka_unit_test(normal_draws_are_normal),
        cmocka_unit_test(a_million_draws_have_the_recorded_hash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
