/* mail_world - small worlds with one transport, for the tests of mail
 *
 * A world is `hub`, a transport whose deliveries call `box.put`, a service with replicas of its own for each partition and work of 0.2 s unless set
 * otherwise. Tests change the messages before world_run(). Everything lives in the world's own memory, given back by world_end().
 */
#ifndef TESTS_MAIL_WORLD_H
#define TESTS_MAIL_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stormcell/arena.h"
#include "stormcell/histogram.h"
#include "stormcell/result.h"
#include "stormcell/run.h"
#include "stormcell/tally.h"

#define SECONDS(x) ((int64_t)((x)*1e9))
#define MINUTES(x) SECONDS((x)*60.0)
#define HOURS(x) SECONDS((x)*3600.0)

struct world {
    struct arena *arena;
    Stormcell__Scenario *scenario;
    Stormcell__Transport *hub;
    Stormcell__Delivery *delivery;
    Stormcell__DeliveryRetry *retry;
    Stormcell__Call *put;
    Stormcell__Service *box;
    Stormcell__Operation *box_put;
    uint64_t seed;
    Stormcell__Result *result;
};

/* A zero-initialised message of the language, in the world's memory. */
#define WORLD_MESSAGE(world, type, init) \
    ({ \
        type *made_ = arena_take((world)->arena, sizeof *made_); \
        init(made_); \
        made_; \
    })

/* Appends to a repeated field. */
#define WORLD_APPEND(world, count, array, entry) \
    do { \
        void *grown_ = arena_take((world)->arena, ((count) + 1) * sizeof *(array)); \
        if (count) \
            memcpy(grown_, (array), (count) * sizeof *(array)); \
        (array) = grown_; \
        (array)[(count)++] = (entry); \
    } while (0)

static inline char *world_text(struct world *w, const char *text)
{
    return arena_text(w->arena, text);
}

static inline Stormcell__Dist *world_constant(struct world *w, int64_t value_ns)
{
    Stormcell__Dist *dist = WORLD_MESSAGE(w, Stormcell__Dist, stormcell__dist__init);

    dist->shape_case = STORMCELL__DIST__SHAPE_CONSTANT_NS;
    dist->constant_ns = value_ns;
    return dist;
}

static inline void world_box(struct world *w)
{
    w->box = WORLD_MESSAGE(w, Stormcell__Service, stormcell__service__init);
    w->box->name = world_text(w, "box");
    w->box->per = STORMCELL__SERVICE__PER__PER_PARTITION;
    w->box->workers = 1000;
    w->box_put = WORLD_MESSAGE(w, Stormcell__Operation, stormcell__operation__init);
    w->box_put->name = world_text(w, "put");
    w->box_put->work = world_constant(w, SECONDS(0.2));
    WORLD_APPEND(w, w->box->n_operations, w->box->operations, w->box_put);
    WORLD_APPEND(w, w->scenario->n_services, w->scenario->services, w->box);
}

static inline void world_hub(struct world *w)
{
    w->hub = WORLD_MESSAGE(w, Stormcell__Transport, stormcell__transport__init);
    w->hub->name = world_text(w, "hub");
    w->delivery = WORLD_MESSAGE(w, Stormcell__Delivery, stormcell__delivery__init);
    w->hub->delivery = w->delivery;
    w->retry = WORLD_MESSAGE(w, Stormcell__DeliveryRetry, stormcell__delivery_retry__init);
    w->delivery->retry = w->retry;
    w->put = WORLD_MESSAGE(w, Stormcell__Call, stormcell__call__init);
    w->put->name = world_text(w, "put");
    w->put->to = world_text(w, "box.put");
    w->put->has_timeout_ns = 1;
    w->put->timeout_ns = SECONDS(30);
    WORLD_APPEND(w, w->delivery->n_calls, w->delivery->calls, w->put);
    WORLD_APPEND(w, w->scenario->n_transports, w->scenario->transports, w->hub);
}

static inline struct world *world_start(uint32_t partitions, int64_t run_ns)
{
    struct arena *arena = arena_create();
    struct world *w = arena_take(arena, sizeof *w);

    w->arena = arena;
    w->seed = 1;
    w->scenario = WORLD_MESSAGE(w, Stormcell__Scenario, stormcell__scenario__init);
    w->scenario->name = world_text(w, "world");
    w->scenario->clock = WORLD_MESSAGE(w, Stormcell__Clock, stormcell__clock__init);
    w->scenario->clock->run_ns = run_ns;
    w->scenario->partitions = WORLD_MESSAGE(w, Stormcell__Partitions, stormcell__partitions__init);
    w->scenario->partitions->count = partitions;
    w->scenario->partitions->users = 1000 * (uint64_t)partitions;
    w->scenario->partitions->tenants = partitions;
    world_box(w);
    world_hub(w);
    return w;
}

