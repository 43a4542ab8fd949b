/* health - the verdict of a run on each partition, on the struck and the spared, and on the whole
 *
 * A scope is healthy in an interval when what was born in it succeeded nearly as often as in the fault-free twin (requests, and
 * mail that was not lost), when its sessions and dependents were connected (up) for nearly as long, and when its oldest unfinished
 * mail is young enough. The same births in both runs: a difference is the fault's, or the strategy's. Requests still in flight at
 * the end of the run are neither good nor bad: where they decide, one of the last intervals is taken to be as the one before, so
 * that a hung service does not look cured in its last seconds; an earlier one is unhealthy if the twin had finished.
 *
 * Intervals are of birth, but failures end later: a scope is well again when the last failure of its last unhealthy interval has
 * been given up, not when that interval was over. For one retry with a time-out of 1 s the two are 2 s apart. Who is connected is
 * known at once: there it is the interval that was over.
 *
 *     stable      never unhealthy
 *     recovered   unhealthy, then healthy to the end
 *     degraded    unhealthy at the end; a trigger is still on, or has been gone for less than the ideal drain time
 *     recovering  gone for longer, and the gap to the twin shrank by a tenth or more over the last quarter of that time
 *     metastable  gone for longer, and it did not
 *
 * The gap is that of what is worst: of goodput and mail together, or of presence. Where the one gets better and the other does not,
 * nothing is won.
 *
 * The ideal drain time is in drain.h: of requests and mail by the length of the trigger, of sessions and dependents by their
 * number. What is unhealthy at the end counts.
 */
#include "result/health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result/drain.h"
#include "result/scope.h"
#include "result/select.h"
#include "result/trigger.h"
#include "stormcell/must.h"
#include "stormcell/result.h"

/* More changes of health than these are told as one line. */
enum { CHANGES_MAX = 12 };

/* Intervals at the end of a run whose requests may well be in flight. */
enum { RECENT = 2 };

struct rule {
    double goodput_ratio;
    int64_t oldest_ns, interval_ns, run_ns;
    double utilization; /* of the twin; below 0: unknown */
    const Stormcell__Scenario *sc;
    double lost; /* the greatest share of all sessions and dependents that was lost at once */
};

/* When triggers were on. `on`: one never ended. */
struct trigger {
    bool any, on;
    int64_t from_ns, end_ns;
};

/* One scope under judgement. */
struct patient {
    const struct rule *rule;
    const struct scope *own, *twin;
    struct trigger trigger;
    bool *unhealthy;
};

/* ---------------------------------------------------------------- triggers */

/* The partition that a target names: directory[17].replica[0] names 17, service.replica[3] none (-1). */
static long target_partition(const char *target)
{
    const char *bracket = strchr(target, '[');
    const char *replica = ".replica";
    size_t length = strlen(replica);

    if (!bracket || ((size_t)(bracket - target) >= length && strncmp(bracket - length, replica, length) == 0))
        return -1;
    return strtol(bracket + 1, NULL, 10);
}

/* Does the target lie in the partition's region, or in none by name? edge@europe names one. */
static bool in_region(const Stormcell__Result *r, const char *target, long partition)
{
    const char *at = strchr(target, '@'), *name;

    if (!at || partition < 0 || !r->n_regions)
        return true;
    name = r->regions[select_region_of(r, (size_t)partition)];
    return strncmp(at + 1, name, strlen(name)) == 0 && (!at[1 + strlen(name)] || at[1 + strlen(name)] == '.');
}

/* Does it strike the partition? What names no partition strikes all. */
static bool strikes(const Stormcell__Result *r, const struct trigger_span *t, long partition)
{
    long target = t->fault ? target_partition(select_text(t->fault->target)) : -1;

    if (t->fault)
        return (target < 0 || target == partition) && in_region(r, select_text(t->fault->target), partition);
    for (size_t i = 0; i < t->rollout->n_partitions; i++)
        if (t->rollout->partitions[i] == (uint32_t)partition)
            return true;
    return false;
}

/* The triggers that strike a partition; `partition` below 0: all of them. */
static struct trigger find_trigger(const Stormcell__Result *r, long partition)
{
    struct trigger t = {.from_ns = INT64_MAX};
    struct trigger_span span;

