/* frame - the life of an attempt: work, calls, answer */
#include "flow/inside.h"
#include "stormcell/must.h"

/* Plans what the frame does next, at now + delay. */
static void plan(struct flow *f, uint32_t index, enum frame_state state, enum event_kind kind, int64_t delay_ns)
{
    struct frame *fr = frame_at(f, index);

    fr->state = state;
    fr->due_ns = f->core->now_ns + delay_ns;
    core_plan(f->core, fr->due_ns, kind, index);
}

static void root_end(struct flow *f, uint32_t index, enum outcome outcome)
{
    struct frame *fr = frame_at(f, index);
    struct root_end end = {
        .kind = fr->root,
        .owner = fr->owner,
        .outcome = outcome,
        .cell = fr->cell,
        .partition = fr->partition,
        .began_ns = fr->since_ns,
        .attempts = fr->attempts,
        .retry_after_ns = outcome == OUTCOME_REFUSED ? fr->asked_ns : 0,
    };

    if (end.kind == ROOT_ASKER) {
        cache_asked(f, index, outcome);
        return;
    }
    frame_give(f, index);
    f->listeners[end.kind].ended(f->listeners[end.kind].context, &end);
}

/* Where the request of a FRAME_CLIENT is counted. */
static struct cell *client_cell(struct flow *f, const struct frame *fr)
{
    return tally_at(&f->core->tally, fr->client, fr->partition, fr->epoch);
}

/* True if the client still waited. On the way of every plain request. */
static inline __attribute__((always_inline)) bool client_end(struct flow *f, const struct frame *fr, struct answer answer)
{
    struct root_end end;

    if (fr->holder)
        return client_answer(f, fr, answer);
    end = (struct root_end){
        .kind = ROOT_POPULATION,
        .owner = fr->client,
        .outcome = answer.outcome,
        .cell = client_cell(f, fr),
        .partition = fr->partition,
        .began_ns = fr->since_ns,
        .attempts = 1,
        .retry_after_ns = answer.retry_after_ns,
    };
    f->listeners[ROOT_POPULATION].ended(f->listeners[ROOT_POPULATION].context, &end);
    return true;
}

void frame_vanish(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);

    if (!(fr->flags & FRAME_CLIENT) || fr->holder) {
        frame_give(f, index);
        return;
    }
    /* Its client goes on waiting, for ever: what the frame had waited for, an answer, a time-out, a deadline, finds nobody. */
    fr->token++;
    fr->due_ns = -1;
    fr->cell = client_cell(f, fr);
    fr->owner = fr->client;
    fr->station = 0;
    fr->flags = 0;
    fr->state = FRAME_LIMBO;
    fr->attempts = 1;
    fr->root = ROOT_POPULATION;
    /* No timer of one who had this record before is meant for it. */
    fr->call_began_ns = INT64_MIN;
    fr->due_ns = -1;
}

/* The answer goes on the link by which its request came. Whether it is useful is known when it is there, or lost; a refusal is one
 * in any case. */
static void send_answer(struct flow *f, uint32_t index, enum outcome outcome)
{
    struct frame *fr = frame_at(f, index);

    fr->cell->counts[COUNT_REFUSED] += (fr->flags & FRAME_REJECTING) != 0;
    fr->outcome = (uint8_t)outcome;
    link_send(f, index, LINK_BACK);
}

void frame_hand_over(struct flow *f, uint32_t index)
{
    const struct frame fr = *frame_at(f, index);
    struct answer answer;
    bool waited;

    frame_give(f, index);
    answer = (struct answer){fr.outcome, (fr.flags & FRAME_REJECTING) ? fr.retry_after_ns : 0};
    if (fr.flags & FRAME_CLIENT)
        waited = client_end(f, &fr, answer);
    else
        waited = frame_answer(f, fr.parent, fr.parent_token, answer);
    if (!(fr.flags & FRAME_REJECTING))
        fr.cell->counts[waited ? COUNT_USEFUL : COUNT_WASTED]++;
}

