/* check_rollout - rollouts, their rings, gates and flaws; rollbacks and restarts */
#include <string.h>

#include "scenario/check_inside.h"

/* ---------------------------------------------------------------- rings */

/* The replicas of a service, each with the ring that it belongs to. */
struct claim {
    struct check *c;
    const Stormcell__Service *service;
    const char **ring; /* by set and replica; NULL: none yet */
    const char *path;  /* of the target that claims */
};

/* False: another ring has it already, which is said once for each target. */
static bool claim_replica(struct claim *x, uint64_t set, uint64_t replica, const char *ring)
{
    uint64_t number = set * x->service->replicas + replica;

    if (!x->ring[number]) {
        x->ring[number] = ring;
        return true;
    }
    if (x->service->per == STORMCELL__SERVICE__PER__PER_PARTITION)
        check_problem(x->c, x->path, "replica %llu of partition %llu is in ring %s already", (unsigned long long)replica,
                      (unsigned long long)set, diag_quote(x->c->diag, x->ring[number]));
    else if (x->service->per == STORMCELL__SERVICE__PER__PER_REGION)
        check_problem(x->c, x->path, "replica %llu of %s@%s is in ring %s already", (unsigned long long)replica, x->service->name,
                      x->c->m->regions[set]->name, diag_quote(x->c->diag, x->ring[number]));
    else
        check_problem(x->c, x->path, "replica %llu is in ring %s already", (unsigned long long)replica,
                      diag_quote(x->c->diag, x->ring[number]));
    return false;
}

static uint64_t sets_of(const struct check *c, const Stormcell__Service *s)
{
    if (s->per == STORMCELL__SERVICE__PER__PER_REGION)
        return c->m->n_regions;
    return s->per == STORMCELL__SERVICE__PER__PER_PARTITION ? check_partition_count(c) : 1;
}

/* Is it one of the sets that the selector names? */
static bool names_set(const struct claim *x, const struct check_selector *sel, uint64_t set)
{
    uint32_t first, count;

    if (sel->has_partition)
        return sel->partition == set;
    if (!sel->region)
        return true;
    if (x->service->per == STORMCELL__SERVICE__PER__PER_REGION)
        return strcmp(x->c->m->regions[set]->name, sel->region) == 0;
    return check_region(x->c, sel->region, &first, &count) && set >= first && set - first < count;
}

static void claim_target(struct claim *x, const struct check_selector *sel, const char *ring)
{
    for (uint64_t set = 0; set < sets_of(x->c, x->service); set++)
        for (uint64_t i = 0; i < x->service->replicas && names_set(x, sel, set); i++)
            if ((!sel->has_replica || sel->replica == i) && !claim_replica(x, set, i, ring))
                return;
}

/* A target of a ring names replicas of the service that is changed, which no other ring has. */
static void check_ring_target(struct claim *x, const char *target, const char *ring)
{
    struct check_selector sel;
    const Stormcell__Service *s = *target ? check_selector(x->c, target, &sel, x->path) : NULL;

    if (!s)
        return;
    check_one_set(x->c, s, &sel, x->path);
    if (s != x->service)
        check_problem(x->c, x->path, "%s is another service: expected replicas of %s", diag_quote(x->c->diag, s->name),
                      diag_quote(x->c->diag, x->service->name));
    else if (x->c->clean && !(sel.has_replica && sel.sets > 1))
        claim_target(x, &sel, ring);
}

static const Stormcell__Service *service_called(const struct check *c, const char *name)
{
    for (size_t i = 0; i < c->m->n_services; i++)
        if (strcmp(c->m->services[i]->name, name) == 0)
            return c->m->services[i];
    return NULL;
}

static void check_rings(struct check *c, const Stormcell__Rollout *r, const Stormcell__Service *s, const char *path)
{
    struct claim claim = {.c = c, .service = s};

    claim.ring = arena_take(c->arena, (c->clean ? sets_of(c, s) * s->replicas + 1 : 1) * sizeof *claim.ring);
    for (size_t i = 0; i < r->n_rings; i++) {
        const char *targets = check_path(c, check_path(c, path, r->rings[i]->name), "targets");

        if (r->rings[i]->n_targets == 0)
            check_problem(c, check_path(c, path, r->rings[i]->name), "a ring of no replicas: expected targets, such as targets: %s",
                          s->name);
        for (size_t k = 0; k < r->rings[i]->n_targets; k++) {
            claim.path = check_path_at(c, targets, k);
            check_ring_target(&claim, r->rings[i]->targets[k], r->rings[i]->name);
        }
    }
}

