/* retry_filter - overload control: attempts beyond the first ones are dropped in silence while a line waits */
#include "control/control.h"
#include "control/kinds.h"

struct retry_filter {
    uint32_t attempts, waiting;
};

enum { FILTERED };

static void start(struct view *view, void *self, const ProtobufCMessage *settings)
{
    const Stormcell__RetryFilter *set = (const Stormcell__RetryFilter *)settings;
    struct retry_filter *s = self;

    (void)view;
    s->attempts = set->attempts;
    s->waiting = set->waiting;
}

static enum decision admit(struct view *view, void *self, const struct asked *asked)
{
    struct retry_filter *s = self;

    if (asked->attempt <= s->attempts || view->waiting < s->waiting)
        return DECISION_ADMIT;
    view->acts[FILTERED]++;
    return DECISION_DROP;
}

const struct control_kind control_retry_filter = {
    .name = "retry_filter",
    .state_size = sizeof(struct retry_filter),
    .reasons = {[FILTERED] = "dropped"},
    .start = start,
    .admit = admit,
};
