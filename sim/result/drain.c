/* drain - how long what a fault left behind needs to go when nothing else stands in its way: the ideal drain time */
#include "result/drain.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "flow/compile.h"
#include "stormcell/must.h"
#include "stormcell/reconnect.h"

/* Calls one behind the other, of which the work is counted. */
enum { DEPTH_MAX = 64 };

static const double utilization_cap = 0.95;

/* The share of capacity that the load leaves over. */
static double left_over(double utilization)
{
    return 1 - (utilization > utilization_cap ? utilization_cap : utilization < 0 ? 0 : utilization);
}

double drain_backlog_ns(double length_ns, double utilization)
{
    if (utilization < 0)
        return length_ns;
    return length_ns * (1 - left_over(utilization)) / left_over(utilization);
}

/* ---------------------------------------------------------------- what a comeback costs */

/* One operation, and how often it is asked when all come back. */
struct asked {
    const Stormcell__Service *service;
    const Stormcell__Operation *operation;
    double now, next; /* in this round of calls and the next */
    double all;
};

struct comeback {
    const Stormcell__Scenario *sc;
    struct asked *operations;
    size_t count;
};

static struct comeback list_operations(const Stormcell__Scenario *sc)
{
    struct comeback c = {.sc = sc};

    for (size_t i = 0; i < sc->n_services; i++)
        c.count += sc->services[i]->n_operations;
    c.operations = xcalloc(c.count + 1, sizeof(*c.operations));
    c.count = 0;
    for (size_t i = 0; i < sc->n_services; i++)
        for (size_t k = 0; k < sc->services[i]->n_operations; k++)
            c.operations[c.count++] = (struct asked){.service = sc->services[i], .operation = sc->services[i]->operations[k]};
    return c;
}

/* The operation that "service.operation" names, or NULL. */
static struct asked *find(const struct comeback *c, const char *name)
{
    size_t length = strcspn(name, ".");

    for (size_t i = 0; i < c->count && name[length]; i++) {
        const char *service = c->operations[i].service->name;

        if (strlen(service) == length && memcmp(service, name, length) == 0 &&
            strcmp(c->operations[i].operation->name, name + length + 1) == 0)
            return &c->operations[i];
    }
    return NULL;
}

/* Goes a call further; false when nothing is left to go. */
static bool go_on(struct comeback *c)
{
    bool more = false;

    for (size_t i = 0; i < c->count; i++) {
        struct asked *from = &c->operations[i];

        for (size_t k = 0; k < from->operation->n_calls; k++) {
            struct asked *to = find(c, from->operation->calls[k]->to);

            if (to)
                to->next += from->now * from->operation->calls[k]->share_ratio;
        }
    }
    for (size_t i = 0; i < c->count; i++) {
        struct asked *a = &c->operations[i];

        a->all += a->now;
        a->now = a->next;
        a->next = 0;
        more = more || a->now > 0;
    }
    return more;
}

static uint64_t wanted(const Stormcell__Population *p)
{
    return p->sessions ? p->sessions->count : p->dependents ? p->dependents->count : 0;
}

/* Everybody asks once. */
static void ask_all(struct comeback *c)
{
    for (size_t i = 0; i < c->sc->n_populations; i++) {
        struct asked *to = find(c, c->sc->populations[i]->does);

        if (to)
            to->now += (double)wanted(c->sc->populations[i]);
    }
    for (int depth = 0; depth < DEPTH_MAX && go_on(c); depth++)
        ;
}

static double workers(const struct comeback *c, const Stormcell__Service *s)
{
    double sets = 1;

    if (s->per == STORMCELL__SERVICE__PER__PER_PARTITION)
        sets = c->sc->partitions ? c->sc->partitions->count : 1;
    else if (s->per == STORMCELL__SERVICE__PER__PER_REGION)
        sets = c->sc->n_regions ? (double)c->sc->n_regions : 1;
    return (double)s->workers * s->replicas * sets;
}

/* Time that a service needs with all its workers for those that were lost. */
static double service_ns(const struct comeback *c, const Stormcell__Service *s, const struct drain_loss *loss)
{
    double work_ns = 0;

    for (size_t i = 0; i < c->count; i++) {
        const struct asked *a = &c->operations[i];
        struct dist work;

        if (a->service != s || a->all <= 0)
            continue;
        work = compile_dist(a->operation->work);
        work_ns += a->all * dist_mean_ns(&work);
    }
    return work_ns / workers(c, s) * (s->per == STORMCELL__SERVICE__PER__PER_WHOLE ? loss->whole : loss->scope);
}

/* ---------------------------------------------------------------- who comes by himself */

static double client_ns(const Stormcell__Sessions *s)
{
    Stormcell__Reconnect policy = reconnect_settled(s->reconnect);

    return (double)policy.cap_ns;
}

static double dependent_ns(const Stormcell__Dependents *d)
{
    struct dist recovery = compile_dist(d->recovery);

    return (double)d->every_ns + dist_mean_ns(&recovery);
}

double drain_presence_ns(const Stormcell__Scenario *sc, const struct drain_loss *loss, double utilization)
{
    struct comeback c = list_operations(sc);
    double busy_ns = 0, own_ns = -1;

    for (size_t i = 0; i < sc->n_populations; i++) {
        const Stormcell__Population *p = sc->populations[i];
        double ns = p->sessions ? client_ns(p->sessions) : p->dependents ? dependent_ns(p->dependents) : -1;

        own_ns = ns > own_ns ? ns : own_ns;
    }
    ask_all(&c);
    for (size_t i = 0; i < sc->n_services; i++) {
        double ns = service_ns(&c, sc->services[i], loss);

        busy_ns = ns > busy_ns ? ns : busy_ns;
    }
    free(c.operations);
    return own_ns < 0 ? -1 : own_ns + busy_ns / left_over(utilization);
}
