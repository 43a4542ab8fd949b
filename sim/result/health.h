/* health - how bad a verdict is */
#ifndef STORMCELL_HEALTH_H
#define STORMCELL_HEALTH_H

/* 0 stable, 1 recovered, 2 recovering, 3 degraded, 4 metastable; -1: none of them. */
int health_badness(const char *word);

#endif
