/* agenda - a short sorted array for what comes next, a wheel of digits for the rest
 *
 * An entry is one number of 128 bits, from the top: time (64), class (2), sequence (33), kind (5), entity (24). The order of these
 * numbers is the order of the agenda; sequence numbers differ, so kind and entity never decide.
 *
 * `near` holds the earliest entries, sorted with the earliest last, where it pops. `bound` is the promise between the two parts:
 * what is less lies in near, what is not less lies in the wheel. A push is one comparison with it. While the wheel is empty the
 * bound is infinite and near is the whole agenda: that is the fast case of few pending events. A push that would have to pass more
 * than NEAR_REACH entries of near sends all that are later than itself to the wheel, and follows them; the bound comes down, and
 * the wheel is in use until it is empty again. So there is no mode to choose and nothing to tune to a load.
 *
 * The wheel has 8 levels of 256 slots, one level for each base-256 digit of a time. An entry's level is the highest digit in which
 * its time differs from base_ns; its slot is that digit. All slots of a level are earlier than those of the next level, and within
 * a level they are ordered by digit: the first used slot of the lowest used level holds the earliest entries. When near is empty
 * that slot is opened: base_ns moves to its first time, and its entries are sorted into near if they are few, else dealt to the
 * levels below. An entry is dealt at most 7 times, whatever the times look like.
 *
 * base_ns never passes the last popped time, except inside a pop: a slot is opened only if an entry of it is about to leave. So
 * agenda_pop_before() can say no without closing the time before the next event to new ones.
 *
 * A slot is a chain of chunks, oldest first, out of a pool: it grows without copying, and its entries are read in a row. Since they
 * keep the order in which they were planned, a slot of equal times, however many, is nearly always sorted already.
 */
#include "stormcell/agenda.h"

#include <stdlib.h>
#include <string.h>

#include "stormcell/must.h"
#include "stormcell/pool.h"

typedef unsigned __int128 entry;

enum {
    ENTITY_BITS = 24,
    KIND_BITS = 5,
    SEQUENCE_SHIFT = ENTITY_BITS + KIND_BITS,
    CLASS_SHIFT = 62,
    CLASSES = 4,

    DIGIT_BITS = 8,
    SLOTS = 1 << DIGIT_BITS,
    LEVELS = 8,
    WORDS = SLOTS / 64,

    CHUNK_CELLS = 32, /* of 16 bytes; the first is the chunk's own */
    CHUNK_ENTRIES = CHUNK_CELLS - 1,

    NEAR_FILL = 256,  /* a slot of more entries is dealt */
    NEAR_ENOUGH = 24, /* with fewer entries in near, more slots are taken along */
    NEAR_REACH = 64,  /* entries that a push may pass */
    NEAR_FEW = 12,    /* up to so many entries, branches cost more than moves */
    RANK_UP_TO = 16,  /* up to so many entries, comparing all with all is the fastest sort */
    SPREAD_BITS = 6,
    SPREAD = 1 << SPREAD_BITS,
};

#define NO_BOUND (~(entry)0)

struct chunk {
    uint32_t next; /* chunk of the same slot; undefined in the last */
    entry entries[CHUNK_ENTRIES];
};

_Static_assert(sizeof(struct chunk) == CHUNK_CELLS * sizeof(entry), "a chunk is an array of cells");

/* `room` is the cell for the next entry, counted over all chunks: chunk * CHUNK_CELLS + 1 and up. If it is a multiple of
 * CHUNK_CELLS there is no room: the last chunk is full, or, if 0, there is none. So a push touches the slot and the cell, and no
 * header between. */
struct slot {
    uint32_t first; /* chunk; undefined if room is 0 */
    uint32_t room;
};

struct agenda {
    entry *near;                               /* descending */
    size_t near_low, near_high, near_capacity; /* it holds [near_low, near_high) */
    entry bound;
    int64_t now_ns;          /* time of the last pop */
    uint64_t order[CLASSES]; /* class and sequence number of its next event, where an entry has them */

