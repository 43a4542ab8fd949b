/* check_inside - what the parts of the check share */
#ifndef STORMCELL_CHECK_INSIDE_H
#define STORMCELL_CHECK_INSIDE_H

#include "scenario/check.h"
#include "scenario/path.h"
#include "stormcell/metric.h"

/* One operation of one service. */
struct check_operation {
    const char *name; /* access.open */
    size_t service;
    const Stormcell__Operation *operation;
    const char *path; /* access.operations.open */
};

/* Names to choose from. */
struct check_names {
    const char **list;
    size_t count;
};

/* One check of a scenario. */
struct check {
    const struct check_input *in;
    struct arena *arena;
    struct diag *diag;
    Stormcell__Scenario *m;
    struct check_operation *operations; /* sorted by name */
    size_t operation_count;
    /* Names that may be referred to. Phases are faults and named runbook steps; strategies begin with baseline. */
    struct check_names services, transports, populations, faults, phases, strategies, operation_names;
    bool clean;      /* nothing was wrong when it was bound: what needs the whole can be judged */
    bool unresolved; /* a call leads to no operation: who reaches what cannot be judged */
};

/* Adds an error at a path, unless what stands there was wrong already. */
void check_problem(struct check *c, const char *path, const char *format, ...) __attribute__((format(printf, 3, 4)));
void check_doubt(struct check *c, const char *path, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Are there so many errors already that no more are added? */
bool check_full(const struct check *c);

/* "path.key", "list[3]", in the arena. */
const char *check_path(struct check *c, const char *path, const char *key);
const char *check_path_at(struct check *c, const char *path, size_t index);

/* A duration as text, in the arena. */
const char *check_duration(struct check *c, int64_t ns);

/* Adds "no <what> 'name'; did you mean ...?" */
void check_no_such(struct check *c, const char *path, const char *what, const char *name, const struct check_names *names);

bool check_known(const struct check_names *names, const char *name);

uint32_t check_partition_count(const struct check *c);

/* The parts, each in the file of its name. */
void check_names_unique(struct check *c);
void check_messages(struct check *c);
void check_collect_operations(struct check *c);
const struct check_operation *check_find_operation(const struct check *c, const char *name);
void check_operation_reference(struct check *c, const char *path, const char *name);
void check_circles(struct check *c);
void check_reach(struct check *c);
void check_target(struct check *c, const Stormcell__Fault *f, const char *path);
void check_line(struct check *c, const char *path, const char *text, bool live);
void check_lines(struct check *c);
void check_sessions(struct check *c, const Stormcell__Population *p, const char *path);
void check_sessions_in_all(struct check *c);
void check_series(struct check *c, const char *path, const char *text);
void check_assumed(struct check *c);

/* What `target:` names. */
struct check_selector {
    const char *service;
    bool has_partition, has_replica;
    uint64_t partition, replica;
};

/* Reads a selector; false when it is none. */
bool check_read_selector(struct arena *arena, const char *text, struct check_selector *out);

#endif
