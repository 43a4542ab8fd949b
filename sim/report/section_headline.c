/* section_headline - what it was, the verdicts in plain words, and the time line */
#include <stdlib.h>
#include <string.h>

#include "report/number.h"
#include "report/sections.h"
#include "result/scope.h"
#include "result/trigger.h"
#include "stormcell/must.h"

/* A time line longer than ENTRIES_MAX shows its beginning and its end; so do more than ALIKE_MAX lines in a row of one kind. */
enum { ENTRIES_MAX = 150, ENTRIES_FIRST = 100, ENTRIES_LAST = 40, ALIKE_MAX = 5, ALIKE_FIRST = 3 };

enum tone section_tone(const char *word)
{
    static const struct {
        const char *word;
        enum tone tone;
    } tones[] = {{"stable", TONE_GOOD},
                 {"recovered", TONE_GOOD},
                 {"recovering", TONE_WARN},
                 {"degraded", TONE_BAD},
                 {"metastable", TONE_BAD}};

    for (size_t i = 0; word && i < sizeof(tones) / sizeof(tones[0]); i++)
        if (strcmp(tones[i].word, word) == 0)
            return tones[i].tone;
    return TONE_PLAIN;
}

/* ---------------------------------------------------------------- verdicts */

/* What was wrong at the worst: of goodput, lost connections and old mail, what there was. */
static void tell_worst(const Stormcell__Result *r, const Stormcell__Verdict *v, char out[192])
{
    char age[64];
    int used = 0;

    out[0] = '\0';
    if (v->worst_goodput_ratio < 0.995)
        used = snprintf(out, 192, "; at worst %.0f %% of the goodput without faults", 100 * v->worst_goodput_ratio);
    if (v->has_worst_connected_ratio && v->worst_connected_ratio < 0.995)
        used += snprintf(out + used, 192 - (size_t)used, "%s%.0f %% of %s", used ? ", " : "; at worst ",
                         100 * v->worst_connected_ratio, scope_presence_words(r));
    if (v->has_worst_oldest_mail_ns && v->worst_oldest_mail_ns >= 60000000000)
        snprintf(out + used, 192 - (size_t)used, "%smail up to %.40s old", used ? ", " : "; ",
                 number_duration(v->worst_oldest_mail_ns, age));
}

/* From when to when, and what was worst. */
static char *tell_outage(const Stormcell__Result *r, const Stormcell__Verdict *v)
{
    char from[64], to[64], length[64], worst[192];

    tell_worst(r, v, worst);
    return xasprintf("unhealthy from %s to %s (%s)%s", number_moment(r, v->unhealthy_from_ns, from),
                     v->unhealthy_to_ns >= r->run_ns ? "the end" : number_moment(r, v->unhealthy_to_ns, to),
                     number_duration(v->unhealthy_to_ns - v->unhealthy_from_ns, length), worst);
}

/* What the word says of this run, as a sentence of its own. */
static char *tell_word(const Stormcell__Result *r, const Stormcell__Verdict *v)
{
    char since[64], recovery[64];
    const char *word = number_or_empty(v->word);

    number_duration(v->has_trigger_end_ns ? r->run_ns - v->trigger_end_ns : 0, since);
    if (strcmp(word, "recovered") == 0 && v->has_recovery_ns && v->recovery_ns > 0)
        return xasprintf("Healthy again %s after the trigger had ended.", number_duration(v->recovery_ns, recovery));
    if (strcmp(word, "recovered") == 0 && v->has_recovery_ns)
        return xstrdup(v->unhealthy_to_ns == v->trigger_end_ns ? "Healthy again when the trigger ended."
                                                               : "Healthy again before the trigger ended.");
    if (strcmp(word, "recovered") == 0)
        return xstrdup("Healthy again by the end.");
    if (strcmp(word, "degraded") == 0 && v->has_trigger_end_ns)
        return xasprintf("The trigger had been gone for %s, too short to drain what it left.", since);
    if (strcmp(word, "degraded") == 0)
        return xstrdup(trigger_any(r) ? "The trigger was still on at the end." : "No fault explains it.");
    if (strcmp(word, "recovering") == 0)
        return xasprintf("%s after the trigger had ended it is not healthy yet, but getting better.", since);
    return xasprintf("%s after the trigger had ended it is as sick as before: it stays down by itself.", since);
}

