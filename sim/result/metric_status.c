/* metric_status - metrics: what customers were told */
#include "result/metric_reading.h"

#include "result/trigger.h"

static const Stormcell__StatusReport *find_status(struct reading *x)
{
    if (!x->s.r->status)
        select_refuse(&x->s, "the scenario has no status_page");
    return x->s.r->status;
}

bool read_detection(struct reading *x)
{
    const Stormcell__StatusReport *s = find_status(x);
    struct trigger_span span;
    int64_t first_ns = INT64_MAX;

    if (!s)
        return false;
    for (size_t index = 0; trigger_next(x->s.r, &index, &span);)
        first_ns = span.from_ns < first_ns ? span.from_ns : first_ns;
    if (first_ns == INT64_MAX)
        return select_refuse(&x->s, "there was no fault");
    x->value = never;
    for (size_t i = s->n_detections_ns; i-- > 0;)
        if (s->detections_ns[i] >= first_ns)
            x->value = (double)(s->detections_ns[i] - first_ns) / 1e9;
    return true;
}

bool read_first_notice(struct reading *x)
{
    const Stormcell__StatusReport *s = find_status(x);

    if (!s)
        return false;
    if (!s->has_affected_from_ns)
        x->value = 0;
    else if (!s->has_first_notice_ns)
        x->value = never;
    else if (s->first_notice_ns > s->affected_from_ns)
        x->value = (double)(s->first_notice_ns - s->affected_from_ns) / 1e9;
    return true;
}

bool read_share_told(struct reading *x)
{
    const Stormcell__StatusReport *s = find_status(x);

    if (s && !s->has_told_ratio)
        return select_refuse(&x->s, "nobody was affected");
    x->value = s ? s->told_ratio : 0;
    return s != NULL;
}

bool read_wrong_green(struct reading *x)
{
    const Stormcell__StatusReport *s = find_status(x);

    x->value = s && s->affected_ever > 0 ? s->green_minutes * 60 / s->affected_ever : 0;
    return s != NULL;
}

bool read_staleness(struct reading *x)
{
    const Stormcell__StatusReport *s = find_status(x);

    if (s && !s->has_staleness_max_ns)
        return select_refuse(&x->s, "there was no post while somebody was affected");
    x->value = s ? (double)s->staleness_max_ns / 1e9 : 0;
    return s != NULL;
}

bool read_posts(struct reading *x)
{
    const Stormcell__StatusReport *s = find_status(x);

    x->value = s ? (double)s->n_posts : 0;
    return s != NULL;
}

bool read_tickets(struct reading *x)
{
    const Stormcell__StatusReport *s = find_status(x);

    x->value = s ? (double)s->tickets : 0;
    return s != NULL;
}

bool read_tickets_per_user(struct reading *x)
{
    const Stormcell__StatusReport *s = find_status(x);

    if (s && s->affected_ever <= 0)
        return select_refuse(&x->s, "nobody was affected");
    x->value = s ? (double)s->tickets / s->affected_ever : 0;
    return s != NULL;
}
