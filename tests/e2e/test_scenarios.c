/* What the scenarios of the repository promise, and what small ones show of mail: the whole program, as a user runs it.
 *
 * scenarios/exchange-2014.yaml is run by `make demo` and the long tests; here its copy at a twentieth of the size stands for it.
 */
#include "e2e/e2e.h"

#include <dirent.h>
#include <sys/stat.h>

/* ---------------------------------------------------------------- every file of scenarios/ */

enum { SCENARIOS_MAX = 64 };

static int is_scenario(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0;
}

static void every_scenario_passes_its_check(void **state)
{
    struct dirent **entries;
    int count = scandir("scenarios", &entries, is_scenario, alphasort);

    assert_true(count >= 6);
    for (int i = 0; i < count; i++) {
        char path[512];
        struct outcome o;

        snprintf(path, sizeof(path), "scenarios/%s", entries[i]->d_name);
        o = run_program("check", path);
        assert_ended(&o, 0);
        assert_string_equal(o.err, "");
        outcome_free(&o);
        free(entries[i]);
    }
    free(entries);
}

static void every_scenario_but_the_largest_fulfils_its_expectations(void **state)
{
    /* The first two are too large for a test of every day, the third has a test of its own below. */
    static const char *const elsewhere[] = {"exchange-2014.yaml", "lync-2014.yaml", "exchange-49h.yaml"};
    struct dirent **entries;
    int count = scandir("scenarios", &entries, is_scenario, alphasort), run = 0;

    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;

        if (strcmp(name, elsewhere[0]) != 0 && strcmp(name, elsewhere[1]) != 0 && strcmp(name, elsewhere[2]) != 0) {
            char path[512];
            struct outcome o;

            snprintf(path, sizeof(path), "scenarios/%s", name);
            o = run_program("run", path);
            assert_ended(&o, 0);
            assert_string_equal(o.err, "");
            assert_contains(&o, o.out, "repeat with: stormcell run scenarios/");
            outcome_free(&o);
            run++;
        }
        free(entries[i]);
    }
    free(entries);
    assert_true(run >= 4);
}

/* ---------------------------------------------------------------- Exchange, 24 June 2014 */

static void one_hung_partition_of_sixty_delays_the_mail_of_all_and_the_access_of_its_own(void **state)
{
    assert_scenario("exchange-2014-small.yaml", "mail.delay.p99{group=spared}@[12:30Z,16:30Z] > 1h", "mail.delay_notices > 0",
                    "mail.returned = 0", "availability{group=spared} > 99.9%", "availability{group=struck} < 50%",
                    "availability{group=struck}@[14:00Z,18:00Z] < 1%", "mail.lost_by_sender = 0", "verdict{group=spared} != stable",
                    "verdict{group=struck} != stable");
}

static void isolation_cures_the_spared_at_once_and_only_the_repair_the_struck(void **state)
{
    assert_scenario("exchange-2014-small.yaml", "mail.delay.p99{group=spared}@[16:40Z,23:00Z] < 1m",
                    "mail.delay.p99{group=spared}@[16:31Z,23:00Z] < 1m", "mail.delay.p50{group=struck}@[16:40Z,17:00Z] > 1h",
                    "mail.delay.p99{group=struck}@[19:10Z,23:00Z] < 1m");
}

static void without_isolation_the_spared_wait_for_the_repair(void **state)
{
    assert_scenario("exchange-2014-small.yaml --set cut_away=null", "mail.delay.p50{group=spared}@[16:40Z,17:00Z] > 1h",
                    "verdict{group=spared} != stable");
}

static void workers_are_busy_all_the_time_at_most_also_those_that_isolation_adds(void **state)
{
    /* All six are held, and from 16:30Z (6h) a seventh; deliveries under way keep their old worker to their time-out. */
    assert_scenario("exchange-2014-small.yaml", "utilization{transport=hub}@[3h,5h] = 1",
                    "utilization{transport=hub}@[6h,6h20s] = 1", "utilization{transport=hub}@[5h,6h20s] <= 1");
}

