/* check_sessions - what clients with a connection cannot mean */
#include <string.h>

#include "scenario/check_inside.h"
#include "stormcell/agenda.h"
#include "stormcell/reconnect.h"

/* ---------------------------------------------------------------- a population */

/* What open load has, and sessions have in another way. */
static void check_no_open_load(struct check *c, const Stormcell__Population *p, const char *path)
{
    if (p->arrivals)
        check_problem(c, path, "expected one of sessions and rate or trace, found both: clients of sessions ask when they refresh");
    if (p->n_controls)
        check_problem(c, path, "has both sessions and controls: when a client tries again stands in sessions.reconnect");
    if (p->has_deadline_ns)
        check_problem(c, check_path(c, path, "deadline"), "sessions have none: expected timeout, or sessions.reconnect.timeout");
    if (p->patience)
        check_problem(c, check_path(c, path, "patience"), "sessions have none: expected timeout, or sessions.reconnect.timeout");
    if (p->n_timeouts_ns)
        check_problem(c, check_path(c, path, "timeouts"), "sessions have none: expected timeout, or sessions.reconnect.timeout");
    if (p->has_resolver)
        check_problem(c, check_path(c, path, "resolver"), "a resolver keeps no connection: expected rate in place of sessions");
}

static void check_refresh(struct check *c, const Stormcell__Population *p, const char *path)
{
    const Stormcell__Sessions *s = p->sessions;

    if (s->refreshes)
        check_operation_reference(c, check_path(c, path, "refreshes"), s->refreshes);
    if (s->refreshes && !s->has_refresh_ns)
        check_problem(c, check_path(c, path, "refreshes"), "there are no refreshes: expected refresh, such as refresh: 30m");
    if (s->has_expiry_ns && !s->has_refresh_ns)
        check_problem(c, check_path(c, path, "expiry"), "there are no refreshes: expected refresh, such as refresh: 30m");
    if (!check_whole(c, path))
        return;
    if (s->has_refresh_ns && s->has_expiry_ns && s->refresh_ns >= s->expiry_ns)
        check_problem(c, check_path(c, path, "refresh"),
                      "must be shorter than expiry (%s): a registration would expire before each refresh",
                      check_duration(c, s->expiry_ns));
    if (s->has_refresh_ns && p->has_timeout_ns && p->timeout_ns >= s->refresh_ns)
        check_problem(c, check_path(c, path, "refresh"), "must be longer than the time-out (%s): one refresh would meet the next",
                      check_duration(c, p->timeout_ns));
}

static void check_keep_alive(struct check *c, const Stormcell__KeepAlive *k, const char *path)
{
    if (k && k->timeout_ns > k->every_ns && check_whole(c, path))
        check_problem(c, check_path(c, path, "timeout"), "must not be longer than every (%s): one probe would meet the next",
                      check_duration(c, k->every_ns));
}

/* ---------------------------------------------------------------- jitter that spreads nothing */

/* The shortest first delay that jitter makes of the base; the cap is not looked at. */
static double least_first_delay(const Stormcell__Reconnect *r)
{
    double v = (double)r->base_ns;

    if (r->jitter == STORMCELL__BACKOFF__JITTER__JITTER_EQUAL)
        return v / 2;
    if (r->jitter == STORMCELL__BACKOFF__JITTER__JITTER_SPREAD)
        return v * (1 - r->spread_ratio);
    return r->jitter == STORMCELL__BACKOFF__JITTER__JITTER_OFFSET ? v : 0;
}

/* Where the width of the jitter stands, and why it is none; NULL: it has a width. */
static const char *why_no_width(const Stormcell__Reconnect *r, const char **key)
{
    bool spread = r->jitter == STORMCELL__BACKOFF__JITTER__JITTER_SPREAD;
    bool offset = r->jitter == STORMCELL__BACKOFF__JITTER__JITTER_OFFSET;
    bool before_cap = r->cap_of == STORMCELL__BACKOFF__CAP_OF__CAP_SPREAD;

    *key = "growth";
    if (r->growth == STORMCELL__BACKOFF__GROWTH__GROWTH_NONE && !offset &&
        r->jitter != STORMCELL__BACKOFF__JITTER__JITTER_DECORRELATED)
        return "there is no delay to spread";
    *key = spread ? "spread" : "offset";
    if ((spread && r->spread_ratio <= 0) || (offset && r->offset_ns == 0))
        return "its width is 0";
    *key = "cap";
    if (!before_cap && offset && r->base_ns >= r->cap_ns)
        return "base is not below cap, and no delay is longer: it is cut off again";
    if (r->jitter == STORMCELL__BACKOFF__JITTER__JITTER_DECORRELATED && r->base_ns >= r->cap_ns)
        return "base is not below cap, and no delay is longer: it is cut off again";
    if (before_cap && least_first_delay(r) >= (double)r->cap_ns)
        return "the first delay exceeds it already, however it is spread, and the cap is of the spread delay";
    return NULL;
}

/* False: there is a problem. */
static bool check_jitter(struct check *c, const Stormcell__Reconnect *set, const char *path)
{
    Stormcell__Reconnect r = reconnect_settled(set);
    const char *key, *why;

    if (r.jitter == STORMCELL__BACKOFF__JITTER__JITTER_NONE)
        return true;
    why = why_no_width(&r, &key);
    if (why)
        check_problem(c, check_path(c, path, key), "the jitter has no width: %s; all clients would come back together", why);
    return !why;
}

