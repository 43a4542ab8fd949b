/* mail_held - mail that was refused, with the hosts of its senders, until a scan
 *
 * While nothing is accepted, hosts offer millions of messages again and again, and what happens to each is decided by its schedule
 * alone. So a host moves its mail in cohorts: messages whose first scan was the same. The next scan of the oldest and of the
 * youngest of them is looked up; if it is the same, by the same rule, it is that of all between, and the cohort goes there as a
 * whole; if not, or if the oldest is to be given up, each message goes for itself. Cohorts whose waits stay the same from now on,
 * and which meet at a scan, become one.
 *
 * How many offers were made for a message follows from its schedule as well, and is counted when it leaves its sender, or at the
 * end.
 *
 * In a scan that is accepted, the oldest message is offered first.
 */
#include "world/mail_parts.h"

/* The class of cohorts whose waits stay the same; of others it is the number of their first scan. */
enum { CLASS_STEADY = -1 };

struct mail_cohort {
    uint32_t link; /* next cohort of the same scan */
    uint32_t step; /* the schedule's, of all of them */
    struct mail_list list;
    int64_t class;
    int64_t oldest_ns, youngest_ns; /* births */
    uint64_t copies;
    uint32_t failures; /* so far; steady: of no meaning */
};

static struct mail_cohort *cohort_at(const struct mail *m, uint32_t index)
{
    return pool_at(&m->cohorts, index);
}

static const struct mail_schedule *schedule_of(const struct mail *m, uint32_t host)
{
    return &m->senders[m->hosts[host].sender].schedules[m->hosts[host].retry];
}

/* ---- into cohorts */

/* The cohort goes to a scan of its host. What would come after the end of the run is in no list. */
static void place(struct mail *m, uint32_t host, int64_t scan, uint32_t cohort)
{
    int64_t at_ns = m->hosts[host].phase_ns + scan * schedule_of(m, host)->scan_ns;

    if (at_ns > m->core->end_ns)
        pool_give(&m->cohorts, cohort);
    else if (mail_batch_add(&m->batches, host, scan, &m->cohorts, cohort))
        core_plan(m->core, at_ns, EVENT_MAIL_SCAN, host);
}

/* The cohort at that scan in which `like` can be taken up; 0: none. */
static uint32_t find(const struct mail *m, uint32_t host, int64_t scan, const struct mail_cohort *like)
{
    uint32_t cohort = mail_batch_head(&m->batches, host, scan);

    for (; cohort; cohort = cohort_at(m, cohort)->link) {
        const struct mail_cohort *c = cohort_at(m, cohort);

        if (c->class == like->class && (c->class == CLASS_STEADY || (c->failures == like->failures && c->step == like->step)))
            return cohort;
    }
    return 0;
}

/* `from` goes to a scan: into a cohort like it that is there already, or by itself. `from->list` is taken over. */
static void join(struct mail *m, uint32_t host, int64_t scan, const struct mail_cohort *from)
{
    uint32_t index = find(m, host, scan, from);
    struct mail_cohort *c;

    if (!index) {
        index = pool_take(&m->cohorts);
        *cohort_at(m, index) = *from;
        place(m, host, scan, index);
        return;
    }
    c = cohort_at(m, index);
    mail_list_join(&c->list, &m->messages, from->list);
    c->copies += from->copies;
    if (from->oldest_ns < c->oldest_ns)
        c->oldest_ns = from->oldest_ns;
    if (from->youngest_ns > c->youngest_ns)
        c->youngest_ns = from->youngest_ns;
}

void held_begin(struct mail *m, uint32_t first, uint32_t host)
{
    const struct mail_schedule *s = schedule_of(m, host);
    struct mail_failure failure = {.at_ns = m->core->now_ns, .failures = 1};
    int64_t wait = mail_schedule_wait_ns(s, &failure);
    int64_t scan = mail_schedule_scan(s, failure.at_ns, wait, m->hosts[host].phase_ns);
    struct mail_cohort one = {
        .list = {first, first},
        .step = failure.step,
        .class = scan,
        .oldest_ns = m->core->now_ns,
        .youngest_ns = m->core->now_ns,
        .failures = 1,
    };

    for (uint32_t index = first; index; index = mail_message(m, index)->copies) {
        struct message *msg = mail_message(m, index);

        msg->state = MESSAGE_HELD;
        msg->host = host;
        one.copies++;
        sender_held_add(m, msg, 1);
    }
    mail_message(m, first)->link = 0;
    join(m, host, scan, &one);
}

uint64_t held_offers(const struct mail *m, const struct message *msg)
{
    return mail_schedule_attempts(schedule_of(m, msg->host), msg->born_ns, m->hosts[msg->host].phase_ns, m->core->now_ns);
}

/* ---- a scan that is refused */

/* What the schedule says of mail of a cohort that was born then, and has just been refused once more. */
struct verdict {
    bool gives_up, steady;
    int64_t scan;
    uint32_t step;
};

