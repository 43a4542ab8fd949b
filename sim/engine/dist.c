/* dist - distributions of spans of time: makers, samples, moments */
#include "stormcell/dist.h"

#include <math.h> /* INFINITY and sqrt(), which IEEE 754 defines to the last bit */

#include "stormcell/must.h"

#define LONGEST_NS 0x1p62

/* Standard normal quantiles at 0.95 and 0.99. */
#define NORMAL_P95 1.6448536269514722
#define NORMAL_P99 2.3263478740408408

/* ---- samples */

static int64_t to_ns(double value)
{
    if (!(value > 0))
        return 0;
    return value < LONGEST_NS ? (int64_t)(value + 0.5) : (int64_t)LONGEST_NS;
}

/* The variate that u becomes, u^power for u uniform in (0, 1]. */
static double uniform_power(struct draw *d, double power)
{
    return exact_exp(exact_log(1 - draw_uniform(d)) * power);
}

/* Marsaglia and Tsang 2000, for a shape of at least 1. */
static double gamma_variate(struct draw *draw, double shape)
{
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);

    for (;;) {
        double x = draw_normal(draw), v = 1 + c * x, u;

        if (v <= 0)
            continue;
        v = v * v * v;
        u = draw_uniform(draw);
        if (u < 1 - 0.0331 * (x * x) * (x * x))
            return d * v;
        if (exact_log(u) < 0.5 * x * x + d * (1 - v + exact_log(v)))
            return d * v;
    }
}

/* A shape below 1 is drawn one higher and scaled down by u^(1/shape). */
static double sample_gamma(const struct dist *dist, struct draw *draw)
{
    double variate;

    if (dist->a >= 1)
        return dist->b * gamma_variate(draw, dist->a);
    variate = gamma_variate(draw, dist->a + 1);
    return dist->b * variate * uniform_power(draw, 1 / dist->a);
}

static double sample_weibull(const struct dist *dist, struct draw *draw)
{
    double e = draw_exponential(draw);

    return dist->a * exact_exp(exact_log(e) / dist->b);
}

static double sample_hyperexponential(const struct dist *dist, struct draw *draw)
{
    double mean = draw_uniform(draw) < dist->a ? dist->b : dist->c;

    return mean * draw_exponential(draw);
}

static int64_t sample_empirical(const struct dist *dist, struct draw *draw)
{
    int64_t value = dist->values[draw_below(draw, dist->count)];

    return value < 0 ? 0 : value;
}

int64_t dist_sample_other_ns(const struct dist *dist, struct draw *draw)
{
    switch (dist->kind) {
    case DIST_CONSTANT:
        return to_ns(dist->a);
    case DIST_EXPONENTIAL:
        return to_ns(dist->a * draw_exponential(draw));
    case DIST_LOGNORMAL:
        return to_ns(exact_exp(dist->a + dist->b * draw_normal(draw)));
    case DIST_GAMMA:
        return to_ns(sample_gamma(dist, draw));
    case DIST_UNIFORM:
        return to_ns(dist->a + (dist->b - dist->a) * draw_uniform(draw));
    case DIST_PARETO:
        return to_ns(dist->a * uniform_power(draw, -1 / dist->b));
    case DIST_WEIBULL:
        return to_ns(sample_weibull(dist, draw));
    case DIST_HYPEREXPONENTIAL:
        return to_ns(sample_hyperexponential(dist, draw));
    case DIST_EMPIRICAL:
        return sample_empirical(dist, draw);
    }
    must(!"a kind of distribution that nobody knows");
    return 0;
}

/* ---- samples with a weight of their length */

/* The sum of two is as an exponential with that weight. */
static double long_exponential(double mean, struct draw *draw)
{
    double first = draw_exponential(draw), second = draw_exponential(draw);

    return mean * (first + second);
}

static double long_uniform(const struct dist *dist, struct draw *draw)
{
    double low = dist->a * dist->a, high = dist->b * dist->b;

    return sqrt(low + (high - low) * draw_uniform(draw));
}

