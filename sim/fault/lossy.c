/* lossy - a link loses a share of its packets in silence */
#include <stdio.h>

#include "fault/fault.h"
#include "fault/ways.h"

static void lever(const Stormcell__Fault *set, struct lever *lever)
{
    lever->kind = LEVER_LOSSY;
    lever->share = set->lossy->loss_ratio;
    lever->ways = ways_of(set->lossy->way);
}

static const Stormcell__Flap *flap(const Stormcell__Fault *set)
{
    return set->lossy->flap;
}

static void describe(const struct lever *lever, char *out, size_t size)
{
    snprintf(out, size, ", %g %% of %s", lever->share * 100, ways_word(lever->ways));
}

const struct fault_kind fault_lossy = {
    .which = STORMCELL__FAULT__KIND_LOSSY, .name = "lossy", .lever = lever, .flap = flap, .describe = describe};
