/* quantity - quantities as people write them, read without rounding */
#include "base/quantity.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S 1000000000
#define DAY_S 86400
#define EXPONENT_MAX 400

typedef unsigned __int128 wide;

/* digits x 10^exponent. 19 digits are kept, which a week in ns times leaves within 128 bits; `cut` says that others were not zero.
 */
struct decimal {
    uint64_t digits;
    int exponent;
    bool negative, cut;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void take_digit(struct decimal *d, char c, bool fraction)
{
    if (d->digits < UINT64_C(1000000000000000000)) {
        d->digits = d->digits * 10 + (uint64_t)(c - '0');
        d->exponent -= fraction;
    } else {
        d->cut = d->cut || c != '0';
        d->exponent += !fraction;
    }
}

/* Reads "-12.5e3" and moves *text behind it. */
static bool read_decimal(const char **text, struct decimal *out)
{
    const char *s = *text;
    bool any = false, fraction = false;

    *out = (struct decimal){0};
    if (*s == '-' || *s == '+')
        out->negative = *s++ == '-';
    for (; is_digit(*s) || (*s == '.' && !fraction && is_digit(s[1])); s++) {
        if (*s == '.') {
            if (!any)
                return false;
            fraction = true;
            continue;
        }
        any = true;
        if (out->exponent < -EXPONENT_MAX || out->exponent > EXPONENT_MAX)
            return false;
        take_digit(out, *s, fraction);
    }
    if (!any)
        return false;
    if ((*s == 'e' || *s == 'E') && (is_digit(s[1]) || ((s[1] == '+' || s[1] == '-') && is_digit(s[2])))) {
        bool minus = s[1] == '-';
        int e = 0;

        for (s += is_digit(s[1]) ? 1 : 2; is_digit(*s); s++)
            e = e > EXPONENT_MAX ? e : e * 10 + (*s - '0');
        out->exponent += minus ? -e : e;
    }
    *text = s;
    return true;
}

/* k, M or G behind a number. */
static void read_multiplier(const char **text, struct decimal *d)
{
    int exponent = **text == 'k' ? 3 : **text == 'M' ? 6 : **text == 'G' ? 9 : 0;

    d->exponent += exponent;
    *text += exponent != 0;
}

/* digits x 10^exponent x factor as an integer, to the nearest; *whole says whether nothing was lost. */
static enum quantity_outcome scale(const struct decimal *d, uint64_t factor, wide *out, bool *whole)
{
    wide value = (wide)d->digits * factor;
    int exponent = d->exponent;
    bool lost = d->cut;

    if (value == 0) {
        *out = 0;
        *whole = !lost;
        return QUANTITY_GOOD;
    }
    for (; exponent > 0; exponent--) {
        if (value > (wide)UINT64_MAX)
            return QUANTITY_TOO_LARGE;
        value *= 10;
    }
    for (; exponent < -1; exponent++) {
        lost = lost || value % 10;
        value /= 10;
    }
    if (exponent == -1) {
        lost = lost || value % 10;
        value = (value + 5) / 10;
    }
    *out = value;
    *whole = !lost;
    return value > (wide)UINT64_MAX ? QUANTITY_TOO_LARGE : QUANTITY_GOOD;
}

/* The nearest double. Up to 2^53 and 10^22 both parts are exact, and one operation rounds once; beyond, the C library knows better.
 */
static double to_double(const struct decimal *d)
{
    static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    double value;

    if (d->digits == 0)
        value = 0;
    else if (d->digits <= (UINT64_C(1) << 53) && d->exponent >= -22 && d->exponent <= 22)
        value = d->exponent < 0 ? (double)d->digits / tens[-d->exponent] : (double)d->digits * tens[d->exponent];
    else {
        char text[64];

        snprintf(text, sizeof text, "%llue%d", (unsigned long long)d->digits, d->exponent);
        value = strtod(text, NULL);
    }
    return d->negative ? -value : value;
}

static enum quantity_outcome bounded(double value)
{
    return value - value == 0 ? QUANTITY_GOOD : QUANTITY_TOO_LARGE;
}

/* ---------------------------------------------------------------- durations */

static const struct {
    const char *word;
    int64_t ns;
} durations[] = {
    {"w", INT64_C(604800) * NS_PER_S},
    {"d", INT64_C(86400) * NS_PER_S},
    {"h", INT64_C(3600) * NS_PER_S},
    {"m", INT64_C(60) * NS_PER_S},
    {"min", INT64_C(60) * NS_PER_S},
    {"s", NS_PER_S},
    {"ms", 1000000},
    {"us", 1000},
    {"ns", 1},
};

#define DURATIONS (sizeof durations / sizeof *durations)

/* The unit that begins at *text, from `first` on in the table: units fall from left to right. */
static size_t read_duration_unit(const char **text, size_t first)
{
    size_t length = 0;

    while ((*text)[length] >= 'a' && (*text)[length] <= 'z')
        length++;
    for (size_t i = first; i < DURATIONS; i++)
        if (strlen(durations[i].word) == length && strncmp(durations[i].word, *text, length) == 0) {
            *text += length;
            return i;
        }
    return DURATIONS;
}

enum quantity_outcome quantity_duration(const char *text, int64_t *ns)
{
    wide total = 0;
    size_t unit = 0;
    bool too_large = false;

