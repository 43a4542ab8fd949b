/* assumed - reads ranges, and walks through them in even steps */
#include "scenario/assumed.h"

#include <string.h>

#include "base/quantity.h"
#include "scenario/check_inside.h"
#include "scenario/spelling.h"
#include "stormcell/must.h"

/* ---------------------------------------------------------------- reading */

static enum quantity_outcome read_whole(const struct assumed_context *c, const struct shape *shape, const char *text, int64_t *out)
{
    switch (shape->param->unit) {
    case PARAM_DURATION:
        return quantity_duration(text, out);
    case PARAM_MOMENT:
        return quantity_moment(text, c->start_utc_s, out);
    case PARAM_DATETIME:
        return quantity_datetime(text, out);
    default:
        return quantity_signed(text, out);
    }
}

static enum quantity_outcome read_fraction(const struct shape *shape, const char *text, double *out)
{
    if (shape->param->unit == PARAM_RATE)
        return quantity_rate(text, out);
    if (shape->param->unit == PARAM_SHARE)
        return quantity_share(text, out);
    return quantity_number(text, out);
}

static bool is_number(const struct shape *shape)
{
    if (shape->kind != SHAPE_VALUE)
        return false;
    switch (shape->field->type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_DOUBLE:
        return true;
    default:
        return false;
    }
}

static bool read_end(const struct assumed_context *c, const struct shape *shape, const char *text, struct assumed_range *r,
                     bool high)
{
    enum quantity_outcome outcome;

    if (r->whole) {
        int64_t *whole = high ? &r->hi_whole : &r->lo_whole;

        outcome = read_whole(c, shape, text, whole);
        *(high ? &r->hi : &r->lo) = (double)*whole;
    } else {
        outcome = read_fraction(shape, text, high ? &r->hi : &r->lo);
    }
    return outcome == QUANTITY_GOOD;
}

static const char *judge_ends(struct arena *arena, const struct shape *shape, const struct assumed_range *r)
{
    const struct param *p = shape->param;
    char text[64];

    if (r->whole ? r->lo_whole > r->hi_whole : r->lo > r->hi)
        return "a range goes from the least value to the greatest: expected lo..hi";
    if (p->has_range && r->lo < p->min)
        return arena_format(arena, "the range begins below what is allowed, %s", spelling_format(p->unit, p->min, text));
    if (p->has_range && r->hi > p->max)
        return arena_format(arena, "the range ends above what is allowed, %s", spelling_format(p->unit, p->max, text));
    return NULL;
}

/* A part that has a shorthand is meant by its plain value: `work`, not `work.constant`. */
static struct shape plain_shape(const struct shape *shape)
{
    struct shape inner;

    return shape->kind == SHAPE_MESSAGE && shape_shorthand(shape, &inner) ? inner : *shape;
}

bool assumed_read(const struct assumed_context *c, const struct shape *given, const char *text, struct assumed_range *out,
                  const char **problem)
{
    struct shape shape = plain_shape(given);
    const char *dots = strstr(text, ".."), *low;

    *out = (struct assumed_range){0};
    if (!is_number(&shape)) {
        *problem = "this is no number: expected the path of one";
        return false;
    }
    out->unit = shape.param->unit;
    out->whole = shape.field->type != PROTOBUF_C_TYPE_DOUBLE;
    low = dots ? arena_text_n(c->arena, text, (size_t)(dots - text)) : "";
    if (!dots || !read_end(c, &shape, low, out, false) || !read_end(c, &shape, dots + 2, out, true)) {
        *problem = arena_format(c->arena, "expected a range lo..hi, each %s", shape_expected(c->arena, &shape));
        return false;
    }
    *problem = judge_ends(c->arena, &shape, out);
    return !*problem;
}

/* ---------------------------------------------------------------- steps */

static char *whole_text(const struct assumed_range *r, int64_t value)
{
    char text[64];

    if (r->unit == PARAM_DURATION)
        return xstrdup(quantity_format_duration(value, text));
    if (r->unit == PARAM_MOMENT)
        return xasprintf("+%s", quantity_format_duration(value, text));
    return xasprintf("%lld", (long long)value);
}

char *assumed_value(const struct assumed_range *r, unsigned index, unsigned steps)
{
    unsigned of = steps > 1 ? steps - 1 : 2, at = steps > 1 ? index : 1;
    char text[64];

    if (r->whole) {
        __int128 span = (__int128)r->hi_whole - r->lo_whole;

        return whole_text(r, (int64_t)(r->lo_whole + (span * at + of / 2) / of));
    }
    if (at == of)
        return xstrdup(spelling_format(r->unit, r->hi, text));
    return xstrdup(spelling_format(r->unit, r->lo + (r->hi - r->lo) * ((double)at / of), text));
}

/* ---------------------------------------------------------------- the check */

static void check_range(struct check *c, const struct node *entry, const struct path_end *end)
{
    const struct node *text = entry->kind == NODE_MAP ? node_find(entry, "range") : NULL;
    struct assumed_context context = {c->arena, c->m->clock->start_utc_s};
    struct assumed_range range;
    const char *problem;

    if (text && text->kind == NODE_TEXT && !text->bad && !assumed_read(&context, &end->shape, text->text, &range, &problem))
        diag_error(c->diag, text->at, check_path(c, "assumed", entry->key), "%s", problem);
}

/* Paths are looked up in the baseline: that is what the ranges are laid over first. What does not stand there cannot be varied. */
void check_assumed(struct check *c)
{
    struct path_context context = {c->arena, c->diag, c->in->baseline};
    const struct node *list = node_find(c->in->root, "assumed");

    if (!list || list->kind != NODE_MAP)
        return;
    for (const struct node *n = list->first; n; n = n->next) {
        const char *path = check_path(c, "assumed", n->key), *why;
        struct path_end end;

        if (!path_find(&context, n->key, PATH_LOOK, &end, &why))
            diag_error(c->diag, n->key_at, path, "%s", why);
        else if (!end.parent)
            diag_error(c->diag, n->key_at, path,
                       "there is nothing of it in the baseline: expected the path of a number whose part is there");
        else
            check_range(c, n, &end);
    }
}
