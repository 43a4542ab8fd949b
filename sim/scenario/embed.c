/* embed - reads CSV files into messages */
#include "scenario/embed.h"

#include <stdlib.h>
#include <string.h>

#include "base/quantity.h"
#include "scenario/source.h"
#include "stormcell/must.h"

#define COLUMNS_MAX 1024
#define BAD_CELLS_MAX 20 /* then the file is given up: it is another kind of file */

/* A file that is read cell by cell. */
struct table {
    const struct embed *embed;
    const char *file;
    char *text, *at, *end;
    unsigned line, column; /* of `at` */
    unsigned bad;
};

struct cell {
    const char *text;
    struct place place;
};

/* ---------------------------------------------------------------- cells */

static bool at_line_end(const struct table *t)
{
    return t->at == t->end || *t->at == '\n' || *t->at == '\r';
}

/* A quoted cell; its text is written over itself, without the quotes. */
static bool take_quoted(struct table *t)
{
    char *to = t->at;

    for (t->at++, t->column++; t->at < t->end; t->at++, t->column++) {
        if (*t->at == '"') {
            if (t->at + 1 < t->end && t->at[1] == '"') {
                t->at++;
                t->column++;
            } else {
                t->at++;
                t->column++;
                *to = '\0';
                return at_line_end(t) || *t->at == ',';
            }
        } else if (*t->at == '\n') {
            return false;
        }
        *to++ = *t->at;
    }
    return false;
}

static bool bad_cell(struct table *t, struct place at, const char *what)
{
    diag_error(t->embed->diag, at, NULL, "%s", what);
    t->bad++;
    return false;
}

/* Takes one cell; *last says that its line ends with it. */
static bool take_cell(struct table *t, struct cell *out, bool *last)
{
    char separator;

    out->text = t->at;
    out->place = (struct place){t->file, t->line, t->column};
    if (t->at < t->end && *t->at == '"') {
        if (!take_quoted(t))
            return bad_cell(t, out->place, "expected the closing '\"' of this cell, then a comma or the end of the line");
    } else {
        while (!at_line_end(t) && *t->at != ',') {
            t->at++;
            t->column++;
        }
    }
    separator = t->at < t->end ? *t->at : '\n';
    if (t->at < t->end)
        *t->at++ = '\0';
    t->column++;
    *last = separator != ',';
    if (separator == '\r' && t->at < t->end && *t->at == '\n')
        t->at++;
    if (*last) {
        t->line++;
        t->column = 1;
    }
    return true;
}

/* Takes one line; returns the number of cells, 0 at the end of the file or when it is wrong. */
static size_t take_line(struct table *t, struct cell cells[COLUMNS_MAX])
{
    size_t count = 0;
    bool last = false;

    if (t->at == t->end)
        return 0;
    while (!last) {
        if (count == COLUMNS_MAX) {
            bad_cell(t, (struct place){t->file, t->line, t->column}, "more than 1024 columns: expected fewer");
            return 0;
        }
        if (!take_cell(t, &cells[count], &last))
            return 0;
        count++;
    }
    return count;
}

/* ---------------------------------------------------------------- columns */

/* The index of a column by its name in the first line, or of the first when `name` is NULL. */
static bool find_column(struct table *t, const struct cell *head, size_t count, const char *name, size_t *index)
{
    const char *names[COLUMNS_MAX];
    const char *nearest;
    struct diag *d = t->embed->diag;

    *index = 0;
    for (size_t i = 0; i < count; i++) {
        names[i] = head[i].text;
        if (name && strcmp(names[i], name) == 0) {
            *index = i;
            return true;
        }
    }
    if (!name)
        return true;
    nearest = diag_nearest(name, names, count);
    if (nearest)
        diag_error(d, (struct place){t->file, 1, 1}, NULL, "no column %s; did you mean %s?", diag_quote(d, name),
                   diag_quote(d, nearest));
    else
        diag_error(d, (struct place){t->file, 1, 1}, NULL, "no column %s: expected its name in the first line",
                   diag_quote(d, name));
    return false;
}

