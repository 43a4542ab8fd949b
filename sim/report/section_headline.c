/* section_headline - what it was, the verdicts in plain words, and the time line */
#include <stdlib.h>
#include <string.h>

#include "report/number.h"
#include "report/sections.h"
#include "stormcell/must.h"

/* A time line longer than this shows its beginning and its end. */
enum { ENTRIES_FIRST = 24, ENTRIES_LAST = 16 };

enum tone section_tone(const char *word)
{
    static const struct {
        const char *word;
        enum tone tone;
    } tones[] = {
        {"stable", TONE_GOOD}, {"recovered", TONE_GOOD}, {"recovering", TONE_WARN}, {"degraded", TONE_BAD}, {"metastable", TONE_BAD}};

    for (size_t i = 0; word && i < sizeof(tones) / sizeof(tones[0]); i++)
        if (strcmp(tones[i].word, word) == 0)
            return tones[i].tone;
    return TONE_PLAIN;
}

/* ---------------------------------------------------------------- verdicts */

/* From when to when, and what was worst. */
static char *tell_outage(const Stormcell__Result *r, const Stormcell__Verdict *v)
{
    char from[64], to[64], length[64], oldest[64] = "", age[64];

    if (v->has_worst_oldest_mail_ns && v->worst_oldest_mail_ns >= 60000000000)
        snprintf(oldest, sizeof(oldest), ", mail up to %.40s old", number_duration(v->worst_oldest_mail_ns, age));
    return xasprintf("unhealthy from %s to %s (%s); at worst %.0f %% of the goodput without faults%s",
                     number_moment(r, v->unhealthy_from_ns, from),
                     v->unhealthy_to_ns >= r->run_ns ? "the end" : number_moment(r, v->unhealthy_to_ns, to),
                     number_duration(v->unhealthy_to_ns - v->unhealthy_from_ns, length), 100 * v->worst_goodput_ratio, oldest);
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
        return xstrdup(r->n_faults ? "The trigger was still on at the end." : "No fault explains it.");
    if (strcmp(word, "recovering") == 0)
        return xasprintf("%s after the trigger had ended it is not healthy yet, but getting better.", since);
    return xasprintf("%s after the trigger had ended it is as sick as before: it stays down by itself.", since);
}

static void verdict_line(struct page *p, const Stormcell__Result *r, const char *scope, const char *who)
{
    const Stormcell__Verdict *v = number_verdict(r, scope);
    char *outage, *word, *text;

    if (!v)
        return;
    page_put(p, TONE_PLAIN, "  %-8s", scope);
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
    page_continue(p, 21, TONE_PLAIN, text);
    free(text);
}

static char *group_of(const Stormcell__Result *r, bool struck)
{
    uint64_t users;
    unsigned partitions = number_partitions(r, struck, &users);
    char count[64];

    return xasprintf("%u of %zu partitions, %s users: ", partitions, r->n_partitions, number_count(users, count));
}

void section_headline(struct page *p, const Stormcell__Result *r)
{
    char length[64];
    char *struck = group_of(r, true), *spared = group_of(r, false);

    page_put(p, TONE_STRONG, "%s, %s", number_or_empty(r->scenario), number_strategy(r));
    page_put(p, TONE_DIM, "   seed %llu, %s", (unsigned long long)r->seed, number_duration(r->run_ns, length));
    page_put(p, TONE_PLAIN, "\n");
    if (r->question && r->question[0])
        page_paragraph(p, 0, TONE_PLAIN, "", r->question);
    if (r->n_verdicts)
        page_put(p, TONE_PLAIN, "\n");
    verdict_line(p, r, "whole", "");
    if (number_verdict(r, "struck") && number_verdict(r, "spared")) {
        verdict_line(p, r, "struck", struck);
        verdict_line(p, r, "spared", spared);
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

void section_timeline(struct page *p, const Stormcell__Result *r)
{
    struct table *t = table_of_words(3, true);
    char moment[64];

    table_add(t, TONE_DIM, "time");
    table_add(t, TONE_DIM, "kind");
    table_add(t, TONE_DIM, "what");
    for (size_t i = 0; i < r->n_timeline; i++) {
        const Stormcell__TimelineEntry *e = r->timeline[i];

        if (r->n_timeline > ENTRIES_FIRST + ENTRIES_LAST + 1 && i == ENTRIES_FIRST) {
            table_add(t, TONE_DIM, "...");
            table_add(t, TONE_DIM, " ");
            table_add(t, TONE_DIM, "%zu more", r->n_timeline - ENTRIES_FIRST - ENTRIES_LAST);
            i = r->n_timeline - ENTRIES_LAST - 1;
            continue;
        }
        table_add(t, TONE_PLAIN, "%s", number_moment(r, e->at_ns, moment));
        table_add(t, entry_tone(e), "%s", number_or_empty(e->kind));
        table_add(t, TONE_PLAIN, "%s%s%s", number_or_empty(e->subject), number_or_empty(e->subject)[0] ? ": " : "",
                  number_or_empty(e->text));
    }
    if (r->n_timeline)
        page_section(p, "What happened");
    table_finish(t, p);
}
