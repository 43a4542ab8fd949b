/* collect - from a run that is over to a Result message */
#include <stdlib.h>
#include <string.h>

#include "run/inside.h"
#include "stormcell/must.h"

static Stormcell__Histogram *histogram_message(const struct histogram *h, uint32_t kind)
{
    Stormcell__Histogram *m = xmalloc(sizeof *m);

    stormcell__histogram__init(m);
    m->has_kind = m->has_first_bucket = m->has_sum_high = m->has_sum_low = m->has_min_ns = m->has_max_ns = true;
    m->kind = kind;
    m->first_bucket = h->first;
    m->n_counts = h->length;
    m->counts = xmalloc(h->length * sizeof *m->counts);
    memcpy(m->counts, h->buckets, h->length * sizeof *m->counts);
    m->sum_high = (uint64_t)(h->sum_ns >> 64);
    m->sum_low = (uint64_t)h->sum_ns;
    m->min_ns = h->min_ns;
    m->max_ns = h->max_ns;
    return m;
}

static Stormcell__Cell *cell_message(const struct cell *cell, uint32_t entity, uint32_t partition, uint32_t epoch)
{
    Stormcell__Cell *m = xmalloc(sizeof *m);

    stormcell__cell__init(m);
    m->has_entity = m->has_partition = m->has_epoch = true;
    m->entity = entity;
    m->partition = partition;
    m->epoch = epoch;
    m->n_counts = COUNT_MAX;
    m->counts = xmalloc(sizeof cell->counts);
    memcpy(m->counts, cell->counts, sizeof cell->counts);
    m->histograms = xcalloc(SAMPLE_MAX, sizeof *m->histograms);
    for (uint32_t i = 0; i < SAMPLE_MAX; i++)
        if (cell->samples[i].count)
            m->histograms[m->n_histograms++] = histogram_message(&cell->samples[i], i);
    return m;
}

static void collect_cells(const struct run *run, Stormcell__Result *r)
{
    const struct tally *t = &run->core.tally;
    size_t all = (size_t)t->epochs * t->entities * t->partitions;

    r->cells = xcalloc(all + 1, sizeof *r->cells);
    for (size_t i = 0; i < all; i++)
        if (t->cells[i])
            r->cells[r->n_cells++] = cell_message(t->cells[i], (uint32_t)(i / t->partitions % t->entities),
                                                  (uint32_t)(i % t->partitions), (uint32_t)(i / t->partitions / t->entities));
}

static Stormcell__Entity *add_entity(Stormcell__Result *r, Stormcell__EntityKind kind, const char *name, uint64_t workers)
{
    Stormcell__Entity *m = xmalloc(sizeof *m);

    stormcell__entity__init(m);
    m->has_kind = m->has_workers = m->has_per_partition = true;
    m->kind = kind;
    m->name = xstrdup(name);
    m->workers = workers;
    r->entities[r->n_entities++] = m;
    return m;
}

static void add_service(const struct run *run, Stormcell__Result *r, uint32_t service)
{
    const Stormcell__Service *set = run->scenario->services[service];
    Stormcell__Entity *m = add_entity(r, STORMCELL__ENTITY_KIND__ENTITY_SERVICE, set->name,
                                      flow_service_workers(run->flow, service));

    m->per_partition = set->per == STORMCELL__SERVICE__PER__PER_PARTITION;
    m->has_per_region = m->per_region = set->per == STORMCELL__SERVICE__PER__PER_REGION;
}

