/* yaml_tree - libyaml's events into nodes with places */
#include "scenario/yaml_tree.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "stormcell/must.h"

#define ANCHOR_LISTS 4096

struct anchor {
    const char *name;
    struct node *node; /* NULL: still open, an alias to it would be a cycle */
    struct anchor *next;
};

struct reader {
    struct arena *arena;
    struct diag *diag;
    const char *name;
    yaml_parser_t parser;
    struct yaml_budget *budget;
    struct anchor *anchors[ANCHOR_LISTS]; /* by hash of the name; the latest first */
    bool failed;                          /* reading cannot go on */
};

static struct place place_of(const struct reader *r, yaml_mark_t mark)
{
    return (struct place){r->name, (unsigned)mark.line + 1, (unsigned)mark.column + 1};
}

static void fail(struct reader *r, struct place at, const char *what)
{
    diag_error(r->diag, at, NULL, "%s", what);
    r->failed = true;
}

/* ---------------------------------------------------------------- nodes */

bool node_null(const struct node *n)
{
    return n->kind == NODE_TEXT && n->plain &&
           (*n->text == '\0' || strcmp(n->text, "~") == 0 || strcmp(n->text, "null") == 0 || strcmp(n->text, "Null") == 0 ||
            strcmp(n->text, "NULL") == 0);
}

struct node *node_find(const struct node *map, const char *key)
{
    if (map->kind != NODE_MAP)
        return NULL;
    for (struct node *n = map->first; n; n = n->next)
        if (strcmp(n->key, key) == 0)
            return n;
    return NULL;
}

struct node *node_at(const struct node *list, size_t index)
{
    struct node *n = list->kind == NODE_LIST ? list->first : NULL;

    while (n && index--)
        n = n->next;
    return n;
}

void node_append(struct node *parent, struct node *child)
{
    child->next = NULL;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->count++;
}

static struct node *node_before(const struct node *parent, const struct node *child)
{
    struct node *before = NULL;

    for (struct node *n = parent->first; n != child; n = n->next) {
        must(n);
        before = n;
    }
    return before;
}

void node_remove(struct node *parent, struct node *child)
{
    struct node *before = node_before(parent, child);

    if (before)
        before->next = child->next;
    else
        parent->first = child->next;
    if (parent->last == child)
        parent->last = before;
    parent->count--;
    child->next = NULL;
}

void node_replace(struct node *parent, struct node *old, struct node *child)
{
    struct node *before = node_before(parent, old);

    child->key = old->key;
    child->next = old->next;
    if (before)
        before->next = child;
    else
        parent->first = child;
    if (parent->last == old)
        parent->last = child;
    old->next = NULL;
}

struct node *node_copy(struct arena *arena, const struct node *n)
{
    struct node *copy = arena_take(arena, sizeof *copy);

    *copy = *n;
    copy->first = copy->last = copy->next = NULL;
    copy->count = 0;
    for (const struct node *child = n->first; child; child = child->next)
        node_append(copy, node_copy(arena, child));
    return copy;
}

struct node *node_create(struct arena *arena, enum node_kind kind, struct place at)
{
    struct node *n = arena_take(arena, sizeof *n);

    n->kind = kind;
    n->at = at;
    n->size = n->height = 1;
    n->text = "";
    return n;
}

const char *node_words(struct diag *d, const struct node *n)
{
    if (n->kind == NODE_MAP)
        return "a mapping";
    if (n->kind == NODE_LIST)
        return "a list";
    return node_null(n) ? "nothing" : diag_quote(d, n->text);
}

/* ---------------------------------------------------------------- bytes */

/* Length of the character of YAML at `s`, 0 when it is none. */
static size_t character(const unsigned char *s, size_t left)
{
    size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : s[0] < 0xf5 ? 4 : 0;
    uint32_t c;

    if (length == 1)
        return s[0] == '\t' || s[0] == '\n' || s[0] == '\r' || (s[0] >= 0x20 && s[0] != 0x7f);
    if (length == 0 || length > left)
        return 0;
    c = s[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3f);
    }
    if (c == 0x85)
        return length;
    if (c < 0xa0 || (length == 3 && c < 0x800) || (c >= 0xd800 && c <= 0xdfff) || c == 0xfffe || c == 0xffff)
        return 0;
    return (length == 4 && (c < 0x10000 || c > 0x10ffff)) ? 0 : length;
}

