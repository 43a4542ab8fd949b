/* mail_sender - messages are born and offered, accepted or given up
 *
 * The host of a message is drawn from its birth. Hosts of a sender are dealt to its schedules by their shares, in order of their
 * number; each has a scan phase of its own, drawn from its number. Without `retry` in the scenario, hosts of inside senders follow
 * Exchange's schedule, others Postfix's.
 *
 * The copies of a message (one for each recipient) are linked through `copies`, held together, and accepted or refused together.
 * Offers are counted in copies, as everything of mail is; those of held mail when it leaves its sender, or at the end.
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

/* The users of a transport get so much mail, each, and their credentials are as old as that makes them. */
static void expect_deliveries(struct mail *m, const struct mail_sender *s, const Stormcell__Sender *set, int64_t start_utc_s)
{
    double recipients = s->recipients_mean;

    /* Of a geometric number, what the bound leaves. */
    if (recipients > 1)
        recipients *= 1 - exact_exp(s->recipients_max * s->recipients_log);
    flow_expect(m->flow, m->transports[s->transport].call_list,
                arrivals_rate_at_start(set->arrivals, start_utc_s, m->core->end_ns) * recipients / (double)m->core->people.users);
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
            expect_deliveries(m, &m->senders[sender], set, sc->clock->start_utc_s);
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
    core_totals(m->core, t->entity, msg->partition)[COUNT_MAIL_OFFERED]++;
    mail_cohort(m, msg)->mail_offered++;
    mail_oldest_add(&t->oldest[msg->partition], (uint32_t)(msg->born_ns / m->oldest_bin_ns));
    return index;
}

/* ---- offers */

bool sender_refused(const struct mail *m, uint32_t host)
{
    const struct mail_sender *s = &m->senders[m->hosts[host].sender];

    return pressure_refuses(&m->transports[s->transport], s->inside);
}

void sender_held_add(struct mail *m, const struct message *msg, int change)
{
    struct mail_transport *t = &m->transports[msg->transport];

    t->destinations[msg->partition].held += (uint32_t)change;
    t->ledger.held += (uint64_t)(int64_t)change;
    level_set(&t->levels[LEVEL_MAIL_HELD_BY_SENDER], m->core->now_ns, (double)t->ledger.held);
}

static void count_offers(struct mail *m, const struct message *msg, uint32_t offers)
{
    tally_at(&m->core->tally, m->transports[msg->transport].entity, msg->partition, msg->epoch)->counts[COUNT_MAIL_OFFERS] +=
        offers;
}

void sender_accepted(struct mail *m, uint32_t first, uint32_t offers)
{
    struct mail_transport *t = &m->transports[mail_message(m, first)->transport];

    for (uint32_t index = first, next; index; index = next) {
        struct message *msg = mail_message(m, index);

        next = msg->copies;
        count_offers(m, msg, offers);
        if (msg->state == MESSAGE_HELD)
            sender_held_add(m, msg, -1);
        queue_accept(m, t, index);
    }
}

void sender_gives_up(struct mail *m, uint32_t first, uint32_t host, uint32_t offers)
{
    const struct mail_sender *s = &m->senders[m->hosts[host].sender];
    struct mail_transport *t = &m->transports[s->transport];

    for (uint32_t index = first, next; index; index = next) {
        struct message *msg = mail_message(m, index);

        next = msg->copies;
        count_offers(m, msg, offers);
        mail_count(m, t, msg, s->gives_notice ? COUNT_MAIL_EXPIRED_AT_SENDER : COUNT_MAIL_LOST_BY_SENDER);
        mail_cohort(m, msg)->mail_lost++;
        mail_oldest_remove(&t->oldest[msg->partition], (uint32_t)(msg->born_ns / m->oldest_bin_ns));
        if (s->gives_notice)
            t->ledger.expired++;
        else
            t->ledger.lost++;
        sender_held_add(m, msg, -1);
        mail_forget(m, index);
    }
}

static uint32_t draw_host(const struct mail_sender *s, uint64_t birth)
{
    struct draw draw = draw_at(s->host_key, birth, 0);

    return s->first_host + (uint32_t)draw_below(&draw, s->hosts);
}

void mail_born(struct mail *m, uint32_t transport, uint32_t sender, const struct birth *birth)
{
    const struct mail_sender *s = &m->senders[m->first_sender[transport] + sender];
    struct mail_transport *t = &m->transports[transport];
    uint32_t recipients = draw_recipients(s, birth->id);
    uint32_t first = new_copy(m, s, birth, 0), last = first;

    for (uint32_t n = 1; n < recipients; n++) {
        uint32_t copy = new_copy(m, s, birth, n);

        mail_message(m, last)->copies = copy;
        last = copy;
    }
    t->ledger.offers += recipients;
    if (pressure_refuses(t, s->inside)) {
        held_begin(m, first, draw_host(s, birth->id));
        return;
    }
    sender_accepted(m, first, 1);
    queue_move(m, t);
}