static void collect_entities(const struct run *run, Stormcell__Result *r)
{
    const Stormcell__Scenario *sc = run->scenario;

    r->entities = xcalloc(run->core.tally.entities + 1, sizeof *r->entities);
    for (size_t i = 0; i < sc->n_populations; i++) {
        add_entity(r, STORMCELL__ENTITY_KIND__ENTITY_POPULATION, sc->populations[i]->name, 0);
        if (sc->populations[i]->dependents) {
            r->entities[i]->has_dependents = true;
            r->entities[i]->dependents = sc->populations[i]->dependents->count;
        }
    }
    for (uint32_t i = 0; i < sc->n_services; i++)
        add_service(run, r, i);
    for (uint32_t i = 0; i < sc->n_transports; i++)
        add_entity(r, STORMCELL__ENTITY_KIND__ENTITY_TRANSPORT, sc->transports[i]->name, mail_workers(run->mail, i));
}

static void collect_people(const struct run *run, Stormcell__Result *r)
{
    const struct people *people = &run->core.people;

    r->partitions = xcalloc(people->partitions, sizeof *r->partitions);
    for (uint32_t p = 0; p < people->partitions; p++) {
        Stormcell__PartitionInfo *m = xmalloc(sizeof *m);

        stormcell__partition_info__init(m);
        m->has_struck = m->has_users = m->has_tenants = true;
        m->struck = people->struck[p];
        m->users = people->first_user[p + 1] - people->first_user[p];
        m->tenants = people->tenants[p];
        m->has_region = run->scenario->n_regions > 0;
        m->region = m->has_region ? region_of(people, p) : 0;
        r->partitions[r->n_partitions++] = m;
    }
}

static void collect_regions(const struct run *run, Stormcell__Result *r)
{
    r->regions = xcalloc(run->scenario->n_regions + 1, sizeof *r->regions);
    for (size_t i = 0; i < run->scenario->n_regions; i++)
        r->regions[r->n_regions++] = xstrdup(run->scenario->regions[i]->name);
}

static void collect_series(const struct run *run, Stormcell__Result *r)
{
    r->series = xcalloc(run->track_count + 1, sizeof *r->series);
    for (uint32_t i = 0; i < run->track_count; i++) {
        const struct track *track = &run->tracks[i];
        Stormcell__Series *m = xmalloc(sizeof *m);

        stormcell__series__init(m);
        m->metric = xstrdup(track_names[track->kind]);
        m->entity = xstrdup(r->entities[track->entity]->name);
        m->group = xstrdup(track->group < GROUPS ? group_names[track->group] : "");
        m->region = track->group < GROUPS ? NULL : xstrdup(r->regions[track->group - GROUPS]);
        m->n_values = run->samples;
        m->values = xmalloc(run->samples * sizeof *m->values);
        memcpy(m->values, track->values, run->samples * sizeof *m->values);
        r->series[r->n_series++] = m;
    }
}

static void collect_chronicle(const struct run *run, Stormcell__Result *r)
{
    r->timeline = xcalloc(run->core.chronicle_length + 1, sizeof *r->timeline);
    for (uint32_t i = 0; i < run->core.chronicle_length; i++) {
        const struct chronicle_entry *entry = &run->core.chronicle[i];
        Stormcell__TimelineEntry *m = xmalloc(sizeof *m);

        stormcell__timeline_entry__init(m);
        m->has_at_ns = true;
        m->at_ns = entry->at_ns;
        m->kind = xstrdup(entry->kind);
        m->subject = xstrdup(entry->subject);
        m->text = xstrdup(entry->text);
        r->timeline[r->n_timeline++] = m;
    }
}

static void collect_faults(const struct run *run, Stormcell__Result *r)
{
    r->faults = xcalloc(faults_count(run->faults) + 1, sizeof *r->faults);
    for (uint32_t i = 0; i < faults_count(run->faults); i++) {
        struct fault_facts facts = faults_facts(run->faults, i);
        Stormcell__FaultInfo *m = xmalloc(sizeof *m);

        stormcell__fault_info__init(m);
        m->name = xstrdup(facts.name);
        m->target = xstrdup(facts.target);
        m->what = xstrdup(facts.what);
        m->has_from_ns = m->has_touched = true;
        m->from_ns = facts.from_ns;
        m->has_to_ns = facts.to_ns != INT64_MAX;
        m->to_ns = m->has_to_ns ? facts.to_ns : 0;
        m->touched = facts.touched;
        r->faults[r->n_faults++] = m;
    }
}

