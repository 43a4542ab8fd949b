/* check_messages - what fields of one message say to each other
 *
 * Every message of the scenario is visited; a table says which function looks at which kind. A new check of a message is one
 * function and one row.
 */
#include <string.h>

#include "scenario/check_inside.h"
#include "stormcell/must.h"

/* ---------------------------------------------------------------- distributions */

static void dist(struct check *c, const void *message, const char *path)
{
    const Stormcell__Dist *d = message;

    if (d->shape_case == STORMCELL__DIST__SHAPE__NOT_SET)
        check_problem(c, path, "missing: expected a duration such as 4ms, or a distribution such as {exponential: {mean: 4ms}}");
}

static void lognormal(struct check *c, const void *message, const char *path)
{
    const Stormcell__Lognormal *l = message;
    bool by_mean = l->has_mean_ns && l->has_cv2 && !l->has_median_ns && !l->has_p95_ns && !l->has_p99_ns;
    bool by_median = l->has_median_ns && l->has_p95_ns != l->has_p99_ns && !l->has_mean_ns && !l->has_cv2;

    if (!by_mean && !by_median)
        check_problem(c, path, "expected median and one of p95 and p99, or mean and cv2");
    else if (by_median && (l->has_p95_ns ? l->p95_ns : l->p99_ns) < l->median_ns)
        check_problem(c, check_path(c, path, l->has_p95_ns ? "p95" : "p99"), "must be at least the median, %s",
                      check_duration(c, l->median_ns));
}

static void uniform(struct check *c, const void *message, const char *path)
{
    const Stormcell__Uniform *u = message;

    if (u->from_ns > u->to_ns)
        check_problem(c, check_path(c, path, "to"), "must be at least `from`, %s", check_duration(c, u->from_ns));
}

/* A spell of no length would begin and end for ever at one moment. */
bool check_lasts(const Stormcell__Dist *d)
{
    if (d->shape_case == STORMCELL__DIST__SHAPE_CONSTANT_NS)
        return d->constant_ns > 0;
    if (d->shape_case == STORMCELL__DIST__SHAPE_UNIFORM)
        return d->uniform->to_ns > 0;
    return true;
}

static void flap(struct check *c, const void *message, const char *path)
{
    const Stormcell__Flap *f = message;

    if (!check_lasts(f->failing))
        check_problem(c, check_path(c, path, "failing"), "must be longer than 0s");
    if (!check_lasts(f->working))
        check_problem(c, check_path(c, path, "working"), "must be longer than 0s");
}

/* ---------------------------------------------------------------- the whole */

static void clock_(struct check *c, const void *message, const char *path)
{
    const Stormcell__Clock *k = message;

    if (k->run_ns > 0 && k->sample_ns > k->run_ns)
        check_problem(c, check_path(c, path, "sample"), "must be at most the run, %s", check_duration(c, k->run_ns));
}

static void health(struct check *c, const void *message, const char *path)
{
    const Stormcell__Health *h = message;
    int64_t run_ns = c->m->clock->run_ns;

    if (run_ns > 0 && h->interval_ns > run_ns)
        check_problem(c, h->has_interval_ns ? check_path(c, path, "interval") : path,
                      "the interval, %s, must be at most the run, %s", check_duration(c, h->interval_ns),
                      check_duration(c, run_ns));
}

/* Shares are written in decimals, and sums of those are never quite 1. */
static bool is_one(double sum)
{
    return sum > 1 - 1e-9 && sum < 1 + 1e-9;
}

static const char *percent(struct check *c, double ratio)
{
    return arena_format(c->arena, "%.9g%%", ratio * 100);
}

static void partitions(struct check *c, const void *message, const char *path)
{
    const Stormcell__Partitions *p = message;
    const char *shares = check_path(c, path, "shares");
    double sum = 0;

    if (p->spread != STORMCELL__PARTITIONS__SPREAD__SPREAD_SHARES) {
        if (p->n_shares_ratio)
            check_problem(c, shares, "shares need spread: shares");
        return;
    }
    for (size_t i = 0; i < p->n_shares_ratio; i++)
        sum += p->shares_ratio[i];
    if (p->n_shares_ratio != p->count)
        check_problem(c, shares, "expected %u shares, one for each partition, found %zu", p->count, p->n_shares_ratio);
    else if (!is_one(sum))
        check_problem(c, shares, "shares must add up to 100%%, these are %s", percent(c, sum));
}

