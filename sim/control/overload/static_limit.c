/* static_limit - overload control: at most `limit` requests in a replica at once */
#include "control/control.h"
#include "control/kinds.h"
#include "stormcell/must.h"

struct static_limit {
    uint32_t inside, limit;
};

enum { REJECTED };

static void start(struct view *view, void *self, const ProtobufCMessage *settings)
{
    struct static_limit *s = self;

    (void)view;
    s->limit = ((const Stormcell__StaticLimit *)settings)->limit;
}

static enum decision admit(struct view *view, void *self, const struct asked *asked)
{
    struct static_limit *s = self;

    (void)asked;
    if (s->inside >= s->limit) {
        view->acts[REJECTED]++;
        return DECISION_REJECT;
    }
    s->inside++;
    return DECISION_ADMIT;
}

static void done(struct view *view, void *self, const struct asked *asked, enum outcome outcome, int64_t latency_ns)
{
    struct static_limit *s = self;

    (void)view, (void)asked, (void)outcome, (void)latency_ns;
    must(s->inside > 0);
    s->inside--;
}

const struct control_kind control_static_limit = {
    .name = "static_limit",
    .state_size = sizeof(struct static_limit),
    .reasons = {[REJECTED] = "rejected"},
    .start = start,
    .admit = admit,
    .done = done,
};
