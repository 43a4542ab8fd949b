/* cache - what stands in front of a call: credentials kept by user, or answers kept by name
 *
 * At the start the caches are as in a system that has run for long. An entry is asked for at rate r; it lives for L, and is renewed
 * at the first request after that, so it is fresh for a share r E[L] / (1 + r E[L]) of the time, and what is left of a fresh one is
 * uniform over a lifetime chosen with a weight of its length; one that is not ran out an exponential time of mean 1/r ago (renewal
 * theory: D. R. Cox, "Renewal Theory", 1962).
 */
#include "flow/cache.h"

#include <stdlib.h>
#include <string.h>

#include "flow/compile.h"
#include "flow/inside.h"
#include "stormcell/must.h"

/* So long ago that nothing reaches back. */
#define LONG_AGO (-(INT64_C(1) << 62))

/* Coins of a look: the first, and that for what is out of date. */
enum { LOOK_FRESH, LOOK_STALE };

static void count(struct flow *f, const struct call *call, const struct frame *fr, enum count what, int change)
{
    flow_cell(f, fr, call->service)->counts[what] += (uint64_t)(int64_t)change;
    core_totals(f->core, call->service->entity, fr->partition)[what] += (uint64_t)(int64_t)change;
}

/* Until when an entry is fresh that nobody has looked at yet, asked for so often; never 0. */
static int64_t stationary(const struct call *call, uint64_t entry, double rate_per_s)
{
    struct draw d = draw_at(call->cache_key, entry, 0);
    double mean_ns = dist_mean_ns(&call->lifetime), load = rate_per_s * mean_ns * 1e-9, u = draw_uniform(&d), ago_ns;
    int64_t life;

    if (u * (1 + load) < load) { /* neither when nobody knows the load, or the mean is infinite */
        life = dist_sample_long_ns(&call->lifetime, &d);
        u = draw_uniform(&d);
        return 1 + (int64_t)(u * (double)life);
    }
    ago_ns = rate_per_s > 0 ? draw_exponential(&d) / rate_per_s * 1e9 : 0x1p63;
    return ago_ns < 0x1p61 ? -1 - (int64_t)ago_ns : LONG_AGO;
}

/* Does a defect hide what is held? Each look, of each attempt, tosses a coin of its own. */
static bool hidden(struct flow *f, const struct call *call, const struct frame *fr, uint32_t look)
{
    bool hides = false;

    for (uint32_t i = 0; i < call->defects; i++) {
        struct cache_defect *defect = &f->defects[i];
        struct draw d = draw_at(defect->key, fr->birth, fr->lineage * 0x9E3779B1u + fr->visit + look);

        if (!defect->on || &f->calls[defect->call] != call || draw_uniform(&d) < defect->hit)
            continue;
        defect->touched += look == LOOK_FRESH;
        hides = true;
    }
    return hides;
}

/* ---------------------------------------------------------------- credentials */

static bool user_fresh(struct flow *f, struct call *call, uint32_t user)
{
    int64_t until = call->fresh_until_ns[user];

    if (!until)
        until = call->fresh_until_ns[user] = stationary(call, user, call->rate_per_user);
    return until > f->core->now_ns;
}

static int64_t lifetime(const struct call *call, uint64_t birth)
{
    struct draw d = draw_at(call->cache_key, birth, 1);

    return dist_sample_ns(&call->lifetime, &d) + 1;
}

/* ---------------------------------------------------------------- names */

/* Users who ask a set of replicas of the caller. */
static double users_of_set(const struct flow *f, const struct name_cache *n, uint32_t set)
{
    const struct people *people = &f->core->people;
    const uint64_t *first = people->first_user;

    if (n->sets == 1)
        return (double)people->users;
    if (n->by_region)
        return (double)(first[people->first_partition[set + 1]] - first[people->first_partition[set]]);
    return (double)(first[set + 1] - first[set]);
}

/* The entry of the name that a request asks for; UINT64_MAX: one that is never found. */
static uint64_t entry_of(const struct flow *f, const struct call *call, const struct frame *fr)
{
    const struct name_cache *n = call->names;
    struct draw d = draw_at(n->name_key, fr->birth, fr->visit);
    uint32_t set = fr->station ? f->stations[fr->station].set : 0;

    if (n->hit < 1 && draw_uniform(&d) >= n->hit)
        return UINT64_MAX;
    if (!fr->station && fr->root == ROOT_ASKER)
        set = fr->owner;
    return (uint64_t)set * n->zipf.count + zipf_draw(n->table, n->zipf.count, &d);
}

