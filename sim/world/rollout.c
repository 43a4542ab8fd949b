/* rollout - changes that move through the replicas of a service, ring by ring, and what they break */
#include "world/rollout.h"

#include <stdlib.h>
#include <string.h>

#include "flow/compile.h"
#include "flow/lever.h"
#include "stormcell/must.h"

enum state {
    STATE_PLANNED,
    STATE_CHANGING, /* replicas of the ring, one after the other */
    STATE_BAKING,
    STATE_COMPLETE,
    STATE_STOPPED, /* where it stood, or before it began */
    STATE_TAKING_BACK,
    STATE_TAKEN_BACK,
};

static const int64_t look_every_ns = INT64_C(10000000000);

struct replica {
    uint32_t ring;
    bool changed, broken, was_broken;
    bool breaking; /* it met the flaw; the event that breaks it is planned */
};

struct rollout {
    const Stormcell__Rollout *settings;
    struct ring_facts *rings;
    uint32_t ring_count;
    uint32_t *order; /* replicas by station, ring by ring */
    uint32_t order_count;
    uint32_t station;         /* the first of its service */
    struct replica *replicas; /* by station - the first */
    uint32_t replica_count;

    enum state state;
    uint32_t ring;                      /* that changes or bakes */
    uint32_t changed;                   /* replicas so far, in order */
    uint32_t done;                      /* of the ring, or of those taken back */
    int64_t step_from_ns, step_over_ns; /* of the change of a ring, or of taking back */
    int64_t due_ns, look_ns;            /* of what comes next; -1: nothing */
    bool gated;
    struct metric_expr gate;

    bool flawed;
    uint32_t flaw, harm; /* levers: who meets it, and what a broken replica does */
    bool harms_at_once;  /* the lever may be pulled in the middle of an arrival */
    uint32_t *breaking;  /* stations */
    uint32_t breaking_count, breaking_size;
    uint32_t broken, broken_now;
    int64_t stopped_ns, taken_back_ns, last_broken_ns, mended_ns;
};

struct rollouts {
    struct rollout_reach reach;
    struct arena *arena;
    struct rollout *items;
    uint32_t count;
    void (*broke)(void *context, uint32_t station);
    void *context;
};

/* ---------------------------------------------------------------- building */

/* What a broken replica does to all requests. */
static struct lever harm_of(const Stormcell__Flaw *set)
{
    struct lever lever = {.share = 1, .factor = 1};

    switch (set->kind_case) {
    case STORMCELL__FLAW__KIND_HANG:
        lever.kind = LEVER_HANG;
        lever.drop_at_end = set->hang->at_end == STORMCELL__HANG__AT_END__AT_END_DROP;
        break;
    case STORMCELL__FLAW__KIND_CRASH:
        lever.kind = LEVER_CRASH;
        break;
    case STORMCELL__FLAW__KIND_SLOW:
        lever.kind = LEVER_SLOW;
        lever.factor = set->slow->factor;
        break;
    case STORMCELL__FLAW__KIND_ERROR:
        lever.kind = LEVER_ERROR;
        lever.error_work = compile_dist(set->error->error_work);
        lever.permanent = set->error->permanent;
        break;
    default:
        must(!"a flaw without a kind passed the check");
    }
    return lever;
}

static void start_flaw(struct rollouts *r, struct rollout *x)
{
    const Stormcell__Flaw *set = x->settings->flaw;
    struct lever flaw = {.kind = LEVER_FLAW, .share = set->share_ratio, .operation = FLOW_ANY_OPERATION}, harm = harm_of(set);
    char *path = xasprintf("%s.flaw", x->settings->name);

    flaw.coin_key = harm.coin_key = draw_key(r->reach.core->seed, path, "coin");
    free(path);
    if (set->operation) {
        path = xasprintf("%s.%s", x->settings->service, set->operation);
        flaw.operation = flow_operation(r->reach.flow, path);
        free(path);
    }
    x->flawed = true;
    x->flaw = flow_lever_add(r->reach.flow, &flaw);
    x->harm = flow_lever_add(r->reach.flow, &harm);
    x->harms_at_once = harm.kind == LEVER_ERROR;
}

