/* bounded_queue - overload control: at most `limit` requests wait; newest, oldest or any is refused */
#include "control/control.h"
#include "control/kinds.h"

struct bounded_queue {
    uint32_t limit;
    Stormcell__BoundedQueue__Drop drop;
};

enum { REJECTED, EVICTED };

static void start(struct view *view, void *self, const ProtobufCMessage *settings)
{
    const Stormcell__BoundedQueue *set = (const Stormcell__BoundedQueue *)settings;
    struct bounded_queue *s = self;

    (void)view;
    s->limit = set->limit;
    s->drop = set->drop;
}

static enum decision admit(struct view *view, void *self, const struct asked *asked)
{
    struct bounded_queue *s = self;

    (void)asked;
    if (view->running < view->workers || view->waiting < s->limit)
        return DECISION_ADMIT;
    if (s->drop == STORMCELL__BOUNDED_QUEUE__DROP__DROP_NEWEST || view->waiting == 0) {
        view->acts[REJECTED]++;
        return DECISION_REJECT;
    }
    view->acts[EVICTED]++;
    return s->drop == STORMCELL__BOUNDED_QUEUE__DROP__DROP_OLDEST ? DECISION_DROP_OLDEST : DECISION_DROP_RANDOM;
}

const struct control_kind control_bounded_queue = {
    .name = "bounded_queue",
    .state_size = sizeof(struct bounded_queue),
    .reasons = {[REJECTED] = "rejected", [EVICTED] = "evicted"},
    .start = start,
    .admit = admit,
};
