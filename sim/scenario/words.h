/* words - a scenario in words: paragraphs, quantities, moments
 *
 * Texts that the makers below return live as long as the arena of the words.
 */
#ifndef SCENARIO_WORDS_H
#define SCENARIO_WORDS_H

#include <stdint.h>
#include <stdio.h>

#include "scenario.pb-c.h"
#include "stormcell/arena.h"

struct words {
    struct arena *arena;
    FILE *out;
    const Stormcell__Clock *clock;
};

/* An empty line and a heading. */
void words_heading(const struct words *w, const char *text);

/* A paragraph, broken at 100 columns; all lines but the first are indented two columns deeper. */
void words_line(const struct words *w, unsigned indent, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* 1 h 30 min; 400/s; 95 %; 20000, 1.2 M. */
const char *words_span(const struct words *w, int64_t ns);
const char *words_seconds(const struct words *w, double seconds);
const char *words_rate(const struct words *w, double per_s);
const char *words_share(const struct words *w, double ratio);
const char *words_count(const struct words *w, double count);

/* "1 worker", "20 workers": `noun` takes an s. */
const char *words_many(const struct words *w, double count, const char *noun);

/* 12:00Z where the clock of the scenario has a start (with the day, when the run leaves the first one), else +1 h 30 min. */
const char *words_moment(const struct words *w, int64_t t_ns);

/* The same with the day in any case: 24 June 2014, 12:00Z. */
const char *words_date(const struct words *w, int64_t t_ns);

/* A distribution: "exponential, 4 ms on average". NULL: "nothing". */
const char *words_dist(const struct words *w, const Stormcell__Dist *d);

/* Its mean in seconds, the one that a run works with; infinite where it does not exist. */
double words_mean_s(const Stormcell__Dist *d);

/* What the language says of a word of an enum: "mail is tried ..."; and the word itself. */
const char *words_enum_word(const ProtobufCEnumDescriptor *e, int value);
const char *words_enum_doc(const ProtobufCEnumDescriptor *e, int value);

/* The message that is there of a oneof (the kind of a control or fault), and the name of its field; NULL when there is none. */
const ProtobufCMessage *words_kind(const ProtobufCMessage *m, const char **name);

/* The settings of any message, as its keys and their values: "limit 12, by partition". */
const char *words_settings(const struct words *w, const ProtobufCMessage *m);

/* The first sentence of what the language says of a message. */
const char *words_doc(const struct words *w, const ProtobufCMessageDescriptor *m);

/* "a", "a and b", "a, b and c": adds `item` as number `index` of `count`. `so_far` may be "". */
const char *words_join(const struct words *w, const char *so_far, const char *item, size_t index, size_t count);

#endif
