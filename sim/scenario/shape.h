/* shape - what the language allows at a place of the tree
 *
 * Read off the descriptors and the parameter table alone, so that a new message or field needs nothing here. A shape is a value to
 * copy.
 */
#ifndef STORMCELL_SHAPE_H
#define STORMCELL_SHAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "stormcell/arena.h"
#include "stormcell/diag.h"
#include "stormcell/param.h"

enum shape_kind {
    SHAPE_VALUE,   /* a scalar */
    SHAPE_VALUES,  /* a list of scalars, or a single one */
    SHAPE_MESSAGE, /* a mapping with known keys */
    SHAPE_NAMED,   /* a mapping from names to messages */
    SHAPE_LIST,    /* a list of messages */
    SHAPE_OVERLAY, /* a strategy: paths and values of any shape, or a list of names */
};

struct shape {
    enum shape_kind kind;
    const struct param_message *message;   /* of the mapping, or of each entry */
    const ProtobufCFieldDescriptor *field; /* that holds it; NULL for the root and for entries */
    const struct param *param;             /* of that field */
    bool entry;                            /* a message whose name is the key above it */
};

/* Where a key of a message leads: to a field, or through an inlined part (`via`) to a key of that. */
struct shape_key {
    bool has_via;
    struct shape via, shape;
};

#define SHAPE_KEYS_MAX 64

/* The whole scenario. */
struct shape shape_root(void);

/* The shape of one field of a message. */
struct shape shape_of_field(const struct param_message *message, size_t index);

/* Looks a key up in a message; false when there is no such key. */
bool shape_find(const struct shape *message, const char *key, struct shape_key *out);

/* The entry of that name in a named list: a kind, or the message of the list. */
struct shape shape_entry(const struct shape *named, const char *name);

/* The elements of a list. */
struct shape shape_element(const struct shape *list);

/* The field that a value that is no mapping fills; false when there is none. */
bool shape_shorthand(const struct shape *message, struct shape *out);

/* Are these two fields of one oneof? */
bool shape_same_choice(const ProtobufCFieldDescriptor *a, const ProtobufCFieldDescriptor *b);

/* Does a list element carry a name of its own (a runbook step)? */
bool shape_has_name(const struct param_message *message);

/* The keys that may stand in it, inlined ones included; returns how many. */
size_t shape_keys(const struct shape *message, const char *keys[SHAPE_KEYS_MAX]);

/* "one of a, b or c", in the arena; a long list is cut. */
const char *shape_words(struct arena *arena, const char *const *words, size_t count);

/* Are there so few errors that somebody reads suggestions? */
bool shape_suggests(const struct diag *d);

/* diag_nearest() as long as somebody reads suggestions. */
const char *shape_nearest(const struct diag *d, const char *word, const char *const *candidates, size_t count);

/* "a duration such as 30s", "one of even, zipf, shares": what a field or part is expected to be. */
const char *shape_expected(struct arena *arena, const struct shape *s);

#endif
