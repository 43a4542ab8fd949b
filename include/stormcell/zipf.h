/* zipf - names of which some are asked for much more often than others
 *
 * Of n names the k-th (from 1) is asked for in proportion to 1 / k^exponent; exponent 0: all alike. How often one is asked for is
 * known at once; drawing names takes a table of 8 bytes for each (the alias method: M. D. Vose, 1991), made when wanted.
 */
#ifndef STORMCELL_ZIPF_H
#define STORMCELL_ZIPF_H

#include <stdint.h>

#include "stormcell/random.h"

enum { ZIPF_BLOCKS = 400 };

struct zipf {
    uint32_t count;
    double exponent, scale; /* 1 / sum of all weights */
    /* Names of about the same weight, for sums over all: the first ones by themselves, then within a twentieth. */
    uint32_t block_count;
    struct zipf_block {
        double share, names; /* of each of its names; and how many there are */
    } blocks[ZIPF_BLOCKS];
};

/* `count` from 1 on, `exponent` from 0 to 10. */
void zipf_start(struct zipf *z, uint32_t count, double exponent);

/* The share of all requests that is for name k, counted from 0. */
double zipf_share(const struct zipf *z, uint32_t k);

/* Of caches that keep each name for a while after it was fetched: the share of requests that find nothing fresh, when `load`
 * requests, for all names together and at random, come in such a while. A name of share p is fetched once in the while and the 1 /
 * (load p) of a while that pass until the next request: for 1 / (1 + load p) of its requests. */
double zipf_missed(const struct zipf *z, double load);

/* For drawing; a table ends with free(). */
struct zipf_slot {
    uint32_t stays, other; /* chance to stay, in 2^-32; else it is the other name */
};
struct zipf_slot *zipf_table(const struct zipf *z);

/* A name, counted from 0. One draw. */
static inline uint32_t zipf_draw(const struct zipf_slot *table, uint32_t count, struct draw *d)
{
    unsigned __int128 wide = (unsigned __int128)draw_bits(d) * count;
    uint32_t k = (uint32_t)(wide >> 64);

    return (uint32_t)((uint64_t)wide >> 32) < table[k].stays ? k : table[k].other;
}

#endif
