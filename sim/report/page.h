/* page - text on a terminal: tones, wrapped paragraphs, tables
 *
 * A page knows how wide it is and whether colours are wanted. Text from results is cleaned of control characters, so that a
 * scenario's name cannot steer a terminal. Widths are counted in characters of UTF-8, not bytes.
 */
#ifndef STORMCELL_PAGE_H
#define STORMCELL_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum tone { TONE_PLAIN, TONE_STRONG, TONE_DIM, TONE_GOOD, TONE_WARN, TONE_BAD };

struct page {
    FILE *out;
    bool color;
    unsigned width;
};

/* Prints in a tone; no newline is added. */
void page_put(struct page *p, enum tone tone, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* A blank line and a headline. */
void page_section(struct page *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A paragraph: `first` (may be empty) stands in front of it, further lines begin under the text. Ends with a newline. */
void page_paragraph(struct page *p, unsigned indent, enum tone tone, const char *first, const char *text);

/* A paragraph that begins where the line stands, in column `from`, and goes on under its beginning. Ends with a newline. */
void page_continue(struct page *p, unsigned from, enum tone tone, const char *text);

/* Columns that a text takes. */
unsigned page_columns(const char *text);

/* A table: cells are added row by row, the first row is the head. The first column is aligned left, others right. */
struct table;

/* `loose`: the last column is aligned left, too, and is wrapped to the width of the page. */
struct table *table_create(unsigned columns, bool loose);

/* All columns are aligned left: a table of words. */
struct table *table_of_words(unsigned columns, bool loose);

/* Adds the next cell. */
void table_add(struct table *t, enum tone tone, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Columns that the page needs for it. */
unsigned table_width(const struct table *t);

void table_free(struct table *t);

/* Prints it, indented by two, and frees it. A table without rows below its head prints nothing. */
void table_finish(struct table *t, struct page *p);

#endif
