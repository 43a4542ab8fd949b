/* result - what a run left behind, judged
 *
 * A Result message is filled by the run (sim/run), then judged here against its fault-free twin: verdicts, SLA, expectations.
 * Everything that is shown later (terminal, JSON, CSV, pictures) reads the message alone.
 */
#ifndef STORMCELL_RESULT_H
#define STORMCELL_RESULT_H

#include <stdbool.h>
#include <stddef.h>

#include "result.pb-c.h"
#include "scenario.pb-c.h"
#include "stormcell/metric.h"

/* Fills r->verdicts from the cohorts of r and of its twin (a run of the same seed without faults; r itself when there are none).
 * The twin must have the same partitions and intervals. */
void result_judge_health(Stormcell__Result *r, const Stormcell__Result *twin, const Stormcell__Scenario *sc);

/* Fills r->sla from the cohorts, if the scenario promises anything. */
void result_judge_sla(Stormcell__Result *r, const Stormcell__Scenario *sc);

/* Fills r->measured: each series of `measured:` that belongs to the strategy of r, beside what r predicts. */
void result_measure(Stormcell__Result *r, const Stormcell__Scenario *sc);

/* The value of a metric in one result; a metric_resolver, context is `const Stormcell__Result *`. */
metric_resolver result_metric;

/* Judges the lines of `expect:` for the strategy of r, and of `reproduces:` when it is baseline; fills r->judgements. Returns false
 * and leaves a message when a line cannot be judged (empty selection). */
bool result_judge_lines(Stormcell__Result *r, const Stormcell__Scenario *sc, char message[512]);

/* The same in a comparison: lines with a label strategy= are judged among all its runs. Alone, such a line is listed with kind
 * `skipped`. */
bool result_judge_lines_among(Stormcell__Result *r, const Stormcell__Result *const *all, size_t count,
                              const Stormcell__Scenario *sc, char message[512]);

/* Did every `expect:` line hold? */
bool result_passes(const Stormcell__Result *r);

/* Windows that metrics of the scenario (and of `extra` texts, --print) need: the moments at which epochs begin, ascending and
 * distinct, in *edges_ns (free it). Phases need none: the run opens an epoch at every beginning and end of a fault and at every
 * step. */
size_t result_window_edges(const Stormcell__Scenario *sc, const char *const *extra, size_t extra_count, int64_t **edges_ns);

/* Stored and loaded (result.pb), written to a temporary file and renamed. false with errno. Load refuses other schema versions and
 * files over 1 GiB, with a message. */
bool result_store(const Stormcell__Result *r, const char *path);
Stormcell__Result *result_load(const char *path, char message[256]);
void result_free(Stormcell__Result *r);

#endif