/* ---------------------------------------------------------------- flaws */

static void check_flaw_operation(struct check *c, const Stormcell__Flaw *flaw, const Stormcell__Service *s, const char *path)
{
    struct check_names names = {arena_take(c->arena, (s->n_operations + 1) * sizeof *names.list), 0};

    for (size_t i = 0; i < s->n_operations; i++)
        names.list[names.count++] = s->operations[i]->name;
    if (check_known(&names, flaw->operation))
        return;
    c->unresolved = true;
    check_no_such(c, check_path(c, path, "operation"), arena_format(c->arena, "operation of %s called", s->name), flaw->operation,
                  &names);
}

/* A broken replica does it to all requests, and until it is mended. */
static void check_flaw_kind(struct check *c, const char *path, bool has_share, bool flaps)
{
    if (has_share)
        check_problem(c, check_path(c, path, "share"),
                      "a broken replica does this to all requests: expected no share here; that of "
                      "the flaw is the chance to break");
    if (flaps)
        check_problem(c, check_path(c, path, "flap"), "a broken replica stays broken until it is mended: expected no flap");
}

static void check_flaw(struct check *c, const Stormcell__Flaw *flaw, const Stormcell__Service *s, const char *path)
{
    if (flaw->operation)
        check_flaw_operation(c, flaw, s, path);
    if (flaw->share_ratio <= 0)
        check_problem(c, check_path(c, path, "share"), "nothing would ever break: expected more than 0%%, or no flaw");
    switch (flaw->kind_case) {
    case STORMCELL__FLAW__KIND_HANG:
        check_flaw_kind(c, check_path(c, path, "hang"), flaw->hang->has_share_ratio, flaw->hang->flap);
        break;
    case STORMCELL__FLAW__KIND_CRASH:
        check_flaw_kind(c, check_path(c, path, "crash"), flaw->crash->has_share_ratio, flaw->crash->flap);
        break;
    case STORMCELL__FLAW__KIND_SLOW:
        check_flaw_kind(c, check_path(c, path, "slow"), flaw->slow->has_share_ratio, flaw->slow->flap);
        break;
    case STORMCELL__FLAW__KIND_ERROR:
        check_flaw_kind(c, check_path(c, path, "error"), flaw->error->has_share_ratio, flaw->error->flap);
        break;
    default:
        check_problem(c, path, "missing: expected one of hang, crash, slow or error, such as hang: {}");
    }
}

void check_rollout(struct check *c, const void *message, const char *path)
{
    const Stormcell__Rollout *r = message;
    const Stormcell__Service *s = service_called(c, r->service);

    check_moment(c, check_path(c, path, "at"), r->at_t_ns);
    if (r->gate)
        check_line(c, check_path(c, path, "gate"), r->gate, true);
    else if (r->has_rolls_back)
        check_doubt(c, check_path(c, path, "rolls_back"), "changes nothing: there is no gate");
    if (s) {
        check_rings(c, r, s, check_path(c, path, "rings"));
        if (r->flaw)
            check_flaw(c, r->flaw, s, check_path(c, path, "flaw"));
    } else if (*r->service) {
        c->unresolved = true;
        check_no_such(c, check_path(c, path, "service"), "service", r->service, &c->services);
    }
}

/* ---------------------------------------------------------------- what operators do */

void check_rollback(struct check *c, const void *message, const char *path)
{
    const Stormcell__Rollback *r = message;

    if (!check_known(&c->rollouts, r->rollout))
        check_no_such(c, check_path(c, path, "rollout"), "rollout", r->rollout, &c->rollouts);
}

void check_restart(struct check *c, const void *message, const char *path)
{
    const Stormcell__Restart *r = message;
    const char *target = check_path(c, path, "target");
    struct check_selector sel;
    const Stormcell__Service *s = *r->target ? check_selector(c, r->target, &sel, target) : NULL;

    if (s)
        check_one_set(c, s, &sel, target);
    if (!s || r->which == STORMCELL__RESTART__WHICH__WHICH_ALL)
        return;
    for (size_t i = 0; i < c->m->n_rollouts; i++)
        if (!service_called(c, c->m->rollouts[i]->service) ||
            (c->m->rollouts[i]->flaw && strcmp(c->m->rollouts[i]->service, s->name) == 0))
            return;
    check_problem(c, target, "nothing breaks %s: no rollout with a flaw changes it; expected which: all, or no such step",
                  diag_quote(c->diag, s->name));
}