/* The frame is done: counts it, frees its worker, answers. */
static void station_end(struct flow *f, uint32_t index, enum outcome outcome)
{
    struct frame *fr = frame_at(f, index);
    struct cell *cell = fr->cell;
    uint32_t parent = fr->parent, token = fr->parent_token;
    bool refused = fr->flags & FRAME_REJECTING, client = fr->flags & FRAME_CLIENT, waited = fr->flags & FRAME_DETACHED;
    struct answer answer = {.outcome = outcome, .retry_after_ns = refused ? fr->retry_after_ns : 0};

    if (!refused) {
        histogram_add(&cell->samples[SAMPLE_SOJOURN], f->core->now_ns - fr->since_ns);
        cell->counts[COUNT_ERRORS] += outcome != OUTCOME_OK;
    }
    if (fr->flags & FRAME_ADMITTED)
        station_controls_done(f, fr, outcome);
    station_release(f, fr);
    if (!waited && fr->link) {
        send_answer(f, index, outcome);
        return;
    }
    if (client)
        waited = client_end(f, fr, answer);
    frame_give(f, index);
    if (!client)
        waited = waited || frame_answer(f, parent, token, answer);
    cell->counts[refused ? COUNT_REFUSED : waited ? COUNT_USEFUL : COUNT_WASTED]++;
}

/* All its calls are made, or one has failed for good. */
static void finish(struct flow *f, uint32_t index, enum outcome outcome)
{
    struct frame *fr = frame_at(f, index);

    if (fr->station) {
        /* What went wrong below is an erroneous answer to those above. */
        if (outcome != OUTCOME_OK && outcome != OUTCOME_PERMANENT && !(fr->flags & FRAME_REJECTING))
            outcome = OUTCOME_ERROR;
        station_end(f, index, outcome);
    } else if (f->starting) {
        fr->outcome = (uint8_t)outcome;
        plan(f, index, FRAME_ANSWERING, EVENT_WORK_DONE, 0);
    } else {
        root_end(f, index, outcome);
    }
}

/* The link of an attempt; one that is sent elsewhere than its call says goes by the link to there. */
uint32_t frame_link(const struct flow *f, const struct call *call, uint32_t station)
{
    const struct service *to = f->stations[station].service;

    return to == call->service ? call->link : link_between(f, call->path, to);
}

/* Makes the frame of one attempt; `parent` may be moved by it. */
static uint32_t new_attempt(struct flow *f, uint32_t parent, const struct call *call, uint32_t station, uint8_t flags)
{
    uint32_t index = frame_take(f);
    const struct service *service = service_at(f, call, station);
    const struct frame *p = frame_at(f, parent);
    struct frame *c = frame_at(f, index);

    c->flags = flags;
    c->step = 0;
    c->station = station;
    c->birth = p->birth;
    c->parent = (flags & FRAME_DETACHED) ? FLOW_NONE : parent;
    c->parent_token = p->token;
    c->partition = p->partition;
    c->epoch = p->epoch;
    c->operation = service == call->service ? call->operation : detour_operation(f, call, service);
    c->link = (uint16_t)frame_link(f, call, station);
    c->tried = (uint16_t)(p->attempt < UINT16_MAX ? p->attempt : UINT16_MAX);
    /* With the name of the call: two calls of one caller to the same service toss coins of their own. */
    c->lineage = p->lineage * 0x9E3779B1u + ((flags & FRAME_DETACHED) ? 1 : p->attempt) + call->name_hash;
    c->visit = p->visit * 0x9E3779B1u + call->name_hash;
    c->user = p->user;
    c->cell = flow_cell(f, c, service);
    return index;
}

/* A new attempt sets out for its replica. */
void frame_send(struct flow *f, uint32_t index)
{
    if (frame_at(f, index)->link)
        link_send(f, index, LINK_FORWARD);
    else
        station_arrive(f, index);
}

