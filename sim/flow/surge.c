/* surge - populations that ask only while a fault makes them */
#include <string.h>

#include "flow/inside.h"

bool flow_population_find(const struct flow *f, const char *name, uint32_t *population)
{
    for (*population = 0; *population < f->scenario->n_populations; ++*population)
        if (strcmp(f->scenario->populations[*population]->name, name) == 0)
            return true;
    return false;
}

/* What is born while a lever is pulled has been touched by it. */
static void pulled(struct flow *f, struct lever *l, uint32_t population, bool on)
{
    struct surge *s = &f->core->surges[population];

    l->touched += on ? -s->births : s->births;
    l->births = on ? &s->births : NULL;
    s->levers += on ? 1 : -1;
    s->factor = s->levers ? s->factor + (on ? l->factor : -l->factor) : 0;
    if (s->changed)
        s->changed(s->context, population, s->factor);
}

void flow_surge_pull(struct flow *f, uint32_t lever, uint32_t population)
{
    pulled(f, &f->levers[lever], population, true);
}

void flow_surge_release(struct flow *f, uint32_t lever, uint32_t population)
{
    pulled(f, &f->levers[lever], population, false);
}
