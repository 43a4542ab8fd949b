/* fuzz_overlay - any text is an assignment of --set, or an error
 *
 * Lines of the input are laid over a small scenario, one after the other.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stormcell/must.h"
#include "stormcell/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LINES_MAX 16

static const char scenario[] =
    "name: small\n"
    "clock: {start: 2014-06-24T10:00Z, run: 4h}\n"
    "partitions: {count: 4, users: 1k}\n"
    "services:\n"
    "  web: {operations: {open: {work: 5ms, calls: {read: {to: db.read, timeout: 1s}}}}}\n"
    "  db: {per: partition, replicas: 2, operations: {read: {work: {uniform: {from: 1ms, to: 2ms}}}}}\n"
    "  edge: {operations: {ask: {calls: {look: {to: db.read, cache: {per: name, lifetime: 5m, stale: {}}}}}}}\n"
    "regions: {west: 50%, europe: 50%}\n"
    "transports:\n"
    "  hub:\n"
    "    senders: {inside: {rate: 1/s}}\n"
    "    delivery: {lanes: {own: {partitions: [1], workers: 1}}, calls: {put: {to: db.read}}, bulkhead: }\n"
    "populations:\n"
    "  people: {does: web.open, rate: 10/s, profile: office_day}\n"
    "  lync: {does: edge.ask, timeout: 1s, sessions: {count: 9, refresh: 9m, reconnect: {preset: lync}}}\n"
    "links: {wan: {from: lync, to: edge, delay: 5ms}}\n"
    "rollouts: {change: {at: 11:00Z, service: db, rings: {a: {targets: ['db@west']}}, flaw: {share: 5%, hang: {}}}}\n"
    "status_page: {tool: {write: {to: web.open, timeout: 1s}}}\n"
    "faults: {stops: {at: 12:00Z, target: 'db[1]', hang: {share: 90%}}}\n"
    "runbook: [{name: cure, at: 13:00Z, isolate: hub}, {at: 14:00Z, repair: stops}]\n"
    "expect: {baseline: availability > 5%}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diag *d = diag_create();
    struct scenario_file *f = scenario_open_memory("fuzz.yaml", scenario, strlen(scenario), d);
    char *text = xcalloc(size + 1, 1), *state;
    const char *set[LINES_MAX];
    struct scenario_overlay o = {.set = set};
    Stormcell__Scenario *m;

    must(f);
    memcpy(text, data, size);
    for (char *line = strtok_r(text, "\n", &state); line && o.set_count < LINES_MAX; line = strtok_r(NULL, "\n", &state))
        set[o.set_count++] = line;
    m = scenario_bind(f, &o, d);
    must((m != NULL) == (diag_errors(d) == 0));
    if (m)
        stormcell__scenario__free_unpacked(m, NULL);
    free(text);
    scenario_file_free(f);
    diag_free(d);
    return 0;
}
