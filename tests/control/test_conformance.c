/* Every control of the registry keeps the rules of control/control.h, whatever it is for and however it is set.
 *
 * Nothing here names a control but one table: a new control is tried as soon as it has its row. Each is given every setting at its
 * default, its least and its greatest value, and every word of its enums in turn, and then a long sequence of attempts that come,
 * end and come again, drawn from a seed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "control/control.h"
#include "stormcell/param.h"

enum { GUARD = 64, GUARD_BYTE = 0xA5, OUTSTANDING_MAX = 48, STEPS = 4000 };

/* ---------------------------------------------------------------- the settings of a kind, by descriptor */

/* The lists of the language in which controls stand. */
static const ProtobufCMessageDescriptor *const lists[] = {
    &stormcell__service_control__descriptor,
    &stormcell__call_control__descriptor,
    &stormcell__delivery_control__descriptor,
};
enum { LISTS = sizeof(lists) / sizeof(*lists) };

static const ProtobufCFieldDescriptor *field_of_kind(const ProtobufCMessageDescriptor *list, const char *name)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(list, name);

    return field && field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF ? field : NULL;
}

/* The message of settings of a kind. */
static const ProtobufCMessageDescriptor *settings_of(const struct control_kind *kind)
{
    for (size_t i = 0; i < LISTS; i++)
        if (field_of_kind(lists[i], kind->name))
            return field_of_kind(lists[i], kind->name)->descriptor;
    fail_msg("no list of the language takes the control %s", kind->name);
    return NULL;
}

static void set_number(void *at, const ProtobufCFieldDescriptor *field, double value)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_UINT32:
        *(uint32_t *)at = (uint32_t)value;
        break;
    case PROTOBUF_C_TYPE_UINT64:
        *(uint64_t *)at = (uint64_t)value;
        break;
    case PROTOBUF_C_TYPE_INT64:
        *(int64_t *)at = (int64_t)value;
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        *(double *)at = value;
        break;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)at = value != 0;
        break;
    default:
        fail_msg("%s: a type of field that this test cannot set; teach it", field->name);
    }
}

/* How the settings of one trial are chosen. */
enum extreme { AT_DEFAULT, AT_LEAST, AT_MOST };
struct trial {
    const struct control_kind *kind;
    enum extreme extreme;
    unsigned field, word; /* besides, this enum field has its word number `word`; field == n_fields: none */
};

/* New settings, or NULL when the trial names no word. */
static ProtobufCMessage *settings_for(const struct trial *t)
{
    const ProtobufCMessageDescriptor *d = settings_of(t->kind);
    const struct param_message *params = param_of(d);
    ProtobufCMessage *m;

    if (t->field < d->n_fields && (d->fields[t->field].type != PROTOBUF_C_TYPE_ENUM ||
                                   t->word >= ((const ProtobufCEnumDescriptor *)d->fields[t->field].descriptor)->n_values))
        return NULL;
    m = calloc(1, d->sizeof_message);
    assert_non_null(m);
    d->message_init(m);
    for (unsigned i = 0; i < d->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &d->fields[i];
        void *at = (char *)m + field->offset;

        if (i == t->field)
            *(int *)at = ((const ProtobufCEnumDescriptor *)field->descriptor)->values[t->word].value;
        else if (t->extreme != AT_DEFAULT && params->params[i].has_range)
            set_number(at, field, t->extreme == AT_LEAST ? params->params[i].min : params->params[i].max);
    }
    return m;
}

/* Calls `body` for every kind and every choice of its settings; at least three each. */
static void for_every_setting(void (*body)(const struct trial *t, const ProtobufCMessage *settings))
{
    for (size_t k = 0; control_kinds[k]; k++) {
        unsigned fields = settings_of(control_kinds[k])->n_fields;
        struct trial t = {.kind = control_kinds[k]};

        for (int extreme = AT_DEFAULT; extreme <= AT_MOST; extreme++) {
            t.extreme = (enum extreme)extreme;
            for (t.field = 0; t.field <= fields; t.field++)
                for (t.word = 0;; t.word++) {
                    ProtobufCMessage *settings = settings_for(&t);

                    if (settings)
                        body(&t, settings);
                    free(settings);
                    if (!settings || t.field == fields)
                        break;
                }
        }
    }
}