    for (size_t index = 0; trigger_next(r, &index, &span);) {
        if (partition >= 0 && !strikes(r, &span, partition))
            continue;
        t.any = true;
        t.from_ns = span.from_ns < t.from_ns ? span.from_ns : t.from_ns;
        if (!span.ends)
            t.on = true;
        else if (span.to_ns > t.end_ns)
            t.end_ns = span.to_ns;
    }
    return t;
}

/* A spared partition suffers from what happens elsewhere: all of it is its trigger. */
static struct trigger trigger_of_partition(const Stormcell__Result *r, long partition)
{
    struct trigger t = find_trigger(r, partition);

    return t.any ? t : find_trigger(r, -1);
}

/* The busiest service of a run, on average; below 0 when none is known. */
static double busiest(const Stormcell__Result *r)
{
    double most = -1;
    struct arena *arena = arena_create();

    for (size_t i = 0; i < r->n_entities && r->run_ns > 0; i++) {
        const Stormcell__Entity *e = r->entities[i];
        size_t rows = r->n_partitions + r->n_regions + 1;
        double *busy_ns = arena_take(arena, rows * sizeof(*busy_ns));

        if (e->kind != STORMCELL__ENTITY_KIND__ENTITY_SERVICE || !e->workers)
            continue;
        for (size_t k = 0; k < r->n_levels; k++) {
            const Stormcell__Level *l = r->levels[k];

            if (l->entity == i && l->kind == LEVEL_BUSY)
                busy_ns[l->has_partition ? 1 + l->partition
                        : l->has_region  ? 1 + r->n_partitions + l->region
                                         : 0] += l->mean * (double)select_epoch_ns(r->epochs[l->epoch]);
        }
        for (size_t p = 0; p < rows; p++) {
            double sets = p > 0 ? 1 : e->per_partition ? (double)r->n_partitions : e->per_region ? (double)r->n_regions : 1;
            double u = busy_ns[p] / (double)r->run_ns / ((double)e->workers * sets);

            most = u > most ? u : most;
        }
    }
    arena_free(arena);
    return most;
}

/* ---------------------------------------------------------------- one interval */

static uint64_t known_good(const struct scope *s, size_t i)
{
    return s->good[i] - (s->in_flight[i] < s->good[i] ? s->in_flight[i] : s->good[i]);
}

static uint64_t mail_kept(const struct scope *s, size_t i)
{
    return s->mail_offered[i] - (s->mail_lost[i] < s->mail_offered[i] ? s->mail_lost[i] : s->mail_offered[i]);
}

static bool reaches(uint64_t good, uint64_t twin_good, double ratio)
{
    return (double)good >= ratio * (double)twin_good;
}

/* Is the trigger on at any time of the interval? */
static bool triggered(const struct patient *x, size_t i)
{
    int64_t from_ns = (int64_t)i * x->rule->interval_ns, to_ns = from_ns + x->rule->interval_ns;

    return x->trigger.any && x->trigger.from_ns < to_ns && (x->trigger.on || x->trigger.end_ns > from_ns);
}

/* Are its requests unhealthy? Nobody asked: as before while the trigger is on, for silence is no cure. Requests still in flight
 * would decide: long ago, what the twin finished should be finished here, too; in the last intervals, as before. */
static bool requests_unhealthy(const struct patient *x, size_t i, bool before)
{
    double ratio = x->rule->goodput_ratio;

    if (!x->twin->offered[i])
        return before && triggered(x, i);
    if (reaches(known_good(x->own, i), x->twin->good[i], ratio))
        return false;
    if (!reaches(x->own->good[i], x->twin->good[i], ratio))
        return true;
    return i + RECENT < x->own->intervals ? !reaches(known_good(x->own, i), known_good(x->twin, i), ratio) : before;
}

static bool mail_unhealthy(const struct patient *x, size_t i)
{
    if (x->twin->mail_offered[i] && !reaches(mail_kept(x->own, i), mail_kept(x->twin, i), x->rule->goodput_ratio))
        return true;
    return (x->own->mail || x->twin->mail) && x->own->oldest_ns[i] >= x->rule->oldest_ns;
}

static bool presence_unhealthy(const struct patient *x, size_t i)
{
    return x->own->connected_s[i] < x->rule->goodput_ratio * x->twin->connected_s[i];
}

static double share_of_twin(uint64_t good, uint64_t twin_good)
{
    return !twin_good || good >= twin_good ? 1 : (double)good / (double)twin_good;
}

