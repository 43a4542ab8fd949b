/* agenda - a short sorted array for what comes next, a wheel of digits for the rest
 *
 * An entry is one number of 128 bits, from the top: time (64), class (2), sequence (33), kind (5), entity (24). The order of these
 * numbers is the order of the agenda; sequence numbers differ, so kind and entity never decide.
 *
 * `near` holds the earliest entries, sorted with the earliest last, where it pops. `bound` is the promise between the two parts:
 * what is less lies in near, what is not less lies in the wheel. A push is one comparison with it. While the wheel is empty the
 * bound is infinite and near is the whole agenda: that is the fast case of few pending events. A push that would have to pass more
 * than NEAR_REACH entries of near sends all that are later than itself to the wheel, and follows them; the bound comes down, and
 * the wheel is in use until it is empty again. So there are no modes and no thresholds to tune.
 *
 * The wheel has 8 levels of 256 slots, one level for each base-256 digit of a time. An entry's level is the highest digit in which
 * its time differs from base_ns; its slot is that digit. All slots of a level are earlier than those of the next level, and in a
 * level they are ordered by digit: the first used slot of the lowest used level holds the earliest entries. When near is empty that
 * slot is opened: base_ns moves to its first time, and its entries are sorted into near if they are few, else dealt to the levels
 * below. An entry is dealt at most 8 times, whatever the times look like.
 *
 * base_ns never passes the last popped time, except inside a pop: a slot is opened only if an entry of it is about to leave. So
 * agenda_pop_before() can say no without closing the time before the next event to new ones.
 *
 * A slot is a chain of chunks, oldest first, out of a pool: it costs no copying to grow and its entries are read in a row. Since
 * they keep the order in which they were planned, a slot of equal times, however large, is nearly always sorted already.
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

    CHUNK_ENTRIES = 31, /* so that a chunk has 512 bytes */
    NEAR_REACH = 48,
    NEAR_FIRST = 128,
};

#define NO_BOUND (~(entry)0)

struct chunk {
    uint32_t next; /* 0: the last of its slot */
    uint32_t count;
    entry entries[CHUNK_ENTRIES];
};

struct slot {
    uint32_t first, last; /* chunks; undefined while the slot is not marked as used */
};

struct level {
    struct slot slots[SLOTS];
    uint64_t used[WORDS]; /* one bit for each slot */
};

struct agenda {
    entry *near; /* live in [near_low, near_high), descending */
    size_t near_low, near_high, near_capacity;
    entry bound;
    int64_t now_ns;          /* time of the last pop */
    uint64_t order[CLASSES]; /* class and sequence number of its next event, where an entry has them */

    int64_t base_ns;
    uint32_t used_levels;
    size_t in_wheel;
    struct pool chunks;
    struct level levels[LEVELS];
};

/* ---- entries */

static inline int64_t entry_at(entry e)
{
    return (int64_t)(uint64_t)(e >> 64);
}

static inline uint64_t entry_order(entry e)
{
    return (uint64_t)e;
}

static inline uint32_t entry_entity(entry e)
{
    return (uint32_t)entry_order(e) & AGENDA_ENTITY_MAX;
}

