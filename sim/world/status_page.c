/* status_page - from detection to the last post */
#include "world/status_page.h"

#include <stdlib.h>

#include "flow/compile.h"
#include "stormcell/must.h"
#include "world/status_parts.h"

const char *const status_post_kinds[POST_KINDS] = {
    [POST_FIRST] = "first",
    [POST_UPDATE] = "update",
    [POST_RESOLVED] = "resolved",
    [POST_MANUAL] = "manual",
};

/* Who calls: owners of roots. */
enum { CALLER_TOOL, CALLER_PAGE };

#define MINUTE_NS INT64_C(60000000000)

static void plan(struct status_page *s, int64_t at_ns, enum status_event event)
{
    if (at_ns <= s->reach.core->end_ns)
        agenda_push(s->reach.core->agenda, at_ns, AGENDA_OPERATOR, EVENT_STATUS, event);
}

/* ---------------------------------------------------------------- the calls of the tool and of the page */

static void call_out(struct status_page *s, uint32_t caller, uint32_t call_list, uint64_t birth)
{
    struct root root = {
        .kind = ROOT_STATUS,
        .owner = caller,
        .call_list = call_list,
        .partition = s->settings->tenant_partition,
        .epoch = s->reach.core->tally.epoch,
        .user = s->user,
        .birth = birth,
    };

    flow_start(s->reach.flow, &root);
}

/* Can the page be seen? A try that is still under way after a minute has failed its reader. */
static void look_at_page(struct status_page *s)
{
    if (!s->settings->n_page)
        return;
    if (s->page_trying) {
        s->page = s->settings->false_failover ? PAGE_FALSE : PAGE_DARK;
        return;
    }
    s->page_trying = true;
    call_out(s, CALLER_PAGE, s->page_list, draw_mix(s->page_key, s->looks++));
}

static void page_seen(struct status_page *s, bool good)
{
    s->page_trying = false;
    s->page = good ? PAGE_UP : s->settings->false_failover ? PAGE_FALSE : PAGE_DARK;
}

/* ---------------------------------------------------------------- writing */

static void begin_story(struct status_page *s)
{
    s->stories++;
    s->began_ns = s->reach.core->now_ns;
}

static void end_story(struct status_page *s)
{
    s->phase = STORY_NONE;
    s->detected = false;
    s->monitor_since_ns = s->page_post_ns = s->other_post_ns = -1;
    s->hour_sum = 0;
    for (int i = 0; i < STATUS_HOUR; i++)
        s->hour[i] = 0;
}

static void keep_post(struct status_page *s, bool on_page)
{
    uint32_t n = s->facts.post_count;

    if ((n & (n - 1)) == 0)
        s->posts = xrealloc(s->posts, n ? n * 2 : 1, sizeof *s->posts);
    s->posts[s->facts.post_count++] = (struct status_post){
        .at_ns = s->reach.core->now_ns,
        .tried_ns = s->tried_ns,
        .kind = s->kind,
        .on_page = on_page,
    };
}

/* The post is out. */
static void published(struct status_page *s, bool on_page)
{
    keep_post(s, on_page);
    core_note(s->reach.core, "status", "status_page", "%s post%s", status_post_kinds[s->kind],
              on_page ? "" : ", by the other channel");
    *(on_page ? &s->page_post_ns : &s->other_post_ns) = s->reach.core->now_ns;
    if (s->kind == POST_RESOLVED) {
        end_story(s);
        return;
    }
    s->phase = STORY_POSTED;
    s->due_ns = s->reach.core->now_ns + s->settings->cadence_ns;
    plan(s, s->due_ns, STATUS_WRITE);
}

static void write_post(struct status_page *s)
{
    if (s->tried_ns < 0)
        s->tried_ns = s->reach.core->now_ns;
    s->due_ns = -1;
    if (!s->settings->n_tool) {
        published(s, true);
        return;
    }
    s->trying = true;
    call_out(s, CALLER_TOOL, s->tool_list, draw_mix(s->tool_key, s->facts.attempts++));
}

static void begin_post(struct status_page *s, enum post_kind kind)
{
    s->phase = STORY_WRITING;
    s->kind = kind;
    s->tried_ns = s->trying ? s->reach.core->now_ns : -1; /* what the tool is at goes out with it */
    if (!s->trying)
        write_post(s);
}

