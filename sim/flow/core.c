/* core - the clock, the people, the time line */
#include "flow/core.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/share.h"
#include "stormcell/must.h"
#include "stormcell/random.h"

enum { CHRONICLE_MAX = 10000 };

/* base to the exponent, without libm. */
static double power(double base, double exponent)
{
    return exact_exp(exponent * exact_log(base));
}

/* Shares of users by partition, not normalised. */
static double weight(const Stormcell__Partitions *set, uint32_t p)
{
    if (set->spread == STORMCELL__PARTITIONS__SPREAD__SPREAD_ZIPF)
        return 1 / power(p + 1, set->exponent);
    return p < set->n_shares_ratio ? set->shares_ratio[p] : 0;
}

/* Cuts `total` into pieces by weight; the borders are rounded, so that the pieces add up. */
static void cut_by_weight(const Stormcell__Partitions *set, uint64_t total, uint64_t *border)
{
    double sum = 0, so_far = 0;

    for (uint32_t p = 0; p < set->count; p++)
        sum += weight(set, p);
    for (uint32_t p = 0; p < set->count; p++) {
        border[p] = (uint64_t)(so_far / sum * (double)total + 0.5);
        so_far += weight(set, p);
    }
    border[set->count] = total;
}

static void cut_evenly(uint32_t count, uint64_t total, uint64_t *border)
{
    for (uint32_t p = 0; p <= count; p++)
        border[p] = (uint64_t)(((unsigned __int128)p * total + count - 1) / count);
}

static void people_start(struct people *people, const Stormcell__Partitions *set)
{
    uint64_t *tenants = xcalloc(set->count + 1, sizeof *tenants);

    people->partitions = set->count;
    people->users = set->users;
    people->told_apart = set->count > 1;
    people->even = set->spread == STORMCELL__PARTITIONS__SPREAD__SPREAD_EVEN;
    people->partitions_per_user = (double)set->count / (double)set->users;
    people->first_user = xcalloc(set->count + 1, sizeof *people->first_user);
    people->tenants = xcalloc(set->count, sizeof *people->tenants);
    people->struck = xcalloc(set->count, sizeof *people->struck);
    if (people->even) {
        cut_evenly(set->count, set->users, people->first_user);
        cut_evenly(set->count, set->tenants, tenants);
    } else {
        cut_by_weight(set, set->users, people->first_user);
        cut_by_weight(set, set->tenants, tenants);
    }
    for (uint32_t p = 0; p < set->count; p++)
        people->tenants[p] = tenants[p + 1] - tenants[p];
    free(tenants);
}

/* Each region holds the next share of the partitions. */
static void regions_start(struct people *people, const Stormcell__Scenario *sc)
{
    double so_far = 0;

    people->regions = sc->n_regions ? (uint32_t)sc->n_regions : 1;
    people->first_partition = xcalloc(people->regions + 1, sizeof *people->first_partition);
    people->region = xcalloc(people->partitions, sizeof *people->region);
    people->class_of = xcalloc(people->partitions, sizeof *people->class_of);
    people->struck_region = xcalloc(people->regions, sizeof *people->struck_region);
    for (uint32_t r = 0; r < people->regions; r++) {
        so_far += sc->n_regions ? sc->regions[r]->share_ratio : 1;
        people->first_partition[r + 1] = share_border(so_far, people->partitions);
        for (uint32_t p = people->first_partition[r]; p < people->first_partition[r + 1]; p++) {
            people->region[p] = (uint16_t)r;
            people->class_of[p] = 2 * r;
        }
    }
}

void people_strike(struct people *p, uint32_t partition)
{
    p->struck[partition] = true;
    p->struck_region[region_of(p, partition)] = true;
    p->class_of[partition] |= 1;
}

uint32_t people_partition(const struct people *p, uint64_t user)
{
    uint32_t low = 0, high = p->partitions;

    if (p->even) {
        /* The estimate is at most one off, and the borders are exact. */
        low = (uint32_t)((double)user * p->partitions_per_user);
        low -= low > 0 && p->first_user[low] > user;
        return low + (low + 1 < p->partitions && p->first_user[low + 1] <= user);
    }
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;

        if (p->first_user[middle] <= user)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The same without faults, so that the twin of a run knows them too. */
static void mark_surges(bool *surges, const Stormcell__Scenario *sc)
{
    for (size_t i = 0; i < sc->n_faults; i++)
        for (size_t p = 0; p < sc->n_populations; p++)
            if (sc->faults[i]->kind_case == STORMCELL__FAULT__KIND_SURGE &&
                strcmp(sc->faults[i]->target, sc->populations[p]->name) == 0)
                surges[p] = true;
}

void core_start(struct core *c, const Stormcell__Scenario *sc, uint64_t seed, uint32_t entities, bool folded)
{
    Stormcell__Partitions one = STORMCELL__PARTITIONS__INIT;
    Stormcell__Health health = STORMCELL__HEALTH__INIT;
    size_t intervals;

    *c = (struct core){.agenda = agenda_create(), .end_ns = sc->clock->run_ns, .seed = seed};
    people_start(&c->people, sc->partitions ? sc->partitions : &one);
    regions_start(&c->people, sc);
    tally_start(&c->tally, entities, c->people.partitions, folded);
    c->surges = xcalloc(sc->n_populations + 1, sizeof *c->surges);
    mark_surges(c->surges, sc);
    c->totals = xcalloc((size_t)entities * 2 * c->people.regions * COUNT_MAX + 1, sizeof *c->totals);
    c->health_interval_ns = sc->health ? sc->health->interval_ns : health.interval_ns;
    c->births_until_ns = c->health_interval_ns;
    intervals = (size_t)(c->end_ns / c->health_interval_ns + 1);
    c->cohorts = c->births = xcalloc(intervals * c->people.partitions, sizeof *c->cohorts);
    c->presence = xcalloc(c->people.partitions, sizeof *c->presence);
}

void core_end(struct core *c)
{
    for (uint32_t i = 0; i < c->chronicle_length; i++) {
        free(c->chronicle[i].subject);
        free(c->chronicle[i].text);
    }
    free(c->chronicle);
    free(c->cohorts);
    free(c->presence);
    free(c->totals);
    free(c->surges);
    free(c->people.first_user);
    free(c->people.tenants);
    free(c->people.struck);
    free(c->people.struck_region);
    free(c->people.first_partition);
    free(c->people.region);
    free(c->people.class_of);
    tally_end(&c->tally);
    agenda_free(c->agenda);
}

void core_note(struct core *c, const char *kind, const char *subject, const char *format, ...)
{
    va_list args;
    char text[512];

    if (c->chronicle_length == CHRONICLE_MAX)
        return;
    if (c->chronicle_length == c->chronicle_allocated) {
        c->chronicle_allocated = c->chronicle_allocated ? c->chronicle_allocated * 2 : 64;
        c->chronicle = xrealloc(c->chronicle, c->chronicle_allocated, sizeof *c->chronicle);
    }
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    c->chronicle[c->chronicle_length++] =
        (struct chronicle_entry){.at_ns = c->now_ns, .kind = kind, .subject = xstrdup(subject), .text = xstrdup(text)};
}
