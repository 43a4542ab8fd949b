/* section_measured - what a real system did beside what was predicted: figures, and both curves on one scale */
#include <stdlib.h>
#include <string.h>

#include "measure/metric_series.h"
#include "report/number.h"
#include "report/sections.h"
#include "report/sparkline.h"
#include "stormcell/must.h"

enum { NAME_WIDTH = 30, CURVE_MIN = 20 };

/* The unit of a metric that is written with its labels. */
static enum metric_unit unit_of(const char *metric)
{
    char *name = xstrdup(number_or_empty(metric));
    const struct metric_series *kind;

    name[strcspn(name, "{ ")] = '\0';
    kind = metric_series_find(name);
    free(name);
    return kind ? kind->unit : METRIC_COUNT;
}

/* ---------------------------------------------------------------- figures */

static void put_moment(struct table *t, const Stormcell__Dip *dip, const Stormcell__Result *r, bool returns)
{
    char text[64];

    if (!dip || !dip->has_falls_ns)
        table_add(t, TONE_DIM, "-");
    else if (returns && !dip->has_returns_ns)
        table_add(t, TONE_BAD, "never");
    else
        table_add(t, TONE_PLAIN, "%s", number_moment(r, returns ? dip->returns_ns : dip->falls_ns, text));
}

static void put_side(struct table *t, const Stormcell__Result *r, const Stormcell__MeasuredSeries *m, bool measured)
{
    const Stormcell__Dip *dip = measured ? m->measured_dip : m->predicted_dip;
    char text[64];

    table_add(t, TONE_PLAIN, "%s %s", number_or_empty(m->name), measured ? "measured" : "predicted");
    if (m->samples)
        table_add(t, TONE_PLAIN, "%s", metric_format(unit_of(m->metric), measured ? m->measured_mean : m->predicted_mean, text));
    else
        table_add(t, TONE_DIM, "-");
    put_moment(t, dip, r, false);
    put_moment(t, dip, r, true);
    if (measured || !m->has_error)
        table_add(t, TONE_DIM, "-");
    else
        table_add(t, TONE_STRONG, "%s", metric_format(METRIC_RATIO, m->error, text));
}

static void put_figures(struct page *p, const Stormcell__Result *r)
{
    static const char *const names[] = {"series", "mean", "falls below half", "back for good", "error"};
    struct table *t = table_create(5, false);

    for (size_t i = 0; i < 5; i++)
        table_add(t, TONE_DIM, "%s", names[i]);
    for (size_t i = 0; i < r->n_measured; i++) {
        put_side(t, r, r->measured[i], true);
        put_side(t, r, r->measured[i], false);
    }
    table_finish(t, p);
}

/* ---------------------------------------------------------------- curves */

static double greatest(double most, const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        most = values[i] > most ? values[i] : most;
    return most;
}

static void draw(struct page *p, const char *name, const char *side, const double *values, size_t count, double top)
{
    unsigned used = 2 + NAME_WIDTH + 2, columns = p->width > used + CURVE_MIN ? p->width - used : CURVE_MIN;
    char *line = sparkline(values, count, columns, top, false), *label = xasprintf("%s %s", name, side);
    unsigned width = page_columns(label);

    page_put(p, TONE_PLAIN, "  %s%*s  %s\n", label, (int)(width < NAME_WIDTH ? NAME_WIDTH - width : 0), "", line);
    free(line);
    free(label);
}

void section_measured(struct page *p, const Stormcell__Result *r)
{
    if (!r->n_measured)
        return;
    page_section(p, "Measured beside predicted");
    put_figures(p, r);
    for (size_t i = 0; i < r->n_measured; i++) {
        const Stormcell__MeasuredSeries *m = r->measured[i];
        double top = greatest(greatest(0, m->measured, m->n_measured), m->predicted, m->n_predicted);

        draw(p, number_or_empty(m->name), "measured", m->measured, m->n_measured, top);
        draw(p, number_or_empty(m->name), "predicted", m->predicted, m->n_predicted, top);
    }
}
