/* scenario_text - scenarios from text, for tests: what is bound, or the lines that say why not */
#ifndef TESTS_SCENARIO_TEXT_H
#define TESTS_SCENARIO_TEXT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stormcell/diag.h"
#include "stormcell/scenario.h"

/* A small scenario that is good; tests lay things over it. */
static const char small[] = "name: small\n"
                            "clock: {start: 2014-06-24T10:00Z, run: 4h}\n"
                            "partitions: {count: 4, users: 1k}\n"
                            "services:\n"
                            "  web: {workers: 4, operations: {open: {work: 5ms, calls: {read: {to: db.read, timeout: 1s}}}}}\n"
                            "  db: {per: partition, replicas: 2, operations: {read: {work: 2ms}}}\n"
                            "transports:\n"
                            "  hub:\n"
                            "    senders: {inside: {rate: 1/s, inside: true}, outside: {rate: 2/s}}\n"
                            "    delivery: {workers: 7, calls: {put: {to: db.read, timeout: 30s}}}\n"
                            "populations: {people: {does: web.open, rate: 10/s}}\n"
                            "faults: {stops: {at: 12:00Z, target: 'db[1]', hang: {share: 90%}}}\n"
                            "runbook:\n"
                            "  - {name: cure, at: 13:00Z, isolate: hub}\n"
                            "  - {at: +3h30m, repair: stops}\n";

/* The lines of a diag; free them. */
static inline char *diag_lines(const struct diag *d)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    diag_print(d, out);
    fclose(out);
    return text;
}

/* Binds text; NULL with *lines (free them) when it is wrong. */
static inline Stormcell__Scenario *bind_text(const char *text, const struct scenario_overlay *o, char **lines)
{
    struct diag *d = diag_create();
    struct scenario_file *f = scenario_open_memory("test.yaml", text, strlen(text), d);
    Stormcell__Scenario *m = f ? scenario_bind(f, o, d) : NULL;

    *lines = diag_lines(d);
    assert_true((m == NULL) == (diag_errors(d) > 0));
    scenario_file_free(f);
    diag_free(d);
    return m;
}

/* Binds text that is good; free the message. */
static inline Stormcell__Scenario *good_text(const char *text, const struct scenario_overlay *o)
{
    char *lines;
    Stormcell__Scenario *m = bind_text(text, o, &lines);

    assert_string_equal(lines, "");
    free(lines);
    return m;
}

/* Asserts that text is wrong with exactly these lines. */
static inline void assert_lines(const char *text, const struct scenario_overlay *o, const char *expected)
{
    char *lines;
    Stormcell__Scenario *m = bind_text(text, o, &lines);

    assert_string_equal(lines, expected);
    assert_null(m);
    free(lines);
}

static inline void scenario_free(Stormcell__Scenario *m)
{
    stormcell__scenario__free_unpacked(m, NULL);
}

#endif
