/* test_overlay - strategies, --with and --set laid over a scenario */
#include <unistd.h>

#include "stormcell/must.h"
#include "unit/scenario_text.h"

static Stormcell__Scenario *with_set(const char *const *set, size_t count)
{
    return good_text(small, &(struct scenario_overlay){.set = set, .set_count = count});
}

static void assert_set_lines(const char *set, const char *expected)
{
    assert_lines(small, &(struct scenario_overlay){.set = &set, .set_count = 1}, expected);
}

static void a_path_reaches_any_value(void **state)
{
    static const char *const set[] = {
        "clock.run=6h",
        "name=other",
        "web.workers=9",
        "services.db.workers=8",
        "web.operations.open.calls.read.timeout=250ms",
        "hub.delivery.calls.put.timeout=5s",
        "hub.senders.outside.hosts=3",
        "people.rate=1k/s",
        "people.arrivals.process=regular",
        "stops.hang.share=50%",
        "runbook[1].at=3h",
        "runbook.cure.isolate.workers=2",
        "partitions.users=2k",
        "health.goodput=90%",
    };
    Stormcell__Scenario *m = with_set(set, sizeof set / sizeof *set);

    assert_int_equal(m->clock->run_ns, 21600000000000);
    assert_string_equal(m->name, "other");
    assert_int_equal(m->services[0]->workers, 9);
    assert_int_equal(m->services[1]->workers, 8);
    assert_int_equal(m->services[0]->operations[0]->calls[0]->timeout_ns, 250000000);
    assert_int_equal(m->transports[0]->delivery->calls[0]->timeout_ns, 5000000000);
    assert_int_equal(m->transports[0]->senders[1]->hosts, 3);
    assert_true(m->populations[0]->arrivals->rate_per_s == 1000.0);
    assert_int_equal(m->populations[0]->arrivals->process, STORMCELL__ARRIVALS__PROCESS__PROCESS_REGULAR);
    assert_true(m->faults[0]->hang->share_ratio == 0.5);
    assert_int_equal(m->runbook[1]->at_t_ns, 10800000000000);
    assert_int_equal(m->runbook[0]->isolate->workers, 2);
    assert_string_equal(m->runbook[0]->isolate->transport, "hub");
    assert_int_equal(m->partitions->users, 2000);
    assert_true(m->health->goodput_ratio == 0.9);
    scenario_free(m);
}

/* storm.yaml holds all that stays connected, goes stale, breaks or is told. */
static Stormcell__Scenario *storm_with(const struct scenario_overlay *o)
{
    struct diag *d = diag_create();
    struct scenario_file *f = scenario_open("tests/determinism/storm.yaml", d);
    Stormcell__Scenario *m = scenario_bind(f, o, d);

    if (!m)
        diag_print(d, stderr);
    assert_non_null(m);
    scenario_file_free(f);
    diag_free(d);
    return m;
}

static void assert_stormy(const Stormcell__Scenario *m)
{
    assert_true(m->regions[1]->share_ratio == 0.43 && m->regions[2]->share_ratio == 0.12);
    assert_int_equal(m->populations[0]->sessions->reconnect->base_ns, 7000000000);
    assert_int_equal(m->populations[5]->sessions->keep_alive->failures, 3);
    assert_int_equal(m->populations[5]->sessions->reconnect->redial->constant_ns, 60000000000);
    assert_int_equal(m->populations[5]->sessions->backup->after_ns, 180000000000);
    assert_int_equal(m->populations[13]->n_timeouts_ns, 2);
    assert_int_equal(m->populations[14]->dependents->every_ns, 10000000000);
    assert_int_equal(m->links[0]->delay->constant_ns, 9000000);
    assert_true(m->links[3]->capacity_per_s == 900);
    assert_int_equal(m->services[3]->operations[0]->calls[0]->cache->stale->max_ns, 3600000000000);
    assert_int_equal(m->services[0]->queue->syn, STORMCELL__QUEUE__SYN_TIMETABLE__SYN_EXPONENTIAL);
    assert_int_equal(m->faults[0]->cut->packets, STORMCELL__CUT__PACKETS__PACKETS_HELD);
    assert_true(m->faults[6]->surge->factor == 20);
    assert_int_equal(m->rollouts[0]->bake_ns, 600000000000);
    assert_int_equal(m->rollouts[0]->n_rings, 2);
    assert_string_equal(m->rollouts[0]->rings[0]->targets[0], "storage@asia.replica[2]");
    assert_true(m->rollouts[0]->flaw->share_ratio == 0.3);
    assert_int_equal(m->runbook[1]->restart->at_once, 5);
    assert_int_equal(m->runbook[0]->rollback->over_ns, 5000000000);
    assert_true(m->runbook[4]->reroute->share_ratio == 0.9);
    assert_string_equal(m->runbook[5]->publish->text, "soon");
    assert_int_equal(m->status_page->tool[0]->timeout_ns, 8000000000);
    assert_int_equal(m->status_page->cadence_ns, 900000000000);
}

