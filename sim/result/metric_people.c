/* metric_people - metrics: verdicts, the people concerned, promises; and what faults touched */
#include "result/metric_reading.h"

#include <stdlib.h>
#include <string.h>

#include "result/health.h"

/* ---------------------------------------------------------------- verdicts */

static const Stormcell__Verdict *find_verdict(const Stormcell__Result *r, const char *scope)
{
    for (size_t i = 0; i < r->n_verdicts; i++)
        if (strcmp(select_text(r->verdicts[i]->scope), scope) == 0)
            return r->verdicts[i];
    return NULL;
}

/* Visits the verdicts that the labels name: that of the whole or a group as such, else those of all partitions that they admit. */
static bool visit_verdicts(struct reading *x, void (*visit)(struct reading *x, const Stormcell__Verdict *v))
{
    const char *group = select_only(x->s.ref, "group");
    bool parts = select_has(x->s.ref, "partition") || select_has(x->s.ref, "region"), seen = false;

    if (!select_partitions(&x->s, x->arena))
        return false;
    if (!x->s.by_partition || (group && !parts)) {
        const Stormcell__Verdict *v = find_verdict(x->s.r, group ? group : "whole");

        return v ? (visit(x, v), true) : select_refuse(&x->s, "there is no verdict on %s", group ? group : "the whole");
    }
    for (size_t i = 0; i < x->s.r->n_verdicts; i++) {
        const char *scope = select_text(x->s.r->verdicts[i]->scope);
        char *end;
        unsigned long p = strtoul(scope, &end, 10);

        if (end == scope || *end || p >= x->s.r->n_partitions || !x->s.partitions[p])
            continue;
        visit(x, x->s.r->verdicts[i]);
        seen = true;
    }
    return seen || select_refuse(&x->s, "there is no verdict on its partitions");
}

static void worst_word(struct reading *x, const Stormcell__Verdict *v)
{
    if (!x->word || health_badness(v->word) > health_badness(x->word))
        x->word = select_text(v->word);
}

static double recovery_s(const Stormcell__Verdict *v)
{
    if (health_badness(v->word) == 0)
        return 0;
    return health_badness(v->word) == 1 && v->has_recovery_ns ? (double)v->recovery_ns / 1e9 : never;
}

static void longest_recovery(struct reading *x, const Stormcell__Verdict *v)
{
    x->value = recovery_s(v) > x->value ? recovery_s(v) : x->value;
}

static double mitigation_s(const Stormcell__Verdict *v)
{
    if (health_badness(v->word) == 0)
        return 0;
    return v->has_mitigation_ns ? (double)v->mitigation_ns / 1e9 : never;
}

static void longest_mitigation(struct reading *x, const Stormcell__Verdict *v)
{
    x->value = mitigation_s(v) > x->value ? mitigation_s(v) : x->value;
}

static void longest_outage(struct reading *x, const Stormcell__Verdict *v)
{
    double s = v->has_unhealthy_from_ns ? (double)(v->unhealthy_to_ns - v->unhealthy_from_ns) / 1e9 : 0;

    x->value = s > x->value ? s : x->value;
}

bool read_verdict(struct reading *x)
{
    return visit_verdicts(x, worst_word);
}

bool read_recovery(struct reading *x)
{
    return visit_verdicts(x, longest_recovery);
}

bool read_mitigation(struct reading *x)
{
    return visit_verdicts(x, longest_mitigation);
}

bool read_outage(struct reading *x)
{
    return visit_verdicts(x, longest_outage);
}

static bool sum_users(struct reading *x, double *affected, double *all)
{
    bool judged = false;

    *affected = *all = 0;
    for (size_t p = 0; p < x->s.r->n_partitions; p++)
        *all += x->s.partitions[p] ? (double)x->s.r->partitions[p]->users : 0;
    for (size_t i = 0; i < x->s.r->n_verdicts; i++) {
        const Stormcell__Verdict *v = x->s.r->verdicts[i];
        char *end;
        unsigned long p = strtoul(select_text(v->scope), &end, 10);

        if (end == v->scope || *end || p >= x->s.r->n_partitions || !x->s.partitions[p])
            continue;
        judged = true;
        *affected += health_badness(v->word) > 0 ? (double)x->s.r->partitions[p]->users : 0;
    }
    return judged || select_refuse(&x->s, "there is no verdict on its partitions");
}

bool read_users_affected(struct reading *x)
{
    double all;

    return select_partitions(&x->s, x->arena) && sum_users(x, &x->value, &all);
}

bool read_blast_radius(struct reading *x)
{
    double affected, all;

    if (!select_partitions(&x->s, x->arena) || !sum_users(x, &affected, &all))
        return false;
    if (all <= 0)
        return select_refuse(&x->s, "there are no users");
    x->value = affected / all;
    return true;
}

/* ---------------------------------------------------------------- promises and faults */

/* Visits the SLA accounts of the meter; refuses when the scenario promised nothing there. */
static bool visit_accounts(struct reading *x, void (*visit)(struct reading *x, const Stormcell__SlaAccount *a))
{
    bool any_meter = select_has(x->s.ref, "meter"), seen = false;

    if (!select_partitions(&x->s, x->arena))
        return false;
    for (size_t i = 0; i < x->s.r->n_sla; i++) {
        const Stormcell__SlaAccount *a = x->s.r->sla[i];
        const char *meter = select_text(a->meter);

        if (!x->s.partitions[a->partition] || !(any_meter ? metric_admits(x->s.ref, "meter", meter) : strcmp(meter, "access") == 0))
            continue;
        visit(x, a);
        seen = true;
    }
    return seen || select_refuse(&x->s, "the scenario has no sla: with this meter");
}

static void add_minutes(struct reading *x, const Stormcell__SlaAccount *a)
{
    x->value += a->user_minutes_lost;
}

static void least_uptime(struct reading *x, const Stormcell__SlaAccount *a)
{
    x->value = a->uptime_ratio < x->value ? a->uptime_ratio : x->value;
}

static void greatest_credit(struct reading *x, const Stormcell__SlaAccount *a)
{
    x->value = a->credit_ratio > x->value ? a->credit_ratio : x->value;
}

bool read_minutes_lost(struct reading *x)
{
    return visit_accounts(x, add_minutes);
}

bool read_uptime(struct reading *x)
{
    x->value = never;
    return visit_accounts(x, least_uptime);
}

bool read_credit(struct reading *x)
{
    return visit_accounts(x, greatest_credit);
}

bool read_touched(struct reading *x)
{
    bool seen = false;

    for (size_t i = 0; i < x->s.r->n_faults; i++) {
        if (!metric_admits(x->s.ref, "fault", select_text(x->s.r->faults[i]->name)))
            continue;
        x->value += (double)x->s.r->faults[i]->touched;
        seen = true;
    }
    if (!seen && select_only(x->s.ref, "fault"))
        return select_refuse(&x->s, "there is no fault %.60s", select_only(x->s.ref, "fault"));
    return seen || select_refuse(&x->s, "there was no fault");
}
