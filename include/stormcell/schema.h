/* schema - the language as a JSON Schema (2020-12), for editors; `stormcell schema` prints it
 *
 * Generated from the files in proto/ by proto/protoc-gen-stormcell. Ends in a line feed.
 */
#ifndef STORMCELL_SCHEMA_H
#define STORMCELL_SCHEMA_H

extern const char schema_text[];

#endif
