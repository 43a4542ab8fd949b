/* arrivals - when requests and messages are born, and whose they are
 *
 * A source belongs to a population or a mail sender. Births are numbered from 0; all draws of birth n depend on the source's name
 * and n alone, so that every strategy meets the same births.
 */
#ifndef WORLD_ARRIVALS_H
#define WORLD_ARRIVALS_H

#include "flow/core.h"

struct birth {
    uint64_t id;     /* for draws: unlike that of any other birth */
    uint64_t number; /* 0, 1, ... of this source */
    uint64_t user;
    uint32_t partition;
};

struct arrivals {
    const Stormcell__Arrivals *settings;
    uint64_t time_key, user_key, id_key;
    uint64_t next_number;
    int64_t next_ns; /* of the birth that is planned; INT64_MAX: none */
    int64_t end_ns, start_utc_s;
    double mean_ns; /* of the spacing, at level 1 */
    double rest_ns; /* even spaces: what is left of the last one below a nanosecond */
    double level;   /* of the profile, the same up to level_until_ns */
    int64_t level_until_ns;
    bool plain;          /* Poisson at one rate, without end */
    uint64_t candidates; /* so far; with a profile, not all become births */
};

/* `path` names the source: people, hub.internal. settings may be NULL (no births). */
void arrivals_start(struct arrivals *a, struct core *core, const char *path, const Stormcell__Arrivals *settings,
                    int64_t start_utc_s);

/* The level of the profile at a moment: 1 is the rate as written. */
double arrivals_level(const struct arrivals *a, int64_t t_ns);

/* Births a second as it begins, which is taken to have been the rate before; of a trace, the mean over the run. settings may be
 * NULL. */
double arrivals_rate_at_start(const Stormcell__Arrivals *settings, int64_t start_utc_s, int64_t end_ns);

/* From now on births come so many times as often as the settings say; 0: none do. They go on being numbered through. */
void arrivals_surge(struct arrivals *a, int64_t now_ns, double factor);

/* Fills *birth for the birth that happens now, and finds the time of the next one: a->next_ns. */
void arrivals_take(struct arrivals *a, struct core *core, struct birth *birth);

#endif
