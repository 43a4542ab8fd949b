/* handlers - the table: what each kind of event does */
#include "run/inside.h"

static void on_birth(struct run *run, uint32_t source)
{
    struct source *s = &run->sources[source];
    struct birth birth;

    if (s->arrivals.next_ns != run->core.now_ns)
        return; /* it was planned in a surge that is over */
    arrivals_take(&s->arrivals, &run->core, &birth);
    if (s->arrivals.next_ns <= run->core.end_ns)
        core_plan(&run->core, s->arrivals.next_ns, EVENT_BIRTH, source);
    if (s->mail)
        mail_born(run->mail, s->transport, s->sender, &birth);
    else
        clients_born(run->clients, s->population, &birth);
}

static void on_work_done(struct run *run, uint32_t frame)
{
    frame_on_work_done(run->flow, frame);
}

static void on_retry(struct run *run, uint32_t frame)
{
    frame_on_retry(run->flow, frame);
}

static void on_deadline(struct run *run, uint32_t frame)
{
    frame_on_deadline(run->flow, frame);
}

static void on_patience(struct run *run, uint32_t frame)
{
    frame_on_patience(run->flow, frame);
}

static void on_crossed(struct run *run, uint32_t frame)
{
    flow_on_crossed(run->flow, frame);
}

static void on_lane(struct run *run, uint32_t lane)
{
    flow_on_lane(run->flow, lane);
}

static void on_health_check(struct run *run, uint32_t station)
{
    flow_on_health_check(run->flow, station);
}

static void on_fault_begin(struct run *run, uint32_t fault)
{
    faults_on_begin(run->faults, fault);
}

static void on_fault_end(struct run *run, uint32_t fault)
{
    faults_on_end(run->faults, fault);
}

static void on_step(struct run *run, uint32_t step)
{
    runbook_on_step(run->runbook, step);
}

static void on_step_watch(struct run *run, uint32_t step)
{
    runbook_on_watch(run->runbook, step);
}

static void on_epoch(struct run *run, uint32_t unused)
{
    (void)unused;
    epoch_next(run);
}

static void on_mail_due(struct run *run, uint32_t entity)
{
    mail_on_due(run->mail, entity);
}

static void on_mail_scan(struct run *run, uint32_t entity)
{
    mail_on_scan(run->mail, entity);
}

static void on_mail_pressure(struct run *run, uint32_t entity)
{
    mail_on_pressure(run->mail, entity);
}

static void on_mail_notice(struct run *run, uint32_t entity)
{
    mail_on_notice(run->mail, entity);
}

static void on_mail_expiry(struct run *run, uint32_t entity)
{
    mail_on_expiry(run->mail, entity);
}

static void on_mail_destination(struct run *run, uint32_t entity)
{
    mail_on_destination(run->mail, entity);
}

static void on_session(struct run *run, uint32_t client)
{
    sessions_on_due(run->sessions, client);
}

static void on_syn(struct run *run, uint32_t frame)
{
    frame_on_syn(run->flow, frame);
}

static void on_dependent(struct run *run, uint32_t dependent)
{
    dependents_on_due(run->dependents, dependent);
}

static void on_rollout(struct run *run, uint32_t rollout)
{
    rollouts_on_due(run->rollouts, rollout);
}

static void on_restart_over(struct run *run, uint32_t station)
{
    restarts_on_over(run->restarts, station);
}

static void on_status(struct run *run, uint32_t event)
{
    status_page_on_event(run->status, event);
}

const struct handler run_handlers[EVENT_KINDS] = {
    [EVENT_BIRTH] = {"birth", on_birth},
    [EVENT_WORK_DONE] = {"work_done", on_work_done},
    [EVENT_RETRY] = {"retry", on_retry},
    [EVENT_DEADLINE] = {"deadline", on_deadline},
    [EVENT_PATIENCE] = {"patience", on_patience},
    [EVENT_CROSSED] = {"crossed", on_crossed},
    [EVENT_LANE] = {"time_out", on_lane},
    [EVENT_HEALTH_CHECK] = {"health_check", on_health_check},
    [EVENT_FAULT_BEGIN] = {"fault_begin", on_fault_begin},
    [EVENT_FAULT_END] = {"fault_end", on_fault_end},
    [EVENT_STEP] = {"step", on_step},
    [EVENT_STEP_WATCH] = {"step_watch", on_step_watch},
    [EVENT_EPOCH] = {"epoch", on_epoch},
    [EVENT_MAIL_DUE] = {"mail_due", on_mail_due},
    [EVENT_MAIL_SCAN] = {"mail_scan", on_mail_scan},
    [EVENT_MAIL_PRESSURE] = {"mail_pressure", on_mail_pressure},
    [EVENT_MAIL_NOTICE] = {"mail_notice", on_mail_notice},
    [EVENT_MAIL_EXPIRY] = {"mail_expiry", on_mail_expiry},
    [EVENT_MAIL_DESTINATION] = {"mail_destination", on_mail_destination},
    [EVENT_SESSION] = {"session", on_session},
    [EVENT_SYN] = {"syn", on_syn},
    [EVENT_DEPENDENT] = {"dependent", on_dependent},
    [EVENT_ROLLOUT] = {"rollout", on_rollout},
    [EVENT_RESTART_OVER] = {"restart_over", on_restart_over},
    [EVENT_STATUS] = {"status", on_status},
};