/* ---------------------------------------------------------------- a control in a world of its own */

/* An attempt that was admitted and is not over. */
struct attempt {
    struct asked asked;
    int64_t began_ns;
};

/* One instance, with guards around its state, and all that it said, folded into one number. */
struct bench {
    const struct control_kind *kind;
    const ProtobufCMessage *settings;
    uint8_t *memory; /* guard, state, guard */
    uint64_t seed, births, step;
    int64_t now_ns;
    struct attempt out[OUTSTANDING_MAX];
    unsigned count;
    uint64_t acts[CONTROL_REASONS], said;
    uint64_t admitted, stopped, retried;
};

static void *bench_state(const struct bench *b)
{
    return b->memory + GUARD;
}

/* What the control may know at this step. */
static struct view bench_view(struct bench *b)
{
    struct draw d = draw_at(draw_key(b->seed, "bench", "load"), b->step, 0);
    struct view view = {.now_ns = b->now_ns, .workers = 1 + (uint32_t)draw_below(&d, 4), .acts = b->acts};

    view.running = (uint32_t)draw_below(&d, view.workers + 1);
    view.waiting = view.running == view.workers ? (uint32_t)draw_below(&d, 200) : 0;
    view.random = draw_at(draw_key(b->seed, "bench", "control"), b->step, 1);
    return view;
}

static void fold(struct bench *b, uint64_t value)
{
    b->said = draw_mix(b->said, value);
}

/* After each call: nobody wrote beside the state, and only its own reasons were counted. */
static void assert_kept_to_itself(const struct bench *b, const struct view *before, const struct view *after)
{
    const uint8_t *behind = b->memory + GUARD + b->kind->state_size;

    for (int i = 0; i < GUARD; i++)
        if (b->memory[i] != GUARD_BYTE || behind[i] != GUARD_BYTE)
            fail_msg("%s writes outside its state", b->kind->name);
    for (int i = 0; i < CONTROL_REASONS; i++)
        if (b->acts[i] && !b->kind->reasons[i])
            fail_msg("%s counts act %d, which has no reason", b->kind->name, i);
    assert_true(after->now_ns == before->now_ns && after->waiting == before->waiting && after->running == before->running &&
                after->workers == before->workers && after->acts == before->acts && after->random.key == before->random.key);
}

static void bench_start(struct bench *b, const struct control_kind *kind, const ProtobufCMessage *settings, uint64_t seed)
{
    struct view view, before;

    *b = (struct bench){.kind = kind, .settings = settings, .seed = seed};
    b->memory = malloc(kind->state_size + 2 * GUARD);
    assert_non_null(b->memory);
    memset(b->memory, GUARD_BYTE, kind->state_size + 2 * GUARD);
    memset(bench_state(b), 0, kind->state_size);
    before = view = bench_view(b);
    if (kind->start)
        kind->start(&view, bench_state(b), settings);
    assert_kept_to_itself(b, &before, &view);
}

static void bench_end(struct bench *b)
{
    free(b->memory);
}

static uint64_t acts_in_all(const struct bench *b)
{
    uint64_t sum = 0;

    for (int i = 0; i < CONTROL_REASONS; i++)
        sum += b->acts[i];
    return sum;
}

/* Asks whether an attempt may go; keeps it if so. */
static enum decision bench_ask(struct bench *b, struct asked asked)
{
    struct view view = bench_view(b), before = view;
    enum decision decision = DECISION_ADMIT;
    uint64_t acts = acts_in_all(b);

    if (b->kind->admit)
        decision = b->kind->admit(&view, bench_state(b), &asked);
    assert_kept_to_itself(b, &before, &view);
    assert_in_range(decision, DECISION_ADMIT, DECISION_DROP);
    if (decision != DECISION_ADMIT && acts_in_all(b) == acts)
        fail_msg("%s stopped an attempt and counted nothing", b->kind->name);
    if (decision == DECISION_ADMIT || decision == DECISION_DROP_OLDEST || decision == DECISION_DROP_RANDOM) {
        assert_true(b->count < OUTSTANDING_MAX);
        b->out[b->count++] = (struct attempt){.asked = asked, .began_ns = b->now_ns};
        b->admitted++;
    } else {
        b->stopped++;
    }
    fold(b, decision);
    return decision;
}

