/* link - how packets cross, and what stops them */
#include "flow/link.h"

#include <stdlib.h>
#include <string.h>

#include "base/selector.h"
#include "flow/compile.h"
#include "flow/inside.h"
#include "stormcell/must.h"

enum { FIRST_WAITING = 64 };

/* ---------------------------------------------------------------- building */

static const struct service *service_called(const struct flow *f, const char *name)
{
    for (uint32_t i = 0; i < f->service_count; i++)
        if (strcmp(f->services[i].settings->name, name) == 0)
            return &f->services[i];
    must(!"a link to a service that is not there passed the check");
    return NULL;
}

static void start_link(struct flow *f, struct link *l, const Stormcell__Link *set)
{
    static const char *const delay[LINK_WAYS] = {"delay forward", "delay back"}, *const loss[LINK_WAYS] = {"loss forward",
                                                                                                           "loss back"};
    double carry_ns = set->has_capacity_per_s ? 1e9 / set->capacity_per_s : 0;

    l->settings = set;
    l->to = service_called(f, set->to);
    l->delay = compile_dist(set->delay);
    l->carry_ns = (int64_t)(carry_ns + 0.5);
    l->line_limit = set->has_queue ? set->queue : UINT32_MAX;
    for (int way = 0; way < LINK_WAYS; way++) {
        l->ways[way].delay_key = draw_key(f->core->seed, set->name, delay[way]);
        l->ways[way].loss_key = draw_key(f->core->seed, set->name, loss[way]);
    }
}

void links_start(struct flow *f)
{
    if (f->scenario->n_links > UINT16_MAX) /* frames keep the number of theirs in 16 bits */
        die("the scenario has %zu links; at most %d are possible", f->scenario->n_links, UINT16_MAX);
    f->link_count = (uint32_t)f->scenario->n_links;
    f->links = xcalloc(f->link_count + 1, sizeof *f->links);
    for (uint32_t i = 0; i < f->link_count; i++)
        start_link(f, &f->links[i + 1], f->scenario->links[i]);
}

void links_end(struct flow *f)
{
    for (uint32_t i = 1; i <= f->link_count; i++) {
        for (int way = 0; way < LINK_WAYS; way++)
            free(f->links[i].ways[way].line.begins_ns);
        free(f->links[i].cut_at_ns);
    }
    free(f->links);
    free(f->link_listeners);
}

uint32_t link_between(const struct flow *f, const char *path, const struct service *to)
{
    struct span owner = {path, strcspn(path, ".")};

    for (uint32_t i = 1; i <= f->link_count; i++)
        if (f->links[i].to == to && span_is(owner, f->links[i].settings->from))
            return i;
    return 0;
}

/* ---------------------------------------------------------------- the line for its capacity */

/* Makes the ring of those that wait twice as wide. */
static void widen(struct line *line)
{
    uint32_t size = line->size ? line->size * 2 : FIRST_WAITING;
    int64_t *wider = xmalloc(size * sizeof *wider);

    for (uint32_t i = 0; i < line->length; i++)
        wider[i] = line->begins_ns[(line->head + i) & (line->size - 1)];
    free(line->begins_ns);
    *line = (struct line){.begins_ns = wider, .length = line->length, .size = size};
}

/* A packet joins a bounded line, to be carried from begins_ns on; false when the line is full. */
static bool join_line(const struct link *l, struct direction *d, int64_t now_ns, int64_t begins_ns)
{
    struct line *line = &d->line;

    while (line->length && line->begins_ns[line->head & (line->size - 1)] <= now_ns) {
        line->head = (line->head + 1) & (line->size - 1);
        line->length--;
    }
    if (begins_ns <= now_ns)
        return true;
    if (line->length >= l->line_limit)
        return false;
    if (line->length == line->size)
        widen(line);
    line->begins_ns[(line->head + line->length++) & (line->size - 1)] = begins_ns;
    return true;
}

/* ---------------------------------------------------------------- crossing */

