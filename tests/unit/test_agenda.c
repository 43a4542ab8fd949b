/* test_agenda - order, limits, and a comparison with a sorted list over random operations */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "stormcell/agenda.h"
#include "stormcell/must.h"
#include "stormcell/random.h"

/* ---- small scripts: "push 5:a" plans an event of the world, "push 5h:a" one of another class, "pop", "until 7" */

static enum agenda_class class_of(char letter)
{
    switch (letter) {
    case 'h':
        return AGENDA_HEALING;
    case 'o':
        return AGENDA_OPERATOR;
    case 't':
        return AGENDA_TIMEOUT;
    default:
        return AGENDA_WORLD;
    }
}

static void step(struct agenda *a, char **word, char *answer)
{
    struct sim_event ev;
    bool popped;

    if (!strcmp(*word, "push")) {
        char *argument = strtok(NULL, " "), *rest;
        int64_t at_ns = strtoll(argument, &rest, 10);

        agenda_push(a, at_ns, class_of(*rest), 1, (uint32_t)(unsigned char)strchr(argument, ':')[1]);
        return;
    }
    if (!strcmp(*word, "until"))
        popped = agenda_pop_before(a, strtoll(strtok(NULL, " "), NULL, 10), &ev);
    else
        popped = agenda_pop(a, &ev);
    sprintf(answer + strlen(answer), "%s%c", *answer ? " " : "", popped ? (char)ev.entity : '-');
}

static void assert_agenda(const char *script, const char *expected)
{
    struct agenda *a = agenda_create();
    char *words = xstrdup(script), answer[256] = "";

    for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
        step(a, &word, answer);
    assert_string_equal(answer, expected);
    free(words);
    agenda_free(a);
}

static void events_leave_in_the_order_of_their_times(void **state)
{
    (void)state;
    assert_agenda("push 5:a  push 3:b  push 4:c  pop pop pop pop", "b c a -");
}

static void events_at_one_time_leave_in_the_order_they_came(void **state)
{
    (void)state;
    assert_agenda("push 5:a  push 5:b  push 3:c  pop pop pop", "c a b");
}

static void at_one_time_healing_comes_before_operators_before_the_world_before_time_outs(void **state)
{
    (void)state;
    assert_agenda("push 5t:t  push 5w:w  push 5o:o  push 5h:h  push 4t:first  pop pop pop pop pop", "f h o w t");
    assert_agenda("push 5t:t  push 5t:u  pop  push 5w:w  push 5t:v  pop pop pop", "t w u v");
}

static void an_event_after_the_limit_stays(void **state)
{
    (void)state;
    assert_agenda("push 5:a  until 4  until 5  until 9", "- a -");
}

static void after_a_no_an_earlier_event_may_still_come(void **state)
{
    (void)state;
    assert_agenda("push 1:a  pop  push 9000000000000:z  until 1000  push 1:b  push 500:c  until 1000  until 1000  until 1000  pop",
                  "a - b c - z");
}

/* The limit lies in the slot of the event that is refused: asking must not move the wheel there. The events before bring the wheel
 * into use, those behind are too many to be sorted at once. */
static void after_a_no_a_storm_of_earlier_events_may_still_come(void **state)
{
    enum { FIRST = 100, STORM = 1000, BEHIND = 3000 };
    const int64_t far_ns = 1LL << 40;
    struct agenda *a = agenda_create();
    struct sim_event ev;

    (void)state;
    for (uint32_t i = 0; i < FIRST; i++)
        agenda_push(a, i, AGENDA_WORLD, 0, i);
    for (uint32_t i = 0; i < BEHIND; i++)
        agenda_push(a, far_ns + 200 + (int64_t)i * (far_ns / 1000), AGENDA_WORLD, 0, FIRST + STORM + i);
    for (uint32_t i = 0; i < FIRST; i++)
        assert_true(agenda_pop(a, &ev));
    assert_false(agenda_pop_before(a, far_ns + 100, &ev));
    for (uint32_t i = 0; i < STORM; i++)
        agenda_push(a, 1000 + i / 2 + i % 2 * far_ns / 2, AGENDA_WORLD, 0, FIRST + i / 2 + i % 2 * STORM / 2);
    for (uint32_t i = 0; i < STORM + BEHIND; i++) {
        assert_true(agenda_pop(a, &ev));
        assert_int_equal(ev.entity, FIRST + i);
    }
    agenda_free(a);
}