void frame_begin_call(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    const struct call *call = &f->calls[fr->call];

    fr->attempt = 0;
    fr->back_off_ns = 0;
    fr->callee_station = 0;
    fr->call_began_ns = f->core->now_ns;
    if (call->deadline_ns)
        core_plan_timeout(f->core, f->core->now_ns + call->deadline_ns, EVENT_DEADLINE, index);
    frame_attempt(f, index);
}

/* Is this call made at all, on this visit? Every attempt of the same visit finds the same answer; another visit, in a loop or by
 * another way, draws anew. */
static bool skipped(struct flow *f, const struct frame *fr, struct call *call)
{
    if (call->share < 1) {
        struct draw d = draw_at(call->share_key, fr->birth, fr->visit);

        if (draw_uniform(&d) >= call->share)
            return true;
    }
    return false;
}

void frame_next_call(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    struct call_list list = f->lists[frame_list(f, fr)];

    for (; fr->step < list.count; fr->step++) {
        struct call *call = &f->calls[list.first + fr->step];

        if (skipped(f, fr, call))
            continue;
        if (call->cached) {
            enum cache_answer answer = cache_look(f, call, fr);

            if (answer == CACHE_FAILED) {
                finish(f, index, OUTCOME_ERROR);
                return;
            }
            if (answer != CACHE_MISSED)
                continue;
        }
        flow_cell(f, fr, called_service(f, call, fr))->counts[COUNT_CALLS]++;
        fr->call = list.first + fr->step;
        if (call->async) {
            fr->attempt = 1;
            frame_send(f, new_attempt(f, index, call, balance_pick(f, call, fr, 0), FRAME_DETACHED));
            fr = frame_at(f, index);
            continue;
        }
        if (fr->station)
            station_level(f, &f->stations[fr->station], LEVEL_HELD, 1);
        if (call->names && call->names->stale_until_ns)
            cache_ask(f, index, fr->call);
        else
            frame_begin_call(f, index);
        return;
    }
    finish(f, index, (fr->flags & FRAME_ERRONEOUS) ? OUTCOME_ERROR : OUTCOME_OK);
}

static struct asked ask_about(const struct frame *fr)
{
    return (struct asked){.birth = fr->birth,
                          .attempt = fr->attempt,
                          .partition = fr->partition,
                          .previous_delay_ns = fr->back_off_ns,
                          .retry_after_ns = fr->asked_ns};
}

static struct view view_of(struct flow *f, struct control *c, const struct frame *fr)
{
    return (struct view){.now_ns = f->core->now_ns,
                         .acts = c->acts,
                         .random = draw_at(c->draws, fr->birth, fr->lineage * 0x9E3779B1u + fr->attempt)};
}

static void call_controls_done(struct flow *f, const struct frame *fr, uint32_t count, enum outcome outcome)
{
    struct call *call = &f->calls[fr->call];
    uint32_t replica = replica_number(call, fr->callee_station);
    struct asked asked = ask_about(fr);

    for (uint32_t i = 0; i < count; i++) {
        struct control *c = &call->controls.items[i];
        struct view view = view_of(f, c, fr);

        if (c->kind->done)
            c->kind->done(&view, control_state(c, fr->partition, replica), &asked, outcome, f->core->now_ns - fr->attempt_began_ns);
    }
}

/* Do the caller's own controls let the attempt go? */
static bool call_controls_admit(struct flow *f, const struct frame *fr)
{
    struct call *call = &f->calls[fr->call];
    uint32_t replica = replica_number(call, fr->callee_station);
    struct asked asked = ask_about(fr);

    for (uint32_t i = 0; i < call->controls.count; i++) {
        struct control *c = &call->controls.items[i];
        struct view view = view_of(f, c, fr);

        if (!c->kind->admit)
            continue;
        c->asked++;
        if (c->kind->admit(&view, control_state(c, fr->partition, replica), &asked) != DECISION_ADMIT) {
            call_controls_done(f, fr, i, OUTCOME_LOCAL);
            return false;
        }
    }
    return true;
}

