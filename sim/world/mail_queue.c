/* mail_queue - the active queue: destinations with their lists, lanes with their workers
 *
 * Each destination has one list of waiting mail, in the order of stamps, which are given on entry into the active queue. A lane's
 * workers take from the destination whose first message has the smallest stamp, so that without windows and bulkheads a lane is one
 * FIFO. A destination from which nobody may take (window full, bulkhead full, asleep) is out of its lane's heap until that changes.
 *
 * With a limit of the active queue, what was accepted waits in `incoming` for a place, and what is due for its next attempt waits
 * in `due`. Both are let in in turn while there is room; when the queue is full, new mail is preferred. So does Postfix's queue
 * manager, whose scan of deferred mail stops when the queue is full and goes on when it is not. Static lanes share the limit. Mail
 * that is set apart (deferred, on the own list of a full bulkhead or of a sleeping lane, isolated) has no place in it, and no part
 * in the load of back pressure.
 */
#include <stdlib.h>

#include "world/mail_parts.h"

/* ---- lanes */

static void start_lane(struct mail_lane *lane, uint32_t workers, uint32_t partitions)
{
    *lane = (struct mail_lane){.workers = workers, .heap = xcalloc(partitions, sizeof *lane->heap)};
}

void queue_start(struct mail *m, struct mail_transport *t)
{
    const Stormcell__Delivery *set = t->set->delivery;
    uint32_t partitions = m->core->people.partitions;

    t->active_limit = set->has_active_limit ? set->active_limit : UINT32_MAX;
    t->destinations = xcalloc(partitions, sizeof *t->destinations);
    t->lane_count = (uint32_t)set->n_lanes + 1;
    t->lanes = xcalloc(t->lane_count, sizeof *t->lanes);
    t->pending_lanes = xcalloc(t->lane_count, sizeof *t->pending_lanes);
    start_lane(&t->lanes[MAIL_SHARED_LANE], set->workers, partitions);
    for (uint32_t i = 0; i < set->n_lanes; i++) {
        start_lane(&t->lanes[i + 1], set->lanes[i]->workers, partitions);
        for (size_t k = 0; k < set->lanes[i]->n_partitions; k++)
            t->destinations[set->lanes[i]->partitions[k]].lane = i + 1;
    }
    level_set(&t->levels[LEVEL_MAIL_WORKERS], m->core->now_ns, mail_workers(m, t->number));
}

void queue_end(struct mail_transport *t)
{
    for (uint32_t i = 0; i < t->lane_count; i++)
        free(t->lanes[i].heap);
    free(t->lanes);
    free(t->pending_lanes);
    free(t->destinations);
}

uint32_t queue_lane_add(struct mail_transport *t, uint32_t workers)
{
    uint32_t lane = t->lane_count++;

    t->lanes = xrealloc(t->lanes, t->lane_count, sizeof *t->lanes);
    t->pending_lanes = xrealloc(t->pending_lanes, t->lane_count, sizeof *t->pending_lanes);
    start_lane(&t->lanes[lane], workers, 1);
    return lane;
}

void queue_pend(struct mail_transport *t, uint32_t lane)
{
    if (t->lanes[lane].pending)
        return;
    t->lanes[lane].pending = true;
    t->pending_lanes[t->pending_count++] = lane;
}

/* Puts a destination into a place of its lane's heap. */
static void heap_put(struct mail_transport *t, struct mail_lane *lane, uint32_t place, uint32_t partition)
{
    lane->heap[place - 1] = partition;
    t->destinations[partition].heap_place = place;
}

static uint64_t heap_stamp(const struct mail_transport *t, const struct mail_lane *lane, uint32_t place)
{
    return t->destinations[lane->heap[place - 1]].stamp;
}

static void heap_rise(struct mail_transport *t, struct mail_lane *lane, uint32_t partition)
{
    uint32_t place = t->destinations[partition].heap_place;
    uint64_t stamp = t->destinations[partition].stamp;

    for (; place > 1 && stamp < heap_stamp(t, lane, place / 2); place /= 2)
        heap_put(t, lane, place, lane->heap[place / 2 - 1]);
    heap_put(t, lane, place, partition);
}

static void heap_sink(struct mail_transport *t, struct mail_lane *lane, uint32_t partition)
{
    uint32_t place = t->destinations[partition].heap_place, child;
    uint64_t stamp = t->destinations[partition].stamp;

    for (; (child = 2 * place) <= lane->heap_length; place = child) {
        if (child < lane->heap_length && heap_stamp(t, lane, child + 1) < heap_stamp(t, lane, child))
            child++;
        if (stamp < heap_stamp(t, lane, child))
            break;
        heap_put(t, lane, place, lane->heap[child - 1]);
    }
    heap_put(t, lane, place, partition);
}

