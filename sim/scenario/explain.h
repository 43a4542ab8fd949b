/* explain - a scenario in plain words, for somebody who is new to it
 *
 * Question, time, people, services, who calls whom, load with the arithmetic that matters, what breaks and whom it reaches,
 * operators, strategies, assumptions, promises, and the terms used. Says only what follows from the message.
 */
#ifndef SCENARIO_EXPLAIN_H
#define SCENARIO_EXPLAIN_H

#include <stdio.h>

#include "scenario.pb-c.h"

/* `sc` comes from scenario_bind(). */
void explain_print(const Stormcell__Scenario *sc, FILE *out);

#endif
