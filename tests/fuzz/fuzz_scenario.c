/* fuzz_scenario - any bytes are a scenario or an error, soon, and leave nothing behind
 *
 * What is bound must also be free of NULL where the language requires something, so that it is packed and measured here.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stormcell/must.h"
#include "stormcell/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Printing is part of it: every message must be one line. */
static void print_lines(const struct diag *d)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    diag_print(d, out);
    fclose(out);
    must(length == strlen(text));
    free(text);
}

static void bind(const struct scenario_file *f, const char *strategy, struct diag *d)
{
    struct scenario_overlay o = {.strategy = strategy};
    unsigned before = diag_errors(d);
    Stormcell__Scenario *m = scenario_bind(f, &o, d);

    must(!m || diag_errors(d) == before);
    if (m) {
        must(stormcell__scenario__get_packed_size(m) > 0);
        must(*m->name || strategy);
        stormcell__scenario__free_unpacked(m, NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diag *d = diag_create();
    struct scenario_file *f = scenario_open_memory("fuzz.yaml", data, size, d);
    const char *const *strategies;

    must(f || diag_errors(d));
    if (f) {
        bind(f, NULL, d);
        if (scenario_strategies(f, &strategies) > 0)
            bind(f, strategies[0], d);
        scenario_place(f, "hub.delivery.calls.resolve.timeout");
    }
    print_lines(d);
    scenario_file_free(f);
    diag_free(d);
    return 0;
}
