/* pool - records of one size, by index, in one growing array
 *
 * The array doubles. From some hundred kilobytes on, the C library moves such an array by moving its pages and copies nothing, and
 * pages that were never written take no memory; so doubling costs addresses, not bytes.
 */
#include "stormcell/pool.h"

#include <stdlib.h>

#include "stormcell/must.h"

enum { FIRST_BYTES = 4096 };

/* Record 0 is never handed out: it counts as used, and as capacity, before there is an array. */
void pool_start(struct pool *p, size_t size, uint32_t limit)
{
    must(size >= sizeof(uint32_t));
    *p = (struct pool){
        .size = (size + 7) / 8 * 8,
        .used = 1,
        .capacity = 1,
        .limit = limit == UINT32_MAX ? limit : limit + 1,
    };
}

void pool_end(struct pool *p)
{
    free(p->records);
    *p = (struct pool){0};
}

void pool_grow(struct pool *p)
{
    uint64_t wanted = (uint64_t)p->capacity * 2;

    if (p->capacity == p->limit)
        die("a pool is full: %u records of %zu bytes", p->limit - 1, p->size);
    if (wanted * p->size < FIRST_BYTES)
        wanted = FIRST_BYTES / p->size;
    if (wanted > p->limit)
        wanted = p->limit;
    p->records = xrealloc(p->records, wanted, p->size);
    p->capacity = (uint32_t)wanted;
}
