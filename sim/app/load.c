/* load - a scenario as the options want it, and what is wrong with it */
#include <stdio.h>
#include <stdlib.h>

#include "app/app.h"

bool load_open(struct loaded *l, const char *path)
{
    *l = (struct loaded){.diag = diag_create(), .path = path};
    l->file = scenario_open(path, l->diag);
    return l->file != NULL;
}

void load_close(struct loaded *l)
{
    if (l->file)
        scenario_file_free(l->file);
    diag_free(l->diag);
}

Stormcell__Scenario *load_bind(struct loaded *l, const struct options *o, const char *strategy, const struct texts *assumed)
{
    struct texts assume = {0};
    struct scenario_overlay overlay = {
        .strategy = strategy,
        .with = o->with.items,
        .with_count = o->with.count,
        .set = o->set.items,
        .set_count = o->set.count,
    };
    Stormcell__Scenario *sc;

    for (size_t i = 0; i < o->assume.count; i++)
        texts_add(&assume, o->assume.items[i]);
    for (size_t i = 0; assumed && i < assumed->count; i++)
        texts_add(&assume, assumed->items[i]);
    overlay.assume = assume.items;
    overlay.assume_count = assume.count;
    sc = scenario_bind(l->file, &overlay, l->diag);
    free(assume.items);
    return sc;
}

int load_report(struct loaded *l)
{
    diag_print(l->diag, stderr);
    return diag_exit_status(l->diag);
}
