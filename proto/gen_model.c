/* gen_model - reads protoc's request into the model of gen.h
 *
 * Three passes: declare (names, options, comments), link (types by full name), check (the rules of the language). protobuf-c knows
 * nothing of our options, so that they arrive as unknown fields of the standard options and are decoded by hand here.
 */
#include "gen.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef Google__Protobuf__FileDescriptorProto file_proto;
typedef Google__Protobuf__DescriptorProto message_proto;
typedef Google__Protobuf__FieldDescriptorProto field_proto;
typedef Google__Protobuf__EnumDescriptorProto enum_proto;
typedef Google__Protobuf__SourceCodeInfo__Location location_proto;

/* Numbers of our options, from proto/options.proto. */
enum {
    OPTION_RANGE = 50001,
    OPTION_REFERS = 50002,
    OPTION_INLINED = 50003,
    OPTION_EMBEDS = 50004,
    OPTION_INTERNAL = 50005,
    OPTION_SHORTHAND = 50101,
    OPTION_KIND_BY_NAME = 50102,
};

/* Numbers of fields in descriptor.proto: the steps of a path in source_code_info. */
enum { PATH_FILE_MESSAGE = 4, PATH_FILE_ENUM = 5, PATH_MESSAGE_FIELD = 2, PATH_MESSAGE_ENUM = 4, PATH_ENUM_VALUE = 2 };

/* Nesting of messages in messages, far above what the language needs: the check for cycles stops here. */
enum { DEPTH_MAX = 16 };

