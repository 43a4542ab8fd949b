/* restart - replicas are restarted, some at once, in the order of their numbers
 *
 * One that is restarted has crashed for as long as it takes: its queue and its work are lost, and it refuses at once. Then it is
 * clean: no flaw has broken it, though one that still has the flawed version may break again. How long it takes is drawn by the
 * replica and how many restarts it had, whoever ordered them. An order for those that are broken goes on to the end of the run.
 */
#ifndef WORLD_RESTART_H
#define WORLD_RESTART_H

#include "flow/core.h"
#include "flow/flow.h"
#include "world/rollout.h"

struct restarts;

/* Listens to the rollouts. */
struct restarts *restarts_create(struct core *core, struct flow *flow, struct rollouts *rollouts);
void restarts_free(struct restarts *r);

/* The lever of runbooks: restarts as it says, from now on. `step`, its name, is copied. */
void restarts_order(struct restarts *r, const Stormcell__Restart *set, const char *step);

void restarts_on_over(struct restarts *r, uint32_t station);

/* For the result: one for each order. Moments that did not come are -1. */
struct restart_facts {
    const char *step, *target, *service;
    uint64_t begun, over;
    int64_t first_ns, last_ns; /* the first began, the last so far was over */
};
uint32_t restarts_count(const struct restarts *r);
struct restart_facts restarts_facts(const struct restarts *r, uint32_t order);

#endif
