/* bulkhead - isolation: at most `limit` calls or deliveries at once in a compartment */
#include "control/control.h"
#include "control/kinds.h"
#include "stormcell/must.h"

struct bulkhead {
    uint64_t inside; /* wide, so that states stand at multiples of 8 bytes */
    uint32_t limit;
    enum decision when_full;
};

enum { FULL };

static void start(struct view *view, void *self, const ProtobufCMessage *settings)
{
    static const enum decision answers[] = {
        [STORMCELL__BULKHEAD__WHEN_FULL__WHEN_FULL_REJECT] = DECISION_REJECT,
        [STORMCELL__BULKHEAD__WHEN_FULL__WHEN_FULL_DEFER] = DECISION_DEFER,
        [STORMCELL__BULKHEAD__WHEN_FULL__WHEN_FULL_WAIT] = DECISION_WAIT,
    };
    const Stormcell__Bulkhead *set = (const Stormcell__Bulkhead *)settings;
    struct bulkhead *s = self;

    (void)view;
    s->limit = set->limit;
    s->when_full = answers[set->when_full];
}

static enum decision admit(struct view *view, void *self, const struct asked *asked)
{
    struct bulkhead *s = self;

    (void)asked;
    if (s->inside >= s->limit) {
        view->acts[FULL]++;
        return s->when_full;
    }
    s->inside++;
    return DECISION_ADMIT;
}

static void done(struct view *view, void *self, const struct asked *asked, enum outcome outcome, int64_t latency_ns)
{
    struct bulkhead *s = self;

    (void)view, (void)asked, (void)outcome, (void)latency_ns;
    must(s->inside > 0);
    s->inside--;
}

const struct control_kind control_bulkhead = {
    .name = "bulkhead",
    .state_size = sizeof(struct bulkhead),
    .reasons = {[FULL] = "full"},
    .start = start,
    .admit = admit,
    .done = done,
};
