/* common - what several commands need */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "app/app.h"
#include "stormcell/must.h"

unsigned jobs_of(const struct options *o)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    return o->jobs ? o->jobs : cores > 0 ? (unsigned)cores : 1;
}

struct report_style style_of(const struct options *o)
{
    struct winsize size;
    bool terminal = isatty(STDOUT_FILENO);
    bool automatic = !o->color || strcmp(o->color, "auto") == 0;
    const char *no_color = getenv("NO_COLOR");
    struct report_style style = {.width = 100};

    style.color = automatic ? terminal && !(no_color && *no_color) : strcmp(o->color, "always") == 0;
    if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 60)
        style.width = size.ws_col;
    return style;
}

/* ---------------------------------------------------------------- the line that repeats a run */

struct line {
    char *text;
};

/* Adds a word, quoted for a shell where it must be. */
static void add_word(struct line *l, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/=+:,@%";
    bool bare = *word && strspn(word, plain) == strlen(word);
    char *quoted = xmalloc(strlen(word) * 4 + 3), *q = quoted, *joined;

    if (!bare)
        *q++ = '\'';
    for (; *word; word++) {
        if (*word == '\'') {
            memcpy(q, "'\\''", 4);
            q += 4;
        } else {
            *q++ = *word;
        }
    }
    if (!bare)
        *q++ = '\'';
    *q = '\0';
    joined = xasprintf("%s%s%s", l->text ? l->text : "", l->text ? " " : "", quoted);
    free(l->text);
    free(quoted);
    l->text = joined;
}

static void add_option(struct line *l, const char *option, const char *value)
{
    add_word(l, option);
    add_word(l, value);
}

char *repeat_command(const struct options *o, const char *path, const char *strategy, uint64_t seed, const struct texts *assumed)
{
    struct line l = {0};
    char number[24];

    add_word(&l, "stormcell");
    add_word(&l, "run");
    add_word(&l, path);
    if (strategy && strcmp(strategy, "baseline") != 0)
        add_option(&l, "--strategy", strategy);
    for (size_t i = 0; i < o->assume.count; i++)
        add_option(&l, "--assume", o->assume.items[i]);
    for (size_t i = 0; assumed && i < assumed->count; i++)
        add_option(&l, "--assume", assumed->items[i]);
    for (size_t i = 0; i < o->with.count; i++)
        add_option(&l, "--with", o->with.items[i]);
    for (size_t i = 0; i < o->set.count; i++)
        add_option(&l, "--set", o->set.items[i]);
    snprintf(number, sizeof number, "%llu", (unsigned long long)seed);
    add_option(&l, "--seed", number);
    return l.text;
}

/* ---------------------------------------------------------------- progress */

static void progress(void *context, double share)
{
    (void)context;
    fprintf(stderr, "\r%3.0f %% ", share * 100);
    fflush(stderr);
}

job_progress *progress_of(void)
{
    return isatty(STDERR_FILENO) ? progress : NULL;
}

void progress_clear(void)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r      \r");
}

/* ---------------------------------------------------------------- is the result worth believing? */

/* A rollout with a flaw must break something; `strategy`: other than baseline. */
static void prove_flaw(struct loaded *l, const Stormcell__RolloutInfo *o, const char *strategy)
{
    char *path = xasprintf("%s.flaw", o->name);
    struct place at = scenario_place(l->file, path);

    if (o->flawed && o->broken == 0 && !strategy)
        diag_error(l->diag, at, path, "broke nothing: no changed replica of %s met it; a scenario must feel its flaws", o->service);
    else if (o->flawed && o->broken == 0)
        diag_warning(l->diag, at, path, "broke nothing under strategy %s", strategy);
    free(path);
}

int proof_of(struct loaded *l, const struct job *job)
{
    const Stormcell__Result *r = job->result;
    bool baseline = strcmp(r->strategy, "baseline") == 0;

    for (size_t i = 0; i < r->n_faults; i++) {
        const Stormcell__FaultInfo *fault = r->faults[i];
        char *path = xasprintf("faults.%s", fault->name);
        struct place at = scenario_place(l->file, path);

        if (fault->touched == 0 && baseline)
            diag_error(l->diag, at, path, "touched nothing: no request met %s of %s; a scenario must feel its faults", fault->what,
                       fault->target);
        else if (fault->touched == 0)
            diag_warning(l->diag, at, path, "touched nothing under strategy %s", r->strategy);
        free(path);
    }
    for (size_t i = 0; i < r->n_rollouts; i++)
        prove_flaw(l, r->rollouts[i], baseline ? NULL : r->strategy);
    if (job->error[0])
        diag_error(l->diag, scenario_place(l->file, "expect"), NULL, "%s", job->error);
    return diag_exit_status(l->diag);
}

void say_failures(const struct loaded *l, const struct job *job)
{
    const Stormcell__Result *r = job->result;

    for (size_t i = 0; i < r->n_judgements; i++)
        if (!r->judgements[i]->holds && strcmp(r->judgements[i]->kind, "expect") == 0)
            fprintf(stderr, "%s: expectation failed under %s: %s (is %s)\n", l->path, r->strategy, r->judgements[i]->line,
                    r->judgements[i]->value);
}
