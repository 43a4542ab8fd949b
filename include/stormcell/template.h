/* template - a commented scenario to begin with; `stormcell init` prints it
 *
 * scenarios/hello.yaml, byte for byte. Ends in a line feed.
 */
#ifndef STORMCELL_TEMPLATE_H
#define STORMCELL_TEMPLATE_H

extern const char template_text[];

#endif