static void sla(struct check *c, const void *message, const char *path)
{
    const Stormcell__Sla *s = message;

    for (size_t i = 1; i < s->n_tiers; i++) {
        const char *tier = check_path_at(c, check_path(c, path, "tiers"), i);

        if (s->tiers[i]->below_ratio >= s->tiers[i - 1]->below_ratio)
            check_problem(c, check_path(c, tier, "below"), "tiers go from the mildest on: must be less than the one before");
        if (s->tiers[i]->credit_ratio < s->tiers[i - 1]->credit_ratio)
            check_problem(c, check_path(c, tier, "credit"), "tiers go from the mildest on: must be at least the one before");
    }
}

/* ---------------------------------------------------------------- services and calls */

static void service(struct check *c, const void *message, const char *path)
{
    const Stormcell__Service *s = message;
    uint64_t sets = s->per == STORMCELL__SERVICE__PER__PER_PARTITION ? check_partition_count(c)
                    : s->per == STORMCELL__SERVICE__PER__PER_REGION  ? c->m->n_regions
                                                                     : 1;

    check_per_region(c, s, path);
    if (sets * s->replicas > CHECK_REPLICAS_MAX)
        check_problem(c, path, "%llu partitions with %u replicas each are more than this program holds: expected at most %d in all",
                      (unsigned long long)sets, s->replicas, CHECK_REPLICAS_MAX);
}

static void ejection(struct check *c, const void *message, const char *path)
{
    const Stormcell__Ejection *e = message;

    if (e->base_ns > e->cap_ns)
        check_problem(c, e->has_cap_ns ? check_path(c, path, "cap") : path, "the cap, %s, must be at least the base, %s",
                      check_duration(c, e->cap_ns), check_duration(c, e->base_ns));
}

/* Jitter that spreads nothing lets all come back together, which nobody who asks for it means. */
static const char *why_no_width(const Stormcell__Backoff *b, const char **key)
{
    bool spread = b->jitter == STORMCELL__BACKOFF__JITTER__JITTER_SPREAD;
    bool offset = b->jitter == STORMCELL__BACKOFF__JITTER__JITTER_OFFSET;
    bool decorrelated = b->jitter == STORMCELL__BACKOFF__JITTER__JITTER_DECORRELATED;

    *key = "growth";
    if (b->growth == STORMCELL__BACKOFF__GROWTH__GROWTH_NONE && !offset && !decorrelated)
        return "there is no delay to spread";
    *key = "base";
    if (b->base_ns == 0 && !offset)
        return "there is no delay to spread";
    *key = "cap";
    if (b->cap_ns == 0)
        return "there is no delay to spread";
    *key = spread ? "spread" : "offset";
    if ((spread && b->spread_ratio <= 0) || (offset && b->offset_ns == 0))
        return "its width is 0";
    *key = "cap";
    if (b->base_ns >= b->cap_ns && (decorrelated || (offset && b->cap_of == STORMCELL__BACKOFF__CAP_OF__CAP_DELAY &&
                                                     b->growth != STORMCELL__BACKOFF__GROWTH__GROWTH_NONE)))
        return "base is not below cap, and no delay is longer: it is cut off again";
    return NULL;
}

static void backoff(struct check *c, const void *message, const char *path)
{
    const Stormcell__Backoff *b = message;
    const char *key, *why = b->jitter == STORMCELL__BACKOFF__JITTER__JITTER_NONE ? NULL : why_no_width(b, &key);

    if (!check_whole(c, path))
        return;
    if (why)
        check_problem(c, check_path(c, path, key), "the jitter has no width: %s; all would try again together", why);
    else if (b->growth != STORMCELL__BACKOFF__GROWTH__GROWTH_NONE && b->base_ns > b->cap_ns)
        check_problem(c, b->has_cap_ns ? check_path(c, path, "cap") : path, "the cap, %s, must be at least the base, %s",
                      check_duration(c, b->cap_ns), check_duration(c, b->base_ns));
}

