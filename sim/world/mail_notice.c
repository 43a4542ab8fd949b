/* mail_notice - what a fixed time after acceptance brings: the notice of delay, and the return
 *
 * Both look at accepted mail in the order of acceptance, with one event for the first of it. What would come after the end of the
 * run is not kept.
 */
#include "world/mail_parts.h"

void notice_start(struct mail_transport *t)
{
    t->expire_after_attempt = t->set->expiry == STORMCELL__TRANSPORT__EXPIRY__EXPIRY_AFTER_ATTEMPT;
    t->notice.after_ns = t->set->delay_notice_after_ns;
    t->expiry.after_ns = t->expire_after_attempt ? 0 : t->set->return_after_ns;
}

/* Plans the event of the first; forgets it when there is none. */
static void plan(struct mail *m, struct mail_deadline *d, enum event_kind kind, uint32_t transport)
{
    uint32_t head = mail_deadline_head(d, &m->messages);

    d->planned = head != 0;
    if (head)
        core_plan(m->core, mail_message(m, head)->accepted_ns + d->after_ns, kind, transport);
}

static void watch(struct mail *m, struct mail_transport *t, struct mail_deadline *d, enum event_kind kind, uint32_t index)
{
    if (!d->after_ns || m->core->end_ns - m->core->now_ns < d->after_ns)
        return;
    mail_deadline_add(d, &m->messages, index);
    if (!d->planned)
        plan(m, d, kind, t->number);
}

void notice_accepted(struct mail *m, struct mail_transport *t, uint32_t index)
{
    watch(m, t, &t->notice, EVENT_MAIL_NOTICE, index);
    watch(m, t, &t->expiry, EVENT_MAIL_EXPIRY, index);
}

/* The first message if its hour has come, taken out; else 0. */
static uint32_t take_ripe(struct mail *m, struct mail_deadline *d)
{
    uint32_t head = mail_deadline_head(d, &m->messages);

    if (!head || mail_message(m, head)->accepted_ns + d->after_ns > m->core->now_ns)
        return 0;
    mail_deadline_drop_head(d);
    return head;
}

void mail_on_notice(struct mail *m, uint32_t entity)
{
    struct mail_transport *t = &m->transports[entity];
    uint32_t index;

    while ((index = take_ripe(m, &t->notice))) {
        const struct message *msg = mail_message(m, index);

        mail_count(m, t, msg, COUNT_MAIL_DELAY_NOTICES);
        if (!t->notice_noted)
            core_note(m->core, "mail", t->name, "first notice of delay sent (partition %u)", msg->partition);
        t->notice_noted = true;
    }
    plan(m, &t->notice, EVENT_MAIL_NOTICE, entity);
}

void mail_on_expiry(struct mail *m, uint32_t entity)
{
    struct mail_transport *t = &m->transports[entity];
    uint32_t index;

    while ((index = take_ripe(m, &t->expiry))) {
        struct message *msg = mail_message(m, index);

        if (msg->state == MESSAGE_DELIVERING) {
            msg->flags |= MESSAGE_EXPIRED;
            continue;
        }
        delivery_close_returned(m, t, msg);
        queue_abandon(m, t, index);
    }
    plan(m, &t->expiry, EVENT_MAIL_EXPIRY, entity);
    queue_move(m, t);
}
