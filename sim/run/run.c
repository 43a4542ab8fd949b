/* run - builds a world, and turns its wheel */
#include "stormcell/run.h"

#include <stdlib.h>

#include "run/inside.h"
#include "stormcell/must.h"

static void plan_birth(struct run *run, uint32_t source)
{
    if (run->sources[source].arrivals.next_ns <= run->core.end_ns)
        core_plan(&run->core, run->sources[source].arrivals.next_ns, EVENT_BIRTH, source);
}

/* A surge begins, changes or ends. The births of populations are the first of all sources. */
static void surge(void *context, uint32_t population, double factor)
{
    struct run *run = context;

    arrivals_surge(&run->sources[population].arrivals, run->core.now_ns, factor);
    plan_birth(run, population);
}

static uint64_t births_so_far(void *context, uint32_t population)
{
    const struct run *run = context;

    return run->sources[population].arrivals.next_number;
}

static void start_source(struct run *run, const struct source *source, const char *path, const Stormcell__Arrivals *set)
{
    struct source *s = &run->sources[run->source_count];

    *s = *source;
    arrivals_start(&s->arrivals, &run->core, path, set, run->scenario->clock->start_utc_s);
    if (!source->mail && run->core.surges[source->population])
        arrivals_surge(&s->arrivals, 0, 0);
    plan_birth(run, run->source_count++);
}

static void start_sources(struct run *run)
{
    const Stormcell__Scenario *sc = run->scenario;
    size_t count = sc->n_populations;

    for (size_t t = 0; t < sc->n_transports; t++)
        count += sc->transports[t]->n_senders;
    run->sources = xcalloc(count + 1, sizeof *run->sources);
    for (size_t i = 0; i < sc->n_populations; i++)
        start_source(run, &(struct source){.population = (uint32_t)i}, sc->populations[i]->name, sc->populations[i]->arrivals);
    for (size_t t = 0; t < sc->n_transports; t++)
        for (size_t s = 0; s < sc->transports[t]->n_senders; s++) {
            char *path = xasprintf("%s.%s", sc->transports[t]->name, sc->transports[t]->senders[s]->name);

            start_source(run, &(struct source){.mail = true, .transport = (uint32_t)t, .sender = (uint32_t)s}, path,
                         sc->transports[t]->senders[s]->arrivals);
            free(path);
        }
}

/* Which partitions the faults of the scenario hit, and the flaws of its rollouts: the label `group`, the same in the fault-free
 * twin. */
static void mark_struck(struct run *run)
{
    for (size_t i = 0; i < run->scenario->n_faults; i++)
        for (uint32_t p = 0; p < run->core.people.partitions; p++)
            if (fault_hits(run->flow, run->scenario->faults[i], p))
                people_strike(&run->core.people, p);
    for (size_t i = 0; i < run->scenario->n_rollouts; i++)
        for (uint32_t p = 0; p < run->core.people.partitions; p++)
            if (rollout_hits(run->flow, run->scenario->rollouts[i], p))
                people_strike(&run->core.people, p);
}

static void repair(void *context, const char *fault)
{
    struct run *run = context;

    faults_repair(run->faults, (uint32_t)fault_number(run->faults, fault));
}

static void rollback(void *context, const Stormcell__Rollback *set)
{
    struct run *run = context;

    rollouts_take_back(run->rollouts, set->rollout, set->over_ns);
}

static void restart(void *context, const Stormcell__Restart *set, const char *step)
{
    struct run *run = context;

    restarts_order(run->restarts, set, step);
}

static void start_rollouts(struct run *run, const Stormcell__Scenario *plans)
{
    struct rollout_reach reach = {
        .core = &run->core, .flow = run->flow, .resolve = live_metric, .phase = epoch_rollout, .context = run};

    run->rollouts = rollouts_create(&reach, plans);
    run->restarts = restarts_create(&run->core, run->flow, run->rollouts);
}

static void publish(void *context, const char *text)
{
    struct run *run = context;

    status_page_publish(run->status, text);
}

static void start_status(struct run *run, const Stormcell__Scenario *plans)
{
    struct status_reach reach = {
        .core = &run->core,
        .flow = run->flow,
        .mail = run->mail,
        .resolve = live_metric,
        .context = run,
    };

    run->status = status_page_create(&reach, plans);
}