/* The replicas that a selector names belong to the ring. */
static void add_replicas(struct rollouts *r, struct rollout *x, uint32_t ring, const char *selector)
{
    uint32_t first, count;

    must(flow_select(r->reach.flow, selector, &first, &count));
    for (uint32_t i = 0; i < count; i++) {
        x->replicas[first + i - x->station].ring = ring;
        x->order[x->order_count++] = first + i;
    }
    x->rings[ring].replicas += count;
}

static void start_rings(struct rollouts *r, struct rollout *x)
{
    const Stormcell__Rollout *set = x->settings;

    must(flow_select(r->reach.flow, set->service, &x->station, &x->replica_count));
    x->replicas = xcalloc(x->replica_count, sizeof *x->replicas);
    x->order = xcalloc(x->replica_count, sizeof *x->order);
    x->ring_count = set->n_rings ? (uint32_t)set->n_rings : 1;
    x->rings = xcalloc(x->ring_count, sizeof *x->rings);
    for (uint32_t i = 0; i < x->ring_count; i++)
        x->rings[i] = (struct ring_facts){.name = set->n_rings ? set->rings[i]->name : "all", .from_ns = -1};
    if (set->n_rings == 0)
        add_replicas(r, x, 0, set->service);
    for (uint32_t i = 0; i < set->n_rings; i++)
        for (size_t k = 0; k < set->rings[i]->n_targets; k++)
            add_replicas(r, x, i, set->rings[i]->targets[k]);
}

/* The next event that the rollout waits for is at that time. */
static void plan(struct rollouts *r, struct rollout *x, int64_t at_ns)
{
    x->due_ns = at_ns;
    if (at_ns <= r->reach.core->end_ns)
        core_plan(r->reach.core, at_ns, EVENT_ROLLOUT, (uint32_t)(x - r->items));
}

static void start_rollout(struct rollouts *r, struct rollout *x, const Stormcell__Scenario *sc, const Stormcell__Rollout *set)
{
    struct metric_clock clock = {.start_utc_s = sc->clock->start_utc_s, .run_ns = sc->clock->run_ns};
    struct metric_error error;

    x->settings = set;
    x->look_ns = x->stopped_ns = x->taken_back_ns = x->last_broken_ns = x->mended_ns = -1;
    x->gated = set->gate != NULL;
    if (x->gated)
        must(metric_parse(set->gate, false, &clock, r->arena, &x->gate, &error));
    start_rings(r, x);
    if (set->flaw)
        start_flaw(r, x);
    plan(r, x, set->at_t_ns);
}

static void meet(void *context, uint32_t lever, uint32_t station);

struct rollouts *rollouts_create(const struct rollout_reach *reach, const Stormcell__Scenario *sc)
{
    struct rollouts *r = xcalloc(1, sizeof *r);

    r->reach = *reach;
    r->arena = arena_create();
    r->count = (uint32_t)sc->n_rollouts;
    r->items = xcalloc(r->count + 1, sizeof *r->items);
    for (uint32_t i = 0; i < r->count; i++)
        start_rollout(r, &r->items[i], sc, sc->rollouts[i]);
    flow_listen_flaws(reach->flow, meet, r);
    return r;
}

void rollouts_free(struct rollouts *r)
{
    for (uint32_t i = 0; i < r->count; i++) {
        free(r->items[i].rings);
        free(r->items[i].order);
        free(r->items[i].replicas);
        free(r->items[i].breaking);
    }
    free(r->items);
    arena_free(r->arena);
    free(r);
}

void rollouts_listen(struct rollouts *r, void (*broke)(void *context, uint32_t station), void *context)
{
    r->broke = broke;
    r->context = context;
}

/* ---------------------------------------------------------------- breaking and mending */

