/* sessions - builds the populations, refreshes their registrations, hears what becomes of their paths, and settles the books */
#include "world/sessions.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "flow/compile.h"
#include "stormcell/must.h"
#include "stormcell/reconnect.h"
#include "world/clients.h"
#include "world/sessions_parts.h"

/* Records of clients that are due soon are fetched while the one before them is handled: the miss on it would cost more than all
 * the rest of its event. */
enum { FETCH_AHEAD = 8, HUGE_PAGE = 1 << 21 };

static struct session_turn turn_of(struct sessions *s, uint32_t client)
{
    return (struct session_turn){.s = s, .p = session_population_of(s, client), .c = &s->clients[client], .number = client};
}

/* ---------------------------------------------------------------- what the parts share */

/* All that a client plans comes after what the world does at that moment: an answer in the same nanosecond is in time. What lies
 * beyond the end of the run takes no place in the agenda. */
void session_plan(const struct session_turn *t, int64_t due_ns)
{
    t->c->due_ns = due_ns;
    if (due_ns <= t->s->core->end_ns)
        core_plan_timeout(t->s->core, due_ns, EVENT_SESSION, t->number);
}

uint64_t session_birth(const struct session_turn *t)
{
    return t->p->birth_key + ((uint64_t)t->c->life << 24) + (t->number - t->p->first);
}

uint64_t session_user(const struct session_turn *t)
{
    return (uint64_t)((double)(t->number - t->p->first) * t->p->users_per_client);
}

static void change_meters(const struct session_turn *t, uint32_t place, int32_t change)
{
    int64_t now_ns = t->s->core->now_ns;

    level_set(&t->p->connected_meters[place], now_ns, t->p->connected_meters[place].value + change);
    level_set(&t->p->low_meters[place], now_ns, t->p->low_meters[place].value - change);
}

void session_present(const struct session_turn *t, int32_t change)
{
    struct core *core = t->s->core;

    core_present(core, t->c->partition, change);
    change_meters(t, t->s->partitions, change);
    if (t->s->partitions)
        change_meters(t, t->c->partition, change);
}

/* ---------------------------------------------------------------- what is due while it is connected */

/* The first probe of its keep-alive that is sent at or after a moment. */
static int64_t next_probe_ns(const struct session_turn *t, int64_t from_ns)
{
    int64_t every_ns = t->p->probe_every_ns, phase_ns, rest_ns;
    struct draw d = draw_at(t->p->probe_key, t->number - t->p->first, 0);
    double u = draw_uniform(&d);

    phase_ns = (int64_t)(u * (double)every_ns);
    rest_ns = (from_ns - phase_ns) % every_ns;
    return rest_ns <= 0 ? from_ns - rest_ns : from_ns + every_ns - rest_ns;
}

/* Its path is silent since then: when will its keep-alive have told it? No probe is older than the connection. */
static void plan_probe(const struct session_turn *t, int64_t silent_since_ns)
{
    int64_t from_ns = silent_since_ns > t->c->since_ns ? silent_since_ns : t->c->since_ns;
    int64_t due_ns = next_probe_ns(t, from_ns) + t->p->probe_waits_ns;

    if (t->c->due_ns >= 0 && due_ns >= t->c->due_ns)
        return;
    if (due_ns < t->s->core->now_ns)
        due_ns = t->s->core->now_ns;
    t->c->flags |= SESSION_PROBED;
    session_plan(t, due_ns);
}

/* The link that its connection goes by, 0: none. */
static uint32_t link_of(const struct session_turn *t)
{
    return flow_link_of(t->s->flow, (t->c->flags & SESSION_AT_BACKUP) ? t->p->backup_list : t->p->does_list, t->c->station);
}

/* Since when nothing that it sends is answered; INT64_MAX: it is answered. */
static int64_t silent_since(const struct session_turn *t)
{
    uint32_t link = link_of(t);
    int64_t silent_ns = flow_silent_since(t->s->flow, t->c->station), cut_ns;

    if (!link)
        return silent_ns;
    cut_ns = flow_link_silent_since(t->s->flow, link, t->c->partition);
    return cut_ns < silent_ns ? cut_ns : silent_ns;
}