/* Scopes stand in a column of so many characters. */
static void verdict_line(struct page *p, const Stormcell__Result *r, int width, const char *scope, const char *who)
{
    const Stormcell__Verdict *v = number_verdict(r, scope);
    char *outage, *word, *text;

    if (!v)
        return;
    page_put(p, TONE_PLAIN, "  %-*s", width, scope);
    page_put(p, section_tone(v->word), "%-11s", number_or_empty(v->word));
    if (!v->has_unhealthy_from_ns) {
        text = xasprintf("%snever unhealthy", who);
    } else {
        outage = tell_outage(r, v);
        word = tell_word(r, v);
        text = xasprintf("%s%s. %s", who, outage, word);
        free(outage);
        free(word);
    }
    page_continue(p, (unsigned)width + 13, TONE_PLAIN, text);
    free(text);
}

/* Are the partitions of a region those that are struck (or spared), and no others? */
static bool is_group(const Stormcell__Result *r, size_t region, bool struck)
{
    for (size_t p = 0; p < r->n_partitions; p++)
        if ((r->partitions[p]->region == region) != ((bool)r->partitions[p]->struck == struck))
            return false;
    return true;
}

static char *group_of(const Stormcell__Result *r, bool struck)
{
    const char *region = NULL;
    uint64_t users;
    unsigned partitions = number_partitions(r, struck, &users);
    char count[64];

    for (size_t i = 0; i < r->n_regions; i++)
        if (is_group(r, i, struck))
            region = r->regions[i];
    return xasprintf("%s%s%u of %zu partitions, %s users: ", region ? region : "", region ? ", " : "", partitions, r->n_partitions,
                     number_count(users, count));
}

static char *region_of(const Stormcell__Result *r, size_t region)
{
    size_t partitions = 0;
    uint64_t users = 0;
    char count[64];

    for (size_t p = 0; p < r->n_partitions; p++)
        if (r->partitions[p]->region == region) {
            partitions++;
            users += r->partitions[p]->users;
        }
    return xasprintf("%zu of %zu partitions, %s users: ", partitions, r->n_partitions, number_count(users, count));
}

/* Where all regions fare alike, the whole says it for them. */
static bool regions_differ(const Stormcell__Result *r)
{
    const Stormcell__Verdict *first = r->n_regions ? number_verdict(r, r->regions[0]) : NULL;

    for (size_t i = 1; first && i < r->n_regions; i++) {
        const Stormcell__Verdict *v = number_verdict(r, r->regions[i]);

        if (v && (strcmp(number_or_empty(v->word), number_or_empty(first->word)) != 0 ||
                  v->unhealthy_from_ns != first->unhealthy_from_ns || v->unhealthy_to_ns != first->unhealthy_to_ns))
            return true;
    }
    return false;
}

/* The width of the column of scopes. */
static int scope_width(const Stormcell__Result *r)
{
    size_t width = 8;

    for (size_t i = 0; i < r->n_regions && regions_differ(r); i++)
        width = strlen(r->regions[i]) + 2 > width ? strlen(r->regions[i]) + 2 : width;
    return width < 32 ? (int)width : 32;
}

