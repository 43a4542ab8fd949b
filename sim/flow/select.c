/* select - the stations and the sets that a selector names
 *
 *     service   service[17]   service@europe   and each with .replica[2] behind it
 *
 * sim/scenario/check_selector.c reads the same grammar, and says what is wrong with it; a selector that passed that check is good.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/inside.h"

/* [17] at *text, which moves behind it. */
static bool take_number(const char **text, uint32_t limit, uint32_t *number)
{
    unsigned long value;
    char *end;

    if (**text != '[')
        return false;
    value = strtoul(*text + 1, &end, 10);
    if (*end != ']' || value >= limit)
        return false;
    *text = end + 1;
    *number = (uint32_t)value;
    return true;
}

/* @europe at *text, which moves behind it. */
static bool take_region(const struct flow *f, const char **text, uint32_t *region)
{
    size_t length = strcspn(*text + 1, ".");

    for (*region = 0; *region < f->region_count; ++*region)
        if (strlen(f->regions[*region]->name) == length && strncmp(f->regions[*region]->name, *text + 1, length) == 0) {
            *text += 1 + length;
            return true;
        }
    return false;
}

/* The sets of a region; of a service that serves everybody, none. */
static bool narrow_to_region(const struct flow *f, struct selection *s, uint32_t region)
{
    const uint32_t *first = f->core->people.first_partition;

    s->first_set = s->service->per_partition ? first[region] : region;
    s->sets = s->service->per_partition ? first[region + 1] - first[region] : 1;
    return s->service->per_partition || s->service->region_of;
}

bool select_read(const struct flow *f, const char *text, struct selection *s)
{
    size_t length = strcspn(text, "[@.");
    uint32_t number;

    *s = (struct selection){0};
    for (uint32_t i = 0; i < f->service_count; i++)
        if (strlen(f->services[i].settings->name) == length && strncmp(f->services[i].settings->name, text, length) == 0)
            s->service = &f->services[i];
    if (!s->service)
        return false;
    s->sets = s->service->sets;
    text += length;
    if (*text == '[') {
        if (s->service->region_of || !take_number(&text, s->sets, &s->first_set))
            return false;
        s->sets = 1;
    } else if (*text == '@' && (!take_region(f, &text, &number) || !narrow_to_region(f, s, number))) {
        return false;
    }
    if (strncmp(text, ".replica", 8) == 0) {
        text += 8;
        s->one_replica = true;
        if (!take_number(&text, s->service->replicas, &s->replica))
            return false;
    }
    return !*text;
}

bool flow_select_all(const struct flow *f, const char *selector, struct stations *out)
{
    struct selection s;
    uint32_t replicas;

    if (!select_read(f, selector, &s))
        return false;
    replicas = s.service->replicas;
    *out = (struct stations){
        .first = s.service->station + s.first_set * replicas + s.replica,
        .count = s.one_replica ? 1 : s.sets * replicas,
        .times = s.one_replica ? s.sets : 1,
        .stride = replicas,
    };
    return true;
}

bool flow_select(const struct flow *f, const char *selector, uint32_t *first, uint32_t *count)
{
    struct stations s;

    if (!flow_select_all(f, selector, &s) || s.times != 1)
        return false;
    *first = s.first;
    *count = s.count;
    return true;
}

bool flow_select_hits(const struct flow *f, const char *selector, uint32_t partition)
{
    struct selection s;

    return select_read(f, selector, &s) && set_of(s.service, partition) - s.first_set < s.sets;
}

const char *flow_replica(const struct flow *f, uint32_t station, uint32_t *number)
{
    const struct service *sv = f->stations[station].service;

    *number = station - sv->station;
    return sv->settings->name;
}

void flow_replica_words(const struct flow *f, uint32_t station, char out[128])
{
    const struct station *st = &f->stations[station];

    if (st->service->per_partition)
        snprintf(out, 128, "replica %u of partition %u", st->replica, st->set);
    else if (st->service->sets > 1)
        snprintf(out, 128, "replica %u of region %.80s", st->replica, f->regions[st->set]->name);
    else
        snprintf(out, 128, "replica %u", st->replica);
}
