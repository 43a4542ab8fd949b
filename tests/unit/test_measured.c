/* test_measured - a real system's series beside the predicted one: samples, error, dip */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "measure/metric_series.h"
#include "stormcell/report.h"
#include "unit/json_check.h"
#include "unit/result_builder.h"

enum { SAMPLES = 10 };

/* A run of ten samples of 2 s, and one entry of `measured:`. */
struct bench {
    Stormcell__Result *r;
    Stormcell__Clock clock;
    Stormcell__Measured measured, *list[1];
    Stormcell__Scenario sc;
};

static void bench_start(struct bench *b, char *metric, int64_t *times_ns, double *values, size_t count)
{
    b->r = build_result(1, SAMPLES * 2, 2);
    build_population(b->r, "people");
    build_service(b->r, "web", 4);
    stormcell__clock__init(&b->clock);
    b->clock.run_ns = b->r->run_ns;
    stormcell__measured__init(&b->measured);
    b->measured.name = "real";
    b->measured.file = "real.csv";
    b->measured.column = "served";
    b->measured.metric = metric;
    b->measured.times_ns = times_ns;
    b->measured.values = values;
    b->measured.n_times_ns = b->measured.n_values = count;
    b->list[0] = &b->measured;
    stormcell__scenario__init(&b->sc);
    b->sc.clock = &b->clock;
    b->sc.measured = b->list;
    b->sc.n_measured = 1;
}

/* A file with a row for each second from 0 on. */
static void seconds(int64_t *times_ns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        times_ns[i] = (int64_t)i * build_s;
}

static const Stormcell__MeasuredSeries *only(struct bench *b)
{
    result_measure(b->r, &b->sc);
    assert_int_equal(b->r->n_measured, 1);
    assert_int_equal(b->r->measured[0]->n_measured, SAMPLES);
    assert_int_equal(b->r->measured[0]->n_predicted, SAMPLES);
    return b->r->measured[0];
}

/* ---------------------------------------------------------------- samples */

static void a_rate_is_averaged_over_each_sample_and_the_prediction_is_per_second(void **state)
{
    static const double predicted[SAMPLES] = {6, 6, 6, 6, 6, 6, 6, 6, 6, 6};
    int64_t times_ns[4];
    double values[] = {1, 3, 5, 7};
    struct bench b;
    const Stormcell__MeasuredSeries *s;

    seconds(times_ns, 4);
    bench_start(&b, "requests.succeeded{population=people}", times_ns, values, 4);
    build_series(b.r, "requests.succeeded", "people", "whole", predicted, SAMPLES);
    s = only(&b);
    assert_true(s->measured[0] == 2 && s->measured[1] == 6);
    assert_true(s->measured[2] != s->measured[2]);
    assert_true(s->predicted[0] == 3 && s->predicted[9] == 3);
    assert_int_equal(s->samples, 2);
    assert_true(s->measured_mean == 4 && s->predicted_mean == 3);
    /* |3 - 2| + |3 - 6| over 2 + 6 */
    assert_true(s->error == 0.5);
    result_free(b.r);
}

static void a_level_is_taken_at_the_end_of_the_sample(void **state)
{
    static const double predicted[SAMPLES] = {5, 7, 1, 1, 1, 1, 1, 1, 1, 1};
    int64_t times_ns[5];
    double values[] = {1, 3, 5, 7, 7};
    struct bench b;
    const Stormcell__MeasuredSeries *s;

    seconds(times_ns, 5);
    bench_start(&b, "queue.length{service=web}", times_ns, values, 5);
    build_series(b.r, "queue.length", "web", "whole", predicted, SAMPLES);
    s = only(&b);
    assert_true(s->measured[0] == 5 && s->measured[1] == 7);
    assert_true(s->measured[2] != s->measured[2]); /* the last row holds to second 5 only */
    assert_true(s->error == 0);
    assert_null(s->measured_dip);
    result_free(b.r);
}

