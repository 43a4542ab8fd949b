/* check_status - does the status page make sense? */
#include <string.h>

#include "scenario/check_inside.h"

static bool publishes(const struct check *c)
{
    for (size_t i = 0; i < c->m->n_runbook; i++)
        if (c->m->runbook[i]->action_case == STORMCELL__STEP__ACTION_PUBLISH)
            return true;
    return false;
}

static void check_detection(struct check *c, const Stormcell__StatusPage *s, const char *path)
{
    if (s->monitor)
        check_line(c, check_path(c, path, "monitor"), s->monitor, true);
    else if (s->has_monitor_for_ns)
        check_problem(c, check_path(c, path, "monitor_for"),
                      "there is no monitor: expected one, such as monitor: availability < 99%%");
    if (!s->monitor && !s->reports && !publishes(c))
        check_problem(c, s->has_reports ? check_path(c, path, "reports") : path,
                      "nobody would ever notice anything: expected a monitor, such as monitor: availability < 99%%, or reports "
                      "above 0, or a step of the runbook with publish");
}

/* A call that waits for ever would hold its attempt for ever. */
static void check_waits(struct check *c, Stormcell__Call *const *calls, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++) {
        const Stormcell__Call *call = calls[i];
        const char *at = check_path(c, path, call->name);

        if (call->async)
            check_problem(c, check_path(c, at, "async"),
                          "the answer decides whether the post or the page goes out: expected "
                          "async: false");
        else if (!call->has_timeout_ns && !call->n_timeouts_ns && !call->has_deadline_ns)
            check_problem(c, at,
                          "waits for ever, and all that comes after it: expected a timeout or a deadline, such as timeout: 10s");
    }
}

void check_status_page(struct check *c, const void *message, const char *path)
{
    const Stormcell__StatusPage *s = message;

    check_detection(c, s, path);
    check_waits(c, s->tool, s->n_tool, check_path(c, path, "tool"));
    check_waits(c, s->page, s->n_page, check_path(c, path, "page"));
    if (s->false_failover && !s->n_page)
        check_problem(c, check_path(c, path, "false_failover"),
                      "a page without calls can always be shown: expected page, with what showing it calls");
    if (s->fallback_after && !s->n_tool)
        check_problem(c, check_path(c, path, "fallback_after"),
                      "a tool without calls never fails: expected tool, with what publishing calls");
    if (s->has_fallback_reaches_ratio && !s->fallback_after)
        check_doubt(c, check_path(c, path, "fallback_reaches"),
                    "changes nothing: without fallback_after there is no other channel");
    if (s->tenant_partition >= check_partition_count(c))
        check_problem(c, check_path(c, path, "tenant_partition"), "no partition %u: there are %u, counted from 0",
                      s->tenant_partition, check_partition_count(c));
}

void check_publish(struct check *c, const char *path)
{
    if (!c->m->status_page)
        check_problem(c, path, "there is no page to publish on: expected status_page");
}
