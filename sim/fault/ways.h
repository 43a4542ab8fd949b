/* ways - which packets a fault on a link concerns, for the kinds of faults that strike links alone */
#ifndef FAULT_WAYS_H
#define FAULT_WAYS_H

#include "flow/link.h"
#include "scenario.pb-c.h"

/* As bits 1 << enum link_way. */
static inline unsigned ways_of(Stormcell__Way way)
{
    return way == STORMCELL__WAY__WAY_FORWARD ? 1 << LINK_FORWARD
           : way == STORMCELL__WAY__WAY_BACK  ? 1 << LINK_BACK
                                              : 1 << LINK_FORWARD | 1 << LINK_BACK;
}

/* "packets", "requests", "answers". */
static inline const char *ways_word(unsigned ways)
{
    return ways == 1 << LINK_FORWARD ? "requests" : ways == 1 << LINK_BACK ? "answers" : "packets";
}

#endif
