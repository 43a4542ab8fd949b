/* share - a whole cut into pieces by shares, with borders between whole things */
#ifndef BASE_SHARE_H
#define BASE_SHARE_H

#include <stdint.h>

/* The border after the pieces that have `so_far` of all together, to the nearest whole; the little more makes halves go up, however
 * the shares were rounded when they were added. */
static inline uint32_t share_border(double so_far, uint32_t count)
{
    double border = so_far * count + 0.5 + 1e-9;

    return border < count ? (uint32_t)border : count;
}

#endif
