/* client - attempts of clients that keep their own books, and the connections that they hold
 *
 * A storm of reconnects is mostly refusals. One that costs nobody anything is answered on the spot: it takes no worker, no place in
 * a line and no event, so that the client's own next try is all that is planned.
 */
#include "flow/inside.h"
#include "stormcell/must.h"

void flow_listen_clients(struct flow *f, flow_client_answered *answered, flow_client_down *down, void *context)
{
    f->clients.answered = answered;
    f->clients.down = down;
    f->clients.context = context;
}

void flow_stations_down(struct flow *f, uint32_t first, uint32_t count, bool at_once)
{
    if (f->clients.down)
        f->clients.down(f->clients.context, first, count, at_once);
}

bool client_answer(struct flow *f, const struct frame *fr, struct answer how)
{
    struct client_answer answer = {
        .client = fr->holder - 1,
        .token = fr->holder_token,
        .outcome = how.outcome,
        .station = fr->station,
        .retry_after_ns = how.retry_after_ns,
    };

    if (!f->clients.answered(f->clients.context, &answer))
        return false;
    if (f->stations[fr->station].service->settings->ejection)
        balance_hear(f, fr->station, how.outcome);
    return true;
}

/* What has crashed says no, whatever else is wrong with it; the faults that it is down by have touched the attempt. */
static void refuse_crashed(struct flow *f, const struct station *st)
{
    for (int i = 0; i < STATION_LEVERS && st->levers[i]; i++) {
        struct lever *lever = &f->levers[st->levers[i] - 1];

        lever->touched += lever->kind == LEVER_CRASH && lever->share >= 1;
    }
}

/* Does the replica refuse the attempt on the spot, at no cost? */
static bool refused_for_free(struct flow *f, const struct station *st, bool no_connection)
{
    const struct service *sv = st->service;

    if (st->crashed) {
        refuse_crashed(f, st);
        return true;
    }
    if (st->hung || st->levers[0] || !sv->refuses_free)
        return false;
    return no_connection || (st->busy >= sv->workers && st->waiting.length >= sv->queue_limit);
}

static void describe(struct flow *f, struct frame *fr, const struct client_attempt *attempt, const struct call *call)
{
    fr->flags = FRAME_CLIENT;
    fr->step = 0;
    fr->birth = attempt->birth;
    fr->holder = attempt->client + 1;
    fr->holder_token = attempt->token;
    fr->partition = (uint16_t)attempt->partition;
    fr->epoch = (uint16_t)f->core->tally.epoch;
    fr->link = 0;
    fr->tried = (uint16_t)(attempt->attempt < UINT16_MAX ? attempt->attempt : UINT16_MAX);
    fr->lineage = attempt->attempt + call->name_hash;
    fr->attempt = attempt->attempt;
    fr->visit = call->name_hash;
    fr->user = (uint32_t)attempt->user;
    fr->leaves_at_ns = attempt->leaves_at_ns;
    fr->connects = attempt->connects;
}

/* Where it goes, by the replica that was chosen. */
static void address(struct flow *f, struct frame *fr, const struct call *call, uint32_t station)
{
    const struct service *service = service_at(f, call, station);

    fr->station = station;
    fr->operation = service == call->service ? call->operation : detour_operation(f, call, service);
    fr->cell = flow_cell(f, fr, service);
    if (f->link_count)
        fr->link = (uint16_t)frame_link(f, call, station);
}

bool client_finds_no_connection(const struct flow *f, const struct frame *fr)
{
    const struct station *st = &f->stations[fr->station];

    return (fr->flags & FRAME_CLIENT) && fr->holder && fr->connects && st->connections >= st->service->connections;
}

/* The same before there is a frame, where nobody needs to look who asks: most of a storm ends here. */
static bool refused_at_the_door(struct flow *f, const struct client_attempt *attempt, struct client_answer *answer)
{
    const struct call *call = &f->calls[f->lists[attempt->call_list].first];
    const struct service *sv = call->service;
    uint32_t station = attempt->station ? attempt->station : sv->station + (sv->per_partition ? attempt->partition : 0);
    const struct station *st = &f->stations[station];
    struct cell *cell;

    if (!sv->direct || f->link_count || sv->settings->retry_after || sv->settings->ejection ||
        !refused_for_free(f, st, attempt->connects && st->connections >= sv->connections))
        return false;
    cell = tally_at(&f->core->tally, sv->entity, attempt->partition, f->core->tally.epoch);
    cell->counts[COUNT_CALLS] += attempt->attempt == 1;
    cell->counts[COUNT_ARRIVED]++;
    cell->counts[COUNT_REFUSED]++;
    *answer =
        (struct client_answer){.client = attempt->client, .token = attempt->token, .outcome = OUTCOME_REFUSED, .station = station};
    return true;
}

