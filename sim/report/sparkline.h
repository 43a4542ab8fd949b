/* sparkline - a series in one line of text */
#ifndef STORMCELL_SPARKLINE_H
#define STORMCELL_SPARKLINE_H

#include <stddef.h>

/* Draws `count` values into `columns` characters of UTF-8, eight heights, `top` being the highest; a character shows the
 * greatest value of its stretch, or with `least` the least (for shares, where the dip matters). Nothing, not-a-number, is a
 * blank. Memory to be freed. */
char *sparkline(const double *values, size_t count, unsigned columns, double top, int least);

#endif
