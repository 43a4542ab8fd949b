/* control - a strategy in small: one file, one row, one vtable
 *
 * A control stands in the ordered list of a service (overload control, at each replica) or of a call (retry control and isolation).
 * It sees the narrow view that it is given and its own state, never the insides of flow or world, never another control. Callbacks
 * that are absent mean the default: admit, do not retry, take the head of the queue.
 *
 * What is admitted is done exactly once: a control whose admit() said DECISION_ADMIT hears done() when that attempt is over, or
 * when a later control of the list stopped it (OUTCOME_LOCAL).
 */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control.pb-c.h"
#include "stormcell/random.h"

/* How an attempt, or a whole call, ended. */
enum outcome {
    OUTCOME_OK,
    OUTCOME_REFUSED,   /* the server said no: queue full, control, crash */
    OUTCOME_TIMED_OUT, /* silence */
    OUTCOME_ERROR,     /* an erroneous answer */
    OUTCOME_PERMANENT, /* an erroneous answer that no retry mends (5xx) */
    OUTCOME_LOCAL,     /* the caller's own controls stopped it */
};

enum decision {
    DECISION_ADMIT,
    DECISION_REJECT,      /* refuse this one */
    DECISION_DROP_OLDEST, /* admit this one, refuse the one that has waited longest */
    DECISION_DROP_RANDOM, /* admit or refuse: of this one and those that wait, refuse any */
    DECISION_DEFER,       /* mail: wait on its own list */
    DECISION_WAIT,        /* mail: wait at the head of the queue */
    DECISION_DROP,        /* services: drop this one in silence, at no cost */
};

/* What a control may know. `random` is its own stream for this decision. */
struct view {
    int64_t now_ns;
    uint32_t waiting, running, workers; /* of the replica; 0 at a caller */
    struct draw random;
    uint64_t *acts; /* CONTROL_REASONS counters, see control_kind.reasons */
};

/* The attempt that is asked about. */
struct asked {
    uint64_t birth;
    uint32_t attempt; /* 1, 2, ... of this call; at a server: of its caller's */
    uint32_t partition;
    int64_t waited_ns;         /* overload: since it arrived */
    int64_t previous_delay_ns; /* retry: the back-off before this attempt, 0 for the first */
    int64_t retry_after_ns;    /* retry: what the refusal of this attempt asks the caller to wait; 0: nothing */
};

enum { CONTROL_REASONS = 4, CONTROL_STATE_MAX = 256 };

struct control_kind {
    const char *name;                     /* also the name of the field in the list's oneof */
    size_t state_size;                    /* at most CONTROL_STATE_MAX, a multiple of 8 */
    const char *reasons[CONTROL_REASONS]; /* what it counts in view.acts: "opened", "rejected" */

    void (*start)(struct view *view, void *self, const ProtobufCMessage *settings);
    enum decision (*admit)(struct view *view, void *self, const struct asked *asked);
    void (*done)(struct view *view, void *self, const struct asked *asked, enum outcome outcome, int64_t latency_ns);

    /* Retry controls: shall an attempt that ended so be tried again, and after what delay? All that have an opinion must agree; the
     * longest delay counts. No opinion at all: no retry. */
    bool (*again)(struct view *view, void *self, const struct asked *asked, enum outcome outcome, int64_t *delay_ns);
};

/* The registry: all kinds, NULL at the end. */
extern const struct control_kind *const control_kinds[];

/* The kind and the settings that an entry of a control list (ServiceControl, CallControl, DeliveryControl) chooses; name is the
 * entry's. */
const struct control_kind *control_of_entry(const ProtobufCMessage *entry, const ProtobufCMessage **settings, const char **name);

/* One control in its place, with a state for each key, and its counters. */
struct control {
    const struct control_kind *kind;
    const ProtobufCMessage *settings;
    char *path; /* hub.delivery.bulkhead */
    int by;     /* enum Keyed */
    uint32_t keys;
    char *states;   /* keys x kind->state_size */
    uint64_t draws; /* key of its stream */
    uint64_t asked, acts[CONTROL_REASONS];
};

/* An ordered list of controls in one place. */
struct control_list {
    struct control *items;
    uint32_t count;
};

/* Builds the list of a service, a call or a delivery from the repeated field of its message; keys for `by: replica` and `by:
 * partition`. */
struct control_build {
    uint64_t seed;
    const char *path; /* of the place; the control's name is appended */
    uint32_t partitions, replicas;
    int by_default; /* enum Keyed, for settings without `by` */
};
void control_list_start(struct control_list *list, size_t count, ProtobufCMessage *const *entries,
                        const struct control_build *build);
void control_list_end(struct control_list *list);

static inline void *control_state(const struct control *c, uint32_t partition, uint32_t replica)
{
    uint32_t key = c->by == 1 ? partition : c->by == 2 ? replica : 0;

    return c->states + (size_t)key * c->kind->state_size;
}

#endif