static inline uint32_t entry_kind(entry e)
{
    return (uint32_t)entry_order(e) >> ENTITY_BITS & AGENDA_KIND_MAX;
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
    a->near_capacity = NEAR_FIRST;
    a->near = xmalloc(NEAR_FIRST * sizeof(entry));
    for (uint64_t rank = 0; rank < CLASSES; rank++)
        a->order[rank] = rank << CLASS_SHIFT;
    pool_start(&a->chunks, sizeof(struct chunk), UINT32_MAX);
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

/* ---- the wheel */

static inline struct chunk *chunk_at(struct agenda *a, uint32_t index)
{
    return pool_at(&a->chunks, index);
}

static uint32_t chunk_take(struct agenda *a)
{
    uint32_t index = pool_take(&a->chunks);
    struct chunk *chunk = chunk_at(a, index);

    chunk->next = 0;
    chunk->count = 0;
    return index;
}

static inline bool slot_is_used(const struct level *level, unsigned digit)
{
    return level->used[digit / 64] >> digit % 64 & 1;
}

/* The slot's last chunk, with room for one more. */
static inline struct chunk *slot_room(struct agenda *a, unsigned level_number, unsigned digit)
{
    struct level *level = &a->levels[level_number];
    struct slot *slot = &level->slots[digit];
    struct chunk *last;

    if (!slot_is_used(level, digit)) {
        level->used[digit / 64] |= (uint64_t)1 << digit % 64;
        a->used_levels |= 1u << level_number;
        slot->first = slot->last = chunk_take(a);
        return chunk_at(a, slot->last);
    }
    last = chunk_at(a, slot->last);
    if (last->count == CHUNK_ENTRIES) {
        uint32_t index = chunk_take(a);

        chunk_at(a, slot->last)->next = index;
        slot->last = index;
        last = chunk_at(a, index);
    }
    return last;
}

/* e must not lie before base_ns. */
static void wheel_add(struct agenda *a, entry e)
{
    uint64_t at = (uint64_t)entry_at(e), differ = at ^ (uint64_t)a->base_ns;
    unsigned level = (63 - (unsigned)__builtin_clzll(differ | 1)) / DIGIT_BITS;
    unsigned digit = at >> level * DIGIT_BITS & (SLOTS - 1);
    struct chunk *chunk = slot_room(a, level, digit);

    chunk->entries[chunk->count++] = e;
    a->in_wheel++;
}

/* The place of the earliest entries of the wheel, and the times that belong there: [from_ns, to_ns]. */
struct place {
    unsigned level, digit;
    int64_t from_ns, to_ns;
};

static struct place wheel_first(const struct agenda *a)
{
    struct place p = {.level = (unsigned)__builtin_ctz(a->used_levels)};
    const uint64_t *used = a->levels[p.level].used;
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

/* Whether the slot holds an entry at or before limit_ns. If not, the bound learns where its earliest entry is, so that the next
 * question costs nothing. */
static bool slot_reaches(struct agenda *a, const struct place *p, int64_t limit_ns)
{
    uint32_t index = a->levels[p->level].slots[p->digit].first;
    entry earliest = NO_BOUND;

    while (index) {
        const struct chunk *chunk = chunk_at(a, index);

        for (uint32_t i = 0; i < chunk->count; i++)
            if (chunk->entries[i] < earliest)
                earliest = chunk->entries[i];
        index = chunk->next;
    }
    if (entry_at(earliest) <= limit_ns)
        return true;
    a->bound = earliest;
    return false;
}

/* Takes the slot off the wheel; returns its first chunk. */
static uint32_t slot_close(struct agenda *a, const struct place *p)
{
    struct level *level = &a->levels[p->level];

    level->used[p->digit / 64] &= ~((uint64_t)1 << p->digit % 64);
    if (!(level->used[0] | level->used[1] | level->used[2] | level->used[3]))
        a->used_levels &= ~(1u << p->level);
    return level->slots[p->digit].first;
}

/* Copies the chunk out and gives it back; returns the next of its slot. The copy lets the dealing use the memory, still warm,
 * again. */
static uint32_t chunk_empty(struct agenda *a, uint32_t index, struct chunk *copy)
{
    const struct chunk *chunk = chunk_at(a, index);

    copy->count = chunk->count;
    memcpy(copy->entries, chunk->entries, chunk->count * sizeof(entry));
    index = chunk->next;
    return index;
}

static void near_reserve(struct agenda *a, size_t count)
{
    if (count <= a->near_capacity)
        return;
    while (a->near_capacity < count)
        a->near_capacity *= 2;
    a->near = xrealloc(a->near, a->near_capacity, sizeof(entry));
}

/* A slot of one chunk: sorted in by insertion. */
static void near_take_few(struct agenda *a, uint32_t index)
{
    struct chunk *chunk = chunk_at(a, index);
    entry *near = a->near;

    for (uint32_t taken = 0; taken < chunk->count; taken++) {
        entry e = chunk->entries[taken];
        uint32_t i = taken;

        while (i && near[i - 1] < e) {
            near[i] = near[i - 1];
            i--;
        }
        near[i] = e;
    }
    a->near_high = chunk->count;
    pool_give(&a->chunks, index);
}

/* A slot of many equal times: read backwards it is sorted, unless entries came back to it from near, or classes are mixed. */
static void near_take_equals(struct agenda *a, uint32_t first)
{
    size_t count = 0;
    bool sorted = true;

    for (uint32_t index = first; index; index = chunk_at(a, index)->next)
        count += chunk_at(a, index)->count;
    near_reserve(a, count);
    a->near_high = count;
    while (first) {
        struct chunk *chunk = chunk_at(a, first);
        uint32_t next = chunk->next;

        for (uint32_t i = 0; i < chunk->count; i++)
            a->near[--count] = chunk->entries[i];
        pool_give(&a->chunks, first);
        first = next;
    }
    for (size_t i = 1; i < a->near_high && sorted; i++)
        sorted = a->near[i - 1] > a->near[i];
    if (!sorted)
        qsort(a->near, a->near_high, sizeof(entry), later_first);
}

static void wheel_deal(struct agenda *a, uint32_t index)
{
    struct chunk copy;

    while (index) {
        uint32_t next = chunk_empty(a, index, &copy);

        pool_give(&a->chunks, index);
        a->in_wheel -= copy.count;
        for (uint32_t i = 0; i < copy.count; i++)
            wheel_add(a, copy.entries[i]);
        index = next;
    }
}

/* Fills near, which is empty, from the wheel; false when no entry at or before limit_ns is left. */
static bool near_refill(struct agenda *a, int64_t limit_ns)
{
    a->near_low = a->near_high = 0;
    while (a->used_levels && entry_at(a->bound) <= limit_ns) {
        struct place p = wheel_first(a);
        uint32_t chunk;

        if (p.from_ns > limit_ns || (p.to_ns > limit_ns && !slot_reaches(a, &p, limit_ns)))
            return false;
        a->base_ns = p.from_ns;
        chunk = slot_close(a, &p);
        if (p.level > 0 && chunk_at(a, chunk)->next) {
            wheel_deal(a, chunk);
            continue;
        }
        if (chunk_at(a, chunk)->next)
            near_take_equals(a, chunk);
        else
            near_take_few(a, chunk);
        a->in_wheel -= a->near_high;
        a->bound = a->used_levels ? a->near[0] : NO_BOUND;
        return true;
    }
    return false;
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
    a->near_low = keep;
}

static void near_insert(struct agenda *a, entry e)
{
    size_t i = a->near_high;
    entry *near;

    if (i - a->near_low > NEAR_REACH && a->near[i - NEAR_REACH - 1] < e) {
        near_spill(a, e);
        return;
    }
    near_reserve(a, i + 1);
    near = a->near;
    while (i > a->near_low && near[i - 1] < e) {
        near[i] = near[i - 1];
        i--;
    }
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
    if (e < a->bound)
        near_insert(a, e);
    else
        wheel_add(a, e);
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