static double connected_share(const struct patient *x, size_t i)
{
    return x->own->connected_s[i] < x->twin->connected_s[i] ? x->own->connected_s[i] / x->twin->connected_s[i] : 1;
}

/* How far from health: the parts of the goodput and the age of mail are each measured by what is allowed, so that they can be
 * added, and compared with presence. */
static double gap(const struct patient *x, size_t i)
{
    double allowed = 1 - x->rule->goodput_ratio;
    double missing = 1 - share_of_twin(known_good(x->own, i), x->twin->good[i]);
    double lost = 1 - share_of_twin(mail_kept(x->own, i), mail_kept(x->twin, i)), absent = 1 - connected_share(x, i), work;

    allowed = allowed < 0.001 ? 0.001 : allowed;
    work = (missing + lost) / allowed + (double)x->own->oldest_ns[i] / (double)x->rule->oldest_ns;
    return absent / allowed > work ? absent / allowed : work;
}

static double mean_gap(const struct patient *x, size_t from, size_t to)
{
    double total = 0;

    for (size_t i = from; i < to; i++)
        total += gap(x, i);
    return total / (double)(to - from);
}

/* Did the gap shrink by a tenth or more over the last quarter of the time since the trigger ended? Its ends are means over a
 * tenth of the quarter, because single intervals are noisy. *known is false when the quarter has less than two intervals. */
static bool gap_shrank(const struct patient *x, bool *known)
{
    int64_t since_ns = x->rule->run_ns - x->trigger.end_ns;
    size_t from = (size_t)((x->trigger.end_ns + since_ns / 4 * 3) / x->rule->interval_ns), to = x->own->intervals;
    size_t width = to > from ? (to - from) / 10 + 1 : 0;

    *known = to >= from + 2;
    if (!*known)
        return false;
    return mean_gap(x, to - width, to) <= 0.9 * mean_gap(x, from, from + width);
}

/* ---------------------------------------------------------------- one scope */

/* What was unhealthy at the end. */
struct sickness {
    bool work, presence;
};

/* The greatest share that was lost in any interval. */
static double greatest_absence(const struct scope *s)
{
    double most = 0;

    for (size_t i = 0; i < s->intervals; i++)
        most = scope_absent(s, i) > most ? scope_absent(s, i) : most;
    return most;
}

static double ideal_drain_ns(const struct patient *x, const struct sickness *at_end)
{
    double backlog_ns = drain_backlog_ns((double)(x->trigger.end_ns - x->trigger.from_ns), x->rule->utilization);
    struct drain_loss loss = {.whole = x->rule->lost, .scope = greatest_absence(x->own)};
    double presence_ns = at_end->presence ? drain_presence_ns(x->rule->sc, &loss, x->rule->utilization) : 0;

    if (presence_ns < 0 || (at_end->work && presence_ns < backlog_ns))
        return backlog_ns;
    return presence_ns;
}

static const char *choose_word(const struct patient *x, bool ever, const struct sickness *at_end)
{
    bool known, shrank;

    if (!ever)
        return "stable";
    if (!at_end->work && !at_end->presence)
        return "recovered";
    if (!x->trigger.any || x->trigger.on || (double)(x->rule->run_ns - x->trigger.end_ns) < ideal_drain_ns(x, at_end))
        return "degraded";
    shrank = gap_shrank(x, &known);
    return !known ? "degraded" : shrank ? "recovering" : "metastable";
}

/* The end of what went wrong in interval i: that of its last failure, where failed requests made it unhealthy and this is known. */
static int64_t end_of_interval_ns(const struct patient *x, size_t i)
{
    int64_t end_ns = (int64_t)(i + 1) * x->rule->interval_ns;
    bool failures_decide = x->own->last_failure_ns[i] && !mail_unhealthy(x, i) && !presence_unhealthy(x, i) &&
                           !reaches(x->own->good[i], x->twin->good[i], x->rule->goodput_ratio);

    return failures_decide ? x->own->last_failure_ns[i] : end_ns;
}