static int64_t fresh_until(struct flow *f, const struct call *call, uint64_t entry)
{
    struct name_cache *n = call->names;
    uint32_t set = (uint32_t)(entry / n->zipf.count);

    if (!n->fresh_until_ns[entry])
        n->fresh_until_ns[entry] = stationary(call, entry,
                                              call->rate_per_user * users_of_set(f, n, set) * n->hit *
                                                  zipf_share(&n->zipf, (uint32_t)(entry % n->zipf.count)));
    return n->fresh_until_ns[entry];
}

/* Is there an answer that may be served when no fresh one can be had, at that moment? */
static bool stale_there(struct flow *f, const struct call *call, const struct frame *fr, uint64_t entry, int64_t at_ns)
{
    const struct name_cache *n = call->names;

    return n->stale_until_ns && entry != UINT64_MAX && fresh_until(f, call, entry) > at_ns - n->max_ns &&
           !hidden(f, call, fr, LOOK_STALE);
}

static enum cache_answer look_for_name(struct flow *f, struct call *call, const struct frame *fr)
{
    struct name_cache *n = call->names;
    uint64_t entry = entry_of(f, call, fr);
    int64_t now_ns = f->core->now_ns;

    if (entry == UINT64_MAX)
        return CACHE_MISSED;
    if (fresh_until(f, call, entry) > now_ns)
        return hidden(f, call, fr, LOOK_FRESH) ? CACHE_MISSED : CACHE_FRESH;
    if (n->stale_until_ns && n->stale_until_ns[entry] > now_ns && stale_there(f, call, fr, entry, now_ns))
        return CACHE_STALE;
    if (n->failed_until_ns && n->failed_until_ns[entry] > now_ns)
        return stale_there(f, call, fr, entry, now_ns) ? CACHE_STALE : CACHE_FAILED;
    return CACHE_MISSED;
}

/* ---------------------------------------------------------------- looks */

enum cache_answer cache_look(struct flow *f, struct call *call, const struct frame *fr)
{
    static const enum count counts[] = {[CACHE_MISSED] = COUNT_CACHE_MISSES,
                                        [CACHE_FRESH] = COUNT_CACHE_HITS,
                                        [CACHE_STALE] = COUNT_CACHE_STALE,
                                        [CACHE_FAILED] = COUNT_CACHE_NEGATIVE};
    enum cache_answer answer = CACHE_MISSED;

    if (call->names)
        answer = look_for_name(f, call, fr);
    else if (user_fresh(f, call, fr->user) && !hidden(f, call, fr, LOOK_FRESH))
        answer = CACHE_FRESH;
    call->looks++;
    count(f, call, fr, counts[answer], 1);
    return answer;
}

static void name_heard(struct flow *f, const struct call *call, const struct frame *fr, enum outcome outcome)
{
    struct name_cache *n = call->names;
    uint64_t entry = entry_of(f, call, fr);
    bool good = outcome == OUTCOME_OK;
    int64_t now_ns = f->core->now_ns;

    if (entry == UINT64_MAX)
        return;
    if (good)
        n->fresh_until_ns[entry] = now_ns + lifetime(call, fr->birth);
    if (n->failed_until_ns)
        n->failed_until_ns[entry] = good ? 0 : now_ns + n->negative_ns;
    if (n->stale_until_ns)
        n->stale_until_ns[entry] = good ? 0 : now_ns + n->recheck_ns;
}

void cache_heard(struct flow *f, struct call *call, const struct frame *fr, enum outcome outcome)
{
    if (call->names)
        name_heard(f, call, fr, outcome);
    else if (outcome == OUTCOME_OK)
        call->fresh_until_ns[fr->user] = f->core->now_ns + lifetime(call, fr->birth);
}

/* ---------------------------------------------------------------- serving stale */

static void start_asker(struct flow *f, uint32_t index, uint32_t call)
{
    uint32_t asker = frame_take(f);
    struct frame *a = frame_at(f, asker);
    const struct frame *fr = frame_at(f, index);

    a->flags = a->step = 0;
    a->station = 0;
    a->since_ns = f->core->now_ns;
    a->birth = fr->birth;
    a->attempts = 0;
    a->root = ROOT_ASKER;
    a->partition = fr->partition;
    a->epoch = fr->epoch;
    a->owner = fr->station ? f->stations[fr->station].set : 0;
    a->root_list = f->calls[call].names->list;
    a->lineage = fr->lineage;
    a->visit = fr->visit;
    a->user = fr->user;
    a->call = call;
    a->waiter = index;
    a->waiter_token = fr->token;
    frame_begin_call(f, asker);
}

