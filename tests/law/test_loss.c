/* test_loss - lines with an end: Erlang B, M/M/1/K, impatient customers (Erlang A), and callers who come back (M/M/1 with retrials)
 *
 * Time is counted in mean works of 1 s.
 */
#include "law/law.h"

#define REFUSED "requests.rejected{service=s}@ / requests.offered{service=s}@"
#define IN_SYSTEM "queue.length.mean{service=s}@ + workers.busy.mean{service=s}@"

/* ---------------------------------------------------------------- no line: Erlang B */

static double erlang_b(unsigned c, double a)
{
    double b = 1;

    for (unsigned k = 1; k <= c; k++)
        b = a * b / (k + a * b);
    return b;
}

static void assert_erlang_b(unsigned workers, const char *work)
{
    double b = erlang_b(workers, 8);
    struct law_plan plan = {.runs = 20,
                            .title = law_text("Erlang B, %u workers, work %s", workers, work),
                            .window = "[500s,10000s]",
                            .yaml = law_text("name: law\n"
                                             "clock: {run: 10500s}\n"
                                             "services: {s: {workers: %u, queue: {limit: 0}, operations: {o: {work: %s}}}}\n"
                                             "populations: {p: {does: s.o, rate: 8/s}}\n",
                                             workers, work)};

    assert_law(plan, {"refused", REFUSED, b, 0.002},
               {"refused, as callers see it", "requests.rejected{population=p}@ / requests.offered{population=p}@", b, 0.002},
               {"workers busy", "workers.busy.mean{service=s}@", 8 * (1 - b), 0.02},
               {"in line", "queue.length.max{service=s}@", 0, 0});
}

static void erlang_b_is_that_of_the_tables(void **state)
{
    (void)state;
    assert_true(fabs(erlang_b(8, 8) - 0.235570) < 1e-6);
    assert_true(fabs(erlang_b(10, 8) - 0.121661) < 1e-6);
}

static void without_a_line_erlang_b_are_refused_whatever_the_work(void **state)
{
    static const char *const works[] = {"{exponential: {mean: 1s}}", "1s", "{hyperexponential: {mean: 1s, cv2: 4}}"};

    (void)state;
    for (size_t i = 0; i < sizeof works / sizeof *works; i++) {
        assert_erlang_b(8, works[i]);
        assert_erlang_b(10, works[i]);
    }
}

/* ---------------------------------------------------------------- a short line: M/M/1/K */

static void assert_mm1k(double rho, unsigned places)
{
    double p[64], sum = 0, l = 0;
    struct law_plan plan = {
        .runs = 20,
        .title = law_text("M/M/1/%u, rho %g", places, rho),
        .window = "[500s,40000s]",
        .yaml = law_text("name: law\n"
                         "clock: {run: 40500s}\n"
                         "services:\n"
                         "  s: {workers: 1, queue: {limit: %u}, operations: {o: {work: {exponential: {mean: 1s}}}}}\n"
                         "populations: {p: {does: s.o, rate: %g/s}}\n",
                         places - 1, rho)};

    for (unsigned n = 0; n <= places; n++)
        sum += p[n] = n ? p[n - 1] * rho : 1;
    for (unsigned n = 0; n <= places; n++)
        l += n * p[n] / sum;
    assert_law(plan, {"refused", REFUSED, p[places] / sum, 0.001}, {"in the system, L", IN_SYSTEM, l, 0.015},
               {"stay of those served", "sojourn.mean{service=s}@", l / rho / (1 - p[places] / sum), 0.02});
}

static void a_short_line_refuses_as_mm1k(void **state)
{
    (void)state;
    assert_mm1k(0.8, 5);
    assert_mm1k(1, 3);
    assert_mm1k(1.5, 10);
}

/* ---------------------------------------------------------------- impatience: Erlang A */

struct impatience {
    unsigned workers;
    double rate, gives_up; /* per mean work */
};

/* What the birth-death chain says. */
struct erlang_a {
    double line; /* mean number in line */
    double left; /* share that leaves the line */
    double wait_if_served;
};

