/* station - a replica: its waiting line, its workers, what it refuses */
#include "flow/inside.h"
#include "stormcell/must.h"

/* Records of those who have left a line are swept out when they are more than these, and more than those who wait. */
enum { LEFT_LEAST = 64 };

void queue_push(struct flow *f, struct queue *q, uint32_t index)
{
    frame_at(f, index)->next = 0;
    if (q->head)
        frame_at(f, q->tail)->next = index;
    else
        q->head = index;
    q->tail = index;
}

static void queue_push_front(struct flow *f, struct queue *q, uint32_t index)
{
    frame_at(f, index)->next = q->head;
    if (!q->head)
        q->tail = index;
    q->head = index;
}

uint32_t queue_pop(struct flow *f, struct queue *q)
{
    uint32_t index = q->head;

    if (index) {
        q->head = frame_at(f, index)->next;
        if (!q->head)
            q->tail = 0;
    }
    return index;
}

/* While the replica hangs none of its workers is free, whatever they do. */
static struct view view_of(struct flow *f, const struct station *st, struct control *c, const struct frame *fr)
{
    return (struct view){
        .now_ns = f->core->now_ns,
        .waiting = st->waiting.length,
        .running = st->hung ? st->service->workers : st->busy,
        .workers = st->service->workers,
        .acts = c->acts,
        .random = draw_at(c->draws, fr->birth, fr->lineage),
    };
}

static void controls_done(struct flow *f, const struct frame *fr, uint32_t count, enum outcome outcome)
{
    struct station *st = &f->stations[fr->station];
    struct service *sv = st->service;
    struct asked asked = {.birth = fr->birth,
                          .attempt = fr->tried,
                          .partition = fr->partition,
                          .waited_ns = f->core->now_ns - fr->since_ns};

    for (uint32_t i = 0; i < count; i++) {
        struct control *c = &sv->controls.items[i];
        struct view view = view_of(f, st, c, fr);

        if (c->kind->done)
            c->kind->done(&view, control_state(c, fr->partition, fr->station - sv->station), &asked, outcome,
                          f->core->now_ns - fr->since_ns);
    }
}

void station_controls_done(struct flow *f, struct frame *fr, enum outcome outcome)
{
    controls_done(f, fr, f->stations[fr->station].service->controls.count, outcome);
}

/* A worker begins with the frame. Who calls it sees to the level of busy workers. */
static void begin_work(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    struct station *st = &f->stations[fr->station];

    st->busy++;
    fr->state = FRAME_WORKING;
    fr->due_ns = f->core->now_ns + (st->slowness > 1 ? work_scaled(fr->left_ns, st->slowness) : fr->left_ns);
    if (st->service->retransmits && !(fr->flags & FRAME_REJECTING))
        fr->due_ns += syn_request_wait_ns(f, fr);
    core_plan(f->core, fr->due_ns, EVENT_WORK_DONE, index);
}

/* A free worker begins with the frame. */
static void take_worker(struct flow *f, uint32_t index)
{
    station_level(f, &f->stations[frame_at(f, index)->station], LEVEL_BUSY, 1);
    begin_work(f, index);
}

/* When a refusal says to come again. */
int64_t station_retry_after_ns(const struct service *sv, const struct frame *fr)
{
    struct draw d = draw_at(sv->retry_after_key, fr->birth, fr->lineage);

    return dist_sample_ns(&sv->retry_after, &d);
}

static void drop(struct flow *f, uint32_t index)
{
    frame_at(f, index)->cell->counts[COUNT_DROPPED]++;
    frame_vanish(f, index);
}

/* A refusal that costs work, and no worker is free: it waits ahead of the line, if there is room for it. */
static void wait_to_be_refused(struct flow *f, struct station *st, uint32_t index)
{
    struct frame *fr = frame_at(f, index);

    if (st->urgent.length >= st->service->reject_limit) {
        fr->flags &= (uint8_t)~FRAME_REJECTING;
        drop(f, index);
        return;
    }
    fr->state = FRAME_WAITING;
    st->urgent.length++;
    queue_push(f, &st->urgent, index);
}

/* A refusal: heard at once, or after a worker has spent `reject_work` on it, ahead of the line. */
static void refuse(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    struct station *st = &f->stations[fr->station];
    struct service *sv = st->service;

    fr->flags |= FRAME_REJECTING;
    fr->retry_after_ns = sv->settings->retry_after && !st->crashed ? station_retry_after_ns(sv, fr) : 0;
    if (sv->settings->reject_work && !st->crashed) {
        struct draw d = draw_at(sv->reject_key, fr->birth, fr->lineage);

        fr->left_ns = dist_sample_ns(&sv->reject_work, &d);
        if (!st->hung && st->busy < sv->workers)
            take_worker(f, index);
        else
            wait_to_be_refused(f, st, index);
        return;
    }
    fr->state = FRAME_ANSWERING;
    fr->due_ns = f->core->now_ns;
    core_plan(f->core, fr->due_ns, EVENT_WORK_DONE, index);
}