static struct replica *replica_of(const struct rollout *x, uint32_t station)
{
    return station - x->station < x->replica_count ? &x->replicas[station - x->station] : NULL;
}

/* A changed replica is asked for what breaks it, and still arriving at it: the rest is put off to an event of this moment, which
 * comes before all that the request itself plans. */
static void meet(void *context, uint32_t lever, uint32_t station)
{
    struct rollouts *r = context;
    struct rollout *x = r->items;
    struct replica *replica;

    while (x->flaw != lever || !x->flawed)
        x++;
    replica = replica_of(x, station);
    if (replica->broken || replica->breaking)
        return;
    replica->breaking = true;
    if (x->breaking_count == x->breaking_size) {
        x->breaking_size = x->breaking_size ? 2 * x->breaking_size : 16;
        x->breaking = xrealloc(x->breaking, x->breaking_size, sizeof *x->breaking);
    }
    x->breaking[x->breaking_count++] = station;
    if (x->harms_at_once)
        flow_lever_pull(r->reach.flow, x->harm, station, 1);
    core_plan(r->reach.core, r->reach.core->now_ns, EVENT_ROLLOUT, (uint32_t)(x - r->items));
}

static void note_first(struct rollouts *r, const struct rollout *x, uint32_t station, uint32_t ring)
{
    char words[128];

    flow_replica_words(r->reach.flow, station, words);
    core_note(r->reach.core, "rollout", x->settings->name, "ring %s: %s is the first of it that breaks", x->rings[ring].name,
              words);
}

static void break_replica(struct rollouts *r, struct rollout *x, uint32_t station)
{
    struct replica *replica = replica_of(x, station);

    replica->breaking = false;
    if (!replica->changed && !x->settings->flaw->sticky) { /* taken back at this very moment */
        if (x->harms_at_once)
            flow_lever_release(r->reach.flow, x->harm, station, 1);
        return;
    }
    if (!replica->was_broken) {
        x->broken++;
        if (!x->rings[replica->ring].broken++)
            note_first(r, x, station, replica->ring);
    }
    replica->broken = replica->was_broken = true;
    x->broken_now++;
    x->last_broken_ns = r->reach.core->now_ns;
    x->mended_ns = -1;
    if (!x->harms_at_once)
        flow_lever_pull(r->reach.flow, x->harm, station, 1);
    if (r->broke)
        r->broke(r->context, station);
}

/* Those whom it hurts may ask others at once, so that more are added meanwhile. */
static void break_all(struct rollouts *r, struct rollout *x)
{
    for (uint32_t i = 0; i < x->breaking_count; i++)
        break_replica(r, x, x->breaking[i]);
    x->breaking_count = 0;
}

static void mend(struct rollouts *r, struct rollout *x, uint32_t station)
{
    struct replica *replica = replica_of(x, station);

    if (!replica || !replica->broken)
        return;
    replica->broken = false;
    flow_lever_release(r->reach.flow, x->harm, station, 1);
    if (--x->broken_now > 0)
        return;
    x->mended_ns = r->reach.core->now_ns;
    if (x->state == STATE_TAKEN_BACK)
        core_note(r->reach.core, "rollout", x->settings->name, "all that it broke is mended");
}

void rollouts_mend(struct rollouts *r, uint32_t station)
{
    for (uint32_t i = 0; i < r->count; i++)
        mend(r, &r->items[i], station);
}

bool rollouts_broken(const struct rollouts *r, uint32_t station)
{
    for (uint32_t i = 0; i < r->count; i++) {
        const struct replica *replica = replica_of(&r->items[i], station);

        if (replica && replica->broken)
            return true;
    }
    return false;
}

/* ---------------------------------------------------------------- moving on */

/* When the next of `count` replicas is due. */
static int64_t next_of(const struct rollout *x, uint32_t count)
{
    return x->step_from_ns + (int64_t)((__int128)x->step_over_ns * (x->done + 1) / count);
}

