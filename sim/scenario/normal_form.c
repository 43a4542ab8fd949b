/* normal_form - moves inlined keys and shorthand values to where their fields are */
#include "scenario/normal_form.h"

#include <string.h>

/* A value that is no mapping becomes {shorthand: value}. */
static void expand_shorthand(struct arena *arena, struct node *n, const struct shape *shape)
{
    struct shape target;
    struct node *value;

    if (n->kind == NODE_MAP || node_null(n) || !shape_shorthand(shape, &target))
        return;
    if (n->kind == NODE_LIST && target.kind != SHAPE_VALUES)
        return;
    value = arena_take(arena, sizeof *value);
    *value = *n;
    value->next = NULL;
    value->key = target.param->key;
    value->key_at = n->at;
    n->kind = NODE_MAP;
    n->wrapped = true;
    n->text = "";
    n->first = n->last = NULL;
    n->count = 0;
    node_append(n, value);
}

/* The part of `map` that holds inlined keys; made when it is not there yet. */
static struct node *inlined_part(struct arena *arena, struct node *map, const struct shape *via, const struct node *cause)
{
    struct node *part = node_find(map, via->param->key);

    if (part && (part->kind == NODE_MAP || !node_null(part)))
        return part->kind == NODE_MAP ? part : NULL;
    if (part)
        node_remove(map, part);
    part = node_create(arena, NODE_MAP, cause->key_at);
    part->key = via->param->key;
    part->key_at = cause->key_at;
    part->elided = true;
    node_append(map, part);
    return part;
}

static void move_inlined(struct arena *arena, struct node *map, const struct shape *shape)
{
    struct node *following;

    for (struct node *child = map->first; child; child = following) {
        struct shape_key key;
        struct node *part;

        following = child->next;
        if (child->elided || !shape_find(shape, child->key, &key) || !key.has_via)
            continue;
        part = inlined_part(arena, map, &key.via, child);
        if (!part)
            continue;
        node_remove(map, child);
        node_append(part, child);
    }
}

static void normal_message(struct arena *arena, struct node *n, const struct shape *shape)
{
    expand_shorthand(arena, n, shape);
    if (n->kind != NODE_MAP)
        return;
    move_inlined(arena, n, shape);
    for (struct node *child = n->first; child; child = child->next) {
        struct shape_key key;

        if (shape_find(shape, child->key, &key) && !key.has_via)
            normal_form(arena, child, &key.shape);
    }
}

void normal_form(struct arena *arena, struct node *n, const struct shape *shape)
{
    if (shape->kind == SHAPE_MESSAGE) {
        normal_message(arena, n, shape);
    } else if (shape->kind == SHAPE_NAMED && n->kind == NODE_MAP) {
        for (struct node *child = n->first; child; child = child->next) {
            struct shape entry = shape_entry(shape, child->key);

            normal_form(arena, child, &entry);
        }
    } else if (shape->kind == SHAPE_LIST && n->kind == NODE_LIST) {
        struct shape element = shape_element(shape);

        for (struct node *child = n->first; child; child = child->next)
            normal_form(arena, child, &element);
    }
}

/* Takes out what cannot stand beside `key`. */
static void remove_other_choices(const struct shape *message, struct node *map, const char *key)
{
    struct shape_key chosen, other;
    struct node *following;

    if (!shape_find(message, key, &chosen) || chosen.has_via)
        return;
    for (struct node *n = map->first; n; n = following) {
        following = n->next;
        if (strcmp(n->key, key) != 0 && shape_find(message, n->key, &other) && !other.has_via &&
            shape_same_choice(chosen.shape.field, other.shape.field))
            node_remove(map, n);
    }
}

void normal_put(const struct shape *message, struct node *map, struct node *child)
{
    struct node *old = node_find(map, child->key);

    if (message->kind == SHAPE_MESSAGE)
        remove_other_choices(message, map, child->key);
    map->wrapped = false;
    if (old)
        node_replace(map, old, child);
    else
        node_append(map, child);
}

/* The shape of a child of a mapping; false when the language does not know it. */
static bool child_shape(const struct shape *shape, const char *key, struct shape *out)
{
    struct shape_key found;

    if (shape->kind == SHAPE_NAMED) {
        *out = shape_entry(shape, key);
        return true;
    }
    if (shape->kind != SHAPE_MESSAGE || !shape_find(shape, key, &found) || found.has_via)
        return false;
    *out = found.shape;
    return true;
}

void normal_merge(struct node *base, struct node *over, const struct shape *shape)
{
    struct node *following;

    for (struct node *child = over->first; child; child = following) {
        struct node *old = node_find(base, child->key);
        struct shape inner;

        following = child->next;
        /* In a strategy null is a value: it deletes later, when the strategy is laid over the scenario. */
        if (old && node_null(child) && shape->kind != SHAPE_OVERLAY)
            node_remove(base, old);
        else if (old && old->kind == NODE_MAP && child->kind == NODE_MAP && child_shape(shape, child->key, &inner))
            normal_merge(old, child, &inner);
        else
            normal_put(shape, base, child);
    }
}
