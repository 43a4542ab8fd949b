/* json_message - any protobuf message as JSON
 *
 * Fields carry the names of the proto file, in the order of their numbers; enums are their words in lower case; absent optional
 * fields are left out, so that a default can be told from a value that was written; lists are always there, [] when empty; bytes
 * and hashes (fixed64) are hexadecimal text, because a reader in JavaScript would round a hash; other integers are numbers.
 * Recursion is bounded.
 */
#ifndef STORMCELL_RESULT_JSON_MESSAGE_H
#define STORMCELL_RESULT_JSON_MESSAGE_H

#include <protobuf-c/protobuf-c.h>

#include "stormcell/json.h"

/* Writes `m` as an object, where a value is due. */
void json_message(struct json *j, const ProtobufCMessage *m);

/* The fields of `m` as members of the object that is open, for callers who add some of their own. */
void json_message_fields(struct json *j, const ProtobufCMessage *m);

/* The word of an enum value: its name without the prefix that all values share, in lower case; in `out`, cut at 63. "?" and the
 * number for a value that the enum does not have. */
void json_message_word(const ProtobufCEnumDescriptor *e, int value, char out[64]);

#endif
