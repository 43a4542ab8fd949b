/* test_waiting - lines without a limit: M/M/1, M/M/c, and work of any shape behind one worker (Pollaczek-Khinchine)
 *
 * Time is counted in mean works of 1 s, so that the numbers are those of the textbooks.
 */
#include "law/law.h"

#define IN_SYSTEM "queue.length.mean{service=s}@ + workers.busy.mean{service=s}@"

/* One service `s` with so many workers, and Poisson arrivals. */
static const char *station(unsigned workers, double rate, const char *work, unsigned length_s)
{
    return law_text("name: law\n"
                    "clock: {run: %us}\n"
                    "services: {s: {workers: %u, operations: {o: {work: %s}}}}\n"
                    "populations: {p: {does: s.o, rate: %.9g/s}}\n",
                    length_s, workers, work, rate);
}

/* ---------------------------------------------------------------- no memory */

static void assert_mm1(double rho, unsigned length_s, double relative_error)
{
    struct law_plan plan = {.runs = 24,
                            .title = law_text("M/M/1, rho %.1f", rho),
                            .window = law_text("[5000s,%us]", length_s - 1000),
                            .yaml = station(1, rho, "{exponential: {mean: 1s}}", length_s)};
    double l = rho / (1 - rho), w = 1 / (1 - rho);

    assert_law(plan, {"in the system, L", IN_SYSTEM, l, relative_error * l},
               {"in the line, Lq", "queue.length.mean{service=s}@", rho * l, relative_error * l},
               {"share of time busy", "utilization{service=s}@", rho, 0.002},
               {"stay, W", "sojourn.mean{service=s}@", w, relative_error * w},
               {"stay as the caller sees it", "latency.mean{population=p}@", w, relative_error * w},
               {"wait, Wq", "queue.wait.mean{service=s}@", rho * w, relative_error * w},
               {"median stay", "sojourn.p50{service=s}@", log(2) * w, relative_error * w},
               {"99 % stay less than", "sojourn.p99{service=s}@", log(100) * w, 2 * relative_error * log(100) * w},
               {"Little: L over lambda W", IN_SYSTEM " / sojourn.mean{service=s}@ / goodput{service=s}@", 1, 0.0002});
}

static void one_worker_at_half_load(void **state)
{
    (void)state;
    assert_mm1(0.5, 50000, 0.006);
}

static void one_worker_at_four_fifths(void **state)
{
    (void)state;
    assert_mm1(0.8, 120000, 0.01);
}

static void one_worker_at_nine_tenths(void **state)
{
    (void)state;
    assert_mm1(0.9, 250000, 0.012);
}

/* The chance to wait, C, and the wait of those who do, exponential with rate c mu - lambda. */
static double erlang_c(unsigned c, double a)
{
    double b = 1;

    for (unsigned k = 1; k <= c; k++)
        b = a * b / (k + a * b);
    return c * b / (c - a * (1 - b));
}

static void assert_mmc(unsigned c, double a, unsigned length_s, double error)
{
    struct law_plan plan = {.runs = 24,
                            .title = law_text("M/M/%u, load %g", c, a),
                            .window = law_text("[2000s,%us]", length_s - 1000),
                            .yaml = station(c, a, "{exponential: {mean: 1s}}", length_s)};
    double chance = erlang_c(c, a), wq = chance / (c - a);

    assert_law(plan, {"wait, Wq", "queue.wait.mean{service=s}@", wq, error * wq},
               {"Erlang C from the wait", law_text("queue.wait.mean{service=s}@ * %.9g", c - a), chance, error * chance},
               {"Erlang C from the line", law_text("queue.length.mean{service=s}@ * %.9g", (c - a) / a), chance, error * chance},
               {"90 % wait less than", "queue.wait.p90{service=s}@", log(chance / 0.1) / (c - a), 1.5 * error * wq + 0.002},
               {"workers busy", "workers.busy.mean{service=s}@", a, 0.001 * a});
}

static void erlang_c_is_that_of_the_tables(void **state)
{
    (void)state;
    assert_true(fabs(erlang_c(2, 1.6) - 0.711111) < 1e-6);
    assert_true(fabs(erlang_c(10, 8) - 0.409180) < 1e-6);
}

static void two_workers(void **state)
{
    (void)state;
    assert_mmc(2, 1.6, 80000, 0.012);
}

static void ten_workers(void **state)
{
    (void)state;
    assert_mmc(10, 8, 30000, 0.012);
}

/* ---------------------------------------------------------------- work of any shape */

static void assert_mg1(const char *work, double cv2, unsigned length_s, double error)
{
    struct law_plan plan = {.runs = 24,
                            .title = law_text("M/G/1, work %s", work),
                            .window = law_text("[5000s,%us]", length_s - 2000),
                            .yaml = station(1, 0.8, work, length_s)};
    double wq = 0.8 * (1 + cv2) / 2 / 0.2;

    assert_law(plan, {"wait, Wq", "queue.wait.mean{service=s}@", wq, error},
               {"line, Lq", "queue.length.mean{service=s}@", 0.8 * wq, error},
               {"share of time busy", "utilization{service=s}@", 0.8, 0.003});
}

static void constant_work_waits_half_as_long(void **state)
{
    (void)state;
    assert_mg1("1s", 0, 80000, 0.03);
}

static void even_work_waits_less(void **state)
{
    (void)state;
    assert_mg1("{gamma: {mean: 1s, cv2: 0.25}}", 0.25, 70000, 0.04);
    assert_mg1("{uniform: {from: 0s, to: 2s}}", 1.0 / 3, 70000, 0.04);
}

static void memoryless_work_by_any_name_waits_as_in_mm1(void **state)
{
    (void)state;
    assert_mg1("{exponential: {mean: 1s}}", 1, 80000, 0.05);
    assert_mg1("{gamma: {mean: 1s, cv2: 1}}", 1, 80000, 0.05);
}

static void bursty_work_waits_longer(void **state)
{
    (void)state;
    assert_mg1("{hyperexponential: {mean: 1s, cv2: 4}}", 4, 120000, 0.2);
    assert_mg1("{gamma: {mean: 1s, cv2: 4}}", 4, 120000, 0.2);
    assert_mg1("{lognormal: {mean: 1s, cv2: 4}}", 4, 150000, 0.25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_worker_at_half_load),
        cmocka_unit_test(one_worker_at_four_fifths),
        cmocka_unit_test(one_worker_at_nine_tenths),
        cmocka_unit_test(erlang_c_is_that_of_the_tables),
        cmocka_unit_test(two_workers),
        cmocka_unit_test(ten_workers),
        cmocka_unit_test(constant_work_waits_half_as_long),
        cmocka_unit_test(even_work_waits_less),
        cmocka_unit_test(memoryless_work_by_any_name_waits_as_in_mm1),
        cmocka_unit_test(bursty_work_waits_longer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
