/* sections - the parts of the summary on a terminal, each in a file of its own */
#ifndef STORMCELL_SECTIONS_H
#define STORMCELL_SECTIONS_H

#include "report/page.h"
#include "result.pb-c.h"

/* What it was, and the verdicts in plain words. */
void section_headline(struct page *p, const Stormcell__Result *r);

/* What happened, and when. */
void section_timeline(struct page *p, const Stormcell__Result *r);

/* Changes: their rings, what they broke, and what was restarted. */
void section_rollouts(struct page *p, const Stormcell__Result *r);

/* Tables: populations, services, transports, links, struck against spared. */
void section_populations(struct page *p, const Stormcell__Result *r);
void section_services(struct page *p, const Stormcell__Result *r);
void section_dependents(struct page *p, const Stormcell__Result *r);
void section_transports(struct page *p, const Stormcell__Result *r);
void section_links(struct page *p, const Stormcell__Result *r);
void section_groups(struct page *p, const Stormcell__Result *r);

/* What caches answered, by the service that they spared. */
void section_caches(struct page *p, const Stormcell__Result *r);

/* Series as sparklines, under a line that shows when faults were on. */
void section_curves(struct page *p, const Stormcell__Result *r);

/* Series of a real system beside the predicted ones. */
void section_measured(struct page *p, const Stormcell__Result *r);

/* What customers were told. */
void section_status(struct page *p, const Stormcell__Result *r);

/* What was promised, what controls did, what was expected, and how to repeat it. */
void section_sla(struct page *p, const Stormcell__Result *r);
void section_controls(struct page *p, const Stormcell__Result *r);
void section_judgements(struct page *p, const Stormcell__Result *r);
void section_repeat(struct page *p, const Stormcell__Result *r);

/* The tone of a verdict word. */
enum tone section_tone(const char *word);

#endif
