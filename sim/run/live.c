/* live - metrics of a world that runs: levels now, and what was counted in the last sample */
#include <stdio.h>
#include <string.h>

#include "run/inside.h"

/* A live metric: the lines of charts that it is made of. */
struct live {
    const char *name;
    enum { LIVE_SUM, LIVE_MAX, LIVE_PER_SECOND, LIVE_AVAILABILITY } how;
    enum track_kind kind;
    enum { OF_POPULATIONS, OF_SERVICES, OF_TRANSPORTS } of;
};

static const struct live lives[] = {
    {"requests.offered", LIVE_SUM, TRACK_OFFERED, OF_POPULATIONS},
    {"requests.succeeded", LIVE_SUM, TRACK_SUCCEEDED, OF_POPULATIONS},
    {"requests.failed", LIVE_SUM, TRACK_FAILED, OF_POPULATIONS},
    {"goodput", LIVE_PER_SECOND, TRACK_SUCCEEDED, OF_POPULATIONS},
    {"availability", LIVE_AVAILABILITY, TRACK_SUCCEEDED, OF_POPULATIONS},
    {"sessions.connected", LIVE_SUM, TRACK_SESSIONS_CONNECTED, OF_POPULATIONS},
    {"queue.length", LIVE_SUM, TRACK_QUEUE_LENGTH, OF_SERVICES},
    {"utilization", LIVE_MAX, TRACK_UTILIZATION, OF_SERVICES},
    {"workers.held", LIVE_SUM, TRACK_HELD, OF_SERVICES},
    {"cache.hit_ratio", LIVE_MAX, TRACK_CACHE_HIT_RATIO, OF_SERVICES},
    {"dependents.up", LIVE_SUM, TRACK_DEPENDENTS_UP, OF_POPULATIONS},
    {"replicas.broken", LIVE_SUM, TRACK_BROKEN, OF_SERVICES},
    {"mail.queued", LIVE_SUM, TRACK_MAIL_BACKLOG, OF_TRANSPORTS},
    {"mail.backlog", LIVE_SUM, TRACK_MAIL_BACKLOG, OF_TRANSPORTS},
    {"mail.oldest", LIVE_MAX, TRACK_MAIL_OLDEST, OF_TRANSPORTS},
};

static const char *entity_name(const struct run *run, const struct live *live, uint32_t i)
{
    switch (live->of) {
    case OF_POPULATIONS:
        return run->scenario->populations[i]->name;
    case OF_SERVICES:
        return run->scenario->services[i]->name;
    default:
        return run->scenario->transports[i]->name;
    }
}

static uint32_t entity_count(const struct run *run, const struct live *live, uint32_t *first, const char **label)
{
    static const char *const labels[] = {"population", "service", "transport"};

    *label = labels[live->of];
    *first = live->of == OF_POPULATIONS ? 0 : live->of == OF_SERVICES ? entity_of_service(run, 0) : entity_of_transport(run, 0);
    return (uint32_t)(live->of == OF_POPULATIONS ? run->scenario->n_populations
                      : live->of == OF_SERVICES  ? run->scenario->n_services
                                                 : run->scenario->n_transports);
}

/* Not every population is one of dependents. */
static bool has_track(const struct run *run, const struct live *live, uint32_t i)
{
    return live->kind != TRACK_DEPENDENTS_UP || run->scenario->populations[i]->dependents;
}

/* The region that a label names; false when none does. */
static bool region_named(const struct run *run, const struct metric_ref *ref, enum group *group)
{
    const char *name = NULL;

    *group = GROUP_WHOLE;
    for (size_t i = 0; i < ref->label_count; i++)
        name = strcmp(ref->labels[i].name, "region") == 0 ? ref->labels[i].value : name;
    for (uint32_t r = 0; name && r < run->scenario->n_regions; r++)
        if (strcmp(run->scenario->regions[r]->name, name) == 0)
            *group = GROUPS + r;
    return name != NULL;
}

/* Which groups the labels admit: the whole when no group is named. The check lets a condition name a group or a region. */
static bool group_of(const struct run *run, const struct metric_ref *ref, enum group *group)
{
    bool struck = metric_admits(ref, "group", "struck"), spared = metric_admits(ref, "group", "spared");

    if (region_named(run, ref, group))
        return true;
    *group = struck && spared ? GROUP_WHOLE : struck ? GROUP_STRUCK : GROUP_SPARED;
    return struck || spared;
}

/* The metric of the status page; false when it is another. */
static bool live_status(const struct run *run, const char *name, double *value)
{
    if (strcmp(name, "tickets") == 0)
        *value = (double)status_page_tickets(run->status);
    return strcmp(name, "tickets") == 0;
}

bool live_metric(void *context, const struct metric_ref *ref, double *value, const char **word, bool *at_least, char message[256])
{
    struct run *run = context;
    const struct live *live = NULL;
    const char *label;
    enum group group;
    double sum = 0, failed = 0;
    uint32_t first, count;
    bool found = false;

    *word = NULL;
    *at_least = false;
    if (live_status(run, ref->name->name, value))
        return true;
    for (size_t i = 0; i < sizeof lives / sizeof *lives; i++)
        if (strcmp(lives[i].name, ref->name->name) == 0)
            live = &lives[i];
    if (!live || !group_of(run, ref, &group)) {
        snprintf(message, 256, "%s: nothing to look at while the run goes on", ref->text);
        return false;
    }
    count = entity_count(run, live, &first, &label);
    for (uint32_t i = 0; i < count; i++) {
        double v;

        if (!metric_admits(ref, label, entity_name(run, live, i)) || !has_track(run, live, i))
            continue;
        found = true;
        v = track_value(run, live->kind, first + i, group);
        if (live->how == LIVE_AVAILABILITY)
            failed += track_value(run, TRACK_FAILED, first + i, group);
        sum = live->how == LIVE_MAX ? (v > sum ? v : sum) : sum + v;
    }
    if (live->how == LIVE_PER_SECOND)
        sum /= (double)run->sample_ns * 1e-9;
    if (live->how == LIVE_AVAILABILITY) {
        found = found && sum + failed > 0;
        sum = found ? sum / (sum + failed) : 0;
    }
    *value = sum;
    if (!found)
        snprintf(message, 256, "%s: nothing is there yet", ref->text);
    return found;
}
