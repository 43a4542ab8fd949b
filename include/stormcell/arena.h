/* arena - memory that is freed all at once
 *
 * What an arena hands out lives until arena_free(); nobody frees pieces. One thread at a time.
 */
#ifndef STORMCELL_ARENA_H
#define STORMCELL_ARENA_H

#include <stddef.h>

struct arena;

/* Returns an empty arena; end it with arena_free(). */
struct arena *arena_create(void);
void arena_free(struct arena *a);

/* Returns `size` zeroed bytes, aligned for any type. Dies when memory is out. */
void *arena_take(struct arena *a, size_t size);

/* Copies of text, terminated. */
char *arena_text(struct arena *a, const char *text);
char *arena_text_n(struct arena *a, const char *text, size_t length);
char *arena_format(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
