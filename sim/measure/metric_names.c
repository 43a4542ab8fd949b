/* metric_names - every number that the language knows, one row each
 *
 * A row says what is measured; sim/result/metric_value.c has the row of the same name that says how it is read from a result,
 * and a unit test that neither has a name that the other lacks. Here, a request without a `service` label is one of the
 * populations, seen by its caller; with it, an attempt, seen by that service.
 */
#include "stormcell/metric.h"

#define REQUEST "service population partition region group strategy"
#define CALLER "population partition region group strategy"
#define SERVICE "service partition region group strategy"
#define WORKER "service transport partition region group strategy"
#define MAIL "transport partition region group strategy"
#define SCOPE "partition region group strategy"
#define PEOPLE "partition region group meter strategy"
#define CHANGE "rollout strategy"

#define BORN(name, unit, labels, doc)                                                                                              \
    {                                                                                                                              \
        name, unit, labels, true, false, doc                                                                                       \
    }
#define BORN_LIVE(name, unit, labels, doc)                                                                                         \
    {                                                                                                                              \
        name, unit, labels, true, true, doc                                                                                        \
    }
#define WHOLE_RUN(name, unit, labels, doc)                                                                                         \
    {                                                                                                                              \
        name, unit, labels, false, false, doc                                                                                      \
    }
#define GAUGE(name, unit, labels, doc)                                                                                             \
    {                                                                                                                              \
        name, unit, labels, false, true, doc                                                                                       \
    }

/* The statistics of a time, `what` in words. */
#define SPREAD(name, labels, what)                                                                                                 \
    BORN(name ".p50", METRIC_SECONDS, labels, "Median of " what "."),                                                              \
        BORN(name ".p90", METRIC_SECONDS, labels, "The time that 90 % do not exceed: " what "."),                                  \
        BORN(name ".p99", METRIC_SECONDS, labels, "The time that 99 % do not exceed: " what "."),                                  \
        BORN(name ".p999", METRIC_SECONDS, labels, "The time that 99.9 % do not exceed: " what "."),                               \
        BORN(name ".max", METRIC_SECONDS, labels, "The longest: " what "."),                                                       \
        BORN(name ".mean", METRIC_SECONDS, labels, "Mean of " what ".")

