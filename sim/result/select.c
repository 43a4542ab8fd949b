/* select - which entities, partitions and epochs a metric speaks of, and what was counted there */
#include "result/select.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    Stormcell__EntityKind kind;
    unsigned bit;
    const char *label;
    const char *many;
} kinds_of_entities[] = {
    {STORMCELL__ENTITY_KIND__ENTITY_POPULATION, SELECT_POPULATION, "population", "populations"},
    {STORMCELL__ENTITY_KIND__ENTITY_SERVICE, SELECT_SERVICE, "service", "services"},
    {STORMCELL__ENTITY_KIND__ENTITY_TRANSPORT, SELECT_TRANSPORT, "transport", "transports"},
};
enum { KINDS = sizeof(kinds_of_entities) / sizeof(kinds_of_entities[0]) };

bool select_refuse(struct selection *s, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(s->message, MESSAGE_MAX, format, args);
    va_end(args);
    return false;
}

bool select_has(const struct metric_ref *ref, const char *label)
{
    for (size_t i = 0; i < ref->label_count; i++)
        if (strcmp(ref->labels[i].name, label) == 0)
            return true;
    return false;
}

const char *select_only(const struct metric_ref *ref, const char *label)
{
    const char *value = NULL;

    for (size_t i = 0; i < ref->label_count; i++) {
        if (strcmp(ref->labels[i].name, label) != 0)
            continue;
        if (ref->labels[i].op != METRIC_EQ || value)
            return NULL;
        value = ref->labels[i].value;
    }
    return value;
}

const char *select_text(const char *text)
{
    return text ? text : "";
}

int64_t select_epoch_ns(const Stormcell__Epoch *e)
{
    return e->to_ns - e->from_ns;
}

/* ---------------------------------------------------------------- entities */

/* The names there are, for a refusal. */
static const char *list_entities(const Stormcell__Result *r, Stormcell__EntityKind kind, char out[128])
{
    size_t used = 0;

    strcpy(out, "none");
    for (size_t i = 0; i < r->n_entities; i++) {
        const char *name = select_text(r->entities[i]->name);

        if (r->entities[i]->kind != kind)
            continue;
        if (used + strlen(name) + 6 > 128) {
            strcpy(out + used, "...");
            break;
        }
        used += (size_t)sprintf(out + used, "%s%s", used ? ", " : "", name);
    }
    return out;
}

static bool entity_exists(const Stormcell__Result *r, Stormcell__EntityKind kind, const char *name)
{
    for (size_t i = 0; i < r->n_entities; i++)
        if (r->entities[i]->kind == kind && strcmp(select_text(r->entities[i]->name), name) == 0)
            return true;
    return false;
}

/* A name that is demanded must exist: a misspelt one would select nothing and look like silence. */
static bool check_names(struct selection *s)
{
    char there[128];

    for (size_t i = 0; i < s->ref->label_count; i++) {
        const struct metric_label *l = &s->ref->labels[i];

        for (int k = 0; k < KINDS; k++)
            if (strcmp(l->name, kinds_of_entities[k].label) == 0 && l->op != METRIC_MATCH &&
                !entity_exists(s->r, kinds_of_entities[k].kind, l->value))
                return select_refuse(s, "no %s is named '%.60s'; %s: %s", l->name, l->value, kinds_of_entities[k].many,
                                     list_entities(s->r, kinds_of_entities[k].kind, there));
    }
    return true;
}

bool select_entities(struct selection *s, struct arena *arena, unsigned kinds, unsigned named)
{
    unsigned by_label = 0;

    for (int k = 0; k < KINDS; k++)
        if ((named & kinds_of_entities[k].bit) && select_has(s->ref, kinds_of_entities[k].label))
            by_label |= kinds_of_entities[k].bit;
    if (by_label & (by_label - 1))
        return select_refuse(s, "labels name entities of two kinds: one number cannot speak of both");
    kinds = by_label ? by_label : kinds;
    if (!check_names(s))
        return false;
    s->entities = arena_take(arena, s->r->n_entities * sizeof(bool) + 1);
    for (size_t i = 0; i < s->r->n_entities; i++)
        for (int k = 0; k < KINDS; k++)
            if (s->r->entities[i]->kind == kinds_of_entities[k].kind && (kinds & kinds_of_entities[k].bit))
                s->entity_count += s->entities[i] = metric_admits(s->ref, kinds_of_entities[k].label,
                                                                  select_text(s->r->entities[i]->name));
    if (s->entity_count)
        return true;
    for (int k = 0; k < KINDS; k++)
        if (kinds & kinds_of_entities[k].bit)
            return select_refuse(s, "%s no %s", by_label ? "its labels select" : "the scenario has", kinds_of_entities[k].label);
    return false;
}

