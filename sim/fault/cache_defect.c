/* cache_defect - a cache finds less than it holds */
#include <stdio.h>

#include "fault/fault.h"

static void lever(const Stormcell__Fault *set, struct lever *lever)
{
    lever->kind = LEVER_DEFECT;
    lever->share = 1 - set->cache_defect->hit_ratio;
}

static const Stormcell__Flap *flap(const Stormcell__Fault *set)
{
    return set->cache_defect->flap;
}

static void describe(const struct lever *lever, char *out, size_t size)
{
    snprintf(out, size, ", finds %g %% of what it holds", (1 - lever->share) * 100);
}

const struct fault_kind fault_cache_defect = {
    .which = STORMCELL__FAULT__KIND_CACHE_DEFECT, .name = "cache defect", .lever = lever, .flap = flap, .describe = describe};
