/* glossary - the terms of the field, one sentence each */
#ifndef SCENARIO_GLOSSARY_H
#define SCENARIO_GLOSSARY_H

#include "scenario/words.h"

/* Prints those that occur in `text`, in the order of the alphabet; nothing when none does. */
void glossary_print(const struct words *w, const char *text);

#endif
