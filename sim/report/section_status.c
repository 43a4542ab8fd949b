/* section_status - what customers were told: when, by which way, how many of them, and what they did meanwhile */
#include <stdlib.h>
#include <string.h>

#include "report/number.h"
#include "report/sections.h"
#include "stormcell/metric.h"
#include "stormcell/must.h"

/* A list of posts longer than POSTS_MAX shows the first and the last. */
enum { POSTS_MAX = 12, POSTS_FIRST = 8, POSTS_LAST = 3 };

/* ---------------------------------------------------------------- when */

static char *tell_detection(const Stormcell__Result *r, const Stormcell__StatusReport *s)
{
    char moment[64];

    if (!s->has_detected_ns)
        return xstrdup("Nobody detected anything");
    return xasprintf("Detected %s by %s", number_moment(r, s->detected_ns, moment),
                     strcmp(number_or_empty(s->detected_by), "monitor") == 0 ? "the monitor" : "reports of customers");
}

static char *tell_notice(const Stormcell__Result *r, const Stormcell__StatusReport *s)
{
    char moment[64], wait[64];
    const Stormcell__StatusPost *first = s->n_posts ? s->posts[0] : NULL;
    const char *by = first && strcmp(number_or_empty(first->channel), "fallback") == 0 ? "the other channel" : "the page";

    if (!first)
        return xstrdup("no post");
    if (!s->has_affected_from_ns || first->at_ns < s->affected_from_ns)
        return xasprintf("first notice %s on %s", number_moment(r, first->at_ns, moment), by);
    return xasprintf("first notice %s on %s, %s after the first user was affected", number_moment(r, first->at_ns, moment), by,
                     number_duration(first->at_ns - s->affected_from_ns, wait));
}

static void put_story(struct page *p, const Stormcell__Result *r, const Stormcell__StatusReport *s)
{
    char *detection = tell_detection(r, s), *notice = tell_notice(r, s), *text = NULL;

    if (s->attempts && s->failed_attempts)
        text = xasprintf("%s, %s. The tool failed in %llu of %llu attempts to publish.", detection, notice,
                         (unsigned long long)s->failed_attempts, (unsigned long long)s->attempts);
    else
        text = xasprintf("%s, %s.", detection, notice);
    page_paragraph(p, 2, TONE_PLAIN, "", text);
    free(detection);
    free(notice);
    free(text);
}

/* ---------------------------------------------------------------- whom */

/* User-minutes as the time of one affected user. */
static char *mean_time(const Stormcell__StatusReport *s, double minutes, char out[64])
{
    return metric_format(METRIC_SECONDS, minutes * 60 / s->affected_ever, out);
}

static void put_readers(struct page *p, const Stormcell__StatusReport *s)
{
    char users[64], peak[64], told[64], affected[64], green[64], dark[64], stale[64], *text;

    if (!s->has_affected_from_ns) {
        page_paragraph(p, 2, TONE_PLAIN, "", "Nobody was affected.");
        return;
    }
    text = xasprintf("%s users were affected, %s at once; %s of them were told while they were. An affected user lost %s on "
                     "average; for %s of it the page said that all is well%s%s%s%s.",
                     number_count((uint64_t)(s->affected_ever + 0.5), users),
                     number_count((uint64_t)(s->affected_peak + 0.5), peak), metric_format(METRIC_RATIO, s->told_ratio, told),
                     mean_time(s, s->affected_minutes, affected), mean_time(s, s->green_minutes, green),
                     s->dark_minutes > 0 ? ", and there was no page to see for " : "",
                     s->dark_minutes > 0 ? mean_time(s, s->dark_minutes, dark) : "",
                     s->stale_minutes > 0 ? "; what was told was older than the cadence for " : "",
                     s->stale_minutes > 0 ? mean_time(s, s->stale_minutes, stale) : "");
    page_paragraph(p, 2, s->told_ratio < 0.5 ? TONE_WARN : TONE_PLAIN, "", text);
    free(text);
}

/* Whom no post reached while it mattered, and what they saw instead. */
static void put_untold(struct page *p, const Stormcell__StatusReport *s)
{
    double untold = s->affected_ever * (1 - s->told_ratio);
    char users[64], *text;

    if (!s->has_affected_from_ns || untold < 0.5)
        return;
    text = xasprintf("To %s users nobody ever said that anything was wrong%s.", number_count((uint64_t)(untold + 0.5), users),
                     s->dark_minutes > 0 ? "" : ": they saw green for the whole outage");
    page_paragraph(p, 2, TONE_WARN, "", text);
    free(text);
}

static void put_tickets(struct page *p, const Stormcell__StatusReport *s)
{
    char count[64], each[64], *text;

    if (s->affected_ever > 0)
        text = xasprintf("%s tickets, %s for each user affected.", number_count(s->tickets, count),
                         metric_format(METRIC_COUNT, (double)s->tickets / s->affected_ever, each));
    else
        text = xasprintf("%s tickets.", number_count(s->tickets, count));
    page_paragraph(p, 2, TONE_PLAIN, "", text);
    free(text);
}

/* ---------------------------------------------------------------- posts */

static void add_post(struct table *t, const Stormcell__Result *r, const Stormcell__StatusPost *post)
{
    char moment[64], waited[64];

    table_add(t, TONE_PLAIN, "%s", number_moment(r, post->at_ns, moment));
    table_add(t, TONE_PLAIN, "%s", number_or_empty(post->kind));
    table_add(t, TONE_PLAIN, "%s", strcmp(number_or_empty(post->channel), "fallback") == 0 ? "other channel" : "page");
    if (post->at_ns > post->tried_ns)
        table_add(t, TONE_WARN, "%s", number_duration(post->at_ns - post->tried_ns, waited));
    else
        table_add(t, TONE_DIM, "-");
}

static void put_posts(struct page *p, const Stormcell__Result *r, const Stormcell__StatusReport *s)
{
    static const char *const names[] = {"post", "kind", "by", "tried for"};
    struct table *t = table_of_words(4, false);

    for (size_t i = 0; i < 4; i++)
        table_add(t, TONE_DIM, "%s", names[i]);
    for (size_t i = 0; i < s->n_posts; i++) {
        if (i == POSTS_FIRST && s->n_posts > POSTS_MAX) {
            i = s->n_posts - POSTS_LAST;
            table_add(t, TONE_DIM, "...");
            table_add(t, TONE_DIM, "%zu more", i - POSTS_FIRST);
            table_add(t, TONE_DIM, " ");
            table_add(t, TONE_DIM, " ");
        }
        add_post(t, r, s->posts[i]);
    }
    table_finish(t, p);
}

void section_status(struct page *p, const Stormcell__Result *r)
{
    if (!r->status)
        return;
    page_section(p, "What customers were told");
    put_story(p, r, r->status);
    put_readers(p, r->status);
    put_untold(p, r->status);
    put_tickets(p, r->status);
    put_posts(p, r, r->status);
}
