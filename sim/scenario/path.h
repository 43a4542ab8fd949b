/* path - one grammar of paths for overlays, --set, errors and ranges
 *
 *     hub.delivery.calls.resolve.timeout     a named noun, then keys and names
 *     people.rate  hub.delivery.bulkhead     inlined parts may be left out
 *     shop.buy.work                          and so may the list of a part that has a name (operations)
 *     clock.run    services.hub.workers      or a key of the scenario first
 *     runbook[0].at  runbook.cure.at         an element by number, counted from 0, or by its name
 *
 * The nouns are services, transports, populations, faults, links, lanes and named runbook steps; a name stands once among all of
 * them. The tree is in normal form.
 */
#ifndef STORMCELL_PATH_H
#define STORMCELL_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "scenario/shape.h"
#include "scenario/yaml_tree.h"
#include "stormcell/arena.h"
#include "stormcell/diag.h"

/* What finding a path needs. */
struct path_context {
    struct arena *arena;
    struct diag *diag; /* for quoting only */
    struct node *root;
};

/* Where a path ends. */
struct path_end {
    struct node *node;    /* what stands there, or NULL */
    struct node *nearest; /* that, or the nearest thing around it that is there */
    struct node *parent;  /* of the node, or of where it would stand; NULL when that is not there either */
    struct shape parent_shape, shape;
    const char *key; /* in the parent, if that is a mapping */
    size_t index;    /* in the parent, if that is a list */
    bool by_name;    /* an element of a list, found by its name, which is `key` */
};

enum path_purpose {
    PATH_LOOK,   /* what stands there, if anything */
    PATH_SET,    /* the last part may be a new name */
    PATH_CREATE, /* as PATH_SET, and mappings on the way are made */
};

/* Follows a path. false, with a line that says what is unknown and what was expected, when the language has no such path or a name
 * on the way is not there; end->nearest is set even then. */
bool path_find(const struct path_context *c, const char *path, enum path_purpose purpose, struct path_end *end,
               const char **problem);

/* One noun of the scenario. */
struct noun {
    const char *name, *kind;
    struct node *node;
};

/* All nouns in the order of the scenario, in the arena; returns how many. */
size_t path_nouns(struct arena *arena, const struct node *root, struct noun **nouns);

/* "parent.key"; an empty parent leaves "key". */
const char *path_join(struct arena *arena, const char *parent, const char *key);

#endif
