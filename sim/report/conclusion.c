/* conclusion - the last sentences of a comparison */
#include "report/conclusion.h"

#include <stdlib.h>
#include <string.h>

#include "report/number.h"
#include "stormcell/must.h"

/* What a sentence says of one run, such as its name; NULL: it belongs to the other half of the sentence. To be freed. */
typedef char *describe(const Stormcell__Result *r, bool well);

/* The runs of one half of a sentence: "a", "a and b", "a, b and c"; empty: there is none. To be freed. */
static char *list(const Stormcell__Result *const *results, size_t count, describe *d, bool well)
{
    char *text = xstrdup(""), *held = NULL;

    for (size_t i = 0; i <= count; i++) {
        char *next = i < count ? d(results[i], well) : NULL, *longer;

        if (!next && i < count)
            continue;
        if (held) {
            longer = xasprintf("%s%s%s", text, !text[0] ? "" : next ? ", " : " and ", held);
            free(text);
            free(held);
            text = longer;
        }
        held = next;
    }
    return text;
}

static const char *word_of(const Stormcell__Result *r, const char *scope)
{
    const Stormcell__Verdict *v = number_verdict(r, scope);

    return v ? number_or_empty(v->word) : "";
}

/* ---------------------------------------------------------------- those whom no fault has struck */

static char *describe_spared(const Stormcell__Result *r, bool stable)
{
    return (strcmp(word_of(r, "spared"), "stable") == 0) == stable ? xstrdup(number_strategy(r)) : NULL;
}

static char *conclude_spared(const Stormcell__Result *const *results, size_t count)
{
    char *stable = list(results, count, describe_spared, true), *others = list(results, count, describe_spared, false), *text;

    if (!others[0])
        text = xasprintf("The partitions that no fault strikes stay stable under every strategy: %s.", stable);
    else if (!stable[0])
        text = xasprintf("No strategy keeps the partitions stable that no fault strikes: not %s.", others);
    else
        text = xasprintf("The partitions that no fault strikes stay stable under %s; they do not under %s.", stable, others);
    free(stable);
    free(others);
    return text;
}

/* ---------------------------------------------------------------- those whom it has struck */

static const char *scope_of(const Stormcell__Result *r)
{
    return number_grouped(r) ? "struck" : "whole";
}

/* "admission (after 11 min)", the time from the end of the fault; "cache (before the fault ended)"; "baseline (metastable)". */
static char *describe_struck(const Stormcell__Result *r, bool back)
{
    const Stormcell__Verdict *v = number_verdict(r, scope_of(r));
    const char *word = word_of(r, scope_of(r));
    bool recovered = strcmp(word, "recovered") == 0;
    char text[64];

    if ((recovered || strcmp(word, "stable") == 0) != back)
        return NULL;
    if (recovered && v->recovery_ns <= 0)
        return xasprintf("%s (%s)", number_strategy(r),
                         v->has_trigger_end_ns && v->unhealthy_to_ns < v->trigger_end_ns ? "before the fault ended" : "at once");
    return xasprintf("%s (%s%s)", number_strategy(r), recovered ? "after " : "",
                     recovered ? number_duration(v->recovery_ns, text) : word);
}

/* Without a fault there is nothing to come back from. */
static bool has_trigger(const Stormcell__Result *r)
{
    return r->n_faults + r->n_rollouts > 0;
}

static char *conclude_struck(const Stormcell__Result *const *results, size_t count)
{
    char *back = list(results, count, describe_struck, true), *others = list(results, count, describe_struck, false), *text;
    const char *who = number_grouped(results[0]) ? "For those that the fault strikes, service" : "Service";

    if (!others[0])
        text = xasprintf("%s comes back under every strategy: %s.", who, back);
    else if (!back[0])
        text = xasprintf("%s comes back under no strategy: %s.", who, others);
    else
        text = xasprintf("%s comes back under %s; it does not under %s.", who, back, others);
    free(back);
    free(others);
    return text;
}

void conclusion_print(struct page *p, const Stormcell__Result *const *results, size_t count)
{
    char *text;

    if (!number_verdict(results[0], scope_of(results[0])))
        return;
    if (number_grouped(results[0])) {
        text = conclude_spared(results, count);
        page_put(p, TONE_PLAIN, "\n");
        page_paragraph(p, 0, TONE_STRONG, "", text);
        free(text);
    }
    if (has_trigger(results[0])) {
        text = conclude_struck(results, count);
        page_put(p, TONE_PLAIN, "\n");
        page_paragraph(p, 0, TONE_STRONG, "", text);
        free(text);
    }
}
