/* gen_reference - writes reference.md, the manual page of the language (scenarios/REFERENCE.md)
 *
 * First what holds everywhere (values, lists by name, paths, selectors), written here by hand; then every message with a table of
 * its keys, from the comments in proto/; last, the metrics, from the table of the metric language. Anchors are those that Markdown
 * viewers derive from headings.
 */
#include "gen.h"
#include "stormcell/metric.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char introduction[] =
    "# The language of scenarios\n"
    "\n"
    "<!-- Made from proto/scenario.proto and proto/control.proto by `make reference`; edit the comments there. -->\n"
    "\n"
    "A scenario is a YAML file. It says what there is, what breaks, what operators do about it, and what must hold. This page "
    "lists every key.\n"
    "`stormcell check FILE` tells what is wrong with a file and where; `stormcell explain FILE` says in plain words what it "
    "means;\n"
    "`stormcell init` writes one to begin with.\n"
    "\n"
    "```yaml\n"
    "name: shop\n"
    "question: Does the shop survive ten minutes without its database?\n"
    "clock: {start: 2024-03-01T12:00Z, run: 1h}\n"
    "services:\n"
    "  db:   {workers: 20, queue: {limit: 200}, operations: {query: {work: {exponential: {mean: 4ms}}}}}\n"
    "  shop:\n"
    "    workers: 64\n"
    "    operations:\n"
    "      buy:\n"
    "        work: 2ms\n"
    "        calls:\n"
    "          stock: {to: db.query, timeout: 1s, backoff: {attempts: 3, jitter: full}}\n"
    "populations:\n"
    "  customers: {does: shop.buy, rate: 400/s, timeout: 5s}\n"
    "faults:\n"
    "  stops: {at: +20m, for: 10m, target: db, hang: {}}\n"
    "strategies:\n"
    "  breaker: {shop.operations.buy.calls.stock.breaker: {failures: 50%, open: 10s}}\n"
    "expect:\n"
    "  breaker: [\"verdict = recovered\"]\n"
    "```\n"
    "\n"
    "Editors complete and check these keys while you type, if they are given the schema: `stormcell schema > "
    "scenario.schema.json`, then, as the\n"
    "first line of a scenario, `# yaml-language-server: $schema=scenario.schema.json`.\n"
    "\n"
    "## How values are written\n"
    "\n"
    "Every number with a unit is written with its unit; a bare number where a unit is due is an error.\n"
    "\n"
    "| type | is written | units |\n"
    "|---|---|---|\n"
    "| duration | `30s`, `5m`, `400us`, `1h30m`, `1.5h` | `w` `d` `h` `m` (or `min`) `s` `ms` `us` `ns`, in this order |\n"
    "| moment | `12:00Z`, `2014-06-24T12:00Z`, `+90m` | the clock (UTC), or a duration from the start of the run |\n"
    "| date and time | `2014-06-24T10:30Z` | UTC |\n"
    "| rate | `1200/s`, `90/min`, `5/h`, `12k/s` | `/s` `/min` `/h` `/d` |\n"
    "| share | `2%`, `0.02` | from 0 to 1, or from 0 % to 100 % |\n"
    "| number | `60`, `0.5`, `12k`, `1.2M`, `3G`, `1e6` | `k` `M` `G`: thousand, million, thousand million |\n"
    "| word | `round_robin` | one of the words listed below the table |\n"
    "| yes or no | `true`, `false` | |\n"
    "| text | `db.query` | quotes are needed where YAML needs them: `\"directory[17]\"` |\n"
    "\n"
    "### Spans of time that vary\n"
    "\n"
    "Where the type is [Dist](#dist), a plain duration is constant, and a mapping with one key draws a new value each time:\n"
    "\n"
    "```yaml\n"
    "work: 4ms\n"
    "work: {exponential: {mean: 4ms}}\n"
    "work: {lognormal: {median: 4ms, p99: 30ms}}\n"
    "work: {gamma: {mean: 4ms, cv2: 0.5}}\n"
    "work: {empirical: {file: latencies.csv, column: ms, unit: ms}}\n"
    "```\n"
    "\n"
    "### Lists by name\n"
    "\n"
    "Services, calls, faults and most other lists are mappings: the key is the name. Names are unique over all kinds and hold no "
    "dots. Order matters\n"
    "where the text says so, and is the order of the file. Controls name themselves: `breaker: {...}` is a control of kind "
    "`breaker` with the name\n"
    "`breaker`. A second one of the same kind goes into `controls` under a name of its own: `controls: {slow_path: {breaker: "
    "{...}}}`.\n"
    "\n"
    "### Short forms\n"
    "\n"
    "Some parts take a plain value in place of a mapping (`profile: office_day` for `profile: {preset: office_day}`), and some "
    "keys of a part may stand\n"
    "directly in its parent (`rate: 400/s` for `arrivals: {rate: 400/s}`). The text of each part says so.\n"
    "\n"
    "### Paths and strategies\n"
    "\n"
    "A path names one value: the names of parts, then keys, with dots between them. `hub.delivery.calls.resolve.timeout` is the "
    "time-out of the call\n"
    "`resolve` of the delivery of the transport `hub`. Strategies, `--set path=value`, `--with FILE`, `assumed:` and messages all "
    "use\n"
    "it. The list in which a named part stands may be left out: `shop.buy.work` is `shop.operations.buy.work`.\n"
    "A strategy is a mapping of paths to values, or a list of strategies to combine. The value `null` deletes what stands "
    "there.\n"
    "\n"
    "```yaml\n"
    "strategies:\n"
    "  bulkhead: {hub.delivery.bulkhead: {by: partition, limit: 12, when_full: defer}}\n"
    "  patient:  {hub.delivery.calls.resolve.timeout: 60s}\n"
    "  both:     [bulkhead, patient]\n"
    "```\n"
    "\n"
    "### Where a fault strikes\n"
    "\n"
    "A selector counts from 0: `directory` is the whole service, `directory[17]` the replicas of partition 17, "
    "`directory[17].replica[0]` one of\n"
    "them, `shop.replica[3]` one replica of a service that is not divided. In metrics, `group` is `struck` for partitions that a "
    "fault hits, and\n"
    "`spared` for the others.\n"
    "\n"
    "### Expectations\n"
    "\n"
    "`expect:` and `reproduces:` hold comparisons, such as `mail.delay.p99{group=spared} < 1m`, `verdict{group=struck} != "
    "stable`,\n"
    "`availability@during(stops) >= 95%`. A window, `@[12:30Z,16:30Z]` or `@before(fault)`, `@during(fault)`, `@after(fault)`, "
    "selects by the time of birth.\n"
    "[Metrics](#metrics) lists what can be asked; `stormcell run FILE --print METRIC` prints the value alone.\n"
    "\n"
    "### Parts from other files\n"
    "\n"
    "`include: parts.yaml`, or a list of files, at the top of a scenario takes parts from files beside it.\n";