/* Its path may have fallen silent while it looked elsewhere: while an answer was on its way, or a try to return was out. */
static void watch(const struct session_turn *t)
{
    int64_t since_ns;

    if (!t->p->probe_every_ns)
        return;
    since_ns = silent_since(t);
    if (since_ns != INT64_MAX)
        plan_probe(t, since_ns);
}

void session_plan_connected(const struct session_turn *t)
{
    const struct session_population *p = t->p;
    const struct session *c = t->c;
    int64_t due_ns = p->refresh_ns ? c->since_ns + p->refresh_ns : -1;

    if ((c->flags & SESSION_AT_BACKUP) && c->return_at_ns && (due_ns < 0 || c->return_at_ns < due_ns))
        due_ns = c->return_at_ns;
    if (due_ns >= 0 && due_ns < t->s->core->now_ns) /* a try to return stood in the way of the refresh, or the other way round */
        due_ns = t->s->core->now_ns;
    t->c->flags &= (uint8_t)~SESSION_PROBED;
    if (due_ns >= 0)
        session_plan(t, due_ns);
    else
        t->c->due_ns = -1;
    watch(t);
}

/* ---------------------------------------------------------------- refreshes */

/* A refresh is over. One that failed costs the connection. */
static void refresh_over(const struct session_turn *t, enum outcome outcome)
{
    struct session *c = t->c;
    int64_t began_ns = c->since_ns + t->p->refresh_ns;

    histogram_add(&session_cell(t)->samples[SAMPLE_LATENCY], t->s->core->now_ns - began_ns);
    session_count(t, outcome == OUTCOME_OK ? COUNT_SUCCEEDED : clients_failure_counts[outcome]);
    if (outcome != OUTCOME_OK) {
        session_count(t, COUNT_SESSIONS_REFRESHES_FAILED);
        session_lose(t);
        return;
    }
    c->state = SESSION_CONNECTED;
    c->since_ns = t->s->core->now_ns;
    session_plan_connected(t);
}

/* How long the refresh that is out waits for its answer: its time-out, and never beyond the end of its registration. */
static int64_t refresh_until(const struct session_turn *t)
{
    int64_t now_ns = t->s->core->now_ns, began_ns = t->c->since_ns + t->p->refresh_ns, until_ns = t->c->since_ns + t->p->expiry_ns;

    if (t->p->refresh_timeout_ns && began_ns + t->p->refresh_timeout_ns < until_ns)
        until_ns = began_ns + t->p->refresh_timeout_ns;
    return until_ns > now_ns ? until_ns : now_ns;
}

static void refresh(const struct session_turn *t)
{
    struct session *c = t->c;
    const struct session_population *p = t->p;
    bool at_backup = c->flags & SESSION_AT_BACKUP;
    struct client_attempt attempt = {
        .client = t->number,
        .call_list = at_backup ? p->backup_list : p->refreshes_list,
        .station = at_backup || p->same_service ? c->station : FLOW_NONE,
        .attempt = 1,
        .partition = c->partition,
        .user = session_user(t),
    };
    struct client_answer answer;

    c->life++;
    c->since_ns = t->s->core->now_ns - p->refresh_ns; /* so that it began now, whatever stood in its way */
    c->epoch = (uint16_t)t->s->core->tally.epoch;
    c->state = SESSION_REFRESHING;
    attempt.birth = session_birth(t);
    attempt.token = session_token(c);
    session_count(t, COUNT_OFFERED);
    session_count(t, COUNT_ATTEMPTS);
    session_count(t, COUNT_SESSIONS_REFRESHES);
    attempt.leaves_at_ns = refresh_until(t);
    c->frame = flow_try(t->s->flow, &attempt, &answer);
    if (!c->frame) {
        refresh_over(t, answer.outcome);
        return;
    }
    session_plan(t, attempt.leaves_at_ns);
    watch(t);
}

