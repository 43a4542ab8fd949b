/* job - runs, their twins, and the threads that they go on
 *
 * The twin is needed only where it could make a difference. An interval in which the run itself lost less than the share that
 * health allows is healthy whatever the twin did, for the twin meets the same births and can do no better than all of them, and
 * can have no more clients connected than there are. So the run goes first, the twin goes as far as the last interval that is open,
 * and from there on it counts as perfect.
 */
#include "sweep/job.h"

#include <pthread.h>
#include <stdlib.h>

#include "stormcell/must.h"
#include "stormcell/result.h"
#include "stormcell/run.h"

enum { SLICES = 100 };

struct crew {
    struct job *jobs;
    size_t count, next, slices_done;
    pthread_mutex_t lock;
    job_progress *progress;
    void *context;
};

static void tell(struct crew *crew, size_t slices)
{
    pthread_mutex_lock(&crew->lock);
    crew->slices_done += slices;
    if (crew->progress)
        crew->progress(crew->context, (double)crew->slices_done / (double)(crew->count * 2 * SLICES));
    pthread_mutex_unlock(&crew->lock);
}

static Stormcell__Result *perform(struct crew *crew, const struct job *job, const struct run_options *options)
{
    struct run *run = run_create(job->scenario, options);
    Stormcell__Result *result;

    for (int slice = 1; slice <= SLICES; slice++) {
        run_until(run, slice == SLICES ? run_end(run) : run_end(run) / SLICES * slice);
        tell(crew, 1);
    }
    result = run_finish(run);
    run_free(run);
    return result;
}

static void perform_run(struct crew *crew, struct job *job)
{
    int64_t *edges = NULL;
    size_t edge_count = result_window_edges(job->scenario, job->metrics, job->metric_count, &edges);
    struct run_options options = {
        .seed = job->seed,
        .edges_ns = edges,
        .edge_count = edge_count,
        .strategy = job->strategy,
        .repeat = job->repeat,
        .trace = job->trace,
    };

    job->result = perform(crew, job, &options);
    free(edges);
}

/* ---------------------------------------------------------------- the twin */

/* Could a twin make this interval of a partition unhealthy? */
static bool is_open(const Stormcell__Cohorts *c, size_t i, double ratio)
{
    if (i < c->n_connected_s && c->connected_s[i] < ratio * c->wanted_s[i])
        return true;
    return (double)(c->good[i] - c->in_flight[i]) < ratio * c->offered[i] ||
           (double)(c->mail_offered[i] - c->mail_lost[i]) < ratio * c->mail_offered[i];
}

/* How far a twin is needed: to the end of the last open interval; 0: not at all. */
static int64_t twin_needed_ns(const struct job *job)
{
    Stormcell__Health defaults = STORMCELL__HEALTH__INIT;
    const Stormcell__Health *health = job->scenario->health ? job->scenario->health : &defaults;
    const Stormcell__Result *r = job->result;
    int64_t until_ns = 0;

    if (!job->scenario->n_faults && !job->scenario->n_rollouts && !job->scenario->n_runbook)
        return 0;
    for (size_t p = 0; p < r->n_cohorts; p++)
        for (size_t i = r->cohorts[p]->n_offered; i > 0; i--)
            if (is_open(r->cohorts[p], i - 1, health->goodput_ratio)) {
                int64_t end_ns = (int64_t)i * r->health_interval_ns;

                until_ns = end_ns > until_ns ? end_ns : until_ns;
                break;
            }
    return until_ns < r->run_ns ? until_ns : r->run_ns;
}

/* `to` grows to `count` numbers; those that it lacks come from `from`, or are 0. */
static void extend(uint32_t **to, size_t *have, const uint32_t *from, size_t count)
{
    *to = xrealloc(*to, count + 1, sizeof **to);
    for (size_t i = *have; i < count; i++)
        (*to)[i] = from ? from[i] : 0;
    *have = count;
}

/* The same of seconds. */
static void extend_seconds(double **to, size_t *have, const double *from, size_t count)
{
    *to = xrealloc(*to, count + 1, sizeof **to);
    for (size_t i = *have; i < count; i++)
        (*to)[i] = from[i];
    *have = count;
}