enum { STATES = 2000 };

/* n in the system: each of those in line leaves at rate `gives_up`. For the wait of those served, one is followed on his way to the
 * front: `served` is his chance to get there, `waited` his time times the chance. */
static struct erlang_a erlang_a(const struct impatience *m)
{
    double weight = 1, sum = 0, line = 0, served = 0, waited = 0, chance = 1, time = 0;

    for (unsigned n = 0; n < STATES; n++) {
        double waiting = n < m->workers ? 0 : n - m->workers;

        if (n)
            weight *= m->rate / ((n < m->workers ? n : m->workers) + waiting * m->gives_up);
        if (n >= m->workers) { /* who arrives now has `waiting` before him */
            double moves = m->workers + (waiting + 1) * m->gives_up, nearer = (m->workers + waiting * m->gives_up) / moves;

            time = nearer * (chance / moves + time);
            chance *= nearer;
        }
        sum += weight;
        line += weight * waiting;
        served += weight * chance;
        waited += weight * time;
    }
    return (struct erlang_a){line / sum, 1 - served / sum, waited / served};
}

static void assert_erlang_a(const struct impatience *m, const char *work)
{
    struct erlang_a a = erlang_a(m);
    double in_service = m->gives_up / (m->gives_up + 1);
    struct law_plan plan = {.runs = 20,
                            .title = law_text("M/M/%u+M, rate %g, patience %g", m->workers, m->rate, 1 / m->gives_up),
                            .window = "[500s,15000s]",
                            .yaml = law_text("name: law\n"
                                             "clock: {run: 15500s}\n"
                                             "services: {s: {workers: %u, on_timeout: leave, operations: {o: {work: %s}}}}\n"
                                             "populations: {p: {does: s.o, rate: %g/s, patience: {exponential: {mean: %gs}}}}\n",
                                             m->workers, work, m->rate, 1 / m->gives_up)};

    assert_law(plan, {"leave the line", "requests.dropped{service=s}@ / requests.offered{service=s}@", a.left, 0.002},
               {"in line, Lq", "queue.length.mean{service=s}@", a.line, 0.01 * a.line},
               {"leave the line, by its length", law_text("queue.length.mean{service=s}@ * %.9g", m->gives_up / m->rate), a.left,
                0.004},
               {"wait of those served", "queue.wait.mean{service=s}@", a.wait_if_served, 0.01 * a.wait_if_served},
               {"workers busy", "workers.busy.mean{service=s}@", m->rate * (1 - a.left), 0.002 * m->rate},
               /* Who is being served gives up at the same rate, and his work goes on. */
               {"give up, served or not", "requests.timed_out{population=p}@ / requests.offered{population=p}@",
                a.left + (1 - a.left) * in_service, 0.003},
               {"worked for nobody", "requests.wasted{service=s}@ / requests.offered{service=s}@", (1 - a.left) * in_service,
                0.003});
}

static void impatient_customers_leave_as_in_erlang_a(void **state)
{
    (void)state;
    assert_erlang_a(&(struct impatience){4, 5, 0.5}, "{exponential: {mean: 1s}}");
    assert_erlang_a(&(struct impatience){10, 9, 0.2}, "{exponential: {mean: 1s}}");
    assert_erlang_a(&(struct impatience){1, 2, 1}, "{exponential: {mean: 1s}}");
}

/* ---------------------------------------------------------------- coming back: retrials */

/* One worker and no line; who is refused comes back after an exponential time, again and again. Falin and Templeton, Retrial Queues
 * (1997), section 1.2: mean orbit rho (lambda + rho theta) / ((1 - rho) theta), worker busy rho. */
