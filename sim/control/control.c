/* control - the registry, and the building of lists */
#include "control/control.h"

#include <stdlib.h>
#include <string.h>

#include "control/kinds.h"
#include "stormcell/must.h"

#define X(name) &control_##name,
const struct control_kind *const control_kinds[] = {CONTROL_KINDS(X) NULL};
#undef X

static const struct control_kind *kind_by_name(const char *name)
{
    for (size_t i = 0; control_kinds[i]; i++)
        if (strcmp(control_kinds[i]->name, name) == 0)
            return control_kinds[i];
    return NULL;
}

const struct control_kind *control_of_entry(const ProtobufCMessage *entry, const ProtobufCMessage **settings, const char **name)
{
    const ProtobufCMessageDescriptor *d = entry->descriptor;
    const char *base = (const char *)entry;

    *name = *(char *const *)(base + protobuf_c_message_descriptor_get_field_by_name(d, "name")->offset);
    for (unsigned i = 0; i < d->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &d->fields[i];

        if (!(field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF))
            continue;
        if (*(const uint32_t *)(base + field->quantifier_offset) != field->id)
            continue;
        *settings = *(ProtobufCMessage *const *)(base + field->offset);
        return kind_by_name(field->name);
    }
    return NULL;
}

static int keyed_by(const ProtobufCMessage *settings, int by_default)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(settings->descriptor, "by");

    return field ? *(const int *)((const char *)settings + field->offset) : by_default;
}

static void control_start(struct control *c, const ProtobufCMessage *entry, const struct control_build *build)
{
    const char *name;

    c->kind = control_of_entry(entry, &c->settings, &name);
    must(c->kind && c->kind->state_size <= CONTROL_STATE_MAX && c->kind->state_size % 8 == 0);
    c->path = xasprintf("%s.%s", build->path, name);
    c->by = keyed_by(c->settings, build->by_default);
    c->keys = c->by == STORMCELL__KEYED__BY_PARTITION ? build->partitions
              : c->by == STORMCELL__KEYED__BY_REPLICA ? build->replicas
                                                      : 1;
    c->states = xcalloc(c->keys, c->kind->state_size);
    c->draws = draw_key(build->seed, c->path, "control");
    if (!c->kind->start)
        return;
    for (uint32_t k = 0; k < c->keys; k++) {
        struct view view = {.acts = c->acts, .random = draw_at(c->draws, k, UINT32_MAX)};

        c->kind->start(&view, c->states + (size_t)k * c->kind->state_size, c->settings);
    }
}

void control_list_start(struct control_list *list, size_t count, ProtobufCMessage *const *entries,
                        const struct control_build *build)
{
    list->count = (uint32_t)count;
    list->items = count ? xcalloc(count, sizeof *list->items) : NULL;
    for (size_t i = 0; i < count; i++)
        control_start(&list->items[i], entries[i], build);
}

void control_list_end(struct control_list *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        free(list->items[i].path);
        free(list->items[i].states);
    }
    free(list->items);
}
