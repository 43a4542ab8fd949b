/* metric - reads and judges the language of numbers
 *
 *     expression = side [ op side ]
 *     side       = metric [ ("*" | "/") number ] | quantity | verdict word
 *     metric     = name [ "{" label op value { "," label op value } "}" ] [ "@" window ]
 *     window     = "[" moment "," moment "]" | ("before" | "during" | "after") "(" name ")"
 *
 * Quantities and moments are those of base/quantity.h, without a sign before a number; the end of the run is the moment `end`.
 *
 * One reader walks over the text once, without recursion. Texts come from strangers' files, so all that is kept is bounded, and
 * so is what a regular expression may ask of the C library (repetition counts make it take gigabytes).
 */
#include "stormcell/metric.h"

#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/quantity.h"
#include "stormcell/diag.h"

enum { TEXT_MAX = 4096, LABELS_MAX = 16, VALUE_MAX = 200, PATTERN_MAX = 64, QUOTE_MAX = 48 };

static const char *const verdict_words[] = {"stable", "recovered", "degraded", "recovering", "metastable"};
enum { VERDICT_WORDS = sizeof(verdict_words) / sizeof(verdict_words[0]) };

struct reader {
    const char *text, *at;
    const struct metric_clock *clock;
    struct arena *arena;
    struct metric_error *error;
};

/* ---------------------------------------------------------------- errors */

static bool __attribute__((format(printf, 3, 4))) wrong(struct reader *r, const char *at, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(r->error->message, sizeof(r->error->message), format, args);
    va_end(args);
    r->error->offset = (size_t)(at - r->text);
    return false;
}

/* A piece of the user's text, fit for one line of ASCII: cut, in quotes, and without what a terminal might obey. */
static const char *quoted(char out[QUOTE_MAX + 8], const char *text, size_t length)
{
    size_t n = 0, cut = length > QUOTE_MAX ? QUOTE_MAX : length;

    out[n++] = '\'';
    for (size_t i = 0; i < cut; i++)
        out[n++] = text[i] >= ' ' && text[i] < 0x7f ? text[i] : '?';
    n += (size_t)sprintf(out + n, "%s'", cut < length ? "..." : "");
    return out;
}

/* What stands at the cursor, for "expected ..., found ...". */
static const char *found(const struct reader *r, char out[QUOTE_MAX + 8])
{
    size_t length = strcspn(r->at, " \t\r\n,{}@[]()");

    if (!*r->at)
        return strcpy(out, "the end of the text");
    return quoted(out, r->at, length ? length : 1);
}

/* ---------------------------------------------------------------- the reader */

static void skip_blanks(struct reader *r)
{
    r->at += strspn(r->at, " \t\r\n");
}

/* Takes `word` if it is next; blanks before it go, too. */
static bool take(struct reader *r, const char *word)
{
    size_t length = strlen(word);

    skip_blanks(r);
    if (strncmp(r->at, word, length) != 0)
        return false;
    r->at += length;
    return true;
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.';
}