/* From where it ended on, the twin did all that was asked of it, and none of its clients lost a connection. */
static void complete(Stormcell__Cohorts *twin, const Stormcell__Cohorts *own)
{
    size_t count = own->n_offered;

    extend(&twin->offered, &twin->n_offered, own->offered, count);
    extend(&twin->good, &twin->n_good, own->offered, count);
    extend(&twin->in_flight, &twin->n_in_flight, NULL, count);
    extend(&twin->mail_offered, &twin->n_mail_offered, own->mail_offered, count);
    extend(&twin->mail_lost, &twin->n_mail_lost, NULL, count);
    extend(&twin->mail_late, &twin->n_mail_late, NULL, count);
    extend_seconds(&twin->connected_s, &twin->n_connected_s, own->wanted_s, own->n_wanted_s);
    extend_seconds(&twin->wanted_s, &twin->n_wanted_s, own->wanted_s, own->n_wanted_s);
    twin->mail_oldest_ns = xrealloc(twin->mail_oldest_ns, count + 1, sizeof *twin->mail_oldest_ns);
    for (; twin->n_mail_oldest_ns < count; twin->n_mail_oldest_ns++)
        twin->mail_oldest_ns[twin->n_mail_oldest_ns] = 0;
}

/* The twin of a job that has run; NULL: the run can be held against itself. */
static Stormcell__Result *perform_twin(struct crew *crew, const struct job *job)
{
    struct run_options options = {
        .seed = job->seed,
        .without_faults = true,
        .cohorts_only = true,
        .end_ns = twin_needed_ns(job),
        .repeat = job->repeat,
    };
    Stormcell__Result *twin;

    if (!options.end_ns) {
        tell(crew, SLICES);
        return NULL;
    }
    twin = perform(crew, job, &options);
    for (size_t p = 0; p < twin->n_cohorts; p++)
        complete(twin->cohorts[p], job->result->cohorts[p]);
    return twin;
}

/* ---------------------------------------------------------------- jobs */

static void perform_job(struct crew *crew, struct job *job)
{
    Stormcell__Result *twin;

    perform_run(crew, job);
    twin = perform_twin(crew, job);
    result_judge_health(job->result, twin ? twin : job->result, job->scenario);
    result_judge_sla(job->result, job->scenario);
    result_measure(job->result, job->scenario);
    if (twin)
        result_free(twin);
}

/* Jobs are taken in order, so that one core does the same as many. */
static void *work(void *context)
{
    struct crew *crew = context;

    for (;;) {
        size_t index;

        pthread_mutex_lock(&crew->lock);
        index = crew->next < crew->count ? crew->next++ : SIZE_MAX;
        pthread_mutex_unlock(&crew->lock);
        if (index == SIZE_MAX)
            return NULL;
        perform_job(crew, &crew->jobs[index]);
    }
}

static void muster(struct crew *crew, unsigned threads)
{
    pthread_t *others = xcalloc(threads, sizeof *others);
    unsigned started = 0;

    while (started + 1 < threads && started + 1 < crew->count && pthread_create(&others[started], NULL, work, crew) == 0)
        started++;
    work(crew);
    for (unsigned i = 0; i < started; i++)
        pthread_join(others[i], NULL);
    free(others);
}

/* Lines may speak of other runs among the jobs, so all must have been judged by themselves before. */
static void judge_lines(struct job *jobs, size_t count)
{
    const Stormcell__Result **all = xcalloc(count, sizeof *all);

    for (size_t i = 0; i < count; i++)
        all[i] = jobs[i].result;
    for (size_t i = 0; i < count; i++) {
        jobs[i].error[0] = '\0';
        if (count > 1)
            result_judge_lines_among(jobs[i].result, all, count, jobs[i].scenario, jobs[i].error);
        else
            result_judge_lines(jobs[i].result, jobs[i].scenario, jobs[i].error);
    }
    free(all);
}

void jobs_run(struct job *jobs, size_t count, unsigned threads, job_progress *progress, void *context)
{
    struct crew crew = {.jobs = jobs, .count = count, .progress = progress, .context = context};

    pthread_mutex_init(&crew.lock, NULL);
    muster(&crew, threads);
    judge_lines(jobs, count);
    pthread_mutex_destroy(&crew.lock);
}
