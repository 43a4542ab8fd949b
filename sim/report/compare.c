/* compare - strategies side by side
 *
 * Strategies are columns, as many at once as the page holds; the best value of a row has a star, unless all are equal. The last
 * sentences are those of conclusion.c.
 */
#include <stdlib.h>
#include <string.h>

#include "report/conclusion.h"
#include "report/number.h"
#include "report/page.h"
#include "report/sections.h"
#include "stormcell/must.h"
#include "stormcell/report.h"

/* More columns than these nobody reads. */
enum { STRATEGIES_AT_ONCE = 12 };

enum better { BETTER_NONE, BETTER_LESS, BETTER_MORE };

/* Where a row belongs: everywhere, where there are struck and spared partitions, or where there are not both. */
enum where { WHERE_ALWAYS, WHERE_GROUPS, WHERE_NO_GROUPS };

struct row {
    const char *words, *metric;
    enum better better;
    enum where where;
};

static const struct row rows[] = {
    {"verdict on the spared", "verdict{group=spared}", BETTER_NONE, WHERE_GROUPS},
    {"verdict on the struck", "verdict{group=struck}", BETTER_NONE, WHERE_GROUPS},
    {"verdict on the whole", "verdict", BETTER_NONE, WHERE_ALWAYS},
    {"unhealthy for, spared", "outage.duration{group=spared}", BETTER_LESS, WHERE_GROUPS},
    {"unhealthy for, struck", "outage.duration{group=struck}", BETTER_LESS, WHERE_GROUPS},
    {"unhealthy for", "outage.duration", BETTER_LESS, WHERE_NO_GROUPS},
    {"time to recover, spared", "time_to.recover{group=spared}", BETTER_LESS, WHERE_GROUPS},
    {"time to recover, struck", "time_to.recover{group=struck}", BETTER_LESS, WHERE_GROUPS},
    {"time to recover", "time_to.recover", BETTER_LESS, WHERE_NO_GROUPS},
    {"requests succeed, spared", "availability{group=spared}", BETTER_MORE, WHERE_GROUPS},
    {"requests succeed, struck", "availability{group=struck}", BETTER_MORE, WHERE_GROUPS},
    {"requests succeed", "availability", BETTER_MORE, WHERE_NO_GROUPS},
    {"latency p99", "latency.p99", BETTER_LESS, WHERE_ALWAYS},
    {"tries for each request", "amplification", BETTER_LESS, WHERE_ALWAYS},
    {"dependents that went down", "dependents.failed", BETTER_LESS, WHERE_ALWAYS},
    {"dependents up again, p99", "dependents.time_to_recover.p99", BETTER_LESS, WHERE_ALWAYS},
    {"mail delay p50, spared", "mail.delay.p50{group=spared}", BETTER_LESS, WHERE_GROUPS},
    {"mail delay p99, spared", "mail.delay.p99{group=spared}", BETTER_LESS, WHERE_GROUPS},
    {"mail delay p50, struck", "mail.delay.p50{group=struck}", BETTER_LESS, WHERE_GROUPS},
    {"mail delay p99, struck", "mail.delay.p99{group=struck}", BETTER_LESS, WHERE_GROUPS},
    {"mail delay p99", "mail.delay.p99", BETTER_LESS, WHERE_NO_GROUPS},
    {"oldest mail, spared", "mail.oldest.max{group=spared}", BETTER_LESS, WHERE_GROUPS},
    {"oldest mail, struck", "mail.oldest.max{group=struck}", BETTER_LESS, WHERE_GROUPS},
    {"delay notices", "mail.delay_notices", BETTER_LESS, WHERE_ALWAYS},
    {"mail returned", "mail.returned", BETTER_LESS, WHERE_ALWAYS},
    {"mail given up by senders", "mail.expired_at_sender", BETTER_LESS, WHERE_ALWAYS},
    {"mail lost in silence", "mail.lost_by_sender", BETTER_LESS, WHERE_ALWAYS},
    {"tries to deliver mail", "mail.attempts", BETTER_LESS, WHERE_ALWAYS},
    {"sessions out, p99", "sessions.time_to_reconnect.p99", BETTER_LESS, WHERE_ALWAYS},
    {"sessions connected, end", "sessions.connected", BETTER_NONE, WHERE_ALWAYS},
    {"tries to connect", "sessions.attempts", BETTER_LESS, WHERE_ALWAYS},
    {"users where unhealthy", "users.affected", BETTER_LESS, WHERE_ALWAYS},
    {"first notice to customers", "status.first_notice", BETTER_LESS, WHERE_ALWAYS},
    {"affected users told", "status.share_told", BETTER_MORE, WHERE_ALWAYS},
    {"page wrongly green", "status.wrong_green", BETTER_LESS, WHERE_ALWAYS},
    {"tickets", "tickets", BETTER_LESS, WHERE_ALWAYS},
    {"user minutes lost, access", "user_minutes.lost", BETTER_LESS, WHERE_ALWAYS},
    {"user minutes lost, mail", "user_minutes.lost{meter=mail_delay}", BETTER_LESS, WHERE_ALWAYS},
};

/* ---------------------------------------------------------------- one row */