/* Does what is out go to the replica in its record? */
static bool goes_to_its_replica(const struct session_turn *t)
{
    if (t->c->state == SESSION_REFRESHING)
        return (t->c->flags & SESSION_AT_BACKUP) || t->p->same_service;
    return t->c->state == SESSION_TRYING;
}

/* The client stops waiting for what is out. */
static void leave(const struct session_turn *t)
{
    struct client_hold hold = {.client = t->number,
                               .token = session_token(t->c),
                               .frame = t->c->frame,
                               .station = goes_to_its_replica(t) ? t->c->station : FLOW_NONE};

    flow_leave(t->s->flow, &hold);
}

/* ---------------------------------------------------------------- paths that break */

/* What was due when its keep-alive came in between. */
static void resume(const struct session_turn *t)
{
    t->c->flags &= (uint8_t)~SESSION_PROBED;
    if (t->c->state == SESSION_REFRESHING) {
        session_plan(t, refresh_until(t));
        watch(t);
    } else {
        session_plan_connected(t);
    }
}

/* The probes of its keep-alive should have been answered by now. */
static void on_probed(const struct session_turn *t)
{
    int64_t since_ns = silent_since(t), first_probe_ns = t->s->core->now_ns - t->p->probe_waits_ns;

    if (since_ns <= first_probe_ns) {
        if (t->c->state == SESSION_REFRESHING) {
            leave(t);
            refresh_over(t, OUTCOME_TIMED_OUT);
        } else {
            session_lose(t);
        }
        return;
    }
    resume(t); /* it may have been well in between, and be silent again */
}

static bool holds_connection(const struct session *c)
{
    return c->state == SESSION_CONNECTED || c->state == SESSION_REFRESHING || c->state == SESSION_RETURNING;
}

/* Replicas that follow each other. */
struct range {
    uint32_t first, count;
};

static void down_of(struct sessions *s, struct session_population *p, struct range range, bool at_once)
{
    for (uint32_t i = p->first; i < p->first + p->count; i++) {
        struct session_turn t = {.s = s, .p = p, .c = &s->clients[i], .number = i};

        if (!holds_connection(t.c) || t.c->station - range.first >= range.count)
            continue;
        if (!at_once) {
            if (t.c->state != SESSION_RETURNING)
                watch(&t);
        } else if (t.c->state == SESSION_REFRESHING) {
            leave(&t);
            refresh_over(&t, OUTCOME_REFUSED);
        } else {
            session_lose(&t);
        }
    }
}

static void on_down(void *context, uint32_t first, uint32_t count, bool at_once)
{
    struct sessions *s = context;

    for (uint32_t k = 0; k < s->population_count; k++)
        if (at_once || s->populations[k].probe_every_ns)
            down_of(s, &s->populations[k], (struct range){first, count}, at_once);
}

/* A link is cut: those whose way it is will find out by their keep-alive. */
static void cut_off(struct sessions *s, struct session_population *p, const struct link_cover *cover)
{
    for (uint32_t i = p->first; i < p->first + p->count; i++) {
        struct session_turn t = {.s = s, .p = p, .c = &s->clients[i], .number = i};

        if (link_covers(cover, t.c->partition) && holds_connection(t.c) && t.c->state != SESSION_RETURNING &&
            link_of(&t) == cover->link)
            watch(&t);
    }
}

static void on_cut(void *context, const struct link_cut *cut, bool begins)
{
    struct sessions *s = context;

    for (uint32_t k = 0; begins && k < s->population_count; k++) {
        struct session_population *p = &s->populations[k];

        if (p->probe_every_ns && strcmp(flow_link_from(s->flow, cut->cover.link), p->settings->name) == 0)
            cut_off(s, p, &cut->cover);
    }
}

/* ---------------------------------------------------------------- events and answers */

static void time_out(const struct session_turn *t)
{
    struct client_answer answer = {.outcome = OUTCOME_TIMED_OUT};

    leave(t);
    if (t->c->state == SESSION_REFRESHING)
        refresh_over(t, OUTCOME_TIMED_OUT);
    else
        session_try_over(t, &answer);
}

