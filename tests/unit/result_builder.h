/* result_builder - results made by hand, for tests
 *
 * Times are seconds. What is built belongs to the message: end it with result_free(). Partition 0 is struck, the others are spared.
 */
#ifndef STORMCELL_RESULT_BUILDER_H
#define STORMCELL_RESULT_BUILDER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "result.pb-c.h"
#include "scenario.pb-c.h"
#include "stormcell/must.h"
#include "stormcell/result.h"
#include "stormcell/tally.h"

static const int64_t build_s = 1000000000;

/* Appends a new message of a type to a repeated field and gives it. */
#define BUILD_ADD(owner, field, type, init)                                                                                        \
    __extension__({                                                                                                                \
        type *added_ = xmalloc(sizeof(type));                                                                                      \
        init(added_);                                                                                                              \
        (owner)->field = xrealloc((owner)->field, (owner)->n_##field + 1, sizeof(type *));                                         \
        (owner)->field[(owner)->n_##field++] = added_;                                                                             \
        added_;                                                                                                                    \
    })

static inline Stormcell__Result *build_result(unsigned partitions, int64_t run_s, int64_t interval_s)
{
    Stormcell__Result *r = xmalloc(sizeof(*r));

    stormcell__result__init(r);
    r->scenario = xstrdup("test");
    r->has_seed = r->has_run_ns = r->has_health_interval_ns = r->has_sample_ns = r->has_schema_version = true;
    r->seed = 1;
    r->run_ns = run_s * build_s;
    r->sample_ns = r->health_interval_ns = interval_s * build_s;
    for (unsigned p = 0; p < partitions; p++) {
        Stormcell__PartitionInfo *info = BUILD_ADD(r, partitions, Stormcell__PartitionInfo, stormcell__partition_info__init);

        info->has_struck = info->has_users = info->has_tenants = true;
        info->struck = p == 0;
        info->users = 100;
        info->tenants = 1;
    }
    return r;
}

static inline uint32_t build_entity(Stormcell__Result *r, Stormcell__EntityKind kind, const char *name, unsigned workers)
{
    Stormcell__Entity *e = BUILD_ADD(r, entities, Stormcell__Entity, stormcell__entity__init);

    e->has_kind = e->has_workers = true;
    e->kind = kind;
    e->name = xstrdup(name);
    e->workers = workers;
    return (uint32_t)(r->n_entities - 1);
}

static inline uint32_t build_population(Stormcell__Result *r, const char *name)
{
    return build_entity(r, STORMCELL__ENTITY_KIND__ENTITY_POPULATION, name, 0);
}

static inline uint32_t build_service(Stormcell__Result *r, const char *name, unsigned workers)
{
    return build_entity(r, STORMCELL__ENTITY_KIND__ENTITY_SERVICE, name, workers);
}

static inline uint32_t build_transport(Stormcell__Result *r, const char *name)
{
    return build_entity(r, STORMCELL__ENTITY_KIND__ENTITY_TRANSPORT, name, 0);
}

static inline uint32_t build_epoch(Stormcell__Result *r, int64_t from_s, int64_t to_s)
{
    Stormcell__Epoch *e = BUILD_ADD(r, epochs, Stormcell__Epoch, stormcell__epoch__init);

    e->has_from_ns = e->has_to_ns = true;
    e->from_ns = from_s * build_s;
    e->to_ns = to_s * build_s;
    return (uint32_t)(r->n_epochs - 1);
}

static inline void build_phase(Stormcell__Result *r, const char *name, int64_t from_s, int64_t to_s)
{
    Stormcell__Phase *p = BUILD_ADD(r, phases, Stormcell__Phase, stormcell__phase__init);

    p->name = xstrdup(name);
    p->has_from_ns = p->has_to_ns = true;
    p->from_ns = from_s * build_s;
    p->to_ns = to_s * build_s;
}

static inline Stormcell__Cell *build_cell(Stormcell__Result *r, uint32_t entity, uint32_t partition, uint32_t epoch)
{
    Stormcell__Cell *c = BUILD_ADD(r, cells, Stormcell__Cell, stormcell__cell__init);

    c->has_entity = c->has_partition = c->has_epoch = true;
    c->entity = entity;
    c->partition = partition;
    c->epoch = epoch;
    c->counts = xcalloc(COUNT_MAX, sizeof(*c->counts));
    c->n_counts = COUNT_MAX;
    return c;
}

/* `times` samples of `value_ns`; once for each kind of sample and cell. */
static inline void build_sample(Stormcell__Cell *c, enum sample kind, int64_t value_ns, uint64_t times)
{
    Stormcell__Histogram *h = BUILD_ADD(c, histograms, Stormcell__Histogram, stormcell__histogram__init);
    unsigned __int128 sum = (unsigned __int128)(uint64_t)value_ns * times;

    h->has_kind = h->has_first_bucket = h->has_sum_high = h->has_sum_low = h->has_min_ns = h->has_max_ns = true;
    h->kind = kind;
    h->first_bucket = histogram_bucket(value_ns);
    h->counts = xcalloc(1, sizeof(*h->counts));
    h->counts[0] = times;
    h->n_counts = 1;
    h->sum_high = (uint64_t)(sum >> 64);
    h->sum_low = (uint64_t)sum;
    h->min_ns = h->max_ns = value_ns;
}

/* partition -1: of the whole. */
static inline void build_level(Stormcell__Result *r, uint32_t entity, int partition, uint32_t epoch, enum level kind, double mean,
                               double max)
{
    Stormcell__Level *l = BUILD_ADD(r, levels, Stormcell__Level, stormcell__level__init);

    l->has_entity = l->has_epoch = l->has_kind = l->has_mean = l->has_max = true;
    l->entity = entity;
    l->has_partition = partition >= 0;
    l->partition = partition >= 0 ? (uint32_t)partition : 0;
    l->epoch = epoch;
    l->kind = kind;
    l->mean = mean;
    l->max = max;
}

static inline void build_series(Stormcell__Result *r, const char *metric, const char *entity, const char *group,
                                const double *values, size_t count)
{
    Stormcell__Series *s = BUILD_ADD(r, series, Stormcell__Series, stormcell__series__init);

    s->metric = xstrdup(metric);
    s->entity = xstrdup(entity);
    s->group = xstrdup(group);
    s->values = xcalloc(count + 1, sizeof(*s->values));
    memcpy(s->values, values, count * sizeof(*values));
    s->n_values = count;
}

/* to_s below 0: never repaired. */
static inline void build_fault(Stormcell__Result *r, const char *name, const char *target, int64_t from_s, int64_t to_s)
{
    Stormcell__FaultInfo *f = BUILD_ADD(r, faults, Stormcell__FaultInfo, stormcell__fault_info__init);

    f->name = xstrdup(name);
    f->target = xstrdup(target);
    f->what = xstrdup("hang");
    f->has_from_ns = f->has_touched = true;
    f->from_ns = from_s * build_s;
    f->has_to_ns = to_s >= 0;
    f->to_ns = to_s >= 0 ? to_s * build_s : 0;
    f->touched = 10;
}

static inline void build_entry(Stormcell__Result *r, int64_t at_s, const char *kind, const char *subject, const char *text)
{
    Stormcell__TimelineEntry *e = BUILD_ADD(r, timeline, Stormcell__TimelineEntry, stormcell__timeline_entry__init);

    e->has_at_ns = true;
    e->at_ns = at_s * build_s;
    e->kind = xstrdup(kind);
    e->subject = xstrdup(subject);
    e->text = xstrdup(text);
}

/* A partition with `rate` requests, all good, in each interval. */
static inline Stormcell__Cohorts *build_cohorts(Stormcell__Result *r, uint32_t partition, uint32_t rate)
{
    Stormcell__Cohorts *c = BUILD_ADD(r, cohorts, Stormcell__Cohorts, stormcell__cohorts__init);
    size_t n = (size_t)((r->run_ns + r->health_interval_ns - 1) / r->health_interval_ns);

    c->has_partition = true;
    c->partition = partition;
    c->n_offered = c->n_good = n;
    c->offered = xcalloc(n + 1, sizeof(*c->offered));
    c->good = xcalloc(n + 1, sizeof(*c->good));
    for (size_t i = 0; i < n; i++)
        c->offered[i] = c->good[i] = rate;
    return c;
}

/* Its requests succeed only so often from one interval to the next. */
static inline void build_good(Stormcell__Cohorts *c, size_t from, size_t to, uint32_t good)
{
    for (size_t i = from; i < to && i < c->n_good; i++)
        c->good[i] = good;
}

/* The last failure of what was born in some intervals came so long after the begin of its interval of 60 s. */
static inline void build_last_failure(Stormcell__Cohorts *c, size_t from, size_t to, int64_t after_s)
{
    if (!c->last_failure_ns)
        c->last_failure_ns = xcalloc(c->n_good + 1, sizeof(*c->last_failure_ns));
    c->n_last_failure_ns = c->n_good;
    for (size_t i = from; i < to && i < c->n_last_failure_ns; i++)
        c->last_failure_ns[i] = ((int64_t)i * 60 + after_s) * build_s;
}

/* Its requests of some intervals, counted as good, are in flight at the end. */
static inline void build_in_flight(Stormcell__Cohorts *c, size_t from, size_t to, uint32_t count)
{
    if (!c->in_flight)
        c->in_flight = xcalloc(c->n_good + 1, sizeof(*c->in_flight));
    c->n_in_flight = c->n_good;
    for (size_t i = from; i < to && i < c->n_in_flight; i++)
        c->in_flight[i] = count;
}

/* `rate` messages in each interval, none lost or late, the oldest always a second old. */
static inline void build_mail(Stormcell__Cohorts *c, uint32_t rate)
{
    size_t n = c->n_offered;

    c->n_mail_offered = c->n_mail_lost = c->n_mail_late = c->n_mail_oldest_ns = n;
    c->mail_offered = xcalloc(n + 1, sizeof(*c->mail_offered));
    c->mail_lost = xcalloc(n + 1, sizeof(*c->mail_lost));
    c->mail_late = xcalloc(n + 1, sizeof(*c->mail_late));
    c->mail_oldest_ns = xcalloc(n + 1, sizeof(*c->mail_oldest_ns));
    for (size_t i = 0; i < n; i++) {
        c->mail_offered[i] = rate;
        c->mail_oldest_ns[i] = build_s;
    }
}

/* So many clients, connected for all of each interval. */
static inline void build_presence(Stormcell__Cohorts *c, const Stormcell__Result *r, uint32_t count)
{
    size_t n = c->n_offered;

    c->n_connected_s = c->n_wanted_s = n;
    c->connected_s = xcalloc(n + 1, sizeof(*c->connected_s));
    c->wanted_s = xcalloc(n + 1, sizeof(*c->wanted_s));
    for (size_t i = 0; i < n; i++) {
        int64_t left_ns = r->run_ns - (int64_t)i * r->health_interval_ns;
        int64_t length_ns = left_ns < r->health_interval_ns ? left_ns : r->health_interval_ns;

        c->connected_s[i] = c->wanted_s[i] = (double)(count * length_ns / build_s);
    }
}

/* Only this share of its clients is connected from one interval to the next. */
static inline void build_connected(Stormcell__Cohorts *c, size_t from, size_t to, double share)
{
    for (size_t i = from; i < to && i < c->n_connected_s; i++)
        c->connected_s[i] = share * c->wanted_s[i];
}

static inline void build_oldest(Stormcell__Cohorts *c, size_t interval, int64_t age_s)
{
    c->mail_oldest_ns[interval] = age_s * build_s;
}

/* The scenario that a result was made from: clock and names only. Free with build_scenario_free(). */
static inline Stormcell__Scenario *build_scenario(const Stormcell__Result *r)
{
    Stormcell__Scenario *sc = xmalloc(sizeof(*sc));

    stormcell__scenario__init(sc);
    sc->name = xstrdup("test");
    sc->clock = xmalloc(sizeof(*sc->clock));
    stormcell__clock__init(sc->clock);
    sc->clock->run_ns = r->run_ns;
    sc->clock->has_start_utc_s = true;
    sc->clock->start_utc_s = r->start_utc_s;
    return sc;
}

static inline void build_scenario_free(Stormcell__Scenario *sc)
{
    stormcell__scenario__free_unpacked(sc, NULL);
}

static inline Stormcell__Sla *build_sla(Stormcell__Scenario *sc)
{
    sc->sla = xmalloc(sizeof(*sc->sla));
    stormcell__sla__init(sc->sla);
    return sc->sla;
}

/* One line under `expect:` of a strategy. */
static inline void build_expect(Stormcell__Scenario *sc, const char *strategy, const char *line)
{
    Stormcell__Expect *e = BUILD_ADD(sc, expect, Stormcell__Expect, stormcell__expect__init);

    e->name = xstrdup(strategy);
    e->lines = xcalloc(1, sizeof(*e->lines));
    e->lines[0] = xstrdup(line);
    e->n_lines = 1;
}

static inline void build_reproduces(Stormcell__Scenario *sc, const char *line)
{
    sc->reproduces = xrealloc(sc->reproduces, sc->n_reproduces + 1, sizeof(*sc->reproduces));
    sc->reproduces[sc->n_reproduces++] = xstrdup(line);
}

static inline Stormcell__LinkWay *build_link_way(uint64_t crossed, uint64_t cut, uint64_t lost)
{
    Stormcell__LinkWay *way = xmalloc(sizeof(*way));

    stormcell__link_way__init(way);
    way->has_offered = way->has_crossed = way->has_cut = way->has_lost = true;
    way->offered = crossed + cut + lost;
    way->crossed = crossed;
    way->cut = cut;
    way->lost = lost;
    return way;
}

/* The ways are the link's from now on. */
static inline void build_link(Stormcell__Result *r, const char *name, Stormcell__LinkWay *forward, Stormcell__LinkWay *back)
{
    Stormcell__LinkInfo *l = BUILD_ADD(r, links, Stormcell__LinkInfo, stormcell__link_info__init);

    l->name = xstrdup(name);
    l->from = xstrdup("people");
    l->to = xstrdup("directory");
    l->forward = forward;
    l->back = back;
}

#endif
