/* test_regions - a region that fails and users who are sent to another, as people see it */
#include "e2e/e2e.h"

#define FILE_OF_REGIONS "tests/e2e/regions.yaml"

static void regions_that_fare_differently_have_a_verdict_each(void **state)
{
    struct outcome o = run_program("run", FILE_OF_REGIONS);

    (void)state;
    assert_ended(&o, 0);
    assert_contains(&o, o.out, "  spared         stable     north-america, 6 of 10 partitions, 6000 users: never unhealthy");
    assert_contains(&o, o.out, "  struck         recovered  europe, 4 of 10 partitions, 4000 users: unhealthy from");
    assert_contains(&o, o.out, "away: send 100 % of the users of gateway@europe to gateway@north-america");
    outcome_free(&o);
}

static void json_has_the_verdict_and_the_metrics_of_each_region(void **state)
{
    struct outcome o = run_program("run", FILE_OF_REGIONS, "--json");
    const char *verdicts, *metrics;

    (void)state;
    assert_ended(&o, 0);
    verdicts = strstr(o.out, "\"verdicts\"");
    assert_non_null(verdicts);
    assert_non_null(strstr(verdicts, "\"europe\""));
    metrics = strstr(verdicts, "\"metrics\"");
    assert_non_null(metrics);
    assert_non_null(strstr(metrics, "\"north-america\""));
    assert_contains(&o, o.out, "\"region\"");
    outcome_free(&o);
}

static void explain_says_what_lies_where(void **state)
{
    struct outcome o = run_program("explain", FILE_OF_REGIONS);

    (void)state;
    assert_ended(&o, 0);
    assert_contains(&o, o.out, "north-america: partitions 0 to 5 of 10, with 60 % of the users");
    assert_contains(&o, o.out, "Each region has replicas of its own of gateway.");
    assert_contains(&o, o.out, "gateway: for each of the 2 regions, 2 replicas with 8 workers each");
    assert_contains(&o, o.out, "reroute: 100 % of the users of gateway@europe go to gateway@north-america");
    outcome_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_that_fare_differently_have_a_verdict_each),
        cmocka_unit_test(json_has_the_verdict_and_the_metrics_of_each_region),
        cmocka_unit_test(explain_says_what_lies_where),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