static bool open_table(struct table *t, const struct embed *e, const char *file)
{
    size_t length;

    *t = (struct table){.embed = e, .file = source_beside(e->arena, e->cause.file, file), .line = 1, .column = 1};
    if (!source_read(t->file, EMBED_BYTES_MAX, e->cause, e->diag, &t->text, &length))
        return false;
    t->text = xrealloc(t->text, length + 1, 1);
    t->text[length] = '\0';
    t->at = t->text + (length >= 3 && memcmp(t->text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0);
    t->end = t->text + length;
    return true;
}

/* FNV-1a over the bytes of the file. */
static uint64_t hash_bytes(const struct table *t)
{
    uint64_t h = UINT64_C(14695981039346656037);

    for (const char *p = t->text; p < t->end; p++)
        h = (h ^ (unsigned char)*p) * UINT64_C(1099511628211);
    return h;
}

/* One row per line: calls `row` for each line below the head. Returns whether the whole table was good. */
struct columns {
    const char *names[2];
    size_t count; /* 1 or 2 */
};

typedef bool row_reader(struct table *t, const struct cell *cells[2], void *context);

static bool read_row(struct table *t, const struct cell *cells, size_t count, const size_t index[2], const struct cell *out[2])
{
    static const char too_short[] = "this line has no such column: expected as many cells as in the first line";

    for (size_t i = 0; i < 2; i++) {
        if (index[i] >= count)
            return bad_cell(t, cells[0].place, too_short);
        out[i] = &cells[index[i]];
    }
    return true;
}

static bool read_rows(struct table *t, const struct columns *columns, row_reader *row, void *context)
{
    struct cell *cells = xcalloc(COLUMNS_MAX, sizeof *cells);
    const struct cell *picked[2];
    size_t index[2] = {0, 0}, count = take_line(t, cells);
    bool good = count > 0;

    if (count == 0 && !t->bad)
        bad_cell(t, (struct place){t->file, 1, 1}, "the file is empty: expected a line of column names, then numbers");
    for (size_t i = 0; good && i < columns->count; i++)
        good = find_column(t, cells, count, columns->names[i], &index[i]);
    if (columns->count == 1)
        index[1] = index[0];
    while (good && t->bad < BAD_CELLS_MAX && (count = take_line(t, cells)) > 0) {
        if (count == 1 && !*cells[0].text)
            continue;
        if (read_row(t, cells, count, index, picked))
            row(t, picked, context);
    }
    free(cells);
    return good && t->bad == 0;
}

/* ---------------------------------------------------------------- empirical distributions */

struct values {
    int64_t *list;
    uint32_t *partitions;
    size_t count, capacity;
    int64_t unit_ns;
    bool with_partitions;
};

static void add_value(struct values *v, int64_t ns, uint32_t partition)
{
    if (v->count == v->capacity) {
        v->capacity = v->capacity ? v->capacity * 2 : 256;
        v->list = xrealloc(v->list, v->capacity, sizeof *v->list);
        v->partitions = xrealloc(v->partitions, v->capacity, sizeof *v->partitions);
    }
    v->list[v->count] = ns;
    v->partitions[v->count++] = partition;
}

/* Cells may be set off by blanks. */
static const char *trimmed(const struct cell *cell)
{
    char *text = (char *)cell->text;
    size_t length;

    while (*text == ' ' || *text == '\t')
        text++;
    length = strlen(text);
    while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        text[--length] = '\0';
    return text;
}

static bool read_time(struct table *t, const struct cell *cell, int64_t unit_ns, int64_t *ns)
{
    struct diag *d = t->embed->diag;
    const char *text = trimmed(cell);
    enum quantity_outcome outcome = quantity_scaled(text, unit_ns, ns);

    if (outcome == QUANTITY_GOOD && *ns >= 0)
        return true;
    t->bad++;
    if (outcome == QUANTITY_BAD)
        diag_error(d, cell->place, NULL, "expected a number such as 12.5, found %s", *text ? diag_quote(d, text) : "nothing");
    else
        diag_error(d, cell->place, NULL,
                   outcome == QUANTITY_GOOD ? "must be at least 0, found %s" : "too large: expected at most 292 years, found %s",
                   diag_quote(d, text));
    return false;
}

static bool empirical_row(struct table *t, const struct cell *cells[2], void *context)
{
    struct values *v = context;
    int64_t ns;

    if (!*trimmed(cells[0]))
        return true;
    if (!read_time(t, cells[0], v->unit_ns, &ns))
        return false;
    add_value(v, ns, 0);
    return true;
}

static void values_free(struct values *v)
{
    free(v->list);
    free(v->partitions);
}

bool embed_empirical(const struct embed *e, Stormcell__Empirical *m)
{
    static const int64_t units_ns[] = {1000000000, 1000000, 1000, 1};
    struct values v = {.unit_ns = units_ns[m->unit]};
    struct columns columns = {{m->column, NULL}, 1};
    struct table t;
    bool good;

    if (!open_table(&t, e, m->file))
        return false;
    m->has_hash = true;
    m->hash = hash_bytes(&t);
    good = read_rows(&t, &columns, empirical_row, &v);
    if (good && v.count == 0) {
        diag_error(e->diag, e->cause, e->path, "no values in %s: expected at least one number below the first line",
                   diag_quote(e->diag, t.file));
        good = false;
    }
    if (good) {
        m->values_ns = v.list;
        m->n_values_ns = v.count;
        v.list = NULL;
    }
    values_free(&v);
    free(t.text);
    return good;
}

/* ---------------------------------------------------------------- traces */

static bool trace_row(struct table *t, const struct cell *cells[2], void *context)
{
    struct values *v = context;
    struct diag *d = t->embed->diag;
    uint64_t partition = 0;
    int64_t ns;

    if (!read_time(t, cells[0], 1000000000, &ns))
        return false;
    if (v->with_partitions && (quantity_unsigned(trimmed(cells[1]), &partition) != QUANTITY_GOOD || partition > UINT32_MAX)) {
        t->bad++;
        diag_error(d, cells[1]->place, NULL, "expected the number of a partition, counted from 0, found %s",
                   diag_quote(d, trimmed(cells[1])));
        return false;
    }
    add_value(v, ns, (uint32_t)partition);
    return true;
}

struct birth {
    int64_t ns;
    uint32_t partition;
    size_t row;
};

static int by_time(const void *a, const void *b)
{
    const struct birth *x = a, *y = b;

    if (x->ns != y->ns)
        return x->ns < y->ns ? -1 : 1;
    return x->row < y->row ? -1 : 1;
}

/* Births at one time keep the order of the file. */
static void sort_births(struct values *v)
{
    struct birth *births = xcalloc(v->count + 1, sizeof *births);

    for (size_t i = 0; i < v->count; i++)
        births[i] = (struct birth){v->list[i], v->partitions[i], i};
    qsort(births, v->count, sizeof *births, by_time);
    for (size_t i = 0; i < v->count; i++) {
        v->list[i] = births[i].ns;
        v->partitions[i] = births[i].partition;
    }
    free(births);
}

bool embed_trace(const struct embed *e, Stormcell__Trace *m)
{
    struct values v = {.with_partitions = m->partition != NULL};
    struct columns columns = {{m->time, m->partition}, m->partition ? 2 : 1};
    struct table t;
    bool good;

    if (!open_table(&t, e, m->file))
        return false;
    m->has_hash = true;
    m->hash = hash_bytes(&t);
    good = read_rows(&t, &columns, trace_row, &v);
    if (good) {
        sort_births(&v);
        m->at_ns = v.list;
        m->n_at_ns = v.count;
        v.list = NULL;
        if (m->partition) {
            m->partitions = v.partitions;
            m->n_partitions = v.count;
            v.partitions = NULL;
        }
    }
    values_free(&v);
    free(t.text);
    return good;
}

/* ---------------------------------------------------------------- measured series */

struct measured_rows {
    Stormcell__Measured *m;
    size_t capacity;
};

static bool read_value(struct table *t, const struct cell *cell, double *value)
{
    struct diag *d = t->embed->diag;
    const char *text = trimmed(cell);

    *value = __builtin_nan("");
    if (!*text || (quantity_number(text, value) == QUANTITY_GOOD && *value >= 0))
        return true;
    t->bad++;
    diag_error(d, cell->place, NULL, "expected a number that is at least 0, or nothing, found %s", diag_quote(d, text));
    return false;
}

static void add_measured(struct measured_rows *rows, int64_t at_ns, double value)
{
    Stormcell__Measured *m = rows->m;

    if (m->n_values == rows->capacity) {
        rows->capacity = rows->capacity ? rows->capacity * 2 : 256;
        m->times_ns = xrealloc(m->times_ns, rows->capacity, sizeof *m->times_ns);
        m->values = xrealloc(m->values, rows->capacity, sizeof *m->values);
    }
    m->times_ns[m->n_times_ns++] = at_ns;
    m->values[m->n_values++] = value;
}

static bool measured_row(struct table *t, const struct cell *cells[2], void *context)
{
    struct measured_rows *rows = context;
    const Stormcell__Measured *m = rows->m;
    double value;
    int64_t at_ns;

    if (!read_time(t, cells[0], 1000000000, &at_ns))
        return false;
    if (m->n_times_ns && at_ns <= m->times_ns[m->n_times_ns - 1])
        return bad_cell(t, cells[0]->place, "times must ascend: expected one later than that of the row before");
    if (!read_value(t, cells[1], &value))
        return false;
    add_measured(rows, at_ns, value);
    return true;
}

bool embed_measured(const struct embed *e, Stormcell__Measured *m)
{
    struct measured_rows rows = {.m = m};
    struct columns columns = {{m->time, m->column}, 2};
    struct table t;
    bool good;

    if (!open_table(&t, e, m->file))
        return false;
    m->has_hash = true;
    m->hash = hash_bytes(&t);
    good = read_rows(&t, &columns, measured_row, &rows);
    if (good && m->n_values < 2) {
        diag_error(e->diag, e->cause, e->path, "expected at least two rows of numbers in %s", diag_quote(e->diag, t.file));
        good = false;
    }
    free(t.text);
    return good;
}
