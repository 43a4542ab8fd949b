/* status_tickets - tickets that affected users write, as whole numbers */
#include <math.h>

#include "stormcell/random.h"
#include "world/status_parts.h"

/* So many at most are drawn one by one. */
enum { SINGLY = 4096 };

double status_half(double x)
{
    return x < 1000 ? exact_exp(-x * 0.69314718055994530942) : 0;
}

/* Far behind: a quarter of what is missing at once. The sum of so many exponentials is normal. */
static void leap(struct ticket_clock *t)
{
    struct draw d = draw_at(t->key, t->drawn++, 1);
    double many = (double)(uint64_t)((t->expected - t->next) / 4), span = many + sqrt(many) * draw_normal(&d);

    t->count += (uint64_t)many;
    t->next += span > 0 ? span : 0;
}

uint64_t status_tickets_expect(struct ticket_clock *t, double more)
{
    uint64_t before = t->count;

    t->expected += more;
    while (t->expected - t->next > SINGLY)
        leap(t);
    while (t->expected >= t->next) {
        struct draw d = draw_at(t->key, t->drawn++, 0);

        t->count++;
        t->next += draw_exponential(&d);
    }
    return t->count - before;
}
