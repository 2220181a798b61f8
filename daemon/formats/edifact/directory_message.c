// SPDX-License-Identifier: Apache-2.0
// Message structures: read as trees, laid out as arrays.
#include "formats/edifact/directory_tables.h"

// A message's structure while it is read: a tree, laid out as an array at the end.
struct branch {
    struct directory_part part;
    bool group;
    struct branch *parent, *first, *last, *next;
};

static struct branch *grow(struct directory_loader *loader, struct branch *parent, struct directory_part part)
{
    struct branch *branch = ARENA_NEW(loader->arena, struct branch);
    branch->part = part;
    branch->parent = parent;
    if (parent->last)
        parent->last->next = branch;
    else
        parent->first = branch;
    return parent->last = branch;
}

// Breadth first, so that the children of a group follow each other.
static bool lay_out(struct directory_loader *loader, struct branch *root, size_t count,
                    struct directory_message *message)
{
    struct directory_entry *entries = ARENA_ARRAY(loader->arena, count, struct directory_entry);
    struct branch **branches = ARENA_ARRAY(loader->arena, count, struct branch *);
    size_t used = 1;
    branches[0] = root;
    for (size_t i = 0; i < used; i++) {
        struct branch *branch = branches[i];
        struct directory_entry *entry = &entries[i];
        struct slice name = branch->part.name;
        int64_t number = 0;
        entry->name = arena_copy(loader->arena, name);
        entry->mandatory = branch->part.mandatory;
        entry->repeat = branch->part.repeat;
        if (branch->group && i > 0 && !slice_integer((struct slice){ name.data + 2, name.size - 2 }, &number))
            return directory_wrong(loader, "this is no group name:", name);
        if (branch->group && (!branch->first || branch->first->group))
            return directory_wrong(loader, "a group must begin with a segment:", name);
        entry->group = (uint16_t)number;
        entry->key = directory_key(branch->group ? branch->first->part.name : name);
        entry->segment = branch->group ? NULL : directory_segment_keyed(loader->directory, entry->key);
        entry->first = (uint16_t)used;
        for (struct branch *child = branch->first; child; child = child->next) {
            entries[used].parent = (uint16_t)i;
            branches[used++] = child;
            entry->count++;
        }
    }
    for (size_t i = 1; i < count; i++) {
        size_t same = 0;
        for (size_t k = 1; k < count; k++)
            same += entries[k].key == entries[i].key && !branches[k]->group;
        entries[i].unique = same == 1;
    }
    uint32_t *keys = ARENA_ARRAY(loader->arena, count, uint32_t);
    for (size_t i = 0; i < count; i++)
        keys[i] = entries[i].key;
    for (size_t i = 0; i < count; i++) {
        struct directory_entry *group = &entries[i];
        uint16_t mandatory = group->count;
        for (uint16_t k = group->count; k-- > 0;) {
            struct directory_entry *child = &entries[group->first + k];
            mandatory = child->mandatory ? k : mandatory;
            child->next_mandatory = mandatory;
        }
    }
    message->keys = keys;
    message->entries = entries;
    message->entry_count = (uint16_t)count;
    return true;
}

bool directory_load_message(struct directory_loader *loader, struct slice type, struct slice *text)
{
    struct directory *directory = loader->directory;
    struct branch root = { .group = true, .part = { .name = type, .mandatory = true, .repeat = 1 } };
    struct branch *group = &root;
    size_t count = 1;
    if (type.size == 0 || type.size >= sizeof directory->messages->type)
        return directory_wrong(loader, "this is no message type:", type);
    for (bool ended = false; !ended;) {
        if (text->size == 0)
            return directory_wrong(loader, "the line \"end\" is missing behind message", type);
        struct slice line = slice_trim(slice_cut(text, '\n'));
        loader->line++;
        while (line.size && !ended) {
            struct slice word = directory_word(&line);
            struct directory_part part;
            if (slice_is(word, "end")) {
                ended = true;
            } else if (slice_is(word, "(")) {
                if (!group->last || group->last->group || group->last->part.name.size < 3)
                    return directory_wrong(loader, "\"(\" follows no group name in", type);
                group = group->last;
                group->group = true;
            } else if (slice_is(word, ")")) {
                if (!group->parent)
                    return directory_wrong(loader, "\")\" closes no group in", type);
                group = group->parent;
            } else if (!directory_part(loader, word, &part)) {
                return false;
            } else {
                grow(loader, group, part);
                count++;
            }
        }
    }
    if (group != &root || count > 4000)
        return directory_wrong(loader, "groups are not closed, or there are too many entries, in", type);
    directory->messages = arena_grow(loader->arena, directory->messages, &directory->message_capacity,
                                     directory->message_count + 1, sizeof *directory->messages);
    struct directory_message *message = &directory->messages[directory->message_count];
    *message = (struct directory_message){ 0 };
    memcpy(message->type, type.data, type.size);
    if (!lay_out(loader, &root, count, message))
        return false;
    directory->message_count++;
    return true;
}
