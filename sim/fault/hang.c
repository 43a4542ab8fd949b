/* hang - silence: it neither serves nor refuses, until it is over */
#include "fault/fault.h"

static void lever(const Stormcell__Fault *set, struct lever *lever)
{
    lever->kind = LEVER_HANG;
    lever->share = set->hang->share_ratio;
    lever->drop_at_end = set->hang->at_end == STORMCELL__HANG__AT_END__AT_END_DROP;
}

static const Stormcell__Flap *flap(const Stormcell__Fault *set)
{
    return set->hang->flap;
}

const struct fault_kind fault_hang = {.which = STORMCELL__FAULT__KIND_HANG, .name = "hang", .lever = lever, .flap = flap};
