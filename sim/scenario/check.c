#include "scenario/check.h"
void check_scenario(const struct check_input *in, Stormcell__Scenario *m){(void)in;(void)m;}
