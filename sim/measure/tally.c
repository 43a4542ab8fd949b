/* tally - what a run counts
 *
 * Most cells stay empty (a service without partitions uses one of sixty), so a cell is made when it is first touched. A cell
 * never moves: epochs add rows of pointers behind the old ones.
 */
#include "stormcell/tally.h"

#include <stdlib.h>
#include <string.h>

#include "stormcell/must.h"

static size_t cells_of_an_epoch(const struct tally *t)
{
    return (size_t)t->entities * t->partitions;
}

static void reserve_epochs(struct tally *t, uint32_t epochs)
{
    size_t row = cells_of_an_epoch(t);

    if (epochs <= t->epochs_allocated)
        return;
    epochs = epochs < 2 * t->epochs_allocated ? 2 * t->epochs_allocated : epochs;
    t->cells = xrealloc(t->cells, epochs * row + 1, sizeof(struct cell *));
    memset(t->cells + t->epochs_allocated * row, 0, (epochs - t->epochs_allocated) * row * sizeof(struct cell *));
    t->epochs_allocated = epochs;
}

void tally_start(struct tally *t, uint32_t entities, uint32_t partitions, bool folded)
{
    *t = (struct tally){
        .entities = entities,
        .partitions = folded ? 1 : partitions,
        .partition_mask = folded ? 0 : UINT32_MAX,
        .epochs = 1,
    };
    reserve_epochs(t, 1);
}

void tally_end(struct tally *t)
{
    for (size_t i = 0; i < t->epochs_allocated * cells_of_an_epoch(t); i++) {
        if (!t->cells[i])
            continue;
        for (int s = 0; s < SAMPLE_MAX; s++)
            histogram_free(&t->cells[i]->samples[s]);
        free(t->cells[i]);
    }
    free(t->cells);
    *t = (struct tally){0};
}

void tally_next_epoch(struct tally *t)
{
    reserve_epochs(t, t->epochs + 1);
    t->epoch = t->epochs++;
}

struct cell *tally_make(struct tally *t, size_t index)
{
    must(index < t->epochs * cells_of_an_epoch(t));
    t->cells[index] = xcalloc(1, sizeof(struct cell));
    return t->cells[index];
}