static void start_operators(struct run *run)
{
    static const Stormcell__Scenario nothing = STORMCELL__SCENARIO__INIT;
    const Stormcell__Scenario *plans = run->options.without_faults ? &nothing : run->scenario;
    struct runbook_reach reach = {
        .core = &run->core,
        .flow = run->flow,
        .mail = run->mail,
        .resolve = live_metric,
        .stepped = epoch_step,
        .repair = repair,
        .rollback = rollback,
        .restart = restart,
        .publish = publish,
        .context = run,
    };

    struct fault_surges surges = {.ask = surge, .births = births_so_far, .context = run};

    run->faults = faults_create(&run->core, run->flow, plans);
    faults_surges(run->faults, &surges);
    faults_listen(run->faults, epoch_fault, run);
    start_rollouts(run, plans);
    start_status(run, plans);
    run->runbook = runbook_create(&reach, plans);
    for (size_t i = 0; i < run->options.edge_count; i++)
        if (run->options.edges_ns[i] > 0 && run->options.edges_ns[i] < run->core.end_ns)
            agenda_push(run->core.agenda, run->options.edges_ns[i], AGENDA_OPERATOR, EVENT_EPOCH, 0);
}

struct run *run_create(const Stormcell__Scenario *sc, const struct run_options *o)
{
    struct run *run = xcalloc(1, sizeof *run);

    must_announce(o->repeat);
    run->scenario = sc;
    run->options = *o;
    core_start(&run->core, sc, o->seed, (uint32_t)(sc->n_populations + sc->n_services + sc->n_transports), o->cohorts_only);
    if (o->end_ns)
        run->core.end_ns = o->end_ns;
    run->flow = flow_create(&run->core, sc);
    run->clients = clients_create(&run->core, run->flow, sc);
    run->dependents = dependents_create(&run->core, run->flow, run->clients, sc);
    run->mail = mail_create(&run->core, run->flow, sc, entity_of_transport(run, 0));
    mark_struck(run);
    run->sessions = sessions_create(&run->core, run->flow, sc);
    start_operators(run);
    start_sources(run);
    sample_start(run);
    return run;
}

void run_free(struct run *run)
{
    sample_end(run);
    runbook_free(run->runbook);
    restarts_free(run->restarts);
    rollouts_free(run->rollouts);
    status_page_free(run->status);
    faults_free(run->faults);
    sessions_free(run->sessions);
    mail_free(run->mail);
    dependents_free(run->dependents);
    clients_free(run->clients);
    flow_free(run->flow);
    core_end(&run->core);
    free(run->sources);
    free(run);
}

static void trace(const struct run *run, const struct sim_event *ev)
{
    fprintf(run->options.trace, "%lld.%09lld %s %u\n", (long long)(ev->at_ns / 1000000000), (long long)(ev->at_ns % 1000000000),
            run_handlers[ev->kind].name, ev->entity);
}

/* Turns the wheel: everything at or before limit_ns happens. */
static void turn(struct run *run, int64_t limit_ns)
{
    struct sim_event ev;

    while (agenda_pop_before(run->core.agenda, limit_ns, &ev)) {
        must(ev.at_ns >= run->core.now_ns);
        run->core.now_ns = ev.at_ns;
        run->events++;
        if (run->options.trace)
            trace(run, &ev);
        run_handlers[ev.kind].handle(run, ev.entity);
    }
    run->core.now_ns = limit_ns;
}

/* Measurements stand between events, not among them: each sees the world after all that happens at its time. */
void run_until(struct run *run, int64_t t_ns)
{
    must_announce(run->options.repeat);
    if (t_ns > run->core.end_ns)
        t_ns = run->core.end_ns;
    while (sample_next_ns(run) <= t_ns) {
        turn(run, sample_next_ns(run));
        sample_measure(run);
    }
    turn(run, t_ns);
}

int64_t run_now(const struct run *run)
{
    return run->core.now_ns;
}

int64_t run_end(const struct run *run)
{
    return run->core.end_ns;
}

uint64_t run_events(const struct run *run)
{
    return run->events;
}
