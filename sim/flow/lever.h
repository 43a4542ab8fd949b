/* lever - what faults may pull: silence, crash, slowness, errors, flaws, at chosen replicas and for a share of requests; cuts,
 * losses and slowness on links (pulled by link.h)
 *
 * A lever is made once for each fault and pulled at each replica that it targets. With a share below 1, a coin for each attempt
 * that arrives says whether it meets it; with share 1 it also grips what the replica has.
 *
 * A flaw does nothing to a request. Whoever listens hears of each that meets it, in the middle of its arrival: there he may pull a
 * lever of errors, which that request then meets, and must put everything else off to an event.
 */
#ifndef FLOW_LEVER_H
#define FLOW_LEVER_H

#include <stdbool.h>
#include <stdint.h>

#include "stormcell/dist.h"

enum lever_kind { LEVER_HANG, LEVER_CRASH, LEVER_SLOW, LEVER_ERROR, LEVER_FLAW, LEVER_CUT, LEVER_LOSSY };

/* Any operation meets a flaw. */
#define FLOW_ANY_OPERATION UINT32_MAX

struct lever {
    enum lever_kind kind;
    double share;
    uint64_t coin_key;
    uint64_t back_key;      /* of coins for answers on a link */
    double factor;          /* slow */
    struct dist error_work; /* error */
    bool permanent;         /* error: 5xx */
    bool drop_at_end;       /* hang: what is held is lost when it ends */
    uint32_t operation;     /* flaw: the one that meets it, or any */
    unsigned ways;          /* cut, lossy: which packets, bits 1 << enum link_way */
    bool held;              /* cut: they go on when it ends */
    uint64_t touched;       /* requests so far; on a link, packets */
};

struct flow;

/* Adds a lever; returns its number. */
uint32_t flow_lever_add(struct flow *f, const struct lever *lever);
uint64_t flow_lever_touched(const struct flow *f, uint32_t lever);

/* Hears of each request that meets a flaw. */
typedef void flow_flaw_met(void *context, uint32_t lever, uint32_t station);
void flow_listen_flaws(struct flow *f, flow_flaw_met *met, void *context);

/* Pulls it at `count` stations from the first on, or lets go. At most eight are pulled at one station; dies beyond. */
void flow_lever_pull(struct flow *f, uint32_t lever, uint32_t first, uint32_t count);
void flow_lever_release(struct flow *f, uint32_t lever, uint32_t first, uint32_t count);

/* The call of that path, `edge.resolve.lookup`, if it has a cache. A defect of the cache lets only a share of looks find what is
 * held. */
bool flow_cache_find(const struct flow *f, const char *path, uint32_t *call);
uint32_t flow_defect_add(struct flow *f, uint32_t call, double hit, uint64_t coin_key);
uint64_t flow_defect_touched(const struct flow *f, uint32_t defect);
void flow_defect(struct flow *f, uint32_t defect, bool on);

/* Stations that a checked selector names (`directory[17]`, `directory[17].replica[0]`, `edge@europe`, `edge.replica[3]`, `db`): the
 * first, and how many follow each other. */
bool flow_select(const struct flow *f, const char *selector, uint32_t *first, uint32_t *count);

/* The same for one that may name a replica of each of several sets, too (`directory.replica[0]`, `directory@europe.replica[0]`):
 * `count` stations from `first` on, and so on `times` times, each time `stride` further. */
struct stations {
    uint32_t first, count, times, stride;
};
bool flow_select_all(const struct flow *f, const char *selector, struct stations *out);
/* A replica in words: "replica 2 of partition 17", "replica 0". */
void flow_replica_words(const struct flow *f, uint32_t station, char out[128]);

/* A replica: the name of its service, and its number there, through all sets. */
const char *flow_replica(const struct flow *f, uint32_t station, uint32_t *number);

/* Does the selector hit this partition? (A service that serves everybody hits all.) */
bool flow_select_hits(const struct flow *f, const char *selector, uint32_t partition);

#endif
