/* page - text on a terminal: tones, wrapped paragraphs, tables */
#include "report/page.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "stormcell/must.h"

enum { INDENT = 2, GAP = 2, TEXT_MIN = 20 };

/* ---------------------------------------------------------------- text */

/* Control characters become question marks, those of ISO 8859 (C2 80 to C2 9F in UTF-8) too. */
static char *clean(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c; c++) {
        if ((*c < ' ' && *c != '\n') || *c == 0x7f)
            *c = '?';
        else if (*c == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0)
            c[0] = c[1] = '?';
    }
    return text;
}

static char *format_text(const char *format, va_list args)
{
    char *text;

    if (vasprintf(&text, format, args) < 0)
        die("out of memory");
    return clean(text);
}

unsigned page_columns(const char *text)
{
    unsigned columns = 0;

    for (; *text; text++)
        columns += ((unsigned char)*text & 0xc0) != 0x80;
    return columns;
}

/* Bytes of the first `columns` columns. */
static size_t bytes_of_columns(const char *text, unsigned columns)
{
    size_t n = 0;

    for (; text[n]; n++)
        if (((unsigned char)text[n] & 0xc0) != 0x80 && columns-- == 0)
            break;
    return n;
}

static void put_text(struct page *p, enum tone tone, const char *text, size_t length)
{
    static const char *const codes[] = {
        [TONE_STRONG] = "1", [TONE_DIM] = "2", [TONE_GOOD] = "32", [TONE_WARN] = "33", [TONE_BAD] = "31"};
    bool color = p->color && tone != TONE_PLAIN && length;

    if (color)
        fprintf(p->out, "\033[%sm", codes[tone]);
    fwrite(text, 1, length, p->out);
    if (color)
        fputs("\033[0m", p->out);
}

void page_put(struct page *p, enum tone tone, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = format_text(format, args);
    va_end(args);
    put_text(p, tone, text, strlen(text));
    free(text);
}

void page_section(struct page *p, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = format_text(format, args);
    va_end(args);
    fputc('\n', p->out);
    put_text(p, TONE_STRONG, text, strlen(text));
    fputc('\n', p->out);
    free(text);
}

/* Bytes of the line that fits into `columns`, cut at a blank where there is one; *next is where the next line begins. */
static size_t line_of(const char *text, unsigned columns, const char **next)
{
    size_t newline = strcspn(text, "\n"), fits = bytes_of_columns(text, columns), cut;

    if (newline <= fits) {
        *next = text + newline + (text[newline] == '\n');
        return newline;
    }
    for (cut = fits; cut > 0 && text[cut] != ' '; cut--)
        ;
    cut = cut ? cut : fits;
    *next = text + cut + strspn(text + cut, " ");
    return cut;
}

/* Text in lines of `columns`, all but the first of them indented. */
static void put_wrapped(struct page *p, enum tone tone, const char *text, unsigned indent, unsigned columns)
{
    const char *next;

    do {
        put_text(p, tone, text, line_of(text, columns, &next));
        fputc('\n', p->out);
        text = next;
        if (*text)
            fprintf(p->out, "%*s", (int)indent, "");
    } while (*text);
}

void page_paragraph(struct page *p, unsigned indent, enum tone tone, const char *first, const char *text)
{
    fprintf(p->out, "%*s%s", (int)indent, "", first);
    page_continue(p, indent + page_columns(first), tone, text);
}

void page_continue(struct page *p, unsigned from, enum tone tone, const char *text)
{
    char *copy = clean(xstrdup(text));

    put_wrapped(p, tone, copy, from, p->width > from + TEXT_MIN ? p->width - from : TEXT_MIN);
    free(copy);
}

/* ---------------------------------------------------------------- tables */

struct table_cell {
    char *text;
    enum tone tone;
};

struct table {
    unsigned columns, gap;
    bool loose, words;
    struct table_cell *cells;
    size_t count;
};

struct table *table_create(unsigned columns, bool loose)
{
    struct table *t = xcalloc(1, sizeof(*t));

    t->columns = columns;
    t->gap = GAP;
    t->loose = loose;
    return t;
}

struct table *table_of_words(unsigned columns, bool loose)
{
    struct table *t = table_create(columns, loose);

    t->words = true;
    return t;
}

void table_add(struct table *t, enum tone tone, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    t->cells = xrealloc(t->cells, t->count + 1, sizeof(*t->cells));
    t->cells[t->count++] = (struct table_cell){format_text(format, args), tone};
    va_end(args);
}

void table_free(struct table *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->cells[i].text);
    free(t->cells);
    free(t);
}

static unsigned column_width(const struct table *t, unsigned column)
{
    unsigned width = 0;

    for (size_t i = column; i < t->count; i += t->columns) {
        unsigned columns = page_columns(t->cells[i].text);

        width = columns > width ? columns : width;
    }
    return width;
}

/* A loose column can be narrow: it wraps. */
unsigned table_width(const struct table *t)
{
    unsigned total = INDENT;

    for (unsigned c = 0; c < t->columns; c++)
        total += (c ? t->gap : 0) + (t->loose && c == t->columns - 1 ? TEXT_MIN : column_width(t, c));
    return total;
}

/* On a page that is too narrow for the table, columns move together; then the first one is cut: names give way to numbers. */
static void fit(struct table *t, const struct page *p, unsigned *widths)
{
    unsigned total = table_width(t), least = 8;

    if (total > p->width) {
        t->gap = 1;
        total = table_width(t);
    }
    if (total > p->width && widths[0] > least)
        widths[0] = total - p->width < widths[0] - least ? widths[0] - (total - p->width) : least;
}

static void put_cell(const struct table *t, struct page *p, const struct table_cell *cell, unsigned column, unsigned width)
{
    unsigned columns = page_columns(cell->text);
    bool left = t->words || column == 0;

    if (columns > width) {
        put_text(p, cell->tone, cell->text, bytes_of_columns(cell->text, width - 1));
        fputs("~", p->out);
        return;
    }
    if (!left)
        fprintf(p->out, "%*s", (int)(width - columns), "");
    put_text(p, cell->tone, cell->text, strlen(cell->text));
    if (left && column < t->columns - 1)
        fprintf(p->out, "%*s", (int)(width - columns), "");
}

static void put_row(const struct table *t, struct page *p, size_t first, const unsigned *widths)
{
    unsigned at = INDENT;

    fprintf(p->out, "%*s", INDENT, "");
    for (unsigned c = 0; c < t->columns && first + c < t->count; c++) {
        struct table_cell cell = t->cells[first + c];

        if (first == 0)
            cell.tone = TONE_DIM;
        if (c)
            fprintf(p->out, "%*s", (int)t->gap, "");
        at += c ? t->gap : 0;
        if (t->loose && c == t->columns - 1) {
            put_wrapped(p, cell.tone, cell.text, at, p->width > at + TEXT_MIN ? p->width - at : TEXT_MIN);
            return;
        }
        put_cell(t, p, &cell, c, widths[c]);
        at += widths[c];
    }
    fputc('\n', p->out);
}

void table_finish(struct table *t, struct page *p)
{
    unsigned *widths = xcalloc(t->columns, sizeof(*widths));

    for (unsigned c = 0; c < t->columns; c++)
        widths[c] = column_width(t, c);
    fit(t, p, widths);
    for (size_t i = 0; t->count > t->columns && i < t->count; i += t->columns)
        put_row(t, p, i, widths);
    free(widths);
    table_free(t);
}
