/* arena - memory that is freed all at once, in a list of blocks */
#include "stormcell/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stormcell/must.h"

enum { BLOCK_SIZE = 64 * 1024 };

struct block {
    struct block *older;
    _Alignas(max_align_t) char bytes[];
};

struct arena {
    struct block *blocks;
    char *next; /* free bytes of the newest shared block */
    size_t left;
};

struct arena *arena_create(void)
{
    return xcalloc(1, sizeof(struct arena));
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    while (a->blocks) {
        struct block *block = a->blocks;

        a->blocks = block->older;
        free(block);
    }
    free(a);
}

static char *add_block(struct arena *a, size_t size)
{
    struct block *block;

    if (size > SIZE_MAX - sizeof(*block))
        die("out of memory (asked for %zu bytes)", size);
    block = xcalloc(1, sizeof(*block) + size);
    block->older = a->blocks;
    a->blocks = block;
    return block->bytes;
}

/* What is larger than a quarter of a block gets one of its own, so that at most a quarter is ever wasted. */
void *arena_take(struct arena *a, size_t size)
{
    const size_t unit = _Alignof(max_align_t);
    size_t aligned = size ? (size + unit - 1) / unit * unit : unit;
    void *taken;

    if (aligned < size)
        die("out of memory (asked for %zu bytes)", size);
    if (aligned > BLOCK_SIZE / 4)
        return add_block(a, aligned);
    if (aligned > a->left) {
        a->next = add_block(a, BLOCK_SIZE);
        a->left = BLOCK_SIZE;
    }
    taken = a->next;
    a->next += aligned;
    a->left -= aligned;
    return taken;
}

char *arena_text(struct arena *a, const char *text)
{
    return arena_text_n(a, text, strlen(text));
}

char *arena_text_n(struct arena *a, const char *text, size_t length)
{
    char *copy = arena_take(a, length + 1);

    if (length) /* no text at all may be a null pointer */
        memcpy(copy, text, length);
    return copy;
}

char *arena_format(struct arena *a, const char *format, ...)
{
    va_list arguments, again;
    char *text;
    int length;

    must(format);
    va_start(arguments, format);
    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    must(length >= 0);
    text = arena_take(a, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}
