/* check - does a bound scenario make sense?
 *
 * Everything that a single field cannot know: names, references, calls in circles, faults that nothing reaches, moments after the
 * end. All that is wrong is said, at its place. Parts that were wrong already when they were bound are passed over.
 */
#ifndef STORMCELL_CHECK_H
#define STORMCELL_CHECK_H

#include "scenario.pb-c.h"
#include "scenario/yaml_tree.h"
#include "stormcell/arena.h"
#include "stormcell/diag.h"

struct check_input {
    struct arena *arena;
    struct diag *diag;
    struct node *root;     /* the tree that was bound, overlays included */
    struct node *baseline; /* the tree of the file alone */
    bool clean;            /* nothing was wrong when it was bound */
};

/* Adds errors to the diag. Puts in defaults that depend on other parts (a sender's schedule). */
void check_scenario(const struct check_input *in, Stormcell__Scenario *m);

#endif
