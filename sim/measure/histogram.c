/* histogram - how values are spread, in little memory, mergeable
 *
 * Storage grows in steps of 32 buckets on a fixed grid, so that what is allocated depends on the least and the greatest value
 * only, not on the order in which values came. A run has many thousand histograms, most of them narrow: doubling would waste
 * more than it saves.
 */
#include "stormcell/histogram.h"

#include <stdlib.h>
#include <string.h>

#include "stormcell/must.h"

enum { BUCKETS_OF_A_POWER = 128, STEP = 32, BUCKETS_MAX = 7296 };

void histogram_reach(struct histogram *h, uint32_t index)
{
    uint32_t from = index & ~(uint32_t)(STEP - 1), to = from + STEP;
    uint64_t *buckets;

    must(index < BUCKETS_MAX); /* a negative value */
    if (h->length) {
        from = h->first < from ? h->first : from;
        to = h->first + h->length > to ? h->first + h->length : to;
    } else {
        h->min_ns = INT64_MAX;
    }
    buckets = xcalloc(to - from, sizeof(*buckets));
    if (h->length)
        memcpy(buckets + (h->first - from), h->buckets, h->length * sizeof(*buckets));
    free(h->buckets);
    h->buckets = buckets;
    h->first = from;
    h->length = to - from;
}

int64_t histogram_bucket_low(uint32_t index)
{
    uint32_t shift = index < 2 * BUCKETS_OF_A_POWER ? 0 : index / BUCKETS_OF_A_POWER - 1;

    return (int64_t)((uint64_t)(index - shift * BUCKETS_OF_A_POWER) << shift);
}

void histogram_free(struct histogram *h)
{
    free(h->buckets);
    *h = (struct histogram){0};
}

void histogram_merge(struct histogram *to, const struct histogram *from)
{
    if (!from->count)
        return;
    if (!to->length || from->first < to->first)
        histogram_reach(to, from->first);
    if (from->first + from->length > to->first + to->length)
        histogram_reach(to, from->first + from->length - 1);
    for (uint32_t i = 0; i < from->length; i++)
        to->buckets[from->first - to->first + i] += from->buckets[i];
    if (!to->count || from->min_ns < to->min_ns)
        to->min_ns = from->min_ns;
    if (from->max_ns > to->max_ns)
        to->max_ns = from->max_ns;
    to->count += from->count;
    to->sum_ns += from->sum_ns;
}

/* The value at `part` (0..1) of a bucket. The least and the greatest value are known exactly, so they bound the first and the
 * last bucket; a histogram of equal values then gives just that value. */
static double value_in_bucket(const struct histogram *h, uint32_t index, double part)
{
    int64_t low = histogram_bucket_low(index);
    int64_t high = index + 1 < BUCKETS_MAX ? histogram_bucket_low(index + 1) - 1 : INT64_MAX;

    low = low < h->min_ns ? h->min_ns : low;
    high = high > h->max_ns ? h->max_ns : high;
    return (double)low + (double)(high - low) * part;
}

double histogram_quantile_ns(const struct histogram *h, double q)
{
    double rank = q * (double)h->count, below = 0;

    must(h->count > 0);
    if (rank <= 0)
        return (double)h->min_ns;
    for (uint32_t i = 0; i < h->length; i++) {
        double here = (double)h->buckets[i];

        if (here > 0 && below + here >= rank)
            return value_in_bucket(h, h->first + i, (rank - below) / here);
        below += here;
    }
    return (double)h->max_ns;
}

double histogram_mean_ns(const struct histogram *h)
{
    must(h->count > 0);
    return (double)h->sum_ns / (double)h->count;
}
