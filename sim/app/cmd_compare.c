/* compare - every strategy of a scenario on the same seed, side by side; and over the ranges of what nobody published */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "stormcell/must.h"
#include "stormcell/result.h"

/* The jobs of one comparison: a scenario bound under each strategy. */
struct comparison {
    struct job *jobs;
    size_t count;
};

/* baseline, then the strategies asked for, or all of the file. */
static void choose(const struct options *o, const struct scenario_file *file, struct texts *names)
{
    const char *const *all;
    size_t count = scenario_strategies(file, &all);

    texts_add(names, "baseline");
    for (size_t i = 0; i < (o->strategies.count ? o->strategies.count : count); i++) {
        const char *name = o->strategies.count ? o->strategies.items[i] : all[i];

        if (strcmp(name, "baseline") != 0)
            texts_add(names, name);
    }
}

static bool bind_all(struct comparison *c, struct loaded *l, const struct options *o, const struct texts *names,
                     const struct texts *assumed)
{
    c->jobs = xcalloc(names->count, sizeof *c->jobs);
    c->count = 0;
    for (size_t i = 0; i < names->count; i++) {
        struct job *job = &c->jobs[c->count];

        *job = (struct job){.scenario = load_bind(l, o, names->items[i], assumed), .strategy = names->items[i]};
        if (!job->scenario)
            return false;
        job->seed = o->seed_given ? o->seed : job->scenario->seed;
        job->repeat = repeat_command(o, l->path, job->strategy, job->seed, assumed);
        c->count++;
    }
    return true;
}

static void comparison_end(struct comparison *c)
{
    for (size_t i = 0; i < c->count; i++) {
        stormcell__scenario__free_unpacked((Stormcell__Scenario *)c->jobs[i].scenario, NULL);
        free((char *)c->jobs[i].repeat);
        if (c->jobs[i].result)
            result_free(c->jobs[i].result);
    }
    free(c->jobs);
}

static const Stormcell__Result **results_of(const struct comparison *c)
{
    const Stormcell__Result **results = xcalloc(c->count + 1, sizeof *results);

    for (size_t i = 0; i < c->count; i++)
        results[i] = c->jobs[i].result;
    return results;
}

static void show(const struct options *o, const struct comparison *c, const char *path)
{
    const Stormcell__Result **results = results_of(c);
    const char *slash = strrchr(path, '/');
    size_t length;
    char *text;

    for (size_t i = 0; i < c->count; i++) {
        struct job *job = &c->jobs[i];

        free(job->result->repeat);
        job->result->repeat = repeat_command(o, o->json && slash ? slash + 1 : path, job->strategy, job->seed, NULL);
    }
    if (o->json) {
        text = report_compare_json(results, c->count, &length);
        fwrite(text, 1, length, stdout);
        free(text);
    } else {
        report_compare(results, c->count, style_of(o), stdout);
    }
    free(results);
}

/* A folder for each strategy. What lies there must not depend on where the scenario does. */
static void store(const struct options *o, const struct comparison *c, const char *path)
{
    const char *slash = strrchr(path, '/');

    for (size_t i = 0; i < c->count; i++) {
        struct job *job = &c->jobs[i];
        char *folder = xasprintf("%s/%s", o->out, job->strategy);

        free(job->result->repeat);
        job->result->repeat = repeat_command(o, slash ? slash + 1 : path, job->strategy, job->seed, NULL);
        out_ready(folder);
        out_store(folder, job->result);
        free(folder);
    }
}

/* Do all `expect:` lines of a strategy hold? Says which does not. */
static bool lines_hold(const struct job *job, bool say)
{
    bool holds = true;

    for (size_t k = 0; k < job->result->n_judgements; k++) {
        const Stormcell__Judgement *j = job->result->judgements[k];

        if (j->holds || strcmp(j->kind, "expect") != 0)
            continue;
        holds = false;
        if (say)
            printf("      %s: %s   (is %s)\n", job->strategy, j->line, j->value);
    }
    return holds;
}

/* ---------------------------------------------------------------- --vary assumed */

/* The ranges of `assumed:`, each with its two ends as --assume takes them. */
struct ranges {
    size_t count;
    const char **paths;
    char *(*ends)[2];
};

static bool ranges_read(struct ranges *r, struct loaded *l, const Stormcell__Scenario *sc)
{
    r->count = sc->n_assumed;
    r->paths = xcalloc(r->count + 1, sizeof *r->paths);
    r->ends = xcalloc(r->count + 1, sizeof *r->ends);
    for (size_t i = 0; i < r->count; i++) {
        r->paths[i] = sc->assumed[i]->name;
        if (!scenario_assumed_values(l->file, r->paths[i], 2, r->ends[i], l->diag))
            return false;
    }
    return true;
}

static void ranges_end(struct ranges *r)
{
    for (size_t i = 0; i < r->count; i++) {
        free(r->ends[i][0]);
        free(r->ends[i][1]);
    }
    free(r->paths);
    free(r->ends);
}

enum { CORNERS_UP_TO = 4 }; /* so many ranges: all corners; more: the two ends of each, the others as written */

static size_t points_of(const struct ranges *r)
{
    return r->count <= CORNERS_UP_TO ? (size_t)1 << r->count : 2 * r->count;
}

