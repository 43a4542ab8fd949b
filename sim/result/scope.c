/* scope - the cohorts of a partition, of a group, or of all, added up */
#include "result/scope.h"

#include <stdlib.h>
#include <string.h>

#include "stormcell/must.h"
#include "stormcell/tally.h"

static size_t longer(size_t a, size_t b)
{
    return a > b ? a : b;
}

size_t scope_intervals(const Stormcell__Result *r)
{
    size_t longest = 0, most;

    if (r->health_interval_ns <= 0 || r->run_ns <= 0)
        return 0;
    most = (size_t)((r->run_ns + r->health_interval_ns - 1) / r->health_interval_ns);
    for (size_t i = 0; i < r->n_cohorts; i++) {
        const Stormcell__Cohorts *c = r->cohorts[i];

        longest = longer(longest, longer(c->n_offered, longer(c->n_mail_offered, c->n_mail_oldest_ns)));
        longest = longer(longest, c->n_wanted_s);
    }
    return longest < most ? longest : most;
}

/* The columns lie one behind the other in the memory of the first; those of seconds in that of `connected_s`. */
struct scope scope_create(size_t intervals)
{
    uint64_t *columns = xcalloc(8 * intervals + 1, sizeof(*columns));
    double *presence = xcalloc(2 * intervals + 1, sizeof(*presence));

    return (struct scope){
        .intervals = intervals,
        .offered = columns,
        .good = columns + intervals,
        .in_flight = columns + 2 * intervals,
        .mail_offered = columns + 3 * intervals,
        .mail_lost = columns + 4 * intervals,
        .mail_late = columns + 5 * intervals,
        .oldest_ns = (int64_t *)(columns + 6 * intervals),
        .last_failure_ns = (int64_t *)(columns + 7 * intervals),
        .connected_s = presence,
        .wanted_s = presence + intervals,
    };
}

void scope_free(struct scope *s)
{
    free(s->offered);
    free(s->connected_s);
    *s = (struct scope){0};
}

void scope_clear(struct scope *s)
{
    memset(s->offered, 0, 8 * s->intervals * sizeof(*s->offered));
    for (size_t i = 0; i < 2 * s->intervals; i++)
        s->connected_s[i] = 0;
    s->mail = s->presence = false;
}

static void add_column(uint64_t *to, size_t intervals, const uint32_t *from, size_t count)
{
    for (size_t i = 0; i < count && i < intervals; i++)
        to[i] += from[i];
}

static void add_latest(int64_t *to, size_t intervals, const int64_t *from, size_t count)
{
    for (size_t i = 0; i < count && i < intervals; i++)
        to[i] = from[i] > to[i] ? from[i] : to[i];
}

static void add_seconds(double *to, size_t intervals, const double *from, size_t count)
{
    for (size_t i = 0; i < count && i < intervals; i++)
        to[i] += from[i];
}

void scope_add(struct scope *s, const Stormcell__Cohorts *c)
{
    add_column(s->offered, s->intervals, c->offered, c->n_offered);
    add_column(s->good, s->intervals, c->good, c->n_good);
    add_column(s->in_flight, s->intervals, c->in_flight, c->n_in_flight);
    add_column(s->mail_offered, s->intervals, c->mail_offered, c->n_mail_offered);
    add_column(s->mail_lost, s->intervals, c->mail_lost, c->n_mail_lost);
    add_column(s->mail_late, s->intervals, c->mail_late, c->n_mail_late);
    add_latest(s->oldest_ns, s->intervals, c->mail_oldest_ns, c->n_mail_oldest_ns);
    add_latest(s->last_failure_ns, s->intervals, c->last_failure_ns, c->n_last_failure_ns);
    for (size_t i = 0; i < c->n_mail_offered && !s->mail; i++)
        s->mail = c->mail_offered[i] > 0;
    add_seconds(s->connected_s, s->intervals, c->connected_s, c->n_connected_s);
    add_seconds(s->wanted_s, s->intervals, c->wanted_s, c->n_wanted_s);
    for (size_t i = 0; i < c->n_wanted_s && !s->presence; i++)
        s->presence = c->wanted_s[i] > 0;
}

double scope_absent(const struct scope *s, size_t i)
{
    return s->connected_s[i] < s->wanted_s[i] ? 1 - s->connected_s[i] / s->wanted_s[i] : 0;
}

/* A population of which a level of connections was kept, and which is not one of dependents, is one of sessions. */
const char *scope_presence_words(const Stormcell__Result *r)
{
    bool dependents = false, sessions = false;

    for (size_t i = 0; i < r->n_entities; i++)
        dependents = dependents || r->entities[i]->dependents > 0;
    for (size_t i = 0; i < r->n_levels && dependents; i++)
        sessions = sessions || (r->levels[i]->kind == LEVEL_CONNECTED && !r->entities[r->levels[i]->entity]->dependents);
    return !dependents ? "clients connected" : sessions ? "clients connected and dependents up" : "dependents up";
}

int64_t scope_interval_ns(const Stormcell__Result *r, size_t i)
{
    int64_t begin_ns = (int64_t)i * r->health_interval_ns, left_ns = r->run_ns - begin_ns;

    return left_ns < r->health_interval_ns ? left_ns : r->health_interval_ns;
}
