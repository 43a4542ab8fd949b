/* json_check - is a text JSON, by RFC 8259 to the letter?
 *
 * A checker for tests: it builds nothing, and shares no line with the writer that it checks. json_check() returns NULL for one JSON
 * value with nothing but blanks around it, else what was expected, with *at on the byte where it was missing. Nesting is bounded
 * by 64.
 */
#ifndef STORMCELL_JSON_CHECK_H
#define STORMCELL_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { JSON_CHECK_DEPTH = 64 };

static inline const char *json_check_blanks(const char *s)
{
    return s + strspn(s, " \t\r\n");
}

static inline const char *json_check_digits(const char **s)
{
    size_t count = strspn(*s, "0123456789");

    *s += count;
    return count ? NULL : "a digit";
}

static inline const char *json_check_number(const char **s)
{
    const char *wrong;

    *s += **s == '-';
    if (**s == '0')
        (*s)++; /* and no digit may follow: the caller stumbles over it */
    else if ((wrong = json_check_digits(s)))
        return wrong;
    if (**s == '.') {
        (*s)++;
        if ((wrong = json_check_digits(s)))
            return wrong;
    }
    if (**s == 'e' || **s == 'E') {
        (*s)++;
        *s += **s == '+' || **s == '-';
        return json_check_digits(s);
    }
    return NULL;
}

/* Length of a well-formed UTF-8 sequence, by the ranges of its code points; 0: none. */
static inline size_t json_check_utf8(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    static const unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
    unsigned long point = length > 1 ? s[0] & (0x7fu >> length) : s[0];

    for (size_t i = 1; i < length; i++) {
        if (s[i] >> 6 != 2)
            return 0;
        point = point << 6 | (s[i] & 0x3f);
    }
    if (length > 1 && (point < least[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)))
        return 0;
    return length;
}

static inline const char *json_check_string(const char **s)
{
    if (**s != '"')
        return "a text in quotes";
    for ((*s)++; **s != '"';) {
        size_t length = json_check_utf8(*s);

        if ((unsigned char)**s < 0x20)
            return "no bare control character, and a closing quote";
        if (length == 0)
            return "UTF-8";
        if (**s != '\\') {
            *s += length;
        } else if ((*s)[1] == 'u') {
            if (strspn(*s + 2, "0123456789abcdefABCDEF") < 4)
                return "four hexadecimal digits";
            *s += 6;
        } else {
            if (!(*s)[1] || !strchr("\"\\/bfnrt", (*s)[1]))
                return "an escape";
            *s += 2;
        }
    }
    (*s)++;
    return NULL;
}

static inline const char *json_check_value(const char **s, int depth)
{
    static const char *const words[] = {"true", "false", "null"};
    const char close = **s == '{' ? '}' : ']', *wrong;
    bool object = **s == '{';

    for (size_t i = 0; i < 3; i++)
        if (strncmp(*s, words[i], strlen(words[i])) == 0) {
            *s += strlen(words[i]);
            return NULL;
        }
    if (**s == '"')
        return json_check_string(s);
    if (**s != '{' && **s != '[')
        return json_check_number(s);
    if (depth == JSON_CHECK_DEPTH)
        return "less depth";
    *s = json_check_blanks(*s + 1);
    for (bool first = true; first ? **s != close : **s == ','; first = false) {
        *s = json_check_blanks(*s + !first);
        if (object) {
            if ((wrong = json_check_string(s)))
                return wrong;
            *s = json_check_blanks(*s);
            if (**s != ':')
                return "a colon";
            *s = json_check_blanks(*s + 1);
        }
        if ((wrong = json_check_value(s, depth + 1)))
            return wrong;
        *s = json_check_blanks(*s);
    }
    if (**s != close)
        return object ? "a comma or }" : "a comma or ]";
    (*s)++;
    return NULL;
}

static inline const char *json_check(const char *text, const char **at)
{
    const char *wrong;

    *at = json_check_blanks(text);
    wrong = json_check_value(at, 0);
    if (wrong)
        return wrong;
    *at = json_check_blanks(*at);
    return **at ? "the end" : NULL;
}

#endif
