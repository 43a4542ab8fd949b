/* mail_sender - messages are born, offered, held by a host of their sender, offered again, given up
 *
 * The host of a message is drawn at its birth. Hosts of a sender are dealt to its schedules by their shares, in order of their number; each has a
 * scan phase of its own, drawn from its number. What a host holds for one scan is one batch with one event. Without `retry` in the scenario, hosts
 * of inside senders follow Exchange's schedule, others Postfix's.
 *
 * The copies of a message (one for each recipient) are held together, linked through `copies`, and accepted or refused together. Offers are counted in
 * copies, as everything of mail is.
 */
#include <stdlib.h>

#include "stormcell/random.h"
#include "world/mail_parts.h"

static uint64_t sender_key(const struct mail *m, const struct mail_transport *t, const Stormcell__Sender *set, const char *purpose)
{
    char *path = xasprintf("%s.%s", t->name, set->name);
    uint64_t key = draw_key(m->core->seed, path, purpose);

    free(path);
    return key;
}

/* The schedules of a sender, and its hosts' share of each: hosts below bounds[i] follow schedule i. */
static size_t take_schedules(struct mail_sender *s, const Stormcell__Sender *set, uint32_t *bounds)
{
    double sum = 0;

    if (!set->n_retry) {
        s->schedules = xcalloc(1, sizeof *s->schedules);
        must(mail_schedule_of_sender(set->inside ? "exchange" : "postfix", s->schedules));
        bounds[0] = set->hosts;
        return 1;
    }
    s->schedules = xcalloc(set->n_retry, sizeof *s->schedules);
    for (size_t i = 0; i < set->n_retry; i++) {
        must(mail_schedule_of_sender(set->retry[i]->name, &s->schedules[i]));
        if (set->retry[i]->has_give_up_ns)
            s->schedules[i].give_up_ns = set->retry[i]->give_up_ns;
        sum += set->retry[i]->share_ratio;
        bounds[i] = (uint32_t)(sum * set->hosts + 0.5);
    }
    bounds[set->n_retry - 1] = set->hosts;
    return set->n_retry;
}

static void start_hosts(struct mail *m, uint32_t sender, const Stormcell__Sender *set)
{
    struct mail_sender *s = &m->senders[sender];
    uint64_t phase_key = sender_key(m, &m->transports[s->transport], set, "scan");
    uint32_t *bounds = xcalloc(set->n_retry + 1, sizeof *bounds);
    size_t count = take_schedules(s, set, bounds);
    uint32_t retry = 0;

    for (uint32_t h = 0; h < s->hosts; h++) {
        struct draw draw = draw_at(phase_key, h, 0);

        while (retry + 1 < count && h >= bounds[retry])
            retry++;
        m->hosts[s->first_host + h] = (struct mail_host){
            .phase_ns = (int64_t)draw_below(&draw, (uint64_t)s->schedules[retry].scan_ns),
            .sender = sender,
            .retry = retry,
        };
    }
    free(bounds);
}

static void start_sender(struct mail *m, uint32_t sender, const Stormcell__Sender *set)
{
    struct mail_sender *s = &m->senders[sender];
    const struct mail_transport *t = &m->transports[s->transport];

    s->inside = set->inside;
    s->gives_notice = set->gives_notice;
    s->recipients_mean = set->recipients ? set->recipients->mean : 1;
    s->recipients_max = set->recipients ? set->recipients->max : 1;
    if (s->recipients_mean > 1)
        s->recipients_log = exact_log(1 - 1 / s->recipients_mean);
    s->host_key = sender_key(m, t, set, "host");
    s->count_key = sender_key(m, t, set, "recipients");
    s->recipient_key = sender_key(m, t, set, "recipient");
    start_hosts(m, sender, set);
}

void sender_start_all(struct mail *m, const Stormcell__Scenario *sc)
{
    uint32_t sender = 0;

    m->first_sender = xcalloc(sc->n_transports + 1, sizeof *m->first_sender);
    for (size_t i = 0; i < sc->n_transports; i++) {
        m->first_sender[i] = m->sender_count;
        m->sender_count += (uint32_t)sc->transports[i]->n_senders;
        for (size_t k = 0; k < sc->transports[i]->n_senders; k++)
            m->host_count += sc->transports[i]->senders[k]->hosts;
    }
    m->first_sender[sc->n_transports] = m->sender_count;
    if (m->host_count > AGENDA_ENTITY_MAX)
        die("too many hosts of mail senders: %u, at most %d", m->host_count, AGENDA_ENTITY_MAX);
    m->senders = xcalloc(m->sender_count + 1, sizeof *m->senders);
    m->hosts = xcalloc(m->host_count + 1, sizeof *m->hosts);
    m->host_count = 0;
    for (uint32_t i = 0; i < sc->n_transports; i++)
        for (size_t k = 0; k < sc->transports[i]->n_senders; k++, sender++) {
            const Stormcell__Sender *set = sc->transports[i]->senders[k];

            m->senders[sender] = (struct mail_sender){.transport = i, .first_host = m->host_count, .hosts = set->hosts};
            m->host_count += set->hosts;
            start_sender(m, sender, set);
        }
}

