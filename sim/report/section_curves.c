/* section_curves - series as sparklines, under a line that shows when faults were on */
#include <stdlib.h>
#include <string.h>

#include "report/number.h"
#include "report/sections.h"
#include "report/sparkline.h"
#include "result/trigger.h"
#include "stormcell/must.h"

enum { NAME_WIDTH = 30, PEAK_WIDTH = 14, CURVES_MIN = 20 };

static unsigned curve_columns(const struct page *p)
{
    unsigned used = 2 + NAME_WIDTH + 2 + 2 + PEAK_WIDTH;

    return p->width > used + CURVES_MIN ? p->width - used : CURVES_MIN;
}

/* ---------------------------------------------------------------- the axis */

static bool fault_on(const Stormcell__Result *r, int64_t from_ns, int64_t to_ns)
{
    struct trigger_span t;

    for (size_t index = 0; trigger_next(r, &index, &t);)
        if (t.from_ns < to_ns && (!t.ends || t.to_ns > from_ns))
            return true;
    return false;
}

static void draw_faults(struct page *p, const Stormcell__Result *r)
{
    unsigned columns = curve_columns(p);

    if (!trigger_any(r))
        return;
    page_put(p, TONE_DIM, "  %-*s  ", NAME_WIDTH, "faults");
    for (unsigned c = 0; c < columns; c++) {
        int64_t from_ns = (int64_t)((__int128)r->run_ns * c / columns), to_ns = (int64_t)((__int128)r->run_ns * (c + 1) / columns);
        bool on = fault_on(r, from_ns, to_ns);

        page_put(p, on ? TONE_BAD : TONE_DIM, "%s", on ? "\xe2\x94\x81" : "\xc2\xb7");
    }
    page_put(p, TONE_PLAIN, "\n");
}

static void draw_ends(struct page *p, const Stormcell__Result *r)
{
    char from[64], to[64];
    unsigned columns = curve_columns(p), width;

    number_moment(r, 0, from);
    number_moment(r, r->run_ns, to);
    width = page_columns(from) < columns ? columns - page_columns(from) : 1;
    width = width > page_columns(to) ? width : page_columns(to) + 1; /* on a narrow page the two would touch */
    page_put(p, TONE_DIM, "  %-*s  %s%*s\n", NAME_WIDTH, "", from, (int)width, to);
}

/* ---------------------------------------------------------------- one curve */

static double greatest(const double *values, size_t count)
{
    double most = 0;

    for (size_t i = 0; i < count; i++)
        most = values[i] > most ? values[i] : most;
    return most;
}

static void draw(struct page *p, const char *name, const double *values, size_t count, double top, bool least, const char *label)
{
    char *line = sparkline(values, count, curve_columns(p), top, least);
    unsigned columns = page_columns(name);

    page_put(p, TONE_PLAIN, "  %s%*s  %s", name, (int)(columns < NAME_WIDTH ? NAME_WIDTH - columns : 0), "", line);
    page_put(p, TONE_DIM, "  %s\n", label);
    free(line);
}

static const Stormcell__Series *find(const Stormcell__Result *r, const char *metric, const char *entity, const char *group)
{
    for (size_t i = 0; i < r->n_series; i++) {
        const Stormcell__Series *s = r->series[i];

        if (strcmp(number_or_empty(s->metric), metric) == 0 && strcmp(number_or_empty(s->entity), entity) == 0 &&
            strcmp(number_or_empty(s->group), group) == 0 && s->n_values)
            return s;
    }
    return NULL;
}

/* Draws a series when it is not 0 throughout; `top` 0: its own greatest value. */
static void draw_series(struct page *p, const Stormcell__Result *r, const char *metric, const char *entity, const char *group,
                        double top)
{
    const Stormcell__Series *s = find(r, metric, entity, group);
    double most = s ? greatest(s->values, s->n_values) : 0;
    enum metric_unit unit = strcmp(metric, "mail.oldest") == 0   ? METRIC_SECONDS
                            : strcmp(metric, "utilization") == 0 ? METRIC_RATIO
                                                                 : METRIC_COUNT;
    char *name, *label, text[64];

    if (most <= 0)
        return;
    name = xasprintf("%s %s%s%s", entity, metric, strcmp(group, "whole") == 0 ? "" : " ", strcmp(group, "whole") == 0 ? "" : group);
    label = xasprintf("max %s", metric_format(unit, most, text));
    draw(p, name, s->values, s->n_values, top > 0 ? top : most, false, label);
    free(name);
    free(label);
}

/* Both groups on one scale, so that they can be compared; the whole where there are no groups. */
static void draw_groups(struct page *p, const Stormcell__Result *r, const char *metric, const char *entity)
{
    const Stormcell__Series *struck = find(r, metric, entity, "struck"), *spared = find(r, metric, entity, "spared");
    double a = struck ? greatest(struck->values, struck->n_values) : 0, b = spared ? greatest(spared->values, spared->n_values) : 0;

    if (!number_partitions(r, true, NULL) || !struck || !spared) {
        draw_series(p, r, metric, entity, "whole", 0);
        return;
    }
    draw_series(p, r, metric, entity, "struck", a > b ? a : b);
    draw_series(p, r, metric, entity, "spared", a > b ? a : b);
}

