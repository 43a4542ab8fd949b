/* demand - what the rates of a scenario come to at each service, while all is well
 *
 * Means only, without faults, retries and waiting in line, with profiles at their level 1: enough to say how busy a service is
 * before anything breaks, and how many workers a silent one would take from its callers. What comes back in loops (of async calls,
 * in a checked scenario) is counted each time.
 */
#ifndef SCENARIO_DEMAND_H
#define SCENARIO_DEMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "scenario.pb-c.h"
#include "stormcell/arena.h"

/* One operation of one service. */
struct demand_operation {
    const Stormcell__Service *service;
    const Stormcell__Operation *operation;
    double rate_per_s;
    double work_s; /* of its own */
    double held_s; /* while it waits for what it calls */
};

struct demand {
    const Stormcell__Scenario *scenario;
    struct demand_operation *operations;
    size_t count;
};

/* Lives in the arena; the scenario must outlive it. */
struct demand *demand_create(struct arena *arena, const Stormcell__Scenario *sc);

/* The operation that "service.operation" names; NULL: none. */
struct demand_operation *demand_find(const struct demand *d, const char *name);

const Stormcell__Service *demand_service(const Stormcell__Scenario *sc, const char *name, size_t length);

/* Births a second, on average at level 1; of a trace, over the whole run. */
double demand_births_per_s(const Stormcell__Scenario *sc, const Stormcell__Arrivals *a);

/* Requests a second of a population: its births, or those of its dependents. */
double demand_requests_per_s(const Stormcell__Scenario *sc, const Stormcell__Population *p);

/* Copies of a sender's messages, one for each recipient, a second; and of a whole transport. */
double demand_copies_per_s(const Stormcell__Scenario *sc, const Stormcell__Sender *sender);
double demand_deliveries_per_s(const Stormcell__Scenario *sc, const Stormcell__Transport *t);

/* The share of its caller's requests, born at rate_per_s, for which a call is made: its own share, less what a cache spares it. */
double demand_call_share(const Stormcell__Scenario *sc, const Stormcell__Call *call, double rate_per_s);

/* How long a caller, by its name, waits for an answer: the work, what it waits for, and the link between them both ways. */
double demand_answer_s(const Stormcell__Scenario *sc, const char *caller, const struct demand_operation *to);

/* The share of looks into the cache of a call, rate_per_s of them in all, that find nothing; without a cache 1. */
double demand_missed(const Stormcell__Scenario *sc, const Stormcell__Call *call, double rate_per_s);

/* A population that asks only while a fault makes it, and is not there while all is well. */
bool demand_is_surge(const Stormcell__Scenario *sc, const Stormcell__Population *p);

/* Share of users, and with it of load, in some partitions; and in the largest one. */
double demand_partition_share(const Stormcell__Scenario *sc, const uint32_t *partitions, size_t count);
double demand_largest_share(const Stormcell__Scenario *sc);

/* Partitions that follow each other; those of a region (false: there is no such region), and the share of users in them. */
struct demand_span {
    uint32_t first, count;
};
bool demand_region(const Stormcell__Scenario *sc, const char *name, struct demand_span *out);
double demand_span_share(const Stormcell__Scenario *sc, struct demand_span span);
/* The region that a partition lies in; all of them, where there are no regions. */
struct demand_span demand_region_of(const Stormcell__Scenario *sc, uint32_t partition);

/* Share of the load on a service that the set of replicas which serves the most users sees. */
double demand_set_share(const Stormcell__Scenario *sc, const Stormcell__Service *s);
uint32_t demand_partitions(const Stormcell__Scenario *sc);

/* Workers of a service that serve one request or another of the same partition. */
double demand_workers(const Stormcell__Service *s);

#endif