/* ---------------------------------------------------------------- partitions */

static bool check_partition_numbers(struct selection *s)
{
    for (size_t i = 0; i < s->ref->label_count; i++) {
        const struct metric_label *l = &s->ref->labels[i];
        unsigned long long number = 0;

        if (strcmp(l->name, "partition") != 0 || l->op == METRIC_MATCH)
            continue;
        if (sscanf(l->value, "%9llu", &number) != 1 || number >= s->r->n_partitions)
            return select_refuse(s, "there is no partition %.20s: they are 0 to %zu", l->value,
                                 s->r->n_partitions ? s->r->n_partitions - 1 : 0);
    }
    return true;
}

static bool check_regions(struct selection *s)
{
    for (size_t i = 0; i < s->ref->label_count; i++) {
        const struct metric_label *l = &s->ref->labels[i];
        bool found = l->op == METRIC_MATCH || strcmp(l->name, "region") != 0;

        for (size_t k = 0; k < s->r->n_regions && !found; k++)
            found = strcmp(s->r->regions[k], l->value) == 0;
        if (!found)
            return select_refuse(s, "no region is named '%.60s'; regions: %.60s%s", l->value,
                                 s->r->n_regions ? s->r->regions[0] : "none", s->r->n_regions > 1 ? ", ..." : "");
    }
    return true;
}

size_t select_region_of(const Stormcell__Result *r, size_t partition)
{
    return r->partitions[partition]->region;
}

static const char *region_name(const Stormcell__Result *r, size_t region)
{
    return region < r->n_regions ? r->regions[region] : "";
}

/* Regions as such, for sets of replicas that serve one each: a region is struck when any of its partitions is. */
static void choose_regions(struct selection *s, struct arena *arena)
{
    bool *struck = arena_take(arena, s->r->n_regions * sizeof(bool) + 1);

    s->regions = arena_take(arena, s->r->n_regions * sizeof(bool) + 1);
    for (size_t p = 0; p < s->r->n_partitions && s->r->n_regions; p++)
        struck[select_region_of(s->r, p)] |= s->r->partitions[p]->struck;
    for (size_t k = 0; k < s->r->n_regions; k++)
        s->region_count += s->regions[k] = metric_admits(s->ref, "region", s->r->regions[k]) &&
                                           metric_admits(s->ref, "group", struck[k] ? "struck" : "spared");
}

static bool refuse_partitions(struct selection *s)
{
    const char *group = select_only(s->ref, "group");

    if (!group)
        return select_refuse(s, "its labels select no partition");
    return select_refuse(s, "no partition is %s%s%s", group, select_has(s->ref, "partition") ? " and has that number" : "",
                         select_has(s->ref, "region") ? " and in that region" : "");
}

bool select_partitions(struct selection *s, struct arena *arena)
{
    bool groups = select_has(s->ref, "group"), numbers = select_has(s->ref, "partition"), regions = select_has(s->ref, "region");

    s->by_partition = groups || numbers || regions;
    s->partitions = arena_take(arena, s->r->n_partitions * sizeof(bool) + 1);
    if (!check_partition_numbers(s) || !check_regions(s))
        return false;
    for (size_t p = 0; p < s->r->n_partitions; p++) {
        char number[24];

        snprintf(number, sizeof(number), "%zu", p);
        s->partitions[p] = (!groups || metric_admits(s->ref, "group", s->r->partitions[p]->struck ? "struck" : "spared")) &&
                           (!numbers || metric_admits(s->ref, "partition", number)) &&
                           (!regions || metric_admits(s->ref, "region", region_name(s->r, select_region_of(s->r, p))));
        s->partition_count += s->partitions[p];
    }
    choose_regions(s, arena);
    return s->partition_count || !s->by_partition || refuse_partitions(s);
}