void section_headline(struct page *p, const Stormcell__Result *r)
{
    int width = scope_width(r);
    char length[64];
    char *struck = group_of(r, true), *spared = group_of(r, false);

    page_put(p, TONE_STRONG, "%s, %s", number_or_empty(r->scenario), number_strategy(r));
    page_put(p, TONE_DIM, "   seed %llu, %s", (unsigned long long)r->seed, number_duration(r->run_ns, length));
    page_put(p, TONE_PLAIN, "\n");
    if (r->question && r->question[0])
        page_paragraph(p, 0, TONE_PLAIN, "", r->question);
    if (r->n_verdicts)
        page_put(p, TONE_PLAIN, "\n");
    verdict_line(p, r, width, "whole", "");
    if (number_verdict(r, "struck") && number_verdict(r, "spared")) {
        verdict_line(p, r, width, "struck", struck);
        verdict_line(p, r, width, "spared", spared);
    }
    for (size_t i = 0; i < r->n_regions && regions_differ(r); i++) {
        char *who = region_of(r, i);

        /* The line of a group says it, too. */
        if (!is_group(r, i, true) && !is_group(r, i, false))
            verdict_line(p, r, width, r->regions[i], who);
        free(who);
    }
    free(struck);
    free(spared);
}

/* ---------------------------------------------------------------- time line */

static enum tone entry_tone(const Stormcell__TimelineEntry *e)
{
    const char *kind = number_or_empty(e->kind);

    if (strcmp(kind, "fault") == 0)
        return TONE_BAD;
    if (strcmp(kind, "repair") == 0 || (strcmp(kind, "verdict") == 0 && strstr(number_or_empty(e->text), "healthy again")))
        return TONE_GOOD;
    return strcmp(kind, "verdict") == 0 ? TONE_WARN : TONE_PLAIN;
}

/* Entries from `from` on that are of one kind and one subject, of those kinds that may repeat themselves without end. */
static size_t repeats(const Stormcell__Result *r, size_t from)
{
    const Stormcell__TimelineEntry *first = r->timeline[from];
    const char *kind = number_or_empty(first->kind);
    size_t to = from;

    if (strcmp(kind, "mail") != 0 && strcmp(kind, "control") != 0)
        return 1;
    while (to < r->n_timeline && strcmp(number_or_empty(r->timeline[to]->kind), kind) == 0 &&
           strcmp(number_or_empty(r->timeline[to]->subject), number_or_empty(first->subject)) == 0)
        to++;
    return to - from;
}

static void add_gap(struct table *t, const char *kind, size_t count)
{
    table_add(t, TONE_DIM, "...");
    table_add(t, TONE_DIM, "%s", kind);
    table_add(t, TONE_DIM, "%zu more", count);
}

static void add_entry(struct table *t, const Stormcell__Result *r, const Stormcell__TimelineEntry *e)
{
    const char *subject = number_or_empty(e->subject);
    char moment[64];

    table_add(t, TONE_PLAIN, "%s", number_moment(r, e->at_ns, moment));
    table_add(t, entry_tone(e), "%s", number_or_empty(e->kind));
    table_add(t, TONE_PLAIN, "%s%s%s", subject, subject[0] ? ": " : "", number_or_empty(e->text));
}

/* Adds entry i, or the first and the last of many of its like; returns where the next begins. */
static size_t add_entries(struct table *t, const Stormcell__Result *r, size_t i)
{
    size_t alike = repeats(r, i), shown = alike > ALIKE_MAX ? ALIKE_FIRST : alike;

    for (size_t k = 0; k < shown; k++)
        add_entry(t, r, r->timeline[i + k]);
    if (shown < alike) {
        add_gap(t, number_or_empty(r->timeline[i]->kind), alike - shown - 1);
        add_entry(t, r, r->timeline[i + alike - 1]);
    }
    return i + alike;
}

void section_timeline(struct page *p, const Stormcell__Result *r)
{
    struct table *t = table_of_words(3, true);

    table_add(t, TONE_DIM, "time");
    table_add(t, TONE_DIM, "kind");
    table_add(t, TONE_DIM, "what");
    for (size_t i = 0; i < r->n_timeline;) {
        if (i >= ENTRIES_FIRST && r->n_timeline > i + ENTRIES_LAST && r->n_timeline > ENTRIES_MAX) {
            add_gap(t, " ", r->n_timeline - i - ENTRIES_LAST);
            i = r->n_timeline - ENTRIES_LAST;
        }
        i = add_entries(t, r, i);
    }
    if (r->n_timeline)
        page_section(p, "What happened");
    table_finish(t, p);
}
