/* mail_window - how many deliveries at once a destination gets, as Postfix adapts it
 *
 * The rules of SCHEDULER_README, and of a real Postfix 3.7 measured. A window begins at `initial` when something of the destination
 * enters the active queue, and is forgotten when nothing of it is there. A success clears the count of failed cohorts and, unless
 * the window is already more than `initial` above what is under way, adds its feedback; a failure adds 1 / window to the failed
 * cohorts, and takes its feedback off. The window moves in whole steps: down at the beginning of a cycle of failures, up at the end
 * of one of successes. At the limit of failed cohorts the destination is dead for a fixed time, and all its waiting mail is put off
 * without an attempt; so is what arrives meanwhile. A success of a delivery that was under way revives it.
 *
 * With `of: lane` the first failure puts all mail to sleep anyhow, so there a window never kills.
 */
#include "world/mail_parts.h"

/* Feedback adds up in binary fractions of what users write in decimals. */
static const double nearly = 0.0001;

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void begin(struct mail_destination *d, uint32_t window)
{
    d->window_known = true;
    d->window = window;
    d->grown = d->shrunk = d->failed_cohorts = 0;
}

bool window_open(const struct mail_transport *t, const struct mail_destination *d)
{
    const Stormcell__Window *set = t->set->delivery->window;

    if (!set)
        return true;
    if (d->dead)
        return false;
    return d->busy < (d->window_known ? d->window : least(set->initial, set->limit));
}

/* Before the delivery leaves d->busy, as in the original. */
void window_succeeded(struct mail_transport *t, struct mail_destination *d)
{
    const Stormcell__Window *set = t->set->delivery->window;

    if (!set)
        return;
    if (d->dead) {
        window_woken(t, d);
        return;
    }
    if (!d->window_known)
        begin(d, least(set->initial, set->limit));
    d->failed_cohorts = 0;
    if (d->window >= set->limit || d->window >= d->busy + set->initial)
        return;
    d->grown += set->positive_feedback;
    while (d->grown + nearly >= 1) {
        d->grown -= 1;
        d->shrunk = 0;
        d->window++;
    }
    d->window = least(d->window, set->limit);
}

static void shrink(struct mail_destination *d, double feedback)
{
    d->shrunk -= feedback;
    while (d->shrunk - nearly < 0) {
        d->shrunk += 1;
        d->grown = 0;
        if (d->window > 1)
            d->window--;
    }
}

static void kill_destination(struct mail *m, struct mail_transport *t, uint32_t partition)
{
    const Stormcell__Window *set = t->set->delivery->window;
    struct mail_destination *d = &t->destinations[partition];

    d->dead = true;
    d->wake_ns = m->core->now_ns + (set->has_dead_for_ns ? set->dead_for_ns : t->schedule.shortest_ns);
    core_plan(m->core, d->wake_ns, EVENT_MAIL_DESTINATION, t->number * m->core->people.partitions + partition);
    while (d->waiting)
        retry_suspend(m, t, queue_take(m, t, partition));
}

void window_failed(struct mail *m, struct mail_transport *t, uint32_t partition)
{
    const Stormcell__Window *set = t->set->delivery->window;
    struct mail_destination *d = &t->destinations[partition];

    if (!set || d->dead)
        return;
    if (!d->window_known)
        begin(d, least(set->initial, set->limit));
    d->failed_cohorts += 1.0 / d->window;
    if (set->failed_cohort_limit > 0 && d->failed_cohorts + nearly >= set->failed_cohort_limit && !t->of_lane) {
        kill_destination(m, t, partition);
        return;
    }
    if (set->negative_feedback > 0)
        shrink(d, set->negative_feedback);
}

/* Back from the dead, what it can take is anyone's guess: what is under way, or as new. */
void window_woken(struct mail_transport *t, struct mail_destination *d)
{
    const Stormcell__Window *set = t->set->delivery->window;

    d->dead = false;
    begin(d, d->busy ? d->busy : least(set->initial, set->limit));
    window_forget_idle(d);
}

void window_forget_idle(struct mail_destination *d)
{
    if (!d->busy && !d->waiting && !d->dead)
        d->window_known = false;
}
