/* conclusion - the last sentences of a comparison
 *
 * The first says which strategies keep those healthy whom no fault has struck: that is what isolation is for. The second says which
 * bring back those whom it has struck, and when.
 */
#ifndef STORMCELL_CONCLUSION_H
#define STORMCELL_CONCLUSION_H

#include <stddef.h>

#include "report/page.h"
#include "result.pb-c.h"

void conclusion_print(struct page *p, const Stormcell__Result *const *results, size_t count);

#endif