void cache_ask(struct flow *f, uint32_t index, uint32_t call)
{
    const struct name_cache *n = f->calls[call].names;
    struct frame *fr = frame_at(f, index);
    int64_t late_ns = f->core->now_ns + n->client_response_ns;

    fr->call = n->front;
    fr->state = FRAME_CALLING;
    fr->callee = 0;
    fr->callee_station = 0;
    fr->due_ns = -1;
    if (stale_there(f, &f->calls[call], fr, entry_of(f, &f->calls[call], fr), late_ns))
        lane_push(f, f->calls[n->front].waits->lane, late_ns, index, fr->token);
    start_asker(f, index, call);
}

static void serve_stale(struct flow *f, const struct call *call, const struct frame *fr)
{
    count(f, call, fr, COUNT_CACHE_MISSES, -1);
    count(f, call, fr, COUNT_CACHE_STALE, 1);
}

enum outcome cache_late(struct flow *f, const struct frame *fr)
{
    const struct call *call = &f->calls[f->calls[fr->call].names->call];

    if (!stale_there(f, call, fr, entry_of(f, call, fr), f->core->now_ns))
        return OUTCOME_TIMED_OUT;
    serve_stale(f, call, fr);
    return OUTCOME_OK;
}

void cache_asked(struct flow *f, uint32_t asker, enum outcome outcome)
{
    struct frame a = *frame_at(f, asker);
    const struct frame *waiter = frame_at(f, a.waiter);
    const struct call *call = &f->calls[f->lists[a.root_list].first];

    frame_give(f, asker);
    if (waiter->token != a.waiter_token || waiter->state != FRAME_CALLING)
        return;
    if (outcome != OUTCOME_OK && stale_there(f, call, &a, entry_of(f, call, &a), f->core->now_ns)) {
        serve_stale(f, call, waiter);
        outcome = OUTCOME_OK;
    }
    frame_answer(f, a.waiter, a.waiter_token, (struct answer){outcome, outcome == OUTCOME_REFUSED ? a.asked_ns : 0});
}

/* ---------------------------------------------------------------- building */

/* The call that callers wait in: nothing is retried in it, and nothing stands behind it but the asker. */
static void start_front(struct flow *f, uint32_t call)
{
    struct name_cache *n = f->calls[call].names;

    f->calls = xrealloc(f->calls, f->call_count + 1, sizeof *f->calls);
    f->lists = xrealloc(f->lists, f->list_count + 1, sizeof *f->lists);
    f->lanes = xrealloc(f->lanes, f->lane_count + 1, sizeof *f->lanes);
    f->lanes[f->lane_count] = (struct lane){0};
    n->front = f->call_count;
    n->list = f->list_count;
    f->lists[f->list_count++] = (struct call_list){.first = call, .count = 1};
    f->calls[f->call_count++] = (struct call){.settings = f->calls[call].settings,
                                              .service = &f->nobody,
                                              .front = true,
                                              .names = n,
                                              .waits = xcalloc(1, sizeof(struct time_out)),
                                              .wait_count = 1};
    *f->calls[n->front].waits = (struct time_out){.ns = n->client_response_ns, .lane = f->lane_count++};
}

static void start_names(struct flow *f, uint32_t call, uint32_t sets, bool by_region)
{
    const Stormcell__Cache *set = f->calls[call].settings->cache;
    struct name_cache *n = xcalloc(1, sizeof *n);
    uint64_t entries = (uint64_t)sets * set->names;

    *n = (struct name_cache){.call = call, .sets = sets, .hit = set->hit_ratio, .negative_ns = set->negative_ns};
    n->by_region = by_region;
    zipf_start(&n->zipf, set->names, set->exponent);
    n->table = zipf_table(&n->zipf);
    n->name_key = draw_key(f->core->seed, f->calls[call].path, "name");
    n->fresh_until_ns = xcalloc(entries, sizeof *n->fresh_until_ns);
    if (set->negative_ns)
        n->failed_until_ns = xcalloc(entries, sizeof *n->failed_until_ns);
    f->calls[call].names = n;
    if (!set->stale)
        return;
    n->stale_until_ns = xcalloc(entries, sizeof *n->stale_until_ns);
    n->client_response_ns = set->stale->client_response_ns;
    n->recheck_ns = set->stale->recheck_ns;
    n->max_ns = set->stale->max_ns;
    start_front(f, call);
}

