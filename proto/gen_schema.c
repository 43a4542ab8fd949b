/* gen_schema - writes scenario.schema.json: JSON Schema 2020-12, so that editors complete, explain and check a scenario while it is
 * typed
 *
 * How the language looks as a schema:
 *
 *   message                an entry of $defs; with a shorthand, either that value or the mapping
 *   list of named parts    a mapping by name, its entries without the key `name`
 *   other lists            arrays
 *   inlined part           its keys stand in the parent too
 *   inlined control list   each kind is a key of the parent; the list itself (`controls`) is a mapping by name
 *   oneof                  at most one of its keys
 *   units                  texts with a pattern; the patterns are those of the loader (sim/base/quantity.h)
 *   internal fields        left out: the loader fills them
 *
 * The loader remains the judge: what a schema cannot say (references, sums of shares, ranges of durations) only it checks.
 */
#include "gen.h"

#include <stdlib.h>
#include <string.h>

#include "stormcell/json.h"

#define NUMBER "[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)?"
#define DURATION "(" NUMBER "(w|d|h|m|min|s|ms|us|ns))+"
#define CLOCK "[0-9]{2}:[0-9]{2}(:[0-9]{2})?Z"
#define DATE "[0-9]{4}-[0-9]{2}-[0-9]{2}T"

/* What a unit looks like in YAML. */
static const struct {
    const char *def, *pattern, *description, *examples[5];
} spellings[] = {
    [PARAM_PLAIN] = {NULL, "^" NUMBER "[kMG]?$", NULL, {NULL}},
    [PARAM_DURATION] = {"duration", "^" DURATION "$", "A span of time.", {"400us", "30s", "5m", "1h30m", NULL}},
    [PARAM_MOMENT] = {"moment",
                      "^(" DATE ")?" CLOCK "$|^\\+?" DURATION "$",
                      "A moment: on the clock, or counted from the start of the run.",
                      {"12:00Z", "2014-06-24T12:00Z", "+90m", NULL}},
    [PARAM_DATETIME] = {"datetime", "^" DATE CLOCK "$", "A date and time, UTC.", {"2014-06-24T10:30Z", NULL}},
    [PARAM_RATE] = {"rate", "^" NUMBER "[kMG]?/(s|min|h|d)$", "So many in a time.", {"1200/s", "90/min", "5/h", NULL}},
    [PARAM_SHARE] = {NULL, "^" NUMBER "%?$", NULL, {NULL}},
};

static void member(struct json *j, const char *key, const char *text)
{
    json_key(j, key);
    json_string(j, text);
}

static void member_ref(struct json *j, const char *def)
{
    char *ref = gen_format("#/$defs/%s", def);

    member(j, "$ref", ref);
    free(ref);
}

/* ---------------------------------------------------------------- one value */

static void write_range(struct json *j, const struct gen_field *f)
{
    if (f->has_range) {
        json_key(j, "minimum");
        json_double(j, f->min);
        json_key(j, "maximum");
        json_double(j, f->max);
    } else if (f->type == GEN_UNSIGNED) {
        json_key(j, "minimum");
        json_integer(j, 0);
    }
}

/* Shares and plain numbers are numbers in YAML, or texts such as 2% and 1.2M; a text is no number, and so has no range here. */
static void write_number(struct json *j, const struct gen_field *f)
{
    json_key(j, "type");
    json_open_array(j);
    json_string(j, f->type == GEN_DOUBLE ? "number" : "integer");
    json_string(j, "string");
    json_close_array(j);
    write_range(j, f);
    member(j, "pattern", spellings[f->unit].pattern);
    if (f->unit == PARAM_SHARE) {
        json_key(j, "examples");
        json_open_array(j);
        json_string(j, "2%");
        json_double(j, 0.02);
        json_close_array(j);
    }
}

/* The keywords of one element of the field, whatever stands around it. */
static void write_element(struct json *j, const struct gen_field *f)
{
    switch (f->type) {
    case GEN_MESSAGE:
        member_ref(j, f->message->name);
        break;
    case GEN_ENUM:
        member_ref(j, f->enumeration->name);
        break;
    case GEN_BOOL:
        member(j, "type", "boolean");
        break;
    case GEN_TEXT:
    case GEN_HASH:
        member(j, "type", "string");
        break;
    case GEN_INTEGER:
    case GEN_UNSIGNED:
    case GEN_DOUBLE:
        if (spellings[f->unit].def)
            member_ref(j, spellings[f->unit].def);
        else
            write_number(j, f);
        break;
    }
}

static void write_array(struct json *j, const struct gen_field *f)
{
    member(j, "type", "array");
    json_key(j, "items");
    json_open_object(j);
    write_element(j, f);
    json_close_object(j);
}

