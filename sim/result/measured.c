/* measured - what a real system did beside what the run predicts
 *
 * The file is a staircase: a row holds until the next one, the last as long as the row before it. Rates are averaged over each
 * sample, of a level the value at its end counts, as the run takes its own samples. A sample of which any part lies outside the
 * file, or in a row without a value, was not measured, and nothing is said of it.
 */
#include <stdlib.h>
#include <string.h>

#include "measure/metric_series.h"
#include "result/select.h"
#include "result/trigger.h"
#include "stormcell/must.h"
#include "stormcell/result.h"

static const double unknown = __builtin_nan("");

static bool is_known(double value)
{
    return value == value;
}

/* ---------------------------------------------------------------- the file on the samples of the run */

/* When row i begins, and the end of the last row as that of one more. */
static int64_t row_ns(const Stormcell__Measured *m, size_t i)
{
    const int64_t *at = m->times_ns;
    int64_t in_file = i < m->n_values ? at[i] : at[i - 1] + (at[i - 1] - at[i - 2]);

    return m->at_t_ns + in_file;
}

/* The row that holds at a moment; n_values when there is none. *hint only rises: moments come in order. */
static size_t row_at(const Stormcell__Measured *m, int64_t t_ns, size_t *hint)
{
    while (*hint < m->n_values && row_ns(m, *hint + 1) <= t_ns)
        ++*hint;
    return *hint < m->n_values && row_ns(m, *hint) <= t_ns ? *hint : m->n_values;
}

static double mean_between(const Stormcell__Measured *m, int64_t from_ns, int64_t to_ns, size_t *hint)
{
    double sum = 0;

    for (int64_t t_ns = from_ns; t_ns < to_ns;) {
        size_t row = row_at(m, t_ns, hint);
        int64_t next_ns;

        if (row == m->n_values || !is_known(m->values[row]))
            return unknown;
        next_ns = row_ns(m, row + 1) < to_ns ? row_ns(m, row + 1) : to_ns;
        sum += m->values[row] * (double)(next_ns - t_ns);
        t_ns = next_ns;
    }
    return sum / (double)(to_ns - from_ns);
}

static double level_at(const Stormcell__Measured *m, int64_t t_ns, size_t *hint)
{
    size_t row = row_at(m, t_ns, hint);

    return row < m->n_values ? m->values[row] : unknown;
}

static void put_measured(Stormcell__MeasuredSeries *s, const Stormcell__Measured *m, const struct metric_series *kind,
                         int64_t sample_ns)
{
    size_t hint = 0;

    for (size_t i = 0; i < s->n_measured; i++) {
        int64_t from_ns = (int64_t)i * sample_ns, to_ns = from_ns + sample_ns;

        s->measured[i] = m->scale * (kind->rate ? mean_between(m, from_ns, to_ns, &hint) : level_at(m, to_ns, &hint));
    }
}

/* ---------------------------------------------------------------- the prediction */

static const Stormcell__Series *find_series(const Stormcell__Result *r, const struct metric_ref *ref,
                                            const struct metric_series *kind)
{
    const char *group = select_only(ref, "group");

    for (size_t i = 0; i < r->n_series; i++) {
        const Stormcell__Series *s = r->series[i];

        if (strcmp(select_text(s->metric), kind->name) == 0 && strcmp(select_text(s->group), group ? group : "whole") == 0 &&
            metric_admits(ref, kind->of, select_text(s->entity)))
            return s;
    }
    return NULL;
}

static void put_predicted(Stormcell__MeasuredSeries *s, const Stormcell__Series *series, const struct metric_series *kind,
                          int64_t sample_ns)
{
    double seconds = (double)sample_ns / 1e9;

    for (size_t i = 0; i < s->n_predicted; i++)
        s->predicted[i] = kind->rate ? series->values[i] / seconds : series->values[i];
}

/* ---------------------------------------------------------------- the error */

static void judge_error(Stormcell__MeasuredSeries *s)
{
    double measured = 0, predicted = 0, difference = 0;

    for (size_t i = 0; i < s->n_measured; i++) {
        double d = s->predicted[i] - s->measured[i];

        if (!is_known(s->measured[i]))
            continue;
        s->samples++;
        measured += s->measured[i];
        predicted += s->predicted[i];
        difference += d < 0 ? -d : d;
    }
    s->has_samples = true;
    s->has_measured_mean = s->has_predicted_mean = s->samples > 0;
    s->measured_mean = s->samples ? measured / s->samples : 0;
    s->predicted_mean = s->samples ? predicted / s->samples : 0;
    s->has_error = measured > 0;
    s->error = measured > 0 ? difference / measured : 0;
}

