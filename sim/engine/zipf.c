/* zipf - names of which some are asked for much more often than others */
#include "stormcell/zipf.h"

#include <stdlib.h>

#include "stormcell/must.h"

enum { SINGLE_NAMES = 64 };

static double weight(double exponent, double k)
{
    return exact_exp(-exponent * exact_log(k));
}

/* The weights of the names from `from` to `to` (from 1, `to` not among them) as an area: from the 65th on true to a part in
 * 100,000. */
static double area(double exponent, double from, double to)
{
    double e = 1 - exponent, a = exact_log(from - 0.5), b = exact_log(to - 0.5);

    if (e > -1e-6 && e < 1e-6)
        return b - a;
    return (exact_exp(e * b) - exact_exp(e * a)) / e;
}

void zipf_start(struct zipf *z, uint32_t count, double exponent)
{
    double sum = 0;

    *z = (struct zipf){.count = count, .exponent = exponent};
    for (uint32_t from = 1, to; from <= count; from = to) {
        struct zipf_block *b = &z->blocks[z->block_count++];
        uint32_t names = from <= SINGLE_NAMES ? 1 : from / 20;

        must(z->block_count <= ZIPF_BLOCKS);
        to = names < count + 1 - from ? from + names : count + 1;
        b->names = to - from;
        b->share = from <= SINGLE_NAMES ? weight(exponent, from) : area(exponent, from, to) / b->names;
        sum += b->share * b->names;
    }
    z->scale = 1 / sum;
    for (uint32_t i = 0; i < z->block_count; i++)
        z->blocks[i].share *= z->scale;
}

double zipf_share(const struct zipf *z, uint32_t k)
{
    return weight(z->exponent, k + 1.0) * z->scale;
}

double zipf_missed(const struct zipf *z, double load)
{
    double sum = 0;

    for (uint32_t i = 0; i < z->block_count; i++)
        sum += z->blocks[i].names * z->blocks[i].share / (1 + load * z->blocks[i].share);
    return sum;
}

/* A chance as a number of 32 bits; what is certain misses by 2^-32. */
static uint32_t chance(double p)
{
    return p < 1 ? (uint32_t)(p * 0x1p32) : UINT32_MAX;
}

/* Fills the slots of names that are asked for less than the mean from those that are asked for more. */
static void pair(struct zipf_slot *table, double *times, uint32_t count, uint32_t *unpaired)
{
    uint32_t low = 0, high = count; /* unpaired[0..low) are below the mean, unpaired[high..count) are not */

    for (uint32_t k = 0; k < count; k++)
        unpaired[times[k] < 1 ? low++ : --high] = k;
    while (low > 0 && high < count) {
        uint32_t poor = unpaired[--low], rich = unpaired[high];

        table[poor] = (struct zipf_slot){.stays = chance(times[poor]), .other = rich};
        times[rich] -= 1 - times[poor];
        if (times[rich] < 1) {
            high++;
            unpaired[low++] = rich;
        }
    }
    /* What is left is the mean, but for rounding. */
    while (low > 0)
        table[unpaired[low - 1]] = (struct zipf_slot){.stays = UINT32_MAX, .other = unpaired[low - 1]}, low--;
    for (; high < count; high++)
        table[unpaired[high]] = (struct zipf_slot){.stays = UINT32_MAX, .other = unpaired[high]};
}

struct zipf_slot *zipf_table(const struct zipf *z)
{
    struct zipf_slot *table = xcalloc(z->count, sizeof *table);
    double *times = xcalloc(z->count, sizeof *times), sum = 0; /* how many times the mean each is asked for */
    uint32_t *unpaired = xcalloc(z->count, sizeof *unpaired);

    for (uint32_t k = 0; k < z->count; k++)
        sum += times[k] = weight(z->exponent, k + 1.0);
    for (uint32_t k = 0; k < z->count; k++)
        times[k] *= z->count / sum;
    pair(table, times, z->count, unpaired);
    free(times);
    free(unpaired);
    return table;
}
