/* lever - silence, crash, slowness, errors and flaws, pulled at a replica */
#include "flow/inside.h"

#include <stdlib.h>
#include <string.h>

#include "stormcell/must.h"

uint32_t flow_lever_add(struct flow *f, const struct lever *lever)
{
    f->levers = xrealloc(f->levers, f->lever_count + 1, sizeof *f->levers);
    f->levers[f->lever_count] = *lever;
    return f->lever_count++;
}

uint64_t flow_lever_touched(const struct flow *f, uint32_t lever)
{
    return f->levers[lever].touched;
}

void flow_listen_flaws(struct flow *f, flow_flaw_met *met, void *context)
{
    f->flaws.met = met;
    f->flaws.context = context;
}

/* Held in silence until the hang is over, as long as there is room to hold it. */
static void into_limbo(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    struct station *st = &f->stations[fr->station];

    if (st->limbo.length >= st->service->queue_limit && st->service->retransmits) {
        syn_drop(f, index);
        return;
    }
    if (st->limbo.length >= st->service->queue_limit) {
        fr->cell->counts[COUNT_DROPPED]++;
        frame_vanish(f, index);
        return;
    }
    fr->state = FRAME_LIMBO;
    queue_push(f, &st->limbo, index);
    st->limbo.length++;
}

static void meet(struct flow *f, struct lever *lever, uint32_t index, bool *taken)
{
    struct frame *fr = frame_at(f, index);

    lever->touched += !fr->knocks; /* each request once */
    switch (lever->kind) {
    case LEVER_HANG:
        if (lever->share < 1) {
            into_limbo(f, index);
            *taken = true;
        }
        break;
    case LEVER_CRASH:
        if (lever->share < 1) {
            fr->flags |= FRAME_REJECTING;
            fr->retry_after_ns = 0;
            fr->state = FRAME_ANSWERING;
            fr->due_ns = f->core->now_ns;
            core_plan(f->core, fr->due_ns, EVENT_WORK_DONE, index);
            *taken = true;
        }
        break;
    case LEVER_SLOW:
        if (lever->share < 1)
            fr->left_ns = work_scaled(fr->left_ns, lever->factor);
        break;
    case LEVER_ERROR: {
        struct draw d = draw_at(lever->coin_key, fr->birth, fr->lineage ^ 0x80000000u);

        fr->flags |= FRAME_ERRONEOUS | (lever->permanent ? FRAME_PERMANENT : 0);
        fr->left_ns = dist_sample_ns(&lever->error_work, &d);
        break;
    }
    case LEVER_CUT:
    case LEVER_LOSSY:
        must(!"a fault of links was pulled at a replica");
    case LEVER_FLAW:
        f->flaws.met(f->flaws.context, (uint32_t)(lever - f->levers), fr->station);
        break;
    }
}

void lever_meet(struct flow *f, uint32_t index, bool *taken)
{
    struct frame *fr = frame_at(f, index);
    struct station *st = &f->stations[fr->station];

    for (int i = 0; i < STATION_LEVERS && st->levers[i] && !*taken; i++) {
        struct lever *lever = &f->levers[st->levers[i] - 1];

        /* What has crashed refuses, whatever else is wrong with it. */
        if (st->crashed && lever->kind != LEVER_CRASH)
            continue;
        if (lever->kind == LEVER_FLAW && lever->operation != FLOW_ANY_OPERATION && lever->operation != fr->operation)
            continue;
        if (lever->share < 1) {
            struct draw d = draw_at(lever->coin_key, fr->birth, fr->lineage);

            if (draw_uniform(&d) >= lever->share)
                continue;
        }
        meet(f, lever, index, taken);
    }
}

/* Replicas that follow each other. All frames are gone through once for all of them: a whole service may have 100,000. */
struct range {
    uint32_t first, count;
};