static void note_times(Stormcell__Verdict *v, const struct patient *x, size_t first, size_t last)
{
    int64_t to_ns = last + 1 < x->own->intervals ? end_of_interval_ns(x, last) : x->rule->run_ns;

    v->has_unhealthy_from_ns = v->has_unhealthy_to_ns = true;
    v->unhealthy_from_ns = (int64_t)first * x->rule->interval_ns;
    v->unhealthy_to_ns = to_ns < x->rule->run_ns ? to_ns : x->rule->run_ns;
    if (strcmp(v->word, "recovered") != 0 || !v->has_trigger_end_ns)
        return;
    v->has_recovery_ns = true;
    v->recovery_ns = v->unhealthy_to_ns > v->trigger_end_ns ? v->unhealthy_to_ns - v->trigger_end_ns : 0;
}

static void note_worst(Stormcell__Verdict *v, const struct patient *x)
{
    double worst = 1, connected = 1;

    for (size_t i = 0; i < x->own->intervals; i++) {
        double requests = share_of_twin(x->own->good[i], x->twin->good[i]);
        double mail = share_of_twin(mail_kept(x->own, i), mail_kept(x->twin, i));

        worst = requests < worst ? requests : worst;
        worst = mail < worst ? mail : worst;
        connected = connected_share(x, i) < connected ? connected_share(x, i) : connected;
        if (x->own->oldest_ns[i] > v->worst_oldest_mail_ns)
            v->worst_oldest_mail_ns = x->own->oldest_ns[i];
    }
    v->has_worst_goodput_ratio = true;
    v->worst_goodput_ratio = worst;
    v->has_worst_oldest_mail_ns = x->own->mail;
    v->has_worst_connected_ratio = x->own->presence;
    v->worst_connected_ratio = x->own->presence ? connected : 0;
}

/* From when on at most half of the worst gap remained, for good. A single interval is noise beside its own partition's worst. */
static void note_mitigation(Stormcell__Verdict *v, const struct patient *x)
{
    int64_t begin_ns = x->trigger.any ? x->trigger.from_ns : v->unhealthy_from_ns, end_ns;
    double worst = 0;
    size_t over = 0;

    for (size_t i = 0; i < x->own->intervals; i++)
        worst = gap(x, i) > worst ? gap(x, i) : worst;
    for (size_t i = 0; i < x->own->intervals; i++)
        if (gap(x, i) > worst / 2)
            over = i + 1;
    if (over == x->own->intervals)
        return;
    end_ns = (int64_t)over * x->rule->interval_ns;
    v->has_mitigation_ns = true;
    v->mitigation_ns = end_ns > begin_ns ? end_ns - begin_ns : 0;
}

/* Judges a scope; fills x->unhealthy. */
static Stormcell__Verdict *judge_scope(struct patient *x, const char *name)
{
    Stormcell__Verdict *v = xmalloc(sizeof(*v));
    size_t first = x->own->intervals, last = 0;
    bool requests = false, before = false;
    struct sickness sick = {0};

    stormcell__verdict__init(v);
    for (size_t i = 0; i < x->own->intervals; i++) {
        requests = requests_unhealthy(x, i, requests);
        sick = (struct sickness){.work = requests || mail_unhealthy(x, i), .presence = presence_unhealthy(x, i)};
        before = x->unhealthy[i] = sick.work || sick.presence;
        if (before && first == x->own->intervals)
            first = i;
        last = before ? i : last;
    }
    v->scope = xstrdup(name);
    v->word = xstrdup(choose_word(x, first < x->own->intervals, &sick));
    if (x->trigger.any && !x->trigger.on) {
        v->has_trigger_end_ns = true;
        v->trigger_end_ns = x->trigger.end_ns;
    }
    if (first < x->own->intervals) {
        note_times(v, x, first, last);
        note_mitigation(v, x);
    }
    note_worst(v, x);
    return v;
}

/* ---------------------------------------------------------------- the whole */

int health_badness(const char *word)
{
    static const char *const words[] = {"stable", "recovered", "recovering", "degraded", "metastable"};

    for (int i = 0; word && i < 5; i++)
        if (strcmp(word, words[i]) == 0)
            return i;
    return -1;
}

/* It is mitigated when all are that were not stable. */
static void join_mitigation(Stormcell__Verdict *whole, const Stormcell__Verdict *v)
{
    if (!v->has_unhealthy_from_ns)
        return;
    if (!whole->has_unhealthy_from_ns)
        whole->has_mitigation_ns = true;
    whole->has_mitigation_ns &= v->has_mitigation_ns;
    if (v->mitigation_ns > whole->mitigation_ns)
        whole->mitigation_ns = v->mitigation_ns;
}

