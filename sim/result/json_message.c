/* json_message - one walk over descriptors serves every message, so a new field needs no line here */
#include "result/json_message.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stormcell/must.h"

/* The messages of the project nest some four deep; none holds itself. */
enum { DEPTH_MAX = 32 };

static void write_fields(struct json *j, const ProtobufCMessage *m, int depth);

/* ---------------------------------------------------------------- enums */

/* The prefix that all names share, up to and with a bar; one name alone shares nothing. */
static size_t common_prefix(const ProtobufCEnumDescriptor *e)
{
    size_t length = e->n_values > 1 ? strlen(e->values[0].name) : 0;

    for (unsigned i = 1; i < e->n_values; i++) {
        size_t same = 0;

        while (same < length && e->values[0].name[same] == e->values[i].name[same])
            same++;
        length = same;
    }
    while (length > 0 && e->values[0].name[length - 1] != '_')
        length--;
    return length;
}

void json_message_word(const ProtobufCEnumDescriptor *e, int value, char out[64])
{
    const ProtobufCEnumValue *v = protobuf_c_enum_descriptor_get_value(e, value);
    size_t n = 0;

    if (!v) {
        snprintf(out, 64, "?%d", value);
        return;
    }
    for (const char *c = v->name + common_prefix(e); *c && n < 63; c++)
        out[n++] = (char)tolower((unsigned char)*c);
    out[n] = 0;
}

/* ---------------------------------------------------------------- values */

static void write_hex(struct json *j, const uint8_t *data, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    char *text = xmalloc(2 * length + 1);

    for (size_t i = 0; i < length; i++) {
        text[2 * i] = digits[data[i] >> 4];
        text[2 * i + 1] = digits[data[i] & 15];
    }
    text[2 * length] = 0;
    json_string(j, text);
    free(text);
}

static void write_hash(struct json *j, uint64_t hash)
{
    char text[20];

    snprintf(text, sizeof text, "%016llx", (unsigned long long)hash);
    json_string(j, text);
}

static void write_word(struct json *j, const ProtobufCEnumDescriptor *e, int value)
{
    char word[64];

    json_message_word(e, value, word);
    json_string(j, word);
}

/* One value of the field at `at`: an element of an array, or a member of the struct. */
static void write_value(struct json *j, const ProtobufCFieldDescriptor *f, const void *at, int depth)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        json_integer(j, *(const int32_t *)at);
        break;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        json_integer(j, *(const int64_t *)at);
        break;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        json_unsigned(j, *(const uint32_t *)at);
        break;
    case PROTOBUF_C_TYPE_UINT64:
        json_unsigned(j, *(const uint64_t *)at);
        break;
    case PROTOBUF_C_TYPE_FIXED64:
        write_hash(j, *(const uint64_t *)at);
        break;
    case PROTOBUF_C_TYPE_FLOAT:
        json_double(j, *(const float *)at);
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        json_double(j, *(const double *)at);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        json_bool(j, *(const protobuf_c_boolean *)at);
        break;
    case PROTOBUF_C_TYPE_ENUM:
        write_word(j, f->descriptor, *(const int *)at);
        break;
    case PROTOBUF_C_TYPE_STRING:
        json_string(j, *(char *const *)at);
        break;
    case PROTOBUF_C_TYPE_BYTES: {
        const ProtobufCBinaryData *b = at;

        write_hex(j, b->data, b->len);
        break;
    }
    case PROTOBUF_C_TYPE_MESSAGE:
        json_open_object(j);
        write_fields(j, *(ProtobufCMessage *const *)at, depth + 1);
        json_close_object(j);
        break;
    }
}

/* ---------------------------------------------------------------- fields */

static size_t element_size(const ProtobufCFieldDescriptor *f)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return sizeof(int64_t);
    case PROTOBUF_C_TYPE_DOUBLE:
        return sizeof(double);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    default:
        return sizeof(int32_t); /* 32-bit numbers, float, enums, and protobuf_c_boolean, which is an int */
    }
}

/* Is the singular field there? Texts and messages are when their pointer is set (and a text is not the schema's default); a member
 * of a oneof is when the case names it; the others have a flag, or the case, at quantifier_offset. Required ones always are. */
static bool is_present(const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f)
{
    const char *base = (const char *)m;
    const void *member = base + f->offset;

    if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF && *(const uint32_t *)(base + f->quantifier_offset) != f->id)
        return false;
    if (f->type == PROTOBUF_C_TYPE_STRING || f->type == PROTOBUF_C_TYPE_MESSAGE) {
        const void *pointer = *(const void *const *)member;

        return pointer && (f->label == PROTOBUF_C_LABEL_REQUIRED || pointer != f->default_value);
    }
    if (f->label == PROTOBUF_C_LABEL_REQUIRED || f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return true;
    return *(const protobuf_c_boolean *)(base + f->quantifier_offset);
}

static void write_field(struct json *j, const ProtobufCMessage *m, const ProtobufCFieldDescriptor *f, int depth)
{
    const char *base = (const char *)m;

    if (f->label != PROTOBUF_C_LABEL_REPEATED) {
        if (is_present(m, f)) {
            json_key(j, f->name);
            write_value(j, f, base + f->offset, depth);
        }
        return;
    }
    size_t count = *(const size_t *)(base + f->quantifier_offset);
    const char *elements = *(const char *const *)(base + f->offset);

    json_key(j, f->name);
    json_open_array(j);
    for (size_t i = 0; i < count; i++)
        write_value(j, f, elements + i * element_size(f), depth);
    json_close_array(j);
}

static void write_fields(struct json *j, const ProtobufCMessage *m, int depth)
{
    must(depth < DEPTH_MAX);
    for (unsigned i = 0; i < m->descriptor->n_fields; i++)
        write_field(j, m, &m->descriptor->fields[i], depth);
}

void json_message_fields(struct json *j, const ProtobufCMessage *m)
{
    write_fields(j, m, 0);
}

void json_message(struct json *j, const ProtobufCMessage *m)
{
    json_open_object(j);
    write_fields(j, m, 0);
    json_close_object(j);
}