/* Where a SYN is sent again, the kernel of its caller has it. */
static bool is_in(const struct frame *fr, struct range r)
{
    return frame_is_inside(fr) && fr->state != FRAME_SYN && fr->station - r.first < r.count;
}

/* Silence begins: work stands still. What it holds is touched. */
static void freeze(struct flow *f, struct lever *lever, struct range r)
{
    for (uint32_t k = r.first; k < r.first + r.count; k++)
        if (!f->stations[k].hung++)
            f->stations[k].hung_since_ns = f->core->now_ns;
    for (uint32_t i = 1; i < f->frames.used; i++) {
        struct frame *fr = frame_at(f, i);

        if (!is_in(fr, r) || (fr->flags & FRAME_LEFT) || f->stations[fr->station].hung > 1)
            continue;
        lever->touched++;
        if (fr->state == FRAME_WORKING) {
            fr->left_ns = fr->due_ns - f->core->now_ns;
            fr->due_ns = -1;
        }
    }
}

/* Silence ends: work goes on with its remainder, then what was put off happens, then the line moves. */
static void thaw(struct flow *f, struct range r)
{
    uint32_t used = f->frames.used;

    for (uint32_t k = r.first; k < r.first + r.count; k++)
        f->stations[k].hung--;
    for (uint32_t i = 1; i < used; i++) {
        struct frame *fr = frame_at(f, i);

        if (is_in(fr, r) && !f->stations[fr->station].hung && fr->state == FRAME_WORKING && fr->due_ns < 0) {
            fr->due_ns = f->core->now_ns + fr->left_ns;
            core_plan(f->core, fr->due_ns, EVENT_WORK_DONE, i);
        }
    }
    for (uint32_t i = 1; i < used; i++) {
        struct frame *fr = frame_at(f, i);

        if (is_in(fr, r) && !f->stations[fr->station].hung && (fr->flags & FRAME_PENDING))
            frame_hear_pending(f, i);
    }
    for (uint32_t k = r.first; k < r.first + r.count; k++)
        station_next(f, k);
}

/* All that the replicas hold is lost; callers hear of it at once (`heard`), or never. */
static void lose_all(struct flow *f, struct range r, bool heard)
{
    uint32_t used = f->frames.used;

    for (uint32_t k = r.first; k < r.first + r.count; k++) {
        struct station *st = &f->stations[k];

        station_level(f, st, LEVEL_QUEUE_LENGTH, -(double)st->waiting.length);
        st->waiting = st->urgent = st->limbo = (struct queue){0};
        st->left = 0;
    }
    for (uint32_t i = 1; i < used; i++) {
        struct frame *fr = frame_at(f, i);

        if (is_in(fr, r) && fr->state != FRAME_ANSWERING)
            frame_lose(f, i, heard);
    }
}

static void crash(struct flow *f, struct lever *lever, struct range r)
{
    for (uint32_t k = r.first; k < r.first + r.count; k++)
        f->stations[k].crashed = true;
    for (uint32_t i = 1; i < f->frames.used; i++)
        lever->touched += is_in(frame_at(f, i), r);
    lose_all(f, r, true);
}

/* Those who are connected to the replicas are touched, and notice it now or in their own time. */
static void cut_off(struct flow *f, struct lever *lever, struct range r)
{
    for (uint32_t k = r.first; k < r.first + r.count; k++)
        lever->touched += f->stations[k].connections;
    flow_stations_down(f, r.first, r.count, lever->kind == LEVER_CRASH);
}

/* Work that is being done takes `factor` times as long from now on. */
static void stretch(struct flow *f, struct range r, double factor, struct lever *touching)
{
    for (uint32_t i = 1; i < f->frames.used; i++) {
        struct frame *fr = frame_at(f, i);

        if (!is_in(fr, r) || fr->state != FRAME_WORKING)
            continue;
        if (touching)
            touching->touched++;
        if (fr->due_ns < 0) {
            fr->left_ns = work_scaled(fr->left_ns, factor);
            continue;
        }
        fr->due_ns = f->core->now_ns + work_scaled(fr->due_ns - f->core->now_ns, factor);
        core_plan(f->core, fr->due_ns, EVENT_WORK_DONE, i);
    }
}