/* ---------------------------------------------------------------- titles and anchors */

/* StaticLimit -> Static limit. */
static const char *title(const char *name)
{
    char *out = gen_take(2 * strlen(name) + 1, 1);
    size_t n = 0;

    for (size_t i = 0; name[i]; i++) {
        bool capital = isupper((unsigned char)name[i]);

        if (i > 0 && capital)
            out[n++] = ' ';
        out[n++] = (char)(i > 0 && capital ? tolower((unsigned char)name[i]) : name[i]);
    }
    return out;
}

/* As Markdown viewers make it of a heading: small letters, bars for blanks, no other marks. */
static const char *anchor(const char *heading)
{
    char *out = gen_take(strlen(heading) + 1, 1);
    size_t n = 0;

    for (; *heading; heading++) {
        if (*heading == ' ' || *heading == '-')
            out[n++] = '-';
        else if (isalnum((unsigned char)*heading) || *heading == '_')
            out[n++] = (char)tolower((unsigned char)*heading);
    }
    return out;
}

static const char *link_to(const struct gen_message *m)
{
    return gen_format("[%s](#%s)", title(m->name), anchor(title(m->name)));
}

static const char *section_title(const struct gen_message *m)
{
    char *text = gen_format("%s", m->section);

    text[0] = (char)toupper((unsigned char)text[0]);
    return text;
}

/* A cell of a table: bars would end it. */
static void print_cell(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|')
            fputc('\\', out);
        fputc(*text, out);
    }
}

/* ---------------------------------------------------------------- one row */

