/* store - results in files
 *
 * A result file may come from anywhere: it is checked once when it is loaded, so that all who read the message may follow its
 * numbers.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/whole_file.h"
#include "stormcell/must.h"
#include "stormcell/result.h"

enum { SCHEMA_VERSION = 1 };

static const size_t size_max = (size_t)1 << 30;

/* ---------------------------------------------------------------- writing */

bool result_store(const Stormcell__Result *r, const char *path)
{
    size_t length = stormcell__result__get_packed_size(r);
    uint8_t *bytes = xmalloc(length);
    bool good;
    int error;

    stormcell__result__pack(r, bytes);
    good = whole_file_write(path, bytes, length);
    error = errno;
    free(bytes);
    errno = error;
    return good;
}

/* ---------------------------------------------------------------- checking */

static bool cells_sound(const Stormcell__Result *r)
{
    for (size_t i = 0; i < r->n_cells; i++) {
        const Stormcell__Cell *c = r->cells[i];

        if (c->entity >= r->n_entities || c->partition >= r->n_partitions || c->epoch >= r->n_epochs)
            return false;
        for (size_t k = 0; k < c->n_histograms; k++) {
            const Stormcell__Histogram *h = c->histograms[k];

            /* 7296 buckets hold all times there are. */
            if (h->first_bucket > 7296 || h->n_counts > 7296 - h->first_bucket || h->min_ns < 0 || h->max_ns < h->min_ns)
                return false;
        }
    }
    return true;
}

static bool levels_sound(const Stormcell__Result *r)
{
    for (size_t i = 0; i < r->n_levels; i++) {
        const Stormcell__Level *l = r->levels[i];

        if (l->entity >= r->n_entities || l->partition >= r->n_partitions || l->epoch >= r->n_epochs ||
            (l->has_region && l->region >= r->n_regions))
            return false;
    }
    return true;
}

static bool spans_sound(const Stormcell__Result *r)
{
    for (size_t i = 0; i < r->n_epochs; i++)
        if (r->epochs[i]->from_ns < 0 || r->epochs[i]->to_ns < r->epochs[i]->from_ns)
            return false;
    for (size_t i = 0; i < r->n_cohorts; i++)
        if (r->cohorts[i]->partition >= r->n_partitions)
            return false;
    for (size_t i = 0; i < r->n_partitions; i++)
        if (r->partitions[i]->has_region && r->partitions[i]->region >= r->n_regions)
            return false;
    for (size_t i = 0; i < r->n_sla; i++)
        if (r->sla[i]->partition >= r->n_partitions)
            return false;
    /* A hundred million intervals would be a run of 190 years by the minute. */
    return r->run_ns > 0 && r->sample_ns >= 0 && r->health_interval_ns >= 0 &&
           (!r->health_interval_ns || r->run_ns / r->health_interval_ns < 100000000);
}

/* ---------------------------------------------------------------- reading */

static uint8_t *read_file(const char *path, size_t *length, char message[256])
{
    FILE *file = fopen(path, "rbe");
    struct stat stat;
    uint8_t *bytes = NULL;

    if (!file || fstat(fileno(file), &stat) != 0) {
        snprintf(message, 256, "cannot open %.150s: %s", path, strerror(errno));
    } else if (!S_ISREG(stat.st_mode)) {
        snprintf(message, 256, "%.150s is no file", path);
    } else if ((uint64_t)stat.st_size > size_max) {
        snprintf(message, 256, "%.150s is larger than 1 GiB", path);
    } else {
        bytes = xmalloc((size_t)stat.st_size + 1);
        *length = fread(bytes, 1, (size_t)stat.st_size, file);
        if (ferror(file)) {
            snprintf(message, 256, "cannot read %.150s: %s", path, strerror(errno));
            free(bytes);
            bytes = NULL;
        }
    }
    if (file)
        fclose(file);
    return bytes;
}

Stormcell__Result *result_load(const char *path, char message[256])
{
    size_t length = 0;
    uint8_t *bytes = read_file(path, &length, message);
    Stormcell__Result *r;

    if (!bytes)
        return NULL;
    r = stormcell__result__unpack(NULL, length, bytes);
    free(bytes);
    if (!r || !r->has_run_ns) {
        snprintf(message, 256, "%.150s is no result of stormcell", path);
    } else if (r->schema_version != SCHEMA_VERSION) {
        snprintf(message, 256, "%.150s has version %u of the result format; expected %d", path, r->schema_version, SCHEMA_VERSION);
    } else if (!cells_sound(r) || !levels_sound(r) || !spans_sound(r)) {
        snprintf(message, 256, "%.150s is damaged: it refers to what it does not have", path);
    } else {
        return r;
    }
    result_free(r);
    return NULL;
}

void result_free(Stormcell__Result *r)
{
    if (r)
        stormcell__result__free_unpacked(r, NULL);
}
