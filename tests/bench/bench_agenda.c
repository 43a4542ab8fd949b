/* bench_agenda - the agenda against a binary heap of 16-byte events, in one program, on one core
 *
 * The hold model: with n events pending, take the earliest and plan another at a distance drawn beforehand. Rates depend on the
 * machine; what counts is the ratio. Both sides must come to the same sum, else the program fails.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "stormcell/agenda.h"
#include "stormcell/must.h"
#include "stormcell/random.h"

enum { DISTANCES = 1 << 22, REPEATS = 5 };

/* ---- the heap: plain, 16 bytes an event, children moved up instead of swapped */

struct heap_event {
    int64_t at_ns;
    uint64_t order;
};

struct heap {
    struct heap_event *events;
    size_t count;
    uint64_t next;
};

static inline int earlier(const struct heap_event *a, const struct heap_event *b)
{
    return a->at_ns < b->at_ns || (a->at_ns == b->at_ns && a->order < b->order);
}

static void heap_push(struct heap *h, int64_t at_ns, uint32_t entity)
{
    struct heap_event e = {at_ns, h->next++ << 24 | entity};
    size_t i = h->count++;

    while (i && earlier(&e, &h->events[(i - 1) / 2])) {
        h->events[i] = h->events[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    h->events[i] = e;
}

static struct heap_event heap_pop(struct heap *h)
{
    struct heap_event first = h->events[0], e = h->events[--h->count];
    size_t i = 0, child;

    while ((child = 2 * i + 1) < h->count) {
        if (child + 1 < h->count)
            child += (size_t)earlier(&h->events[child + 1], &h->events[child]);
        if (!earlier(&h->events[child], &e))
            break;
        h->events[i] = h->events[child];
        i = child;
    }
    h->events[i] = e;
    return first;
}

/* ---- measuring */

struct trial {
    const char *name;
    size_t pending, operations;
    const int64_t *distances;
    uint64_t sum;
};

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline uint64_t mix(uint64_t sum, int64_t at_ns, uint32_t entity)
{
    return sum * 31 + (uint64_t)at_ns + entity;
}

/* Operations a second, after one turn of all pending events to warm up. */
static double hold_agenda(struct trial *t)
{
    struct agenda *a = agenda_create();
    struct sim_event ev = {0};
    uint64_t sum = 0;
    double start = 0, spent;

    for (size_t i = 0; i < t->pending; i++)
        agenda_push(a, t->distances[DISTANCES - 1 - i], AGENDA_WORLD, 1, (uint32_t)i);
    for (size_t i = 0; i < t->pending + t->operations; i++) {
        if (i == t->pending)
            start = seconds();
        agenda_pop(a, &ev);
        sum = mix(sum, ev.at_ns, ev.entity);
        agenda_push(a, ev.at_ns + t->distances[i], AGENDA_WORLD, 1, ev.entity);
    }
    spent = seconds() - start;
    agenda_free(a);
    t->sum = sum;
    return (double)t->operations / spent;
}

static double hold_heap(struct trial *t)
{
    struct heap h = {.events = xmalloc((t->pending + 1) * sizeof(struct heap_event))};
    uint64_t sum = 0;
    double start = 0, spent;

    for (size_t i = 0; i < t->pending; i++)
        heap_push(&h, t->distances[DISTANCES - 1 - i], (uint32_t)i);
    for (size_t i = 0; i < t->pending + t->operations; i++) {
        struct heap_event ev;

        if (i == t->pending)
            start = seconds();
        ev = heap_pop(&h);
        sum = mix(sum, ev.at_ns, (uint32_t)ev.order & AGENDA_ENTITY_MAX);
        heap_push(&h, ev.at_ns + t->distances[i], (uint32_t)ev.order & AGENDA_ENTITY_MAX);
    }
    spent = seconds() - start;
    free(h.events);
    t->sum = sum;
    return (double)t->operations / spent;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Medians over turns in which the two alternate, so that a noisy neighbour meets both. */
static void compare(struct trial t)
{
    double agenda[REPEATS], heap[REPEATS], ratio[REPEATS];

    for (int i = 0; i < REPEATS; i++) {
        uint64_t sum;

        agenda[i] = hold_agenda(&t);
        sum = t.sum;
        heap[i] = hold_heap(&t);
        must(sum == t.sum);
        ratio[i] = agenda[i] / heap[i];
    }
    qsort(agenda, REPEATS, sizeof(double), by_size);
    qsort(heap, REPEATS, sizeof(double), by_size);
    qsort(ratio, REPEATS, sizeof(double), by_size);
    printf("%-12s %8zu pending: agenda %6.1f M/s, heap %6.1f M/s, ratio %5.2f\n", t.name, t.pending, agenda[REPEATS / 2] / 1e6,
           heap[REPEATS / 2] / 1e6, ratio[REPEATS / 2]);
}

static int64_t exponential(struct draw *d)
{
    return (int64_t)(1e9 * draw_exponential(d));
}

/* Distances over nine decades: most are short, some are a million times longer. */
static int64_t heavy(struct draw *d)
{
    return (int64_t)(1e3 * exact_exp(20 * draw_uniform(d)));
}

static int64_t constant(struct draw *d)
{
    (void)d;
    return 1000000000;
}

static const int64_t *table(int64_t (*distance)(struct draw *d))
{
    static const char *const name = "bench";
    struct draw d = draw_at(draw_key(1, name, "distance"), 0, 0);
    int64_t *distances = xmalloc(DISTANCES * sizeof(*distances));

    for (size_t i = 0; i < DISTANCES; i++)
        distances[i] = distance(&d);
    return distances;
}

int main(void)
{
    static const size_t sizes[] = {2, 30, 100, 10000, 1000000};
    const struct trial shapes[] = {
        {.name = "exponential", .distances = table(exponential)},
        {.name = "heavy", .distances = table(heavy)},
        {.name = "constant", .distances = table(constant)},
    };

    for (size_t shape = 0; shape < sizeof(shapes) / sizeof(shapes[0]); shape++) {
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            struct trial t = shapes[shape];

            t.pending = sizes[i];
            t.operations = 2000000;
            compare(t);
        }
        free((void *)shapes[shape].distances);
    }
    return 0;
}
