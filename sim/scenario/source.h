/* source - the files that a scenario is made of: the scenario, what it includes, overlays, tables of numbers */
#ifndef STORMCELL_SOURCE_H
#define STORMCELL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "scenario/yaml_tree.h"
#include "stormcell/arena.h"
#include "stormcell/diag.h"

/* Reads a whole file into *text (free it), at most `limit` bytes. false when the world failed, with a line at `cause` that names
 * the file. */
bool source_read(const char *path, size_t limit, struct place cause, struct diag *d, char **text, size_t *length);

/* `name` as seen from the file `from`: beside it, unless absolute. "<command line>" means the working folder. In the arena. */
const char *source_beside(struct arena *arena, const char *from, const char *name);

/* What reading trees needs. */
struct source {
    struct arena *arena;
    struct diag *diag;
    struct yaml_budget budget;
    bool in_memory; /* nothing may be read from the disk */
};

/* Reads one YAML file, without its includes; the root is a mapping. NULL with errors. */
struct node *source_tree(struct source *s, const char *path, struct place cause);

/* Reads a scenario with what it includes, in normal form. NULL when its own file cannot be read. */
struct node *source_scenario(struct source *s, const char *path);
struct node *source_scenario_memory(struct source *s, const char *name, const void *text, size_t length);

#endif
