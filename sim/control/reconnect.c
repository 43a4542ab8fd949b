/* reconnect - the policies of known clients */
#include "stormcell/reconnect.h"

#define SECOND INT64_C(1000000000)
#define MINUTE (60 * SECOND)

#define FIXED STORMCELL__BACKOFF__GROWTH__GROWTH_FIXED
#define EXPONENTIAL STORMCELL__BACKOFF__GROWTH__GROWTH_EXPONENTIAL
#define JITTER(name) STORMCELL__BACKOFF__JITTER__JITTER_##name
#define PRESET(name) STORMCELL__RECONNECT__PRESET__RECONNECT_##name

/* clang-format off */
static const struct reconnect_preset presets[] = {
    /*                  growth       jitter            base          cap          x    spread offset       at once honours source */
    [PRESET(PLAIN)]   = {EXPONENTIAL, JITTER(NONE),    1 * SECOND,   60 * SECOND, 2,   0.2, 0,            false, true,
                         "exponential without jitter, as clients are written in a hurry"},
    [PRESET(GRPC)]    = {EXPONENTIAL, JITTER(SPREAD),  1 * SECOND,  120 * SECOND, 1.6, 0.2, 0,            true,  false,
                         "gRPC, doc/connection-backoff.md"},
    [PRESET(AWS)]     = {EXPONENTIAL, JITTER(FULL),    1 * SECOND,   20 * SECOND, 2,   0.2, 0,            false, true,
                         "AWS SDK, standard retry mode"},
    [PRESET(SSSD)]    = {EXPONENTIAL, JITTER(OFFSET), 60 * SECOND,   60 * MINUTE, 2,   0.2, 30 * SECOND,  false, false,
                         "sssd.conf(5): offline_timeout, offline_timeout_random_offset, offline_timeout_max"},
    [PRESET(RFC5626)] = {EXPONENTIAL, JITTER(EQUAL),  60 * SECOND,   30 * MINUTE, 2,   0.2, 0,            true,  true,
                         "RFC 5626, section 4.5 and appendix A, all flows failed: "
                         "50 to 100 % of 30 s x 2^failures, at most 1800 s"},
    [PRESET(LYNC)]    = {FIXED,       JITTER(OFFSET), 10 * SECOND,   60 * SECOND, 1,   0.2, 50 * SECOND,  false, true,
                         "an assumption: Microsoft never published how the Lync 2013 desktop client waits"},
};
/* clang-format on */

const struct reconnect_preset *reconnect_preset(Stormcell__Reconnect__Preset preset)
{
    return &presets[preset];
}

Stormcell__Reconnect reconnect_settled(const Stormcell__Reconnect *set)
{
    Stormcell__Reconnect r = STORMCELL__RECONNECT__INIT;
    const struct reconnect_preset *p;

    if (set)
        r = *set;
    p = &presets[r.preset];
    r.growth = r.has_growth ? r.growth : p->growth;
    r.jitter = r.has_jitter ? r.jitter : p->jitter;
    r.base_ns = r.has_base_ns ? r.base_ns : p->base_ns;
    r.cap_ns = r.has_cap_ns ? r.cap_ns : p->cap_ns;
    r.multiplier = r.has_multiplier ? r.multiplier : p->multiplier;
    r.spread_ratio = r.has_spread_ratio ? r.spread_ratio : p->spread_ratio;
    r.offset_ns = r.has_offset_ns ? r.offset_ns : p->offset_ns;
    r.at_once = r.has_at_once ? r.at_once : p->at_once;
    r.honours_retry_after = r.has_honours_retry_after ? r.honours_retry_after : p->honours_retry_after;
    r.cap_of = r.has_cap_of ? r.cap_of : STORMCELL__BACKOFF__CAP_OF__CAP_DELAY;
    return r;
}
