/* status_parts - the structures of the status page, for the files status_*.c alone */
#ifndef WORLD_STATUS_PARTS_H
#define WORLD_STATUS_PARTS_H

#include "stormcell/arena.h"
#include "stormcell/dist.h"
#include "world/status_page.h"

#define STATUS_TICK_NS INT64_C(60000000000)
enum { STATUS_HOUR = 60 /* ticks */ };

/* Where the writing stands. */
enum story_phase {
    STORY_NONE,
    STORY_HUMAN,   /* detected; people find out what to say, and may say it */
    STORY_WRITING, /* a post is due, and tried until it is out */
    STORY_POSTED,  /* until the next one is due */
};

/* What looking at the page shows. */
enum page_state { PAGE_UP, PAGE_DARK, PAGE_FALSE };

/* Requests of populations in one partition, so far. */
struct asking {
    uint64_t offered, succeeded, failed;
};

/* Users who fare alike: those whom the page shows posts or not, and whom the other channel reaches or not. Which these are has to
 * do with neither their partition nor the other question, and stays so. */
enum { AUDIENCES = 4 };
struct audience {
    double weight; /* share of all users */
    bool page, other;
};

/* Tickets as a Poisson process in what is expected of them: each falls due after an exponential share more, so that whoever expects
 * less of the same seed gets no more. */
struct ticket_clock {
    double expected, next;
    uint64_t count, drawn, key;
};

/* Lets `more` tickets be expected; returns those that come. */
uint64_t status_tickets_expect(struct ticket_clock *t, double more);

/* 2^-x for x >= 0, without libm. */
double status_half(double x);

struct status_page {
    struct status_reach reach;
    const Stormcell__StatusPage *settings;
    const Stormcell__Tickets *tickets;
    struct arena *arena;
    struct metric_expr monitor;
    struct dist triage, approval;
    uint64_t triage_key, approval_key, tool_key, page_key;
    uint32_t tool_list, page_list;
    uint64_t user; /* in whose name tool and page call */
    uint32_t transports;
    double allowance; /* a share of users that is nobody */
    int64_t oldest_mail_ns;

    /* the story that is being told, if any */
    enum story_phase phase;
    uint32_t stories; /* so far */
    bool detected, trying;
    int64_t began_ns, due_ns, tried_ns;  /* due_ns: of the event that counts; others are stale */
    int64_t page_post_ns, other_post_ns; /* the last of this story; -1: none */
    int64_t monitor_since_ns;            /* -1: its condition does not hold now */
    enum post_kind kind;
    uint32_t failures; /* of the tool, in a row */
    uint64_t hour[STATUS_HOUR], hour_sum;
    uint32_t minute;

    /* the page */
    enum page_state page;
    bool page_trying;
    uint64_t looks;

    /* accounts; by partition, [partition * AUDIENCES + audience] for told */
    struct audience audiences[AUDIENCES];
    struct asking *asking, *before; /* requests so far, now and a minute ago */
    struct asking *closed;          /* of these, in epochs of birth in which none is under way; all before first_open are such */
    uint32_t first_open;
    uint32_t populations;
    bool *asks; /* by population: its requests count */
    double *ever, *told_ever;
    double affected; /* users, now */
    int64_t last_affected_ns;
    struct ticket_clock clock;
    struct status_facts facts;
    struct status_post *posts;
    int64_t *detections;
};

/* status_asking.c: what became of requests, read off the tally, so that requests themselves need not count for the page. */
void status_asking_start(struct status_page *s, const Stormcell__Scenario *sc);
void status_asking_end(struct status_page *s);
/* A minute is over: moves `asking` to `before`, and reads it anew. */
void status_asking_minute(struct status_page *s);

/* status_readers.c: a minute is over: who was affected, what they saw, and the tickets that they wrote (returned). */
void status_readers_start(struct status_page *s, const Stormcell__Scenario *sc);
void status_readers_end(struct status_page *s);
uint64_t status_readers_minute(struct status_page *s);
void status_readers_settle(struct status_page *s);

/* When the last post was written that the audience can see; -1: none. */
int64_t status_shown_ns(const struct status_page *s, const struct audience *a);

#endif
