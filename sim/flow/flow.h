/* flow - how requests move, for every service alike
 *
 * A *frame* is one attempt at one service: it waits in a replica's queue, holds a worker while it works and while it makes its
 * calls, one after the other, and answers its parent. A *root* frame has no replica: it stands for a client's request, or for one
 * delivery of mail, and only makes calls. A call makes attempts, each a frame at the called service, until one succeeds or its
 * retry controls say no; the caller waits for it all the while.
 *
 * A caller that gives up an attempt changes its token, so that a late answer finds nobody: that work was wasted. The frame it gave
 * up on stays where it is.
 */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include "control/control.h"
#include "flow/core.h"
#include "flow/link.h"
#include "stormcell/dist.h"
#include "stormcell/pool.h"

enum { FLOW_NONE = 0 };

/* Who hears of the end of a root frame; of a ROOT_ASKER, flow itself (flow/cache.h). */
enum root_kind { ROOT_POPULATION, ROOT_DELIVERY, ROOT_DEPENDENT, ROOT_STATUS, ROOT_ASKER, ROOT_KINDS };

/* What a root frame is started with. */
struct root {
    enum root_kind kind;
    uint32_t owner;     /* the population, which is an entity of the tally; or a number of its owner's own */
    uint32_t call_list; /* from flow_call_list() */
    struct cell *cell;  /* where its flight is counted at the end of the run; NULL: nowhere */
    uint32_t partition, epoch;
    uint64_t user;    /* whose credentials are looked at */
    uint64_t birth;   /* draw_mix() of source key and birth number: names the request in every draw */
    uint32_t attempt; /* 0, 1, ...: the n-th delivery of the same message; new coins, same demands */
    uint32_t tried;   /* of a client that makes its attempts itself: how often before; its service's controls hear of it */
};

/* How a root frame ended. */
struct root_end {
    enum root_kind kind;
    uint32_t owner;
    enum outcome outcome;
    struct cell *cell;
    uint32_t partition;
    int64_t began_ns;
    uint32_t attempts;
    int64_t retry_after_ns; /* refused: what the last refusal asks the caller to wait; 0: nothing */
};

struct flow;

/* Called at the end of each root; may start others. */
typedef void flow_root_ended(void *context, const struct root_end *end);

struct flow *flow_create(struct core *core, const Stormcell__Scenario *sc);
void flow_free(struct flow *f);
void flow_listen(struct flow *f, enum root_kind kind, flow_root_ended *ended, void *context);

/* Where calls stand: the name of their owner, which their draws are keyed by (hub.delivery), and the path of their list in the
 * language (hub.delivery.calls), which results show. Both empty: a call's own name is its path. */
struct call_place {
    const char *owner, *list;
};

/* Compiles the calls of a root: a population's one call, a delivery's calls. */
uint32_t flow_call_list(struct flow *f, const struct call_place *at, size_t count, Stormcell__Call *const *calls);

/* Tells flow how often a call list is used, in requests a second and user, so that credentials have their age at the start. */
void flow_expect(struct flow *f, uint32_t call_list, double rate_per_user);

/* The number of an operation that is there, by its name: service.operation. */
uint32_t flow_operation(const struct flow *f, const char *name);

/* Starts a root frame now. Its end is never heard before this returns. */
void flow_start(struct flow *f, const struct root *root);

/* The same for a request of a population, on a shorter way where it can. */
void flow_start_request(struct flow *f, const struct root *root);

/* ---- clients that keep their own books (sessions)
 *
 * One frame stands for a client and its attempt. Flow keeps nothing of the client: it names itself by number and token, plans its
 * own time-out, and is told how the attempt ended. An answer whose token the client no longer knows finds nobody: that work was
 * wasted.
 */

/* An attempt of a client. */
struct client_attempt {
    uint32_t client, token; /* whom the answer is for */
    uint32_t call_list;     /* of one call; nothing but its operation, and the name of the caller, matters */
    uint32_t station;       /* the replica that it goes to; FLOW_NONE: one is chosen */
    uint32_t avoid;         /* a replica that failed it before, or FLOW_NONE */
    uint32_t attempt;       /* 1, 2, ...: which try of the same birth */
    uint32_t partition;
    uint64_t user, birth; /* as in struct root */
    int64_t leaves_at_ns; /* when the client will give it up; -1: never */
    bool connects;        /* it wants a connection: refused where the replica has none left */
};

/* How it ended. */
struct client_answer {
    uint32_t client, token;
    enum outcome outcome;
    uint32_t station;       /* the replica that it went to */
    int64_t retry_after_ns; /* what a refusal asks the client to wait at least; 0: nothing */
};

/* An attempt that is out. */
struct client_hold {
    uint32_t client, token, frame;
    uint32_t station; /* the replica that it went to, where the client knows: flow does, unless it was lost in silence */
};

/* Hears an answer; false: the client no longer waits for it. It may not start another attempt from within. */
typedef bool flow_client_answered(void *context, const struct client_answer *answer);

