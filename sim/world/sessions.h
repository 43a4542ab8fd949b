/* sessions - populations of clients of which each keeps a connection
 *
 * A client is one record of 48 bytes (sessions_parts.h), and at most one event of it is live. While all is well it refreshes its
 * registration, a request over its connection. When a refresh fails, when its replica crashes, or when its keep-alive finds nobody
 * at the other end, its connection is lost, and it tries to connect again by its reconnect policy.
 *
 * A keep-alive costs no event as long as all is well: only when a path falls silent do those who use it work out when their probes
 * would tell them, and look then whether it is still so.
 *
 * All draws are keyed by the name of the population, the number of the client, and how often it has lost its connection and tried.
 */
#ifndef WORLD_SESSIONS_H
#define WORLD_SESSIONS_H

#include "flow/flow.h"

struct sessions;

/* All populations with `sessions:`. NULL: there are none; all other functions then have nothing to do, and are not to be called,
 * except sessions_free() and sessions_settle(). */
struct sessions *sessions_create(struct core *core, struct flow *flow, const Stormcell__Scenario *sc);
void sessions_free(struct sessions *s);

/* What a client planned is due. */
void sessions_on_due(struct sessions *s, uint32_t client);

/* Connected now, of one partition, where the run tells partitions apart. */
double sessions_connected(const struct sessions *s, uint32_t population, uint32_t partition);

/* How many there are, of a partition or, as with levels, of the whole. */
uint32_t sessions_wanted(const struct sessions *s, uint32_t population, uint32_t partition);

/* Whether the population has sessions. */
bool sessions_of(const struct sessions *s, uint32_t population);

/* Partitions that the levels tell apart: all, or 0 when there is but one. */
uint32_t sessions_partitions(const struct sessions *s);

/* LEVEL_CONNECTED and LEVEL_CONNECTED_LOW of a partition, or, where `partition` is sessions_partitions(), of the whole, and
 * LEVEL_RECONNECT_RATE of the whole; NULL: not kept. */
struct level_meter *sessions_level(struct sessions *s, uint32_t population, uint32_t partition, enum level level);

/* The most tries in one second of the clock, of those that were made in this epoch: in the second in which it began, the level
 * LEVEL_RECONNECT_RATE counts those before it, too. */
uint32_t sessions_fresh_rate(const struct sessions *s, uint32_t population);

/* At the end of the run, after flow_settle(): those who are out are counted, and the ledgers are asserted. */
void sessions_settle(struct sessions *s);

#endif
