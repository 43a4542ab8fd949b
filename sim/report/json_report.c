/* json_report - a result as JSON
 *
 * Versioned by schema_version; times are seconds, shares are ratios, as the metric language has them. A metric that cannot be
 * measured is left out; one that is a lower bound is listed in `at_least` beside it; an infinite one (not by the end) is null. The
 * order of keys is fixed, so that the same result gives the same bytes. The command that repeats the run is in it, and nothing
 * else that depends on where it ran.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/number.h"
#include "result/select.h"
#include "stormcell/histogram.h"
#include "stormcell/json.h"
#include "stormcell/must.h"
#include "stormcell/report.h"
#include "stormcell/tally.h"

enum { SCHEMA_VERSION = 1 };

static void key_text(struct json *j, const char *key, const char *text)
{
    json_key(j, key);
    if (text)
        json_string(j, text);
    else
        json_null(j);
}

static void key_seconds(struct json *j, const char *key, bool known, int64_t ns)
{
    json_key(j, key);
    if (known)
        json_double(j, (double)ns / 1e9);
    else
        json_null(j);
}

static void key_unsigned(struct json *j, const char *key, uint64_t value)
{
    json_key(j, key);
    json_unsigned(j, value);
}

static void key_double(struct json *j, const char *key, double value)
{
    json_key(j, key);
    json_double(j, value);
}

/* ---------------------------------------------------------------- identity */

static void put_identity(struct json *j, const Stormcell__Result *r)
{
    char hash[20];

    snprintf(hash, sizeof(hash), "%016" PRIx64, r->scenario_hash);
    key_unsigned(j, "schema_version", SCHEMA_VERSION);
    key_text(j, "program_version", r->program_version);
    key_text(j, "scenario", r->scenario);
    key_text(j, "question", r->question);
    key_text(j, "strategy", number_strategy(r));
    key_unsigned(j, "seed", r->seed);
    key_text(j, "scenario_hash", hash);
    key_text(j, "repeat", r->repeat);
    json_key(j, "start_utc_s");
    json_integer(j, r->start_utc_s);
    key_seconds(j, "run_s", true, r->run_ns);
    key_unsigned(j, "events", r->events);
}

/* ---------------------------------------------------------------- verdicts */

static void put_verdict(struct json *j, const Stormcell__Verdict *v)
{
    json_open_object(j);
    key_text(j, "verdict", v->word);
    key_seconds(j, "unhealthy_from_s", v->has_unhealthy_from_ns, v->unhealthy_from_ns);
    key_seconds(j, "unhealthy_to_s", v->has_unhealthy_to_ns, v->unhealthy_to_ns);
    key_seconds(j, "trigger_end_s", v->has_trigger_end_ns, v->trigger_end_ns);
    key_seconds(j, "recovery_s", v->has_recovery_ns, v->recovery_ns);
    key_double(j, "worst_goodput_ratio", v->worst_goodput_ratio);
    key_seconds(j, "worst_oldest_mail_s", v->has_worst_oldest_mail_ns, v->worst_oldest_mail_ns);
    if (v->has_worst_connected_ratio)
        key_double(j, "worst_connected_ratio", v->worst_connected_ratio);
    json_close_object(j);
}

static void put_verdicts(struct json *j, const Stormcell__Result *r)
{
    static const char *const scopes[] = {"whole", "struck", "spared"};

    json_key(j, "verdicts");
    json_open_object(j);
    for (int i = 0; i < 3; i++) {
        const Stormcell__Verdict *v = number_verdict(r, scopes[i]);

        if (!v)
            continue;
        json_key(j, scopes[i]);
        put_verdict(j, v);
    }
    for (size_t i = 0; i < r->n_regions; i++) {
        const Stormcell__Verdict *v = number_verdict(r, r->regions[i]);

        if (!v)
            continue;
        json_key(j, r->regions[i]);
        put_verdict(j, v);
    }
    json_close_object(j);
}

