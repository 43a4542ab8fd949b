/* json - the writer behind stormcell/json.h
 *
 * Layout with an indent: objects put each member on a line of its own; arrays keep numbers and texts on one line and give each
 * object or array a line, so that a series of a thousand points is one line and a list of verdicts is readable.
 *
 * The locale does not matter because the program never calls setlocale(): LC_NUMERIC is "C", and the decimal point of snprintf and
 * strtod is a point. Both are correctly rounded in glibc, so digits do not differ between machines.
 */
#include "stormcell/json.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stormcell/must.h"

/* Far above what any writer nests: results are at most some five deep, the schema some ten. */
enum { DEPTH_MAX = 64 };

enum frame_kind { FRAME_DOCUMENT, FRAME_OBJECT, FRAME_ARRAY };

struct frame {
    enum frame_kind kind;
    bool filled; /* has a member */
    bool broken; /* has a member on a line of its own */
    bool keyed;  /* objects: the key of the next value is written */
};

struct json {
    char *text;
    size_t length, room;
    int indent;
    int depth;
    struct frame frames[DEPTH_MAX];
};

struct json *json_create(int indent)
{
    struct json *j = xcalloc(1, sizeof *j);

    must(indent >= 0 && indent <= 16);
    j->indent = indent;
    j->room = 256;
    j->text = xcalloc(j->room, 1);
    return j;
}

void json_free(struct json *j)
{
    if (!j)
        return;
    free(j->text);
    free(j);
}

const char *json_text(const struct json *j, size_t *length)
{
    if (length)
        *length = j->length;
    return j->text;
}

/* ---------------------------------------------------------------- bytes */

static void put(struct json *j, const char *bytes, size_t count)
{
    if (count >= j->room - j->length) {
        while (count >= j->room - j->length)
            j->room *= 2;
        j->text = xrealloc(j->text, j->room, 1);
    }
    memcpy(j->text + j->length, bytes, count);
    j->length += count;
    j->text[j->length] = 0;
}

static void put_line(struct json *j, int depth)
{
    static const char blanks[] = "                ";

    if (j->indent == 0)
        return;
    put(j, "\n", 1);
    for (int i = 0; i < depth; i++)
        put(j, blanks, (size_t)j->indent);
}

/* Length of the well-formed UTF-8 sequence at `s`, or 0 with *bad bytes to replace by one U+FFFD: the longest beginning of a
 * sequence, as Unicode advises. No overlong forms, no surrogates, nothing above U+10FFFF. */
static size_t utf8_length(const unsigned char *s, size_t *bad)
{
    unsigned char low = 0x80, high = 0xbf;
    size_t length;

    *bad = 1;
    if (s[0] < 0x80)
        return 1;
    if (s[0] >= 0xc2 && s[0] <= 0xdf)
        length = 2;
    else if (s[0] >= 0xe0 && s[0] <= 0xef)
        length = 3;
    else if (s[0] >= 0xf0 && s[0] <= 0xf4)
        length = 4;
    else
        return 0;
    if (s[0] == 0xe0)
        low = 0xa0;
    else if (s[0] == 0xed)
        high = 0x9f;
    else if (s[0] == 0xf0)
        low = 0x90;
    else if (s[0] == 0xf4)
        high = 0x8f;
    for (size_t i = 1; i < length; i++, low = 0x80, high = 0xbf) {
        if (s[i] < low || s[i] > high)
            return 0;
        *bad = i + 1;
    }
    return length;
}

static void put_control(struct json *j, unsigned char c)
{
    static const char shorts[] = "\bb\ff\nn\rr\tt";
    char escape[8];

    for (size_t i = 0; shorts[i]; i += 2)
        if ((unsigned char)shorts[i] == c) {
            put(j, (char[]){'\\', shorts[i + 1]}, 2);
            return;
        }
    snprintf(escape, sizeof escape, "\\u%04x", c);
    put(j, escape, 6);
}

static void put_quoted(struct json *j, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;

    put(j, "\"", 1);
    while (*s) {
        size_t bad, length = utf8_length(s, &bad);

        if (length == 0)
            put(j, "\xef\xbf\xbd", 3);
        else if (*s == '"' || *s == '\\')
            put(j, (char[]){'\\', (char)*s}, 2);
        else if (*s < 0x20)
            put_control(j, *s);
        else
            put(j, (const char *)s, length);
        s += length ? length : bad;
    }
    put(j, "\"", 1);
}

/* ---------------------------------------------------------------- structure */