static void an_event_may_be_planned_for_now(void **state)
{
    (void)state;
    assert_agenda("push 5:a  push 6:c  pop  push 5:b  pop pop", "a b c");
}

static void an_event_leaves_as_it_came(void **state)
{
    struct agenda *a = agenda_create();
    struct sim_event ev;

    (void)state;
    agenda_push(a, INT64_MAX, AGENDA_TIMEOUT, AGENDA_KIND_MAX, AGENDA_ENTITY_MAX);
    assert_true(agenda_pop(a, &ev));
    assert_true(ev.at_ns == INT64_MAX);
    assert_int_equal(ev.kind, AGENDA_KIND_MAX);
    assert_int_equal(ev.entity, AGENDA_ENTITY_MAX);
    agenda_free(a);
}

static void the_next_entities_can_be_seen_ahead(void **state)
{
    struct agenda *a = agenda_create();
    uint32_t entity = 0;

    (void)state;
    assert_false(agenda_peek_entity(a, 0, &entity));
    agenda_push(a, 20, AGENDA_WORLD, 0, 2);
    agenda_push(a, 10, AGENDA_WORLD, 0, 1);
    assert_true(agenda_peek_entity(a, 0, &entity));
    assert_int_equal(entity, 1);
    assert_true(agenda_peek_entity(a, 1, &entity));
    assert_int_equal(entity, 2);
    assert_false(agenda_peek_entity(a, 2, &entity));
    agenda_free(a);
}

/* ---- what is our bug */

static void plan_in_the_past(struct agenda *a)
{
    struct sim_event ev;

    agenda_push(a, 10, AGENDA_WORLD, 0, 0);
    agenda_pop(a, &ev);
    agenda_push(a, 9, AGENDA_WORLD, 0, 0);
}

static void plan_before_the_start(struct agenda *a)
{
    agenda_push(a, -1, AGENDA_WORLD, 0, 0);
}

static void plan_too_great_a_kind(struct agenda *a)
{
    agenda_push(a, 1, AGENDA_WORLD, AGENDA_KIND_MAX + 1, 0);
}

static void plan_too_great_an_entity(struct agenda *a)
{
    agenda_push(a, 1, AGENDA_WORLD, 0, AGENDA_ENTITY_MAX + 1);
}

