/* overlay - lays strategies, files and --set over a tree */
#include "scenario/overlay.h"

#include <string.h>

#include "scenario/normal_form.h"
#include "scenario/path.h"
#include "stormcell/must.h"

#define COMMAND_LINE "<command line>"

/* A path with what is to stand there. */
struct change {
    const char *path;
    struct place at; /* of the path */
    const struct node *value;
};

static bool problem(struct overlay *o, const struct change *c, const char *text)
{
    diag_error(o->source->diag, c->at, c->path, "%s", text);
    return false;
}

/* ---------------------------------------------------------------- one path */

/* A list element that was found by name keeps that name. */
static void name_element(struct arena *arena, struct node *value, const struct path_end *end, struct place at)
{
    struct node *name;

    if (!end->by_name || value->kind != NODE_MAP || node_find(value, "name"))
        return;
    name = node_create(arena, NODE_TEXT, at);
    name->key = "name";
    name->key_at = at;
    name->text = end->key;
    node_append(value, name);
}

static void put(struct overlay *o, const struct change *c, const struct path_end *end)
{
    struct node *value = node_copy(o->source->arena, c->value);

    normal_form(o->source->arena, value, &end->shape);
    value->key_at = c->at;
    if (end->parent->kind == NODE_MAP) {
        value->key = end->key;
        normal_put(&end->parent_shape, end->parent, value);
        return;
    }
    value->key = NULL;
    name_element(o->source->arena, value, end, c->at);
    if (end->node)
        node_replace(end->parent, end->node, value);
    else
        node_append(end->parent, value);
}

static bool is_strategies(const struct path_end *end)
{
    return end->shape.kind == SHAPE_OVERLAY ||
           (end->parent_shape.kind == SHAPE_MESSAGE && end->key && strcmp(end->key, "strategies") == 0);
}

static bool spend_step(struct overlay *o, const struct change *c)
{
    if (++o->steps <= OVERLAY_STEPS_MAX)
        return true;
    if (o->steps == OVERLAY_STEPS_MAX + 1)
        problem(o, c, "strategies combine to more than 2000 changes: expected fewer");
    return false;
}

static bool apply(struct overlay *o, const struct change *c)
{
    struct path_context context = {o->source->arena, o->source->diag, o->root};
    bool erase = node_null(c->value);
    struct path_end end;
    const char *why;

    if (!spend_step(o, c))
        return false;
    if (!path_find(&context, c->path, erase ? PATH_LOOK : PATH_SET, &end, &why))
        return problem(o, c, why);
    if (is_strategies(&end))
        return problem(o, c, "an overlay cannot change strategies: expected a path of the scenario itself");
    if (erase) {
        if (end.node)
            node_remove(end.parent, end.node);
        return true;
    }
    if (!path_find(&context, c->path, PATH_CREATE, &end, &why))
        return problem(o, c, why);
    if (!end.parent) {
        must(end.nearest);
        return problem(o, c,
                       arena_format(o->source->arena, "nothing can stand here: %s is no mapping",
                                    node_words(o->source->diag, end.nearest)));
    }
    put(o, c, &end);
    return true;
}

/* ---------------------------------------------------------------- strategies */

/* Strategies that are being combined, the innermost first. */
struct combining {
    const char *name;
    const struct combining *outer;
    unsigned depth;
};

/* Called for each change of a strategy; false ends it. */
typedef bool change_visitor(void *context, const struct change *c);
/* Called for what is wrong with a strategy. */
typedef void complaint_visitor(void *context, struct place at, const char *path, const char *text);

struct visit {
    struct arena *arena;
    struct diag *diag; /* for quoting; may be NULL when nobody complains */
    const struct node *strategies;
    change_visitor *change;
    complaint_visitor *complaint;
    void *context;
};

static const char *spell_cycle(struct arena *arena, const struct combining *inner, const char *name)
{
    const char *text = name;

    for (const struct combining *c = inner; c; c = c->outer) {
        text = arena_format(arena, "%s -> %s", c->name, text);
        if (strcmp(c->name, name) == 0)
            break;
    }
    return text;
}

