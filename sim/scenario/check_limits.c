/* check_limits - what this program can hold, over all parts of a scenario together */
#include <string.h>

#include "base/selector.h"
#include "scenario/check_inside.h"
#include "stormcell/agenda.h"

#define FAULTS_MAX 8 /* at once at one replica or link, as many as it has room to note */

/* ---------------------------------------------------------------- replicas and hosts */

static uint64_t sets_of(const struct check *c, const Stormcell__Service *s)
{
    if (s->per == STORMCELL__SERVICE__PER__PER_REGION)
        return c->m->n_regions;
    return s->per == STORMCELL__SERVICE__PER__PER_PARTITION ? check_partition_count(c) : 1;
}

static void check_replicas(struct check *c)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < c->m->n_services; i++) {
        uint64_t replicas = sets_of(c, c->m->services[i]) * c->m->services[i]->replicas;

        sum += replicas;
        if (replicas > CHECK_REPLICAS_MAX) /* which is said of the service itself */
            return;
        if (sum < AGENDA_ENTITY_MAX)
            continue;
        check_problem(c, c->m->services[i]->name,
                      "%llu replicas of all services up to here are more than this program holds: expected less than %d",
                      (unsigned long long)sum, AGENDA_ENTITY_MAX);
        return;
    }
}

static void check_hosts(struct check *c)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < c->m->n_transports; i++)
        for (size_t k = 0; k < c->m->transports[i]->n_senders; k++) {
            const Stormcell__Transport *t = c->m->transports[i];

            sum += t->senders[k]->hosts;
            if (sum <= AGENDA_ENTITY_MAX)
                continue;
            check_problem(c, arena_format(c->arena, "%s.senders.%s", t->name, t->senders[k]->name),
                          "%llu hosts of all senders up to here are more than this program holds: expected at most %d",
                          (unsigned long long)sum, AGENDA_ENTITY_MAX);
            return;
        }
}

/* ---------------------------------------------------------------- faults at once */

/* What a fault strikes: the whole of a link, or replicas of the sets first..end - 1 of a service. */
struct struck {
    const Stormcell__Link *link;
    const Stormcell__Service *service;
    uint64_t first, end;
    bool one; /* the replica of this number */
    uint64_t replica;
};

static const Stormcell__Link *link_of(const struct check *c, const char *target)
{
    struct link_selector s;

    for (size_t i = 0; selector_link(target, &s) && i < c->m->n_links; i++)
        if (span_is(s.from, c->m->links[i]->from) && span_is(s.to, c->m->links[i]->to))
            return c->m->links[i];
    return NULL;
}

static void strike_sets(const struct check *c, const struct check_selector *sel, struct struck *out)
{
    uint32_t first, count;

    out->end = sets_of(c, out->service);
    if (sel->has_partition) {
        out->first = sel->partition;
        out->end = sel->partition + 1;
    } else if (sel->region && out->service->per == STORMCELL__SERVICE__PER__PER_REGION) {
        while (out->first + 1 < out->end && strcmp(c->m->regions[out->first]->name, sel->region) != 0)
            out->first++;
        out->end = out->first + 1;
    } else if (sel->region && check_region(c, sel->region, &first, &count)) {
        out->first = first;
        out->end = (uint64_t)first + count;
    }
}

static struct struck struck_by(const struct check *c, const Stormcell__Fault *f)
{
    struct struck out = {.link = link_of(c, f->target)};
    struct check_selector sel;

    if (out.link || f->kind_case == STORMCELL__FAULT__KIND_SURGE || f->kind_case == STORMCELL__FAULT__KIND_CACHE_DEFECT ||
        !check_read_selector(c->arena, f->target, &sel))
        return out;
    out.service = check_find_service(c, sel.service, strlen(sel.service));
    out.one = sel.has_replica;
    out.replica = sel.replica;
    if (out.service)
        strike_sets(c, &sel, &out);
    return out;
}

static bool meet(const struct struck *a, const struct struck *b)
{
    if (a->link || b->link)
        return a->link == b->link;
    if (!a->service || a->service != b->service || a->first >= b->end || b->first >= a->end)
        return false;
    return !a->one || !b->one || a->replica == b->replica;
}

/* A fault without an end lasts until a step repairs it; one that waits for something may never come. */
static int64_t end_of(const struct check *c, const Stormcell__Fault *f)
{
    if (f->has_for_ns)
        return f->for_ns < INT64_MAX - f->at_t_ns ? f->at_t_ns + f->for_ns : INT64_MAX;
    for (size_t i = 0; i < c->m->n_runbook; i++) {
        const Stormcell__Step *s = c->m->runbook[i];

        if (s->action_case == STORMCELL__STEP__ACTION_REPAIR && strcmp(s->repair, f->name) == 0 && s->has_at_t_ns && !s->delay)
            return s->at_t_ns;
    }
    return INT64_MAX;
}