/* Whole slow-downs multiply; worked out anew each time, so that nothing is left of one that is over. */
static void weigh(struct flow *f, struct station *st)
{
    st->slowness = 1;
    for (int i = 0; i < STATION_LEVERS && st->levers[i]; i++) {
        const struct lever *lever = &f->levers[st->levers[i] - 1];

        if (lever->kind == LEVER_SLOW && lever->share >= 1)
            st->slowness *= lever->factor;
    }
}

/* The lever is one more at the station. */
static void add_to(struct flow *f, uint32_t number, struct station *st)
{
    int i = 0;

    while (i < STATION_LEVERS && st->levers[i])
        i++;
    if (i == STATION_LEVERS)
        die("more than %d faults are on at one replica of %s", STATION_LEVERS, st->service->settings->name);
    st->levers[i] = number + 1;
    weigh(f, st);
}

void flow_lever_pull(struct flow *f, uint32_t number, uint32_t first, uint32_t count)
{
    struct lever *lever = &f->levers[number];
    struct range r = {first, count};

    for (uint32_t k = first; k < first + count; k++)
        add_to(f, number, &f->stations[k]);
    if (lever->share < 1)
        return;
    if (lever->kind == LEVER_HANG)
        freeze(f, lever, r);
    else if (lever->kind == LEVER_CRASH)
        crash(f, lever, r);
    if (lever->kind == LEVER_HANG || lever->kind == LEVER_CRASH)
        cut_off(f, lever, r);
    else if (lever->kind == LEVER_SLOW)
        stretch(f, r, lever->factor, lever);
}

/* Those that a partial hang held go on, or are lost. */
static void empty_limbo(struct flow *f, uint32_t station, bool drop)
{
    struct queue limbo = f->stations[station].limbo;
    uint32_t index;

    f->stations[station].limbo = (struct queue){0};
    while ((index = queue_pop(f, &limbo)) != 0) {
        if (!drop) {
            station_enter(f, index);
            continue;
        }
        frame_at(f, index)->cell->counts[COUNT_DROPPED]++;
        frame_vanish(f, index);
    }
}

static bool another_crash(const struct flow *f, const struct station *st)
{
    for (int i = 0; i < STATION_LEVERS && st->levers[i]; i++)
        if (f->levers[st->levers[i] - 1].kind == LEVER_CRASH && f->levers[st->levers[i] - 1].share >= 1)
            return true;
    return false;
}

static void take_from(struct flow *f, uint32_t number, struct station *st)
{
    int i = 0;

    while (i < STATION_LEVERS && st->levers[i] != number + 1)
        i++;
    must(i < STATION_LEVERS);
    memmove(&st->levers[i], &st->levers[i + 1], (size_t)(STATION_LEVERS - 1 - i) * sizeof st->levers[0]);
    st->levers[STATION_LEVERS - 1] = 0;
    weigh(f, st);
    st->crashed = st->crashed && another_crash(f, st);
}

void flow_lever_release(struct flow *f, uint32_t number, uint32_t first, uint32_t count)
{
    struct lever *lever = &f->levers[number];
    struct range r = {first, count};

    for (uint32_t k = first; k < first + count; k++)
        take_from(f, number, &f->stations[k]);
    if (lever->kind == LEVER_HANG && lever->share < 1) {
        for (uint32_t k = first; k < first + count; k++)
            empty_limbo(f, k, lever->drop_at_end);
    } else if (lever->kind == LEVER_HANG) {
        if (lever->drop_at_end)
            lose_all(f, r, false);
        thaw(f, r);
    } else if (lever->kind == LEVER_SLOW && lever->share >= 1) {
        stretch(f, r, 1 / lever->factor, NULL);
    }
}
