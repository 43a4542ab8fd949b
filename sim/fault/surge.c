/* surge - a population asks that is silent otherwise */
#include <stdio.h>

#include "fault/fault.h"

static void lever(const Stormcell__Fault *set, struct lever *lever)
{
    lever->kind = LEVER_SURGE;
    lever->factor = set->surge->factor;
}

static const Stormcell__Flap *flap(const Stormcell__Fault *set)
{
    return set->surge->flap;
}

static void describe(const struct lever *lever, char *out, size_t size)
{
    snprintf(out, size, " x %g", lever->factor);
}

const struct fault_kind fault_surge = {
    .which = STORMCELL__FAULT__KIND_SURGE, .name = "surge", .lever = lever, .flap = flap, .describe = describe};
