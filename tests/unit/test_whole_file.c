/* test_whole_file - a file is written as a whole, or it stays as it was */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/whole_file.h"
#include "stormcell/must.h"

/* A folder for each test, and the file that it writes there. */
struct place {
    char folder[40];
    char *file;
};

static int make_place(void **state)
{
    struct place *p = xcalloc(1, sizeof *p);

    strcpy(p->folder, "/tmp/stormcell-whole-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    p->file = xasprintf("%s/result.pb", p->folder);
    *state = p;
    return 0;
}

static int remove_place(void **state)
{
    struct place *p = *state;
    DIR *dir = opendir(p->folder);

    for (struct dirent *e; (e = readdir(dir));)
        if (e->d_name[0] != '.')
            unlinkat(dirfd(dir), e->d_name, e->d_type == DT_DIR ? AT_REMOVEDIR : 0);
    closedir(dir);
    rmdir(p->folder);
    free(p->file);
    free(p);
    return 0;
}

static size_t entries(const char *folder)
{
    DIR *dir = opendir(folder);
    size_t count = 0;

    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));)
        count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return count;
}

/* The file holds this text, and nothing else is in its folder. */
static void assert_only(const struct place *p, const char *text)
{
    char found[64];
    FILE *file = fopen(p->file, "r");
    size_t length;

    assert_non_null(file);
    length = fread(found, 1, sizeof found - 1, file);
    found[length] = '\0';
    fclose(file);
    assert_string_equal(found, text);
    assert_int_equal(entries(p->folder), 1);
}

static void write_text(const struct place *p, const char *text)
{
    assert_true(whole_file_write(p->file, text, strlen(text)));
}

static void a_file_is_written_and_replaced(void **state)
{
    const struct place *p = *state;

    write_text(p, "a first text");
    assert_only(p, "a first text");
    write_text(p, "another");
    assert_only(p, "another");
    write_text(p, "");
    assert_only(p, "");
}

static void every_byte_arrives(void **state)
{
    const struct place *p = *state;
    size_t size = 3000000;
    char *bytes = xmalloc(size), *back = xmalloc(size + 1);
    FILE *file;

    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(i * 7 + i / 1000);
    assert_true(whole_file_write(p->file, bytes, size));
    file = fopen(p->file, "r");
    assert_int_equal(fread(back, 1, size + 1, file), size);
    fclose(file);
    assert_memory_equal(back, bytes, size);
    free(bytes);
    free(back);
}

static void others_may_read_it_as_the_umask_says(void **state)
{
    const struct place *p = *state;
    mode_t old = umask(027);
    struct stat stat_of_file;

    write_text(p, "shared");
    umask(old);
    assert_int_equal(stat(p->file, &stat_of_file), 0);
    assert_int_equal(stat_of_file.st_mode & 0777, 0640);
}

static void what_a_killed_writer_left_is_in_nobodys_way(void **state)
{
    const struct place *p = *state;
    char *left = xasprintf("%s.0.tmp", p->file);
    int fd = open(left, O_WRONLY | O_CREAT, 0444);

    close(fd);
    write_text(p, "after all");
    assert_int_equal(unlink(left), 0);
    assert_only(p, "after all");
    free(left);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
    const struct place *p = *state;
    struct rlimit old, tight;
    void (*old_handler)(int);
    char *bytes = xcalloc(100000, 1);
    bool good;
    int error;

    write_text(p, "old");
    /* No file may grow beyond 4096 bytes: the first write is cut short, the second one fails. */
    getrlimit(RLIMIT_FSIZE, &old);
    tight = (struct rlimit){4096, old.rlim_max};
    old_handler = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &tight);
    good = whole_file_write(p->file, bytes, 100000);
    error = errno;
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, old_handler);
    free(bytes);
    assert_false(good);
    assert_int_equal(error, EFBIG);
    assert_only(p, "old");
}

static void a_folder_of_that_name_stays(void **state)
{
    const struct place *p = *state;

    assert_int_equal(mkdir(p->file, 0777), 0);
    assert_false(whole_file_write(p->file, "x", 1));
    assert_int_equal(errno, EISDIR);
    assert_int_equal(entries(p->folder), 1);
    assert_int_equal(entries(p->file), 0);
}

static void a_folder_that_may_not_be_written_stays_as_it_is(void **state)
{
    const struct place *p = *state;
    uid_t me = geteuid();
    bool good;
    int error;

    write_text(p, "old");
    assert_int_equal(chmod(p->folder, 0555), 0);
    /* Root may write anywhere, so it is somebody else for a moment. */
    if (me == 0 && seteuid(65534) != 0)
        skip();
    good = whole_file_write(p->file, "new", 3);
    error = errno;
    assert_int_equal(seteuid(me), 0);
    assert_int_equal(chmod(p->folder, 0755), 0);
    assert_false(good);
    assert_int_equal(error, EACCES);
    assert_only(p, "old");
}

static void a_missing_folder_is_not_made(void **state)
{
    assert_false(whole_file_write("/nonexistent/result.pb", "x", 1));
    assert_int_equal(errno, ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_is_written_and_replaced, make_place, remove_place),
        cmocka_unit_test_setup_teardown(every_byte_arrives, make_place, remove_place),
        cmocka_unit_test_setup_teardown(others_may_read_it_as_the_umask_says, make_place, remove_place),
        cmocka_unit_test_setup_teardown(what_a_killed_writer_left_is_in_nobodys_way, make_place, remove_place),
        cmocka_unit_test_setup_teardown(a_full_disk_leaves_the_old_file, make_place, remove_place),
        cmocka_unit_test_setup_teardown(a_folder_of_that_name_stays, make_place, remove_place),
        cmocka_unit_test_setup_teardown(a_folder_that_may_not_be_written_stays_as_it_is, make_place, remove_place),
        cmocka_unit_test(a_missing_folder_is_not_made),
    };

    return cmocka_run_group_tests_name("whole_file", tests, NULL, NULL);
}
