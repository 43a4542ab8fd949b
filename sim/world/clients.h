/* clients - populations: open load, each birth one request of one user */
#ifndef WORLD_CLIENTS_H
#define WORLD_CLIENTS_H

#include "flow/flow.h"
#include "world/arrivals.h"

struct clients;

/* Population i is entity i of the tally. */
struct clients *clients_create(struct core *core, struct flow *flow, const Stormcell__Scenario *sc);
void clients_free(struct clients *c);

/* A request of population `population` is born. */
void clients_born(struct clients *c, uint32_t population, const struct birth *birth);

/* The call of a population: what its requests are started with. */
uint32_t clients_call_list(const struct clients *c, uint32_t population);

/* Where a request that failed is counted, by enum outcome. */
extern const enum count clients_failure_counts[];

/* Counts how a request of a population ended, in all but its cohort. */
void clients_count_end(struct core *core, uint32_t population, const struct root_end *end);

/* At the end of the run, after flow_settle(): the ledger is asserted. */
void clients_settle(struct clients *c);

#endif
