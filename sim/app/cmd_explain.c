/* explain - a scenario in plain words */
#include <stdio.h>

#include "app/app.h"
#include "scenario/explain.h"

int cmd_explain(const struct options *o)
{
    struct loaded l;
    Stormcell__Scenario *sc = NULL;
    int status;

    if (load_open(&l, o->files.items[0]))
        sc = load_bind(&l, o, o->strategy, NULL);
    status = load_report(&l);
    if (sc)
        explain_print(sc, stdout);
    stormcell__scenario__free_unpacked(sc, NULL);
    load_close(&l);
    return status;
}