/* Named controls: a name that is a kind chooses it; any other name holds one kind as its only key. */
static void write_controls(struct json *j, const struct gen_field *f)
{
    member(j, "type", "object");
    json_key(j, "properties");
    json_open_object(j);
    for (size_t i = 0; i < f->message->count; i++)
        if (f->message->fields[i].oneof) {
            json_key(j, f->message->fields[i].key);
            json_open_object(j);
            write_element(j, &f->message->fields[i]);
            json_close_object(j);
        }
    json_close_object(j);
    json_key(j, "additionalProperties");
    json_open_object(j);
    member_ref(j, f->message->name);
    json_close_object(j);
}

static void write_value(struct json *j, const struct gen_field *f)
{
    if (!f->repeated) {
        write_element(j, f);
    } else if (!gen_is_mapping(f)) {
        write_array(j, f);
    } else if (f->message->kind_by_name) {
        write_controls(j, f);
    } else {
        member(j, "type", "object");
        json_key(j, "additionalProperties");
        json_open_object(j);
        write_element(j, f);
        json_close_object(j);
    }
}

/* ---------------------------------------------------------------- one key */

static void write_default(struct json *j, const struct gen_field *f)
{
    double number;

    if (!f->default_text)
        return;
    json_key(j, "default");
    if (f->type == GEN_BOOL)
        json_bool(j, strcmp(f->default_text, "true") == 0);
    else if (f->unit == PARAM_PLAIN && gen_default_number(f, &number))
        json_double(j, number);
    else
        json_string(j, gen_spell_default(f));
}

/* The sentence of manual, and the range where the schema itself cannot hold it. */
static const char *description(const struct gen_field *f)
{
    char range[160];

    if (!f->has_range || !spellings[f->unit].def || !gen_spell_range(f, range))
        return f->doc;
    return gen_format("%s Range: %s.", f->doc, range);
}

static void write_key(struct json *j, const struct gen_field *f)
{
    json_key(j, f->key);
    json_open_object(j);
    member(j, "description", description(f));
    write_value(j, f);
    write_default(j, f);
    json_close_object(j);
}

static void write_keys(struct json *j, const struct gen_message *m)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct gen_field *f = &m->fields[i];

        if (f->internal || (m->keyed && i == 0))
            continue;
        write_key(j, f);
        for (size_t k = 0; f->inlined && k < f->message->count; k++) {
            const struct gen_field *in = &f->message->fields[k];

            if (!in->internal && (in->oneof || !f->message->kind_by_name))
                write_key(j, in);
        }
    }
}

/* ---------------------------------------------------------------- one message */

static void write_required(struct json *j, const struct gen_message *m)
{
    bool open = false;

    for (size_t i = m->keyed ? 1 : 0; i < m->count; i++) {
        if (!m->fields[i].required || m->fields[i].internal)
            continue;
        if (!open) {
            json_key(j, "required");
            json_open_array(j);
            open = true;
        }
        json_string(j, m->fields[i].key);
    }
    if (open)
        json_close_array(j);
}

static void write_requires_one(struct json *j, const char *key)
{
    json_open_object(j);
    json_key(j, "required");
    json_open_array(j);
    json_string(j, key);
    json_close_array(j);
    json_close_object(j);
}

/* At most one key of the oneof: exactly one, or not any. */
static void write_oneof(struct json *j, const struct gen_message *m, const char *oneof)
{
    json_key(j, "oneOf");
    json_open_array(j);
    for (size_t i = 0; i < m->count; i++)
        if (m->fields[i].oneof && strcmp(m->fields[i].oneof, oneof) == 0)
            write_requires_one(j, m->fields[i].key);
    json_open_object(j);
    json_key(j, "not");
    json_open_object(j);
    json_key(j, "anyOf");
    json_open_array(j);
    for (size_t i = 0; i < m->count; i++)
        if (m->fields[i].oneof && strcmp(m->fields[i].oneof, oneof) == 0)
            write_requires_one(j, m->fields[i].key);
    json_close_array(j);
    json_close_object(j);
    json_close_object(j);
    json_close_array(j);
}

/* A message that is nothing but its oneof has exactly one key, which is shorter to say. Two oneofs in one message would need allOf.
 */
static void write_oneofs(struct json *j, const struct gen_message *m)
{
    const char *oneof = NULL;
    size_t others = 0;

    for (size_t i = m->keyed ? 1 : 0; i < m->count; i++) {
        const struct gen_field *f = &m->fields[i];

        if (!f->oneof)
            others++;
        else if (!oneof)
            oneof = f->oneof;
        else if (strcmp(oneof, f->oneof) != 0)
            gen_refuse("%s: the schema writer knows one oneof in a message", m->name);
    }
    if (oneof && others == 0) {
        json_key(j, "minProperties");
        json_integer(j, 1);
        json_key(j, "maxProperties");
        json_integer(j, 1);
    } else if (oneof) {
        write_oneof(j, m, oneof);
    }
}

