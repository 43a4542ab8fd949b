/* path - follows a path through the tree and the language at once */
#include "scenario/path.h"

#include <stdlib.h>
#include <string.h>

#include "scenario/normal_form.h"
#include "stormcell/must.h"

#define SEGMENT_MAX 200

/* One part of a path: a name, or an index. */
struct segment {
    const char *name; /* NULL: an index */
    size_t index;
};

struct walk {
    const struct path_context *c;
    const char *left; /* of the path */
    enum path_purpose purpose;
    struct path_end end;
    const char *problem;
};

/* ---------------------------------------------------------------- nouns */

/* Called for each noun; true ends the visit. */
typedef bool noun_visitor(void *context, const struct noun *noun);

struct noun_visit {
    noun_visitor *visitor;
    void *context;
};

static bool visit_entries(const struct noun_visit *v, const struct node *named, const char *kind)
{
    if (named && named->kind == NODE_MAP)
        for (struct node *n = named->first; n; n = n->next)
            if (v->visitor(v->context, &(struct noun){n->key, kind, n}))
                return true;
    return false;
}

static const struct node *find_in(const struct node *map, const char *key)
{
    return map ? node_find(map, key) : NULL;
}

static bool visit_lanes(const struct noun_visit *v, const struct node *transports)
{
    if (transports && transports->kind == NODE_MAP)
        for (struct node *t = transports->first; t; t = t->next)
            if (visit_entries(v, find_in(find_in(t, "delivery"), "lanes"), "lane"))
                return true;
    return false;
}

static const char *element_name(const struct node *element)
{
    const struct node *name = node_find(element, "name");

    return name && name->kind == NODE_TEXT && !node_null(name) ? name->text : NULL;
}

static bool visit_steps(const struct noun_visit *v, const struct node *runbook)
{
    if (runbook && runbook->kind == NODE_LIST)
        for (struct node *n = runbook->first; n; n = n->next)
            if (element_name(n) && v->visitor(v->context, &(struct noun){element_name(n), "runbook step", n}))
                return true;
    return false;
}

static bool visit_nouns(const struct noun_visit *v, const struct node *root)
{
    return visit_entries(v, node_find(root, "services"), "service") ||
           visit_entries(v, node_find(root, "transports"), "transport") ||
           visit_entries(v, node_find(root, "populations"), "population") || visit_entries(v, node_find(root, "faults"), "fault") ||
           visit_entries(v, node_find(root, "links"), "link") || visit_entries(v, node_find(root, "rollouts"), "rollout") ||
           visit_lanes(v, node_find(root, "transports")) || visit_steps(v, node_find(root, "runbook"));
}

struct noun_list {
    struct arena *arena;
    struct noun *list;
    size_t count, capacity;
};

static bool list_noun(void *context, const struct noun *noun)
{
    struct noun_list *l = context;

    if (l->count == l->capacity) {
        struct noun *old = l->list;

        l->capacity = l->capacity ? l->capacity * 2 : 16;
        l->list = arena_take(l->arena, l->capacity * sizeof *l->list);
        if (old)
            memcpy(l->list, old, l->count * sizeof *old);
    }
    l->list[l->count++] = *noun;
    return false;
}

size_t path_nouns(struct arena *arena, const struct node *root, struct noun **nouns)
{
    struct noun_list l = {.arena = arena};
    struct noun_visit v = {list_noun, &l};

    visit_nouns(&v, root);
    *nouns = l.list;
    return l.count;
}

/* A noun that is looked for by its name. */
struct noun_search {
    const char *name;
    struct noun found;
};

static bool match_noun(void *context, const struct noun *noun)
{
    struct noun_search *s = context;

    if (strcmp(noun->name, s->name) != 0)
        return false;
    s->found = *noun;
    return true;
}

static bool find_noun(const struct node *root, const char *name, struct noun *out)
{
    struct noun_search s = {.name = name};
    struct noun_visit v = {match_noun, &s};
    bool found = visit_nouns(&v, root);

    *out = s.found;
    return found;
}

const char *path_join(struct arena *arena, const char *parent, const char *key)
{
    return *parent ? arena_format(arena, "%s.%s", parent, key) : key;
}

