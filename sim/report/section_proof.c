/* section_proof - what was promised, what controls did, what was expected, and how to repeat it */
#include <stdlib.h>
#include <string.h>

#include "report/number.h"
#include "report/sections.h"
#include "stormcell/must.h"

/* ---------------------------------------------------------------- SLA */

static const Stormcell__SlaAccount *worst_account(const Stormcell__Result *r, const char *meter)
{
    const Stormcell__SlaAccount *worst = NULL;

    for (size_t i = 0; i < r->n_sla; i++)
        if (strcmp(number_or_empty(r->sla[i]->meter), meter) == 0 && (!worst || r->sla[i]->uptime_ratio < worst->uptime_ratio))
            worst = r->sla[i];
    return worst;
}

/* Partitions that get a credit. */
static unsigned credited(const Stormcell__Result *r, const char *meter)
{
    unsigned count = 0;

    for (size_t i = 0; i < r->n_sla; i++)
        count += strcmp(number_or_empty(r->sla[i]->meter), meter) == 0 && r->sla[i]->credit_ratio > 0;
    return count;
}

static void sla_row(struct table *t, const Stormcell__Result *r, const char *meter, const char *words)
{
    const Stormcell__SlaAccount *worst = worst_account(r, meter);
    char text[64];

    if (!worst)
        return;
    table_add(t, TONE_PLAIN, "%s", words);
    table_add(t, worst->credit_ratio > 0 ? TONE_BAD : TONE_GOOD, "%s", metric_format(METRIC_RATIO, worst->uptime_ratio, text));
    table_add(t, TONE_PLAIN, "%u", worst->partition);
    table_add(t, worst->credit_ratio > 0 ? TONE_BAD : TONE_PLAIN, "%s", metric_format(METRIC_RATIO, worst->credit_ratio, text));
    table_add(t, TONE_PLAIN, "%u of %zu", credited(r, meter), r->n_partitions);
    table_add(t, TONE_PLAIN, "%s", number_text(number_of(r, "user_minutes.lost{meter=%s}", meter), text));
}

void section_sla(struct page *p, const Stormcell__Result *r)
{
    static const char *const names[] = {"meter", "worst uptime", "partition", "credit", "partitions credited", "user minutes lost"};
    struct table *t = table_create(6, false);

    for (size_t i = 0; i < 6; i++)
        table_add(t, TONE_DIM, "%s", names[i]);
    sla_row(t, r, "access", "access");
    sla_row(t, r, "mail_delay", "mail delay");
    if (r->n_sla)
        page_section(p, "Service level, by the month");
    table_finish(t, p);
}

/* ---------------------------------------------------------------- controls */

static char *tell_acts(const Stormcell__ControlInfo *c)
{
    char *text = xstrdup(""), count[64];

    for (size_t i = 0; i < c->n_acts; i++) {
        char *longer;

        if (!c->acts[i]->count)
            continue;
        longer = xasprintf("%s%s%s %s", text, text[0] ? ", " : "", number_or_empty(c->acts[i]->reason),
                           number_count(c->acts[i]->count, count));
        free(text);
        text = longer;
    }
    return text;
}

void section_controls(struct page *p, const Stormcell__Result *r)
{
    struct table *t = table_of_words(4, true);
    char asked[64];

    table_add(t, TONE_DIM, "control");
    table_add(t, TONE_DIM, "kind");
    table_add(t, TONE_DIM, "asked");
    table_add(t, TONE_DIM, "acted");
    for (size_t i = 0; i < r->n_controls; i++) {
        const Stormcell__ControlInfo *c = r->controls[i];
        char *acts = tell_acts(c);

        table_add(t, TONE_PLAIN, "%s", number_or_empty(c->path));
        table_add(t, TONE_PLAIN, "%s", number_or_empty(c->kind));
        table_add(t, TONE_PLAIN, "%s", number_count(c->asked, asked));
        table_add(t, acts[0] ? TONE_PLAIN : TONE_DIM, "%s", acts[0] ? acts : "never acted");
        free(acts);
    }
    if (r->n_controls)
        page_section(p, "Controls");
    table_finish(t, p);
}

/* ---------------------------------------------------------------- expectations */

struct outcome {
    const char *word;
    enum tone tone;
};

static struct outcome outcome_of(const Stormcell__Judgement *j)
{
    const char *kind = number_or_empty(j->kind);

    if (strcmp(kind, "expect") == 0)
        return j->holds ? (struct outcome){"pass", TONE_GOOD} : (struct outcome){"FAIL", TONE_BAD};
    if (strcmp(kind, "reproduces") == 0)
        return j->holds ? (struct outcome){"as history", TONE_GOOD} : (struct outcome){"differs (warning)", TONE_WARN};
    return (struct outcome){"not judged", TONE_DIM};
}

void section_judgements(struct page *p, const Stormcell__Result *r)
{
    struct table *t = table_of_words(3, true);

    table_add(t, TONE_DIM, "outcome");
    table_add(t, TONE_DIM, "value");
    table_add(t, TONE_DIM, "expectation");
    for (size_t i = 0; i < r->n_judgements; i++) {
        const Stormcell__Judgement *j = r->judgements[i];
        struct outcome outcome = outcome_of(j);

        table_add(t, outcome.tone, "%s", outcome.word);
        table_add(t, TONE_PLAIN, "%s", number_or_empty(j->value));
        table_add(t, TONE_PLAIN, "%s", number_or_empty(j->line));
    }
    if (r->n_judgements)
        page_section(p, "Expectations");
    table_finish(t, p);
}

/* ---------------------------------------------------------------- how to repeat it */

void section_repeat(struct page *p, const Stormcell__Result *r)
{
    char events[64];

    page_put(p, TONE_PLAIN, "\n");
    page_put(p, TONE_DIM, "seed %llu, %s events", (unsigned long long)r->seed, number_count(r->events, events));
    if (r->repeat && r->repeat[0])
        page_put(p, TONE_DIM, ", repeat with: %s", r->repeat);
    page_put(p, TONE_PLAIN, "\n");
}