/* Letters, digits, dots and underscores from the cursor on. */
static size_t name_length(const struct reader *r)
{
    size_t n = 0;

    while (is_name_char(r->at[n]))
        n++;
    return n;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The text that a quantity at the cursor would have: all up to a blank, or to a sign of this language. The cursor stays. */
static const char *quantity_text(const struct reader *r)
{
    return arena_text_n(r->arena, r->at, strcspn(r->at, " \t\r\n,;{}@[]()<>=!*"));
}

static const char *slice(struct reader *r, const char *from)
{
    const char *to = r->at;

    while (to > from && strchr(" \t\r\n", to[-1]))
        to--;
    return arena_text_n(r->arena, from, (size_t)(to - from));
}

/* ---------------------------------------------------------------- names */

static const struct metric_name *find_name(const char *text, size_t length)
{
    for (size_t i = 0; i < metric_names_count; i++)
        if (strlen(metric_names[i].name) == length && memcmp(metric_names[i].name, text, length) == 0)
            return &metric_names[i];
    return NULL;
}

/* mail.delay alone: says which statistics there are. */
static bool say_family(struct reader *r, const char *name, size_t length)
{
    char q[QUOTE_MAX + 8], list[160] = "";
    size_t used = 0;

    for (size_t i = 0; i < metric_names_count; i++) {
        const char *other = metric_names[i].name;

        if (strncmp(other, name, length) != 0 || other[length] != '.' || used + strlen(other) + 3 > sizeof(list))
            continue;
        used += (size_t)sprintf(list + used, "%s%s", used ? ", " : "", other);
    }
    if (!used)
        return false;
    wrong(r, name, "%s is not complete: there are %s", quoted(q, name, length), list);
    return true;
}

static bool say_unknown_name(struct reader *r, const char *name, size_t length)
{
    const char *names[metric_names_count], *near;
    char q[QUOTE_MAX + 8];

    if (length && length < VALUE_MAX && say_family(r, name, length))
        return false;
    for (size_t i = 0; i < metric_names_count; i++)
        names[i] = metric_names[i].name;
    near = length < VALUE_MAX ? diag_nearest(arena_text_n(r->arena, name, length), names, metric_names_count) : NULL;
    if (near)
        return wrong(r, name, "unknown metric %s; did you mean %s?", quoted(q, name, length), near);
    return wrong(r, name, "unknown metric %s; expected a metric such as mail.delay.p99, availability, verdict",
                 quoted(q, name, length));
}

/* ---------------------------------------------------------------- labels */

static bool takes_label(const struct metric_name *name, const char *label)
{
    size_t length = strlen(label);

    for (const char *at = name->labels; *at; at += strcspn(at, " "), at += *at == ' ')
        if (strncmp(at, label, length) == 0 && (at[length] == ' ' || !at[length]))
            return true;
    return false;
}

static bool is_number(const char *text)
{
    size_t length = strspn(text, "0123456789");

    return length > 0 && length <= 9 && !text[length] && (text[0] != '0' || length == 1);
}

/* Compiles a pattern that must match a whole value; false when it is none, or one that costs too much. */
static bool compile_pattern(const char *pattern, regex_t *out)
{
    char whole[PATTERN_MAX + 8];

    if (strlen(pattern) > PATTERN_MAX || strpbrk(pattern, "{}\\") || regcomp(out, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    regfree(out);
    snprintf(whole, sizeof(whole), "^(%s)$", pattern);
    return regcomp(out, whole, REG_EXTENDED | REG_NOSUB) == 0;
}

/* A value in quotes, or as far as the next comma, brace or blank. */
static bool read_value(struct reader *r, const char **out)
{
    const char *from;
    size_t length;

    skip_blanks(r);
    from = r->at;
    if (*from == '"' || *from == '\'') {
        const char *end = strchr(from + 1, *from);

        if (!end)
            return wrong(r, from, "this quote is not closed");
        from++;
        length = (size_t)(end - from);
        r->at = end + 1;
    } else {
        length = strcspn(from, ",}{\"' \t\r\n");
        r->at = from + length;
    }
    if (length == 0)
        return wrong(r, from, "expected a value");
    if (length > VALUE_MAX)
        return wrong(r, from, "this value is too long: %d bytes at most", VALUE_MAX);
    *out = arena_text_n(r->arena, from, length);
    return true;
}

/* Values of a label with a meaning of their own can be checked before there is a run. */
static bool check_value(struct reader *r, const char *at, const struct metric_label *l)
{
    char q[QUOTE_MAX + 8];
    regex_t regex;

    quoted(q, l->value, strlen(l->value));
    if (l->op == METRIC_MATCH) {
        if (!compile_pattern(l->value, &regex))
            return wrong(r, at,
                         "%s is no pattern that can be matched: expected a POSIX extended expression of at most %d bytes without "
                         "{} and \\",
                         q, PATTERN_MAX);
        regfree(&regex);
        return true;
    }
    if (strcmp(l->name, "group") == 0 && strcmp(l->value, "struck") != 0 && strcmp(l->value, "spared") != 0)
        return wrong(r, at, "unknown group %s; expected struck or spared", q);
    if (strcmp(l->name, "meter") == 0 && strcmp(l->value, "access") != 0 && strcmp(l->value, "mail_delay") != 0)
        return wrong(r, at, "unknown meter %s; expected access or mail_delay", q);
    if (strcmp(l->name, "partition") == 0 && !is_number(l->value))
        return wrong(r, at, "%s is no partition; expected a number, counted from 0", q);
    return true;
}

static bool read_label(struct reader *r, const struct metric_name *name, struct metric_label *out)
{
    const char *at;
    size_t length;
    char q[QUOTE_MAX + 8];

    skip_blanks(r);
    at = r->at;
    length = name_length(r);
    if (!length)
        return wrong(r, at, "expected a label of %s (%s), found %s", name->name, name->labels, found(r, q));
    out->name = arena_text_n(r->arena, at, length);
    if (length > VALUE_MAX || !takes_label(name, out->name))
        return wrong(r, at, "%s has no label %s; it takes: %s", name->name, quoted(q, at, length), name->labels);
    r->at += length;
    out->op = METRIC_EQ;
    if (take(r, "=~"))
        out->op = METRIC_MATCH;
    else if (take(r, "!="))
        out->op = METRIC_NE;
    else if (!take(r, "="))
        return wrong(r, r->at, "expected =, != or =~ after the label, found %s", found(r, q));
    skip_blanks(r);
    at = r->at;
    return read_value(r, &out->value) && check_value(r, at, out);
}

static bool read_labels(struct reader *r, struct metric_ref *ref)
{
    struct metric_label labels[LABELS_MAX], *kept;
    char q[QUOTE_MAX + 8];

    if (!take(r, "{"))
        return true;
    if (take(r, "}"))
        return true;
    do {
        if (ref->label_count == LABELS_MAX)
            return wrong(r, r->at, "too many labels: %d at most", LABELS_MAX);
        if (!read_label(r, ref->name, &labels[ref->label_count]))
            return false;
        ref->label_count++;
    } while (take(r, ","));
    if (!take(r, "}"))
        return wrong(r, r->at, "expected , or } after a label, found %s", found(r, q));
    kept = arena_take(r->arena, ref->label_count * sizeof(*kept));
    memcpy(kept, labels, ref->label_count * sizeof(*kept));
    ref->labels = kept;
    return true;
}

/* ---------------------------------------------------------------- windows */

static bool read_moment(struct reader *r, int64_t *ns)
{
    const char *at, *text;
    enum quantity_outcome outcome;
    char q[QUOTE_MAX + 8], length[64];

    skip_blanks(r);
    at = r->at;
    text = quantity_text(r);
    if (strcmp(text, "end") == 0) {
        *ns = r->clock->run_ns;
        outcome = QUANTITY_GOOD;
    } else {
        outcome = quantity_moment(text, r->clock->start_utc_s, ns);
    }
    if (outcome == QUANTITY_TOO_LARGE)
        return wrong(r, at, "%s is too far away from the start of the run", found(r, q));
    if (outcome != QUANTITY_GOOD)
        return wrong(r, at, "expected a moment of the run such as 12:30Z, +90m or 2h, found %s", found(r, q));
    if (*ns < 0)
        return wrong(r, at, "this moment lies before the start of the run");
    if (r->clock->run_ns > 0 && *ns > r->clock->run_ns)
        return wrong(r, at, "this moment lies after the end of the run, which lasts %s",
                     metric_format(METRIC_SECONDS, (double)r->clock->run_ns / 1e9, length));
    r->at += strlen(text);
    return true;
}

static bool read_span(struct reader *r, const char *at, struct metric_window *w)
{
    char q[QUOTE_MAX + 8];

    w->kind = METRIC_WINDOW_SPAN;
    if (!read_moment(r, &w->from_ns))
        return false;
    if (!take(r, ","))
        return wrong(r, r->at, "expected , between the two moments of a window, found %s", found(r, q));
    if (!read_moment(r, &w->to_ns))
        return false;
    if (!take(r, "]"))
        return wrong(r, r->at, "expected ] after a window, found %s", found(r, q));
    if (w->from_ns >= w->to_ns)
        return wrong(r, at, "this window is empty: it ends before it begins");
    return true;
}

static bool read_phase(struct reader *r, const char *at, struct metric_window *w)
{
    static const char *const kinds[] = {"before", "during", "after"};
    const char *kind = NULL, *name;
    size_t length;
    char q[QUOTE_MAX + 8];

    for (size_t i = 0; i < 3 && !kind; i++)
        kind = take(r, kinds[i]) ? kinds[i] : NULL;
    if (!kind || !take(r, "("))
        return wrong(r, at, "expected a window after @: [from,to], before(fault), during(fault) or after(fault)");
    skip_blanks(r);
    name = r->at;
    length = strcspn(name, "()");
    if (name[length] != ')' || !length || length > VALUE_MAX)
        return wrong(r, name, "expected the name of a fault or a runbook step and ), found %s", found(r, q));
    r->at = name + length;
    w->kind = METRIC_WINDOW_PHASE;
    w->phase = arena_format(r->arena, "%s(%s)", kind, slice(r, name));
    return take(r, ")");
}

static bool read_window(struct reader *r, struct metric_ref *ref)
{
    const char *at;

    skip_blanks(r);
    at = r->at;
    if (!take(r, "@"))
        return true;
    if (!ref->name->windowed)
        return wrong(r, at, "%s takes no window: it is one value of the whole run", ref->name->name);
    return take(r, "[") ? read_span(r, at, &ref->window) : read_phase(r, at, &ref->window);
}

/* ---------------------------------------------------------------- sides */

static bool read_metric(struct reader *r, const struct metric_ref **out)
{
    const char *from = r->at;
    size_t length = name_length(r);
    struct metric_ref *ref = arena_take(r->arena, sizeof(*ref));

    ref->name = find_name(from, length);
    if (!ref->name)
        return say_unknown_name(r, from, length);
    r->at += length;
    if (!read_labels(r, ref) || !read_window(r, ref))
        return false;
    ref->text = slice(r, from);
    *out = ref;
    return true;
}

/* `* 2` or `/ 10` behind a metric. */
static bool read_factor(struct reader *r, struct metric_side *side)
{
    const char *at;
    struct quantity number;
    const char *text;
    bool over;
    char q[QUOTE_MAX + 8];

    skip_blanks(r);
    at = r->at;
    over = take(r, "/");
    if (!over && !take(r, "*"))
        return true;
    if (side->unit == METRIC_WORD)
        return wrong(r, at, "%s is a word and cannot be multiplied", side->ref->name->name);
    skip_blanks(r);
    at = r->at;
    text = quantity_text(r);
    if (!is_digit(*text) || quantity_any(text, &number) != QUANTITY_GOOD || number.kind != QUANTITY_NUMBER)
        return wrong(r, at, "expected a plain number, found %s", found(r, q));
    r->at += strlen(text);
    if (over && number.value == 0)
        return wrong(r, at, "expected a number other than 0 to divide by");
    side->factor = over ? 1 / number.value : number.value;
    return true;
}

static bool read_quantity(struct reader *r, struct metric_side *side)
{
    static const enum metric_unit units[] = {[QUANTITY_NUMBER] = METRIC_COUNT,
                                             [QUANTITY_SHARE] = METRIC_RATIO,
                                             [QUANTITY_RATE] = METRIC_PER_SECOND,
                                             [QUANTITY_DURATION] = METRIC_SECONDS};
    const char *text = quantity_text(r);
    struct quantity quantity;
    enum quantity_outcome outcome = quantity_any(text, &quantity);
    char q[QUOTE_MAX + 8];

    if (outcome == QUANTITY_TOO_LARGE)
        return wrong(r, r->at, "%s is too large", found(r, q));
    if (outcome != QUANTITY_GOOD)
        return wrong(r, r->at, "%s is no quantity; expected one such as 7, 1m, 95%%, 300/s or 1.2M", found(r, q));
    side->value = quantity.value;
    side->unit = units[quantity.kind];
    r->at += strlen(text);
    return true;
}

static const char *verdict_word(const char *text, size_t length)
{
    for (size_t i = 0; i < VERDICT_WORDS; i++)
        if (strlen(verdict_words[i]) == length && memcmp(verdict_words[i], text, length) == 0)
            return verdict_words[i];
    return NULL;
}

static bool read_side(struct reader *r, bool lone, struct metric_side *side)
{
    const char *from;
    char q[QUOTE_MAX + 8];

    skip_blanks(r);
    from = r->at;
    *side = (struct metric_side){.factor = 1};
    if (!name_length(r))
        return wrong(r, from, "expected a metric%s, found %s", lone ? "" : " or a quantity", found(r, q));
    if (!lone && is_digit(*from)) {
        if (!read_quantity(r, side))
            return false;
    } else if (!lone && (side->word = verdict_word(from, name_length(r)))) {
        side->unit = METRIC_WORD;
        r->at += name_length(r);
    } else {
        if (!read_metric(r, &side->ref))
            return false;
        side->unit = side->ref->name->unit;
        if (!lone && !read_factor(r, side))
            return false;
    }
    side->text = slice(r, from);
    return true;
}

/* ---------------------------------------------------------------- expressions */

static bool read_op(struct reader *r, enum metric_op *op)
{
    static const struct {
        const char *text;
        enum metric_op op;
    } ops[] = {{"<=", METRIC_LE}, {">=", METRIC_GE}, {"!=", METRIC_NE}, {"==", METRIC_EQ},
               {"<", METRIC_LT},  {">", METRIC_GT},  {"=", METRIC_EQ}};
    char q[QUOTE_MAX + 8];

    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (take(r, ops[i].text)) {
            *op = ops[i].op;
            return true;
        }
    }
    return wrong(r, r->at, "expected one of < <= > >= = !=, found %s", found(r, q));
}

static const char *wanted(enum metric_unit unit)
{
    static const char *const texts[] = {
        [METRIC_COUNT] = "a number such as 7 or 1.2M",  [METRIC_SECONDS] = "a duration such as 1m or 30s",
        [METRIC_RATIO] = "a share such as 95% or 0.95", [METRIC_PER_SECOND] = "a rate such as 300/s",
        [METRIC_MINUTES] = "minutes such as 420 or 7h", [METRIC_WORD] = "stable, recovered, degraded, recovering or metastable",
    };

    return texts[unit];
}

/* Gives a quantity the unit of the metric that it is compared with, where both are written alike. */
static bool agree(struct metric_side *quantity, enum metric_unit unit)
{
    if (quantity->unit == unit)
        return true;
    if (quantity->unit == METRIC_SECONDS && unit == METRIC_MINUTES)
        quantity->value /= 60;
    else if (quantity->unit != METRIC_COUNT || (unit != METRIC_RATIO && unit != METRIC_MINUTES))
        return false;
    quantity->unit = unit;
    return true;
}

static bool check_units(struct reader *r, struct metric_expr *e, const char *left_at, const char *op_at, const char *right_at)
{
    const struct metric_side *metric = e->left.ref ? &e->left : &e->right;
    struct metric_side *other = e->left.ref ? &e->right : &e->left;

    if (!metric->ref)
        return wrong(r, left_at, "expected a metric on one side: two quantities compare no measurement");
    if (metric->unit == METRIC_WORD && e->op != METRIC_EQ && e->op != METRIC_NE)
        return wrong(r, op_at, "expected = or !=: verdicts have no order");
    if (other->ref && other->unit != metric->unit)
        return wrong(r, right_at, "%s cannot be compared with %s: expected %s on both sides", metric->ref->name->name,
                     other->ref->name->name, wanted(metric->unit));
    if (!other->ref && (!agree(other, metric->unit) || (metric->unit == METRIC_RATIO && metric->factor == 1 && other->value > 1)))
        return wrong(r, other == &e->left ? left_at : right_at, "%s is compared with %s: expected %s", metric->ref->name->name,
                     other->text, wanted(metric->unit));
    return true;
}

static bool read_comparison(struct reader *r, struct metric_expr *e)
{
    const char *left_at, *op_at, *right_at;

    skip_blanks(r);
    left_at = r->at;
    if (!read_side(r, false, &e->left))
        return false;
    skip_blanks(r);
    op_at = r->at;
    if (!read_op(r, &e->op))
        return false;
    e->op_given = true;
    skip_blanks(r);
    right_at = r->at;
    return read_side(r, false, &e->right) && check_units(r, e, left_at, op_at, right_at);
}

bool metric_parse(const char *text, bool lone, const struct metric_clock *clock, struct arena *arena, struct metric_expr *out,
                  struct metric_error *error)
{
    struct reader r = {.text = text, .at = text, .clock = clock, .arena = arena, .error = error};
    struct metric_expr e = {0};
    char q[QUOTE_MAX + 8];

    if (strnlen(text, TEXT_MAX + 1) > TEXT_MAX)
        return wrong(&r, text, "this text is too long: %d bytes at most", TEXT_MAX);
    if (!(lone ? read_side(&r, true, &e.left) : read_comparison(&r, &e)))
        return false;
    skip_blanks(&r);
    if (*r.at)
        return wrong(&r, r.at, "expected the end of the text, found %s", found(&r, q));
    e.text = arena_text(arena, text);
    *out = e;
    return true;
}

/* ---------------------------------------------------------------- judging */

bool metric_admits(const struct metric_ref *ref, const char *label, const char *value)
{
    for (size_t i = 0; i < ref->label_count; i++) {
        const struct metric_label *l = &ref->labels[i];
        bool same = strcmp(l->value, value) == 0;
        regex_t regex;

        if (strcmp(l->name, label) != 0)
            continue;
        if (l->op == METRIC_MATCH) {
            if (!compile_pattern(l->value, &regex))
                return false;
            same = regexec(&regex, value, 0, NULL, 0) == 0;
            regfree(&regex);
        }
        if (same == (l->op == METRIC_NE))
            return false;
    }
    return true;
}

static bool side_value(const struct metric_side *side, metric_resolver *resolve, void *context, double *value, const char **word,
                       bool *at_least, char message[256])
{
    *value = side->value;
    *word = side->word;
    *at_least = false;
    if (!side->ref)
        return true;
    if (!resolve(context, side->ref, value, word, at_least, message))
        return false;
    *value *= side->factor;
    return true;
}

static bool compare(enum metric_op op, double left, double right)
{
    switch (op) {
    case METRIC_EQ:
        return left == right;
    case METRIC_NE:
        return left != right;
    case METRIC_LT:
        return left < right;
    case METRIC_LE:
        return left <= right;
    case METRIC_GT:
        return left > right;
    case METRIC_GE:
        return left >= right;
    case METRIC_MATCH:
        break;
    }
    return false;
}

bool metric_judge(const struct metric_expr *e, metric_resolver *resolve, void *context, struct metric_judgement *out,
                  char message[256])
{
    struct metric_judgement j = {0};
    bool left_at_least, right_at_least = false;

    if (!side_value(&e->left, resolve, context, &j.left, &j.left_word, &left_at_least, message))
        return false;
    if (e->op_given && !side_value(&e->right, resolve, context, &j.right, &j.right_word, &right_at_least, message))
        return false;
    j.at_least = left_at_least || right_at_least;
    if (!e->op_given)
        j.holds = true;
    else if (e->left.unit == METRIC_WORD)
        j.holds = (strcmp(j.left_word, j.right_word) == 0) == (e->op == METRIC_EQ);
    else
        j.holds = compare(e->op, j.left, j.right);
    *out = j;
    return true;
}