/* Ends an attempt; a failed one may come again, at once as far as this bench is concerned. */
static void bench_finish(struct bench *b, unsigned which, enum outcome outcome)
{
    struct attempt a = b->out[which];
    struct view view = bench_view(b), before = view;
    int64_t delay_ns = 0;

    b->out[which] = b->out[--b->count];
    if (b->kind->done)
        b->kind->done(&view, bench_state(b), &a.asked, outcome, b->now_ns - a.began_ns);
    assert_kept_to_itself(b, &before, &view);
    fold(b, acts_in_all(b));
    if (outcome == OUTCOME_OK || !b->kind->again)
        return;
    before = view = bench_view(b);
    if (b->kind->again(&view, bench_state(b), &a.asked, outcome, &delay_ns)) {
        assert_true(delay_ns >= 0);
        b->retried++;
        a.asked.attempt++;
        a.asked.previous_delay_ns = delay_ns;
        bench_ask(b, a.asked);
    }
    assert_kept_to_itself(b, &before, &view);
    fold(b, (uint64_t)delay_ns);
}

/* One step of the world: time passes, now in milliseconds, now in minutes; then an attempt comes, or one ends. */
static void bench_step(struct bench *b)
{
    static const int64_t spans_ns[] = {1, 1000000, 50000000, 2000000000, 60000000000};
    struct draw d = draw_at(draw_key(b->seed, "bench", "step"), b->step++, 0);
    uint64_t span = draw_below(&d, 5), comes = draw_below(&d, 2);

    b->now_ns += (int64_t)draw_below(&d, (uint64_t)spans_ns[span]);
    if (b->count == 0 || (comes && b->count < OUTSTANDING_MAX)) {
        struct asked asked = {.birth = b->births++, .partition = (uint32_t)draw_below(&d, 7)};

        asked.attempt = 1 + (uint32_t)draw_below(&d, 3);
        asked.retry_after_ns = (int64_t)draw_below(&d, 1000000000);
        bench_ask(b, asked);
        return;
    }
    uint64_t which = draw_below(&d, b->count), outcome = draw_below(&d, 2) ? OUTCOME_OK : draw_below(&d, OUTCOME_LOCAL + 1);

    bench_finish(b, (unsigned)which, (enum outcome)outcome);
}

/* ---------------------------------------------------------------- the registry */

static void every_control_has_a_row_a_name_of_its_own_and_a_place_in_the_language(void **state)
{
    size_t count = 0;

    for (; control_kinds[count]; count++) {
        const struct control_kind *kind = control_kinds[count];

        assert_non_null(settings_of(kind));
        assert_true(kind->state_size <= CONTROL_STATE_MAX && kind->state_size % 8 == 0);
        for (size_t other = 0; other < count; other++)
            assert_string_not_equal(kind->name, control_kinds[other]->name);
    }
    assert_true(count >= 5);
}

static void every_kind_that_the_language_takes_is_in_the_registry(void **state)
{
    for (size_t i = 0; i < LISTS; i++)
        for (unsigned f = 0; f < lists[i]->n_fields; f++) {
            const ProtobufCFieldDescriptor *field = &lists[i]->fields[f];
            bool known = !(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF);

            for (size_t k = 0; control_kinds[k]; k++)
                known = known || strcmp(control_kinds[k]->name, field->name) == 0;
            if (!known)
                fail_msg("%s.%s has no row", lists[i]->name, field->name);
        }
}

/* ---------------------------------------------------------------- for every kind and every setting */

