/* The same scenario and seed give the same bytes: again, by another compiler, at another level of optimization, under sanitizers,
 * on one core or many, stepped in turn or apart, wherever the file lies.
 *
 * STORMCELL_TWINS names the other builds (see e2e/e2e.h); `make test-determinism` builds them and sets it.
 */
#include "e2e/e2e.h"

#include "stormcell/result.h"
#include "stormcell/run.h"
#include "stormcell/scenario.h"

enum { TWINS_MAX = 8 };

/* The builds that are compared with the program under test. */
struct twins {
    char text[1024];
    const char *paths[TWINS_MAX];
    size_t count;
};

static void twins_read(struct twins *t)
{
    const char *named = getenv("STORMCELL_TWINS");
    char *rest;

    *t = (struct twins){0};
    snprintf(t->text, sizeof(t->text), "%s", named ? named : "build/debug/stormcell build/clang/stormcell build/asan/stormcell");
    for (char *path = strtok_r(t->text, " ", &rest); path; path = strtok_r(NULL, " ", &rest)) {
        assert_true(t->count < TWINS_MAX);
        t->paths[t->count++] = path;
    }
    if (!t->count)
        fail_msg("STORMCELL_TWINS names no program to compare with");
}

/* ---------------------------------------------------------------- what a command line prints */

/* Runs `program ARGUMENTS --jobs N`. */
static struct outcome said_by(const char *program, const char *arguments, const char *jobs)
{
    const char *argv[E2E_ARGUMENTS_MAX] = {program};
    char text[1024];
    size_t count;

    snprintf(text, sizeof(text), "%s", arguments);
    count = e2e_split(text, argv, 1);
    argv[count++] = "--jobs";
    argv[count++] = jobs;
    argv[count] = NULL;
    return run_argv(argv);
}

/* Where two texts part, for people: the line of the first. */
static void show_difference(const struct outcome *a, const struct outcome *b)
{
    size_t at = 0, line = 0;

    while (at < a->out_length && at < b->out_length && a->out[at] == b->out[at])
        at++;
    for (size_t i = 0; i < at; i++)
        if (a->out[i] == '\n')
            line = i + 1;
    print_error("they part at byte %zu of %zu and %zu:\n< %.*s\n> %.*s\n", at, a->out_length, b->out_length,
                (int)strcspn(a->out + line, "\n"), a->out + line, (int)strcspn(b->out + line, "\n"), b->out + line);
}

static void assert_same(const struct outcome *a, const struct outcome *b)
{
    bool same = a->status == b->status && a->out_length == b->out_length && memcmp(a->out, b->out, a->out_length) == 0;

    if (same)
        return;
    print_error("%s (exit status %d)\n%s (exit status %d)\n%s", a->command, a->status, b->command, b->status, b->err);
    show_difference(a, b);
    fail();
}

/* A run that is worth comparing: it ended well, or with an expectation that failed, and said something. */
static void assert_worth_comparing(const struct outcome *o)
{
    if (o->status != 1)
        assert_ended(o, 0);
    assert_true(o->out_length > 500);
}

/* The program under test says the same twice and on eight cores, and every twin says it on one core and on eight. */
static void assert_same_bytes_from_all(const char *arguments)
{
    struct twins twins;
    struct outcome first = said_by(e2e_program(), arguments, "1"), other;

    assert_worth_comparing(&first);
    twins_read(&twins);
    for (size_t i = 0; i < 2 * (twins.count + 1); i++) {
        const char *program = i < 2 ? e2e_program() : twins.paths[i / 2 - 1];

        other = said_by(program, arguments, i % 2 ? "1" : "8");
        assert_same(&first, &other);
        outcome_free(&other);
    }
    outcome_free(&first);
}

static void every_build_and_job_count_says_the_same_of_hello(void **state)
{
    assert_same_bytes_from_all("run scenarios/hello.yaml --json");
}

static void every_build_and_job_count_says_the_same_of_the_service_level(void **state)
{
    assert_same_bytes_from_all("run scenarios/sla-420.yaml --json");
}

static void every_build_and_job_count_says_the_same_of_exchange(void **state)
{
    assert_same_bytes_from_all("run scenarios/exchange-2014-small.yaml --set clock.run=150m --set cut_away=null --set fixed.at=+2h "
                               "--set expect=null --set reproduces=null --json");
}

static void every_build_and_job_count_says_the_same_of_torture(void **state)
{
    assert_same_bytes_from_all("run tests/determinism/torture.yaml --json");
}

