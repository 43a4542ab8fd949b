/* trigger - what can make a run unhealthy: its faults, and its rollouts that have a flaw
 *
 * A flaw is a trigger from the begin of its rollout until that is taken back everywhere, whatever it has broken by then: that a
 * broken replica stays so is the system's own doing. One that is never taken back never ends.
 */
#ifndef STORMCELL_TRIGGER_H
#define STORMCELL_TRIGGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "result.pb-c.h"

struct trigger_span {
    int64_t from_ns, to_ns;
    bool ends;                         /* else to_ns is the end of the run */
    const Stormcell__FaultInfo *fault; /* or */
    const Stormcell__RolloutInfo *rollout;
};

/* Calls for each trigger that began, in the order of the result: faults, then rollouts. Begin with *index = 0. */
bool trigger_next(const Stormcell__Result *r, size_t *index, struct trigger_span *out);

/* Is there any? */
bool trigger_any(const Stormcell__Result *r);

#endif