/* At the other end. */
static void arrive(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);

    if (fr->state == FRAME_RETURNING) {
        frame_hand_over(f, index);
    } else if (fr->flags & FRAME_LEFT) {
        fr->cell->counts[COUNT_ARRIVED]++;
        fr->cell->counts[COUNT_DROPPED]++;
        frame_give(f, index);
    } else if (client_finds_no_connection(f, fr)) {
        station_arrive_in_vain(f, index);
    } else {
        station_arrive(f, index);
    }
}

/* In silence: a request was never there, an answer was worked for in vain. */
static void lose(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);

    if (fr->state == FRAME_RETURNING && !(fr->flags & FRAME_REJECTING))
        fr->cell->counts[COUNT_WASTED]++;
    frame_give(f, index);
}

static bool heads(uint64_t key, const struct frame *fr, double share)
{
    struct draw d = draw_at(key, fr->birth, fr->lineage);

    return draw_uniform(&d) < share;
}

/* Does a lever of this kind that is pulled at the link concern this packet? */
static struct lever *lever_for(struct flow *f, const struct link_lever *pulled, const struct frame *fr, enum link_way way)
{
    struct lever *lever = &f->levers[pulled->lever - 1];

    if (!link_covers(&pulled->cover, fr->partition) || !(lever->ways >> way & 1))
        return NULL;
    if (lever->share < 1 && !heads(way == LINK_FORWARD ? lever->coin_key : lever->back_key, fr, lever->share))
        return NULL;
    return lever;
}

/* The first cut in its way, one that loses it before one that holds it; NULL: none. */
static struct lever *cut_for(struct flow *f, const struct link *l, const struct frame *fr, enum link_way way)
{
    struct lever *holding = NULL;

    for (int i = 0; i < STATION_LEVERS && l->levers[i].lever; i++) {
        struct lever *lever = lever_for(f, &l->levers[i], fr, way);

        if (!lever || lever->kind != LEVER_CUT)
            continue;
        if (!lever->held)
            return lever;
        holding = holding ? holding : lever;
    }
    return holding;
}

bool link_is_cut(struct flow *f, const struct frame *fr, enum link_way way)
{
    return fr->link && cut_for(f, &f->links[fr->link], fr, way);
}

/* Do faults lose it? If not, `slowness` is what they multiply its times by. */
static bool faults_lose(struct flow *f, const struct link *l, const struct frame *fr, enum link_way way, double *slowness)
{
    *slowness = 1;
    for (int i = 0; i < STATION_LEVERS && l->levers[i].lever; i++) {
        struct lever *lever = lever_for(f, &l->levers[i], fr, way);

        if (!lever || lever->kind == LEVER_CUT)
            continue;
        lever->touched++;
        if (lever->kind == LEVER_LOSSY)
            return true;
        *slowness *= lever->factor;
    }
    return false;
}

/* What is carried after the end of the run is never there; no sum of times must overflow with it. */
static int64_t by_the_end(const struct flow *f, int64_t at_ns)
{
    return at_ns <= f->core->end_ns ? at_ns : f->core->end_ns + 1;
}

/* No cut is in its way. `later`: it is not there before others have set out, however short the way is. */
static void cross(struct flow *f, uint32_t index, enum link_way way, bool later)
{
    struct frame *fr = frame_at(f, index);
    struct link *l = &f->links[fr->link];
    struct direction *d = &l->ways[way];
    struct draw draw = draw_at(d->delay_key, fr->birth, fr->lineage);
    int64_t now_ns = f->core->now_ns, begins_ns = now_ns;
    double slowness;

    if (faults_lose(f, l, fr, way, &slowness) || (l->settings->loss_ratio > 0 && heads(d->loss_key, fr, l->settings->loss_ratio))) {
        d->counts.lost++;
        lose(f, index);
        return;
    }
    if (l->carry_ns) {
        begins_ns = d->free_ns > now_ns ? d->free_ns : now_ns;
        if (l->settings->has_queue && !join_line(l, d, now_ns, begins_ns)) {
            d->counts.overflowed++;
            lose(f, index);
            return;
        }
        begins_ns = d->free_ns = by_the_end(f, begins_ns + work_scaled(l->carry_ns, slowness));
    }
    fr->due_ns = begins_ns + work_scaled(dist_sample_ns(&l->delay, &draw), slowness);
    if (fr->due_ns > now_ns || later) {
        d->counts.under_way++;
        core_plan(f->core, fr->due_ns, EVENT_CROSSED, index);
    } else {
        d->counts.crossed++;
        arrive(f, index);
    }
}

