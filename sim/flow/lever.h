/* lever - what faults may pull: silence, crash, slowness, errors, at chosen replicas and for a share of requests
 *
 * A lever is made once for each fault and pulled at each replica that it targets. With a share below 1, a coin for each attempt
 * that arrives says whether it meets it; with share 1 it also grips what the replica has.
 */
#ifndef FLOW_LEVER_H
#define FLOW_LEVER_H

#include <stdbool.h>
#include <stdint.h>

#include "stormcell/dist.h"

enum lever_kind { LEVER_HANG, LEVER_CRASH, LEVER_SLOW, LEVER_ERROR };

struct lever {
    enum lever_kind kind;
    double share;
    uint64_t coin_key;
    double factor;          /* slow */
    struct dist error_work; /* error */
    bool permanent;         /* error: 5xx */
    bool drop_at_end;       /* hang: what is held is lost when it ends */
    uint64_t touched;       /* requests so far */
};

struct flow;

/* Adds a lever; returns its number. */
uint32_t flow_lever_add(struct flow *f, const struct lever *lever);
uint64_t flow_lever_touched(const struct flow *f, uint32_t lever);

/* Pulls it at `count` stations from the first on, or lets go. At most eight are pulled at one station; dies beyond. */
void flow_lever_pull(struct flow *f, uint32_t lever, uint32_t first, uint32_t count);
void flow_lever_release(struct flow *f, uint32_t lever, uint32_t first, uint32_t count);

/* The call of that path, `edge.resolve.lookup`, if it has a cache. A defect of the cache lets only a share of looks find what is
 * held. */
bool flow_cache_find(const struct flow *f, const char *path, uint32_t *call);
uint32_t flow_defect_add(struct flow *f, uint32_t call, double hit, uint64_t coin_key);
uint64_t flow_defect_touched(const struct flow *f, uint32_t defect);
void flow_defect(struct flow *f, uint32_t defect, bool on);

/* Stations that a checked selector names (`directory[17]`, `directory[17].replica[0]`, `edge.replica[3]`, `db`): the first, and how
 * many follow each other. */
bool flow_select(const struct flow *f, const char *selector, uint32_t *first, uint32_t *count);

/* Does the selector hit this partition? (A service that serves everybody hits all.) */
bool flow_select_hits(const struct flow *f, const char *selector, uint32_t partition);

#endif
