/* tally - what a run counts
 *
 * A cell belongs to an entity (population, service, transport), the partition that is concerned, and the epoch of birth: counters
 * and histograms of all that was born then. Windows of the metric language select births, so they are unions of epochs, and a
 * window's histogram is a merge of cells. A level (queue length, busy workers) has a value at every moment and is averaged over
 * each epoch of the clock.
 *
 * The enums are the columns of Cell and Level in proto/result.proto: append only.
 */
#ifndef STORMCELL_TALLY_H
#define STORMCELL_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stormcell/histogram.h"

enum count {
    /* populations: requests as their callers saw them; offered = succeeded + failed_* + in_flight */
    COUNT_OFFERED,
    COUNT_SUCCEEDED,
    COUNT_FAILED_REFUSED,
    COUNT_FAILED_TIMED_OUT,
    COUNT_FAILED_ERROR,
    COUNT_FAILED_LOCAL, /* stopped by the caller's own controls */
    COUNT_IN_FLIGHT,    /* at the end of the run */
    COUNT_ATTEMPTS,
    /* services: arrived = useful + wasted + refused + dropped + in_system */
    COUNT_CALLS,   /* requests of callers, however often they tried */
    COUNT_ARRIVED, /* attempts that reached it */
    COUNT_USEFUL,  /* answered to a caller that waited */
    COUNT_WASTED,  /* done for a caller that had left */
    COUNT_REFUSED,
    COUNT_DROPPED, /* lost in silence, or by a crash */
    COUNT_IN_SYSTEM,
    COUNT_ERRORS, /* of useful and wasted: answers that were errors */
    /* transports, in copies (one for each recipient): offered = delivered + returned + expired_at_sender + lost_by_sender +
       held_by_sender + queued */
    COUNT_MAIL_OFFERED,
    COUNT_MAIL_ACCEPTED,
    COUNT_MAIL_DELIVERED,
    COUNT_MAIL_RETURNED,
    COUNT_MAIL_EXPIRED_AT_SENDER,
    COUNT_MAIL_LOST_BY_SENDER,
    COUNT_MAIL_HELD_BY_SENDER,
    COUNT_MAIL_QUEUED,
    COUNT_MAIL_OFFERS,    /* tries of senders, the first included */
    COUNT_MAIL_ATTEMPTS,  /* tries of the transport to deliver */
    COUNT_MAIL_SUSPENDED, /* put off without an attempt */
    COUNT_MAIL_DELAY_NOTICES,
    /* populations of sessions: lost = reconnected + given_up - redialled + out, in the partition and epoch of the loss; the tries
       of a client to connect are its attempts, too; its refreshes are requests */
    COUNT_SESSIONS_LOST,        /* connections that their clients noticed were gone */
    COUNT_SESSIONS_RECONNECTED, /* ... and that they had again */
    COUNT_SESSIONS_GIVEN_UP,
    COUNT_SESSIONS_REDIALLED, /* by hand, after giving up */
    COUNT_SESSIONS_OUT,       /* still trying at the end of the run */
    COUNT_SESSIONS_ATTEMPTS,  /* tries to connect = reconnected + returned + refused + timed out + failed + under way at the end */
    COUNT_SESSIONS_REFUSED,
    COUNT_SESSIONS_TIMED_OUT,
    COUNT_SESSIONS_FAILED,
    COUNT_SESSIONS_UNDER_WAY,
    COUNT_SESSIONS_REFRESHES,
    COUNT_SESSIONS_REFRESHES_FAILED,
    COUNT_SESSIONS_RETURNED, /* from the backup to the first place: the loss was over already */
    /* populations of dependents: failed = recovered + down, in the partition and epoch of the failure */
    COUNT_DEPENDENTS_FAILED,
    COUNT_DEPENDENTS_RECOVERED,
    COUNT_DEPENDENTS_DOWN, /* at the end of the run */
    /* services: calls that a cache answered, by what it held */
    COUNT_CACHE_HITS,
    COUNT_CACHE_STALE,
    COUNT_CACHE_NEGATIVE,
    COUNT_CACHE_MISSES,
    /* services */
    COUNT_SYN_RETRANSMITTED, /* SYNs that were sent again, because the accept queue had been full */
    COUNT_MAX
};

