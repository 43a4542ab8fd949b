/* mail_retry - failed mail waits for its next attempt
 *
 * of: message - each message by its own failures. Messages with the same constant wait come due in the order in which they failed,
 * so a room for each distinct wait is a list in order, and only its head has an event. A schedule with scans has one room, with a
 * batch for each scan. Scans of deliveries are at n * scan from the start of the run.
 *
 * of: lane - a failure puts the whole destination to sleep, by the schedule, counted in failures since its last success. Then one
 * delivery probes: a queue in Exchange that is in retry opens one connection, and only a connection that works makes it active
 * again. Any success wakes it. Deliveries that were under way at the failure change nothing when they fail too: they belong to the
 * same round.
 */
#include <stdlib.h>

#include "world/mail_parts.h"

/* ---- rooms */

static struct mail_room *room_of_wait(struct mail_transport *t, int64_t wait_ns)
{
    for (uint32_t i = 0; i < t->room_count; i++)
        if (t->rooms[i].interval_ns == wait_ns)
            return &t->rooms[i];
    must(!"a wait of the schedule");
    return NULL;
}

static void add_room(struct mail_transport *t, int64_t interval_ns)
{
    for (uint32_t i = 0; i < t->room_count; i++)
        if (t->rooms[i].interval_ns == interval_ns)
            return;
    t->rooms = xrealloc(t->rooms, t->room_count + 1, sizeof *t->rooms);
    t->rooms[t->room_count++] = (struct mail_room){.transport = t->number, .interval_ns = interval_ns};
}

void retry_start(struct mail *m, struct mail_transport *t)
{
    const Stormcell__DeliveryRetry *set = t->set->delivery->retry;

    t->schedule = mail_schedule_of_delivery(set);
    t->of_lane = set && set->of == STORMCELL__DELIVERY_RETRY__OF__OF_LANE;
    t->first_room = m->room_count;
    if (t->schedule.scan_ns)
        add_room(t, 0);
    else
        for (size_t i = 0; i < t->schedule.intervals; i++)
            add_room(t, t->schedule.intervals_ns[i]);
    m->room_count += t->room_count;
    m->room_transport = xrealloc(m->room_transport, m->room_count, sizeof *m->room_transport);
    for (uint32_t i = t->first_room; i < m->room_count; i++)
        m->room_transport[i] = t->number;
}

static uint32_t room_number(const struct mail_transport *t, const struct mail_room *room)
{
    return t->first_room + (uint32_t)(room - t->rooms);
}

/* Owners of batches are numbered through: hosts are below, rooms count down from the top. */
static uint32_t room_owner(uint32_t number)
{
    return UINT32_MAX - number;
}

static void wait_in_line(struct mail *m, struct mail_transport *t, uint32_t index, int64_t wait_ns)
{
    struct mail_room *room = room_of_wait(t, wait_ns);
    struct message *msg = mail_message(m, index);

    msg->due_ns = m->core->now_ns + wait_ns;
    if (msg->due_ns > m->core->end_ns)
        return;
    mail_list_append(&room->list, &m->messages, index);
    if (room->planned)
        return;
    room->planned = true;
    core_plan(m->core, msg->due_ns, EVENT_MAIL_DUE, room_number(t, room));
}

static void wait_for_scan(struct mail *m, struct mail_transport *t, uint32_t index, int64_t wait_ns)
{
    int64_t scan = mail_schedule_scan(&t->schedule, m->core->now_ns, wait_ns, 0), at_ns = scan * t->schedule.scan_ns;

    if (at_ns > m->core->end_ns)
        return;
    if (mail_batch_add(&m->batches, room_owner(t->first_room), scan, &m->messages, index))
        core_plan(m->core, at_ns, EVENT_MAIL_DUE, t->first_room);
}

