/* app - the command line: options, commands, what they share */
#ifndef APP_APP_H
#define APP_APP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stormcell/diag.h"
#include "stormcell/report.h"
#include "stormcell/scenario.h"
#include "sweep/job.h"

/* Exit statuses. */
enum { EXIT_GOOD = 0, EXIT_EXPECTATION = 1, EXIT_WRONG = 2, EXIT_WORLD = 3 };

/* A growing list of borrowed texts. */
struct texts {
    const char **items;
    size_t count;
};
void texts_add(struct texts *t, const char *text);

/* What the options of a command line say; each command takes some of them. */
struct options {
    const char *strategy, *out, *vary, *color;
    struct texts assume, set, with, print, files, strategies;
    bool json, help, seed_given;
    bool trace;
    uint64_t seed;
    unsigned jobs; /* 0: as many as there are cores */
};

/* A command: one row of the table in main.c, one file cmd_*.c. `options` are the letters of those that it takes. */
struct command {
    const char *name, *arguments, *what;
    const char *options;
    unsigned files_min, files_max;
    int (*run)(const struct options *o);
};

extern const struct command commands[];
extern const size_t command_count;

/* options.c: reads argv[1..] of a command; false after saying what is wrong. */
bool options_parse(struct options *o, const struct command *command, int argc, char **argv);
void options_free(struct options *o);
void options_help(const struct command *command);

/* load.c: a scenario as the options want it. */
struct loaded {
    struct diag *diag;
    struct scenario_file *file;
    const char *path;
};
bool load_open(struct loaded *l, const char *path);
void load_close(struct loaded *l);
/* Binds under a strategy with --assume, --with and --set; NULL after saying what is wrong. `assumed` assignments come after those
 * of
 * --assume. */
Stormcell__Scenario *load_bind(struct loaded *l, const struct options *o, const char *strategy, const struct texts *assumed);
/* Prints all that was found so far and returns the exit status for it. */
int load_report(struct loaded *l);

/* common.c: */
unsigned jobs_of(const struct options *o);
struct report_style style_of(const struct options *o);
/* The command that repeats a run under a strategy; to be freed. */
char *repeat_command(const struct options *o, const char *path, const char *strategy, uint64_t seed, const struct texts *assumed);
/* Progress on stderr, when it is a terminal. */
job_progress *progress_of(void);
void progress_clear(void);
/* Faults that touched nothing: an error in baseline, else a warning. Also says why lines could not be judged. Returns the exit
 * status so far. */
int proof_of(struct loaded *l, const struct job *job);

/* Says on stderr which expectations failed, for those who see no report. */
void say_failures(const struct loaded *l, const struct job *job);

/* out.c: makes the folder if it is not there, and dies when nothing can be written into it: before a long run, not after. */
void out_ready(const char *folder);
/* Stores result.pb, result.json and series.csv; dies when it cannot. */
void out_store(const char *folder, const Stormcell__Result *r);

/* interrupt.c: from then on Ctrl-C ends the program with a line and status 130, but not between hold and release. */
void interrupt_listen(void);
void interrupt_hold(void);
void interrupt_release(void);

int cmd_check(const struct options *o);
int cmd_run(const struct options *o);
int cmd_compare(const struct options *o);
int cmd_explain(const struct options *o);
int cmd_init(const struct options *o);
int cmd_schema(const struct options *o);

#endif
