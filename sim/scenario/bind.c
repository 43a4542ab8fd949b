/* bind - fills messages by reflection */
#include "scenario/bind.h"

#include <stdlib.h>
#include <string.h>

#include "base/quantity.h"
#include "scenario/embed.h"
#include "scenario/path.h"
#include "scenario/shape.h"
#include "scenario/spelling.h"
#include "stormcell/must.h"

/* A message that is being filled. */
struct target {
    ProtobufCMessage *message;
    struct shape shape;
    struct node *node;
    const char *path;
    const struct target *outer;
};

/* A value that is being read, and where it goes. */
struct value {
    struct shape shape;
    struct node *node;
    struct target *owner;
    const char *path;
};

static void bind_message(struct binder *b, struct target *t);

struct place node_place(const struct node *n)
{
    return n->kind != NODE_TEXT && n->key ? n->key_at : n->at;
}

static void *member(ProtobufCMessage *m, unsigned offset)
{
    return (char *)m + offset;
}

/* ---------------------------------------------------------------- what is wrong */

/* The value, and the part that it belongs to: what is said of the part later might only follow from this. Parts that are not
 * written stand for the part around them. */
static void mark_bad(struct node *n, const struct target *owner)
{
    n->bad = true;
    for (; owner; owner = owner->outer) {
        owner->node->bad = true;
        if (!owner->node->elided)
            return;
    }
}

/* What was found, with a word on what it might be. */
static const char *found(struct binder *b, const struct node *n)
{
    const char *kind = n->kind == NODE_TEXT && !node_null(n) ? spelling_kind(n->text) : NULL;
    const char *words = node_words(b->diag, n);

    if (!kind)
        return arena_text(b->arena, words);
    if (strcmp(kind, "a plain number") == 0)
        return arena_text(b->arena, n->text);
    return arena_format(b->arena, "%s, which is %s", words, kind);
}

static bool expected(struct binder *b, const struct value *v)
{
    struct shape one = v->shape;

    one.kind = one.kind == SHAPE_VALUES && v->node->kind == NODE_TEXT ? SHAPE_VALUE : one.kind;
    diag_error(b->diag, v->node->at, v->path, "expected %s, found %s", shape_expected(b->arena, &one), found(b, v->node));
    mark_bad(v->node, v->owner);
    return false;
}

static bool wrong(struct binder *b, const struct value *v, const char *what)
{
    diag_error(b->diag, v->node->at, v->path, "%s", what);
    mark_bad(v->node, v->owner);
    return false;
}

static const char *format_bound(struct binder *b, const struct value *v, double bound)
{
    char text[64];

    return arena_text(b->arena, spelling_format(v->shape.param->unit, bound, text));
}

static bool in_range(struct binder *b, const struct value *v, double number)
{
    const struct param *p = v->shape.param;

    if (!p->has_range || (number >= p->min && number <= p->max))
        return true;
    if (number < p->min)
        return wrong(b, v, arena_format(b->arena, "must be at least %s", format_bound(b, v, p->min)));
    return wrong(b, v, arena_format(b->arena, "must be at most %s", format_bound(b, v, p->max)));
}

static bool judge(struct binder *b, const struct value *v, enum quantity_outcome outcome)
{
    switch (outcome) {
    case QUANTITY_GOOD:
        return true;
    case QUANTITY_BAD:
        return expected(b, v);
    case QUANTITY_NOT_WHOLE:
        return wrong(b, v, arena_format(b->arena, "expected a whole number, found %s", v->node->text));
    case QUANTITY_TOO_LARGE:
        break;
    }
    if (*v->node->text == '-')
        return wrong(b, v, arena_format(b->arena, "must be at least %s", format_bound(b, v, v->shape.param->min)));
    if (v->shape.param->has_range)
        return wrong(b, v, arena_format(b->arena, "too large: must be at most %s", format_bound(b, v, v->shape.param->max)));
    return wrong(b, v, "too large for this program");
}

/* ---------------------------------------------------------------- scalars */

