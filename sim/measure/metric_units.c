/* metric_units - numbers with their units, as scenarios spell them */
#include "measure/metric_units.h"

#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 18, TEXT_MAX = 40 };

static const int64_t second_ns = 1000000000, day_s = 86400;

/* A number as written: `mantissa` / 10^`decimals` is exact as long as `exact` says so, `value` is the nearest double. */
struct decimal {
    uint64_t mantissa;
    unsigned decimals;
    bool exact;
    double value;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Takes digits into the mantissa; false when there are more than it holds. */
static bool take_digits(const char **s, struct decimal *d, unsigned *digits, bool fraction)
{
    for (; is_digit(**s); (*s)++) {
        if (*digits == DIGITS_MAX)
            return false;
        d->mantissa = d->mantissa * 10 + (uint64_t)(**s - '0');
        *digits += d->mantissa != 0;
        d->decimals += fraction;
        if (d->decimals > DIGITS_MAX)
            return false;
    }
    return true;
}

static bool read_decimal(const char **cursor, struct decimal *out)
{
    const char *s = *cursor;
    struct decimal d = {.exact = true};
    unsigned digits = 0;
    char text[TEXT_MAX + 1];
    size_t length;

    if (!is_digit(*s) || !take_digits(&s, &d, &digits, false))
        return false;
    if (*s == '.' && is_digit(s[1])) {
        s++;
        if (!take_digits(&s, &d, &digits, true))
            return false;
    }
    if (*s == 'e' && (is_digit(s[1]) || ((s[1] == '-' || s[1] == '+') && is_digit(s[2])))) {
        d.exact = false;
        for (s += 2; is_digit(*s); s++)
            ;
    }
    length = (size_t)(s - *cursor);
    if (length > TEXT_MAX)
        return false;
    memcpy(text, *cursor, length);
    text[length] = '\0';
    d.value = strtod(text, NULL);
    if (!(d.value <= 1e300))
        return false;
    *out = d;
    *cursor = s;
    return true;
}

/* A unit is a whole word: the `m` of `min` is none. */
static bool take_word(const char **cursor, const char *word)
{
    size_t length = strlen(word);

    if (strncmp(*cursor, word, length) != 0 || is_letter((*cursor)[length]))
        return false;
    *cursor += length;
    return true;
}

static bool take_time_unit(const char **cursor, int64_t *unit_ns)
{
    static const struct {
        const char *word;
        int64_t ns;
    } units[] = {
        {"ns", 1},
        {"us", 1000},
        {"ms", 1000000},
        {"s", 1000000000},
        {"m", 60000000000},
        {"min", 60000000000},
        {"h", 3600000000000},
        {"d", 86400000000000},
        {"w", 604800000000000},
    };

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (take_word(cursor, units[i].word)) {
            *unit_ns = units[i].ns;
            return true;
        }
    }
    return false;
}

/* mantissa / 10^decimals x unit, rounded to the nanosecond. */
static bool scale_to_ns(const struct decimal *d, int64_t unit_ns, int64_t *ns)
{
    unsigned __int128 product = (unsigned __int128)d->mantissa * (uint64_t)unit_ns, divisor = 1;

    if (!d->exact)
        return false;
    for (unsigned i = 0; i < d->decimals; i++)
        divisor *= 10;
    product = (product + divisor / 2) / divisor;
    if (product > INT64_MAX)
        return false;
    *ns = (int64_t)product;
    return true;
}

/* The duration whose first number has been read; `1h30m` goes on as long as digits follow. */
static bool finish_duration(const char **cursor, struct decimal first, int64_t *ns)
{
    const char *s = *cursor;
    struct decimal d = first;
    int64_t total = 0, unit, part;

    for (;;) {
        if (!take_time_unit(&s, &unit) || !scale_to_ns(&d, unit, &part) || __builtin_add_overflow(total, part, &total))
            return false;
        if (!is_digit(*s))
            break;
        if (!read_decimal(&s, &d))
            return false;
    }
    *cursor = s;
    *ns = total;
    return true;
}

bool metric_units_duration(const char **cursor, int64_t *ns)
{
    const char *s = *cursor;
    struct decimal d;

    if (!read_decimal(&s, &d) || !finish_duration(&s, d, ns))
        return false;
    *cursor = s;
    return true;
}

/* `digits` digits as a number below `limit`. */
static bool take_number(const char **s, unsigned digits, int limit, int *out)
{
    int value = 0;

    for (unsigned i = 0; i < digits; i++, (*s)++) {
        if (!is_digit(**s))
            return false;
        value = value * 10 + (**s - '0');
    }
    *out = value;
    return value < limit;
}

