/* The failures at their full size: Exchange with 1.2 million users, 300 messages a second, 14 hours; Lync with 240,000 clients and 45
 * million tries to come back, 6 hours. The promises of the scenarios hold, within a gibibyte of memory. */
#include "e2e/e2e.h"

#include <sys/resource.h>

enum { GIBIBYTE_KB = 1 << 20 };

/* The greatest memory that any finished child of this process had. */
static void assert_memory_within_a_gibibyte(void)
{
    struct rusage usage;

    assert_int_equal(getrusage(RUSAGE_CHILDREN, &usage), 0);
    print_message("most memory so far: %ld MB\n", usage.ru_maxrss / 1024);
    assert_true(usage.ru_maxrss < GIBIBYTE_KB);
}

static void everybodys_mail_is_late_behind_shared_workers(void **state)
{
    assert_scenario("exchange-2014.yaml --jobs 1", "mail.delay.p99{group=spared}@[12:30Z,16:30Z] > 1h", "mail.delay_notices > 0",
                    "mail.returned = 0", "availability{group=spared} > 99.9%", "verdict{group=spared} = recovered");
    assert_memory_within_a_gibibyte();
}

static void a_bulkhead_keeps_everybody_elses_mail_on_time(void **state)
{
    assert_scenario("exchange-2014.yaml --strategy bulkhead --jobs 1", "mail.delay.p99{group=spared} < 1m",
                    "verdict{group=spared} = stable", "verdict{group=struck} != stable", "mail.returned = 0");
    assert_memory_within_a_gibibyte();
}

static void isolation_helps_the_spared_at_once_and_repair_the_struck(void **state)
{
    assert_scenario("exchange-2014.yaml --jobs 1", "mail.delay.p99{group=spared}@[16:45Z,23:00Z] < 1m",
                    "mail.delay.p50{group=struck}@[16:45Z,17:00Z] > 1h", "mail.delay.p99{group=struck}@[20:00Z,23:00Z] < 1m");
}

static void a_storm_of_reconnects_keeps_120_000_clients_out(void **state)
{
    assert_scenario("lync-2014.yaml --jobs 1", "verdict = metastable", "verdict{group=spared} = stable",
                    "sessions.connected{group=struck} = 0", "sessions.attempts > 40M", "status.first_notice > 60m");
    assert_memory_within_a_gibibyte();
}

static void without_retries_they_are_back_within_ten_minutes(void **state)
{
    assert_scenario("lync-2014.yaml --strategy no_retries --jobs 1", "verdict{group=struck} = recovered",
                    "time_to.recover{group=struck} <= 600s", "sessions.given_up = 0");
    assert_memory_within_a_gibibyte();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybodys_mail_is_late_behind_shared_workers),
        cmocka_unit_test(a_bulkhead_keeps_everybody_elses_mail_on_time),
        cmocka_unit_test(isolation_helps_the_spared_at_once_and_repair_the_struck),
        cmocka_unit_test(a_storm_of_reconnects_keeps_120_000_clients_out),
        cmocka_unit_test(without_retries_they_are_back_within_ten_minutes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