static void every_build_and_job_count_says_the_same_of_a_comparison(void **state)
{
    assert_same_bytes_from_all(
        "compare tests/determinism/torture.yaml --strategies twice --seed 99 --set clock.run=25m --set cure=null --json");
}

static void every_build_and_job_count_says_the_same_of_dependents(void **state)
{
    assert_same_bytes_from_all("run tests/determinism/presence.yaml --json");
}

static void every_build_and_job_count_says_the_same_of_a_storm(void **state)
{
    assert_same_bytes_from_all("run tests/determinism/storm.yaml --json");
}

static void every_build_and_job_count_says_the_same_of_storms_side_by_side(void **state)
{
    assert_same_bytes_from_all("compare tests/determinism/storm.yaml --strategies all_three --seed 5 --set clock.run=32m --json");
}

static void every_build_prints_the_same_page(void **state)
{
    assert_same_bytes_from_all("compare scenarios/hello.yaml");
    assert_same_bytes_from_all("run tests/determinism/storm.yaml --strategy all_three");
}

/* ---------------------------------------------------------------- what must matter, and what must not */

static void another_seed_gives_other_bytes(void **state)
{
    struct outcome a = run_program("run", "scenarios/hello.yaml", "--seed", "1", "--print", "requests.offered", "--print",
                                   "latency.mean");
    struct outcome b = run_program("run", "scenarios/hello.yaml", "--seed", "2", "--print", "requests.offered", "--print",
                                   "latency.mean");

    assert_ended(&a, 0);
    assert_ended(&b, 0);
    assert_string_not_equal(a.out, b.out);
    outcome_free(&a);
    outcome_free(&b);
}

static void copy_to(const char *folder, const char *name)
{
    char from[256], to[256], buffer[65536];
    FILE *in, *out;
    size_t length;

    snprintf(from, sizeof(from), "tests/determinism/%s", name);
    snprintf(to, sizeof(to), "%s/%s", folder, name);
    in = fopen(from, "rb");
    out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    length = fread(buffer, 1, sizeof(buffer), in);
    assert_true(length > 0 && length < sizeof(buffer));
    assert_int_equal(fwrite(buffer, 1, length, out), length);
    fclose(in);
    assert_int_equal(fclose(out), 0);
}

static void the_folder_of_the_file_does_not_matter(void **state)
{
    static const char *const names[] = {"torture.yaml", "torture_work.csv", "torture_births.csv"};
    char folder[] = "/tmp/stormcell-folder-XXXXXX", path[256];
    struct outcome here, there;

    assert_non_null(mkdtemp(folder));
    for (size_t i = 0; i < 3; i++)
        copy_to(folder, names[i]);
    snprintf(path, sizeof(path), "%s/torture.yaml", folder);
    here = run_program("run", "tests/determinism/torture.yaml", "--json");
    there = run_program("run", path, "--json");
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
    assert_worth_comparing(&here);
    assert_same(&here, &there);
    outcome_free(&here);
    outcome_free(&there);
}

static void asking_for_more_does_not_change_what_happens(void **state)
{
    struct outcome alone = run_program("run", "tests/determinism/torture.yaml", "--print", "mail.delay.mean", "--print",
                                       "attempts");
    struct outcome windowed = run_program("run", "tests/determinism/torture.yaml", "--print", "mail.delay.mean", "--print",
                                          "attempts", "--print", "mail.offered@[3m,17m]", "--print", "availability@[100s,101s]");

    assert_ended(&alone, 0);
    assert_ended(&windowed, 0);
    assert_int_equal(strncmp(alone.out, windowed.out, alone.out_length), 0);
    outcome_free(&alone);
    outcome_free(&windowed);
}

/* ---------------------------------------------------------------- runs in one thread */

/* A scenario that is bound, and its run. */
struct world {
    struct diag *diag;
    struct scenario_file *file;
    Stormcell__Scenario *scenario;
    int64_t *edges_ns;
    struct run *run;
};

static struct world world_of(const char *path, const char *strategy, uint64_t seed)
{
    struct world w = {.diag = diag_create()};
    struct scenario_overlay overlay = {.strategy = strategy};
    struct run_options options = {.seed = seed, .strategy = strategy, .repeat = "a test"};

    w.file = scenario_open(path, w.diag);
    w.scenario = w.file ? scenario_bind(w.file, &overlay, w.diag) : NULL;
    if (!w.scenario) {
        diag_print(w.diag, stderr);
        fail_msg("cannot bind %s", path);
    }
    options.edge_count = result_window_edges(w.scenario, NULL, 0, &w.edges_ns);
    options.edges_ns = w.edges_ns;
    w.run = run_create(w.scenario, &options);
    return w;
}

