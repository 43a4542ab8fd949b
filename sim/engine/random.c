/* random - keys, the ziggurat, and a logarithm and exponential that are the same on every machine
 *
 * Nothing here calls libm: its results differ between processors. Additions, multiplications and divisions of doubles do not, as
 * long as the compiler does not fuse them (-ffp-contract=off).
 */
#include "stormcell/random.h"

#include <math.h> /* INFINITY only */
#include <string.h>

#include "engine/exact_tables.h"
#include "stormcell/must.h"

/* ---- keys */

/* Each bit of `x` flips each bit of the answer in half of the cases: two rounds of shift and multiply, and a last shift. */
static uint64_t scramble(uint64_t x)
{
    x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93u;
    x = (x ^ (x >> 29)) * 0xA0761D6478BD642Fu;
    return x ^ (x >> 32);
}

uint64_t draw_mix(uint64_t a, uint64_t b)
{
    return scramble(scramble(a + 0x9E3779B97F4A7C15u) ^ (b + 0xE7037ED1A0B428DBu));
}

/* The terminating zero is hashed too, so that ("ab", "c") and ("a", "bc") differ. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    size_t length = strlen(text) + 1;

    for (size_t i = 0; i < length; i++)
        hash = scramble(hash ^ (unsigned char)text[i]) + 0x8EBC6AF09C88C6E3u;
    return hash;
}

/* Eight different hexadecimal digits out of 1..f, chosen by `hash`. */
static uint64_t distinct_digits(uint64_t hash)
{
    unsigned digits[15];
    uint64_t word = 0;

    for (unsigned i = 0; i < 15; i++)
        digits[i] = i + 1;
    for (unsigned i = 0; i < 8; i++) {
        unsigned left = 15 - i, pick = i + (unsigned)(hash % left), digit = digits[pick];

        hash /= left;
        digits[pick] = digits[i];
        digits[i] = digit;
        word = word << 4 | digit;
    }
    return word;
}

/* Squares wants keys with about as many ones as zeros everywhere, and an odd one. Widynski's way to make sure: the eight digits of
 * either half differ from each other, and none is zero. Making the last one odd may repeat one of them, which does no harm. */
uint64_t draw_key(uint64_t seed, const char *name, const char *purpose)
{
    uint64_t hash = hash_text(hash_text(scramble(seed + 0x589965CC75374CC3u), name), purpose);

    return distinct_digits(scramble(hash + 1)) << 32 | distinct_digits(scramble(hash + 2)) | 1;
}

/* ---- bits of doubles */

static double from_bits(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof(x));
    return x;
}

static uint64_t to_bits(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

/* ---- exponential and normal */

/* The tail is an exponential again, further out; at the edge of a layer, the point lies under the curve or it does not. */
double draw_exponential_edge(struct draw *d, uint64_t bits)
{
    const struct ziggurat *z = &draw_exponential_layers;
    double beyond = 0;

    for (;; bits = draw_bits(d)) {
        uint64_t across = bits >> 11;
        unsigned layer = bits % ZIGGURAT_LAYERS;
        double x = (double)(int64_t)across * z->scale[layer], y;

        if (across < z->accept[layer])
            return beyond + x;
        if (layer == 0) {
            beyond += z->tail;
            continue;
        }
        y = z->height[layer] + draw_uniform(d) * (z->height[layer + 1] - z->height[layer]);
        if (y < exact_exp(-x))
            return beyond + x;
    }
}

/* What lies beyond the last layer (Marsaglia 1964). */
static double normal_tail(struct draw *d, double from)
{
    double x, y;

    do {
        x = -exact_log(1 - draw_uniform(d)) / from;
        y = -exact_log(1 - draw_uniform(d));
    } while (y + y < x * x);
    return from + x;
}

/* x, or -x if bit 8 is set: that bit chooses neither the layer nor the place in it. No branch, for it would be mispredicted half of
 * the time. */
static inline double with_sign(double x, uint64_t bits)
{
    return from_bits(to_bits(x) | (bits & ZIGGURAT_LAYERS) << 55);
}

double draw_normal(struct draw *d)
{
    const struct ziggurat *z = &draw_normal_layers;

    for (;;) {
        uint64_t bits = draw_bits(d), across = bits >> 11;
        unsigned layer = bits % ZIGGURAT_LAYERS;
        double x = (double)(int64_t)across * z->scale[layer], y;

        if (__builtin_expect(across < z->accept[layer], 1))
            return with_sign(x, bits);
        if (layer == 0)
            return with_sign(normal_tail(d, z->tail), bits);
        y = z->height[layer] + draw_uniform(d) * (z->height[layer + 1] - z->height[layer]);
        if (y < exact_exp(-0.5 * x * x))
            return with_sign(x, bits);
    }
}

/* ---- logarithm and exponential */

/* 2^n, for a normal result. */
static double power_of_two(int64_t n)
{
    return from_bits((uint64_t)(n + 1023) << 52);
}

/* log(1 + r) for |r| < 0.006: the terms that are left out stay below 2^-53 of the result. */
static double log_near_one(double r)
{
    double tail = 1.0 / 3 + r * (-1.0 / 4 + r * (1.0 / 5 + r * (-1.0 / 6 + r * (1.0 / 7))));

    return r + r * r * (-0.5 + r * tail);
}

/* x = 2^power * m with m near 1; c is the multiple of 1/128 nearest to m, so that m - c is exact; log(x) = power log(2) + log(c) +
 * log(m / c). m lies between sqrt(1/2) and sqrt(2), so that around 1 the power is 0 and nothing cancels. */
#define SQRT_HALF_BITS 0x3fe6a09e667f3bcdu
double exact_log(double x)
{
    int64_t power = 0;
    uint64_t bits;
    int point;
    double m, c;

    must(x >= 0);
    if (x == 0)
        return -INFINITY;
    if (x > 0x1.fffffffffffffp+1023)
        return x;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        power = -54;
    }
    bits = to_bits(x);
    power += (int64_t)(bits - SQRT_HALF_BITS) >> 52;
    m = from_bits(bits - ((bits - SQRT_HALF_BITS) & 0xfff0000000000000u));
    point = (int)(m * EXACT_POINTS + 0.5);
    c = point * (1.0 / EXACT_POINTS);
    return (double)power * EXACT_LN2 + (exact_logs[point - EXACT_LOG_FIRST] + log_near_one((m - c) / c));
}

/* x = (128 n + j) log(2) / 128 + r with |r| < 0.003; exp(x) = 2^n 2^(j / 128) exp(r). The power is applied in two halves, for each
 * of them is a normal number where the whole is not. */
double exact_exp(double x)
{
    int64_t steps, n;
    double r, p, value;

    must(x == x);
    if (x > 710)
        return INFINITY;
    if (x < -746)
        return 0;
    steps = (int64_t)(x * EXACT_STEPS_PER_ONE + (x < 0 ? -0.5 : 0.5));
    r = (x - (double)steps * EXACT_STEP_HIGH) - (double)steps * EXACT_STEP_LOW;
    p = r + r * r * (1.0 / 2 + r * (1.0 / 6 + r * (1.0 / 24 + r * (1.0 / 120))));
    value = exact_powers[steps & (EXACT_POINTS - 1)];
    value += value * p;
    n = steps >> 7;
    return value * power_of_two(n / 2) * power_of_two(n - n / 2);
}
