/* bench_mm1 - scenarios/mm1.yaml through the whole program, beside the least that a computer can do for an M/M/1 queue
 *
 * The loop has two variables (the next arrival, the next departure), a ring of arrival times and a sum; no list of events, no
 * requests, no measurements. It is timed with a generator that keeps a state (xoshiro256++, Blackman and Vigna 2019), the fastest
 * there is, and with the draws of the program. All are timed in turn, in one process, on one thread, by the time that the thread
 * was on a processor.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "stormcell/diag.h"
#include "stormcell/must.h"
#include "stormcell/random.h"
#include "stormcell/result.h"
#include "stormcell/scenario.h"
#include "stormcell/tally.h"
#include "sweep/job.h"

enum { ROUNDS = 5, LOOP_CUSTOMERS = 10000000, RING = 1 << 16 };

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---------------------------------------------------------------- the loop */

struct xoshiro {
    uint64_t s[4];
};

static inline uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static inline uint64_t xoshiro_next(struct xoshiro *r)
{
    uint64_t *s = r->s, answer = rotate(s[0] + s[3], 23) + s[0], t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return answer;
}

/* One exponential of a stream that keeps a state; the rare rest comes from the program's own. */
static inline double stateful(struct xoshiro *r)
{
    const struct ziggurat *z = &draw_exponential_layers;
    uint64_t bits = xoshiro_next(r);
    struct draw rest = {.key = 0xB9C7A3D58E61F241u, .counter = bits};

    if (__builtin_expect(bits >> 11 < z->accept[bits % ZIGGURAT_LAYERS], 1))
        return (double)(int64_t)(bits >> 11) * z->scale[bits % ZIGGURAT_LAYERS];
    return draw_exponential_edge(&rest, bits);
}

/* The n-th exponential under a key, as the program draws: no state, any order. */
static inline double counted(uint64_t key, uint64_t n)
{
    struct draw d = draw_at(key, n, 0);

    return draw_exponential(&d);
}

/* `NEXT_ARRIVAL` and `NEXT_WORK` give exponentials with mean 1; fills the mean sojourn and returns customers a second. */
#define LOOP(NEXT_ARRIVAL, NEXT_WORK)                                                                                              \
    static int64_t ring[RING];                                                                                                     \
    uint64_t in = 0, out = 0, served = 0;                                                                                          \
    double sum = 0, began = seconds();                                                                                             \
    int64_t arrival = (int64_t)(NEXT_ARRIVAL * 1e9 / 900), departure = INT64_MAX;                                                  \
                                                                                                                                   \
    while (served < LOOP_CUSTOMERS) {                                                                                              \
        if (arrival < departure) {                                                                                                 \
            ring[in++ % RING] = arrival;                                                                                           \
            if (departure == INT64_MAX)                                                                                            \
                departure = arrival + (int64_t)(NEXT_WORK * 1e6);                                                                  \
            arrival += (int64_t)(NEXT_ARRIVAL * 1e9 / 900);                                                                        \
        } else {                                                                                                                   \
            sum += (double)(departure - ring[out++ % RING]);                                                                       \
            served++;                                                                                                              \
            departure = in == out ? INT64_MAX : departure + (int64_t)(NEXT_WORK * 1e6);                                            \
        }                                                                                                                          \
    }                                                                                                                              \
    *mean_ms = sum / LOOP_CUSTOMERS * 1e-6;                                                                                        \
    return LOOP_CUSTOMERS / (seconds() - began)

static double loop_with_state(double *mean_ms)
{
    struct xoshiro r = {{1, 2, 3, 4}};

    for (int i = 0; i < 64; i++)
        xoshiro_next(&r);
    LOOP(stateful(&r), stateful(&r));
}

static double loop_with_counters(double *mean_ms)
{
    uint64_t arrivals = draw_key(1, "loop", "arrivals"), work = draw_key(1, "loop", "work"), a = 0, w = 0;

    LOOP(counted(arrivals, a++), counted(work, w++));
}

/* ---------------------------------------------------------------- the program */

static double customers(const Stormcell__Result *r)
{
    double sum = 0;

    for (size_t i = 0; i < r->n_cells; i++)
        sum += (double)r->cells[i]->counts[COUNT_SUCCEEDED];
    return sum;
}

/* Reads, checks, runs and judges the scenario, as `stormcell run` does. */
static double program(const char *path, double *mean_ms)
{
    double began = seconds(), took, served;
    struct diag *d = diag_create();
    struct scenario_file *file = scenario_open(path, d);
    struct scenario_overlay none = {0};
    struct job job = {.repeat = path};
    Stormcell__Scenario *sc = file ? scenario_bind(file, &none, d) : NULL;
    const Stormcell__Histogram *latency;

    diag_print(d, stderr);
    if (!sc)
        exit(2);
    job.scenario = sc;
    job.seed = sc->seed;
    jobs_run(&job, 1, 1, NULL, NULL);
    took = seconds() - began;
    served = customers(job.result);
    latency = job.result->cells[0]->histograms[0];
    *mean_ms = (double)latency->sum_low / served * 1e-6;
    result_free(job.result);
    stormcell__scenario__free_unpacked(sc, NULL);
    scenario_file_free(file);
    diag_free(d);
    return served / took;
}

/* ---------------------------------------------------------------- side by side */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double values[ROUNDS])
{
    qsort(values, ROUNDS, sizeof *values, by_value);
    return values[ROUNDS / 2];
}

int main(int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : "scenarios/mm1.yaml";
    double whole[ROUNDS], state[ROUNDS], counters[ROUNDS], to_state[ROUNDS], to_counters[ROUNDS], mean[3];

    for (int i = 0; i < ROUNDS; i++) {
        whole[i] = program(path, &mean[0]);
        state[i] = loop_with_state(&mean[1]);
        counters[i] = loop_with_counters(&mean[2]);
        to_state[i] = whole[i] / state[i];
        to_counters[i] = whole[i] / counters[i];
    }
    printf("M/M/1, rho 0.9, one core; millions of customers a second, medians of %d rounds\n", ROUNDS);
    printf("  two-variable loop, generator with a state     %6.1f   mean sojourn %.2f ms\n", median(state) * 1e-6, mean[1]);
    printf("  two-variable loop, draws of the program       %6.1f   mean sojourn %.2f ms\n", median(counters) * 1e-6, mean[2]);
    printf("  scenarios/mm1.yaml, whole program, measured   %6.1f   mean sojourn %.2f ms\n", median(whole) * 1e-6, mean[0]);
    printf("  ratio to the first loop %.3f (at least 0.25 is asked for), to the second %.3f\n", median(to_state),
           median(to_counters));
    return 0;
}