static bool bind_int64(struct binder *b, const struct value *v, int64_t *out)
{
    enum quantity_outcome outcome;
    int64_t number = 0;

    switch (v->shape.param->unit) {
    case PARAM_DURATION:
        outcome = quantity_duration(v->node->text, &number);
        break;
    case PARAM_MOMENT:
        outcome = quantity_moment(v->node->text, b->start_utc_s, &number);
        break;
    case PARAM_DATETIME:
        outcome = quantity_datetime(v->node->text, &number);
        break;
    default:
        outcome = quantity_signed(v->node->text, &number);
    }
    if (!judge(b, v, outcome) || !in_range(b, v, (double)number))
        return false;
    *out = number;
    return true;
}

static bool bind_unsigned(struct binder *b, const struct value *v, uint64_t most, uint64_t *out)
{
    uint64_t number = 0;

    if (!judge(b, v, quantity_unsigned(v->node->text, &number)) || !in_range(b, v, (double)number))
        return false;
    if (number > most)
        return judge(b, v, QUANTITY_TOO_LARGE);
    *out = number;
    return true;
}

static bool bind_double(struct binder *b, const struct value *v, double *out)
{
    double number = 0;
    enum quantity_outcome outcome;

    if (v->shape.param->unit == PARAM_RATE)
        outcome = quantity_rate(v->node->text, &number);
    else if (v->shape.param->unit == PARAM_SHARE)
        outcome = quantity_share(v->node->text, &number);
    else
        outcome = quantity_number(v->node->text, &number);
    if (!judge(b, v, outcome) || !in_range(b, v, number))
        return false;
    *out = number;
    return true;
}

static bool bind_bool(struct binder *b, const struct value *v, protobuf_c_boolean *out)
{
    bool yes = strcmp(v->node->text, "true") == 0;

    if (!yes && strcmp(v->node->text, "false") != 0)
        return expected(b, v);
    *out = yes;
    return true;
}

static bool bind_word(struct binder *b, const struct value *v, int *out)
{
    const struct param_enum *e = param_enum_of(v->shape.field->descriptor);
    const char *words[SHAPE_KEYS_MAX], *nearest;

    for (size_t i = 0; i < e->count; i++) {
        words[i] = e->words[i].word;
        if (strcmp(words[i], v->node->text) == 0) {
            *out = e->words[i].value;
            return true;
        }
    }
    nearest = shape_nearest(b->diag, v->node->text, words, e->count);
    if (!nearest)
        return expected(b, v);
    diag_error(b->diag, v->node->at, v->path, "expected %s, found %s; did you mean %s?", shape_words(b->arena, words, e->count),
               node_words(b->diag, v->node), diag_quote(b->diag, nearest));
    mark_bad(v->node, v->owner);
    return false;
}

/* A name of something else, or what must be there, cannot be empty. */
static bool bind_text(struct binder *b, const struct value *v, char **out)
{
    const struct param *p = v->shape.param;

    if (!*v->node->text && (p->refers || p->required))
        return expected(b, v);
    *out = xstrdup(v->node->text);
    return true;
}

/* Reads one scalar into memory of its type. */
static bool bind_scalar(struct binder *b, const struct value *v, void *out)
{
    uint64_t number = 0;

    if (v->node->kind != NODE_TEXT || node_null(v->node))
        return expected(b, v);
    switch (v->shape.field->type) {
    case PROTOBUF_C_TYPE_INT64:
        return bind_int64(b, v, out);
    case PROTOBUF_C_TYPE_UINT64:
        return bind_unsigned(b, v, UINT64_MAX, out);
    case PROTOBUF_C_TYPE_UINT32:
        if (!bind_unsigned(b, v, UINT32_MAX, &number))
            return false;
        *(uint32_t *)out = (uint32_t)number;
        return true;
    case PROTOBUF_C_TYPE_DOUBLE:
        return bind_double(b, v, out);
    case PROTOBUF_C_TYPE_BOOL:
        return bind_bool(b, v, out);
    case PROTOBUF_C_TYPE_ENUM:
        return bind_word(b, v, out);
    case PROTOBUF_C_TYPE_STRING:
        return bind_text(b, v, out);
    default:
        must(!"a type that the language does not use");
        return false;
    }
}

static size_t scalar_size(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
        return sizeof(char *);
    default:
        return 4;
    }
}

