/* mail - durable store and forward: building, books, what there is now, the end */
#include "world/mail.h"

#include <stdlib.h>

#include "world/mail_parts.h"

enum { MESSAGES_MAX = 1 << 30, EPOCHS_MAX = UINT16_MAX };

/* ---- building */

static void start_transport(struct mail *m, uint32_t number, const Stormcell__Transport *set, uint32_t entity)
{
    struct mail_transport *t = &m->transports[number];
    char *path = xasprintf("%s.delivery", set->name), *list = xasprintf("%s.calls", path);
    struct control_build build = {.seed = m->core->seed, .path = path, .partitions = m->core->people.partitions, .replicas = 1};

    *t = (struct mail_transport){.set = set, .name = set->name, .number = number, .entity = entity};
    t->oldest = xcalloc(m->core->people.partitions, sizeof *t->oldest);
    t->call_list = flow_call_list(m->flow, &(struct call_place){path, list}, set->delivery->n_calls, set->delivery->calls);
    control_list_start(&t->controls, set->delivery->n_controls, (ProtobufCMessage *const *)set->delivery->controls, &build);
    free(path);
    free(list);
    queue_start(m, t);
    retry_start(m, t);
    notice_start(t);
    pressure_start(m, t);
}

struct mail *mail_create(struct core *core, struct flow *flow, const Stormcell__Scenario *sc, uint32_t first_entity)
{
    struct mail *m = xcalloc(1, sizeof *m);

    m->core = core;
    m->flow = flow;
    m->oldest_bin_ns = core->end_ns / MAIL_OLDEST_BINS + 1;
    m->late_after_ns = sc->sla ? sc->sla->mail_delay_ns : INT64_MAX;
    m->transport_count = (uint32_t)sc->n_transports;
    must((uint64_t)m->transport_count * core->people.partitions <= AGENDA_ENTITY_MAX && core->people.partitions <= UINT16_MAX);
    pool_start(&m->messages, sizeof(struct message), MESSAGES_MAX);
    mail_batches_start(&m->batches);
    held_start(m);
    m->transports = xcalloc(sc->n_transports + 1, sizeof *m->transports);
    flow_listen(flow, ROOT_DELIVERY, delivery_ended, m);
    for (uint32_t i = 0; i < m->transport_count; i++)
        start_transport(m, i, sc->transports[i], first_entity + i);
    sender_start_all(m, sc);
    return m;
}

void mail_free(struct mail *m)
{
    if (!m)
        return;
    for (uint32_t i = 0; i < m->transport_count; i++) {
        struct mail_transport *t = &m->transports[i];

        for (uint32_t p = 0; p < m->core->people.partitions; p++)
            mail_oldest_end(&t->oldest[p]);
        free(t->oldest);
        free(t->rooms);
        queue_end(t);
        mail_deadline_end(&t->notice);
        mail_deadline_end(&t->expiry);
        control_list_end(&t->controls);
    }
    sender_end_all(m);
    mail_batches_end(&m->batches);
    pool_end(&m->cohorts);
    pool_end(&m->messages);
    free(m->room_transport);
    free(m->transports);
    free(m);
}

/* ---- books */

void mail_forget(struct mail *m, uint32_t index)
{
    struct message *msg = mail_message(m, index);

    msg->state = MESSAGE_FREE;
    msg->generation++;
    pool_give(&m->messages, index);
}

void mail_unfinished(struct mail *m, struct mail_transport *t, const struct message *msg, int change)
{
    t->destinations[msg->partition].unfinished += (uint32_t)change;
    t->ledger.queued += (uint64_t)(int64_t)change;
    level_set(&t->levels[LEVEL_MAIL_QUEUED], m->core->now_ns, (double)t->ledger.queued);
}

/* ---- what there is now */

/* Births are known to the width of a bin: the middle of what a bin spans until now stands for all of it. */
int64_t mail_oldest_ns(const struct mail *m, uint32_t transport, uint32_t partition)
{
    const struct mail_oldest *o = &m->transports[transport].oldest[partition];
    int64_t from = (int64_t)o->first * m->oldest_bin_ns, to = from + m->oldest_bin_ns, age;

    if (!o->total)
        return 0;
    if (to > m->core->now_ns)
        to = m->core->now_ns;
    age = m->core->now_ns - from - (to - from) / 2;
    return age > 0 ? age : 1;
}

uint32_t mail_queued(const struct mail *m, uint32_t transport, uint32_t partition)
{
    return m->transports[transport].destinations[partition].unfinished;
}

uint32_t mail_held(const struct mail *m, uint32_t transport, uint32_t partition)
{
    return m->transports[transport].destinations[partition].held;
}

uint32_t mail_workers_busy(const struct mail *m, uint32_t transport)
{
    return m->transports[transport].busy;
}

uint32_t mail_workers(const struct mail *m, uint32_t transport)
{
    const struct mail_transport *t = &m->transports[transport];
    uint32_t workers = 0;

    for (uint32_t i = 0; i < t->lane_count; i++)
        workers += t->lanes[i].workers;
    return workers;
}

struct level_meter *mail_level(struct mail *m, uint32_t transport, enum level level)
{
    return &m->transports[transport].levels[level];
}

const struct control_list *mail_controls(const struct mail *m, uint32_t transport)
{
    return &m->transports[transport].controls;
}

/* ---- the end */