static void put_judgements(struct json *j, const Stormcell__Result *r)
{
    json_key(j, "judgements");
    json_open_array(j);
    for (size_t i = 0; i < r->n_judgements; i++) {
        const Stormcell__Judgement *judgement = r->judgements[i];

        json_open_object(j);
        key_text(j, "kind", judgement->kind);
        key_text(j, "line", judgement->line);
        json_key(j, "holds");
        json_bool(j, judgement->holds);
        key_text(j, "value", judgement->value);
        key_text(j, "limit", judgement->limit);
        json_key(j, "at_least");
        json_bool(j, judgement->at_least);
        json_close_object(j);
    }
    json_close_array(j);
}

/* ---------------------------------------------------------------- metrics */

/* The metrics that belong to an entity of a kind: those with its label, and nothing that belongs to others only. */
static bool takes(const struct metric_name *m, const char *label)
{
    size_t length = strlen(label);

    for (const char *at = m->labels; *at; at += strcspn(at, " "), at += *at == ' ')
        if (strncmp(at, label, length) == 0 && (at[length] == ' ' || !at[length]))
            return true;
    return false;
}

/* All metrics that take the label, with these labels. */
static void put_metrics(struct json *j, const Stormcell__Result *r, const char *label, const char *labels)
{
    const char **bounds = xcalloc(metric_names_count, sizeof(*bounds));
    size_t bound_count = 0;

    json_open_object(j);
    for (size_t i = 0; i < metric_names_count; i++) {
        const struct metric_name *m = &metric_names[i];
        struct number n;

        if (label[0] && !takes(m, label))
            continue;
        n = number_of(r, "%s{%s}", m->name, labels);
        if (!n.known)
            continue;
        if (n.word)
            key_text(j, m->name, n.word);
        else
            key_double(j, m->name, n.value);
        if (n.at_least)
            bounds[bound_count++] = m->name;
    }
    json_key(j, "at_least");
    json_open_array(j);
    for (size_t i = 0; i < bound_count; i++)
        json_string(j, bounds[i]);
    json_close_array(j);
    json_close_object(j);
    free(bounds);
}

static void put_groups(struct json *j, const Stormcell__Result *r)
{
    json_key(j, "metrics");
    json_open_object(j);
    json_key(j, "whole");
    put_metrics(j, r, "", "");
    for (int struck = 1; struck >= 0; struck--) {
        if (!number_partitions(r, struck, NULL))
            continue;
        json_key(j, struck ? "struck" : "spared");
        put_metrics(j, r, "group", struck ? "group=struck" : "group=spared");
    }
    for (size_t i = 0; i < r->n_regions; i++) {
        char *label = xasprintf("region=\"%s\"", r->regions[i]);

        json_key(j, r->regions[i]);
        put_metrics(j, r, "region", label);
        free(label);
    }
    json_close_object(j);
}

static void put_entities(struct json *j, const Stormcell__Result *r)
{
    static const struct {
        Stormcell__EntityKind kind;
        const char *label, *many;
    } kinds[] = {{STORMCELL__ENTITY_KIND__ENTITY_POPULATION, "population", "populations"},
                 {STORMCELL__ENTITY_KIND__ENTITY_SERVICE, "service", "services"},
                 {STORMCELL__ENTITY_KIND__ENTITY_TRANSPORT, "transport", "transports"}};

    for (int k = 0; k < 3; k++) {
        json_key(j, kinds[k].many);
        json_open_object(j);
        for (size_t i = 0; i < r->n_entities; i++) {
            const char *name = number_or_empty(r->entities[i]->name);
            char *labels;

            if (r->entities[i]->kind != kinds[k].kind)
                continue;
            labels = xasprintf("%s=\"%s\"", kinds[k].label, name);
            json_key(j, name);
            put_metrics(j, r, kinds[k].label, labels);
            free(labels);
        }
        json_close_object(j);
    }
}

/* ---------------------------------------------------------------- partitions */

/* What one pass over all cells finds out about each partition: sixty thousand of them cannot each be asked by metric. */
struct part {
    uint64_t counts[COUNT_MAX];
    struct histogram latency, mail_delay;
    int64_t oldest_ns;
    const Stormcell__Verdict *verdict;
};