static void bind_values(struct binder *b, struct value *v)
{
    const ProtobufCFieldDescriptor *field = v->shape.field;
    size_t size = scalar_size(field), *count = member(v->owner->message, field->quantifier_offset), index = 0;
    const char *path = v->path;
    struct value element = *v;
    char *list;

    if (v->node->kind == NODE_MAP) {
        expected(b, v);
        return;
    }
    if (node_null(v->node))
        return;
    list = xcalloc(v->node->kind == NODE_LIST ? v->node->count + 1 : 1, size);
    if (v->node->kind == NODE_TEXT) {
        *count += bind_scalar(b, v, list);
    } else {
        for (element.node = v->node->first; element.node; element.node = element.node->next) {
            element.shape.kind = SHAPE_VALUE;
            element.path = arena_format(b->arena, "%s[%zu]", path, index++);
            *count += bind_scalar(b, &element, list + *count * size);
        }
    }
    if (*count == 0) {
        free(list);
        return;
    }
    *(void **)member(v->owner->message, field->offset) = list;
}

/* ---------------------------------------------------------------- messages */

static ProtobufCMessage *create_message(const ProtobufCMessageDescriptor *descriptor)
{
    ProtobufCMessage *m = xmalloc(descriptor->sizeof_message);

    protobuf_c_message_init(descriptor, m);
    return m;
}

/* Fills what is required and missing, so that nobody meets NULL. */
static void fill_required(ProtobufCMessage *m)
{
    const ProtobufCMessageDescriptor *d = m->descriptor;

    for (unsigned i = 0; i < d->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &d->fields[i];
        void **at = member(m, f->offset);

        if (f->label != PROTOBUF_C_LABEL_REQUIRED)
            continue;
        if (f->type == PROTOBUF_C_TYPE_STRING && !*at)
            *at = xstrdup("");
        if (f->type == PROTOBUF_C_TYPE_MESSAGE && !*at) {
            *at = create_message(f->descriptor);
            fill_required(*at);
        }
    }
}

static void bind_part(struct binder *b, const struct value *v, ProtobufCMessage **out)
{
    struct target t = {create_message(v->shape.message->descriptor), v->shape, v->node, v->path, v->owner};

    t.shape.kind = SHAPE_MESSAGE;
    *out = t.message;
    bind_message(b, &t);
}

/* Names appear in paths and metrics: they are made of what needs no quotes there. */
static bool good_name(const char *name)
{
    for (const char *p = name; *p; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '_' || *p == '-' ||
              (unsigned char)*p >= 0x80))
            return false;
    return *name != '\0';
}

static const struct param *name_param(const struct param_message *message)
{
    for (size_t i = 0; i < message->count; i++)
        if (strcmp(message->params[i].field, "name") == 0)
            return &message->params[i];
    return NULL;
}

/* Keys that refer to something else (paths, schedules, strategies) are checked with the references. */
static void check_name(struct binder *b, const struct value *v)
{
    const struct param *p = name_param(v->shape.message);

    if (p->refers || good_name(v->node->key))
        return;
    diag_error(b->diag, v->node->key_at, v->path, "expected a name of letters, digits, '-' and '_', found %s",
               diag_quote(b->diag, v->node->key));
    mark_bad(v->node, NULL);
}

static void set_name(ProtobufCMessage *m, const char *name)
{
    const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(m->descriptor, "name");
    char **at = member(m, f->offset);

    free(*at);
    *at = xstrdup(name);
}

static void bind_field(struct binder *b, struct value *v);

/* `breaker: {...}` in a list of controls: an entry whose kind is its name. */
static void bind_kind(struct binder *b, struct value *v, const struct shape *kind, ProtobufCMessage **out)
{
    struct target t = {create_message(v->shape.message->descriptor), v->shape, v->node, v->path, v->owner};
    struct value inner = {*kind, v->node, &t, v->path};

    *out = t.message;
    fill_required(t.message);
    bind_field(b, &inner);
}

static void bind_entry(struct binder *b, struct value *v, ProtobufCMessage **out)
{
    struct shape entry = shape_entry(&v->shape, v->node->key);

    check_name(b, v);
    if (entry.kind == SHAPE_OVERLAY) {
        *out = create_message(v->shape.message->descriptor);
        fill_required(*out);
    } else if (entry.field) {
        bind_kind(b, v, &entry, out);
    } else {
        struct value inner = *v;

        inner.shape = entry;
        bind_part(b, &inner, out);
    }
    set_name(*out, v->node->key);
}

