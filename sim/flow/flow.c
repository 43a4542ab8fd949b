/* flow - builds services, operations and calls from the scenario; starts roots; settles the books */
#include "flow/flow.h"

#include <stdlib.h>
#include <string.h>

#include "flow/compile.h"
#include "flow/inside.h"
#include "stormcell/must.h"

/* Requests a second and user that matter to the age of credentials. */
#define RATE_LEAST 1e-12

enum { ROUNDS_MAX = 10000 };

static void start_service(struct flow *f, struct service *sv, const Stormcell__Service *set)
{
    uint32_t partitions = f->core->people.partitions;
    struct control_build build = {.seed = f->core->seed,
                                  .path = set->name,
                                  .partitions = partitions,
                                  .by_default = STORMCELL__KEYED__BY_REPLICA};

    sv->settings = set;
    sv->per_partition = set->per == STORMCELL__SERVICE__PER__PER_PARTITION;
    sv->region_of = set->per == STORMCELL__SERVICE__PER__PER_REGION ? f->core->people.region : NULL;
    sv->sets = sv->per_partition ? partitions : sv->region_of ? f->core->people.regions : 1;
    sv->direct = set->replicas == 1 && !sv->region_of;
    sv->replicas = set->replicas;
    sv->workers = set->workers;
    sv->queue_limit = set->queue && set->queue->has_limit ? set->queue->limit : UINT32_MAX;
    sv->drops = set->queue && set->queue->when_full == STORMCELL__QUEUE__WHEN_FULL__FULL_DROP;
    sv->retransmits = set->queue && set->queue->when_full == STORMCELL__QUEUE__WHEN_FULL__FULL_RETRANSMIT;
    sv->lifo = set->queue && set->queue->discipline == STORMCELL__QUEUE__DISCIPLINE__DISCIPLINE_LIFO;
    sv->leaves = set->on_timeout == STORMCELL__SERVICE__ON_TIMEOUT__ON_TIMEOUT_LEAVE;
    sv->reject_work = compile_dist(set->reject_work);
    sv->reject_limit = set->has_reject_limit ? set->reject_limit : UINT32_MAX;
    sv->reject_key = draw_key(f->core->seed, set->name, "reject work");
    sv->retry_after = compile_dist(set->retry_after);
    sv->retry_after_key = draw_key(f->core->seed, set->name, "retry after");
    sv->turn = xcalloc(sv->sets, sizeof *sv->turn);
    sv->levels = xcalloc(sv->sets * SERVICE_LEVELS, sizeof *sv->levels);
    sv->connections = set->has_connections ? set->connections : UINT32_MAX;
    sv->refuses_free = !set->reject_work && !set->n_controls &&
                       (!set->queue || set->queue->when_full == STORMCELL__QUEUE__WHEN_FULL__FULL_REFUSE);
    build.replicas = sv->sets * sv->replicas;
    control_list_start(&sv->controls, set->n_controls, (ProtobufCMessage *const *)set->controls, &build);
}

/* Probes of a service begin spread over their interval, as those of a system that has run for long. */
static void start_probes(struct flow *f, const struct service *sv, uint32_t station)
{
    const Stormcell__HealthCheck *set = sv->settings->health_check;
    struct draw d = draw_at(draw_key(f->core->seed, sv->settings->name, "probe"), station - sv->station, 0);
    double u = draw_uniform(&d);

    if (set)
        core_plan(f->core, set->timeout_ns + (int64_t)(u * (double)set->interval_ns), EVENT_HEALTH_CHECK, station);
}

static void start_stations(struct flow *f)
{
    uint64_t count = 1;

    for (uint32_t i = 0; i < f->service_count; i++) {
        f->services[i].station = (uint32_t)count;
        count += (uint64_t)f->services[i].sets * f->services[i].replicas;
    }
    if (count > AGENDA_ENTITY_MAX)
        die("the scenario has %llu replicas; at most %d are possible", (unsigned long long)count, AGENDA_ENTITY_MAX);
    f->station_count = (uint32_t)count;
    f->stations = xcalloc(count, sizeof *f->stations);
    for (uint32_t i = 0; i < f->service_count; i++) {
        struct service *sv = &f->services[i];

        for (uint32_t k = 0; k < sv->sets * sv->replicas; k++) {
            f->stations[sv->station + k] = (struct station){
                .service = sv,
                .levels = &sv->levels[k / sv->replicas * SERVICE_LEVELS],
                .set = k / sv->replicas,
                .replica = k % sv->replicas,
                .slowness = 1,
            };
            start_probes(f, sv, sv->station + k);
        }
    }
}

