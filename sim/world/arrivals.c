/* arrivals - when requests and messages are born, and whose they are
 *
 * A changing rate is thinned (Lewis and Shedler 1979): candidates at the highest level of each straight piece of the profile, each
 * kept with the chance level / highest level.
 */
#include "world/arrivals.h"

#include <math.h>

#include "stormcell/must.h"
#include "stormcell/random.h"

enum { HOUR_S = 3600, DAY_S = 86400 };

#define SECOND INT64_C(1000000000)

/* Office hours of North America, by the second of the UTC day: 0.2 at night, rising from 11:00 to 13:00, full to 21:00, falling to
 * 23:00. */
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

/* The first point after t_ns; n_points: none. */
static size_t point_after(const Stormcell__Profile *p, int64_t t_ns)
{
    size_t low = 0, high = p->n_points;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (p->points[middle]->at_t_ns <= t_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A piece of the profile that is a straight line, from a moment to `until_ns`. */
struct piece {
    double from, to;
    int64_t until_ns;
};

static struct piece piece_of_points(const Stormcell__Profile *p, int64_t t_ns)
{
    size_t i = point_after(p, t_ns);
    double part, level = p->points[i ? i - 1 : 0]->level;

    if (i == p->n_points)
        return (struct piece){level, level, INT64_MAX};
    if (i == 0)
        return (struct piece){level, level, p->points[0]->at_t_ns};
    part = (double)(t_ns - p->points[i - 1]->at_t_ns) / (double)(p->points[i]->at_t_ns - p->points[i - 1]->at_t_ns);
    return (struct piece){level + (p->points[i]->level - level) * part, p->points[i]->level, p->points[i]->at_t_ns};
}

/* Its lines begin and end at whole hours. */
static struct piece piece_of_office_day(int64_t start_utc_s, int64_t t_ns)
{
    int64_t utc_s = start_utc_s + t_ns / SECOND, left_s = HOUR_S - ((utc_s % HOUR_S) + HOUR_S) % HOUR_S;

    return (struct piece){office_day(utc_s), office_day(utc_s + left_s), (t_ns / SECOND + left_s) * SECOND};
}

static struct piece piece_at(const struct arrivals *a, int64_t t_ns)
{
    const Stormcell__Profile *p = a->settings->profile;

    if (p && p->n_points)
        return piece_of_points(p, t_ns);
    if (p && p->preset == STORMCELL__PROFILE__PRESET__PRESET_OFFICE_DAY)
        return piece_of_office_day(a->start_utc_s, t_ns);
    return (struct piece){1, 1, INT64_MAX};
}

double arrivals_level(const struct arrivals *a, int64_t t_ns)
{
    return piece_at(a, t_ns).from;
}

/* Spacing to the next candidate, in nanoseconds. */
static int64_t spacing(struct arrivals *a, double level)
{
    struct draw d = draw_at(a->time_key, a->candidates++, 0);
    double x = a->mean_ns / level * draw_exponential(&d) + 0.5;

    return x < 4e18 ? (int64_t)x : INT64_MAX / 2;
}

/* Of a candidate at t_ns, at that highest level: does it stay? */
static bool kept(struct arrivals *a, int64_t t_ns, double highest)
{
    struct draw d = draw_at(a->time_key, a->candidates - 1, 1);

    return draw_uniform(&d) * highest < arrivals_level(a, t_ns);
}

/* The piece at t_ns; a level one is remembered, for it is the same for all births in it. */
static struct piece next_piece(struct arrivals *a, int64_t t_ns)
{
    struct piece piece;

    if (t_ns < a->level_until_ns)
        return (struct piece){a->level, a->level, a->level_until_ns};
    piece = piece_at(a, t_ns);
    if (piece.from == piece.to) {
        a->level = piece.from;
        a->level_until_ns = piece.until_ns;
    }
    return piece;
}

/* The next of births at random. At the end of a piece the candidate that would lie beyond it is forgotten: what has no memory
 * may begin anew. */
static int64_t next_at_random(struct arrivals *a, int64_t t_ns)
{
    while (t_ns < a->end_ns) {
        struct piece piece = next_piece(a, t_ns);
        double highest = piece.from > piece.to ? piece.from : piece.to;
        int64_t step = highest > 0 ? spacing(a, highest) : INT64_MAX / 2;

        if (step >= piece.until_ns - t_ns) {
            t_ns = piece.until_ns;
        } else if (step > a->end_ns - t_ns) {
            return INT64_MAX;
        } else {
            t_ns += step;
            if (piece.from == piece.to || kept(a, t_ns, highest))
                return t_ns;
        }
    }
    return INT64_MAX;
}

/* The next of births at even spaces: when the area under the profile has grown by one birth. */
static int64_t next_evenly(struct arrivals *a, int64_t t_ns)
{
    double need_ns = a->mean_ns; /* at level 1 */

    while (t_ns < a->end_ns) {
        struct piece piece = piece_at(a, t_ns);
        int64_t until_ns = piece.until_ns < a->end_ns ? piece.until_ns : a->end_ns;
        double length = (double)(until_ns - t_ns), rise = (piece.to - piece.from) / (double)(piece.until_ns - t_ns);
        double area_ns = (piece.from + rise * length / 2) * length;

        if (area_ns >= need_ns) {
            double step = 2 * need_ns / (piece.from + sqrt(piece.from * piece.from + 2 * rise * need_ns)) + a->rest_ns;

            a->rest_ns = step - (double)(int64_t)step;
            return t_ns + (int64_t)step;
        }
        need_ns -= area_ns;
        t_ns = until_ns;
    }
    return INT64_MAX;
}

/* The next birth after t_ns, by rate and profile. */
static int64_t next_by_rate(struct arrivals *a, int64_t t_ns)
{
    if (a->settings->rate_per_s <= 0)
        return INT64_MAX;
    if (a->settings->process == STORMCELL__ARRIVALS__PROCESS__PROCESS_REGULAR)
        return next_evenly(a, t_ns);
    return next_at_random(a, t_ns);
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

    if (a->plain) {
        int64_t step = spacing(a, 1);

        return step > a->end_ns - t_ns ? INT64_MAX : t_ns + step;
    }
    if (trace)
        return bounded(a, a->next_number < trace->n_at_ns ? trace->at_ns[a->next_number] : INT64_MAX);
    return bounded(a, next_by_rate(a, t_ns));
}

double arrivals_rate_at_start(const Stormcell__Arrivals *settings, int64_t start_utc_s, int64_t end_ns)
{
    struct arrivals a = {.settings = settings, .start_utc_s = start_utc_s};

    if (!settings)
        return 0;
    if (settings->trace)
        return (double)settings->trace->n_at_ns / ((double)end_ns * 1e-9);
    return settings->rate_per_s * arrivals_level(&a, 0);
}

void arrivals_start(struct arrivals *a, struct core *core, const char *path, const Stormcell__Arrivals *settings,
                    int64_t start_utc_s)
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
    a->mean_ns = settings->rate_per_s > 0 ? 1e9 / settings->rate_per_s : INFINITY;
    a->plain = settings->rate_per_s > 0 && !settings->profile && !settings->trace && !settings->has_count &&
               !settings->has_until_t_ns && settings->process != STORMCELL__ARRIVALS__PROCESS__PROCESS_REGULAR;
    a->next_ns = next_after(a, 0);
}

void arrivals_surge(struct arrivals *a, int64_t now_ns, double factor)
{
    a->next_ns = INT64_MAX;
    if (!a->settings || factor <= 0)
        return;
    a->mean_ns = a->settings->rate_per_s > 0 ? 1e9 / (a->settings->rate_per_s * factor) : INFINITY;
    a->next_ns = next_after(a, now_ns);
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