/* The assignments of point `n`. */
static void point(const struct ranges *r, size_t n, struct texts *set)
{
    for (size_t i = 0; i < r->count; i++) {
        if (r->count <= CORNERS_UP_TO)
            texts_add(set, xasprintf("%s=%s", r->paths[i], r->ends[i][n >> i & 1]));
        else if (n / 2 == i)
            texts_add(set, xasprintf("%s=%s", r->paths[i], r->ends[i][n & 1]));
    }
}

static void point_end(struct texts *set)
{
    for (size_t i = 0; i < set->count; i++)
        free((char *)set->items[i]);
    free(set->items);
}

/* How often what is expected held, of each strategy and of all together. */
struct tries {
    size_t points, held;
    size_t *held_by;
};

static void say_point(const struct comparison *c, const struct texts *set, struct tries *t)
{
    bool holds = true;

    for (size_t i = 0; i < c->count; i++) {
        bool good = lines_hold(&c->jobs[i], false);

        t->held_by[i] += good;
        holds = holds && good;
    }
    t->held += holds;
    printf("  %-8s", holds ? "holds" : "does not");
    for (size_t i = 0; i < set->count; i++)
        printf(" %s", set->items[i]);
    printf("\n");
    for (size_t i = 0; i < c->count; i++)
        lines_hold(&c->jobs[i], true);
    fflush(stdout);
}

/* Runs the comparison at one point. False: it cannot be run there. */
static bool try_point(struct loaded *l, const struct options *o, const struct texts *names, const struct texts *set,
                      struct tries *t)
{
    struct comparison c;
    bool bound = bind_all(&c, l, o, names, set);

    if (bound) {
        jobs_run(c.jobs, c.count, jobs_of(o), progress_of(), NULL);
        progress_clear();
        say_point(&c, set, t);
    }
    comparison_end(&c);
    return bound;
}

static bool is_expected_of(const Stormcell__Scenario *sc, const char *strategy)
{
    for (size_t i = 0; i < sc->n_expect; i++)
        if (strcmp(sc->expect[i]->name, strategy) == 0 && sc->expect[i]->n_lines)
            return true;
    return false;
}

/* Where it does not hold everywhere: of which strategy how often. */
static void say_tries(const struct tries *t, const struct texts *names, const Stormcell__Scenario *sc)
{
    printf("The conclusion (every `expect:` line of every strategy) holds in %zu of %zu points.\n", t->held, t->points);
    for (size_t i = 0; i < names->count && t->held < t->points; i++)
        if (is_expected_of(sc, names->items[i]))
            printf("  %3zu of %zu  what is expected of %s\n", t->held_by[i], t->points, names->items[i]);
}

static int vary(struct loaded *l, const struct options *o, const struct texts *names, const Stormcell__Scenario *sc)
{
    struct ranges ranges = {0};
    struct tries tries = {.held_by = xcalloc(names->count + 1, sizeof *tries.held_by)};
    bool good = ranges_read(&ranges, l, sc);

    tries.points = good ? points_of(&ranges) : 0;
    if (good)
        printf("\nOver the ranges of what was never published (%s):\n",
               ranges.count <= CORNERS_UP_TO ? "all corners" : "the ends of each range, the others as written");
    for (size_t n = 0; n < tries.points && good; n++) {
        struct texts set = {0};

        point(&ranges, n, &set);
        good = try_point(l, o, names, &set, &tries);
        point_end(&set);
    }
    if (good)
        say_tries(&tries, names, sc);
    ranges_end(&ranges);
    free(tries.held_by);
    return good ? EXIT_GOOD : EXIT_WRONG;
}

/* ---------------------------------------------------------------- the command */

/* Said before hours of runs, not after. */
static bool ranges_given(const struct options *o, const struct comparison *c)
{
    if (!o->vary || c->jobs[0].scenario->n_assumed > 0)
        return true;
    fprintf(stderr, "stormcell: compare: --vary assumed: the scenario has no `assumed:` ranges\n");
    return false;
}

static int perform(struct loaded *l, const struct options *o, const struct texts *names)
{
    struct comparison c;
    int status = EXIT_WRONG;

    if (bind_all(&c, l, o, names, NULL) && ranges_given(o, &c)) {
        if (o->out)
            out_ready(o->out);
        jobs_run(c.jobs, c.count, jobs_of(o), progress_of(), NULL);
        progress_clear();
        status = EXIT_GOOD;
        for (size_t i = 0; i < c.count; i++) {
            int proof = proof_of(l, &c.jobs[i]);

            status = proof > status ? proof : status;
            if (status == EXIT_GOOD && !result_passes(c.jobs[i].result))
                status = EXIT_EXPECTATION;
        }
        show(o, &c, l->path);
        for (size_t i = 0; i < c.count && o->json; i++)
            say_failures(l, &c.jobs[i]);
        if (o->out)
            store(o, &c, l->path);
        if (o->vary && status <= EXIT_EXPECTATION) {
            int varied = vary(l, o, names, c.jobs[0].scenario);

            status = varied ? varied : status;
        }
    }
    comparison_end(&c);
    return status;
}

int cmd_compare(const struct options *o)
{
    struct texts names = {0};
    struct loaded l;
    int status = EXIT_GOOD, said;

    if (load_open(&l, o->files.items[0])) {
        choose(o, l.file, &names);
        status = perform(&l, o, &names);
    }
    said = load_report(&l);
    free(names.items);
    load_close(&l);
    return said > status ? said : status;
}