void sender_end_all(struct mail *m)
{
    for (uint32_t i = 0; i < m->sender_count; i++)
        free(m->senders[i].schedules);
    free(m->senders);
    free(m->hosts);
    free(m->first_sender);
    free(m->offers);
}

/* ---- birth */

/* 1 + a geometric number, by inversion: P(more than k) = (1 - 1 / mean)^k. */
static uint32_t draw_recipients(const struct mail_sender *s, uint64_t birth)
{
    struct draw draw;
    double more;

    if (s->recipients_mean <= 1)
        return 1;
    draw = draw_at(s->count_key, birth, 0);
    more = exact_log(1 - draw_uniform(&draw)) / s->recipients_log;
    return more >= s->recipients_max - 1 ? s->recipients_max : 1 + (uint32_t)more;
}

/* Copy `number` of a message: the first goes to the user of the birth, each further one to a user of its own. */
static uint32_t new_copy(struct mail *m, const struct mail_sender *s, const struct birth *birth, uint32_t number)
{
    struct mail_transport *t = &m->transports[s->transport];
    uint32_t index = pool_take(&m->messages);
    struct message *msg = mail_message(m, index);
    uint64_t user = birth->user;
    uint32_t generation = index < m->records_known ? msg->generation : 0;

    if (index >= m->records_known)
        m->records_known = index + 1;
    if (number) {
        struct draw draw = draw_at(s->recipient_key, birth->id, number);

        user = draw_below(&draw, m->core->people.users);
    }
    *msg = (struct message){
        .born_ns = m->core->now_ns,
        .birth = number ? draw_mix(birth->id, number) : birth->id,
        .user = (uint32_t)user,
        .generation = generation,
        .partition = (uint16_t)(number ? people_partition(&m->core->people, user) : birth->partition),
        .epoch = (uint16_t)m->core->tally.epoch,
        .transport = (uint16_t)s->transport,
        .state = MESSAGE_NEW,
    };
    t->ledger.offered++;
    mail_count(m, t, msg, COUNT_MAIL_OFFERED);
    mail_cohort(m, msg)->mail_offered++;
    mail_oldest_add(&t->oldest[msg->partition], (uint32_t)(msg->born_ns / m->oldest_bin_ns));
    return index;
}

/* ---- offers */

static void held_add(struct mail *m, struct mail_transport *t, const struct message *msg, int change)
{
    t->destinations[msg->partition].held += (uint32_t)change;
    t->ledger.held += (uint64_t)(int64_t)change;
    level_set(&t->levels[LEVEL_MAIL_HELD_BY_SENDER], m->core->now_ns, (double)t->ledger.held);
}

/* The sender gives all copies up. */
static void give_up(struct mail *m, struct mail_transport *t, uint32_t first, bool gives_notice)
{
    for (uint32_t index = first, next; index; index = next) {
        struct message *msg = mail_message(m, index);

        next = msg->copies;
        mail_count(m, t, msg, gives_notice ? COUNT_MAIL_EXPIRED_AT_SENDER : COUNT_MAIL_LOST_BY_SENDER);
        mail_cohort(m, msg)->mail_lost++;
        mail_oldest_remove(&t->oldest[msg->partition], (uint32_t)(msg->born_ns / m->oldest_bin_ns));
        if (gives_notice)
            t->ledger.expired++;
        else
            t->ledger.lost++;
        if (msg->state == MESSAGE_HELD)
            held_add(m, t, msg, -1);
        mail_forget(m, index);
    }
}