    if (!is_digit(*text))
        return QUANTITY_BAD;
    for (; *text; unit++) {
        struct decimal d;
        wide part = 0;
        bool whole;

        if (!is_digit(*text) || !read_decimal(&text, &d))
            return QUANTITY_BAD;
        unit = read_duration_unit(&text, unit);
        if (unit == DURATIONS)
            return QUANTITY_BAD;
        too_large = too_large || scale(&d, (uint64_t)durations[unit].ns, &part, &whole) != QUANTITY_GOOD;
        total += too_large ? 0 : part;
    }
    if (too_large || total > (wide)INT64_MAX)
        return QUANTITY_TOO_LARGE;
    *ns = (int64_t)total;
    return QUANTITY_GOOD;
}

char *quantity_format_duration(int64_t ns, char out[64])
{
    uint64_t left = ns < 0 ? (uint64_t)0 - (uint64_t)ns : (uint64_t)ns;
    size_t length = 0;

    if (left == 0)
        return strcpy(out, "0s");
    if (ns < 0)
        out[length++] = '-';
    for (size_t i = 1; i < DURATIONS; i++) {
        uint64_t count = left / (uint64_t)durations[i].ns;

        if (count)
            length += (size_t)snprintf(out + length, 64 - length, "%llu%s", (unsigned long long)count, durations[i].word);
        left %= (uint64_t)durations[i].ns;
    }
    return out;
}

/* ---------------------------------------------------------------- dates */

/* `count` digits, within lo..hi. */
static bool read_digits(const char **text, int count, int range[2], int *out)
{
    int value = 0;

    for (int i = 0; i < count; i++) {
        if (!is_digit((*text)[i]))
            return false;
        value = value * 10 + ((*text)[i] - '0');
    }
    *text += count;
    *out = value;
    return value >= range[0] && value <= range[1];
}

static bool read_char(const char **text, char c)
{
    if (**text != c)
        return false;
    (*text)++;
    return true;
}

/* 12:00Z or 12:00:30Z, and nothing behind it. */
static bool read_clock(const char *text, int *second_of_day)
{
    int hour, minute, second = 0;

    if (!read_digits(&text, 2, (int[]){0, 23}, &hour) || !read_char(&text, ':') || !read_digits(&text, 2, (int[]){0, 59}, &minute))
        return false;
    if (read_char(&text, ':') && !read_digits(&text, 2, (int[]){0, 59}, &second))
        return false;
    *second_of_day = hour * 3600 + minute * 60 + second;
    return strcmp(text, "Z") == 0;
}

static bool leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days since 1970-01-01, by the civil calendar; years are counted from March so that the leap day comes last. */
static int64_t days_since_1970(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400, year_of_era = y % 400;
    int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

enum quantity_outcome quantity_datetime(const char *text, int64_t *utc_s)
{
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day, second_of_day;

    if (!read_digits(&text, 4, (int[]){1, 9999}, &year) || !read_char(&text, '-') ||
        !read_digits(&text, 2, (int[]){1, 12}, &month) || !read_char(&text, '-') || !read_digits(&text, 2, (int[]){1, 31}, &day))
        return QUANTITY_BAD;
    if (day > month_days[month - 1] + (month == 2 && leap(year)))
        return QUANTITY_BAD;
    if (!read_char(&text, 'T') || !read_clock(text, &second_of_day))
        return QUANTITY_BAD;
    *utc_s = days_since_1970(year, month, day) * DAY_S + second_of_day;
    return QUANTITY_GOOD;
}

enum quantity_outcome quantity_moment(const char *text, int64_t start_utc_s, int64_t *t_ns)
{
    int64_t utc_s, wait_s;
    int second_of_day;

    if (*text == '+')
        return quantity_duration(text + 1, t_ns);
    if (read_clock(text, &second_of_day)) {
        wait_s = second_of_day - ((start_utc_s % DAY_S) + DAY_S) % DAY_S;
        *t_ns = (wait_s < 0 ? wait_s + DAY_S : wait_s) * NS_PER_S;
        return QUANTITY_GOOD;
    }
    if (quantity_datetime(text, &utc_s) == QUANTITY_GOOD) {
        wait_s = utc_s - start_utc_s;
        if (wait_s > INT64_MAX / NS_PER_S || wait_s < -(INT64_MAX / NS_PER_S))
            return QUANTITY_TOO_LARGE;
        *t_ns = wait_s * NS_PER_S;
        return QUANTITY_GOOD;
    }
    return quantity_duration(text, t_ns);
}

/* ---------------------------------------------------------------- numbers */

enum quantity_outcome quantity_rate(const char *text, double *per_s)
{
    static const struct {
        const char *word;
        double seconds;
    } spans[] = {{"/s", 1}, {"/min", 60}, {"/h", 3600}, {"/d", 86400}};
    struct decimal d;

    if (!read_decimal(&text, &d))
        return QUANTITY_BAD;
    read_multiplier(&text, &d);
    for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
        if (strcmp(text, spans[i].word) == 0) {
            *per_s = to_double(&d) / spans[i].seconds;
            return bounded(*per_s);
        }
    return QUANTITY_BAD;
}

enum quantity_outcome quantity_share(const char *text, double *ratio)
{
    struct decimal d;

    if (!read_decimal(&text, &d))
        return QUANTITY_BAD;
    if (read_char(&text, '%'))
        d.exponent -= 2;
    if (*text)
        return QUANTITY_BAD;
    *ratio = to_double(&d);
    return bounded(*ratio);
}

enum quantity_outcome quantity_number(const char *text, double *value)
{
    struct decimal d;

    if (!read_decimal(&text, &d))
        return QUANTITY_BAD;
    read_multiplier(&text, &d);
    if (*text)
        return QUANTITY_BAD;
    *value = to_double(&d);
    return bounded(*value);
}

/* All 64 bits: more digits than a decimal keeps. */
static bool read_all_digits(const char *text, uint64_t *value)
{
    *value = 0;
    if (!*text)
        return false;
    for (; *text; text++)
        if (!is_digit(*text) || __builtin_mul_overflow(*value, 10, value) ||
            __builtin_add_overflow(*value, (uint64_t)(*text - '0'), value))
            return false;
    return true;
}

static enum quantity_outcome read_whole(const char *text, bool *negative, uint64_t *value)
{
    struct decimal d;
    wide w;
    bool whole;

    *negative = *text == '-';
    if (read_all_digits(text + *negative, value))
        return QUANTITY_GOOD;
    if (!read_decimal(&text, &d))
        return QUANTITY_BAD;
    read_multiplier(&text, &d);
    if (*text)
        return QUANTITY_BAD;
    if (scale(&d, 1, &w, &whole) != QUANTITY_GOOD)
        return QUANTITY_TOO_LARGE;
    *value = (uint64_t)w;
    if (d.cut && d.exponent >= 0)
        return QUANTITY_TOO_LARGE;
    return whole ? QUANTITY_GOOD : QUANTITY_NOT_WHOLE;
}

enum quantity_outcome quantity_unsigned(const char *text, uint64_t *value)
{
    bool negative;
    enum quantity_outcome outcome = read_whole(text, &negative, value);

    if (outcome == QUANTITY_GOOD && negative && *value)
        return QUANTITY_TOO_LARGE;
    return outcome;
}

enum quantity_outcome quantity_signed(const char *text, int64_t *value)
{
    bool negative;
    uint64_t magnitude;
    enum quantity_outcome outcome = read_whole(text, &negative, &magnitude);

    if (outcome != QUANTITY_GOOD)
        return outcome;
    if (magnitude > (uint64_t)INT64_MAX)
        return QUANTITY_TOO_LARGE;
    *value = negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return QUANTITY_GOOD;
}

enum quantity_outcome quantity_scaled(const char *text, int64_t unit_ns, int64_t *ns)
{
    struct decimal d;
    wide value;
    bool whole;

    if (!read_decimal(&text, &d) || *text)
        return QUANTITY_BAD;
    if (scale(&d, (uint64_t)unit_ns, &value, &whole) != QUANTITY_GOOD || value > (wide)INT64_MAX)
        return QUANTITY_TOO_LARGE;
    *ns = d.negative ? -(int64_t)value : (int64_t)value;
    return QUANTITY_GOOD;
}

/* ---------------------------------------------------------------- any of them */

static enum quantity_outcome any_duration(const char *text, double *seconds)
{
    int64_t ns = 0;
    enum quantity_outcome outcome = quantity_duration(text, &ns);

    *seconds = (double)ns / NS_PER_S;
    return outcome;
}

enum quantity_outcome quantity_any(const char *text, struct quantity *out)
{
    /* What may be written like two of them, such as 0.5, is the first. */
    static const struct {
        enum quantity_kind kind;
        enum quantity_outcome (*read)(const char *text, double *value);
    } readers[] = {
        {QUANTITY_NUMBER, quantity_number},
        {QUANTITY_SHARE, quantity_share},
        {QUANTITY_RATE, quantity_rate},
        {QUANTITY_DURATION, any_duration},
    };

    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        enum quantity_outcome outcome = readers[i].read(text, &out->value);

        out->kind = readers[i].kind;
        if (outcome != QUANTITY_BAD)
            return outcome;
    }
    return QUANTITY_BAD;
}
