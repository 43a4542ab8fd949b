/* slow - work takes `factor` times as long, what remains of it too */
#include "fault/fault.h"

static void lever(const Stormcell__Fault *set, struct lever *lever)
{
    lever->kind = LEVER_SLOW;
    lever->share = set->slow->share_ratio;
    lever->factor = set->slow->factor;
}

static const Stormcell__Flap *flap(const Stormcell__Fault *set)
{
    return set->slow->flap;
}

const struct fault_kind fault_slow = {.which = STORMCELL__FAULT__KIND_SLOW, .name = "slow", .lever = lever, .flap = flap};
