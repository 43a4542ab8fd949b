/* drain - how long what a fault left behind needs to go when nothing else stands in its way: the ideal drain time
 *
 * Requests and mail: a plain queue. Work that came during a trigger of length T waits for it to end, and is then served with the
 * capacity that the load leaves over, so T x u / (1 - u), with u the busiest service's utilization in the twin, 0.95 at most. Where
 * no utilization is known, T.
 *
 * Sessions and dependents: no backlog waits, however long the trigger was; those that were lost come back. Ideally each asks once,
 * so at each service that has a part in it, lost x work of one / (workers x (1 - u)); the slowest service counts. Before that,
 * nobody comes sooner than he does by himself: a client sits out the longest delay of its policy, a dependent waits for its next
 * request, and needs its own time, on average, to recover.
 */
#ifndef STORMCELL_DRAIN_H
#define STORMCELL_DRAIN_H

#include "scenario.pb-c.h"

/* Of a trigger of length_ns, of requests and mail. `utilization` below 0: unknown. */
double drain_backlog_ns(double length_ns, double utilization);

/* The greatest share of sessions and dependents that was lost at once. */
struct drain_loss {
    double whole; /* of all partitions: what services feel that serve all of them */
    double scope; /* of the partitions that are judged: what their own replicas feel */
};

/* Of sessions and dependents; below 0 when the scenario has none. */
double drain_presence_ns(const Stormcell__Scenario *sc, const struct drain_loss *loss, double utilization);

#endif