static void connected_due(const struct session_turn *t)
{
    if (t->p->refresh_ns && t->c->since_ns + t->p->refresh_ns <= t->s->core->now_ns)
        refresh(t);
    else
        session_try(t); /* to return from the backup */
}

static void dial_by_hand(const struct session_turn *t)
{
    t->c->life++;
    t->c->tries = 0;
    t->c->delay_ns = 0;
    session_count(t, COUNT_SESSIONS_REDIALLED);
    session_try(t);
}

static void (*const on_due[SESSION_STATES])(const struct session_turn *t) = {
    [SESSION_CONNECTED] = connected_due, [SESSION_REFRESHING] = time_out, [SESSION_RETURNING] = time_out,
    [SESSION_WAITING] = session_try,     [SESSION_TRYING] = time_out,     [SESSION_GIVEN_UP] = dial_by_hand,
};

/* Entities of other events are fetched for, too: it costs little, and harms nobody. */
static void fetch_ahead(struct sessions *s)
{
    uint32_t i = s->fetched, soon;

    for (; i < FETCH_AHEAD && agenda_peek_entity(s->core->agenda, i, &soon); i++)
        if (soon < s->client_count) {
            __builtin_prefetch(&s->clients[soon], 1);
            __builtin_prefetch((const char *)&s->clients[soon + 1] - 1, 1);
        }
    s->fetched = i ? i - 1 : 0;
}

void sessions_on_due(struct sessions *s, uint32_t client)
{
    struct session_turn t = turn_of(s, client);

    fetch_ahead(s);
    if (t.c->due_ns != s->core->now_ns)
        return; /* it has planned something else since */
    t.c->due_ns = -1;
    if (t.c->flags & SESSION_PROBED)
        on_probed(&t);
    else
        on_due[t.c->state](&t);
}

static bool on_answer(void *context, const struct client_answer *answer)
{
    struct session_turn t = turn_of(context, answer->client);

    if (session_token(t.c) != answer->token)
        return false;
    if (t.c->state == SESSION_REFRESHING)
        refresh_over(&t, answer->outcome);
    else if (t.c->state == SESSION_TRYING || t.c->state == SESSION_RETURNING)
        session_try_over(&t, answer);
    else
        return false;
    return true;
}

/* ---------------------------------------------------------------- the beginning */

static uint32_t list_of(struct sessions *s, Stormcell__Call *call, const char *name, char *to)
{
    Stormcell__Call *calls[1] = {call};

    stormcell__call__init(call);
    call->name = (char *)name;
    call->to = to;
    return flow_call_list(s->flow, &(struct call_place){"", ""}, 1, calls);
}

static bool same_service(const char *a, const char *b)
{
    while (*a && *a == *b && *a != '.')
        a++, b++;
    return *a == '.' && *b == '.';
}

static void start_calls(struct sessions *s, struct session_population *p)
{
    const Stormcell__Sessions *set = p->sessions;

    p->does_list = p->refreshes_list = list_of(s, &p->does, p->settings->name, p->settings->does);
    p->same_service = true;
    if (set->refreshes) {
        p->refreshes_list = list_of(s, &p->refreshes, p->settings->name, set->refreshes);
        p->same_service = same_service(set->refreshes, p->settings->does);
    }
    if (set->backup)
        p->backup_list = list_of(s, &p->backup, p->settings->name, set->backup->does);
    if (p->refresh_ns)
        flow_expect(s->flow, p->refreshes_list, (double)p->count / ((double)p->refresh_ns * 1e-9) / (double)s->core->people.users);
}

