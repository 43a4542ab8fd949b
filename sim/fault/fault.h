/* fault - what goes wrong: when, where, how much; the levers of flow do it
 *
 * A fault lasts from its `at` for its `for`, or until a runbook step repairs it. With a flap it comes and goes meanwhile.
 */
#ifndef FAULT_FAULT_H
#define FAULT_FAULT_H

#include "flow/core.h"
#include "flow/flow.h"
#include "flow/lever.h"

struct faults;

/* One kind of fault: one file, one row. */
struct fault_kind {
    Stormcell__Fault__KindCase which;
    const char *name;
    /* Fills the lever from the settings of the fault; NULL: it pulls none. */
    void (*lever)(const Stormcell__Fault *set, struct lever *lever);
    /* Its flap, or NULL. */
    const Stormcell__Flap *(*flap)(const Stormcell__Fault *set);
    /* Adds to its name what else is to be said of the lever, in words; NULL: its share, and how slow it makes. */
    void (*describe)(const struct lever *lever, char *out, size_t size);
    /* Of kinds that pull no lever: what it is, in words that follow its name. */
    void (*words)(const Stormcell__Fault *set, char *out, size_t size);
};

extern const struct fault_kind fault_hang, fault_crash, fault_slow, fault_error, fault_cut, fault_lossy, fault_cache_defect,
    fault_surge;

/* Plans all faults of the scenario and marks the partitions that they hit. `changed` hears of each beginning (true) and end (false)
 * of a fault as a whole, not of the spells of a flap, before the world sees it. */
typedef void fault_changed(void *context, uint32_t fault, bool begins);
struct faults *faults_create(struct core *core, struct flow *flow, const Stormcell__Scenario *sc);
void faults_listen(struct faults *f, fault_changed *changed, void *context);
void faults_free(struct faults *f);

/* Whom surges tell how often a population asks from now on, as a multiple of what it says (0: never), and who knows how often it
 * has asked. */
struct fault_surges {
    void (*ask)(void *context, uint32_t population, double factor);
    uint64_t (*births)(void *context, uint32_t population);
    void *context;
};
void faults_surges(struct faults *f, const struct fault_surges *surges);

void faults_on_begin(struct faults *f, uint32_t fault);
void faults_on_end(struct faults *f, uint32_t fault);

/* The lever of runbooks: the fault is over now. A fault that has not begun never will; one that is over stays so. */
void faults_repair(struct faults *f, uint32_t fault);
int fault_number(const struct faults *f, const char *name); /* -1: none */

/* For the result. */
struct fault_facts {
    const char *name, *target;
    char what[96];
    int64_t from_ns, to_ns; /* to_ns INT64_MAX: never ended */
    uint64_t touched;
};
uint32_t faults_count(const struct faults *f);
struct fault_facts faults_facts(const struct faults *f, uint32_t fault);

/* Does a fault of the scenario hit this partition? Caches and populations are those of everybody. */
bool fault_hits(const struct flow *flow, const Stormcell__Fault *set, uint32_t partition);

#endif
