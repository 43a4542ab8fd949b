/* status_readers - whom an outage affects, what they are shown, and what they write
 *
 * Users are counted in shares: of a partition, the share that could not be served in the last minute; of each such share, the four
 * audiences of the page. Every user-minute of somebody affected is told, green (the page says that all is well) or dark (there is
 * no page to see): a ledger.
 */
#include <stdlib.h>

#include "stormcell/must.h"
#include "world/status_parts.h"

static void start_audiences(struct status_page *s)
{
    const double page = s->settings->reaches_ratio, other = s->settings->fallback_reaches_ratio;

    for (int i = 0; i < AUDIENCES; i++) {
        struct audience *a = &s->audiences[i];

        a->page = i & 1;
        a->other = i & 2;
        a->weight = (a->page ? page : 1 - page) * (a->other ? other : 1 - other);
    }
}

void status_readers_start(struct status_page *s, const Stormcell__Scenario *sc)
{
    static const Stormcell__Health usual = STORMCELL__HEALTH__INIT;
    static const Stormcell__Tickets usual_tickets = STORMCELL__TICKETS__INIT;
    const Stormcell__Health *health = sc->health ? sc->health : &usual;
    struct core *core = s->reach.core;
    uint32_t partitions = core->people.partitions;
    struct draw d;

    s->tickets = s->settings->tickets ? s->settings->tickets : &usual_tickets;
    s->allowance = 1 - health->goodput_ratio;
    s->oldest_mail_ns = health->oldest_mail_ns;
    s->transports = (uint32_t)sc->n_transports;
    status_asking_start(s, sc);
    s->ever = xcalloc(partitions, sizeof *s->ever);
    s->told_ever = xcalloc((size_t)partitions * AUDIENCES, sizeof *s->told_ever);
    s->clock.key = draw_key(core->seed, "status_page", "tickets");
    d = draw_at(s->clock.key, s->clock.drawn++, 0);
    s->clock.next = draw_exponential(&d);
    s->last_affected_ns = -1;
    s->facts.affected_from_ns = s->facts.affected_to_ns = s->facts.staleness_max_ns = -1;
    start_audiences(s);
}

void status_readers_end(struct status_page *s)
{
    status_asking_end(s);
    free(s->ever);
    free(s->told_ever);
}

/* ---------------------------------------------------------------- whom it affects */

/* Requests that ended; where none did though some waited all the while, nobody is served. */
static double share_failed(const struct status_page *s, uint32_t p)
{
    const struct asking *now = &s->asking[p], *before = &s->before[p];
    uint64_t failed = now->failed - before->failed, ended = failed + now->succeeded - before->succeeded;

    if (ended)
        return (double)failed / (double)ended;
    return before->offered > before->succeeded + before->failed ? 1 : 0;
}

static double share_absent(const struct status_page *s, uint32_t p)
{
    const struct presence *presence = &s->reach.core->presence[p];

    return presence->wanted > presence->connected ? 1 - (double)presence->connected / (double)presence->wanted : 0;
}

static bool mail_is_late(const struct status_page *s, uint32_t p)
{
    for (uint32_t t = 0; t < s->transports; t++)
        if (mail_oldest_ns(s->reach.mail, t, p) >= s->oldest_mail_ns)
            return true;
    return false;
}

/* The share of a partition's users that could not be served in the last minute. */
static double share_affected(const struct status_page *s, uint32_t p)
{
    double failed = share_failed(s, p), absent = share_absent(s, p);
    double share = mail_is_late(s, p) ? 1 : failed > absent ? failed : absent;

    return share > s->allowance ? share : 0;
}

/* ---------------------------------------------------------------- what they are shown */

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t status_shown_ns(const struct status_page *s, const struct audience *a)
{
    return later(a->page && s->page == PAGE_UP ? s->page_post_ns : -1, a->other ? s->other_post_ns : -1);
}

static void keep_greatest(double *kept, double value)
{
    if (value > *kept)
        *kept = value;
}

/* Adds up who is affected, and remembers the worst minute of each partition and audience. */
static double count_affected(struct status_page *s)
{
    const struct people *people = &s->reach.core->people;
    double sum = 0;

    status_asking_minute(s);
    for (uint32_t p = 0; p < people->partitions; p++) {
        double users = share_affected(s, p) * (double)(people->first_user[p + 1] - people->first_user[p]);

        if (users <= 0)
            continue;
        sum += users;
        keep_greatest(&s->ever[p], users);
        for (int i = 0; i < AUDIENCES; i++)
            if (status_shown_ns(s, &s->audiences[i]) >= 0)
                keep_greatest(&s->told_ever[(size_t)p * AUDIENCES + i], users);
    }
    return sum;
}

/* One minute of one audience; returns the tickets that are expected of it. */
static double read_minute(struct status_page *s, const struct audience *a)
{
    int64_t shown_ns = status_shown_ns(s, a), age_ns = s->reach.core->now_ns - shown_ns;
    double users = s->affected * a->weight, hazard = s->tickets->hazard_per_s;

    if (shown_ns < 0) {
        *(s->page == PAGE_DARK ? &s->facts.dark_minutes : &s->facts.green_minutes) += users;
    } else {
        s->facts.told_minutes += users;
        if (age_ns > s->settings->cadence_ns)
            s->facts.stale_minutes += users;
        hazard *= 1 - s->tickets->spared_ratio * status_half((double)age_ns / (double)s->settings->cadence_ns);
    }
    return users * hazard * ((double)STATUS_TICK_NS * 1e-9);
}

static void note_affected(struct status_page *s)
{
    int64_t now_ns = s->reach.core->now_ns, post_ns = later(s->page_post_ns, s->other_post_ns);

    if (s->facts.affected_from_ns < 0)
        s->facts.affected_from_ns = now_ns - STATUS_TICK_NS;
    s->facts.affected_to_ns = s->last_affected_ns = now_ns;
    s->facts.affected_minutes += s->affected;
    keep_greatest(&s->facts.affected_peak, s->affected);
    if (post_ns >= 0)
        s->facts.staleness_max_ns = later(s->facts.staleness_max_ns, now_ns - post_ns);
}

uint64_t status_readers_minute(struct status_page *s)
{
    double expected = 0;

    s->affected = count_affected(s);
    if (s->affected <= 0)
        return 0;
    note_affected(s);
    for (int i = 0; i < AUDIENCES; i++)
        expected += read_minute(s, &s->audiences[i]);
    return status_tickets_expect(&s->clock, expected);
}

/* ---------------------------------------------------------------- the end */

/* Counted as what is missing, so that who told all has told all to the last bit. */
static double never_told(const struct status_page *s, uint32_t partition)
{
    double users = 0;

    for (int i = 0; i < AUDIENCES; i++)
        users += s->audiences[i].weight * (s->ever[partition] - s->told_ever[(size_t)partition * AUDIENCES + i]);
    return users;
}

void status_readers_settle(struct status_page *s)
{
    struct status_facts *f = &s->facts;
    double difference = f->affected_minutes - f->told_minutes - f->green_minutes - f->dark_minutes;
    uint32_t partitions = s->reach.core->people.partitions;
    double never = 0;

    must(difference <= 1e-9 * f->affected_minutes && -difference <= 1e-9 * f->affected_minutes);
    must(f->stale_minutes <= f->told_minutes);
    for (uint32_t p = 0; p < partitions; p++) {
        f->affected_ever += s->ever[p];
        never += never_told(s, p);
    }
    must(never >= 0 && never <= f->affected_ever * (1 + 1e-9));
    f->told_ever = never < f->affected_ever ? f->affected_ever - never : 0;
    f->tickets = s->clock.count;
}