/* ---------------------------------------------------------------- the dip */

static bool first_trigger(const Stormcell__Result *r, int64_t *from_ns)
{
    struct trigger_span t;

    *from_ns = INT64_MAX;
    for (size_t index = 0; trigger_next(r, &index, &t);)
        *from_ns = t.from_ns < *from_ns ? t.from_ns : *from_ns;
    return trigger_any(r);
}

/* The samples that were measured, of one of the two series. NULL when none ended before the fault. */
static Stormcell__Dip *find_dip(const Stormcell__MeasuredSeries *s, const double *values, int64_t fault_ns, int64_t sample_ns)
{
    Stormcell__Dip *dip = xmalloc(sizeof *dip);
    size_t before = 0, end = (size_t)(fault_ns / sample_ns), last = s->n_measured;
    double sum = 0;

    stormcell__dip__init(dip);
    for (size_t i = 0; i < end && i < s->n_measured; i++)
        if (is_known(s->measured[i])) {
            sum += values[i];
            before++;
        }
    if (!before) {
        free(dip);
        return NULL;
    }
    dip->has_before = true;
    dip->before = sum / (double)before;
    for (size_t i = end; i < s->n_measured; i++) {
        if (!is_known(s->measured[i]))
            continue;
        last = i;
        if (values[i] >= dip->before / 2)
            continue;
        if (!dip->has_falls_ns)
            dip->falls_ns = (int64_t)i * sample_ns;
        dip->has_falls_ns = true;
        dip->returns_ns = (int64_t)(i + 1) * sample_ns;
    }
    dip->has_returns_ns = dip->has_falls_ns && last < s->n_measured && dip->returns_ns < (int64_t)(last + 1) * sample_ns;
    return dip;
}

/* ---------------------------------------------------------------- one series */

static Stormcell__MeasuredSeries *create_series(const Stormcell__Measured *m, const Stormcell__Series *predicted)
{
    Stormcell__MeasuredSeries *s = xmalloc(sizeof *s);

    stormcell__measured_series__init(s);
    s->name = xstrdup(m->name);
    s->file = xstrdup(m->file);
    s->column = xstrdup(m->column);
    s->metric = xstrdup(m->metric);
    s->n_measured = s->n_predicted = predicted->n_values;
    s->measured = xcalloc(s->n_measured + 1, sizeof *s->measured);
    s->predicted = xcalloc(s->n_predicted + 1, sizeof *s->predicted);
    return s;
}

static Stormcell__MeasuredSeries *measure(const Stormcell__Result *r, const Stormcell__Measured *m, const struct metric_ref *ref)
{
    const struct metric_series *kind = metric_series_find(ref->name->name);
    const Stormcell__Series *predicted = kind ? find_series(r, ref, kind) : NULL;
    Stormcell__MeasuredSeries *s;
    int64_t fault_ns;

    must(predicted); /* the check of the scenario saw to it */
    s = create_series(m, predicted);
    put_measured(s, m, kind, r->sample_ns);
    put_predicted(s, predicted, kind, r->sample_ns);
    judge_error(s);
    if (kind->rate && first_trigger(r, &fault_ns)) {
        s->measured_dip = find_dip(s, s->measured, fault_ns, r->sample_ns);
        s->predicted_dip = find_dip(s, s->predicted, fault_ns, r->sample_ns);
    }
    return s;
}

void result_measure(Stormcell__Result *r, const Stormcell__Scenario *sc)
{
    struct metric_clock clock = {.start_utc_s = sc->clock->start_utc_s, .run_ns = sc->clock->run_ns};
    const char *strategy = r->strategy && r->strategy[0] ? r->strategy : "baseline";
    struct arena *arena = arena_create();

    must(r->n_measured == 0);
    r->measured = xcalloc(sc->n_measured + 1, sizeof(Stormcell__MeasuredSeries *));
    for (size_t i = 0; i < sc->n_measured; i++) {
        const Stormcell__Measured *m = sc->measured[i];
        struct metric_expr e;
        struct metric_error error;

        if (strcmp(m->strategy, strategy) != 0)
            continue;
        must(metric_parse(m->metric, true, &clock, arena, &e, &error));
        r->measured[r->n_measured++] = measure(r, m, e.left.ref);
    }
    arena_free(arena);
}
