/* inside - the structures of flow, for the files of sim/flow alone */
#ifndef FLOW_INSIDE_H
#define FLOW_INSIDE_H

#include "flow/cache.h"
#include "flow/flow.h"
#include "flow/lever.h"
#include "flow/link.h"

enum frame_state {
    FRAME_FREE,
    FRAME_WAITING,   /* in a queue */
    FRAME_WORKING,   /* due_ns: when it is done; frozen: left_ns remains */
    FRAME_CALLING,   /* an attempt of its call is out, frame `callee` */
    FRAME_BACKOFF,   /* due_ns: next attempt */
    FRAME_STOPPED,   /* its own controls stopped the attempt; heard at due_ns (now) */
    FRAME_ANSWERING, /* a refusal or a root without calls; heard at due_ns (now) */
    FRAME_LIMBO,     /* held in silence by a partial hang; a client whose attempt was lost in silence */
    FRAME_CROSSING,  /* on a link, on its way to its replica; at due_ns it is there, -1: held by a cut */
    FRAME_RETURNING, /* on a link, as the answer on its way to its caller; the replica is done with it */
    FRAME_SYN,       /* the accept queue was full; due_ns: when the kernel of its caller sends its SYN again */
};

enum frame_flag {
    FRAME_LEFT = 1,      /* its caller has left, and so did it: skip it in the queue */
    FRAME_ERRONEOUS = 2, /* a fault makes it answer with an error */
    FRAME_PERMANENT = 4, /* ... that no retry mends */
    FRAME_REJECTING = 8, /* its work is that of a refusal; of an answer on its way: it was counted when it left */
    FRAME_PENDING = 16,  /* an answer came while its replica hung; `outcome` */
    FRAME_DETACHED = 32, /* nobody ever waited for it (async) */
    FRAME_ADMITTED = 64, /* the controls of its service hear when it leaves */
    FRAME_CLIENT = 128,  /* it is its client's request too: see flow_start_request() */
};

/* One attempt at a service, or a root (station 0): two cache lines, of which a frame without calls touches the second only once. */
struct frame {
    uint32_t next;  /* in a queue; first, because the pool links free records here */
    uint32_t token; /* of what it waits for; survives reuse, so that old answers and timers find nobody */
    uint8_t state, flags;
    union {
        uint8_t outcome;
        uint8_t knocks; /* until it works: how often its SYN was sent again, and more; see syn.c */
    };
    uint8_t step;
    uint32_t station;
    int64_t due_ns;
    int64_t since_ns; /* it arrived, or began */
    union {
        int64_t left_ns;  /* work to do, or what was left when it froze */
        int64_t asked_ns; /* after its work: what the answer to its last attempt asks it to wait (Retry-After) */
    };
    union {
        struct cell *cell; /* where it is counted: its service's, or its population's */
        struct {           /* a ROOT_ASKER, which is not: the frame on whose behalf it asks, see flow/cache.h */
            uint32_t waiter, waiter_token;
        };
    };
    uint64_t birth;
    union {
        struct {
            uint32_t parent, parent_token;
        };
        struct {               /* a root */
            uint32_t attempts; /* of all its calls */
            uint32_t root;     /* enum root_kind */
        };
        struct { /* FRAME_CLIENT of a population */
            uint32_t no_parent, client;
        };
        struct {             /* FRAME_CLIENT that keeps its own books: see flow_try() */
            uint32_t holder; /* its number + 1; 0: a population's */
            uint32_t holder_token;
        };
    };

