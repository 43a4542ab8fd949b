/* metric_counts - metrics: counters and times of what was born in a window */
#include "result/metric_reading.h"

#include <stdlib.h>

/* ---------------------------------------------------------------- counters */

uint64_t reading_sum(const uint64_t counts[COUNT_MAX], uint64_t set)
{
    uint64_t total = 0;

    for (int k = 0; k < COUNT_MAX; k++)
        total += (set >> k & 1) ? counts[k] : 0;
    return total;
}

static bool selects_services(const struct reading *x)
{
    return (x->row->kinds & SELECT_SERVICE) || select_has(x->s.ref, "service");
}

bool reading_choose(struct reading *x)
{
    return select_entities(&x->s, x->arena, x->row->kinds, x->row->named) && select_partitions(&x->s, x->arena) &&
           select_epochs(&x->s, x->arena);
}

bool read_count(struct reading *x)
{
    uint64_t counts[COUNT_MAX] = {0};

    if (!reading_choose(x))
        return false;
    select_counts(&x->s, counts);
    x->value = (double)reading_sum(counts, selects_services(x) ? x->row->service_counts : x->row->counts);
    return true;
}

/* Of caches nothing is said where there is none. */
bool read_cache(struct reading *x)
{
    uint64_t counts[COUNT_MAX] = {0};

    if (!reading_choose(x))
        return false;
    select_counts(&x->s, counts);
    if (!reading_sum(counts, x->row->over))
        return select_refuse(&x->s, "no cache was asked in its selection");
    x->value = (double)reading_sum(counts, x->row->service_counts);
    return true;
}

bool read_ratio(struct reading *x)
{
    uint64_t counts[COUNT_MAX] = {0}, over;

    if (!reading_choose(x))
        return false;
    select_counts(&x->s, counts);
    over = reading_sum(counts, selects_services(x) ? x->row->service_over : x->row->over);
    if (!over)
        return select_refuse(&x->s, "there is no request in its selection");
    x->value = (double)reading_sum(counts, selects_services(x) ? x->row->service_counts : x->row->counts) / (double)over;
    return true;
}

bool read_rate(struct reading *x)
{
    uint64_t counts[COUNT_MAX] = {0};

    if (!reading_choose(x))
        return false;
    select_counts(&x->s, counts);
    if (!reading_sum(counts, selects_services(x) ? x->row->service_over : x->row->over) || x->s.window_ns <= 0)
        return select_refuse(&x->s, "there is no request in its selection");
    x->value = (double)reading_sum(counts, selects_services(x) ? x->row->service_counts : x->row->counts) /
               ((double)x->s.window_ns / 1e9);
    return true;
}

/* ---------------------------------------------------------------- times */

static const double quantiles[] = {[STATISTIC_P50] = 0.5, [STATISTIC_P90] = 0.9, [STATISTIC_P99] = 0.99, [STATISTIC_P999] = 0.999};

static double statistic_ns(const struct histogram *h, enum statistic statistic)
{
    if (statistic == STATISTIC_MAX)
        return (double)h->max_ns;
    if (statistic == STATISTIC_MEAN)
        return histogram_mean_ns(h);
    return histogram_quantile_ns(h, quantiles[statistic]);
}

bool read_time(struct reading *x)
{
    struct histogram h = {0};

    if (!reading_choose(x))
        return false;
    select_sample(&x->s, selects_services(x) ? x->row->service_sample : x->row->sample, &h);
    if (h.count)
        x->value = statistic_ns(&h, x->row->statistic) / 1e9;
    else
        select_refuse(&x->s, "no request of its selection finished");
    histogram_free(&h);
    return x->s.message[0] == '\0';
}

/* Values that are not above `limit_ns`, to the bucket. */
static uint64_t count_up_to(const struct histogram *h, double limit_ns)
{
    uint64_t count = 0;

    for (uint32_t i = 0; i < h->length && (double)histogram_bucket_low(h->first + i) <= limit_ns; i++)
        count += h->buckets[i];
    return count;
}

/* Could the statistic of `all` be greater if the unfinished had an end? Mean and maximum could, always. A quantile could when
 * the messages that are not older than it, and may yet be, are enough to move it by more than a hundredth: five young ones among
 * millions are not. */
static bool rests_on_unfinished(const struct histogram *all, const struct histogram *unfinished, enum statistic statistic,
                                double value_ns)
{
    double q;

    if (!unfinished->count)
        return false;
    if (statistic == STATISTIC_MAX || statistic == STATISTIC_MEAN)
        return true;
    q = quantiles[statistic] + (double)count_up_to(unfinished, value_ns) / (double)all->count;
    return q >= 1 || histogram_quantile_ns(all, q) > value_ns * 1.01;
}

/* Times of which some are not over at the end of the run: these count at their age. */
bool read_open_time(struct reading *x)
{
    struct histogram h = {0}, unfinished = {0};
    double value_ns;

    select_sample(&x->s, x->row->sample, &h);
    select_sample(&x->s, x->row->unfinished, &unfinished);
    histogram_merge(&h, &unfinished);
    if (h.count) {
        value_ns = statistic_ns(&h, x->row->statistic);
        x->value = value_ns / 1e9;
        x->at_least = rests_on_unfinished(&h, &unfinished, x->row->statistic, value_ns);
    } else {
        select_refuse(&x->s, "%s", x->row->nothing);
    }
    histogram_free(&h);
    histogram_free(&unfinished);
    return x->s.message[0] == '\0';
}

bool read_counted_at_age(struct reading *x)
{
    return reading_choose(x) && read_open_time(x);
}
