/* cache - credentials kept by user: while they are fresh, the call is not made
 *
 * At the start the caches are as in a system that has run for long. A user asks at rate r; credentials live for L, and are renewed
 * at the first request after that, so they are fresh for a share r E[L] / (1 + r E[L]) of the time, and what is left of a fresh one
 * is uniform over a lifetime chosen with a weight of its length (renewal theory: D. R. Cox, "Renewal Theory", 1962).
 */
#include "flow/inside.h"

/* Until when the credentials of a user are fresh that nobody has looked at yet; at least 1. */
static int64_t stationary(struct call *call, uint32_t user)
{
    struct draw d = draw_at(call->cache_key, user, 0);
    double mean_ns = dist_mean_ns(&call->lifetime), load = call->rate_per_user * mean_ns * 1e-9, u = draw_uniform(&d);
    int64_t life;

    if (!(u * (1 + load) < load)) /* neither when nobody knows the load, or the mean is infinite */
        return 1;
    life = dist_sample_long_ns(&call->lifetime, &d);
    u = draw_uniform(&d);
    return 1 + (int64_t)(u * (double)life);
}

bool cache_fresh(struct flow *f, struct call *call, uint32_t user)
{
    int64_t until = call->fresh_until_ns[user];

    if (!until)
        until = call->fresh_until_ns[user] = stationary(call, user);
    return until > f->core->now_ns;
}

void cache_fill(struct flow *f, struct call *call, const struct frame *fr)
{
    struct draw d = draw_at(call->cache_key, fr->birth, 1);

    call->fresh_until_ns[fr->user] = f->core->now_ns + dist_sample_ns(&call->lifetime, &d) + 1;
}
