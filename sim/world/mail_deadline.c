/* mail_deadline - accepted mail in the order of acceptance */
#include "world/mail_deadline.h"

#include <stdlib.h>

#include "stormcell/must.h"
#include "world/mail_message.h"

enum { FIRST_ENTRIES = 1024 };

void mail_deadline_end(struct mail_deadline *d)
{
    free(d->ring);
    d->ring = NULL;
}

static bool entry_lives(const struct mail_deadline_entry *e, const struct pool *messages)
{
    const struct message *msg = message_at(messages, e->message);

    return msg->generation == e->generation && msg->state != MESSAGE_DEAD;
}

/* Keeps those that have not ended, from the start of the same or, when more than half of it is left, of a wider ring. */
static void sweep(struct mail_deadline *d, const struct pool *messages)
{
    struct mail_deadline_entry *kept = xmalloc(2 * (size_t)(d->capacity + FIRST_ENTRIES) * sizeof *kept);
    uint32_t length = 0;

    for (uint32_t i = 0; i < d->length; i++) {
        struct mail_deadline_entry e = d->ring[(d->head + i) & (d->capacity - 1)];

        if (entry_lives(&e, messages))
            kept[length++] = e;
    }
    if (!d->capacity)
        d->capacity = FIRST_ENTRIES;
    else if (length > d->capacity / 2)
        d->capacity *= 2;
    free(d->ring);
    d->ring = xrealloc(kept, d->capacity, sizeof *kept);
    d->head = 0;
    d->length = length;
}

void mail_deadline_add(struct mail_deadline *d, const struct pool *messages, uint32_t message)
{
    if (d->length == d->capacity)
        sweep(d, messages);
    d->ring[(d->head + d->length++) & (d->capacity - 1)] = (struct mail_deadline_entry){
        .message = message,
        .generation = message_at(messages, message)->generation,
    };
}

uint32_t mail_deadline_head(struct mail_deadline *d, const struct pool *messages)
{
    while (d->length && !entry_lives(&d->ring[d->head], messages))
        mail_deadline_drop_head(d);
    return d->length ? d->ring[d->head].message : 0;
}

void mail_deadline_drop_head(struct mail_deadline *d)
{
    must(d->length);
    d->head = (d->head + 1) & (d->capacity - 1);
    d->length--;
}
