/* lane - time-outs of one length: first in, first out, and only the head in the agenda */
#include "flow/inside.h"

#include <stdlib.h>

#include "stormcell/must.h"

enum { FIRST_ENTRIES = 64 };

/* Keeps those that still wait, in order, in the same or, when they fill more than half of it, a wider ring: so it is as long as
 * what is out, not as what was born within a time-out. */
static void lane_sweep(struct flow *f, struct lane *l)
{
    struct lane_entry *kept = xmalloc((2 * (size_t)l->size + FIRST_ENTRIES) * sizeof *kept);
    uint32_t length = 0;

    for (uint32_t i = 0; i < l->length; i++) {
        struct lane_entry e = l->ring[(l->head + i) & (l->size - 1)];

        if (frame_at(f, e.frame)->token == e.token)
            kept[length++] = e;
    }
    if (!l->size)
        l->size = FIRST_ENTRIES;
    else if (length > l->size / 2)
        l->size *= 2;
    free(l->ring);
    l->ring = xrealloc(kept, l->size, sizeof *kept);
    l->head = 0;
    l->length = length;
}

void lane_push(struct flow *f, uint32_t lane, int64_t due_ns, uint32_t frame, uint32_t token)
{
    struct lane *l = &f->lanes[lane];

    if (l->length == l->size)
        lane_sweep(f, l);
    l->ring[(l->head + l->length++) & (l->size - 1)] = (struct lane_entry){.due_ns = due_ns, .frame = frame, .token = token};
    if (!l->planned) {
        l->planned = true;
        core_plan_timeout(f->core, due_ns, EVENT_LANE, lane);
    }
}

void flow_on_lane(struct flow *f, uint32_t lane)
{
    struct lane *l = &f->lanes[lane];

    while (l->length) {
        struct lane_entry e = l->ring[l->head & (l->size - 1)];
        bool waits = frame_at(f, e.frame)->token == e.token;

        if (waits && e.due_ns > f->core->now_ns)
            break;
        l->head = (l->head + 1) & (l->size - 1);
        l->length--;
        if (waits)
            frame_time_out(f, e.frame, e.token);
    }
    l->planned = l->length > 0;
    if (l->planned)
        core_plan_timeout(f->core, l->ring[l->head & (l->size - 1)].due_ns, EVENT_LANE, lane);
}