    uint16_t partition, epoch;
    union {
        uint32_t operation;
        uint32_t owner; /* a root: its owner's number */
    };
    union {
        struct {
            uint16_t link;  /* by which it came; 0: none */
            uint16_t tried; /* the how-manieth attempt of its caller it is, 1, 2, ... up to 65,535 */
        };
        uint32_t root_list; /* a root: its call list */
    };
    uint32_t lineage; /* which try of which try: names the coins */
    uint32_t user;
    /* the call that it makes; not set before it makes one */
    uint32_t call;
    union {
        uint32_t callee;
        uint32_t connects; /* FRAME_CLIENT that keeps its own books, before it makes a call: it wants a connection */
    };
    uint32_t callee_station; /* of the attempt that is out, or that failed last */
    uint32_t attempt;
    uint32_t visit; /* by which calls it came here: names its work, which every attempt finds the same */
    union {
        int64_t call_began_ns;
        int64_t connected_ns; /* before it makes a call: see syn.c */
    };
    union {
        int64_t attempt_began_ns;
        int64_t leaves_at_ns; /* FRAME_CLIENT that keeps its own books, before it makes a call: when its client leaves */
    };
    union {
        int64_t back_off_ns;
        int64_t request_ns;     /* of one who is connected, before it works: when its request is there */
        int64_t retry_after_ns; /* a refusal, which makes no calls: what it asks its caller to wait */
    };
};

_Static_assert(sizeof(struct frame) == 128, "two cache lines");

struct service;

/* How long an attempt is waited for. */
struct time_out {
    int64_t ns;
    uint32_t lane;
};

/* A call as it is made: compiled from Call. */
struct call {
    const Stormcell__Call *settings;
    char *path;
    uint32_t operation;
    struct service *service;
    uint32_t link;          /* to that service; 0: none */
    int64_t deadline_ns;    /* 0: none */
    struct time_out *waits; /* of the first attempt, the second, ...; the last is that of all others, too */
    uint32_t wait_count;    /* 0: it waits for ever */
    double share;
    bool async, impatient;
    bool cached, front; /* see flow/cache.h */
    bool plain;         /* nothing but the answer can end an attempt, and then the call is over */
    uint64_t share_key, cache_key, balance_key, patience_key;
    uint32_t name_hash; /* of its path */
    struct control_list controls;
    int64_t *fresh_until_ns;  /* by user; 0: not looked at yet */
    struct name_cache *names; /* or by name */
    uint32_t defects;         /* those of this call are among so many first ones */
    uint64_t looks;
    struct dist lifetime, patience;
    double rate_per_user; /* requests a second that come to this call, for the age of entries at the start */
};

/* How long attempt 1, 2, ... of a call with time-outs is waited for. */
static inline const struct time_out *call_time_out(const struct call *call, uint32_t attempt)
{
    return &call->waits[(attempt < call->wait_count ? attempt : call->wait_count) - 1];
}

struct call_list {
    uint32_t first, count;
};

struct operation {
    const Stormcell__Operation *settings;
    uint32_t service, list;
    bool cached; /* its first call has a cache by user */
    struct dist work;
    uint64_t work_key, error_key;
    double error_share;
};

/* A tier: sets x replicas stations, the first of which is `station`. */
struct service {
    const Stormcell__Service *settings;
    uint32_t entity, station, sets, replicas, workers;
    uint32_t queue_limit, reject_limit;
    bool drops, retransmits, lifo, leaves, per_partition;
    bool direct;               /* one replica in a set, no regions, no detours: nothing to choose */
    const uint16_t *region_of; /* per: region; by partition */
    struct detours *detours;   /* NULL where no runbook step sends anybody elsewhere */
    struct dist reject_work, retry_after;
    uint64_t reject_key, retry_after_key;
    struct control_list controls;
    uint32_t *turn;             /* round robin, by set */
    struct level_meter *levels; /* by set, [set * SERVICE_LEVELS + level] for LEVEL_QUEUE_LENGTH, LEVEL_BUSY, LEVEL_HELD, and one
                                   for LEVEL_CONNECTIONS */
    uint32_t connections;       /* of each replica at most */
    bool refuses_free;          /* a full line says no at once, and for nothing */
};

enum { SERVICE_LEVELS = 4, LEVEL_OF_CONNECTIONS = 3 };

struct queue {
    uint32_t head, tail, length;
};

enum { STATION_LEVERS = 8 };