/* ---------------------------------------------------------------- windows */

/* A phase is known when its fault or step came to pass. */
static bool phase_window(struct selection *s, int64_t *from_ns, int64_t *to_ns)
{
    const char *name = s->ref->window.phase;
    char there[120] = "none";
    size_t used = 0;

    for (size_t i = 0; i < s->r->n_phases; i++) {
        const Stormcell__Phase *p = s->r->phases[i];

        if (strcmp(select_text(p->name), name) == 0) {
            *from_ns = p->from_ns;
            *to_ns = p->has_to_ns ? p->to_ns : s->r->run_ns;
            if (*from_ns < *to_ns)
                return true;
            return select_refuse(s, "%.80s has no length in this run", name);
        }
        if (used + strlen(select_text(p->name)) + 3 < sizeof(there))
            used += (size_t)sprintf(there + used, "%s%s", used ? ", " : "", select_text(p->name));
    }
    return select_refuse(s, "this run has no phase %.80s; phases: %s", name, there);
}

bool select_epochs(struct selection *s, struct arena *arena)
{
    int64_t from_ns = s->ref->window.from_ns, to_ns = s->ref->window.to_ns;

    if (s->ref->window.kind == METRIC_WINDOW_PHASE && !phase_window(s, &from_ns, &to_ns))
        return false;
    s->epochs = arena_take(arena, s->r->n_epochs * sizeof(bool) + 1);
    for (size_t i = 0; i < s->r->n_epochs; i++) {
        const Stormcell__Epoch *e = s->r->epochs[i];

        s->epochs[i] = s->ref->window.kind == METRIC_WINDOW_NONE || (from_ns <= e->from_ns && e->to_ns <= to_ns);
        s->window_ns += s->epochs[i] ? select_epoch_ns(e) : 0;
    }
    if (s->ref->window.kind == METRIC_WINDOW_NONE || s->window_ns == to_ns - from_ns)
        return true;
    return select_refuse(
        s, "this run did not keep apart what was born in this window: name the window before the run (expect:, --print)");
}

/* ---------------------------------------------------------------- sums */

static bool cell_selected(const struct selection *s, const Stormcell__Cell *c)
{
    return s->entities[c->entity] && s->partitions[c->partition] && s->epochs[c->epoch];
}

void select_counts(const struct selection *s, uint64_t counts[COUNT_MAX])
{
    for (size_t i = 0; i < s->r->n_cells; i++) {
        const Stormcell__Cell *c = s->r->cells[i];

        for (size_t k = 0; cell_selected(s, c) && k < c->n_counts && k < COUNT_MAX; k++)
            counts[k] += c->counts[k];
    }
}

void select_merge(struct histogram *to, const Stormcell__Histogram *from)
{
    struct histogram view = {
        .buckets = from->counts,
        .first = from->first_bucket,
        .length = (uint32_t)from->n_counts,
        .sum_ns = (unsigned __int128)from->sum_high << 64 | from->sum_low,
        .min_ns = from->min_ns,
        .max_ns = from->max_ns,
    };

    for (size_t i = 0; i < from->n_counts; i++)
        view.count += from->counts[i];
    histogram_merge(to, &view);
}

const Stormcell__Histogram *select_histogram(const Stormcell__Cell *cell, enum sample sample)
{
    for (size_t i = 0; i < cell->n_histograms; i++)
        if (cell->histograms[i]->kind == (uint32_t)sample)
            return cell->histograms[i];
    return NULL;
}

void select_sample(const struct selection *s, enum sample sample, struct histogram *out)
{
    for (size_t i = 0; i < s->r->n_cells; i++) {
        const Stormcell__Histogram *h = cell_selected(s, s->r->cells[i]) ? select_histogram(s->r->cells[i], sample) : NULL;

        if (h)
            select_merge(out, h);
    }
}
