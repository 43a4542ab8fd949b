/* test_presence - verdicts and minutes lost by who is connected
 *
 * A run lasts 100 minutes, is judged by the minute, and has two partitions with 1000 clients each; 0 is struck from minute 20
 * to 30. Nobody asks for anything by request, unless a test says so.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "result/drain.h"
#include "unit/result_builder.h"

enum { MINUTES = 100, CLIENTS = 1000 };

struct world {
    Stormcell__Result *r, *twin;
    Stormcell__Cohorts *own[2];
    Stormcell__Scenario *sc;
};

/* `requests` in each minute and partition, all good. */
static struct world build_world(int64_t fault_end_min, uint32_t requests)
{
    struct world w = {.r = build_result(2, MINUTES * 60, 60), .twin = build_result(2, MINUTES * 60, 60)};

    build_fault(w.r, "cuts", "gateway[0]", 20 * 60, fault_end_min < 0 ? -1 : fault_end_min * 60);
    for (uint32_t p = 0; p < 2; p++) {
        w.own[p] = build_cohorts(w.r, p, requests);
        build_presence(w.own[p], w.r, CLIENTS);
        build_presence(build_cohorts(w.twin, p, requests), w.twin, CLIENTS);
    }
    w.sc = build_scenario(w.r);
    return w;
}

static void end_world(struct world *w)
{
    result_free(w->r);
    result_free(w->twin);
    build_scenario_free(w->sc);
}

/* A service `gateway` with so many workers, of which each connection takes one for work_s. */
static Stormcell__Population *build_clients(Stormcell__Scenario *sc, uint32_t workers, int64_t work_s)
{
    Stormcell__Service *s = BUILD_ADD(sc, services, Stormcell__Service, stormcell__service__init);
    Stormcell__Operation *o = BUILD_ADD(s, operations, Stormcell__Operation, stormcell__operation__init);
    Stormcell__Population *p = BUILD_ADD(sc, populations, Stormcell__Population, stormcell__population__init);

    s->name = xstrdup("gateway");
    s->has_workers = true;
    s->workers = workers;
    o->name = xstrdup("register");
    o->work = xmalloc(sizeof(*o->work));
    stormcell__dist__init(o->work);
    o->work->shape_case = STORMCELL__DIST__SHAPE_CONSTANT_NS;
    o->work->constant_ns = work_s * build_s;
    p->name = xstrdup("people");
    p->does = xstrdup("gateway.register");
    return p;
}

static void build_sessions(Stormcell__Scenario *sc, uint32_t workers, int64_t work_s)
{
    Stormcell__Population *p = build_clients(sc, workers, work_s);

    p->sessions = xmalloc(sizeof(*p->sessions));
    stormcell__sessions__init(p->sessions);
    p->sessions->count = 2 * CLIENTS;
}

static const Stormcell__Verdict *verdict(const struct world *w, const char *scope)
{
    for (size_t i = 0; i < w->r->n_verdicts; i++)
        if (strcmp(w->r->verdicts[i]->scope, scope) == 0)
            return w->r->verdicts[i];
    fail_msg("no verdict on %s", scope);
    return NULL;
}

static void assert_judged(struct world *w, const char *scope, const char *word)
{
    result_judge_health(w->r, w->twin, w->sc);
    if (strcmp(verdict(w, scope)->word, word) != 0)
        fail_msg("%s is %s, not %s", scope, verdict(w, scope)->word, word);
}

/* ---------------------------------------------------------------- words */

static void all_connected_is_stable(void **state)
{
    struct world w = build_world(30, 0);

    (void)state;
    assert_judged(&w, "whole", "stable");
    assert_true(verdict(&w, "whole")->has_worst_connected_ratio);
    assert_true(verdict(&w, "whole")->worst_connected_ratio == 1);
    end_world(&w);
}

static void ninety_five_percent_of_the_twins_connections_are_healthy_and_less_is_not(void **state)
{
    struct world w = build_world(30, 0);

    (void)state;
    /* The twin has lost a tenth itself. */
    build_connected(w.twin->cohorts[0], 0, MINUTES, 0.9);
    build_connected(w.own[0], 20, 25, 0.856);
    build_connected(w.own[1], 20, 25, 0.949);
    assert_judged(&w, "0", "stable");
    assert_judged(&w, "1", "recovered");
    assert_true(verdict(&w, "1")->worst_connected_ratio > 0.9489 && verdict(&w, "1")->worst_connected_ratio < 0.9491);
    end_world(&w);
}

static void health_is_back_at_the_end_of_the_last_interval_without_connections(void **state)
{
    struct world w = build_world(30, 100);

    (void)state;
    build_connected(w.own[0], 20, 45, 0.12);
    build_good(w.own[0], 20, 45, 0);
    build_last_failure(w.own[0], 20, 45, 90);
    assert_judged(&w, "struck", "recovered");
    assert_int_equal(verdict(&w, "struck")->unhealthy_from_ns, 20 * 60 * build_s);
    assert_int_equal(verdict(&w, "struck")->unhealthy_to_ns, 45 * 60 * build_s);
    assert_int_equal(verdict(&w, "struck")->recovery_ns, 15 * 60 * build_s);
    assert_judged(&w, "spared", "stable");
    end_world(&w);
}

