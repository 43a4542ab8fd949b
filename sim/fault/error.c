/* error - answers with an error after `error_work` */
#include "fault/fault.h"
#include "flow/compile.h"

static void lever(const Stormcell__Fault *set, struct lever *lever)
{
    lever->kind = LEVER_ERROR;
    lever->share = set->error->share_ratio;
    lever->error_work = compile_dist(set->error->error_work);
    lever->permanent = set->error->permanent;
}

static const Stormcell__Flap *flap(const Stormcell__Fault *set)
{
    return set->error->flap;
}

const struct fault_kind fault_error = {.which = STORMCELL__FAULT__KIND_ERROR, .name = "error", .lever = lever, .flap = flap};