/* Comma and line before a value; a container gets a line of its own in an array. */
static void begin_value(struct json *j, bool container)
{
    struct frame *f = &j->frames[j->depth];

    if (f->kind == FRAME_OBJECT) {
        must(f->keyed);
        f->keyed = false;
        return;
    }
    must(f->kind == FRAME_ARRAY || !f->filled);
    if (f->filled)
        put(j, ", ", j->indent > 0 && !container ? 2 : 1);
    if (f->kind == FRAME_ARRAY && container) {
        put_line(j, j->depth);
        f->broken = true;
    }
    f->filled = true;
}

static void open_frame(struct json *j, enum frame_kind kind, const char *mark)
{
    begin_value(j, true);
    must(j->depth + 1 < DEPTH_MAX);
    j->frames[++j->depth] = (struct frame){.kind = kind};
    put(j, mark, 1);
}

static void close_frame(struct json *j, enum frame_kind kind, const char *mark)
{
    const struct frame *f = &j->frames[j->depth];

    must(f->kind == kind && !f->keyed);
    j->depth--;
    if (f->broken)
        put_line(j, j->depth);
    put(j, mark, 1);
}

void json_open_object(struct json *j)
{
    open_frame(j, FRAME_OBJECT, "{");
}

void json_close_object(struct json *j)
{
    close_frame(j, FRAME_OBJECT, "}");
}

void json_open_array(struct json *j)
{
    open_frame(j, FRAME_ARRAY, "[");
}

void json_close_array(struct json *j)
{
    close_frame(j, FRAME_ARRAY, "]");
}

void json_key(struct json *j, const char *key)
{
    struct frame *f = &j->frames[j->depth];

    must(f->kind == FRAME_OBJECT && !f->keyed);
    if (f->filled)
        put(j, ",", 1);
    put_line(j, j->depth);
    put_quoted(j, key);
    put(j, ": ", j->indent > 0 ? 2 : 1);
    f->filled = f->broken = f->keyed = true;
}

/* ---------------------------------------------------------------- values */

void json_string(struct json *j, const char *text)
{
    begin_value(j, false);
    put_quoted(j, text);
}

void json_integer(struct json *j, int64_t value)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%lld", (long long)value);

    begin_value(j, false);
    put(j, text, (size_t)length);
}

void json_unsigned(struct json *j, uint64_t value)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%llu", (unsigned long long)value);

    begin_value(j, false);
    put(j, text, (size_t)length);
}

void json_double(struct json *j, double value)
{
    char text[32];
    size_t length = json_format_double(text, value);

    begin_value(j, false);
    put(j, text, length);
}

void json_bool(struct json *j, bool value)
{
    begin_value(j, false);
    put(j, value ? "true" : "false", value ? 4 : 5);
}

void json_null(struct json *j)
{
    begin_value(j, false);
    put(j, "null", 4);
}

/* ---------------------------------------------------------------- doubles */

/* The fewest significant digits that read back to `value` (finite, above 0), as d.ddde+XX. Any decimal of at most 15 digits
 * survives the way into a normal double and back, so if 15 digits serve, their trailing zeros are all that is too much; below the
 * normal doubles that does not hold, and every length is tried. */
static void shortest_digits(char out[32], double value)
{
    int digits = value < DBL_MIN ? 1 : 15;

    do
        snprintf(out, 32, "%.*e", digits - 1, value);
    while (strtod(out, NULL) != value && ++digits <= 17);
}

/* Lays digits out with the point after the first `point` of them; point <= 0 puts zeros before them. */
static size_t lay_out(char *out, const char *digits, int count, int point)
{
    size_t n = 0;

    if (point <= 0) {
        out[n++] = '0';
        out[n++] = '.';
        for (int i = point; i < 0; i++)
            out[n++] = '0';
    }
    for (int i = 0; i < count || i < point; i++) {
        if (i > 0 && i == point)
            out[n++] = '.';
        out[n++] = i < count ? digits[i] : '0';
    }
    return n;
}

size_t json_format_double(char out[32], double value)
{
    char text[32], digits[20];
    int count = 0, exponent;
    size_t n = 0;

    if (!isfinite(value))
        return (size_t)snprintf(out, 32, "null");
    if (signbit(value))
        out[n++] = '-';
    if (value == 0) {
        out[n++] = '0';
        out[n] = 0;
        return n;
    }
    shortest_digits(text, fabs(value));
    for (const char *c = text; *c != 'e'; c++)
        if (*c != '.')
            digits[count++] = *c;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    exponent = atoi(strchr(text, 'e') + 1);
    if (exponent > -7 && exponent < 21) {
        n += lay_out(out + n, digits, count, exponent + 1);
        out[n] = 0;
        return n;
    }
    n += lay_out(out + n, digits, count, 1);
    return n + (size_t)snprintf(out + n, 32 - n, "e%+d", exponent);
}
