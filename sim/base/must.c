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

static _Noreturn void die_of_memory(size_t count, size_t size)
{
    die("out of memory (asked for %zu times %zu bytes)", count, size);
}

/* Bytes of `count` times `size`; at least one, so that an empty piece of memory, too, is not NULL and can be freed. */
static size_t bytes_of(size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes))
        die_of_memory(count, size);
    return bytes ? bytes : 1;
}

void *xmalloc(size_t size)
{
    void *memory = malloc(bytes_of(1, size));

    if (!memory)
        die_of_memory(1, size);
    return memory;
}

void *xcalloc(size_t count, size_t size)
{
    void *memory = calloc(1, bytes_of(count, size));

    if (!memory)
        die_of_memory(count, size);
    return memory;
}

void *xrealloc(void *old, size_t count, size_t size)
{
    void *memory = realloc(old, bytes_of(count, size));

    if (!memory)
        die_of_memory(count, size);
    return memory;
}

char *xstrdup(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(xmalloc(size), text, size);
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