/* Things of the top are called by their own names: `hub`, not `transports.hub`. */
static bool is_noun_list(const struct target *owner, const struct shape *s)
{
    static const char *const lists[] = {"services", "transports", "populations", "faults", "links", "rollouts"};

    if (owner->message->descriptor != &stormcell__scenario__descriptor)
        return false;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (strcmp(s->param->key, lists[i]) == 0)
            return true;
    return false;
}

static void bind_messages(struct binder *b, struct value *v)
{
    const ProtobufCFieldDescriptor *field = v->shape.field;
    size_t *count = member(v->owner->message, field->quantifier_offset), index = 0;
    bool named = v->shape.kind == SHAPE_NAMED;
    struct value entry = *v;
    ProtobufCMessage **list;

    if (node_null(v->node))
        return;
    if (v->node->kind != (named ? NODE_MAP : NODE_LIST)) {
        expected(b, v);
        return;
    }
    if (v->node->count == 0)
        return;
    list = xcalloc(v->node->count, sizeof *list);
    *(ProtobufCMessage ***)member(v->owner->message, field->offset) = list;
    for (entry.node = v->node->first; entry.node; entry.node = entry.node->next) {
        if (named) {
            entry.path = path_join(b->arena, is_noun_list(v->owner, &v->shape) ? "" : v->path, entry.node->key);
            bind_entry(b, &entry, &list[*count]);
        } else {
            entry.path = arena_format(b->arena, "%s[%zu]", v->path, index++);
            entry.shape = shape_element(&v->shape);
            bind_part(b, &entry, &list[*count]);
        }
        ++*count;
    }
}

/* ---------------------------------------------------------------- fields */

static void bind_single(struct binder *b, struct value *v)
{
    const ProtobufCFieldDescriptor *field = v->shape.field;
    void *at = member(v->owner->message, field->offset);
    unsigned *quantifier = member(v->owner->message, field->quantifier_offset);
    bool good = true;

    if (v->shape.kind == SHAPE_MESSAGE)
        bind_part(b, v, at);
    else
        good = bind_scalar(b, v, at);
    if (!good)
        return;
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        *quantifier = field->id;
    else if (field->label == PROTOBUF_C_LABEL_OPTIONAL && field->type != PROTOBUF_C_TYPE_MESSAGE &&
             field->type != PROTOBUF_C_TYPE_STRING)
        *(protobuf_c_boolean *)(void *)quantifier = 1;
}

static void bind_field(struct binder *b, struct value *v)
{
    if (v->shape.kind == SHAPE_VALUES)
        bind_values(b, v);
    else if (v->shape.kind == SHAPE_VALUE || v->shape.kind == SHAPE_MESSAGE)
        bind_single(b, v);
    else
        bind_messages(b, v);
}

static void unknown_key(struct binder *b, struct target *t, struct node *child)
{
    const char *keys[SHAPE_KEYS_MAX], *nearest;
    size_t count = shape_keys(&t->shape, keys);
    const char *path = path_join(b->arena, t->path, arena_text(b->arena, child->key));

    nearest = shape_nearest(b->diag, child->key, keys, count);
    if (nearest)
        diag_error(b->diag, child->key_at, path, "unknown key; did you mean %s?", diag_quote(b->diag, nearest));
    else if (!shape_suggests(b->diag))
        diag_error(b->diag, child->key_at, path, "unknown key");
    else
        diag_error(b->diag, child->key_at, path, "unknown key; expected %s", shape_words(b->arena, keys, count));
    mark_bad(t->node, NULL);
}

/* What was given for each field so far. */
struct given {
    struct node *nodes[SHAPE_KEYS_MAX];
};

static size_t field_index(const struct target *t, const struct shape *s)
{
    return (size_t)(s->field - t->shape.message->descriptor->fields);
}

/* A field may be given once, and one field of a oneof. */
static bool check_given(struct binder *b, struct target *t, const struct given *g, const struct value *v)
{
    for (size_t i = 0; i < t->shape.message->count; i++) {
        const ProtobufCFieldDescriptor *other = &t->shape.message->descriptor->fields[i];
        const struct node *n = g->nodes[i];

        if (!n || (other != v->shape.field && !shape_same_choice(other, v->shape.field)))
            continue;
        if (other == v->shape.field)
            diag_error(b->diag, v->node->key_at, v->path, "written twice: it is there already, at line %u, column %u",
                       n->key_at.line, n->key_at.column);
        else
            diag_error(b->diag, v->node->key_at, v->path, "expected one of %s and %s, found both", t->shape.message->params[i].key,
                       v->shape.param->key);
        mark_bad(v->node, t);
        return false;
    }
    return true;
}