static void start_policy(struct session_population *p)
{
    Stormcell__Reconnect r = reconnect_settled(p->sessions->reconnect);
    int64_t timeout_ns = p->settings->has_timeout_ns ? p->settings->timeout_ns : 0;

    p->timeout_ns = r.has_timeout_ns ? r.timeout_ns : timeout_ns;
    p->refresh_timeout_ns = timeout_ns;
    p->at_once = r.at_once;
    p->honours_retry_after = r.honours_retry_after;
    p->give_up_after = r.give_up_after;
    p->redials = r.redial != NULL;
    p->redial = compile_dist(r.redial);
    p->delay = (struct delay){
        .growth = r.growth,
        .jitter = r.jitter,
        .cap_of_spread = r.cap_of == STORMCELL__BACKOFF__CAP_OF__CAP_SPREAD,
        .base_ns = (double)r.base_ns,
        .cap_ns = (double)r.cap_ns,
        .multiplier = r.multiplier,
        .spread = r.spread_ratio,
        .offset_ns = (double)r.offset_ns,
    };
    delay_start(&p->delay);
}

static void start_times(struct session_population *p)
{
    const Stormcell__Sessions *set = p->sessions;

    p->refresh_ns = set->has_refresh_ns ? set->refresh_ns : 0;
    p->expiry_ns = set->has_expiry_ns ? set->expiry_ns : 2 * p->refresh_ns;
    p->backup_after_ns = set->backup ? set->backup->after_ns : -1;
    p->back_after_ns = set->backup && set->backup->has_back_after_ns ? set->backup->back_after_ns : -1;
    if (set->keep_alive) {
        p->probe_every_ns = set->keep_alive->every_ns;
        p->probe_waits_ns = (set->keep_alive->failures - 1) * set->keep_alive->every_ns + set->keep_alive->timeout_ns;
    }
}

static void start_population(struct sessions *s, const Stormcell__Population *set, uint32_t entity)
{
    struct session_population *p = &s->populations[s->population_count++];
    uint64_t seed = s->core->seed;

    *p = (struct session_population){
        .settings = set,
        .sessions = set->sessions,
        .entity = entity,
        .first = s->client_count,
        .count = set->sessions->count,
        .users_per_client = (double)s->core->people.users / set->sessions->count,
        .birth_key = draw_key(seed, set->name, "birth"),
        .delay_key = draw_key(seed, set->name, "reconnect"),
        .probe_key = draw_key(seed, set->name, "keep-alive"),
        .redial_key = draw_key(seed, set->name, "redial"),
    };
    s->client_count += p->count;
    start_times(p);
    start_policy(p);
    start_calls(s, p);
    p->connected_meters = xcalloc(s->partitions + 1, sizeof *p->connected_meters);
    p->low_meters = xcalloc(s->partitions + 1, sizeof *p->low_meters);
    p->wanted = xcalloc(s->partitions + 1, sizeof *p->wanted);
}

/* All are connected, and their last registration lies anywhere in the time between two. Where there are not connections enough, the
 * last clients have lost theirs just now. */
static void start_client(const struct session_turn *t, uint64_t phase_key)
{
    struct core *core = t->s->core;
    struct draw d = draw_at(phase_key, t->number - t->p->first, 0);
    double u = draw_uniform(&d);
    struct client_attempt attempt = {.client = t->number, .call_list = t->p->does_list, .attempt = 1, .user = session_user(t)};

    *t->c = (struct session){.due_ns = -1, .partition = (uint16_t)people_partition(&core->people, attempt.user)};
    attempt.partition = t->c->partition;
    attempt.birth = session_birth(t);
    core->presence[t->c->partition].wanted++;
    t->p->wanted[t->s->partitions]++;
    if (t->s->partitions)
        t->p->wanted[t->c->partition]++;
    session_present(t, 1);
    t->c->station = flow_connect_any(t->s->flow, &attempt);
    if (!t->c->station) {
        session_lose(t);
        return;
    }
    t->c->since_ns = (int64_t)(u * (double)t->p->refresh_ns) - t->p->refresh_ns;
    session_plan_connected(t);
}

static void start_clients(struct sessions *s, struct session_population *p)
{
    uint64_t phase_key = draw_key(s->core->seed, p->settings->name, "refresh");

    for (uint32_t i = p->first; i < p->first + p->count; i++)
        start_client(&(struct session_turn){.s = s, .p = p, .c = &s->clients[i], .number = i}, phase_key);
    for (uint32_t k = 0; k <= s->partitions; k++)
        p->connected_meters[k].max = p->connected_meters[k].value;
    for (uint32_t k = 0; k <= s->partitions; k++)
        p->low_meters[k].value = p->low_meters[k].max = p->wanted[k] - p->connected_meters[k].value;
}

