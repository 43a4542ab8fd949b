/* explain - a scenario in plain words: the table of contents, and its first page */
#include "scenario/explain.h"

#include <stdlib.h>
#include <string.h>

#include "scenario/explain_parts.h"
#include "scenario/glossary.h"
#include "stormcell/must.h"

static void say_when(const struct words *w)
{
    const Stormcell__Clock *c = w->clock;

    words_heading(w, "WHEN");
    if (c->has_start_utc_s)
        words_line(w, 2, "%s to %s: %s.", words_date(w, 0), words_date(w, c->run_ns), words_span(w, c->run_ns));
    else
        words_line(w, 2, "%s. Times are from the start: +1 min is a minute after it.", words_span(w, c->run_ns));
}

static const char *spread(const struct words *w, const Stormcell__Scenario *sc, const Stormcell__Partitions *p)
{
    double largest = demand_largest_share(sc);

    if (p->spread == STORMCELL__PARTITIONS__SPREAD__SPREAD_EVEN && p->tenants < p->count)
        return arena_format(w->arena, "%s in each", words_many(w, (double)(p->users / p->count), "user"));
    if (p->spread == STORMCELL__PARTITIONS__SPREAD__SPREAD_EVEN)
        return arena_format(w->arena, "%s and %s in each", words_many(w, (double)(p->users / p->count), "user"),
                            words_many(w, (double)(p->tenants / p->count), "tenant"));
    return arena_format(w->arena, "%s; the largest holds %s users, %s",
                        words_enum_doc(&stormcell__partitions__spread__descriptor, p->spread),
                        words_count(w, (double)(int64_t)(largest * (double)p->users + 0.5)), words_share(w, largest));
}

static void say_who(const struct words *w, const Stormcell__Scenario *sc)
{
    static const Stormcell__Partitions usual = STORMCELL__PARTITIONS__INIT;
    const Stormcell__Partitions *p = sc->partitions ? sc->partitions : &usual;

    words_heading(w, "WHO");
    if (p->count == 1)
        words_line(w, 2, "%s of %s.", words_many(w, (double)p->users, "user"), words_many(w, (double)p->tenants, "tenant"));
    else
        words_line(w, 2, "%s of %s, on %s: %s.", words_many(w, (double)p->users, "user"),
                   words_many(w, (double)p->tenants, "tenant"), words_many(w, p->count, "directory partition"), spread(w, sc, p));
}

static void say_all(const struct explain *x)
{
    const struct words *w = &x->words;
    const Stormcell__Scenario *sc = x->scenario;

    words_line(w, 0, "%s", sc->name);
    if (sc->question) {
        fputc('\n', w->out);
        words_line(w, 2, "%s", sc->question);
    }
    say_when(w);
    say_who(w, sc);
    explain_regions(x);
    explain_topology(x);
    explain_load(x);
    explain_caches(x);
    explain_sessions(x);
    explain_dependents(x);
    explain_faults(x);
    explain_rollouts(x);
    explain_status(x);
    explain_plan(x);
}

void explain_print(const Stormcell__Scenario *sc, FILE *out)
{
    struct explain x = {.words = {.arena = arena_create(), .clock = sc->clock}, .scenario = sc};
    char *text = NULL;
    size_t length;

    x.words.out = open_memstream(&text, &length);
    if (!x.words.out)
        die("out of memory");
    x.demand = demand_create(x.words.arena, sc);
    say_all(&x);
    if (fclose(x.words.out) != 0)
        die("out of memory");
    fputs(text, out);
    /* Last, because it explains the words that were used before. */
    x.words.out = out;
    glossary_print(&x.words, text);
    free(text);
    arena_free(x.words.arena);
}
