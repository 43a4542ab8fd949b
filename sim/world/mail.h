/* mail - durable store and forward: senders, transports, lanes, delivery workers, retry schedules
 *
 * Every copy of a message (one for each recipient) ends delivered, returned, expired or lost at its sender, held by its sender, or
 * queued; the ledger is asserted at the end. The rules are those of a real Postfix and of Exchange's documents.
 */
#ifndef WORLD_MAIL_H
#define WORLD_MAIL_H

#include "flow/flow.h"
#include "world/arrivals.h"

struct mail;

/* Builds all transports. Transport i is entity first_entity + i of the tally. */
struct mail *mail_create(struct core *core, struct flow *flow, const Stormcell__Scenario *sc, uint32_t first_entity);
void mail_free(struct mail *m);

/* A message of sender `sender` of transport `transport` is born and offered for the first time. */
void mail_born(struct mail *m, uint32_t transport, uint32_t sender, const struct birth *birth);

/* Handlers of the events of mail; `entity` as planned by mail itself. */
void mail_on_due(struct mail *m, uint32_t entity);
void mail_on_scan(struct mail *m, uint32_t entity);
void mail_on_pressure(struct mail *m, uint32_t entity);
void mail_on_notice(struct mail *m, uint32_t entity);
void mail_on_expiry(struct mail *m, uint32_t entity);
void mail_on_destination(struct mail *m, uint32_t entity);

/* The lever of isolation: each partition gets a lane of its own with so many workers; waiting mail moves in order, deliveries under
 * way keep their old worker. A partition that has its own lane already is left alone. */
void mail_isolate(struct mail *m, uint32_t transport, const uint32_t *partitions, uint32_t count, uint32_t workers);

/* What there is now, for samples and runbooks. Age of the oldest unfinished copy, from its sender's first offer, in ns (0: none),
 * to 1 / 8192 of the run. */
int64_t mail_oldest_ns(const struct mail *m, uint32_t transport, uint32_t partition);
uint32_t mail_queued(const struct mail *m, uint32_t transport, uint32_t partition); /* accepted and unfinished */
uint32_t mail_held(const struct mail *m, uint32_t transport, uint32_t partition);   /* by their senders */
uint32_t mail_workers_busy(const struct mail *m, uint32_t transport);
uint32_t mail_workers(const struct mail *m, uint32_t transport); /* of all its lanes, as there are now */

/* Levels of a transport (LEVEL_BUSY, LEVEL_MAIL_WORKERS, LEVEL_MAIL_QUEUED, LEVEL_MAIL_ACTIVE, LEVEL_MAIL_HELD_BY_SENDER), to be
 * read and begun anew at an epoch's end. */
struct level_meter *mail_level(struct mail *m, uint32_t transport, enum level level);

/* At the end of the run: unfinished copies are counted at their age, and the ledger is asserted. */
void mail_settle(struct mail *m);

/* The controls of deliveries, for the result: list of a transport. */
const struct control_list *mail_controls(const struct mail *m, uint32_t transport);

#endif
