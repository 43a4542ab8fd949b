/* gen_param - writes param_table.c, the tables behind stormcell/param.h */
#include "gen.h"

#include <stdlib.h>
#include <string.h>

void gen_print_c_string(FILE *out, const char *text)
{
    if (!text) {
        fputs("NULL", out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c == '\n')
            fputs("\\n", out);
        else if (c < 0x20 || c >= 0x7f || c == '?')
            fprintf(out, "\\%03o", c); /* three digits always: a following digit cannot join; `?` could begin a trigraph */
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static int by_number(const void *a, const void *b)
{
    const struct gen_field *x = *(const struct gen_field *const *)a, *y = *(const struct gen_field *const *)b;

    return (x->number > y->number) - (x->number < y->number);
}

static const char *unit_name(enum param_unit unit)
{
    static const char *const names[] = {"PARAM_PLAIN",    "PARAM_DURATION", "PARAM_MOMENT",
                                        "PARAM_DATETIME", "PARAM_RATE",     "PARAM_SHARE"};

    return names[unit];
}

static void write_field(const struct gen_field *f, FILE *out)
{
    fprintf(out, "    {.field = \"%s\", .key = \"%s\", .unit = %s", f->name, f->key, unit_name(f->unit));
    if (f->required)
        fputs(", .required = true", out);
    if (f->inlined)
        fputs(", .inlined = true", out);
    if (f->embeds)
        fputs(", .embeds = true", out);
    if (f->internal)
        fputs(", .internal = true", out);
    if (f->has_range)
        fprintf(out, ", .has_range = true, .min = %.17g, .max = %.17g", f->min, f->max);
    if (f->refers) {
        fputs(", .refers = ", out);
        gen_print_c_string(out, f->refers);
    }
    fputs(",\n     .doc = ", out);
    gen_print_c_string(out, f->doc);
    fputs("},\n", out);
}

/* descriptor->fields of protobuf-c are sorted by tag number, so params[] must be. */
static void write_fields(const struct gen_message *m, FILE *out)
{
    const struct gen_field **sorted = gen_take(m->count, sizeof *sorted);

    for (size_t i = 0; i < m->count; i++)
        sorted[i] = &m->fields[i];
    qsort(sorted, m->count, sizeof *sorted, by_number);
    fprintf(out, "static const struct param params_%s[] = {\n", m->c_name);
    for (size_t i = 0; i < m->count; i++)
        write_field(sorted[i], out);
    fputs("};\n\n", out);
}

static void write_words(const struct gen_enum *e, FILE *out)
{
    fprintf(out, "static const struct param_word words_%s[] = {\n", e->c_name);
    for (size_t i = 0; i < e->count; i++) {
        fprintf(out, "    {\"%s\", %d, ", e->values[i].word, e->values[i].number);
        gen_print_c_string(out, e->values[i].doc);
        fputs("},\n", out);
    }
    fputs("};\n\n", out);
}

static void write_messages(const struct gen_model *model, FILE *out)
{
    fputs("const struct param_message param_messages[] = {\n", out);
    for (size_t i = 0; i < model->message_count; i++) {
        const struct gen_message *m = &model->messages[i];

        fprintf(out, "    {&%s__descriptor, ", m->c_name);
        gen_print_c_string(out, m->doc);
        fputs(", ", out);
        gen_print_c_string(out, m->shorthand);
        fprintf(out, ", %s, params_%s, %zu},\n", m->kind_by_name ? "true" : "false", m->c_name, m->count);
    }
    fprintf(out, "};\nconst size_t param_messages_count = %zu;\n\n", model->message_count);
}

static void write_enums(const struct gen_model *model, FILE *out)
{
    fputs("const struct param_enum param_enums[] = {\n", out);
    for (size_t i = 0; i < model->enum_count; i++) {
        const struct gen_enum *e = &model->enums[i];

        fprintf(out, "    {&%s__descriptor, ", e->c_name);
        gen_print_c_string(out, e->doc);
        fprintf(out, ", words_%s, %zu},\n", e->c_name, e->count);
    }
    fprintf(out, "};\nconst size_t param_enums_count = %zu;\n", model->enum_count);
}

void gen_write_params(const struct gen_model *model, FILE *out)
{
    fputs("/* param_table - made by protoc-gen-stormcell from the files in proto/; do not edit */\n"
          "#include \"stormcell/param.h\"\n\n#include \"control.pb-c.h\"\n#include \"scenario.pb-c.h\"\n\n",
          out);
    for (size_t i = 0; i < model->message_count; i++)
        write_fields(&model->messages[i], out);
    for (size_t i = 0; i < model->enum_count; i++)
        write_words(&model->enums[i], out);
    write_messages(model, out);
    write_enums(model, out);
}
