/* compile - from messages of the scenario to what the engine samples */
#ifndef FLOW_COMPILE_H
#define FLOW_COMPILE_H

#include "scenario.pb-c.h"
#include "stormcell/dist.h"

/* The distribution of a message; NULL: constant 0. The message must outlive it (empirical values are borrowed). */
struct dist compile_dist(const Stormcell__Dist *d);

#endif