static Stormcell__LinkWay *link_way_message(struct link_counts counts)
{
    Stormcell__LinkWay *m = xmalloc(sizeof *m);

    stormcell__link_way__init(m);
    m->has_offered = m->has_crossed = m->has_cut = m->has_lost = m->has_overflowed = m->has_under_way = m->has_held = true;
    m->offered = counts.offered;
    m->crossed = counts.crossed;
    m->cut = counts.cut;
    m->lost = counts.lost;
    m->overflowed = counts.overflowed;
    m->under_way = counts.under_way;
    m->held = counts.held;
    return m;
}

static void collect_links(const struct run *run, Stormcell__Result *r)
{
    r->links = xcalloc(flow_links(run->flow) + 1, sizeof *r->links);
    for (uint32_t i = 1; i <= flow_links(run->flow); i++) {
        const Stormcell__Link *link = run->scenario->links[i - 1];
        Stormcell__LinkInfo *m = xmalloc(sizeof *m);

        stormcell__link_info__init(m);
        m->name = xstrdup(link->name);
        m->from = xstrdup(link->from);
        m->to = xstrdup(link->to);
        m->forward = link_way_message(flow_link_counts(run->flow, i, LINK_FORWARD));
        m->back = link_way_message(flow_link_counts(run->flow, i, LINK_BACK));
        r->links[r->n_links++] = m;
    }
}

static Stormcell__RingInfo *ring_message(const struct ring_facts *ring)
{
    Stormcell__RingInfo *m = xmalloc(sizeof *m);

    stormcell__ring_info__init(m);
    m->name = xstrdup(ring->name);
    m->has_replicas = m->has_changed = m->has_broken = true;
    m->replicas = ring->replicas;
    m->changed = ring->changed;
    m->broken = ring->broken;
    m->has_from_ns = ring->from_ns >= 0;
    m->from_ns = m->has_from_ns ? ring->from_ns : 0;
    return m;
}

/* A moment of the facts, which is -1 when it did not come. */
static protobuf_c_boolean moment(int64_t at_ns, int64_t *out)
{
    *out = at_ns >= 0 ? at_ns : 0;
    return at_ns >= 0;
}

static Stormcell__RolloutInfo *rollout_message(const struct run *run, const struct rollout_facts *facts)
{
    Stormcell__RolloutInfo *m = xmalloc(sizeof *m);

    stormcell__rollout_info__init(m);
    m->name = xstrdup(facts->settings->name);
    m->service = xstrdup(facts->settings->service);
    m->rings = xcalloc(facts->ring_count + 1, sizeof *m->rings);
    for (uint32_t i = 0; i < facts->ring_count; i++)
        m->rings[m->n_rings++] = ring_message(&facts->rings[i]);
    m->has_broken = m->has_broken_at_end = m->has_flawed = true;
    m->flawed = facts->settings->flaw != NULL;
    m->broken = facts->broken;
    m->broken_at_end = facts->broken_now;
    m->has_rolled_back_ns = moment(facts->taken_back_ns, &m->rolled_back_ns);
    m->has_stopped_ns = moment(facts->stopped_ns, &m->stopped_ns);
    m->has_last_broken_ns = moment(facts->last_broken_ns, &m->last_broken_ns);
    m->has_mended_ns = moment(facts->mended_ns, &m->mended_ns);
    m->partitions = xcalloc(run->core.people.partitions + 1, sizeof *m->partitions);
    for (uint32_t p = 0; p < run->core.people.partitions; p++)
        if (rollout_hits(run->flow, facts->settings, p))
            m->partitions[m->n_partitions++] = p;
    return m;
}

