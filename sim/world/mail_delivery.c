/* mail_delivery - attempts and how they end: delivered, returned, or to be tried again
 *
 * A delivery is a root frame of flow; a worker of the lane is held until it ends. Before it starts, the transport's controls are
 * asked, in order. One that says DECISION_REJECT makes the delivery fail on the spot, without an attempt: counted as suspended, and
 * on the schedule like any failure. DECISION_DEFER sets all waiting mail of the destination apart, and nobody asks again until a
 * delivery that may have held the slot has ended; then the oldest is asked first. DECISION_WAIT stops the lane behind its head
 * until any delivery ends.
 *
 * A copy whose hour of return comes during an attempt is returned when that attempt fails, and delivered when it does not.
 */
#include "stormcell/random.h"
#include "world/mail_parts.h"

/* ---- controls */

static struct view control_view(const struct mail *m, struct control *c, const struct asked *asked)
{
    return (struct view){
        .now_ns = m->core->now_ns,
        .random = draw_at(c->draws, asked->birth, asked->attempt),
        .acts = c->acts,
    };
}

static struct asked asked_of(const struct message *msg)
{
    return (struct asked){.birth = msg->birth, .attempt = (uint32_t)msg->attempts + 1, .partition = msg->partition};
}

/* Tells the first `count` controls that the delivery is over. */
static void controls_done(struct mail *m, struct mail_transport *t, uint32_t count, const struct asked *asked, enum outcome outcome,
                          int64_t latency_ns)
{
    for (uint32_t i = 0; i < count; i++) {
        struct control *c = &t->controls.items[i];
        struct view view = control_view(m, c, asked);

        if (c->kind->done)
            c->kind->done(&view, control_state(c, asked->partition, 0), asked, outcome, latency_ns);
    }
}

static enum decision ask_controls(struct mail *m, struct mail_transport *t, const struct message *msg)
{
    struct asked asked = asked_of(msg);

    for (uint32_t i = 0; i < t->controls.count; i++) {
        struct control *c = &t->controls.items[i];
        struct view view = control_view(m, c, &asked);
        enum decision decision;

        c->asked++;
        decision = c->kind->admit ? c->kind->admit(&view, control_state(c, asked.partition, 0), &asked) : DECISION_ADMIT;
        if (decision == DECISION_ADMIT)
            continue;
        controls_done(m, t, i, &asked, OUTCOME_LOCAL, 0);
        return decision;
    }
    return DECISION_ADMIT;
}

/* A delivery of this destination has ended: who may have waited for its slot is asked again. Compartments that put mail off are
 * those of a partition: the loader sees to that. */
static void free_slot(struct mail *m, struct mail_transport *t, uint32_t partition)
{
    for (uint32_t lane = 0; lane < t->lane_count; lane++)
        if (t->lanes[lane].blocked) {
            t->lanes[lane].blocked = false;
            queue_pend(t, lane);
        }
    if (!t->destinations[partition].parked)
        return;
    t->destinations[partition].parked = false;
    queue_refresh(m, t, partition);
}

/* ---- ends */

void delivery_close_returned(struct mail *m, struct mail_transport *t, const struct message *msg)
{
    t->ledger.returned++;
    mail_count(m, t, msg, COUNT_MAIL_RETURNED);
    mail_cohort(m, msg)->mail_lost++;
    mail_unfinished(m, t, msg, -1);
    mail_oldest_remove(&t->oldest[msg->partition], (uint32_t)(msg->born_ns / m->oldest_bin_ns));
    if (t->return_noted)
        return;
    t->return_noted = true;
    core_note(m->core, "mail", t->name, "first mail returned to its sender (partition %u)", msg->partition);
}

void delivery_return(struct mail *m, struct mail_transport *t, uint32_t index)
{
    delivery_close_returned(m, t, mail_message(m, index));
    mail_forget(m, index);
}

static void delivered(struct mail *m, struct mail_transport *t, uint32_t index)
{
    struct message *msg = mail_message(m, index);
    struct cell *cell = tally_at(&m->core->tally, t->entity, msg->partition, msg->epoch);
    int64_t delay = m->core->now_ns - msg->born_ns;

    t->ledger.delivered++;
    cell->counts[COUNT_MAIL_DELIVERED]++;
    core_totals(m->core, t->entity, msg->partition)[COUNT_MAIL_DELIVERED]++;
    histogram_add(&cell->samples[SAMPLE_MAIL_DELAY], delay);
    histogram_add(&cell->samples[SAMPLE_MAIL_TRANSPORT_DELAY], m->core->now_ns - msg->accepted_ns);
    if (delay > m->late_after_ns)
        mail_cohort(m, msg)->mail_late++;
    mail_unfinished(m, t, msg, -1);
    mail_oldest_remove(&t->oldest[msg->partition], (uint32_t)(msg->born_ns / m->oldest_bin_ns));
    mail_forget(m, index);
}

bool delivery_too_old(const struct mail *m, const struct mail_transport *t, const struct message *msg)
{
    if (msg->flags & MESSAGE_EXPIRED)
        return true;
    return t->expire_after_attempt && t->set->return_after_ns && m->core->now_ns - msg->accepted_ns >= t->set->return_after_ns;
}