/* A replica. */
struct station {
    struct service *service;
    struct level_meter *levels; /* of its set, by enum level */
    uint32_t set, replica;
    uint32_t busy, held;
    uint32_t hung;                   /* whole hangs on it */
    uint32_t levers[STATION_LEVERS]; /* that are pulled, by number + 1; 0: none */
    double slowness;                 /* product of whole slow-downs */
    struct queue waiting, urgent, limbo;
    uint32_t left;        /* records in `waiting` of those who have left it */
    uint32_t connections; /* that clients hold */
    int64_t hung_since_ns, ejected_until_ns;
    uint32_t failures; /* in a row, for ejection */
    uint32_t ejections;
    uint32_t probes; /* in a row with the same answer */
    int64_t batch;   /* of SYNs that were sent again, see syn.c, and how many more of it are answered */
    uint32_t batch_left;
    uint32_t known; /* handshakes that it keeps of those who are connected without being in the line */
    bool unhealthy, probe_failing, crashed;
};

/* Time-outs of one call: all have the same length, so they end in the order in which they began, and only the first is in the
 * agenda. */
struct lane {
    struct lane_entry {
        int64_t due_ns;
        uint32_t frame, token;
    } * ring;
    uint32_t head, length, size; /* size is a power of two */
    bool planned;
};

/* One way of a link: what waits for its capacity, what a cut holds, what became of the rest. */
struct direction {
    uint64_t delay_key, loss_key;
    int64_t free_ns; /* until then it carries packets that came before */
    struct line {    /* when each packet that waits begins to be carried; kept where the line is bounded */
        int64_t *begins_ns;
        uint32_t head, length, size; /* size is a power of two */
    } line;
    struct queue held;
    struct link_counts counts;
};

/* Joins the callers of one name with a service. */
struct link {
    const Stormcell__Link *settings;
    const struct service *to;
    struct dist delay;
    int64_t carry_ns; /* of one packet, 1 / capacity; 0: no bound */
    uint32_t line_limit;
    struct direction ways[LINK_WAYS];
    struct link_lever {
        uint32_t lever; /* its number + 1; 0: none */
        struct link_cover cover;
    } levers[STATION_LEVERS];
    int64_t *cut_at_ns; /* by partition: when it was cut while it was whole; NULL: never yet */
};

struct flow {
    struct core *core;
    const Stormcell__Scenario *scenario;
    struct pool frames;
    uint32_t frames_seen; /* indices below it have been zeroed once */
    struct service *services;
    uint32_t service_count;
    struct operation *operations;
    uint32_t operation_count;
    struct call *calls;
    uint32_t call_count;
    struct call_list *lists;
    uint32_t list_count;
    struct station *stations; /* from 1 */
    uint32_t station_count;
    struct lane *lanes;
    uint32_t lane_count;
    struct lever *levers;
    uint32_t lever_count;
    Stormcell__Region *const *regions; /* of the scenario */
    uint32_t region_count;
    struct link *links; /* from 1 */
    uint32_t link_count;
    struct link_listener {
        flow_link_cut *heard;
        void *context;
    } * link_listeners;
    uint32_t link_listener_count;
    struct cache_defect *defects;
    uint32_t defect_count;
    struct service nobody; /* is what fronts of caches call */
    struct {
        flow_root_ended *ended;
        void *context;
    } listeners[ROOT_KINDS];
    struct {
        flow_flaw_met *met;
        void *context;
    } flaws;
    struct {
        flow_client_answered *answered;
        flow_client_down *down;
        void *context;
    } clients;
    bool starting; /* in flow_start(): ends are put off to an event */
};

static inline struct frame *frame_at(const struct flow *f, uint32_t index)
{
    /* As pool_at() would, with a size that the compiler knows. */
    return (struct frame *)f->frames.records + index;
}

static inline uint32_t frame_take(struct flow *f)
{
    uint32_t index = pool_take(&f->frames);

    if (__builtin_expect(index >= f->frames_seen, 0)) {
        *frame_at(f, index) = (struct frame){0};
        f->frames_seen = index + 1;
    }
    return index;
}

static inline void frame_give(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);

    fr->state = FRAME_FREE;
    fr->token++;
    fr->due_ns = -1;
    pool_give(&f->frames, index);
}

/* How an attempt ended, and what its refusal asks the caller to wait. */
struct answer {
    enum outcome outcome;
    int64_t retry_after_ns;
};

