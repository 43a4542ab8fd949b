/* mail_oldest - since when the oldest unfinished mail has been waiting
 *
 * Counts unfinished mail by the bin of its birth, from the bin of the oldest on, so that little is kept while nothing is late. Bins
 * are numbered from the start of the run.
 */
#ifndef WORLD_MAIL_OLDEST_H
#define WORLD_MAIL_OLDEST_H

#include <stdint.h>

struct mail_oldest {
    uint32_t *ring; /* count of bin b is ring[b & (capacity - 1)] */
    uint32_t capacity;
    uint32_t first, last; /* bins counted: first .. last - 1; the first is not empty unless all are */
    uint32_t total;
};

void mail_oldest_end(struct mail_oldest *o);

/* One more that was born in `bin`, one that was is finished. */
void mail_oldest_add(struct mail_oldest *o, uint32_t bin);
void mail_oldest_remove(struct mail_oldest *o, uint32_t bin);

#endif
