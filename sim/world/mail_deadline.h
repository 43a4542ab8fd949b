/* mail_deadline - accepted mail in the order of acceptance, for what happens a fixed time after it (delay notice, return)
 *
 * A ring of message numbers with their generation: a message that has ended meanwhile is recognised when the ring comes to it. Only
 * the head has an event in the agenda. Before the ring grows, those that have ended are swept out, so that it stays as short as the
 * mail that is unfinished.
 */
#ifndef WORLD_MAIL_DEADLINE_H
#define WORLD_MAIL_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

#include "stormcell/pool.h"

struct mail_deadline {
    struct mail_deadline_entry {
        uint32_t message, generation;
    } * ring;
    uint32_t head, length, capacity;
    int64_t after_ns; /* acceptance; 0: never */
    bool planned;     /* an event is in the agenda */
};

void mail_deadline_end(struct mail_deadline *d);
void mail_deadline_add(struct mail_deadline *d, const struct pool *messages, uint32_t message);

/* The first message that has not ended, left in place; 0 when there is none. */
uint32_t mail_deadline_head(struct mail_deadline *d, const struct pool *messages);
void mail_deadline_drop_head(struct mail_deadline *d);

#endif
