// SPDX-License-Identifier: Apache-2.0
// The folder of maps: all of it is read and checked, or nothing.
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "doors/avro.h"
#include "formats/edifact/check.h"
#include "formats/mail/templates.h"
#include "formats/map_rules.h"
#include "formats/partner_index.h"

enum { CEILING = 256 << 20, MOST_BASES = 8 };

struct maps {
    struct arena *arena;
    struct directories *directories;
    const struct templates *templates;
    struct avro_catalogue *schemas;
    size_t file_count, file_capacity; // message maps
    struct map_file {
        const char *name;           // "ORDERS.D96A", "cxml/OrderRequest"
        struct config_node *root;   // as read
        struct config_node *merged; // with its bases, NULL until needed
        struct map map;
    } * files;
    size_t partner_count;
    struct partner *partners;
    struct config_node *base; // partners/defaults, NULL where there is none
    struct map *partner_maps; // [partner * file_count + file]
    struct partner_index edifact, cxml;
};

struct loader {
    struct maps *maps;
    const char *folder;
    struct error *error;
};

static int keep_plain(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool ends(const char *name, const char *suffix)
{
    size_t size = strlen(name), end = strlen(suffix);
    return size > end && strcmp(name + size - end, suffix) == 0;
}

// Calls `take` for each file of a folder with that suffix, in the order of names.
static bool each_file(struct loader *loader, const char *folder, const char *suffix, const char *prefix,
                      bool (*take)(struct loader *, const char *path, const char *name))
{
    struct dirent **entries;
    int count = scandir(folder, &entries, keep_plain, alphasort);
    bool good = true;
    if (count < 0)
        return error_set(loader->error, ERROR_INTERNAL, NULL, "cannot read the folder \"%s\": %m", folder);
    for (int i = 0; i < count; i++) {
        const char *file = entries[i]->d_name;
        if (good && ends(file, suffix)) {
            struct arena *arena = loader->maps->arena;
            struct slice stem = { file, strlen(file) - strlen(suffix) };
            const char *path = arena_printf(arena, "%s/%s", folder, file).data;
            good = take(loader, path, arena_printf(arena, "%s%.*s", prefix, SLICE_ARGS(stem)).data);
        }
        free(entries[i]);
    }
    free(entries);
    return good;
}

static bool take_map(struct loader *loader, const char *path, const char *name)
{
    struct maps *maps = loader->maps;
    struct config_node *root;
    if (!config_read(path, maps->arena, &root, loader->error))
        return false;
    maps->files =
        arena_grow(maps->arena, maps->files, &maps->file_capacity, maps->file_count + 1, sizeof *maps->files);
    maps->files[maps->file_count++] = (struct map_file){ .name = name, .root = root };
    return true;
}

static struct map_file *file_named(struct maps *maps, const char *name)
{
    for (size_t i = 0; i < maps->file_count; i++)
        if (strcmp(maps->files[i].name, name) == 0)
            return &maps->files[i];
    return NULL;
}

// A map with what it is based on; a circle of bases ends at the depth.
static struct config_node *merge_bases(struct loader *loader, struct map_file *file, int depth)
{
    const char *base;
    struct position at = { .source = file->root->file, .line = (uint32_t)file->root->line, .column = 1 };
    if (file->merged)
        return file->merged;
    if (!config_text(file->root, "base", NULL, &base, loader->error))
        return NULL;
    if (!base)
        return file->merged = file->root;
    struct map_file *below = file_named(loader->maps, base);
    if (!below || depth == MOST_BASES) {
        error_set(loader->error, ERROR_INVALID, &at, "the base \"%s\" %s", base,
                  below ? "is based on this map again" : "is no map of this folder");
        return NULL;
    }
    struct config_node *merged = merge_bases(loader, below, depth + 1);
    return file->merged = merged ? map_merge(merged, file->root, loader->maps->arena) : NULL;
}

static bool compile_files(struct loader *loader)
{
    struct maps *maps = loader->maps;
    for (size_t i = 0; i < maps->file_count; i++) {
        struct config_node *merged = merge_bases(loader, &maps->files[i], 0);
        struct map *map = &maps->files[i].map;
        if (!merged)
            return false;
        map->rules = map_compile(merged, maps->directories, maps->schemas, maps->arena, loader->error);
        if (!map->rules)
            return false;
        for (size_t k = 0; k < i; k++) {
            const struct map_rules *other = maps->files[k].map.rules;
            struct position at = { .source = maps->files[i].root->file,
                                   .line = (uint32_t)merged->line,
                                   .column = 1 };
            if (strcmp(other->kind, map->rules->kind) == 0 &&
                strcmp(other->directory, map->rules->directory) == 0)
                return error_set(loader->error, ERROR_INVALID, &at,
                                 "the map %s has the same message and directory", maps->files[k].name);
        }
    }
    return true;
}

static bool count_partner(struct loader *loader, const char *path, const char *name)
{
    (void)path;
    (void)name;
    loader->maps->partner_count++;
    return true;
}

// What a partner says of one message.
static bool compile_override(struct loader *loader, const struct config_node *over, size_t partner)
{
    static const char *const members[] = {
        "message", "directory", "fields", "tables", "expect", "names", NULL
    };
    struct maps *maps = loader->maps;
    struct position at = { .source = over->file, .line = (uint32_t)over->line, .column = 1 };
    const char *kind, *directory;
    bool found = false;
    if (!config_only(over, members, loader->error) ||
        !config_text(over, "message", NULL, &kind, loader->error) ||
        !config_text(over, "directory", NULL, &directory, loader->error))
        return false;
    for (size_t i = 0; kind && i < maps->file_count; i++) {
        const struct map_rules *rules = maps->files[i].map.rules;
        // Without a directory the override is for every directory that has a map of the message.
        if (strcmp(rules->kind, kind) != 0 || (directory && strcmp(rules->directory, directory) != 0))
            continue;
        struct config_node *merged = map_merge(maps->files[i].merged, over, maps->arena);
        struct map *map = &maps->partner_maps[partner * maps->file_count + i];
        map->rules = map_compile(merged, maps->directories, maps->schemas, maps->arena, loader->error);
        found = true;
        if (!map->rules)
            return false;
    }
    return found || error_set(loader->error, ERROR_INVALID, &at, "there is no map of the message \"%s\"",
                              kind ? kind : "");
}

static bool compile_overrides(struct loader *loader, const struct config_node *root, size_t partner)
{
    const struct config_node *overrides = config_get(root, "overrides");
    struct maps *maps = loader->maps;
    const struct zone *zone = NULL;
    struct position at = { .source = root->file, .line = (uint32_t)root->line, .column = 1 };
    const struct config_node *zone_name = config_get(root, "zone");
    if (zone_name) {
        struct error fault = { .kind = ERROR_NONE };
        zone = zone_open(maps->partners[partner].zone, maps->arena, &fault);
        at.line = (uint32_t)zone_name->line;
        if (!zone)
            return error_set(loader->error, ERROR_INVALID, &at, "%s", fault.message);
    }
    for (size_t i = 0; i < maps->file_count; i++)
        maps->partner_maps[partner * maps->file_count + i] = (struct map){
            .rules = maps->files[i].map.rules,
            .partner = &maps->partners[partner],
            .zone = zone,
        };
    if (overrides && overrides->kind != CONFIG_LIST)
        return error_set(loader->error, ERROR_INVALID, &at, "a list of groups is wanted for `overrides`");
    for (const struct config_node *over = overrides ? overrides->first : NULL; over; over = over->next)
        if (!compile_override(loader, over, partner))
            return false;
    return true;
}

static bool take_partner(struct loader *loader, const char *path, const char *name)
{
    struct maps *maps = loader->maps;
    size_t index = maps->partner_count++;
    struct partner *partner = &maps->partners[index];
    struct config_node *root;
    if (!config_read(path, maps->arena, &root, loader->error) ||
        !partner_read(root, maps->base, name, maps->arena, partner, loader->error) ||
        !compile_overrides(loader, root, index))
        return false;
    struct position at = { .source = path };
    const char *lists = partner->edifact_tolerances ? partner->edifact_tolerances->code_lists : "";
    if (lists[0] && strcmp(lists, "none") != 0 && !directories_overlay(maps->directories, lists))
        return error_set(loader->error, ERROR_INVALID, &at,
                         "there are no code lists \"%s\": the folder directories has no overlay of that name",
                         lists);
    if (partner->edifact_identity_count && !directories_named(maps->directories, partner->edifact_directory))
        return error_set(loader->error, ERROR_INVALID, &at, "there is no directory \"%s\"",
                         partner->edifact_directory);
    if (partner->edifact_aperak && !maps_find(maps, "APERAK", partner->edifact_directory, NULL))
        return error_set(loader->error, ERROR_INVALID, &at,
                         "the partner wants APERAK, and there is no map APERAK of directory \"%s\"",
                         partner->edifact_directory);
    partner_index_add(&maps->edifact, partner->edifact_identities, partner->edifact_identity_count, partner);
    partner_index_add(&maps->cxml, partner->cxml_identities, partner->cxml_identity_count, partner);
    return true;
}

// The settings that all partners share are a file that need not be there.
static bool take_base(struct loader *loader, const char *folder)
{
    struct maps *maps = loader->maps;
    const char *path = arena_printf(maps->arena, "%s/defaults", folder).data;
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return true;
    return config_read(path, maps->arena, &maps->base, loader->error) &&
           partner_base_check(maps->base, loader->error);
}

static bool load(struct loader *loader, const char *schemas)
{
    struct maps *maps = loader->maps;
    char path[4096];
    const char *folder = loader->folder;
    snprintf(path, sizeof path, "%s/directories", folder);
    maps->directories = directories_load(path, loader->error);
    if (!maps->directories)
        return false;
    maps->schemas = avro_open(schemas, loader->error);
    if (!maps->schemas)
        return false;
    snprintf(path, sizeof path, "%s/messages", folder);
    if (!each_file(loader, path, ".map", "", take_map))
        return false;
    snprintf(path, sizeof path, "%s/messages/cxml", folder);
    if (!each_file(loader, path, ".map", "cxml/", take_map) || !compile_files(loader))
        return false;
    snprintf(path, sizeof path, "%s/mail", folder);
    maps->templates = templates_load(maps->arena, path, loader->error);
    if (loader->error->kind != ERROR_NONE)
        return false;
    snprintf(path, sizeof path, "%s/partners", folder);
    if (!take_base(loader, path) || !each_file(loader, path, ".conf", "", count_partner))
        return false;
    maps->partners = ARENA_ARRAY(maps->arena, maps->partner_count, struct partner);
    maps->partner_maps =
        arena_take_array(maps->arena, maps->partner_count * maps->file_count, sizeof *maps->partner_maps);
    maps->partner_count = 0;
    return each_file(loader, path, ".conf", "", take_partner) &&
           partner_index_close(&maps->edifact, loader->error) &&
           partner_index_close(&maps->cxml, loader->error);
}

struct maps *maps_load(const char *folder, const char *schemas, struct error *error)
{
    struct arena *arena = arena_open(CEILING);
    struct maps *maps = ARENA_NEW(arena, struct maps);
    struct loader loader = { .maps = maps, .folder = folder, .error = error };
    maps->arena = arena;
    maps->edifact = (struct partner_index){ .arena = arena };
    maps->cxml = (struct partner_index){ .arena = arena, .nocase = true };
    if (load(&loader, schemas))
        return maps;
    error_within(error, "loading the maps of \"%s\"", folder);
    maps_free(maps);
    return NULL;
}

void maps_free(struct maps *maps)
{
    if (!maps)
        return;
    if (maps->directories)
        directories_free(maps->directories);
    if (maps->schemas)
        avro_close(maps->schemas);
    arena_close(maps->arena);
}

const struct directories *maps_directories(const struct maps *maps)
{
    return maps->directories;
}

const struct avro_catalogue *maps_schemas(const struct maps *maps)
{
    return maps->schemas;
}

const struct templates *maps_templates(const struct maps *maps)
{
    return maps->templates;
}

size_t maps_count(const struct maps *maps)
{
    return maps->file_count;
}

size_t maps_partner_count(const struct maps *maps)
{
    return maps->partner_count;
}

const struct partner *maps_partner(const struct maps *maps, size_t index)
{
    return &maps->partners[index];
}

const struct partner *maps_partner_named(const struct maps *maps, struct slice name)
{
    for (size_t i = 0; i < maps->partner_count; i++)
        if (slice_is(name, maps->partners[i].name))
            return &maps->partners[i];
    return NULL;
}

const struct partner *maps_partner_edifact(const struct maps *maps, struct slice qualifier,
                                           struct slice identity)
{
    return partner_index_find(&maps->edifact, qualifier, identity);
}

const struct partner *maps_partner_cxml(const struct maps *maps, struct slice domain, struct slice identity)
{
    return partner_index_find(&maps->cxml, domain, identity);
}

static const struct map *map_for(const struct maps *maps, size_t file, const struct partner *partner)
{
    if (!partner)
        return &maps->files[file].map;
    return &maps->partner_maps[(size_t)(partner - maps->partners) * maps->file_count + file];
}

const struct map *maps_find(const struct maps *maps, const char *kind, const char *directory,
                            const struct partner *partner)
{
    for (size_t i = 0; i < maps->file_count; i++) {
        const struct map_rules *rules = maps->files[i].map.rules;
        if (strcmp(rules->kind, kind) == 0 && strcmp(rules->directory, directory ? directory : "") == 0)
            return map_for(maps, i, partner);
    }
    return NULL;
}

const struct map *maps_named(const struct maps *maps, const char *name, const struct partner *partner)
{
    for (size_t i = 0; i < maps->file_count; i++)
        if (strcmp(maps->files[i].name, name) == 0)
            return map_for(maps, i, partner);
    return NULL;
}

const char *map_kind(const struct map *map)
{
    return map->rules->kind;
}

const char *map_directory(const struct map *map)
{
    return map->rules->directory;
}

struct slice map_message_type(const char *kind)
{
    struct slice rest = slice_of(kind);
    return slice_cut(&rest, '.');
}

const char *map_document_type(const struct map *map)
{
    return map->rules->document;
}