static void assert_retrials(double rho, double theta, double error)
{
    double orbit = rho * (rho + rho * theta) / ((1 - rho) * theta);
    struct law_plan plan = {
        .runs = 20,
        .title = law_text("M/M/1 with retrials, rho %g, theta %g", rho, theta),
        .window = "[2000s,60000s]",
        .yaml = law_text("name: law\n"
                         "clock: {run: 62000s}\n"
                         "services:\n"
                         "  s: {workers: 1, queue: {limit: 0}, operations: {o: {work: {exponential: {mean: 1s}}}}}\n"
                         "populations:\n"
                         "  p:\n"
                         "    does: s.o\n"
                         "    rate: %g/s\n"
                         "    backoff: {attempts: 1M, growth: fixed, base: %gs, cap: 1000d, jitter: exponential}\n",
                         rho, 1 / theta)};

    assert_law(plan, {"in orbit", law_text("latency.mean{population=p}@ * %g - %g", rho, rho), orbit, error * orbit},
               {"tries of each request", "amplification{population=p}@", 1 + theta * orbit / rho,
                error * (1 + theta * orbit / rho)},
               {"share of time busy", "utilization{service=s}@", rho, 0.004},
               {"share served", "availability{population=p}@", 1, 0});
}

static void callers_who_come_back_fill_the_orbit_of_theory(void **state)
{
    (void)state;
    assert_retrials(0.5, 0.5, 0.02);
    assert_retrials(0.5, 5, 0.02);
    assert_retrials(0.8, 1, 0.03);
}

/* ---------------------------------------------------------------- accept queues */

static const char *accept_queue(double rho, unsigned room, const char *client)
{
    return law_text("name: law\n"
                    "clock: {run: 105s}\n"
                    "services:\n"
                    "  s:\n"
                    "    queue: {limit: %u, when_full: retransmit}\n"
                    "    operations: {o: {work: {exponential: {mean: 1ms}}}}\n"
                    "populations: {p: {does: s.o, rate: %g/s%s}}\n",
                    room - 1, rho * 1000, client);
}

/* Whoever waits less than the second after which a SYN comes again meets a plain M/M/1/K. */
static void an_accept_queue_of_callers_in_a_hurry_drops_as_mm1k(void **state)
{
    const double rho = 0.8, full = 0.2 * 0.32768 / (1 - 0.262144); /* (1 - rho) rho^5 / (1 - rho^6) */
    struct law_plan plan = {.runs = 20,
                            .title = "M/M/1/5, SYN dropped, 900 ms patience",
                            .window = "[5s,100s]",
                            .yaml = accept_queue(rho, 5, ", timeout: 900ms")};

    (void)state;
    assert_law(plan, {"share dropped", "requests.dropped{service=s}@ / requests.offered{service=s}@", full, 0.001},
               {"share that timed out", "requests.timed_out{population=p}@ / requests.offered{population=p}@", full, 0.001},
               {"share of time busy", "utilization{service=s}@", rho * (1 - full), 0.002},
               {"SYNs sent again", "syn.retransmitted{service=s}", 0, 0});
}

/* Whoever waits gets in: nothing is lost, and the work that comes is done. */
static void an_accept_queue_of_patient_callers_loses_nothing(void **state)
{
    struct law_plan plan = {.runs = 20, .title = "M/M/1/5, SYN sent again", .window = "[5s,60s]", .yaml = accept_queue(0.5, 5, "")};

    (void)state;
    assert_law(plan, {"share served", "requests.succeeded{service=s}@ / requests.offered{service=s}@", 1, 0},
               {"dropped", "requests.dropped{service=s}@", 0, 0}, {"share of time busy", "utilization{service=s}@", 0.5, 0.002});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(erlang_b_is_that_of_the_tables),
        cmocka_unit_test(without_a_line_erlang_b_are_refused_whatever_the_work),
        cmocka_unit_test(a_short_line_refuses_as_mm1k),
        cmocka_unit_test(impatient_customers_leave_as_in_erlang_a),
        cmocka_unit_test(callers_who_come_back_fill_the_orbit_of_theory),
        cmocka_unit_test(an_accept_queue_of_callers_in_a_hurry_drops_as_mm1k),
        cmocka_unit_test(an_accept_queue_of_patient_callers_loses_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
