/* dependents - things that cannot do without a service: up, down, and on the way back in their own time */
#include "world/dependents.h"

#include <stdlib.h>

#include "flow/compile.h"
#include "stormcell/must.h"

enum state { STATE_UP, STATE_DOWN, STATE_RECOVERING };

/* No change is planned. */
enum { NO_CHANGE = -1 };

/* One of them. Its event finds out by the time what is due: events that are stale meet neither of its two times. */
struct dependent {
    int64_t ask_ns;            /* its next request */
    int64_t change_ns;         /* up: it goes down, unless a good answer has come; recovering: it is up again */
    int64_t since_ns;          /* up: its last good answer; else it went down */
    uint32_t asked;            /* requests so far */
    uint32_t from;             /* recovering: the number of requests when it began */
    uint16_t partition, epoch; /* epoch: in which it went down */
    uint8_t state;
};

_Static_assert(sizeof(struct dependent) <= 40, "there may be millions");

/* Those of one population: numbers first .. first + count - 1. */
struct band {
    uint32_t population, first, count, call_list;
    int64_t every_ns, fails_after_ns;
    struct dist recovery;
    uint64_t birth_key, recovery_key;
    struct level_meter connected, low;
    struct level_meter *low_by_partition;
    uint32_t *up; /* by partition */
};

struct dependents {
    struct core *core;
    struct flow *flow;
    struct dependent *all;
    struct band *bands;
    uint32_t band_count, count;
};

static struct band *band_of(const struct dependents *d, uint32_t index)
{
    struct band *b = d->bands;

    while (index >= b->first + b->count)
        b++;
    return b;
}

static struct band *find_band(const struct dependents *d, uint32_t population)
{
    for (uint32_t i = 0; i < d->band_count; i++)
        if (d->bands[i].population == population)
            return &d->bands[i];
    return NULL;
}

/* ---------------------------------------------------------------- plans */

static void plan_ask(struct dependents *d, uint32_t index)
{
    if (d->all[index].ask_ns <= d->core->end_ns)
        core_plan(d->core, d->all[index].ask_ns, EVENT_DEPENDENT, index);
}

/* While answers come, the moment at which it would go down moves on before it is there; so it is planned only when no answer to
 * the next request could come before. An answer at that very moment is in time. */
static void plan_down(struct dependents *d, const struct band *b, uint32_t index)
{
    struct dependent *one = &d->all[index];
    int64_t due_ns = one->since_ns + b->fails_after_ns;

    if (due_ns > one->ask_ns || due_ns == one->change_ns || due_ns > d->core->end_ns)
        return;
    one->change_ns = due_ns;
    core_plan_timeout(d->core, due_ns, EVENT_DEPENDENT, index);
}

/* ---------------------------------------------------------------- states */

/* So many more (fewer) are up. */
static void count_up(struct dependents *d, struct band *b, uint32_t partition, int32_t change)
{
    int64_t now_ns = d->core->now_ns;
    struct level_meter *low = &b->low_by_partition[partition];

    b->up[partition] += (uint32_t)change;
    level_set(&b->connected, now_ns, b->connected.value + change);
    level_set(&b->low, now_ns, b->low.value - change);
    level_set(low, now_ns, low->value - change);
    core_present(d->core, partition, change);
}

static struct cell *cell_of(struct dependents *d, const struct band *b, const struct dependent *one)
{
    return tally_at(&d->core->tally, b->population, one->partition, one->epoch);
}

static void go_down(struct dependents *d, struct band *b, struct dependent *one)
{
    one->state = STATE_DOWN;
    one->change_ns = NO_CHANGE;
    one->since_ns = d->core->now_ns;
    one->epoch = (uint16_t)d->core->tally.epoch;
    cell_of(d, b, one)->counts[COUNT_DEPENDENTS_FAILED]++;
    count_up(d, b, one->partition, -1);
}

static void go_up(struct dependents *d, struct band *b, struct dependent *one)
{
    struct cell *cell = cell_of(d, b, one);

    cell->counts[COUNT_DEPENDENTS_RECOVERED]++;
    histogram_add(&cell->samples[SAMPLE_RECOVERY], d->core->now_ns - one->since_ns);
    one->state = STATE_UP;
    one->change_ns = NO_CHANGE;
    one->since_ns = d->core->now_ns;
    count_up(d, b, one->partition, 1);
}