static void a_hung_partition_delays_nobody_elses_mail_behind_a_bulkhead(void **state)
{
    assert_scenario("exchange-2014-small.yaml --strategy bulkhead", "mail.delay.p99{group=spared} < 1m",
                    "mail.delay.max{group=spared} < 5m", "verdict{group=spared} = stable", "verdict{group=struck} != stable",
                    "mail.returned = 0", "mail.delay.p99{group=struck} > 1h");
}

static void a_bulkhead_needs_no_operator(void **state)
{
    assert_scenario("exchange-2014-small.yaml --strategy bulkhead --set cut_away=null", "mail.delay.p99{group=spared} < 1m",
                    "verdict{group=spared} = stable", "verdict{group=struck} != stable");
}

static void another_seed_tells_the_same_story(void **state)
{
    assert_scenario("exchange-2014-small.yaml --seed 20140624", "mail.delay.p99{group=spared}@[12:30Z,16:30Z] > 1h",
                    "mail.delay_notices > 0", "mail.returned = 0", "availability{group=spared} > 99.9%");
}

static void mail_comes_back_when_the_hang_outlives_its_two_days(void **state)
{
    struct outcome o = run_program("run", "scenarios/exchange-49h.yaml", "--print", "mail.returned", "--print",
                                   "mail.delay_notices", "--print", "mail.returned@[49h,58h]");
    double returned, notices, late;

    assert_ended(&o, 0);
    assert_int_equal(sscanf(o.out, "%lf %lf %lf", &returned, &notices, &late), 3);
    assert_true(returned > 0);
    assert_true(notices > returned); /* nothing is returned of which nobody was warned */
    assert_true(late == 0);
    outcome_free(&o);
}

/* ---------------------------------------------------------------- a service level */

static void seven_hours_down_in_a_month_are_99_03_percent_and_a_quarter_of_the_fee(void **state)
{
    assert_scenario("sla-420.yaml", "sla.uptime{partition=3} > 99.025%", "sla.uptime{partition=3} < 99.035%",
                    "sla.credit{partition=3} = 25%", "sla.uptime{group=spared} = 100%", "sla.credit{group=spared} = 0%");
}

static void forty_minutes_are_within_the_promise_and_46_are_not(void **state)
{
    assert_scenario("sla-420.yaml --set silence.for=40m", "sla.uptime{partition=3} > 99.9%", "sla.credit{partition=3} = 0%");
    assert_scenario("sla-420.yaml --set silence.for=46m", "sla.uptime{partition=3} < 99.9%", "sla.credit{partition=3} = 25%");
}

/* ---------------------------------------------------------------- schedules */

#define ONE_MESSAGE "../tests/e2e/one_message.yaml"

static void exchange_tries_61_times_in_9_hours_a_next_hop_that_refuses_at_once(void **state)
{
    assert_scenario(ONE_MESSAGE, "mail.attempts = 61", "mail.delay_notices = 1", "mail.returned = 0", "mail.queued = 1");
    assert_scenario(ONE_MESSAGE " --strategy lane", "mail.attempts = 61");
}

static void exchange_tries_58_times_when_each_attempt_is_held_for_30_seconds(void **state)
{
    assert_scenario(ONE_MESSAGE " --strategy silent", "mail.attempts = 58", "mail.delay_notices = 1", "mail.returned = 0");
    assert_scenario(ONE_MESSAGE " --strategy silent_lane", "mail.attempts = 58");
}

static void exchange_warns_after_4_hours_and_returns_after_2_days(void **state)
{
    assert_scenario(ONE_MESSAGE " --set clock.run=3h59m", "mail.delay_notices = 0");
    assert_scenario(ONE_MESSAGE " --set clock.run=4h1m", "mail.delay_notices = 1");
    assert_scenario(ONE_MESSAGE " --set clock.run=47h59m", "mail.returned = 0");
    assert_scenario(ONE_MESSAGE " --set clock.run=48h1m", "mail.returned = 1", "mail.delay_notices = 1", "mail.queued = 0");
}

