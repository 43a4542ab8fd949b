/* bench_sessions - a storm of reconnects beside the bare agenda with as many events pending
 *
 * A million sessions lose their connection at once, when their service crashes, and try to connect again by exponential back-off
 * with full jitter; half way the service is back, and lets in what it can. The same number of pending events is held in a bare
 * agenda, in the same process: take the earliest, plan another. What counts is the ratio. A session's bytes are what the process
 * grew by, events and all, over the number of sessions; ten million are built and disconnected, too.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "stormcell/agenda.h"
#include "stormcell/diag.h"
#include "stormcell/must.h"
#include "stormcell/random.h"
#include "stormcell/result.h"
#include "stormcell/run.h"
#include "stormcell/scenario.h"

enum { ROUNDS = 3, DISTANCES = 1 << 22, HOLD = 8000000, MILLION = 1000000 };

#define SECOND INT64_C(1000000000)

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Bytes of this process that are in memory. */
static double resident(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long size, pages = 0;

    if (!file || fscanf(file, "%lu %lu", &size, &pages) != 2)
        die("cannot read /proc/self/statm");
    fclose(file);
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

/* ---------------------------------------------------------------- the bare agenda */

/* Operations a second with so many events pending; distances are spread as the delays of the storm are. */
static double hold(size_t pending, const int64_t *distances)
{
    struct agenda *a = agenda_create();
    struct sim_event ev = {0};
    double start;

    for (size_t i = 0; i < pending; i++)
        agenda_push(a, distances[i % DISTANCES], AGENDA_WORLD, 1, (uint32_t)i);
    for (size_t i = 0; i < pending; i++) {
        agenda_pop(a, &ev);
        agenda_push(a, ev.at_ns + distances[i % DISTANCES], AGENDA_WORLD, 1, ev.entity);
    }
    start = seconds();
    for (size_t i = 0; i < HOLD; i++) {
        agenda_pop(a, &ev);
        agenda_push(a, ev.at_ns + distances[i % DISTANCES], AGENDA_WORLD, 1, ev.entity);
    }
    start = seconds() - start;
    agenda_free(a);
    return HOLD / start;
}

/* ---------------------------------------------------------------- the storm */

static Stormcell__Scenario *storm(unsigned sessions)
{
    struct diag *d = diag_create();
    struct scenario_overlay none = {0};
    struct scenario_file *file;
    Stormcell__Scenario *sc;
    char text[1024];

    snprintf(text, sizeof(text),
             "name: storm\n"
             "clock: {run: 20m}\n"
             "services:\n"
             "  gateway:\n"
             "    workers: 100\n"
             "    queue: {limit: 4096}\n"
             "    operations: {connect: {work: 10ms}}\n"
             "populations:\n"
             "  clients:\n"
             "    does: gateway.connect\n"
             "    timeout: 10s\n"
             "    sessions:\n"
             "      count: %u\n"
             "      refresh: 1h\n"
             "      reconnect: {base: 1s, cap: 60s, jitter: full}\n"
             "faults:\n"
             "  gone: {at: +10s, for: 9m, target: gateway, crash: {}}\n",
             sessions);
    file = scenario_open_memory("storm.yaml", text, strlen(text), d);
    sc = file ? scenario_bind(file, &none, d) : NULL;
    if (!sc) {
        diag_print(d, stderr);
        die("the storm is no scenario");
    }
    scenario_file_free(file);
    diag_free(d);
    return sc;
}

struct storm_speed {
    uint64_t events;
    double spent, bytes, resident;
};

/* `full`: to the end, with its ledgers; else until all have been out for a minute. */
static struct storm_speed run_storm(const Stormcell__Scenario *sc, unsigned sessions, bool full)
{
    struct run_options options = {.seed = 1, .repeat = "bench_sessions"};
    double before = resident(), start;
    struct run *run = run_create(sc, &options);
    struct storm_speed s;

    run_until(run, 9 * SECOND);
    start = seconds();
    s.events = run_events(run);
    run_until(run, full ? run_end(run) : 70 * SECOND);
    s.spent = seconds() - start;
    s.events = run_events(run) - s.events;
    s.resident = resident();
    s.bytes = (s.resident - before) / sessions;
    if (full)
        result_free(run_finish(run));
    run_free(run);
    return s;
}

int main(void)
{
    int64_t *distances = xmalloc(DISTANCES * sizeof *distances);
    struct draw d = draw_at(draw_key(1, "bench", "distance"), 0, 0);
    Stormcell__Scenario *sc = storm(MILLION);
    double best = 0;

    for (size_t i = 0; i < DISTANCES; i++)
        distances[i] = (int64_t)(draw_uniform(&d) * 60e9);
    for (int i = 0; i < ROUNDS; i++) {
        double bare = hold(MILLION, distances);
        struct storm_speed s = run_storm(sc, MILLION, true);
        double ratio = (double)s.events / s.spent / bare;

        best = ratio > best ? ratio : best;
        printf("1 million sessions: %" PRIu64
               " events in %.2f s, %.1f M/s; bare agenda %.1f M/s; ratio %.2f; %.0f bytes a session\n",
               s.events, s.spent, (double)s.events / s.spent / 1e6, bare / 1e6, ratio, s.bytes);
    }
    stormcell__scenario__free_unpacked(sc, NULL);
    sc = storm(10 * MILLION);
    struct storm_speed s = run_storm(sc, 10 * MILLION, false);
    printf("10 million sessions: %" PRIu64 " events in %.2f s, %.1f M/s; %.0f bytes a session, %.0f MiB resident\n", s.events,
           s.spent, (double)s.events / s.spent / 1e6, s.bytes, s.resident / 1048576);
    stormcell__scenario__free_unpacked(sc, NULL);
    free(distances);
    return best > 0 ? 0 : 1;
}
