/* terminal - the summary at the end of a run
 *
 * The order is that of questions: was it good, what happened, who was hurt and how much, what did it look like, what did it
 * cost, what did the controls do, did it meet what was expected, how do I see it again.
 */
#include "report/sections.h"
#include "stormcell/report.h"

void report_terminal(const Stormcell__Result *r, struct report_style style, FILE *out)
{
    struct page p = {.out = out, .color = style.color, .width = style.width ? style.width : 100};

    section_headline(&p, r);
    section_timeline(&p, r);
    section_rollouts(&p, r);
    section_groups(&p, r);
    section_populations(&p, r);
    section_dependents(&p, r);
    section_transports(&p, r);
    section_services(&p, r);
    section_links(&p, r);
    section_caches(&p, r);
    section_curves(&p, r);
    section_measured(&p, r);
    section_status(&p, r);
    section_sla(&p, r);
    section_controls(&p, r);
    section_judgements(&p, r);
    section_repeat(&p, r);
}