/* Paths of everything that the storm is made of, and what they are set to. */
static const char *const stormy[] = {
    "regions.europe=43%",
    "regions.asia=12%",
    "plain.sessions.reconnect.base=7s",
    "lync.sessions.keep_alive.failures=3",
    "lync.sessions.reconnect.redial=1m",
    "lync.sessions.backup.after=3m",
    "people.timeouts=[2s, 3s]",
    "machines.dependents.every=10s",
    "wan.delay=9ms",
    "links.core.capacity=900/s",
    "edge.ask.lookup.cache.stale.max=1h",
    "pool.queue.syn=exponential",
    "dig.cut.packets=held",
    "drown.surge.factor=20",
    "change.bake=10m",
    "change.rings.rest=null",
    "change.rings.canary.targets=[\"storage@asia.replica[2]\"]",
    "change.flaw.share=30%",
    "runbook.again.restart.at_once=5",
    "back.rollback.over=5s",
    "away.reroute.share=90%",
    "say.publish=soon",
    "status_page.tool.sign.timeout=8s",
    "status_page.cadence=15m",
};

static void a_path_reaches_what_stays_connected_and_what_changes(void **state)
{
    Stormcell__Scenario *m = storm_with(&(struct scenario_overlay){.set = stormy, .set_count = sizeof stormy / sizeof *stormy});

    assert_stormy(m);
    scenario_free(m);
}

static void a_path_may_leave_out_the_list_of_a_part(void **state)
{
    static const char *const set[] = {"web.open.work=7ms", "web.open.calls.read.timeout=250ms", "web.open.read.breaker.open=9s",
                                      "hub.outside.hosts=3"};
    Stormcell__Scenario *m = with_set(set, sizeof set / sizeof *set);

    assert_int_equal(m->services[0]->operations[0]->work->constant_ns, 7000000);
    assert_int_equal(m->services[0]->operations[0]->calls[0]->timeout_ns, 250000000);
    assert_int_equal(m->services[0]->operations[0]->calls[0]->controls[0]->breaker->open_ns, 9000000000);
    assert_int_equal(m->transports[0]->senders[1]->hosts, 3);
    scenario_free(m);
}

static void a_path_makes_the_mappings_that_the_language_has(void **state)
{
    static const char *const set[] = {"hub.delivery.bulkhead.limit=12", "web.queue.limit=5",
                                      "web.operations.open.calls.read.breaker.open=9s", "hub.back_pressure.instances=2"};
    Stormcell__Scenario *m = with_set(set, sizeof set / sizeof *set);

    assert_int_equal(m->transports[0]->delivery->controls[0]->bulkhead->limit, 12);
    assert_string_equal(m->transports[0]->delivery->controls[0]->name, "bulkhead");
    assert_int_equal(m->services[0]->queue->limit, 5);
    assert_int_equal(m->services[0]->operations[0]->calls[0]->controls[0]->breaker->open_ns, 9000000000);
    assert_int_equal(m->transports[0]->back_pressure->instances, 2);
    scenario_free(m);
}

static void a_path_that_ends_at_a_part_replaces_it(void **state)
{
    static const char *const set[] = {"people={does: db.read, rate: 3/s}", "web.operations.open.calls={}",
                                      "runbook=[{at: 1h, repair: stops}]"};
    Stormcell__Scenario *m = with_set(set, sizeof set / sizeof *set);

    assert_string_equal(m->populations[0]->does, "db.read");
    assert_int_equal(m->services[0]->operations[0]->n_calls, 0);
    assert_int_equal(m->n_runbook, 1);
    scenario_free(m);
}

