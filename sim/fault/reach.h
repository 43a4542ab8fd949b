/* reach - what the target of a fault names, and how its lever is pulled there
 *
 * Targets are of several kinds: replicas of a service, a link. A new kind is one row in reach.c.
 */
#ifndef FAULT_REACH_H
#define FAULT_REACH_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow.h"
#include "flow/lever.h"

struct reach {
    const struct reach_kind *kind;
    union {
        struct stations stations;
        struct link_cover link;
    };
};

/* Finds what a checked target names; false when it names nothing. */
bool reach_find(const struct flow *f, const char *target, struct reach *out);

/* Pulls the lever there, or lets go. */
void reach_pull(struct flow *f, const struct reach *r, uint32_t lever, bool on);

/* Does a fault there hit this partition? */
bool reach_hits(const struct flow *f, const char *target, uint32_t partition);

#endif
