/* section_dependents - things that went down with a service, and how long each needed to be up again */
#include "report/number.h"
#include "report/sections.h"

static void add(struct table *t, enum tone tone, struct number n)
{
    char text[64];

    table_add(t, tone, "%s", number_text(n, text));
}

/* A count that should be 0 stands out when it is not. */
static void add_bad(struct table *t, struct number n)
{
    add(t, n.known && n.value > 0 ? TONE_WARN : TONE_DIM, n);
}

static void add_population(struct table *t, const Stormcell__Result *r, const Stormcell__Entity *e)
{
    static const char *const times[] = {"p50", "p99", "max"};
    const char *name = number_or_empty(e->name);
    char count[64];

    table_add(t, TONE_PLAIN, "%s", name);
    table_add(t, TONE_PLAIN, "%s", number_count(e->dependents, count));
    add_bad(t, number_of(r, "dependents.failed{population=\"%s\"}", name));
    add(t, TONE_PLAIN, number_of(r, "dependents.recovered{population=\"%s\"}", name));
    add_bad(t, number_of(r, "dependents.down{population=\"%s\"}", name));
    add_bad(t, number_of(r, "dependents.down.max{population=\"%s\"}", name));
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        add(t, TONE_PLAIN, number_of(r, "dependents.time_to_recover.%s{population=\"%s\"}", times[i], name));
}

void section_dependents(struct page *p, const Stormcell__Result *r)
{
    static const char *const heads[] = {"dependents", "in all", "failed", "up again", "still down", "most", "p50", "p99", "max"};
    struct table *t = table_create(sizeof(heads) / sizeof(heads[0]), false);
    bool any = false;

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        table_add(t, TONE_DIM, "%s", heads[i]);
    for (size_t i = 0; i < r->n_entities; i++) {
        if (!r->entities[i]->dependents)
            continue;
        add_population(t, r, r->entities[i]);
        any = true;
    }
    if (any)
        page_section(p, "Dependents that went down, and how long they were");
    table_finish(t, p);
}
