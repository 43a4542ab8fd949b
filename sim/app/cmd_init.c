/* init - a commented scenario to begin with */
#include <stdio.h>

#include "app/app.h"
#include "stormcell/template.h"

int cmd_init(const struct options *o)
{
    (void)o;
    fputs(template_text, stdout);
    return EXIT_GOOD;
}