static bool take_char(const char **s, char c)
{
    if (**s != c)
        return false;
    (*s)++;
    return true;
}

/* 12:00Z or 12:00:30Z, in seconds of the day. */
static bool take_clock(const char **s, int64_t *seconds)
{
    int hour, minute, second = 0;

    if (!take_number(s, 2, 24, &hour) || !take_char(s, ':') || !take_number(s, 2, 60, &minute))
        return false;
    if (**s == ':' && (!take_char(s, ':') || !take_number(s, 2, 60, &second)))
        return false;
    *seconds = hour * 3600 + minute * 60 + second;
    return take_char(s, 'Z');
}

/* Days from 1970-01-01 to a date of the Gregorian calendar, counted in years that begin in March. */
static int64_t days_since_1970(int year, int month, int day)
{
    int64_t y = month < 3 ? year - 1 : year, m = (month + 9) % 12;

    return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

static bool take_date(const char **s, int64_t *seconds)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day;
    bool leap;

    if (!take_number(s, 4, 10000, &year) || !take_char(s, '-') || !take_number(s, 2, 13, &month) || !take_char(s, '-') ||
        !take_number(s, 2, 32, &day) || !take_char(s, 'T') || month < 1)
        return false;
    leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day < 1 || day > days[month - 1] || (month == 2 && day == 29 && !leap))
        return false;
    *seconds = days_since_1970(year, month, day) * day_s;
    return true;
}

static bool seconds_to_ns(int64_t seconds, int64_t *ns)
{
    return !__builtin_mul_overflow(seconds, second_ns, ns);
}

static bool clock_moment(const char **cursor, int64_t start_utc_s, int64_t *ns)
{
    const char *s = *cursor;
    int64_t of_day, seconds, start_of_day = ((start_utc_s % day_s) + day_s) % day_s;

    if (!take_clock(&s, &of_day))
        return false;
    seconds = of_day - start_of_day;
    seconds += seconds < 0 ? day_s : 0;
    *cursor = s;
    return seconds_to_ns(seconds, ns);
}

static bool date_moment(const char **cursor, int64_t start_utc_s, int64_t *ns)
{
    const char *s = *cursor;
    int64_t date, of_day;

    if (!take_date(&s, &date) || !take_clock(&s, &of_day) || date + of_day < start_utc_s)
        return false;
    *cursor = s;
    return seconds_to_ns(date + of_day - start_utc_s, ns);
}

bool metric_units_moment(const char **cursor, int64_t start_utc_s, int64_t run_ns, int64_t *ns)
{
    const char *s = *cursor;

    if (take_word(cursor, "end")) {
        *ns = run_ns;
        return true;
    }
    if (clock_moment(cursor, start_utc_s, ns) || date_moment(cursor, start_utc_s, ns))
        return true;
    s += *s == '+';
    if (metric_units_duration(&s, ns)) {
        *cursor = s;
        return true;
    }
    if (*s == '0' && !is_digit(s[1]) && !is_letter(s[1]) && s[1] != '.' && s[1] != ':') {
        *cursor = s + 1;
        *ns = 0;
        return true;
    }
    return false;
}

/* k, M, G behind a number. */
static double take_multiplier(const char **cursor)
{
    return take_word(cursor, "k") ? 1e3 : take_word(cursor, "M") ? 1e6 : take_word(cursor, "G") ? 1e9 : 1;
}

bool metric_units_quantity(const char **cursor, struct metric_units_quantity *out)
{
    const char *s = *cursor, *slash;
    struct decimal d;
    int64_t ns;
    double multiplier;

    if (!read_decimal(&s, &d))
        return false;
    if (finish_duration(&s, d, &ns)) {
        *out = (struct metric_units_quantity){UNITS_DURATION, (double)ns / 1e9, ns};
        *cursor = s;
        return true;
    }
    if (take_char(&s, '%')) {
        *out = (struct metric_units_quantity){UNITS_SHARE, d.value / 100, 0};
        *cursor = s;
        return true;
    }
    multiplier = take_multiplier(&s);
    if (is_letter(*s))
        return false;
    *out = (struct metric_units_quantity){UNITS_NUMBER, d.value * multiplier, 0};
    slash = s;
    if (take_char(&slash, '/') && take_time_unit(&slash, &ns)) {
        *out = (struct metric_units_quantity){UNITS_RATE, d.value * multiplier * 1e9 / (double)ns, 0};
        s = slash;
    }
    *cursor = s;
    return true;
}