static const char *scalar_name(const struct gen_field *f)
{
    static const char *const units[] = {
        [PARAM_DURATION] = "duration", [PARAM_MOMENT] = "moment", [PARAM_DATETIME] = "date and time",
        [PARAM_RATE] = "rate",         [PARAM_SHARE] = "share",
    };

    if (f->unit != PARAM_PLAIN)
        return units[f->unit];
    switch (f->type) {
    case GEN_ENUM:
        return "word";
    case GEN_BOOL:
        return "yes or no";
    case GEN_DOUBLE:
        return "number";
    case GEN_INTEGER:
    case GEN_UNSIGNED:
        return "whole number";
    default:
        return f->embeds ? "file" : "text";
    }
}

/* What a text must name. */
static const char *refers_to(const struct gen_field *f)
{
    return f->refers ? gen_format(": %s", f->refers) : "";
}

static const char *type_name(const struct gen_field *f)
{
    if (gen_is_mapping(f))
        return gen_format("%s, by name", link_to(f->message));
    if (f->message)
        return gen_format("%s%s", f->repeated ? "list of " : "", link_to(f->message));
    return gen_format(f->repeated ? "list of %ss%s" : "%s%s", scalar_name(f), refers_to(f));
}

static const char *default_cell(const struct gen_field *f)
{
    const char *text = gen_spell_default(f);

    if (f->required)
        return "**required**";
    return text ? gen_format("`%s`", text) : "";
}

static void print_row(FILE *out, const struct gen_field *f)
{
    char range[160];

    fprintf(out, "| `%s` | ", f->key);
    print_cell(out, f->doc);
    fprintf(out, " | %s | %s | %s |\n", type_name(f), default_cell(f), gen_spell_range(f, range) ? range : "");
}

/* ---------------------------------------------------------------- one message */