static inline Stormcell__Sender *world_sender(struct world *w, const char *name)
{
    Stormcell__Sender *sender = WORLD_MESSAGE(w, Stormcell__Sender, stormcell__sender__init);

    sender->name = world_text(w, name);
    sender->hosts = 10;
    sender->arrivals = WORLD_MESSAGE(w, Stormcell__Arrivals, stormcell__arrivals__init);
    WORLD_APPEND(w, w->hub->n_senders, w->hub->senders, sender);
    return sender;
}

/* A sender whose messages are born at a steady or a random rate. */
static inline Stormcell__Sender *world_rate(struct world *w, const char *name, double per_s)
{
    Stormcell__Sender *sender = world_sender(w, name);

    sender->arrivals->has_rate_per_s = 1;
    sender->arrivals->rate_per_s = per_s;
    return sender;
}

/* One more message of a sender, born at at_ns for that partition; in order of time. */
static inline void world_mail(struct world *w, Stormcell__Sender *sender, int64_t at_ns, uint32_t partition)
{
    Stormcell__Trace *trace = sender->arrivals->trace;

    if (!trace) {
        trace = WORLD_MESSAGE(w, Stormcell__Trace, stormcell__trace__init);
        sender->arrivals->trace = trace;
    }
    WORLD_APPEND(w, trace->n_at_ns, trace->at_ns, at_ns);
    WORLD_APPEND(w, trace->n_partitions, trace->partitions, partition);
}

static inline Stormcell__Fault *world_fault(struct world *w, const char *target, int64_t at_ns, int64_t for_ns)
{
    Stormcell__Fault *fault = WORLD_MESSAGE(w, Stormcell__Fault, stormcell__fault__init);

    fault->name = arena_format(w->arena, "fault%zu", w->scenario->n_faults);
    fault->target = world_text(w, target);
    fault->at_t_ns = at_ns;
    fault->has_for_ns = 1;
    fault->for_ns = for_ns;
    WORLD_APPEND(w, w->scenario->n_faults, w->scenario->faults, fault);
    return fault;
}

static inline void world_hang(struct world *w, const char *target, int64_t at_ns, int64_t for_ns)
{
    Stormcell__Fault *fault = world_fault(w, target, at_ns, for_ns);

    fault->kind_case = STORMCELL__FAULT__KIND_HANG;
    fault->hang = WORLD_MESSAGE(w, Stormcell__Hang, stormcell__hang__init);
    fault->hang->at_end = STORMCELL__HANG__AT_END__AT_END_DROP;
}

/* Refuses every connection at once. */
static inline void world_crash(struct world *w, const char *target, int64_t at_ns, int64_t for_ns)
{
    Stormcell__Fault *fault = world_fault(w, target, at_ns, for_ns);

    fault->kind_case = STORMCELL__FAULT__KIND_CRASH;
    fault->crash = WORLD_MESSAGE(w, Stormcell__Crash, stormcell__crash__init);
}

/* Answers every command with an error. */
static inline void world_error(struct world *w, const char *target, int64_t at_ns, int64_t for_ns, bool permanent)
{
    Stormcell__Fault *fault = world_fault(w, target, at_ns, for_ns);

    fault->kind_case = STORMCELL__FAULT__KIND_ERROR;
    fault->error = WORLD_MESSAGE(w, Stormcell__Error, stormcell__error__init);
    fault->error->permanent = permanent;
}

static inline void world_bulkhead(struct world *w, uint32_t limit, Stormcell__Bulkhead__WhenFull when_full)
{
    Stormcell__DeliveryControl *control = WORLD_MESSAGE(w, Stormcell__DeliveryControl, stormcell__delivery_control__init);

    control->name = world_text(w, "bulkhead");
    control->kind_case = STORMCELL__DELIVERY_CONTROL__KIND_BULKHEAD;
    control->bulkhead = WORLD_MESSAGE(w, Stormcell__Bulkhead, stormcell__bulkhead__init);
    control->bulkhead->limit = limit;
    control->bulkhead->when_full = when_full;
    WORLD_APPEND(w, w->delivery->n_controls, w->delivery->controls, control);
}

static inline Stormcell__Window *world_window(struct world *w, uint32_t initial, uint32_t limit)
{
    w->delivery->window = WORLD_MESSAGE(w, Stormcell__Window, stormcell__window__init);
    w->delivery->window->initial = initial;
    w->delivery->window->limit = limit;
    return w->delivery->window;
}

