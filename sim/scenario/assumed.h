/* assumed - ranges of numbers that nobody published: `lo..hi` in the unit of a field */
#ifndef STORMCELL_ASSUMED_H
#define STORMCELL_ASSUMED_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario/shape.h"
#include "stormcell/arena.h"

struct assumed_range {
    enum param_unit unit;
    bool whole; /* an integer: lo_whole and hi_whole hold it exactly */
    int64_t lo_whole, hi_whole;
    double lo, hi;
};

/* What reading a range needs. */
struct assumed_context {
    struct arena *arena;
    int64_t start_utc_s;
};

/* Reads a range of a value of that shape; false with what was expected in *problem. */
bool assumed_read(const struct assumed_context *c, const struct shape *shape, const char *text, struct assumed_range *out,
                  const char **problem);

/* The value at step `index` of `steps` even ones as a text that --set takes, malloc'ed. One step is the middle. */
char *assumed_value(const struct assumed_range *r, unsigned index, unsigned steps);

#endif
