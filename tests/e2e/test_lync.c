/* test_lync - the Lync failure of 2014, at a tenth of its size: what keeps it down, by two conditions, and what brings it back
 *
 * Each pool has 12,000 clients, of which each is back 35 s after a refusal, on average; 2 workers register 40 clients a second, or
 * refuse 80.
 */
#include "e2e/e2e.h"

/* ---------------------------------------------------------------- what keeps it down */

static void three_minutes_without_a_link_are_hours_without_a_service(void **state)
{
    (void)state;
    assert_scenario("lync-2014-small.yaml", "verdict = metastable", "verdict{group=struck} = metastable",
                    "verdict{group=spared} = stable", "outage.duration > 5h", "sessions.connected{group=struck} = 0",
                    "utilization{service=gateway,region=north}@[16:00Z,20:00Z] > 99%",
                    "requests.succeeded{service=gateway,region=north}@[16:00Z,20:00Z] = 0", "status.first_notice > 60m",
                    "status.first_notice < 100m", "sla.credit >= 25%");
}

/* Condition 1: clients / retry cycle x work of a refusal > workers. */
static void it_stays_down_where_refusals_take_more_than_all_workers(void **state)
{
    static const struct {
        const char *set;
        bool down;
    } cases[] = {
        {"gateway.reject_work=10ms", true},                /* 12,000 / 35 s x 10 ms = 3.4 > 2 */
        {"gateway.reject_work=7ms", true},                 /* 2.4 */
        {"gateway.reject_work=5ms", false},                /* 1.7 */
        {"gateway.workers=6", true},                       /* 8.6 > 6 */
        {"gateway.workers=10", false},                     /* 8.6 < 10 */
        {"clients.sessions.count=10k", true},              /* 5,000 / 35 s x 25 ms = 3.6 > 2 */
        {"clients.sessions.count=5k", false},              /* 1.8 */
        {"clients.sessions.reconnect.offset=230s", true},  /* 12,000 / 125 s x 25 ms = 2.4 > 2 */
        {"clients.sessions.reconnect.offset=290s", false}, /* 1.9 */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[256];

        snprintf(text, sizeof(text), "lync-2014-small.yaml --set %s", cases[i].set);
        if (cases[i].down)
            assert_scenario(text, "verdict{group=struck} = metastable", "verdict{group=spared} = stable");
        else
            assert_scenario(text, "verdict{group=struck} = recovered", "time_to.recover{group=struck} < 20m");
    }
}

/* Condition 2: places / capacity > time-out. Refusals cost nothing here. */
static void it_stays_down_where_the_line_is_longer_than_the_time_out(void **state)
{
    static const struct {
        const char *set;
        bool down;
    } cases[] = {
        {"gateway.queue.limit=1150", false},                           /* 28.75 s < 30 s */
        {"gateway.queue.limit=1250", true},                            /* 31.25 s */
        {"clients.timeout=10s --set gateway.queue.limit=380", false},  /* 9.5 s < 10 s */
        {"clients.timeout=10s --set gateway.queue.limit=420", true},   /* 10.5 s */
        {"clients.timeout=60s --set gateway.queue.limit=1600", false}, /* 40 s < 60 s */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char text[256];

        snprintf(text, sizeof(text), "lync-2014-small.yaml --strategy admission --set %s", cases[i].set);
        if (cases[i].down)
            assert_scenario(text, "verdict{group=struck} = metastable",
                            "requests.succeeded{service=gateway,region=north}@[16:00Z,20:00Z] = 0");
        else
            assert_scenario(text, "verdict{group=struck} = recovered", "time_to.recover{group=struck} < 20m");
    }
}

/* ---------------------------------------------------------------- what brings it back */

