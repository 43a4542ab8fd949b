/* metric_format - values with their units, as people read them
 *
 * Three digits that matter, never more than two units, no rounding up to a promise: 99.996 % is not 100 %.
 */
#include <stdio.h>
#include <string.h>

#include "stormcell/metric.h"

/* Three significant digits of a value in 0..1000; none behind the point when they are all 0. */
static int three_digits(char out[64], double value)
{
    int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : value >= 0.9995 ? 2 : 3;
    int length = snprintf(out, 64, "%.*f", decimals, value);
    char *point = strchr(out, '.');

    if (!point || strspn(point + 1, "0") != strlen(point + 1))
        return length;
    *point = '\0';
    return (int)(point - out);
}

/* Whole numbers up to five digits in full, larger ones with k, M, G; fractions with three digits. */
static void format_number(double value, char out[64])
{
    static const struct {
        double from, unit;
        const char *letter;
    } steps[] = {{999.5e6, 1e9, "G"}, {999.5e3, 1e6, "M"}, {99999.5, 1e3, "k"}};

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (value >= steps[i].from && value < 999.5e9) {
            snprintf(out + three_digits(out, value / steps[i].unit), 8, " %s", steps[i].letter);
            return;
        }
    }
    if (value >= 999.5e9)
        snprintf(out, 64, "%.3g", value);
    else if (value == (double)(int64_t)value || value >= 999.5)
        snprintf(out, 64, "%.0f", value);
    else if (value < 0.001)
        snprintf(out, 64, "%.2g", value);
    else
        three_digits(out, value);
}

/* Two neighbouring units, the smaller one left out when it is 0. */
static void two_units(char out[64], int64_t count, int64_t small_in_large, const char *large, const char *small)
{
    int64_t rest = count % small_in_large;

    if (rest)
        snprintf(out, 64, "%lld %s %lld %s", (long long)(count / small_in_large), large, (long long)rest, small);
    else
        snprintf(out, 64, "%lld %s", (long long)(count / small_in_large), large);
}

static void format_seconds(double s, char out[64])
{
    if (s == 0)
        strcpy(out, "0 s");
    else if (s < 999.5e-9)
        snprintf(out, 64, "%.0f ns", s * 1e9);
    else if (s < 999.5e-6)
        snprintf(out + three_digits(out, s * 1e6), 8, " us");
    else if (s < 999.5e-3)
        snprintf(out + three_digits(out, s * 1e3), 8, " ms");
    else if (s < 59.95)
        snprintf(out + three_digits(out, s), 8, " s");
    else if (s < 3599.5)
        two_units(out, (int64_t)(s + 0.5), 60, "min", "s");
    else if (s < 86400 - 30)
        two_units(out, (int64_t)(s / 60 + 0.5), 60, "h", "min");
    else if (s < 1e12)
        two_units(out, (int64_t)(s / 3600 + 0.5), 24, "d", "h");
    else
        snprintf(out, 64, "%.3g d", s / 86400);
}

static void format_share(double ratio, char out[64])
{
    double percent = ratio * 100, off;
    int decimals = 2;

    off = percent < 1000 ? percent - (double)(int)(percent + 0.5) : 1;
    if (off < 1e-11 && off > -1e-11 && (percent >= 0.5 || percent == 0)) { /* what is left is rounding, of sums of shares */
        snprintf(out, 64, "%d %%", (int)(percent + 0.5));
        return;
    }
    if (percent >= 1000) {
        format_number(percent, out);
        strcat(out, " %");
        return;
    }
    /* As many decimals as it takes not to look like everything, or nothing. */
    for (; decimals < 9; decimals++) {
        snprintf(out, 64, "%.*f", decimals, percent);
        if (strncmp(out, "100.0", 5) != 0 && strspn(out, "0.") != strlen(out))
            break;
    }
    snprintf(out, 64, "%.*f %%", decimals, percent);
}

char *metric_format(enum metric_unit unit, double value, char out[64])
{
    if (value != value)
        return strcpy(out, "-");
    if (value > 1e300)
        return strcpy(out, unit == METRIC_SECONDS ? "not yet" : "infinite");
    if (value < 0) {
        char positive[64];

        snprintf(out, 64, "-%.62s", metric_format(unit, -value, positive));
        return out;
    }
    switch (unit) {
    case METRIC_SECONDS:
        format_seconds(value, out);
        break;
    case METRIC_RATIO:
        format_share(value, out);
        break;
    case METRIC_PER_SECOND:
        format_number(value, out), strcat(out, "/s");
        break;
    case METRIC_MINUTES:
        format_number(value, out), strcat(out, " min");
        break;
    case METRIC_WORD:
        out[0] = '\0';
        break;
    case METRIC_COUNT:
        format_number(value, out);
        break;
    }
    return out;
}
