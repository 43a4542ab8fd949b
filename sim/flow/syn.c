/* syn - an accept queue that is full: the SYN is dropped, and the kernel of the caller sends it again
 *
 * The times are those of Linux, in seconds after the first SYN: with linear time-outs (tcp_syn_linear_timeouts 4, the default since
 * 6.5) four are a second apart before they double, without them each is twice as long as the one before.
 *
 * A SYN is sent again for as long as its caller waits, and not at the moment at which he leaves: the clock of a kernel ticks, so
 * that he is a little earlier than a SYN of the same second. One that finds room enters the line, where its wait is counted from
 * the first SYN. One that finds a replica that has crashed is refused. One that meets a cut in its link is lost on the way, and the
 * next is sent. After the last of the timetable it is lost in silence.
 *
 * A kernel looks for room when a SYN comes, and lets the connection in when its ACK does. Between the two come other SYNs: timers
 * that are due in the same 32 ms are run together, and their SYNs are all in before the first ACK, 1,000 of them at most
 * (netdev_max_backlog); of connect() after connect() each is let in before the next. So where the first of such a batch finds room
 * all of it are answered, and those for whom there was none are connected without being in the line (SYN cookies). They send their
 * request, again and again, and enter with the first that finds room: 0.2 s after they connected, then 0.4 s after that, 0.8 s, ...
 * to 120 s. When such a client leaves, its kernel goes on for 8 times in all before it forgets the request: until then it enters
 * the line, and is served for nobody.
 *
 * Where workers are threads that block (`blocks`): of as many of them as the line is long the server keeps the handshake, and asks
 * for the ACK again 1, 3, 7, 15 and 31 s after they connected. One that finds room by that enters the line without its request, and
 * a worker that takes it waits for that: so the server stands partly idle, though all its workers are taken.
 *
 * In the ledger it has arrived once, with its first SYN; it is in the system while it is sent again, and dropped when that ends.
 */
#include "flow/inside.h"

enum { SECOND = 1000000000, BATCH_NS = 32000000, BATCH_MOST = 1000, FIRST_REQUEST_NS = 200000000 };
#define LONGEST_REQUEST_NS (INT64_C(120) * SECOND)

/* What `knocks` holds of one who is connected, in place of the number of SYNs that were sent again. */
enum {
    KNOWN = 1, /* the server keeps its handshake, and asks it again for the ACK */
    CONNECTED = 64,
    ORPHAN = 128, /* its client has left */
};

/* Requests that a kernel sends again: for a client that has left, and for one that waits (tcp_retries2); and how often a server
 * asks for an ACK (tcp_synack_retries). */
enum { ORPHAN_REQUESTS = 8, REQUESTS = 15, ASKED = 5 };

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

static void plan_knock(struct flow *f, uint32_t index, int64_t due_ns)
{
    struct frame *fr = frame_at(f, index);

    fr->state = FRAME_SYN;
    fr->due_ns = due_ns;
    core_plan(f->core, due_ns, EVENT_SYN, index);
}

static void lose_in_silence(struct flow *f, uint32_t index)
{
    frame_at(f, index)->cell->counts[COUNT_DROPPED]++;
    frame_vanish(f, index);
}

/* When the request of one who is connected is sent again after `now_ns`; -1: never. */
static int64_t next_request_ns(const struct frame *fr, int64_t now_ns)
{
    int64_t at_ns = fr->connected_ns, wait_ns = FIRST_REQUEST_NS;
    int most = (fr->knocks & ORPHAN) ? ORPHAN_REQUESTS : REQUESTS;

    for (int i = 0; i < most; i++, wait_ns *= 2) {
        at_ns += wait_ns < LONGEST_REQUEST_NS ? wait_ns : LONGEST_REQUEST_NS;
        if (at_ns > now_ns)
            return at_ns;
    }
    return -1;
}

/* When the server asks for its ACK after `now_ns`; -1: never. */
static int64_t next_asked_ns(const struct frame *fr, int64_t now_ns)
{
    int64_t at_ns = fr->connected_ns, wait_ns = SECOND;

    for (int i = 0; (fr->knocks & KNOWN) && i < ASKED; i++, wait_ns *= 2) {
        at_ns += wait_ns;
        if (at_ns > now_ns)
            return at_ns;
    }
    return -1;
}