static void add_cell(struct part *part, const Stormcell__Cell *c)
{
    for (size_t k = 0; k < c->n_counts && k < COUNT_MAX; k++)
        part->counts[k] += c->counts[k];
    for (size_t k = 0; k < c->n_histograms; k++) {
        if (c->histograms[k]->kind == SAMPLE_LATENCY)
            select_merge(&part->latency, c->histograms[k]);
        else if (c->histograms[k]->kind == SAMPLE_MAIL_DELAY || c->histograms[k]->kind == SAMPLE_MAIL_AGE)
            select_merge(&part->mail_delay, c->histograms[k]);
    }
}

static struct part *collect_parts(const Stormcell__Result *r)
{
    struct part *parts = xcalloc(r->n_partitions + 1, sizeof(*parts));

    for (size_t i = 0; i < r->n_cells; i++)
        add_cell(&parts[r->cells[i]->partition], r->cells[i]);
    for (size_t i = 0; i < r->n_cohorts; i++)
        for (size_t k = 0; k < r->cohorts[i]->n_mail_oldest_ns; k++)
            if (r->cohorts[i]->mail_oldest_ns[k] > parts[r->cohorts[i]->partition].oldest_ns)
                parts[r->cohorts[i]->partition].oldest_ns = r->cohorts[i]->mail_oldest_ns[k];
    for (size_t i = 0; i < r->n_verdicts; i++) {
        char *end;
        const char *scope = number_or_empty(r->verdicts[i]->scope);
        unsigned long p = strtoul(scope, &end, 10);

        if (end != scope && !*end && p < r->n_partitions)
            parts[p].verdict = r->verdicts[i];
    }
    return parts;
}

static void put_quantile(struct json *j, const char *key, const struct histogram *h, double q)
{
    json_key(j, key);
    if (h->count)
        json_double(j, histogram_quantile_ns(h, q) / 1e9);
    else
        json_null(j);
}

static void put_part(struct json *j, const Stormcell__Result *r, const struct part *part, size_t number)
{
    const Stormcell__PartitionInfo *info = r->partitions[number];

    json_open_object(j);
    key_unsigned(j, "partition", number);
    key_text(j, "group", info->struck ? "struck" : "spared");
    if (info->region < r->n_regions)
        key_text(j, "region", r->regions[info->region]);
    key_unsigned(j, "users", info->users);
    key_text(j, "verdict", part->verdict ? part->verdict->word : NULL);
    key_unsigned(j, "requests.offered", part->counts[COUNT_OFFERED]);
    key_unsigned(j, "requests.succeeded", part->counts[COUNT_SUCCEEDED]);
    put_quantile(j, "latency.p99", &part->latency, 0.99);
    key_unsigned(j, "mail.offered", part->counts[COUNT_MAIL_OFFERED]);
    key_unsigned(j, "mail.delivered", part->counts[COUNT_MAIL_DELIVERED]);
    key_unsigned(j, "mail.returned", part->counts[COUNT_MAIL_RETURNED]);
    put_quantile(j, "mail.delay.p99", &part->mail_delay, 0.99);
    key_seconds(j, "mail.oldest.max", true, part->oldest_ns);
    json_close_object(j);
}

static void put_partitions(struct json *j, const Stormcell__Result *r)
{
    struct part *parts = collect_parts(r);

    json_key(j, "partitions");
    json_open_array(j);
    for (size_t p = 0; p < r->n_partitions; p++) {
        put_part(j, r, &parts[p], p);
        histogram_free(&parts[p].latency);
        histogram_free(&parts[p].mail_delay);
    }
    json_close_array(j);
    free(parts);
}

/* ---------------------------------------------------------------- what happened */

static void put_timeline(struct json *j, const Stormcell__Result *r)
{
    json_key(j, "timeline");
    json_open_array(j);
    for (size_t i = 0; i < r->n_timeline; i++) {
        json_open_object(j);
        key_seconds(j, "at_s", true, r->timeline[i]->at_ns);
        key_text(j, "kind", r->timeline[i]->kind);
        key_text(j, "subject", r->timeline[i]->subject);
        key_text(j, "text", r->timeline[i]->text);
        json_close_object(j);
    }
    json_close_array(j);
    json_key(j, "phases");
    json_open_array(j);
    for (size_t i = 0; i < r->n_phases; i++) {
        json_open_object(j);
        key_text(j, "name", r->phases[i]->name);
        key_seconds(j, "from_s", true, r->phases[i]->from_ns);
        key_seconds(j, "to_s", true, r->phases[i]->has_to_ns ? r->phases[i]->to_ns : r->run_ns);
        json_close_object(j);
    }
    json_close_array(j);
}

