/* test_tally - cells by entity, partition and epoch; levels by time */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "stormcell/tally.h"

static void a_cell_keeps_its_place_and_its_counts_when_epochs_are_added(void **state)
{
    struct tally t;
    struct cell *first;

    (void)state;
    tally_start(&t, 3, 60, false);
    first = tally_at(&t, 2, 59, 0);
    first->counts[COUNT_OFFERED] = 7;
    histogram_add(&first->samples[SAMPLE_LATENCY], 1000);
    for (uint32_t e = 1; e < 100; e++) {
        tally_next_epoch(&t);
        assert_int_equal(t.epoch, e);
        assert_int_equal(t.epochs, e + 1);
        tally_at(&t, 0, 0, e)->counts[COUNT_OFFERED]++;
    }
    assert_ptr_equal(tally_at(&t, 2, 59, 0), first);
    assert_int_equal(first->counts[COUNT_OFFERED], 7);
    assert_int_equal(first->samples[SAMPLE_LATENCY].count, 1);
    tally_end(&t);
}

static void a_birth_can_be_counted_in_its_own_epoch_after_the_next_began(void **state)
{
    struct tally t;

    (void)state;
    tally_start(&t, 1, 1, false);
    tally_next_epoch(&t);
    tally_at(&t, 0, 0, 0)->counts[COUNT_SUCCEEDED] += 2;
    tally_at(&t, 0, 0, t.epoch)->counts[COUNT_SUCCEEDED] += 1;
    assert_int_equal(tally_at(&t, 0, 0, 0)->counts[COUNT_SUCCEEDED], 2);
    assert_int_equal(tally_at(&t, 0, 0, 1)->counts[COUNT_SUCCEEDED], 1);
    tally_end(&t);
}

static void cells_that_nobody_touched_take_no_memory(void **state)
{
    struct tally t;
    unsigned made = 0;

    (void)state;
    tally_start(&t, 5, 100, false);
    tally_next_epoch(&t);
    tally_at(&t, 4, 99, 1);
    for (size_t i = 0; i < 2 * 5 * 100; i++)
        made += t.cells[i] != NULL;
    assert_int_equal(made, 1);
    tally_end(&t);
}

static void a_level_is_weighed_by_the_time_it_lasted(void **state)
{
    struct level_meter m = {0};

    (void)state;
    level_set(&m, 10, 5);  /* 0 for 10 ns */
    level_set(&m, 40, 1);  /* 5 for 30 ns */
    level_set(&m, 100, 0); /* 1 for 60 ns */
    assert_true(m.integral == 5 * 30 + 1 * 60);
    assert_true(m.max == 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cell_keeps_its_place_and_its_counts_when_epochs_are_added),
        cmocka_unit_test(a_birth_can_be_counted_in_its_own_epoch_after_the_next_began),
        cmocka_unit_test(cells_that_nobody_touched_take_no_memory),
        cmocka_unit_test(a_level_is_weighed_by_the_time_it_lasted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
