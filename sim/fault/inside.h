/* inside - what the files of sim/fault share */
#ifndef FAULT_INSIDE_H
#define FAULT_INSIDE_H

#include "fault/fault.h"
#include "stormcell/dist.h"

enum fault_state { FAULT_PLANNED, FAULT_ON, FAULT_OVER };

struct fault {
    const Stormcell__Fault *settings;
    const struct fault_kind *kind;
    const struct reach *reach;
    union {
        struct {
            uint32_t lever;
            union {
                struct stations stations;
                struct link_cover link;
            };
        };
        uint32_t defect; /* of a cache */
        struct {
            uint32_t population;            /* of a surge */
            uint64_t births, births_before; /* of that population while it was on, and before this spell */
        };
    };
    const Stormcell__Flap *flap;
    struct dist failing, working;
    uint64_t flap_key;
    uint32_t spells;
    enum fault_state state;
    bool pulled;    /* in a failing spell */
    int64_t due_ns; /* of the event that counts; others are stale */
    int64_t from_ns, to_ns;
};

struct faults {
    struct core *core;
    struct flow *flow;
    const Stormcell__Scenario *scenario;
    struct fault *items;
    uint32_t count;
    fault_changed *changed;
    void *context;
    struct fault_surges surges;
};

/* What the target of a fault names, and how the fault works there. A new kind of target is one row in reach.c. */
struct reach {
    bool (*names)(const Stormcell__Fault *set);
    void (*find)(struct faults *f, struct fault *fault);
    void (*pull)(struct faults *f, struct fault *fault, bool on);
    uint64_t (*touched)(const struct faults *f, const struct fault *fault);
    bool (*hits)(const struct flow *flow, const Stormcell__Fault *set, uint32_t partition);
};
const struct reach *reach_of(const Stormcell__Fault *set);

/* The lever of a kind that has one, as its settings say. */
struct lever fault_lever(const Stormcell__Fault *set, const struct fault_kind *kind);

#endif