/* The whole, or a region, is as bad as its worst partition, and unhealthy as long as any was. */
static void join_partition(Stormcell__Verdict *whole, const Stormcell__Verdict *v)
{
    if (health_badness(v->word) > health_badness(whole->word)) {
        free(whole->word);
        whole->word = xstrdup(v->word);
    }
    join_mitigation(whole, v);
    if (v->has_unhealthy_from_ns) {
        if (!whole->has_unhealthy_from_ns || v->unhealthy_from_ns < whole->unhealthy_from_ns)
            whole->unhealthy_from_ns = v->unhealthy_from_ns;
        if (!whole->has_unhealthy_to_ns || v->unhealthy_to_ns > whole->unhealthy_to_ns)
            whole->unhealthy_to_ns = v->unhealthy_to_ns;
        whole->has_unhealthy_from_ns = whole->has_unhealthy_to_ns = true;
    }
    if (v->has_recovery_ns && (!whole->has_recovery_ns || v->recovery_ns > whole->recovery_ns))
        whole->recovery_ns = v->recovery_ns;
    whole->has_recovery_ns |= v->has_recovery_ns;
    if (v->worst_goodput_ratio < whole->worst_goodput_ratio)
        whole->worst_goodput_ratio = v->worst_goodput_ratio;
    if (v->worst_oldest_mail_ns > whole->worst_oldest_mail_ns)
        whole->worst_oldest_mail_ns = v->worst_oldest_mail_ns;
    whole->has_worst_oldest_mail_ns |= v->has_worst_oldest_mail_ns;
    if (v->has_worst_connected_ratio &&
        (!whole->has_worst_connected_ratio || v->worst_connected_ratio < whole->worst_connected_ratio))
        whole->worst_connected_ratio = v->worst_connected_ratio;
    whole->has_worst_connected_ratio |= v->has_worst_connected_ratio;
}

static Stormcell__Verdict *empty_whole(const Stormcell__Result *r, const char *scope)
{
    Stormcell__Verdict *v = xmalloc(sizeof(*v));
    struct trigger t = find_trigger(r, -1);

    stormcell__verdict__init(v);
    v->scope = xstrdup(scope);
    v->word = xstrdup("stable");
    v->has_trigger_end_ns = t.any && !t.on;
    v->trigger_end_ns = v->has_trigger_end_ns ? t.end_ns : 0;
    v->has_worst_goodput_ratio = true;
    v->worst_goodput_ratio = 1;
    return v;
}

/* ---------------------------------------------------------------- time line */

static void add_entry(Stormcell__Result *r, int64_t at_ns, const char *subject, char *text)
{
    Stormcell__TimelineEntry *e = xmalloc(sizeof(*e));

    stormcell__timeline_entry__init(e);
    e->has_at_ns = true;
    e->at_ns = at_ns;
    e->kind = xstrdup("verdict");
    e->subject = xstrdup(subject);
    e->text = text;
    r->timeline = xrealloc(r->timeline, r->n_timeline + 1, sizeof(Stormcell__TimelineEntry *));
    r->timeline[r->n_timeline++] = e;
}

/* Cut, not rounded: what missed 95 % must not be said to have reached it. */
static int percent_reached(double share)
{
    return (int)(100 * share);
}

static char *describe(const Stormcell__Result *r, const struct patient *x, size_t i)
{
    char age[64];

    if (x->own->mail && x->own->oldest_ns[i] >= x->rule->oldest_ns)
        return xasprintf("unhealthy: the oldest mail is %s old",
                         metric_format(METRIC_SECONDS, (double)x->own->oldest_ns[i] / 1e9, age));
    if (mail_unhealthy(x, i))
        return xasprintf("unhealthy: %d %% of its mail is not lost",
                         percent_reached(share_of_twin(mail_kept(x->own, i), mail_kept(x->twin, i))));
    if (presence_unhealthy(x, i) && connected_share(x, i) <= share_of_twin(known_good(x->own, i), x->twin->good[i]))
        return xasprintf("unhealthy: %d %% of %s", percent_reached(connected_share(x, i)), scope_presence_words(r));
    return xasprintf("unhealthy: %d %% of the goodput without faults",
                     percent_reached(share_of_twin(known_good(x->own, i), x->twin->good[i])));
}