static void settle_unfinished(struct mail *m, const struct message *msg, struct mail_ledger *seen)
{
    const struct mail_transport *t = &m->transports[msg->transport];
    struct cell *cell = tally_at(&m->core->tally, t->entity, msg->partition, msg->epoch);
    int64_t age = m->core->now_ns - msg->born_ns;

    histogram_add(&cell->samples[SAMPLE_MAIL_AGE], age);
    if (age > m->late_after_ns)
        mail_cohort(m, msg)->mail_late++;
    if (msg->state == MESSAGE_HELD) {
        cell->counts[COUNT_MAIL_OFFERS] += held_offers(m, msg);
        cell->counts[COUNT_MAIL_HELD_BY_SENDER]++;
        seen[msg->transport].held++;
        return;
    }
    cell->counts[COUNT_MAIL_QUEUED]++;
    seen[msg->transport].queued++;
    histogram_add(&cell->samples[SAMPLE_MAIL_TRANSPORT_AGE], m->core->now_ns - msg->accepted_ns);
}

/* Every cell adds up for itself; what they add up to is what was counted beside them. */
static void check_ledger(const struct mail *m, const struct mail_transport *t)
{
    const struct tally *tally = &m->core->tally;
    uint64_t sums[COUNT_MAX] = {0};
    size_t cells = (size_t)tally->epochs * tally->entities * tally->partitions;

    for (size_t i = 0; i < cells; i++) {
        const uint64_t *c = tally->cells[i] ? tally->cells[i]->counts : NULL;

        if (!c || i / tally->partitions % tally->entities != t->entity)
            continue;
        must(c[COUNT_MAIL_ACCEPTED] == c[COUNT_MAIL_DELIVERED] + c[COUNT_MAIL_RETURNED] + c[COUNT_MAIL_QUEUED]);
        must(c[COUNT_MAIL_OFFERED] == c[COUNT_MAIL_ACCEPTED] + c[COUNT_MAIL_EXPIRED_AT_SENDER] + c[COUNT_MAIL_LOST_BY_SENDER] +
                                          c[COUNT_MAIL_HELD_BY_SENDER]);
        for (int k = COUNT_MAIL_OFFERED; k < COUNT_MAX; k++)
            sums[k] += c[k];
    }
    must(sums[COUNT_MAIL_OFFERED] == t->ledger.offered);
    must(sums[COUNT_MAIL_OFFERS] == t->ledger.offers);
    must(sums[COUNT_MAIL_ACCEPTED] == t->ledger.accepted);
    must(sums[COUNT_MAIL_DELIVERED] == t->ledger.delivered);
    must(sums[COUNT_MAIL_RETURNED] == t->ledger.returned);
    must(sums[COUNT_MAIL_EXPIRED_AT_SENDER] == t->ledger.expired);
    must(sums[COUNT_MAIL_LOST_BY_SENDER] == t->ledger.lost);
    must(sums[COUNT_MAIL_HELD_BY_SENDER] == t->ledger.held);
    must(sums[COUNT_MAIL_QUEUED] == t->ledger.queued);
}

/* What stands in the active queue, and what weighs on back pressure, recounted from the messages. */
struct recount {
    uint64_t active, submission, waiting;
};

static void recount_message(const struct mail *m, const struct message *msg, struct recount *seen)
{
    const struct mail_destination *d = &m->transports[msg->transport].destinations[msg->partition];
    struct recount *r = &seen[msg->transport];
    bool unseen = !(msg->flags & MESSAGE_SEEN);

    if (msg->state == MESSAGE_QUEUED) {
        r->waiting++;
        r->active += !destination_apart(d);
        r->submission += unseen && destination_presses(d);
    }
    if (msg->state == MESSAGE_INCOMING)
        r->submission += d->lane == MAIL_SHARED_LANE;
    if (msg->state == MESSAGE_DELIVERING)
        r->active += (msg->flags & MESSAGE_ACTIVE) != 0;
}

static void check_queues(const struct mail *m)
{
    struct recount *seen = xcalloc(m->transport_count + 1, sizeof *seen);

    for (uint32_t i = 1; i < m->records_known; i++)
        if (mail_message(m, i)->state != MESSAGE_FREE)
            recount_message(m, mail_message(m, i), seen);
    for (uint32_t i = 0; i < m->transport_count; i++) {
        const struct mail_transport *t = &m->transports[i];
        uint64_t waiting = 0, busy = 0;

        for (uint32_t p = 0; p < m->core->people.partitions; p++)
            waiting += t->destinations[p].waiting;
        for (uint32_t k = 0; k < t->lane_count; k++)
            busy += t->lanes[k].busy;
        must(seen[i].waiting == waiting && t->busy == busy);
        must(seen[i].active == t->active && seen[i].submission == t->submission);
    }
    free(seen);
}

void mail_settle(struct mail *m)
{
    struct mail_ledger *seen = xcalloc(m->transport_count + 1, sizeof *seen);

    must(m->core->tally.epochs <= EPOCHS_MAX);
    check_queues(m);
    for (uint32_t i = 1; i < m->records_known; i++) {
        const struct message *msg = mail_message(m, i);

        if (msg->state != MESSAGE_FREE && msg->state != MESSAGE_DEAD)
            settle_unfinished(m, msg, seen);
    }
    for (uint32_t i = 0; i < m->transport_count; i++) {
        const struct mail_transport *t = &m->transports[i];

        must(seen[i].held == t->ledger.held && seen[i].queued == t->ledger.queued);
        check_ledger(m, t);
    }
    free(seen);
}
