/* embed - tables of numbers in CSV files, read into the message
 *
 * The first line names the columns; cells are separated by commas and may stand in double quotes. Numbers are read digit by digit,
 * so that 0.1 s is 100,000,000 ns. A cell that cannot be read is an error at its own line and column. Empty lines are skipped; an
 * empty cell is skipped in an empirical distribution, an error in a trace, and not-a-number in a measured series.
 */
#ifndef STORMCELL_EMBED_H
#define STORMCELL_EMBED_H

#include <stdbool.h>

#include "scenario.pb-c.h"
#include "stormcell/arena.h"
#include "stormcell/diag.h"

#define EMBED_BYTES_MAX (256u << 20)

/* Where a file is read for, and what is said when it cannot be. */
struct embed {
    struct arena *arena;
    struct diag *diag;
    struct place cause; /* of the key `file` */
    const char *path;   /* in the scenario: people.trace.file */
};

/* Fill values_ns; at_ns and partitions; times_ns and values; and the hash. false with errors. */
bool embed_empirical(const struct embed *e, Stormcell__Empirical *m);
bool embed_trace(const struct embed *e, Stormcell__Trace *m);
bool embed_measured(const struct embed *e, Stormcell__Measured *m);

#endif