static void call(struct check *c, const void *message, const char *path)
{
    const Stormcell__Call *l = message;

    check_operation_reference(c, check_path(c, path, "to"), l->to);
    if (l->async && l->cache)
        check_problem(c, check_path(c, path, "cache"),
                      "an asynchronous call waits for no answer to keep: expected no cache, or async: false");
}

/* The path of what an entry of controls holds: the kind may be its name. */
static const char *kind_path(struct check *c, const char *path, const char *name, const char *kind)
{
    return strcmp(name, kind) == 0 ? path : check_path(c, path, kind);
}

static void service_control(struct check *c, const void *message, const char *path)
{
    const Stormcell__ServiceControl *control = message;

    if (control->kind_case == STORMCELL__SERVICE_CONTROL__KIND__NOT_SET)
        check_problem(c, path, "expected a control: one of static_limit, bounded_queue or retry_filter");
}

static void call_control(struct check *c, const void *message, const char *path)
{
    const Stormcell__CallControl *control = message;

    if (control->kind_case == STORMCELL__CALL_CONTROL__KIND__NOT_SET)
        check_problem(c, path, "expected a control: one of backoff, breaker or bulkhead");
    if (control->kind_case != STORMCELL__CALL_CONTROL__KIND_BULKHEAD ||
        control->bulkhead->when_full == STORMCELL__BULKHEAD__WHEN_FULL__WHEN_FULL_REJECT)
        return;
    check_problem(c, check_path(c, kind_path(c, path, control->name, "bulkhead"), "when_full"),
                  "only mail can be put off: expected reject, or the bulkhead in the delivery of a transport");
}

static void delivery_control(struct check *c, const void *message, const char *path)
{
    const Stormcell__DeliveryControl *control = message;
    const Stormcell__Bulkhead *b = control->bulkhead;
    const char *by;

    if (control->kind_case == STORMCELL__DELIVERY_CONTROL__KIND__NOT_SET) {
        check_problem(c, path, "expected a control: bulkhead");
        return;
    }
    by = check_path(c, kind_path(c, path, control->name, "bulkhead"), "by");
    if (b->by == STORMCELL__KEYED__BY_REPLICA)
        check_problem(c, by, "a delivery calls no replica itself: expected partition or whole");
    else if (b->by == STORMCELL__KEYED__BY_WHOLE && b->when_full != STORMCELL__BULKHEAD__WHEN_FULL__WHEN_FULL_REJECT)
        check_problem(c, by, "mail is put off by its partition: expected partition, or when_full: reject");
}

/* ---------------------------------------------------------------- load */

static void arrivals(struct check *c, const void *message, const char *path)
{
    const Stormcell__Arrivals *a = message;

    if (a->has_rate_per_s && a->trace)
        check_problem(c, check_path(c, path, "trace"), "expected one of rate and trace, found both");
    if (!a->has_rate_per_s && !a->trace)
        check_problem(c, path, "missing: expected one of rate and trace, such as rate: 30/s");
    if (a->trace && a->profile)
        check_problem(c, check_path(c, path, "profile"), "a trace has its own times: expected no profile, or a rate");
    if (a->trace && a->trace->n_at_ns == 0)
        check_problem(c, check_path(c, path, "trace"), "no births in the file: expected at least one");
    if (a->has_until_t_ns && a->until_t_ns < 0)
        check_problem(c, check_path(c, path, "until"), "lies before the start of the run");
}

static void trace(struct check *c, const void *message, const char *path)
{
    const Stormcell__Trace *t = message;

    for (size_t i = 0; i < t->n_partitions; i++)
        if (t->partitions[i] >= check_partition_count(c)) {
            check_problem(c, path, "no partition %u, which the file names: there are %u, counted from 0", t->partitions[i],
                          check_partition_count(c));
            return;
        }
}