/* Length of the mark that some editors put before UTF-8; it is no character of the first line. */
static size_t byte_order_mark(const void *text, size_t length)
{
    return length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* Is it text? libyaml would tell an offset only, and its words. */
static bool check_bytes(struct reader *r, const unsigned char *text, size_t length)
{
    struct place at = {r->name, 1, 1};
    size_t i = byte_order_mark(text, length);

    while (i < length) {
        size_t n = character(text + i, length - i);

        if (n == 0) {
            diag_error(r->diag, at, NULL, "expected text in UTF-8, found the byte 0x%02x: is this a YAML file?", text[i]);
            return false;
        }
        if (text[i] == '\n' || (text[i] == '\r' && (i + 1 == length || text[i + 1] != '\n'))) {
            at.line++;
            at.column = 1;
        } else {
            at.column++;
        }
        i += n;
    }
    return true;
}

/* ---------------------------------------------------------------- what libyaml complains of, in our words */

static const struct {
    const char *theirs, *ours;
} complaints[] = {
    {"mapping values are not allowed in this context",
     "a second ': ' in one line: quote the text, or write a mapping as {key: value}"},
    {"did not find expected key", "expected a key here: is it indented like its neighbours?"},
    {"could not find expected ':'", "expected ': ' after the key"},
    {"did not find expected ',' or '}'", "expected ',' or '}': a mapping in braces is not closed"},
    {"did not find expected ',' or ']'", "expected ',' or ']': a list in brackets is not closed"},
    {"did not find expected '-' indicator", "expected '- ' here: is it indented like the other entries of the list?"},
    {"found unexpected end of stream", "the file ends inside a quoted text: expected the closing quote"},
    {"found unexpected document indicator", "'---' or '...' inside a quoted text: expected the closing quote"},
    {"found unknown escape character", "unknown escape in a \"...\" text: write \\\\ for a backslash, or use '...'"},
    {"block sequence entries are not allowed in this context", "a list entry cannot begin here: put '- ' on a line of its own"},
    {"block mapping entries are not allowed in this context", "a mapping cannot begin here: put it on a line of its own"},
    {"mapping keys are not allowed in this context", "a key cannot stand here: put it on a line of its own"},
    {"did not find expected <document start>", "expected the end of the file: text follows that belongs to nothing"},
    {"did not find expected node content", "expected a value here: is a bracket or a brace not closed?"},
    {"found a tab character that violates indentation", "a tab cannot indent: use spaces"},
    {"found a tab character where an indentation space is expected", "a tab cannot indent: use spaces"},
    {"found incompatible YAML document", "expected YAML 1.1 or 1.2"},
    {"found undefined tag handle", "tags (!...) are not part of the language: remove it"},
};

static void complain(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    struct place at = place_of(r, p->problem_mark);
    const char *problem = p->problem ? p->problem : "it cannot be read";

    r->failed = true;
    if (p->error == YAML_MEMORY_ERROR)
        die("out of memory");
    for (size_t i = 0; i < sizeof complaints / sizeof *complaints; i++)
        if (strcmp(problem, complaints[i].theirs) == 0) {
            diag_error(r->diag, at, NULL, "%s", complaints[i].ours);
            return;
        }
    if (strcmp(problem, "found character that cannot start any token") == 0 && *p->buffer.pointer == '\t')
        diag_error(r->diag, at, NULL, "a tab cannot indent: use spaces");
    else if (strcmp(problem, "found character that cannot start any token") == 0)
        diag_error(r->diag, at, NULL, "a value cannot begin with '%c': quote the text", *p->buffer.pointer);
    else
        diag_error(r->diag, at, NULL, "this is no YAML: %s", problem);
}

static bool next(struct reader *r, yaml_event_t *ev)
{
    if (r->failed)
        return false;
    if (!yaml_parser_parse(&r->parser, ev)) {
        complain(r);
        return false;
    }
    return true;
}

/* ---------------------------------------------------------------- events into nodes */

static struct node *read_node(struct reader *r, const yaml_event_t *ev, unsigned depth);

static bool spend(struct reader *r, size_t nodes, struct place at)
{
    if (nodes > r->budget->nodes_left) {
        diag_error(r->diag, at, NULL, "more than %d values when aliases are written out: expected a smaller scenario",
                   YAML_NODES_MAX);
        r->failed = true;
        return false;
    }
    r->budget->nodes_left -= nodes;
    return true;
}

/* Only the tags of YAML itself may be written, and they say nothing new. */
static bool check_tag(struct reader *r, const yaml_char_t *tag, struct place at)
{
    if (!tag || strncmp((const char *)tag, "tag:yaml.org,2002:", 18) == 0 || strcmp((const char *)tag, "!") == 0)
        return true;
    diag_error(r->diag, at, NULL, "tags are not part of the language: expected a value without %s",
               diag_quote(r->diag, (const char *)tag));
    r->failed = true;
    return false;
}

static struct anchor **anchor_list(struct reader *r, const char *name)
{
    uint32_t h = 2166136261u;

    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 16777619u;
    return &r->anchors[h % ANCHOR_LISTS];
}

static struct anchor *anchor_open(struct reader *r, const yaml_char_t *name)
{
    struct anchor *a, **list;

    if (!name)
        return NULL;
    list = anchor_list(r, (const char *)name);
    a = arena_take(r->arena, sizeof *a);
    a->name = arena_text(r->arena, (const char *)name);
    a->next = *list;
    *list = a;
    return a;
}

static struct node *read_alias(struct reader *r, const yaml_event_t *ev, unsigned depth)
{
    const char *name = (const char *)ev->data.alias.anchor;
    struct place at = place_of(r, ev->start_mark);
    struct anchor *a = *anchor_list(r, name);

    while (a && strcmp(a->name, name) != 0)
        a = a->next;
    if (!a) {
        diag_error(r->diag, at, NULL, "no anchor &%.60s: expected one that stands before this alias", name);
        r->failed = true;
        return NULL;
    }
    if (!a->node) {
        diag_error(r->diag, at, NULL, "the anchor &%.60s contains itself: expected an alias of something else", name);
        r->failed = true;
        return NULL;
    }
    if (depth + a->node->height > YAML_DEPTH_MAX) {
        fail(r, at, "nested deeper than 64 levels: expected a flatter file");
        return NULL;
    }
    if (!spend(r, a->node->size, at))
        return NULL;
    return node_copy(r->arena, a->node);
}

static struct node *read_text(struct reader *r, const yaml_event_t *ev)
{
    struct place at = place_of(r, ev->start_mark);
    const char *text = (const char *)ev->data.scalar.value;
    size_t length = ev->data.scalar.length, quotes, shown;
    struct node *n;

    if (!check_tag(r, ev->data.scalar.tag, at) || !spend(r, 1, at))
        return NULL;
    if (memchr(text, '\0', length)) {
        fail(r, at, "a text cannot hold the character \\0");
        return NULL;
    }
    n = node_create(r->arena, NODE_TEXT, at);
    n->text = arena_text_n(r->arena, text, length);
    n->plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    quotes = n->plain ? 0 : 2;
    shown = ev->end_mark.index - ev->start_mark.index;
    n->verbatim = ev->start_mark.line == ev->end_mark.line && shown == length + quotes;
    return n;
}

/* The bytes of `n` are all that counts from now on in its parent: sizes and heights add up. */
static void grow_parent(struct node *parent, const struct node *child)
{
    parent->size += child->size;
    if (parent->height <= child->height)
        parent->height = child->height + 1;
}

static void read_list(struct reader *r, struct node *list, unsigned depth)
{
    yaml_event_t ev;

    while (next(r, &ev)) {
        bool end = ev.type == YAML_SEQUENCE_END_EVENT;
        struct node *child = end ? NULL : read_node(r, &ev, depth + 1);

        yaml_event_delete(&ev);
        if (!child)
            return;
        grow_parent(list, child);
        node_append(list, child);
    }
}

static bool read_key(struct reader *r, const yaml_event_t *ev, struct node *out)
{
    struct place at = place_of(r, ev->start_mark);
    const char *text = (const char *)ev->data.scalar.value;

    if (ev->type != YAML_SCALAR_EVENT) {
        fail(r, at, "expected a key, a plain word such as 'workers'");
        return false;
    }
    if (ev->data.scalar.length == 0 || memchr(text, '\0', ev->data.scalar.length)) {
        fail(r, at, "expected a key before the ':'");
        return false;
    }
    if (ev->data.scalar.anchor) {
        fail(r, at, "a key cannot have an anchor: expected it before the value");
        return false;
    }
    if (!check_tag(r, ev->data.scalar.tag, at))
        return false;
    out->key = arena_text_n(r->arena, text, ev->data.scalar.length);
    out->key_at = at;
    out->plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    return true;
}

static int by_key(const void *a, const void *b)
{
    const struct node *x = *(const struct node *const *)a, *y = *(const struct node *const *)b;
    int order = strcmp(x->key, y->key);

    if (order)
        return order;
    if (x->key_at.line != y->key_at.line)
        return x->key_at.line < y->key_at.line ? -1 : 1;
    return x->key_at.column < y->key_at.column ? -1 : 1;
}

/* Every child sorted by key, `count` of them, malloc'ed. */
static struct node **sorted_children(const struct node *map)
{
    struct node **children = xcalloc(map->count + 1, sizeof *children);
    size_t i = 0;

    for (struct node *n = map->first; n; n = n->next)
        children[i++] = n;
    qsort(children, map->count, sizeof *children, by_key);
    return children;
}

/* A key that stands twice is said and left out, so that the rest can be checked. */
static void check_duplicates(struct reader *r, struct node *map)
{
    struct node **children = sorted_children(map);
    struct node *n = map->first, *following;
    size_t count = map->count;

    for (size_t i = 1, kept = 0; i < count; i++) {
        if (strcmp(children[i]->key, children[kept]->key) != 0) {
            kept = i;
            continue;
        }
        diag_error(r->diag, children[i]->key_at, NULL, "duplicate key %s: it is there already, at line %u, column %u",
                   diag_quote(r->diag, children[i]->key), children[kept]->key_at.line, children[kept]->key_at.column);
        children[i]->key = NULL;
    }
    free(children);
    map->first = map->last = NULL;
    map->count = 0;
    for (; n; n = following) {
        following = n->next;
        if (n->key)
            node_append(map, n);
    }
}

/* One key that `<<` may bring, in the order in which they win. */
struct candidate {
    const struct node *node;
    size_t order;
    bool own, wins;
};

struct candidates {
    struct candidate *list;
    size_t count;
};

static int by_key_and_order(const void *a, const void *b)
{
    const struct candidate *x = *(const struct candidate *const *)a, *y = *(const struct candidate *const *)b;
    int order = strcmp(x->node->key, y->node->key);

    if (order)
        return order;
    return x->order < y->order ? -1 : 1;
}

static void add_candidates(struct candidates *c, const struct node *map, bool own)
{
    c->list = xrealloc(c->list, c->count + map->count + 1, sizeof *c->list);
    for (const struct node *n = map->first; n; n = n->next) {
        c->list[c->count] = (struct candidate){n, c->count, own, false};
        c->count++;
    }
}

static void choose_winners(struct candidates *c)
{
    struct candidate **sorted = xcalloc(c->count + 1, sizeof *sorted);

    for (size_t i = 0; i < c->count; i++)
        sorted[i] = &c->list[i];
    qsort(sorted, c->count, sizeof *sorted, by_key_and_order);
    for (size_t i = 0; i < c->count; i++)
        sorted[i]->wins = i == 0 || strcmp(sorted[i]->node->key, sorted[i - 1]->node->key) != 0;
    free(sorted);
}

/* What `<<` names: a mapping, or a list of mappings. */
static bool collect_merge(struct reader *r, const struct node *merge, struct candidates *c)
{
    bool good = merge->kind == NODE_MAP || merge->first;

    if (merge->kind == NODE_MAP)
        add_candidates(c, merge, false);
    else
        for (const struct node *n = merge->first; n; n = n->next) {
            good = good && n->kind == NODE_MAP;
            if (n->kind == NODE_MAP)
                add_candidates(c, n, false);
        }
    if (!good)
        fail(r, merge->at, "expected a mapping after '<<', or a list of mappings");
    return good;
}

/* `<<: *base` or `<<: [*a, *b]`: own keys win, then the first of the list. */
static void apply_merge(struct reader *r, struct node *map, const struct node *merge)
{
    struct candidates c = {NULL, 0};

    add_candidates(&c, map, true);
    if (collect_merge(r, merge, &c)) {
        choose_winners(&c);
        for (size_t i = 0; i < c.count; i++) {
            struct node *copy;

            if (!c.list[i].wins || c.list[i].own)
                continue;
            if (!spend(r, c.list[i].node->size, merge->at))
                break;
            copy = node_copy(r->arena, c.list[i].node);
            grow_parent(map, copy);
            node_append(map, copy);
        }
    }
    free(c.list);
}

static void read_map(struct reader *r, struct node *map, unsigned depth)
{
    struct node *merge = NULL;
    yaml_event_t ev;

    while (next(r, &ev)) {
        struct node head = {.kind = NODE_MAP};
        bool end = ev.type == YAML_MAPPING_END_EVENT, read = !end && read_key(r, &ev, &head);
        struct node *child = NULL;

        yaml_event_delete(&ev);
        if (end)
            break;
        if (!read || !next(r, &ev))
            return;
        child = read_node(r, &ev, depth + 1);
        yaml_event_delete(&ev);
        if (!child)
            return;
        child->key = head.key;
        child->key_at = head.key_at;
        if (head.plain && strcmp(head.key, "<<") == 0 && !merge) {
            merge = child;
            continue;
        }
        grow_parent(map, child);
        node_append(map, child);
    }
    if (r->failed)
        return;
    check_duplicates(r, map);
    if (merge)
        apply_merge(r, map, merge);
}

static struct node *read_collection(struct reader *r, const yaml_event_t *ev, unsigned depth)
{
    bool map = ev->type == YAML_MAPPING_START_EVENT;
    struct place at = place_of(r, ev->start_mark);
    struct node *n;

    if (depth > YAML_DEPTH_MAX) {
        fail(r, at, "nested deeper than 64 levels: expected a flatter file");
        return NULL;
    }
    if (!check_tag(r, map ? ev->data.mapping_start.tag : ev->data.sequence_start.tag, at) || !spend(r, 1, at))
        return NULL;
    n = node_create(r->arena, map ? NODE_MAP : NODE_LIST, at);
    if (map)
        read_map(r, n, depth);
    else
        read_list(r, n, depth);
    return r->failed ? NULL : n;
}

/* The node that begins with this event; NULL when reading has failed. `depth` counts from 1. */
static struct node *read_node(struct reader *r, const yaml_event_t *ev, unsigned depth)
{
    struct anchor *anchor;
    struct node *n;

    if (ev->type == YAML_ALIAS_EVENT)
        return read_alias(r, ev, depth);
    if (ev->type == YAML_SCALAR_EVENT) {
        anchor = anchor_open(r, ev->data.scalar.anchor);
        n = read_text(r, ev);
    } else {
        must(ev->type == YAML_MAPPING_START_EVENT || ev->type == YAML_SEQUENCE_START_EVENT);
        anchor = anchor_open(r,
                             ev->type == YAML_MAPPING_START_EVENT ? ev->data.mapping_start.anchor : ev->data.sequence_start.anchor);
        n = read_collection(r, ev, depth);
    }
    if (anchor)
        anchor->node = n;
    return n;
}

/* stream start, document start, node, document end, stream end. */
static struct node *read_document(struct reader *r)
{
    struct node *root = NULL;
    yaml_event_t ev;

    while (next(r, &ev)) {
        yaml_event_type_t type = ev.type;

        if (type == YAML_STREAM_END_EVENT) {
            yaml_event_delete(&ev);
            break;
        }
        if (type == YAML_DOCUMENT_START_EVENT && root)
            fail(r, place_of(r, ev.start_mark), "a second document begins here: expected one document in a file");
        else if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT && type != YAML_DOCUMENT_END_EVENT)
            root = read_node(r, &ev, 1);
        yaml_event_delete(&ev);
    }
    return r->failed ? NULL : root;
}

struct node *yaml_tree_read(struct arena *arena, struct diag *d, const char *name, const void *text, size_t length,
                            struct yaml_budget *budget)
{
    struct reader r = {.arena = arena, .diag = d, .name = name, .budget = budget};
    size_t mark = byte_order_mark(text, length);
    struct node *root;

    if (length > YAML_BYTES_MAX) {
        diag_error(d, (struct place){name, 1, 1}, NULL, "larger than 16 MiB: expected a scenario");
        return NULL;
    }
    if (!check_bytes(&r, text, length))
        return NULL;
    if (!yaml_parser_initialize(&r.parser))
        die("out of memory");
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text + mark, length - mark);
    root = read_document(&r);
    yaml_parser_delete(&r.parser);
    if (!root && !r.failed)
        diag_error(d, (struct place){name, 1, 1}, NULL, "the file is empty: expected a scenario");
    return root;
}
