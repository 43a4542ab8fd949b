/* gen_spell - numbers of the language as a user writes them
 *
 * The inverse of the loader, for defaults and ranges in the reference and the schema: what is printed here can be pasted into a
 * scenario.
 */
#include "gen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stormcell/json.h"

struct scale {
    const char *unit;
    double size;
};

/* The largest unit that divides the value; the last has to serve anyway. */
static char *spell_scaled(const struct scale *scales, double value, char out[64])
{
    while (scales->size != 1 && (value == 0 || value / scales->size != floor(value / scales->size)))
        scales++;
    strcpy(out + json_format_double(out, value / scales->size), scales->unit);
    return out;
}

char *gen_spell(enum param_unit unit, double value, char out[64])
{
    static const struct scale durations[] = {{"d", 86400e9}, {"h", 3600e9}, {"m", 60e9}, {"s", 1e9},
                                             {"ms", 1e6},    {"us", 1e3},   {"ns", 1}};
    static const struct scale numbers[] = {{"G", 1e9}, {"M", 1e6}, {"k", 1e3}, {"", 1}};

    switch (unit) {
    case PARAM_DURATION:
    case PARAM_MOMENT:
        return value == 0 ? strcpy(out, "0s") : spell_scaled(durations, value, out);
    case PARAM_SHARE:
        strcpy(out + json_format_double(out, value * 100), "%");
        return out;
    case PARAM_RATE:
        spell_scaled(numbers, value, out);
        strcat(out, "/s");
        return out;
    case PARAM_DATETIME:
        snprintf(out, 64, value == 0 ? "1970-01-01T00:00Z" : "%.0f s since 1970", value);
        return out;
    case PARAM_PLAIN:
        break;
    }
    return spell_scaled(numbers, value, out);
}

/* Bounds that no scenario meets (thirty years of nanoseconds, a million times a thousand million) are there for the arithmetic, not
 * for the reader. */
bool gen_spell_range(const struct gen_field *f, char out[160])
{
    char low[64], high[64];
    bool is_time = f->unit == PARAM_DURATION || f->unit == PARAM_MOMENT;

    if (!f->has_range)
        return false;
    gen_spell(f->unit, f->min, low);
    gen_spell(f->unit, f->max, high);
    if (f->max < (is_time ? 1e18 : 1e15))
        snprintf(out, 160, "%s to %s", low, high);
    else if (is_time && f->min == 1)
        snprintf(out, 160, "above 0");
    else if (f->min > 0)
        snprintf(out, 160, "at least %s", low);
    else
        return false;
    return true;
}

const char *gen_spell_default(const struct gen_field *f)
{
    char number[64];
    double value;

    if (gen_default_number(f, &value))
        return gen_format("%s", gen_spell(f->unit, value, number));
    if (f->enumeration && f->default_text)
        for (size_t i = 0; i < f->enumeration->count; i++)
            if (strcmp(f->enumeration->values[i].name, f->default_text) == 0)
                return f->enumeration->values[i].word;
    return f->default_text;
}
