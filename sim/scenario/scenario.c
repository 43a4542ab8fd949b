/* scenario - a file, and the messages that are bound from it
 *
 * The tree of the file stays as it was read. Each binding works on a copy of it in an arena of its own, so that overlays leave no
 * trace.
 */
#include "stormcell/scenario.h"

#include <stdlib.h>
#include <string.h>

#include "base/quantity.h"
#include "scenario/assumed.h"
#include "scenario/bind.h"
#include "scenario/check.h"
#include "scenario/overlay.h"
#include "scenario/path.h"
#include "scenario/source.h"
#include "stormcell/arena.h"
#include "stormcell/must.h"

struct scenario_file {
    struct arena *arena;
    struct node *root;
    bool in_memory;
    bool wrong; /* errors were found when it was read: nothing can be bound from it without error */
    const char **strategies;
    size_t strategy_count;
};

/* ---------------------------------------------------------------- the file */

/* There is a bound on strategies because each is checked whole. */
static bool list_strategies(struct scenario_file *f, struct diag *d)
{
    const struct node *list = node_find(f->root, "strategies");

    if (!list || list->kind != NODE_MAP)
        return true;
    if (list->count > OVERLAY_STRATEGIES_MAX) {
        diag_error(d, list->key_at, "strategies", "more than %d strategies: expected fewer", OVERLAY_STRATEGIES_MAX);
        return false;
    }
    f->strategies = arena_take(f->arena, (list->count + 1) * sizeof *f->strategies);
    for (const struct node *n = list->first; n; n = n->next)
        if (strcmp(n->key, "baseline") == 0) {
            diag_error(d, n->key_at, "strategies.baseline",
                       "the scenario without a strategy is called baseline: expected another name");
            f->wrong = true;
        } else {
            f->strategies[f->strategy_count++] = n->key;
        }
    return true;
}

/* Takes the arena of `s`. */
static struct scenario_file *file_create(struct source *s, struct node *root, unsigned found_before)
{
    struct scenario_file *f;

    if (!root) {
        arena_free(s->arena);
        return NULL;
    }
    f = xcalloc(1, sizeof *f);
    *f = (struct scenario_file){.arena = s->arena, .root = root, .in_memory = s->in_memory};
    if (!list_strategies(f, s->diag)) {
        scenario_file_free(f);
        return NULL;
    }
    f->wrong = f->wrong || diag_found(s->diag) != found_before;
    return f;
}

struct scenario_file *scenario_open(const char *path, struct diag *d)
{
    struct source s = {.arena = arena_create(), .diag = d, .budget = {YAML_NODES_MAX}};
    unsigned found_before = diag_found(d);

    return file_create(&s, source_scenario(&s, path), found_before);
}

struct scenario_file *scenario_open_memory(const char *name, const void *text, size_t length, struct diag *d)
{
    struct source s = {.arena = arena_create(), .diag = d, .budget = {YAML_NODES_MAX}, .in_memory = true};
    unsigned found_before = diag_found(d);

    return file_create(&s, source_scenario_memory(&s, name, text, length), found_before);
}

void scenario_file_free(struct scenario_file *f)
{
    if (!f)
        return;
    arena_free(f->arena);
    free(f);
}

size_t scenario_strategies(const struct scenario_file *f, const char *const **names)
{
    *names = (const char *const *)f->strategies;
    return f->strategy_count;
}

/* ---------------------------------------------------------------- binding */

static void lay_over(struct overlay *o, const struct scenario_overlay *with)
{
    if (!with)
        return;
    for (size_t i = 0; i < with->assume_count; i++)
        overlay_set(o, with->assume[i]);
    if (with->strategy && strcmp(with->strategy, "baseline") != 0)
        overlay_strategy(o, with->strategy);
    for (size_t i = 0; i < with->with_count; i++)
        overlay_with(o, with->with[i]);
    for (size_t i = 0; i < with->set_count; i++)
        overlay_set(o, with->set[i]);
}

