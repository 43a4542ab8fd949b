/* pool - records of one size, by index
 *
 * Records live in one growing array; an index (never 0) names a record and stays valid until pool_give(). A pointer is valid until
 * the next pool_take(), which may move the array. A record taken is not zeroed.
 */
#ifndef STORMCELL_POOL_H
#define STORMCELL_POOL_H

#include <stddef.h>
#include <stdint.h>

struct pool {
    char *records;
    size_t size;       /* of a record, a multiple of 8 */
    uint32_t used;     /* indices below it have been handed out at least once */
    uint32_t capacity; /* records allocated */
    uint32_t free;     /* head of the free list, 0: none */
    uint32_t live;     /* records taken and not given back */
    uint32_t limit;    /* no index reaches it */
};

/* `size` of a record in bytes, at least 4; at most `limit` records. */
void pool_start(struct pool *p, size_t size, uint32_t limit);
void pool_end(struct pool *p);

/* Makes room; dies when the world has no memory, or the limit is reached. */
void pool_grow(struct pool *p);

static inline void *pool_at(const struct pool *p, uint32_t index)
{
    return p->records + (size_t)index * p->size;
}

/* Takes a record; its first four bytes were the link of the free list, all others are as they were left. */
static inline uint32_t pool_take(struct pool *p)
{
    uint32_t index = p->free;

    p->live++;
    if (index) {
        p->free = *(uint32_t *)pool_at(p, index);
        return index;
    }
    if (p->used == p->capacity)
        pool_grow(p);
    return p->used++;
}

static inline void pool_give(struct pool *p, uint32_t index)
{
    *(uint32_t *)pool_at(p, index) = p->free;
    p->free = index;
    p->live--;
}

#endif
