/* runbook - what operators do: at a time, or a human delay after a metric has crossed a line
 *
 * A step is carried out once. Its event is of the operators' class: it comes before all that clients do at that time.
 */
#ifndef RUNBOOK_RUNBOOK_H
#define RUNBOOK_RUNBOOK_H

#include "flow/core.h"
#include "flow/flow.h"
#include "stormcell/metric.h"
#include "world/mail.h"

struct runbook;

/* What a step can reach. `resolve` gives live values of metrics, `stepped` hears of each step (by its phase name) when it is
 * carried out, `repair` ends a fault of that name, `rollback` and `restart` do what they say (of the step with that name),
 * `publish` writes a post. */
struct runbook_reach {
    struct core *core;
    struct flow *flow;
    struct mail *mail;
    metric_resolver *resolve;
    void (*stepped)(void *context, const char *name);
    void (*repair)(void *context, const char *fault);
    void (*rollback)(void *context, const Stormcell__Rollback *set);
    void (*restart)(void *context, const Stormcell__Restart *set, const char *step);
    void (*publish)(void *context, const char *text);
    void *context;
};

struct runbook *runbook_create(const struct runbook_reach *reach, const Stormcell__Scenario *sc);
void runbook_free(struct runbook *r);

void runbook_on_step(struct runbook *r, uint32_t step);
void runbook_on_watch(struct runbook *r, uint32_t step);

#endif
