/* json - writes JSON text
 *
 * A writer puts commas, quotes and indents; the caller opens and closes in order. Numbers are printed so that they read back to the
 * same double, with the fewest digits that do, without the locale: the same value gives the same bytes everywhere. Not-a-number and
 * infinities are written as null. Text that is no UTF-8 is written with U+FFFD.
 */
#ifndef STORMCELL_JSON_H
#define STORMCELL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;

/* Returns a writer into memory; `indent` spaces a level, 0: one line. End it with json_free(). */
struct json *json_create(int indent);
void json_free(struct json *j);

/* The text so far, terminated, owned by the writer; *length may be NULL. */
const char *json_text(const struct json *j, size_t *length);

void json_open_object(struct json *j);
void json_close_object(struct json *j);
void json_open_array(struct json *j);
void json_close_array(struct json *j);

/* The key of the next value, in an object. */
void json_key(struct json *j, const char *key);

void json_string(struct json *j, const char *text);
void json_integer(struct json *j, int64_t value);
void json_unsigned(struct json *j, uint64_t value);
void json_double(struct json *j, double value);
void json_bool(struct json *j, bool value);
void json_null(struct json *j);

/* The shortest decimal text that reads back to `value`, as json_double() writes it; returns its length (< 32). */
size_t json_format_double(char out[32], double value);

#endif