static void an_empty_cell_leaves_its_samples_out(void **state)
{
    static const double predicted[SAMPLES] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
    int64_t times_ns[6];
    double values[] = {1, 1, 1, __builtin_nan(""), 1, 1};
    struct bench b;
    const Stormcell__MeasuredSeries *s;

    seconds(times_ns, 6);
    bench_start(&b, "requests.offered", times_ns, values, 6);
    build_series(b.r, "requests.offered", "people", "whole", predicted, SAMPLES);
    s = only(&b);
    assert_true(s->measured[0] == 1 && s->measured[2] == 1);
    assert_true(s->measured[1] != s->measured[1]);
    assert_int_equal(s->samples, 2);
    result_free(b.r);
}

static void a_file_may_begin_later_and_count_in_other_units(void **state)
{
    static const double predicted[SAMPLES] = {8, 8, 8, 8, 8, 8, 8, 8, 8, 8};
    int64_t times_ns[] = {0, 4 * build_s};
    double values[] = {40, 80}; /* counted in 10 s each */
    struct bench b;
    const Stormcell__MeasuredSeries *s;

    bench_start(&b, "attempts", times_ns, values, 2);
    b.measured.scale = 0.1;
    b.measured.at_t_ns = 4 * build_s;
    build_series(b.r, "attempts", "people", "whole", predicted, SAMPLES);
    s = only(&b);
    assert_true(s->measured[1] != s->measured[1]);
    assert_true(s->measured[2] == 4 && s->measured[3] == 4 && s->measured[4] == 8 && s->measured[5] == 8);
    assert_true(s->measured[6] != s->measured[6]);
    result_free(b.r);
}

static void nothing_but_zero_has_no_error(void **state)
{
    static const double predicted[SAMPLES] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
    int64_t times_ns[4];
    double values[] = {0, 0, 0, 0};
    struct bench b;
    const Stormcell__MeasuredSeries *s;

    seconds(times_ns, 4);
    bench_start(&b, "requests.failed", times_ns, values, 4);
    build_series(b.r, "requests.failed", "people", "whole", predicted, SAMPLES);
    s = only(&b);
    assert_false(s->has_error);
    assert_true(s->measured_mean == 0 && s->predicted_mean == 1);
    result_free(b.r);
}

/* ---------------------------------------------------------------- which run, which series */

static void only_runs_of_its_strategy_show_it(void **state)
{
    int64_t times_ns[2];
    double values[] = {1, 1};
    struct bench b;

    seconds(times_ns, 2);
    bench_start(&b, "attempts", times_ns, values, 2);
    b.measured.strategy = "bulkhead";
    result_measure(b.r, &b.sc);
    assert_int_equal(b.r->n_measured, 0);
    result_free(b.r);
}

static void labels_choose_the_series(void **state)
{
    static const double people[SAMPLES] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2}, robots[SAMPLES] = {6, 6, 6, 6, 6, 6, 6, 6, 6, 6},
                        struck[SAMPLES] = {4, 4, 4, 4, 4, 4, 4, 4, 4, 4};
    int64_t times_ns[2];
    double values[] = {1, 1};
    struct bench b;

    seconds(times_ns, 2);
    bench_start(&b, "attempts{population=robots, group=struck}", times_ns, values, 2);
    build_population(b.r, "robots");
    build_series(b.r, "attempts", "people", "whole", people, SAMPLES);
    build_series(b.r, "attempts", "robots", "whole", robots, SAMPLES);
    build_series(b.r, "attempts", "robots", "struck", struck, SAMPLES);
    assert_true(only(&b)->predicted[0] == 2);
    result_free(b.r);
}

static void every_series_of_the_table_is_a_metric_of_the_language(void **state)
{
    for (size_t i = 0; i < metric_series_count; i++) {
        size_t k = 0;

        while (k < metric_names_count && strcmp(metric_names[k].name, metric_series[i].name) != 0)
            k++;
        assert_true(k < metric_names_count);
        assert_true(metric_series[i].rate ? metric_names[k].unit == METRIC_COUNT : metric_names[k].unit == metric_series[i].unit);
        assert_non_null(strstr(metric_names[k].labels, metric_series[i].of));
    }
    assert_null(metric_series_find("latency.p99"));
}

/* ---------------------------------------------------------------- the dip */

