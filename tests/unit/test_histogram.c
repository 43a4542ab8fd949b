/* test_histogram - counts by bucket: exact where promised, within 0.8 % elsewhere, whatever the order */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stormcell/histogram.h"

static void assert_near(double value, double expected, double error_ratio)
{
    double error = value > expected ? value - expected : expected - value;

    if (error > error_ratio * expected)
        fail_msg("%.17g is not within %g of %.17g", value, error_ratio, expected);
}

static void buckets_follow_one_another_without_gap_or_overlap(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 7295; i++) {
        int64_t low = histogram_bucket_low(i), next = histogram_bucket_low(i + 1);

        assert_true(next > low);
        assert_int_equal(histogram_bucket(low), i);
        assert_int_equal(histogram_bucket(next - 1), i);
    }
    assert_int_equal(histogram_bucket(INT64_MAX), 7295);
}

static void a_bucket_is_at_most_one_128th_of_its_values_wide(void **state)
{
    (void)state;
    for (uint32_t i = 256; i < 7295; i++) {
        int64_t low = histogram_bucket_low(i), width = histogram_bucket_low(i + 1) - low;

        assert_true(width <= low / 128);
    }
}

static void values_below_256_are_exact(void **state)
{
    struct histogram h = {0};

    (void)state;
    for (int v = 1; v <= 200; v++)
        histogram_add(&h, v);
    assert_true(histogram_quantile_ns(&h, 0.5) == 100);
    assert_true(histogram_quantile_ns(&h, 0.99) == 198);
    assert_true(histogram_quantile_ns(&h, 0) == 1);
    assert_true(histogram_quantile_ns(&h, 1) == 200);
    histogram_free(&h);
}

static void equal_values_have_that_value_as_every_quantile(void **state)
{
    struct histogram h = {0};

    (void)state;
    for (int i = 0; i < 1000; i++)
        histogram_add(&h, 30000000000);
    assert_true(histogram_quantile_ns(&h, 0.01) == 30000000000.0);
    assert_true(histogram_quantile_ns(&h, 0.99) == 30000000000.0);
    assert_true(histogram_mean_ns(&h) == 30000000000.0);
    histogram_free(&h);
}

static void quantiles_of_a_wide_range_are_within_a_bucket(void **state)
{
    struct histogram h = {0};

    (void)state;
    for (int64_t v = 1; v <= 1000000; v++)
        histogram_add(&h, v * 1000);
    assert_near(histogram_quantile_ns(&h, 0.5), 500e6, 0.0001);
    assert_near(histogram_quantile_ns(&h, 0.999), 999e6, 0.0001);
    assert_near(histogram_mean_ns(&h), 500000.5e3, 1e-12);
    assert_int_equal(h.count, 1000000);
    assert_int_equal(h.min_ns, 1000);
    assert_int_equal(h.max_ns, 1000000000);
    histogram_free(&h);
}

static void merged_parts_equal_the_whole(void **state)
{
    struct histogram whole = {0}, odd = {0}, even = {0};

    (void)state;
    for (int64_t v = 100000; v > 0; v -= 7) {
        histogram_add(&whole, v * v);
        histogram_add(v & 1 ? &odd : &even, v * v);
    }
    histogram_merge(&even, &odd);
    assert_int_equal(even.count, whole.count);
    assert_int_equal(even.first, whole.first);
    assert_int_equal(even.length, whole.length);
    assert_memory_equal(even.buckets, whole.buckets, whole.length * sizeof(*whole.buckets));
    assert_true(even.sum_ns == whole.sum_ns);
    assert_int_equal(even.min_ns, whole.min_ns);
    assert_int_equal(even.max_ns, whole.max_ns);
    histogram_free(&whole);
    histogram_free(&odd);
    histogram_free(&even);
}

static void merging_with_an_empty_one_changes_nothing(void **state)
{
    struct histogram h = {0}, empty = {0}, copy = {0};

    (void)state;
    histogram_add(&h, 77);
    histogram_merge(&h, &empty);
    assert_int_equal(h.count, 1);
    histogram_merge(&copy, &h);
    assert_int_equal(copy.count, 1);
    assert_int_equal(copy.min_ns, 77);
    assert_int_equal(copy.max_ns, 77);
    histogram_free(&h);
    histogram_free(&copy);
}

static void the_order_of_records_does_not_matter(void **state)
{
    struct histogram up = {0}, down = {0};

    (void)state;
    for (int64_t v = 0; v < 5000; v++)
        histogram_add(&up, v * 99991);
    for (int64_t v = 4999; v >= 0; v--)
        histogram_add(&down, v * 99991);
    assert_int_equal(up.first, down.first);
    assert_int_equal(up.length, down.length);
    assert_memory_equal(up.buckets, down.buckets, up.length * sizeof(*up.buckets));
    histogram_free(&up);
    histogram_free(&down);
}

static void the_greatest_time_there_is_can_be_recorded(void **state)
{
    struct histogram h = {0};

    (void)state;
    histogram_add(&h, 0);
    histogram_add(&h, INT64_MAX);
    assert_int_equal(h.max_ns, INT64_MAX);
    assert_true(histogram_quantile_ns(&h, 1) == (double)INT64_MAX);
    assert_true(histogram_quantile_ns(&h, 0.5) == 0);
    histogram_free(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buckets_follow_one_another_without_gap_or_overlap),
        cmocka_unit_test(a_bucket_is_at_most_one_128th_of_its_values_wide),
        cmocka_unit_test(values_below_256_are_exact),
        cmocka_unit_test(equal_values_have_that_value_as_every_quantile),
        cmocka_unit_test(quantiles_of_a_wide_range_are_within_a_bucket),
        cmocka_unit_test(merged_parts_equal_the_whole),
        cmocka_unit_test(merging_with_an_empty_one_changes_nothing),
        cmocka_unit_test(the_order_of_records_does_not_matter),
        cmocka_unit_test(the_greatest_time_there_is_can_be_recorded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