/* Records that are used in no order: with pages of the usual size, the way to a record would cost more than the record. What the
 * system does not grant does no harm. */
static struct session *take_records(size_t count)
{
    size_t size = (count * sizeof(struct session) + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    void *records = NULL;

    if (size < 4 * HUGE_PAGE)
        return xmalloc(count * sizeof(struct session));
    if (posix_memalign(&records, HUGE_PAGE, size) != 0)
        die("out of memory");
    madvise(records, size, MADV_HUGEPAGE);
    return records;
}

struct sessions *sessions_create(struct core *core, struct flow *flow, const Stormcell__Scenario *sc)
{
    struct sessions *s;
    uint32_t populations = 0;

    for (size_t i = 0; i < sc->n_populations; i++)
        populations += sc->populations[i]->sessions != NULL;
    if (!populations)
        return NULL;
    s = xcalloc(1, sizeof *s);
    s->core = core;
    s->flow = flow;
    s->populations = xcalloc(populations, sizeof *s->populations);
    s->partitions = core->people.partitions > 1 && core->tally.partition_mask ? core->people.partitions : 0;
    for (uint32_t i = 0; i < sc->n_populations; i++)
        if (sc->populations[i]->sessions)
            start_population(s, sc->populations[i], i);
    s->clients = take_records(s->client_count);
    flow_listen_clients(flow, on_answer, on_down, s);
    flow_listen_links(flow, on_cut, s);
    for (uint32_t k = 0; k < s->population_count; k++)
        start_clients(s, &s->populations[k]);
    return s;
}

void sessions_free(struct sessions *s)
{
    if (!s)
        return;
    for (uint32_t k = 0; k < s->population_count; k++) {
        free(s->populations[k].connected_meters);
        free(s->populations[k].low_meters);
        free(s->populations[k].wanted);
    }
    free(s->populations);
    free(s->clients);
    free(s);
}

/* ---------------------------------------------------------------- looking at them, and the end */

static struct session_population *find(const struct sessions *s, uint32_t population)
{
    for (uint32_t k = 0; s && k < s->population_count; k++)
        if (s->populations[k].entity == population)
            return &s->populations[k];
    return NULL;
}

bool sessions_of(const struct sessions *s, uint32_t population)
{
    return find(s, population) != NULL;
}

double sessions_connected(const struct sessions *s, uint32_t population, uint32_t partition)
{
    const struct session_population *p = find(s, population);

    return p ? p->connected_meters[partition].value : 0;
}

uint32_t sessions_wanted(const struct sessions *s, uint32_t population, uint32_t partition)
{
    const struct session_population *p = find(s, population);

    return p && partition <= s->partitions ? p->wanted[partition] : 0;
}

struct level_meter *sessions_level(struct sessions *s, uint32_t population, uint32_t partition, enum level level)
{
    struct session_population *p = find(s, population);