/* It failed, by an attempt or on the spot; `speaks`: that says something of its destination as it is now. */
static void failed(struct mail *m, struct mail_transport *t, uint32_t index, enum outcome outcome, bool speaks)
{
    struct message *msg = mail_message(m, index);
    uint32_t partition = msg->partition;

    if (msg->attempts < MESSAGE_ATTEMPTS_MAX)
        msg->attempts++;
    if (outcome == OUTCOME_PERMANENT || delivery_too_old(m, t, msg))
        delivery_return(m, t, index);
    else if (t->of_lane)
        queue_put_back(m, t, index);
    else
        retry_defer(m, t, index);
    if (t->of_lane && speaks && outcome != OUTCOME_PERMANENT)
        retry_lane_failed(m, t, partition);
}

/* ---- beginnings */

static void start_delivery(struct mail *m, struct mail_transport *t, uint32_t lane, uint32_t partition)
{
    struct mail_destination *d = &t->destinations[partition];
    uint32_t index = queue_take(m, t, partition);
    struct message *msg = mail_message(m, index);
    struct root root = {
        .kind = ROOT_DELIVERY,
        .owner = index,
        .call_list = t->call_list,
        .partition = partition,
        .epoch = msg->epoch,
        .user = msg->user,
        .birth = msg->birth,
        .attempt = msg->attempts,
    };

    msg->state = MESSAGE_DELIVERING;
    msg->flags |= MESSAGE_SEEN;
    msg->lane = lane;
    msg->round = d->round;
    if (!d->isolated) {
        msg->flags |= MESSAGE_ACTIVE;
        queue_active_add(m, t, 1);
    }
    mail_count(m, t, msg, COUNT_MAIL_ATTEMPTS);
    d->busy++;
    d->probing = d->failures > 0;
    t->lanes[lane].busy++;
    level_set(&t->levels[LEVEL_BUSY], m->core->now_ns, (double)++t->busy);
    queue_refresh(m, t, partition);
    flow_start(m->flow, &root);
}

static void refuse_delivery(struct mail *m, struct mail_transport *t, uint32_t partition)
{
    uint32_t index = queue_take(m, t, partition);
    struct message *msg = mail_message(m, index);

    msg->flags |= MESSAGE_SEEN;
    mail_count(m, t, msg, COUNT_MAIL_SUSPENDED);
    failed(m, t, index, OUTCOME_LOCAL, true);
    queue_refresh(m, t, partition);
}

void delivery_run_lane(struct mail *m, struct mail_transport *t, uint32_t number)
{
    struct mail_lane *lane = &t->lanes[number];

    while (lane->busy < lane->workers && lane->heap_length && !lane->blocked) {
        uint32_t partition = lane->heap[0];
        struct mail_destination *d = &t->destinations[partition];
        enum decision decision = ask_controls(m, t, mail_message(m, d->list.head));

        switch (decision) {
        case DECISION_ADMIT:
            start_delivery(m, t, number, partition);
            break;
        case DECISION_DEFER:
            queue_set_apart(m, t, d);
            d->parked = true;
            queue_refresh(m, t, partition);
            break;
        case DECISION_WAIT:
            lane->blocked = true;
            break;
        default:
            refuse_delivery(m, t, partition);
            break;
        }
    }
}

/* ---- the end of an attempt */

/* What a destination learns from it. A refusal to connect, silence, and the transport's own breaker speak of the destination; an
 * answer to a command, of the message only. */
static void learn(struct mail *m, struct mail_transport *t, uint32_t partition, enum outcome outcome)
{
    struct mail_destination *d = &t->destinations[partition];
    bool connected = outcome == OUTCOME_OK || outcome == OUTCOME_ERROR || outcome == OUTCOME_PERMANENT;

    if (connected)
        window_succeeded(t, d);
    else
        window_failed(m, t, partition);
    if (t->of_lane && (outcome == OUTCOME_OK || outcome == OUTCOME_PERMANENT))
        retry_lane_succeeded(m, t, partition);
}

static void give_back_worker(struct mail *m, struct mail_transport *t, struct message *msg)
{
    struct mail_lane *lane = &t->lanes[msg->lane];

    must(lane->busy && t->busy);
    lane->busy--;
    level_set(&t->levels[LEVEL_BUSY], m->core->now_ns, (double)--t->busy);
    if (msg->flags & MESSAGE_ACTIVE)
        queue_active_add(m, t, -1);
    msg->flags &= (uint8_t)~MESSAGE_ACTIVE;
    if (lane->heap_length)
        queue_pend(t, msg->lane);
}

void delivery_ended(void *context, const struct root_end *end)
{
    struct mail *m = context;
    struct message *msg = mail_message(m, end->owner);
    struct mail_transport *t = &m->transports[msg->transport];
    uint32_t partition = msg->partition;
    struct mail_destination *d = &t->destinations[partition];
    struct asked asked = asked_of(msg);
    bool own = msg->lane == d->lane;             /* a delivery from before an isolation says nothing of the new lane */
    bool speaks = own && msg->round == d->round; /* nor does one from before its destination fell asleep fail again */

    must(msg->state == MESSAGE_DELIVERING);
    controls_done(m, t, t->controls.count, &asked, end->outcome, m->core->now_ns - end->began_ns);
    if (speaks)
        d->probing = false;
    if (own) {
        learn(m, t, partition, end->outcome);
        d->busy--;
    }
    give_back_worker(m, t, msg);
    if (end->outcome == OUTCOME_OK)
        delivered(m, t, end->owner);
    else
        failed(m, t, end->owner, end->outcome, speaks);
    if (t->controls.count)
        free_slot(m, t, partition);
    window_forget_idle(d);
    queue_refresh(m, t, partition);
    queue_move(m, t);
}