void link_send(struct flow *f, uint32_t index, enum link_way way)
{
    struct frame *fr = frame_at(f, index);
    struct direction *d = &f->links[fr->link].ways[way];
    struct lever *cut = cut_for(f, &f->links[fr->link], fr, way);

    fr->state = way == LINK_FORWARD ? FRAME_CROSSING : FRAME_RETURNING;
    fr->due_ns = -1;
    d->counts.offered++;
    if (!cut) {
        cross(f, index, way, false);
        return;
    }
    cut->touched++;
    if (cut->held) {
        d->counts.held++;
        queue_push(f, &d->held, index);
    } else {
        d->counts.cut++;
        lose(f, index);
    }
}

void flow_on_crossed(struct flow *f, uint32_t index)
{
    struct frame *fr = frame_at(f, index);
    enum link_way way = fr->state == FRAME_RETURNING ? LINK_BACK : LINK_FORWARD;
    struct direction *d = &f->links[fr->link].ways[way];

    /* Nothing takes a packet off its link before it is there. */
    must((fr->state == FRAME_CROSSING || fr->state == FRAME_RETURNING) && fr->due_ns == f->core->now_ns);
    d->counts.under_way--;
    d->counts.crossed++;
    arrive(f, index);
}

/* ---------------------------------------------------------------- levers */

/* What was held sets out, in its order, before anything is there that may send more; what another cut is in the way of stays. */
static void release_held(struct flow *f, uint32_t link, enum link_way way)
{
    struct direction *d = &f->links[link].ways[way];
    struct queue held = d->held;
    uint32_t index;

    d->held = (struct queue){0};
    while ((index = queue_pop(f, &held)) != 0) {
        struct lever *cut = cut_for(f, &f->links[link], frame_at(f, index), way);

        if (cut && cut->held) {
            queue_push(f, &d->held, index);
            continue;
        }
        d->counts.held--;
        if (!cut) {
            cross(f, index, way, true);
            continue;
        }
        cut->touched++;
        d->counts.cut++;
        lose(f, index);
    }
}

static void tell(struct flow *f, uint32_t number, const struct link_cover *cover, bool begins)
{
    const struct lever *lever = &f->levers[number];
    struct link_cut cut = {.cover = *cover, .ways = lever->ways, .held = lever->held};

    for (uint32_t i = 0; lever->kind == LEVER_CUT && i < f->link_listener_count; i++)
        f->link_listeners[i].heard(f->link_listeners[i].context, &cut, begins);
}

/* A cut that comes to one that is there already begins no new silence. */
static void note_cut(struct flow *f, const struct link_cover *cover)
{
    struct link *l = &f->links[cover->link];

    if (!l->cut_at_ns)
        l->cut_at_ns = xcalloc(f->core->people.partitions, sizeof *l->cut_at_ns);
    for (uint32_t p = cover->first; p < cover->first + cover->count; p++)
        if (!flow_link_broken(f, cover->link, p))
            l->cut_at_ns[p] = f->core->now_ns;
}

void flow_link_pull(struct flow *f, uint32_t number, const struct link_cover *cover)
{
    struct link *l = &f->links[cover->link];
    int i = 0;

    if (f->levers[number].kind == LEVER_CUT)
        note_cut(f, cover);

    while (i < STATION_LEVERS && l->levers[i].lever)
        i++;
    if (i == STATION_LEVERS)
        die("more than %d faults are on at once at link %s", STATION_LEVERS, l->settings->name);
    l->levers[i] = (struct link_lever){.lever = number + 1, .cover = *cover};
    tell(f, number, cover, true);
}