static bool is_combining(const struct combining *c, const char *name)
{
    for (; c; c = c->outer)
        if (strcmp(c->name, name) == 0)
            return true;
    return false;
}

static void no_such_strategy(const struct visit *v, struct place at, const char *path, const char *name)
{
    const char *names[OVERLAY_STRATEGIES_MAX] = {NULL}, *nearest;
    size_t count = 0;

    if (!v->complaint)
        return;
    for (const struct node *n = v->strategies ? v->strategies->first : NULL; n && count < OVERLAY_STRATEGIES_MAX; n = n->next)
        if (n->key)
            names[count++] = n->key;
    nearest = shape_nearest(v->diag, name, names, count);
    name = diag_quote(v->diag, name);
    if (nearest)
        v->complaint(v->context, at, path,
                     arena_format(v->arena, "no strategy %s; did you mean %s?", name, diag_quote(v->diag, nearest)));
    else
        v->complaint(v->context, at, path,
                     arena_format(v->arena, "no strategy %s: expected %s", name,
                                  count ? shape_words(v->arena, names, count) : "no strategy at all"));
}

static bool visit_strategy(const struct visit *v, const struct node *strategy, const struct combining *outer);

/* One name in a list of strategies. */
static bool visit_member(const struct visit *v, const struct node *member, const struct combining *self)
{
    const char *path = arena_format(v->arena, "strategies.%s", self->name);
    const struct node *strategy;

    if (member->kind != NODE_TEXT || node_null(member)) {
        if (v->complaint)
            v->complaint(v->context, member->at, path, "expected the name of a strategy");
        return true;
    }
    if (is_combining(self, member->text)) {
        if (v->complaint)
            v->complaint(v->context, member->at, path,
                         arena_format(v->arena, "a strategy cannot combine itself: %s", spell_cycle(v->arena, self, member->text)));
        return true;
    }
    strategy = node_find(v->strategies, member->text);
    if (!strategy) {
        no_such_strategy(v, member->at, path, member->text);
        return true;
    }
    return visit_strategy(v, strategy, self);
}

static bool visit_strategy(const struct visit *v, const struct node *strategy, const struct combining *outer)
{
    struct combining self = {strategy->key, outer, outer ? outer->depth + 1 : 1};
    bool go_on = true;

    if (strategy->kind == NODE_LIST && self.depth <= YAML_DEPTH_MAX) {
        for (const struct node *n = strategy->first; n && go_on; n = n->next)
            go_on = v->change(v->context, NULL) && visit_member(v, n, &self);
        return go_on;
    }
    if (strategy->kind != NODE_MAP && !node_null(strategy) && v->complaint)
        v->complaint(v->context, strategy->at, arena_format(v->arena, "strategies.%s", strategy->key),
                     strategy->kind == NODE_LIST ? "strategies combine more than 64 deep: expected a flatter list"
                                                 : "expected a mapping of paths to values, or a list of strategies");
    for (const struct node *n = strategy->first; strategy->kind == NODE_MAP && n && go_on; n = n->next) {
        struct change c = {n->key, n->key_at, n};

        go_on = v->change(v->context, &c);
    }
    return go_on;
}

static bool apply_visited(void *context, const struct change *c)
{
    struct overlay *o = context;

    if (c) {
        apply(o, c);
        return o->steps <= OVERLAY_STEPS_MAX;
    }
    return ++o->steps <= OVERLAY_STEPS_MAX;
}

static void complain_visited(void *context, struct place at, const char *path, const char *text)
{
    struct overlay *o = context;

    diag_error(o->source->diag, at, path, "%s", text);
}

void overlay_strategy(struct overlay *o, const char *name)
{
    struct visit v = {
        .arena = o->source->arena,
        .diag = o->source->diag,
        .strategies = node_find(o->root, "strategies"),
        .change = apply_visited,
        .complaint = complain_visited,
        .context = o,
    };
    const struct node *strategy = v.strategies ? node_find(v.strategies, name) : NULL;

    if (strategy)
        visit_strategy(&v, strategy, NULL);
    else
        no_such_strategy(&v, (struct place){COMMAND_LINE, 1, 1}, "--strategy", name);
}

