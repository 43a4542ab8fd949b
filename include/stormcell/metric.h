/* metric - the language of numbers: what runbooks wait for and expectations judge
 *
 *     name{label op "value", ...}@[from,to]
 *
 * after PromQL. Operators of labels: = != =~ (POSIX extended, whole value). Values may stand without quotes. The window selects by
 * birth: moments as in scenarios (12:30Z, +90m, 2h), or a phase: @before(fault), @during(fault), @after(fault), where `fault` is a
 * fault or a runbook step by name. An expectation compares two sides with < <= > >= = !=; a side is a metric, a number with a unit
 * (1m, 95%, 300/s, 7), a verdict word, or a metric times or over a plain number. A label strategy= on a metric refers to another
 * run of the same comparison.
 *
 * Parsing needs no run. Everything here knows names, not values: a caller resolves metrics through a callback.
 */
#ifndef STORMCELL_METRIC_H
#define STORMCELL_METRIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stormcell/arena.h"

enum metric_unit { METRIC_COUNT, METRIC_SECONDS, METRIC_RATIO, METRIC_PER_SECOND, METRIC_MINUTES, METRIC_WORD };

/* What the language knows of a metric: one row of the table in sim/measure/metric_names.c. */
struct metric_name {
    const char *name; /* mail.delay.p99 */
    enum metric_unit unit;
    const char *labels; /* labels that it takes, separated by spaces: "transport partition group" */
    bool windowed;      /* takes @[...] */
    bool live;          /* runbook steps can wait for it */
    const char *doc;    /* one sentence */
};

extern const struct metric_name metric_names[];
extern const size_t metric_names_count;

enum metric_op { METRIC_EQ, METRIC_NE, METRIC_MATCH, METRIC_LT, METRIC_LE, METRIC_GT, METRIC_GE };

struct metric_label {
    const char *name, *value;
    enum metric_op op; /* EQ, NE, MATCH */
};

enum metric_window_kind { METRIC_WINDOW_NONE, METRIC_WINDOW_SPAN, METRIC_WINDOW_PHASE };

struct metric_window {
    enum metric_window_kind kind;
    int64_t from_ns, to_ns; /* SPAN: from <= birth < to */
    const char *phase;      /* PHASE: "during(stops)" */
};

/* One metric with labels and window; parts live in the arena given to the parser. */
struct metric_ref {
    const struct metric_name *name;
    const struct metric_label *labels;
    size_t label_count;
    struct metric_window window;
    const char *text; /* as written */
};

/* One side: ref (or NULL) x factor; without ref, a value or a word. */
struct metric_side {
    const struct metric_ref *ref;
    double factor; /* of ref; 1 when not written */
    double value;  /* base units: seconds, ratio, per second, count */
    enum metric_unit unit;
    const char *word; /* verdict word, or NULL */
    const char *text; /* as written */
};

/* left op right; a lone metric (--print) has op_given false and no right side. */
struct metric_expr {
    struct metric_side left, right;
    enum metric_op op;
    bool op_given;
    const char *text;
};

/* The clock that moments are read against. */
struct metric_clock {
    int64_t start_utc_s, run_ns;
};

/* Where and why a text cannot be read: offset in bytes, and what was expected, in one line. */
struct metric_error {
    size_t offset;
    char message[256];
};

/* Reads an expression (comparison) or, with `lone` true, a metric alone. Unknown names and labels, wrong units, empty windows, and
 * metrics that take no window are errors, with a suggestion. */
bool metric_parse(const char *text, bool lone, const struct metric_clock *clock, struct arena *arena, struct metric_expr *out,
                  struct metric_error *error);

/* Gives the value of a metric in base units, or a word in *word; false with a message when it cannot (an empty selection).
 * *at_least is set when the true value may be greater. */
typedef bool metric_resolver(void *context, const struct metric_ref *ref, double *value, const char **word, bool *at_least,
                             char message[256]);

/* Judges a comparison. false when a side cannot be resolved (message says why); else *holds, and the two values. */
struct metric_judgement {
    bool holds, at_least;
    double left, right;
    const char *left_word, *right_word;
};
bool metric_judge(const struct metric_expr *e, metric_resolver *resolve, void *context, struct metric_judgement *out,
                  char message[256]);

/* Does a label set admit this value of this label? A label that is not written admits all. */
bool metric_admits(const struct metric_ref *ref, const char *label, const char *value);

/* The value with its unit, as people read it: 1 h 12 min, 99.03 %, 300/s. Returns out. */
char *metric_format(enum metric_unit unit, double value, char out[64]);

#endif
