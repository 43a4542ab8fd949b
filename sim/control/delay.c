/* delay - growth, cap and jitter of what a client waits before its next try */
#include "control/delay.h"

/* No delay that a run could wait for is longer: 2^62 ns are 146 years. */
#define LONGEST_NS 0x1p62

static double at_most(double v, double limit)
{
    return v < limit ? v : limit;
}

void delay_start(struct delay *d)
{
    double limit_ns = d->cap_of_spread ? LONGEST_NS : d->cap_ns, v = d->base_ns;

    d->steps = 0;
    while (d->steps < DELAY_STEPS) {
        d->grown_ns[d->steps++] = d->growth == STORMCELL__BACKOFF__GROWTH__GROWTH_NONE ? 0 : at_most(v, limit_ns);
        if (d->growth == STORMCELL__BACKOFF__GROWTH__GROWTH_EXPONENTIAL)
            v *= d->multiplier;
    }
}

double delay_grown_ns(const struct delay *d, uint32_t n)
{
    double limit_ns = d->cap_of_spread ? LONGEST_NS : d->cap_ns, v;

    if (n <= d->steps)
        return d->grown_ns[n - 1];
    v = d->grown_ns[d->steps - 1];
    if (d->growth == STORMCELL__BACKOFF__GROWTH__GROWTH_EXPONENTIAL && d->multiplier > 1 && v > 0)
        for (uint32_t i = d->steps; i < n && v < limit_ns; i++)
            v *= d->multiplier;
    return at_most(v, limit_ns);
}

static double decorrelated(const struct delay *d, double previous_ns, double u)
{
    double base = d->base_ns, top = 3 * (previous_ns > base ? previous_ns : base);

    return base + u * (top - base);
}

int64_t delay_draw_ns(const struct delay *d, uint32_t n, int64_t previous_ns, struct draw *draw)
{
    double v = delay_grown_ns(d, n), u;

    switch (d->jitter) {
    case STORMCELL__BACKOFF__JITTER__JITTER_FULL:
        u = draw_uniform(draw);
        v = u * v;
        break;
    case STORMCELL__BACKOFF__JITTER__JITTER_EQUAL:
        u = draw_uniform(draw);
        v = v / 2 + u * (v / 2);
        break;
    case STORMCELL__BACKOFF__JITTER__JITTER_DECORRELATED:
        u = draw_uniform(draw);
        v = decorrelated(d, (double)previous_ns, u);
        break;
    case STORMCELL__BACKOFF__JITTER__JITTER_EXPONENTIAL:
        u = draw_exponential(draw);
        v = u * v;
        break;
    case STORMCELL__BACKOFF__JITTER__JITTER_SPREAD:
        u = draw_uniform(draw);
        v = v * (1 + d->spread * (2 * u - 1));
        break;
    case STORMCELL__BACKOFF__JITTER__JITTER_OFFSET:
        u = draw_uniform(draw);
        v = v + u * d->offset_ns;
        break;
    default:
        break;
    }
    return (int64_t)at_most(v, d->cap_ns < LONGEST_NS ? d->cap_ns : LONGEST_NS);
}
