/* words - a scenario in words: paragraphs, quantities, moments */
#include "scenario/words.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stormcell/metric.h"
#include "stormcell/must.h"

enum { COLUMNS = 100 };

/* Stands between a number and its unit, where no line may break; printed as a blank. */
enum { KEEP = '\x01' };

void words_heading(const struct words *w, const char *text)
{
    fprintf(w->out, "\n%s\n", text);
}

/* Columns of a text in UTF-8: bytes that begin a character. */
static size_t columns_of(const char *text, size_t length)
{
    size_t n = 0;

    for (size_t i = 0; i < length; i++)
        n += ((unsigned char)text[i] & 0xC0) != 0x80;
    return n;
}

void words_line(const struct words *w, unsigned indent, const char *format, ...)
{
    char *text;
    size_t column = indent;
    bool first = true;
    va_list args;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        die("out of memory");
    va_end(args);
    fprintf(w->out, "%*s", (int)indent, "");
    for (const char *at = text; *at;) {
        size_t length = strcspn(at, " \n"), columns = columns_of(at, length);

        if (!first && column + 1 + columns > COLUMNS) {
            fprintf(w->out, "\n%*s", (int)indent + 2, "");
            column = indent + 2;
        } else if (!first) {
            fputc(' ', w->out);
            column++;
        }
        for (size_t i = 0; i < length; i++)
            fputc(at[i] == KEEP ? ' ' : at[i], w->out);
        column += columns;
        first = false;
        at += length;
        at += strspn(at, " \n");
    }
    fputc('\n', w->out);
    free(text);
}

/* ---------------------------------------------------------------- quantities */

/* Tables want as many digits in each row, prose does not: 5.00 ms is 5 ms here. */
static void cut_zeros(char *text)
{
    char *point = strchr(text, '.'), *end, *rest;

    if (!point)
        return;
    rest = end = point + 1 + strspn(point + 1, "0123456789");
    while (end[-1] == '0')
        end--;
    if (end[-1] == '.')
        end--;
    memmove(end, rest, strlen(rest) + 1);
}

static const char *quantity(const struct words *w, enum metric_unit unit, double value)
{
    char text[64];

    metric_format(unit, value, text);
    cut_zeros(text);
    for (char *at = text; *at; at++)
        *at = *at == ' ' ? KEEP : *at;
    return arena_text(w->arena, text);
}

const char *words_span(const struct words *w, int64_t ns)
{
    return quantity(w, METRIC_SECONDS, (double)ns / 1e9);
}

const char *words_seconds(const struct words *w, double seconds)
{
    return quantity(w, METRIC_SECONDS, seconds);
}

const char *words_rate(const struct words *w, double per_s)
{
    return quantity(w, METRIC_PER_SECOND, per_s);
}

const char *words_share(const struct words *w, double ratio)
{
    return quantity(w, METRIC_RATIO, ratio);
}

const char *words_count(const struct words *w, double count)
{
    return quantity(w, METRIC_COUNT, count);
}

const char *words_many(const struct words *w, double count, const char *noun)
{
    return arena_format(w->arena, "%s %s%s", words_count(w, count), noun, count == 1 ? "" : "s");
}

/* ---------------------------------------------------------------- moments */

static const char *const months[] = {"January", "February", "March",     "April",   "May",      "June",
                                     "July",    "August",   "September", "October", "November", "December"};

static struct tm calendar(const struct words *w, int64_t t_ns)
{
    time_t utc_s = (time_t)(w->clock->start_utc_s + t_ns / 1000000000);
    struct tm date;

    must(gmtime_r(&utc_s, &date));
    return date;
}

static const char *time_of_day(const struct words *w, const struct tm *date)
{
    if (date->tm_sec)
        return arena_format(w->arena, "%02d:%02d:%02dZ", date->tm_hour, date->tm_min, date->tm_sec);
    return arena_format(w->arena, "%02d:%02dZ", date->tm_hour, date->tm_min);
}