/* frame.c: the life of a frame */
void frame_next_call(struct flow *f, uint32_t index);
/* Makes the call that is set in the frame: its first attempt. */
void frame_begin_call(struct flow *f, uint32_t index);
void frame_attempt(struct flow *f, uint32_t index);
void frame_attempt_over(struct flow *f, uint32_t index, enum outcome outcome);
/* Tells the frame that waits (if it still does) how its attempt ended; true if somebody waited. */
bool frame_answer(struct flow *f, uint32_t parent, uint32_t token, struct answer answer);
/* Its replica no longer hangs: what it put off meanwhile happens now. */
void frame_hear_pending(struct flow *f, uint32_t index);
/* The attempt that is out has waited long enough (`token` is that of the wait). */
void frame_time_out(struct flow *f, uint32_t index, uint32_t token);
/* The frame is lost in silence: nobody hears of it. */
void frame_vanish(struct flow *f, uint32_t index);
/* The frame is lost with its replica: its caller hears a refusal if `heard`. */
void frame_lose(struct flow *f, uint32_t index, bool heard);

/* client.c: an attempt of a client that keeps its own books is over; true if the client still waited for it. */
bool client_answer(struct flow *f, const struct frame *fr, struct answer answer);
/* Does the frame want a connection, at a replica that has none left? */
bool client_finds_no_connection(const struct flow *f, const struct frame *fr);

/* The link of an attempt of that call at that replica, 0: none; and the attempt, which knows it, sets out. */
uint32_t frame_link(const struct flow *f, const struct call *call, uint32_t station);
void frame_send(struct flow *f, uint32_t index);

/* The answer of an attempt is with its caller, if he still waits for it. */
void frame_hand_over(struct flow *f, uint32_t index);

/* Does its replica, or its queue, have it? Not what is on a link, before or after. */
static inline bool frame_is_inside(const struct frame *fr)
{
    return fr->state != FRAME_FREE && fr->state != FRAME_CROSSING && fr->state != FRAME_RETURNING;
}

static inline uint32_t frame_list(const struct flow *f, const struct frame *fr)
{
    return fr->station ? f->operations[fr->operation].list : fr->root_list;
}

/* link.c: what lies between callers and services */
void links_start(struct flow *f);
void links_end(struct flow *f);
/* Asserts the ledgers; `on_the_way`: attempts found in transit, [link * LINK_WAYS + way]. */
void links_settle(const struct flow *f, const uint64_t *on_the_way);
/* The link between the owner of a call, the first name of its path, and a service; 0: none. */
uint32_t link_between(const struct flow *f, const char *path, const struct service *to);
/* The frame goes on its link; it may be there, or lost, when this returns. */
void link_send(struct flow *f, uint32_t index, enum link_way way);
/* Would a cut be in the way of the frame now? */
bool link_is_cut(struct flow *f, const struct frame *fr, enum link_way way);

/* station.c: queues and workers */
/* A new attempt reaches its replica; its cell is set. */
void station_arrive(struct flow *f, uint32_t index);
/* The same, where it finds no connection left. */
void station_arrive_in_vain(struct flow *f, uint32_t index);
/* What its refusal asks the caller to wait. */
int64_t station_retry_after_ns(const struct service *sv, const struct frame *fr);
/* Its SYN comes again. */
void station_knock(struct flow *f, uint32_t index);
/* Would one more be taken in, by a worker or in the line? */
bool station_has_room(const struct station *st);
/* Takes an arrived frame in: a free worker, or the line. */
void station_enter(struct flow *f, uint32_t index);
void station_next(struct flow *f, uint32_t station);
/* The worker of a frame is free again. */
void station_release(struct flow *f, struct frame *fr);
void station_leave(struct flow *f, uint32_t index);
void station_controls_done(struct flow *f, struct frame *fr, enum outcome outcome);

/* A level of its set changes. */
static inline void station_level(const struct flow *f, const struct station *st, enum level level, double change)
{
    struct level_meter *m = &st->levels[level];

    level_set(m, f->core->now_ns, m->value + change);
}