static void without_connections_while_the_trigger_is_on_is_degraded(void **state)
{
    struct world w = build_world(-1, 0);

    (void)state;
    build_connected(w.own[0], 20, MINUTES, 0);
    assert_judged(&w, "struck", "degraded");
    end_world(&w);
}

static void without_connections_for_good_is_metastable(void **state)
{
    struct world w = build_world(30, 0);

    (void)state;
    build_sessions(w.sc, 10, 1);
    build_connected(w.own[0], 20, MINUTES, 0.5);
    assert_judged(&w, "struck", "metastable");
    assert_judged(&w, "spared", "stable");
    assert_judged(&w, "whole", "metastable");
    end_world(&w);
}

static void connections_that_come_back_are_recovering(void **state)
{
    struct world w = build_world(30, 0);

    (void)state;
    build_sessions(w.sc, 10, 1);
    build_connected(w.own[0], 20, 85, 0.1);
    build_connected(w.own[0], 85, MINUTES, 0.2);
    assert_judged(&w, "struck", "recovering");
    end_world(&w);
}

static void nothing_is_won_where_requests_come_back_and_connections_do_not(void **state)
{
    struct world w = build_world(30, 100);

    (void)state;
    build_sessions(w.sc, 10, 1);
    build_good(w.own[0], 20, 85, 40);
    build_good(w.own[0], 85, MINUTES, 80);
    build_connected(w.own[0], 20, MINUTES, 0.3);
    assert_judged(&w, "struck", "metastable");
    end_world(&w);
}

static void fewer_than_could_have_come_back_yet_is_degraded(void **state)
{
    struct world w = build_world(30, 0);

    (void)state;
    /* 2000 clients, of which half are lost, take 50 s each: with 10 workers 83 minutes, and 70 have passed. */
    build_sessions(w.sc, 10, 50);
    build_connected(w.own[0], 20, MINUTES, 0);
    assert_judged(&w, "struck", "degraded");
    end_world(&w);
}

static void a_long_trigger_does_not_excuse_connections_that_do_not_come_back(void **state)
{
    struct world w = build_world(90, 0);

    (void)state;
    /* 70 minutes of requests would need as long to drain, 1000 clients of 1 s do not. */
    build_sessions(w.sc, 10, 1);
    build_connected(w.own[0], 20, MINUTES, 0.5);
    assert_judged(&w, "struck", "metastable");
    end_world(&w);
}

static void a_partition_without_clients_is_judged_by_its_requests(void **state)
{
    struct world w = build_world(30, 100);

    (void)state;
    w.own[0]->n_connected_s = w.own[0]->n_wanted_s = 0;
    w.twin->cohorts[0]->n_connected_s = w.twin->cohorts[0]->n_wanted_s = 0;
    build_good(w.own[0], 20, 45, 0);
    build_last_failure(w.own[0], 20, 45, 90);
    assert_judged(&w, "0", "recovered");
    assert_false(verdict(&w, "0")->has_worst_connected_ratio);
    assert_int_equal(verdict(&w, "0")->unhealthy_to_ns, (44 * 60 + 90) * build_s);
    end_world(&w);
}

static void the_time_line_says_who_is_connected(void **state)
{
    struct world w = build_world(30, 0);

    (void)state;
    build_connected(w.own[0], 20, 25, 0.129);
    assert_judged(&w, "struck", "recovered");
    assert_string_equal(w.r->timeline[0]->text, "unhealthy: 12 % of clients connected");
    build_population(w.r, "machines");
    w.r->entities[0]->dependents = CLIENTS;
    assert_judged(&w, "struck", "recovered");
    assert_string_equal(w.r->timeline[0]->text, "unhealthy: 12 % of dependents up");
    end_world(&w);
}

/* ---------------------------------------------------------------- how long it should take */

static void a_comeback_takes_its_work_over_the_capacity_that_is_left(void **state)
{
    struct world w = build_world(30, 0);
    struct drain_loss half = {.whole = 0.5, .scope = 1};

    (void)state;
    build_sessions(w.sc, 10, 1);
    /* 1000 lost, 1 s each, 10 workers of which a fifth is busy anyway; after the longest delay of the plain policy, 60 s. */
    assert_true(drain_presence_ns(w.sc, &half, 0.2) == 60e9 + 125e9);
    /* Each partition has its own 10 workers, and all of the 1000 of one are lost. */
    w.sc->services[0]->per = STORMCELL__SERVICE__PER__PER_PARTITION;
    w.sc->partitions = xmalloc(sizeof(*w.sc->partitions));
    stormcell__partitions__init(w.sc->partitions);
    w.sc->partitions->count = 2;
    assert_true(drain_presence_ns(w.sc, &half, 0.2) == 60e9 + 125e9);
    end_world(&w);
}

