/* test_ties - what happens at the same moment happens in the same order for everybody
 *
 * Works and time-outs are round numbers in most scenarios, so that an answer often comes at the very moment at which its caller
 * would give up. It is in time, for each caller alike.
 */
#include "law/law.h"

/* Work and patience of 1 s, and nobody waits for a worker. */
static void assert_in_time(const char *patience)
{
    struct law_plan plan = {.runs = 3,
                            .title = patience,
                            .yaml = law_text("name: law\n"
                                             "clock: {run: 100s}\n"
                                             "services: {s: {workers: 100, operations: {o: {work: 1s}}}}\n"
                                             "populations: {p: {does: s.o, rate: 20/s, %s, until: +90s}}\n",
                                             patience)};

    assert_law(plan, {"succeed", "availability{population=p}", 1, 0}, {"worked for nobody", "requests.wasted{service=s}", 0, 0});
}

static void an_answer_at_the_moment_of_the_time_out_is_in_time(void **state)
{
    (void)state;
    assert_in_time("timeout: 1s");
    assert_in_time("deadline: 1s");
    assert_in_time("patience: 1s");
}

/* A nanosecond more is too much. */
static void an_answer_after_the_time_out_is_not(void **state)
{
    struct law_plan plan = {.runs = 3,
                            .yaml = "name: law\n"
                                    "clock: {run: 100s}\n"
                                    "services: {s: {workers: 100, operations: {o: {work: 1000000001ns}}}}\n"
                                    "populations: {p: {does: s.o, rate: 20/s, timeout: 1s, until: +90s}}\n"};

    (void)state;
    assert_law(plan, {"succeed", "availability{population=p}", 0, 0},
               {"worked for nobody", "requests.wasted{service=s} / requests.offered{service=s}", 1, 0});
}

/* The answer comes through three services, each of which hears it at the moment at which it would give up. */
static void so_is_one_that_comes_through_several_callers(void **state)
{
    struct law_plan plan = {.runs = 3,
                            .yaml = "name: law\n"
                                    "clock: {run: 100s}\n"
                                    "services:\n"
                                    "  a: {workers: 200, operations: {o: {calls: {ab: {to: b.o, timeout: 1s}}}}}\n"
                                    "  b: {workers: 200, operations: {o: {calls: {bc: {to: c.o, timeout: 1s}}}}}\n"
                                    "  c: {workers: 200, operations: {o: {work: 1s}}}\n"
                                    "populations: {p: {does: a.o, rate: 20/s, timeout: 1s, until: +90s}}\n"};

    (void)state;
    assert_law(plan, {"succeed", "availability{population=p}", 1, 0}, {"worked for nobody", "requests.wasted{service=c}", 0, 0});
}

/* A hang that ends at the moment of the time-out has ended: healing comes before all else, and the answer of work without length is
 * in time. */
static void healing_comes_before_giving_up(void **state)
{
    struct law_plan plan = {.runs = 1,
                            .yaml = "name: law\n"
                                    "clock: {run: 100s}\n"
                                    "services: {s: {workers: 9, operations: {o: {work: 0s}}}}\n"
                                    "populations: {p: {does: s.o, rate: 1/s, process: regular, timeout: 10s, until: +50500ms}}\n"
                                    "faults: {silence: {at: +19500ms, for: 10500ms, target: s, hang: {}}}\n"};

    (void)state;
    assert_law(plan, {"succeed", "availability{population=p}", 1, 0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_at_the_moment_of_the_time_out_is_in_time),
        cmocka_unit_test(an_answer_after_the_time_out_is_not),
        cmocka_unit_test(so_is_one_that_comes_through_several_callers),
        cmocka_unit_test(healing_comes_before_giving_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