uint32_t flow_try(struct flow *f, const struct client_attempt *attempt, struct client_answer *answer)
{
    const struct call *call = &f->calls[f->lists[attempt->call_list].first];
    struct station *st;
    struct frame *fr;
    uint32_t index;
    bool no_connection;

    if (refused_at_the_door(f, attempt, answer))
        return FLOW_NONE;
    index = frame_take(f);
    fr = frame_at(f, index);
    describe(f, fr, attempt, call);
    address(f, fr, call, attempt->station ? attempt->station : balance_pick(f, call, fr, attempt->avoid));
    fr->cell->counts[COUNT_CALLS] += attempt->attempt == 1;
    st = &f->stations[fr->station];
    *answer = (struct client_answer){.client = attempt->client, .token = attempt->token, .station = fr->station};
    no_connection = client_finds_no_connection(f, fr);
    if (!fr->link && refused_for_free(f, st, no_connection)) {
        fr->cell->counts[COUNT_ARRIVED]++;
        fr->cell->counts[COUNT_REFUSED]++;
        answer->outcome = OUTCOME_REFUSED;
        if (st->service->settings->retry_after && !st->crashed)
            answer->retry_after_ns = station_retry_after_ns(st->service, fr);
        frame_give(f, index);
        if (st->service->settings->ejection)
            balance_hear(f, answer->station, OUTCOME_REFUSED);
        return FLOW_NONE;
    }
    if (no_connection && !fr->link)
        station_arrive_in_vain(f, index);
    else
        frame_send(f, index);
    return index;
}

void flow_leave(struct flow *f, const struct client_hold *hold)
{
    const struct frame *fr = frame_at(f, hold->frame);
    /* A record of another attempt by now, if this one was lost in silence. */
    bool lost = fr->state == FRAME_FREE || !(fr->flags & FRAME_CLIENT) || fr->holder != hold->client + 1 ||
                fr->holder_token != hold->token;
    uint32_t station = lost ? hold->station : fr->station;
    const struct service *sv = f->stations[station].service;

    if (station && sv->settings->ejection)
        balance_hear(f, station, OUTCOME_TIMED_OUT);
    if (lost)
        return;
    if (fr->state == FRAME_SYN)
        syn_stop(f, hold->frame);
    else if (sv->leaves)
        station_leave(f, hold->frame);
}

int64_t flow_silent_since(const struct flow *f, uint32_t station)
{
    const struct station *st = &f->stations[station];

    return st->hung && !st->crashed ? st->hung_since_ns : INT64_MAX;
}

static void change_connections(struct flow *f, struct station *st, int change)
{
    struct level_meter *m = &st->levels[LEVEL_OF_CONNECTIONS];

    st->connections += (uint32_t)change;
    level_set(m, f->core->now_ns, m->value + change);
}

bool flow_connect(struct flow *f, uint32_t station)
{
    struct station *st = &f->stations[station];

    if (st->crashed || st->connections >= st->service->connections)
        return false;
    change_connections(f, st, 1);
    return true;
}

void flow_disconnect(struct flow *f, uint32_t station)
{
    must(f->stations[station].connections > 0);
    change_connections(f, &f->stations[station], -1);
}

uint32_t flow_connections(const struct flow *f, uint32_t station)
{
    return f->stations[station].connections;
}

uint32_t flow_stations(const struct flow *f)
{
    return f->station_count - 1; /* 0 is nobody */
}

uint32_t flow_connect_any(struct flow *f, const struct client_attempt *attempt)
{
    const struct call *call = &f->calls[f->lists[attempt->call_list].first];
    const struct service *sv = call->service;
    struct frame who = {0};
    uint32_t first;

    describe(f, &who, attempt, call);
    who.station = balance_pick(f, call, &who, FLOW_NONE);
    if (flow_connect(f, who.station))
        return who.station;
    first = sv->station + f->stations[who.station].set * sv->replicas;
    for (uint32_t i = 0; i < sv->replicas; i++)
        if (flow_connect(f, first + i))
            return first + i;
    return FLOW_NONE;
}
