/* dependents - things that cannot do without a service: up, down, and on the way back in their own time
 *
 * Each asks for the operation of its population at a phase of its own, as a request with the population's time-out, retries and
 * controls. Such requests are counted as those of any population, but health goes by who is up (core_present()), not by them.
 *
 *     up          its last good answer is less than `fails_after` old
 *     down        no good answer for so long: it goes down then, at that moment, whether its last request has ended or not
 *     recovering  the first good answer came after it was down; it draws how long it needs to be up again. A request made since
 *                 then that fails, and it is down as before: the same failure goes on
 *
 * A dependent takes 40 bytes, and 16 for each event that is planned: its next request, and now and then a change.
 */
#ifndef WORLD_DEPENDENTS_H
#define WORLD_DEPENDENTS_H

#include "world/clients.h"

struct dependents;

/* Those of all populations of the scenario; all are up, and have been asking for long. */
struct dependents *dependents_create(struct core *core, struct flow *flow, struct clients *clients, const Stormcell__Scenario *sc);
void dependents_free(struct dependents *d);

/* Its next request is due, or its change. */
void dependents_on_due(struct dependents *d, uint32_t dependent);

/* Those of a population that are up now, in a partition; 0 for a population of others. */
uint32_t dependents_up(const struct dependents *d, uint32_t population, uint32_t partition);

/* Levels of a population, for epochs: LEVEL_CONNECTED and LEVEL_CONNECTED_LOW of the whole; of a partition the latter alone.
 * NULL: it has no dependents. */
struct level_meter *dependents_level(struct dependents *d, uint32_t population, enum level level);
struct level_meter *dependents_down_level(struct dependents *d, uint32_t population, uint32_t partition);

/* At the end of the run: those that are not up are counted, and the ledger is asserted. */
void dependents_settle(struct dependents *d);

#endif
