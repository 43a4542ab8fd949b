/* check - all that is wrong with scenarios, every strategy included */
#include "app/app.h"

int cmd_check(const struct options *o)
{
    int worst = EXIT_GOOD;

    for (size_t i = 0; i < o->files.count; i++) {
        struct loaded l;
        int status;

        if (load_open(&l, o->files.items[i]))
            scenario_check_all(l.file, l.diag);
        status = load_report(&l);
        worst = status > worst ? status : worst;
        load_close(&l);
    }
    return worst;
}
