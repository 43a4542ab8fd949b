/* breaker - retry control: a circuit breaker with a sliding window in ten buckets
 *
 * closed -> open when, of at least minimum_calls outcomes in the window, a share of `failures` failed; open -> half open after
 * `open`; half open: `probes` calls at once; as many successes close it, one failure opens it. Source: Hystrix, "How it Works".
 */
#include "control/control.h"
#include "control/kinds.h"

enum { BUCKETS = 10 };
enum state { CLOSED, OPEN, HALF_OPEN };
enum { REJECTED, OPENED, CLOSED_AGAIN };

struct breaker {
    const Stormcell__Breaker *set;
    int64_t bucket_ns, opened_ns;
    uint64_t bucket; /* number of the current one */
    uint32_t calls[BUCKETS], failed[BUCKETS];
    uint32_t probing, succeeded; /* half open */
    uint32_t spell;              /* counts changes of state: answers from before do not count */
    enum state state;
};

static void start(struct view *view, void *self, const ProtobufCMessage *settings)
{
    struct breaker *b = self;

    (void)view;
    b->set = (const Stormcell__Breaker *)settings;
    b->bucket_ns = b->set->window_ns / BUCKETS;
}

/* Empties the buckets that time has passed over. */
static void turn(struct breaker *b, int64_t now_ns)
{
    uint64_t now = (uint64_t)(now_ns / b->bucket_ns), steps = now - b->bucket;

    for (uint64_t i = 1; i <= steps && i <= BUCKETS; i++)
        b->calls[(b->bucket + i) % BUCKETS] = b->failed[(b->bucket + i) % BUCKETS] = 0;
    b->bucket = now;
}

static void enter(struct view *view, struct breaker *b, enum state state)
{
    b->state = state;
    b->opened_ns = view->now_ns;
    b->probing = b->succeeded = 0;
    b->spell++;
    for (int i = 0; i < BUCKETS; i++)
        b->calls[i] = b->failed[i] = 0;
}

static enum decision admit(struct view *view, void *self, const struct asked *asked)
{
    struct breaker *b = self;

    (void)asked;
    if (b->state == OPEN && view->now_ns - b->opened_ns >= b->set->open_ns)
        enter(view, b, HALF_OPEN);
    if (b->state == OPEN || (b->state == HALF_OPEN && b->probing >= b->set->probes)) {
        view->acts[REJECTED]++;
        return DECISION_REJECT;
    }
    if (b->state == HALF_OPEN)
        b->probing++;
    return DECISION_ADMIT;
}

static void probe_done(struct view *view, struct breaker *b, bool failed)
{
    if (b->probing)
        b->probing--;
    if (failed) {
        view->acts[OPENED]++;
        enter(view, b, OPEN);
    } else if (++b->succeeded >= b->set->probes) {
        view->acts[CLOSED_AGAIN]++;
        enter(view, b, CLOSED);
    }
}

static void done(struct view *view, void *self, const struct asked *asked, enum outcome outcome, int64_t latency_ns)
{
    struct breaker *b = self;
    bool failed = outcome != OUTCOME_OK;
    /* An answer to a call that began before the last change of state says nothing of the state now. */
    bool old = b->spell && view->now_ns - latency_ns < b->opened_ns;
    uint64_t calls = 0, failures = 0;

    (void)asked;
    if (outcome == OUTCOME_LOCAL) {
        if (b->state == HALF_OPEN && b->probing && !old)
            b->probing--;
        return;
    }
    if (old || b->state == OPEN)
        return;
    if (b->state == HALF_OPEN) {
        probe_done(view, b, failed);
        return;
    }
    turn(b, view->now_ns);
    b->calls[b->bucket % BUCKETS]++;
    b->failed[b->bucket % BUCKETS] += failed;
    for (int i = 0; i < BUCKETS; i++)
        calls += b->calls[i], failures += b->failed[i];
    if (calls >= b->set->minimum_calls && (double)failures >= b->set->failures_ratio * (double)calls && failures) {
        view->acts[OPENED]++;
        enter(view, b, OPEN);
    }
}

const struct control_kind control_breaker = {
    .name = "breaker",
    .state_size = sizeof(struct breaker),
    .reasons = {[REJECTED] = "stopped", [OPENED] = "opened", [CLOSED_AGAIN] = "closed"},
    .start = start,
    .admit = admit,
    .done = done,
};