/* The first day of a run needs no date, and neither does a night that ends before its hour comes again. */
static bool needs_day(const struct words *w, int64_t t_ns)
{
    const int64_t day_s = 86400;
    int64_t t_s = t_ns / 1000000000, run_s = w->clock->run_ns / 1000000000;

    return run_s > day_s && (w->clock->start_utc_s + t_s) / day_s != w->clock->start_utc_s / day_s;
}

const char *words_moment(const struct words *w, int64_t t_ns)
{
    struct tm date;

    if (!w->clock->has_start_utc_s)
        return t_ns ? arena_format(w->arena, "+%s", words_span(w, t_ns)) : "the start";
    date = calendar(w, t_ns);
    if (!needs_day(w, t_ns))
        return time_of_day(w, &date);
    return arena_format(w->arena, "%d %s, %s", date.tm_mday, months[date.tm_mon], time_of_day(w, &date));
}

const char *words_date(const struct words *w, int64_t t_ns)
{
    struct tm date = calendar(w, t_ns);

    return arena_format(w->arena, "%d %s %d, %s", date.tm_mday, months[date.tm_mon], date.tm_year + 1900, time_of_day(w, &date));
}

/* ---------------------------------------------------------------- distributions */

static const char *lognormal(const struct words *w, const Stormcell__Lognormal *l, const char *mean)
{
    if (l->has_mean_ns)
        return arena_format(w->arena, "%s, lognormal, cv2 %s", mean, words_count(w, l->cv2));
    return arena_format(w->arena, "%s in half of cases, below %s in %s (%s)", words_span(w, l->median_ns),
                        words_span(w, l->has_p99_ns ? l->p99_ns : l->p95_ns), l->has_p99_ns ? "99 %" : "95 %", mean);
}

const char *words_dist(const struct words *w, const Stormcell__Dist *d)
{
    const char *mean;

    if (!d || d->shape_case == STORMCELL__DIST__SHAPE__NOT_SET)
        return "nothing";
    mean = words_mean_s(d) < 1e18 ? arena_format(w->arena, "%s on average", words_seconds(w, words_mean_s(d))) : "no mean";
    switch (d->shape_case) {
    case STORMCELL__DIST__SHAPE_EXPONENTIAL:
        return arena_format(w->arena, "%s, exponential", mean);
    case STORMCELL__DIST__SHAPE_LOGNORMAL:
        return lognormal(w, d->lognormal, mean);
    case STORMCELL__DIST__SHAPE_GAMMA:
        return arena_format(w->arena, "%s, gamma, cv2 %s", mean, words_count(w, d->gamma->cv2));
    case STORMCELL__DIST__SHAPE_UNIFORM:
        return arena_format(w->arena, "%s to %s", words_span(w, d->uniform->from_ns), words_span(w, d->uniform->to_ns));
    case STORMCELL__DIST__SHAPE_PARETO:
        return arena_format(w->arena, "%s or more, heavy-tailed (%s)", words_span(w, d->pareto->minimum_ns), mean);
    case STORMCELL__DIST__SHAPE_WEIBULL:
        return arena_format(w->arena, "%s, Weibull, shape %s", mean, words_count(w, d->weibull->shape));
    case STORMCELL__DIST__SHAPE_HYPEREXPONENTIAL:
        return arena_format(w->arena, "%s, hyperexponential, cv2 %s", mean, words_count(w, d->hyperexponential->cv2));
    case STORMCELL__DIST__SHAPE_EMPIRICAL:
        return arena_format(w->arena, "as in %s (%s)", d->empirical->file, mean);
    default:
        return words_span(w, d->constant_ns);
    }
}

/* ---------------------------------------------------------------- lists */

const char *words_join(const struct words *w, const char *so_far, const char *item, size_t index, size_t count)
{
    return arena_format(w->arena, "%s%s%s", so_far, index == 0 ? "" : index + 1 == count ? " and " : ", ", item);
}
