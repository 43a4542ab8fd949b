/* mail_pressure - back pressure: who is refused while too much accepted mail waits untried
 *
 * The load is looked at every sample. Above `medium` the level is medium, and after `patience` without having been low outside
 * senders are refused; above `high` everybody is, at once; below `high_to_medium` outside senders only again; below `low` nobody.
 * Source: Exchange Server, "Understanding back pressure": submission queue 9,999 / 15,000 / 10,000 / 2,000 messages, 300 samples of
 * 2 s.
 */
#include "world/mail_parts.h"

static uint64_t threshold(const Stormcell__BackPressure *set, bool given, uint32_t value, uint32_t preset)
{
    return (uint64_t)set->instances * (given ? value : preset);
}

void pressure_start(struct mail *m, struct mail_transport *t)
{
    const Stormcell__BackPressure *set = t->set->back_pressure;

    if (!set)
        return;
    t->pressure = (struct mail_pressure){
        .present = true,
        .medium = threshold(set, set->has_medium, set->medium, 9999),
        .high = threshold(set, set->has_high, set->high, 15000),
        .high_to_medium = threshold(set, set->has_high_to_medium, set->high_to_medium, 10000),
        .low = threshold(set, set->has_low, set->low, 2000),
        .sample_ns = set->has_sample_ns ? set->sample_ns : INT64_C(2000000000),
        .patience_ns = set->has_patience_ns ? set->patience_ns : INT64_C(600000000000),
    };
    if (t->pressure.sample_ns <= m->core->end_ns)
        core_plan(m->core, t->pressure.sample_ns, EVENT_MAIL_PRESSURE, t->number);
}

bool pressure_refuses(const struct mail_transport *t, bool inside)
{
    return inside ? t->pressure.level == MAIL_PRESSURE_HIGH : t->pressure.refuses_outside;
}

static enum mail_pressure_level level_of_load(const struct mail_pressure *p, uint64_t load)
{
    switch (p->level) {
    case MAIL_PRESSURE_LOW:
        return load > p->high ? MAIL_PRESSURE_HIGH : load > p->medium ? MAIL_PRESSURE_MEDIUM : MAIL_PRESSURE_LOW;
    case MAIL_PRESSURE_MEDIUM:
        return load > p->high ? MAIL_PRESSURE_HIGH : load < p->low ? MAIL_PRESSURE_LOW : MAIL_PRESSURE_MEDIUM;
    case MAIL_PRESSURE_HIGH:
        return load < p->low ? MAIL_PRESSURE_LOW : load < p->high_to_medium ? MAIL_PRESSURE_MEDIUM : MAIL_PRESSURE_HIGH;
    }
    return p->level;
}

static void change_level(struct mail *m, struct mail_transport *t, enum mail_pressure_level level)
{
    static const char *const words[] = {
        [MAIL_PRESSURE_LOW] = "back pressure low: everybody is accepted",
        [MAIL_PRESSURE_MEDIUM] = "back pressure medium",
        [MAIL_PRESSURE_HIGH] = "back pressure high: everybody is refused",
    };
    struct mail_pressure *p = &t->pressure;
    const char *who = level == MAIL_PRESSURE_MEDIUM && p->refuses_outside ? ": only outside senders are refused" : "";

    if (p->level == MAIL_PRESSURE_LOW)
        p->medium_since_ns = m->core->now_ns;
    p->level = level;
    if (level == MAIL_PRESSURE_HIGH)
        p->refuses_outside = true;
    if (level == MAIL_PRESSURE_LOW)
        p->refuses_outside = false;
    core_note(m->core, "mail", t->name, "%s%s (%llu messages never tried)", words[level], who, (unsigned long long)t->submission);
}

void mail_on_pressure(struct mail *m, uint32_t entity)
{
    struct mail_transport *t = &m->transports[entity];
    struct mail_pressure *p = &t->pressure;
    enum mail_pressure_level level = level_of_load(p, t->submission);

    if (level != p->level)
        change_level(m, t, level);
    if (level == MAIL_PRESSURE_MEDIUM && !p->refuses_outside && m->core->now_ns - p->medium_since_ns >= p->patience_ns) {
        p->refuses_outside = true;
        core_note(m->core, "mail", t->name, "outside senders are refused (%llu messages never tried)",
                  (unsigned long long)t->submission);
    }
    if (m->core->end_ns - m->core->now_ns >= p->sample_ns)
        core_plan(m->core, m->core->now_ns + p->sample_ns, EVENT_MAIL_PRESSURE, entity);
}
