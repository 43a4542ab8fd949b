/* cache - what stands in front of a call: credentials kept by user, or answers kept by name
 *
 * A look happens whenever the call would be made, and ends in one of four ways. *Fresh*: the call is not made. *Stale*: neither,
 * for it failed lately, and an answer that is out of date will do. *Failed*: the failure was kept. *Missed*: the call is made, and
 * what comes of it is kept. Looks are counted at the service that is called, as calls are; a miss that in the end is answered with
 * what is out of date is counted as stale.
 *
 * Names: a set of replicas of the caller's service keeps one answer for each name (a delivery of mail: one for all). Requests draw
 * their name from their birth, so that each of their attempts, under every strategy, asks for the same; some are for names that
 * are never found, each another, so that nothing is kept of them, failures neither.
 *
 * Serving stale (RFC 8767) takes a second frame: the *asker*, a root that makes the call with all its attempts, while the frame of
 * the caller waits for it, for a time at most. If that gets the stale answer, the asker goes on without it.
 */
#ifndef FLOW_CACHE_H
#define FLOW_CACHE_H

#include "control/control.h"
#include "stormcell/zipf.h"

struct flow;
struct call;
struct frame;

enum cache_answer { CACHE_MISSED, CACHE_FRESH, CACHE_STALE, CACHE_FAILED };

/* Of one call, with `per: name`. Entries are numbered set * names + name. */
struct name_cache {
    uint32_t call, sets; /* of replicas of the caller's service */
    bool by_region;      /* one for each region; else, where there are several, for each partition */
    struct zipf zipf;
    struct zipf_slot *table;
    double hit;
    uint64_t name_key;
    int64_t *fresh_until_ns;  /* 0: not looked at yet */
    int64_t *failed_until_ns; /* a failure is kept till then; NULL: never */
    int64_t *stale_until_ns;  /* what is out of date is served till then at once; NULL: never */
    int64_t negative_ns, client_response_ns, recheck_ns, max_ns;
    uint32_t front; /* with stale_until_ns: the call that callers wait in */
    uint32_t list;  /* ... and that of an asker: this call alone */
};

/* A defect hides what is held. */
struct cache_defect {
    uint32_t call;
    bool on;
    double hit;
    uint64_t key, touched;
};

/* Looks for what the call would bring, on behalf of its caller. */
enum cache_answer cache_look(struct flow *f, struct call *call, const struct frame *caller);

/* A call with a cache is over. `caller`: who made it, the asker where there is one. */
void cache_heard(struct flow *f, struct call *call, const struct frame *caller, enum outcome outcome);

/* For calls that serve stale answers, after a miss: another frame makes the call, and this one waits. */
void cache_ask(struct flow *f, uint32_t index, uint32_t call);
void cache_asked(struct flow *f, uint32_t asker, enum outcome outcome);

/* Whoever waited in a front got nothing in time: what he gets then. */
enum outcome cache_late(struct flow *f, const struct frame *caller);

/* Building: the cache of f->calls[call] and what hangs on it; may move f->calls. */
void cache_start(struct flow *f, uint32_t call, uint32_t sets, bool by_region);
void cache_end(struct call *call);

/* What of a rate, by user, passes the cache of a call. */
double cache_passes(const struct flow *f, const struct call *call, double rate_per_user);

/* At the end: looks = fresh + stale + failed + missed, for each service. */
void cache_settle(const struct flow *f);

#endif