void queue_push(struct flow *f, struct queue *q, uint32_t index);
uint32_t queue_pop(struct flow *f, struct queue *q);

/* The set of replicas that serves a partition. */
static inline uint32_t set_of(const struct service *sv, uint32_t partition)
{
    return sv->region_of ? sv->region_of[partition] : sv->per_partition ? partition : 0;
}

/* select.c: what a selector names */
struct selection {
    struct service *service;
    uint32_t first_set, sets;
    bool one_replica; /* of each of these sets; else all */
    uint32_t replica;
};
/* Reads a selector that was checked; false when it names nothing. */
bool select_read(const struct flow *f, const char *text, struct selection *s);

/* detour.c: users who are sent elsewhere */
/* Before any call is compiled: which services send users elsewhere, and where to. When all are compiled: which operations match. */
void detours_start(struct flow *f, const Stormcell__Scenario *sc);
void detours_match(struct flow *f);
void detours_end(struct flow *f);

/* Where the next attempt of a caller goes: a set of a service. */
struct way {
    const struct service *service;
    uint32_t set;
};
struct way detour_way(const struct flow *f, const struct call *call, const struct frame *caller);
/* The operation that stands at the service `at` for the one that is called. */
uint32_t detour_operation(const struct flow *f, const struct call *call, const struct service *at);
/* Replicas that callers of a service may meet, those of others included; and the number of one among them. */
uint32_t detour_replicas(const struct service *sv);
uint32_t detour_replica(const struct service *sv, uint32_t station);

/* The service that the next attempt of a caller is made at. */
static inline const struct service *called_service(const struct flow *f, const struct call *call, const struct frame *caller)
{
    return __builtin_expect(!call->service->detours, 1) ? call->service : detour_way(f, call, caller).service;
}

/* The service that an attempt at that replica is made at. */
static inline const struct service *service_at(const struct flow *f, const struct call *call, uint32_t station)
{
    return __builtin_expect(!call->service->detours, 1) ? call->service : f->stations[station].service;
}

/* The number of a replica among all that a call may meet: a key of its controls. */
static inline uint32_t replica_number(const struct call *call, uint32_t station)
{
    return __builtin_expect(!call->service->detours, 1) ? station - call->service->station : detour_replica(call->service, station);
}
/* syn.c: an accept queue that is full */
/* The SYN of the frame is dropped: it will be sent again, while its caller waits and there is a time in the timetable. */
void syn_drop(struct flow *f, uint32_t index);
/* Its caller has left: its SYN is sent no more; of one who is connected, its request is, for a while. */
void syn_stop(struct flow *f, uint32_t index);
/* How long a worker that takes the frame now waits for its request. */
int64_t syn_request_wait_ns(const struct flow *f, const struct frame *fr);

/* balance.c: the choice of a replica */
uint32_t balance_choose(struct flow *f, const struct call *call, const struct frame *caller, uint32_t avoid);
static inline uint32_t balance_pick(struct flow *f, const struct call *call, const struct frame *caller, uint32_t avoid)
{
    const struct service *sv = call->service;

    if (sv->direct)
        return sv->station + (sv->per_partition ? caller->partition : 0);
    return balance_choose(f, call, caller, avoid);
}
/* For services with ejection: how an attempt at that replica ended. */
void balance_hear(struct flow *f, uint32_t station, enum outcome outcome);

/* lane.c */
void lane_push(struct flow *f, uint32_t lane, int64_t due_ns, uint32_t frame, uint32_t token);

/* lever.c */
void lever_meet(struct flow *f, uint32_t index, bool *taken);

/* Work that takes `factor` times as long: at most 2^62 ns, as any span that is drawn, so that no time of a run overflows with it.
 */
static inline int64_t work_scaled(int64_t work_ns, double factor)
{
    double scaled = (double)work_ns * factor;

    return scaled < 0x1p62 ? (int64_t)scaled : INT64_C(1) << 62;
}

static inline struct cell *flow_cell(struct flow *f, const struct frame *fr, const struct service *service)
{
    return tally_at(&f->core->tally, service->entity, fr->partition, fr->epoch);
}

#endif
