/* gen - the language as the proto files tell it, for the writers of tables, schema and reference
 *
 * protoc-gen-stormcell reads a CodeGeneratorRequest into one struct gen_model: messages, enums, their comments and our
 * options (proto/options.proto), with everything derived that more than one writer needs: keys, units, words of enums, and
 * which messages are keyed by name. Then each writer walks the model and prints. What the language does not allow (a field
 * without a sentence of manual, a default outside its range) is refused here, at build time.
 *
 * The generator lives for a blink: nothing is freed.
 */
#ifndef STORMCELL_GEN_H
#define STORMCELL_GEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "google/protobuf/compiler/plugin.pb-c.h"
#include "stormcell/param.h"

struct gen_message;

/* One word of an enum. */
struct gen_value {
    const char *name; /* DROP_NEWEST */
    const char *word; /* newest */
    const char *doc;
    int number;
};

struct gen_enum {
    const char *name;                 /* BoundedQueue.Drop */
    const char *c_name;               /* stormcell__bounded_queue__drop */
    const char *full_name;            /* .stormcell.BoundedQueue.Drop */
    const struct gen_message *parent; /* NULL: at the top of its file */
    const char *doc;
    struct gen_value *values;
    size_t count;
};

/* What a field holds, as far as the language can tell. */
enum gen_type { GEN_INTEGER, GEN_UNSIGNED, GEN_DOUBLE, GEN_BOOL, GEN_TEXT, GEN_HASH, GEN_ENUM, GEN_MESSAGE };

struct gen_field {
    const char *name, *key;
    int number;
    enum gen_type type;
    enum param_unit unit;
    bool required, repeated, inlined, embeds, internal;
    bool has_range;
    double min, max;
    const char *refers;       /* NULL: nothing */
    const char *default_text; /* as in the proto file, or NULL */
    const char *oneof;        /* name of its oneof, or NULL */
    const char *doc;
    const char *type_name;              /* of messages and enums, full */
    const struct gen_message *message;  /* GEN_MESSAGE */
    const struct gen_enum *enumeration; /* GEN_ENUM */
};

struct gen_message {
    const char *name;      /* StaticLimit */
    const char *c_name;    /* stormcell__static_limit */
    const char *full_name; /* .stormcell.StaticLimit */
    const char *doc;
    const char *section; /* a line of dashes and words before it begins a section of the reference; or NULL */
    const char *shorthand;
    bool kind_by_name;
    bool keyed;               /* some list of it is a mapping by name: its first field is `required string name` */
    bool free_form;           /* keyed, and nothing but the name is the user's to write: a strategy */
    struct gen_field *fields; /* as declared */
    size_t count;
};

struct gen_model {
    struct gen_message *messages; /* in the order of the command line, then of the file */
    size_t message_count;
    struct gen_enum *enums;
    size_t enum_count;
};

/* Reads the files to generate; exits with a line on stderr when they break a rule of the language. */
struct gen_model gen_read(const Google__Protobuf__Compiler__CodeGeneratorRequest *request);

/* Is the list in `f` written as a mapping by name? */
bool gen_is_mapping(const struct gen_field *f);

/* The field that fills a message when its value is no mapping, or NULL. */
const struct gen_field *gen_shorthand(const struct gen_message *m);

/* The number of a default value; enums and texts have none. */
bool gen_default_number(const struct gen_field *f, double *out);

/* A number of the unit as a user writes it: 100ms, 15m, 95%, 1200/s, 65k. Returns out. */
char *gen_spell(enum param_unit unit, double value, char out[64]);

/* The range of a field as users read it: "1 to 65k", "at least 1ms"; false when it excludes nothing worth a word. */
bool gen_spell_range(const struct gen_field *f, char out[160]);

/* The word of an enum's default, a spelled number, or the text itself; NULL when there is none. */
const char *gen_spell_default(const struct gen_field *f);

/* The writers: each prints one file. */
void gen_write_params(const struct gen_model *m, FILE *out);
void gen_write_schema(const struct gen_model *m, FILE *out);
void gen_write_schema_text(const struct gen_model *m, FILE *out);
void gen_write_reference(const struct gen_model *m, FILE *out);

/* Helpers. gen_refuse() prints a line and exits with 1. */
_Noreturn void gen_refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));
void *gen_take(size_t count, size_t size);
char *gen_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
void gen_print_c_string(FILE *out, const char *text);

#endif
