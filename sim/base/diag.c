/* diag - the collector of diagnostics
 *
 * Lines are kept in the order of discovery and sorted when printed. A line that is there already (same place, path and words) is
 * not kept twice: strategies share most of their input, so that most errors are found once for each of them. One that was found in
 * strategies only names them. Everything is copied, so that a line may outlive the file that it speaks of.
 */
#include "stormcell/diag.h"

#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "stormcell/must.h"

#define PRINTED_MAX 50
#define MESSAGE_MAX 600 /* bytes of one message; the rest is cut */
#define QUOTE_MAX 60
#define QUOTE_RING 4
#define WORD_MAX 64    /* longer words are never suggestions */
#define CONTEXTS_MAX 3 /* that one line names */

enum severity { SEVERITY_WARNING, SEVERITY_ERROR };

struct line {
    enum severity severity;
    unsigned file; /* index into files: the order of discovery */
    unsigned row, column;
    char *path; /* "" when there is none */
    char *message;
    char *context;     /* where it was found; NULL: in any */
    unsigned contexts; /* that it was found in */
    unsigned number;   /* order of discovery */
};

struct diag {
    struct line *lines;
    size_t count, capacity;
    char **files;
    size_t file_count;
    uint32_t *slots; /* hash of lines -> index + 1; a power of two of them */
    size_t slot_count;
    unsigned errors;
    unsigned found; /* errors, those that were there already included */
    bool world_failed;
    char *context;
    char quotes[QUOTE_RING][QUOTE_MAX * 4 + 8]; /* each byte may become four, and '...' */
    unsigned quote_next;
};

struct diag *diag_create(void)
{
    return xcalloc(1, sizeof(struct diag));
}

void diag_free(struct diag *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->count; i++) {
        free(d->lines[i].path);
        free(d->lines[i].message);
        free(d->lines[i].context);
    }
    for (size_t i = 0; i < d->file_count; i++)
        free(d->files[i]);
    free(d->lines);
    free(d->files);
    free(d->slots);
    free(d->context);
    free(d);
}

/* Length of the printable UTF-8 character at `s`; 0 when the byte must be escaped. C1 controls and the marks that turn the
 * direction of writing count as control characters: they can make a terminal show what is not there. */
