/* rollout - changes that move through the replicas of a service, ring by ring, and what they break
 *
 *     planned -> changing -> baking -> changing ... -> complete
 *                    \----------\-> stopped -> taking back -> taken back
 *
 * Replica i of the n of a ring (i = 1 .. n) is changed i/n of `over` after the ring began: after a time d of it the share d / over
 * is exposed. Once all are changed, the ring bakes. While it changes and bakes its gate is looked at every 10 s; a metric of which
 * nothing is there yet does not stop it. A change is taken back in the order in which it came, and the first that does so counts.
 *
 * A changed replica that meets the flaw breaks: the lever of the flaw's kind is pulled at it. What is sticky stays broken until
 * rollouts_mend(), which a restart calls; all else is mended when the change is taken back.
 */
#ifndef WORLD_ROLLOUT_H
#define WORLD_ROLLOUT_H

#include "flow/core.h"
#include "flow/flow.h"
#include "stormcell/metric.h"

struct rollouts;

/* What rollouts reach. `resolve` gives live values for gates; `phase` hears of the begin of each (true), and of its end: taken
 * back, or complete without a flaw. */
struct rollout_reach {
    struct core *core;
    struct flow *flow;
    metric_resolver *resolve;
    void (*phase)(void *context, const char *rollout, bool begins);
    void *context;
};

/* Plans all rollouts of the scenario, which must outlive them. */
struct rollouts *rollouts_create(const struct rollout_reach *reach, const Stormcell__Scenario *sc);
void rollouts_free(struct rollouts *r);

void rollouts_on_due(struct rollouts *r, uint32_t rollout);

/* The lever of runbooks: no further replica is changed, and those that were get the old version back, one after the other over
 * `over_ns`. One that has not begun never will. */
void rollouts_take_back(struct rollouts *r, const char *name, int64_t over_ns);

/* Hears of each replica that breaks, when it is broken. */
void rollouts_listen(struct rollouts *r, void (*broke)(void *context, uint32_t station), void *context);

/* Is the replica broken, by whichever rollout? */
bool rollouts_broken(const struct rollouts *r, uint32_t station);

/* The replica is restarted: it is clean, with the version that it has. */
void rollouts_mend(struct rollouts *r, uint32_t station);

/* Replicas of a service that are broken now; false: no rollout with a flaw ever changes it. */
bool rollouts_broken_now(const struct rollouts *r, const char *service, uint32_t *count);

/* For the result. Moments that did not come are -1. */
struct ring_facts {
    const char *name;
    uint32_t replicas, changed, broken; /* ever */
    int64_t from_ns;
};
struct rollout_facts {
    const Stormcell__Rollout *settings;
    const struct ring_facts *rings;
    uint32_t ring_count;
    uint32_t broken, broken_now; /* replicas: ever, and now */
    int64_t stopped_ns, taken_back_ns, last_broken_ns, mended_ns;
};
uint32_t rollouts_count(const struct rollouts *r);
struct rollout_facts rollouts_facts(const struct rollouts *r, uint32_t rollout);

/* Does the flaw of a rollout hit this partition? Without a flaw it hits none. */
bool rollout_hits(const struct flow *f, const Stormcell__Rollout *set, uint32_t partition);

#endif
