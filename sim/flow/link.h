/* link - the way between the callers of one name and a service
 *
 * An attempt crosses it forward before it arrives at its replica, and its answer, a refusal too, crosses it back. A packet may be
 * stopped by a cut, lost in silence, stand in line for the link's capacity, and then takes its delay. All of that is decided when
 * it sets out: a fault that begins later leaves it alone.
 *
 * A request that is lost was never at the service: it has not arrived there. An answer that is lost was worked for in vain: wasted.
 * In both cases the caller waits out his time-out, for ever if he has none. What a cut holds sets out when the cut ends, in the
 * order in which it came. A caller that has given up meanwhile is served all the same, as one who gives up in a line; with
 * `on_timeout: leave` his attempt leaves as it arrives.
 *
 * The line of each way is first in, first out, and carries each packet for 1 / capacity, rounded to whole nanoseconds. Nobody
 * answers an asynchronous call, so nothing of it comes back. Probes of load balancers do not cross links.
 *
 * The ledger of each way: offered = crossed + cut + lost + overflowed + under way + held.
 */
#ifndef FLOW_LINK_H
#define FLOW_LINK_H

#include <stdbool.h>
#include <stdint.h>

enum link_way { LINK_FORWARD, LINK_BACK, LINK_WAYS };

/* The callers of some partitions, over one link. */
struct link_cover {
    uint32_t link;
    uint32_t first, count; /* partitions that follow each other */
};

static inline bool link_covers(const struct link_cover *c, uint32_t partition)
{
    return partition - c->first < c->count;
}

/* Packets of one way, so far. */
struct link_counts {
    uint64_t offered, crossed;
    uint64_t cut, lost, overflowed; /* stopped by a cut, by chance, by a full line */
    uint64_t under_way, held;       /* now */
};

struct flow;

/* What a checked selector covers (`link people->gateway`, `link people->gateway[3]`, `link people->gateway@europe`); false when it
 * names no link. */
bool flow_link_select(const struct flow *f, const char *selector, struct link_cover *out);

/* Pulls a lever (cut, lossy or slow) for those it covers, or lets go. At most eight are pulled at one link; dies beyond. */
void flow_link_pull(struct flow *f, uint32_t lever, const struct link_cover *cover);
void flow_link_release(struct flow *f, uint32_t lever, const struct link_cover *cover);

/* Links are numbered from 1 to flow_links(), as in the scenario. */
uint32_t flow_links(const struct flow *f);
struct link_counts flow_link_counts(const struct flow *f, uint32_t link, enum link_way way);

#endif
