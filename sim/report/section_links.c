/* section_links - what crossed the links, and what became of the rest */
#include "report/number.h"
#include "report/sections.h"

/* What should be 0 stands out when it is not. */
static void add_bad(struct table *t, uint64_t count)
{
    char text[64];

    table_add(t, count ? TONE_WARN : TONE_DIM, "%s", number_count(count, text));
}

static void add(struct table *t, uint64_t count)
{
    char text[64];

    table_add(t, TONE_PLAIN, "%s", number_count(count, text));
}

static void add_way(struct table *t, const Stormcell__LinkInfo *l, const char *what, const Stormcell__LinkWay *way)
{
    static const Stormcell__LinkWay nothing = STORMCELL__LINK_WAY__INIT;

    way = way ? way : &nothing;
    table_add(t, TONE_PLAIN, "%s: %s", number_or_empty(l->name), what);
    add(t, way->offered);
    add(t, way->crossed);
    add_bad(t, way->cut);
    add_bad(t, way->lost);
    add_bad(t, way->overflowed);
    add(t, way->under_way + way->held);
}

void section_links(struct page *p, const Stormcell__Result *r)
{
    static const char *const head[] = {"packets on", "sent", "crossed", "cut", "lost", "line full", "not there yet"};
    struct table *t;

    if (!r->n_links)
        return;
    t = table_create(sizeof head / sizeof *head, false);
    for (size_t i = 0; i < sizeof head / sizeof *head; i++)
        table_add(t, TONE_DIM, "%s", head[i]);
    for (size_t i = 0; i < r->n_links; i++) {
        add_way(t, r->links[i], "requests", r->links[i]->forward);
        add_way(t, r->links[i], "answers", r->links[i]->back);
    }
    page_section(p, "Links");
    table_finish(t, p);
}