struct path_list {
    const char **paths;
    size_t count, capacity, steps;
    struct arena *arena;
};

static bool list_visited(void *context, const struct change *c)
{
    struct path_list *l = context;

    if (++l->steps > OVERLAY_STEPS_MAX)
        return false;
    if (!c)
        return true;
    if (l->count == l->capacity) {
        const char **old = l->paths;

        l->capacity = l->capacity ? l->capacity * 2 : 8;
        l->paths = arena_take(l->arena, l->capacity * sizeof *l->paths);
        if (old)
            memcpy(l->paths, old, l->count * sizeof *old);
    }
    l->paths[l->count++] = c->path;
    return true;
}

size_t overlay_paths(struct arena *arena, const struct node *root, const char *name, const char ***paths)
{
    struct path_list l = {.arena = arena};
    struct visit v = {.arena = arena, .strategies = node_find(root, "strategies"), .change = list_visited, .context = &l};
    const struct node *strategy = v.strategies ? node_find(v.strategies, name) : NULL;

    if (strategy)
        visit_strategy(&v, strategy, NULL);
    *paths = l.paths;
    return l.count;
}

/* ---------------------------------------------------------------- --with */

/* A key without dots: a key of the scenario or a noun, and what it holds is merged. */
static void merge_nested(struct overlay *o, const struct node *child)
{
    struct path_context context = {o->source->arena, o->source->diag, o->root};
    struct change c = {child->key, child->key_at, child};
    struct path_end end;
    struct node *copy;
    const char *why;

    if (!path_find(&context, child->key, PATH_LOOK, &end, &why)) {
        problem(o, &c, why);
        return;
    }
    if (child->kind != NODE_MAP || !end.node || end.node->kind != NODE_MAP || is_strategies(&end)) {
        apply(o, &c);
        return;
    }
    copy = node_copy(o->source->arena, child);
    normal_form(o->source->arena, copy, &end.shape);
    normal_merge(end.node, copy, &end.shape);
}

void overlay_with(struct overlay *o, const char *path)
{
    struct node *with = source_tree(o->source, path, (struct place){path, 0, 0});

    if (!with)
        return;
    for (const struct node *n = with->first; n; n = n->next) {
        struct change c = {n->key, n->key_at, n};

        if (strpbrk(n->key, ".["))
            apply(o, &c);
        else
            merge_nested(o, n);
    }
}

/* ---------------------------------------------------------------- --set */

static void move_to_command_line(struct node *n)
{
    n->at = n->key_at = (struct place){COMMAND_LINE, 1, 1};
    n->verbatim = false;
    for (struct node *child = n->first; child; child = child->next)
        move_to_command_line(child);
}

/* Places inside an argument help nobody: what is wrong in it is said of the whole. */
static struct node *read_value(struct source *s, const char *text)
{
    struct diag *quiet = diag_create();
    struct node *value = yaml_tree_read(s->arena, quiet, COMMAND_LINE, text, strlen(text), &s->budget);

    if (diag_errors(quiet))
        value = NULL;
    diag_free(quiet);
    return value;
}

void overlay_set(struct overlay *o, const char *assignment)
{
    struct source *s = o->source;
    const char *equals = strchr(assignment, '=');
    struct change c = {.at = {COMMAND_LINE, 1, 1}};
    struct node *value;

    if (!equals || equals == assignment || !equals[1]) {
        diag_error(s->diag, c.at, "--set", "expected path=value, found %s", diag_quote(s->diag, assignment));
        return;
    }
    c.path = arena_text_n(s->arena, assignment, (size_t)(equals - assignment));
    value = read_value(s, equals + 1);
    if (!value) {
        problem(o, &c, arena_format(s->arena, "expected a value as in a scenario, found %s", diag_quote(s->diag, equals + 1)));
        return;
    }
    move_to_command_line(value);
    c.value = value;
    apply(o, &c);
}
