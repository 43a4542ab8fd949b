/* mail_message - one copy of a message, for one recipient, from its birth to its end
 *
 * 64 bytes in a pool. A copy stands in at most one list at a time, linked through `link`. One that is returned while it waits in a
 * list stays there as MESSAGE_DEAD, counted no more, until the list comes to it: so no list needs to be searched.
 */
#ifndef WORLD_MAIL_MESSAGE_H
#define WORLD_MAIL_MESSAGE_H

#include <stdint.h>

#include "stormcell/pool.h"

enum message_state {
    MESSAGE_FREE,       /* no message */
    MESSAGE_NEW,        /* being offered for the first time */
    MESSAGE_HELD,       /* refused, with its sender */
    MESSAGE_INCOMING,   /* accepted, waits for a place in the active queue */
    MESSAGE_QUEUED,     /* waits for a worker, or on the list of its own destination */
    MESSAGE_DELIVERING, /* has a worker */
    MESSAGE_DEFERRED,   /* waits for its next attempt */
    MESSAGE_DUE,        /* its next attempt is due, and the active queue is full */
    MESSAGE_DEAD,       /* returned while it waited; free when its list comes to it */
};

enum {
    MESSAGE_SEEN = 1,    /* tried, or put off: no longer a new submission */
    MESSAGE_ACTIVE = 2,  /* its delivery has a place in the active queue */
    MESSAGE_EXPIRED = 4, /* its hour came during an attempt */
};

enum { MESSAGE_ATTEMPTS_MAX = (1 << 24) - 1 };

struct message {
    uint32_t link; /* next in its list */
    union {
        uint32_t copies; /* with its sender: next copy of the same message */
        uint32_t round;  /* delivering: the round of its destination in which that began */
    };
    int64_t born_ns, accepted_ns;
    uint64_t birth; /* names it in every draw */
    union {
        uint64_t stamp; /* queued: order of entry into the active queue */
        int64_t due_ns; /* deferred */
    };
    uint32_t user;
    union {
        uint32_t host; /* with its sender */
        uint32_t lane; /* delivering: the lane whose worker it has */
    };
    uint32_t generation;    /* of the record: a number kept elsewhere names nobody once this has moved on */
    uint32_t attempts : 24; /* failed deliveries */
    uint32_t step : 8;      /* the schedule's, see mail_schedule.h */
    uint16_t partition, epoch, transport;
    uint8_t state, flags;
};

_Static_assert(sizeof(struct message) == 64, "five million of them have to fit");

/* A list of messages in order, or of other records of a pool that begin with their link; zero is empty. */
struct mail_list {
    uint32_t head, tail;
};

static inline struct message *message_at(const struct pool *messages, uint32_t index)
{
    return pool_at(messages, index);
}

static inline uint32_t *mail_link(const struct pool *pool, uint32_t index)
{
    return pool_at(pool, index);
}

static inline void mail_list_append(struct mail_list *list, const struct pool *pool, uint32_t index)
{
    *mail_link(pool, index) = 0;
    if (list->head)
        *mail_link(pool, list->tail) = index;
    else
        list->head = index;
    list->tail = index;
}

/* The first record, taken out; the list must not be empty. */
static inline uint32_t mail_list_take(struct mail_list *list, const struct pool *pool)
{
    uint32_t index = list->head;

    list->head = *mail_link(pool, index);
    return index;
}

/* Adds all of `more` behind `list`. */
static inline void mail_list_join(struct mail_list *list, const struct pool *pool, struct mail_list more)
{
    if (!more.head)
        return;
    if (list->head)
        *mail_link(pool, list->tail) = more.head;
    else
        list->head = more.head;
    list->tail = more.tail;
}

#endif
