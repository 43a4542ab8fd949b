/* epoch - windows of births and phases of the incident
 *
 * A window of the metric language selects by birth. Wherever one begins or ends, a new epoch does, and cells are kept by epoch; so
 * a window is a union of epochs, exact, however long its births take to end.
 */
#include <stdlib.h>
#include <string.h>

#include "run/inside.h"
#include "stormcell/must.h"

static void *append(void *list, size_t *count, void *item)
{
    void **items = list;

    if ((*count & (*count - 1)) == 0)
        items = xrealloc(items, *count ? *count * 2 : 1, sizeof *items);
    items[(*count)++] = item;
    return items;
}

/* Everything in a Result is of malloc(), so that protobuf-c can free it. */
static void level_row(struct run *run, const Stormcell__Level *row)
{
    Stormcell__Level *copy = xmalloc(sizeof *copy);

    *copy = *row;
    run->levels = append(run->levels, &run->level_count, copy);
}

/* Writes the level of this epoch down, and begins a new one at its value. */
static void turn_level(struct run *run, struct level_meter *m, const Stormcell__Level *about)
{
    Stormcell__Level row = *about;
    int64_t length_ns = run->core.now_ns - run->epoch_began_ns;

    level_set(m, run->core.now_ns, m->value);
    row.has_entity = row.has_epoch = row.has_kind = row.has_mean = row.has_max = true;
    row.epoch = run->core.tally.epoch;
    row.mean = length_ns > 0 ? m->integral / (double)length_ns : m->value;
    row.max = m->max;
    if (row.mean > 0 || row.max > 0)
        level_row(run, &row);
    m->integral = 0;
    m->max = m->value;
}

static void turn_services(struct run *run)
{
    static const enum level kinds[] = {LEVEL_QUEUE_LENGTH, LEVEL_BUSY, LEVEL_HELD, LEVEL_CONNECTIONS};

    for (uint32_t s = 0; s < flow_services(run->flow); s++)
        for (uint32_t set = 0; set < flow_service_sets(run->flow, s); set++)
            for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
                Stormcell__Level about = STORMCELL__LEVEL__INIT;

                about.entity = entity_of_service(run, s);
                about.has_partition = run->scenario->services[s]->per == STORMCELL__SERVICE__PER__PER_PARTITION;
                about.partition = about.has_partition ? set : 0;
                about.has_region = run->scenario->services[s]->per == STORMCELL__SERVICE__PER__PER_REGION;
                about.region = about.has_region ? set : 0;
                about.kind = kinds[k];
                turn_level(run, flow_level(run->flow, s, set, kinds[k]), &about);
            }
}

static void turn_dependents(struct run *run)
{
    for (uint32_t i = 0; i < run->scenario->n_populations; i++) {
        Stormcell__Level about = STORMCELL__LEVEL__INIT;

        if (!run->scenario->populations[i]->dependents)
            continue;
        about.entity = i;
        about.kind = LEVEL_CONNECTED;
        turn_level(run, dependents_level(run->dependents, i, LEVEL_CONNECTED), &about);
        about.kind = LEVEL_CONNECTED_LOW;
        turn_level(run, dependents_level(run->dependents, i, LEVEL_CONNECTED_LOW), &about);
        about.has_partition = true;
        for (about.partition = 0; about.partition < run->core.people.partitions; about.partition++)
            turn_level(run, dependents_down_level(run->dependents, i, about.partition), &about);
    }
}

static void turn_oldest(struct run *run, uint32_t transport)
{
    for (uint32_t p = 0; p < run->core.people.partitions; p++) {
        int64_t *max_ns = &run->oldest_max_ns[(size_t)transport * run->core.people.partitions + p];
        Stormcell__Level row = STORMCELL__LEVEL__INIT;

        row.has_entity = row.has_epoch = row.has_kind = row.has_max = row.has_partition = true;
        row.entity = entity_of_transport(run, transport);
        row.partition = p;
        row.epoch = run->core.tally.epoch;
        row.kind = LEVEL_MAIL_OLDEST;
        row.max = (double)*max_ns * 1e-9;
        if (*max_ns > 0)
            level_row(run, &row);
        *max_ns = mail_oldest_ns(run->mail, transport, p);
    }
}

static void turn_transports(struct run *run)
{
    static const enum level kinds[] = {LEVEL_BUSY, LEVEL_MAIL_WORKERS, LEVEL_MAIL_QUEUED, LEVEL_MAIL_ACTIVE,
                                       LEVEL_MAIL_HELD_BY_SENDER};

    for (uint32_t t = 0; t < run->scenario->n_transports; t++) {
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
            Stormcell__Level about = STORMCELL__LEVEL__INIT;

            about.entity = entity_of_transport(run, t);
            about.kind = kinds[k];
            turn_level(run, mail_level(run->mail, t, kinds[k]), &about);
        }
        turn_oldest(run, t);
    }
}

