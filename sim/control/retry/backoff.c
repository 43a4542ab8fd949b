/* backoff - retry control: how often, and after what delay, a failed attempt is tried again
 *
 * Formulas: AWS Architecture Blog, "Exponential Backoff And Jitter" (2015). v = min(cap, base x multiplier^(n-1)) before retry n;
 * full: U(0, v); equal: v/2 + U(0, v/2); decorrelated: min(cap, U(base, 3 x previous)), previous = base at first. Exponential:
 * min(cap, Exp(v)). What a refusal asks for (Retry-After) is the least delay, beyond the cap, too.
 */
#include "control/control.h"
#include "control/kinds.h"

struct backoff {
    const Stormcell__Backoff *set;
};

enum { RETRIED, EXHAUSTED };

static void start(struct view *view, void *self, const ProtobufCMessage *settings)
{
    (void)view;
    ((struct backoff *)self)->set = (const Stormcell__Backoff *)settings;
}

/* The delay before retry n, before jitter. */
static double grown(const Stormcell__Backoff *set, uint32_t n)
{
    double v = (double)set->base_ns;

    if (set->growth == STORMCELL__BACKOFF__GROWTH__GROWTH_NONE)
        return 0;
    if (set->growth == STORMCELL__BACKOFF__GROWTH__GROWTH_EXPONENTIAL)
        for (uint32_t i = 1; i < n && v > 0 && v < (double)set->cap_ns && set->multiplier > 1; i++)
            v *= set->multiplier;
    return v < (double)set->cap_ns ? v : (double)set->cap_ns;
}

static double decorrelated(const Stormcell__Backoff *set, double previous, double u)
{
    double base = (double)set->base_ns, top = 3 * (previous > base ? previous : base), v = base + u * (top - base);

    return v < (double)set->cap_ns ? v : (double)set->cap_ns;
}

static bool again(struct view *view, void *self, const struct asked *asked, enum outcome outcome, int64_t *delay_ns)
{
    const Stormcell__Backoff *set = ((struct backoff *)self)->set;
    double v = grown(set, asked->attempt), u;

    (void)outcome;
    if (asked->attempt >= set->attempts) {
        view->acts[EXHAUSTED]++;
        return false;
    }
    view->acts[RETRIED]++;
    switch (set->jitter) {
    case STORMCELL__BACKOFF__JITTER__JITTER_FULL:
        u = draw_uniform(&view->random);
        v = u * v;
        break;
    case STORMCELL__BACKOFF__JITTER__JITTER_EQUAL:
        u = draw_uniform(&view->random);
        v = v / 2 + u * (v / 2);
        break;
    case STORMCELL__BACKOFF__JITTER__JITTER_DECORRELATED:
        u = draw_uniform(&view->random);
        v = decorrelated(set, (double)asked->previous_delay_ns, u);
        break;
    case STORMCELL__BACKOFF__JITTER__JITTER_EXPONENTIAL:
        u = draw_exponential(&view->random);
        v = u * v < (double)set->cap_ns ? u * v : (double)set->cap_ns;
        break;
    default:
        break;
    }
    *delay_ns = (int64_t)v;
    if (set->honours_retry_after && asked->retry_after_ns > *delay_ns)
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