    int64_t base_ns;
    size_t in_wheel;
    struct pool chunks;
    uint32_t used_levels;         /* a bit for each level with a used slot */
    uint64_t used[LEVELS][WORDS]; /* a bit for each used slot */
    struct slot slots[LEVELS][SLOTS];
};

/* ---- entries */

static inline int64_t entry_at(entry e)
{
    return (int64_t)(uint64_t)(e >> 64);
}

static inline uint32_t entry_entity(entry e)
{
    return (uint32_t)e & AGENDA_ENTITY_MAX;
}

static inline uint32_t entry_kind(entry e)
{
    return (uint32_t)e >> ENTITY_BITS & AGENDA_KIND_MAX;
}

static int later_first(const void *a, const void *b)
{
    entry x = *(const entry *)a, y = *(const entry *)b;

    return (x < y) - (x > y);
}

/* ---- create and free */

struct agenda *agenda_create(void)
{
    struct agenda *a = xcalloc(1, sizeof(*a));

    a->bound = NO_BOUND;
    a->near_capacity = NEAR_FILL * 2;
    a->near = xmalloc(NEAR_FILL * 2 * sizeof(entry));
    for (unsigned i = 0; i < CLASSES; i++)
        a->order[i] = (uint64_t)i << CLASS_SHIFT;
    pool_start(&a->chunks, sizeof(struct chunk), UINT32_MAX / CHUNK_CELLS - 1);
    return a;
}

void agenda_free(struct agenda *a)
{
    if (!a)
        return;
    pool_end(&a->chunks);
    free(a->near);
    free(a);
}

/* ---- the wheel: adding */

static inline entry *cell_at(const struct agenda *a, uint32_t cell)
{
    return (entry *)a->chunks.records + cell;
}

static inline struct chunk *chunk_at(const struct agenda *a, uint32_t index)
{
    return (struct chunk *)cell_at(a, index * CHUNK_CELLS);
}

/* Gives the slot, which is empty or whose last chunk is full, a new last chunk; returns its first cell. */
static __attribute__((noinline)) uint32_t slot_extend(struct agenda *a, unsigned level, unsigned digit)
{
    struct slot *slot = &a->slots[level][digit];
    uint32_t index = pool_take(&a->chunks);

    if (slot->room) {
        chunk_at(a, slot->room / CHUNK_CELLS - 1)->next = index;
    } else {
        slot->first = index;
        a->used[level][digit / 64] |= (uint64_t)1 << digit % 64;
        a->used_levels |= 1u << level;
    }
    return index * CHUNK_CELLS + 1;
}

/* e must not lie before base_ns. */
static inline void wheel_add(struct agenda *a, entry e)
{
    uint64_t at = (uint64_t)entry_at(e), differ = at ^ (uint64_t)a->base_ns;
    unsigned level = (63 - (unsigned)__builtin_clzll(differ | 1)) / DIGIT_BITS;
    unsigned digit = at >> level * DIGIT_BITS & (SLOTS - 1);
    struct slot *slot = &a->slots[level][digit];
    uint32_t cell = slot->room;

    if (cell % CHUNK_CELLS == 0)
        cell = slot_extend(a, level, digit);
    *cell_at(a, cell) = e;
    slot->room = cell + 1;
}

/* ---- the wheel: opening a slot */

/* The first used slot, and the times that belong there: [from_ns, to_ns]. */
struct place {
    unsigned level, digit;
    int64_t from_ns, to_ns;
};

static struct place wheel_first(const struct agenda *a)
{
    struct place p = {.level = (unsigned)__builtin_ctz(a->used_levels)};
    const uint64_t *used = a->used[p.level];
    unsigned word = 0, shift = p.level * DIGIT_BITS;
    uint64_t below = ((uint64_t)1 << shift) - 1;
    uint64_t above = ~(below << DIGIT_BITS | (SLOTS - 1));

