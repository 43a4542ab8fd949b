/* delay - how long a client waits before its next try: growth, cap, and jitter
 *
 * One formula for retries of a call (Backoff) and for reconnects of a session (Reconnect). The delay before try n (1, 2, ...) is v
 * = base x multiplier^(n-1), not above the cap. The jitter spreads it:
 *
 *     none          v
 *     full          U(0, v)
 *     equal         v/2 + U(0, v/2)
 *     decorrelated  min(cap, U(base, 3 x previous)), previous = base at first; whatever the growth
 *     exponential   Exp(v), cut at the cap
 *     spread        v x (1 +- U(0, spread)), cut at the cap
 *     offset        v + U(0, offset), cut at the cap
 *
 * With cap_of = spread, v itself is not capped, only what the jitter made of it: where the least of that exceeds the cap already,
 * all clients wait for the cap, and come back together. Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog
 * 2015, and its simulator.
 */
#ifndef CONTROL_DELAY_H
#define CONTROL_DELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "control.pb-c.h"
#include "stormcell/random.h"

enum { DELAY_STEPS = 12 };

struct delay {
    Stormcell__Backoff__Growth growth;
    Stormcell__Backoff__Jitter jitter;
    bool cap_of_spread;
    double base_ns, cap_ns, multiplier;
    double spread, offset_ns;
    uint32_t steps;
    double grown_ns[DELAY_STEPS]; /* v before try n, for n = 1 .. steps; delay_start() fills it */
};

/* Makes it ready: the fields above `steps` must be set. */
void delay_start(struct delay *d);

/* The delay before try n (1, 2, ...) without its jitter: v. */
double delay_grown_ns(const struct delay *d, uint32_t n);

/* One delay. `previous_ns`: the one before it, 0 at first. */
int64_t delay_draw_ns(const struct delay *d, uint32_t n, int64_t previous_ns, struct draw *draw);

#endif
