/* metric_series - one row for each metric that is sampled over time
 *
 * Rates are counted when they happen: a request that succeeded is in the sample in which its answer came, as a meter on the real
 * system has it, not in that of its birth. The attempts of a request are counted when it ends.
 */
#include "measure/metric_series.h"

#include <string.h>

const struct metric_series metric_series[] = {
    {"requests.offered", "population", true, METRIC_PER_SECOND},
    {"requests.succeeded", "population", true, METRIC_PER_SECOND},
    {"requests.failed", "population", true, METRIC_PER_SECOND},
    {"attempts", "population", true, METRIC_PER_SECOND},
    {"sessions.connected", "population", false, METRIC_COUNT},
    {"sessions.attempts", "population", true, METRIC_PER_SECOND},
    {"queue.length", "service", false, METRIC_COUNT},
    {"utilization", "service", false, METRIC_RATIO},
    {"workers.held", "service", false, METRIC_COUNT},
    {"cache.hit_ratio", "service", false, METRIC_RATIO},
    {"replicas.broken", "service", false, METRIC_COUNT},
    {"mail.offered", "transport", true, METRIC_PER_SECOND},
    {"mail.delivered", "transport", true, METRIC_PER_SECOND},
    {"mail.backlog", "transport", false, METRIC_COUNT},
    {"mail.held_by_sender", "transport", false, METRIC_COUNT},
    {"mail.oldest", "transport", false, METRIC_SECONDS},
    {"dependents.up", "population", false, METRIC_COUNT},
};

const size_t metric_series_count = sizeof(metric_series) / sizeof(metric_series[0]);

const struct metric_series *metric_series_find(const char *name)
{
    for (size_t i = 0; i < metric_series_count; i++)
        if (strcmp(metric_series[i].name, name) == 0)
            return &metric_series[i];
    return NULL;
}