const struct metric_name metric_names[] = {
    BORN_LIVE("requests.offered", METRIC_COUNT, REQUEST, "Requests that callers wanted; of a service, attempts that reached it."),
    BORN_LIVE("requests.succeeded", METRIC_COUNT, REQUEST,
              "Requests that got what they wanted; of a service, attempts that it answered while the caller waited."),
    BORN_LIVE("requests.failed", METRIC_COUNT, REQUEST,
              "Requests that failed, for any reason; of a service, attempts that it refused, dropped, or answered in vain."),
    BORN("requests.rejected", METRIC_COUNT, REQUEST,
         "Requests that failed because they were refused, by a service or by the caller's own controls; of a service, attempts "
         "refused."),
    BORN("requests.timed_out", METRIC_COUNT, CALLER, "Requests whose caller stopped waiting."),
    BORN("requests.errors", METRIC_COUNT, REQUEST,
         "Requests that failed by an erroneous answer; of a service, answers that were errors, waited for or not."),
    BORN("requests.dropped", METRIC_COUNT, SERVICE, "Attempts that a service lost in silence or in a crash."),
    BORN("requests.wasted", METRIC_COUNT, SERVICE, "Attempts that a service worked on for a caller that had left."),
    BORN("requests.in_flight", METRIC_COUNT, REQUEST,
         "Requests unfinished at the end of the run; of a service, attempts still in it."),
    BORN("requests.calls", METRIC_COUNT, SERVICE, "Requests that callers had for a service, however often they tried."),
    BORN("attempts", METRIC_COUNT, REQUEST, "Tries, retries included; of a service, those that reached it."),
    BORN("amplification", METRIC_COUNT, REQUEST,
         "Attempts for each request; of a service, attempts that reached it for each call; of sessions, for each refresh and each "
         "connection that was lost."),
    BORN_LIVE("goodput", METRIC_PER_SECOND, REQUEST,
              "Requests that succeeded for each second of the window in which they were born."),
    BORN_LIVE("availability", METRIC_RATIO, REQUEST, "Share of finished requests that succeeded; of a service, of attempts."),
    SPREAD("latency", REQUEST,
           "the time from birth to the end of a request, whatever the outcome (of a service: from arrival to answer)"),

    SPREAD("queue.wait", SERVICE, "the wait of an attempt for a worker"),
    SPREAD("sojourn", SERVICE, "the time from arrival at a service to its answer"),
    BORN_LIVE("utilization", METRIC_RATIO, WORKER, "Share of workers busy, on average over the window."),
    GAUGE("queue.length", METRIC_COUNT, SERVICE, "Attempts that wait for a worker now; after the run, in its last sample."),
    BORN("queue.length.mean", METRIC_COUNT, SERVICE, "Attempts that wait for a worker, on average over the window."),
    BORN("queue.length.max", METRIC_COUNT, SERVICE,
         "Most attempts that waited for a worker at once; of several partitions, in the worst of them."),
    GAUGE("workers.held", METRIC_COUNT, WORKER, "Workers held now by calls to other services; after the run, in its last sample."),
    BORN("workers.held.mean", METRIC_COUNT, WORKER, "Workers held by calls to other services, on average over the window."),
    BORN("workers.held.max", METRIC_COUNT, WORKER,
         "Most workers held at once by calls to other services; of several partitions, in the worst of them."),
    BORN("workers.busy.mean", METRIC_COUNT, WORKER,
         "Workers with something to do, held ones included, on average over the window."),
    BORN("workers.busy.max", METRIC_COUNT, WORKER, "Most workers busy at once; of several partitions, in the worst of them."),

    BORN("cache.lookups", METRIC_COUNT, SERVICE, "Looks into caches before a service is called: hits, stale, negative and misses."),
    BORN("cache.hits", METRIC_COUNT, SERVICE, "Looks that found something fresh, so that the service was not called."),
    BORN("cache.stale", METRIC_COUNT, SERVICE,
         "Looks that were answered with something out of date: at once, or because no fresh answer came in time."),
    BORN("cache.negative", METRIC_COUNT, SERVICE, "Looks that found that the call failed lately, and failed at once."),
    BORN("cache.misses", METRIC_COUNT, SERVICE, "Looks that found nothing, and brought what the service answered."),
    BORN_LIVE("cache.hit_ratio", METRIC_RATIO, SERVICE, "Share of looks that found something fresh."),

    BORN("mail.offered", METRIC_COUNT, MAIL, "Messages that senders had, one for each recipient, as all mail is counted."),
    BORN("mail.accepted", METRIC_COUNT, MAIL, "Messages that the transport took over from their senders."),
    BORN("mail.delivered", METRIC_COUNT, MAIL, "Messages delivered."),
    BORN("mail.returned", METRIC_COUNT, MAIL, "Messages returned to their senders as undeliverable (NDR)."),
    BORN("mail.expired_at_sender", METRIC_COUNT, MAIL, "Messages that their sender's host gave up and reported to the author."),
    BORN("mail.lost_by_sender", METRIC_COUNT, MAIL, "Messages that their sender's host gave up in silence."),
    BORN("mail.held_by_sender", METRIC_COUNT, MAIL, "Messages not accepted yet, with their sender's host, at the end of the run."),
    BORN_LIVE("mail.queued", METRIC_COUNT, MAIL, "Messages accepted and unfinished at the end of the run."),
    BORN("mail.attempts", METRIC_COUNT, MAIL, "Tries of the transport to deliver."),
    BORN("mail.offers", METRIC_COUNT, MAIL, "Tries of senders to hand mail over, the first included."),
    BORN("mail.suspended", METRIC_COUNT, MAIL, "Deliveries put off without an attempt."),
    BORN("mail.delay_notices", METRIC_COUNT, MAIL, "Notices to senders that a message is delayed."),
    SPREAD("mail.delay", MAIL, "the time from a sender's first offer to delivery; unfinished mail counts at its age"),
    SPREAD("mail.transport_delay", MAIL, "the time from acceptance to delivery; unfinished mail counts at its age"),
    GAUGE("mail.oldest", METRIC_SECONDS, MAIL, "Age of the oldest unfinished message now; after the run, at its end."),
    BORN("mail.oldest.max", METRIC_SECONDS, MAIL, "Greatest age that an unfinished message had, at any moment of the window."),
    GAUGE("mail.backlog", METRIC_COUNT, MAIL, "Messages accepted and unfinished now; after the run, in its last sample."),
    BORN("mail.backlog.mean", METRIC_COUNT, MAIL, "Messages accepted and unfinished, on average over the window."),
    BORN("mail.backlog.max", METRIC_COUNT, MAIL, "Most messages accepted and unfinished at once; of a group, in one sample."),

    GAUGE("sessions.connected", METRIC_COUNT, CALLER, "Sessions that are connected now; after the run, in its last sample."),
    BORN("sessions.connected.min", METRIC_COUNT, CALLER,
         "Fewest sessions that were connected at once; of a group or of several partitions, in one sample."),
    BORN("sessions.lost", METRIC_COUNT, CALLER, "Connections that sessions lost, counted when they noticed."),
    BORN("sessions.reconnected", METRIC_COUNT, CALLER, "Connections that sessions lost in the window, and had again by the end."),
    BORN("sessions.given_up", METRIC_COUNT, CALLER, "Times that a session gave up trying to connect."),
    BORN("sessions.attempts", METRIC_COUNT, CALLER, "Tries of sessions to connect again."),
    BORN("sessions.refused", METRIC_COUNT, CALLER, "Tries of sessions to connect that were refused."),
    BORN("sessions.timed_out", METRIC_COUNT, CALLER, "Tries of sessions to connect that had no answer in time."),
    BORN("sessions.refreshes", METRIC_COUNT, CALLER, "Refreshes of registrations, failed ones included."),
    BORN("sessions.reconnect.peak_rate", METRIC_PER_SECOND, "population strategy",
         "Most tries to connect in one second of the clock; of several populations, in the worst of them."),
    SPREAD("sessions.time_to_reconnect", CALLER,
           "the time from the loss of a connection to the next one; sessions still without one count at their age"),
    BORN("connections.mean", METRIC_COUNT, SERVICE, "Connections that sessions hold, on average over the window."),
    BORN("connections.max", METRIC_COUNT, SERVICE,
         "Most connections that sessions held at once; of several partitions, in the worst of them."),
    BORN("syn.retransmitted", METRIC_COUNT, SERVICE, "SYNs that callers' kernels sent again, because an accept queue was full."),
    GAUGE("dependents.up", METRIC_COUNT, CALLER, "Dependents that are up now; after the run, in its last sample."),
    BORN("dependents.failed", METRIC_COUNT, CALLER, "Times that a dependent went down in the window."),
    BORN("dependents.recovered", METRIC_COUNT, CALLER, "Of these, those after which it was up again by the end of the run."),
    BORN("dependents.down", METRIC_COUNT, CALLER, "Of these, those after which it was not: dependents still down, or recovering."),
    BORN("dependents.down.max", METRIC_COUNT, CALLER,
         "Most dependents that were not up at once; of several partitions, in the worst of them; of a group or region, in one "
         "sample."),
    SPREAD("dependents.time_to_recover", CALLER,
           "the time from going down to being up again; what is still down at the end counts at its age"),

    WHOLE_RUN(
        "time_to.detect", METRIC_SECONDS, "strategy",
        "From the begin of the first fault until somebody at the status page knows of something, by its monitor or by reports; "
        "infinite when nobody does."),
    WHOLE_RUN(
        "time_to.mitigate", METRIC_SECONDS, SCOPE,
        "From the begin of the first trigger until at most half of what was wrong at the worst remained, for good; 0 when it "
        "was always healthy, infinite when that is not so by the end. What is wrong in an interval of health: the goodput that is "
        "missing and the mail that is lost over what health allows, and the age of the oldest mail over its limit; or, if more, "
        "the time that sessions and dependents miss over what health allows."),
    WHOLE_RUN("time_to.recover", METRIC_SECONDS, SCOPE,
              "From the end of the last trigger to lasting health, that is to the last failure before it: 0 when it was healthy by "
              "then, infinite when it is not at the end."),
    WHOLE_RUN("outage.duration", METRIC_SECONDS, SCOPE,
              "From the first to the last unhealthy moment; 0 when it was always healthy."),
    WHOLE_RUN("backlog.drain", METRIC_SECONDS, MAIL,
              "From the end of the last trigger until the backlog is back where it was before the first fault, give or take a "
              "twentieth of "
              "the rise; infinite when it is not by the end."),
    WHOLE_RUN("users.affected", METRIC_COUNT, SCOPE, "Users of partitions that were unhealthy at any time."),
    WHOLE_RUN("blast_radius", METRIC_RATIO, "strategy", "Share of all users whose partition was unhealthy at any time."),
    WHOLE_RUN("user_minutes.lost", METRIC_MINUTES, PEOPLE,
              "Minutes lost, times the users who lost them, by the meter of the SLA (access when none is named)."),
    WHOLE_RUN("sla.uptime", METRIC_RATIO, PEOPLE,
              "Uptime by the SLA of the worst partition, by its meter (access when none is named)."),
    WHOLE_RUN("sla.credit", METRIC_RATIO, PEOPLE,
              "Share of the fee credited to the worst partition, by the meter of the SLA (access when none is named)."),
    WHOLE_RUN(
        "status.first_notice", METRIC_SECONDS, "strategy",
        "From the first affected user to the first post, on the page or by the other channel; 0 when nobody was affected, infinite "
        "when there was no post."),
    WHOLE_RUN(
        "status.share_told", METRIC_RATIO, "strategy",
        "Of all users who were affected at any time (of each partition, in its worst minute), the share that was shown a post "
        "while it was."),
    WHOLE_RUN(
        "status.wrong_green", METRIC_SECONDS, "strategy",
        "How long an affected user saw a page that says all is well, on average over all who were affected at any time; 0 when "
        "nobody was."),
    WHOLE_RUN("status.staleness", METRIC_SECONDS, "strategy",
              "Greatest age of the last post, in any minute in which somebody was affected."),
    WHOLE_RUN("status.posts", METRIC_COUNT, "strategy", "Posts, of both channels."),
    GAUGE("tickets", METRIC_COUNT, "strategy", "Tickets that affected users have written so far; after the run, in all."),
    WHOLE_RUN("tickets_per_user", METRIC_COUNT, "strategy", "Tickets for each user who was affected at any time."),
    WHOLE_RUN("fault.touched", METRIC_COUNT, "fault strategy",
              "Requests and deliveries that a fault touched; of all faults together."),
    WHOLE_RUN("links.crossed", METRIC_COUNT, "link strategy", "Packets that crossed a link, requests and answers."),
    WHOLE_RUN("links.lost", METRIC_COUNT, "link strategy",
              "Packets that a link lost in silence, requests and answers: to a cut, by chance, or in a full line."),
    WHOLE_RUN("rollout.exposed", METRIC_COUNT, CHANGE, "Replicas that a rollout changed, whether it was taken back or not."),
    WHOLE_RUN("rollout.broken", METRIC_COUNT, CHANGE, "Replicas that the flaw of a rollout broke, at any time."),
    WHOLE_RUN("rollout.rings", METRIC_COUNT, CHANGE, "Rings of a rollout whose change began."),
    WHOLE_RUN("rollout.time_to_roll_back", METRIC_SECONDS, CHANGE,
              "From the begin of a rollout until it was taken back everywhere; infinite when it was not."),
    WHOLE_RUN(
        "rollout.time_to_mend", METRIC_SECONDS, CHANGE,
        "From when a rollout was taken back everywhere until the last replica that it broke was mended; 0 when none was broken "
        "then, infinite when one is at the end, or the rollout was not taken back."),
    GAUGE("replicas.broken", METRIC_COUNT, "service strategy",
          "Replicas that a flaw has broken and no restart has mended; after the run, in its last sample."),
    WHOLE_RUN("replicas.restarted", METRIC_COUNT, "service strategy", "Restarts of replicas that operators began."),
    WHOLE_RUN("verdict", METRIC_WORD, SCOPE,
              "stable, recovered, degraded, recovering or metastable; without a label the worst of all partitions, of a region "
              "the worst of its own, of a group all its partitions together."),
};

const size_t metric_names_count = sizeof(metric_names) / sizeof(metric_names[0]);
