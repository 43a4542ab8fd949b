/* param - what the language says of each of its keys, at run time
 *
 * Generated from proto/scenario.proto and proto/control.proto by proto/protoc-gen-stormcell: units, ranges, defaults and sentences
 * of manual exist nowhere else. Read by the loader, the schema writer, the reference page and `explain`.
 */
#ifndef STORMCELL_PARAM_H
#define STORMCELL_PARAM_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

/* The unit of a field, from its suffix. */
enum param_unit {
    PARAM_PLAIN,
    PARAM_DURATION, /* _ns, int64 */
    PARAM_MOMENT,   /* _t_ns, int64 from the start of the run */
    PARAM_DATETIME, /* _utc_s, int64 seconds since 1970 */
    PARAM_RATE,     /* _per_s, double */
    PARAM_SHARE,    /* _ratio, double */
};

/* One field of a message. */
struct param {
    const char *field; /* window_ns */
    const char *key;   /* window */
    enum param_unit unit;
    bool required, inlined, embeds, internal;
    bool has_range;
    double min, max;
    const char *refers; /* NULL: nothing */
    const char *doc;    /* the comment, one paragraph, never NULL */
};

/* One word of an enum. */
struct param_word {
    const char *word; /* newest, from DROP_NEWEST */
    int value;
    const char *doc;
};

struct param_enum {
    const ProtobufCEnumDescriptor *descriptor;
    const char *doc;
    const struct param_word *words;
    size_t count;
};

/* One message; params[i] belongs to descriptor->fields[i]. */
struct param_message {
    const ProtobufCMessageDescriptor *descriptor;
    const char *doc;
    const char *shorthand; /* field that a value that is no mapping fills, or NULL */
    bool kind_by_name;
    const struct param *params;
    size_t count;
};

/* All of them, in the order of the proto files. */
extern const struct param_message param_messages[];
extern const size_t param_messages_count;
extern const struct param_enum param_enums[];
extern const size_t param_enums_count;

/* The entry of a message or enum of the language; never NULL for those. */
const struct param_message *param_of(const ProtobufCMessageDescriptor *descriptor);
const struct param_enum *param_enum_of(const ProtobufCEnumDescriptor *descriptor);

#endif