static void tell_changes(Stormcell__Result *r, const struct patient *x, const char *subject)
{
    size_t changes = 0, told = 0;

    for (size_t i = 0; i < x->own->intervals; i++)
        changes += x->unhealthy[i] != (i > 0 && x->unhealthy[i - 1]);
    for (size_t i = 0; i < x->own->intervals; i++) {
        int64_t at_ns = (int64_t)i * x->rule->interval_ns;

        if (x->unhealthy[i] == (i > 0 && x->unhealthy[i - 1]))
            continue;
        told++;
        if (told == changes && !x->unhealthy[i])
            at_ns = end_of_interval_ns(x, i - 1);
        if (changes > CHANGES_MAX && told > 2 && told < changes)
            continue;
        if (changes > CHANGES_MAX && told == 2)
            add_entry(r, at_ns, subject, xasprintf("healthy and unhealthy by turns from here, %zu changes", changes - 2));
        else
            add_entry(r, at_ns, subject, x->unhealthy[i] ? describe(r, x, i) : xstrdup("healthy again"));
    }
}

/* Entries keep their order within one moment: insertion sort, and the entries are nearly sorted. */
static void sort_timeline(Stormcell__Result *r)
{
    for (size_t i = 1; i < r->n_timeline; i++) {
        Stormcell__TimelineEntry *e = r->timeline[i];
        size_t k = i;

        for (; k > 0 && r->timeline[k - 1]->at_ns > e->at_ns; k--)
            r->timeline[k] = r->timeline[k - 1];
        r->timeline[k] = e;
    }
}

/* ---------------------------------------------------------------- the run */

/* Judging again replaces what was judged before. */
static void forget(Stormcell__Result *r)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->n_verdicts; i++)
        stormcell__verdict__free_unpacked(r->verdicts[i], NULL);
    free(r->verdicts);
    r->verdicts = NULL;
    r->n_verdicts = 0;
    for (size_t i = 0; i < r->n_timeline; i++) {
        if (strcmp(select_text(r->timeline[i]->kind), "verdict") == 0)
            stormcell__timeline_entry__free_unpacked(r->timeline[i], NULL);
        else
            r->timeline[kept++] = r->timeline[i];
    }
    r->n_timeline = kept;
}

/* Cohorts by partition; NULL where there are none. */
static const Stormcell__Cohorts **index_cohorts(const Stormcell__Result *r, size_t partitions)
{
    const Stormcell__Cohorts **index = xcalloc(partitions + 1, sizeof(*index));

    for (size_t i = 0; i < r->n_cohorts; i++)
        if (r->cohorts[i]->partition < partitions)
            index[r->cohorts[i]->partition] = r->cohorts[i];
    return index;
}

enum { GROUP_STRUCK, GROUP_SPARED, GROUPS };

/* Everything that judging one run needs. */
struct ward {
    Stormcell__Result *r;
    struct rule rule;
    const Stormcell__Cohorts **own, **twin;
    struct scope own_sum, twin_sum;
    struct scope own_groups[GROUPS], twin_groups[GROUPS];
    size_t members[GROUPS];
    bool *unhealthy;
    Stormcell__Verdict *whole, **regions;
};

static void add_verdict(Stormcell__Result *r, Stormcell__Verdict *v)
{
    r->verdicts[r->n_verdicts++] = v;
}

static void judge_partition(struct ward *w, size_t p)
{
    struct patient x = {&w->rule, &w->own_sum, &w->twin_sum, trigger_of_partition(w->r, (long)p), w->unhealthy};
    int group = w->r->partitions[p]->struck ? GROUP_STRUCK : GROUP_SPARED;
    char name[24];

    scope_clear(&w->own_sum);
    scope_clear(&w->twin_sum);
    if (w->own[p]) {
        scope_add(&w->own_sum, w->own[p]);
        scope_add(&w->own_groups[group], w->own[p]);
    }
    if (w->twin[p]) {
        scope_add(&w->twin_sum, w->twin[p]);
        scope_add(&w->twin_groups[group], w->twin[p]);
    }
    w->members[group]++;
    snprintf(name, sizeof(name), "%zu", p);
    add_verdict(w->r, judge_scope(&x, name));
    join_partition(w->whole, w->r->verdicts[w->r->n_verdicts - 1]);
    if (w->r->n_regions)
        join_partition(w->regions[select_region_of(w->r, p)], w->r->verdicts[w->r->n_verdicts - 1]);
}