/* The best of all runs, as people read it; false when all read the same, or nothing is better here. */
static bool best_of(const struct number *n, size_t count, enum better better, char best[64])
{
    const struct number *chosen = NULL;
    char text[64];
    bool differ = false;

    for (size_t i = 0; i < count; i++) {
        if (!n[i].known)
            continue;
        if (!chosen || (better == BETTER_LESS ? n[i].value < chosen->value : n[i].value > chosen->value))
            chosen = &n[i];
    }
    if (!chosen || better == BETTER_NONE)
        return false;
    number_text(*chosen, best);
    for (size_t i = 0; i < count; i++)
        differ |= n[i].known && strcmp(number_text(n[i], text), best) != 0;
    return differ;
}

static void add_numbers(struct table *t, const struct row *row, const struct number *n, size_t count, size_t from, size_t to)
{
    char text[64], best[64] = "";
    bool has_best = best_of(n, count, row->better, best);

    table_add(t, TONE_PLAIN, "%s", row->words);
    for (size_t i = from; i < to; i++) {
        bool star = strcmp(number_text(n[i], text), best) == 0 && has_best;

        table_add(t,
                  n[i].word ? section_tone(n[i].word)
                  : star    ? TONE_STRONG
                            : TONE_PLAIN,
                  "%s%s", text,
                  star       ? " *"
                  : has_best ? "  "
                             : "");
    }
}

static void add_row(struct table *t, const struct row *row, const Stormcell__Result *const *results, size_t count, size_t from,
                    size_t to)
{
    struct number *n = xcalloc(count, sizeof(*n));
    bool known = false;

    for (size_t i = 0; i < count; i++) {
        n[i] = number_of(results[i], "%s", row->metric);
        known |= n[i].known;
    }
    if (known && (row->where == WHERE_ALWAYS || (row->where == WHERE_GROUPS) == number_grouped(results[0])))
        add_numbers(t, row, n, count, from, to);
    free(n);
}

/* How many expectations hold. */
static void add_expectations(struct table *t, const Stormcell__Result *const *results, size_t from, size_t to)
{
    table_add(t, TONE_PLAIN, "expectations that hold");
    for (size_t i = from; i < to; i++) {
        unsigned all = 0, hold = 0;

        for (size_t k = 0; k < results[i]->n_judgements; k++) {
            if (strcmp(number_or_empty(results[i]->judgements[k]->kind), "expect") != 0)
                continue;
            all++;
            hold += results[i]->judgements[k]->holds;
        }
        if (all)
            table_add(t, hold == all ? TONE_GOOD : TONE_BAD, "%u of %u", hold, all);
        else
            table_add(t, TONE_DIM, "none stated");
    }
}

/* ---------------------------------------------------------------- the tables */

static struct table *build_block(const Stormcell__Result *const *results, size_t count, size_t from, size_t to)
{
    struct table *t = table_create((unsigned)(to - from + 1), false);

    table_add(t, TONE_DIM, " ");
    for (size_t i = from; i < to; i++)
        table_add(t, TONE_DIM, "%s", number_strategy(results[i]));
    for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
        add_row(t, &rows[k], results, count, from, to);
    add_expectations(t, results, from, to);
    return t;
}

/* Prints as many strategies as fit, from `from` on, one at least; returns where the next block begins. */
static size_t print_block(struct page *p, const Stormcell__Result *const *results, size_t count, size_t from)
{
    size_t to = count - from > STRATEGIES_AT_ONCE ? from + STRATEGIES_AT_ONCE : count;
    struct table *t = build_block(results, count, from, to);

    while (table_width(t) > p->width && to > from + 1) {
        table_free(t);
        t = build_block(results, count, from, --to);
    }
    page_put(p, TONE_PLAIN, "\n");
    table_finish(t, p);
    return to;
}

static void print_failures(struct page *p, const Stormcell__Result *const *results, size_t count)
{
    bool first = true;

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < results[i]->n_judgements; k++) {
            const Stormcell__Judgement *j = results[i]->judgements[k];
            bool expected = strcmp(number_or_empty(j->kind), "expect") == 0;
            char *text;

            if (j->holds || (!expected && strcmp(number_or_empty(j->kind), "reproduces") != 0))
                continue;
            if (first)
                page_section(p, "What did not hold");
            first = false;
            text = xasprintf("%s, %s: %s   (is %s)", expected ? "FAIL" : "differs from history", number_strategy(results[i]),
                             number_or_empty(j->line), number_or_empty(j->value));
            page_paragraph(p, 2, expected ? TONE_BAD : TONE_WARN, "", text);
            free(text);
        }
    }
}

void report_compare(const Stormcell__Result *const *results, size_t count, struct report_style style, FILE *out)
{
    struct page p = {.out = out, .color = style.color, .width = style.width ? style.width : 100};

    if (!count)
        return;
    page_put(&p, TONE_STRONG, "%s", number_or_empty(results[0]->scenario));
    page_put(&p, TONE_DIM, "   %zu strategies, seed %llu; * is the best of a row\n", count, (unsigned long long)results[0]->seed);
    if (results[0]->question && results[0]->question[0])
        page_paragraph(&p, 0, TONE_PLAIN, "", results[0]->question);
    for (size_t from = 0; from < count;)
        from = print_block(&p, results, count, from);
    print_failures(&p, results, count);
    conclusion_print(&p, results, count);
}