    while (!used[word])
        word++;
    p.digit = word * 64 + (unsigned)__builtin_ctzll(used[word]);
    p.from_ns = (int64_t)(((uint64_t)a->base_ns & above) | (uint64_t)p.digit << shift);
    p.to_ns = (int64_t)((uint64_t)p.from_ns | below);
    return p;
}

/* Entries in the chunk that is `index` of `slot`: all but the last are full. */
static inline uint32_t chunk_count(const struct slot *slot, uint32_t index)
{
    return (slot->room - 1) / CHUNK_CELLS == index ? (slot->room - 1) % CHUNK_CELLS : CHUNK_ENTRIES;
}

static inline uint32_t chunk_next(const struct agenda *a, const struct slot *slot, uint32_t index)
{
    return (slot->room - 1) / CHUNK_CELLS == index ? 0 : chunk_at(a, index)->next;
}

/* Whether the slot holds an entry at or before limit_ns. If not, the bound learns where its earliest entry is, so that the next
 * question costs nothing. */
static bool slot_reaches(struct agenda *a, const struct slot *slot, int64_t limit_ns)
{
    entry earliest = NO_BOUND;

    for (uint32_t index = slot->first; index; index = chunk_next(a, slot, index)) {
        const entry *entries = chunk_at(a, index)->entries;
        uint32_t count = chunk_count(slot, index);

        for (uint32_t i = 0; i < count; i++)
            if (entries[i] < earliest)
                earliest = entries[i];
    }
    if (entry_at(earliest) <= limit_ns)
        return true;
    a->bound = earliest;
    return false;
}

/* How many entries it holds, or some number above `enough`. */
static size_t slot_count(const struct agenda *a, const struct slot *slot, size_t enough)
{
    size_t count = 0;

    for (uint32_t index = slot->first; index && count <= enough; index = chunk_next(a, slot, index))
        count += chunk_count(slot, index);
    return count;
}

/* Takes the slot off the wheel; its chunks are the caller's. */
static struct slot slot_close(struct agenda *a, const struct place *p)
{
    uint64_t *used = a->used[p->level];
    struct slot closed = a->slots[p->level][p->digit];

    a->slots[p->level][p->digit].room = 0;
    used[p->digit / 64] &= ~((uint64_t)1 << p->digit % 64);
    if (!(used[0] | used[1] | used[2] | used[3]))
        a->used_levels &= ~(1u << p->level);
    return closed;
}

/* Copies the first chunk of a closed slot to `entries`, gives it back, and goes on to the next; returns how many entries it held.
 * The copy lets the dealing use the memory again while it is warm. */
static uint32_t slot_shift(struct agenda *a, struct slot *slot, entry *entries)
{
    uint32_t index = slot->first, count = chunk_count(slot, index);

    memcpy(entries, chunk_at(a, index)->entries, count * sizeof(entry));
    slot->first = chunk_next(a, slot, index);
    pool_give(&a->chunks, index);
    return count;
}

/* Deals the entries of a closed slot to the levels below. */
static void wheel_deal(struct agenda *a, struct slot slot)
{
    entry entries[CHUNK_ENTRIES];

    while (slot.first) {
        uint32_t count = slot_shift(a, &slot, entries);

        for (uint32_t i = 0; i < count; i++)
            wheel_add(a, entries[i]);
    }
}

/* ---- near: filling */

static __attribute__((noinline)) void near_grow(struct agenda *a, size_t count)
{
    while (a->near_capacity < count)
        a->near_capacity *= 2;
    a->near = xrealloc(a->near, a->near_capacity, sizeof(entry));
}

static inline void near_reserve(struct agenda *a, size_t count)
{
    if (count > a->near_capacity)
        near_grow(a, count);
}

/* For entries that are nearly in place. */
static void sort_by_insertion(entry *entries, size_t count)
{
    for (size_t sorted = 1; sorted < count; sorted++) {
        entry e = entries[sorted];
        size_t i = sorted;

        while (i && entries[i - 1] < e) {
            entries[i] = entries[i - 1];
            i--;
        }
        entries[i] = e;
    }
}

