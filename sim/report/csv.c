/* csv - the time series as a table: one line a sample, one column a series
 *
 * A column is named metric/entity/group, metric/entity/region=europe, or metric/entity/partition=17; of measured series,
 * measured/name and predicted/name, an empty field where nothing was measured. Numbers read back to the same double. RFC 4180: a
 * name with a comma or a quote stands in quotes; lines end with a plain newline, as all tools on Unix write them.
 */
#include <stdlib.h>
#include <string.h>

#include "report/number.h"
#include "stormcell/json.h"
#include "stormcell/must.h"
#include "stormcell/report.h"

static char *column_name(const Stormcell__Series *s)
{
    const char *metric = number_or_empty(s->metric), *entity = number_or_empty(s->entity), *group = number_or_empty(s->group);

    if (!group[0] && s->has_partition)
        return xasprintf("%s/%s/partition=%u", metric, entity, s->partition);
    if (!group[0] && s->region)
        return xasprintf("%s/%s/region=%s", metric, entity, s->region);
    return xasprintf("%s/%s/%s", metric, entity, group);
}

static void write_field(FILE *out, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void write_number(FILE *out, double value)
{
    char number[32];

    json_format_double(number, value);
    if (value == value)
        fputs(number, out);
}

static void write_name(FILE *out, char *name)
{
    fputc(',', out);
    write_field(out, name);
    free(name);
}

static void write_names(FILE *out, const Stormcell__Result *r)
{
    fputs("time_s", out);
    for (size_t i = 0; i < r->n_series; i++)
        write_name(out, column_name(r->series[i]));
    for (size_t i = 0; i < r->n_measured; i++) {
        write_name(out, xasprintf("measured/%s", number_or_empty(r->measured[i]->name)));
        write_name(out, xasprintf("predicted/%s", number_or_empty(r->measured[i]->name)));
    }
    fputc('\n', out);
}

static void write_value(FILE *out, const double *values, size_t count, size_t index)
{
    fputc(',', out);
    if (index < count)
        write_number(out, values[index]);
}

static void write_row(FILE *out, const Stormcell__Result *r, size_t index)
{
    write_number(out, (double)(index + 1) * ((double)r->sample_ns / 1e9));
    for (size_t i = 0; i < r->n_series; i++)
        write_value(out, r->series[i]->values, r->series[i]->n_values, index);
    for (size_t i = 0; i < r->n_measured; i++) {
        write_value(out, r->measured[i]->measured, r->measured[i]->n_measured, index);
        write_value(out, r->measured[i]->predicted, r->measured[i]->n_predicted, index);
    }
    fputc('\n', out);
}

char *report_csv(const Stormcell__Result *r, size_t *length)
{
    char *text = NULL;
    size_t samples = 0;
    FILE *out = open_memstream(&text, length);

    if (!out)
        die("out of memory");
    for (size_t i = 0; i < r->n_series; i++)
        samples = r->series[i]->n_values > samples ? r->series[i]->n_values : samples;
    write_names(out, r);
    for (size_t k = 0; k < samples; k++)
        write_row(out, r, k);
    if (fclose(out) != 0)
        die("out of memory");
    return text;
}