/* Clients / (capacity - refreshes), where capacity is 20/s for each worker, and each client refreshes once in `refresh_s`. */
static void without_retries_it_is_back_when_all_have_been_let_in_once(void **state)
{
    static const struct {
        int clients, workers, refresh_s;
    } cases[] = {{12000, 2, 600}, {24000, 4, 600}, {6000, 1, 600}, {12000, 3, 600},
                 {12000, 4, 300}, {20000, 2, 900}, {12000, 2, 400}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        double clients = cases[i].clients, capacity = 20 * cases[i].workers;
        double bound_s = clients / (capacity - clients / cases[i].refresh_s);
        char text[256], bound[64], floor[64];

        snprintf(text, sizeof(text),
                 "lync-2014-small.yaml --strategy no_retries --set clients.sessions.count=%d --set gateway.workers=%d "
                 "--set clients.sessions.refresh=%ds",
                 2 * cases[i].clients, cases[i].workers, cases[i].refresh_s);
        snprintf(bound, sizeof(bound), "time_to.recover{group=struck} <= %gs", bound_s);
        snprintf(floor, sizeof(floor), "time_to.recover{group=struck} >= %gs", 0.9 * clients / capacity);
        assert_scenario(text, "verdict{group=struck} = recovered", "verdict{group=spared} = stable", "sessions.given_up = 0", bound,
                        floor);
    }
}

static void full_jitter_brings_it_back_over_a_window_that_is_long_enough(void **state)
{
    (void)state;
    assert_scenario("lync-2014-small.yaml --strategy full_jitter", "verdict{group=struck} = recovered",
                    "time_to.recover{group=struck} < 15m");
    /* 12,000 / 2.5 min x 25 ms = 2 workers: less than that on both sides. */
    assert_scenario("lync-2014-small.yaml --strategy full_jitter --set clients.sessions.reconnect.base=6m --set "
                    "clients.sessions.reconnect.cap=6m",
                    "verdict{group=struck} = recovered");
    assert_scenario("lync-2014-small.yaml --strategy full_jitter --set clients.sessions.reconnect.base=4m --set "
                    "clients.sessions.reconnect.cap=4m",
                    "verdict{group=struck} = metastable");
}

/* What stays with the gateway must be less than refusals can eat: (1 - share) x 8.6 workers < 2. */
static void rerouting_brings_back_all_of_it_only_if_enough_are_sent_away(void **state)
{
    (void)state;
    assert_scenario("lync-2014-small.yaml --strategy reroute --set rerouted.reroute.share=80%", "verdict{group=struck} = recovered",
                    "time_to.recover{group=struck} > 115m", "time_to.recover{group=struck} < 125m",
                    "verdict{group=spared} = stable");
    assert_scenario("lync-2014-small.yaml --strategy reroute --set rerouted.reroute.share=70%",
                    "verdict{group=struck} = metastable", "sessions.connected{group=struck} > 8000",
                    "sessions.connected{group=struck} < 8800", "verdict{group=spared} = stable");
}

static void the_comparison_says_what_brings_it_back_and_when(void **state)
{
    struct outcome o = run_program("compare", "scenarios/lync-2014-small.yaml");

    (void)state;
    assert_ended(&o, 0);
    assert_contains(&o, o.out, "do not under reroute_south.");
    assert_contains(&o, o.out, "For those that the fault strikes, service comes back under no_retries (after ");
    assert_contains(&o, o.out, "and reroute (after 1 h 58 min); it does not under baseline");
    outcome_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_minutes_without_a_link_are_hours_without_a_service),
        cmocka_unit_test(it_stays_down_where_refusals_take_more_than_all_workers),
        cmocka_unit_test(it_stays_down_where_the_line_is_longer_than_the_time_out),
        cmocka_unit_test(without_retries_it_is_back_when_all_have_been_let_in_once),
        cmocka_unit_test(full_jitter_brings_it_back_over_a_window_that_is_long_enough),
        cmocka_unit_test(rerouting_brings_back_all_of_it_only_if_enough_are_sent_away),
        cmocka_unit_test(the_comparison_says_what_brings_it_back_and_when),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