static void begin_ring(struct rollouts *r, struct rollout *x)
{
    struct ring_facts *ring = &x->rings[x->ring];

    x->state = STATE_CHANGING;
    x->done = 0;
    x->step_from_ns = ring->from_ns = r->reach.core->now_ns;
    x->step_over_ns = x->settings->over_ns;
    core_note(r->reach.core, "rollout", x->settings->name, "ring %s: %u replica%s of %s", ring->name, ring->replicas,
              ring->replicas == 1 ? "" : "s", x->settings->service);
    plan(r, x, next_of(x, ring->replicas));
}

static void change_next(struct rollouts *r, struct rollout *x)
{
    struct ring_facts *ring = &x->rings[x->ring];
    uint32_t station = x->order[x->changed++];

    replica_of(x, station)->changed = true;
    ring->changed++;
    if (x->flawed)
        flow_lever_pull(r->reach.flow, x->flaw, station, 1);
    if (++x->done < ring->replicas) {
        plan(r, x, next_of(x, ring->replicas));
        return;
    }
    x->state = STATE_BAKING;
    plan(r, x, r->reach.core->now_ns + x->settings->bake_ns);
}

/* The ring has baked. */
static void go_on(struct rollouts *r, struct rollout *x)
{
    if (++x->ring < x->ring_count) {
        begin_ring(r, x);
        return;
    }
    x->state = STATE_COMPLETE;
    x->due_ns = -1;
    core_note(r->reach.core, "rollout", x->settings->name, "complete");
    if (!x->flawed)
        r->reach.phase(r->reach.context, x->settings->name, false);
}

static void taken_back(struct rollouts *r, struct rollout *x)
{
    x->state = STATE_TAKEN_BACK;
    x->due_ns = -1;
    x->taken_back_ns = r->reach.core->now_ns;
    r->reach.phase(r->reach.context, x->settings->name, false);
    core_note(r->reach.core, "rollout", x->settings->name, "taken back from %u replica%s%s", x->changed, x->changed == 1 ? "" : "s",
              x->broken_now ? "; what is broken needs a restart" : "");
}

static void take_next_back(struct rollouts *r, struct rollout *x)
{
    uint32_t station = x->order[x->done];

    replica_of(x, station)->changed = false;
    if (x->flawed) {
        flow_lever_release(r->reach.flow, x->flaw, station, 1);
        if (!x->settings->flaw->sticky)
            mend(r, x, station);
    }
    if (++x->done < x->changed)
        plan(r, x, next_of(x, x->changed));
    else
        taken_back(r, x);
}

static void begin(struct rollouts *r, struct rollout *x)
{
    r->reach.phase(r->reach.context, x->settings->name, true);
    begin_ring(r, x);
    if (x->gated) {
        x->look_ns = r->reach.core->now_ns + look_every_ns;
        if (x->look_ns <= r->reach.core->end_ns)
            core_plan(r->reach.core, x->look_ns, EVENT_ROLLOUT, (uint32_t)(x - r->items));
    }
}

/* All that is due now; steps that take no time follow each other at one moment. */
static void move_on(struct rollouts *r, struct rollout *x)
{
    while (x->due_ns == r->reach.core->now_ns) {
        if (x->state == STATE_PLANNED)
            begin(r, x);
        else if (x->state == STATE_CHANGING)
            change_next(r, x);
        else if (x->state == STATE_BAKING)
            go_on(r, x);
        else
            take_next_back(r, x);
    }
}

/* ---------------------------------------------------------------- stopping */

static void stop(struct rollouts *r, struct rollout *x)
{
    x->state = STATE_STOPPED;
    x->due_ns = x->look_ns = -1;
    x->stopped_ns = r->reach.core->now_ns;
}

/* Of a change that stands still. */
static void take_back(struct rollouts *r, struct rollout *x, int64_t over_ns)
{
    if (x->changed == 0) {
        taken_back(r, x);
        return;
    }
    x->state = STATE_TAKING_BACK;
    x->done = 0;
    x->step_from_ns = r->reach.core->now_ns;
    x->step_over_ns = over_ns;
    plan(r, x, next_of(x, x->changed));
    move_on(r, x);
}