static int exit_status_of(void (*act)(struct agenda *a))
{
    int status;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        fclose(stderr);
        act(agenda_create());
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_broken_rule_ends_the_program_with_status_4(void **state)
{
    (void)state;
    assert_int_equal(exit_status_of(plan_in_the_past), 4);
    assert_int_equal(exit_status_of(plan_before_the_start), 4);
    assert_int_equal(exit_status_of(plan_too_great_a_kind), 4);
    assert_int_equal(exit_status_of(plan_too_great_an_entity), 4);
}

/* ---- against a list that is sorted by (time, class, order of coming) */

struct planned {
    int64_t at_ns;
    unsigned class;
    uint32_t number; /* order of coming; the entity carries it */
    uint32_t kind;
};

static int by_order(const void *a, const void *b)
{
    const struct planned *x = a, *y = b;

    if (x->at_ns != y->at_ns)
        return x->at_ns < y->at_ns ? -1 : 1;
    if (x->class != y->class)
        return x->class < y->class ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

/* The reference keeps its list sorted by insertion after a binary search: slow, and plainly right. */
struct reference {
    struct planned *list;
    size_t first, end;
};

static void reference_push(struct reference *r, struct planned p)
{
    size_t low = r->first, high = r->end;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (by_order(&p, &r->list[middle]) < 0)
            high = middle;
        else
            low = middle + 1;
    }
    memmove(&r->list[low + 1], &r->list[low], (r->end - low) * sizeof(p));
    r->list[low] = p;
    r->end++;
}

/* How far ahead of now an event is planned, in a run of the style `style`. */
static int64_t distance(struct draw *d, unsigned style)
{
    uint64_t bits = draw_bits(d);

    switch (style) {
    case 0: /* all scales */
        return (int64_t)(draw_bits(d) >> (2 + bits % 62));
    case 1: /* exponential */
        return (int64_t)(1e9 * draw_exponential(d));
    case 2: /* ties */
        return (int64_t)(bits % 4);
    case 3: /* one constant, now and then something far */
        return bits % 50 ? 30000000000 : (int64_t)(draw_bits(d) >> 20);
    case 4: /* round times, so that classes meet */
        return (int64_t)(bits % 1000 * 1000000);
    default: /* always before what is there */
        return bits % 3 ? 1 : (int64_t)(bits >> 30);
    }
}

struct trial {
    struct agenda *agenda;
    struct reference reference;
    struct draw draw;
    int64_t now_ns;
    uint32_t numbers;
};

static void trial_push(struct trial *t, unsigned style)
{
    struct planned p = {.number = t->numbers++};
    int64_t ahead = distance(&t->draw, style);

    p.at_ns = t->now_ns + (ahead < INT64_MAX / 2 - t->now_ns ? ahead : 0);
    p.class = style == 4 ? (unsigned)draw_below(&t->draw, 4) : AGENDA_WORLD;
    p.kind = (uint32_t)draw_below(&t->draw, AGENDA_KIND_MAX + 1);
    agenda_push(t->agenda, p.at_ns, p.class, p.kind, p.number);
    reference_push(&t->reference, p);
}

static void trial_pop(struct trial *t, int64_t limit_ns)
{
    struct reference *r = &t->reference;
    const struct planned *next = &r->list[r->first];
    bool due = r->first < r->end && next->at_ns <= limit_ns;
    struct sim_event ev;

    assert_int_equal(agenda_pop_before(t->agenda, limit_ns, &ev), due);
    if (!due)
        return;
    assert_true(ev.at_ns == next->at_ns);
    assert_int_equal(ev.entity, next->number);
    assert_int_equal(ev.kind, next->kind);
    t->now_ns = ev.at_ns;
    r->first++;
}

/* Pushes prevail, then pops, then pushes again, in waves of some length: calm, storm, calm. */
static void trial_run(struct trial *t, unsigned style, unsigned operations)
{
    unsigned length = 20 + (unsigned)draw_below(&t->draw, 2000);

    for (unsigned i = 0; i < operations; i++) {
        unsigned wave = 1 + i / length % 3;
        uint64_t coin = draw_below(&t->draw, 8);

        if (coin < 2 * wave)
            trial_push(t, style);
        else if (coin < 7)
            trial_pop(t, INT64_MAX);
        else
            trial_pop(t, t->now_ns + distance(&t->draw, style) / 2);
        assert_int_equal(agenda_pending(t->agenda), t->reference.end - t->reference.first);
    }
    while (agenda_pending(t->agenda))
        trial_pop(t, INT64_MAX);
    trial_pop(t, INT64_MAX);
}

static void any_operations_give_the_order_of_a_sorted_list(void **state)
{
    enum { SEEDS = 300, OPERATIONS = 6000 };
    struct planned *list = xmalloc(OPERATIONS * sizeof(*list));

    (void)state;
    for (unsigned seed = 0; seed < SEEDS; seed++) {
        struct trial t = {.agenda = agenda_create(),
                          .reference.list = list,
                          .draw = draw_at(draw_key(seed, "agenda", "test"), 0, 0)};

        trial_run(&t, seed % 6, OPERATIONS);
        agenda_free(t.agenda);
    }
    free(list);
}

/* ---- shapes that make other queues collapse; here only their order is looked at */

static void assert_drains_in_order(struct agenda *a, size_t expected)
{
    struct sim_event ev, before = {0};
    size_t count = 0;

    while (agenda_pop(a, &ev)) {
        assert_true(ev.at_ns > before.at_ns || (ev.at_ns == before.at_ns && (count == 0 || ev.entity > before.entity)));
        before = ev;
        count++;
    }
    assert_int_equal(count, expected);
    assert_int_equal(agenda_pending(a), 0);
}

static void a_million_events_at_one_time_keep_their_order(void **state)
{
    struct agenda *a = agenda_create();

    (void)state;
    for (uint32_t i = 0; i < 1000000; i++)
        agenda_push(a, 123456789, AGENDA_WORLD, 0, i);
    assert_drains_in_order(a, 1000000);
    agenda_free(a);
}

static void a_storm_whose_every_event_plans_another_at_once_keeps_its_order(void **state)
{
    struct agenda *a = agenda_create();
    struct sim_event ev;
    uint32_t next = 200000;

    (void)state;
    agenda_push(a, 60000000000, AGENDA_TIMEOUT, 1, 0);
    for (uint32_t i = 0; i < next; i++)
        agenda_push(a, 60000000000, AGENDA_WORLD, 0, i);
    for (uint32_t i = 0; i < 2 * 200000; i++) {
        assert_true(agenda_pop(a, &ev));
        assert_int_equal(ev.kind, 0);
        assert_int_equal(ev.entity, i);
        if (next < 400000)
            agenda_push(a, ev.at_ns, AGENDA_WORLD, 0, next++);
    }
    assert_true(agenda_pop(a, &ev));
    assert_int_equal(ev.kind, 1);
    agenda_free(a);
}

static void a_constant_delay_keeps_the_order(void **state)
{
    struct agenda *a = agenda_create();
    struct sim_event ev;

    (void)state;
    for (uint32_t i = 0; i < 100000; i++)
        agenda_push(a, i, AGENDA_WORLD, 0, i);
    for (uint32_t i = 0; i < 1000000; i++) {
        assert_true(agenda_pop(a, &ev));
        assert_int_equal(ev.entity, i);
        agenda_push(a, ev.at_ns + 100000, AGENDA_WORLD, 0, i + 100000);
    }
    assert_drains_in_order(a, 100000);
    agenda_free(a);
}

static void events_planned_backwards_leave_forwards(void **state)
{
    struct agenda *a = agenda_create();

    (void)state;
    for (uint32_t i = 300000; i > 0; i--)
        agenda_push(a, (int64_t)i * 1000, AGENDA_WORLD, 0, i);
    assert_drains_in_order(a, 300000);
    agenda_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_leave_in_the_order_of_their_times),
        cmocka_unit_test(events_at_one_time_leave_in_the_order_they_came),
        cmocka_unit_test(at_one_time_healing_comes_before_operators_before_the_world_before_time_outs),
        cmocka_unit_test(an_event_after_the_limit_stays),
        cmocka_unit_test(after_a_no_an_earlier_event_may_still_come),
        cmocka_unit_test(after_a_no_a_storm_of_earlier_events_may_still_come),
        cmocka_unit_test(an_event_may_be_planned_for_now),
        cmocka_unit_test(an_event_leaves_as_it_came),
        cmocka_unit_test(the_next_entities_can_be_seen_ahead),
        cmocka_unit_test(a_broken_rule_ends_the_program_with_status_4),
        cmocka_unit_test(any_operations_give_the_order_of_a_sorted_list),
        cmocka_unit_test(a_million_events_at_one_time_keep_their_order),
        cmocka_unit_test(a_storm_whose_every_event_plans_another_at_once_keeps_its_order),
        cmocka_unit_test(a_constant_delay_keeps_the_order),
        cmocka_unit_test(events_planned_backwards_leave_forwards),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
