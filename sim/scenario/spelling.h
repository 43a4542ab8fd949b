/* spelling - quantities of the units of the language, as texts
 *
 * base/quantity.h reads them and knows nothing of keys and their units; what to say of a unit, and how to write a value of it, is
 * here.
 */
#ifndef STORMCELL_SPELLING_H
#define STORMCELL_SPELLING_H

#include "stormcell/param.h"

/* "a duration such as 30s" */
const char *spelling_of(enum param_unit unit);

/* What a text is, if it is a quantity at all: "a rate", "a plain number"; else NULL. */
const char *spelling_kind(const char *text);

/* The value as a text that reads back to it: 95%, 1200/s, 1h30m. Values of integer units are given as doubles too. Returns out. */
char *spelling_format(enum param_unit unit, double value, char out[64]);

#endif
