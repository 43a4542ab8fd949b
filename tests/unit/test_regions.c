/* test_regions - where regions begin and end, what selectors name, and who is sent elsewhere */
#include "law/law.h"

#include "flow/flow.h"
#include "flow/lever.h"

/* ---- a world that does not run */

struct world {
    Stormcell__Scenario *scenario;
    struct core core;
    struct flow *flow;
};

static struct world world_of(const char *text)
{
    struct law_plan plan = {.yaml = law_text("name: world\nclock: {run: 1h}\n%s", text)};
    struct world w = {.scenario = law_bind(&plan)};

    core_start(&w.core, w.scenario, 1, (uint32_t)(w.scenario->n_populations + w.scenario->n_services), false);
    return w;
}

static void world_end(struct world *w)
{
    if (w->flow)
        flow_free(w->flow);
    core_end(&w->core);
    stormcell__scenario__free_unpacked(w->scenario, NULL);
}

/* ---- borders */

#define SOMEBODY "services: {s: {operations: {o: {}}}}\npopulations: {p: {does: s.o, rate: 1/s}}\n"

/* The first partition of each region, and the end of the last, as "0 6 10". */
static void assert_borders(uint32_t partitions, const char *regions, const char *expected)
{
    struct world w = world_of(law_text("partitions: {count: %u}\n%s%s", partitions, regions, SOMEBODY));
    char text[256];
    size_t used = 0;

    for (uint32_t r = 0; r <= w.core.people.regions; r++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%u", r ? " " : "", w.core.people.first_partition[r]);
    assert_string_equal(text, expected);
    for (uint32_t r = 0; r < w.core.people.regions; r++)
        for (uint32_t p = w.core.people.first_partition[r]; p < w.core.people.first_partition[r + 1]; p++)
            assert_int_equal(region_of(&w.core.people, p), r);
    world_end(&w);
}

static void each_region_holds_the_next_share_of_the_partitions(void **state)
{
    (void)state;
    assert_borders(10, "regions: {a: 60%, b: 40%}\n", "0 6 10");
    assert_borders(3, "regions: {a: 30%, b: 40%, c: 30%}\n", "0 1 2 3");
    assert_borders(10, "regions: {a: 25%, b: 25%, c: 25%, d: 25%}\n", "0 3 5 8 10");
    assert_borders(7, "regions: {a: 100%}\n", "0 7");
}

static void without_regions_there_is_one_that_holds_all(void **state)
{
    (void)state;
    assert_borders(7, "", "0 7");
}

/* One and three tenths, of five: 1.5 exactly, but 0.1 + 0.2 is not 0.3. */
static void halves_go_up_however_shares_were_rounded(void **state)
{
    (void)state;
    assert_borders(5, "regions: {a: 30%, b: 70%}\n", "0 2 5");
    assert_borders(5, "regions: {a: 20%, b: 10%, c: 70%}\n", "0 1 2 5");
    assert_borders(15, "regions: {a: 20%, b: 30%, c: 20%, d: 30%}\n", "0 3 8 11 15");
}

/* ---- selectors: three tiers over ten partitions, six of them in the west */

#define TIERS                                                                                                                      \
    "partitions: {count: 10, users: 100}\n"                                                                                        \
    "regions: {west: 60%, far-east: 40%}\n"                                                                                        \
    "services:\n"                                                                                                                  \
    "  whole: {replicas: 4, operations: {o: {}}}\n"                                                                                \
    "  edge: {per: region, replicas: 3, operations: {o: {}}}\n"                                                                    \
    "  pool: {per: partition, replicas: 2, operations: {o: {}}}\n"                                                                 \
    "populations: {p: {does: whole.o, rate: 1/s}}\n"

/* Stations are numbered through, from 1: whole 1..4, edge 5..10, pool 11..30. */
static void assert_selects(const char *selector, uint32_t first, uint32_t count)
{
    struct world w = world_of(TIERS);
    uint32_t found_first = 0, found_count = 0;

    w.flow = flow_create(&w.core, w.scenario);
    assert_int_equal(flow_select(w.flow, selector, &found_first, &found_count), count > 0);
    assert_int_equal(found_first, first);
    assert_int_equal(found_count, count);
    world_end(&w);
}

/* The partitions that it hits, as digits. */
static void assert_hits(const char *selector, const char *expected)
{
    struct world w = world_of(TIERS);
    char hit[16] = "";
    size_t used = 0;

    w.flow = flow_create(&w.core, w.scenario);
    for (uint32_t p = 0; p < 10; p++)
        if (flow_select_hits(w.flow, selector, p))
            hit[used++] = (char)('0' + p);
    assert_string_equal(hit, expected);
    world_end(&w);
}

static void a_selector_names_stations(void **state)
{
    (void)state;
    assert_selects("whole", 1, 4);
    assert_selects("whole.replica[3]", 4, 1);
    assert_selects("edge", 5, 6);
    assert_selects("edge@west", 5, 3);
    assert_selects("edge@far-east", 8, 3);
    assert_selects("edge@far-east.replica[2]", 10, 1);
    assert_selects("pool", 11, 20);
    assert_selects("pool[9]", 29, 2);
    assert_selects("pool[9].replica[1]", 30, 1);
    assert_selects("pool@west", 11, 12);
    assert_selects("pool@far-east", 23, 8);
}

static void what_is_not_there_is_not_selected(void **state)
{
    static const char *const wrong[] = {"edge@nowhere",         "edge@",   "whole@west",           "pool[10]",
                                        "pool@west.replica[0]", "edge[1]", "edge@west.replica[3]", "none"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_selects(wrong[i], 0, 0);
}

static void a_selector_hits_the_partitions_that_its_replicas_serve(void **state)
{
    (void)state;
    assert_hits("whole", "0123456789");
    assert_hits("edge@west", "012345");
    assert_hits("edge@far-east.replica[0]", "6789");
    assert_hits("pool@far-east", "6789");
    assert_hits("pool[7]", "7");
}

static void one_replica_of_each_set_may_be_selected(void **state)
{
    struct world w = world_of(TIERS);
    struct stations s;

    (void)state;
    w.flow = flow_create(&w.core, w.scenario);
    assert_true(flow_select_all(w.flow, "pool@far-east.replica[1]", &s));
    assert_int_equal(s.first, 24);
    assert_int_equal(s.count, 1);
    assert_int_equal(s.times, 4);
    assert_int_equal(s.stride, 2);
    world_end(&w);
}

/* ---- runs */

#define assert_world(text, ...)                                                                                                    \
    do {                                                                                                                           \
        struct law_plan world_plan = {.runs = 1, .yaml = "name: world\n" text};                                                    \
                                                                                                                                   \
        assert_law(world_plan, __VA_ARGS__);                                                                                       \
    } while (0)

static void a_region_that_crashes_takes_its_own_users_only(void **state)
{
    (void)state;
    assert_world("clock: {run: 100s}\n"
                 "partitions: {count: 10, users: 1000}\n"
                 "regions: {west: 60%, east: 40%}\n"
                 "health: {interval: 10s}\n"
                 "services: {edge: {per: region, workers: 1000, operations: {o: {work: 10ms}}}}\n"
                 "populations: {p: {does: edge.o, rate: 100/s}}\n"
                 "faults: {f: {at: 20s, for: 30s, target: edge@east, crash: {}}}\n",
                 {"in the east", "availability{region=east}@[20s,50s]", 0}, {"in the west", "availability{region=west}", 1},
                 {"the struck are the east", "requests.offered{group=struck} - requests.offered{region=east}", 0},
                 {"who was refused was of the east", "requests.failed - requests.failed{region=east}", 0},
                 {"verdict of the east", "verdict{region=east}", .word = "recovered"},
                 {"verdict of the west", "verdict{region=west}", .word = "stable"},
                 {"the east's set stood still", "utilization{region=east,service=edge}@[20s,50s]", 0},
                 {"the whole is the sum",
                  "workers.busy.mean{service=edge} - workers.busy.mean{region=east,service=edge} - "
                  "workers.busy.mean{region=west,service=edge}",
                  0, .slack = 1e-9},
                 {"who lost minutes", "users.affected{region=east}", 400}, {"and who did not", "users.affected{region=west}", 0});
}

static void a_replica_of_each_set_may_fail(void **state)
{
    (void)state;
    assert_world("clock: {run: 100s}\n"
                 "partitions: {count: 4, users: 1000}\n"
                 "services: {pool: {per: partition, replicas: 2, workers: 1000, operations: {o: {}}}}\n"
                 "populations: {p: {does: pool.o, rate: 100/s}}\n"
                 "faults: {f: {at: 0s, target: \"pool.replica[1]\", crash: {}}}\n",
                 {"in turn, every other request", "availability", 0.5, .slack = 0.001},
                 {"in every partition", "availability{partition=3}", 0.5, .slack = 0.001});
}

static void users_of_a_set_go_to_another_set_and_come_back(void **state)
{
    (void)state;
    assert_world("clock: {run: 300s}\n"
                 "partitions: {count: 2, users: 1000}\n"
                 "services: {pool: {per: partition, workers: 1000, operations: {o: {work: 100ms}}}}\n"
                 "populations: {p: {does: pool.o, rate: 100/s}}\n"
                 "runbook:\n"
                 "  - {at: 100s, reroute: {from: \"pool[0]\", to: \"pool[1]\"}}\n"
                 "  - {at: 200s, reroute: {from: \"pool[0]\", to: \"pool[1]\", share: 0%}}\n",
                 {"nobody is left", "workers.busy.mean{service=pool,partition=0}@[101s,200s]", 0},
                 {"all are there", "workers.busy.mean{service=pool,partition=1}@[101s,200s]", 10, .slack = 0.5},
                 {"and come back", "workers.busy.mean{service=pool,partition=0}@[201s,300s]", 5, .slack = 0.5},
                 {"requests are counted by whose they are",
                  "requests.offered{service=pool,partition=0} - requests.offered{partition=0}", 0});
}

/* Each set to its like. */
static void sets_of_one_service_go_to_those_of_another_pair_by_pair(void **state)
{
    (void)state;
    assert_world("clock: {run: 100s}\n"
                 "partitions: {count: 4, users: 1000, spread: shares, shares: [40%, 30%, 20%, 10%]}\n"
                 "services:\n"
                 "  old: {per: partition, workers: 1000, operations: {a: {}, o: {work: 100ms}}}\n"
                 "  new: {per: partition, workers: 1000, operations: {o: {work: 200ms}, a: {}}}\n"
                 "populations: {p: {does: old.o, rate: 100/s, process: regular}}\n"
                 "runbook: [{at: 50s, reroute: {from: old, to: new}}]\n",
                 {"the old is left", "workers.busy.mean{service=old}@[51s,100s]", 0},
                 {"the new is asked, and takes its own time", "workers.busy.mean{service=new}@[51s,100s]", 20, .slack = 0.05},
                 {"by the largest partition", "workers.busy.mean{service=new,partition=0}@[51s,100s]", 8, .slack = 0.5},
                 {"by the smallest", "workers.busy.mean{service=new,partition=3}@[51s,100s]", 2, .slack = 0.5},
                 {"calls are counted where they are made", "requests.calls{service=new} - attempts{service=new}", 0},
                 {"in both", "requests.calls{service=old} + requests.calls{service=new} - requests.offered", 0});
}

/* Each user who comes to the other service asks `db` once, for his credentials last. So db counts them. */
static void it_is_the_same_users_each_time(void **state)
{
    static const char world[] = "clock: {run: 1000s}\n"
                                "partitions: {users: 1000}\n"
                                "services:\n"
                                "  db: {workers: 1000, operations: {q: {}}}\n"
                                "  one: {workers: 1000, operations: {o: {}}}\n"
                                "  two: {workers: 1000, operations: {o: {calls: {q: {to: db.q, cache: {lifetime: 100h}}}}}}\n"
                                "populations: {p: {does: one.o, rate: 100/s}}\n"
                                "runbook:\n%s";
    struct law_plan once = {.runs = 1,
                            .yaml = law_text("name: once\n%s", law_text(world, "  - {at: 1s, reroute: {from: one, to: two, share: "
                                                                               "50%}}\n"))};
    struct law_plan again = {.runs = 1,
                             .yaml = law_text("name: again\n%s", law_text(world, "  - {at: 1s, reroute: {from: one, to: "
                                                                                 "two, share: 20%}}\n"
                                                                                 "  - {at: 300s, reroute: {from: one, "
                                                                                 "to: two, share: 0%}}\n"
                                                                                 "  - {at: 400s, reroute: {from: one, "
                                                                                 "to: two, share: 50%}}\n"))};

    (void)state;
    /* A half of 1000 users, by coins: 4 standard deviations are 63. */
    assert_law(once, {"users", "requests.calls{service=db}", 500, .slack = 63},
               {"of the requests", "requests.offered{service=two} / requests.offered", 0.5, .slack = 0.07});
    assert_law(again, {"the same and no others, by greater shares too", "requests.calls{service=db}", 500, .slack = 63});
}

static void retries_go_the_new_way(void **state)
{
    (void)state;
    assert_world("clock: {run: 100s}\n"
                 "services:\n"
                 "  one: {workers: 1000, operations: {o: {}}}\n"
                 "  two: {workers: 1000, replicas: 2, operations: {o: {work: 1s}}}\n"
                 "populations: {p: {does: one.o, rate: 1/s, process: regular, count: 20, timeout: 5s,\n"
                 "                  breaker: {by: replica}, backoff: {attempts: 2, growth: none, base: 0s}}}\n"
                 "faults: {f: {at: 0s, target: one, hang: {}}}\n"
                 "runbook: [{at: 15500ms, reroute: {from: one, to: two}}]\n",
                 {"those that timed out after the step, and those born after it", "attempts{service=two}", 10},
                 {"all of which are served", "requests.succeeded", 10},
                 {"by a service that no ledger forgets", "requests.failed{service=two}", 0});
}

/* ---- one region is the whole */

static size_t packed(const ProtobufCMessage *m, uint8_t **bytes)
{
    size_t length = protobuf_c_message_get_packed_size(m);

    *bytes = xmalloc(length + 1);
    return protobuf_c_message_pack(m, *bytes);
}

static void assert_same_bytes(const ProtobufCMessage *a, const ProtobufCMessage *b)
{
    uint8_t *x, *y;
    size_t length = packed(a, &x);

    assert_int_equal(packed(b, &y), length);
    assert_memory_equal(x, y, length);
    free(x);
    free(y);
}

static void assert_same_lists(void *a, size_t a_count, void *b, size_t b_count)
{
    ProtobufCMessage **x = a, **y = b;

    assert_int_equal(a_count, b_count);
    for (size_t i = 0; i < a_count; i++)
        assert_same_bytes(x[i], y[i]);
}

static struct law_runs runs_of_edge(const char *regions, const char *per)
{
    struct law_plan plan = {
        .runs = 1,
        .yaml = law_text("name: one\nclock: {run: 100s}\npartitions: {count: 4, users: 100}\n%s"
                         "services:\n"
                         "  edge: {per: %s, replicas: 3, balance: two_choices, ejection: {}, operations: {o: {work: {exponential: "
                         "{mean: 20ms}}}}}\n"
                         "populations: {p: {does: edge.o, rate: 100/s, timeout: 1s, backoff: {attempts: 3, jitter: full}}}\n"
                         "faults: {f: {at: 20s, for: 10s, target: \"edge.replica[1]\", crash: {}}}\n",
                         regions, per),
    };

    return law_run(&plan, NULL, 0);
}

static void one_region_is_the_whole_by_another_name(void **state)
{
    struct law_runs whole = runs_of_edge("", "whole"), region = runs_of_edge("regions: {world: 100%}\n", "region");
    Stormcell__Result *a = whole.jobs[0].result, *b = region.jobs[0].result;

    (void)state;
    assert_int_equal(a->events, b->events);
    assert_same_lists(a->cells, a->n_cells, b->cells, b->n_cells);
    assert_same_lists(a->cohorts, a->n_cohorts, b->cohorts, b->n_cohorts);
    assert_same_lists(a->controls, a->n_controls, b->controls, b->n_controls);
    assert_int_equal(a->n_levels, b->n_levels);
    for (size_t i = 0; i < a->n_levels; i++) {
        assert_true(b->levels[i]->has_region && !b->levels[i]->has_partition);
        b->levels[i]->has_region = false;
    }
    assert_same_lists(a->levels, a->n_levels, b->levels, b->n_levels);
    law_free(&whole);
    law_free(&region);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_region_holds_the_next_share_of_the_partitions),
        cmocka_unit_test(without_regions_there_is_one_that_holds_all),
        cmocka_unit_test(halves_go_up_however_shares_were_rounded),
        cmocka_unit_test(a_selector_names_stations),
        cmocka_unit_test(what_is_not_there_is_not_selected),
        cmocka_unit_test(a_selector_hits_the_partitions_that_its_replicas_serve),
        cmocka_unit_test(one_replica_of_each_set_may_be_selected),
        cmocka_unit_test(a_replica_of_each_set_may_fail),
        cmocka_unit_test(a_region_that_crashes_takes_its_own_users_only),
        cmocka_unit_test(users_of_a_set_go_to_another_set_and_come_back),
        cmocka_unit_test(sets_of_one_service_go_to_those_of_another_pair_by_pair),
        cmocka_unit_test(it_is_the_same_users_each_time),
        cmocka_unit_test(retries_go_the_new_way),
        cmocka_unit_test(one_region_is_the_whole_by_another_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
