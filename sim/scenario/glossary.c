/* glossary - the terms of the field, one sentence each
 *
 * A term occurs where its letters stand as words of their own, in upper or lower case, with or without an s; keys of the language
 * count (back_pressure is back pressure).
 */
#include "scenario/glossary.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static const struct {
    const char *term, *definition;
} terms[] = {
    {"accept queue", "connections that the kernel has taken for a server, and that the server has not; it keeps those of callers who "
                     "have left"},
    {"active queue", "the messages that a transport is at work on; others wait outside until there is room"},
    {"amplification", "attempts for each request: how much load retries add"},
    {"availability", "the share of finished requests that succeeded"},
    {"back pressure", "a transport that has too much mail refuses more (4xx), so that senders keep it and come again"},
    {"backlog", "work accepted and unfinished"},
    {"backoff", "the wait between attempts, which may grow from one to the next"},
    {"baseline", "the scenario as it stands, without any strategy"},
    {"bake", "to watch what was changed for a while before more is"},
    {"breaker", "stops calling what keeps failing, and probes now and then whether it is back"},
    {"bulkhead", "a limit for each compartment, so that one that hangs holds no more than its share of the caller's workers"},
    {"cache", "answers kept at the caller, so that what has been asked before need not be asked again"},
    {"cadence", "the time between posts on a status page"},
    {"crash", "a server that is gone: its queue and work are lost, and callers are refused at once"},
    {"cv2", "squared coefficient of variation, variance / mean^2: 0 is constant, 1 exponential, more is bursty"},
    {"deadline", "how long all attempts and the waits between them may take together"},
    {"degraded", "a verdict: unhealthy at the end, with a fault still on or gone for too short a time to judge"},
    {"delay notice", "a message to a sender that his mail is not delivered yet"},
    {"dependent",
     "a thing that cannot do without a service, such as a virtual machine: it goes down with it, and comes back in its own time"},
    {"ejection", "a replica that failed its callers several times in a row is left alone for a while"},
    {"flap", "a fault that comes and goes"},
    {"flaw",
     "what makes a small failure a large one: a pool that one silent partition can take whole, because those who wait for it "
     "hold workers that others need; or what is wrong with a change, and breaks the replicas that have it"},
    {"gate", "a condition that must hold while a change moves on; when it does not, the change stops"},
    {"goodput", "requests that succeeded, a second"},
    {"green", "what a status page shows when it says that all is well, whether or not it is"},
    {"hang", "a server that is silent: it neither serves nor refuses, so that callers wait out their time-out"},
    {"health check", "probes by which failed replicas are found and left out"},
    {"isolate", "give some partitions workers of their own, so that others no longer wait behind them"},
    {"hit ratio", "the share of looks into a cache that find something fresh"},
    {"jitter", "chance in a wait, so that those who failed together do not come back together"},
    {"lane", "a queue of mail with workers of its own"},
    {"latency", "the time from the birth of a request to its end, waiting included"},
    {"link", "the way between callers and a service: it takes time, loses packets, carries so many a second"},
    {"lossy", "a link that loses a share of its packets in silence"},
    {"metastable", "a verdict: the fault is long gone, and the system stays down by itself"},
    {"NDR", "non-delivery report: a message goes back to its sender as undeliverable"},
    {"partition", "a part of the directory that holds some tenants and their users, and fails by itself"},
    {"patience", "how long a caller waits for one attempt, drawn anew each time"},
    {"profile", "how a rate changes over time; level 1 is the rate as written"},
    {"recovered", "a verdict: unhealthy for a time, then healthy to the end"},
    {"recovering", "a verdict: not healthy yet, but the gap shrinks"},
    {"region", "a part of the world, such as a data centre: some of the partitions, and replicas that serve them"},
    {"replica", "one of several servers that do the same"},
    {"reroute", "send some of the users of some replicas to others"},
    {"retry", "another attempt at a request that failed"},
    {"Retry-After", "a refusal that says how long to stay away"},
    {"restart", "a replica loses its queue and its work, is gone for a while, and comes back clean"},
    {"retry", "another attempt at a request that failed"},
    {"ring", "replicas that are changed together, before others are"},
    {"rollback", "a change is taken back: no more replicas break, but what is broken stays so where the flaw is sticky"},
    {"rollout", "a change that moves through the replicas of a service, ring by ring"},
    {"SLA", "service level agreement: a promise of uptime, and what is credited when it is broken"},
    {"slow", "a server whose work takes longer than usual"},
    {"spared", "users in partitions that no fault hits"},
    {"stable", "a verdict: never unhealthy"},
    {"sticky", "of what a change broke: it stays broken when the change is taken back, until a restart"},
    {"struck", "users in partitions that a fault hits"},
    {"surge", "requests out of nowhere, which nobody would miss"},
    {"SYN", "the packet that opens a connection; a kernel whose SYN gets no answer sends it again after a while"},
    {"targeting", "which of the affected users a post is shown to"},
    {"tenant", "an organisation that is a customer; its users live in one partition"},
    {"ticket", "a complaint of an affected user to support; most write less when they are told what is wrong"},
    {"time-out", "how long a caller waits for one attempt; whoever gives up does not stop the work he asked for"},
    {"triage", "finding out what is wrong, and what can be said about it"},
    {"utilization", "the share of workers that are busy"},
    {"verdict", "one word for how a partition fared: stable, recovered, recovering, degraded or metastable"},
    {"window", "deliveries at once to one destination, adapted to success and failure"},
    {"worker", "what serves one request at a time, and is held while it waits for others"},
};

static bool is_letter(char c)
{
    return isalnum((unsigned char)c) || c == '-';
}

/* Does `term` stand at `at`? A blank of the term stands for _ as well. */
static bool stands(const char *at, const char *term)
{
    for (; *term; at++, term++)
        if (tolower((unsigned char)*at) != tolower((unsigned char)*term) && !(*term == ' ' && *at == '_'))
            return false;
    return !is_letter(at[0]) || ((at[0] == 's' || at[0] == 'S') && !is_letter(at[1]));
}

static bool occurs(const char *text, const char *term)
{
    for (const char *at = text; *at; at++)
        if ((at == text || !is_letter(at[-1])) && stands(at, term))
            return true;
    return false;
}

void glossary_print(const struct words *w, const char *text)
{
    bool any = false;

    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        if (!occurs(text, terms[i].term))
            continue;
        if (!any)
            words_heading(w, "TERMS");
        any = true;
        words_line(w, 2, "%s: %s.", terms[i].term, terms[i].definition);
    }
}
