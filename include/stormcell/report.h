/* report - what people and programs read
 *
 * Every writer takes Result messages and nothing else.
 */
#ifndef STORMCELL_REPORT_H
#define STORMCELL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "result.pb-c.h"

/* How a terminal wants it. */
struct report_style {
    bool color;
    unsigned width; /* columns, 0: 100 */
};

/* The summary at the end of a run: verdict, time line, tables, healthy partitions against the failed one, sparklines, expectations.
 */
void report_terminal(const Stormcell__Result *r, struct report_style style, FILE *out);

/* Strategies side by side: the first is what the others are compared with. */
void report_compare(const Stormcell__Result *const *results, size_t count, struct report_style style, FILE *out);

/* All of it as JSON (histograms as their quantiles), versioned; memory to be freed. */
char *report_json(const Stormcell__Result *r, size_t *length);
char *report_compare_json(const Stormcell__Result *const *results, size_t count, size_t *length);

/* The time series: one line a sample, one column a series, header first; memory to be freed. */
char *report_csv(const Stormcell__Result *r, size_t *length);

#endif
