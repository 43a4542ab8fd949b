/* out - the folder of --out, and the files of a result in it */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/app.h"
#include "base/whole_file.h"
#include "stormcell/must.h"
#include "stormcell/result.h"

void out_ready(const char *folder)
{
    int file;

    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        die("cannot make the folder %s: %s", folder, strerror(errno));
    file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0 || faccessat(file, ".", W_OK | X_OK, 0) != 0)
        die("cannot write into %s: %s", folder, strerror(errno));
    close(file);
}

/* A file was written, or not: then the program ends. Takes the path. */
static void written(char *path, bool good)
{
    if (!good)
        die("cannot write %s: %s", path, strerror(errno));
    free(path);
}

static void write_text(const char *folder, const char *name, const char *text, size_t length)
{
    char *path = xasprintf("%s/%s", folder, name);

    written(path, whole_file_write(path, text, length));
}

void out_store(const char *folder, const Stormcell__Result *r)
{
    size_t json_length, csv_length;
    char *json = report_json(r, &json_length), *csv = report_csv(r, &csv_length);
    char *path = xasprintf("%s/result.pb", folder);

    interrupt_hold();
    written(path, result_store(r, path));
    write_text(folder, "result.json", json, json_length);
    write_text(folder, "series.csv", csv, csv_length);
    interrupt_release();
    free(json);
    free(csv);
}