static void null_deletes(void **state)
{
    static const char *const set[] = {
        "hub=null", "runbook=null", "stops=~", "people.rate=1/s", "web.operations.open.calls.read.timeout=null", "web.queue=null"};
    Stormcell__Scenario *m = with_set(set, sizeof set / sizeof *set);

    assert_int_equal(m->n_transports, 0);
    assert_int_equal(m->n_runbook, 0);
    assert_int_equal(m->n_faults, 0);
    assert_false(m->services[0]->operations[0]->calls[0]->has_timeout_ns);
    scenario_free(m);
}

static void a_new_name_may_stand_at_the_end(void **state)
{
    static const char *const set[] = {"services.cache={operations: {get: {work: 1ms}}}",
                                      "web.operations.open.calls.second={to: cache.get}", "runbook.late={at: 2h, repair: stops}",
                                      "runbook[3]={at: 3h, repair: stops}", "cache.operations.get.work=2ms"};
    Stormcell__Scenario *m = with_set(set, sizeof set / sizeof *set);

    assert_string_equal(m->services[2]->name, "cache");
    assert_int_equal(m->services[2]->operations[0]->work->constant_ns, 2000000);
    assert_string_equal(m->services[0]->operations[0]->calls[1]->to, "cache.get");
    assert_int_equal(m->n_runbook, 4);
    assert_string_equal(m->runbook[2]->name, "late");
    scenario_free(m);
}

static void another_choice_of_a_oneof_replaces_the_first(void **state)
{
    static const char *const set[] = {"stops.crash={}", "web.operations.open.work.exponential.mean=4ms", "runbook[0].repair=stops"};
    Stormcell__Scenario *m = with_set(set, sizeof set / sizeof *set);

    assert_int_equal(m->faults[0]->kind_case, STORMCELL__FAULT__KIND_CRASH);
    assert_int_equal(m->services[0]->operations[0]->work->shape_case, STORMCELL__DIST__SHAPE_EXPONENTIAL);
    assert_int_equal(m->runbook[0]->action_case, STORMCELL__STEP__ACTION_REPAIR);
    scenario_free(m);
}

static void later_settings_win(void **state)
{
    static const char *const set[] = {"web.workers=5", "web.workers=6"};
    Stormcell__Scenario *m = with_set(set, 2);

    assert_int_equal(m->services[0]->workers, 6);
    scenario_free(m);
}

static void what_is_wrong_with_a_setting_is_said_with_its_path(void **state)
{
    assert_set_lines("web.wokers=3", "<command line>:1:1: web.wokers: no key 'wokers'; did you mean 'workers'?\n");
    assert_set_lines("web.opne.work=3s", "<command line>:1:1: web.opne.work: no key 'opne'; did you mean 'open'?\n");
    assert_set_lines("web.open.wrok=3s", "<command line>:1:1: web.open.wrok: no key 'wrok'; did you mean 'work'?\n");
    assert_set_lines("wbe.workers=3", "<command line>:1:1: wbe.workers: no noun or key 'wbe'; did you mean 'web'?\n");
    assert_set_lines(
        "web.workers=3s",
        "<command line>:1:1: web.workers: expected a whole number such as 60, 12k or 1.2M, found '3s', which is a duration\n");
    assert_set_lines("web.operations.close.work=3s",
                     "<command line>:1:1: web.operations.close.work: no entry 'close': expected open\n");
    assert_set_lines("web.operations.clos=null", "<command line>:1:1: web.operations.clos: no entry 'clos': expected open\n");
    assert_set_lines("runbook[2].at=3h", "<command line>:1:1: runbook[2].at: no element [2]: the list has 2, counted from 0\n");
    assert_set_lines("runbook.cur.at=3h", "<command line>:1:1: runbook.cur.at: no entry 'cur'; did you mean 'cure'?\n");
    assert_set_lines("web[0].workers=3", "<command line>:1:1: web[0].workers: this is no list: expected no [...]\n");
    assert_set_lines("web.workers.x=3", "<command line>:1:1: web.workers.x: nothing stands below a plain value: expected no 'x'\n");
    assert_set_lines("web", "<command line>:1:1: --set: expected path=value, found 'web'\n");
    assert_set_lines("=3", "<command line>:1:1: --set: expected path=value, found '=3'\n");
    assert_set_lines("web.workers=", "<command line>:1:1: --set: expected path=value, found 'web.workers='\n");
    assert_set_lines("web.workers={", "<command line>:1:1: web.workers: expected a value as in a scenario, found '{'\n");
    assert_set_lines("web.=3", "<command line>:1:1: web.: this is no path: expected a name after the dot\n");
    assert_set_lines("[0]=3", "<command line>:1:1: [0]: this is no path: expected a name first\n");
    assert_set_lines("runbook[x]=3", "<command line>:1:1: runbook[x]: this is no path: expected a number in [...]\n");
}

