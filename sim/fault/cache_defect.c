/* cache_defect - a cache finds less than it holds */
#include <stdio.h>

#include "fault/fault.h"

static void words(const Stormcell__Fault *set, char *out, size_t size)
{
    snprintf(out, size, "finds %g %% of what it holds", set->cache_defect->hit_ratio * 100);
}

static const Stormcell__Flap *flap(const Stormcell__Fault *set)
{
    return set->cache_defect->flap;
}

const struct fault_kind fault_cache_defect = {.which = STORMCELL__FAULT__KIND_CACHE_DEFECT,
                                              .name = "cache defect",
                                              .flap = flap,
                                              .words = words};