/* How often the message has been tried, so many seconds after it was sent. */
static int tries_by_age(int age_s)
{
    char run[64];
    struct outcome o;
    int tries;

    snprintf(run, sizeof(run), "clock.run=%ds", 3 + age_s);
    o = run_program("run", "tests/e2e/one_message.yaml", "--strategy", "postfix", "--set", run, "--print", "mail.attempts");
    assert_ended(&o, 0);
    tries = atoi(o.out);
    outcome_free(&o);
    return tries;
}

static void postfix_tries_at_the_ages_of_a_real_one(void **state)
{
    static const int ages_s[] = {12, 27, 57, 117, 197, 277, 357};

    for (int i = 0; i < 7; i++) {
        assert_int_equal(tries_by_age(ages_s[i] - 1), i + 1);
        assert_int_equal(tries_by_age(ages_s[i] + 1), i + 2);
    }
    assert_int_equal(tries_by_age(3600), 8);
}

static void postfix_looks_at_the_lifetime_only_after_a_failed_attempt(void **state)
{
    assert_scenario(ONE_MESSAGE " --strategy postfix --set clock.run=350s", "mail.returned = 0"); /* its 330 s are over */
    assert_scenario(ONE_MESSAGE " --strategy postfix --set clock.run=362s", "mail.returned = 1");
}

static void mail_held_by_senders_trails_in_for_4000_seconds_and_a_scan(void **state)
{
    /* The silence ends at 3h; from then on nobody is refused. */
    assert_scenario("../tests/e2e/sender_held.yaml --set clock.run=10790s", "mail.held_by_sender > 5000", "mail.accepted < 1000");
    assert_scenario("../tests/e2e/sender_held.yaml --set clock.run=13800s", "mail.held_by_sender > 1000", "mail.queued < 10");
    assert_scenario("../tests/e2e/sender_held.yaml --set clock.run=15110s", "mail.held_by_sender = 0", "mail.queued = 0",
                    "mail.lost_by_sender = 0", "mail.delay.max > 3h");
}

/* ---------------------------------------------------------------- faults that nobody meets */

static void a_fault_that_touched_nothing_fails_the_baseline(void **state)
{
    struct outcome o = run_program("run", "tests/e2e/untouched.yaml");

    assert_ended(&o, 2);
    assert_one_line(&o, "tests/e2e/untouched.yaml:14:3: faults.late: touched nothing: ");
    outcome_free(&o);
}

static void a_fault_that_touched_nothing_under_a_strategy_is_a_warning(void **state)
{
    struct outcome o = run_program("run", "tests/e2e/untouched.yaml", "--strategy", "longer");

    assert_ended(&o, 0);
    assert_one_line(&o, "tests/e2e/untouched.yaml:14:3: warning: faults.late: touched nothing under strategy longer");
    outcome_free(&o);
}

/* ---------------------------------------------------------------- what comes out */

static void print_gives_bare_values_in_base_units_one_a_line(void **state)
{
    struct outcome o = run_program("run", "scenarios/hello.yaml", "--print", "fault.touched", "--print", "requests.offered",
                                   "--print", "verdict", "--print", "time_to.recover", "--print", "availability@[10m,15m]");
    double touched, offered, availability;
    char verdict[32], recover[32], more;

    assert_ended(&o, 0);
    assert_int_equal(sscanf(o.out, "%lf\n%lf\n%31[a-z]\n%31[^\n]\n%lf\n%c", &touched, &offered, verdict, recover, &availability,
                            &more),
                     5);
    assert_true(touched > 10000 && offered > 260000 && offered < 280000);
    assert_string_equal(verdict, "metastable");
    assert_true(availability < 0.05);
    outcome_free(&o);
}

