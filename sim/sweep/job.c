/* job - runs, their twins, and the threads that they go on
 *
 * A run and its twin are two tasks; the results of a job are judged when both are done. Tasks are taken in order, so that one core does the same as
 * many.
 */
#include "sweep/job.h"

#include <pthread.h>
#include <stdlib.h>

#include "stormcell/must.h"
#include "stormcell/result.h"
#include "stormcell/run.h"

enum { SLICES = 100 };

/* One run of a job: itself, or its twin. */
struct task {
    struct job *job;
    bool twin;
    Stormcell__Result *result;
};

struct crew {
    struct task *tasks;
    size_t count, next, slices_done;
    pthread_mutex_t lock;
    job_progress *progress;
    void *context;
};

static bool has_twin(const struct job *job)
{
    return job->scenario->n_faults > 0 || job->scenario->n_runbook > 0;
}

static void tell(struct crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->slices_done++;
    if (crew->progress)
        crew->progress(crew->context, (double)crew->slices_done / (double)(crew->count * SLICES));
    pthread_mutex_unlock(&crew->lock);
}

static void perform(struct crew *crew, struct task *task)
{
    struct job *job = task->job;
    int64_t *edges = NULL;
    size_t edge_count = task->twin ? 0 : result_window_edges(job->scenario, job->metrics, job->metric_count, &edges);
    struct run_options options = {
        .seed = job->seed,
        .without_faults = task->twin,
        .cohorts_only = task->twin,
        .edges_ns = edges,
        .edge_count = edge_count,
        .strategy = job->strategy,
        .repeat = job->repeat,
        .trace = task->twin ? NULL : job->trace,
    };
    struct run *run = run_create(job->scenario, &options);

    for (int slice = 1; slice <= SLICES; slice++) {
        run_until(run, slice == SLICES ? run_end(run) : run_end(run) / SLICES * slice);
        tell(crew);
    }
    task->result = run_finish(run);
    run_free(run);
    free(edges);
}

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
        perform(crew, &crew->tasks[index]);
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

static void judge_run(struct job *job, Stormcell__Result *twin)
{
    result_judge_health(job->result, twin ? twin : job->result, job->scenario);
    result_judge_sla(job->result, job->scenario);
    result_measure(job->result, job->scenario);
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
    struct crew crew = {.tasks = xcalloc(count * 2, sizeof *crew.tasks), .progress = progress, .context = context};
    size_t t = 0;

    pthread_mutex_init(&crew.lock, NULL);
    for (size_t i = 0; i < count; i++) {
        crew.tasks[crew.count++] = (struct task){.job = &jobs[i]};
        if (has_twin(&jobs[i]))
            crew.tasks[crew.count++] = (struct task){.job = &jobs[i], .twin = true};
    }
    muster(&crew, threads);
    for (size_t i = 0; i < count; i++) {
        Stormcell__Result *twin = NULL;

        jobs[i].result = crew.tasks[t++].result;
        if (t < crew.count && crew.tasks[t].twin)
            twin = crew.tasks[t++].result;
        judge_run(&jobs[i], twin);
        if (twin)
            result_free(twin);
    }
    judge_lines(jobs, count);
    pthread_mutex_destroy(&crew.lock);
    free(crew.tasks);
}
