/* check_inside - what the parts of the check share */
#ifndef STORMCELL_CHECK_INSIDE_H
#define STORMCELL_CHECK_INSIDE_H

#include "scenario/check.h"
#include "scenario/path.h"
#include "stormcell/metric.h"

#define CHECK_REPLICAS_MAX 10000000 /* of one service, over all its sets */

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

/* A runbook step sends users of one service to another, by number. */
struct check_detour {
    size_t from, to;
};

/* One check of a scenario. */
struct check {
    const struct check_input *in;
    struct arena *arena;
    struct diag *diag;
    Stormcell__Scenario *m;
    struct check_operation *operations; /* sorted by name */
    size_t operation_count;
    /* Names that may be referred to. Phases are faults, rollouts and named runbook steps; strategies begin with baseline. */
    struct check_names services, transports, populations, faults, links, rollouts, phases, strategies, operation_names, regions;
    struct check_detour *detours;
    size_t detour_count;
    bool clean;      /* nothing was wrong when it was bound: what needs the whole can be judged */
    bool unresolved; /* a call leads to no operation: who reaches what cannot be judged */
};

/* Adds an error at a path, unless what stands there was wrong already. */
void check_problem(struct check *c, const char *path, const char *format, ...) __attribute__((format(printf, 3, 4)));
void check_doubt(struct check *c, const char *path, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Was nothing wrong with what stands at a path when it was bound? What its parts say to each other can be judged only then. */
bool check_whole(struct check *c, const char *path);

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
const Stormcell__Service *check_find_service(const struct check *c, const char *name, size_t length);
void check_operation_reference(struct check *c, const char *path, const char *name);
void check_circles(struct check *c);
void check_reach(struct check *c);
/* Can it ever be longer than 0s? */
bool check_lasts(const Stormcell__Dist *d);
/* A moment of the run. */
void check_moment(struct check *c, const char *path, int64_t at_ns);
void check_target(struct check *c, const Stormcell__Fault *f, const char *path);
/* Does anybody of this population ask for anything? */
bool check_asks(const Stormcell__Population *p);
void check_link(struct check *c, const void *message, const char *path);
void check_lossy(struct check *c, const void *message, const char *path);
/* Says what is wrong with the target of a fault on a link, or with a fault that only links suffer; true when that was all. */
bool check_link_target(struct check *c, const Stormcell__Fault *f, const char *path);
/* check_caches.c: caches, and the targets of the faults that reach them. */
void check_cache(struct check *c, const void *message, const char *path);
void check_cache_sizes(struct check *c);
/* Does any call of this service look into a cache first? */
bool check_is_cached(const struct check *c, const char *service);
void check_cache_target(struct check *c, const Stormcell__Fault *f, const char *path);
void check_surge_target(struct check *c, const Stormcell__Fault *f, const char *path);
const struct check_operation *check_cache_owner(const struct check *c, const Stormcell__Fault *f);
void check_line(struct check *c, const char *path, const char *text, bool live);
void check_lines(struct check *c);
void check_limits(struct check *c);
/* Is it ever longer than 0s? */
bool check_lasts(const Stormcell__Dist *d);
void check_sessions(struct check *c, const Stormcell__Population *p, const char *path);
void check_sessions_in_all(struct check *c);
void check_series(struct check *c, const char *path, const char *text);
void check_assumed(struct check *c);
void check_dependents(struct check *c, const Stormcell__Population *p, const char *path);

/* The partitions of a region; false: there is no such region. */
bool check_region(const struct check *c, const char *name, uint32_t *first, uint32_t *count);
void check_regions(struct check *c);
void check_per_region(struct check *c, const Stormcell__Service *s, const char *path);
void check_reroute(struct check *c, const Stormcell__Reroute *r, const char *path);
/* Which services steps of the runbook send users of others to; and the operation there of those of `asked`, NULL: none. */
void check_collect_detours(struct check *c);
const struct check_operation *check_rerouted(const struct check *c, size_t detour, const struct check_operation *asked);
/* check_waits.c: rows of the table of check_messages.c. */
void check_call_waits(struct check *c, const void *message, const char *path);
void check_population_waits(struct check *c, const void *message, const char *path);
void check_queue(struct check *c, const void *message, const char *path);
void check_status_page(struct check *c, const void *message, const char *path);
void check_publish(struct check *c, const char *path);

/* What `target:` names. */
struct check_selector {
    const char *service, *region; /* region: NULL where none is named */
    bool has_partition, has_replica;
    uint64_t partition, replica;
    uint32_t sets; /* of replicas that it names; known after check_selector() */
};

/* check_rollout.c */
void check_rollout(struct check *c, const void *message, const char *path);
void check_rollback(struct check *c, const void *message, const char *path);
void check_restart(struct check *c, const void *message, const char *path);

/* Reads a selector; false when it is none. */
bool check_read_selector(struct arena *arena, const char *text, struct check_selector *out);

/* Reads one and holds it against the scenario: its service, or NULL when it names nothing, which is said. */
const Stormcell__Service *check_selector(struct check *c, const char *text, struct check_selector *out, const char *path);

/* A replica is that of one set; else there is an error. */
void check_one_set(struct check *c, const Stormcell__Service *s, const struct check_selector *sel, const char *path);

#endif