static double long_hyperexponential(const struct dist *dist, struct draw *draw)
{
    double first = dist->a * dist->b, second = (1 - dist->a) * dist->c;
    double mean = draw_uniform(draw) * (first + second) < first ? dist->b : dist->c;

    return long_exponential(mean, draw);
}

/* Values are kept with the chance value / greatest. */
static int64_t long_empirical(const struct dist *dist, struct draw *draw)
{
    for (;;) {
        int64_t value = sample_empirical(dist, draw);

        if (draw_uniform(draw) * dist->a < (double)value)
            return value;
    }
}

int64_t dist_sample_long_ns(const struct dist *dist, struct draw *draw)
{
    must(dist_mean_ns(dist) > 0 && dist_mean_ns(dist) < INFINITY);
    switch (dist->kind) {
    case DIST_CONSTANT:
        return to_ns(dist->a);
    case DIST_EXPONENTIAL:
        return to_ns(long_exponential(dist->a, draw));
    case DIST_LOGNORMAL:
        return to_ns(exact_exp(dist->a + dist->b * (dist->b + draw_normal(draw))));
    case DIST_GAMMA:
        return to_ns(dist->b * gamma_variate(draw, dist->a + 1));
    case DIST_UNIFORM:
        return to_ns(long_uniform(dist, draw));
    case DIST_PARETO:
        return to_ns(dist->a * uniform_power(draw, -1 / (dist->b - 1)));
    case DIST_WEIBULL:
        return to_ns(dist->a * exact_exp(exact_log(gamma_variate(draw, 1 + 1 / dist->b)) / dist->b));
    case DIST_HYPEREXPONENTIAL:
        return to_ns(long_hyperexponential(dist, draw));
    case DIST_EMPIRICAL:
        return long_empirical(dist, draw);
    }
    must(!"a kind of distribution that nobody knows");
    return 0;
}

/* ---- moments */

/* log of the gamma function for x > 0: Stirling's series from 16 on, where five terms are good to the last digit; smaller arguments
 * are moved up by gamma(x) = gamma(x + 1) / x. */
static double log_gamma(double x)
{
    double product = 1, y;

    for (; x < 16; x++)
        product *= x;
    y = 1 / (x * x);
    y = (1.0 / 12 + y * (-1.0 / 360 + y * (1.0 / 1260 + y * (-1.0 / 1680 + y * (1.0 / 1188))))) / x;
    return (x - 0.5) * exact_log(x) - x + 0.91893853320467274178 /* log(2 pi) / 2 */ + y - exact_log(product);
}

static double empirical_mean(const struct dist *dist)
{
    double sum = 0;

    for (size_t i = 0; i < dist->count; i++)
        sum += (double)dist->values[i];
    return sum / (double)dist->count;
}

static double empirical_cv2(const struct dist *dist)
{
    double mean = empirical_mean(dist), sum = 0;

    for (size_t i = 0; i < dist->count; i++)
        sum += ((double)dist->values[i] - mean) * ((double)dist->values[i] - mean);
    return sum / (double)dist->count / (mean * mean);
}

static double hyperexponential_cv2(const struct dist *dist)
{
    double mean = dist_mean_ns(dist);
    double square = 2 * (dist->a * dist->b * dist->b + (1 - dist->a) * dist->c * dist->c);

    return square / (mean * mean) - 1;
}

double dist_mean_ns(const struct dist *dist)
{
    switch (dist->kind) {
    case DIST_CONSTANT:
    case DIST_EXPONENTIAL:
        return dist->a;
    case DIST_LOGNORMAL:
        return exact_exp(dist->a + dist->b * dist->b / 2);
    case DIST_GAMMA:
        return dist->a * dist->b;
    case DIST_UNIFORM:
        return (dist->a + dist->b) / 2;
    case DIST_PARETO:
        return dist->b > 1 ? dist->a * dist->b / (dist->b - 1) : INFINITY;
    case DIST_WEIBULL:
        return dist->a * exact_exp(log_gamma(1 + 1 / dist->b));
    case DIST_HYPEREXPONENTIAL:
        return dist->a * dist->b + (1 - dist->a) * dist->c;
    case DIST_EMPIRICAL:
        return empirical_mean(dist);
    }
    must(!"a kind of distribution that nobody knows");
    return 0;
}

