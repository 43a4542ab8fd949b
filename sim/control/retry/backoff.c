/* backoff - retry control: how often, and after what delay (control/delay.h), a failed attempt is tried again
 *
 * What a refusal asks for (Retry-After) is the least delay, beyond the cap, too.
 */
#include "control/control.h"
#include "control/delay.h"
#include "control/kinds.h"

struct backoff {
    uint32_t attempts;
    bool honours_retry_after;
    struct delay delay;
};

_Static_assert(sizeof(struct backoff) <= CONTROL_STATE_MAX, "the state of a control");

enum { RETRIED, EXHAUSTED };

static void start(struct view *view, void *self, const ProtobufCMessage *settings)
{
    const Stormcell__Backoff *set = (const Stormcell__Backoff *)settings;
    struct backoff *b = self;

    (void)view;
    b->attempts = set->attempts;
    b->honours_retry_after = set->honours_retry_after;
    b->delay = (struct delay){
        .growth = set->growth,
        .jitter = set->jitter,
        .cap_of_spread = set->cap_of == STORMCELL__BACKOFF__CAP_OF__CAP_SPREAD,
        .base_ns = (double)set->base_ns,
        .cap_ns = (double)set->cap_ns,
        .multiplier = set->multiplier,
        .spread = set->spread_ratio,
        .offset_ns = (double)set->offset_ns,
    };
    delay_start(&b->delay);
}

static bool again(struct view *view, void *self, const struct asked *asked, enum outcome outcome, int64_t *delay_ns)
{
    const struct backoff *b = self;

    (void)outcome;
    if (asked->attempt >= b->attempts) {
        view->acts[EXHAUSTED]++;
        return false;
    }
    view->acts[RETRIED]++;
    *delay_ns = delay_draw_ns(&b->delay, asked->attempt, asked->previous_delay_ns, &view->random);
    if (b->honours_retry_after && asked->retry_after_ns > *delay_ns)
        *delay_ns = asked->retry_after_ns;
    return true;
}

const struct control_kind control_backoff = {
    .name = "backoff",
    .state_size = sizeof(struct backoff),
    .reasons = {[RETRIED] = "retried", [EXHAUSTED] = "gave up"},
    .start = start,
    .again = again,
};
