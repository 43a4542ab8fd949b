/* fault - when faults begin and end, and what they pull: levers at stations, defects of caches, populations */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fault/inside.h"
#include "flow/compile.h"
#include "stormcell/must.h"

static const struct fault_kind *const fault_kinds[] = {&fault_hang, &fault_crash, &fault_slow,         &fault_error,
                                                       &fault_cut,  &fault_lossy, &fault_cache_defect, &fault_surge};

static const struct fault_kind *kind_of(const Stormcell__Fault *set)
{
    for (size_t i = 0; i < sizeof fault_kinds / sizeof *fault_kinds; i++)
        if (fault_kinds[i]->which == set->kind_case)
            return fault_kinds[i];
    must(!"a fault without a kind passed the check");
    return NULL;
}

static void plan(struct faults *f, struct fault *fault, int64_t at_ns, bool begins)
{
    uint32_t number = (uint32_t)(fault - f->items);

    fault->due_ns = at_ns;
    if (at_ns <= f->core->end_ns)
        agenda_push(f->core->agenda, at_ns, begins ? AGENDA_WORLD : AGENDA_HEALING, begins ? EVENT_FAULT_BEGIN : EVENT_FAULT_END,
                    number);
}

static void start_fault(struct faults *f, struct fault *fault, const Stormcell__Fault *set)
{
    fault->settings = set;
    fault->kind = kind_of(set);
    fault->reach = reach_of(set);
    fault->reach->find(f, fault);
    fault->flap = fault->kind->flap(set);
    if (fault->flap) {
        fault->failing = compile_dist(fault->flap->failing);
        fault->working = compile_dist(fault->flap->working);
        fault->flap_key = draw_key(f->core->seed, set->name, "flap");
    }
    fault->from_ns = set->at_t_ns;
    fault->to_ns = INT64_MAX;
    plan(f, fault, set->at_t_ns, true);
}

struct faults *faults_create(struct core *core, struct flow *flow, const Stormcell__Scenario *sc)
{
    struct faults *f = xcalloc(1, sizeof *f);

    f->core = core;
    f->flow = flow;
    f->scenario = sc;
    f->count = (uint32_t)sc->n_faults;
    f->items = xcalloc(f->count + 1, sizeof *f->items);
    for (uint32_t i = 0; i < f->count; i++)
        start_fault(f, &f->items[i], sc->faults[i]);
    return f;
}

void faults_listen(struct faults *f, fault_changed *changed, void *context)
{
    f->changed = changed;
    f->context = context;
}

void faults_surges(struct faults *f, const struct fault_surges *surges)
{
    f->surges = *surges;
}

void faults_free(struct faults *f)
{
    free(f->items);
    free(f);
}

static void pull(struct faults *f, struct fault *fault, bool on)
{
    if (fault->pulled == on)
        return;
    fault->pulled = on;
    fault->reach->pull(f, fault, on);
}

/* The moment at which it ends by itself; INT64_MAX: a runbook must. */
static int64_t natural_end(const struct fault *fault)
{
    int64_t end;

    if (!fault->settings->has_for_ns || __builtin_add_overflow(fault->settings->at_t_ns, fault->settings->for_ns, &end))
        return INT64_MAX;
    return end;
}

/* Plans the end of the spell that begins now: of the fault, or of a spell of its flap. */
static void plan_next(struct faults *f, struct fault *fault)
{
    int64_t end = natural_end(fault);

    if (fault->flap) {
        struct draw d = draw_at(fault->flap_key, fault->spells++, 0);
        int64_t length = dist_sample_ns(fault->pulled ? &fault->failing : &fault->working, &d);

        /* A spell of no length would stop the clock. */
        length = length > 0 ? length : 1;
        if (end == INT64_MAX || f->core->now_ns + length < end)
            end = f->core->now_ns + length;
    }
    if (end != INT64_MAX)
        plan(f, fault, end, !fault->pulled);
}

static void over(struct faults *f, struct fault *fault, const char *how)
{
    uint32_t number = (uint32_t)(fault - f->items);

    if (fault->state == FAULT_ON && f->changed)
        f->changed(f->context, number, false);
    if (fault->state == FAULT_ON)
        core_note(f->core, "repair", fault->settings->name, "%s", how);
    fault->state = FAULT_OVER;
    fault->to_ns = f->core->now_ns;
    fault->due_ns = -1;
    pull(f, fault, false);
}

static void describe(const struct lever *lever, char *out, size_t size)
{
    int n = 0;

    if (lever->kind == LEVER_SLOW)
        n = snprintf(out, size, " x %g", lever->factor);
    if (lever->share < 1)
        snprintf(out + n, size - (size_t)n, ", %g %% of requests", lever->share * 100);
}

static void describe_fault(const struct fault *fault, char out[96])
{
    const struct fault_kind *kind = fault->kind;
    int n = snprintf(out, 96, "%s%s", kind->name, kind->words ? ", " : "");
    struct lever lever;

    if (kind->words) {
        kind->words(fault->settings, out + n, 96 - (size_t)n);
    } else {
        lever = fault_lever(fault->settings, kind);
        (kind->describe ? kind->describe : describe)(&lever, out + n, 96 - (size_t)n);
    }
    if (fault->flap)
        snprintf(out + strlen(out), 96 - strlen(out), ", on and off");
}

void faults_on_begin(struct faults *f, uint32_t number)
{
    struct fault *fault = &f->items[number];
    char what[96];

    if (fault->due_ns != f->core->now_ns || fault->state == FAULT_OVER)
        return;
    if (fault->state == FAULT_PLANNED) {
        fault->state = FAULT_ON;
        describe_fault(fault, what);
        core_note(f->core, "fault", fault->settings->name, "%s: %s", fault->settings->target, what);
        if (f->changed)
            f->changed(f->context, number, true);
    }
    if (f->core->now_ns >= natural_end(fault)) { /* it ends in a working spell of its flap */
        over(f, fault, "is over");
        return;
    }
    pull(f, fault, true);
    plan_next(f, fault);
}

void faults_on_end(struct faults *f, uint32_t number)
{
    struct fault *fault = &f->items[number];

    if (fault->due_ns != f->core->now_ns || fault->state != FAULT_ON)
        return;
    if (f->core->now_ns >= natural_end(fault)) {
        over(f, fault, "is over");
        return;
    }
    pull(f, fault, false);
    plan_next(f, fault);
}

void faults_repair(struct faults *f, uint32_t number)
{
    if (f->items[number].state != FAULT_OVER)
        over(f, &f->items[number], "is repaired");
}

int fault_number(const struct faults *f, const char *name)
{
    for (uint32_t i = 0; i < f->count; i++)
        if (strcmp(f->items[i].settings->name, name) == 0)
            return (int)i;
    return -1;
}

uint32_t faults_count(const struct faults *f)
{
    return f->count;
}

struct fault_facts faults_facts(const struct faults *f, uint32_t number)
{
    const struct fault *fault = &f->items[number];
    struct fault_facts facts = {
        .name = fault->settings->name,
        .target = fault->settings->target,
        .from_ns = fault->from_ns,
        .to_ns = fault->to_ns,
        .touched = fault->reach->touched(f, fault),
    };

    describe_fault(fault, facts.what);
    return facts;
}

bool fault_hits(const struct flow *flow, const Stormcell__Fault *set, uint32_t partition)
{
    return reach_of(set)->hits(flow, set, partition);
}