/* Refused: the host keeps it for the first of its scans after the wait. What would come after the end of the run is in no list. */
static void hold(struct mail *m, struct mail_transport *t, uint32_t first, uint32_t host_number)
{
    const struct mail_host *host = &m->hosts[host_number];
    const struct mail_sender *s = &m->senders[host->sender];
    const struct mail_schedule *schedule = &s->schedules[host->retry];
    struct message *msg = mail_message(m, first);
    struct mail_failure failure = {.at_ns = m->core->now_ns, .age_ns = m->core->now_ns - msg->born_ns, .step = msg->step};
    int64_t scan, wait;

    if (msg->attempts < MESSAGE_ATTEMPTS_MAX)
        msg->attempts++;
    failure.failures = msg->attempts;
    if (failure.age_ns >= schedule->give_up_ns) {
        give_up(m, t, first, s->gives_notice);
        return;
    }
    wait = mail_schedule_wait_ns(schedule, &failure);
    msg->step = failure.step;
    msg->host = host_number;
    for (uint32_t index = first; index; index = mail_message(m, index)->copies)
        if (mail_message(m, index)->state != MESSAGE_HELD) {
            mail_message(m, index)->state = MESSAGE_HELD;
            held_add(m, t, mail_message(m, index), 1);
        }
    scan = mail_schedule_scan(schedule, failure.at_ns, wait, host->phase_ns);
    if (host->phase_ns + scan * schedule->scan_ns > m->core->end_ns)
        return;
    if (mail_batch_add(&m->batches, host_number, scan, &m->messages, first))
        core_plan(m->core, host->phase_ns + scan * schedule->scan_ns, EVENT_MAIL_SCAN, host_number);
}

static void offer(struct mail *m, struct mail_transport *t, uint32_t first, uint32_t host)
{
    bool refused = pressure_refuses(t, m->senders[m->hosts[host].sender].inside);

    for (uint32_t index = first, next; index; index = next) {
        struct message *msg = mail_message(m, index);

        next = msg->copies;
        mail_count(m, t, msg, COUNT_MAIL_OFFERS);
        if (refused)
            continue;
        if (msg->state == MESSAGE_HELD)
            held_add(m, t, msg, -1);
        queue_accept(m, t, index);
    }
    if (refused)
        hold(m, t, first, host);
}

void mail_born(struct mail *m, uint32_t transport, uint32_t sender, const struct birth *birth)
{
    const struct mail_sender *s = &m->senders[m->first_sender[transport] + sender];
    struct mail_transport *t = &m->transports[transport];
    struct draw draw = draw_at(s->host_key, birth->id, 0);
    uint32_t host = s->first_host + (uint32_t)draw_below(&draw, s->hosts);
    uint32_t recipients = draw_recipients(s, birth->id);
    uint32_t first = new_copy(m, s, birth, 0), last = first;

    for (uint32_t n = 1; n < recipients; n++) {
        uint32_t copy = new_copy(m, s, birth, n);

        mail_message(m, last)->copies = copy;
        last = copy;
    }
    offer(m, t, first, host);
    queue_move(m, t);
}

/* ---- scans */

static uint32_t collect(struct mail *m, struct mail_list list)
{
    uint32_t count = 0;

    for (uint32_t index = list.head; index; index = mail_message(m, index)->link) {
        if (count == m->offers_allocated) {
            m->offers_allocated = m->offers_allocated ? 2 * m->offers_allocated : 256;
            /* The upper half is room for the sort. */
            m->offers = xrealloc(m->offers, 2 * (size_t)m->offers_allocated, sizeof *m->offers);
        }
        m->offers[count++] = (struct mail_offer){.born_ns = mail_message(m, index)->born_ns, .message = index};
    }
    return count;
}

/* Merges two sorted runs, a before b at ties. */
static void merge(const struct mail_offer *a, uint32_t a_count, const struct mail_offer *b, uint32_t b_count, struct mail_offer *out)
{
    while (a_count && b_count) {
        if (b->born_ns < a->born_ns) {
            *out++ = *b++;
            b_count--;
        } else {
            *out++ = *a++;
            a_count--;
        }
    }
    while (a_count--)
        *out++ = *a++;
    while (b_count--)
        *out++ = *b++;
}

/* Oldest first; those of one age stay in the order in which they were refused. Returns the sorted half of the scratch. */
static const struct mail_offer *sort_offers(struct mail *m, uint32_t count)
{
    struct mail_offer *from = m->offers, *to = m->offers + m->offers_allocated;

    for (uint32_t width = 1; width < count; width *= 2) {
        struct mail_offer *swap = from;

        for (uint32_t i = 0; i < count; i += 2 * width) {
            uint32_t middle = i + width < count ? i + width : count;
            uint32_t end = middle + width < count ? middle + width : count;

            merge(from + i, middle - i, from + middle, end - middle, to + i);
        }
        from = to;
        to = swap;
    }
    return from;
}

void mail_on_scan(struct mail *m, uint32_t entity)
{
    const struct mail_host *host = &m->hosts[entity];
    const struct mail_sender *s = &m->senders[host->sender];
    struct mail_transport *t = &m->transports[s->transport];
    int64_t scan = (m->core->now_ns - host->phase_ns) / s->schedules[host->retry].scan_ns;
    uint32_t count = collect(m, mail_batch_take(&m->batches, entity, scan));
    const struct mail_offer *sorted = sort_offers(m, count);

    for (uint32_t i = 0; i < count; i++)
        offer(m, t, sorted[i].message, entity);
    queue_move(m, t);
}
