/* words_message - what the language says of itself: settings and documentation of any message, by its descriptor
 *
 * A new control or fault is explained without a line here: its keys, values and comment are those of the proto files.
 */
#include <stdbool.h>
#include <string.h>

#include "scenario/words.h"
#include "stormcell/dist.h"
#include "stormcell/param.h"

/* ---------------------------------------------------------------- means */

static double lognormal_mean_ns(const Stormcell__Lognormal *l)
{
    struct dist d;

    if (l->has_mean_ns)
        return (double)l->mean_ns;
    d = dist_lognormal_quantile((double)l->median_ns, l->has_p99_ns ? 0.99 : 0.95, (double)(l->has_p99_ns ? l->p99_ns : l->p95_ns));
    return dist_mean_ns(&d);
}

static double mean_ns(const Stormcell__Dist *d)
{
    struct dist made;

    switch (d->shape_case) {
    case STORMCELL__DIST__SHAPE_EXPONENTIAL:
        return (double)d->exponential->mean_ns;
    case STORMCELL__DIST__SHAPE_LOGNORMAL:
        return lognormal_mean_ns(d->lognormal);
    case STORMCELL__DIST__SHAPE_GAMMA:
        return (double)d->gamma->mean_ns;
    case STORMCELL__DIST__SHAPE_UNIFORM:
        return ((double)d->uniform->from_ns + (double)d->uniform->to_ns) / 2;
    case STORMCELL__DIST__SHAPE_PARETO:
        made = dist_pareto((double)d->pareto->minimum_ns, d->pareto->shape);
        return dist_mean_ns(&made);
    case STORMCELL__DIST__SHAPE_WEIBULL:
        made = dist_weibull((double)d->weibull->scale_ns, d->weibull->shape);
        return dist_mean_ns(&made);
    case STORMCELL__DIST__SHAPE_HYPEREXPONENTIAL:
        return (double)d->hyperexponential->mean_ns;
    case STORMCELL__DIST__SHAPE_EMPIRICAL:
        made = dist_empirical(d->empirical->values_ns, d->empirical->n_values_ns);
        return dist_mean_ns(&made);
    default:
        return (double)d->constant_ns;
    }
}

double words_mean_s(const Stormcell__Dist *d)
{
    return d && d->shape_case != STORMCELL__DIST__SHAPE__NOT_SET ? mean_ns(d) / 1e9 : 0;
}

/* ---------------------------------------------------------------- words of enums */

static const struct param_word *enum_word(const ProtobufCEnumDescriptor *e, int value)
{
    const struct param_enum *known = param_enum_of(e);

    for (size_t i = 0; i < known->count; i++)
        if (known->words[i].value == value)
            return &known->words[i];
    return &known->words[0];
}

const char *words_enum_word(const ProtobufCEnumDescriptor *e, int value)
{
    return enum_word(e, value)->word;
}

const char *words_enum_doc(const ProtobufCEnumDescriptor *e, int value)
{
    return enum_word(e, value)->doc;
}

const char *words_doc(const struct words *w, const ProtobufCMessageDescriptor *m)
{
    const char *doc = param_of(m)->doc, *end = strstr(doc, ". ");

    return end ? arena_text_n(w->arena, doc, (size_t)(end - doc) + 1) : doc;
}

/* ---------------------------------------------------------------- kinds */

const ProtobufCMessage *words_kind(const ProtobufCMessage *m, const char **name)
{
    for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];

        if (f->type == PROTOBUF_C_TYPE_MESSAGE && (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) &&
            *(const uint32_t *)((const char *)m + f->quantifier_offset) == f->id) {
            *name = f->name;
            return *(const ProtobufCMessage *const *)((const char *)m + f->offset);
        }
    }
    return NULL;
}

/* ---------------------------------------------------------------- settings */