/* Where faults are on together: the link or the service of one, and there the replica of a set. */
struct spot {
    uint64_t set, replica;
};

static bool covers(const struct struck *s, struct spot spot)
{
    return s->link || (s->first <= spot.set && spot.set < s->end && (!s->one || s->replica == spot.replica));
}

static size_t count_at(const struct struck *list, size_t count, struct spot spot)
{
    size_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += covers(&list[i], spot);
    return sum;
}

/* Most of the list that are on at one replica: where a range begins, and at a replica that one of them names. */
static size_t most_at_once(const struct struck *list, size_t count)
{
    size_t most = 0;

    for (size_t i = 0; i < count && count > FAULTS_MAX; i++)
        for (size_t k = 0; k < count; k++) {
            size_t here = k == 0 || list[k].one ? count_at(list, count, (struct spot){list[i].first, list[k].replica}) : 0;

            most = here > most ? here : most;
        }
    return most;
}

/* What is on when a fault begins, and strikes what it strikes. */
static size_t faults_with(const struct check *c, const struct struck *struck, size_t one, struct struck *list)
{
    const Stormcell__Fault *f = c->m->faults[one];
    size_t count = 0;

    for (size_t i = 0; i < c->m->n_faults; i++) {
        const Stormcell__Fault *other = c->m->faults[i];

        if (meet(&struck[i], &struck[one]) && other->at_t_ns <= f->at_t_ns && f->at_t_ns < end_of(c, other))
            list[count++] = struck[i];
    }
    return count;
}

/* A flawed change makes two more of itself, one that breaks a replica and one that it is broken; a restart is one, too. */
static size_t changes_of(const struct check *c, const Stormcell__Service *s)
{
    size_t count = 0, restarts = 0;

    for (size_t i = 0; s && i < c->m->n_rollouts; i++)
        count += c->m->rollouts[i]->flaw && strcmp(c->m->rollouts[i]->service, s->name) == 0 ? 2 : 0;
    for (size_t i = 0; s && i < c->m->n_runbook; i++) {
        struct check_selector sel;
        const Stormcell__Step *step = c->m->runbook[i];

        if (step->action_case == STORMCELL__STEP__ACTION_RESTART && check_read_selector(c->arena, step->restart->target, &sel))
            restarts += strcmp(sel.service, s->name) == 0;
    }
    return count + (restarts > 0);
}

static void check_changes_at_once(struct check *c)
{
    for (size_t i = 0; i < c->m->n_rollouts; i++) {
        const Stormcell__Rollout *r = c->m->rollouts[i];
        size_t count = r->flaw ? changes_of(c, check_find_service(c, r->service, strlen(r->service))) : 0;

        if (count <= FAULTS_MAX)
            continue;
        check_problem(c, check_path(c, r->name, "service"),
                      "changes, what they break and restarts of %s may be %zu at once at a replica: expected at most %d",
                      r->service, count, FAULTS_MAX);
        return;
    }
}

static void check_faults_at_once(struct check *c)
{
    struct struck *struck = arena_take(c->arena, (c->m->n_faults + 1) * sizeof *struck);
    struct struck *list = arena_take(c->arena, (c->m->n_faults + FAULTS_MAX + 1) * sizeof *list);

    for (size_t i = 0; i < c->m->n_faults; i++)
        struck[i] = struck_by(c, c->m->faults[i]);
    for (size_t i = 0; i < c->m->n_faults; i++) {
        size_t count = struck[i].link || struck[i].service ? faults_with(c, struck, i, list) : 0;

        for (size_t k = changes_of(c, struck[i].service); count && k && k <= FAULTS_MAX; k--)
            list[count++] = (struct struck){.service = struck[i].service, .end = UINT64_MAX};
        count = most_at_once(list, count);
        if (count <= FAULTS_MAX)
            continue;
        check_problem(c, check_path(c, c->m->faults[i]->name, "target"),
                      "%zu faults, changes and restarts may be there at once when this one begins: expected at most %d", count,
                      FAULTS_MAX);
        return;
    }
}

void check_limits(struct check *c)
{
    if (!c->clean)
        return;
    check_replicas(c);
    check_hosts(c);
    check_changes_at_once(c);
    check_faults_at_once(c);
}