/* Hears that replicas first .. first + count - 1 no longer answer those who are connected to them. `at_once`: their connections are
 * reset, and clients notice now (a crash, a restart). Otherwise they are silent (a hang), and clients notice in their own time, if
 * flow_silent_since() still says so then. Whoever silences or resets replicas calls flow_stations_down() when that is done; nobody
 * needs to tell when they are well again. Links: flow_listen_links(). */
typedef void flow_client_down(void *context, uint32_t first, uint32_t count, bool at_once);

void flow_listen_clients(struct flow *f, flow_client_answered *answered, flow_client_down *down, void *context);
void flow_stations_down(struct flow *f, uint32_t first, uint32_t count, bool at_once);

/* Makes an attempt now. Returns its frame; or FLOW_NONE when it is answered already, as by a replica that has crashed or whose line
 * is full: then `answer` says how, and the listener hears nothing. answer->station is set in any case. */
uint32_t flow_try(struct flow *f, const struct client_attempt *attempt, struct client_answer *answer);

/* The client has waited long enough. What happens to the attempt is the service's `on_timeout`. */
void flow_leave(struct flow *f, const struct client_hold *hold);

/* Since when a replica answers nothing of what comes to it; INT64_MAX: it does, if only with a refusal. Links: below. */
int64_t flow_silent_since(const struct flow *f, uint32_t station);

/* Connections that clients hold at a replica. Takes one; false: all are taken, or the replica has crashed since it answered. Gives
 * one back. How many there are. */
bool flow_connect(struct flow *f, uint32_t station);
void flow_disconnect(struct flow *f, uint32_t station);
uint32_t flow_connections(const struct flow *f, uint32_t station);
uint32_t flow_stations(const struct flow *f); /* replicas are numbered 1 to so many */

/* The replica that a client of this partition is connected to when the run begins; FLOW_NONE: no connection is left anywhere. Takes
 * it. */
uint32_t flow_connect_any(struct flow *f, const struct client_attempt *attempt);

/* Links, for those who keep connections over them: nobody tells a connection that its path is broken, but what it would carry is
 * lost, or held.
 *
 * The link by which the first call of a list comes to a replica, 0: none; FLOW_NONE: to those of the service that it names. The
 * ways of a link that cuts stop now for callers of a partition, as bits 1 << way, 0 when all is well; and since when any is
 * stopped, INT64_MAX: none is. */
uint32_t flow_link_of(const struct flow *f, uint32_t call_list, uint32_t station);
unsigned flow_link_broken(const struct flow *f, uint32_t link, uint32_t partition);
int64_t flow_link_silent_since(const struct flow *f, uint32_t link, uint32_t partition);
/* The name of its callers. */
const char *flow_link_from(const struct flow *f, uint32_t link);

/* What is cut, how: `cover` says which link and whose callers (link_covers()), `ways` as above, `held` that nothing is lost. */
struct link_cut {
    struct link_cover cover;
    unsigned ways;
    bool held;
};

/* Every listener hears of each cut when it begins, and when it ends (each spell of one that comes and goes); at the end before what
 * it held goes on. Another cut may still be there: flow_link_broken() knows. */
typedef void flow_link_cut(void *context, const struct link_cut *cut, bool begins);
void flow_listen_links(struct flow *f, flow_link_cut *heard, void *context);

/* Handlers of the events of flow; `entity` as planned by flow itself. */
void frame_on_work_done(struct flow *f, uint32_t frame);
void frame_on_retry(struct flow *f, uint32_t frame);
void frame_on_deadline(struct flow *f, uint32_t frame);
void frame_on_patience(struct flow *f, uint32_t frame);
void flow_on_crossed(struct flow *f, uint32_t frame);
void frame_on_syn(struct flow *f, uint32_t frame);
void flow_on_lane(struct flow *f, uint32_t lane);
void flow_on_health_check(struct flow *f, uint32_t station);

/* From now on that share of the users of the sets that `from` names go to those of `to`: all to one, or each to the one of the same
 * place. The same users each time; 0: nobody. Checked selectors, of a step of the scenario's runbook. */
void flow_reroute(struct flow *f, const char *from, const char *to, double share);

/* What there is now, for samples, runbooks and levels. Sets: partitions of a service with `per: partition`, regions with `per:
 * region`, else one. */
uint32_t flow_services(const struct flow *f);
uint32_t flow_service_sets(const struct flow *f, uint32_t service);
uint32_t flow_service_workers(const struct flow *f, uint32_t service); /* of one set */
bool flow_service_cached(const struct flow *f, uint32_t service);      /* calls of it have a cache */
struct level_meter *flow_level(struct flow *f, uint32_t service, uint32_t set, enum level level);

/* At the end of the run: attempts that are still inside are counted, and the ledger of every service is asserted. */
void flow_settle(struct flow *f);

/* Visits all control lists, in a fixed order. */
void flow_each_control(const struct flow *f, void (*visit)(void *context, const struct control *c), void *context);

#endif