/* The time-out of the attempt that is out. */
static void wait_at_most(struct flow *f, uint32_t index, const struct call *call)
{
    struct frame *fr = frame_at(f, index);
    const struct time_out *wait = call_time_out(call, fr->attempt);

    lane_push(f, wait->lane, f->core->now_ns + wait->ns, index, fr->token);
}

static void wait_impatiently(struct flow *f, uint32_t index, const struct call *call)
{
    struct frame *fr = frame_at(f, index);
    struct draw d = draw_at(call->patience_key, fr->birth, fr->lineage * 0x9E3779B1u + fr->attempt);

    fr->due_ns = f->core->now_ns + dist_sample_ns(&call->patience, &d);
    core_plan_timeout(f->core, fr->due_ns, EVENT_PATIENCE, index);
}

void frame_attempt(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    struct call *call = &f->calls[fr->call];
    uint32_t child;

    fr->attempt++;
    if (!fr->station)
        fr->attempts++;
    fr->asked_ns = 0;
    fr->attempt_began_ns = f->core->now_ns;
    fr->callee_station = balance_pick(f, call, fr, fr->callee_station);
    if (call->controls.count && !call_controls_admit(f, fr)) {
        plan(f, index, FRAME_STOPPED, EVENT_RETRY, 0);
        return;
    }
    child = new_attempt(f, index, call, fr->callee_station, 0);
    fr = frame_at(f, index);
    fr->state = FRAME_CALLING;
    fr->callee = child;
    fr->due_ns = -1;
    if (call->wait_count)
        wait_at_most(f, index, call);
    if (call->impatient)
        wait_impatiently(f, index, call);
    frame_send(f, child);
}

/* Do the retry controls want another attempt? Fills the delay. */
static bool wants_again(struct flow *f, const struct frame *fr, enum outcome outcome, int64_t *delay_ns)
{
    struct call *call = &f->calls[fr->call];
    uint32_t replica = replica_number(call, fr->callee_station);
    struct asked asked = ask_about(fr);
    bool opinion = false;

    *delay_ns = 0;
    for (uint32_t i = 0; i < call->controls.count; i++) {
        struct control *c = &call->controls.items[i];
        struct view view = view_of(f, c, fr);
        int64_t delay = 0;

        if (!c->kind->again)
            continue;
        c->asked++;
        if (!c->kind->again(&view, control_state(c, fr->partition, replica), &asked, outcome, &delay))
            return false;
        opinion = true;
        if (delay > *delay_ns)
            *delay_ns = delay;
    }
    if (call->deadline_ns && f->core->now_ns + *delay_ns >= fr->call_began_ns + call->deadline_ns)
        return false;
    return opinion;
}

/* The call is over, for better or worse. */
static void call_over(struct flow *f, uint32_t index, enum outcome outcome)
{
    struct frame *fr = frame_at(f, index);
    struct call *call = &f->calls[fr->call];

    fr->token++;
    if (fr->station)
        station_level(f, &f->stations[fr->station], LEVEL_HELD, -1);
    if (call->cached)
        cache_heard(f, call, fr, outcome);
    if (outcome != OUTCOME_OK) {
        finish(f, index, outcome);
        return;
    }
    fr->step++;
    frame_next_call(f, index);
}