/* Is there a value, written or by default? */
static bool given(const ProtobufCFieldDescriptor *f, const ProtobufCMessage *m)
{
    const char *at = (const char *)m;

    if (f->label == PROTOBUF_C_LABEL_REPEATED)
        return false;
    if (f->type == PROTOBUF_C_TYPE_MESSAGE || f->type == PROTOBUF_C_TYPE_STRING)
        return *(void *const *)(at + f->offset) != NULL;
    if (f->label == PROTOBUF_C_LABEL_REQUIRED || f->default_value)
        return true;
    return *(const protobuf_c_boolean *)(at + f->quantifier_offset);
}

static const char *number(const struct words *w, enum param_unit unit, double value)
{
    switch (unit) {
    case PARAM_DURATION:
        return words_seconds(w, value / 1e9);
    case PARAM_MOMENT:
        return words_moment(w, (int64_t)value);
    case PARAM_RATE:
        return words_rate(w, value);
    case PARAM_SHARE:
        return words_share(w, value);
    default:
        return words_count(w, value);
    }
}

/* The value of a field, or NULL for a kind that has no short form. */
static const char *value_of(const struct words *w, const ProtobufCFieldDescriptor *f, enum param_unit unit, const void *at)
{
    switch (f->type) {
    case PROTOBUF_C_TYPE_INT64:
        return number(w, unit, (double)*(const int64_t *)at);
    case PROTOBUF_C_TYPE_UINT64:
        return number(w, unit, (double)*(const uint64_t *)at);
    case PROTOBUF_C_TYPE_UINT32:
        return number(w, unit, *(const uint32_t *)at);
    case PROTOBUF_C_TYPE_DOUBLE:
        return number(w, unit, *(const double *)at);
    case PROTOBUF_C_TYPE_BOOL:
        return *(const protobuf_c_boolean *)at ? "true" : "false";
    case PROTOBUF_C_TYPE_ENUM:
        return words_enum_word(f->descriptor, *(const int *)at);
    case PROTOBUF_C_TYPE_STRING:
        return *(const char *const *)at;
    case PROTOBUF_C_TYPE_MESSAGE:
        return f->descriptor == &stormcell__dist__descriptor ? words_dist(w, *(const Stormcell__Dist *const *)at) : NULL;
    default:
        return NULL;
    }
}

/* A manual that begins "For `jitter: spread`:" or "Unless `jitter: none`:" says where its key matters: is that so here? */
static bool matters(const struct words *w, const struct param_message *known, const ProtobufCMessage *m, const char *doc)
{
    bool unless = strncmp(doc, "Unless `", 8) == 0;
    const char *key = unless ? doc + 8 : doc + 5, *colon, *end;

    if (!unless && strncmp(doc, "For `", 5) != 0)
        return true;
    colon = strstr(key, ": ");
    end = strchr(key, '`');
    for (unsigned i = 0; colon && end && colon < end && i < m->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
        const char *value;

        if (strlen(known->params[i].key) != (size_t)(colon - key) || strncmp(known->params[i].key, key, (size_t)(colon - key)) != 0)
            continue;
        value = value_of(w, f, known->params[i].unit, (const char *)m + f->offset);
        return (value && strlen(value) == (size_t)(end - colon - 2) && strncmp(value, colon + 2, strlen(value)) == 0) != unless;
    }
    return true;
}

/* A yes or no that nobody wrote goes without saying. */
static bool goes_without_saying(const ProtobufCFieldDescriptor *f, const ProtobufCMessage *m)
{
    return f->type == PROTOBUF_C_TYPE_BOOL && f->default_value &&
           !*(const protobuf_c_boolean *)((const char *)m + f->quantifier_offset);
}

const char *words_settings(const struct words *w, const ProtobufCMessage *m)
{
    const struct param_message *known = param_of(m->descriptor);
    const char *text = "";

    for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
        const char *value;

        if (known->params[i].internal || !given(f, m) || goes_without_saying(f, m) || !matters(w, known, m, known->params[i].doc))
            continue;
        value = value_of(w, f, known->params[i].unit, (const char *)m + f->offset);
        if (value)
            text = arena_format(w->arena, "%s%s%s %s", text, *text ? ", " : "", known->params[i].key, value);
    }
    return text;
}
