/* select - which entities, partitions and epochs a metric speaks of, and what was counted there
 *
 * A selection is made of the labels and the window of one metric in one result, lives in an arena, and is used once. What the
 * result does not know (a name, a partition, a window that the run did not keep apart) is refused with a line that says what
 * there is.
 */
#ifndef STORMCELL_SELECT_H
#define STORMCELL_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "result.pb-c.h"
#include "stormcell/arena.h"
#include "stormcell/metric.h"
#include "stormcell/tally.h"

struct selection {
    const Stormcell__Result *r;
    const struct metric_ref *ref;
    bool *entities, *partitions, *regions, *epochs;
    size_t entity_count, partition_count, region_count; /* of those selected */
    bool by_partition;                                  /* a label chooses partitions, by number, region or group */
    int64_t window_ns;                                  /* length of all epochs selected */
    char *message;                                      /* 256 bytes: why something is refused */
};

enum { MESSAGE_MAX = 256 };

/* The kinds of entity that a metric may speak of, as bits. */
enum { SELECT_POPULATION = 1 << 0, SELECT_SERVICE = 1 << 1, SELECT_TRANSPORT = 1 << 2 };

/* Fills r, ref and message must be set. `kinds`: taken when no label names one; `named`: taken when a label does. */
bool select_entities(struct selection *s, struct arena *arena, unsigned kinds, unsigned named);
bool select_partitions(struct selection *s, struct arena *arena);
bool select_epochs(struct selection *s, struct arena *arena);

/* Writes why, and returns false. */
bool select_refuse(struct selection *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The region of a partition; 0 where there are none. */
size_t select_region_of(const Stormcell__Result *r, size_t partition);

/* Does the metric have this label? */
bool select_has(const struct metric_ref *ref, const char *label);

/* The one value that `label = value` demands; NULL when the label is absent or is no plain equality. */
const char *select_only(const struct metric_ref *ref, const char *label);

/* The text, or an empty one. */
const char *select_text(const char *text);

/* Length of an epoch. */
int64_t select_epoch_ns(const Stormcell__Epoch *e);

/* Adds the counters of all cells selected. */
void select_counts(const struct selection *s, uint64_t counts[COUNT_MAX]);

/* Adds one sample of all cells selected; `out` is a histogram to be freed. */
void select_sample(const struct selection *s, enum sample sample, struct histogram *out);

/* Adds a stored histogram to one in memory. */
void select_merge(struct histogram *to, const Stormcell__Histogram *from);

/* The histogram of a sample in a cell, or NULL. */
const Stormcell__Histogram *select_histogram(const Stormcell__Cell *cell, enum sample sample);

#endif