static void bind_child(struct binder *b, struct target *t, struct given *g, struct node *child)
{
    struct value v = {.node = child, .owner = t};
    struct shape_key key;

    if (!shape_find(&t->shape, child->key, &key) || key.has_via) {
        unknown_key(b, t, child);
        return;
    }
    v.shape = key.shape;
    v.path = t->node->wrapped || child->elided ? t->path : path_join(b->arena, t->path, child->key);
    if (!check_given(b, t, g, &v))
        return;
    g->nodes[field_index(t, &v.shape)] = child;
    bind_field(b, &v);
}

static void check_required(struct binder *b, struct target *t, const struct given *g)
{
    for (size_t i = 0; i < t->shape.message->count; i++) {
        const struct param *p = &t->shape.message->params[i];
        struct shape s;

        if (!p->required || g->nodes[i] || (t->shape.entry && strcmp(p->field, "name") == 0))
            continue;
        s = shape_of_field(t->shape.message, i);
        diag_error(b->diag, node_place(t->node), path_join(b->arena, t->path, p->key), "missing: expected %s",
                   shape_expected(b->arena, &s));
        mark_bad(t->node, NULL);
    }
}

/* ---------------------------------------------------------------- files */

static bool has_file(const struct target *t)
{
    return t->shape.message->descriptor == &stormcell__empirical__descriptor ||
           t->shape.message->descriptor == &stormcell__trace__descriptor ||
           t->shape.message->descriptor == &stormcell__measured__descriptor;
}

static void embed_file(struct binder *b, struct target *t)
{
    const struct node *file = t->node->kind == NODE_MAP ? node_find(t->node, "file") : NULL;
    struct embed e = {.arena = b->arena, .diag = b->diag, .path = t->path};
    bool good;

    if (!file || t->node->bad)
        return;
    e.cause = file->at;
    if (b->in_memory) {
        diag_error(b->diag, file->at, path_join(b->arena, t->path, "file"),
                   "a scenario in memory cannot read files: expected none");
        good = false;
    } else if (t->shape.message->descriptor == &stormcell__empirical__descriptor) {
        good = embed_empirical(&e, (Stormcell__Empirical *)t->message);
    } else if (t->shape.message->descriptor == &stormcell__trace__descriptor) {
        good = embed_trace(&e, (Stormcell__Trace *)t->message);
    } else {
        good = embed_measured(&e, (Stormcell__Measured *)t->message);
    }
    if (!good)
        mark_bad(t->node, NULL);
}

/* Fills a message from its mapping; nothing at all is a mapping with nothing in it. */
static void bind_message(struct binder *b, struct target *t)
{
    struct given g = {{NULL}};
    struct value self = {t->shape, t->node, t, t->path};

    must(t->shape.message->count <= SHAPE_KEYS_MAX);
    if (t->node->kind != NODE_MAP && !node_null(t->node)) {
        expected(b, &self);
        fill_required(t->message);
        return;
    }
    for (struct node *child = t->node->kind == NODE_MAP ? t->node->first : NULL; child; child = child->next)
        bind_child(b, t, &g, child);
    check_required(b, t, &g);
    fill_required(t->message);
    if (has_file(t))
        embed_file(b, t);
}

/* The start is read ahead: moments anywhere may need it. */
static int64_t read_start(const struct node *root)
{
    const struct node *clock = node_find(root, "clock"), *start = clock ? node_find(clock, "start") : NULL;
    int64_t utc_s = 0;

    if (start && start->kind == NODE_TEXT && quantity_datetime(start->text, &utc_s) != QUANTITY_GOOD)
        utc_s = 0;
    return utc_s;
}

Stormcell__Scenario *bind_scenario(struct binder *b, struct node *root)
{
    struct target t = {create_message(&stormcell__scenario__descriptor), shape_root(), root, "", NULL};

    b->start_utc_s = read_start(root);
    bind_message(b, &t);
    return (Stormcell__Scenario *)t.message;
}