/* The runbook isolates one partition at a time. */
static inline void world_isolate(struct world *w, int64_t at_ns, uint32_t partition, uint32_t workers)
{
    Stormcell__Step *step = WORLD_MESSAGE(w, Stormcell__Step, stormcell__step__init);

    step->name = world_text(w, "cut");
    step->has_at_t_ns = 1;
    step->at_t_ns = at_ns;
    step->action_case = STORMCELL__STEP__ACTION_ISOLATE;
    step->isolate = WORLD_MESSAGE(w, Stormcell__Isolate, stormcell__isolate__init);
    step->isolate->transport = world_text(w, "hub");
    step->isolate->workers = workers;
    WORLD_APPEND(w, step->isolate->n_partitions, step->isolate->partitions, partition);
    WORLD_APPEND(w, w->scenario->n_runbook, w->scenario->runbook, step);
}

/* An epoch of births begins at each of the (ascending) edges. */
static inline void world_run_windows(struct world *w, const int64_t *edges_ns, size_t count)
{
    struct run_options options = {.seed = w->seed, .edges_ns = edges_ns, .edge_count = count, .repeat = "a test of mail"};
    struct run *run = run_create(w->scenario, &options);

    run_until(run, run_end(run));
    w->result = run_finish(run);
    run_free(run);
}

static inline void world_run(struct world *w)
{
    world_run_windows(w, NULL, 0);
}

static inline void world_end(struct world *w)
{
    if (w->result)
        stormcell__result__free_unpacked(w->result, NULL);
    arena_free(w->arena);
}

enum { ANY = -1 };

/* Is it a cell of mail, of that partition (or ANY) and of births at from_ns or later and before to_ns? */
static inline bool world_cell_fits(const struct world *w, const Stormcell__Cell *cell, int partition, int64_t from_ns, int64_t to_ns)
{
    const Stormcell__Epoch *epoch = w->result->epochs[cell->epoch];

    if (w->result->entities[cell->entity]->kind != STORMCELL__ENTITY_KIND__ENTITY_TRANSPORT)
        return false;
    if (partition != ANY && cell->partition != (uint32_t)partition)
        return false;
    return epoch->from_ns >= from_ns && epoch->to_ns <= to_ns;
}

static inline uint64_t world_count_in(const struct world *w, enum count count, int partition, int64_t from_ns, int64_t to_ns)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < w->result->n_cells; i++)
        if (world_cell_fits(w, w->result->cells[i], partition, from_ns, to_ns) && count < w->result->cells[i]->n_counts)
            sum += w->result->cells[i]->counts[count];
    return sum;
}

static inline uint64_t world_count(const struct world *w, enum count count, int partition)
{
    return world_count_in(w, count, partition, 0, INT64_MAX);
}

/* A quantile in seconds over several partitions (except one, or ANY) and a window of births. */
static inline double world_quantile(const struct world *w, enum sample sample, int except, int64_t from_ns, int64_t to_ns, double q)
{
    struct histogram all = {0};
    double value;

    for (size_t i = 0; i < w->result->n_cells; i++) {
        const Stormcell__Cell *cell = w->result->cells[i];

        if (!world_cell_fits(w, cell, ANY, from_ns, to_ns) || (int)cell->partition == except)
            continue;
        for (size_t h = 0; h < cell->n_histograms; h++) {
            const Stormcell__Histogram *from = cell->histograms[h];
            struct histogram part = {.buckets = from->counts, .first = from->first_bucket, .length = (uint32_t)from->n_counts,
                                     .min_ns = from->min_ns, .max_ns = from->max_ns};

            if (from->kind != (uint32_t)sample)
                continue;
            for (size_t b = 0; b < from->n_counts; b++)
                part.count += from->counts[b];
            part.sum_ns = ((unsigned __int128)from->sum_high << 64) | from->sum_low;
            histogram_merge(&all, &part);
        }
    }
    assert_true(all.count > 0);
    value = histogram_quantile_ns(&all, q) * 1e-9;
    histogram_free(&all);
    return value;
}

/* The greatest value of a level, over the whole run. */
static inline double world_level_max(const struct world *w, enum level level)
{
    double max = 0;

    for (size_t i = 0; i < w->result->n_levels; i++)
        if (w->result->levels[i]->kind == (uint32_t)level && w->result->levels[i]->max > max)
            max = w->result->levels[i]->max;
    return max;
}

/* When the time line first says so; -1: never. */
static inline double world_noted_s(const struct world *w, const char *text)
{
    for (size_t i = 0; i < w->result->n_timeline; i++)
        if (strstr(w->result->timeline[i]->text, text))
            return (double)w->result->timeline[i]->at_ns * 1e-9;
    return -1;
}

#endif
