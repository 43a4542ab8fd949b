/* normal_form - one tree for every way to write the same
 *
 * The language lets keys of inlined parts stand in their parent, and a plain value stand for a mapping. Here each key moves to the
 * mapping that holds its field, so that paths, overlays and the binder know one form only. What the language does not know stays
 * where it is: the binder says so.
 */
#ifndef STORMCELL_NORMAL_FORM_H
#define STORMCELL_NORMAL_FORM_H

#include "scenario/shape.h"
#include "scenario/yaml_tree.h"
#include "stormcell/arena.h"

/* Brings a subtree of that shape into normal form, in place. */
void normal_form(struct arena *arena, struct node *n, const struct shape *shape);

/* Puts `child` under `key` into a message: it replaces what stands there, and other choices of the same oneof go. */
void normal_put(const struct shape *message, struct node *map, struct node *child);

/* Lays `over` on `base`, both in normal form: mappings merge, null deletes what is there, everything else replaces. */
void normal_merge(struct node *base, struct node *over, const struct shape *shape);

#endif
