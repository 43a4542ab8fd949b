/* mail_oldest - since when the oldest unfinished mail has been waiting */
#include "world/mail_oldest.h"

#include <stdlib.h>

#include "stormcell/must.h"

static void grow(struct mail_oldest *o, uint32_t bins)
{
    struct mail_oldest wider = {.capacity = o->capacity ? o->capacity : 4, .first = o->first, .last = o->last, .total = o->total};

    while (wider.capacity < bins)
        wider.capacity *= 2;
    if (wider.capacity == o->capacity)
        return;
    wider.ring = xcalloc(wider.capacity, sizeof *wider.ring);
    for (uint32_t b = o->first; b < o->last; b++)
        wider.ring[b & (wider.capacity - 1)] = o->ring[b & (o->capacity - 1)];
    free(o->ring);
    *o = wider;
}

void mail_oldest_end(struct mail_oldest *o)
{
    free(o->ring);
    *o = (struct mail_oldest){0};
}

void mail_oldest_add(struct mail_oldest *o, uint32_t bin)
{
    if (!o->total)
        o->first = o->last = bin;
    must(bin >= o->first);
    if (bin >= o->last) {
        grow(o, bin + 1 - o->first);
        while (o->last <= bin)
            o->ring[o->last++ & (o->capacity - 1)] = 0;
    }
    o->ring[bin & (o->capacity - 1)]++;
    o->total++;
}

void mail_oldest_remove(struct mail_oldest *o, uint32_t bin)
{
    uint32_t mask = o->capacity - 1;

    must(o->total && bin >= o->first && bin < o->last && o->ring[bin & mask]);
    o->ring[bin & mask]--;
    o->total--;
    while (o->total && !o->ring[o->first & mask])
        o->first++;
}
