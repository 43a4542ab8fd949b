/* explain_regions - which partitions lie in which region, and which replicas */
#include "scenario/explain_parts.h"

static const char *own_services(const struct explain *x)
{
    const Stormcell__Scenario *sc = x->scenario;
    const char *list = "";
    size_t count = 0, told = 0;

    for (size_t i = 0; i < sc->n_services; i++)
        count += sc->services[i]->per == STORMCELL__SERVICE__PER__PER_REGION;
    for (size_t i = 0; i < sc->n_services; i++)
        if (sc->services[i]->per == STORMCELL__SERVICE__PER__PER_REGION)
            list = words_join(&x->words, list, sc->services[i]->name, told++, count);
    return list;
}

static void say_region(const struct explain *x, const char *name)
{
    const struct words *w = &x->words;
    struct demand_span span;
    const char *partitions;
    double share;

    if (!demand_region(x->scenario, name, &span))
        return;
    share = demand_span_share(x->scenario, span);
    partitions = span.count == 1 ? arena_format(w->arena, "partition %u", span.first)
                                 : arena_format(w->arena, "partitions %u to %u", span.first, span.first + span.count - 1);
    words_line(w, 2, "%s: %s of %s, with %s of the users", name, partitions, words_count(w, demand_partitions(x->scenario)),
               words_share(w, share));
}

void explain_regions(const struct explain *x)
{
    const char *services = own_services(x);

    if (x->scenario->n_regions == 0)
        return;
    words_heading(&x->words, "WHERE");
    for (size_t i = 0; i < x->scenario->n_regions; i++)
        say_region(x, x->scenario->regions[i]->name);
    if (*services)
        words_line(&x->words, 2, "Each region has replicas of its own of %s.", services);
}