/* ---------------------------------------------------------------- strategies */

static const char strategies[] = "name: n\nclock: {run: 1h}\n"
                                 "services: {s: {workers: 1, replicas: 2, operations: {o: {work: 1ms}}}}\n"
                                 "populations: {p: {does: s.o, rate: 1/s}}\n"
                                 "strategies:\n"
                                 "  more: {s.workers: 5, p.backoff: {attempts: 2}}\n"
                                 "  fewer: {s.workers: 3}\n"
                                 "  both: [more, fewer]\n"
                                 "  nothing:\n"
                                 "  gone: {s.workers: null, p.rate: null}\n";

static Stormcell__Scenario *under(const char *strategy)
{
    return good_text(strategies, &(struct scenario_overlay){.strategy = strategy});
}

static void a_strategy_changes_its_paths_and_nothing_else(void **state)
{
    Stormcell__Scenario *m = under("more");

    assert_int_equal(m->services[0]->workers, 5);
    assert_int_equal(m->services[0]->replicas, 2);
    assert_int_equal(m->populations[0]->controls[0]->backoff->attempts, 2);
    scenario_free(m);
}

static void combined_strategies_are_laid_on_in_order(void **state)
{
    Stormcell__Scenario *m = under("both");

    assert_int_equal(m->services[0]->workers, 3);
    assert_int_equal(m->populations[0]->n_controls, 1);
    assert_int_equal(m->n_strategies, 5);
    assert_int_equal(m->strategies[2]->n_paths, 3);
    assert_string_equal(m->strategies[2]->paths[0], "s.workers");
    assert_string_equal(m->strategies[2]->paths[1], "p.backoff");
    scenario_free(m);
}

static void baseline_and_an_empty_strategy_change_nothing(void **state)
{
    static const char *const names[] = {NULL, "baseline", "nothing"};

    for (size_t i = 0; i < 3; i++) {
        Stormcell__Scenario *m = under(names[i]);

        assert_int_equal(m->services[0]->workers, 1);
        scenario_free(m);
    }
}

static void set_comes_after_the_strategy(void **state)
{
    const char *set = "s.workers=7";
    Stormcell__Scenario *m = good_text(strategies, &(struct scenario_overlay){.strategy = "more", .set = &set, .set_count = 1});

    assert_int_equal(m->services[0]->workers, 7);
    scenario_free(m);
}

static void what_is_assumed_comes_before_the_strategy(void **state)
{
    const char *assume = "s.workers=7";
    struct scenario_overlay overlay = {.assume = &assume, .assume_count = 1, .strategy = "more"};
    Stormcell__Scenario *m = good_text(strategies, &overlay);

    assert_int_equal(m->services[0]->workers, 5);
    scenario_free(m);
    overlay.strategy = "nothing";
    m = good_text(strategies, &overlay);
    assert_int_equal(m->services[0]->workers, 7);
    scenario_free(m);
}

static void an_error_of_a_strategy_stands_at_its_line(void **state)
{
    assert_lines(strategies, &(struct scenario_overlay){.strategy = "gone"},
                 "test.yaml:4:15: p: missing: expected one of rate and trace, such as rate: 30/s\n");
    assert_lines(strategies, &(struct scenario_overlay){.strategy = "mroe"},
                 "<command line>:1:1: --strategy: no strategy 'mroe'; did you mean 'more'?\n");
}

static void binding_leaves_no_trace_in_the_file(void **state)
{
    struct diag *d = diag_create();
    struct scenario_file *f = scenario_open_memory("t", strategies, strlen(strategies), d);
    const char *const *names;
    Stormcell__Scenario *m;

    assert_int_equal(scenario_strategies(f, &names), 5);
    assert_string_equal(names[4], "gone");
    for (int i = 0; i < 2; i++) {
        m = scenario_bind(f, &(struct scenario_overlay){.strategy = "more"}, d);
        assert_int_equal(m->services[0]->workers, 5);
        scenario_free(m);
        m = scenario_bind(f, NULL, d);
        assert_int_equal(m->services[0]->workers, 1);
        scenario_free(m);
    }
    scenario_file_free(f);
    diag_free(d);
}