uint32_t flow_operation(const struct flow *f, const char *name)
{
    for (uint32_t i = 0; i < f->operation_count; i++) {
        const char *service = f->services[f->operations[i].service].settings->name;
        size_t length = strlen(service);

        if (strncmp(service, name, length) == 0 && name[length] == '.' &&
            strcmp(f->operations[i].settings->name, name + length + 1) == 0)
            return i;
    }
    must(!"an operation that is not there passed the check");
    return 0;
}

/* The name under a path; an empty path is the top. */
static char *under(const char *path, const char *name)
{
    return xasprintf("%s%s%s", path, *path ? "." : "", name);
}

static uint32_t new_lane(struct flow *f)
{
    f->lanes = xrealloc(f->lanes, f->lane_count + 1, sizeof *f->lanes);
    f->lanes[f->lane_count] = (struct lane){0};
    return f->lane_count++;
}

/* Attempts that are waited for equally long share a lane. */
static void start_waits(struct flow *f, struct call *call, const int64_t *ns, size_t count)
{
    call->waits = xcalloc(count + 1, sizeof *call->waits);
    call->wait_count = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        size_t same = 0;

        while (ns[same] != ns[i])
            same++;
        call->waits[i] = (struct time_out){.ns = ns[i], .lane = same < i ? call->waits[same].lane : new_lane(f)};
    }
}

static void start_call(struct flow *f, struct call *call, const struct call_place *at, const Stormcell__Call *set)
{
    uint64_t seed = f->core->seed;

    *call = (struct call){.settings = set, .path = under(at->owner, set->name), .operation = flow_operation(f, set->to)};
    call->service = &f->services[f->operations[call->operation].service];
    call->link = link_between(f, call->path, call->service);
    call->share = set->share_ratio;
    call->async = set->async;
    if (set->has_timeout_ns)
        start_waits(f, call, &set->timeout_ns, 1);
    else
        start_waits(f, call, set->timeouts_ns, set->n_timeouts_ns);
    call->deadline_ns = set->has_deadline_ns ? set->deadline_ns : 0;
    call->share_key = draw_key(seed, call->path, "share");
    call->balance_key = draw_key(seed, call->path, "balance");
    call->cache_key = draw_key(seed, call->path, "cache");
    call->patience_key = draw_key(seed, call->path, "patience");
    call->name_hash = (uint32_t)draw_key(0, call->path, "visit");
    call->impatient = set->patience != NULL;
    call->patience = compile_dist(set->patience);
    call->plain = !call->wait_count && !call->deadline_ns && !set->patience && !set->cache && !set->async &&
                  set->share_ratio >= 1 && !set->n_controls && !call->service->settings->ejection && !call->link &&
                  !call->service->detours;
    char *place = under(at->list, set->name);
    struct control_build build = {.seed = seed,
                                  .path = place,
                                  .partitions = f->core->people.partitions,
                                  .replicas = detour_replicas(call->service)};
    control_list_start(&call->controls, set->n_controls, (ProtobufCMessage *const *)set->controls, &build);
    free(place);
}

/* The calls of a service, each set of whose replicas keeps what is kept by name for itself; NULL: of a root. */
static uint32_t start_list(struct flow *f, const struct call_place *at, size_t count, Stormcell__Call *const *calls,
                           const struct service *caller)
{
    uint32_t list = f->list_count++, first = f->call_count;

    f->lists = xrealloc(f->lists, list + 1, sizeof *f->lists);
    f->lists[list] = (struct call_list){.first = first, .count = (uint32_t)count};
    f->calls = xrealloc(f->calls, f->call_count + count + 1, sizeof *f->calls);
    f->call_count += (uint32_t)count;
    for (size_t i = 0; i < count; i++)
        start_call(f, &f->calls[first + i], at, calls[i]);
    for (size_t i = 0; i < count; i++)
        if (calls[i]->cache)
            cache_start(f, first + (uint32_t)i, caller ? caller->sets : 1, caller && caller->region_of);
    return list;
}

