/* schema - the JSON Schema of the language, for editors */
#include <stdio.h>

#include "app/app.h"
#include "stormcell/schema.h"

int cmd_schema(const struct options *o)
{
    (void)o;
    fputs(schema_text, stdout);
    return EXIT_GOOD;
}
