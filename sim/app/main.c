/* stormcell - the command line */
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "stormcell/run.h"

const struct command commands[] = {
    {"check", "FILE...", "say all that is wrong with scenarios, and nothing when all is well", "", 1, 1000, cmd_check},
    {"explain", "FILE", "say in plain words what a scenario is about, and what to look for", "sxaw", 1, 1, cmd_explain},
    {"run", "FILE", "run a scenario and say what happened", "sexawjopJtc", 1, 1, cmd_run},
    {"compare", "FILE", "run every strategy of a scenario and set them side by side", "SexawjovJc", 1, 1, cmd_compare},
    {"init", "", "write a commented scenario to begin with", "", 0, 0, cmd_init},
    {"schema", "", "write the JSON Schema of the language, for editors", "", 0, 0, cmd_schema},
};
const size_t command_count = sizeof commands / sizeof *commands;

static void usage(FILE *out)
{
    fprintf(out, "usage: stormcell COMMAND [OPTION...] [FILE...]\n\n"
                 "Which isolation and overload strategy brings a service back, how fast, and who is hurt meanwhile?\n\n");
    for (size_t i = 0; i < command_count; i++)
        fprintf(out, "  %-8s %-8s %s\n", commands[i].name, commands[i].arguments, commands[i].what);
    fprintf(out, "\n`stormcell COMMAND --help` lists the options of a command.\n"
                 "Exit status: 0 good, 1 an expectation failed, 2 the scenario or the command line is wrong, 3 the world failed,\n"
                 "4 a bug of stormcell, 5 undecided, 130 interrupted.\n");
}

static int unknown(const char *word)
{
    const char *names[sizeof commands / sizeof *commands];
    const char *near;

    for (size_t i = 0; i < command_count; i++)
        names[i] = commands[i].name;
    near = diag_nearest(word, names, command_count);
    fprintf(stderr, "stormcell: there is no command '%.40s'%s%s%s\n", word, near ? "; did you mean '" : "", near ? near : "",
            near ? "'?" : "; `stormcell --help` lists them");
    return EXIT_WRONG;
}

static int perform(const struct command *command, int argc, char **argv)
{
    struct options o;
    int status = EXIT_WRONG;

    if (options_parse(&o, command, argc, argv)) {
        if (o.help)
            options_help(command);
        status = o.help ? EXIT_GOOD : command->run(&o);
    }
    options_free(&o);
    return status;
}

static int answer(int argc, char **argv)
{
    if (strcmp(argv[1], "--version") == 0) {
        printf("stormcell %s\n", STORMCELL_VERSION);
        return EXIT_GOOD;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        usage(stdout);
        return EXIT_GOOD;
    }
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, argv[1]) == 0)
            return perform(&commands[i], argc - 1, argv + 1);
    return unknown(argv[1]);
}

int main(int argc, char **argv)
{
    int status;

    if (argc < 2) {
        usage(stderr);
        return EXIT_WRONG;
    }
    interrupt_listen();
    status = answer(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "stormcell: cannot write to standard output\n");
        return EXIT_WORLD;
    }
    return status;
}
