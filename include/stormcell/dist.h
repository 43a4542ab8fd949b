/* dist - a span of time, fixed or drawn
 *
 * Compiled once from the scenario, then sampled. Knows its mean and squared coefficient of variation. Does not use libm.
 */
#ifndef STORMCELL_DIST_H
#define STORMCELL_DIST_H

#include <stddef.h>
#include <stdint.h>

#include "stormcell/random.h"

enum dist_kind {
    DIST_CONSTANT,         /* a = value */
    DIST_EXPONENTIAL,      /* a = mean */
    DIST_LOGNORMAL,        /* a = mu (log of ns), b = sigma */
    DIST_GAMMA,            /* a = shape, b = scale (ns); Marsaglia and Tsang 2000 */
    DIST_UNIFORM,          /* a = from, b = to */
    DIST_PARETO,           /* a = minimum, b = shape */
    DIST_WEIBULL,          /* a = scale, b = shape */
    DIST_HYPEREXPONENTIAL, /* a = probability of the first, b, c = means */
    DIST_EMPIRICAL,        /* values; a = the greatest */
};

struct dist {
    enum dist_kind kind;
    double a, b, c;
    const int64_t *values; /* borrowed */
    size_t count;
};

/* The kinds that need more than a line. */
int64_t dist_sample_other_ns(const struct dist *dist, struct draw *draw);

/* One value in nanoseconds, at least 0, at most 2^62. */
static inline int64_t dist_sample_ns(const struct dist *dist, struct draw *draw)
{
    struct draw copy = *draw;
    int64_t value_ns;

    if (dist->kind == DIST_CONSTANT)
        return (int64_t)(dist->a + 0.5);
    if (dist->kind == DIST_EXPONENTIAL && dist->a < 0x1p55)
        return (int64_t)(dist->a * draw_exponential(draw) + 0.5);
    value_ns = dist_sample_other_ns(dist, &copy);
    *draw = copy;
    return value_ns;
}

/* A value drawn with a weight of its length: the one in which a moment falls when such spans follow each other. Only where the mean
 * is above 0 and not infinite. */
int64_t dist_sample_long_ns(const struct dist *dist, struct draw *draw);

/* Mean in nanoseconds, and variance / mean^2; infinity where it does not exist, cv2 0 for mean 0. */
double dist_mean_ns(const struct dist *dist);
double dist_cv2(const struct dist *dist);

/* Makers. All times in nanoseconds. */
struct dist dist_constant(int64_t value_ns);
struct dist dist_exponential(double mean_ns);
struct dist dist_lognormal_quantile(double median_ns, double quantile, double value_ns); /* quantile 0.95 or 0.99 */
struct dist dist_lognormal_cv2(double mean_ns, double cv2);
struct dist dist_gamma(double mean_ns, double cv2);
struct dist dist_uniform(double from_ns, double to_ns);
struct dist dist_pareto(double minimum_ns, double shape);
struct dist dist_weibull(double scale_ns, double shape);
struct dist dist_hyperexponential(double mean_ns, double cv2); /* balanced means */
struct dist dist_empirical(const int64_t *values_ns, size_t count);

#endif
