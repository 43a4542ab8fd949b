/* crash - loses queue and work, and refuses at once */
#include "fault/fault.h"

static void lever(const Stormcell__Fault *set, struct lever *lever)
{
    lever->kind = LEVER_CRASH;
    lever->share = set->crash->share_ratio;
}

static const Stormcell__Flap *flap(const Stormcell__Fault *set)
{
    return set->crash->flap;
}

const struct fault_kind fault_crash = {.which = STORMCELL__FAULT__KIND_CRASH, .name = "crash", .lever = lever, .flap = flap};