    if (!p || partition > s->partitions)
        return NULL;
    if (level == LEVEL_RECONNECT_RATE)
        return partition == s->partitions ? &p->rate_meter : NULL;
    return level == LEVEL_CONNECTED ? &p->connected_meters[partition] : &p->low_meters[partition];
}

uint32_t sessions_fresh_rate(const struct sessions *s, uint32_t population)
{
    const struct session_population *p = find(s, population);

    return p && p->fresh_epoch == s->core->tally.epoch ? p->fresh_max : 0;
}

uint32_t sessions_partitions(const struct sessions *s)
{
    return s ? s->partitions : 0;
}

static void settle_client(const struct session_turn *t)
{
    struct cell *cell = session_cell(t);
    const struct session *c = t->c;
    int64_t now_ns = t->s->core->now_ns;

    if (c->state == SESSION_REFRESHING)
        cell->counts[COUNT_IN_FLIGHT]++;
    if (c->state == SESSION_TRYING || c->state == SESSION_RETURNING)
        cell->counts[COUNT_SESSIONS_UNDER_WAY]++;
    if (c->state == SESSION_WAITING || c->state == SESSION_TRYING)
        cell->counts[COUNT_SESSIONS_OUT]++;
    if (!holds_connection(c))
        histogram_add(&cell->samples[SAMPLE_OUT_AGE], now_ns - c->since_ns);
}

/* What was counted as it happened, against what stands in the records now. */
static void assert_ledgers(const struct cell *cell)
{
    const uint64_t *n = cell->counts;

    must(n[COUNT_SESSIONS_LOST] + n[COUNT_SESSIONS_REDIALLED] ==
         n[COUNT_SESSIONS_RECONNECTED] + n[COUNT_SESSIONS_GIVEN_UP] + n[COUNT_SESSIONS_OUT]);
    must(n[COUNT_SESSIONS_ATTEMPTS] == n[COUNT_SESSIONS_RECONNECTED] + n[COUNT_SESSIONS_RETURNED] + n[COUNT_SESSIONS_REFUSED] +
                                           n[COUNT_SESSIONS_TIMED_OUT] + n[COUNT_SESSIONS_FAILED] + n[COUNT_SESSIONS_UNDER_WAY]);
    must(n[COUNT_ATTEMPTS] == n[COUNT_SESSIONS_ATTEMPTS] + n[COUNT_SESSIONS_REFRESHES]);
    must(n[COUNT_OFFERED] == n[COUNT_SESSIONS_REFRESHES]);
    must(cell->samples[SAMPLE_RECONNECT].count == n[COUNT_SESSIONS_RECONNECTED]);
    must(cell->samples[SAMPLE_OUT_AGE].count == n[COUNT_SESSIONS_LOST] - n[COUNT_SESSIONS_RECONNECTED]);
}

/* What each replica holds, against who says that he is connected to it. */
static void assert_replicas(struct sessions *s)
{
    uint32_t replicas = flow_stations(s->flow), *held = xcalloc(replicas + 1, sizeof *held);

    for (uint32_t i = 0; i < s->client_count; i++)
        if (holds_connection(&s->clients[i]))
            held[s->clients[i].station]++;
    must(held[FLOW_NONE] == 0);
    for (uint32_t k = 1; k <= replicas; k++)
        must(held[k] == flow_connections(s->flow, k));
    free(held);
}

static void assert_connections(struct sessions *s)
{
    uint32_t partitions = s->core->people.partitions;
    uint64_t connected = 0, held = 0, present = 0;

    assert_replicas(s);
    for (uint32_t i = 0; i < s->client_count; i++)
        connected += holds_connection(&s->clients[i]);
    for (uint32_t service = 0; service < flow_services(s->flow); service++)
        for (uint32_t set = 0; set < flow_service_sets(s->flow, service); set++)
            held += (uint64_t)flow_level(s->flow, service, set, LEVEL_CONNECTIONS)->value;
    must(connected == held);
    for (uint32_t k = 0; k < s->population_count; k++)
        present += (uint64_t)s->populations[k].connected_meters[s->partitions].value;
    must(connected == present);
    present = 0;
    for (uint32_t p = 0; p < partitions; p++)
        present += s->core->presence[p].connected;
    must(connected <= present); /* dependents are present, too */
}

void sessions_settle(struct sessions *s)
{
    const struct tally *t;

    if (!s)
        return;
    for (uint32_t i = 0; i < s->client_count; i++)
        settle_client(&(struct session_turn){.s = s, .p = session_population_of(s, i), .c = &s->clients[i], .number = i});
    t = &s->core->tally;
    for (size_t i = 0; i < (size_t)t->epochs * t->entities * t->partitions; i++)
        if (t->cells[i] && sessions_of(s, (uint32_t)(i / t->partitions % t->entities)))
            assert_ledgers(t->cells[i]);
    assert_connections(s);
}
