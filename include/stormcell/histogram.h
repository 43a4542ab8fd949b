/* histogram - how values are spread, in little memory, mergeable
 *
 * Log-linear: each power of two is cut into 128 equal buckets, so that a bucket is at most 0.8 % wide; values below 256 ns are
 * exact. Count, sum, least and greatest are exact. Buckets are allocated as values come, from the least to the greatest seen.
 * Quantiles are interpolated within their bucket. Integers only when recording: the order of records does not matter.
 */
#ifndef STORMCELL_HISTOGRAM_H
#define STORMCELL_HISTOGRAM_H

#include <stdint.h>

struct histogram {
    uint64_t *buckets; /* of indices first .. first + length - 1 */
    uint32_t first, length;
    uint64_t count;
    unsigned __int128 sum_ns;
    int64_t min_ns, max_ns;
};

/* Slow path of histogram_add(): makes room for bucket `index`. An empty histogram then has the greatest of all as its least value.
 */
void histogram_reach(struct histogram *h, uint32_t index);

/* Index of the bucket of a value >= 0. */
static inline uint32_t histogram_bucket(int64_t value_ns)
{
    uint64_t v = (uint64_t)value_ns;
    unsigned shift = 56 - (unsigned)__builtin_clzll(v | 255); /* below 256 none: exact */

    return shift * 128 + (uint32_t)(v >> shift);
}

/* Least value of a bucket. */
int64_t histogram_bucket_low(uint32_t index);

/* Records value_ns >= 0. A zeroed histogram is empty. */
static inline void histogram_add(struct histogram *h, int64_t value_ns)
{
    uint32_t bucket = histogram_bucket(value_ns);

    if (__builtin_expect(bucket - h->first >= h->length, 0))
        histogram_reach(h, bucket);
    h->buckets[bucket - h->first]++;
    h->count++;
    h->sum_ns += (uint64_t)value_ns;
    if (value_ns < h->min_ns)
        h->min_ns = value_ns;
    if (value_ns > h->max_ns)
        h->max_ns = value_ns;
}

void histogram_free(struct histogram *h);

/* Adds all of `from` to `to`. */
void histogram_merge(struct histogram *to, const struct histogram *from);

/* The value that a share q (0..1) of the values does not exceed, in nanoseconds; q = 0 the least, 1 the greatest. The histogram
 * must not be empty. */
double histogram_quantile_ns(const struct histogram *h, double q);
double histogram_mean_ns(const struct histogram *h);

#endif
