/* mail_parts - what the files of mail share: its structs, and what each file does for the others
 *
 * A copy of a message is offered by a host of its sender (mail_sender.c); refused, its host holds it until a scan (mail_held.c).
 * Accepted, it enters the queue of its destination, which is its partition (mail_queue.c), where a worker of the destination's lane
 * takes it to be delivered (mail_delivery.c). Failed, it waits in a room of the transport until it is due (mail_retry.c). Notices
 * and returns by timer are in mail_notice.c, concurrency windows in mail_window.c, back pressure in mail_pressure.c, isolation in
 * mail_isolation.c.
 *
 * Whoever changes queues ends with queue_move(), which lets mail in where there is a place and starts deliveries where there is a
 * worker. It does nothing when it is already at work further up the stack: so a delivery that ends at once does not nest.
 */
#ifndef WORLD_MAIL_PARTS_H
#define WORLD_MAIL_PARTS_H

#include "stormcell/must.h"
#include "world/mail.h"
#include "world/mail_batch.h"
#include "world/mail_deadline.h"
#include "world/mail_message.h"
#include "world/mail_oldest.h"
#include "world/mail_schedule.h"

enum { MAIL_OLDEST_BINS = 8192, MAIL_SHARED_LANE = 0 };

/* A host of a sender: it holds what was refused, and looks at it at phase_ns + n * scan. */
struct mail_host {
    int64_t phase_ns;
    uint32_t sender; /* in mail.senders */
    uint32_t retry;  /* in the sender's schedules */
};

struct mail_sender {
    uint32_t transport;
    uint32_t first_host, hosts; /* in mail.hosts */
    bool inside, gives_notice;
    struct mail_schedule *schedules;
    double recipients_mean;
    uint32_t recipients_max;
    double recipients_log; /* log(1 - 1 / mean), for a geometric number */
    uint64_t host_key, count_key, recipient_key;
};

/* What a transport keeps of one destination (a partition). */
struct mail_destination {
    uint64_t stamp; /* of its first waiting message, as its lane's heap orders it */
    struct mail_list list;
    uint32_t waiting; /* alive in the list */
    uint32_t unseen;  /* of these, never tried nor put off */
    uint32_t lane;
    uint32_t heap_place; /* 1, ...: in its lane's heap; 0: not in it */
    uint32_t busy;       /* deliveries under way, on its lane */
    bool isolated;       /* its lane is its own, by the lever */
    bool own_list;       /* its waiting mail is set apart (bulkhead, sleeping lane) until none is left */
    bool parked;         /* a bulkhead is full: asked again when a slot is freed */
    bool dead;           /* window: left alone until wake_ns */
    bool asleep;         /* of: lane: all wait until wake_ns */
    bool probing;        /* of: lane: one delivery tries whether it is back */
    bool window_known;   /* window: the fields below hold */
    uint32_t window;
    double grown, shrunk, failed_cohorts;
    int64_t wake_ns;
    uint32_t failures; /* of: lane: since its last success */
    uint32_t round;    /* of: lane: moves on when it falls asleep */
    uint32_t schedule_step;
    int64_t failing_since_ns;
    uint32_t unfinished, held; /* accepted and unfinished; held by senders */
};

/* Workers, and the destinations that they serve. */
struct mail_lane {
    uint32_t workers, busy;
    uint32_t *heap, heap_length; /* destinations that a worker may take from, by the stamp of their first message */
    bool blocked;                /* its head waits for a bulkhead, and everybody behind it too */
    bool pending;                /* on the transport's list of lanes to be looked at */
};

/* A waiting room for deferred mail: of one constant interval, in order, or with scans. */
struct mail_room {
    uint32_t transport;
    int64_t interval_ns; /* 0: scans */
    struct mail_list list;
    bool planned;
};

enum mail_pressure_level { MAIL_PRESSURE_LOW, MAIL_PRESSURE_MEDIUM, MAIL_PRESSURE_HIGH };