static struct verdict judge(const struct mail *m, uint32_t host, const struct mail_cohort *c, int64_t born_ns)
{
    const struct mail_schedule *s = schedule_of(m, host);
    struct mail_failure failure = {
        .at_ns = m->core->now_ns,
        .age_ns = m->core->now_ns - born_ns,
        .failures = c->class == CLASS_STEADY ? UINT32_MAX : c->failures + 1,
        .step = c->step,
    };
    struct verdict v = {.gives_up = failure.age_ns >= s->give_up_ns, .steady = mail_schedule_steady(s, &failure)};
    int64_t wait = mail_schedule_wait_ns(s, &failure);

    v.scan = mail_schedule_scan(s, failure.at_ns, wait, m->hosts[host].phase_ns);
    v.step = failure.step;
    return v;
}

static struct mail_cohort next_of(const struct mail_cohort *c, const struct verdict *v)
{
    struct mail_cohort next = *c;

    next.link = 0;
    next.step = v->step;
    next.failures = c->failures + 1;
    if (v->steady) {
        next.class = CLASS_STEADY;
        next.step = 0;
    }
    return next;
}

/* Each message for itself. */
static void split(struct mail *m, uint32_t host, struct mail_cohort *c)
{
    while (c->list.head) {
        uint32_t first = mail_list_take(&c->list, &m->messages);
        const struct message *msg = mail_message(m, first);
        struct verdict v = judge(m, host, c, msg->born_ns);
        struct mail_cohort one = next_of(c, &v);

        if (v.gives_up) {
            sender_gives_up(m, first, host, (uint32_t)held_offers(m, msg));
            continue;
        }
        mail_message(m, first)->link = 0;
        one.list = (struct mail_list){first, first};
        one.oldest_ns = one.youngest_ns = msg->born_ns;
        one.copies = 0;
        for (uint32_t index = first; index; index = mail_message(m, index)->copies)
            one.copies++;
        join(m, host, v.scan, &one);
    }
}

static void refuse(struct mail *m, struct mail_transport *t, uint32_t host, uint32_t cohort)
{
    struct mail_cohort c = *cohort_at(m, cohort);
    struct verdict oldest = judge(m, host, &c, c.oldest_ns), youngest = judge(m, host, &c, c.youngest_ns);

    pool_give(&m->cohorts, cohort);
    t->ledger.offers += c.copies;
    if (oldest.gives_up || oldest.scan != youngest.scan || oldest.step != youngest.step || oldest.steady != youngest.steady) {
        split(m, host, &c);
    } else {
        struct mail_cohort next = next_of(&c, &oldest);

        join(m, host, oldest.scan, &next);
    }
}

/* ---- a scan that is accepted */

static void add_offer(struct mail *m, uint32_t *count, const struct mail_offer *offer)
{
    if (*count == m->offers_allocated) {
        m->offers_allocated = m->offers_allocated ? 2 * m->offers_allocated : 256;
        /* The upper half is room for the sort. */
        m->offers = xrealloc(m->offers, 2 * (size_t)m->offers_allocated, sizeof *m->offers);
    }
    m->offers[(*count)++] = *offer;
}

static void collect(struct mail *m, const struct mail_cohort *c, uint32_t *count)
{
    for (uint32_t index = c->list.head; index; index = mail_message(m, index)->link) {
        const struct message *msg = mail_message(m, index);
        uint64_t offers = c->class == CLASS_STEADY ? held_offers(m, msg) : c->failures + 1;

        add_offer(m, count, &(struct mail_offer){.born_ns = msg->born_ns, .message = index, .offers = (uint32_t)offers});
    }
}

/* Merges two sorted runs, a before b at ties. */
static void merge(const struct mail_offer *a, uint32_t a_count, const struct mail_offer *b, uint32_t b_count,
                  struct mail_offer *out)
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

static void accept(struct mail *m, struct mail_transport *t, struct mail_list cohorts)
{
    const struct mail_offer *sorted;
    uint32_t count = 0;

    while (cohorts.head) {
        uint32_t cohort = mail_list_take(&cohorts, &m->cohorts);

        t->ledger.offers += cohort_at(m, cohort)->copies;
        collect(m, cohort_at(m, cohort), &count);
        pool_give(&m->cohorts, cohort);
    }
    sorted = sort_offers(m, count);
    for (uint32_t i = 0; i < count; i++)
        sender_accepted(m, sorted[i].message, sorted[i].offers);
    queue_move(m, t);
}

void mail_on_scan(struct mail *m, uint32_t host)
{
    struct mail_transport *t = &m->transports[m->senders[m->hosts[host].sender].transport];
    int64_t scan = (m->core->now_ns - m->hosts[host].phase_ns) / schedule_of(m, host)->scan_ns;
    struct mail_list cohorts = mail_batch_take(&m->batches, host, scan);

    if (!sender_refused(m, host)) {
        accept(m, t, cohorts);
        return;
    }
    while (cohorts.head) {
        uint32_t cohort = mail_list_take(&cohorts, &m->cohorts);

        refuse(m, t, host, cohort);
    }
}

void held_start(struct mail *m)
{
    pool_start(&m->cohorts, sizeof(struct mail_cohort), UINT32_MAX);
}
