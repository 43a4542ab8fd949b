/* fuzz_result - a result file that somebody has tampered with is shown, or refused, and breaks nobody who reads it
 *
 * The input is a list of changes to a good file: two bytes say where, the third is put there. Bytes drawn at random would seldom
 * be a message at all.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stormcell/must.h"
#include "stormcell/report.h"
#include "unit/result_builder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A little of everything. */
static Stormcell__Result *build_good_result(void)
{
    static const double values[] = {1, 5, 2};
    Stormcell__Result *r = build_result(2, 300, 60);
    Stormcell__Scenario *sc = build_scenario(r);
    Stormcell__Cell *c;
    char message[512];

    build_population(r, "people");
    build_service(r, "box", 2);
    build_transport(r, "hub");
    build_epoch(r, 0, 100);
    build_epoch(r, 100, 300);
    build_phase(r, "during(stops)", 100, 300);
    build_fault(r, "stops", "box[0]", 100, 200);
    c = build_cell(r, 0, 0, 0);
    c->counts[COUNT_OFFERED] = c->counts[COUNT_SUCCEEDED] = 7;
    build_sample(c, SAMPLE_LATENCY, 5000000, 7);
    build_sample(build_cell(r, 2, 1, 1), SAMPLE_MAIL_AGE, 7000000000, 3);
    build_level(r, 1, -1, 0, LEVEL_BUSY, 1, 2);
    build_level(r, 2, 1, 1, LEVEL_MAIL_OLDEST, 0, 9);
    build_series(r, "mail.oldest", "hub", "spared", values, 3);
    for (uint32_t p = 0; p < 2; p++)
        build_mail(build_cohorts(r, p, 10), 10);
    build_sla(sc);
    build_expect(sc, "baseline", "availability > 5%");
    result_judge_health(r, r, sc);
    result_judge_sla(r, sc);
    must(result_judge_lines(r, sc, message));
    build_scenario_free(sc);
    return r;
}

static Stormcell__Result *load(const uint8_t *bytes, size_t size)
{
    int fd = memfd_create("result", 0);
    char path[64], message[256];
    Stormcell__Result *r;

    must(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    r = result_load(path, message);
    close(fd);
    return r;
}

static void show(const Stormcell__Result *r)
{
    const Stormcell__Result *both[] = {r, r};
    FILE *out = fopen("/dev/null", "w");
    size_t length;

    report_terminal(r, (struct report_style){.color = true, .width = 80}, out);
    report_compare(both, 2, (struct report_style){0}, out);
    fclose(out);
    free(report_json(r, &length));
    free(report_csv(r, &length));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Stormcell__Result *good = build_good_result(), *r;
    size_t length = stormcell__result__get_packed_size(good);
    uint8_t *bytes = xmalloc(length);

    stormcell__result__pack(good, bytes);
    result_free(good);
    for (size_t i = 0; i + 2 < size; i += 3)
        bytes[(data[i] * 256u + data[i + 1]) % length] = data[i + 2];
    r = load(bytes, length);
    if (r)
        show(r);
    result_free(r);
    free(bytes);
    return 0;
}
