/* whole_file - files that are there as a whole, or as they were before
 *
 * What is written goes to a temporary file beside its name, which takes the name when all of it is on the disk: a reader, or a
 * machine that fails, never meets half a file. Several processes and threads may write one name at once; the last one stays.
 */
#ifndef BASE_WHOLE_FILE_H
#define BASE_WHOLE_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* Writes a file or replaces it. false with errno: what was there before is still there, and nothing of the new file is left. */
bool whole_file_write(const char *path, const void *bytes, size_t length);

#endif
