/* run - one run: what happened, was it good, and how to repeat it */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "stormcell/json.h"
#include "stormcell/must.h"
#include "stormcell/result.h"

/* The asked metrics, checked before anything runs. */
static bool metrics_good(const struct options *o, const Stormcell__Scenario *sc)
{
    struct metric_clock clock = {.start_utc_s = sc->clock->start_utc_s, .run_ns = sc->clock->run_ns};
    bool good = true;

    for (size_t i = 0; i < o->print.count; i++) {
        struct arena *arena = arena_create();
        struct metric_expr expr;
        struct metric_error error;

        if (!metric_parse(o->print.items[i], true, &clock, arena, &expr, &error)) {
            fprintf(stderr, "<command line>:1:%zu: --print: %s\n", error.offset + 1, error.message);
            good = false;
        }
        arena_free(arena);
    }
    return good;
}

/* One bare value a line, in base units. */
static int print_metrics(const struct options *o, const Stormcell__Result *r, const Stormcell__Scenario *sc)
{
    struct metric_clock clock = {.start_utc_s = sc->clock->start_utc_s, .run_ns = sc->clock->run_ns};
    int status = EXIT_GOOD;

    for (size_t i = 0; i < o->print.count; i++) {
        struct arena *arena = arena_create();
        struct metric_expr expr;
        struct metric_error error;
        const char *word = NULL;
        char message[256], number[32];
        bool at_least;
        double value;

        must(metric_parse(o->print.items[i], true, &clock, arena, &expr, &error));
        if (!result_metric((void *)r, expr.left.ref, &value, &word, &at_least, message)) {
            fprintf(stderr, "<command line>:1:1: --print: %s\n", message);
            status = EXIT_WRONG;
        } else if (word) {
            printf("%s\n", word);
        } else {
            json_format_double(number, value);
            printf("%s\n", number);
        }
        arena_free(arena);
    }
    return status;
}

/* Files and JSON must not depend on where the scenario lies. */
static void forget_folder(Stormcell__Result *r, const struct options *o, const char *path, uint64_t seed)
{
    const char *slash = strrchr(path, '/');

    free(r->repeat);
    r->repeat = repeat_command(o, slash ? slash + 1 : path, o->strategy, seed, NULL);
}

static int show(const struct options *o, struct job *job, const char *path)
{
    Stormcell__Result *r = job->result;
    int status = EXIT_GOOD;
    size_t length;

    if (o->print.count)
        status = print_metrics(o, r, job->scenario);
    else if (!o->json)
        report_terminal(r, style_of(o), stdout);
    forget_folder(r, o, path, job->seed);
    if (o->json) {
        char *text = report_json(r, &length);

        fwrite(text, 1, length, stdout);
        free(text);
    }
    if (o->out)
        out_store(o->out, r);
    return status;
}

/* The exit status of everything together: a wrong scenario outweighs a failed expectation. */
static int perform(const struct options *o, struct loaded *l, const Stormcell__Scenario *sc)
{
    struct job job = {
        .scenario = sc,
        .strategy = o->strategy,
        .seed = o->seed_given ? o->seed : sc->seed,
        .metrics = o->print.items,
        .metric_count = o->print.count,
        .trace = o->trace ? stderr : NULL,
    };
    char *repeat;
    int status, proof;

    if (!metrics_good(o, sc))
        return EXIT_WRONG;
    if (o->out)
        out_ready(o->out);
    repeat = repeat_command(o, l->path, o->strategy, job.seed, NULL);
    job.repeat = repeat;
    jobs_run(&job, 1, jobs_of(o), progress_of(), NULL);
    progress_clear();
    proof = proof_of(l, &job);
    status = show(o, &job, l->path);
    status = status ? status : proof;
    if (status == EXIT_GOOD && !result_passes(job.result)) {
        status = EXIT_EXPECTATION;
        if (o->print.count || o->json)
            say_failures(l, &job);
    }
    result_free(job.result);
    free(repeat);
    return status;
}

int cmd_run(const struct options *o)
{
    struct loaded l;
    Stormcell__Scenario *sc = NULL;
    int status = EXIT_GOOD, said;

    if (load_open(&l, o->files.items[0]))
        sc = load_bind(&l, o, o->strategy, NULL);
    if (sc)
        status = perform(o, &l, sc);
    said = load_report(&l);
    if (sc)
        stormcell__scenario__free_unpacked(sc, NULL);
    load_close(&l);
    return said > status ? said : status;
}
