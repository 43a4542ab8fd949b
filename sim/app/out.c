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

static void write_one(const char *folder, const char *name, const void *bytes, size_t length)
{
    char *path = xasprintf("%s/%s", folder, name);

    if (!whole_file_write(path, bytes, length))
        die("cannot write %s: %s", path, strerror(errno));
    free(path);
}

void out_store(const char *folder, const Stormcell__Result *r)
{
    size_t packed_length = stormcell__result__get_packed_size(r), json_length, csv_length;
    uint8_t *packed = xmalloc(packed_length + 1);
    char *json = report_json(r, &json_length), *csv = report_csv(r, &csv_length);

    stormcell__result__pack(r, packed);
    interrupt_hold();
    write_one(folder, "result.pb", packed, packed_length);
    write_one(folder, "result.json", json, json_length);
    write_one(folder, "series.csv", csv, csv_length);
    interrupt_release();
    free(packed);
    free(json);
    free(csv);
}
