/* reconnect - the policies by which known clients come back, as data
 *
 * A scenario says what it wants other than its preset does; the rest is the preset's.
 */
#ifndef STORMCELL_RECONNECT_H
#define STORMCELL_RECONNECT_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario.pb-c.h"

/* One known client. */
struct reconnect_preset {
    Stormcell__Backoff__Growth growth;
    Stormcell__Backoff__Jitter jitter;
    int64_t base_ns, cap_ns;
    double multiplier;
    double spread_ratio;
    int64_t offset_ns;
    bool at_once, honours_retry_after;
    const char *source;
};

const struct reconnect_preset *reconnect_preset(Stormcell__Reconnect__Preset preset);

/* A copy of `set` (NULL: the plain policy) in which what a preset speaks of is there. It borrows what it points to. */
Stormcell__Reconnect reconnect_settled(const Stormcell__Reconnect *set);

#endif
