/* shape - the descriptors and the parameter table as the tree sees them */
#include "scenario/shape.h"

#include <string.h>

#include "scenario.pb-c.h"
#include "scenario/spelling.h"
#include "stormcell/must.h"

#define WORDS_MAX 24        /* longer lists are cut */
#define SUGGESTIONS_MAX 100 /* of one scenario */

struct shape shape_root(void)
{
    return (struct shape){.kind = SHAPE_MESSAGE, .message = param_of(&stormcell__scenario__descriptor)};
}

/* Lists of messages that must have a name are written as mappings from names. */
static bool is_named(const struct param_message *message)
{
    for (size_t i = 0; i < message->count; i++)
        if (strcmp(message->params[i].field, "name") == 0)
            return message->params[i].required;
    return false;
}

bool shape_has_name(const struct param_message *message)
{
    for (size_t i = 0; i < message->count; i++)
        if (strcmp(message->params[i].field, "name") == 0)
            return true;
    return false;
}

struct shape shape_of_field(const struct param_message *message, size_t index)
{
    const ProtobufCFieldDescriptor *field = &message->descriptor->fields[index];
    struct shape s = {.field = field, .param = &message->params[index]};
    bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;

    if (field->type != PROTOBUF_C_TYPE_MESSAGE) {
        s.kind = repeated ? SHAPE_VALUES : SHAPE_VALUE;
        return s;
    }
    s.message = param_of(field->descriptor);
    must(s.message);
    s.kind = !repeated ? SHAPE_MESSAGE : is_named(s.message) ? SHAPE_NAMED : SHAPE_LIST;
    return s;
}

/* A key of the message itself. */
static bool find_own(const struct shape *message, const char *key, struct shape *out)
{
    for (size_t i = 0; i < message->message->count; i++) {
        const struct param *p = &message->message->params[i];

        if (p->internal || strcmp(p->key, key) != 0 || (message->entry && strcmp(p->field, "name") == 0))
            continue;
        *out = shape_of_field(message->message, i);
        return true;
    }
    return false;
}

static bool is_choice(const ProtobufCFieldDescriptor *field)
{
    return field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF;
}

/* A kind of the oneof of a message. */
static bool find_kind(const struct param_message *message, const char *key, struct shape *out)
{
    for (size_t i = 0; i < message->count; i++)
        if (is_choice(&message->descriptor->fields[i]) && strcmp(message->params[i].key, key) == 0) {
            *out = shape_of_field(message, i);
            return true;
        }
    return false;
}

bool shape_find(const struct shape *message, const char *key, struct shape_key *out)
{
    *out = (struct shape_key){false, {0}, {0}};
    if (find_own(message, key, &out->shape))
        return true;
    for (size_t i = 0; i < message->message->count; i++) {
        if (!message->message->params[i].inlined)
            continue;
        out->has_via = true;
        out->via = shape_of_field(message->message, i);
        if (out->via.kind == SHAPE_MESSAGE ? find_own(&out->via, key, &out->shape)
                                           : out->via.message->kind_by_name && find_kind(out->via.message, key, &out->shape))
            return true;
    }
    return false;
}

struct shape shape_entry(const struct shape *named, const char *name)
{
    struct shape s;

    if (named->message->descriptor == &stormcell__strategy__descriptor)
        return (struct shape){.kind = SHAPE_OVERLAY, .message = named->message, .entry = true};
    if (named->message->kind_by_name && find_kind(named->message, name, &s))
        return s;
    return (struct shape){.kind = SHAPE_MESSAGE, .message = named->message, .entry = true};
}

struct shape shape_element(const struct shape *list)
{
    return (struct shape){.kind = SHAPE_MESSAGE, .message = list->message};
}

bool shape_shorthand(const struct shape *message, struct shape *out)
{
    if (!message->message->shorthand)
        return false;
    for (size_t i = 0; i < message->message->count; i++)
        if (strcmp(message->message->params[i].field, message->message->shorthand) == 0) {
            *out = shape_of_field(message->message, i);
            return true;
        }
    return false;
}

bool shape_same_choice(const ProtobufCFieldDescriptor *a, const ProtobufCFieldDescriptor *b)
{
    return is_choice(a) && is_choice(b) && a->quantifier_offset == b->quantifier_offset;
}

static size_t add_key(const char *keys[SHAPE_KEYS_MAX], size_t count, const char *key)
{
    must(count < SHAPE_KEYS_MAX);
    keys[count] = key;
    return count + 1;
}

static size_t add_keys(const struct shape *message, bool kinds_only, const char *keys[SHAPE_KEYS_MAX], size_t count)
{
    for (size_t i = 0; i < message->message->count; i++) {
        const struct param *p = &message->message->params[i];

        if (p->internal || p->inlined || (message->entry && strcmp(p->field, "name") == 0))
            continue;
        if (!kinds_only || is_choice(&message->message->descriptor->fields[i]))
            count = add_key(keys, count, p->key);
    }
    return count;
}