void flow_link_release(struct flow *f, uint32_t number, const struct link_cover *cover)
{
    struct link *l = &f->links[cover->link];
    int i = 0;

    while (i < STATION_LEVERS && l->levers[i].lever != number + 1)
        i++;
    must(i < STATION_LEVERS);
    memmove(&l->levers[i], &l->levers[i + 1], (size_t)(STATION_LEVERS - 1 - i) * sizeof l->levers[0]);
    l->levers[STATION_LEVERS - 1] = (struct link_lever){0};
    tell(f, number, cover, false);
    for (int way = 0; f->levers[number].kind == LEVER_CUT && way < LINK_WAYS; way++)
        release_held(f, cover->link, (enum link_way)way);
}

void flow_listen_links(struct flow *f, flow_link_cut *heard, void *context)
{
    f->link_listeners = xrealloc(f->link_listeners, f->link_listener_count + 1, sizeof *f->link_listeners);
    f->link_listeners[f->link_listener_count++] = (struct link_listener){heard, context};
}

/* ---------------------------------------------------------------- questions */

uint32_t flow_link_of(const struct flow *f, uint32_t call_list, uint32_t station)
{
    const struct call_list *list = &f->lists[call_list];

    if (!list->count || !f->link_count)
        return 0;
    return station ? frame_link(f, &f->calls[list->first], station) : f->calls[list->first].link;
}

const char *flow_link_from(const struct flow *f, uint32_t link)
{
    return f->links[link].settings->from;
}

int64_t flow_link_silent_since(const struct flow *f, uint32_t link, uint32_t partition)
{
    return flow_link_broken(f, link, partition) ? f->links[link].cut_at_ns[partition] : INT64_MAX;
}

unsigned flow_link_broken(const struct flow *f, uint32_t link, uint32_t partition)
{
    const struct link *l = &f->links[link];
    unsigned ways = 0;

    for (int i = 0; i < STATION_LEVERS && l->levers[i].lever; i++)
        if (f->levers[l->levers[i].lever - 1].kind == LEVER_CUT && link_covers(&l->levers[i].cover, partition))
            ways |= f->levers[l->levers[i].lever - 1].ways;
    return ways;
}

static bool cover_region(const struct flow *f, struct span name, struct link_cover *out)
{
    const uint32_t *first = f->core->people.first_partition;

    for (size_t r = 0; r < f->scenario->n_regions; r++)
        if (span_is(name, f->scenario->regions[r]->name)) {
            out->first = first[r];
            out->count = first[r + 1] - first[r];
            return true;
        }
    return false;
}

bool flow_link_select(const struct flow *f, const char *selector, struct link_cover *out)
{
    struct link_selector s;

    *out = (struct link_cover){.count = f->core->people.partitions};
    if (!selector_link(selector, &s))
        return false;
    for (uint32_t i = 1; i <= f->link_count; i++)
        if (span_is(s.from, f->links[i].settings->from) && span_is(s.to, f->links[i].settings->to))
            out->link = i;
    if (!out->link || (s.has_partition && s.partition >= f->core->people.partitions))
        return false;
    if (s.has_partition)
        *out = (struct link_cover){.link = out->link, .first = (uint32_t)s.partition, .count = 1};
    return !s.region.length || cover_region(f, s.region, out);
}

uint32_t flow_links(const struct flow *f)
{
    return f->link_count;
}

struct link_counts flow_link_counts(const struct flow *f, uint32_t link, enum link_way way)
{
    return f->links[link].ways[way].counts;
}

void links_settle(const struct flow *f, const uint64_t *on_the_way)
{
    for (uint32_t i = 1; i <= f->link_count; i++)
        for (int way = 0; way < LINK_WAYS; way++) {
            const struct link_counts *c = &f->links[i].ways[way].counts;

            must(c->offered == c->crossed + c->cut + c->lost + c->overflowed + c->under_way + c->held);
            must(on_the_way[i * LINK_WAYS + (uint32_t)way] == c->under_way + c->held);
        }
}
