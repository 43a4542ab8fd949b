/* options - one table parses them and prints their help */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "stormcell/must.h"

struct option_row {
    char letter; /* names it in command.options */
    const char *name, *argument, *what;
};

static const struct option_row rows[] = {
    {'s', "strategy", "NAME", "run under this strategy of the scenario, not as it stands (baseline)"},
    {'S', "strategies", "A,B,...", "compare these; baseline is always among them"},
    {'e', "seed", "N", "seed of every random draw; default: the scenario's"},
    {'x', "set", "PATH=VALUE", "set a value of the scenario; may be repeated: --set hub.delivery.workers=240"},
    {'a', "assume", "PATH=VALUE", "the same, but a strategy that changes the path wins: what --vary tries; may be repeated"},
    {'w', "with", "FILE", "lay the paths and values of a YAML file over the scenario; may be repeated"},
    {'v', "vary", "assumed", "compare at the ends of every range of `assumed:` too, and say where the conclusion holds"},
    {'p', "print", "METRIC", "print the bare value, in seconds, ratios and counts; may be repeated"},
    {'J', "json", NULL, "write the whole result as JSON to standard output"},
    {'o', "out", "DIR", "store result.pb, result.json and series.csv there; compare: in a folder for each strategy"},
    {'t', "trace", NULL, "write every event to standard error"},
    {'j', "jobs", "N", "use so many cores; default: all"},
    {'c', "color", "WHEN", "always, never or auto"},
};
enum { ROWS = sizeof rows / sizeof *rows };

void texts_add(struct texts *t, const char *text)
{
    t->items = xrealloc(t->items, t->count + 1, sizeof *t->items);
    t->items[t->count++] = text;
}

static bool texts_have(const struct texts *t, const char *text)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->items[i], text) == 0)
            return true;
    return false;
}

/* Takes a list apart at its commas, each word once; the pieces live as long as the command line, which it changes. */
static void add_list(struct texts *t, char *list)
{
    char *rest;

    for (char *word = strtok_r(list, ",", &rest); word; word = strtok_r(NULL, ",", &rest))
        if (!texts_have(t, word))
            texts_add(t, word);
}

static bool whole_number(const char *name, const char *text, uint64_t max, uint64_t *out)
{
    char *end;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || errno || value > max) {
        fprintf(stderr, "stormcell: --%s: expected a whole number from 0 to %llu, found '%.40s'\n", name, (unsigned long long)max,
                text);
        return false;
    }
    *out = value;
    return true;
}

static bool word_of(const char *name, const char *text, const char *const *words, const char **out)
{
    for (; *words; words++)
        if (strcmp(*words, text) == 0) {
            *out = *words;
            return true;
        }
    fprintf(stderr, "stormcell: --%s: expected %s, found '%.40s'\n", name,
            strcmp(name, "vary") == 0 ? "assumed" : "always, never or auto", text);
    return false;
}

static bool wants(const struct option_row *row, const char *value)
{
    fprintf(stderr, "stormcell: --%s: expected %s, found '%.40s'\n", row->name, row->argument, value);
    return false;
}

static bool take(struct options *o, const struct option_row *row, char *value)
{
    static const char *const colors[] = {"always", "never", "auto", NULL}, *const varied[] = {"assumed", NULL};
    uint64_t number;

    switch (row->letter) {
    case 's':
        o->strategy = value;
        return true;
    case 'S':
        add_list(&o->strategies, value);
        return o->strategies.count > 0 || wants(row, value);
    case 'e':
        o->seed_given = true;
        return whole_number(row->name, value, UINT64_MAX, &o->seed);
    case 'x':
        texts_add(&o->set, value);
        return true;
    case 'a':
        texts_add(&o->assume, value);
        return true;
    case 'w':
        texts_add(&o->with, value);
        return true;
    case 'v':
        return word_of(row->name, value, varied, &o->vary);
    case 'p':
        texts_add(&o->print, value);
        return true;
    case 'J':
        o->json = true;
        return true;
    case 'o':
        o->out = value;
        return *value || wants(row, value);
    case 't':
        o->trace = true;
        return true;
    case 'j':
        if (!whole_number(row->name, value, 1024, &number))
            return false;
        o->jobs = (unsigned)number;
        return true;
    default:
        return word_of(row->name, value, colors, &o->color);
    }
}

static bool wrong_option(const struct command *command, const char *given)
{
    const char *names[ROWS], *near;
    size_t count = 0;
    char word[64];

    snprintf(word, sizeof word, "%s", given + strspn(given, "-"));
    word[strcspn(word, "=")] = '\0';
    for (int i = 0; i < ROWS; i++)
        if (strchr(command->options, rows[i].letter))
            names[count++] = rows[i].name;
    near = diag_nearest(word, names, count);
    fprintf(stderr, "stormcell: %s takes no option '%.60s'%s%s%s\n", command->name, given, near ? "; did you mean --" : "",
            near ? near : "", near ? "?" : "");
    return false;
}

/* The options that this command takes, as getopt_long() wants them. */
static void fill_long_options(const struct command *command, struct option *out)
{
    int n = 0;

    for (int i = 0; i < ROWS; i++)
        if (strchr(command->options, rows[i].letter))
            out[n++] = (struct option){rows[i].name, rows[i].argument ? required_argument : no_argument, NULL, i + 1};
    out[n++] = (struct option){"help", no_argument, NULL, 'h'};
    out[n] = (struct option){0};
}

static bool enough_files(const struct options *o, const struct command *command)
{
    if (o->help || (o->files.count >= command->files_min && o->files.count <= command->files_max))
        return true;
    if (o->files.count < command->files_min)
        fprintf(stderr, "stormcell: %s: expected a scenario file; see `stormcell %s --help`\n", command->name, command->name);
    else
        fprintf(stderr, "stormcell: %s: unexpected '%.60s'\n", command->name, o->files.items[command->files_max]);
    return false;
}

bool options_parse(struct options *o, const struct command *command, int argc, char **argv)
{
    struct option longs[ROWS + 2];
    int got;

    *o = (struct options){0};
    fill_long_options(command, longs);
    optind = 1;
    opterr = 0;
    while ((got = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
        if (got == 'h') {
            o->help = true;
        } else if (got == ':') {
            fprintf(stderr, "stormcell: %s: expected a value after it\n", argv[optind - 1]);
            return false;
        } else if (got == '?') {
            return wrong_option(command, argv[optind - 1]);
        } else if (!take(o, &rows[got - 1], optarg)) {
            return false;
        }
    }
    for (; optind < argc; optind++) {
        if (!*argv[optind]) {
            fprintf(stderr, "stormcell: %s: expected a scenario file, found an empty name\n", command->name);
            return false;
        }
        texts_add(&o->files, argv[optind]);
    }
    return enough_files(o, command);
}

void options_free(struct options *o)
{
    free(o->assume.items);
    free(o->set.items);
    free(o->with.items);
    free(o->print.items);
    free(o->files.items);
    free(o->strategies.items);
}

void options_help(const struct command *command)
{
    printf("usage: stormcell %s%s%s\n\nTo %s.\n", command->name, command->options[0] ? " [OPTION...] " : " ", command->arguments,
           command->what);
    if (command->options[0])
        printf("\n");
    for (int i = 0; i < ROWS; i++) {
        char left[64];

        if (!strchr(command->options, rows[i].letter))
            continue;
        snprintf(left, sizeof left, "--%s%s%s", rows[i].name, rows[i].argument ? " " : "",
                 rows[i].argument ? rows[i].argument : "");
        printf("  %-22s %s\n", left, rows[i].what);
    }
}
