/* number - one metric of one result, as reports show it */
#include "report/number.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "stormcell/must.h"
#include "stormcell/result.h"

static const int64_t second_ns = 1000000000;

struct number number_of(const Stormcell__Result *r, const char *format, ...)
{
    struct metric_clock clock = {.start_utc_s = r->start_utc_s, .run_ns = r->run_ns};
    struct arena *arena = arena_create();
    struct number n = {0};
    struct metric_expr e;
    struct metric_error error;
    char text[512], message[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (metric_parse(text, true, &clock, arena, &e, &error)) {
        n.unit = e.left.ref->name->unit;
        n.known = result_metric((void *)r, e.left.ref, &n.value, &n.word, &n.at_least, message);
    }
    arena_free(arena);
    return n;
}

char *number_text(struct number n, char out[64])
{
    char value[64];

    if (!n.known)
        return strcpy(out, "-");
    snprintf(out, 64, "%s%.58s", n.at_least ? ">= " : "", n.word ? n.word : metric_format(n.unit, n.value, value));
    return out;
}

char *number_duration(int64_t ns, char out[64])
{
    return metric_format(METRIC_SECONDS, (double)ns / 1e9, out);
}

char *number_count(uint64_t count, char out[64])
{
    return metric_format(METRIC_COUNT, (double)count, out);
}

/* Long runs are told by the minute, short ones by the second, the shortest by the millisecond. */
static int offset_text(const Stormcell__Result *r, int64_t at_ns, char out[32])
{
    long long s = at_ns / second_ns, ms = at_ns % second_ns / 1000000;

    if (r->run_ns >= 2 * 3600 * second_ns)
        return snprintf(out, 32, "+%lld:%02lld", s / 3600, s / 60 % 60);
    if (r->run_ns >= 60 * second_ns)
        return snprintf(out, 32, "+%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    return snprintf(out, 32, "+%lld.%03lld s", s, ms);
}

char *number_moment(const Stormcell__Result *r, int64_t at_ns, char out[64])
{
    long long s = ((r->start_utc_s + at_ns / second_ns) % 86400 + 86400) % 86400;
    char offset[32];

    offset_text(r, at_ns, offset);
    if (!r->start_utc_s)
        snprintf(out, 64, "%s", offset);
    else if (r->run_ns >= 2 * 3600 * second_ns)
        snprintf(out, 64, "%02lld:%02lldZ %s", s / 3600, s / 60 % 60, offset);
    else
        snprintf(out, 64, "%02lld:%02lld:%02lldZ %s", s / 3600, s / 60 % 60, s % 60, offset);
    return out;
}

const char *number_or_empty(const char *text)
{
    return text ? text : "";
}

const char *number_strategy(const Stormcell__Result *r)
{
    return r->strategy && r->strategy[0] ? r->strategy : "baseline";
}

bool number_has(const Stormcell__Result *r, Stormcell__EntityKind kind)
{
    for (size_t i = 0; i < r->n_entities; i++)
        if (r->entities[i]->kind == kind)
            return true;
    return false;
}

unsigned number_partitions(const Stormcell__Result *r, bool struck, uint64_t *users)
{
    unsigned count = 0;
    uint64_t sum = 0;

    for (size_t i = 0; i < r->n_partitions; i++) {
        if ((bool)r->partitions[i]->struck != struck)
            continue;
        count++;
        sum += r->partitions[i]->users;
    }
    if (users)
        *users = sum;
    return count;
}

bool number_grouped(const Stormcell__Result *r)
{
    return number_partitions(r, true, NULL) > 0 && number_partitions(r, false, NULL) > 0;
}

const Stormcell__Verdict *number_verdict(const Stormcell__Result *r, const char *scope)
{
    for (size_t i = 0; i < r->n_verdicts; i++)
        if (strcmp(number_or_empty(r->verdicts[i]->scope), scope) == 0)
            return r->verdicts[i];
    return NULL;
}