/* Are there several partitions, all in one group? Then the whole, which is as bad as its worst partition, tells what happened: the
 * group, which is their sum, would contradict it. */
static bool is_told_as_whole(const struct ward *w)
{
    return w->r->n_partitions > 1 && (!w->members[GROUP_STRUCK] || !w->members[GROUP_SPARED]);
}

static void tell_whole(struct ward *w)
{
    const Stormcell__Verdict *v = w->whole;

    if (!v->has_unhealthy_from_ns)
        return;
    add_entry(w->r, v->unhealthy_from_ns, "whole", xstrdup("unhealthy, in the first of its partitions"));
    if (strcmp(v->word, "recovered") == 0)
        add_entry(w->r, v->unhealthy_to_ns, "whole", xstrdup("healthy again, in the last of its partitions"));
}

static void judge_group(struct ward *w, int group)
{
    static const char *const names[] = {[GROUP_STRUCK] = "struck", [GROUP_SPARED] = "spared"};
    struct patient x = {&w->rule, &w->own_groups[group], &w->twin_groups[group], find_trigger(w->r, -1), w->unhealthy};

    if (!w->members[group])
        return;
    add_verdict(w->r, judge_scope(&x, names[group]));
    if (!is_told_as_whole(w))
        tell_changes(w->r, &x, names[group]);
}

/* The greatest share of all sessions and dependents that was lost at once. */
static double lost_at_once(struct ward *w)
{
    scope_clear(&w->own_sum);
    for (size_t i = 0; i < w->r->n_cohorts; i++)
        scope_add(&w->own_sum, w->r->cohorts[i]);
    return greatest_absence(&w->own_sum);
}

/* What has not recovered everywhere has no time to recover. */
static void finish_whole(Stormcell__Verdict *whole)
{
    if (health_badness(whole->word) > health_badness("recovered"))
        whole->has_recovery_ns = false;
}

static void judge_all(struct ward *w)
{
    size_t regions = w->r->n_regions;

    w->rule.lost = lost_at_once(w);
    w->r->verdicts = xcalloc(w->r->n_partitions + GROUPS + regions + 1, sizeof(Stormcell__Verdict *));
    w->regions = xcalloc(regions + 1, sizeof(Stormcell__Verdict *));
    w->whole = empty_whole(w->r, "whole");
    add_verdict(w->r, w->whole);
    for (size_t i = 0; i < regions; i++)
        w->regions[i] = empty_whole(w->r, w->r->regions[i]);
    for (size_t p = 0; p < w->r->n_partitions; p++)
        judge_partition(w, p);
    for (int g = 0; g < GROUPS; g++)
        judge_group(w, g);
    finish_whole(w->whole);
    if (is_told_as_whole(w))
        tell_whole(w);
    for (size_t i = 0; i < regions; i++) {
        finish_whole(w->regions[i]);
        add_verdict(w->r, w->regions[i]);
    }
    free(w->regions);
    sort_timeline(w->r);
}

void result_judge_health(Stormcell__Result *r, const Stormcell__Result *twin, const Stormcell__Scenario *sc)
{
    static const Stormcell__Health defaults = STORMCELL__HEALTH__INIT;
    const Stormcell__Health *health = sc->health ? sc->health : &defaults;
    size_t intervals = scope_intervals(r);
    struct ward w = {
        .r = r,
        .rule = {health->goodput_ratio, health->oldest_mail_ns, r->health_interval_ns, r->run_ns, busiest(twin), sc, 0},
        .own = index_cohorts(r, r->n_partitions),
        .twin = index_cohorts(twin, r->n_partitions),
        .own_sum = scope_create(intervals),
        .twin_sum = scope_create(intervals),
        .unhealthy = xcalloc(intervals + 1, sizeof(bool)),
    };

    forget(r);
    for (int g = 0; g < GROUPS; g++) {
        w.own_groups[g] = scope_create(intervals);
        w.twin_groups[g] = scope_create(intervals);
    }
    judge_all(&w);
    for (int g = 0; g < GROUPS; g++) {
        scope_free(&w.own_groups[g]);
        scope_free(&w.twin_groups[g]);
    }
    scope_free(&w.own_sum);
    scope_free(&w.twin_sum);
    free(w.own);
    free(w.twin);
    free(w.unhealthy);
}
