/* sessions_connect - a connection is lost, and had again */
#include "stormcell/must.h"
#include "world/sessions_parts.h"

#define SECOND INT64_C(1000000000)

/* ---------------------------------------------------------------- out */

/* The delay before the next try, and never less than a refusal has asked for. */
static int64_t next_delay_ns(const struct session_turn *t, int64_t retry_after_ns)
{
    struct session *c = t->c;
    const struct session_population *p = t->p;
    uint32_t n = c->tries + 1 - p->at_once;
    struct draw d = draw_at(p->delay_key, session_birth(t), c->tries);

    c->delay_ns = n ? delay_draw_ns(&p->delay, n, c->delay_ns, &d) : 0;
    return p->honours_retry_after && retry_after_ns > c->delay_ns ? retry_after_ns : c->delay_ns;
}

static void plan_try(const struct session_turn *t, int64_t retry_after_ns)
{
    t->c->state = SESSION_WAITING;
    session_plan(t, t->s->core->now_ns + next_delay_ns(t, retry_after_ns));
}

/* A try to return is out while the backup goes away: from now on it is one to come back, and counted where the loss is. */
static void keep_trying(const struct session_turn *t)
{
    struct session *c = t->c;

    session_cell(t)->counts[COUNT_SESSIONS_ATTEMPTS]--;
    session_cell(t)->counts[COUNT_ATTEMPTS]--;
    c->epoch = (uint16_t)t->s->core->tally.epoch;
    session_cell(t)->counts[COUNT_SESSIONS_ATTEMPTS]++;
    session_cell(t)->counts[COUNT_ATTEMPTS]++;
    session_count(t, COUNT_SESSIONS_LOST);
    c->station = 0;
    c->tries = 1;
    c->state = SESSION_TRYING;
}

void session_lose(const struct session_turn *t)
{
    struct session *c = t->c;

    if (c->station)
        flow_disconnect(t->s->flow, c->station);
    session_present(t, -1);
    c->since_ns = t->s->core->now_ns;
    c->flags = 0;
    c->delay_ns = 0;
    if (c->state == SESSION_RETURNING) {
        keep_trying(t);
        return;
    }
    c->life++;
    c->tries = 0;
    c->station = 0;
    c->epoch = (uint16_t)t->s->core->tally.epoch;
    session_count(t, COUNT_SESSIONS_LOST);
    plan_try(t, 0);
}

static void give_up(const struct session_turn *t)
{
    struct draw d = draw_at(t->p->redial_key, session_birth(t), t->c->tries);

    session_count(t, COUNT_SESSIONS_GIVEN_UP);
    t->c->state = SESSION_GIVEN_UP;
    t->c->due_ns = -1;
    if (t->p->redials)
        session_plan(t, t->s->core->now_ns + dist_sample_ns(&t->p->redial, &d));
}

/* ---------------------------------------------------------------- tries */

static void count_rate(struct session_population *p, const struct core *core)
{
    int64_t second = core->now_ns / SECOND;

    if (p->fresh_epoch != core->tally.epoch) {
        p->fresh_epoch = core->tally.epoch;
        p->fresh = p->fresh_max = 0;
    }
    p->fresh = second == p->second ? p->fresh + 1 : 1;
    if (p->fresh > p->fresh_max)
        p->fresh_max = p->fresh;
    p->rate = second == p->second ? p->rate + 1 : 1;
    p->second = second;
    if (p->rate > p->rate_meter.max)
        p->rate_meter.max = p->rate;
}

/* The first place, or the backup once it has been out for long enough. */
static bool goes_to_backup(const struct session_turn *t)
{
    return t->c->state != SESSION_RETURNING && t->p->backup_after_ns >= 0 &&
           t->s->core->now_ns - t->c->since_ns >= t->p->backup_after_ns;
}