/* Strategy messages list what they change, for explain and reports. */
static void list_paths(struct arena *arena, const struct node *root, Stormcell__Scenario *m)
{
    for (size_t i = 0; i < m->n_strategies; i++) {
        Stormcell__Strategy *s = m->strategies[i];
        const char **paths;
        size_t count = overlay_paths(arena, root, s->name, &paths);

        s->paths = count ? xcalloc(count, sizeof *s->paths) : NULL;
        s->n_paths = count;
        for (size_t k = 0; k < count; k++)
            s->paths[k] = xstrdup(paths[k]);
    }
}

Stormcell__Scenario *scenario_bind(const struct scenario_file *f, const struct scenario_overlay *o, struct diag *d)
{
    struct source s = {.arena = arena_create(), .diag = d, .budget = {YAML_NODES_MAX}, .in_memory = f->in_memory};
    struct overlay overlay = {.source = &s, .root = node_copy(s.arena, f->root)};
    struct binder binder = {.arena = s.arena, .diag = d, .in_memory = f->in_memory};
    unsigned found_before = diag_found(d);
    Stormcell__Scenario *m;

    lay_over(&overlay, o);
    m = bind_scenario(&binder, overlay.root);
    check_scenario(&(struct check_input){s.arena, d, overlay.root, f->root, !f->wrong && diag_found(d) == found_before}, m);
    if (f->wrong || diag_found(d) != found_before) {
        stormcell__scenario__free_unpacked(m, NULL);
        m = NULL;
    } else {
        list_paths(s.arena, f->root, m);
    }
    arena_free(s.arena);
    return m;
}

bool scenario_check_all(const struct scenario_file *f, struct diag *d)
{
    Stormcell__Scenario *m = scenario_bind(f, NULL, d);
    bool good = m != NULL;

    if (m)
        stormcell__scenario__free_unpacked(m, NULL);
    for (size_t i = 0; i < f->strategy_count; i++) {
        struct scenario_overlay o = {.strategy = f->strategies[i]};
        char *context = xasprintf("in strategy '%s'", f->strategies[i]);

        diag_context(d, context);
        m = scenario_bind(f, &o, d);
        diag_context(d, NULL);
        good = good && m;
        if (m)
            stormcell__scenario__free_unpacked(m, NULL);
        free(context);
    }
    return good;
}

/* ---------------------------------------------------------------- questions that come later */

struct place scenario_place(const struct scenario_file *f, const char *path)
{
    struct arena *arena = arena_create();
    struct diag *d = diag_create();
    struct path_context c = {arena, d, f->root};
    struct path_end end;
    struct place at;
    const char *problem;

    path_find(&c, path, PATH_LOOK, &end, &problem);
    at = node_place(end.nearest);
    diag_free(d);
    arena_free(arena);
    return at;
}

static int64_t start_of(const struct node *root)
{
    const struct node *clock = node_find(root, "clock"), *start = clock ? node_find(clock, "start") : NULL;
    int64_t utc_s;

    return start && start->kind == NODE_TEXT && quantity_datetime(start->text, &utc_s) == QUANTITY_GOOD ? utc_s : 0;
}

bool scenario_assumed_values(const struct scenario_file *f, const char *path, unsigned steps, char **out, struct diag *d)
{
    struct arena *arena = arena_create();
    struct path_context paths = {arena, d, f->root};
    struct assumed_context context = {arena, start_of(f->root)};
    const struct node *list = node_find(f->root, "assumed"), *entry = list ? node_find(list, path) : NULL;
    const struct node *text = entry ? node_find(entry, "range") : NULL;
    struct assumed_range range;
    struct path_end end;
    const char *problem = "no such entry: expected a path that stands in `assumed:`";
    bool good = text && text->kind == NODE_TEXT && path_find(&paths, path, PATH_LOOK, &end, &problem) &&
                assumed_read(&context, &end.shape, text->text, &range, &problem);

    if (!good)
        diag_error(d, text ? text->at : node_place(f->root), arena_format(arena, "assumed.%s", path), "%s", problem);
    for (unsigned i = 0; good && i < steps; i++)
        out[i] = assumed_value(&range, i, steps);
    arena_free(arena);
    return good;
}
