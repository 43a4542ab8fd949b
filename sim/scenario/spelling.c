/* spelling - quantities of the units of the language, as texts */
#include "scenario/spelling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantity.h"

const char *spelling_of(enum param_unit unit)
{
    switch (unit) {
    case PARAM_DURATION:
        return "a duration such as 30s";
    case PARAM_MOMENT:
        return "a moment such as 12:00Z, 2014-06-24T12:00Z or +90m";
    case PARAM_DATETIME:
        return "a date and time such as 2014-06-24T10:30Z";
    case PARAM_RATE:
        return "a rate such as 1200/s or 90/min";
    case PARAM_SHARE:
        return "a share such as 2% or 0.02";
    case PARAM_PLAIN:
        break;
    }
    return "a number such as 60";
}

const char *spelling_kind(const char *text)
{
    static const char *const kinds[] = {
        [QUANTITY_NUMBER] = "a plain number",
        [QUANTITY_SHARE] = "a share",
        [QUANTITY_RATE] = "a rate",
        [QUANTITY_DURATION] = "a duration",
    };
    struct quantity any;
    int64_t whole;

    if (quantity_any(text, &any) != QUANTITY_BAD)
        return kinds[any.kind];
    if (quantity_datetime(text, &whole) != QUANTITY_BAD)
        return "a date and time";
    if (quantity_moment(text, 0, &whole) != QUANTITY_BAD)
        return "a moment";
    return NULL;
}

static bool is_whole(double value)
{
    return value > -1e15 && value < 1e15 && value == (double)(int64_t)value;
}

/* The fewest digits that read back to the same number. */
static char *shortest(double value, char out[40])
{
    if (is_whole(value)) {
        snprintf(out, 40, "%lld", (long long)value);
        return out;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, 40, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    return out;
}

/* The fewest digits of a percentage that read back to the same share. */
static char *format_share(double ratio, char out[64])
{
    double back;

    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, 64, "%.*g%%", digits, ratio * 100);
        if (!(digits < 3 && strchr(out, 'e')) && quantity_share(out, &back) == QUANTITY_GOOD && back == ratio)
            return out;
    }
    snprintf(out, 64, "%.17g", ratio);
    return out;
}

char *spelling_format(enum param_unit unit, double value, char out[64])
{
    char number[40];

    switch (unit) {
    case PARAM_DURATION:
    case PARAM_MOMENT:
        return quantity_format_duration((int64_t)value, out);
    case PARAM_SHARE:
        return format_share(value, out);
    case PARAM_RATE:
        snprintf(out, 64, "%s/s", shortest(value, number));
        return out;
    case PARAM_DATETIME:
    case PARAM_PLAIN:
        break;
    }
    return strcpy(out, shortest(value, number));
}
