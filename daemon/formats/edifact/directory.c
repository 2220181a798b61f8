// SPDX-License-Identifier: Apache-2.0
#include "formats/edifact/directory.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/edifact/directory_tables.h"
#include "formats/edifact/overlay.h"
#include "formats/edifact/syntax.h"

const char *directory_key_text(uint32_t key, char text[5])
{
    size_t size = 0;
    for (int shift = 24; shift >= 0; shift -= 8)
        if (key >> shift & 0xFF)
            text[size++] = (char)(key >> shift & 0xFF);
    text[size] = '\0';
    return text;
}

static bool load_file(struct directories *directories, const char *folder, const char *name,
                      struct error *error)
{
    size_t size = strlen(name);
    const char *path = arena_printf(directories->arena, "%s/%s", folder, name).data;
    const struct {
        const char *name;
        struct directory_codes *codes;
    } lists[] = { { "units.codes", &directories->units },
                  { "unit-aliases.codes", &directories->unit_aliases },
                  { "currencies.codes", &directories->currencies },
                  { "countries.codes", &directories->countries } };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (strcmp(name, lists[i].name) == 0)
            return directory_load_units(directories, lists[i].codes, path, error);
    if (size > 4 && strcmp(name + size - 4, ".dir") == 0)
        return directory_load(directories, path, error);
    if (size > 8 && strcmp(name + size - 8, ".overlay") == 0)
        return directory_load_overlay(directories, path, error);
    return true;
}

static void note_services(struct directories *directories)
{
    for (size_t i = 0; i < directories->count; i++) {
        const char *name = directories->items[i]->name;
        if (strncmp(name, "service-", 8) == 0 && name[8] >= '1' && name[8] <= '4' && !name[9])
            directories->service[name[8] - '0'] = directories->items[i];
    }
}

struct directories *directories_load(const char *folder, struct error *error)
{
    struct dirent **names;
    int count = scandir(folder, &names, NULL, alphasort);
    if (count < 0) {
        error_set(
            error, ERROR_INTERNAL, NULL,
            "could not list the folder of EDIFACT directories \"%s\": %s; give the folder edi-maps with "
            "--maps or COMPTOIR_MAPS",
            folder, strerror(errno));
        return NULL;
    }
    struct arena *arena = arena_open(SIZE_MAX);
    struct directories *directories = ARENA_NEW(arena, struct directories);
    directories->arena = arena;
    bool good = true;
    for (int i = 0; i < count; i++) {
        good = good && load_file(directories, folder, names[i]->d_name, error);
        free(names[i]);
    }
    free(names);
    note_services(directories);
    if (good && !directories->service[3])
        good = error_set(error, ERROR_INTERNAL, NULL,
                         "the folder \"%s\" holds no service-3.dir: it is no folder of EDIFACT directories",
                         folder);
    if (good)
        return directories;
    arena_close(arena);
    return NULL;
}

void directories_free(struct directories *directories)
{
    if (directories)
        arena_close(directories->arena);
}

const struct directory *directories_named(const struct directories *directories, const char *name)
{
    for (size_t i = 0; i < directories->count; i++)
        if (strcmp(directories->items[i]->name, name) == 0)
            return directories->items[i];
    return NULL;
}

// Versions of the service messages: D:3 and 3:1 belong to syntax version 3, 2:2 to 2, 4:1 to 4. The early
// CONTRL 1:1 is another message, which nobody sends any more.
static unsigned service_version(struct slice version, struct slice release)
{
    if (slice_is(version, "D") && release.size == 1 && release.data[0] >= '3' && release.data[0] <= '4')
        return (unsigned)(release.data[0] - '0');
    if (version.size == 1 && version.data[0] >= '2' && version.data[0] <= '4')
        return (unsigned)(version.data[0] - '0');
    return 0;
}

const struct directory *directories_find(const struct directories *directories, struct slice type,
                                         struct slice version, struct slice release)
{
    const struct directory *service = directories->service[3];
    if (directory_message(service, type)) {
        unsigned syntax = service_version(version, release);
        return syntax ? directories->service[syntax] : NULL;
    }
    char name[16];
    if (version.size + release.size >= sizeof name)
        return NULL;
    snprintf(name, sizeof name, "%.*s%.*s", SLICE_ARGS(version), SLICE_ARGS(release));
    return directories_named(directories, name);
}

const struct directory_overlay *directories_overlay(const struct directories *directories, const char *name)
{
    for (size_t i = 0; i < directories->overlay_count; i++)
        if (strcmp(overlay_name(directories->overlays[i]), name) == 0)
            return directories->overlays[i];
    return NULL;
}

const struct directory_overlay *directories_overlay_of(const struct directories *directories,
                                                       struct slice association)
{
    for (size_t i = 0; association.size && i < directories->overlay_count; i++)
        if (overlay_holds(directories->overlays[i], association))
            return directories->overlays[i];
    return NULL;
}

const struct directory *directories_service(const struct directories *directories, unsigned syntax)
{
    return syntax <= 4 ? directories->service[syntax] : NULL;
}