static void profile(struct check *c, const void *message, const char *path)
{
    const Stormcell__Profile *p = message;

    if (p->has_preset && p->n_points)
        check_problem(c, check_path(c, path, "points"), "expected one of preset and points, found both");
    for (size_t i = 1; i < p->n_points; i++)
        if (p->points[i]->at_t_ns < p->points[i - 1]->at_t_ns)
            check_problem(c, check_path(c, check_path_at(c, check_path(c, path, "points"), i), "at"),
                          "points go forward in time: must not lie before the one above");
}

static void population(struct check *c, const void *message, const char *path)
{
    const Stormcell__Population *p = message;

    check_operation_reference(c, check_path(c, path, "does"), p->does);
    if (p->sessions)
        check_sessions(c, p, path);
    else if (!p->arrivals && !p->dependents)
        check_problem(c, path, "missing: expected one of rate and trace, such as rate: 30/s");
    check_dependents(c, p, path);
}

/* ---------------------------------------------------------------- mail */

/* The schedule that most senders of its kind follow, so that explain can show it. */
static void add_default_schedule(Stormcell__Sender *s)
{
    Stormcell__SenderRetry *r = xmalloc(sizeof *r);

    stormcell__sender_retry__init(r);
    r->name = xstrdup(s->inside ? "exchange" : "postfix");
    r->share_ratio = 1;
    s->retry = xcalloc(1, sizeof *s->retry);
    s->retry[0] = r;
    s->n_retry = 1;
}

static struct check_names schedule_names(struct check *c)
{
    const struct param_enum *e = param_enum_of(&stormcell__schedule__descriptor);
    struct check_names names = {arena_take(c->arena, e->count * sizeof *names.list), e->count};

    for (size_t i = 0; i < e->count; i++)
        names.list[i] = e->words[i].word;
    return names;
}

static void sender(struct check *c, const void *message, const char *path)
{
    const Stormcell__Sender *s = message;
    const char *retry = check_path(c, path, "retry");
    struct check_names schedules = schedule_names(c);
    double sum = 0;

    if (!s->arrivals)
        check_problem(c, path, "missing: expected one of rate and trace, such as rate: 30/s");
    for (size_t i = 0; i < s->n_retry; i++) {
        sum += s->retry[i]->share_ratio;
        if (!check_known(&schedules, s->retry[i]->name))
            check_no_such(c, check_path(c, retry, s->retry[i]->name), "schedule", s->retry[i]->name, &schedules);
    }
    if (s->n_retry && !is_one(sum))
        check_problem(c, retry, "shares must add up to 100%%, these are %s", percent(c, sum));
    /* The visitor reads: the one place that writes is here, where the sender is known to have none. */
    if (s->n_retry == 0)
        add_default_schedule((Stormcell__Sender *)message);
}

static void delivery_retry(struct check *c, const void *message, const char *path)
{
    const Stormcell__DeliveryRetry *r = message;
    bool postfix = r->schedule == STORMCELL__SCHEDULE__SCHEDULE_POSTFIX;
    int64_t least = r->has_minimal_backoff_ns ? r->minimal_backoff_ns : INT64_C(300000000000);
    int64_t most = r->has_maximal_backoff_ns ? r->maximal_backoff_ns : INT64_C(4000000000000);

    if (!postfix && r->has_minimal_backoff_ns)
        check_doubt(c, check_path(c, path, "minimal_backoff"), "changes nothing: only schedule: postfix has it");
    if (!postfix && r->has_maximal_backoff_ns)
        check_doubt(c, check_path(c, path, "maximal_backoff"), "changes nothing: only schedule: postfix has it");
    if (postfix && least > most)
        check_problem(c, check_path(c, path, r->has_maximal_backoff_ns ? "maximal_backoff" : "minimal_backoff"),
                      "the longest wait, %s, must be at least the shortest, %s", check_duration(c, most), check_duration(c, least));
}

static void check_partition_list(struct check *c, const uint32_t *list, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] >= check_partition_count(c))
            check_problem(c, check_path_at(c, path, i), "no partition %u: there are %u, counted from 0", list[i],
                          check_partition_count(c));
}