/* Names that refer to something are told what: {SCHEDULE: ...}. */
static const char *name_placeholder(const struct gen_message *m)
{
    char *text = gen_format("%s", m->fields[0].refers ? m->fields[0].refers : "name");

    for (char *c = text; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return text;
}

static bool is_shown(const struct gen_message *m, size_t i)
{
    return !m->fields[i].internal && !(m->keyed && i == 0);
}

/* Where it may stand: the keys of other messages that hold it. */
static void print_uses(FILE *out, const struct gen_model *model, const struct gen_message *m)
{
    const char *before = "Stands in ";

    for (size_t i = 0; i < model->message_count; i++)
        for (size_t k = 0; k < model->messages[i].count; k++) {
            const struct gen_field *f = &model->messages[i].fields[k];

            if (f->message != m)
                continue;
            fprintf(out, "%s%s as `%s%s`", before, link_to(&model->messages[i]), f->key,
                    gen_is_mapping(f) ? gen_format(": {%s: ...}", name_placeholder(m)) : "");
            before = ", ";
        }
    if (before[0] == ',')
        fputs(".\n", out);
}

/* `a`, `b`, `c`: all its keys, or those of its oneof, which lead to their messages. */
static void print_keys(FILE *out, const struct gen_message *m, bool oneof_only)
{
    const char *before = "";

    for (size_t i = 0; i < m->count; i++) {
        if (!is_shown(m, i) || (oneof_only && !m->fields[i].oneof))
            continue;
        if (oneof_only && m->fields[i].message)
            fprintf(out, "%s[`%s`](#%s)", before, m->fields[i].key, anchor(title(m->fields[i].message->name)));
        else
            fprintf(out, "%s`%s`", before, m->fields[i].key);
        before = ", ";
    }
}

static void print_short_forms(FILE *out, const struct gen_message *m)
{
    const struct gen_field *shorthand = gen_shorthand(m);

    if (shorthand)
        fprintf(out, "Short form: a plain %s stands for `{%s: ...}`.\n\n", shorthand->repeated ? "list" : "value", shorthand->key);
    for (size_t i = 0; i < m->count; i++) {
        const struct gen_field *f = &m->fields[i];

        if (!f->inlined)
            continue;
        if (f->repeated)
            fprintf(out, "Controls may stand here directly, in the order in which they act, without `%s:`: ", f->key);
        else
            fprintf(out, "The keys of %s may stand here directly, without `%s:`: ", link_to(f->message), f->key);
        print_keys(out, f->message, f->repeated);
        fputs(".\n\n", out);
    }
}

static void print_oneof(FILE *out, const struct gen_message *m)
{
    size_t in = 0, all = 0;

    for (size_t i = 0; i < m->count; i++) {
        all += is_shown(m, i);
        in += is_shown(m, i) && m->fields[i].oneof;
    }
    if (in == 0)
        return;
    fputs(in == all ? "Exactly one of " : "At most one of ", out);
    print_keys(out, m, true);
    fputs(".\n\n", out);
}

static void print_words(FILE *out, const struct gen_field *f)
{
    fprintf(out, "\nWords of `%s`:\n\n", f->key);
    for (size_t i = 0; i < f->enumeration->count; i++)
        fprintf(out, "- `%s`: %s\n", f->enumeration->values[i].word, f->enumeration->values[i].doc);
}

/* A message of which only the name is the user's to write, as a key, has no table: what stands under it is free. */
static void print_message(FILE *out, const struct gen_model *model, const struct gen_message *m)
{
    fprintf(out, "\n### %s\n\n%s\n\n", title(m->name), m->doc);
    print_uses(out, model, m);
    if (m->free_form)
        return;
    if (m != &model->messages[0])
        fputc('\n', out);
    print_short_forms(out, m);
    print_oneof(out, m);
    fputs("| key | what | type | default | range |\n|---|---|---|---|---|\n", out);
    if (m->keyed && m->fields[0].refers)
        fprintf(out, "| *%s* | %s | the name: %s | | |\n", name_placeholder(m), m->fields[0].doc, m->fields[0].refers);
    for (size_t i = 0; i < m->count; i++)
        if (is_shown(m, i))
            print_row(out, &m->fields[i]);
    for (size_t i = 0; i < m->count; i++)
        if (is_shown(m, i) && m->fields[i].enumeration)
            print_words(out, &m->fields[i]);
}

static void print_contents(FILE *out, const struct gen_model *model)
{
    const char *before = "";

    fputs("\n## Contents\n\n", out);
    for (size_t i = 0; i < model->message_count; i++) {
        const struct gen_message *m = &model->messages[i];

        if (m->section) {
            fprintf(out, "%s- **[%s](#%s)**: ", i ? "\n" : "", section_title(m), anchor(m->section));
            before = "";
        }
        fprintf(out, "%s%s", before, link_to(m));
        before = ", ";
    }
    fputs("\n- **[Metrics](#metrics)**\n", out);
}

static const char *unit_word(enum metric_unit unit)
{
    switch (unit) {
    case METRIC_COUNT:
        return "count";
    case METRIC_SECONDS:
        return "seconds";
    case METRIC_RATIO:
        return "ratio";
    case METRIC_PER_SECOND:
        return "per second";
    case METRIC_MINUTES:
        return "minutes";
    case METRIC_WORD:
        return "word";
    }
    return "";
}

static void print_metrics(FILE *out)
{
    fputs("\n## Metrics\n\n"
          "What `expect:`, `reproduces:` and `--print` may ask for, and, where the last column says so, the `when:` of a runbook. "
          "The "
          "unit is that of `--print`.\n"
          "Labels choose: `{group=spared}`, `{service=db, partition=3}`; their operators are `=`, `!=` and `=~` (a regular "
          "expression). A metric without\n"
          "a mark under *window* is of the whole run. A selection in which nothing lies is an error, not 0.\n\n"
          "| metric | what | unit | labels | window | in `when:` |\n|---|---|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < metric_names_count; i++) {
        const struct metric_name *m = &metric_names[i];

        fprintf(out, "| `%s` | %s | %s | %s | %s | %s |\n", m->name, m->doc, unit_word(m->unit), m->labels,
                m->windowed ? "yes" : "", m->live ? "yes" : "");
    }
}

void gen_write_reference(const struct gen_model *model, FILE *out)
{
    fputs(introduction, out);
    print_contents(out, model);
    for (size_t i = 0; i < model->message_count; i++) {
        const struct gen_message *m = &model->messages[i];

        if (m->section)
            fprintf(out, "\n## %s\n", section_title(m));
        print_message(out, model, m);
    }
    print_metrics(out);
}