/* ---------------------------------------------------------------- segments */

static bool refuse(struct walk *w, const char *problem)
{
    w->problem = problem;
    return false;
}

/* Takes the next part off the path. */
static bool take_segment(struct walk *w, struct segment *s)
{
    const char *p = w->left;
    size_t length;

    if (*p == '[') {
        char *end;

        s->name = NULL;
        if (p[1] < '0' || p[1] > '9' || strlen(p) > SEGMENT_MAX)
            return refuse(w, "this is no path: expected a number in [...]");
        s->index = strtoul(p + 1, &end, 10);
        if (*end != ']')
            return refuse(w, "this is no path: expected ']'");
        p = end + 1;
    } else {
        length = strcspn(p, ".[]");
        if (length == 0 || length > SEGMENT_MAX || p[length] == ']')
            return refuse(w, "this is no path: expected names with dots between them, such as hub.delivery.workers");
        s->name = arena_text_n(w->c->arena, p, length);
        p += length;
    }
    if (*p == '.' && p[1])
        p++;
    else if (*p && *p != '[')
        return refuse(w, "this is no path: expected a name after the dot");
    w->left = p;
    return true;
}

/* ---------------------------------------------------------------- steps */

static const char *unknown(struct walk *w, const char *what, const char *name, const char *const *candidates, size_t count)
{
    const char *nearest = shape_nearest(w->c->diag, name, candidates, count);
    struct arena *arena = w->c->arena;

    name = diag_quote(w->c->diag, name);
    if (nearest)
        return arena_format(arena, "no %s %s; did you mean %s?", what, name, diag_quote(w->c->diag, nearest));
    if (count == 0)
        return arena_format(arena, "no %s %s: there is none here", what, name);
    return arena_format(arena, "no %s %s: expected %s", what, name, shape_words(arena, candidates, count));
}

/* Makes the mapping that the walk stands on, if it may. */
static bool stand_on(struct walk *w, enum node_kind kind)
{
    struct path_end *e = &w->end;

    if (w->purpose != PATH_CREATE || (e->node && !node_null(e->node)))
        return !e->node || e->node->kind == kind || node_null(e->node);
    if (e->node) { /* `queue:` with nothing behind it */
        e->node->kind = kind;
        return true;
    }
    e->node = node_create(w->c->arena, kind, e->nearest->at);
    e->node->key = e->key;
    e->node->key_at = e->nearest->key_at;
    must(e->parent && e->parent->kind == NODE_MAP);
    normal_put(&e->parent_shape, e->parent, e->node);
    e->nearest = e->node;
    return true;
}

/* Goes on to the child of that key. */
static bool go_down(struct walk *w, const char *key, const struct shape *shape)
{
    struct path_end *e = &w->end;

    if (!stand_on(w, NODE_MAP))
        return refuse(w, arena_format(w->c->arena, "%s is no mapping", node_words(w->c->diag, e->node)));
    e->parent = e->node && e->node->kind == NODE_MAP ? e->node : NULL;
    e->parent_shape = e->shape;
    e->shape = *shape;
    e->key = key;
    e->by_name = false;
    e->node = e->parent ? node_find(e->parent, key) : NULL;
    if (e->node)
        e->nearest = e->node;
    return true;
}

/* A new name may only stand at the end of a path that is to be set. A kind of control is no new name: the language has it. */
static bool may_be_new(const struct walk *w, const struct shape *named, const char *name)
{
    return (w->purpose != PATH_LOOK && *w->left == '\0') || shape_entry(named, name).field;
}

static bool go_to_entry(struct walk *w, const char *name)
{
    struct shape named = w->end.shape, entry = shape_entry(&named, name);
    const struct node *list = w->end.node;
    const char **names;
    size_t count = 0;

    if (!(list && node_find(list, name)) && !may_be_new(w, &named, name)) {
        names = arena_take(w->c->arena, sizeof *names * (list ? list->count + 1 : 1));
        for (const struct node *n = list ? list->first : NULL; n; n = n->next)
            if (n->key)
                names[count++] = n->key;
        return refuse(w, unknown(w, "entry", name, names, count));
    }
    return go_down(w, name, &entry);
}

