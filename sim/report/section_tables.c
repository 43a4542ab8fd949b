/* section_tables - who asked for what and got it: populations, transports, services, and struck against spared */
#include <stdlib.h>
#include <string.h>

#include "report/number.h"
#include "report/sections.h"
#include "stormcell/must.h"

static const Stormcell__EntityKind population = STORMCELL__ENTITY_KIND__ENTITY_POPULATION;
static const Stormcell__EntityKind service = STORMCELL__ENTITY_KIND__ENTITY_SERVICE;
static const Stormcell__EntityKind transport = STORMCELL__ENTITY_KIND__ENTITY_TRANSPORT;

static void head(struct table *t, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        table_add(t, TONE_DIM, "%s", names[i]);
}

#define HEAD(t, ...)                                                                                                               \
    do {                                                                                                                           \
        static const char *const names_[] = {__VA_ARGS__};                                                                         \
        head(t, names_, sizeof(names_) / sizeof(names_[0]));                                                                       \
    } while (0)

static void add(struct table *t, struct number n)
{
    char text[64];

    table_add(t, TONE_PLAIN, "%s", number_text(n, text));
}

/* A count that should be 0 stands out when it is not. */
static void add_bad(struct table *t, struct number n)
{
    char text[64];

    table_add(t, n.known && n.value > 0 ? TONE_WARN : TONE_DIM, "%s", number_text(n, text));
}

static bool any_groups(const Stormcell__Result *r)
{
    return number_partitions(r, true, NULL) > 0 && number_partitions(r, false, NULL) > 0;
}

/* ---------------------------------------------------------------- populations */

static void add_reason(char *text, size_t size, const Stormcell__Result *r, const char *metric, const char *name, const char *words)
{
    struct number n = number_of(r, "%s{population=\"%s\"}", metric, name);
    char count[64];
    size_t used = strlen(text);

    if (n.known && n.value > 0)
        snprintf(text + used, size - used, "%s%s %s", used ? ", " : "", number_text(n, count), words);
}

void section_populations(struct page *p, const Stormcell__Result *r)
{
    struct table *t = table_create(8, true);

    HEAD(t, "requests of", "offered", "succeeded", "tries each", "p50", "p99", "max", "failed because");
    for (size_t i = 0; i < r->n_entities; i++) {
        const char *name = number_or_empty(r->entities[i]->name);
        char reasons[160] = "";

        if (r->entities[i]->kind != population)
            continue;
        table_add(t, TONE_PLAIN, "%s", name);
        add(t, number_of(r, "requests.offered{population=\"%s\"}", name));
        add(t, number_of(r, "availability{population=\"%s\"}", name));
        add(t, number_of(r, "amplification{population=\"%s\"}", name));
        add(t, number_of(r, "latency.p50{population=\"%s\"}", name));
        add(t, number_of(r, "latency.p99{population=\"%s\"}", name));
        add(t, number_of(r, "latency.max{population=\"%s\"}", name));
        add_reason(reasons, sizeof(reasons), r, "requests.timed_out", name, "timed out");
        add_reason(reasons, sizeof(reasons), r, "requests.rejected", name, "refused");
        add_reason(reasons, sizeof(reasons), r, "requests.errors", name, "errors");
        table_add(t, TONE_PLAIN, "%s", reasons[0] ? reasons : "-");
    }
    if (number_has(r, population))
        page_section(p, "Requests");
    table_finish(t, p);
}

/* ---------------------------------------------------------------- services */

/* Does a metric of some service reach this share of the tries that came to it? */
static bool any_service(const Stormcell__Result *r, const char *metric, double share)
{
    for (size_t i = 0; i < r->n_entities; i++) {
        const char *name = number_or_empty(r->entities[i]->name);

        if (r->entities[i]->kind == service && number_of(r, "%s{service=\"%s\"}", metric, name).value >
                                                   share * number_of(r, "requests.offered{service=\"%s\"}", name).value)
            return true;
    }
    return false;
}

void section_services(struct page *p, const Stormcell__Result *r)
{
    bool syn = any_service(r, "syn.retransmitted", 0), inside = any_service(r, "requests.in_flight", 0.01);
    struct table *t = table_create(10u + syn + inside, false);

    HEAD(t, "tries at", "arrived", "useful", "wasted", "refused", "dropped");
    if (inside)
        HEAD(t, "not over");
    HEAD(t, "busy", "queue max", "wait p99", "held");
    if (syn)
        HEAD(t, "SYN again");
    for (size_t i = 0; i < r->n_entities; i++) {
        const char *name = number_or_empty(r->entities[i]->name);

        if (r->entities[i]->kind != service)
            continue;
        table_add(t, TONE_PLAIN, "%s", name);
        add(t, number_of(r, "requests.offered{service=\"%s\"}", name));
        add(t, number_of(r, "requests.succeeded{service=\"%s\"}", name));
        add_bad(t, number_of(r, "requests.wasted{service=\"%s\"}", name));
        add_bad(t, number_of(r, "requests.rejected{service=\"%s\"}", name));
        add_bad(t, number_of(r, "requests.dropped{service=\"%s\"}", name));
        if (inside)
            add_bad(t, number_of(r, "requests.in_flight{service=\"%s\"}", name));
        add(t, number_of(r, "utilization{service=\"%s\"}", name));
        add(t, number_of(r, "queue.length.max{service=\"%s\"}", name));
        add(t, number_of(r, "queue.wait.p99{service=\"%s\"}", name));
        add(t, number_of(r, "workers.held.mean{service=\"%s\"}", name));
        if (syn)
            add_bad(t, number_of(r, "syn.retransmitted{service=\"%s\"}", name));
    }
    if (number_has(r, service))
        page_section(p, "Services");
    table_finish(t, p);
}

