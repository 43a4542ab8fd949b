/* mail_world - small worlds with one transport, for the tests of mail
 *
 * The world is text of the language: ten partitions, a service `box` with replicas for each of them that takes 0.2 s to `put` a
 * message away, and a transport `hub` with 20 workers and a sender `internet`. A test lays its own `path=value` lines over it, runs
 * it, and reads what was counted.
 */
#ifndef TESTS_MAIL_WORLD_H
#define TESTS_MAIL_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stormcell/diag.h"
#include "stormcell/histogram.h"
#include "stormcell/result.h"
#include "stormcell/run.h"
#include "stormcell/scenario.h"
#include "stormcell/tally.h"

#define SECOND INT64_C(1000000000)

static const char world_text[] = "name: world\n"
                                 "clock: {run: 10m}\n"
                                 "partitions: {count: 10, users: 10k, tenants: 10}\n"
                                 "services:\n"
                                 "  box: {per: partition, workers: 1000, operations: {put: {work: 200ms}}}\n"
                                 "transports:\n"
                                 "  hub:\n"
                                 "    senders: {internet: {rate: 20/s}}\n"
                                 "    delivery: {workers: 20, calls: {put: {to: box.put, timeout: 15s}}}\n";

struct world {
    const char *set[16]; /* path=value, NULL at the end */
    uint64_t seed;       /* 0: 1 */
    int64_t edges_ns[6]; /* births are counted apart from these moments on; 0 at the end */
};

/* Runs it; the result is the caller's, for result_free(). */
static inline Stormcell__Result *world_run(const struct world *w)
{
    struct diag *d = diag_create();
    struct scenario_file *file = scenario_open_memory("world", world_text, strlen(world_text), d);
    struct scenario_overlay overlay = {.set = w->set};
    struct run_options options = {.seed = w->seed ? w->seed : 1, .edges_ns = w->edges_ns, .repeat = "a test of mail"};
    Stormcell__Scenario *sc;
    Stormcell__Result *result;
    struct run *run;

    while (w->set[overlay.set_count])
        overlay.set_count++;
    while (w->edges_ns[options.edge_count])
        options.edge_count++;
    sc = scenario_bind(file, &overlay, d);
    if (!sc)
        diag_print(d, stderr);
    assert_non_null(sc);
    run = run_create(sc, &options);
    run_until(run, run_end(run));
    result = run_finish(run);
    run_free(run);
    stormcell__scenario__free_unpacked(sc, NULL);
    scenario_file_free(file);
    diag_free(d);
    return result;
}

/* Births that are asked about: of one partition, or of all but one; from an edge (0: the start) to the next of interest (0: the
 * end). */
struct pick {
    int partition, but; /* partition + 1; 0: any */
    int64_t from_ns, to_ns;
};

#define PARTITION(p) ((p) + 1)

static inline bool picked(const Stormcell__Result *r, const Stormcell__Cell *cell, const struct pick *p)
{
    const Stormcell__Epoch *epoch = r->epochs[cell->epoch];

    if (r->entities[cell->entity]->kind != STORMCELL__ENTITY_KIND__ENTITY_TRANSPORT)
        return false;
    if ((p->partition && cell->partition + 1 != (uint32_t)p->partition) || (p->but && cell->partition + 1 == (uint32_t)p->but))
        return false;
    return epoch->from_ns >= p->from_ns && (!p->to_ns || epoch->to_ns <= p->to_ns);
}

static inline uint64_t counted_of(const Stormcell__Result *r, enum count count, struct pick p)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < r->n_cells; i++)
        if (picked(r, r->cells[i], &p) && (size_t)count < r->cells[i]->n_counts)
            sum += r->cells[i]->counts[count];
    return sum;
}

static inline uint64_t counted(const Stormcell__Result *r, enum count count)
{
    return counted_of(r, count, (struct pick){0});
}

static inline void merge_histogram(struct histogram *to, const Stormcell__Histogram *from)
{
    struct histogram part = {.buckets = from->counts,
                             .first = from->first_bucket,
                             .length = (uint32_t)from->n_counts,
                             .min_ns = from->min_ns,
                             .max_ns = from->max_ns};

    for (size_t b = 0; b < from->n_counts; b++)
        part.count += from->counts[b];
    part.sum_ns = ((unsigned __int128)from->sum_high << 64) | from->sum_low;
    histogram_merge(to, &part);
}

/* All values of a sample; free with histogram_free(). There must be some. */
static inline struct histogram sampled(const Stormcell__Result *r, enum sample sample, struct pick p)
{
    struct histogram all = {0};

    for (size_t i = 0; i < r->n_cells; i++)
        if (picked(r, r->cells[i], &p))
            for (size_t h = 0; h < r->cells[i]->n_histograms; h++)
                if (r->cells[i]->histograms[h]->kind == (uint32_t)sample)
                    merge_histogram(&all, r->cells[i]->histograms[h]);
    assert_true(all.count > 0);
    return all;
}

/* In seconds. */
static inline double quantile_of(const Stormcell__Result *r, enum sample sample, struct pick p, double q)
{
    struct histogram all = sampled(r, sample, p);
    double value = histogram_quantile_ns(&all, q) * 1e-9;

    histogram_free(&all);
    return value;
}

static inline double mean_of(const Stormcell__Result *r, enum sample sample)
{
    struct histogram all = sampled(r, sample, (struct pick){0});
    double value = histogram_mean_ns(&all) * 1e-9;

    histogram_free(&all);
    return value;
}

/* The greatest value of a level of the transport. */
static inline double level_max(const Stormcell__Result *r, enum level level)
{
    double max = 0;

    for (size_t i = 0; i < r->n_levels; i++)
        if (r->levels[i]->kind == (uint32_t)level &&
            r->entities[r->levels[i]->entity]->kind == STORMCELL__ENTITY_KIND__ENTITY_TRANSPORT)
            max = r->levels[i]->max > max ? r->levels[i]->max : max;
    return max;
}

/* When the time line says so for the n-th time (0, 1, ...), in seconds; -1: it does not. */
static inline double noted(const Stormcell__Result *r, const char *text, unsigned n)
{
    for (size_t i = 0; i < r->n_timeline; i++)
        if (strstr(r->timeline[i]->text, text) && n-- == 0)
            return (double)r->timeline[i]->at_ns * 1e-9;
    return -1;
}

static inline void assert_between(double value, double low, double high)
{
    if (!(value >= low && value <= high))
        fail_msg("%g is not between %g and %g", value, low, high);
}

#endif