/* Puts a destination into its lane's heap, or moves it to where its stamp belongs now. */
static void lane_insert(struct mail_transport *t, uint32_t partition)
{
    struct mail_destination *d = &t->destinations[partition];
    struct mail_lane *lane = &t->lanes[d->lane];

    if (!d->heap_place)
        heap_put(t, lane, ++lane->heap_length, partition);
    heap_rise(t, lane, partition);
    heap_sink(t, lane, partition);
}

static void lane_remove(struct mail_transport *t, uint32_t partition)
{
    struct mail_destination *d = &t->destinations[partition];
    struct mail_lane *lane = &t->lanes[d->lane];
    uint32_t last, place = d->heap_place;

    if (!place)
        return;
    d->heap_place = 0;
    last = lane->heap[--lane->heap_length];
    if (last == partition)
        return;
    heap_put(t, lane, place, last);
    heap_rise(t, lane, last);
    heap_sink(t, lane, last);
}

/* ---- destinations */

void queue_active_add(struct mail *m, struct mail_transport *t, int64_t change)
{
    t->active += (uint32_t)change;
    level_set(&t->levels[LEVEL_MAIL_ACTIVE], m->core->now_ns, (double)t->active);
}

bool queue_full(const struct mail_transport *t)
{
    return t->active >= t->active_limit;
}

void queue_drop_dead(struct mail *m, struct mail_destination *d)
{
    while (d->list.head && mail_message(m, d->list.head)->state == MESSAGE_DEAD)
        mail_forget(m, mail_list_take(&d->list, &m->messages));
}

static bool destination_open(const struct mail_transport *t, const struct mail_destination *d)
{
    return d->waiting && !d->parked && !d->asleep && !d->probing && window_open(t, d);
}

void queue_refresh(struct mail *m, struct mail_transport *t, uint32_t partition)
{
    struct mail_destination *d = &t->destinations[partition];

    if (!destination_open(t, d)) {
        lane_remove(t, partition);
        return;
    }
    queue_drop_dead(m, d);
    d->stamp = mail_message(m, d->list.head)->stamp;
    lane_insert(t, partition);
    queue_pend(t, d->lane);
}

/* The waiting mail of a destination leaves the active queue and the load of back pressure; new mail joins it, until none is left.
 */
void queue_set_apart(struct mail *m, struct mail_transport *t, struct mail_destination *d)
{
    if (d->own_list)
        return;
    if (!d->isolated)
        queue_active_add(m, t, -(int64_t)d->waiting);
    if (destination_presses(d))
        t->submission -= d->unseen;
    d->own_list = true;
}

void queue_leave_lane(struct mail *m, struct mail_transport *t, uint32_t partition)
{
    struct mail_destination *d = &t->destinations[partition];

    lane_remove(t, partition);
    queue_set_apart(m, t, d);
    d->own_list = false;
    if (t->lanes[d->lane].heap_length)
        queue_pend(t, d->lane);
}

/* One more message waits (change 1), or one fewer. */
static void waiting_add(struct mail *m, struct mail_transport *t, struct mail_destination *d, const struct message *msg, int change)
{
    d->waiting += (uint32_t)change;
    if (!destination_apart(d))
        queue_active_add(m, t, change);
    if (!(msg->flags & MESSAGE_SEEN)) {
        d->unseen += (uint32_t)change;
        if (destination_presses(d))
            t->submission += (uint64_t)(int64_t)change;
    }
    if (!d->waiting)
        d->own_list = false;
}

/* Into the active queue. At a dead destination nobody tries. */
void queue_enter(struct mail *m, struct mail_transport *t, uint32_t index)
{
    struct message *msg = mail_message(m, index);
    uint32_t partition = msg->partition;
    struct mail_destination *d = &t->destinations[partition];

    msg->state = MESSAGE_QUEUED;
    if (d->dead) {
        retry_suspend(m, t, index);
        return;
    }
    if (d->parked || d->asleep)
        queue_set_apart(m, t, d);
    msg->stamp = ++t->stamps;
    mail_list_append(&d->list, &m->messages, index);
    waiting_add(m, t, d, msg, 1);
    /* While its first message stays the same and nobody may take more, there is nothing to refresh. */
    if (!d->heap_place)
        queue_refresh(m, t, partition);
}

uint32_t queue_take(struct mail *m, struct mail_transport *t, uint32_t partition)
{
    struct mail_destination *d = &t->destinations[partition];
    uint32_t index;

    queue_drop_dead(m, d);
    must(d->waiting && d->list.head);
    index = mail_list_take(&d->list, &m->messages);
    waiting_add(m, t, d, mail_message(m, index), -1);
    return index;
}

