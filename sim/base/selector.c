/* selector - where a fault strikes, taken apart */
#include "base/selector.h"

#include <stdlib.h>
#include <string.h>

static const char mark[] = "link ", arrow[] = "->";

bool selector_is_link(const char *text)
{
    return strncmp(text, mark, sizeof mark - 1) == 0;
}

bool span_is(struct span s, const char *name)
{
    return strlen(name) == s.length && memcmp(name, s.text, s.length) == 0;
}

/* What stands behind the two names: nothing, [3] or @europe. */
static bool read_cover(const char *text, struct link_selector *out)
{
    char *end;

    if (*text == '@') {
        out->region = (struct span){text + 1, strlen(text + 1)};
        return out->region.length > 0 && !strpbrk(text + 1, "@[].");
    }
    if (*text != '[')
        return !*text;
    if (text[1] < '0' || text[1] > '9')
        return false;
    out->has_partition = true;
    out->partition = strtoull(text + 1, &end, 10);
    return strcmp(end, "]") == 0;
}

bool selector_link(const char *text, struct link_selector *out)
{
    const char *from = text + sizeof mark - 1, *between, *to;

    *out = (struct link_selector){{0}};
    if (!selector_is_link(text) || !(between = strstr(from, arrow)))
        return false;
    to = between + sizeof arrow - 1;
    out->from = (struct span){from, (size_t)(between - from)};
    out->to = (struct span){to, strcspn(to, "[]@.")};
    return out->from.length > 0 && out->to.length > 0 && strcspn(from, " [].@") >= out->from.length &&
           strcspn(to, " ") >= strlen(to) && read_cover(to + out->to.length, out);
}
