/* fuzz_metric - any text is an expression of the metric language, or an error in one line, with its place
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stormcell/metric.h"
#include "stormcell/must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text, size_t length, bool lone)
{
    static const struct metric_clock clock = {.start_utc_s = 1403605800, .run_ns = 14 * 3600000000000};
    struct arena *arena = arena_create();
    struct metric_expr e;
    struct metric_error error;
    char value[64];

    if (metric_parse(text, lone, &clock, arena, &e, &error)) {
        must(e.left.ref || e.right.ref);
        must(!lone || !e.op_given);
        if (e.left.ref)
            metric_admits(e.left.ref, "partition", "17");
        must(strlen(metric_format(e.right.unit, e.right.value, value)) < sizeof value);
    } else {
        must(error.offset <= length);
        must(error.message[0] && !strpbrk(error.message, "\n\r\033"));
    }
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = xcalloc(size + 1, 1);

    memcpy(text, data, size);
    check(text, strlen(text), false);
    check(text, strlen(text), true);
    free(text);
    return 0;
}