/* After so many failures in a row the other channel takes this post, and each later one that the tool fails at once. */
static void tool_answered(struct status_page *s, bool good)
{
    s->trying = false;
    s->failures = good ? 0 : s->failures + 1;
    s->facts.failed_attempts += !good;
    if (good || (s->settings->fallback_after && s->failures >= s->settings->fallback_after)) {
        published(s, good);
        return;
    }
    if (s->failures == 1)
        core_note(s->reach.core, "status", "status_page", "the tool fails: the %s post waits", status_post_kinds[s->kind]);
    s->due_ns = s->reach.core->now_ns + s->settings->again_ns;
    plan(s, s->due_ns, STATUS_WRITE);
}

static void ended(void *context, const struct root_end *end)
{
    struct status_page *s = context;

    (end->owner == CALLER_TOOL ? tool_answered : page_seen)(s, end->outcome == OUTCOME_OK);
}

void status_page_publish(struct status_page *s, const char *text)
{
    core_note(s->reach.core, "status", "status_page", "an operator writes: %s", text);
    if (s->phase == STORY_NONE)
        begin_story(s);
    begin_post(s, POST_MANUAL);
}

/* ---------------------------------------------------------------- detection */

/* A metric of which nothing is there yet is not over any line. */
static bool monitor_sees(struct status_page *s)
{
    struct metric_judgement judged;
    char message[256];
    int64_t now_ns = s->reach.core->now_ns;

    if (!s->settings->monitor)
        return false;
    if (!metric_judge(&s->monitor, s->reach.resolve, s->reach.context, &judged, message) || !judged.holds)
        s->monitor_since_ns = -1;
    else if (s->monitor_since_ns < 0)
        s->monitor_since_ns = now_ns;
    return s->monitor_since_ns >= 0 && now_ns - s->monitor_since_ns >= s->settings->monitor_for_ns;
}

static void count_hour(struct status_page *s, uint64_t tickets)
{
    uint64_t *slot = &s->hour[s->minute++ % STATUS_HOUR];

    s->hour_sum += tickets - *slot;
    *slot = tickets;
}

static void keep_detection(struct status_page *s)
{
    uint32_t n = s->facts.detection_count;

    if ((n & (n - 1)) == 0)
        s->detections = xrealloc(s->detections, n ? n * 2 : 1, sizeof *s->detections);
    s->detections[s->facts.detection_count++] = s->reach.core->now_ns;
}

/* When the first post is due: after triage and approval, drawn by the number of the story. */
static int64_t human_delay_ns(struct status_page *s)
{
    struct draw triage = draw_at(s->triage_key, s->stories, 0), approval = draw_at(s->approval_key, s->stories, 0);
    int64_t triage_ns = dist_sample_ns(&s->triage, &triage);

    return triage_ns + dist_sample_ns(&s->approval, &approval);
}

static void detected(struct status_page *s, bool by_monitor)
{
    s->detected = true;
    keep_detection(s);
    if (!s->facts.detected_by)
        s->facts.detected_by = by_monitor ? "monitor" : "reports";
    if (by_monitor)
        core_note(s->reach.core, "status", "status_page", "detected by the monitor: %s", s->settings->monitor);
    else
        core_note(s->reach.core, "status", "status_page", "detected by reports: %llu tickets within an hour",
                  (unsigned long long)s->hour_sum);
    if (s->phase != STORY_NONE)
        return;
    begin_story(s);
    s->phase = STORY_HUMAN;
    s->due_ns = s->reach.core->now_ns + human_delay_ns(s);
    plan(s, s->due_ns, STATUS_WRITE);
}

static void detect(struct status_page *s)
{
    bool seen = monitor_sees(s);

    if (s->detected)
        return;
    if (seen)
        detected(s, true);
    else if (s->settings->reports && s->hour_sum >= s->settings->reports)
        detected(s, false);
}

/* ---------------------------------------------------------------- events */

