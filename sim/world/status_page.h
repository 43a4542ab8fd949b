/* status_page - what customers are told, and when
 *
 * A story begins when something is detected (a monitor sees it, or enough customers write tickets), or when an operator publishes
 * by hand. After triage and approval it is written, by a tool whose calls go through flow like those of anybody: what the tool
 * depends on is tried at each attempt. Posts go on at the cadence; once nobody has been affected for a while, a last one says so,
 * and the story is over.
 *
 * Once a minute it is counted whom the outage affects, what they see, and what tickets they write. Its events are of the operators'
 * class, and its draws have names of their own: without a call to a service of the scenario it disturbs nothing.
 */
#ifndef WORLD_STATUS_PAGE_H
#define WORLD_STATUS_PAGE_H

#include "stormcell/metric.h"
#include "world/mail.h"

struct status_page;

/* What it can reach. `resolve` gives live values of metrics, for the monitor. */
struct status_reach {
    struct core *core;
    struct flow *flow;
    struct mail *mail;
    metric_resolver *resolve;
    void *context;
};

/* NULL when the scenario has no status page. */
struct status_page *status_page_create(const struct status_reach *reach, const Stormcell__Scenario *sc);
void status_page_free(struct status_page *s);

/* Handler of EVENT_STATUS. */
enum status_event { STATUS_MINUTE, STATUS_WRITE };
void status_page_on_event(struct status_page *s, uint32_t event);

/* An operator writes a post now, through the tool. */
void status_page_publish(struct status_page *s, const char *text);

/* For metrics of a world that runs: tickets so far; 0 without a page. */
uint64_t status_page_tickets(const struct status_page *s);

/* One post as it went out. */
enum post_kind { POST_FIRST, POST_UPDATE, POST_RESOLVED, POST_MANUAL, POST_KINDS };
extern const char *const status_post_kinds[POST_KINDS];
struct status_post {
    int64_t at_ns, tried_ns; /* tried_ns: when it was tried first */
    enum post_kind kind;
    bool on_page; /* else by the other channel */
};

/* What came of it. Times are -1 for what never happened. Minutes are times users. */
struct status_facts {
    int64_t affected_from_ns, affected_to_ns, staleness_max_ns;
    double affected_minutes, told_minutes, green_minutes, dark_minutes, stale_minutes;
    double affected_peak, affected_ever, told_ever;
    uint64_t tickets, attempts, failed_attempts;
    const struct status_post *posts;
    uint32_t post_count;
    const int64_t *detections_ns;
    uint32_t detection_count;
    const char *detected_by; /* the first time; NULL: never */
};

/* At the end of the run: asserts the ledgers of users and of attempts. */
struct status_facts status_page_settle(struct status_page *s);

#endif