/* ---------------------------------------------------------------- files */

/* Writes files into a folder of their own, enters it, and leaves and removes it. */
struct folder {
    char path[64], *back;
};

static void folder_enter(struct folder *f)
{
    strcpy(f->path, "/tmp/test_overlay.XXXXXX");
    f->back = getcwd(NULL, 0);
    assert_non_null(mkdtemp(f->path));
    assert_int_equal(chdir(f->path), 0);
}

static void folder_leave(struct folder *f)
{
    assert_int_equal(system("rm -f ./*.yaml ./*.csv"), 0);
    assert_int_equal(chdir(f->back), 0);
    assert_int_equal(rmdir(f->path), 0);
    free(f->back);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* Binds main.yaml; asserts the lines, and returns the message. */
static Stormcell__Scenario *bind_main(const struct scenario_overlay *o, const char *lines)
{
    struct diag *d = diag_create();
    struct scenario_file *f = scenario_open("main.yaml", d);
    Stormcell__Scenario *m = f ? scenario_bind(f, o, d) : NULL;
    char *found = diag_lines(d);

    assert_string_equal(found, lines);
    free(found);
    scenario_file_free(f);
    diag_free(d);
    return m;
}

static void an_overlay_file_takes_paths_and_nested_mappings(void **state)
{
    static const char *const with[] = {"a.yaml", "b.yaml"};
    struct scenario_overlay o = {.with = with, .with_count = 2};
    Stormcell__Scenario *m;
    struct folder folder;

    folder_enter(&folder);
    write_file("main.yaml", small);
    write_file(
        "a.yaml",
        "web.workers: 9\nhub: {delivery: {workers: 30, bulkhead: {limit: 3}}}\nclock: {run: 5h}\nservices: {db: {replicas: 3}}\n");
    write_file("b.yaml", "web.workers: 10\nhub: {delivery: {bulkhead: null}}\nstops: {crash: {}}\n");
    m = bind_main(&o, "");
    assert_int_equal(m->services[0]->workers, 10);
    assert_int_equal(m->services[1]->replicas, 3);
    assert_int_equal(m->services[1]->per, STORMCELL__SERVICE__PER__PER_PARTITION);
    assert_int_equal(m->transports[0]->delivery->workers, 30);
    assert_int_equal(m->transports[0]->delivery->n_calls, 1);
    assert_int_equal(m->transports[0]->delivery->n_controls, 0);
    assert_int_equal(m->clock->run_ns, 18000000000000);
    assert_int_equal(m->clock->start_utc_s, 1403604000);
    assert_int_equal(m->faults[0]->kind_case, STORMCELL__FAULT__KIND_CRASH);
    scenario_free(m);
    folder_leave(&folder);
}

static void an_overlay_file_says_what_settings_say(void **state)
{
    struct folder folder;
    char path[512], top[512];
    FILE *file;
    const char *with;
    Stormcell__Scenario *m;

    assert_non_null(getcwd(top, sizeof top));
    folder_enter(&folder);
    file = fopen("over.yaml", "w");
    assert_non_null(file);
    for (size_t i = 0; i < sizeof stormy / sizeof *stormy; i++)
        fprintf(file, "%.*s: %s\n", (int)strcspn(stormy[i], "="), stormy[i], strchr(stormy[i], '=') + 1);
    fclose(file);
    snprintf(path, sizeof path, "%.480s/over.yaml", folder.path);
    with = path;
    assert_int_equal(chdir(top), 0);
    m = storm_with(&(struct scenario_overlay){.with = &with, .with_count = 1});
    assert_stormy(m);
    scenario_free(m);
    assert_int_equal(chdir(folder.path), 0);
    unlink("over.yaml");
    folder_leave(&folder);
}

static void an_include_is_merged_and_own_keys_win(void **state)
{
    Stormcell__Scenario *m;
    struct folder folder;

    folder_enter(&folder);
    write_file("base.yaml", small);
    write_file("main.yaml", "include: [base.yaml, more.yaml]\nname: mine\nservices: {web: {workers: 11}}\nrunbok: \n");
    write_file("more.yaml", "services: {web: {workers: 12, replicas: 13}}\ntransports: null\nrunbook: null\n");
    assert_null(bind_main(NULL, "main.yaml:4:1: runbok: unknown key; did you mean 'runbook'?\n"));
    write_file("main.yaml", "include: [base.yaml, more.yaml]\nname: mine\nservices: {web: {workers: 11}}\n");
    m = bind_main(NULL, "");
    assert_string_equal(m->name, "mine");
    assert_int_equal(m->services[0]->workers, 11);
    assert_int_equal(m->services[0]->replicas, 13);
    assert_int_equal(m->services[0]->n_operations, 1);
    assert_int_equal(m->n_services, 2);
    assert_int_equal(m->n_transports, 0);
    scenario_free(m);
    folder_leave(&folder);
}

static void tables_are_embedded_with_their_hash(void **state)
{
    Stormcell__Scenario *m;
    struct folder folder;

    folder_enter(&folder);
    write_file("main.yaml", "name: n\nclock: {run: 1h}\npartitions: {count: 3}\n"
                            "services: {s: {operations: {o: {work: {empirical: {file: work.csv, column: ms, unit: ms}}}}}}\n"
                            "populations: {p: {does: s.o, trace: {file: births.csv, partition: shard}}}\n");
    write_file("work.csv", "n,ms\r\n1,2.5\r\n2,\r\n3,\"0.000001\"\r\n\r\n");
    write_file("births.csv", "t,shard\n3.000000001,2\n0.5,0\n3.000000001,1\n");
    m = bind_main(NULL, "");
    assert_int_equal(m->services[0]->operations[0]->work->empirical->n_values_ns, 2);
    assert_int_equal(m->services[0]->operations[0]->work->empirical->values_ns[0], 2500000);
    assert_int_equal(m->services[0]->operations[0]->work->empirical->values_ns[1], 1);
    assert_true(m->services[0]->operations[0]->work->empirical->has_hash);
    assert_int_equal(m->populations[0]->arrivals->trace->n_at_ns, 3);
    assert_int_equal(m->populations[0]->arrivals->trace->at_ns[0], 500000000);
    assert_int_equal(m->populations[0]->arrivals->trace->at_ns[2], 3000000001);
    assert_int_equal(m->populations[0]->arrivals->trace->n_partitions, 3);
    assert_int_equal(m->populations[0]->arrivals->trace->partitions[0], 0);
    assert_int_equal(m->populations[0]->arrivals->trace->partitions[1], 2);
    assert_int_equal(m->populations[0]->arrivals->trace->partitions[2], 1);
    scenario_free(m);
    folder_leave(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_reaches_any_value),
        cmocka_unit_test(a_path_reaches_what_stays_connected_and_what_changes),
        cmocka_unit_test(a_path_may_leave_out_the_list_of_a_part),
        cmocka_unit_test(a_path_makes_the_mappings_that_the_language_has),
        cmocka_unit_test(a_path_that_ends_at_a_part_replaces_it),
        cmocka_unit_test(null_deletes),
        cmocka_unit_test(a_new_name_may_stand_at_the_end),
        cmocka_unit_test(another_choice_of_a_oneof_replaces_the_first),
        cmocka_unit_test(later_settings_win),
        cmocka_unit_test(what_is_wrong_with_a_setting_is_said_with_its_path),
        cmocka_unit_test(a_strategy_changes_its_paths_and_nothing_else),
        cmocka_unit_test(combined_strategies_are_laid_on_in_order),
        cmocka_unit_test(baseline_and_an_empty_strategy_change_nothing),
        cmocka_unit_test(set_comes_after_the_strategy),
        cmocka_unit_test(what_is_assumed_comes_before_the_strategy),
        cmocka_unit_test(an_error_of_a_strategy_stands_at_its_line),
        cmocka_unit_test(binding_leaves_no_trace_in_the_file),
        cmocka_unit_test(an_overlay_file_takes_paths_and_nested_mappings),
        cmocka_unit_test(an_overlay_file_says_what_settings_say),
        cmocka_unit_test(an_include_is_merged_and_own_keys_win),
        cmocka_unit_test(tables_are_embedded_with_their_hash),
    };

    return cmocka_run_group_tests_name("overlay", tests, NULL, NULL);
}
