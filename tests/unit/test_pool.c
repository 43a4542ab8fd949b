/* test_pool - indices, the free list, growth, the limit */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "stormcell/must.h"
#include "stormcell/pool.h"
#include "stormcell/random.h"

static void indices_begin_at_one_and_follow_each_other(void **state)
{
    struct pool p;

    (void)state;
    pool_start(&p, 24, 100);
    assert_int_equal(pool_take(&p), 1);
    assert_int_equal(pool_take(&p), 2);
    assert_int_equal(pool_take(&p), 3);
    assert_int_equal(p.live, 3);
    pool_end(&p);
}

static void what_was_given_back_last_is_taken_first(void **state)
{
    struct pool p;

    (void)state;
    pool_start(&p, 8, 100);
    for (int i = 0; i < 5; i++)
        pool_take(&p);
    pool_give(&p, 2);
    pool_give(&p, 4);
    assert_int_equal(p.live, 3);
    assert_int_equal(pool_take(&p), 4);
    assert_int_equal(pool_take(&p), 2);
    assert_int_equal(pool_take(&p), 6);
    pool_end(&p);
}

static void a_size_is_rounded_up_to_eight_bytes(void **state)
{
    struct pool p;

    (void)state;
    pool_start(&p, 13, 100);
    pool_take(&p);
    pool_take(&p);
    assert_int_equal((char *)pool_at(&p, 2) - (char *)pool_at(&p, 1), 16);
    pool_end(&p);
}

/* Each live record carries its own mark in every byte but the link; a record that moved, or is shared, would show. */
static void records_keep_their_contents_while_the_pool_grows_and_shrinks(void **state)
{
    enum { RECORDS = 20000, SIZE = 40 };
    uint32_t *taken = xmalloc(RECORDS * sizeof(*taken)), count = 0;
    struct draw d = draw_at(draw_key(1, "pool", "test"), 0, 0);
    struct pool p;

    (void)state;
    pool_start(&p, SIZE, RECORDS);
    for (int step = 0; step < 200000; step++) {
        if (count < RECORDS && draw_below(&d, 100) < (count < RECORDS / 2 || step < 60000 ? 70 : 45)) {
            uint32_t index = pool_take(&p);

            memset(pool_at(&p, index), (int)(index % 251), SIZE);
            taken[count++] = index;
        } else if (count) {
            uint32_t which = (uint32_t)draw_below(&d, count), index = taken[which];
            const unsigned char *record = pool_at(&p, index);

            for (int i = 0; i < SIZE; i++)
                assert_int_equal(record[i], index % 251);
            pool_give(&p, index);
            taken[which] = taken[--count];
        }
        assert_int_equal(p.live, count);
    }
    assert_true(p.used <= RECORDS + 1);
    pool_end(&p);
    free(taken);
}

static void a_pool_holds_as_many_records_as_its_limit(void **state)
{
    struct pool p;

    (void)state;
    pool_start(&p, 4, 1000);
    for (uint32_t i = 1; i <= 1000; i++)
        assert_int_equal(pool_take(&p), i);
    assert_int_equal(p.live, 1000);
    pool_end(&p);
}

static void one_record_more_than_the_limit_is_the_worlds_failure(void **state)
{
    struct pool p;
    int status;
    pid_t child;

    (void)state;
    pool_start(&p, 4, 10);
    for (int i = 0; i < 10; i++)
        pool_take(&p);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        fclose(stderr);
        pool_take(&p);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
    pool_end(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(indices_begin_at_one_and_follow_each_other),
        cmocka_unit_test(what_was_given_back_last_is_taken_first),
        cmocka_unit_test(a_size_is_rounded_up_to_eight_bytes),
        cmocka_unit_test(records_keep_their_contents_while_the_pool_grows_and_shrinks),
        cmocka_unit_test(a_pool_holds_as_many_records_as_its_limit),
        cmocka_unit_test(one_record_more_than_the_limit_is_the_worlds_failure),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
