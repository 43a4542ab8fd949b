/* collect_status - from a status page to its report */
#include <stdlib.h>
#include <string.h>

#include "run/inside.h"
#include "stormcell/must.h"

static Stormcell__StatusPost *post_message(const struct status_post *post)
{
    Stormcell__StatusPost *m = xmalloc(sizeof *m);

    stormcell__status_post__init(m);
    m->has_at_ns = m->has_tried_ns = true;
    m->at_ns = post->at_ns;
    m->tried_ns = post->tried_ns;
    m->kind = xstrdup(status_post_kinds[post->kind]);
    m->channel = xstrdup(post->on_page ? "page" : "fallback");
    return m;
}

static void collect_posts(const struct status_facts *f, Stormcell__StatusReport *m)
{
    m->posts = xcalloc(f->post_count + 1, sizeof *m->posts);
    for (uint32_t i = 0; i < f->post_count; i++)
        m->posts[m->n_posts++] = post_message(&f->posts[i]);
    m->has_first_notice_ns = f->post_count > 0;
    m->first_notice_ns = f->post_count ? f->posts[0].at_ns : 0;
}

static void collect_detections(const struct status_facts *f, Stormcell__StatusReport *m)
{
    m->n_detections_ns = f->detection_count;
    m->detections_ns = xcalloc(f->detection_count + 1, sizeof *m->detections_ns);
    for (uint32_t i = 0; i < f->detection_count; i++)
        m->detections_ns[i] = f->detections_ns[i];
    m->has_detected_ns = f->detection_count > 0;
    m->detected_ns = f->detection_count ? f->detections_ns[0] : 0;
    m->detected_by = f->detected_by ? xstrdup(f->detected_by) : NULL;
}

static void collect_moments(const struct status_facts *f, Stormcell__StatusReport *m)
{
    m->has_affected_from_ns = m->has_affected_to_ns = f->affected_from_ns >= 0;
    if (m->has_affected_from_ns) {
        m->affected_from_ns = f->affected_from_ns;
        m->affected_to_ns = f->affected_to_ns;
    }
    m->has_staleness_max_ns = f->staleness_max_ns >= 0;
    m->staleness_max_ns = m->has_staleness_max_ns ? f->staleness_max_ns : 0;
}

static void collect_users(const struct status_facts *f, Stormcell__StatusReport *m)
{
    m->has_affected_minutes = m->has_told_minutes = m->has_green_minutes = m->has_stale_minutes = m->has_dark_minutes = true;
    m->has_affected_peak = m->has_affected_ever = true;
    m->affected_minutes = f->affected_minutes;
    m->told_minutes = f->told_minutes;
    m->green_minutes = f->green_minutes;
    m->stale_minutes = f->stale_minutes;
    m->dark_minutes = f->dark_minutes;
    m->affected_peak = f->affected_peak;
    m->affected_ever = f->affected_ever;
    m->has_told_ratio = f->affected_ever > 0;
    m->told_ratio = f->affected_ever > 0 ? f->told_ever / f->affected_ever : 0;
}

Stormcell__StatusReport *collect_status(struct run *run)
{
    struct status_facts facts;
    Stormcell__StatusReport *m;

    if (!run->status)
        return NULL;
    facts = status_page_settle(run->status);
    m = xmalloc(sizeof *m);
    stormcell__status_report__init(m);
    collect_detections(&facts, m);
    collect_posts(&facts, m);
    collect_moments(&facts, m);
    collect_users(&facts, m);
    m->has_tickets = m->has_attempts = m->has_failed_attempts = true;
    m->tickets = facts.tickets;
    m->attempts = facts.attempts;
    m->failed_attempts = facts.failed_attempts;
    return m;
}
