/* must - how the program gives up: on the world's account with die(), on its own with must()
 *
 * The repeat command is the one variable of the program that outlives a call and is not const. A breach may be found anywhere below
 * the loop, in code that knows no run; handing the command down to all of it would put an argument into every function for the sake
 * of a line that is never printed. It is thread-local because each thread steps a run of its own.
 */
#include "stormcell/must.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_WORLD = 3, EXIT_OURS = 4 };

static _Thread_local const char *repeat_command;

void die(const char *format, ...)
{
    va_list arguments;

    fflush(stdout);
    fputs("stormcell: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(EXIT_WORLD);
}

void must_announce(const char *repeat)
{
    repeat_command = repeat;
}

/* Ends at once, without the exit handlers: they would walk through state that is known to be wrong. STORMCELL_CORE asks for a core
 * file instead, for a debugger. */
void must_fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "stormcell: %s:%d: broken rule of the program: %s\n", file, line, what);
    if (repeat_command)
        fprintf(stderr, "stormcell: repeat it with: %s\n", repeat_command);
    fflush(stdout);
    fflush(stderr);
    if (getenv("STORMCELL_CORE"))
        abort();
    _Exit(EXIT_OURS);
}

static void *given(void *memory, size_t bytes)
{
    if (!memory)
        die("out of memory (asked for %zu bytes)", bytes);
    return memory;
}

/* An empty piece of memory is still one that can be freed and is not NULL. */
static size_t at_least_one(size_t size)
{
    return size ? size : 1;
}

void *xmalloc(size_t size)
{
    return given(malloc(at_least_one(size)), size);
}

void *xcalloc(size_t count, size_t size)
{
    return given(calloc(at_least_one(count), at_least_one(size)), size);
}

void *xrealloc(void *old, size_t count, size_t size)
{
    return given(reallocarray(old, at_least_one(count), at_least_one(size)), size);
}

char *xstrdup(const char *text)
{
    return given(strdup(text), strlen(text) + 1);
}

char *xasprintf(const char *format, ...)
{
    va_list arguments;
    char *text;
    int length;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0)
        die("cannot format a text: %s", strerror(errno));
    return text;
}
