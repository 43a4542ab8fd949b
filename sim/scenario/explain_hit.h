/* explain_hit - one fault of an explanation: where it hits, and how its callers fare */
#ifndef SCENARIO_EXPLAIN_HIT_H
#define SCENARIO_EXPLAIN_HIT_H

#include <stdbool.h>

#include "scenario/explain_parts.h"

/* Calls in circles are refused before a scenario is explained; nobody follows more than so many. */
enum { DEPTH_MAX = 32 };

/* Where a fault hits, taken apart. */
struct hit {
    const Stormcell__Fault *fault;
    const Stormcell__Service *service;
    const char *caller;      /* whose calls alone it hits; NULL: anybody's */
    long partition, replica; /* -1: all */
    const char *region;      /* NULL: not one region */
    struct demand_span span; /* the partitions that it hits */
    double share;            /* of the requests to the target that meet it */
    double factor;           /* of slowness; 0: silent for good */
    bool holds;              /* its callers wait, and hold workers */
};

/* Share of users in the partitions that it hits. */
double hit_share_of_users(const struct explain *x, const struct hit *h);

/* Share of the calls for such a partition that meet it. */
double hit_share_of_calls(const struct hit *h);

/* Attempts in all that a list of controls makes of a call. */
uint32_t hit_attempts(Stormcell__CallControl *const *controls, size_t count);

/* explain_link.c: where a fault on a link hits, and who crosses it. */
void explain_link_hit(const struct explain *x, struct hit *h);
void explain_link_reach(const struct explain *x, const struct hit *h);

/* explain_pool.c: the pools of workers that wait for it. */
void explain_pools(const struct explain *x, const struct hit *h);

#endif
