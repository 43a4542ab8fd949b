/* mail_batch - mail that waits for the same scan of the same owner: a hash table of lists */
#include "world/mail_batch.h"

#include <stdlib.h>

#include "stormcell/must.h"

enum { FIRST_BUCKETS = 1024, BATCHES_MAX = 1 << 30 };

static uint32_t bucket_of(const struct mail_batches *b, uint32_t owner, int64_t scan)
{
    uint64_t x = ((uint64_t)scan * 0x9E3779B97F4A7C15u) ^ ((uint64_t)owner * 0xD1B54A32D192ED03u);

    return (uint32_t)((x * 0xFF51AFD7ED558CCDu) >> 32) & b->mask;
}

static struct mail_batch *batch_at(const struct mail_batches *b, uint32_t index)
{
    return pool_at(&b->pool, index);
}

void mail_batches_start(struct mail_batches *b)
{
    pool_start(&b->pool, sizeof(struct mail_batch), BATCHES_MAX);
    b->mask = FIRST_BUCKETS - 1;
    b->buckets = xcalloc(FIRST_BUCKETS, sizeof *b->buckets);
}

void mail_batches_end(struct mail_batches *b)
{
    pool_end(&b->pool);
    free(b->buckets);
}

/* Twice as many buckets; the order in a bucket matters to nobody. */
static void spread(struct mail_batches *b)
{
    uint32_t *old = b->buckets, count = b->mask + 1;

    b->mask = count * 2 - 1;
    b->buckets = xcalloc((size_t)count * 2, sizeof *b->buckets);
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t at = old[i], next; at; at = next) {
            struct mail_batch *batch = batch_at(b, at);
            uint32_t *bucket = &b->buckets[bucket_of(b, batch->owner, batch->scan)];

            next = batch->next;
            batch->next = *bucket;
            *bucket = at;
        }
    free(old);
}

static uint32_t find(const struct mail_batches *b, uint32_t owner, int64_t scan)
{
    uint32_t at = b->buckets[bucket_of(b, owner, scan)];

    while (at && (batch_at(b, at)->owner != owner || batch_at(b, at)->scan != scan))
        at = batch_at(b, at)->next;
    return at;
}

uint32_t mail_batch_head(const struct mail_batches *b, uint32_t owner, int64_t scan)
{
    uint32_t at = find(b, owner, scan);

    return at ? batch_at(b, at)->list.head : 0;
}

bool mail_batch_add(struct mail_batches *b, uint32_t owner, int64_t scan, const struct pool *pool, uint32_t index)
{
    uint32_t at = find(b, owner, scan);
    bool fresh = !at;

    if (fresh) {
        uint32_t *bucket;

        if (b->pool.live > b->mask)
            spread(b);
        bucket = &b->buckets[bucket_of(b, owner, scan)];
        at = pool_take(&b->pool);
        *batch_at(b, at) = (struct mail_batch){.next = *bucket, .owner = owner, .scan = scan};
        *bucket = at;
    }
    mail_list_append(&batch_at(b, at)->list, pool, index);
    return fresh;
}

struct mail_list mail_batch_take(struct mail_batches *b, uint32_t owner, int64_t scan)
{
    uint32_t *link = &b->buckets[bucket_of(b, owner, scan)];

    while (*link) {
        struct mail_batch *batch = batch_at(b, *link);

        if (batch->owner == owner && batch->scan == scan) {
            struct mail_list list = batch->list;
            uint32_t at = *link;

            *link = batch->next;
            pool_give(&b->pool, at);
            return list;
        }
        link = &batch->next;
    }
    return (struct mail_list){0};
}
