/* section_rollout - changes: their rings, what they broke, and what was restarted */
#include <stdlib.h>

#include "report/number.h"
#include "report/sections.h"
#include "stormcell/must.h"

static void add_ring(struct table *t, const Stormcell__Result *r, const Stormcell__RingInfo *ring)
{
    char text[64];

    table_add(t, ring->has_from_ns ? TONE_PLAIN : TONE_DIM, "%s", number_or_empty(ring->name));
    table_add(t, ring->has_from_ns ? TONE_PLAIN : TONE_DIM, "%s",
              ring->has_from_ns ? number_moment(r, ring->from_ns, text) : "never");
    table_add(t, TONE_PLAIN, "%s", number_count(ring->replicas, text));
    table_add(t, TONE_PLAIN, "%s", number_count(ring->changed, text));
    table_add(t, ring->broken ? TONE_BAD : TONE_PLAIN, "%s", number_count(ring->broken, text));
}

static void put_rings(struct page *p, const Stormcell__Result *r, const Stormcell__RolloutInfo *o)
{
    static const char *const names[] = {"ring", "changed from", "replicas", "changed", "broken"};
    struct table *t = table_create(5, false);

    for (size_t i = 0; i < 5; i++)
        table_add(t, TONE_DIM, "%s", names[i]);
    for (size_t i = 0; i < o->n_rings; i++)
        add_ring(t, r, o->rings[i]);
    table_finish(t, p);
}

/* What became of the change. */
static char *tell_end(const Stormcell__Result *r, const Stormcell__RolloutInfo *o)
{
    char moment[64], after[64];

    if (!o->rings[0]->has_from_ns)
        return xstrdup("It never began.");
    if (o->has_rolled_back_ns)
        return xasprintf("Taken back by %s, %s after it began.", number_moment(r, o->rolled_back_ns, moment),
                         number_duration(o->rolled_back_ns - o->rings[0]->from_ns, after));
    if (o->has_stopped_ns)
        return xasprintf("Stopped at %s, and not taken back everywhere.", number_moment(r, o->stopped_ns, moment));
    return xstrdup("Never stopped.");
}

/* What became of what it broke. */
static char *tell_broken(const Stormcell__Result *r, const Stormcell__RolloutInfo *o)
{
    char last[64], mended[64], after[64], count[64];

    if (!o->flawed)
        return xstrdup("");
    if (!o->broken)
        return xstrdup(" It broke nothing.");
    number_moment(r, o->last_broken_ns, last);
    if (o->broken_at_end)
        return xasprintf(" The last replica broke at %s; %s %s still broken at the end.", last,
                         number_count(o->broken_at_end, count), o->broken_at_end == 1 ? "is" : "are");
    number_moment(r, o->mended_ns, mended);
    if (o->has_rolled_back_ns && o->mended_ns > o->rolled_back_ns)
        return xasprintf(" The last replica broke at %s, and the last was mended at %s, %s after it was taken back.", last, mended,
                         number_duration(o->mended_ns - o->rolled_back_ns, after));
    return xasprintf(" The last replica broke at %s, and the last was mended at %s.", last, mended);
}

static void put_rollout(struct page *p, const Stormcell__Result *r, const Stormcell__RolloutInfo *o)
{
    char *end = tell_end(r, o), *broken = tell_broken(r, o), *text = xasprintf("%s%s", end, broken);

    page_section(p, "Rollout %s of %s", number_or_empty(o->name), number_or_empty(o->service));
    put_rings(p, r, o);
    page_paragraph(p, 2, TONE_PLAIN, "", text);
    free(end);
    free(broken);
    free(text);
}

static void put_restarts(struct page *p, const Stormcell__Result *r)
{
    static const char *const names[] = {"step", "target", "restarts", "over", "first", "last over"};
    struct table *t = table_of_words(6, false);
    char text[64];

    for (size_t i = 0; i < 6; i++)
        table_add(t, TONE_DIM, "%s", names[i]);
    for (size_t i = 0; i < r->n_restarts; i++) {
        const Stormcell__RestartInfo *o = r->restarts[i];

        table_add(t, TONE_PLAIN, "%s", number_or_empty(o->step));
        table_add(t, TONE_PLAIN, "%s", number_or_empty(o->target));
        table_add(t, TONE_PLAIN, "%s", number_count(o->begun, text));
        table_add(t, TONE_PLAIN, "%s", number_count(o->over, text));
        table_add(t, TONE_PLAIN, "%s", o->has_first_ns ? number_moment(r, o->first_ns, text) : "never");
        table_add(t, TONE_PLAIN, "%s", o->has_last_ns ? number_moment(r, o->last_ns, text) : "never");
    }
    if (r->n_restarts)
        page_section(p, "Restarts");
    table_finish(t, p);
}

void section_rollouts(struct page *p, const Stormcell__Result *r)
{
    for (size_t i = 0; i < r->n_rollouts; i++)
        put_rollout(p, r, r->rollouts[i]);
    put_restarts(p, r);
}