void cache_start(struct flow *f, uint32_t call, uint32_t sets, bool by_region)
{
    struct call *c = &f->calls[call];
    const Stormcell__Cache *set = c->settings->cache;

    c->cached = true;
    c->lifetime = compile_dist(set->lifetime);
    if (set->per == STORMCELL__CACHE__KEY__CACHE_NAME) {
        start_names(f, call, sets, by_region);
        return;
    }
    c->fresh_until_ns = xcalloc(f->core->people.users, sizeof *c->fresh_until_ns);
    f->core->people.told_apart = true;
}

void cache_end(struct call *call)
{
    free(call->fresh_until_ns);
    if (!call->names || call->front)
        return;
    free(call->names->table);
    free(call->names->fresh_until_ns);
    free(call->names->failed_until_ns);
    free(call->names->stale_until_ns);
    free(call->names);
}

/* ---------------------------------------------------------------- rates */

static double names_pass(const struct flow *f, const struct call *call, double rate_per_user)
{
    const struct name_cache *n = call->names;
    double mean_s = dist_mean_ns(&call->lifetime) * 1e-9, all = 0, missed = 0;
    bool alike = n->sets == 1 || (f->core->people.even && !n->by_region);

    for (uint32_t set = 0; set < (alike ? 1 : n->sets); set++) {
        double users = users_of_set(f, n, set);

        all += users;
        missed += users * (1 - n->hit + n->hit * zipf_missed(&n->zipf, rate_per_user * users * n->hit * mean_s));
    }
    return all > 0 ? rate_per_user * missed / all : rate_per_user;
}

/* Who has asked waits a lifetime before he asks again. */
double cache_passes(const struct flow *f, const struct call *call, double rate_per_user)
{
    if (!call->cached || rate_per_user <= 0)
        return rate_per_user;
    if (call->names)
        return names_pass(f, call, rate_per_user);
    return rate_per_user / (1 + rate_per_user * dist_mean_ns(&call->lifetime) * 1e-9);
}

/* ---------------------------------------------------------------- defects */

bool flow_cache_find(const struct flow *f, const char *path, uint32_t *call)
{
    for (uint32_t i = 0; i < f->call_count; i++)
        if (f->calls[i].cached && strcmp(f->calls[i].path, path) == 0) {
            *call = i;
            return true;
        }
    return false;
}

uint32_t flow_defect_add(struct flow *f, uint32_t call, double hit, uint64_t coin_key)
{
    f->defects = xrealloc(f->defects, f->defect_count + 1, sizeof *f->defects);
    f->defects[f->defect_count] = (struct cache_defect){.call = call, .hit = hit, .key = coin_key};
    f->calls[call].defects = ++f->defect_count;
    return f->defect_count - 1;
}

void flow_defect(struct flow *f, uint32_t defect, bool on)
{
    f->defects[defect].on = on;
}

uint64_t flow_defect_touched(const struct flow *f, uint32_t defect)
{
    return f->defects[defect].touched;
}

/* ---------------------------------------------------------------- the books */

/* Cells are sums over all calls of a service, so that they stand against what the calls counted themselves. */
void cache_settle(const struct flow *f)
{
    static const enum count ends[] = {COUNT_CACHE_HITS, COUNT_CACHE_STALE, COUNT_CACHE_NEGATIVE, COUNT_CACHE_MISSES};
    const struct tally *t = &f->core->tally;
    size_t cells = (size_t)t->epochs * t->entities * t->partitions;
    uint64_t *looks = xcalloc(t->entities + 1, sizeof *looks);

    for (uint32_t i = 0; i < f->call_count; i++)
        if (f->calls[i].cached)
            looks[f->calls[i].service->entity] += f->calls[i].looks;
    for (size_t i = 0; i < cells; i++)
        for (size_t k = 0; t->cells[i] && k < sizeof ends / sizeof *ends; k++)
            looks[i / t->partitions % t->entities] -= t->cells[i]->counts[ends[k]];
    for (uint32_t e = 0; e < t->entities; e++)
        must(looks[e] == 0);
    free(looks);
}