static void count_change(struct flow *f, struct station *st, int change)
{
    st->waiting.length += (uint32_t)change;
    station_level(f, st, LEVEL_QUEUE_LENGTH, change);
}

/* What is not admitted meets a refusal; while the replica hangs, silence. */
static void turn_away(struct flow *f, uint32_t index)
{
    if (f->stations[frame_at(f, index)->station].hung)
        drop(f, index);
    else
        refuse(f, index);
}

/* Takes the n-th frame that still waits out of the line, and turns it away. */
static void evict(struct flow *f, struct station *st, uint32_t n)
{
    uint32_t before = 0, index = st->waiting.head;

    while (index && (n || (frame_at(f, index)->flags & FRAME_LEFT))) {
        n -= !(frame_at(f, index)->flags & FRAME_LEFT);
        before = index;
        index = frame_at(f, index)->next;
    }
    must(index);
    if (before)
        frame_at(f, before)->next = frame_at(f, index)->next;
    else
        st->waiting.head = frame_at(f, index)->next;
    if (st->waiting.tail == index)
        st->waiting.tail = before;
    count_change(f, st, -1);
    struct frame *fr = frame_at(f, index);
    fr->flags &= (uint8_t)~FRAME_ADMITTED;
    station_controls_done(f, fr, OUTCOME_REFUSED);
    turn_away(f, index);
}

/* Asks the overload controls: admit, reject or drop. Unless it is admitted, those that had admitted it know. */
static enum decision decide(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    struct station *st = &f->stations[fr->station];
    struct service *sv = st->service;
    struct asked asked = {.birth = fr->birth, .attempt = fr->tried, .partition = fr->partition};

    for (uint32_t i = 0; i < sv->controls.count; i++) {
        struct control *c = &sv->controls.items[i];
        struct view view = view_of(f, st, c, fr);
        enum decision decision = DECISION_ADMIT;

        if (!c->kind->admit)
            continue;
        c->asked++;
        decision = c->kind->admit(&view, control_state(c, fr->partition, fr->station - sv->station), &asked);
        if (decision == DECISION_DROP_OLDEST) {
            evict(f, st, sv->lifo ? st->waiting.length - 1 : 0);
        } else if (decision == DECISION_DROP_RANDOM) {
            uint64_t victim = draw_below(&view.random, st->waiting.length + 1);

            if (victim < st->waiting.length)
                evict(f, st, (uint32_t)victim);
            else
                decision = DECISION_REJECT;
        }
        if (decision == DECISION_REJECT || decision == DECISION_DROP) {
            controls_done(f, fr, i, OUTCOME_LOCAL);
            return decision;
        }
    }
    fr->flags |= FRAME_ADMITTED;
    return DECISION_ADMIT;
}

/* Do the overload controls take it in? Otherwise it is dealt with. */
static bool admitted(struct flow *f, uint32_t index)
{
    enum decision decision = decide(f, index);

    if (decision == DECISION_REJECT)
        turn_away(f, index);
    else if (decision == DECISION_DROP)
        drop(f, index);
    return decision == DECISION_ADMIT;
}

/* The bounded line is full, after the controls had let it in. */
static void overflow(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);

    if (fr->flags & FRAME_ADMITTED)
        station_controls_done(f, fr, OUTCOME_REFUSED);
    fr->flags &= (uint8_t)~FRAME_ADMITTED;
    if (f->stations[fr->station].service->retransmits)
        syn_drop(f, index);
    else if (f->stations[fr->station].service->drops)
        drop(f, index);
    else
        turn_away(f, index);
}

void station_enter(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    struct station *st = &f->stations[fr->station];
    struct service *sv = st->service;

    if (sv->controls.count && !admitted(f, index))
        return;
    if (!st->hung && st->busy < sv->workers && !st->waiting.length) {
        histogram_add(&fr->cell->samples[SAMPLE_QUEUE_WAIT], f->core->now_ns - fr->since_ns);
        take_worker(f, index);
        return;
    }
    if (st->waiting.length >= sv->queue_limit) {
        overflow(f, index);
        return;
    }
    fr->state = FRAME_WAITING;
    if (sv->lifo)
        queue_push_front(f, &st->waiting, index);
    else
        queue_push(f, &st->waiting, index);
    count_change(f, st, 1);
}