/* The names of the parts in a list of a message; returns how many. */
static size_t part_names(const struct node *list, const char **names)
{
    size_t count = 0;

    for (const struct node *n = list && list->kind == NODE_MAP ? list->first : NULL; n; n = n->next)
        names[count++] = n->key;
    return count;
}

/* Says so; what was meant may be a part as well as a key. */
static bool refuse_key(struct walk *w, const struct shape *message, const char *name)
{
    const char *keys[SHAPE_KEYS_MAX];
    size_t key_count = shape_keys(message, keys);

    for (size_t i = 0; w->end.node && i < message->message->count; i++) {
        struct shape via = shape_of_field(message->message, i);
        const struct node *list = via.kind == SHAPE_NAMED ? find_in(w->end.node, via.param->key) : NULL;
        const char **names = arena_take(w->c->arena, sizeof *names * (list ? list->count + 1 : 1));
        size_t count = part_names(list, names);

        if (shape_nearest(w->c->diag, name, names, count) && !shape_nearest(w->c->diag, name, keys, key_count))
            return refuse(w, unknown(w, "key", name, names, count));
    }
    return refuse(w, unknown(w, "key", name, keys, key_count));
}

static bool go_to_key(struct walk *w, const char *name)
{
    struct shape message = w->end.shape;
    struct shape_key key;

    if (shape_find(&message, name, &key)) {
        if (!key.has_via)
            return go_down(w, name, &key.shape);
        return go_down(w, key.via.param->key, &key.via) && go_down(w, name, &key.shape);
    }
    /* A part by its name, in a list that the path leaves out: an operation of a service, a control with a name of its own. */
    for (size_t i = 0; w->end.node && i < message.message->count; i++) {
        struct shape via = shape_of_field(message.message, i);
        const struct node *list = via.kind == SHAPE_NAMED ? node_find(w->end.node, via.param->key) : NULL;

        if (list && node_find(list, name))
            return go_down(w, via.param->key, &via) && go_to_entry(w, name);
    }
    return refuse_key(w, &message, name);
}

static void stand_on_element(struct walk *w, struct node *element, size_t index)
{
    struct path_end *e = &w->end;

    e->parent = e->node;
    e->parent_shape = e->shape;
    e->shape = e->shape.kind == SHAPE_LIST ? shape_element(&e->shape)
                                           : (struct shape){SHAPE_VALUE, NULL, e->shape.field, e->shape.param, false};
    e->node = element;
    e->index = index;
    e->by_name = false;
    if (element)
        e->nearest = element;
}

static bool go_to_index(struct walk *w, size_t index)
{
    struct path_end *e = &w->end;
    struct shape shorthand;
    size_t count;

    if (e->shape.kind == SHAPE_MESSAGE && shape_shorthand(&e->shape, &shorthand) && shorthand.kind == SHAPE_VALUES &&
        !go_down(w, shorthand.param->key, &shorthand))
        return false;
    if (e->shape.kind != SHAPE_LIST && e->shape.kind != SHAPE_VALUES)
        return refuse(w, "this is no list: expected no [...]");
    if (!stand_on(w, NODE_LIST))
        return refuse(w, arena_format(w->c->arena, "%s is no list", node_words(w->c->diag, e->node)));
    count = e->node && e->node->kind == NODE_LIST ? e->node->count : 0;
    if (index > count || (index == count && (w->purpose == PATH_LOOK || *w->left)))
        return refuse(w, arena_format(w->c->arena, "no element [%zu]: the list has %zu, counted from 0", index, count));
    stand_on_element(w, index < count ? node_at(e->node, index) : NULL, index);
    return true;
}

