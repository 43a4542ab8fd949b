/* bind - a tree in normal form into a message, by its descriptor
 *
 * Fills any message of the language: units, ranges, words, names, kinds and defaults come from the descriptor and the parameter
 * table, and nothing here knows a field by its name but `name`. What is wrong is said, with its place, and left at its default; a
 * required part that is missing is there, but empty, so that the checks that follow may read everything.
 */
#ifndef STORMCELL_BIND_H
#define STORMCELL_BIND_H

#include <stdbool.h>
#include <stdint.h>

#include "scenario.pb-c.h"
#include "scenario/yaml_tree.h"
#include "stormcell/arena.h"
#include "stormcell/diag.h"

struct binder {
    struct arena *arena;
    struct diag *diag;
    int64_t start_utc_s; /* clock times are read against it */
    bool in_memory;      /* no file may be embedded */
};

/* Returns a new message, never NULL; free it with stormcell__scenario__free_unpacked(m, NULL). Nodes with errors are marked bad. */
Stormcell__Scenario *bind_scenario(struct binder *b, struct node *root);

/* The place to show for a part: of its key when it is large, of the value when it is a text. */
struct place node_place(const struct node *n);

#endif