void session_try(const struct session_turn *t)
{
    struct session *c = t->c;
    struct core *core = t->s->core;
    bool returns = c->state == SESSION_CONNECTED, to_backup;
    struct client_answer answer;
    uint32_t frame;

    c->state = returns ? SESSION_RETURNING : SESSION_TRYING;
    if (returns) {
        c->epoch = (uint16_t)core->tally.epoch;
        c->life++;
        c->tries = 0;
    }
    c->tries++;
    to_backup = goes_to_backup(t);
    c->flags = (uint8_t)(to_backup ? c->flags | SESSION_TO_BACKUP : c->flags & ~SESSION_TO_BACKUP);
    uint64_t *totals = core_totals(core, t->p->entity, c->partition);
    struct cell *cell = session_cell(t);
    struct client_attempt attempt = {
        .client = t->number,
        .token = session_token(c),
        .call_list = to_backup ? t->p->backup_list : t->p->does_list,
        .avoid = returns ? FLOW_NONE : c->station,
        .attempt = c->tries,
        .partition = c->partition,
        .user = session_user(t),
        .birth = session_birth(t),
        .leaves_at_ns = t->p->timeout_ns ? core->now_ns + t->p->timeout_ns : -1,
        .connects = true,
    };
    cell->counts[COUNT_SESSIONS_ATTEMPTS]++;
    cell->counts[COUNT_ATTEMPTS]++;
    totals[COUNT_SESSIONS_ATTEMPTS]++;
    totals[COUNT_ATTEMPTS]++;
    count_rate(t->p, core);
    frame = flow_try(t->s->flow, &attempt, &answer);
    c->frame = frame;
    if (!returns)
        c->station = answer.station;
    if (!frame)
        session_try_over(t, &answer);
    else if (t->p->timeout_ns)
        session_plan(t, core->now_ns + t->p->timeout_ns);
}

/* Back again. The connection is taken already. */
static void reconnected(const struct session_turn *t, bool at_backup)
{
    struct session *c = t->c;
    int64_t now_ns = t->s->core->now_ns;

    histogram_add(&session_cell(t)->samples[SAMPLE_RECONNECT], now_ns - c->since_ns);
    session_count(t, COUNT_SESSIONS_RECONNECTED);
    session_present(t, 1);
    c->flags = at_backup ? SESSION_AT_BACKUP : 0;
    c->return_at_ns = at_backup && t->p->back_after_ns >= 0 ? now_ns + t->p->back_after_ns : 0;
    c->since_ns = now_ns;
}

/* From the backup to the first place. */
static void returned(const struct session_turn *t, uint32_t station)
{
    session_count(t, COUNT_SESSIONS_RETURNED);
    flow_disconnect(t->s->flow, t->c->station);
    t->c->station = station;
    t->c->flags = 0;
    t->c->return_at_ns = 0;
    t->c->since_ns = t->s->core->now_ns;
}

static enum count failure_of(enum outcome outcome)
{
    return outcome == OUTCOME_REFUSED     ? COUNT_SESSIONS_REFUSED
           : outcome == OUTCOME_TIMED_OUT ? COUNT_SESSIONS_TIMED_OUT
                                          : COUNT_SESSIONS_FAILED;
}

static void failed(const struct session_turn *t, enum outcome outcome, int64_t retry_after_ns)
{
    struct session *c = t->c;

    session_count(t, failure_of(outcome));
    if (c->state == SESSION_RETURNING) { /* it stays where it is */
        c->state = SESSION_CONNECTED;
        c->return_at_ns = t->s->core->now_ns + t->p->back_after_ns;
        session_plan_connected(t);
    } else if (t->p->give_up_after && c->tries >= t->p->give_up_after) {
        give_up(t);
    } else {
        plan_try(t, retry_after_ns);
    }
}

void session_try_over(const struct session_turn *t, const struct client_answer *answer)
{
    struct session *c = t->c;

    if (answer->outcome != OUTCOME_OK) {
        failed(t, answer->outcome, answer->retry_after_ns);
        return;
    }
    if (!flow_connect(t->s->flow, answer->station)) { /* others took the last ones meanwhile */
        failed(t, OUTCOME_REFUSED, answer->retry_after_ns);
        return;
    }
    if (c->state == SESSION_RETURNING) {
        returned(t, answer->station);
    } else {
        c->station = answer->station;
        reconnected(t, c->flags & SESSION_TO_BACKUP);
    }
    c->state = SESSION_CONNECTED;
    session_plan_connected(t);
}
