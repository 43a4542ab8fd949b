/* param - finds what the language says of a message or an enum; the tables are generated (build/gen/param_table.c) */
#include "stormcell/param.h"

const struct param_message *param_of(const ProtobufCMessageDescriptor *descriptor)
{
    for (size_t i = 0; i < param_messages_count; i++)
        if (param_messages[i].descriptor == descriptor)
            return &param_messages[i];
    return NULL;
}

const struct param_enum *param_enum_of(const ProtobufCEnumDescriptor *descriptor)
{
    for (size_t i = 0; i < param_enums_count; i++)
        if (param_enums[i].descriptor == descriptor)
            return &param_enums[i];
    return NULL;
}
