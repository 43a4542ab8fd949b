/* number - one metric of one result, as reports show it */
#ifndef STORMCELL_NUMBER_H
#define STORMCELL_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "result.pb-c.h"
#include "stormcell/metric.h"

struct number {
    bool known;       /* it could be measured */
    bool at_least;    /* the true value may be greater */
    double value;     /* base units */
    const char *word; /* of verdicts; borrowed from the result */
    enum metric_unit unit;
};

/* Reads a metric of the language, written as a format. What cannot be read or measured is not known. */
struct number number_of(const Stormcell__Result *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* As people read it, with >= where it is a lower bound; "-" when it is not known. Returns out. */
char *number_text(struct number n, char out[64]);

/* Nanoseconds as a duration. Returns out. */
char *number_duration(int64_t ns, char out[64]);

/* A plain count. Returns out. */
char *number_count(uint64_t count, char out[64]);

/* A moment of the run as clock time and offset ("12:00Z +1:30"), as fine as the length of the run asks for; the clock time only
 * where the scenario has one. Returns out. */
char *number_moment(const Stormcell__Result *r, int64_t at_ns, char out[64]);

/* The name of a strategy, `baseline` when none was applied. */
const char *number_strategy(const Stormcell__Result *r);

/* Is there an entity of this kind? */
bool number_has(const Stormcell__Result *r, Stormcell__EntityKind kind);

/* Partitions of a group; and their users in *users (may be NULL). */
unsigned number_partitions(const Stormcell__Result *r, bool struck, uint64_t *users);

/* Are there struck and spared partitions? */
bool number_grouped(const Stormcell__Result *r);

/* The verdict on a scope, or NULL. */
const Stormcell__Verdict *number_verdict(const Stormcell__Result *r, const char *scope);

/* The text, or an empty one. */
const char *number_or_empty(const char *text);

#endif
