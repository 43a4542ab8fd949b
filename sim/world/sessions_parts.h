/* sessions_parts - the records of sessions, for the files sessions*.c alone */
#ifndef WORLD_SESSIONS_PARTS_H
#define WORLD_SESSIONS_PARTS_H

#include "control/delay.h"
#include "world/sessions.h"

enum session_state {
    SESSION_CONNECTED,  /* due: its next refresh, its next try to return from the backup, or what its keep-alive finds */
    SESSION_REFRESHING, /* due: it gives up waiting for the answer */
    SESSION_RETURNING,  /* connected to the backup; a try to connect to the first place is out; due: it gives that up */
    SESSION_WAITING,    /* not connected; due: its next try */
    SESSION_TRYING,     /* not connected; a try is out; due: it gives that up */
    SESSION_GIVEN_UP,   /* not connected; due: it is dialled by hand */
    SESSION_STATES
};

enum session_flag {
    SESSION_AT_BACKUP = 1, /* connected: to the backup */
    SESSION_TO_BACKUP = 2, /* trying: there */
    SESSION_PROBED = 4,    /* connected: at `due` its keep-alive has waited long enough for an answer */
};

/* One client. What it plans is the event at due_ns; any other event of it is of no use any more. */
struct session {
    int64_t due_ns;   /* -1: nothing is planned */
    int64_t since_ns; /* connected: its last registration; else: the loss */
    union {
        int64_t delay_ns;     /* not connected: the last delay */
        int64_t return_at_ns; /* connected to the backup: next try to return; 0: never */
    };
    uint32_t station; /* connected: its replica; else: that of the last try, 0: none */
    uint32_t frame;   /* of the attempt that is out */
    uint32_t life;    /* what it has wanted so far: refreshes, and connections after a loss; names its draws */
    uint32_t tries;   /* for what it wants now */
    uint16_t partition;
    uint16_t epoch; /* not connected: of the loss; else of the refresh, or of the try to return */
    uint8_t state, flags;
};

_Static_assert(sizeof(struct session) == 48, "ten million clients fit into a gigabyte, with their events");

/* One population of them. */
struct session_population {
    const Stormcell__Population *settings;
    const Stormcell__Sessions *sessions;
    Stormcell__Call does, refreshes, backup; /* as calls of its clients */
    uint32_t entity;                         /* of the tally */
    uint32_t first, count;                   /* its clients */
    uint32_t does_list, refreshes_list, backup_list;
    bool same_service; /* refreshes go over the connection, to the replica that holds it; not so for another service's operation */
    double users_per_client;
    uint64_t birth_key, delay_key, probe_key, redial_key;

    int64_t refresh_ns, expiry_ns;          /* 0: none */
    int64_t refresh_timeout_ns, timeout_ns; /* of a refresh, of a try; 0: none */
    int64_t backup_after_ns, back_after_ns; /* -1: never */
    int64_t probe_every_ns, probe_waits_ns; /* 0: no keep-alive; from the first probe without an answer to the end of patience */
    struct delay delay;
    bool at_once, honours_retry_after;
    uint32_t give_up_after;
    bool redials;
    struct dist redial;

    int64_t second; /* the aligned second of the last try, and the tries in it */
    uint32_t rate;
    uint32_t fresh, fresh_max, fresh_epoch; /* of the tries in that second those that belong to an epoch, and the most of these */
    struct level_meter rate_meter;
    struct level_meter *connected_meters, *low_meters; /* by partition; the last: of the whole */
    uint32_t *wanted;                                  /* by partition; the last: of the whole */
};

struct sessions {
    struct core *core;
    struct flow *flow;
    struct session *clients;
    uint32_t client_count;
    struct session_population *populations;
    uint32_t population_count;
    uint32_t fetched;    /* events ahead whose records are on their way */
    uint32_t partitions; /* that are told apart in the meters: 0 or all */
};

static inline struct session_population *session_population_of(struct sessions *s, uint32_t client)
{
    struct session_population *p = s->populations;

    while (client - p->first >= p->count)
        p++;
    return p;
}

/* A client that is handled now. */
struct session_turn {
    struct sessions *s;
    struct session_population *p;
    struct session *c;
    uint32_t number; /* over all populations */
};

/* sessions_connect.c: out and back again */
void session_lose(const struct session_turn *t);
void session_try(const struct session_turn *t);
void session_try_over(const struct session_turn *t, const struct client_answer *answer);

/* sessions.c */
void session_plan(const struct session_turn *t, int64_t due_ns);
/* While it is connected: what is due next. */
void session_plan_connected(const struct session_turn *t);
uint64_t session_birth(const struct session_turn *t);
uint64_t session_user(const struct session_turn *t);
/* It is connected, or no longer. */
void session_present(const struct session_turn *t, int32_t change);

/* Names the attempt that is out: no two of a client have the same life and tries. */
static inline uint32_t session_token(const struct session *c)
{
    return c->life * 0x9E3779B1u + c->tries;
}

static inline struct cell *session_cell(const struct session_turn *t)
{
    return tally_at(&t->s->core->tally, t->p->entity, t->c->partition, t->c->epoch);
}

/* Counts one more, in its cell and for those who look while the run goes on. */
static inline void session_count(const struct session_turn *t, enum count count)
{
    session_cell(t)->counts[count]++;
    core_totals(t->s->core, t->p->entity, t->c->partition)[count]++;
}

#endif