/* What it takes was drawn by the moment at which it went down: a recovery that is broken off takes as long again. */
static void begin_recovery(struct dependents *d, struct band *b, uint32_t index)
{
    struct dependent *one = &d->all[index];
    struct draw draw = draw_at(b->recovery_key, draw_mix(index - b->first, (uint64_t)one->since_ns), 0);
    int64_t span_ns = dist_sample_ns(&b->recovery, &draw);

    if (span_ns == 0) {
        go_up(d, b, one);
        return;
    }
    one->state = STATE_RECOVERING;
    one->from = one->asked;
    one->change_ns = d->core->now_ns + span_ns;
    if (one->change_ns <= d->core->end_ns)
        core_plan(d->core, one->change_ns, EVENT_DEPENDENT, index);
}

/* Was the request made since the recovery began? What is left from before says nothing about now. */
static bool is_recent(const struct band *b, const struct dependent *one, int64_t asked_ns)
{
    return asked_ns >= one->ask_ns - (int64_t)(one->asked - one->from) * b->every_ns;
}

static void ended(void *context, const struct root_end *end)
{
    struct dependents *d = context;
    struct dependent *one = &d->all[end->owner];
    struct band *b = band_of(d, end->owner);

    clients_count_end(d->core, b->population, end);
    if (end->outcome == OUTCOME_OK && one->state == STATE_UP)
        one->since_ns = d->core->now_ns;
    else if (end->outcome == OUTCOME_OK && one->state == STATE_DOWN)
        begin_recovery(d, b, end->owner);
    else if (end->outcome != OUTCOME_OK && one->state == STATE_RECOVERING && is_recent(b, one, end->began_ns)) {
        one->state = STATE_DOWN;
        one->change_ns = NO_CHANGE;
    }
}

/* ---------------------------------------------------------------- events */

static uint64_t user_of(const struct dependents *d, const struct band *b, uint32_t index)
{
    return (uint64_t)((unsigned __int128)(index - b->first) * d->core->people.users / b->count);
}

static void ask(struct dependents *d, struct band *b, uint32_t index)
{
    struct dependent *one = &d->all[index];
    struct core *core = d->core;
    struct root root = {
        .kind = ROOT_DEPENDENT,
        .owner = index,
        .call_list = b->call_list,
        .cell = tally_at(&core->tally, b->population, one->partition, core->tally.epoch),
        .partition = one->partition,
        .epoch = core->tally.epoch,
        .user = user_of(d, b, index),
        .birth = draw_mix(b->birth_key, (uint64_t)(index - b->first) << 32 | one->asked),
    };

    one->asked++;
    one->ask_ns += b->every_ns;
    plan_ask(d, index);
    if (one->state == STATE_UP)
        plan_down(d, b, index);
    root.cell->counts[COUNT_OFFERED]++;
    core_totals(core, b->population, one->partition)[COUNT_OFFERED]++;
    flow_start(d->flow, &root);
}

void dependents_on_due(struct dependents *d, uint32_t index)
{
    struct dependent *one = &d->all[index];
    struct band *b = band_of(d, index);
    int64_t now_ns = d->core->now_ns;

    if (one->ask_ns == now_ns)
        ask(d, b, index);
    else if (one->change_ns == now_ns && one->state == STATE_RECOVERING)
        go_up(d, b, one);
    else if (one->change_ns == now_ns && one->state == STATE_UP && one->since_ns + b->fails_after_ns == now_ns)
        go_down(d, b, one);
}

/* ---------------------------------------------------------------- beginning and end */

static void start_dependent(struct dependents *d, struct band *b, uint64_t phase_key, uint32_t index)
{
    struct dependent *one = &d->all[index];
    struct draw draw = draw_at(phase_key, index - b->first, 0);
    double u = draw_uniform(&draw);

    one->ask_ns = (int64_t)(u * (double)b->every_ns);
    one->since_ns = one->ask_ns - b->every_ns;
    one->change_ns = NO_CHANGE;
    one->partition = (uint16_t)people_partition(&d->core->people, user_of(d, b, index));
    b->up[one->partition]++;
    d->core->presence[one->partition].wanted++;
    d->core->presence[one->partition].connected++;
    plan_ask(d, index);
}

