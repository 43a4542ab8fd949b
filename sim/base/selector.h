/* selector - where a fault strikes, taken apart: targets that several layers read alike
 *
 *     link people->gateway            all who call
 *     link people->gateway[3]         the callers of one partition
 *     link people->gateway@europe     the callers of one region
 */
#ifndef BASE_SELECTOR_H
#define BASE_SELECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A part of the text of a selector. */
struct span {
    const char *text;
    size_t length;
};

struct link_selector {
    struct span from, to;
    bool has_partition;
    uint64_t partition;
    struct span region; /* empty: none */
};

/* Does it speak of a link, well or badly? */
bool selector_is_link(const char *text);

/* False when it cannot be read as a link. The parts point into the text. */
bool selector_link(const char *text, struct link_selector *out);

bool span_is(struct span s, const char *name);

#endif