enum sample {
    SAMPLE_LATENCY,              /* population: from birth to the end, whatever the outcome */
    SAMPLE_QUEUE_WAIT,           /* service: from arrival to a worker */
    SAMPLE_SOJOURN,              /* service: from arrival to its answer */
    SAMPLE_MAIL_DELAY,           /* delivered: from the sender's first offer */
    SAMPLE_MAIL_TRANSPORT_DELAY, /* delivered: from acceptance */
    SAMPLE_MAIL_AGE,             /* unfinished at the end: from the sender's first offer */
    SAMPLE_MAIL_TRANSPORT_AGE,   /* unfinished at the end: from acceptance */
    SAMPLE_RECONNECT,            /* sessions: from the loss of a connection to the next; epoch of the loss */
    SAMPLE_OUT_AGE,              /* sessions still out at the end: from the loss */
    SAMPLE_RECOVERY,             /* dependents: from going down to being up again; epoch of going down */
    SAMPLE_DOWN_AGE,             /* dependents down at the end: from going down */
    SAMPLE_MAX
};

enum level {
    LEVEL_QUEUE_LENGTH, /* services: requests waiting for a worker */
    LEVEL_BUSY,         /* services: workers with a request; transports: delivery workers busy */
    LEVEL_HELD,         /* of these, held by a call to another service */
    LEVEL_MAIL_QUEUED,  /* transports: messages accepted and not finished (mail.backlog) */
    LEVEL_MAIL_ACTIVE,  /* transports: messages in the active queue */
    LEVEL_MAIL_HELD_BY_SENDER,
    LEVEL_MAIL_OLDEST,   /* age of the oldest unfinished mail, seconds (only max) */
    LEVEL_MAIL_WORKERS,  /* transports: delivery workers of all lanes, those of isolation included */
    LEVEL_CONNECTED,     /* populations of sessions: clients connected; of dependents: those that are up */
    LEVEL_CONNECTED_LOW, /* max: the greatest number that was not connected (not up); of sessions, the mean is how many there are */
    LEVEL_RECONNECT_RATE, /* populations of sessions, only max: tries to connect in any aligned second */
    LEVEL_CONNECTIONS,    /* services: connections that sessions hold */
    LEVEL_MAX
};

struct cell {
    uint64_t counts[COUNT_MAX];
    struct histogram samples[SAMPLE_MAX];
};

struct tally {
    uint32_t entities, partitions, epoch; /* epoch: that of births and levels now */
    uint32_t epochs;                      /* so far */
    struct cell **cells;                  /* [epoch][entity][partition] or NULL */
    uint32_t epochs_allocated;
    uint32_t partition_mask; /* folded: 0 */
};

/* `folded`: all partitions are counted in one cell, for a run of which nobody will ask more; it is smaller and so faster. */
void tally_start(struct tally *t, uint32_t entities, uint32_t partitions, bool folded);
void tally_end(struct tally *t);

/* Begins a new epoch; births from now on belong to it. */
void tally_next_epoch(struct tally *t);

/* Slow path of tally_at(). */
struct cell *tally_make(struct tally *t, size_t index);

/* The cell of an entity, a partition and an epoch of birth. */
static inline struct cell *tally_at(struct tally *t, uint32_t entity, uint32_t partition, uint32_t epoch)
{
    size_t index = ((size_t)epoch * t->entities + entity) * t->partitions + (partition & t->partition_mask);
    struct cell *cell = t->cells[index];

    return __builtin_expect(cell != NULL, 1) ? cell : tally_make(t, index);
}

/* A level: its integral over the current epoch. */
struct level_meter {
    double value, max;
    double integral; /* value x nanoseconds since the epoch began */
    int64_t since_ns;
};

/* The level changes to `value` at now_ns. */
static inline void level_set(struct level_meter *m, int64_t now_ns, double value)
{
    m->integral += m->value * (double)(now_ns - m->since_ns);
    m->since_ns = now_ns;
    m->value = value;
    if (value > m->max)
        m->max = value;
}

#endif