static void lanes(struct check *c, const Stormcell__Delivery *d, const char *path)
{
    const char **owner = arena_take(c->arena, (check_partition_count(c) + 1) * sizeof *owner);

    for (size_t i = 0; i < d->n_lanes; i++) {
        const Stormcell__Lane *l = d->lanes[i];
        const char *list = check_path(c, check_path(c, path, l->name), "partitions");

        if (l->n_partitions == 0)
            check_problem(c, list, "a lane without partitions carries nothing: expected at least one");
        check_partition_list(c, l->partitions, l->n_partitions, list);
        for (size_t k = 0; k < l->n_partitions; k++) {
            if (l->partitions[k] >= check_partition_count(c))
                continue;
            if (owner[l->partitions[k]])
                check_problem(c, check_path_at(c, list, k), "partition %u has a lane already, '%s'", l->partitions[k],
                              owner[l->partitions[k]]);
            owner[l->partitions[k]] = l->name;
        }
    }
}

static void delivery(struct check *c, const void *message, const char *path)
{
    const Stormcell__Delivery *d = message;

    lanes(c, d, check_path(c, path, "lanes"));
}

static void window(struct check *c, const void *message, const char *path)
{
    const Stormcell__Window *w = message;

    if (w->initial > w->limit)
        check_problem(c, w->has_initial ? check_path(c, path, "initial") : path,
                      "the window begins at %u: must be at most its limit, %u", w->initial, w->limit);
}

static void back_pressure(struct check *c, const void *message, const char *path)
{
    const Stormcell__BackPressure *b = message;
    uint32_t low = b->has_low ? b->low : 2000, medium = b->has_medium ? b->medium : 9999;
    uint32_t high = b->has_high ? b->high : 15000, back = b->has_high_to_medium ? b->high_to_medium : 10000;

    if (low > medium)
        check_problem(c, check_path(c, path, b->has_low ? "low" : "medium"), "low, %u, must be at most medium, %u", low, medium);
    if (medium > high)
        check_problem(c, check_path(c, path, b->has_medium ? "medium" : "high"), "medium, %u, must be at most high, %u", medium,
                      high);
    if (back > high)
        check_problem(c, check_path(c, path, b->has_high_to_medium ? "high_to_medium" : "high"),
                      "high_to_medium, %u, must be at most high, %u", back, high);
    if (back < low)
        check_problem(c, check_path(c, path, b->has_high_to_medium ? "high_to_medium" : "low"),
                      "high_to_medium, %u, must be at least low, %u", back, low);
}

/* ---------------------------------------------------------------- faults and operators */

void check_moment(struct check *c, const char *path, int64_t at_ns)
{
    int64_t run_ns = c->m->clock->run_ns;

    if (at_ns < 0)
        check_problem(c, path, "lies before the start of the run");
    else if (run_ns > 0 && at_ns >= run_ns)
        check_problem(c, path, "lies %s after the start, but the run lasts %s: it would never happen", check_duration(c, at_ns),
                      check_duration(c, run_ns));
}

/* A fault of kind hang, crash, slow or error that no request meets. */
static void check_share(struct check *c, const Stormcell__Fault *f)
{
    const struct {
        const char *key;
        double share;
    } kinds[] = {
        {"hang", f->kind_case == STORMCELL__FAULT__KIND_HANG ? f->hang->share_ratio : 1},
        {"crash", f->kind_case == STORMCELL__FAULT__KIND_CRASH ? f->crash->share_ratio : 1},
        {"slow", f->kind_case == STORMCELL__FAULT__KIND_SLOW ? f->slow->share_ratio : 1},
        {"error", f->kind_case == STORMCELL__FAULT__KIND_ERROR ? f->error->share_ratio : 1},
    };

    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].share <= 0)
            check_problem(c, check_path(c, check_path(c, f->name, kinds[i].key), "share"),
                          "no request would meet it: expected more than 0%%");
}

static void fault(struct check *c, const void *message, const char *path)
{
    const Stormcell__Fault *f = message;

    if (f->kind_case == STORMCELL__FAULT__KIND__NOT_SET)
        check_problem(c, path,
                      "missing: expected one of hang, crash, slow, error, cut, lossy, cache_defect or surge, such as crash: {}");
    check_moment(c, check_path(c, path, "at"), f->at_t_ns);
    check_target(c, f, check_path(c, path, "target"));
    if (!c->m->allow_unreachable_faults)
        check_share(c, f);
}

