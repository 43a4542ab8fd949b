/* must - the three kinds of wrong: the world's, ours, and (in diag.h) the user's
 *
 * die() is for the world: a file that cannot be opened, memory that is not there. It prints one line and exits with 3.
 * must() is for us: a rule of the program is broken. It prints the place, and the command that repeats the run if one has been
 * announced in this thread, and aborts (exit status 4).
 */
#ifndef STORMCELL_MUST_H
#define STORMCELL_MUST_H

#include <stddef.h>

/* Prints "stormcell: ..." to stderr and exits with status 3. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Where must() reports from: seed and command line of the run that this thread steps, borrowed until the next call; NULL: none. */
void must_announce(const char *repeat);

_Noreturn void must_fail(const char *file, int line, const char *what);

/* Asserted in every build. */
#define must(condition)                                                                                                            \
    do {                                                                                                                           \
        if (__builtin_expect(!(condition), 0))                                                                                     \
            must_fail(__FILE__, __LINE__, #condition);                                                                             \
    } while (0)

/* Memory or die(). xcalloc gives zeroed memory. Free with free(). */
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t count, size_t size);
char *xstrdup(const char *text);
/* printf into new memory. */
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
