/* random - draws that depend on who asks, not on when
 *
 * Counter-based: a draw is a function of a key (hash of seed, entity name and purpose) and a counter (birth, attempt, sub-draw). No
 * state for each client, no dependence on the order of events; a new service reshuffles nothing; two strategies meet the same
 * births and the same demands. The generator is Squares (Widynski 2020, arXiv:2004.06278), five rounds, 64 bits.
 *
 * One draw for each statement: compilers order the arguments of a call as they like.
 */
#ifndef STORMCELL_RANDOM_H
#define STORMCELL_RANDOM_H

#include <stdint.h>

/* A stream of sub-draws for one (key, birth, attempt); a value, copy it freely. */
struct draw {
    uint64_t key;     /* odd, from draw_key() */
    uint64_t counter; /* advances with each draw */
};

/* The key of what `name` draws for `purpose`, in a run with `seed`: odd, digits well mixed. Names are the paths of the language. */
uint64_t draw_key(uint64_t seed, const char *name, const char *purpose);

/* A 64-bit mix of two numbers (birth ids: population key and number), for use as a birth in draw_at(). */
uint64_t draw_mix(uint64_t a, uint64_t b);

/* The five rounds. */
static inline uint64_t squares64(uint64_t key, uint64_t counter)
{
    uint64_t x = counter * key, y = x, z = y + key, t;

    x = x * x + y;
    x = (x >> 32) | (x << 32);
    x = x * x + z;
    x = (x >> 32) | (x << 32);
    x = x * x + y;
    x = (x >> 32) | (x << 32);
    t = x = x * x + z;
    x = (x >> 32) | (x << 32);
    return t ^ ((x * x + y) >> 32);
}

/* The stream of `birth` and `attempt` under `key`. Different births or attempts never share a sub-draw in practice: each stream
 * starts at a counter of its own, far from the others. */
static inline struct draw draw_at(uint64_t key, uint64_t birth, uint32_t attempt)
{
    return (struct draw){.key = key, .counter = birth * 0x9E3779B97F4A7C15u + attempt * 0xD1B54A32D192ED03u};
}

/* 64 random bits. */
static inline uint64_t draw_bits(struct draw *d)
{
    return squares64(d->key, d->counter++);
}

/* Uniform in [0, 1), 53 bits. */
static inline double draw_uniform(struct draw *d)
{
    return (double)(draw_bits(d) >> 11) * 0x1p-53;
}

/* Uniform in 0..n-1, n > 0; unbiased to 2^-64. */
static inline uint64_t draw_below(struct draw *d, uint64_t n)
{
    return (uint64_t)(((unsigned __int128)draw_bits(d) * n) >> 64);
}

/* The layers under a density, from the base up (Marsaglia and Tsang 2000); the tables are integers and hexadecimal in the source.
 */
enum { ZIGGURAT_LAYERS = 256 };

struct ziggurat {
    double tail;                        /* where the tail begins: edge[1] */
    uint64_t accept[ZIGGURAT_LAYERS];   /* edge[i + 1] / edge[i], in units of 2^-53: below it, no further question */
    double scale[ZIGGURAT_LAYERS];      /* edge[i] in units of 2^53 */
    double height[ZIGGURAT_LAYERS + 1]; /* density at edge[i]; 0 at the base */
};

extern const struct ziggurat draw_exponential_layers, draw_normal_layers;

/* The rare rest of draw_exponential(): the edge of a layer, or the tail. */
double draw_exponential_edge(struct draw *d, uint64_t bits);

/* Exponential with mean 1. Mostly the first answer is the last. */
static inline double draw_exponential(struct draw *d)
{
    uint64_t bits = draw_bits(d), across = bits >> 11;
    struct draw rest;
    double x;

    if (__builtin_expect(across < draw_exponential_layers.accept[bits % ZIGGURAT_LAYERS], 1))
        return (double)(int64_t)across * draw_exponential_layers.scale[bits % ZIGGURAT_LAYERS];
    rest = *d; /* a copy, so that the stream itself can stay in registers */
    x = draw_exponential_edge(&rest, bits);
    *d = rest;
    return x;
}

/* Normal with mean 0, variance 1 (ziggurat). */
double draw_normal(struct draw *d);

/* Natural logarithm and exponential out of + - * / and tables only: the same bits on every machine. Relative error below 1e-14. */
double exact_log(double x);
double exact_exp(double x);

#endif