static void start_band(struct dependents *d, struct band *b, const Stormcell__Population *set)
{
    uint64_t seed = d->core->seed, phase_key = draw_key(seed, set->name, "phase");
    uint32_t partitions = d->core->people.partitions;

    b->count = set->dependents->count;
    b->first = d->count;
    b->every_ns = set->dependents->every_ns;
    b->fails_after_ns = set->dependents->fails_after_ns;
    b->recovery = compile_dist(set->dependents->recovery);
    b->birth_key = draw_key(seed, set->name, "birth");
    b->recovery_key = draw_key(seed, set->name, "recovery");
    b->low_by_partition = xcalloc(partitions, sizeof *b->low_by_partition);
    b->up = xcalloc(partitions, sizeof *b->up);
    b->connected.value = b->connected.max = b->count;
    d->count += b->count;
    d->all = xrealloc(d->all, d->count, sizeof *d->all);
    for (uint32_t i = b->first; i < d->count; i++) {
        d->all[i] = (struct dependent){0};
        start_dependent(d, b, phase_key, i);
    }
    flow_expect(d->flow, b->call_list, (double)b->count / ((double)b->every_ns * 1e-9) / (double)d->core->people.users);
}

struct dependents *dependents_create(struct core *core, struct flow *flow, struct clients *clients, const Stormcell__Scenario *sc)
{
    struct dependents *d = xcalloc(1, sizeof *d);

    d->core = core;
    d->flow = flow;
    d->bands = xcalloc(sc->n_populations + 1, sizeof *d->bands);
    for (uint32_t i = 0; i < sc->n_populations; i++)
        if (sc->populations[i]->dependents) {
            struct band *b = &d->bands[d->band_count++];

            b->population = i;
            b->call_list = clients_call_list(clients, i);
            start_band(d, b, sc->populations[i]);
        }
    flow_listen(flow, ROOT_DEPENDENT, ended, d);
    return d;
}

void dependents_free(struct dependents *d)
{
    for (uint32_t i = 0; i < d->band_count; i++) {
        free(d->bands[i].low_by_partition);
        free(d->bands[i].up);
    }
    free(d->bands);
    free(d->all);
    free(d);
}

uint32_t dependents_up(const struct dependents *d, uint32_t population, uint32_t partition)
{
    const struct band *b = find_band(d, population);

    return b ? b->up[partition] : 0;
}

struct level_meter *dependents_level(struct dependents *d, uint32_t population, enum level level)
{
    struct band *b = find_band(d, population);

    return !b ? NULL : level == LEVEL_CONNECTED ? &b->connected : &b->low;
}

struct level_meter *dependents_down_level(struct dependents *d, uint32_t population, uint32_t partition)
{
    struct band *b = find_band(d, population);

    return b ? &b->low_by_partition[partition] : NULL;
}

/* Who is not up is counted one by one; what failed and what recovered was counted as it happened. */
static void settle_band(struct dependents *d, struct band *b)
{
    uint64_t down = 0, up = 0;

    for (uint32_t i = b->first; i < b->first + b->count; i++) {
        const struct dependent *one = &d->all[i];
        struct cell *cell;

        if (one->state == STATE_UP)
            continue;
        cell = cell_of(d, b, one);
        cell->counts[COUNT_DEPENDENTS_DOWN]++;
        histogram_add(&cell->samples[SAMPLE_DOWN_AGE], d->core->now_ns - one->since_ns);
        down++;
    }
    for (uint32_t p = 0; p < d->core->people.partitions; p++)
        up += b->up[p];
    must(up + down == b->count && b->connected.value == (double)up && b->low.value == (double)down);
}

void dependents_settle(struct dependents *d)
{
    const struct tally *t = &d->core->tally;

    for (uint32_t i = 0; i < d->band_count; i++)
        settle_band(d, &d->bands[i]);
    for (size_t i = 0; i < (size_t)t->epochs * t->entities * t->partitions; i++) {
        const struct cell *cell = t->cells[i];

        if (!cell)
            continue;
        must(cell->counts[COUNT_DEPENDENTS_FAILED] ==
             cell->counts[COUNT_DEPENDENTS_RECOVERED] + cell->counts[COUNT_DEPENDENTS_DOWN]);
        must(cell->samples[SAMPLE_RECOVERY].count == cell->counts[COUNT_DEPENDENTS_RECOVERED]);
    }
}