static void put_faults(struct json *j, const Stormcell__Result *r)
{
    json_key(j, "faults");
    json_open_array(j);
    for (size_t i = 0; i < r->n_faults; i++) {
        const Stormcell__FaultInfo *f = r->faults[i];

        json_open_object(j);
        key_text(j, "name", f->name);
        key_text(j, "target", f->target);
        key_text(j, "what", f->what);
        key_seconds(j, "from_s", true, f->from_ns);
        key_seconds(j, "to_s", f->has_to_ns, f->to_ns);
        key_unsigned(j, "touched", f->touched);
        json_close_object(j);
    }
    json_close_array(j);
}

static void put_link_way(struct json *j, const char *key, const Stormcell__LinkWay *way)
{
    static const Stormcell__LinkWay nothing = STORMCELL__LINK_WAY__INIT;

    way = way ? way : &nothing;
    json_key(j, key);
    json_open_object(j);
    key_unsigned(j, "offered", way->offered);
    key_unsigned(j, "crossed", way->crossed);
    key_unsigned(j, "cut", way->cut);
    key_unsigned(j, "lost", way->lost);
    key_unsigned(j, "overflowed", way->overflowed);
    key_unsigned(j, "under_way", way->under_way);
    key_unsigned(j, "held", way->held);
    json_close_object(j);
}

/* Scenarios without links have no such key. */
static void put_links(struct json *j, const Stormcell__Result *r)
{
    if (!r->n_links)
        return;
    json_key(j, "links");
    json_open_object(j);
    for (size_t i = 0; i < r->n_links; i++) {
        json_key(j, number_or_empty(r->links[i]->name));
        json_open_object(j);
        key_text(j, "from", r->links[i]->from);
        key_text(j, "to", r->links[i]->to);
        put_link_way(j, "forward", r->links[i]->forward);
        put_link_way(j, "back", r->links[i]->back);
        json_close_object(j);
    }
    json_close_object(j);
}

static void put_rings(struct json *j, const Stormcell__RolloutInfo *o)
{
    json_key(j, "rings");
    json_open_array(j);
    for (size_t i = 0; i < o->n_rings; i++) {
        const Stormcell__RingInfo *ring = o->rings[i];

        json_open_object(j);
        key_text(j, "name", ring->name);
        key_seconds(j, "from_s", ring->has_from_ns, ring->from_ns);
        key_unsigned(j, "replicas", ring->replicas);
        key_unsigned(j, "changed", ring->changed);
        key_unsigned(j, "broken", ring->broken);
        json_close_object(j);
    }
    json_close_array(j);
}

static void put_rollouts(struct json *j, const Stormcell__Result *r)
{
    json_key(j, "rollouts");
    json_open_array(j);
    for (size_t i = 0; i < r->n_rollouts; i++) {
        const Stormcell__RolloutInfo *o = r->rollouts[i];

        json_open_object(j);
        key_text(j, "name", o->name);
        key_text(j, "service", o->service);
        put_rings(j, o);
        key_unsigned(j, "broken", o->broken);
        key_unsigned(j, "broken_at_end", o->broken_at_end);
        key_seconds(j, "stopped_s", o->has_stopped_ns, o->stopped_ns);
        key_seconds(j, "rolled_back_s", o->has_rolled_back_ns, o->rolled_back_ns);
        key_seconds(j, "last_broken_s", o->has_last_broken_ns, o->last_broken_ns);
        key_seconds(j, "mended_s", o->has_mended_ns, o->mended_ns);
        json_close_object(j);
    }
    json_close_array(j);
}

static void put_restarts(struct json *j, const Stormcell__Result *r)
{
    json_key(j, "restarts");
    json_open_array(j);
    for (size_t i = 0; i < r->n_restarts; i++) {
        const Stormcell__RestartInfo *o = r->restarts[i];

        json_open_object(j);
        key_text(j, "step", o->step);
        key_text(j, "target", o->target);
        key_unsigned(j, "begun", o->begun);
        key_unsigned(j, "over", o->over);
        key_seconds(j, "first_s", o->has_first_ns, o->first_ns);
        key_seconds(j, "last_s", o->has_last_ns, o->last_ns);
        json_close_object(j);
    }
    json_close_array(j);
}

