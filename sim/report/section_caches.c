/* section_caches - what caches answered, by the service that they spared */
#include "report/number.h"
#include "report/sections.h"

static void add(struct table *t, const Stormcell__Result *r, const char *metric, const char *service)
{
    char text[64];

    table_add(t, TONE_PLAIN, "%s", number_text(number_of(r, "%s{service=\"%s\"}", metric, service), text));
}

void section_caches(struct page *p, const Stormcell__Result *r)
{
    static const char *const head[] = {"looks for", "all", "fresh", "hit ratio", "stale", "negative", "missed"};
    static const char *const metrics[] = {"cache.lookups", "cache.hits",     "cache.hit_ratio",
                                          "cache.stale",   "cache.negative", "cache.misses"};
    struct table *t = table_create(sizeof head / sizeof *head, false);
    bool any = false;

    for (size_t i = 0; i < sizeof head / sizeof *head; i++)
        table_add(t, TONE_DIM, "%s", head[i]);
    for (size_t i = 0; i < r->n_entities; i++) {
        const char *name = number_or_empty(r->entities[i]->name);

        if (r->entities[i]->kind != STORMCELL__ENTITY_KIND__ENTITY_SERVICE ||
            !number_of(r, "cache.lookups{service=\"%s\"}", name).known)
            continue;
        any = true;
        table_add(t, TONE_PLAIN, "%s", name);
        for (size_t k = 0; k < sizeof metrics / sizeof *metrics; k++)
            add(t, r, metrics[k], name);
    }
    if (any)
        page_section(p, "Caches");
    table_finish(t, p);
}