/* ---------------------------------------------------------------- metrics by group */

/* A row of a table whose columns are whole, struck, spared. */
struct row {
    const char *words, *metric;
    bool bad;        /* should be 0 */
    bool whole_only; /* has no value for a group */
};

/* Adds a row when any of its values is known. */
static void add_row(struct table *t, const Stormcell__Result *r, const struct row *row, const char *labels, bool groups)
{
    struct number n[3] = {number_of(r, "%s{%s}", row->metric, labels)};

    if (groups && !row->whole_only) {
        n[1] = number_of(r, "%s{%s%sgroup=struck}", row->metric, labels, labels[0] ? "," : "");
        n[2] = number_of(r, "%s{%s%sgroup=spared}", row->metric, labels, labels[0] ? "," : "");
    }
    if (!n[0].known && !n[1].known && !n[2].known)
        return;
    table_add(t, TONE_PLAIN, "%s", row->words);
    for (int i = 0; i < (groups ? 3 : 1); i++) {
        if (n[i].word) {
            table_add(t, section_tone(n[i].word), "%s", n[i].word);
            continue;
        }
        if (row->bad)
            add_bad(t, n[i]);
        else
            add(t, n[i]);
    }
}

static void add_group_head(struct table *t, const char *what, bool groups)
{
    table_add(t, TONE_DIM, "%s", what);
    table_add(t, TONE_DIM, "whole");
    if (groups) {
        table_add(t, TONE_DIM, "struck");
        table_add(t, TONE_DIM, "spared");
    }
}

void section_groups(struct page *p, const Stormcell__Result *r)
{
    static const struct row rows[] = {
        {.words = "verdict", .metric = "verdict"},
        {.words = "requests that succeeded", .metric = "availability"},
        {.words = "latency, p99", .metric = "latency.p99"},
        {.words = "dependents that went down", .metric = "dependents.failed", .bad = true},
        {.words = "dependents up again, p99", .metric = "dependents.time_to_recover.p99"},
        {.words = "mail delay, p50", .metric = "mail.delay.p50"},
        {.words = "mail delay, p99", .metric = "mail.delay.p99"},
        {.words = "oldest mail at any time", .metric = "mail.oldest.max"},
        {.words = "time to recover", .metric = "time_to.recover"},
        {.words = "users affected", .metric = "users.affected", .bad = true},
        {.words = "user minutes lost, access", .metric = "user_minutes.lost", .bad = true},
    };
    struct table *t;

    if (!any_groups(r))
        return;
    t = table_create(4, false);
    add_group_head(t, "", true);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        add_row(t, r, &rows[i], "", true);
    page_section(p, "Struck against spared");
    table_finish(t, p);
}

/* ---------------------------------------------------------------- transports */

static void one_transport(struct page *p, const Stormcell__Result *r, const char *name)
{
    static const struct row rows[] = {
        {.words = "offered by senders", .metric = "mail.offered"},
        {.words = "accepted", .metric = "mail.accepted"},
        {.words = "delivered", .metric = "mail.delivered"},
        {.words = "queued at the end", .metric = "mail.queued"},
        {.words = "held by senders at the end", .metric = "mail.held_by_sender", .bad = true},
        {.words = "returned to senders", .metric = "mail.returned", .bad = true},
        {.words = "given up by senders, with notice", .metric = "mail.expired_at_sender", .bad = true},
        {.words = "lost by senders in silence", .metric = "mail.lost_by_sender", .bad = true},
        {.words = "delay notices", .metric = "mail.delay_notices", .bad = true},
        {.words = "tries to deliver", .metric = "mail.attempts"},
        {.words = "delay p50", .metric = "mail.delay.p50"},
        {.words = "delay p99", .metric = "mail.delay.p99"},
        {.words = "delay max", .metric = "mail.delay.max"},
        {.words = "largest backlog", .metric = "mail.backlog.max"},
        {.words = "workers busy", .metric = "utilization", .whole_only = true},
    };
    bool groups = any_groups(r);
    struct table *t = table_create(groups ? 4 : 2, false);
    char *labels = xasprintf("transport=\"%s\"", name);

    add_group_head(t, "messages, one for each recipient", groups);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        add_row(t, r, &rows[i], labels, groups);
    page_section(p, "Mail through %s", name);
    table_finish(t, p);
    free(labels);
}

void section_transports(struct page *p, const Stormcell__Result *r)
{
    for (size_t i = 0; i < r->n_entities; i++)
        if (r->entities[i]->kind == transport)
            one_transport(p, r, number_or_empty(r->entities[i]->name));
}