static void put_controls(struct json *j, const Stormcell__Result *r)
{
    json_key(j, "controls");
    json_open_array(j);
    for (size_t i = 0; i < r->n_controls; i++) {
        const Stormcell__ControlInfo *c = r->controls[i];

        json_open_object(j);
        key_text(j, "path", c->path);
        key_text(j, "kind", c->kind);
        key_unsigned(j, "asked", c->asked);
        json_key(j, "acts");
        json_open_object(j);
        for (size_t k = 0; k < c->n_acts; k++)
            key_unsigned(j, number_or_empty(c->acts[k]->reason), c->acts[k]->count);
        json_close_object(j);
        json_close_object(j);
    }
    json_close_array(j);
}

static void put_sla(struct json *j, const Stormcell__Result *r)
{
    json_key(j, "sla");
    json_open_array(j);
    for (size_t i = 0; i < r->n_sla; i++) {
        const Stormcell__SlaAccount *a = r->sla[i];

        json_open_object(j);
        key_unsigned(j, "partition", a->partition);
        key_text(j, "meter", a->meter);
        key_double(j, "user_minutes_lost", a->user_minutes_lost);
        key_double(j, "uptime_ratio", a->uptime_ratio);
        key_double(j, "credit_ratio", a->credit_ratio);
        json_close_object(j);
    }
    json_close_array(j);
}

static void put_series(struct json *j, const Stormcell__Result *r)
{
    key_seconds(j, "sample_s", true, r->sample_ns);
    json_key(j, "series");
    json_open_array(j);
    for (size_t i = 0; i < r->n_series; i++) {
        const Stormcell__Series *s = r->series[i];

        json_open_object(j);
        key_text(j, "metric", s->metric);
        key_text(j, "entity", s->entity);
        key_text(j, "group", s->group && s->group[0] ? s->group : NULL);
        if (s->region)
            key_text(j, "region", s->region);
        if (s->has_partition)
            key_unsigned(j, "partition", s->partition);
        json_key(j, "values");
        json_open_array(j);
        for (size_t k = 0; k < s->n_values; k++)
            json_double(j, s->values[k]);
        json_close_array(j);
        json_close_object(j);
    }
    json_close_array(j);
}

/* ---------------------------------------------------------------- measured beside predicted */

static void put_values(struct json *j, const char *key, const double *values, size_t count)
{
    json_key(j, key);
    json_open_array(j);
    for (size_t i = 0; i < count; i++)
        json_double(j, values[i]);
    json_close_array(j);
}

static void put_mean(struct json *j, const char *key, bool known, double value)
{
    key_double(j, key, known ? value : __builtin_nan(""));
}

static void put_side(struct json *j, const char *key, double mean, bool known, const Stormcell__Dip *dip)
{
    json_key(j, key);
    json_open_object(j);
    put_mean(j, "mean", known, mean);
    if (dip) {
        key_double(j, "before", dip->before);
        key_seconds(j, "falls_s", dip->has_falls_ns, dip->falls_ns);
        key_seconds(j, "returns_s", dip->has_returns_ns, dip->returns_ns);
    }
    json_close_object(j);
}

static void open_measured(struct json *j, const Stormcell__MeasuredSeries *m)
{
    json_open_object(j);
    key_text(j, "file", m->file);
    key_text(j, "column", m->column);
    key_text(j, "metric", m->metric);
    key_unsigned(j, "samples", m->samples);
    put_mean(j, "error", m->has_error, m->error);
    put_side(j, "measured", m->measured_mean, m->has_measured_mean, m->measured_dip);
    put_side(j, "predicted", m->predicted_mean, m->has_predicted_mean, m->predicted_dip);
}