bool station_has_room(const struct station *st)
{
    if (st->waiting.length < st->service->queue_limit)
        return true;
    return !st->hung && st->busy < st->service->workers && !st->waiting.length;
}

/* The frame is at the door: faults meet it first, then the accept queue if there is one, then the overload controls. */
static inline __attribute__((always_inline)) void come(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    struct station *st = &f->stations[fr->station];
    const struct operation *op = &f->operations[fr->operation];
    struct draw d = draw_at(op->work_key, fr->birth, fr->visit);
    bool taken = false;

    fr->left_ns = dist_sample_ns(&op->work, &d);
    if (st->levers[0])
        lever_meet(f, index, &taken);
    if (taken)
        return;
    if (st->crashed)
        refuse(f, index);
    else if (st->service->retransmits && !station_has_room(st))
        syn_drop(f, index);
    else
        station_enter(f, index);
}

void station_arrive_in_vain(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);

    fr->cell->counts[COUNT_ARRIVED]++;
    fr->since_ns = f->core->now_ns;
    turn_away(f, index);
}

void station_arrive(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    const struct operation *op = &f->operations[fr->operation];

    fr->cell->counts[COUNT_ARRIVED]++;
    /* Both are far away by then, and wanted when the work is done. */
    __builtin_prefetch(&fr->cell->samples[SAMPLE_SOJOURN]);
    if (op->cached)
        __builtin_prefetch(&f->calls[f->lists[op->list].first].fresh_until_ns[fr->user]);
    fr->since_ns = f->core->now_ns;
    fr->knocks = 0;
    come(f, index);
}

void station_knock(struct flow *f, uint32_t index)
{
    /* What it met the last time was at a door that did not open. */
    frame_at(f, index)->flags &= (uint8_t) ~(FRAME_ERRONEOUS | FRAME_PERMANENT);
    come(f, index);
}

/* The next frame that a worker should begin with: refusals first, then the line. 0: none. */
static uint32_t take_next(struct flow *f, struct station *st)
{
    uint32_t index = st->urgent.head ? queue_pop(f, &st->urgent) : 0;
    struct frame *fr;

    if (index) {
        st->urgent.length--;
        return index;
    }
    while ((index = queue_pop(f, &st->waiting)) != 0) {
        fr = frame_at(f, index);
        if (!(fr->flags & FRAME_LEFT)) {
            count_change(f, st, -1);
            histogram_add(&fr->cell->samples[SAMPLE_QUEUE_WAIT], f->core->now_ns - fr->since_ns);
            return index;
        }
        st->left--; /* it left the line long ago; only its record stood here */
        frame_give(f, index);
    }
    return 0;
}

/* Free workers begin with what waits; `before`: so many were busy when their level was written down last. A worker that goes from
 * one frame to the next at one moment changes no level. */
static void put_to_work(struct flow *f, struct station *st, uint32_t before)
{
    uint32_t workers = st->service->workers, index;

    while (!st->hung && !st->crashed && st->busy < workers && (index = take_next(f, st)) != 0)
        begin_work(f, index);
    if (st->busy != before)
        station_level(f, st, LEVEL_BUSY, (double)st->busy - (double)before);
}

void station_next(struct flow *f, uint32_t station)
{
    put_to_work(f, &f->stations[station], f->stations[station].busy);
}

void station_release(struct flow *f, struct frame *fr)
{
    struct station *st = &f->stations[fr->station];

    if (fr->state == FRAME_ANSWERING) /* refused at once: it never had a worker */
        return;
    st->busy--;
    put_to_work(f, st, st->busy + 1);
}

/* Takes the records of those who have left out of the line. */
static void sweep(struct flow *f, struct station *st)
{
    struct queue old = st->waiting;
    uint32_t index;

    st->waiting.head = st->waiting.tail = 0;
    while ((index = queue_pop(f, &old)) != 0)
        if (frame_at(f, index)->flags & FRAME_LEFT)
            frame_give(f, index);
        else
            queue_push(f, &st->waiting, index);
    st->left = 0;
}

void station_leave(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    struct station *st = &f->stations[fr->station];

    if (fr->state == FRAME_CROSSING) /* it leaves as it arrives */
        fr->flags |= FRAME_LEFT;
    if (fr->state != FRAME_WAITING || (fr->flags & FRAME_REJECTING))
        return;
    fr->flags |= FRAME_LEFT;
    count_change(f, st, -1);
    if (fr->flags & FRAME_ADMITTED)
        station_controls_done(f, fr, OUTCOME_TIMED_OUT);
    fr->flags &= (uint8_t)~FRAME_ADMITTED;
    fr->cell->counts[COUNT_DROPPED]++;
    if (++st->left > LEFT_LEAST && st->left > st->waiting.length)
        sweep(f, st);
}