double dist_cv2(const struct dist *dist)
{
    double span = dist->b - dist->a;

    if (dist_mean_ns(dist) == 0)
        return 0;
    switch (dist->kind) {
    case DIST_CONSTANT:
        return 0;
    case DIST_EXPONENTIAL:
        return 1;
    case DIST_LOGNORMAL:
        return exact_exp(dist->b * dist->b) - 1;
    case DIST_GAMMA:
        return 1 / dist->a;
    case DIST_UNIFORM:
        return span * span / (3 * (dist->a + dist->b) * (dist->a + dist->b));
    case DIST_PARETO:
        return dist->b > 2 ? 1 / (dist->b * (dist->b - 2)) : INFINITY;
    case DIST_WEIBULL:
        return exact_exp(log_gamma(1 + 2 / dist->b) - 2 * log_gamma(1 + 1 / dist->b)) - 1;
    case DIST_HYPEREXPONENTIAL:
        return hyperexponential_cv2(dist);
    case DIST_EMPIRICAL:
        return empirical_cv2(dist);
    }
    must(!"a kind of distribution that nobody knows");
    return 0;
}

/* ---- makers */

/* Exact up to 2^53 ns (104 days), to some nanoseconds beyond. */
struct dist dist_constant(int64_t value_ns)
{
    must(value_ns >= 0);
    return (struct dist){.kind = DIST_CONSTANT, .a = (double)value_ns};
}

struct dist dist_exponential(double mean_ns)
{
    must(mean_ns >= 0);
    return (struct dist){.kind = DIST_EXPONENTIAL, .a = mean_ns};
}

struct dist dist_lognormal_quantile(double median_ns, double quantile, double value_ns)
{
    double z = quantile == 0.95 ? NORMAL_P95 : NORMAL_P99;

    must(quantile == 0.95 || quantile == 0.99);
    must(median_ns > 0 && value_ns >= median_ns);
    return (struct dist){.kind = DIST_LOGNORMAL, .a = exact_log(median_ns), .b = exact_log(value_ns / median_ns) / z};
}

struct dist dist_lognormal_cv2(double mean_ns, double cv2)
{
    double variance = exact_log(1 + cv2);

    must(mean_ns > 0 && cv2 >= 0);
    return (struct dist){.kind = DIST_LOGNORMAL, .a = exact_log(mean_ns) - variance / 2, .b = sqrt(variance)};
}

struct dist dist_gamma(double mean_ns, double cv2)
{
    must(mean_ns >= 0 && cv2 > 0);
    return (struct dist){.kind = DIST_GAMMA, .a = 1 / cv2, .b = mean_ns * cv2};
}

struct dist dist_uniform(double from_ns, double to_ns)
{
    must(0 <= from_ns && from_ns <= to_ns);
    return (struct dist){.kind = DIST_UNIFORM, .a = from_ns, .b = to_ns};
}

struct dist dist_pareto(double minimum_ns, double shape)
{
    must(minimum_ns > 0 && shape > 0);
    return (struct dist){.kind = DIST_PARETO, .a = minimum_ns, .b = shape};
}

struct dist dist_weibull(double scale_ns, double shape)
{
    must(scale_ns > 0 && shape > 0);
    return (struct dist){.kind = DIST_WEIBULL, .a = scale_ns, .b = shape};
}

/* Balanced means: either branch brings half of the mean. */
struct dist dist_hyperexponential(double mean_ns, double cv2)
{
    double p = (1 + sqrt((cv2 - 1) / (cv2 + 1))) / 2;

    must(mean_ns >= 0 && cv2 >= 1);
    return (struct dist){.kind = DIST_HYPEREXPONENTIAL, .a = p, .b = mean_ns / (2 * p), .c = mean_ns / (2 * (1 - p))};
}

struct dist dist_empirical(const int64_t *values_ns, size_t count)
{
    int64_t greatest = 0;

    must(count > 0);
    for (size_t i = 0; i < count; i++)
        greatest = values_ns[i] > greatest ? values_ns[i] : greatest;
    return (struct dist){.kind = DIST_EMPIRICAL, .a = (double)greatest, .values = values_ns, .count = count};
}
