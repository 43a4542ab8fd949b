/* metric_mail - metrics: the oldest mail, and how a backlog drains */
#include "result/metric_reading.h"

#include "result/health.h"
#include "result/trigger.h"

/* ---------------------------------------------------------------- oldest mail */

static bool one_transport(const struct selection *s)
{
    size_t transports = 0;

    for (size_t i = 0; i < s->r->n_entities; i++)
        transports += s->r->entities[i]->kind == STORMCELL__ENTITY_KIND__ENTITY_TRANSPORT;
    return transports == s->entity_count;
}

/* From the health cohorts, which know the oldest of each partition at the end of each interval, over all transports. */
static bool oldest_in_cohorts(struct selection *s, bool last, double *seconds)
{
    int64_t oldest_ns = -1;

    for (size_t i = 0; i < s->r->n_cohorts; i++) {
        const Stormcell__Cohorts *c = s->r->cohorts[i];

        if (!s->partitions[c->partition])
            continue;
        for (size_t k = last && c->n_mail_oldest_ns ? c->n_mail_oldest_ns - 1 : 0; k < c->n_mail_oldest_ns; k++) {
            int64_t end_ns = (int64_t)(k + 1) * s->r->health_interval_ns;

            end_ns = end_ns > s->r->run_ns ? s->r->run_ns : end_ns;
            if ((last || reading_covers(s, end_ns)) && c->mail_oldest_ns[k] > oldest_ns)
                oldest_ns = c->mail_oldest_ns[k];
        }
    }
    if (oldest_ns < 0)
        return select_refuse(s, "the age of mail was not recorded for this selection");
    *seconds = (double)oldest_ns / 1e9;
    return true;
}

bool read_oldest_max(struct reading *x)
{
    struct level_sum levels = {0};

    if (!reading_choose(x))
        return false;
    if (reading_levels(&x->s, LEVEL_MAIL_OLDEST, &levels) && levels.max > 0) {
        x->value = levels.max;
        return true;
    }
    if (!one_transport(&x->s))
        return select_refuse(&x->s, "the age of mail is not kept by partition for each of several transports");
    return oldest_in_cohorts(&x->s, false, &x->value);
}

bool read_oldest_now(struct reading *x)
{
    if (!reading_choose(x))
        return false;
    if (reading_series(&x->s, x->row->series))
        return read_last_sample(x);
    if (!one_transport(&x->s))
        return select_refuse(&x->s, "the age of mail is not kept by partition for each of several transports");
    return oldest_in_cohorts(&x->s, true, &x->value);
}

/* ---------------------------------------------------------------- backlog */

/* The end of the last trigger and the begin of the first; false when one is still on, or there is none. */
static bool trigger_span(const Stormcell__Result *r, int64_t *first_ns, int64_t *end_ns)
{
    struct trigger_span t;

    *first_ns = INT64_MAX;
    *end_ns = 0;
    for (size_t index = 0; trigger_next(r, &index, &t);) {
        if (!t.ends)
            return false;
        *first_ns = t.from_ns < *first_ns ? t.from_ns : *first_ns;
        *end_ns = t.to_ns > *end_ns ? t.to_ns : *end_ns;
    }
    return trigger_any(r);
}

/* The line under which a backlog is drained: what it was before the first fault, and a twentieth of what it rose by. */
static double drained_below(const Stormcell__Series *series, int64_t sample_ns, int64_t first_ns)
{
    double before = 0, peak = 0;

    for (size_t i = 0; i < series->n_values; i++) {
        peak = series->values[i] > peak ? series->values[i] : peak;
        if ((int64_t)(i + 1) * sample_ns <= first_ns && series->values[i] > before)
            before = series->values[i];
    }
    return before + (peak - before) / 20;
}

bool read_drain(struct reading *x)
{
    const Stormcell__Series *series;
    int64_t first_ns, end_ns, drained_ns, sample_ns = x->s.r->sample_ns;
    size_t above = 0; /* samples up to the last one above the line */
    double line;

    if (!reading_choose(x) || !(series = reading_series(&x->s, x->row->series)))
        return false;
    if (!trigger_any(x->s.r))
        return select_refuse(&x->s, "there was no fault");
    x->value = never;
    if (!trigger_span(x->s.r, &first_ns, &end_ns))
        return true;
    line = drained_below(series, sample_ns, first_ns);
    for (size_t i = 0; i < series->n_values; i++)
        if (series->values[i] > line)
            above = i + 1;
    drained_ns = (int64_t)(above + 1) * sample_ns;
    if (above < series->n_values)
        x->value = above && drained_ns > end_ns ? (double)(drained_ns - end_ns) / 1e9 : 0;
    return true;
}
