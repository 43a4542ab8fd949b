/* source - reads files, and lays a scenario over what it includes
 *
 * `include: common.yaml`, or a list of files, at the top of a scenario: mappings merge, own keys win, a later file wins over an
 * earlier one. Paths count from the file that includes.
 */
#include "scenario/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenario/normal_form.h"
#include "scenario/shape.h"
#include "stormcell/must.h"

#define INCLUDE_DEPTH_MAX 8
#define INCLUDE_FILES_MAX 64

/* One file that is being read, and who included it. */
struct including {
    const char *path;
    dev_t device;
    ino_t inode;
    const struct including *outer;
    unsigned depth;
};

struct reading {
    struct source *source;
    unsigned files;
};

static bool world(struct diag *d, struct place cause, const char *path, const char *why)
{
    if (cause.line)
        diag_world(d, cause, "cannot read %s: %s", diag_quote(d, path), why);
    else
        diag_world(d, (struct place){path, 0, 0}, "cannot read it: %s", why);
    return false;
}

/* Reads up to limit + 1 bytes, so that a longer file shows. */
static bool read_all(int fd, size_t limit, char **text, size_t *length)
{
    size_t capacity = 65536;

    *text = xmalloc(capacity);
    *length = 0;
    while (*length <= limit) {
        ssize_t n;

        if (*length == capacity) {
            capacity *= 2;
            *text = xrealloc(*text, capacity, 1);
        }
        n = read(fd, *text + *length, capacity - *length);
        if (n == 0)
            return true;
        if (n < 0 && errno != EINTR)
            return false;
        *length += n > 0 ? (size_t)n : 0;
    }
    return true;
}

bool source_read(const char *path, size_t limit, struct place cause, struct diag *d, char **text, size_t *length)
{
    /* A pipe that nobody writes to is empty, and not waited for. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    bool good;

    *text = NULL;
    if (fd < 0)
        return world(d, cause, path, strerror(errno));
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        close(fd);
        return world(d, cause, path, "it is a directory, expected a file");
    }
    good = fcntl(fd, F_SETFL, 0) == 0 && read_all(fd, limit, text, length);
    if (!good)
        world(d, cause, path, strerror(errno));
    close(fd);
    if (good && *length > limit) {
        diag_error(d, cause.line ? cause : (struct place){path, 0, 0}, NULL, "%s is larger than %zu MiB: expected a smaller file",
                   diag_quote(d, path), limit >> 20);
        good = false;
    }
    if (!good) {
        free(*text);
        *text = NULL;
    }
    return good;
}

const char *source_beside(struct arena *arena, const char *from, const char *name)
{
    const char *slash = strrchr(from, '/');

    if (*name == '/' || !slash || *from == '<')
        return arena_text(arena, name);
    return arena_format(arena, "%.*s%s", (int)(slash - from + 1), from, name);
}

static struct node *tree_of(struct source *s, const char *path, const void *text, size_t length)
{
    struct node *root = yaml_tree_read(s->arena, s->diag, path, text, length, &s->budget);

    if (!root || root->kind == NODE_MAP)
        return root;
    if (node_null(root))
        diag_error(s->diag, (struct place){path, 1, 1}, NULL, "the file is empty: expected a scenario");
    else
        diag_error(s->diag, root->at, NULL, "expected a mapping such as {name: ..., clock: ...}, found %s",
                   node_words(s->diag, root));
    return NULL;
}

struct node *source_tree(struct source *s, const char *path, struct place cause)
{
    struct node *root;
    size_t length;
    char *text;

    if (s->in_memory) {
        diag_error(s->diag, cause, NULL, "a scenario in memory cannot read files: expected none");
        return NULL;
    }
    if (!source_read(path, YAML_BYTES_MAX, cause, s->diag, &text, &length))
        return NULL;
    path = arena_text(s->arena, path);
    root = tree_of(s, path, text, length);
    free(text);
    return root;
}

/* ---------------------------------------------------------------- includes */

static struct node *read_with_includes(struct reading *r, struct including *self, struct node *root);

static bool is_open(const struct including *i, const struct stat *st)
{
    for (; i; i = i->outer)
        if (i->inode == st->st_ino && i->device == st->st_dev)
            return true;
    return false;
}

static struct node *include_one(struct reading *r, const struct including *outer, const struct node *name)
{
    struct source *s = r->source;
    struct including self = {.outer = outer, .depth = outer->depth + 1};
    struct node *root;
    struct stat st;

    if (name->kind != NODE_TEXT || node_null(name)) {
        diag_error(s->diag, name->at, "include", "expected the name of a file, found %s", node_words(s->diag, name));
        return NULL;
    }
    if (s->in_memory) {
        diag_error(s->diag, name->at, "include", "a scenario in memory cannot include files: expected none");
        return NULL;
    }
    self.path = source_beside(s->arena, outer->path, name->text);
    if (stat(self.path, &st) == 0) {
        if (is_open(outer, &st)) {
            diag_error(s->diag, name->at, "include", "%s includes itself: expected another file", diag_quote(s->diag, self.path));
            return NULL;
        }
        self.device = st.st_dev;
        self.inode = st.st_ino;
    }
    if (self.depth > INCLUDE_DEPTH_MAX || ++r->files > INCLUDE_FILES_MAX) {
        diag_error(s->diag, name->at, "include", "files include each other more than %d deep, or more than %d of them",
                   INCLUDE_DEPTH_MAX, INCLUDE_FILES_MAX);
        return NULL;
    }
    root = source_tree(s, self.path, name->at);
    return root ? read_with_includes(r, &self, root) : NULL;
}

/* Lays `over` on what is there already; the later one wins. */
static struct node *lay_over(struct node *base, struct node *over)
{
    struct shape shape = shape_root();

    if (!base)
        return over;
    if (over)
        normal_merge(base, over, &shape);
    return base;
}

static struct node *read_with_includes(struct reading *r, struct including *self, struct node *root)
{
    struct node *include = node_find(root, "include"), *base = NULL;
    struct shape shape = shape_root();

    if (include)
        node_remove(root, include);
    normal_form(r->source->arena, root, &shape);
    if (!include)
        return root;
    if (include->kind == NODE_LIST)
        for (const struct node *n = include->first; n; n = n->next)
            base = lay_over(base, include_one(r, self, n));
    else
        base = include_one(r, self, include);
    return lay_over(base, root);
}

struct node *source_scenario(struct source *s, const char *path)
{
    struct reading r = {.source = s};
    struct including self = {.path = arena_text(s->arena, path)};
    struct node *root = source_tree(s, path, (struct place){path, 0, 0});
    struct stat st;

    if (stat(path, &st) == 0) {
        self.device = st.st_dev;
        self.inode = st.st_ino;
    }
    return root ? read_with_includes(&r, &self, root) : NULL;
}

struct node *source_scenario_memory(struct source *s, const char *name, const void *text, size_t length)
{
    struct reading r = {.source = s};
    struct including self = {.path = arena_text(s->arena, name)};
    struct node *root = tree_of(s, self.path, text, length);

    return root ? read_with_includes(&r, &self, root) : NULL;
}