bool directory_has_code(const struct directory_codes *codes, struct slice code)
{
    uint64_t packed = directory_pack(code);
    if (!packed || !codes->slots)
        return false;
    for (uint32_t slot = directory_hash(packed) & codes->mask; codes->slots[slot];
         slot = (slot + 1) & codes->mask)
        if (codes->slots[slot] == packed)
            return true;
    return false;
}

bool directories_unit(const struct directories *directories, struct slice unit)
{
    return !directories->units.count || directory_has_code(&directories->units, unit) ||
           directory_has_code(&directories->unit_aliases, unit);
}

bool directories_currency(const struct directories *directories, struct slice currency)
{
    return !directories->currencies.count || directory_has_code(&directories->currencies, currency);
}

bool directories_country(const struct directories *directories, struct slice country)
{
    return !directories->countries.count || directory_has_code(&directories->countries, country);
}

const char *directory_name(const struct directory *directory)
{
    return directory->name;
}

const struct directory_message *directory_message(const struct directory *directory, struct slice type)
{
    for (size_t i = 0; i < directory->message_count; i++)
        if (slice_is(type, directory->messages[i].type))
            return &directory->messages[i];
    return NULL;
}

const struct directory_segment *directory_segment_keyed(const struct directory *directory, uint32_t key)
{
    for (uint32_t slot = directory_hash(key) % DIRECTORY_SEGMENT_SLOTS; directory->segments[slot];
         slot = (slot + 1) % DIRECTORY_SEGMENT_SLOTS)
        if (directory->segments[slot]->key == key)
            return directory->segments[slot];
    return NULL;
}

const struct directory_segment *directory_segment(const struct directory *directory, struct slice tag)
{
    uint32_t key = directory_key(tag);
    return key ? directory_segment_keyed(directory, key) : NULL;
}

const struct directory_element *directory_element(const struct directory *directory, struct slice number)
{
    int64_t index;
    if (number.size != 4 || !slice_integer(number, &index) || index < 0)
        return NULL;
    return directory->elements[index];
}

// Cuts "#N" off the end of a name; 1 where there is none, 0 where N is no number.
static unsigned cut_ordinal(struct slice *name)
{
    struct slice rest = *name;
    *name = slice_cut(&rest, '#');
    int64_t ordinal;
    if (slice_empty(rest))
        return 1;
    return slice_integer(rest, &ordinal) && ordinal > 0 && ordinal < UINT16_MAX ? (unsigned)ordinal : 0;
}

// The component of a position by its number; 0 where there is none.
static uint16_t find_component(const struct directory_position *position, struct slice number,
                               unsigned ordinal)
{
    uint32_t key = directory_key(number);
    for (uint16_t i = 0; i < position->component_count; i++)
        if (position->components[i].element->key == key && ordinal && --ordinal == 0)
            return (uint16_t)(i + 1);
    return 0;
}

bool directory_place(const struct directory *directory, struct slice tag, struct slice name,
                     unsigned occurrence, struct directory_place *place)
{
    const struct directory_segment *segment = directory_segment(directory, tag);
    struct slice rest = name, first = slice_cut(&rest, '.');
    bool composite = !slice_empty(rest);
    unsigned ordinal = cut_ordinal(&rest);
    unsigned which = cut_ordinal(&first);
    // "C212#2.7140" says the same as the occurrence 2; the two add up.
    if (!segment || !which || !occurrence)
        return false;
    which += occurrence - 1;
    uint32_t key = directory_key(first);
    unsigned before = 0;
    for (uint16_t i = 0; i < segment->position_count; before += segment->positions[i++].repeat) {
        const struct directory_position *position = &segment->positions[i];
        bool named = composite ? position->composite == key
                               : !position->composite && position->components[0].element->key == key;
        if (!named)
            continue;
        if (which > position->repeat) {
            which -= position->repeat;
            continue;
        }
        uint16_t component = composite ? find_component(position, rest, ordinal) : 1;
        if (!component)
            return false;
        *place = (struct directory_place){
            .element = position->element,
            .occurrence = (uint16_t)which,
            .component = component,
            .tokens = { edifact_place((uint16_t)(before + which), 1, component),
                        edifact_place(position->element, (uint16_t)which, component) },
            .definition = position->components[component - 1].element
        };
        return true;
    }
    return false;
}

static const struct directory_entry *find_child(const struct directory_message *message,
                                                const struct directory_entry *group, struct slice name)
{
    char number[16];
    for (uint16_t i = 0; i < group->count; i++) {
        const struct directory_entry *child = &message->entries[group->first + i];
        snprintf(number, sizeof number, "SG%u", child->group);
        if (child->group ? slice_is(name, number) : directory_key(name) == child->key)
            return child;
    }
    return NULL;
}

const struct directory_entry *directory_path(const struct directory_message *message, struct slice path)
{
    const struct directory_entry *entry = &message->entries[0];
    while (entry && path.size) {
        struct slice name = slice_cut(&path, '.');
        entry = find_child(message, entry, name);
    }
    return entry;
}