uint32_t flow_call_list(struct flow *f, const struct call_place *at, size_t count, Stormcell__Call *const *calls)
{
    return start_list(f, at, count, calls, NULL);
}

static void start_operations(struct flow *f, const Stormcell__Scenario *sc)
{
    for (uint32_t i = 0; i < f->service_count; i++)
        f->operation_count += (uint32_t)sc->services[i]->n_operations;
    f->operations = xcalloc(f->operation_count + 1, sizeof *f->operations);
    f->operation_count = 0;
    for (uint32_t i = 0; i < f->service_count; i++)
        for (size_t k = 0; k < sc->services[i]->n_operations; k++) {
            const Stormcell__Operation *set = sc->services[i]->operations[k];
            char *path = xasprintf("%s.%s", sc->services[i]->name, set->name);

            f->operations[f->operation_count++] = (struct operation){
                .settings = set,
                .service = i,
                .work = compile_dist(set->work),
                .work_key = draw_key(f->core->seed, path, "work"),
                .error_key = draw_key(f->core->seed, path, "error"),
                .error_share = set->error_ratio,
            };
            free(path);
        }
    for (uint32_t i = 0; i < f->operation_count; i++) {
        struct operation *op = &f->operations[i];
        char *path = xasprintf("%s.%s", f->services[op->service].settings->name, op->settings->name);
        char *list = xasprintf("%s.operations.%s.calls", f->services[op->service].settings->name, op->settings->name);
        struct call_place at = {.owner = path, .list = list};

        op->list = start_list(f, &at, op->settings->n_calls, op->settings->calls, &f->services[op->service]);
        free(list);
        op->cached = op->settings->n_calls && f->calls[f->lists[op->list].first].fresh_until_ns;
        free(path);
    }
}

struct flow *flow_create(struct core *core, const Stormcell__Scenario *sc)
{
    static const Stormcell__Service nobody = STORMCELL__SERVICE__INIT;
    struct flow *f = xcalloc(1, sizeof *f);

    f->core = core;
    f->scenario = sc;
    pool_start(&f->frames, sizeof(struct frame), AGENDA_ENTITY_MAX);
    f->frames_seen = 1;
    f->regions = sc->regions;
    f->region_count = (uint32_t)sc->n_regions;
    f->nobody.settings = &nobody;
    f->service_count = (uint32_t)sc->n_services;
    f->services = xcalloc(sc->n_services + 1, sizeof *f->services);
    for (size_t i = 0; i < sc->n_services; i++) {
        start_service(f, &f->services[i], sc->services[i]);
        f->services[i].entity = (uint32_t)(sc->n_populations + i);
    }
    start_stations(f);
    links_start(f);
    detours_start(f, sc);
    start_operations(f, sc);
    detours_match(f);
    return f;
}

void flow_free(struct flow *f)
{
    detours_end(f);
    for (uint32_t i = 0; i < f->service_count; i++) {
        control_list_end(&f->services[i].controls);
        free(f->services[i].turn);
        free(f->services[i].levels);
    }
    for (uint32_t i = 0; i < f->call_count; i++) {
        control_list_end(&f->calls[i].controls);
        free(f->calls[i].path);
        free(f->calls[i].waits);
        cache_end(&f->calls[i]);
    }
    for (uint32_t i = 0; i < f->lane_count; i++)
        free(f->lanes[i].ring);
    pool_end(&f->frames);
    free(f->services);
    free(f->operations);
    free(f->calls);
    free(f->lists);
    free(f->stations);
    free(f->lanes);
    free(f->levers);
    links_end(f);
    free(f->defects);
    free(f);
}

void flow_listen(struct flow *f, enum root_kind kind, flow_root_ended *ended, void *context)
{
    f->listeners[kind].ended = ended;
    f->listeners[kind].context = context;
}

