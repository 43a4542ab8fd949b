/* overlay - changes a scenario before it is bound: strategies, --with, --set
 *
 * A path that ends at a whole part replaces it; null deletes; mappings on the way are made when the language has them. A file of
 * --with may nest instead: keys without dots merge into what is there.
 */
#ifndef STORMCELL_OVERLAY_H
#define STORMCELL_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "scenario/source.h"
#include "scenario/yaml_tree.h"

#define OVERLAY_STRATEGIES_MAX 256
#define OVERLAY_STEPS_MAX 2000

/* The scenario that is changed. */
struct overlay {
    struct source *source;
    struct node *root;
    size_t steps; /* done so far: combined strategies can multiply */
};

/* Each adds errors to the diag of the source, and goes on. */
void overlay_strategy(struct overlay *o, const char *name);
void overlay_with(struct overlay *o, const char *path);
void overlay_set(struct overlay *o, const char *assignment);

/* The paths that a strategy changes, combined ones included, in order; returns how many, in the arena. Says nothing of errors. */
size_t overlay_paths(struct arena *arena, const struct node *root, const char *name, const char ***paths);

#endif