/* Sorts few entries into near: the place of each is the number of later ones. No branch depends on their order, so none is
 * mispredicted. */
static void near_rank(entry *near, const entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        entry e = entries[i];
        size_t later = 0;

        for (size_t j = 0; j < count; j++)
            later += entries[j] > e;
        near[later] = e;
    }
}

/* Puts entries into near, judged by six bits of their time from `shift` on: later ones to the front, and of those alike, the newer
 * one. */
static void near_spread(entry *near, const entry *entries, size_t count, unsigned shift)
{
    uint32_t end[SPREAD] = {0}, total = 0;

    for (size_t i = 0; i < count; i++)
        end[entry_at(entries[i]) >> shift & (SPREAD - 1)]++;
    for (unsigned i = SPREAD; i-- > 0;) {
        total += end[i];
        end[i] = total;
    }
    for (size_t i = 0; i < count; i++)
        near[--end[entry_at(entries[i]) >> shift & (SPREAD - 1)]] = entries[i];
}

/* Puts a slot of at most NEAR_FILL entries before what is in near already, all of which is earlier. */
static void near_take_few(struct agenda *a, const struct place *p)
{
    struct slot slot = slot_close(a, p);
    entry entries[NEAR_FILL];
    size_t count = 0;

    while (slot.first)
        count += slot_shift(a, &slot, entries + count);
    a->near_low -= count;
    if (count <= RANK_UP_TO) {
        near_rank(a->near + a->near_low, entries, count);
    } else {
        near_spread(a->near + a->near_low, entries, count, p->level ? p->level * DIGIT_BITS - SPREAD_BITS : 0);
        sort_by_insertion(a->near + a->near_low, count);
    }
}

/* A slot of many equal times: read backwards it is sorted, unless entries came back to it from near, or classes are mixed. */
static void near_take_equals(struct agenda *a, const struct place *p)
{
    struct slot slot = slot_close(a, p);
    size_t count = slot_count(a, &slot, SIZE_MAX);
    bool sorted = true;

    near_reserve(a, count);
    a->near_low = 0;
    a->near_high = count;
    while (slot.first) {
        entry entries[CHUNK_ENTRIES];
        uint32_t shifted = slot_shift(a, &slot, entries);

        for (uint32_t i = 0; i < shifted; i++)
            a->near[--count] = entries[i];
    }
    for (size_t i = 1; i < a->near_high && sorted; i++)
        sorted = a->near[i - 1] > a->near[i];
    if (!sorted)
        qsort(a->near, a->near_high, sizeof(entry), later_first);
}

/* Brings the wheel's earliest slot that need not be dealt into near, which is empty; false when no entry at or before limit_ns is
 * left. */
static bool near_open(struct agenda *a, int64_t limit_ns)
{
    while (a->used_levels && entry_at(a->bound) <= limit_ns) {
        struct place p = wheel_first(a);
        const struct slot *slot = &a->slots[p.level][p.digit];

        if (p.from_ns > limit_ns || (p.to_ns > limit_ns && !slot_reaches(a, slot, limit_ns)))
            return false;
        a->base_ns = p.from_ns;
        if (slot_count(a, slot, NEAR_FILL) <= NEAR_FILL) {
            near_take_few(a, &p);
            return true;
        }
        if (p.level == 0) {
            near_take_equals(a, &p);
            return true;
        }
        wheel_deal(a, slot_close(a, &p));
    }
    return false;
}

/* Fills near, which is empty; false when no entry at or before limit_ns is left. Where slots are sparse, some more are taken along:
 * base_ns stays at the first, so that new entries still find their slots behind it. */