/* Scenarios that measure nothing have no such key. */
static void put_measured(struct json *j, const Stormcell__Result *r, bool with_values)
{
    if (!r->n_measured)
        return;
    json_key(j, "measured");
    json_open_object(j);
    for (size_t i = 0; i < r->n_measured; i++) {
        const Stormcell__MeasuredSeries *m = r->measured[i];

        json_key(j, number_or_empty(m->name));
        open_measured(j, m);
        if (with_values) {
            put_values(j, "measured_values", m->measured, m->n_measured);
            put_values(j, "predicted_values", m->predicted, m->n_predicted);
        }
        json_close_object(j);
    }
    json_close_object(j);
}

/* ---------------------------------------------------------------- what customers were told */

static void put_posts(struct json *j, const Stormcell__StatusReport *s)
{
    json_key(j, "posts");
    json_open_array(j);
    for (size_t i = 0; i < s->n_posts; i++) {
        json_open_object(j);
        key_seconds(j, "at_s", true, s->posts[i]->at_ns);
        key_seconds(j, "tried_s", true, s->posts[i]->tried_ns);
        key_text(j, "kind", s->posts[i]->kind);
        key_text(j, "channel", s->posts[i]->channel);
        json_close_object(j);
    }
    json_close_array(j);
}

/* Scenarios without a status page have no such key. */
static void put_status(struct json *j, const Stormcell__Result *r)
{
    const Stormcell__StatusReport *s = r->status;

    if (!s)
        return;
    json_key(j, "status");
    json_open_object(j);
    key_seconds(j, "detected_s", s->has_detected_ns, s->detected_ns);
    key_text(j, "detected_by", s->detected_by);
    key_seconds(j, "first_notice_s", s->has_first_notice_ns, s->first_notice_ns);
    key_seconds(j, "affected_from_s", s->has_affected_from_ns, s->affected_from_ns);
    key_seconds(j, "affected_to_s", s->has_affected_to_ns, s->affected_to_ns);
    key_double(j, "users_affected", s->affected_ever);
    key_double(j, "users_affected_at_once", s->affected_peak);
    key_double(j, "affected_user_minutes", s->affected_minutes);
    key_double(j, "told_user_minutes", s->told_minutes);
    key_double(j, "green_user_minutes", s->green_minutes);
    key_double(j, "dark_user_minutes", s->dark_minutes);
    key_double(j, "stale_user_minutes", s->stale_minutes);
    key_unsigned(j, "tickets", s->tickets);
    key_unsigned(j, "attempts", s->attempts);
    key_unsigned(j, "failed_attempts", s->failed_attempts);
    put_posts(j, s);
    json_close_object(j);
}

/* ---------------------------------------------------------------- documents */

static char *take_text(struct json *j, size_t *length)
{
    size_t size;
    const char *text = json_text(j, &size);
    char *copy = xmalloc(size + 2);

    memcpy(copy, text, size);
    copy[size] = '\n';
    copy[size + 1] = '\0';
    *length = size + 1;
    json_free(j);
    return copy;
}

/* What a comparison needs of each run. */
static void put_summary(struct json *j, const Stormcell__Result *r)
{
    put_identity(j, r);
    put_verdicts(j, r);
    put_judgements(j, r);
    put_groups(j, r);
    put_entities(j, r);
    put_faults(j, r);
    put_links(j, r);
    put_rollouts(j, r);
    put_restarts(j, r);
    put_controls(j, r);
    put_sla(j, r);
    put_status(j, r);
}

char *report_json(const Stormcell__Result *r, size_t *length)
{
    struct json *j = json_create(1);

    json_open_object(j);
    put_summary(j, r);
    put_partitions(j, r);
    put_timeline(j, r);
    put_series(j, r);
    put_measured(j, r, true);
    json_close_object(j);
    return take_text(j, length);
}

char *report_compare_json(const Stormcell__Result *const *results, size_t count, size_t *length)
{
    struct json *j = json_create(1);

    json_open_object(j);
    key_unsigned(j, "schema_version", SCHEMA_VERSION);
    json_key(j, "runs");
    json_open_array(j);
    for (size_t i = 0; i < count; i++) {
        json_open_object(j);
        put_summary(j, results[i]);
        put_measured(j, results[i], false);
        json_close_object(j);
    }
    json_close_array(j);
    json_close_object(j);
    return take_text(j, length);
}