static void step(struct check *c, const void *message, const char *path)
{
    const Stormcell__Step *s = message;

    if (s->name && strpbrk(s->name, ".[](){}, \t\"'"))
        check_problem(c, check_path(c, path, "name"), "expected a name of letters, digits, '-' and '_', found %s",
                      diag_quote(c->diag, s->name));
    if (s->has_at_t_ns && s->when)
        check_problem(c, check_path(c, path, "when"), "expected one of at and when, found both");
    if (!s->has_at_t_ns && !s->when)
        check_problem(c, path, "missing: expected at, such as at: 16:30Z, or when, such as when: mail.oldest > 15m");
    if (!s->when && s->has_for_ns)
        check_problem(c, check_path(c, path, "for"), "only `when` can be true for some time: expected when");
    if (s->action_case == STORMCELL__STEP__ACTION__NOT_SET)
        check_problem(c, path, "missing: expected an action, one of isolate, repair, reroute, rollback, restart or publish");
    if (s->has_at_t_ns)
        check_moment(c, check_path(c, path, "at"), s->at_t_ns);
    if (s->when)
        check_line(c, check_path(c, path, "when"), s->when, true);
    if (s->action_case == STORMCELL__STEP__ACTION_REPAIR && !check_known(&c->faults, s->repair))
        check_no_such(c, check_path(c, path, "repair"), "fault", s->repair, &c->faults);
    if (s->action_case == STORMCELL__STEP__ACTION_PUBLISH)
        check_publish(c, check_path(c, path, "publish"));
}

static void isolate(struct check *c, const void *message, const char *path)
{
    const Stormcell__Isolate *i = message;

    if (!check_known(&c->transports, i->transport))
        check_no_such(c, check_path(c, path, "transport"), "transport", i->transport, &c->transports);
    check_partition_list(c, i->partitions, i->n_partitions, check_path(c, path, "partitions"));
}

static void reroute(struct check *c, const void *message, const char *path)
{
    check_reroute(c, message, path);
}

static void expect(struct check *c, const void *message, const char *path)
{
    const Stormcell__Expect *e = message;

    if (!check_known(&c->strategies, e->name))
        check_no_such(c, path, "strategy", e->name, &c->strategies);
}

static void measured(struct check *c, const void *message, const char *path)
{
    const Stormcell__Measured *m = message;

    if (m->has_at_t_ns)
        check_moment(c, check_path(c, path, "at"), m->at_t_ns);
    if (!check_known(&c->strategies, m->strategy))
        check_no_such(c, check_path(c, path, "strategy"), "strategy", m->strategy, &c->strategies);
    check_series(c, check_path(c, path, "metric"), m->metric);
}

/* ---------------------------------------------------------------- visiting */

typedef void message_check(struct check *c, const void *message, const char *path);

