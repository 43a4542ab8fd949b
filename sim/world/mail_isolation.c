/* mail_isolation - the lever that gives partitions lanes of their own in the middle of a run
 *
 * The waiting mail of the partition changes lanes in its order; then follows what is due, then what waits for a place in the active
 * queue; deferred mail comes when it is due. All of it leaves the limit of the active queue and the load of back pressure.
 * Deliveries under way keep the worker of the old lane, and their place, to their end, and tell the new lane nothing: so the cure
 * takes a time-out to bite.
 */
#include "world/mail_parts.h"

static bool has_own_lane(const struct mail *m, const struct mail_transport *t, uint32_t partition)
{
    uint32_t lane = t->destinations[partition].lane;

    if (lane == MAIL_SHARED_LANE)
        return false;
    for (uint32_t p = 0; p < m->core->people.partitions; p++)
        if (p != partition && t->destinations[p].lane == lane)
            return false;
    return true;
}

static void isolate(struct mail *m, struct mail_transport *t, uint32_t partition, uint32_t workers)
{
    struct mail_destination *d = &t->destinations[partition];
    struct mail_list outside = queue_draw_out(m, t, partition);

    queue_leave_lane(m, t, partition);
    d->lane = queue_lane_add(t, workers);
    level_set(&t->levels[LEVEL_MAIL_WORKERS], m->core->now_ns, mail_workers(m, t->number));
    d->isolated = true;
    /* The new lane knows nothing of the destination; what is under way is the old lane's. */
    d->busy = 0;
    d->dead = d->asleep = d->probing = false;
    d->failures = d->schedule_step = 0;
    d->round++;
    d->window_known = false;
    while (outside.head)
        queue_enter(m, t, mail_list_take(&outside, &m->messages));
    queue_refresh(m, t, partition);
}

void mail_isolate(struct mail *m, uint32_t transport, const uint32_t *partitions, uint32_t count, uint32_t workers)
{
    struct mail_transport *t = &m->transports[transport];

    for (uint32_t i = 0; i < count; i++)
        if (!has_own_lane(m, t, partitions[i]))
            isolate(m, t, partitions[i], workers);
    queue_move(m, t);
}