/* It is connected, and found no room. */
static void wait_for_room(struct flow *f, uint32_t index)
{
    const struct frame *fr = frame_at(f, index);
    int64_t request_ns = next_request_ns(fr, f->core->now_ns), asked_ns = next_asked_ns(fr, f->core->now_ns);

    if (request_ns < 0) {
        lose_in_silence(f, index);
        return;
    }
    f->stations[fr->station].known += fr->knocks & KNOWN;
    plan_knock(f, index, asked_ns >= 0 && asked_ns < request_ns ? asked_ns : request_ns);
}

void syn_drop(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    struct timetable table = timetable_of(f->stations[fr->station].service);

    if (fr->knocks & CONNECTED) {
        wait_for_room(f, index);
        return;
    }

    /* One that had been taken in by a partial hang comes back late: the times that have passed meanwhile are over. */
    while (fr->knocks < table.count && fr->since_ns + table.seconds[fr->knocks] * SECOND <= f->core->now_ns)
        fr->knocks++;
    if (fr->knocks == table.count) {
        lose_in_silence(f, index);
        return;
    }
    plan_knock(f, index, fr->since_ns + table.seconds[fr->knocks] * SECOND);
}

void syn_stop(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);

    if ((fr->knocks & CONNECTED) && !f->stations[fr->station].service->leaves) {
        fr->knocks |= ORPHAN;
        return;
    }
    if (fr->knocks & CONNECTED)
        f->stations[fr->station].known -= fr->knocks & KNOWN;
    fr->cell->counts[COUNT_DROPPED]++;
    frame_give(f, index);
}

/* Is a SYN that was sent again answered, where the line has room for it or not? */
static bool is_answered(struct flow *f, struct station *st)
{
    int64_t batch = f->core->now_ns / BATCH_NS;

    if (st->batch != batch) {
        st->batch = batch;
        st->batch_left = station_has_room(st) ? BATCH_MOST : 0;
    }
    if (!st->batch_left)
        return false;
    st->batch_left--;
    return true;
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

/* A SYN is answered for which there is no room. */
static void connect_early(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    struct station *st = &f->stations[fr->station];

    fr->knocks = CONNECTED;
    if (st->service->settings->queue->blocks && st->known < st->service->queue_limit)
        fr->knocks |= KNOWN;
    fr->connected_ns = f->core->now_ns;
    wait_for_room(f, index);
}

/* One who is connected may enter, by its request or without it. */
static void knock_connected(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    int64_t now_ns = f->core->now_ns, request_ns = next_request_ns(fr, now_ns - 1);

    f->stations[fr->station].known -= fr->knocks & KNOWN;
    fr->due_ns = -1;
    fr->request_ns = request_ns < 0 ? now_ns : request_ns;
    if (link_is_cut(f, fr, LINK_FORWARD))
        syn_drop(f, index);
    else
        station_knock(f, index);
}

static void knock(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    struct station *st = &f->stations[fr->station];

    fr->due_ns = -1;
    fr->knocks++;
    fr->cell->counts[COUNT_SYN_RETRANSMITTED]++;
    if (link_is_cut(f, fr, LINK_FORWARD))
        syn_drop(f, index);
    else if (!st->crashed && st->service->settings->queue->connects_early && is_answered(f, st) && !station_has_room(st))
        connect_early(f, index);
    else
        station_knock(f, index);
}

int64_t syn_request_wait_ns(const struct flow *f, const struct frame *fr)
{
    if (!(fr->knocks & CONNECTED) || fr->request_ns <= f->core->now_ns)
        return 0;
    return fr->request_ns - f->core->now_ns;
}

void frame_on_syn(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    const struct frame *caller;

    if (fr->state != FRAME_SYN || fr->due_ns != f->core->now_ns)
        return; /* its caller left in the meantime */
    if (fr->knocks & CONNECTED) {
        knock_connected(f, index);
        return;
    }
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
    knock(f, index);
}
