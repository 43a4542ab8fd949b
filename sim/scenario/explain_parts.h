/* explain_parts - the chapters of an explanation, one file each */
#ifndef SCENARIO_EXPLAIN_PARTS_H
#define SCENARIO_EXPLAIN_PARTS_H

#include <stdbool.h>

#include "scenario/demand.h"
#include "scenario/words.h"

struct explain {
    struct words words;
    const Stormcell__Scenario *scenario;
    const struct demand *demand;
};

/* explain_regions.c: which partitions and replicas lie where. */
void explain_regions(const struct explain *x);

/* explain_topology.c: the services, and who calls what as a tree. */
void explain_topology(const struct explain *x);

/* explain_link.c: what lies between callers and services; of a fault on a link, what it does there, and to whom. */
void explain_links(const struct explain *x);
bool explain_is_link(const Stormcell__Fault *f);
const char *explain_link_what(const struct explain *x, const Stormcell__Fault *f);

/* explain_load.c: what is asked, and how busy that makes each service. */
void explain_load(const struct explain *x);

/* explain_dependents.c: what goes down with a service, and how it comes back. */
void explain_dependents(const struct explain *x);

/* explain_fault.c: what breaks, whom it reaches, and whose workers it takes. */
void explain_faults(const struct explain *x);

/* explain_cache.c: what caches spare the services behind them; one in words; and what becomes of that in a defect or a surge. */
void explain_caches(const struct explain *x);
const char *explain_cache(const struct words *w, const Stormcell__Cache *k);
void explain_defect(const struct explain *x, const Stormcell__Fault *f);
void explain_surge(const struct explain *x, const Stormcell__Fault *f);
/* explain_rollout.c: what changes, ring by ring, and what is wrong with it; and steps of a runbook that take changes back or
 * restart (NULL: the step is another). */
void explain_rollouts(const struct explain *x);
const char *explain_rollout_step(const struct words *w, const Stormcell__Step *s);
/* explain_status.c: what customers are told. */
void explain_status(const struct explain *x);

/* explain_plan.c: what operators do, strategies, assumptions, history, promises. */
void explain_plan(const struct explain *x);

/* "backoff (attempts 3, ...), bulkhead (...)": controls of a list of any of the three kinds; "" when there is none. */
const char *explain_controls(const struct words *w, ProtobufCMessage *const *controls, size_t count);

#endif
