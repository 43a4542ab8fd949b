/* agenda - the pending events of one run, earliest first
 *
 * Events leave in the order of (time, class, sequence number): at one time, healing comes before operators, operators before the
 * world, the world before time-outs, and within a class, first planned is first out. So equal inputs give equal runs. Each class
 * has a counter of its own, so that a replayed operator command shifts no tie of the world.
 *
 * Inside, a monotone radix queue (after Ahuja, Mehlhorn, Orlin, Tarjan 1990) with base-256 digits: an event's slot is the highest
 * digit in which its time differs from the time of the last opened slot, and that digit. Chunked slots from a pool, bitmaps to find
 * the next, small slots sorted into an array that pops from its end. While few events are pending, that array is all there is.
 * Exact order, no tuning, no collapse on ties or heavy tails.
 *
 * An event is 16 bytes. It cannot be cancelled: its handler finds that it is stale (the entity's own due time differs).
 * An agenda belongs to one run and takes no locks.
 */
#ifndef STORMCELL_AGENDA_H
#define STORMCELL_AGENDA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct agenda;

/* Who goes first at one time. */
enum agenda_class {
    AGENDA_HEALING,  /* the end of a fault */
    AGENDA_OPERATOR, /* runbook steps, drill commands */
    AGENDA_WORLD,    /* all that clients and servers do, and the beginning of faults */
    AGENDA_TIMEOUT,  /* callers who give up: what is answered at that moment is in time */
};

/* An event as it leaves: when, what kind, whom. kind < 32, entity < 2^24. */
struct sim_event {
    int64_t at_ns;
    uint32_t kind;
    uint32_t entity;
};

/* Greatest entity and kind. */
enum { AGENDA_ENTITY_MAX = (1 << 24) - 1, AGENDA_KIND_MAX = 31 };

/* Returns an empty agenda; end it with agenda_free(). */
struct agenda *agenda_create(void);
void agenda_free(struct agenda *a);

/* Plans an event; at_ns must not lie before the last pop. */
void agenda_push(struct agenda *a, int64_t at_ns, enum agenda_class class, uint32_t kind, uint32_t entity);

/* Moves the earliest event to `out`; false when none is left. */
bool agenda_pop(struct agenda *a, struct sim_event *out);

/* The same, but only an event at or before limit_ns; when it returns false, events at any time from the last pop on may still be
 * planned. */
bool agenda_pop_before(struct agenda *a, int64_t limit_ns, struct sim_event *out);

/* Entity of the event that is `ahead` places (0: next) from the front, if it is already sorted; for prefetching the entity's
 * record. */
bool agenda_peek_entity(const struct agenda *a, unsigned ahead, uint32_t *entity);

size_t agenda_pending(const struct agenda *a);

#endif
