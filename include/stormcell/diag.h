/* diag - what is wrong with the input, where, and what was expected
 *
 * A collector: checking goes on after an error, so that a user sees all of them in one pass. A line reads, gcc style,
 *
 *     shop.yaml:14:12: services.db.workers: must be at least 1
 *
 * Control characters in quoted input are escaped, long input is cut: a line stays one line.
 */
#ifndef STORMCELL_DIAG_H
#define STORMCELL_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct diag;

/* A place in a file. line and column count from 1; line 0: the file as a whole. `file` is borrowed for the call: a diag keeps
 * copies. */
struct place {
    const char *file;
    unsigned line, column;
};

/* Returns an empty collector; end it with diag_free(). */
struct diag *diag_create(void);
void diag_free(struct diag *d);

/* Adds an error. `path` (hub.delivery.workers) may be NULL. */
void diag_error(struct diag *d, struct place at, const char *path, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Adds a warning: printed, but no reason to refuse the input. */
void diag_warning(struct diag *d, struct place at, const char *path, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Marks that the world failed (a file that cannot be read), so that the exit status is 3, not 2; the line is added too. */
void diag_world(struct diag *d, struct place at, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* What is added from now on is put down to `context` ("in strategy 'x'"), which follows the line in brackets, unless there is
 * an error at the same place and path without it; a line that is found in several names the first three. NULL ends it. */
void diag_context(struct diag *d, const char *context);

/* Errors, each once; and how often any was added, those included that were there already: what was found wrong again is wrong. */
unsigned diag_errors(const struct diag *d);
unsigned diag_found(const struct diag *d);

/* 0 when there is no error, 2 when the input is wrong, 3 when the world failed. */
int diag_exit_status(const struct diag *d);

/* Prints all lines, in order of file, line and column (the order of discovery within a place), each once; at most 50 errors and
 * then how many more. */
void diag_print(const struct diag *d, FILE *out);

/* The candidate nearest to `word` when it is near enough to be meant, else NULL. */
const char *diag_nearest(const char *word, const char *const *candidates, size_t count);

/* `text` as it may stand in a line: quoted with '...', control characters escaped, cut at 60 bytes; in a buffer of the diag, valid
 * until four more calls. */
const char *diag_quote(struct diag *d, const char *text);

#endif
