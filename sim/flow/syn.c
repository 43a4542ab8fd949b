/* syn - an accept queue that is full: the SYN is dropped, and the kernel of the caller sends it again
 *
 * The times are those of Linux, in seconds after the first SYN: with linear time-outs (tcp_syn_linear_timeouts 4, the default since
 * 6.5) four are a second apart before they double, without them each is twice as long as the one before. A SYN is sent again for as
 * long as its caller waits, and not at the moment at which he leaves: the clock of a kernel ticks, so that he is a little earlier than
 * a SYN of the same second. One that finds room enters the line, where its wait is counted from the first SYN; one that finds a
 * replica that has crashed is refused; after the last of the timetable it is lost in silence.
 *
 * In the ledger it has arrived once, with its first SYN; it is in the system while it is sent again, and dropped when that ends.
 */
#include "flow/inside.h"

enum { SECOND = 1000000000 };

static const int64_t linear_s[] = {1, 2, 3, 4, 5, 7, 11, 19, 35, 67}, exponential_s[] = {1, 3, 7, 15, 31, 63};

struct timetable {
    const int64_t *seconds;
    uint32_t count;
};

static struct timetable timetable_of(const struct service *sv)
{
    if (sv->settings->queue->syn == STORMCELL__QUEUE__SYN_TIMETABLE__SYN_EXPONENTIAL)
        return (struct timetable){exponential_s, sizeof exponential_s / sizeof *exponential_s};
    return (struct timetable){linear_s, sizeof linear_s / sizeof *linear_s};
}

void syn_drop(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    struct timetable table = timetable_of(f->stations[fr->station].service);

    /* One that had been taken in by a partial hang comes back late: the times that have passed meanwhile are over. */
    while (fr->knocks < table.count && fr->since_ns + table.seconds[fr->knocks] * SECOND <= f->core->now_ns)
        fr->knocks++;
    if (fr->knocks == table.count) {
        fr->cell->counts[COUNT_DROPPED]++;
        frame_vanish(f, index);
        return;
    }
    fr->state = FRAME_SYN;
    fr->due_ns = fr->since_ns + table.seconds[fr->knocks] * SECOND;
    core_plan(f->core, fr->due_ns, EVENT_SYN, index);
}

void syn_stop(struct flow *f, uint32_t index)
{
    frame_at(f, index)->cell->counts[COUNT_DROPPED]++;
    frame_give(f, index);
}

/* The caller of the frame if it still waits, or NULL. One that was lost with its replica told nobody. */
static const struct frame *caller_of(struct flow *f, const struct frame *fr)
{
    const struct frame *caller = frame_at(f, fr->parent);

    return caller->token == fr->parent_token && caller->state == FRAME_CALLING ? caller : NULL;
}

/* Does the caller give up at this very moment? */
static bool is_leaving(struct flow *f, const struct frame *caller)
{
    const struct call *call = &f->calls[caller->call];
    int64_t now_ns = f->core->now_ns;

    return (call->wait_count && caller->attempt_began_ns + call_time_out(call, caller->attempt)->ns == now_ns) ||
           (call->deadline_ns && caller->call_began_ns + call->deadline_ns == now_ns) ||
           (call->impatient && caller->due_ns == now_ns);
}

void frame_on_syn(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    const struct frame *caller;

    if (fr->state != FRAME_SYN || fr->due_ns != f->core->now_ns)
        return; /* its caller left in the meantime */
    if ((fr->flags & FRAME_CLIENT) && fr->holder && fr->leaves_at_ns == f->core->now_ns)
        return; /* its client stops it */
    if (!(fr->flags & (FRAME_CLIENT | FRAME_DETACHED))) {
        caller = caller_of(f, fr);
        if (!caller) {
            syn_stop(f, index);
            return;
        }
        if (is_leaving(f, caller))
            return; /* which stops it */
    }
    fr->due_ns = -1;
    fr->knocks++;
    fr->cell->counts[COUNT_SYN_RETRANSMITTED]++;
    station_knock(f, index);
}