/* One level of a population of sessions, in a partition or, where `partition` is the number of those told apart, as a whole. */
static void turn_sessions_level(struct run *run, uint32_t population, uint32_t partition, enum level kind)
{
    Stormcell__Level about = STORMCELL__LEVEL__INIT;
    struct level_meter *m = sessions_level(run->sessions, population, partition, kind);
    size_t rows = run->level_count;

    if (!m)
        return;
    about.entity = population;
    about.has_partition = partition < sessions_partitions(run->sessions);
    about.partition = about.has_partition ? partition : 0;
    about.kind = kind;
    turn_level(run, m, &about);
    /* How many are wanted stands beside the greatest number that were missing, so that a reader knows how few were left. */
    if (kind == LEVEL_CONNECTED_LOW && run->level_count == rows) {
        about.has_entity = about.has_epoch = about.has_kind = about.has_mean = about.has_max = true;
        about.epoch = run->core.tally.epoch;
        level_row(run, &about);
    }
    /* A window that begins with this epoch knows nothing of what came before, in the same second or not. */
    if (kind == LEVEL_RECONNECT_RATE && run->level_count > rows)
        run->levels[run->level_count - 1]->mean = sessions_fresh_rate(run->sessions, population);
    if (kind == LEVEL_CONNECTED_LOW)
        run->levels[run->level_count - 1]->mean = sessions_wanted(run->sessions, population, partition);
}

static void turn_sessions(struct run *run)
{
    static const enum level kinds[] = {LEVEL_CONNECTED, LEVEL_CONNECTED_LOW, LEVEL_RECONNECT_RATE};

    for (uint32_t i = 0; i < run->scenario->n_populations; i++)
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds && sessions_of(run->sessions, i); k++)
            for (uint32_t p = 0; p <= sessions_partitions(run->sessions); p++)
                turn_sessions_level(run, i, p, kinds[k]);
}

static void close_epoch(struct run *run)
{
    Stormcell__Epoch *epoch = xmalloc(sizeof *epoch);

    stormcell__epoch__init(epoch);
    epoch->has_from_ns = epoch->has_to_ns = true;
    epoch->from_ns = run->epoch_began_ns;
    epoch->to_ns = run->core.now_ns;
    run->epochs = append(run->epochs, &run->epoch_count, epoch);
    turn_services(run);
    turn_transports(run);
    turn_sessions(run);
    turn_dependents(run);
    run->epoch_began_ns = run->core.now_ns;
}

void epoch_next(struct run *run)
{
    if (run->core.now_ns == run->epoch_began_ns)
        return;
    close_epoch(run);
    tally_next_epoch(&run->core.tally);
    must(run->core.tally.epoch < UINT16_MAX);
}

/* ---------------------------------------------------------------- phases */

static Stormcell__Phase *phase_find(struct run *run, const char *word, const char *name)
{
    char *text = xasprintf("%s(%s)", word, name);
    Stormcell__Phase *phase;

    for (size_t i = 0; i < run->phase_count; i++)
        if (strcmp(run->phases[i]->name, text) == 0) {
            free(text);
            return run->phases[i];
        }
    phase = xmalloc(sizeof *phase);
    stormcell__phase__init(phase);
    phase->name = text;
    run->phases = append(run->phases, &run->phase_count, phase);
    return phase;
}

static void phase_span(struct run *run, const char *word, const char *name, int64_t from_ns, int64_t to_ns)
{
    Stormcell__Phase *phase = phase_find(run, word, name);

    phase->has_from_ns = phase->has_to_ns = true;
    phase->from_ns = from_ns;
    phase->to_ns = to_ns;
}

/* The phases of what has a begin and an end. */
static void turn_phase(struct run *run, const char *name, bool begins)
{
    int64_t now_ns = run->core.now_ns, end_ns = run->core.end_ns;

    epoch_next(run);
    if (begins) {
        phase_span(run, "before", name, 0, now_ns);
        phase_span(run, "during", name, now_ns, end_ns);
    } else {
        phase_find(run, "during", name)->to_ns = now_ns;
        phase_span(run, "after", name, now_ns, end_ns);
    }
}

void epoch_fault(void *context, uint32_t fault, bool begins)
{
    struct run *run = context;

    turn_phase(run, run->scenario->faults[fault]->name, begins);
}

void epoch_rollout(void *context, const char *name, bool begins)
{
    turn_phase(context, name, begins);
}

void epoch_step(void *context, const char *name)
{
    struct run *run = context;

    epoch_next(run);
    phase_span(run, "before", name, 0, run->core.now_ns);
    phase_span(run, "after", name, run->core.now_ns, run->core.end_ns);
}

void epoch_finish(struct run *run)
{
    close_epoch(run);
}
