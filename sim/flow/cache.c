/* cache - credentials kept by user: while they are fresh, the call is not made
 *
 * At the start the caches are as in a system that has run for long. A user asks at rate r; credentials live for L, and are renewed at the first
 * request after that, so they are fresh for a share r E[L] / (1 + r E[L]) of the time, and what is left of a fresh one is
 * uniform over a lifetime chosen with a weight of its length (renewal theory: D. R. Cox, "Renewal Theory", 1962).
 */
#include <stdlib.h>

#include "flow/inside.h"
#include "stormcell/must.h"

enum { LIVES = 1 << 16 };

/* Lifetimes laid end to end: a point on that line lies in one of them with a chance of its length, and has the rest of it before
 * it. They are stretched to the true mean, so that a chance of the sample changes no rate. */
static void lay_lives(struct call *call)
{
    double total = 0, mean = dist_mean_ns(&call->lifetime);

    call->lives_until = xmalloc(LIVES * sizeof *call->lives_until);
    for (uint32_t i = 0; i < LIVES; i++) {
        struct draw d = draw_at(call->cache_key, i, 2);

        total += (double)dist_sample_ns(&call->lifetime, &d);
        call->lives_until[i] = total;
    }
    for (uint32_t i = 0; total > 0 && mean < 0x1p62 && i < LIVES; i++)
        call->lives_until[i] *= mean * LIVES / total;
}

/* What is left of the lifetime in which a point at `u` of the line lies. */
static double left_of_life(struct call *call, double u)
{
    uint32_t low = 0, high = LIVES - 1;
    double at;

    if (!call->lives_until)
        lay_lives(call);
    at = u * call->lives_until[LIVES - 1];
    while (low < high) {
        uint32_t middle = (low + high) / 2;

        if (call->lives_until[middle] <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return call->lives_until[low] - at;
}

/* Until when the credentials of a user are fresh that nobody has looked at yet; at least 1. */
static int64_t stationary(struct call *call, uint32_t user)
{
    struct draw d = draw_at(call->cache_key, user, 0);
    double load = call->rate_per_user * dist_mean_ns(&call->lifetime) * 1e-9, u = draw_uniform(&d), left;

    /* An infinite mean, of a lifetime with a heavy tail: fresh, but for a chance of 0. */
    if (load < 0x1p62 && u * (1 + load) >= load)
        return 1;
    u = draw_uniform(&d);
    left = left_of_life(call, u);
    return left < 0x1p62 ? 1 + (int64_t)left : INT64_MAX;
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