void frame_attempt_over(struct flow *f, uint32_t index, enum outcome outcome)
{
    struct frame *fr = frame_at(f, index);
    struct call *call = &f->calls[fr->call];
    int64_t delay_ns;

    fr->token++;
    if (call->front && outcome == OUTCOME_TIMED_OUT)
        outcome = cache_late(f, fr);
    if (outcome != OUTCOME_LOCAL) {
        if (service_at(f, call, fr->callee_station)->settings->ejection)
            balance_hear(f, fr->callee_station, outcome);
        if (call->controls.count)
            call_controls_done(f, fr, call->controls.count, outcome);
    }
    if (outcome == OUTCOME_OK || outcome == OUTCOME_PERMANENT || !wants_again(f, fr, outcome, &delay_ns)) {
        call_over(f, index, outcome);
        return;
    }
    fr->back_off_ns = delay_ns;
    fr->outcome = (uint8_t)outcome;
    plan(f, index, FRAME_BACKOFF, EVENT_RETRY, delay_ns);
}

/* Its replica hangs: what it would do now waits until the hang is over. */
static bool put_off(struct flow *f, uint32_t index, enum outcome outcome)
{
    struct frame *fr = frame_at(f, index);

    if (!fr->station || !f->stations[fr->station].hung)
        return false;
    fr->flags |= FRAME_PENDING;
    fr->outcome = (uint8_t)outcome;
    return true;
}

bool frame_answer(struct flow *f, uint32_t parent, uint32_t token, struct answer answer)
{
    struct frame *fr = frame_at(f, parent);

    if (!parent || fr->token != token || fr->state != FRAME_CALLING)
        return false;
    fr->token++;
    fr->callee = 0;
    fr->asked_ns = answer.retry_after_ns;
    if (!put_off(f, parent, answer.outcome))
        frame_attempt_over(f, parent, answer.outcome);
    return true;
}

static void worked(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    const struct operation *op = &f->operations[fr->operation];

    if (fr->flags & FRAME_REJECTING) {
        finish(f, index, OUTCOME_REFUSED);
        return;
    }
    if (op->error_share > 0 && !(fr->flags & FRAME_ERRONEOUS)) {
        struct draw d = draw_at(op->error_key, fr->birth, fr->lineage);

        if (draw_uniform(&d) < op->error_share)
            fr->flags |= FRAME_ERRONEOUS;
    }
    if (fr->flags & FRAME_ERRONEOUS)
        finish(f, index, (fr->flags & FRAME_PERMANENT) ? OUTCOME_PERMANENT : OUTCOME_ERROR);
    else if (op->settings->n_calls)
        frame_next_call(f, index);
    else
        station_end(f, index, OUTCOME_OK);
}

void frame_on_work_done(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);

    if (fr->due_ns != f->core->now_ns || (fr->state != FRAME_WORKING && fr->state != FRAME_ANSWERING))
        return; /* it was frozen, slowed down or lost in the meantime */
    fr->due_ns = -1;
    if (fr->station)
        worked(f, index);
    else
        root_end(f, index, fr->outcome);
}

void frame_on_retry(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);

    if (fr->due_ns != f->core->now_ns || (fr->state != FRAME_BACKOFF && fr->state != FRAME_STOPPED))
        return;
    fr->due_ns = -1;
    if (put_off(f, index, fr->state == FRAME_BACKOFF ? fr->outcome : OUTCOME_LOCAL))
        return;
    if (fr->state == FRAME_BACKOFF)
        frame_attempt(f, index);
    else
        frame_attempt_over(f, index, OUTCOME_LOCAL);
}

static bool deadline_over(const struct flow *f, const struct frame *fr)
{
    const struct call *call = &f->calls[fr->call];

    return call->deadline_ns && fr->call_began_ns + call->deadline_ns <= f->core->now_ns;
}

void frame_hear_pending(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);

    fr->flags &= (uint8_t)~FRAME_PENDING;
    if (fr->state == FRAME_BACKOFF && deadline_over(f, fr))
        call_over(f, index, fr->outcome);
    else if (fr->state == FRAME_BACKOFF)
        frame_attempt(f, index);
    else
        frame_attempt_over(f, index, fr->outcome);
}

