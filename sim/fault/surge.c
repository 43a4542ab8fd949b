/* surge - a population asks that is silent otherwise */
#include <stdio.h>

#include "fault/fault.h"

static void words(const Stormcell__Fault *set, char *out, size_t size)
{
    if (set->surge->factor == 1)
        snprintf(out, size, "it asks");
    else
        snprintf(out, size, "it asks, %g times as often as it says", set->surge->factor);
}

static const Stormcell__Flap *flap(const Stormcell__Fault *set)
{
    return set->surge->flap;
}

const struct fault_kind fault_surge = {.which = STORMCELL__FAULT__KIND_SURGE, .name = "surge", .flap = flap, .words = words};