/* ---------------------------------------------------------------- success */

/* Share of the requests that ended in each sample and succeeded, not-a-number where none ended. */
static void draw_success(struct page *p, const Stormcell__Result *r, const char *entity, const char *group)
{
    const Stormcell__Series *good = find(r, "requests.succeeded", entity, group), *bad = find(r, "requests.failed", entity, group);
    double *share, least = 1;
    char *name, *label, text[64];

    if (!good || !bad || good->n_values != bad->n_values)
        return;
    share = xcalloc(good->n_values, sizeof(*share));
    for (size_t i = 0; i < good->n_values; i++) {
        double all = good->values[i] + bad->values[i];

        share[i] = all > 0 ? good->values[i] / all : __builtin_nan("");
        least = share[i] < least ? share[i] : least;
    }
    name = xasprintf("%s succeed%s%s", entity, strcmp(group, "whole") == 0 ? "" : " ", strcmp(group, "whole") == 0 ? "" : group);
    label = xasprintf("min %s", metric_format(METRIC_RATIO, least, text));
    draw(p, name, share, good->n_values, 1, true, label);
    free(name);
    free(label);
    free(share);
}

/* ---------------------------------------------------------------- caches */

static void draw_hit_ratio(struct page *p, const Stormcell__Result *r, const char *entity)
{
    const Stormcell__Series *s = find(r, "cache.hit_ratio", entity, "whole");
    double least = 1;
    char *name, *label, text[64];

    if (!s)
        return;
    for (size_t i = 0; i < s->n_values; i++)
        least = s->values[i] < least ? s->values[i] : least;
    name = xasprintf("%s cache.hit_ratio", entity);
    label = xasprintf("min %s", metric_format(METRIC_RATIO, least, text));
    draw(p, name, s->values, s->n_values, 1, true, label);
    free(name);
    free(label);
}

/* ---------------------------------------------------------------- dependents */

/* Those that are connected or up, on a scale that ends with all of them; what is up at the most stands for all of a group. */
static void draw_present(struct page *p, const Stormcell__Result *r, const char *entity, const char *group, bool sessions)
{
    const Stormcell__Series *s = find(r, sessions ? "sessions.connected" : "dependents.up", entity, group);
    double most = s ? greatest(s->values, s->n_values) : 0, least = most;
    char *name, *label, count[64];

    if (most <= 0)
        return;
    for (size_t i = 0; i < s->n_values; i++)
        least = s->values[i] < least ? s->values[i] : least;
    name = xasprintf("%s %s%s%s", entity, sessions ? "connected" : "up", strcmp(group, "whole") == 0 ? "" : " ",
                     strcmp(group, "whole") == 0 ? "" : group);
    label = xasprintf("min %s", metric_format(METRIC_COUNT, least, count));
    draw(p, name, s->values, s->n_values, most, true, label);
    free(name);
    free(label);
}

/* ---------------------------------------------------------------- all of them */

static void draw_entity(struct page *p, const Stormcell__Result *r, const Stormcell__Entity *e)
{
    const char *name = number_or_empty(e->name);
    bool groups = number_partitions(r, true, NULL) > 0 && number_partitions(r, false, NULL) > 0;

    if (e->kind == STORMCELL__ENTITY_KIND__ENTITY_POPULATION) {
        draw_success(p, r, name, groups ? "struck" : "whole");
        if (groups)
            draw_success(p, r, name, "spared");
        draw_present(p, r, name, groups ? "struck" : "whole", false);
        if (groups)
            draw_present(p, r, name, "spared", false);
        draw_present(p, r, name, groups ? "struck" : "whole", true);
        if (groups)
            draw_present(p, r, name, "spared", true);
    } else if (e->kind == STORMCELL__ENTITY_KIND__ENTITY_TRANSPORT) {
        draw_groups(p, r, "mail.oldest", name);
        draw_groups(p, r, "mail.backlog", name);
        draw_series(p, r, "mail.held_by_sender", name, "whole", 0);
        draw_series(p, r, "utilization", name, "whole", 1);
    } else {
        draw_series(p, r, "queue.length", name, "whole", 0);
        draw_series(p, r, "workers.held", name, "whole", 0);
        draw_hit_ratio(p, r, name);
    }
}

void section_curves(struct page *p, const Stormcell__Result *r)
{
    static const Stormcell__EntityKind order[] = {STORMCELL__ENTITY_KIND__ENTITY_POPULATION,
                                                  STORMCELL__ENTITY_KIND__ENTITY_TRANSPORT, STORMCELL__ENTITY_KIND__ENTITY_SERVICE};

    if (!r->n_series)
        return;
    page_section(p, "Over time");
    draw_faults(p, r);
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < r->n_entities; i++)
            if (r->entities[i]->kind == order[k])
                draw_entity(p, r, r->entities[i]);
    draw_ends(p, r);
}
