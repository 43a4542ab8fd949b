/* sla - what a run costs by the promise of uptime
 *
 * The formula of the Online Services SLA: (user minutes - user minutes lost) / user minutes, over the month that the promise
 * names, for each partition and meter. A minute counts as lost for the share of its requests that failed, or of its sessions and
 * dependents that were not connected, whichever is greater (access), or of its mail that was late or lost (mail_delay). A minute in
 * which nobody asked is taken to be as the one before: silence is no proof of health, nor of the contrary. Nothing is lost outside
 * the run.
 */
#include <stdlib.h>
#include <string.h>

#include "result/scope.h"
#include "result/select.h"
#include "stormcell/must.h"
#include "stormcell/result.h"

static const double minute_ns = 6e10;

static double lost_share(uint64_t lost, uint64_t offered)
{
    return lost < offered ? (double)lost / (double)offered : 1;
}

/* Minutes that one user of the partition loses. */
static double minutes_lost(const Stormcell__Result *r, const struct scope *s, Stormcell__Sla__Meter meter)
{
    double share = 0, absent, minutes = 0;

    for (size_t i = 0; i < s->intervals; i++) {
        if (meter == STORMCELL__SLA__METER__METER_ACCESS && s->offered[i])
            share = lost_share(s->offered[i] - (s->good[i] < s->offered[i] ? s->good[i] : s->offered[i]), s->offered[i]);
        if (meter == STORMCELL__SLA__METER__METER_MAIL_DELAY && s->mail_offered[i])
            share = lost_share(s->mail_late[i] + s->mail_lost[i], s->mail_offered[i]);
        absent = meter == STORMCELL__SLA__METER__METER_ACCESS ? scope_absent(s, i) : 0;
        minutes += (absent > share ? absent : share) * (double)scope_interval_ns(r, i) / minute_ns;
    }
    return minutes;
}

/* The credit of the worst tier that the uptime falls below. */
static double credit(const Stormcell__Sla *sla, double uptime)
{
    static const struct {
        double below, credit;
    } usual[] = {{0.999, 0.25}, {0.99, 0.5}, {0.95, 1}};
    double most = 0;

    if (uptime >= sla->uptime_ratio)
        return 0;
    for (size_t i = 0; i < sla->n_tiers; i++)
        if (uptime < sla->tiers[i]->below_ratio && sla->tiers[i]->credit_ratio > most)
            most = sla->tiers[i]->credit_ratio;
    for (size_t i = 0; i < 3 && !sla->n_tiers; i++)
        if (uptime < usual[i].below && usual[i].credit > most)
            most = usual[i].credit;
    return most;
}

static Stormcell__SlaAccount *account(const Stormcell__Result *r, const Stormcell__Sla *sla, const struct scope *s,
                                      uint32_t partition, Stormcell__Sla__Meter meter)
{
    Stormcell__SlaAccount *a = xmalloc(sizeof(*a));
    double window = (double)sla->window_ns / minute_ns, users = (double)r->partitions[partition]->users;
    double lost = minutes_lost(r, s, meter);

    stormcell__sla_account__init(a);
    a->has_partition = a->has_user_minutes_lost = a->has_uptime_ratio = a->has_credit_ratio = true;
    a->partition = partition;
    a->meter = xstrdup(meter == STORMCELL__SLA__METER__METER_ACCESS ? "access" : "mail_delay");
    a->user_minutes_lost = users * lost;
    a->uptime_ratio = lost < window ? (window - lost) / window : 0;
    a->credit_ratio = credit(sla, a->uptime_ratio);
    return a;
}

/* A promise that names no meter is metered by all that there is. */
static bool metered(const Stormcell__Result *r, const Stormcell__Sla *sla, Stormcell__Sla__Meter meter)
{
    for (size_t i = 0; i < sla->n_meters; i++)
        if (sla->meters[i] == meter)
            return true;
    if (sla->n_meters)
        return false;
    for (size_t i = 0; i < r->n_entities; i++)
        if (r->entities[i]->kind == (meter == STORMCELL__SLA__METER__METER_ACCESS ? STORMCELL__ENTITY_KIND__ENTITY_POPULATION
                                                                                  : STORMCELL__ENTITY_KIND__ENTITY_TRANSPORT))
            return true;
    return false;
}

static void forget(Stormcell__Result *r)
{
    for (size_t i = 0; i < r->n_sla; i++)
        stormcell__sla_account__free_unpacked(r->sla[i], NULL);
    free(r->sla);
    r->sla = NULL;
    r->n_sla = 0;
}

void result_judge_sla(Stormcell__Result *r, const Stormcell__Scenario *sc)
{
    static const Stormcell__Sla__Meter meters[] = {STORMCELL__SLA__METER__METER_ACCESS, STORMCELL__SLA__METER__METER_MAIL_DELAY};
    struct scope s;

    forget(r);
    if (!sc->sla || sc->sla->window_ns <= 0)
        return;
    s = scope_create(scope_intervals(r));
    r->sla = xcalloc(2 * r->n_cohorts + 1, sizeof(Stormcell__SlaAccount *));
    for (int m = 0; m < 2; m++) {
        if (!metered(r, sc->sla, meters[m]))
            continue;
        for (size_t i = 0; i < r->n_cohorts; i++) {
            scope_clear(&s);
            scope_add(&s, r->cohorts[i]);
            r->sla[r->n_sla++] = account(r, sc->sla, &s, r->cohorts[i]->partition, meters[m]);
        }
    }
    scope_free(&s);
}
