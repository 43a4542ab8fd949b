/* arrivals - when requests and messages are born, and whose they are
 *
 * A changing rate is thinned (Lewis and Shedler 1979): candidates at the highest level, each kept with the chance level / highest level.
 */
#include "world/arrivals.h"

#include <math.h>

#include "stormcell/must.h"
#include "stormcell/random.h"

enum { DAY_S = 86400 };

/* Office hours of North America, by the second of the UTC day: 0.2 at night, rising from 11:00 to 13:00, full to 21:00, falling to 23:00. */
static double office_day(int64_t utc_s)
{
    double hour = (double)(((utc_s % DAY_S) + DAY_S) % DAY_S) / 3600;

    if (hour < 11 || hour >= 23)
        return 0.2;
    if (hour < 13)
        return 0.2 + 0.8 * (hour - 11) / 2;
    if (hour < 21)
        return 1;
    return 1 - 0.8 * (hour - 21) / 2;
}

static double level_of_points(const Stormcell__Profile *p, int64_t t_ns)
{
    size_t i = 0;

    while (i < p->n_points && p->points[i]->at_t_ns <= t_ns)
        i++;
    if (i == 0)
        return p->points[0]->level;
    if (i == p->n_points)
        return p->points[i - 1]->level;
    const Stormcell__Point *a = p->points[i - 1], *b = p->points[i];
    double part = (double)(t_ns - a->at_t_ns) / (double)(b->at_t_ns - a->at_t_ns);

    return a->level + (b->level - a->level) * part;
}

double arrivals_level(const struct arrivals *a, int64_t t_ns)
{
    const Stormcell__Profile *p = a->settings->profile;

    if (!p)
        return 1;
    if (p->n_points)
        return level_of_points(p, t_ns);
    if (p->preset == STORMCELL__PROFILE__PRESET__PRESET_OFFICE_DAY)
        return office_day(a->start_utc_s + t_ns / 1000000000);
    return 1;
}

static double highest_level(const Stormcell__Profile *p)
{
    double highest = p && p->n_points ? 0 : 1;

    for (size_t i = 0; p && i < p->n_points; i++)
        if (p->points[i]->level > highest)
            highest = p->points[i]->level;
    return highest;
}

/* Spacing to the next candidate, in nanoseconds. */
static int64_t spacing(struct arrivals *a, double level)
{
    struct draw d = draw_at(a->time_key, a->candidates++, 0);
    double x = a->mean_ns / level;

    if (a->settings->process != STORMCELL__ARRIVALS__PROCESS__PROCESS_REGULAR)
        x *= draw_exponential(&d);
    return x < 4e18 ? (int64_t)x : INT64_MAX / 2;
}

/* Of a candidate at t_ns, with the highest level as the rate: does it stay? */
static bool kept(struct arrivals *a, int64_t t_ns)
{
    struct draw d = draw_at(a->time_key, a->candidates - 1, 1);

    return draw_uniform(&d) * a->level_max < arrivals_level(a, t_ns);
}

/* The next birth after t_ns, by rate and profile. */
static int64_t next_by_rate(struct arrivals *a, int64_t t_ns)
{
    const Stormcell__Arrivals *set = a->settings;
    bool regular = set->process == STORMCELL__ARRIVALS__PROCESS__PROCESS_REGULAR;

    if (set->rate_per_s <= 0 || a->level_max <= 0)
        return INT64_MAX;
    do {
        double level = regular && set->profile ? arrivals_level(a, t_ns) : a->level_max;
        int64_t step = spacing(a, level > 1e-6 ? level : 1e-6);

        if (step > a->end_ns - t_ns)
            return INT64_MAX;
        t_ns += step;
    } while (set->profile && !regular && !kept(a, t_ns));
    return t_ns;
}

static int64_t bounded(const struct arrivals *a, int64_t t_ns)
{
    const Stormcell__Arrivals *set = a->settings;

    if (set->has_count && a->next_number >= set->count)
        return INT64_MAX;
    if (t_ns > a->end_ns || (set->has_until_t_ns && t_ns >= set->until_t_ns))
        return INT64_MAX;
    return t_ns;
}

static int64_t next_after(struct arrivals *a, int64_t t_ns)
{
    const Stormcell__Trace *trace = a->settings->trace;

    if (a->plain)
        return t_ns + spacing(a, 1);
    if (trace)
        return bounded(a, a->next_number < trace->n_at_ns ? trace->at_ns[a->next_number] : INT64_MAX);
    return bounded(a, next_by_rate(a, t_ns));
}

void arrivals_start(struct arrivals *a, struct core *core, const char *path, const Stormcell__Arrivals *settings, int64_t start_utc_s)
{
    *a = (struct arrivals){
        .settings = settings,
        .time_key = draw_key(core->seed, path, "time"),
        .user_key = draw_key(core->seed, path, "user"),
        .id_key = draw_key(core->seed, path, "birth"),
        .next_ns = INT64_MAX,
        .end_ns = core->end_ns,
        .start_utc_s = start_utc_s,
    };
    if (!settings)
        return;
    a->level_max = highest_level(settings->profile);
    a->mean_ns = settings->rate_per_s > 0 ? 1e9 / settings->rate_per_s : INFINITY;
    a->plain = settings->rate_per_s > 0 && !settings->profile && !settings->trace && !settings->has_count && !settings->has_until_t_ns;
    a->next_ns = next_after(a, 0);
}

void arrivals_take(struct arrivals *a, struct core *core, struct birth *birth)
{
    const Stormcell__Trace *trace = a->plain ? NULL : a->settings->trace;
    uint64_t n = a->next_number++;
    struct draw d = draw_at(a->user_key, n, 0);

    birth->number = n;
    birth->id = a->id_key + n; /* keys lie far apart, so no two sources share one */
    if (trace && trace->n_partitions) {
        const uint64_t *first = &core->people.first_user[trace->partitions[n]];

        birth->partition = trace->partitions[n];
        birth->user = first[0] + (first[1] > first[0] ? draw_below(&d, first[1] - first[0]) : 0);
    } else if (core->people.told_apart) {
        birth->user = draw_below(&d, core->people.users);
        birth->partition = people_partition(&core->people, birth->user);
    } else {
        birth->user = birth->partition = 0;
    }
    a->next_ns = next_after(a, a->next_ns);
}
