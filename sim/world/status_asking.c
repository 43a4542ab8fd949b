/* status_asking - what became of requests, read off the tally once a minute
 *
 * Cells are kept by epoch of birth. Most epochs are over: none of their requests is under way, and they need not be read again.
 */
#include <stdlib.h>
#include <string.h>

#include "stormcell/must.h"
#include "world/status_parts.h"

void status_asking_start(struct status_page *s, const Stormcell__Scenario *sc)
{
    uint32_t partitions = s->reach.core->people.partitions;

    s->asking = xcalloc(partitions, sizeof *s->asking);
    s->before = xcalloc(partitions, sizeof *s->before);
    s->closed = xcalloc(partitions, sizeof *s->closed);
    s->populations = (uint32_t)sc->n_populations;
    s->asks = xcalloc(sc->n_populations + 1, sizeof *s->asks);
    for (uint32_t i = 0; i < s->populations; i++)
        s->asks[i] = sc->populations[i]->arrivals && !s->reach.core->surges[i];
}

void status_asking_end(struct status_page *s)
{
    free(s->asking);
    free(s->before);
    free(s->closed);
    free(s->asks);
}

static void add_cell(struct asking *a, const struct cell *cell)
{
    const uint64_t *n = cell->counts;

    a->offered += n[COUNT_OFFERED];
    a->succeeded += n[COUNT_SUCCEEDED];
    a->failed += n[COUNT_FAILED_REFUSED] + n[COUNT_FAILED_TIMED_OUT] + n[COUNT_FAILED_ERROR] + n[COUNT_FAILED_LOCAL];
}

/* Adds the requests born in one epoch; true when none of them is under way. */
static bool add_epoch(const struct status_page *s, uint32_t epoch, struct asking *to)
{
    const struct tally *t = &s->reach.core->tally;
    struct asking all = {0};

    for (uint32_t e = 0; e < s->populations; e++)
        for (uint32_t p = 0; s->asks[e] && p < t->partitions; p++) {
            const struct cell *cell = t->cells[((size_t)epoch * t->entities + e) * t->partitions + p];

            if (!cell)
                continue;
            add_cell(&to[p], cell);
            add_cell(&all, cell);
        }
    return all.offered == all.succeeded + all.failed;
}

void status_asking_minute(struct status_page *s)
{
    const struct core *core = s->reach.core;
    struct asking *swap = s->before;

    s->before = s->asking;
    s->asking = swap;
    memcpy(s->asking, s->closed, core->people.partitions * sizeof *s->asking);
    for (uint32_t epoch = s->first_open; epoch <= core->tally.epoch; epoch++)
        if (add_epoch(s, epoch, s->asking) && epoch == s->first_open && epoch < core->tally.epoch) {
            s->first_open++;
            memcpy(s->closed, s->asking, core->people.partitions * sizeof *s->asking);
        }
}