static void world_end(struct world *w)
{
    run_free(w->run);
    free(w->edges_ns);
    stormcell__scenario__free_unpacked(w->scenario, NULL);
    scenario_file_free(w->file);
    diag_free(w->diag);
}

struct bytes {
    uint8_t *at;
    size_t length;
};

/* What a run that is at its end left behind. */
static struct bytes world_result(struct world *w)
{
    Stormcell__Result *r = run_finish(w->run);
    struct bytes b = {.length = stormcell__result__get_packed_size(r)};

    b.at = malloc(b.length);
    assert_non_null(b.at);
    assert_int_equal(stormcell__result__pack(r, b.at), b.length);
    result_free(r);
    return b;
}

static struct bytes run_apart(const char *path, const char *strategy, uint64_t seed)
{
    struct world w = world_of(path, strategy, seed);
    struct bytes b;

    run_until(w.run, run_end(w.run));
    b = world_result(&w);
    world_end(&w);
    return b;
}

static void assert_same_result(struct bytes a, struct bytes b)
{
    assert_int_equal(a.length, b.length);
    assert_memory_equal(a.at, b.at, a.length);
    free(a.at);
    free(b.at);
}

static void runs_stepped_in_turn_leave_what_they_leave_apart(void **state)
{
    static const char *const path = "tests/determinism/torture.yaml";
    struct world a = world_of(path, NULL, 7), b = world_of(path, "twice", 8), c = world_of("scenarios/hello.yaml", NULL, 1);

    for (int64_t t_ns = 0; run_now(a.run) < run_end(a.run); t_ns += 17000000001) {
        run_until(a.run, t_ns);
        run_until(b.run, t_ns / 3);
        run_until(c.run, t_ns / 7);
    }
    run_until(c.run, run_end(c.run));
    run_until(b.run, run_end(b.run));
    assert_same_result(world_result(&c), run_apart("scenarios/hello.yaml", NULL, 1));
    assert_same_result(world_result(&a), run_apart(path, NULL, 7));
    assert_same_result(world_result(&b), run_apart(path, "twice", 8));
    world_end(&a);
    world_end(&b);
    world_end(&c);
}

static void storms_stepped_in_turn_leave_what_they_leave_apart(void **state)
{
    static const char *const path = "tests/determinism/storm.yaml";
    struct world a = world_of(path, NULL, 11), b = world_of(path, "all_three", 12);

    for (int64_t t_ns = 0; run_now(a.run) < run_end(a.run); t_ns += 13000000001) {
        run_until(a.run, t_ns);
        run_until(b.run, t_ns / 2);
    }
    run_until(b.run, run_end(b.run));
    assert_same_result(world_result(&a), run_apart(path, NULL, 11));
    assert_same_result(world_result(&b), run_apart(path, "all_three", 12));
    world_end(&a);
    world_end(&b);
}

static void a_run_that_stops_at_every_tick_ends_as_one_that_does_not(void **state)
{
    struct world w = world_of("scenarios/hello.yaml", "short_queue", 3);

    for (int64_t t_ns = 0; t_ns <= run_end(w.run); t_ns += 10000000) /* also where nothing happens, and at the end itself */
        run_until(w.run, t_ns);
    assert_int_equal(run_now(w.run), run_end(w.run));
    assert_same_result(world_result(&w), run_apart("scenarios/hello.yaml", "short_queue", 3));
    world_end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_build_and_job_count_says_the_same_of_hello),
        cmocka_unit_test(every_build_and_job_count_says_the_same_of_the_service_level),
        cmocka_unit_test(every_build_and_job_count_says_the_same_of_exchange),
        cmocka_unit_test(every_build_and_job_count_says_the_same_of_torture),
        cmocka_unit_test(every_build_and_job_count_says_the_same_of_a_comparison),
        cmocka_unit_test(every_build_and_job_count_says_the_same_of_dependents),
        cmocka_unit_test(every_build_and_job_count_says_the_same_of_a_storm),
        cmocka_unit_test(every_build_and_job_count_says_the_same_of_storms_side_by_side),
        cmocka_unit_test(every_build_prints_the_same_page),
        cmocka_unit_test(another_seed_gives_other_bytes),
        cmocka_unit_test(the_folder_of_the_file_does_not_matter),
        cmocka_unit_test(asking_for_more_does_not_change_what_happens),
        cmocka_unit_test(runs_stepped_in_turn_leave_what_they_leave_apart),
        cmocka_unit_test(storms_stepped_in_turn_leave_what_they_leave_apart),
        cmocka_unit_test(a_run_that_stops_at_every_tick_ends_as_one_that_does_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