static void collect_rollouts(const struct run *run, Stormcell__Result *r)
{
    r->rollouts = xcalloc(rollouts_count(run->rollouts) + 1, sizeof *r->rollouts);
    for (uint32_t i = 0; i < rollouts_count(run->rollouts); i++) {
        struct rollout_facts facts = rollouts_facts(run->rollouts, i);

        r->rollouts[r->n_rollouts++] = rollout_message(run, &facts);
    }
}

static void collect_restarts(const struct run *run, Stormcell__Result *r)
{
    r->restarts = xcalloc(restarts_count(run->restarts) + 1, sizeof *r->restarts);
    for (uint32_t i = 0; i < restarts_count(run->restarts); i++) {
        struct restart_facts facts = restarts_facts(run->restarts, i);
        Stormcell__RestartInfo *m = xmalloc(sizeof *m);

        stormcell__restart_info__init(m);
        m->step = xstrdup(facts.step);
        m->target = xstrdup(facts.target);
        m->service = xstrdup(facts.service);
        m->has_begun = m->has_over = true;
        m->begun = facts.begun;
        m->over = facts.over;
        m->has_first_ns = moment(facts.first_ns, &m->first_ns);
        m->has_last_ns = moment(facts.last_ns, &m->last_ns);
        r->restarts[r->n_restarts++] = m;
    }
}

static void collect_control(void *context, const struct control *c)
{
    Stormcell__Result *r = context;
    Stormcell__ControlInfo *m = xmalloc(sizeof *m);

    stormcell__control_info__init(m);
    m->path = xstrdup(c->path);
    m->kind = xstrdup(c->kind->name);
    m->has_asked = true;
    m->asked = c->asked;
    m->acts = xcalloc(CONTROL_REASONS, sizeof *m->acts);
    for (int i = 0; i < CONTROL_REASONS && c->kind->reasons[i]; i++) {
        Stormcell__ControlAct *act = xmalloc(sizeof *act);

        stormcell__control_act__init(act);
        act->reason = xstrdup(c->kind->reasons[i]);
        act->has_count = true;
        act->count = c->acts[i];
        m->acts[m->n_acts++] = act;
    }
    r->controls = xrealloc(r->controls, r->n_controls + 1, sizeof *r->controls);
    r->controls[r->n_controls++] = m;
}

static void collect_controls(const struct run *run, Stormcell__Result *r)
{
    flow_each_control(run->flow, collect_control, r);
    for (uint32_t t = 0; t < run->scenario->n_transports; t++) {
        const struct control_list *list = mail_controls(run->mail, t);

        for (uint32_t i = 0; i < list->count; i++)
            collect_control(r, &list->items[i]);
    }
}

static Stormcell__Cohorts *cohorts_message(const struct run *run, uint32_t partition)
{
    const struct core *c = &run->core;
    uint32_t n = (uint32_t)((c->end_ns + c->health_interval_ns - 1) / c->health_interval_ns);
    Stormcell__Cohorts *m = xmalloc(sizeof *m);

    stormcell__cohorts__init(m);
    m->has_partition = true;
    m->partition = partition;
    m->n_offered = m->n_good = m->n_in_flight = m->n_mail_offered = m->n_mail_lost = m->n_mail_oldest_ns = m->n_mail_late = n;
    m->n_last_failure_ns = n;
    m->n_connected_s = m->n_wanted_s = c->presence[partition].wanted ? n : 0;
    m->offered = xcalloc(n + 1, sizeof *m->offered);
    m->good = xcalloc(n + 1, sizeof *m->good);
    m->in_flight = xcalloc(n + 1, sizeof *m->in_flight);
    m->mail_offered = xcalloc(n + 1, sizeof *m->mail_offered);
    m->mail_lost = xcalloc(n + 1, sizeof *m->mail_lost);
    m->mail_oldest_ns = xcalloc(n + 1, sizeof *m->mail_oldest_ns);
    m->mail_late = xcalloc(n + 1, sizeof *m->mail_late);
    m->last_failure_ns = xcalloc(n + 1, sizeof *m->last_failure_ns);
    m->connected_s = xcalloc(n + 1, sizeof *m->connected_s);
    m->wanted_s = xcalloc(n + 1, sizeof *m->wanted_s);
    for (uint32_t i = 0; i < n; i++) {
        const struct cohort *cohort = &c->cohorts[(size_t)i * c->people.partitions + partition];

        m->offered[i] = cohort->offered;
        m->good[i] = cohort->offered - cohort->failed;
        m->in_flight[i] = cohort->in_flight;
        m->mail_offered[i] = cohort->mail_offered;
        m->mail_lost[i] = cohort->mail_lost;
        m->mail_oldest_ns[i] = cohort->mail_oldest_ns;
        m->mail_late[i] = cohort->mail_late;
        m->last_failure_ns[i] = cohort->last_failure_ns;
        m->connected_s[i] = cohort->connected_s;
        m->wanted_s[i] = cohort->wanted_s;
    }
    return m;
}