static size_t printable(const unsigned char *s)
{
    uint32_t c;
    size_t length;

    if (s[0] < 0x80)
        return s[0] >= 0x20 && s[0] != 0x7f;
    length = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    c = s[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3f);
    }
    if ((length == 3 && c < 0x800) || (length == 4 && c < 0x10000) || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    if (c < 0xa0 || c == 0xfeff || (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
        return 0;
    return length;
}

/* Copies `text` to `out` with control characters escaped, at most `max` bytes of the source; "..." stands for what was cut. `out`
 * has room for 4 * max + 4. Returns the length. */
static size_t escape(char *out, const char *text, size_t max)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t used = 0, length = 0;

    while (*s) {
        size_t n = printable(s);

        if (used + (n ? n : 1) > max) {
            length += (size_t)sprintf(out + length, "...");
            break;
        }
        if (n) {
            memcpy(out + length, s, n);
            length += n;
        } else if (*s == '\n' || *s == '\t' || *s == '\r') {
            length += (size_t)sprintf(out + length, "\\%c", *s == '\n' ? 'n' : *s == '\t' ? 't' : 'r');
        } else {
            length += (size_t)sprintf(out + length, "\\x%02x", *s);
        }
        used += n ? n : 1;
        s += n ? n : 1;
    }
    out[length] = '\0';
    return length;
}

static char *escaped(const char *text, size_t max)
{
    size_t length = strnlen(text, max + 1);
    char *out = xmalloc(4 * length + 8);

    escape(out, text, max);
    return out;
}

const char *diag_quote(struct diag *d, const char *text)
{
    char *out = d->quotes[d->quote_next];
    size_t length;

    d->quote_next = (d->quote_next + 1) % QUOTE_RING;
    out[0] = '\'';
    length = 1 + escape(out + 1, text, QUOTE_MAX);
    out[length] = '\'';
    out[length + 1] = '\0';
    return out;
}

static unsigned file_index(struct diag *d, const char *name)
{
    for (size_t i = 0; i < d->file_count; i++)
        if (strcmp(d->files[i], name) == 0)
            return (unsigned)i;
    d->files = xrealloc(d->files, d->file_count + 1, sizeof *d->files);
    d->files[d->file_count] = xstrdup(name);
    return (unsigned)d->file_count++;
}

static uint64_t hash_text(uint64_t h, const char *text)
{
    for (; *text; text++)
        h = (h ^ (unsigned char)*text) * 1099511628211u;
    return (h ^ 0xff) * 1099511628211u;
}

static size_t line_hash(const struct line *l)
{
    uint64_t h = 14695981039346656037u;

    h = (h ^ l->file) * 1099511628211u;
    h = (h ^ l->row) * 1099511628211u;
    h = (h ^ l->column) * 1099511628211u;
    return (size_t)hash_text(hash_text(h, l->path), l->message);
}

static bool line_same(const struct line *a, const struct line *b)
{
    return a->file == b->file && a->row == b->row && a->column == b->column && strcmp(a->path, b->path) == 0 &&
           strcmp(a->message, b->message) == 0;
}

/* The slot of an equal line, or the empty slot where it belongs. */
static uint32_t *line_slot(const struct diag *d, const struct line *l)
{
    size_t at = line_hash(l) & (d->slot_count - 1);

    while (d->slots[at] && !line_same(&d->lines[d->slots[at] - 1], l))
        at = (at + 1) & (d->slot_count - 1);
    return &d->slots[at];
}

static void grow(struct diag *d)
{
    d->capacity = d->capacity ? d->capacity * 2 : 16;
    d->lines = xrealloc(d->lines, d->capacity, sizeof *d->lines);
    free(d->slots);
    d->slot_count = d->capacity * 2;
    d->slots = xcalloc(d->slot_count, sizeof *d->slots);
    for (size_t i = 0; i < d->count; i++)
        *line_slot(d, &d->lines[i]) = (uint32_t)(i + 1);
}

static void line_drop(struct line *l)
{
    free(l->path);
    free(l->message);
}

/* The line is there: if it was found in some context before, and now in one more, it says so. */
static void found_again(struct diag *d, struct line *l)
{
    char *longer;

    if (!l->context || !d->context || l->contexts > CONTEXTS_MAX)
        return;
    longer = xasprintf("%s, %s", l->context, l->contexts++ == CONTEXTS_MAX ? "..." : d->context);
    free(l->context);
    l->context = longer;
}

/* Is there an error about the same thing that needs no context? Then what is said of it in a context only follows. */
static bool follows(const struct diag *d, const struct line *l)
{
    for (size_t i = 0; d->context && i < d->count; i++) {
        const struct line *o = &d->lines[i];

        if (!o->context && o->severity == SEVERITY_ERROR && o->file == l->file && o->row == l->row && o->column == l->column &&
            strcmp(o->path, l->path) == 0)
            return true;
    }
    return false;
}

static void add(struct diag *d, enum severity severity, struct place at, const char *path, char *message)
{
    struct line l = {
        .severity = severity,
        .file = file_index(d, at.file ? at.file : "stormcell"),
        .row = at.line,
        .column = at.column,
        .path = escaped(path ? path : "", 200),
        .message = escaped(message, MESSAGE_MAX),
        .number = (unsigned)d->count,
    };
    uint32_t known = d->slot_count ? *line_slot(d, &l) : 0;

    free(message);
    d->found += severity == SEVERITY_ERROR;
    if (known || follows(d, &l)) {
        line_drop(&l);
        if (known)
            found_again(d, &d->lines[known - 1]);
        return;
    }
    if (d->context) {
        l.context = xstrdup(d->context);
        l.contexts = 1;
    }
    if (d->count == d->capacity)
        grow(d);
    d->lines[d->count] = l;
    *line_slot(d, &l) = (uint32_t)++d->count;
    d->errors += severity == SEVERITY_ERROR;
}

static char *formatted(const char *format, va_list args)
{
    char *text = NULL;

    if (vasprintf(&text, format, args) < 0)
        die("out of memory");
    return text;
}

void diag_error(struct diag *d, struct place at, const char *path, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(d, SEVERITY_ERROR, at, path, formatted(format, args));
    va_end(args);
}

void diag_warning(struct diag *d, struct place at, const char *path, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(d, SEVERITY_WARNING, at, path, formatted(format, args));
    va_end(args);
}

void diag_world(struct diag *d, struct place at, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add(d, SEVERITY_ERROR, at, NULL, formatted(format, args));
    va_end(args);
    d->world_failed = true;
}

void diag_context(struct diag *d, const char *context)
{
    free(d->context);
    d->context = context ? xstrdup(context) : NULL;
}

unsigned diag_errors(const struct diag *d)
{
    return d->errors;
}

unsigned diag_found(const struct diag *d)
{
    return d->found;
}

int diag_exit_status(const struct diag *d)
{
    if (d->world_failed)
        return 3;
    return d->errors ? 2 : 0;
}

static int by_place(const void *a, const void *b)
{
    const struct line *x = *(const struct line *const *)a, *y = *(const struct line *const *)b;

    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

static void print_line(const struct diag *d, const struct line *l, FILE *out)
{
    char *file = escaped(d->files[l->file], 4096);

    fputs(file, out);
    free(file);
    if (l->row)
        fprintf(out, ":%u:%u", l->row, l->column);
    fprintf(out, ": %s%s%s%s", l->severity == SEVERITY_WARNING ? "warning: " : "", l->path, *l->path ? ": " : "", l->message);
    if (l->context)
        fprintf(out, " (%s)", l->context);
    fputc('\n', out);
}

void diag_print(const struct diag *d, FILE *out)
{
    const struct line **sorted = xcalloc(d->count + 1, sizeof *sorted);
    unsigned printed[2] = {0, 0};

    for (size_t i = 0; i < d->count; i++)
        sorted[i] = &d->lines[i];
    qsort(sorted, d->count, sizeof *sorted, by_place);
    for (size_t i = 0; i < d->count; i++)
        if (printed[sorted[i]->severity]++ < PRINTED_MAX)
            print_line(d, sorted[i], out);
    if (printed[SEVERITY_ERROR] > PRINTED_MAX)
        fprintf(out, "and %u more errors\n", printed[SEVERITY_ERROR] - PRINTED_MAX);
    if (printed[SEVERITY_WARNING] > PRINTED_MAX)
        fprintf(out, "and %u more warnings\n", printed[SEVERITY_WARNING] - PRINTED_MAX);
    free(sorted);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

/* Edits between two words: one character put in, left out, changed, or two neighbours swapped; capitals count as small letters.
 * Both are at most WORD_MAX long. */
static unsigned distance(const char *a, const char *b)
{
    unsigned rows[3][WORD_MAX + 1];
    size_t n = strlen(a), m = strlen(b);

    for (size_t j = 0; j <= m; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        unsigned *now = rows[i % 3], *last = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];

        now[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            unsigned change = lower(a[i - 1]) != lower(b[j - 1]);

            now[j] = least(least(last[j] + 1, now[j - 1] + 1), last[j - 1] + change);
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return rows[n % 3][m];
}

const char *diag_nearest(const char *word, const char *const *candidates, size_t count)
{
    size_t length = strlen(word);
    unsigned allowed = length <= 3 ? 1 : length <= 6 ? 2 : (unsigned)length / 3;
    unsigned best = UINT_MAX;
    const char *nearest = NULL;

    if (length == 0 || length > WORD_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        unsigned edits;

        if (strlen(candidates[i]) > WORD_MAX)
            continue;
        edits = distance(word, candidates[i]);
        /* `auth` means `authenticate`, however many letters are missing. */
        if (edits > allowed && length >= 3 && strncasecmp(word, candidates[i], length) == 0)
            edits = allowed;
        if (edits <= allowed && edits < length && edits < best) {
            best = edits;
            nearest = candidates[i];
        }
    }
    return nearest;
}