size_t shape_keys(const struct shape *message, const char *keys[SHAPE_KEYS_MAX])
{
    size_t count = add_keys(message, false, keys, 0);

    for (size_t i = 0; i < message->message->count; i++)
        if (message->message->params[i].inlined) {
            struct shape via = shape_of_field(message->message, i);

            count = add_keys(&via, via.kind == SHAPE_NAMED, keys, count);
        }
    return count;
}

/* "a, b or c". */
static const char *shape_list(struct arena *arena, const char *const *words, size_t count)
{
    const char *text = count ? words[0] : "nothing";

    for (size_t i = 1; i < count && i < WORDS_MAX; i++)
        text = arena_format(arena, "%s%s%s", text, i + 1 == count ? " or " : ", ", words[i]);
    return count > WORDS_MAX ? arena_format(arena, "%s ...", text) : text;
}

const char *shape_words(struct arena *arena, const char *const *words, size_t count)
{
    const char *text = shape_list(arena, words, count);

    return count > 1 ? arena_format(arena, "one of %s", text) : text;
}

bool shape_suggests(const struct diag *d)
{
    return diag_errors(d) < SUGGESTIONS_MAX;
}

const char *shape_nearest(const struct diag *d, const char *word, const char *const *candidates, size_t count)
{
    return shape_suggests(d) ? diag_nearest(word, candidates, count) : NULL;
}

static const char *expected_word(struct arena *arena, const ProtobufCEnumDescriptor *descriptor)
{
    const struct param_enum *e = param_enum_of(descriptor);
    const char *words[SHAPE_KEYS_MAX] = {NULL};

    must(e->count <= SHAPE_KEYS_MAX);
    for (size_t i = 0; i < e->count; i++)
        words[i] = e->words[i].word;
    return shape_words(arena, words, e->count);
}

static const struct {
    const char *refers, *spelling;
} references[] = {
    {"operation", "an operation such as directory.resolve"},
    {"target", "a target such as directory[17] or directory[17].replica[0]"},
    {"expectation", "an expectation such as mail.delay.p99{group=spared} < 1m"},
    {"condition", "a condition such as mail.oldest{group=spared} > 15m"},
    {"fault", "the name of a fault"},
    {"series", "a metric that is sampled over time, such as requests.succeeded{population=people}"},
    {"transport", "the name of a transport"},
    {"caller", "the name of a population, a service or a transport"},
    {"service", "the name of a service"},
    {"rollout", "the name of a rollout"},
};

static const char *expected_text(const struct shape *s)
{
    for (size_t i = 0; s->param->refers && i < sizeof references / sizeof *references; i++)
        if (strcmp(references[i].refers, s->param->refers) == 0)
            return references[i].spelling;
    return s->param->embeds ? "the name of a CSV file" : "text";
}

static const char *expected_scalar(struct arena *arena, const struct shape *s)
{
    if (s->param->unit != PARAM_PLAIN)
        return spelling_of(s->param->unit);
    switch (s->field->type) {
    case PROTOBUF_C_TYPE_BOOL:
        return "true or false";
    case PROTOBUF_C_TYPE_ENUM:
        return expected_word(arena, s->field->descriptor);
    case PROTOBUF_C_TYPE_STRING:
        return expected_text(s);
    case PROTOBUF_C_TYPE_DOUBLE:
        return "a number such as 1.5";
    default:
        return "a whole number such as 60, 12k or 1.2M";
    }
}

static bool is_all_choice(const struct param_message *message)
{
    bool all = true;

    for (size_t i = 0; i < message->count; i++)
        all = all && is_choice(&message->descriptor->fields[i]);
    return all;
}

static const char *expected_message(struct arena *arena, const struct shape *s)
{
    const char *keys[SHAPE_KEYS_MAX], *mapping;
    size_t count = shape_keys(s, keys);
    struct shape shorthand;

    if (is_all_choice(s->message))
        mapping = arena_format(arena, "a mapping with %s", shape_words(arena, keys, count));
    else
        mapping = arena_format(arena, "a mapping with keys such as %s", shape_list(arena, keys, count));
    if (shape_shorthand(s, &shorthand) && shorthand.kind == SHAPE_VALUE)
        return arena_format(arena, "%s, or %s", expected_scalar(arena, &shorthand), mapping);
    return mapping;
}

const char *shape_expected(struct arena *arena, const struct shape *s)
{
    switch (s->kind) {
    case SHAPE_VALUE:
        return expected_scalar(arena, s);
    case SHAPE_VALUES:
        return arena_format(arena, "a list, each %s", expected_scalar(arena, s));
    case SHAPE_MESSAGE:
        return expected_message(arena, s);
    case SHAPE_NAMED:
        return "a mapping of names, such as {name: {...}}";
    case SHAPE_LIST:
        return "a list, such as [{...}, {...}]";
    case SHAPE_OVERLAY:
        break;
    }
    return "a mapping of paths to values, or a list of strategies";
}