/* A list of calls is used at a rate: what comes to its calls, and by them to operations. */
static void expect_calls(struct flow *f, uint32_t call_list, double rate_per_user, double *operation_rates)
{
    struct call_list list = f->lists[call_list];

    for (uint32_t i = 0; i < list.count; i++) {
        struct call *call = &f->calls[list.first + i];
        double before = cache_passes(f, call, call->rate_per_user);

        call->rate_per_user += rate_per_user * call->settings->share_ratio;
        operation_rates[call->operation] += cache_passes(f, call, call->rate_per_user) - before;
    }
}

/* Round by round, a call further each time, and not way by way: there may be more ways than anybody can walk. Loops are of calls
 * that are not always made, so that what goes round in them dwindles; where several calls of a loop make it grow all the same, the
 * rounds end. */
void flow_expect(struct flow *f, uint32_t call_list, double rate_per_user)
{
    double *now = xcalloc(f->operation_count + 1, sizeof *now), *next = xcalloc(f->operation_count + 1, sizeof *next), *swap;
    bool more = true;

    expect_calls(f, call_list, rate_per_user, now);
    for (int round = 0; more && round < ROUNDS_MAX; round++) {
        more = false;
        for (uint32_t i = 0; i < f->operation_count; i++) {
            if (now[i] >= RATE_LEAST) {
                expect_calls(f, f->operations[i].list, now[i], next);
                more = true;
            }
            now[i] = 0;
        }
        swap = now;
        now = next;
        next = swap;
    }
    free(now);
    free(next);
}

/* A client that can only wait for the answer of its one attempt needs no frame of its own: the attempt stands for both. */
static inline bool start_client(struct flow *f, const struct root *root)
{
    const struct call_list list = f->lists[root->call_list];
    struct call *call = &f->calls[list.first];
    uint32_t index;
    struct frame *fr;

    if (!call->plain)
        return false;
    index = frame_take(f);
    fr = frame_at(f, index);
    fr->flags = FRAME_CLIENT;
    fr->step = 0;
    fr->birth = root->birth;
    fr->no_parent = 0;
    fr->client = root->owner;
    fr->partition = (uint16_t)root->partition;
    fr->epoch = (uint16_t)root->epoch;
    fr->operation = call->operation;
    fr->link = 0;
    fr->tried = (uint16_t)(root->tried + 1);
    fr->lineage = root->tried + 1 + call->name_hash; /* as new_attempt() would: an attempt of a root */
    fr->attempt = 1;
    fr->visit = call->name_hash;
    fr->user = (uint32_t)root->user;
    fr->station = balance_pick(f, call, fr, 0);
    fr->cell = flow_cell(f, fr, call->service);
    fr->cell->counts[COUNT_CALLS]++;
    station_arrive(f, index);
    return true;
}

void flow_start(struct flow *f, const struct root *root)
{
    uint32_t index = frame_take(f);
    struct frame *fr = frame_at(f, index);

    fr->flags = fr->step = 0;
    fr->station = 0;
    fr->since_ns = f->core->now_ns;
    fr->cell = root->cell;
    fr->birth = root->birth;
    fr->attempts = 0;
    fr->root = root->kind;
    fr->partition = (uint16_t)root->partition;
    fr->epoch = (uint16_t)root->epoch;
    fr->owner = root->owner;
    fr->root_list = root->call_list;
    fr->lineage = root->attempt;
    fr->visit = 0;
    fr->user = (uint32_t)root->user;
    f->starting = true;
    frame_next_call(f, index);
    f->starting = false;
}

void flow_start_request(struct flow *f, const struct root *root)
{
    if (!start_client(f, root))
        flow_start(f, root);
}

uint32_t flow_services(const struct flow *f)
{
    return f->service_count;
}

uint32_t flow_service_sets(const struct flow *f, uint32_t service)
{
    return f->services[service].sets;
}

uint32_t flow_service_workers(const struct flow *f, uint32_t service)
{
    return f->services[service].workers * f->services[service].replicas;
}

bool flow_service_cached(const struct flow *f, uint32_t service)
{
    for (uint32_t i = 0; i < f->call_count; i++)
        if (f->calls[i].cached && f->calls[i].service == &f->services[service])
            return true;
    return false;
}