static void dipping(struct bench *b, int64_t times_ns[20], double values[20])
{
    static const double predicted[SAMPLES] = {20, 20, 8, 0, 10, 20, 20, 8, 20, 20};

    seconds(times_ns, 20);
    for (size_t i = 0; i < 20; i++)
        values[i] = i < 4 || i >= 12 ? 10 : 0;
    bench_start(b, "requests.succeeded", times_ns, values, 20);
    build_fault(b->r, "stops", "web", 4, 8);
    build_series(b->r, "requests.succeeded", "people", "whole", predicted, SAMPLES);
}

static void a_dip_lasts_from_the_first_to_the_last_sample_below_half(void **state)
{
    int64_t times_ns[20];
    double values[20];
    struct bench b;
    const Stormcell__MeasuredSeries *s;

    dipping(&b, times_ns, values);
    s = only(&b);
    assert_true(s->measured_dip->before == 10 && s->predicted_dip->before == 10);
    assert_int_equal(s->measured_dip->falls_ns, 4 * build_s);
    assert_int_equal(s->measured_dip->returns_ns, 12 * build_s);
    assert_int_equal(s->predicted_dip->falls_ns, 4 * build_s);
    assert_int_equal(s->predicted_dip->returns_ns, 16 * build_s); /* it fell again */
    result_free(b.r);
}

static void what_is_low_at_the_end_does_not_come_back(void **state)
{
    int64_t times_ns[20];
    double values[20];
    struct bench b;
    const Stormcell__MeasuredSeries *s;

    dipping(&b, times_ns, values);
    values[18] = values[19] = 0;
    s = only(&b);
    assert_true(s->measured_dip->has_falls_ns);
    assert_false(s->measured_dip->has_returns_ns);
    assert_true(s->predicted_dip->has_returns_ns);
    result_free(b.r);
}

static void what_was_not_measured_before_the_fault_has_no_dip(void **state)
{
    int64_t times_ns[20];
    double values[20];
    struct bench b;

    dipping(&b, times_ns, values);
    b.measured.at_t_ns = 4 * build_s;
    assert_null(only(&b)->measured_dip);
    result_free(b.r);
}

/* ---------------------------------------------------------------- reports */

static void a_stretch_that_was_not_measured_is_null_in_json_and_empty_in_csv(void **state)
{
    static const double predicted[SAMPLES] = {6, 6, 6, 6, 6, 6, 6, 6, 6, 6};
    int64_t times_ns[2];
    double values[] = {1, 3};
    struct bench b;
    char *json, *csv;
    size_t length;

    seconds(times_ns, 2);
    bench_start(&b, "requests.succeeded", times_ns, values, 2);
    build_series(b.r, "requests.succeeded", "people", "whole", predicted, SAMPLES);
    only(&b);
    json = report_json(b.r, &length);
    assert_null(json_check(json, &(const char *){NULL}));
    assert_non_null(strstr(json, "\"error\": 0.5"));
    assert_non_null(strstr(json, "\"measured_values\": ["));
    csv = report_csv(b.r, &length);
    assert_non_null(strstr(csv, "time_s,requests.succeeded/people/whole,measured/real,predicted/real\n2,6,2,3\n4,6,,3\n"));
    free(json);
    free(csv);
    result_free(b.r);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_is_averaged_over_each_sample_and_the_prediction_is_per_second),
        cmocka_unit_test(a_level_is_taken_at_the_end_of_the_sample),
        cmocka_unit_test(an_empty_cell_leaves_its_samples_out),
        cmocka_unit_test(a_file_may_begin_later_and_count_in_other_units),
        cmocka_unit_test(nothing_but_zero_has_no_error),
        cmocka_unit_test(only_runs_of_its_strategy_show_it),
        cmocka_unit_test(labels_choose_the_series),
        cmocka_unit_test(every_series_of_the_table_is_a_metric_of_the_language),
        cmocka_unit_test(a_dip_lasts_from_the_first_to_the_last_sample_below_half),
        cmocka_unit_test(what_is_low_at_the_end_does_not_come_back),
        cmocka_unit_test(what_was_not_measured_before_the_fault_has_no_dip),
        cmocka_unit_test(a_stretch_that_was_not_measured_is_null_in_json_and_empty_in_csv),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
