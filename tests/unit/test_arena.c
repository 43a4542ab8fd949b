/* test_arena - what an arena hands out is zeroed, aligned, apart, and lasts */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stormcell/arena.h"

static void pieces_are_zeroed_aligned_and_do_not_overlap(void **state)
{
    enum { PIECES = 2000 };
    struct arena *a = arena_create();
    unsigned char *pieces[PIECES];

    (void)state;
    for (int i = 0; i < PIECES; i++) {
        size_t size = (size_t)i * 37 % 400;

        pieces[i] = arena_take(a, size);
        assert_int_equal((uintptr_t)pieces[i] % _Alignof(max_align_t), 0);
        for (size_t k = 0; k < size; k++)
            assert_int_equal(pieces[i][k], 0);
        memset(pieces[i], i % 255 + 1, size);
    }
    for (int i = 0; i < PIECES; i++)
        for (size_t k = 0; k < (size_t)i * 37 % 400; k++)
            assert_int_equal(pieces[i][k], i % 255 + 1);
    arena_free(a);
}

static void a_large_piece_does_not_end_the_block_in_use(void **state)
{
    struct arena *a = arena_create();
    char *small = arena_take(a, 16), *large = arena_take(a, 1000000), *next = arena_take(a, 16);

    (void)state;
    memset(large, 1, 1000000);
    assert_ptr_equal(next, small + 16);
    arena_free(a);
}

static void texts_are_copies_with_an_end(void **state)
{
    struct arena *a = arena_create();
    char source[] = "directory[17]";
    char *whole = arena_text(a, source), *part = arena_text_n(a, source, 9), *made = arena_format(a, "%s.%d", "hub", 3);

    (void)state;
    memset(source, 'x', sizeof(source));
    assert_string_equal(whole, "directory[17]");
    assert_string_equal(part, "directory");
    assert_string_equal(made, "hub.3");
    assert_string_equal(arena_text(a, ""), "");
    arena_free(a);
}

static void a_long_text_is_formatted_whole(void **state)
{
    struct arena *a = arena_create();
    char *made = arena_format(a, "%0100000d", 7);

    (void)state;
    assert_int_equal(strlen(made), 100000);
    assert_int_equal(made[99999], '7');
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_do_not_overlap),
        cmocka_unit_test(a_large_piece_does_not_end_the_block_in_use),
        cmocka_unit_test(texts_are_copies_with_an_end),
        cmocka_unit_test(a_long_text_is_formatted_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