/* ---------------------------------------------------------------- tries that take no time */

/* What makes all delays 0; NULL: nothing does. */
static const char *why_no_delay(const Stormcell__Reconnect *r)
{
    if (r->cap_ns == 0)
        return "cap";
    if (r->jitter == STORMCELL__BACKOFF__JITTER__JITTER_OFFSET && r->offset_ns > 0)
        return NULL;
    if (r->growth == STORMCELL__BACKOFF__GROWTH__GROWTH_NONE && r->jitter != STORMCELL__BACKOFF__JITTER__JITTER_DECORRELATED)
        return "growth";
    return r->base_ns == 0 ? "base" : NULL;
}

/* A replica that has crashed refuses at once: who tries again at once never comes to an end, and the clock stands still. */
static void check_time_passes(struct check *c, const Stormcell__Reconnect *r, const char *path)
{
    const char *key = why_no_delay(r);

    if (key && !r->give_up_after)
        check_problem(c, check_path(c, path, key),
                      "all delays are 0s: a client that is refused would try again for ever at one moment; expected a delay, or "
                      "give_up_after");
}

static void check_reconnect(struct check *c, const Stormcell__Reconnect *set, const char *path)
{
    Stormcell__Reconnect r = reconnect_settled(set);

    if (!check_whole(c, path))
        return;
    if (check_jitter(c, set, path))
        check_time_passes(c, &r, path);
    if (r.redial && r.give_up_after && !check_lasts(r.redial))
        check_problem(c, check_path(c, path, "redial"), "must be longer than 0s: a client that gives up would be dialled at once");
    if (r.redial && !r.give_up_after)
        check_problem(c, check_path(c, path, "redial"), "no client gives up: expected give_up_after, such as give_up_after: 10");
    if (r.growth != STORMCELL__BACKOFF__GROWTH__GROWTH_NONE && r.base_ns > r.cap_ns &&
        r.cap_of == STORMCELL__BACKOFF__CAP_OF__CAP_DELAY)
        check_problem(c, check_path(c, path, set->has_base_ns ? "base" : "cap"), "base (%s) must not be longer than cap (%s)",
                      check_duration(c, r.base_ns), check_duration(c, r.cap_ns));
}

static void check_backup(struct check *c, const Stormcell__Population *p, const char *path)
{
    const Stormcell__Backup *b = p->sessions->backup;
    size_t length = strcspn(p->does, ".");

    check_operation_reference(c, check_path(c, path, "does"), b->does);
    if (!p->has_timeout_ns && !(p->sessions->reconnect && p->sessions->reconnect->has_timeout_ns))
        check_problem(c, path,
                      "a try that is never answered would keep its client from the backup: expected timeout, or "
                      "sessions.reconnect.timeout");
    if (strncmp(b->does, p->does, length) == 0 && (b->does[length] == '.' || !b->does[length]))
        check_problem(c, check_path(c, path, "does"), "is a backup to itself: expected an operation of another service than %.*s",
                      (int)length, p->does);
}

/* Connections that all replicas of a service have, for any one client, UINT64_MAX: no bound. */
static void check_room(struct check *c, const Stormcell__Population *p, const char *path)
{
    const struct check_operation *o = check_find_operation(c, p->does);
    const Stormcell__Service *s = o ? c->m->services[o->service] : NULL;
    uint64_t sets, room;

    if (!s || !s->has_connections)
        return;
    sets = s->per == STORMCELL__SERVICE__PER__PER_PARTITION ? check_partition_count(c)
           : s->per == STORMCELL__SERVICE__PER__PER_REGION  ? c->m->n_regions
                                                            : 1;
    room = sets * s->replicas * s->connections;
    if (sets && p->sessions->count > room)
        check_problem(c, check_path(c, path, "count"), "%s has connections for %llu clients only", s->name,
                      (unsigned long long)room);
}

void check_sessions(struct check *c, const Stormcell__Population *p, const char *path)
{
    const char *sessions = check_path(c, path, "sessions");

    check_no_open_load(c, p, path);
    check_refresh(c, p, sessions);
    check_room(c, p, sessions);
    check_keep_alive(c, p->sessions->keep_alive, check_path(c, sessions, "keep_alive"));
    if (p->sessions->reconnect)
        check_reconnect(c, p->sessions->reconnect, check_path(c, sessions, "reconnect"));
    if (p->sessions->backup)
        check_backup(c, p, check_path(c, sessions, "backup"));
}

/* ---------------------------------------------------------------- all of them */

void check_sessions_in_all(struct check *c)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < c->m->n_populations; i++) {
        const Stormcell__Population *p = c->m->populations[i];

        sum += p->sessions ? p->sessions->count : 0;
        if (p->sessions && sum > AGENDA_ENTITY_MAX) {
            check_problem(c, check_path(c, check_path(c, p->name, "sessions"), "count"),
                          "%llu sessions in all populations together: at most %d are possible", (unsigned long long)sum,
                          AGENDA_ENTITY_MAX);
            return;
        }
    }
}