static const struct {
    const ProtobufCMessageDescriptor *descriptor;
    message_check *check;
} rows[] = {
    {&stormcell__dist__descriptor, dist},
    {&stormcell__lognormal__descriptor, lognormal},
    {&stormcell__uniform__descriptor, uniform},
    {&stormcell__flap__descriptor, flap},
    {&stormcell__clock__descriptor, clock_},
    {&stormcell__health__descriptor, health},
    {&stormcell__partitions__descriptor, partitions},
    {&stormcell__sla__descriptor, sla},
    {&stormcell__service__descriptor, service},
    {&stormcell__ejection__descriptor, ejection},
    {&stormcell__backoff__descriptor, backoff},
    {&stormcell__call__descriptor, call},
    {&stormcell__call__descriptor, check_call_waits},
    {&stormcell__queue__descriptor, check_queue},
    {&stormcell__cache__descriptor, check_cache},
    {&stormcell__service_control__descriptor, service_control},
    {&stormcell__call_control__descriptor, call_control},
    {&stormcell__delivery_control__descriptor, delivery_control},
    {&stormcell__arrivals__descriptor, arrivals},
    {&stormcell__trace__descriptor, trace},
    {&stormcell__profile__descriptor, profile},
    {&stormcell__population__descriptor, population},
    {&stormcell__population__descriptor, check_population_waits},
    {&stormcell__sender__descriptor, sender},
    {&stormcell__delivery__descriptor, delivery},
    {&stormcell__delivery_retry__descriptor, delivery_retry},
    {&stormcell__window__descriptor, window},
    {&stormcell__back_pressure__descriptor, back_pressure},
    {&stormcell__fault__descriptor, fault},
    {&stormcell__step__descriptor, step},
    {&stormcell__isolate__descriptor, isolate},
    {&stormcell__reroute__descriptor, reroute},
    {&stormcell__link__descriptor, check_link},
    {&stormcell__lossy__descriptor, check_lossy},
    {&stormcell__expect__descriptor, expect},
    {&stormcell__measured__descriptor, measured},
    {&stormcell__rollout__descriptor, check_rollout},
    {&stormcell__rollback__descriptor, check_rollback},
    {&stormcell__restart__descriptor, check_restart},
    {&stormcell__status_page__descriptor, check_status_page},
};

static void visit(struct check *c, const ProtobufCMessage *m, const char *path);

/* The name of an entry, or NULL for a message without one. */
static const char *own_name(const ProtobufCMessage *m)
{
    const ProtobufCFieldDescriptor *f = protobuf_c_message_descriptor_get_field_by_name(m->descriptor, "name");

    return f ? *(char *const *)(const void *)((const char *)m + f->offset) : NULL;
}

static void visit_list(struct check *c, ProtobufCMessage *const *list, size_t count, const char *path)
{
    for (size_t i = 0; i < count; i++) {
        struct shape s = {.message = param_of(list[i]->descriptor)};
        bool named = false;

        for (size_t k = 0; k < s.message->count; k++)
            named = named || (strcmp(s.message->params[k].field, "name") == 0 && s.message->params[k].required);
        visit(c, list[i], named ? check_path(c, path, own_name(list[i])) : check_path_at(c, path, i));
    }
}

/* The path of a field: nouns are called by their own names, inlined parts and kinds that are names are left out. */
static const char *field_path(struct check *c, const ProtobufCMessage *m, const struct param *p, const char *path)
{
    static const char *const nouns[] = {"services", "transports", "populations", "faults", "links", "rollouts"};

    if (m->descriptor == &stormcell__scenario__descriptor)
        for (size_t i = 0; i < sizeof nouns / sizeof *nouns; i++)
            if (strcmp(p->key, nouns[i]) == 0)
                return "";
    if (p->inlined)
        return path;
    if (param_of(m->descriptor)->kind_by_name && own_name(m) && strcmp(own_name(m), p->key) == 0)
        return path;
    return check_path(c, path, p->key);
}

static void visit_field(struct check *c, const ProtobufCMessage *m, size_t index, const char *path)
{
    const ProtobufCFieldDescriptor *f = &m->descriptor->fields[index];
    const void *at = (const char *)m + f->offset, *quantifier = (const char *)m + f->quantifier_offset;

    if (f->type != PROTOBUF_C_TYPE_MESSAGE)
        return;
    path = field_path(c, m, &param_of(m->descriptor)->params[index], path);
    if (f->label == PROTOBUF_C_LABEL_REPEATED)
        visit_list(c, *(ProtobufCMessage * *const *)at, *(const size_t *)quantifier, path);
    else if ((!(f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) || *(const uint32_t *)quantifier == f->id) &&
             *(ProtobufCMessage *const *)at)
        visit(c, *(ProtobufCMessage *const *)at, path);
}

/* As deep as the language nests, which is not recursive. */
static void visit(struct check *c, const ProtobufCMessage *m, const char *path)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].descriptor == m->descriptor)
            rows[i].check(c, m, path);
    for (size_t i = 0; i < m->descriptor->n_fields; i++)
        visit_field(c, m, i, path);
}

void check_messages(struct check *c)
{
    visit(c, &c->m->base, "");
}
