/* clients - populations: open load, each birth one request of one user */
#include "world/clients.h"

#include <stdlib.h>

#include "stormcell/must.h"

struct population {
    Stormcell__Call call; /* what its clients ask for, as a call of theirs */
    uint32_t call_list;
};

struct clients {
    struct core *core;
    struct flow *flow;
    struct population *populations;
    uint32_t count;
};

const enum count clients_failure_counts[] = {
    [OUTCOME_REFUSED] = COUNT_FAILED_REFUSED, [OUTCOME_TIMED_OUT] = COUNT_FAILED_TIMED_OUT, [OUTCOME_ERROR] = COUNT_FAILED_ERROR,
    [OUTCOME_PERMANENT] = COUNT_FAILED_ERROR, [OUTCOME_LOCAL] = COUNT_FAILED_LOCAL,
};

static inline void count_end(struct core *core, uint32_t population, const struct root_end *end)
{
    struct cell *cell = end->cell;
    uint64_t *totals = core_totals(core, population, end->partition);

    cell->counts[COUNT_ATTEMPTS] += end->attempts;
    totals[COUNT_ATTEMPTS] += end->attempts;
    histogram_add(&cell->samples[SAMPLE_LATENCY], core->now_ns - end->began_ns);
    if (end->outcome == OUTCOME_OK) {
        cell->counts[COUNT_SUCCEEDED]++;
        totals[COUNT_SUCCEEDED]++;
        return;
    }
    cell->counts[clients_failure_counts[end->outcome]]++;
    totals[clients_failure_counts[end->outcome]]++;
}

void clients_count_end(struct core *core, uint32_t population, const struct root_end *end)
{
    count_end(core, population, end);
}

static void ended(void *context, const struct root_end *end)
{
    struct clients *c = context;
    struct cohort *cohort;

    count_end(c->core, end->owner, end);
    if (end->outcome == OUTCOME_OK || c->core->surges[end->owner])
        return;
    cohort = core_cohort(c->core, end->began_ns, end->partition);
    cohort->failed++;
    cohort->last_failure_ns = c->core->now_ns;
}

static void start_population(struct clients *c, struct population *p, const Stormcell__Population *set, int64_t start_utc_s)
{
    Stormcell__Call *calls[1] = {&p->call};

    if (set->sessions)
        return; /* world/sessions.h */
    stormcell__call__init(&p->call);
    p->call.name = set->name;
    p->call.to = set->does;
    p->call.has_timeout_ns = set->has_timeout_ns;
    p->call.timeout_ns = set->timeout_ns;
    p->call.n_timeouts_ns = set->n_timeouts_ns;
    p->call.timeouts_ns = set->timeouts_ns;
    p->call.has_deadline_ns = set->has_deadline_ns;
    p->call.deadline_ns = set->deadline_ns;
    p->call.patience = set->patience;
    p->call.n_controls = set->n_controls;
    p->call.controls = set->controls;
    p->call_list = flow_call_list(c->flow, &(struct call_place){"", ""}, 1, calls);
    if (c->core->surges[p - c->populations])
        return; /* as it begins, nobody has asked */
    flow_expect(c->flow, p->call_list,
                arrivals_rate_at_start(set->arrivals, start_utc_s, c->core->end_ns) / (double)c->core->people.users);
}

struct clients *clients_create(struct core *core, struct flow *flow, const Stormcell__Scenario *sc)
{
    struct clients *c = xcalloc(1, sizeof *c);

    c->core = core;
    c->flow = flow;
    c->count = (uint32_t)sc->n_populations;
    c->populations = xcalloc(c->count + 1, sizeof *c->populations);
    for (uint32_t i = 0; i < c->count; i++)
        start_population(c, &c->populations[i], sc->populations[i], sc->clock->start_utc_s);
    flow_listen(flow, ROOT_POPULATION, ended, c);
    return c;
}

void clients_free(struct clients *c)
{
    free(c->populations);
    free(c);
}

uint32_t clients_call_list(const struct clients *c, uint32_t population)
{
    return c->populations[population].call_list;
}

void clients_born(struct clients *c, uint32_t population, const struct birth *birth)
{
    struct core *core = c->core;
    struct cell *cell = tally_at(&core->tally, population, birth->partition, core->tally.epoch);
    struct root root = {
        .kind = ROOT_POPULATION,
        .owner = population,
        .cell = cell,
        .call_list = c->populations[population].call_list,
        .partition = birth->partition,
        .epoch = core->tally.epoch,
        .user = birth->user,
        .birth = birth->id,
    };

    cell->counts[COUNT_OFFERED]++;
    core_totals(core, population, birth->partition)[COUNT_OFFERED]++;
    if (!core->surges[population])
        core_births(core, birth->partition)->offered++;
    flow_start_request(c->flow, &root);
}

/* flow_settle() has counted those in flight from their frames, so the sum is no tautology. */
void clients_settle(struct clients *c)
{
    const struct tally *t = &c->core->tally;

    for (size_t i = 0; i < (size_t)t->epochs * t->entities * t->partitions; i++) {
        const struct cell *cell = t->cells[i];

        if (!cell || (i / t->partitions) % t->entities >= c->count)
            continue;
        must(cell->counts[COUNT_OFFERED] == cell->counts[COUNT_SUCCEEDED] + cell->counts[COUNT_FAILED_REFUSED] +
                                                cell->counts[COUNT_FAILED_TIMED_OUT] + cell->counts[COUNT_FAILED_ERROR] +
                                                cell->counts[COUNT_FAILED_LOCAL] + cell->counts[COUNT_IN_FLIGHT]);
        must(cell->samples[SAMPLE_LATENCY].count == cell->counts[COUNT_OFFERED] - cell->counts[COUNT_IN_FLIGHT]);
    }
}
