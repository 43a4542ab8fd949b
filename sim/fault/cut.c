/* cut - a link carries nothing, one way or both: packets are lost in silence, or held until it is healed */
#include <stdio.h>

#include "fault/fault.h"
#include "fault/ways.h"

static void lever(const Stormcell__Fault *set, struct lever *lever)
{
    lever->kind = LEVER_CUT;
    lever->ways = ways_of(set->cut->way);
    lever->held = set->cut->packets == STORMCELL__CUT__PACKETS__PACKETS_HELD;
}

static const Stormcell__Flap *flap(const Stormcell__Fault *set)
{
    return set->cut->flap;
}

static void describe(const struct lever *lever, char *out, size_t size)
{
    snprintf(out, size, ", %s %s", ways_word(lever->ways), lever->held ? "held" : "lost");
}

const struct fault_kind fault_cut = {
    .which = STORMCELL__FAULT__KIND_CUT, .name = "cut", .lever = lever, .flap = flap, .describe = describe};