struct level_meter *flow_level(struct flow *f, uint32_t service, uint32_t set, enum level level)
{
    uint32_t place = level == LEVEL_CONNECTIONS ? (uint32_t)LEVEL_OF_CONNECTIONS : (uint32_t)level;

    return &f->services[service].levels[set * SERVICE_LEVELS + place];
}

static void assert_ledger(struct flow *f, const struct service *sv)
{
    const struct tally *t = &f->core->tally;
    uint64_t sum[COUNT_MAX] = {0};

    for (uint32_t epoch = 0; epoch < t->epochs; epoch++)
        for (uint32_t p = 0; p < t->partitions; p++) {
            const struct cell *cell = t->cells[((size_t)epoch * t->entities + sv->entity) * t->partitions + p];

            for (int i = 0; cell && i < COUNT_MAX; i++)
                sum[i] += cell->counts[i];
        }
    must(sum[COUNT_ARRIVED] ==
         sum[COUNT_USEFUL] + sum[COUNT_WASTED] + sum[COUNT_REFUSED] + sum[COUNT_DROPPED] + sum[COUNT_IN_SYSTEM]);
}

/* A request of a client is in flight: its own frame says so, or the attempt that stands for it. Cohorts are of populations with
 * births of their own; others are judged by who is connected. */
static void settle_request(struct flow *f, const struct frame *fr, struct cell *cell, uint32_t attempts, bool in_cohort)
{
    uint32_t population = (fr->flags & FRAME_CLIENT) ? fr->client : fr->owner; /* where it is of a cohort */

    cell->counts[COUNT_IN_FLIGHT]++;
    cell->counts[COUNT_ATTEMPTS] += attempts;
    if (in_cohort && !f->core->surges[population])
        core_cohort(f->core, fr->since_ns, fr->partition)->in_flight++;
}

/* What is on a link has not arrived, or left: the answer of an attempt counts as in the system until somebody knows what became of
 * it. */
static void settle_transit(const struct frame *fr, uint64_t *on_the_way)
{
    on_the_way[fr->link * LINK_WAYS + (fr->state == FRAME_CROSSING ? LINK_FORWARD : LINK_BACK)]++;
    if (fr->state == FRAME_RETURNING && !(fr->flags & FRAME_REJECTING))
        fr->cell->counts[COUNT_IN_SYSTEM]++;
}

void flow_settle(struct flow *f)
{
    uint64_t *on_the_way = xcalloc((f->link_count + 1) * LINK_WAYS, sizeof *on_the_way);

    for (uint32_t i = 1; i < f->frames_seen; i++) {
        const struct frame *fr = frame_at(f, i);

        if (fr->state == FRAME_CROSSING || fr->state == FRAME_RETURNING) {
            settle_transit(fr, on_the_way);
            continue;
        }
        if (fr->state == FRAME_FREE || (fr->flags & FRAME_LEFT))
            continue;
        if (fr->station)
            fr->cell->counts[COUNT_IN_SYSTEM]++;
        if ((fr->flags & FRAME_CLIENT) && fr->holder)
            continue; /* those who keep their own books count it themselves */
        if (fr->flags & FRAME_CLIENT)
            settle_request(f, fr, tally_at(&f->core->tally, fr->client, fr->partition, fr->epoch), 1, true);
        else if (!fr->station && fr->root != ROOT_ASKER && fr->cell)
            settle_request(f, fr, fr->cell, fr->attempts, fr->root == ROOT_POPULATION);
    }
    for (uint32_t i = 0; i < f->service_count; i++)
        assert_ledger(f, &f->services[i]);
    links_settle(f, on_the_way);
    free(on_the_way);
    cache_settle(f);
}

void flow_each_control(const struct flow *f, void (*visit)(void *context, const struct control *c), void *context)
{
    for (uint32_t i = 0; i < f->service_count; i++)
        for (uint32_t k = 0; k < f->services[i].controls.count; k++)
            visit(context, &f->services[i].controls.items[k]);
    for (uint32_t i = 0; i < f->call_count; i++)
        for (uint32_t k = 0; k < f->calls[i].controls.count; k++)
            visit(context, &f->calls[i].controls.items[k]);
}
