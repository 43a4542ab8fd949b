/* mail_batch - what waits for the same scan of the same owner: one list, found by (owner, scan)
 *
 * An owner is a sender's host, whose lists are of cohorts (mail_held.c), or the waiting room of a transport, whose lists are of
 * messages. The owner plans one event for each batch, when it is made.
 */
#ifndef WORLD_MAIL_BATCH_H
#define WORLD_MAIL_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "stormcell/pool.h"
#include "world/mail_message.h"

struct mail_batch {
    uint32_t next; /* in its bucket */
    uint32_t owner;
    int64_t scan;
    struct mail_list list;
};

struct mail_batches {
    struct pool pool;
    uint32_t *buckets, mask;
};

void mail_batches_start(struct mail_batches *b);
void mail_batches_end(struct mail_batches *b);

/* Adds a record of `pool` to the batch of that owner and scan; true when the batch is new. */
bool mail_batch_add(struct mail_batches *b, uint32_t owner, int64_t scan, const struct pool *pool, uint32_t index);

/* The first record of the batch; 0 when there is none. */
uint32_t mail_batch_head(const struct mail_batches *b, uint32_t owner, int64_t scan);

/* Takes the batch away; an empty list when there is none. */
struct mail_list mail_batch_take(struct mail_batches *b, uint32_t owner, int64_t scan);

#endif