static void collect_cohorts(const struct run *run, Stormcell__Result *r)
{
    r->has_health_interval_ns = true;
    r->health_interval_ns = run->core.health_interval_ns;
    r->cohorts = xcalloc(run->core.people.partitions, sizeof *r->cohorts);
    for (uint32_t p = 0; p < run->core.people.partitions; p++)
        r->cohorts[r->n_cohorts++] = cohorts_message(run, p);
}

static char *copy_or_null(const char *text)
{
    return text ? xstrdup(text) : NULL;
}

/* FNV-1a over the packed scenario: traces and all. */
static uint64_t scenario_hash(const Stormcell__Scenario *sc)
{
    size_t length = stormcell__scenario__get_packed_size(sc);
    uint8_t *bytes = xmalloc(length + 1);
    uint64_t hash = 0xCBF29CE484222325u;

    stormcell__scenario__pack(sc, bytes);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * 0x100000001B3u;
    free(bytes);
    return hash;
}

static void collect_identity(const struct run *run, Stormcell__Result *r)
{
    const Stormcell__Scenario *sc = run->scenario;

    r->has_schema_version = r->has_seed = r->has_scenario_hash = r->has_start_utc_s = r->has_run_ns = r->has_sample_ns = true;
    r->has_events = true;
    r->program_version = xstrdup(STORMCELL_VERSION);
    r->scenario = xstrdup(sc->name);
    r->question = copy_or_null(sc->question);
    r->strategy = xstrdup(run->options.strategy ? run->options.strategy : "baseline");
    r->seed = run->options.seed;
    r->scenario_hash = scenario_hash(sc);
    r->repeat = copy_or_null(run->options.repeat);
    r->start_utc_s = sc->clock->start_utc_s;
    r->run_ns = run->core.end_ns;
    r->sample_ns = run->sample_ns;
    r->events = run->events;
}

Stormcell__Result *run_finish(struct run *run)
{
    Stormcell__Result *r = xmalloc(sizeof *r);

    must(!run->finished && run->core.now_ns == run->core.end_ns);
    run->finished = true;
    flow_settle(run->flow);
    sessions_settle(run->sessions);
    clients_settle(run->clients);
    dependents_settle(run->dependents);
    mail_settle(run->mail);
    epoch_finish(run);
    stormcell__result__init(r);
    collect_identity(run, r);
    collect_people(run, r);
    collect_regions(run, r);
    collect_entities(run, r);
    r->epochs = run->epochs;
    r->n_epochs = run->epoch_count;
    r->phases = run->phases;
    r->n_phases = run->phase_count;
    r->levels = run->levels;
    r->n_levels = run->level_count;
    collect_cells(run, r);
    collect_series(run, r);
    collect_chronicle(run, r);
    collect_faults(run, r);
    collect_links(run, r);
    collect_rollouts(run, r);
    collect_restarts(run, r);
    collect_controls(run, r);
    collect_cohorts(run, r);
    r->status = collect_status(run);
    return r;
}