/* An element of a list by its own name. */
static bool go_to_named_element(struct walk *w, const char *name)
{
    struct path_end *e = &w->end;
    const char **names;
    size_t count = 0, index = 0;

    if (!shape_has_name(e->shape.message))
        return refuse(w, "expected the number of an element, such as [0]");
    if (!stand_on(w, NODE_LIST))
        return refuse(w, arena_format(w->c->arena, "%s is no list", node_words(w->c->diag, e->node)));
    names = arena_take(w->c->arena, sizeof *names * (e->node ? e->node->count + 1 : 1));
    for (struct node *n = e->node ? e->node->first : NULL; n; n = n->next, index++) {
        const char *own = element_name(n);

        if (own && strcmp(own, name) == 0) {
            stand_on_element(w, n, index);
            return true;
        }
        if (own)
            names[count++] = own;
    }
    if (w->purpose == PATH_LOOK || *w->left)
        return refuse(w, unknown(w, "entry", name, names, count));
    stand_on_element(w, NULL, index);
    e->by_name = true;
    e->key = name;
    return true;
}

static bool step(struct walk *w, const struct segment *s)
{
    if (!s->name)
        return go_to_index(w, s->index);
    switch (w->end.shape.kind) {
    case SHAPE_MESSAGE:
        return go_to_key(w, s->name);
    case SHAPE_NAMED:
        return go_to_entry(w, s->name);
    case SHAPE_LIST:
        return go_to_named_element(w, s->name);
    default:
        return refuse(w, arena_format(w->c->arena, "nothing stands below a plain value: expected no %s",
                                      diag_quote(w->c->diag, s->name)));
    }
}

/* ---------------------------------------------------------------- the first segment */

/* Runs the steps that lead to a noun from the root. */
static bool go_to_noun(struct walk *w, const struct noun *noun)
{
    static const char *const tops[][2] = {
        {"service", "services"},     {"transport", "transports"}, {"population", "populations"}, {"fault", "faults"},
        {"runbook step", "runbook"}, {"link", "links"},           {"rollout", "rollouts"},
    };
    const struct node *transports = node_find(w->c->root, "transports");

    for (size_t i = 0; i < sizeof tops / sizeof *tops; i++)
        if (strcmp(noun->kind, tops[i][0]) == 0)
            return go_to_key(w, tops[i][1]) &&
                   (w->end.shape.kind == SHAPE_LIST ? go_to_named_element(w, noun->name) : go_to_entry(w, noun->name));
    for (const struct node *t = transports->first; t; t = t->next) {
        const struct node *lanes = find_in(find_in(t, "delivery"), "lanes");

        if (lanes && node_find(lanes, noun->name) == noun->node)
            return go_to_key(w, "transports") && go_to_entry(w, t->key) && go_to_key(w, "delivery") && go_to_key(w, "lanes") &&
                   go_to_entry(w, noun->name);
    }
    return refuse(w, "no such lane");
}

/* Says so, with all that a path may begin with. */
static bool refuse_first(struct walk *w, const char *name)
{
    struct shape root = shape_root();
    const char *keys[SHAPE_KEYS_MAX], **names;
    struct noun *nouns;
    size_t count = path_nouns(w->c->arena, w->c->root, &nouns), keys_count = shape_keys(&root, keys);

    names = arena_take(w->c->arena, (count + keys_count) * sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = nouns[i].name;
    memcpy(names + count, keys, keys_count * sizeof *keys);
    return refuse(w, unknown(w, "noun or key", name, names, count + keys_count));
}

static bool first_step(struct walk *w, const struct segment *s)
{
    struct shape root = shape_root();
    struct shape_key key;
    struct noun noun;

    if (!s->name)
        return refuse(w, "this is no path: expected a name first");
    if (shape_find(&root, s->name, &key))
        return go_to_key(w, s->name);
    return find_noun(w->c->root, s->name, &noun) ? go_to_noun(w, &noun) : refuse_first(w, s->name);
}

bool path_find(const struct path_context *c, const char *path, enum path_purpose purpose, struct path_end *end,
               const char **problem)
{
    struct walk w = {.c = c, .left = path, .purpose = purpose};
    struct segment s = {0};
    bool good;

    w.end.node = w.end.nearest = c->root;
    w.end.shape = shape_root();
    good = take_segment(&w, &s) && first_step(&w, &s);
    while (good && *w.left)
        good = take_segment(&w, &s) && step(&w, &s);
    *end = w.end;
    *problem = w.problem;
    return good;
}
