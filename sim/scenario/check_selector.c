/* check_selector - targets: do they name something that is there?
 *
 *     service   service[17]   service@europe   and each with .replica[2] behind it
 *
 * sim/flow/select.c reads the same grammar when the world is built.
 */
#include <stdlib.h>
#include <string.h>

#include "base/share.h"
#include "scenario/check_inside.h"

/* ---------------------------------------------------------------- grammar */

static bool take_index(const char **text, uint64_t *index)
{
    char *end;

    if ((*text)[0] != '[' || (*text)[1] < '0' || (*text)[1] > '9')
        return false;
    *index = strtoull(*text + 1, &end, 10);
    if (*end != ']')
        return false;
    *text = end + 1;
    return true;
}

bool check_read_selector(struct arena *arena, const char *text, struct check_selector *out)
{
    size_t length = strcspn(text, "[]@.");

    *out = (struct check_selector){.service = arena_text_n(arena, text, length)};
    text += length;
    if (length == 0)
        return false;
    if (*text == '[') {
        out->has_partition = true;
        if (!take_index(&text, &out->partition))
            return false;
    } else if (*text == '@') {
        length = strcspn(++text, "[]@.");
        out->region = arena_text_n(arena, text, length);
        text += length;
        if (length == 0)
            return false;
    }
    if (strncmp(text, ".replica", 8) == 0) {
        text += 8;
        out->has_replica = true;
        if (!take_index(&text, &out->replica))
            return false;
    }
    return *text == '\0';
}

/* ---------------------------------------------------------------- regions */

bool check_region(const struct check *c, const char *name, uint32_t *first, uint32_t *count)
{
    double so_far = 0;

    for (size_t i = 0; i < c->m->n_regions; i++) {
        *first = share_border(so_far, check_partition_count(c));
        so_far += c->m->regions[i]->share_ratio;
        *count = share_border(so_far, check_partition_count(c)) - *first;
        if (strcmp(c->m->regions[i]->name, name) == 0)
            return true;
    }
    return false;
}

/* ---------------------------------------------------------------- is it there? */

/* All sets, a partition's, or those of a region. */
static bool check_sets(struct check *c, const Stormcell__Service *s, struct check_selector *sel, const char *path)
{
    const char *name = diag_quote(c->diag, s->name);
    bool by_partition = s->per == STORMCELL__SERVICE__PER__PER_PARTITION;
    bool by_region = s->per == STORMCELL__SERVICE__PER__PER_REGION;
    uint32_t first, count;

    sel->sets = by_partition ? check_partition_count(c) : by_region ? (uint32_t)c->m->n_regions : 1;
    if (sel->has_partition && by_region)
        check_problem(c, path, "%s has replicas for each region: expected a region, such as %s", name,
                      c->m->n_regions ? arena_format(c->arena, "%s@%s", s->name, c->m->regions[0]->name) : "service@europe");
    else if (sel->has_partition && !by_partition)
        check_problem(c, path, "%s serves all partitions together: expected no [%llu], or per: partition", name,
                      (unsigned long long)sel->partition);
    else if (sel->has_partition && sel->partition >= check_partition_count(c))
        check_problem(c, path, "no partition %llu: there are %u, counted from 0", (unsigned long long)sel->partition,
                      check_partition_count(c));
    else if (sel->region && !check_whole(c, "regions"))
        return false;
    else if (sel->region && !check_region(c, sel->region, &first, &count))
        check_no_such(c, path, "region", sel->region, &c->regions);
    else if (sel->region && !by_partition && !by_region)
        check_problem(c, path, "%s serves all regions together: expected no @%s, or per: region", name, sel->region);
    else if (sel->has_partition || (sel->region && by_region))
        return sel->sets = 1, true;
    else if (sel->region)
        return sel->sets = count, true;
    else
        return true;
    return false;
}

const Stormcell__Service *check_selector(struct check *c, const char *text, struct check_selector *sel, const char *path)
{
    const Stormcell__Service *s;

    if (!check_read_selector(c->arena, text, sel)) {
        check_problem(c, path,
                      "expected a target such as directory, directory[17], directory@europe or directory[17].replica[0], "
                      "found %s",
                      diag_quote(c->diag, text));
        return NULL;
    }
    s = check_find_service(c, sel->service, strlen(sel->service));
    if (!s) {
        check_no_such(c, path, "service", sel->service, &c->services);
        return NULL;
    }
    if (!check_whole(c, s->name) || !check_sets(c, s, sel, path))
        return NULL;
    if (sel->has_replica && sel->replica >= s->replicas) {
        check_problem(c, path, "no replica %llu: %s has %u, counted from 0", (unsigned long long)sel->replica,
                      diag_quote(c->diag, s->name), s->replicas);
        return NULL;
    }
    return s;
}

void check_one_set(struct check *c, const Stormcell__Service *s, const struct check_selector *sel, const char *path)
{
    if (sel->has_replica && sel->sets > 1)
        check_problem(c, path, "%s has %u sets of replicas there: expected one of them, such as %s[0].replica[%llu]",
                      diag_quote(c->diag, s->name), sel->sets, s->name, (unsigned long long)sel->replica);
}

void check_target(struct check *c, const Stormcell__Fault *f, const char *path)
{
    struct check_selector sel;

    if (!*f->target || check_link_target(c, f, path))
        return;
    if (f->kind_case == STORMCELL__FAULT__KIND_CACHE_DEFECT)
        check_cache_target(c, f, path);
    else if (f->kind_case == STORMCELL__FAULT__KIND_SURGE)
        check_surge_target(c, f, path);
    else
        check_selector(c, f->target, &sel, path);
}