_Noreturn void gen_refuse(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs("protoc-gen-stormcell: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

void *gen_take(size_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);

    if (!memory)
        gen_refuse("out of memory");
    return memory;
}

char *gen_format(const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        gen_refuse("out of memory");
    va_end(arguments);
    return text;
}

/* ---------------------------------------------------------------- names */

/* StaticLimit -> static_limit, as protoc-c does it: a bar before every capital that follows a small letter. */
static char *snake(const char *camel)
{
    char *out = gen_take(2 * strlen(camel) + 1, 1);
    size_t n = 0;
    bool was_upper = true;

    for (; *camel; camel++) {
        bool is_upper = isupper((unsigned char)*camel);

        if (is_upper && !was_upper)
            out[n++] = '_';
        out[n++] = (char)tolower((unsigned char)*camel);
        was_upper = is_upper;
    }
    return out;
}

static char *upper(const char *text)
{
    char *out = gen_format("%s", text);

    for (char *c = out; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return out;
}

static char *lower(const char *text)
{
    char *out = gen_format("%s", text);

    for (char *c = out; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return out;
}

static const struct {
    const char *suffix;
    enum param_unit unit;
    enum gen_type type;
} units[] = {
    /* _t_ns before _ns: the first that fits is taken. */
    {"_t_ns", PARAM_MOMENT, GEN_INTEGER}, {"_ns", PARAM_DURATION, GEN_INTEGER}, {"_utc_s", PARAM_DATETIME, GEN_INTEGER},
    {"_per_s", PARAM_RATE, GEN_DOUBLE},   {"_ratio", PARAM_SHARE, GEN_DOUBLE},
};

/* Splits `share_ratio` into key and unit. */
static void name_field(struct gen_field *f, const char *owner)
{
    f->key = f->name;
    f->unit = PARAM_PLAIN;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        size_t length = strlen(f->name), cut = strlen(units[i].suffix);

        if (length <= cut || strcmp(f->name + length - cut, units[i].suffix) != 0)
            continue;
        if (f->type != units[i].type)
            gen_refuse("%s.%s: a field that ends in %s must be %s", owner, f->name, units[i].suffix,
                       units[i].type == GEN_INTEGER ? "an int64" : "a double");
        f->key = gen_format("%.*s", (int)(length - cut), f->name);
        f->unit = units[i].unit;
        return;
    }
}

/* Length of the longest common prefix of all value names that ends in a bar. */
static size_t common_prefix(const enum_proto *e)
{
    const char *first = e->value[0]->name;
    size_t length = strlen(first);

    for (size_t i = 1; i < e->n_value; i++) {
        size_t same = 0;

        while (same < length && first[same] == e->value[i]->name[same])
            same++;
        length = same;
    }
    while (length > 0 && first[length - 1] != '_')
        length--;
    return length;
}

/* A single value shares a prefix with nobody: the names of the enum and of the message around it are tried. */
static size_t derived_prefix(const char *value, const char *name, const char *parent)
{
    const char *candidates[3] = {upper(snake(name)), NULL, NULL};

    if (parent) {
        candidates[1] = upper(snake(parent));
        candidates[2] = gen_format("%s_%s", candidates[1], candidates[0]);
    }
    for (int i = 2; i >= 0; i--) {
        size_t length = candidates[i] ? strlen(candidates[i]) : 0;

        if (length && strncmp(value, candidates[i], length) == 0 && value[length] == '_' && value[length + 1])
            return length + 1;
    }
    return 0;
}

/* ---------------------------------------------------------------- comments */

/* One paragraph: lines joined, blanks squeezed. NULL for an empty one. */
static char *paragraph(const char *comment)
{
    char *out;
    size_t n = 0;

    if (!comment)
        return NULL;
    out = gen_take(strlen(comment) + 1, 1);
    for (; *comment; comment++) {
        char c = isspace((unsigned char)*comment) ? ' ' : *comment;

        if (c != ' ' || (n > 0 && out[n - 1] != ' '))
            out[n++] = c;
    }
    while (n > 0 && out[n - 1] == ' ')
        n--;
    out[n] = 0;
    return n ? out : NULL;
}

static const location_proto *location(const file_proto *file, const int *path, size_t length)
{
    for (size_t i = 0; i < file->source_code_info->n_location; i++) {
        const location_proto *l = file->source_code_info->location[i];

        if (l->n_path == length && memcmp(l->path, path, length * sizeof *path) == 0)
            return l;
    }
    return NULL;
}

static char *leading(const file_proto *file, const int *path, size_t length)
{
    const location_proto *l = location(file, path, length);

    return l ? paragraph(l->leading_comments) : NULL;
}

/* `// -------- mail` before a message begins a section: "mail". */
static char *section(const file_proto *file, const int *path, size_t length)
{
    const location_proto *l = location(file, path, length);

    for (size_t i = 0; l && i < l->n_leading_detached_comments; i++) {
        char *line = paragraph(l->leading_detached_comments[i]);

        if (line && strncmp(line, "----", 4) == 0)
            return line + strspn(line, "- ");
    }
    return NULL;
}

/* ---------------------------------------------------------------- options */

/* The payload of a length-prefixed unknown field: protobuf-c keeps the prefix. */
static const uint8_t *payload(const ProtobufCMessageUnknownField *u, size_t *length)
{
    size_t i = 0;

    while (i < u->len && u->data[i] & 0x80)
        i++;
    i++;
    *length = i <= u->len ? u->len - i : 0;
    return u->data + i;
}

static char *option_text(const ProtobufCMessageUnknownField *u)
{
    size_t length;
    const uint8_t *data = payload(u, &length);

    return gen_format("%.*s", (int)length, (const char *)data);
}

static bool option_bool(const ProtobufCMessageUnknownField *u)
{
    return u->len > 0 && u->data[0] != 0;
}

/* A Range holds two doubles: tag 9 (field 1, 64 bits) and tag 17 (field 2). Both must be given. */
static void option_range(const ProtobufCMessageUnknownField *u, struct gen_field *f, const char *owner)
{
    size_t length;
    const uint8_t *data = payload(u, &length);
    unsigned seen = 0;

    for (size_t i = 0; i + 9 <= length; i += 9) {
        uint64_t bits = 0;
        double value;

        for (int b = 7; b >= 0; b--)
            bits = bits << 8 | data[i + 1 + (size_t)b];
        memcpy(&value, &bits, sizeof value);
        if (data[i] == 9)
            f->min = value, seen |= 1;
        else if (data[i] == 17)
            f->max = value, seen |= 2;
    }
    if (seen != 3)
        gen_refuse("%s.%s: a range needs both min and max", owner, f->name);
    f->has_range = true;
}

static void read_field_options(const field_proto *p, struct gen_field *f, const char *owner)
{
    const ProtobufCMessage *base = p->options ? &p->options->base : NULL;

    for (unsigned i = 0; base && i < base->n_unknown_fields; i++) {
        const ProtobufCMessageUnknownField *u = &base->unknown_fields[i];

        switch (u->tag) {
        case OPTION_RANGE:
            option_range(u, f, owner);
            break;
        case OPTION_REFERS:
            f->refers = option_text(u);
            break;
        case OPTION_INLINED:
            f->inlined = option_bool(u);
            break;
        case OPTION_EMBEDS:
            f->embeds = option_bool(u);
            break;
        case OPTION_INTERNAL:
            f->internal = option_bool(u);
            break;
        default:
            gen_refuse("%s.%s: option %u is unknown to the generator", owner, f->name, (unsigned)u->tag);
        }
    }
}

static void read_message_options(const message_proto *p, struct gen_message *m)
{
    const ProtobufCMessage *base = p->options ? &p->options->base : NULL;

    for (unsigned i = 0; base && i < base->n_unknown_fields; i++) {
        const ProtobufCMessageUnknownField *u = &base->unknown_fields[i];

        switch (u->tag) {
        case OPTION_SHORTHAND:
            m->shorthand = option_text(u);
            break;
        case OPTION_KIND_BY_NAME:
            m->kind_by_name = option_bool(u);
            break;
        default:
            gen_refuse("%s: option %u is unknown to the generator", m->name, (unsigned)u->tag);
        }
    }
}

/* ---------------------------------------------------------------- declare */

static enum gen_type type_of(const field_proto *p, const char *owner)
{
    switch (p->type) {
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_INT64:
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_INT32:
        return GEN_INTEGER;
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_UINT64:
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_UINT32:
        return GEN_UNSIGNED;
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_DOUBLE:
        return GEN_DOUBLE;
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_BOOL:
        return GEN_BOOL;
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_STRING:
        return GEN_TEXT;
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_FIXED64:
        return GEN_HASH;
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_ENUM:
        return GEN_ENUM;
    case GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__TYPE__TYPE_MESSAGE:
        return GEN_MESSAGE;
    default:
        gen_refuse("%s.%s: the language has no fields of this type", owner, p->name);
    }
}

static void declare_enum(struct gen_model *model, const file_proto *file, const enum_proto *p, const int *path, size_t length,
                         const struct gen_message *parent)
{
    struct gen_enum *e = &model->enums[model->enum_count++];
    size_t prefix = p->n_value > 1 ? common_prefix(p) : derived_prefix(p->value[0]->name, p->name, parent ? parent->name : NULL);
    int value_path[8];

    memcpy(value_path, path, length * sizeof *path);
    value_path[length] = PATH_ENUM_VALUE;
    e->name = parent ? gen_format("%s.%s", parent->name, p->name) : p->name;
    e->c_name = gen_format("%s__%s", parent ? parent->c_name : file->package, snake(p->name));
    e->full_name = gen_format("%s.%s", parent ? parent->full_name : gen_format(".%s", file->package), p->name);
    e->parent = parent;
    e->doc = leading(file, path, length);
    e->count = p->n_value;
    e->values = gen_take(e->count, sizeof *e->values);
    for (size_t i = 0; i < e->count; i++) {
        const location_proto *l;

        value_path[length + 1] = (int)i;
        l = location(file, value_path, length + 2);
        e->values[i].name = p->value[i]->name;
        e->values[i].word = lower(p->value[i]->name + prefix);
        e->values[i].number = p->value[i]->number;
        e->values[i].doc = l ? paragraph(l->trailing_comments ? l->trailing_comments : l->leading_comments) : NULL;
    }
}

static void declare_message(struct gen_model *model, const file_proto *file, size_t index)
{
    const message_proto *p = file->message_type[index];
    struct gen_message *m = &model->messages[model->message_count++];
    int path[4] = {PATH_FILE_MESSAGE, (int)index, 0, 0};

    if (p->n_nested_type)
        gen_refuse("%s: messages inside messages are not part of the language; declare %s beside it", p->name,
                   p->nested_type[0]->name);
    m->name = p->name;
    m->c_name = gen_format("%s__%s", file->package, snake(p->name));
    m->full_name = gen_format(".%s.%s", file->package, p->name);
    m->doc = leading(file, path, 2);
    m->section = section(file, path, 2);
    read_message_options(p, m);
    m->count = p->n_field;
    m->fields = gen_take(m->count, sizeof *m->fields);
    for (size_t i = 0; i < m->count; i++) {
        const field_proto *q = p->field[i];
        struct gen_field *f = &m->fields[i];

        path[2] = PATH_MESSAGE_FIELD;
        path[3] = (int)i;
        f->name = q->name;
        f->number = q->number;
        f->type = type_of(q, m->name);
        f->type_name = q->type_name;
        f->required = q->label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REQUIRED;
        f->repeated = q->label == GOOGLE__PROTOBUF__FIELD_DESCRIPTOR_PROTO__LABEL__LABEL_REPEATED;
        f->default_text = q->default_value;
        f->oneof = q->has_oneof_index ? p->oneof_decl[q->oneof_index]->name : NULL;
        f->doc = leading(file, path, 4);
        read_field_options(q, f, m->name);
        name_field(f, m->name);
    }
    for (size_t i = 0; i < p->n_enum_type; i++) {
        path[2] = PATH_MESSAGE_ENUM;
        path[3] = (int)i;
        declare_enum(model, file, p->enum_type[i], path, 4, m);
    }
}

static void declare_file(struct gen_model *model, const file_proto *file)
{
    if (!file->source_code_info || !file->package)
        gen_refuse("%s: needs a package, and protoc must pass its comments", file->name);
    for (size_t i = 0; i < file->n_message_type; i++)
        declare_message(model, file, i);
    for (size_t i = 0; i < file->n_enum_type; i++) {
        int path[2] = {PATH_FILE_ENUM, (int)i};

        declare_enum(model, file, file->enum_type[i], path, 2, NULL);
    }
}

/* ---------------------------------------------------------------- link */

static struct gen_message *find_message(struct gen_model *model, const char *full_name)
{
    for (size_t i = 0; i < model->message_count; i++)
        if (strcmp(model->messages[i].full_name, full_name) == 0)
            return &model->messages[i];
    gen_refuse("%s: no such message among the files to generate", full_name);
}

static const struct gen_enum *find_enum(const struct gen_model *model, const char *full_name)
{
    for (size_t i = 0; i < model->enum_count; i++)
        if (strcmp(model->enums[i].full_name, full_name) == 0)
            return &model->enums[i];
    gen_refuse("%s: no such enum among the files to generate", full_name);
}

static bool has_name_first(const struct gen_message *m)
{
    return m->count && m->fields[0].required && m->fields[0].type == GEN_TEXT && strcmp(m->fields[0].name, "name") == 0;
}

static bool all_internal_but_name(const struct gen_message *m)
{
    for (size_t i = 1; i < m->count; i++)
        if (!m->fields[i].internal)
            return false;
    return true;
}

static void link_types(struct gen_model *model)
{
    for (size_t i = 0; i < model->message_count; i++)
        for (size_t k = 0; k < model->messages[i].count; k++) {
            struct gen_field *f = &model->messages[i].fields[k];

            if (f->type == GEN_MESSAGE) {
                struct gen_message *type = find_message(model, f->type_name);

                f->message = type;
                type->keyed = type->keyed || (f->repeated && has_name_first(type));
                type->free_form = type->keyed && all_internal_but_name(type);
            } else if (f->type == GEN_ENUM) {
                f->enumeration = find_enum(model, f->type_name);
            }
        }
}

static const char *first_sentence(const char *doc)
{
    for (const char *dot = doc; dot && (dot = strstr(dot, ". ")); dot++)
        if (isupper((unsigned char)dot[2]))
            return gen_format("%.*s", (int)(dot + 1 - doc), doc);
    return doc;
}

/* A part says of itself what it is: where a field has no sentence of its own, the first of its type serves. */
static void complete_docs(struct gen_model *model)
{
    for (size_t i = 0; i < model->message_count; i++)
        for (size_t k = 0; k < model->messages[i].count; k++) {
            struct gen_field *f = &model->messages[i].fields[k];

            if (!f->doc && f->message)
                f->doc = first_sentence(f->message->doc);
            if (!f->doc && k == 0 && has_name_first(&model->messages[i]))
                f->doc = "Its name: the key under which it stands.";
        }
    for (size_t i = 0; i < model->enum_count; i++) {
        struct gen_enum *e = &model->enums[i];

        /* An enum inside a message is explained by the field that it belongs to. */
        for (size_t k = 0; !e->doc && e->parent && k < e->parent->count; k++)
            if (e->parent->fields[k].enumeration == e)
                e->doc = e->parent->fields[k].doc;
    }
}

/* ---------------------------------------------------------------- check */

bool gen_is_mapping(const struct gen_field *f)
{
    return f->type == GEN_MESSAGE && f->repeated && f->message->keyed;
}

const struct gen_field *gen_shorthand(const struct gen_message *m)
{
    for (size_t i = 0; m->shorthand && i < m->count; i++)
        if (strcmp(m->fields[i].name, m->shorthand) == 0)
            return &m->fields[i];
    return NULL;
}

bool gen_default_number(const struct gen_field *f, double *out)
{
    if (!f->default_text || (f->type != GEN_INTEGER && f->type != GEN_UNSIGNED && f->type != GEN_DOUBLE))
        return false;
    *out = strtod(f->default_text, NULL);
    return true;
}

/* Old YAML reads these as booleans or nothing: they may be neither keys nor words. */
static bool yaml_trap(const char *word)
{
    static const char *const traps[] = {"on", "off", "yes", "no", "y", "n", "true", "false", "null"};

    for (size_t i = 0; i < sizeof traps / sizeof *traps; i++)
        if (strcmp(word, traps[i]) == 0)
            return true;
    return false;
}

static void check_field(const struct gen_message *m, const struct gen_field *f)
{
    double value;

    if (!f->doc)
        gen_refuse("%s.%s: has no comment; it is the manual that users read", m->name, f->name);
    if (yaml_trap(f->key))
        gen_refuse("%s.%s: old YAML reads the key '%s' as a boolean", m->name, f->name, f->key);
    if (gen_default_number(f, &value) && f->has_range && (value < f->min || value > f->max))
        gen_refuse("%s.%s: the default %s lies outside its range", m->name, f->name, f->default_text);
    if (f->inlined && (f->type != GEN_MESSAGE || (f->repeated && !f->message->kind_by_name)))
        gen_refuse("%s.%s: only a part, or a list with kind_by_name, can be inlined", m->name, f->name);
}

/* Keys of `m` and of what is inlined into it, each once. */
static void check_keys(const struct gen_message *m)
{
    const char *seen[256];
    size_t count = 0;

    for (size_t i = 0; i < m->count; i++) {
        const struct gen_field *f = &m->fields[i];
        const struct gen_message *in = f->inlined ? f->message : NULL;

        if (count + 1 + (in ? in->count : 0) > 256)
            gen_refuse("%s: more keys than the generator counts", m->name);
        seen[count++] = f->key;
        for (size_t k = 0; in && k < in->count; k++)
            if (!in->fields[k].internal && !(in->kind_by_name && !in->fields[k].oneof))
                seen[count++] = in->fields[k].key;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(seen[i], seen[k]) == 0)
                gen_refuse("%s: the key '%s' stands for two things", m->name, seen[i]);
}

static void check_enum(const struct gen_enum *e)
{
    if (!e->doc)
        gen_refuse("%s: has no comment, nor a field that explains it", e->name);
    for (size_t i = 0; i < e->count; i++) {
        if (!e->values[i].doc)
            gen_refuse("%s.%s: has no comment", e->name, e->values[i].name);
        if (yaml_trap(e->values[i].word) || !*e->values[i].word)
            gen_refuse("%s.%s: '%s' cannot be a word", e->name, e->values[i].name, e->values[i].word);
        for (size_t k = 0; k < i; k++)
            if (strcmp(e->values[i].word, e->values[k].word) == 0)
                gen_refuse("%s: the word '%s' stands for two values", e->name, e->values[i].word);
    }
}

/* A message inside itself would let a file nest without end, and readers recurse. */
static void check_cycles(const struct gen_message *m, unsigned depth)
{
    if (depth > DEPTH_MAX)
        gen_refuse("%s: messages hold each other in a circle", m->name);
    for (size_t i = 0; i < m->count; i++)
        if (m->fields[i].message)
            check_cycles(m->fields[i].message, depth + 1);
}

static void check(const struct gen_model *model)
{
    for (size_t i = 0; i < model->message_count; i++) {
        const struct gen_message *m = &model->messages[i];

        if (!m->doc)
            gen_refuse("%s: has no comment; it is the manual that users read", m->name);
        if (m->shorthand && !gen_shorthand(m))
            gen_refuse("%s: its shorthand '%s' is none of its fields", m->name, m->shorthand);
        check_cycles(m, 0);
        check_keys(m);
        for (size_t k = 0; k < m->count; k++)
            check_field(m, &m->fields[k]);
    }
    for (size_t i = 0; i < model->enum_count; i++)
        check_enum(&model->enums[i]);
}

/* ---------------------------------------------------------------- all of it */

static const file_proto *find_file(const Google__Protobuf__Compiler__CodeGeneratorRequest *request, const char *name)
{
    for (size_t i = 0; i < request->n_proto_file; i++)
        if (strcmp(request->proto_file[i]->name, name) == 0)
            return request->proto_file[i];
    gen_refuse("%s: protoc did not pass this file", name);
}

struct gen_model gen_read(const Google__Protobuf__Compiler__CodeGeneratorRequest *request)
{
    struct gen_model model = {0};
    size_t messages = 0, enums = 0;

    for (size_t i = 0; i < request->n_file_to_generate; i++) {
        const file_proto *file = find_file(request, request->file_to_generate[i]);

        messages += file->n_message_type;
        enums += file->n_enum_type;
        for (size_t k = 0; k < file->n_message_type; k++)
            enums += file->message_type[k]->n_enum_type;
    }
    model.messages = gen_take(messages, sizeof *model.messages);
    model.enums = gen_take(enums, sizeof *model.enums);
    for (size_t i = 0; i < request->n_file_to_generate; i++)
        declare_file(&model, find_file(request, request->file_to_generate[i]));
    link_types(&model);
    complete_docs(&model);
    check(&model);
    return model;
}