void rollouts_take_back(struct rollouts *r, const char *name, int64_t over_ns)
{
    struct rollout *x = r->items;

    while (strcmp(x->settings->name, name) != 0)
        x++;
    if (x->state == STATE_TAKING_BACK || x->state == STATE_TAKEN_BACK)
        return;
    if (x->state == STATE_PLANNED) {
        stop(r, x);
        core_note(r->reach.core, "rollout", name, "stopped before it began");
        return;
    }
    if (x->state == STATE_STOPPED && x->rings[0].from_ns < 0) /* it never began */
        return;
    if (x->state != STATE_STOPPED)
        stop(r, x);
    take_back(r, x, over_ns);
}

/* Does the gate hold, as far as anybody can see? */
static bool gate_holds(struct rollouts *r, struct rollout *x)
{
    struct metric_judgement judged;
    char message[256];

    return !metric_judge(&x->gate, r->reach.resolve, r->reach.context, &judged, message) || judged.holds;
}

/* What it takes back by itself, it takes back at the pace of the ring that it is in. */
static void look(struct rollouts *r, struct rollout *x)
{
    x->look_ns = -1;
    if (x->state != STATE_CHANGING && x->state != STATE_BAKING)
        return;
    if (gate_holds(r, x)) {
        x->look_ns = r->reach.core->now_ns + look_every_ns;
        if (x->look_ns <= r->reach.core->end_ns)
            core_plan(r->reach.core, x->look_ns, EVENT_ROLLOUT, (uint32_t)(x - r->items));
        return;
    }
    core_note(r->reach.core, "rollout", x->settings->name, "stopped in ring %s: its gate does not hold, %s", x->rings[x->ring].name,
              x->settings->gate);
    stop(r, x);
    if (x->settings->rolls_back)
        take_back(r, x, (int64_t)((__int128)x->settings->over_ns * x->changed / x->rings[x->ring].replicas));
}

/* The gate comes first: a ring whose bake ends now is watched to its end. */
void rollouts_on_due(struct rollouts *r, uint32_t rollout)
{
    struct rollout *x = &r->items[rollout];

    break_all(r, x);
    if (x->look_ns == r->reach.core->now_ns)
        look(r, x);
    move_on(r, x);
}

/* ---------------------------------------------------------------- facts */

bool rollouts_broken_now(const struct rollouts *r, const char *service, uint32_t *count)
{
    bool any = false;

    *count = 0;
    for (uint32_t i = 0; i < r->count; i++) {
        const struct rollout *x = &r->items[i];

        if (!x->flawed || strcmp(x->settings->service, service) != 0)
            continue;
        any = true;
        *count += x->broken_now;
    }
    return any;
}

uint32_t rollouts_count(const struct rollouts *r)
{
    return r->count;
}

struct rollout_facts rollouts_facts(const struct rollouts *r, uint32_t rollout)
{
    const struct rollout *x = &r->items[rollout];

    return (struct rollout_facts){
        .settings = x->settings,
        .rings = x->rings,
        .ring_count = x->ring_count,
        .broken = x->broken,
        .broken_now = x->broken_now,
        .stopped_ns = x->stopped_ns,
        .taken_back_ns = x->taken_back_ns,
        .last_broken_ns = x->last_broken_ns,
        .mended_ns = x->mended_ns,
    };
}

bool rollout_hits(const struct flow *f, const Stormcell__Rollout *set, uint32_t partition)
{
    if (!set->flaw)
        return false;
    if (set->n_rings == 0)
        return flow_select_hits(f, set->service, partition);
    for (size_t i = 0; i < set->n_rings; i++)
        for (size_t k = 0; k < set->rings[i]->n_targets; k++)
            if (flow_select_hits(f, set->rings[i]->targets[k], partition))
                return true;
    return false;
}
