/* lane - time-outs of one length: first in, first out, and only the head in the agenda */
#include "flow/inside.h"

#include <stdlib.h>

#include "stormcell/must.h"

static void lane_grow(struct lane *l)
{
    uint32_t size = l->size ? l->size * 2 : 64;
    struct lane_entry *ring = xmalloc(size * sizeof *ring);

    for (uint32_t i = 0; i < l->length; i++)
        ring[i] = l->ring[(l->head + i) & (l->size - 1)];
    free(l->ring);
    l->ring = ring;
    l->head = 0;
    l->size = size;
}

void lane_push(struct flow *f, uint32_t lane, int64_t due_ns, uint32_t frame, uint32_t token)
{
    struct lane *l = &f->lanes[lane];

    if (l->length == l->size)
        lane_grow(l);
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
