/* yaml_tree - a YAML file as a tree in which every node knows its place
 *
 * Read by the events of libyaml, so that its gaps are closed on the way: depth and number of nodes are bounded (aliases count as
 * what they expand to), an anchor cannot contain itself, a key stands once in a mapping, `<<` merges, a second document is refused.
 * Text that is no UTF-8 is refused before libyaml sees it. Every node has one parent: an alias is a copy. Nodes live in an arena.
 */
#ifndef STORMCELL_YAML_TREE_H
#define STORMCELL_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "stormcell/arena.h"
#include "stormcell/diag.h"

#define YAML_DEPTH_MAX 64
#define YAML_NODES_MAX 200000
#define YAML_BYTES_MAX (16u << 20)

enum node_kind { NODE_TEXT, NODE_MAP, NODE_LIST };

struct node {
    enum node_kind kind;
    bool plain;    /* text without quotes, so that null is nothing */
    bool verbatim; /* the bytes of the file are those of the text: a place inside it can be counted */
    bool wrapped;  /* a mapping that stands for a plain value: its key was not written */
    bool elided;   /* a part whose keys were written in its parent */
    bool bad;      /* said to be wrong already */
    struct place at;
    const char *key; /* in a mapping */
    struct place key_at;
    const char *text;
    struct node *first, *last, *next; /* children; the next child of the parent */
    size_t count;                     /* children */
    size_t size, height;              /* of the subtree as it was read: nodes, levels */
};

/* What a reader may still use. One for all files of a scenario. */
struct yaml_budget {
    size_t nodes_left;
};

/* Reads one document. NULL with errors in `d` when it cannot be read; a duplicate key is an error too, but the rest is read. `name`
 * is borrowed for the life of the arena. */
struct node *yaml_tree_read(struct arena *arena, struct diag *d, const char *name, const void *text, size_t length,
                            struct yaml_budget *budget);

/* Is it null (`~`, `null` or nothing at all)? */
bool node_null(const struct node *n);

/* The child of that key, or of that index, or NULL. */
struct node *node_find(const struct node *map, const char *key);
struct node *node_at(const struct node *list, size_t index);

/* Puts a child at the end. */
void node_append(struct node *parent, struct node *child);

/* Takes a child out of its parent. */
void node_remove(struct node *parent, struct node *child);

/* Puts `child` where `old` stands, with the key of `old`. */
void node_replace(struct node *parent, struct node *old, struct node *child);

/* A copy of the whole subtree. */
struct node *node_copy(struct arena *arena, const struct node *n);

/* A new empty mapping or list at a place. */
struct node *node_create(struct arena *arena, enum node_kind kind, struct place at);

/* What it is, in words: a mapping, a list, nothing, or the text in quotes. */
const char *node_words(struct diag *d, const struct node *n);

#endif