static __attribute__((noinline)) bool near_refill(struct agenda *a, int64_t limit_ns)
{
    a->near_low = a->near_high = NEAR_FILL;
    if (!near_open(a, limit_ns))
        return false;
    while (a->used_levels && a->near_high - a->near_low < NEAR_ENOUGH) {
        struct place p = wheel_first(a);

        if (slot_count(a, &a->slots[p.level][p.digit], NEAR_FILL) > a->near_low)
            break;
        near_take_few(a, &p);
    }
    a->in_wheel -= a->near_high - a->near_low;
    a->bound = a->used_levels ? a->near[a->near_low] : NO_BOUND;
    return true;
}

/* ---- push and pop */

/* e would have to pass many entries of near: those later than e go to the wheel, and e follows. What is left of near is earlier. */
static __attribute__((noinline)) void near_spill(struct agenda *a, entry e)
{
    size_t keep = a->near_low;

    if (!a->used_levels)
        a->base_ns = a->now_ns;
    while (a->near[keep] > e)
        keep++;
    a->bound = a->near[keep];
    for (size_t i = keep; i > a->near_low; i--)
        wheel_add(a, a->near[i - 1]);
    wheel_add(a, e);
    a->in_wheel += keep - a->near_low + 1;
    a->near_low = keep;
}

/* While few are pending, e is carried past all of them without a branch: whether it is earlier or later is a coin, and a
 * mispredicted coin costs more than ten such moves. */
static inline void near_insert_among_few(struct agenda *a, entry e)
{
    entry *near = a->near;

    for (size_t i = a->near_high++; i > a->near_low; i--) {
        entry last = near[i - 1];
        bool passes = last < e;

        near[i] = passes ? last : e;
        e = passes ? e : last;
    }
    near[a->near_low] = e;
}

static inline void near_insert(struct agenda *a, entry e)
{
    size_t i = a->near_high, pending = i - a->near_low;
    entry *near;

    near_reserve(a, i + 1);
    if (pending <= NEAR_FEW) {
        near_insert_among_few(a, e);
        return;
    }
    near = a->near;
    if (pending > NEAR_REACH && near[i - NEAR_REACH - 1] < e) {
        near_spill(a, e);
        return;
    }
    for (; i > a->near_low && near[i - 1] < e; i--)
        near[i] = near[i - 1];
    near[i] = e;
    a->near_high++;
}

void agenda_push(struct agenda *a, int64_t at_ns, enum agenda_class class, uint32_t kind, uint32_t entity)
{
    uint64_t order;
    entry e;

    must(at_ns >= a->now_ns);
    must((unsigned)class < CLASSES && kind <= AGENDA_KIND_MAX && entity <= AGENDA_ENTITY_MAX);
    order = a->order[class];
    must(order >> CLASS_SHIFT == class);
    a->order[class] = order + ((uint64_t)1 << SEQUENCE_SHIFT);
    e = (entry)(uint64_t)at_ns << 64 | order | kind << ENTITY_BITS | entity;
    if (e < a->bound) {
        near_insert(a, e);
    } else {
        wheel_add(a, e);
        a->in_wheel++;
    }
}

bool agenda_pop_before(struct agenda *a, int64_t limit_ns, struct sim_event *out)
{
    entry e;

    if (a->near_low == a->near_high && !near_refill(a, limit_ns))
        return false;
    e = a->near[a->near_high - 1];
    if (entry_at(e) > limit_ns)
        return false;
    a->near_high--;
    a->now_ns = entry_at(e);
    *out = (struct sim_event){.at_ns = entry_at(e), .kind = entry_kind(e), .entity = entry_entity(e)};
    return true;
}

bool agenda_pop(struct agenda *a, struct sim_event *out)
{
    return agenda_pop_before(a, INT64_MAX, out);
}

bool agenda_peek_entity(const struct agenda *a, unsigned ahead, uint32_t *entity)
{
    if (ahead >= a->near_high - a->near_low)
        return false;
    *entity = entry_entity(a->near[a->near_high - 1 - ahead]);
    return true;
}

size_t agenda_pending(const struct agenda *a)
{
    return a->near_high - a->near_low + a->in_wheel;
}