static void an_expectation_that_fails_gives_exit_status_1(void **state)
{
    struct outcome o = run_program("run", "scenarios/hello.yaml", "--set", "people.rate=100/s");

    assert_ended(&o, 1);
    assert_contains(&o, o.out, "verdict = metastable");
    outcome_free(&o);
    o = run_program("compare", "scenarios/hello.yaml", "--set", "people.rate=100/s");
    assert_ended(&o, 1);
    outcome_free(&o);
}

/* The names in a folder, sorted, each with a space behind it. */
static void names_in(const char *folder, char out[256])
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);

    out[0] = '\0';
    for (int i = 0; i < count; i++) {
        if (strcmp(entries[i]->d_name, ".") != 0 && strcmp(entries[i]->d_name, "..") != 0)
            snprintf(out + strlen(out), 256 - strlen(out), "%s ", entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

static void empty(const char *folder)
{
    static const char *const names[] = {"result.pb", "result.json", "series.csv"};
    char path[256];

    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
}

static void out_leaves_three_files_and_nothing_else(void **state)
{
    char parent[] = "/tmp/stormcell-out-XXXXXX", folder[64], names[256];

    assert_non_null(mkdtemp(parent));
    snprintf(folder, sizeof(folder), "%s/new", parent);
    assert_says(0, "hello, baseline", "run", "scenarios/hello.yaml", "--out", folder); /* a new folder */
    names_in(folder, names);
    assert_string_equal(names, "result.json result.pb series.csv ");
    assert_says(0, "hello, short_queue", "run", "scenarios/hello.yaml", "--strategy", "short_queue", "--out",
                folder); /* over the old */
    names_in(folder, names);
    assert_string_equal(names, "result.json result.pb series.csv ");
    empty(folder);
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(rmdir(parent), 0);
}

static void the_stored_json_is_what_json_prints(void **state)
{
    char folder[] = "/tmp/stormcell-out-XXXXXX", path[64];
    struct outcome o, stored;

    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/result.json", folder);
    o = run_program("run", "scenarios/hello.yaml", "--json", "--out", folder);
    assert_ended(&o, 0);
    stored = run_argv((const char *const[]){"cat", path, NULL});
    assert_string_equal(o.out, stored.out);
    outcome_free(&o);
    outcome_free(&stored);
    empty(folder);
    assert_int_equal(rmdir(folder), 0);
}

static void a_folder_that_cannot_be_written_gives_exit_status_3(void **state)
{
    assert_says(3, "/dev/null", "run", "scenarios/hello.yaml", "--out", "/dev/null/folder");
    assert_says(3, "/proc", "run", "scenarios/hello.yaml", "--out", "/proc");
}

/* Runs a line of the shell, in which $STORMCELL is the program. */
static struct outcome run_shell(const char *line)
{
    assert_int_equal(setenv("STORMCELL", e2e_program(), 1), 0);
    return run_argv((const char *const[]){"bash", "-c", line, NULL});
}

static void a_full_disk_behind_stdout_gives_exit_status_3(void **state)
{
    static const char *const commands[] = {"run scenarios/hello.yaml",
                                           "run scenarios/hello.yaml --json",
                                           "schema",
                                           "init",
                                           "explain scenarios/hello.yaml",
                                           "--version",
                                           "--help"};

    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        char line[256];
        struct outcome o;

        snprintf(line, sizeof(line), "$STORMCELL %s >/dev/full", commands[i]);
        o = run_shell(line);
        assert_ended(&o, 3);
        assert_one_line(&o, "stormcell: cannot write to standard output");
        outcome_free(&o);
    }
}

static void a_reader_that_leaves_early_is_no_crash(void **state)
{
    struct outcome o = run_shell("$STORMCELL run scenarios/hello.yaml --json | true; echo ${PIPESTATUS[0]}");

    /* It may have been done before, ended quietly by SIGPIPE, or have noticed. */
    assert_ended(&o, 0);
    if (strcmp(o.out, "0\n") != 0 && strcmp(o.out, "141\n") != 0 && strcmp(o.out, "3\n") != 0)
        e2e_fail(&o);
    outcome_free(&o);
}

static void a_trace_goes_to_stderr_and_leaves_the_result_alone(void **state)
{
    struct outcome plain = run_program("run", "tests/e2e/one_message.yaml", "--json");
    struct outcome traced = run_program("run", "tests/e2e/one_message.yaml", "--json", "--trace");

    assert_ended(&plain, 0);
    assert_ended(&traced, 0);
    assert_string_equal(plain.out, traced.out);
    assert_string_equal(plain.err, "");
    assert_contains(&traced, traced.err, "3.000000000 birth 0\n");
    outcome_free(&plain);
    outcome_free(&traced);
}

static void the_line_that_repeats_a_run_repeats_it(void **state)
{
    static const char marker[] = "repeat with: stormcell ";
    struct outcome first = run_program("run", "tests/golden/mail.yaml", "--set", "people.rate=5/s", "--strategy", "bulkhead",
                                       "--seed", "12");
    struct outcome again;
    char line[512], *at;

    assert_ended(&first, 0);
    at = strstr(first.out, marker);
    assert_non_null(at);
    snprintf(line, sizeof(line), "$STORMCELL %.*s", (int)strcspn(at + strlen(marker), "\n"), at + strlen(marker));
    again = run_shell(line);
    assert_string_equal(first.out, again.out);
    outcome_free(&first);
    outcome_free(&again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scenario_passes_its_check),
        cmocka_unit_test(every_scenario_but_the_largest_fulfils_its_expectations),
        cmocka_unit_test(one_hung_partition_of_sixty_delays_the_mail_of_all_and_the_access_of_its_own),
        cmocka_unit_test(isolation_cures_the_spared_at_once_and_only_the_repair_the_struck),
        cmocka_unit_test(without_isolation_the_spared_wait_for_the_repair),
        cmocka_unit_test(workers_are_busy_all_the_time_at_most_also_those_that_isolation_adds),
        cmocka_unit_test(a_hung_partition_delays_nobody_elses_mail_behind_a_bulkhead),
        cmocka_unit_test(a_bulkhead_needs_no_operator),
        cmocka_unit_test(another_seed_tells_the_same_story),
        cmocka_unit_test(mail_comes_back_when_the_hang_outlives_its_two_days),
        cmocka_unit_test(seven_hours_down_in_a_month_are_99_03_percent_and_a_quarter_of_the_fee),
        cmocka_unit_test(forty_minutes_are_within_the_promise_and_46_are_not),
        cmocka_unit_test(exchange_tries_61_times_in_9_hours_a_next_hop_that_refuses_at_once),
        cmocka_unit_test(exchange_tries_58_times_when_each_attempt_is_held_for_30_seconds),
        cmocka_unit_test(exchange_warns_after_4_hours_and_returns_after_2_days),
        cmocka_unit_test(postfix_tries_at_the_ages_of_a_real_one),
        cmocka_unit_test(postfix_looks_at_the_lifetime_only_after_a_failed_attempt),
        cmocka_unit_test(mail_held_by_senders_trails_in_for_4000_seconds_and_a_scan),
        cmocka_unit_test(a_fault_that_touched_nothing_fails_the_baseline),
        cmocka_unit_test(a_fault_that_touched_nothing_under_a_strategy_is_a_warning),
        cmocka_unit_test(print_gives_bare_values_in_base_units_one_a_line),
        cmocka_unit_test(an_expectation_that_fails_gives_exit_status_1),
        cmocka_unit_test(out_leaves_three_files_and_nothing_else),
        cmocka_unit_test(the_stored_json_is_what_json_prints),
        cmocka_unit_test(a_folder_that_cannot_be_written_gives_exit_status_3),
        cmocka_unit_test(a_full_disk_behind_stdout_gives_exit_status_3),
        cmocka_unit_test(a_reader_that_leaves_early_is_no_crash),
        cmocka_unit_test(a_trace_goes_to_stderr_and_leaves_the_result_alone),
        cmocka_unit_test(the_line_that_repeats_a_run_repeats_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