struct mail_pressure {
    bool present;
    uint64_t medium, high, high_to_medium, low; /* for all instances together */
    int64_t sample_ns, patience_ns;
    enum mail_pressure_level level;
    bool refuses_outside;
    int64_t medium_since_ns;
};

/* Copies by where they are; the second set of books beside the cells. */
struct mail_ledger {
    uint64_t offered, offers, accepted, delivered, returned, expired, lost;
    uint64_t held, queued; /* now */
};

struct mail_transport {
    const Stormcell__Transport *set;
    const char *name;
    uint32_t number, entity;
    struct mail_destination *destinations; /* one for each partition */
    struct mail_oldest *oldest;
    struct mail_lane *lanes;
    uint32_t lane_count;
    uint32_t *pending_lanes, pending_count;
    uint32_t call_list;
    struct control_list controls;

    struct mail_schedule schedule;
    bool of_lane, expire_after_attempt;
    struct mail_room *rooms;
    uint32_t first_room, room_count;

    uint64_t stamps;                /* given so far */
    struct mail_list incoming, due; /* wait for a place in the active queue */
    bool due_turn;                  /* the next free place is for mail that is due */
    uint32_t active_limit;          /* UINT32_MAX: none */
    uint32_t active;                /* waiting or being delivered, unless set apart */
    uint64_t submission;            /* accepted and never tried, in the shared lane: the load of back pressure */
    uint32_t busy;                  /* workers of all lanes */
    bool moving;                    /* queue_move() is at work */

    struct mail_deadline notice, expiry;
    bool notice_noted, return_noted;
    struct mail_pressure pressure;
    struct mail_ledger ledger;
    struct level_meter levels[LEVEL_MAX];
};

struct mail {
    struct core *core;
    struct flow *flow;
    struct pool messages;
    uint32_t records_known;      /* records below it have been a message, and have a generation */
    struct mail_batches batches; /* owners: hosts, then rooms */
    struct pool cohorts;         /* of held mail */
    struct mail_transport *transports;
    uint32_t transport_count;
    struct mail_sender *senders;
    uint32_t *first_sender; /* of each transport */
    uint32_t sender_count;
    struct mail_host *hosts;
    uint32_t host_count;
    uint32_t *room_transport; /* of each room, numbered through */
    uint32_t room_count;
    int64_t oldest_bin_ns;
    int64_t late_after_ns; /* SLA; INT64_MAX: none */
    struct mail_offer {
        int64_t born_ns;
        uint32_t message, offers;
    } * offers; /* scratch of a scan */
    uint32_t offers_allocated;
};

static inline struct message *mail_message(const struct mail *m, uint32_t index)
{
    return message_at(&m->messages, index);
}

static inline void mail_count(struct mail *m, const struct mail_transport *t, const struct message *msg, enum count count)
{
    tally_at(&m->core->tally, t->entity, msg->partition, msg->epoch)->counts[count]++;
}

static inline struct cohort *mail_cohort(struct mail *m, const struct message *msg)
{
    return core_cohort(m->core, msg->born_ns, msg->partition);
}

/* mail.c: a copy is forgotten. Its index is free from then on. */
void mail_forget(struct mail *m, uint32_t index);
/* One more copy is accepted and unfinished (change 1), or one fewer. */
void mail_unfinished(struct mail *m, struct mail_transport *t, const struct message *msg, int change);

/* mail_sender.c */
void sender_start_all(struct mail *m, const Stormcell__Scenario *sc);
void sender_end_all(struct mail *m);
bool sender_refused(const struct mail *m, uint32_t host);
void sender_accepted(struct mail *m, uint32_t first, uint32_t offers); /* after so many offers, this one included */
void sender_gives_up(struct mail *m, uint32_t first, uint32_t host, uint32_t offers);
void sender_held_add(struct mail *m, const struct message *msg, int change);

/* mail_held.c */
void held_start(struct mail *m);
void held_begin(struct mail *m, uint32_t first, uint32_t host);        /* the first offer of a message was refused */
uint64_t held_offers(const struct mail *m, const struct message *msg); /* made so far for one that is held */