/* Behind those that entered before it: some deliveries that began together may fail in any order. */
void queue_put_back(struct mail *m, struct mail_transport *t, uint32_t index)
{
    struct message *msg = mail_message(m, index);
    struct mail_destination *d = &t->destinations[msg->partition];
    uint32_t before = 0, after = d->list.head;

    while (after && mail_message(m, after)->stamp < msg->stamp) {
        before = after;
        after = mail_message(m, after)->link;
    }
    msg->state = MESSAGE_QUEUED;
    msg->link = after;
    if (before)
        mail_message(m, before)->link = index;
    else
        d->list.head = index;
    if (!after)
        d->list.tail = index;
    waiting_add(m, t, d, msg, 1);
}

/* ---- in */

static void incoming_press(struct mail_transport *t, const struct message *msg, int change)
{
    if (t->destinations[msg->partition].lane == MAIL_SHARED_LANE)
        t->submission += (uint64_t)(int64_t)change;
}

void queue_accept(struct mail *m, struct mail_transport *t, uint32_t index)
{
    struct message *msg = mail_message(m, index);

    msg->accepted_ns = m->core->now_ns;
    msg->copies = 0;
    msg->attempts = 0;
    msg->step = 0;
    t->ledger.accepted++;
    mail_count(m, t, msg, COUNT_MAIL_ACCEPTED);
    mail_unfinished(m, t, msg, 1);
    notice_accepted(m, t, index);
    if (t->active_limit == UINT32_MAX || t->destinations[msg->partition].isolated) {
        queue_enter(m, t, index);
        return;
    }
    msg->state = MESSAGE_INCOMING;
    mail_list_append(&t->incoming, &m->messages, index);
    incoming_press(t, msg, 1);
}

void queue_due(struct mail *m, struct mail_transport *t, uint32_t index)
{
    struct message *msg = mail_message(m, index);

    if (msg->state == MESSAGE_DEAD) {
        mail_forget(m, index);
        return;
    }
    if (t->active_limit == UINT32_MAX || t->destinations[msg->partition].isolated) {
        queue_enter(m, t, index);
        return;
    }
    msg->state = MESSAGE_DUE;
    mail_list_append(&t->due, &m->messages, index);
}

/* Moves the partition's messages from one list to another; those of others stay, in order. */
static void draw_from(struct mail *m, struct mail_transport *t, struct mail_list *list, uint32_t partition, struct mail_list *out)
{
    struct mail_list old = *list;

    *list = (struct mail_list){0};
    while (old.head) {
        uint32_t index = mail_list_take(&old, &m->messages);
        const struct message *msg = mail_message(m, index);

        if (msg->partition != partition) {
            mail_list_append(list, &m->messages, index);
        } else if (msg->state == MESSAGE_DEAD) {
            mail_forget(m, index);
        } else {
            if (msg->state == MESSAGE_INCOMING)
                incoming_press(t, msg, -1);
            mail_list_append(out, &m->messages, index);
        }
    }
}

struct mail_list queue_draw_out(struct mail *m, struct mail_transport *t, uint32_t partition)
{
    struct mail_list out = {0};

    draw_from(m, t, &t->due, partition, &out);
    draw_from(m, t, &t->incoming, partition, &out);
    return out;
}

static void let_in(struct mail *m, struct mail_transport *t, struct mail_list *from)
{
    uint32_t index = mail_list_take(from, &m->messages);
    struct message *msg = mail_message(m, index);

    if (msg->state == MESSAGE_DEAD) {
        mail_forget(m, index);
        return;
    }
    if (msg->state == MESSAGE_INCOMING)
        incoming_press(t, msg, -1);
    queue_enter(m, t, index);
}

static void fill_places(struct mail *m, struct mail_transport *t)
{
    while (!queue_full(t) && (t->incoming.head || t->due.head)) {
        bool due = t->due.head && (t->due_turn || !t->incoming.head);

        let_in(m, t, due ? &t->due : &t->incoming);
        t->due_turn = !due && !queue_full(t);
    }
}

void queue_move(struct mail *m, struct mail_transport *t)
{
    if (t->moving)
        return;
    t->moving = true;
    fill_places(m, t);
    while (t->pending_count) {
        uint32_t lane = t->pending_lanes[--t->pending_count];

        t->lanes[lane].pending = false;
        delivery_run_lane(m, t, lane);
        fill_places(m, t);
    }
    t->moving = false;
}

/* ---- out, by timer */

/* Its books are closed already; here it leaves the counts of the place where it waits, and is forgotten when its list comes to it.
 */
void queue_abandon(struct mail *m, struct mail_transport *t, uint32_t index)
{
    struct message *msg = mail_message(m, index);
    uint32_t partition = msg->partition;
    struct mail_destination *d = &t->destinations[partition];
    bool queued = msg->state == MESSAGE_QUEUED;

    if (msg->state == MESSAGE_INCOMING)
        incoming_press(t, msg, -1);
    msg->state = MESSAGE_DEAD;
    if (!queued)
        return;
    waiting_add(m, t, d, msg, -1);
    if (!d->waiting)
        queue_drop_dead(m, d);
    queue_refresh(m, t, partition);
}