/* What becomes of an attempt that is given up, if it is there still. */
static void leave(struct flow *f, uint32_t index, uint32_t parent, uint32_t token)
{
    const struct frame *fr = frame_at(f, index);

    if (!fr->station || fr->parent != parent || fr->parent_token != token)
        return;
    if (fr->state == FRAME_SYN)
        syn_stop(f, index);
    else if (f->stations[fr->station].service->leaves)
        station_leave(f, index);
}

/* The caller gives up the attempt that is out. */
static void abandon(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    const struct service *sv = service_at(f, &f->calls[fr->call], fr->callee_station);

    if (sv->leaves || sv->retransmits)
        leave(f, fr->callee, index, fr->token);
    fr->token++;
    fr->callee = 0;
}

void frame_time_out(struct flow *f, uint32_t index, uint32_t token)
{
    struct frame *fr = frame_at(f, index);

    if (fr->token != token || fr->state != FRAME_CALLING)
        return;
    abandon(f, index);
    if (!put_off(f, index, OUTCOME_TIMED_OUT))
        frame_attempt_over(f, index, OUTCOME_TIMED_OUT);
}

/* Is an attempt out? No more when its answer came while the caller hung. */
static bool is_out(const struct frame *fr)
{
    return fr->state == FRAME_CALLING && !(fr->flags & FRAME_PENDING);
}

void frame_on_patience(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);

    if (fr->due_ns == f->core->now_ns && is_out(fr))
        frame_time_out(f, index, fr->token);
}

void frame_on_deadline(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    bool calling = is_out(fr);
    const struct call *call = &f->calls[fr->call];
    enum outcome outcome;

    if (!calling && fr->state != FRAME_BACKOFF && fr->state != FRAME_STOPPED)
        return;
    if (!call->deadline_ns || fr->call_began_ns + call->deadline_ns != f->core->now_ns)
        return;
    if (calling) {
        frame_time_out(f, index, fr->token); /* no retry: its time is over */
        return;
    }
    fr->due_ns = -1;
    outcome = fr->state == FRAME_BACKOFF ? fr->outcome : OUTCOME_LOCAL;
    if (!put_off(f, index, outcome))
        call_over(f, index, outcome);
}

void frame_lose(struct flow *f, uint32_t index, bool heard)
{
    struct frame fr = *frame_at(f, index);
    struct station *st = &f->stations[fr.station];
    bool worker = fr.state == FRAME_WORKING || fr.state == FRAME_CALLING || fr.state == FRAME_BACKOFF || fr.state == FRAME_STOPPED;

    if (fr.state != FRAME_WAITING || !(fr.flags & FRAME_LEFT))
        fr.cell->counts[COUNT_DROPPED]++;
    if (worker && fr.state != FRAME_WORKING) {
        if (fr.state == FRAME_CALLING)
            call_controls_done(f, &fr, f->calls[fr.call].controls.count, OUTCOME_LOCAL);
        station_level(f, st, LEVEL_HELD, -1);
    }
    if (worker) {
        st->busy--;
        station_level(f, st, LEVEL_BUSY, -1);
    }
    if (fr.flags & FRAME_ADMITTED)
        station_controls_done(f, &fr, OUTCOME_REFUSED);
    if (!heard) {
        frame_vanish(f, index);
        return;
    }
    if (fr.link && !(fr.flags & FRAME_DETACHED)) {
        frame_at(f, index)->flags |= FRAME_REJECTING; /* it is counted */
        frame_at(f, index)->outcome = OUTCOME_REFUSED;
        frame_at(f, index)->retry_after_ns = 0;
        link_send(f, index, LINK_BACK);
        return;
    }
    frame_give(f, index);
    if (fr.flags & FRAME_CLIENT)
        client_end(f, &fr, (struct answer){OUTCOME_REFUSED, 0});
    else
        frame_answer(f, fr.parent, fr.parent_token, (struct answer){OUTCOME_REFUSED, 0});
}