/* Nobody has been affected for long enough; or somebody is again before the post that all is well is out. */
static void look_for_end(struct status_page *s)
{
    int64_t since_ns = s->last_affected_ns > s->began_ns ? s->last_affected_ns : s->began_ns;

    if (s->phase == STORY_WRITING && s->kind == POST_RESOLVED && s->affected > 0)
        s->kind = POST_UPDATE;
    if (s->phase == STORY_POSTED && s->affected <= 0 && s->reach.core->now_ns - since_ns >= s->settings->all_clear_after_ns)
        begin_post(s, POST_RESOLVED);
}

static void minute_over(struct status_page *s)
{
    count_hour(s, status_readers_minute(s));
    detect(s);
    look_for_end(s);
    look_at_page(s);
    plan(s, s->reach.core->now_ns + STATUS_TICK_NS, STATUS_MINUTE);
}

void status_page_on_event(struct status_page *s, uint32_t event)
{
    if (event == STATUS_MINUTE)
        minute_over(s);
    else if (s->due_ns != s->reach.core->now_ns || s->trying || s->phase == STORY_NONE)
        return; /* something else was written meanwhile */
    else if (s->phase == STORY_WRITING)
        write_post(s);
    else
        begin_post(s, s->phase == STORY_HUMAN ? POST_FIRST : POST_UPDATE);
}

/* ---------------------------------------------------------------- beginning and end */

static void start_calls(struct status_page *s)
{
    const Stormcell__StatusPage *set = s->settings;
    struct call_place tool = {"status_page.tool", "status_page.tool"}, page = {"status_page.page", "status_page.page"};
    const struct people *people = &s->reach.core->people;

    s->user = people->first_user[set->tenant_partition];
    s->user -= s->user > 0 && s->user == people->users; /* a partition that holds nobody, the last */
    if (set->n_tool)
        s->tool_list = flow_call_list(s->reach.flow, &tool, set->n_tool, set->tool);
    if (set->n_page)
        s->page_list = flow_call_list(s->reach.flow, &page, set->n_page, set->page);
    flow_listen(s->reach.flow, ROOT_STATUS, ended, s);
}

static void start_monitor(struct status_page *s, const Stormcell__Scenario *sc)
{
    struct metric_clock clock = {.start_utc_s = sc->clock->start_utc_s, .run_ns = sc->clock->run_ns};
    struct metric_error error;

    if (s->settings->monitor)
        must(metric_parse(s->settings->monitor, false, &clock, s->arena, &s->monitor, &error));
}

struct status_page *status_page_create(const struct status_reach *reach, const Stormcell__Scenario *sc)
{
    uint64_t seed = reach->core->seed;
    struct status_page *s;

    if (!sc->status_page)
        return NULL;
    s = xcalloc(1, sizeof *s);
    s->reach = *reach;
    s->settings = sc->status_page;
    s->arena = arena_create();
    s->triage = s->settings->triage ? compile_dist(s->settings->triage)
                                    : dist_lognormal_quantile(16.0 * (double)MINUTE_NS, 0.95, 96.0 * (double)MINUTE_NS);
    s->approval = compile_dist(s->settings->approval);
    s->triage_key = draw_key(seed, "status_page", "triage");
    s->approval_key = draw_key(seed, "status_page", "approval");
    s->tool_key = draw_key(seed, "status_page", "tool");
    s->page_key = draw_key(seed, "status_page", "page");
    start_monitor(s, sc);
    start_calls(s);
    status_readers_start(s, sc);
    end_story(s);
    plan(s, STATUS_TICK_NS, STATUS_MINUTE);
    return s;
}

void status_page_free(struct status_page *s)
{
    if (!s)
        return;
    status_readers_end(s);
    arena_free(s->arena);
    free(s->posts);
    free(s->detections);
    free(s);
}

uint64_t status_page_tickets(const struct status_page *s)
{
    return s ? s->clock.count : 0;
}

struct status_facts status_page_settle(struct status_page *s)
{
    uint64_t by_page = 0;

    status_readers_settle(s);
    for (uint32_t i = 0; i < s->facts.post_count; i++)
        by_page += s->posts[i].on_page;
    if (s->settings->n_tool)
        must(s->facts.attempts == by_page + s->facts.failed_attempts + s->trying);
    s->facts.posts = s->posts;
    s->facts.detections_ns = s->detections;
    return s->facts;
}