static void assert_keeps_to_itself(const struct trial *t, const ProtobufCMessage *settings)
{
    size_t length = protobuf_c_message_get_packed_size(settings);
    uint8_t *before = malloc(2 * length + 1), *after = before + length;
    struct bench b;

    protobuf_c_message_pack(settings, before);
    bench_start(&b, t->kind, settings, 11);
    for (int i = 0; i < STEPS; i++)
        bench_step(&b); /* and looks around after each call */
    assert_int_equal(protobuf_c_message_pack(settings, after), length);
    assert_memory_equal(before, after, length);
    free(before);
    bench_end(&b);
}

static void a_control_writes_to_its_own_state_alone_and_counts_its_own_reasons(void **state)
{
    for_every_setting(assert_keeps_to_itself);
}

static uint64_t said_apart(const struct trial *t, const ProtobufCMessage *settings, uint64_t seed)
{
    struct bench b;

    bench_start(&b, t->kind, settings, seed);
    for (int i = 0; i < STEPS; i++)
        bench_step(&b);
    bench_end(&b);
    return b.said;
}

static void assert_repeats(const struct trial *t, const ProtobufCMessage *settings)
{
    assert_int_equal(said_apart(t, settings, 5), said_apart(t, settings, 5));
}

static void the_same_seed_brings_the_same_decisions(void **state)
{
    for_every_setting(assert_repeats);
}

static void assert_minds_no_twin(const struct trial *t, const ProtobufCMessage *settings)
{
    struct bench a, b;

    bench_start(&a, t->kind, settings, 5);
    bench_start(&b, t->kind, settings, 6);
    for (int i = 0; i < STEPS; i++) {
        bench_step(&a);
        bench_step(&b);
    }
    assert_int_equal(a.said, said_apart(t, settings, 5));
    assert_int_equal(b.said, said_apart(t, settings, 6));
    bench_end(&a);
    bench_end(&b);
}

static void two_in_turn_decide_as_each_alone(void **state)
{
    for_every_setting(assert_minds_no_twin);
}

static void assert_lets_go(const struct trial *t, const ProtobufCMessage *settings)
{
    struct bench b;
    struct view view;
    enum decision decision = DECISION_ADMIT;

    bench_start(&b, t->kind, settings, 21);
    for (int i = 0; i < STEPS; i++)
        bench_step(&b);
    while (b.count) {
        b.step++;
        bench_finish(&b, 0, OUTCOME_OK);
    }
    view = (struct view){.now_ns = b.now_ns + 2000000000000000000, .workers = 1, .acts = b.acts};
    if (t->kind->admit)
        decision = t->kind->admit(&view, bench_state(&b), &(struct asked){.attempt = 1});
    if (decision != DECISION_ADMIT)
        fail_msg("%s holds on to what is over: nothing is inside, and it says %d", t->kind->name, decision);
    bench_end(&b);
}

static void when_all_is_over_and_long_ago_one_more_is_admitted(void **state)
{
    for_every_setting(assert_lets_go);
}

/* A bench that had nothing to decide would pass all of the above. */
static void the_bench_drives_every_control_to_act(void **state)
{
    for (size_t k = 0; control_kinds[k]; k++) {
        const struct control_kind *kind = control_kinds[k];
        struct trial least = {.kind = kind, .extreme = AT_LEAST, .field = settings_of(kind)->n_fields};
        ProtobufCMessage *settings = settings_for(&least);
        struct bench b;

        bench_start(&b, kind, settings, 3);
        for (int i = 0; i < STEPS; i++)
            bench_step(&b);
        assert_true(b.admitted > STEPS / 100);
        assert_true(acts_in_all(&b) > STEPS / 100);
        assert_true(!kind->admit || b.stopped > STEPS / 100);
        bench_end(&b);
        free(settings);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_control_has_a_row_a_name_of_its_own_and_a_place_in_the_language),
        cmocka_unit_test(every_kind_that_the_language_takes_is_in_the_registry),
        cmocka_unit_test(a_control_writes_to_its_own_state_alone_and_counts_its_own_reasons),
        cmocka_unit_test(the_same_seed_brings_the_same_decisions),
        cmocka_unit_test(two_in_turn_decide_as_each_alone),
        cmocka_unit_test(when_all_is_over_and_long_ago_one_more_is_admitted),
        cmocka_unit_test(the_bench_drives_every_control_to_act),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