static void what_a_service_calls_may_be_slower_than_itself(void **state)
{
    struct world w = build_world(30, 0);
    struct drain_loss all = {.whole = 1, .scope = 1};
    Stormcell__Population *p;
    Stormcell__Call *call;

    (void)state;
    build_sessions(w.sc, 10, 1);
    /* Half of those who register ask a directory, with one worker. */
    p = build_clients(w.sc, 1, 2);
    free(p->does);
    p->does = xstrdup("directory.register");
    free(w.sc->services[1]->name);
    w.sc->services[1]->name = xstrdup("directory");
    call = BUILD_ADD(w.sc->services[0]->operations[0], calls, Stormcell__Call, stormcell__call__init);
    call->name = xstrdup("ask");
    call->to = xstrdup("directory.register");
    call->share_ratio = 0.5;
    assert_true(drain_presence_ns(w.sc, &all, 0) == 60e9 + 2000e9);
    end_world(&w);
}

static void dependents_need_their_own_time(void **state)
{
    struct world w = build_world(30, 0);
    struct drain_loss all = {.whole = 1, .scope = 1};
    Stormcell__Population *p = build_clients(w.sc, 10, 1);

    (void)state;
    p->dependents = xmalloc(sizeof(*p->dependents));
    stormcell__dependents__init(p->dependents);
    p->dependents->count = 2 * CLIENTS;
    p->dependents->every_ns = 60 * build_s;
    p->dependents->recovery = xmalloc(sizeof(*p->dependents->recovery));
    stormcell__dist__init(p->dependents->recovery);
    p->dependents->recovery->shape_case = STORMCELL__DIST__SHAPE_CONSTANT_NS;
    p->dependents->recovery->constant_ns = 3600 * build_s;
    assert_true(drain_presence_ns(w.sc, &all, -1) == (200.0 + 60 + 3600) * 1e9);
    end_world(&w);
}

static void without_clients_nothing_can_be_said_of_their_comeback(void **state)
{
    struct world w = build_world(30, 0);
    struct drain_loss all = {.whole = 1, .scope = 1};

    (void)state;
    build_clients(w.sc, 10, 1);
    assert_true(drain_presence_ns(w.sc, &all, 0) < 0);
    end_world(&w);
}

/* ---------------------------------------------------------------- promises */

static double minutes_lost(struct world *w)
{
    double lost = 0;

    build_population(w->r, "people");
    build_sla(w->sc);
    result_judge_sla(w->r, w->sc);
    for (size_t i = 0; i < w->r->n_sla; i++)
        lost += w->r->sla[i]->user_minutes_lost;
    return lost;
}

static void minutes_are_lost_for_those_who_are_not_connected(void **state)
{
    struct world w = build_world(30, 0);

    (void)state;
    build_connected(w.own[0], 20, 30, 0.25);
    assert_true(minutes_lost(&w) == 100 * 7.5);
    end_world(&w);
}

static void of_failed_requests_and_lost_connections_the_greater_share_counts(void **state)
{
    struct world w = build_world(30, 100);

    (void)state;
    build_connected(w.own[0], 20, 30, 0.25);
    build_good(w.own[0], 20, 30, 50);
    build_good(w.own[0], 40, 50, 50);
    build_connected(w.own[1], 40, 50, 0.75);
    build_good(w.own[1], 40, 50, 50);
    assert_true(minutes_lost(&w) == 100 * (7.5 + 5 + 5));
    end_world(&w);
}

static void nothing_lost_is_nothing_at_all(void **state)
{
    struct world w = build_world(30, 100);

    (void)state;
    assert_true(minutes_lost(&w) == 0);
    end_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_connected_is_stable),
        cmocka_unit_test(ninety_five_percent_of_the_twins_connections_are_healthy_and_less_is_not),
        cmocka_unit_test(health_is_back_at_the_end_of_the_last_interval_without_connections),
        cmocka_unit_test(without_connections_while_the_trigger_is_on_is_degraded),
        cmocka_unit_test(without_connections_for_good_is_metastable),
        cmocka_unit_test(connections_that_come_back_are_recovering),
        cmocka_unit_test(nothing_is_won_where_requests_come_back_and_connections_do_not),
        cmocka_unit_test(fewer_than_could_have_come_back_yet_is_degraded),
        cmocka_unit_test(a_long_trigger_does_not_excuse_connections_that_do_not_come_back),
        cmocka_unit_test(a_partition_without_clients_is_judged_by_its_requests),
        cmocka_unit_test(the_time_line_says_who_is_connected),
        cmocka_unit_test(a_comeback_takes_its_work_over_the_capacity_that_is_left),
        cmocka_unit_test(what_a_service_calls_may_be_slower_than_itself),
        cmocka_unit_test(dependents_need_their_own_time),
        cmocka_unit_test(without_clients_nothing_can_be_said_of_their_comeback),
        cmocka_unit_test(minutes_are_lost_for_those_who_are_not_connected),
        cmocka_unit_test(of_failed_requests_and_lost_connections_the_greater_share_counts),
        cmocka_unit_test(nothing_lost_is_nothing_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