/* What would come due after the end of the run stands in no list. */
void retry_defer(struct mail *m, struct mail_transport *t, uint32_t index)
{
    struct message *msg = mail_message(m, index);
    struct mail_failure failure = {
        .at_ns = m->core->now_ns,
        .age_ns = m->core->now_ns - msg->accepted_ns,
        .failures = msg->attempts,
        .step = msg->step,
    };
    int64_t wait = mail_schedule_wait_ns(&t->schedule, &failure);

    msg->step = failure.step;
    msg->state = MESSAGE_DEFERRED;
    if (t->schedule.scan_ns)
        wait_for_scan(m, t, index, wait);
    else
        wait_in_line(m, t, index, wait);
}

void retry_suspend(struct mail *m, struct mail_transport *t, uint32_t index)
{
    struct message *msg = mail_message(m, index);

    msg->flags |= MESSAGE_SEEN;
    mail_count(m, t, msg, COUNT_MAIL_SUSPENDED);
    if (delivery_too_old(m, t, msg))
        delivery_return(m, t, index);
    else
        retry_defer(m, t, index);
}

/* `planned` stays set until the line has been gone through: what comes due may be put off into the same line at once. */
static void open_line(struct mail *m, struct mail_transport *t, struct mail_room *room)
{
    while (room->list.head) {
        const struct message *head = mail_message(m, room->list.head);

        if (head->state != MESSAGE_DEAD && head->due_ns > m->core->now_ns) {
            core_plan(m->core, head->due_ns, EVENT_MAIL_DUE, room_number(t, room));
            return;
        }
        queue_due(m, t, mail_list_take(&room->list, &m->messages));
    }
    room->planned = false;
}

void mail_on_due(struct mail *m, uint32_t entity)
{
    struct mail_transport *t = &m->transports[m->room_transport[entity]];
    struct mail_room *room = &t->rooms[entity - t->first_room];

    if (room->interval_ns) {
        open_line(m, t, room);
    } else {
        struct mail_list list = mail_batch_take(&m->batches, room_owner(entity), m->core->now_ns / t->schedule.scan_ns);

        while (list.head)
            queue_due(m, t, mail_list_take(&list, &m->messages));
    }
    queue_move(m, t);
}

/* ---- of: lane */

/* With expiry only after an attempt, the attempt speaks for all that wait behind it. */
static void return_too_old(struct mail *m, struct mail_transport *t, uint32_t partition)
{
    struct mail_destination *d = &t->destinations[partition];

    while (d->waiting) {
        queue_drop_dead(m, d);
        if (!delivery_too_old(m, t, mail_message(m, d->list.head)))
            return;
        delivery_return(m, t, queue_take(m, t, partition));
    }
}

void retry_lane_failed(struct mail *m, struct mail_transport *t, uint32_t partition)
{
    struct mail_destination *d = &t->destinations[partition];
    struct mail_failure failure = {.at_ns = m->core->now_ns};

    if (t->expire_after_attempt)
        return_too_old(m, t, partition);
    if (!d->failures++)
        d->failing_since_ns = m->core->now_ns;
    failure.failures = d->failures;
    failure.age_ns = m->core->now_ns - d->failing_since_ns;
    failure.step = d->schedule_step;
    d->wake_ns = mail_schedule_next_ns(&t->schedule, &failure, 0);
    d->schedule_step = failure.step;
    d->asleep = true;
    d->round++;
    if (d->waiting)
        queue_set_apart(m, t, d);
    core_plan(m->core, d->wake_ns, EVENT_MAIL_DESTINATION, t->number * m->core->people.partitions + partition);
}

void retry_lane_succeeded(struct mail *m, struct mail_transport *t, uint32_t partition)
{
    struct mail_destination *d = &t->destinations[partition];

    d->failures = 0;
    d->schedule_step = 0;
    d->asleep = false;
    d->probing = false;
}

void mail_on_destination(struct mail *m, uint32_t entity)
{
    struct mail_transport *t = &m->transports[entity / m->core->people.partitions];
    uint32_t partition = entity % m->core->people.partitions;
    struct mail_destination *d = &t->destinations[partition];

    if (d->wake_ns != m->core->now_ns || (!d->asleep && !d->dead))
        return;
    d->asleep = false;
    if (d->dead)
        window_woken(t, d);
    queue_refresh(m, t, partition);
    queue_move(m, t);
}
