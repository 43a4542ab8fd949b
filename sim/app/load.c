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

Stormcell__Scenario *load_bind(struct loaded *l, const struct options *o, const char *strategy, const struct texts *extra)
{
    struct texts set = {0};
    struct scenario_overlay overlay = {.strategy = strategy, .with = o->with.items, .with_count = o->with.count};
    Stormcell__Scenario *sc;

    for (size_t i = 0; i < o->set.count; i++)
        texts_add(&set, o->set.items[i]);
    for (size_t i = 0; extra && i < extra->count; i++)
        texts_add(&set, extra->items[i]);
    overlay.set = set.items;
    overlay.set_count = set.count;
    sc = scenario_bind(l->file, &overlay, l->diag);
    free(set.items);
    return sc;
}

int load_report(struct loaded *l)
{
    diag_print(l->diag, stderr);
    return diag_exit_status(l->diag);
}
