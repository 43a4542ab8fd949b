/* section_presence - clients that lost their connection, and things that went down with a service; how long each needed to be back */
#include "report/number.h"
#include "report/sections.h"

/* One column: a metric of a population. What is bad should be 0, and stands out when it is not. */
struct column {
    const char *head, *metric;
    bool bad;
};

static const struct column sessions[] = {
    {"lost", "sessions.lost", .bad = true},
    {"fewest", "sessions.connected.min"},
    {"at end", "sessions.connected"},
    {"tries", "sessions.attempts"},
    {"refused", "sessions.refused", .bad = true},
    {"late", "sessions.timed_out", .bad = true},
    {"peak rate", "sessions.reconnect.peak_rate"},
    {"p50", "sessions.time_to_reconnect.p50"},
    {"p99", "sessions.time_to_reconnect.p99"},
    {"max", "sessions.time_to_reconnect.max"},
};

static const struct column dependents[] = {
    {"failed", "dependents.failed", .bad = true},
    {"up again", "dependents.recovered"},
    {"still down", "dependents.down", .bad = true},
    {"most", "dependents.down.max", .bad = true},
    {"p50", "dependents.time_to_recover.p50"},
    {"p99", "dependents.time_to_recover.p99"},
    {"max", "dependents.time_to_recover.max"},
};

static void add_population(struct table *t, const Stormcell__Result *r, const char *name, uint64_t in_all, const struct column *columns,
                           size_t count)
{
    char text[64];

    table_add(t, TONE_PLAIN, "%s", name);
    table_add(t, TONE_PLAIN, "%s", number_count(in_all, text));
    for (size_t i = 0; i < count; i++) {
        struct number n = number_of(r, "%s{population=\"%s\"}", columns[i].metric, name);

        table_add(t, !columns[i].bad ? TONE_PLAIN : n.known && n.value > 0 ? TONE_WARN : TONE_DIM, "%s", number_text(n, text));
    }
}

static struct table *begin(const char *noun, const struct column *columns, size_t count)
{
    struct table *t = table_create((unsigned)count + 2, false);

    table_add(t, TONE_DIM, "%s", noun);
    table_add(t, TONE_DIM, "in all");
    for (size_t i = 0; i < count; i++)
        table_add(t, TONE_DIM, "%s", columns[i].head);
    return t;
}

void section_sessions(struct page *p, const Stormcell__Result *r)
{
    const size_t count = sizeof(sessions) / sizeof(sessions[0]);
    struct table *t = begin("sessions", sessions, count);
    bool any = false;

    for (size_t i = 0; i < r->n_entities; i++)
        if (r->entities[i]->sessions) {
            add_population(t, r, number_or_empty(r->entities[i]->name), r->entities[i]->sessions, sessions, count);
            any = true;
        }
    if (any)
        page_section(p, "Sessions, and how long they were without a connection");
    table_finish(t, p);
}

void section_dependents(struct page *p, const Stormcell__Result *r)
{
    const size_t count = sizeof(dependents) / sizeof(dependents[0]);
    struct table *t = begin("dependents", dependents, count);
    bool any = false;

    for (size_t i = 0; i < r->n_entities; i++)
        if (r->entities[i]->dependents) {
            add_population(t, r, number_or_empty(r->entities[i]->name), r->entities[i]->dependents, dependents, count);
            any = true;
        }
    if (any)
        page_section(p, "Dependents that went down, and how long they were");
    table_finish(t, p);
}
