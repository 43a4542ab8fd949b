/* whole_file - files that are there as a whole, or as they were before */
#include "base/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stormcell/must.h"

/* So many temporary files of one name: of others who write now, or who were killed while they did. */
enum { TRIES = 1000 };

/* A new temporary file beside `path`, with its name in `name`; -1 with errno. O_EXCL makes it ours alone. */
static int open_beside(const char *path, char *name, size_t size)
{
    int fd = -1;

    errno = EEXIST;
    for (int i = 0; i < TRIES && fd < 0 && errno == EEXIST; i++) {
        snprintf(name, size, "%s.%d.tmp", path, i);
        fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    }
    return fd;
}

static bool write_all(int fd, const char *bytes, size_t length)
{
    while (length) {
        ssize_t n = write(fd, bytes, length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes += n;
        length -= (size_t)n;
    }
    return true;
}

/* Fills the file and closes it, whatever happens; errno is of what failed first. */
static bool fill(int fd, const char *bytes, size_t length)
{
    bool good = write_all(fd, bytes, length) && fsync(fd) == 0;
    int error = errno;

    if (close(fd) != 0 && good) {
        good = false;
        error = errno;
    }
    errno = error;
    return good;
}

static bool write_and_rename(const char *path, char *temporary, size_t size, const void *bytes, size_t length)
{
    int fd = open_beside(path, temporary, size), error;

    if (fd < 0)
        return false;
    if (fill(fd, bytes, length) && rename(temporary, path) == 0)
        return true;
    error = errno;
    unlink(temporary);
    errno = error;
    return false;
}

bool whole_file_write(const char *path, const void *bytes, size_t length)
{
    size_t size = strlen(path) + 16;
    char *temporary = xmalloc(size);
    bool good = write_and_rename(path, temporary, size, bytes, length);
    int error = errno;

    free(temporary);
    errno = error;
    return good;
}
