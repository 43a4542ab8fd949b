/* test_zipf - names are drawn as often as they should be */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stormcell/must.h"
#include "stormcell/zipf.h"

static double weight_of_all(uint32_t count, double exponent)
{
    double sum = 0;

    for (uint32_t k = count; k > 0; k--)
        sum += pow(k, -exponent);
    return sum;
}

static const struct {
    uint32_t count;
    double exponent;
} laws[] = {{1, 1}, {2, 0}, {64, 1}, {65, 1}, {1000, 0}, {1000, 0.8}, {1000, 1}, {2000, 1.2}, {5000, 2}, {300, 10}, {1000000, 1}};

static void shares_are_those_of_the_law(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
        double sum = weight_of_all(laws[i].count, laws[i].exponent), missed = 0, load = 3.7 * laws[i].count;
        struct zipf z;

        zipf_start(&z, laws[i].count, laws[i].exponent);
        for (uint32_t k = 0; k < laws[i].count; k++) {
            double share = pow(k + 1.0, -laws[i].exponent) / sum;

            missed += share / (1 + load * share);
            assert_true(fabs(zipf_share(&z, k) - share) <= 1e-5 * share);
        }
        assert_true(fabs(zipf_missed(&z, 0) - 1) < 1e-9);
        assert_true(fabs(zipf_missed(&z, load) - missed) < 1e-3 * missed);
    }
}

/* The chance that a table gives to each name, out of its slots. */
static void a_table_gives_each_name_its_share(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++) {
        uint32_t n = laws[i].count;
        double sum = weight_of_all(n, laws[i].exponent), *chance = xcalloc(n, sizeof *chance);
        struct zipf_slot *table;
        struct zipf z;

        zipf_start(&z, n, laws[i].exponent);
        table = zipf_table(&z);
        for (uint32_t k = 0; k < n; k++) {
            assert_true(table[k].other < n);
            chance[k] += table[k].stays * 0x1p-32 / n;
            chance[table[k].other] += (1 - table[k].stays * 0x1p-32) / n;
        }
        for (uint32_t k = 0; k < n; k++)
            assert_true(fabs(chance[k] - pow(k + 1.0, -laws[i].exponent) / sum) < 1e-9);
        free(chance);
        free(table);
    }
}

static void names_are_drawn_by_the_table(void **state)
{
    enum { NAMES = 10, DRAWS = 200000 };
    uint32_t counts[NAMES] = {0};
    struct zipf_slot *table;
    struct zipf z;

    (void)state;
    zipf_start(&z, NAMES, 1);
    table = zipf_table(&z);
    for (uint32_t i = 0; i < DRAWS; i++) {
        struct draw d = draw_at(draw_key(1, "zipf", "name"), i, 0);

        counts[zipf_draw(table, NAMES, &d)]++;
    }
    for (uint32_t k = 0; k < NAMES; k++) {
        double p = zipf_share(&z, k);

        assert_true(fabs(counts[k] - p * DRAWS) < 4 * sqrt(p * (1 - p) * DRAWS));
    }
    free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_are_those_of_the_law),
        cmocka_unit_test(a_table_gives_each_name_its_share),
        cmocka_unit_test(names_are_drawn_by_the_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