/* `include:` is the loader's: it takes parts from other files, so that a file which has it need not be complete by itself. */
static void write_include(struct json *j)
{
    json_key(j, "include");
    json_open_object(j);
    member(j, "description", "Files, beside this one, that parts are taken from.");
    json_key(j, "type");
    json_open_array(j);
    json_string(j, "string");
    json_string(j, "array");
    json_close_array(j);
    json_key(j, "items");
    json_open_object(j);
    member(j, "type", "string");
    json_close_object(j);
    json_close_object(j);
}

static void write_required_or_include(struct json *j, const struct gen_message *m)
{
    json_key(j, "anyOf");
    json_open_array(j);
    json_open_object(j);
    write_required(j, m);
    json_close_object(j);
    write_requires_one(j, "include");
    json_close_array(j);
}

/* The mapping that a message is, into the object that is open. */
static void write_mapping(struct json *j, const struct gen_message *m, bool root)
{
    member(j, "type", "object");
    json_key(j, "properties");
    json_open_object(j);
    if (root)
        write_include(j);
    write_keys(j, m);
    json_close_object(j);
    json_key(j, "additionalProperties");
    json_bool(j, false);
    if (root)
        write_required_or_include(j, m);
    else
        write_required(j, m);
    write_oneofs(j, m);
}

/* A strategy: paths with values, or a list of strategies. */
static void write_free_form(struct json *j)
{
    json_key(j, "type");
    json_open_array(j);
    json_string(j, "object");
    json_string(j, "array");
    json_close_array(j);
    json_key(j, "items");
    json_open_object(j);
    member(j, "type", "string");
    json_close_object(j);
}

static void write_message(struct json *j, const struct gen_message *m)
{
    const struct gen_field *shorthand = gen_shorthand(m);

    json_key(j, m->name);
    json_open_object(j);
    member(j, "description", m->doc);
    if (m->free_form) {
        write_free_form(j);
    } else if (!shorthand) {
        write_mapping(j, m, false);
    } else {
        json_key(j, "anyOf");
        json_open_array(j);
        json_open_object(j);
        write_value(j, shorthand);
        json_close_object(j);
        json_open_object(j);
        write_mapping(j, m, false);
        json_close_object(j);
        json_close_array(j);
    }
    json_close_object(j);
}

/* ---------------------------------------------------------------- enums, units, the whole */

/* The description lists what each word means: editors show it, while an enum of constants gives the better error. */
static void write_enum(struct json *j, const struct gen_enum *e)
{
    char *text = gen_format("%s", e->doc);

    for (size_t i = 0; i < e->count; i++)
        text = gen_format("%s\n- %s: %s", text, e->values[i].word, e->values[i].doc);
    json_key(j, e->name);
    json_open_object(j);
    member(j, "description", text);
    json_key(j, "enum");
    json_open_array(j);
    for (size_t i = 0; i < e->count; i++)
        json_string(j, e->values[i].word);
    json_close_array(j);
    json_close_object(j);
}

static void write_unit(struct json *j, enum param_unit unit)
{
    json_key(j, spellings[unit].def);
    json_open_object(j);
    member(j, "description", spellings[unit].description);
    member(j, "type", "string");
    member(j, "pattern", spellings[unit].pattern);
    json_key(j, "examples");
    json_open_array(j);
    for (size_t i = 0; spellings[unit].examples[i]; i++)
        json_string(j, spellings[unit].examples[i]);
    json_close_array(j);
    json_close_object(j);
}

static char *schema(const struct gen_model *model, int indent)
{
    struct json *j = json_create(indent);
    const struct gen_message *root = &model->messages[0];
    char *text;

    json_open_object(j);
    member(j, "$schema", "https://json-schema.org/draft/2020-12/schema");
    member(j, "title", "stormcell scenario");
    member(j, "description", root->doc);
    write_mapping(j, root, true);
    json_key(j, "$defs");
    json_open_object(j);
    for (enum param_unit unit = PARAM_PLAIN; unit <= PARAM_SHARE; unit++)
        if (spellings[unit].def)
            write_unit(j, unit);
    for (size_t i = 1; i < model->message_count; i++)
        write_message(j, &model->messages[i]);
    for (size_t i = 0; i < model->enum_count; i++)
        write_enum(j, &model->enums[i]);
    json_close_object(j);
    json_close_object(j);
    text = gen_format("%s\n", json_text(j, NULL));
    json_free(j);
    return text;
}

void gen_write_schema(const struct gen_model *model, FILE *out)
{
    fputs(schema(model, 2), out);
}

/* One C string for each line keeps compilers within the length of string that they must support. */
void gen_write_schema_text(const struct gen_model *model, FILE *out)
{
    char *text = schema(model, 2), *line, *rest = text;

    fputs("/* schema_text - made by protoc-gen-stormcell from the files in proto/; do not edit */\n"
          "#include \"stormcell/schema.h\"\n\nconst char schema_text[] =\n",
          out);
    while ((line = strsep(&rest, "\n")) && rest) {
        fputs("    ", out);
        gen_print_c_string(out, gen_format("%s\n", line));
        fputs(rest[0] ? "\n" : ";\n", out);
    }
    free(text);
}