/* mail_queue.c */
void queue_start(struct mail *m, struct mail_transport *t);
void queue_end(struct mail_transport *t);
void queue_accept(struct mail *m, struct mail_transport *t, uint32_t index); /* a message that its sender has handed over */
void queue_due(struct mail *m, struct mail_transport *t, uint32_t index);    /* one that is due for its next attempt */
void queue_put_back(struct mail *m, struct mail_transport *t,
                    uint32_t index); /* of: lane: one that failed goes back to its place */
void queue_move(struct mail *m, struct mail_transport *t);
void queue_refresh(struct mail *m, struct mail_transport *t, uint32_t partition); /* may a worker take from it? */
void queue_enter(struct mail *m, struct mail_transport *t, uint32_t index);
uint32_t queue_take(struct mail *m, struct mail_transport *t, uint32_t partition); /* the first message of a destination */
void queue_drop_dead(struct mail *m,
                     struct mail_destination *d); /* forgets those at the head that were returned while they waited */
void queue_abandon(struct mail *m, struct mail_transport *t,
                   uint32_t index); /* one that waits is returned: it becomes MESSAGE_DEAD */
void queue_set_apart(struct mail *m, struct mail_transport *t, struct mail_destination *d);
void queue_pend(struct mail_transport *t, uint32_t lane);
void queue_active_add(struct mail *m, struct mail_transport *t, int64_t change);
struct mail_list queue_draw_out(struct mail *m, struct mail_transport *t,
                                uint32_t partition); /* what waits for a place, due mail first */
void queue_leave_lane(struct mail *m, struct mail_transport *t,
                      uint32_t partition);                           /* before it changes lanes: leaves the old one's counts */
uint32_t queue_lane_add(struct mail_transport *t, uint32_t workers); /* a new lane for one destination; returns its number */
bool queue_full(const struct mail_transport *t);

static inline bool destination_apart(const struct mail_destination *d)
{
    return d->own_list || d->isolated;
}

/* Is its mail that was never tried a load of back pressure? */
static inline bool destination_presses(const struct mail_destination *d)
{
    return d->lane == MAIL_SHARED_LANE && !destination_apart(d);
}

/* mail_delivery.c */
void delivery_run_lane(struct mail *m, struct mail_transport *t,
                       uint32_t lane); /* starts deliveries while there are workers and mail */
void delivery_return(struct mail *m, struct mail_transport *t, uint32_t index); /* to its sender; the index must stand in no list */
void delivery_close_returned(struct mail *m, struct mail_transport *t, const struct message *msg); /* the books of that alone */
bool delivery_too_old(const struct mail *m, const struct mail_transport *t,
                      const struct message *msg); /* to be returned after a failure */
flow_root_ended delivery_ended;

/* mail_retry.c */
void retry_start(struct mail *m, struct mail_transport *t);
void retry_defer(struct mail *m, struct mail_transport *t, uint32_t index);   /* it failed, and waits for its next attempt */
void retry_suspend(struct mail *m, struct mail_transport *t, uint32_t index); /* it is put off without an attempt */
void retry_lane_failed(struct mail *m, struct mail_transport *t, uint32_t partition);
void retry_lane_succeeded(struct mail *m, struct mail_transport *t, uint32_t partition);

/* mail_window.c */
bool window_open(const struct mail_transport *t, const struct mail_destination *d); /* is there a place in it? */
void window_succeeded(struct mail_transport *t, struct mail_destination *d);
void window_failed(struct mail *m, struct mail_transport *t, uint32_t partition);
void window_woken(struct mail_transport *t, struct mail_destination *d);
void window_forget_idle(struct mail_destination *d); /* when nothing of it is in the active queue */

/* mail_notice.c */
void notice_start(struct mail_transport *t);
void notice_accepted(struct mail *m, struct mail_transport *t, uint32_t index);

/* mail_pressure.c */
void pressure_start(struct mail *m, struct mail_transport *t);
bool pressure_refuses(const struct mail_transport *t, bool inside);

#endif
