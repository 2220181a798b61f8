// SPDX-License-Identifier: Apache-2.0
#include "doors/config.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

// libconfig has a function of the same name with another signature; ours is the one that the daemon knows.
#define config_read libconfig_read_stream
#include <libconfig.h>
#undef config_read

#include "doors/config_numbers.h"

enum { MOST_DEPTH = 64 };

static struct position place(const struct config_node *node)
{
    return (struct position){ .source = node->file, .line = (uint32_t)node->line, .column = 1 };
}

static const char *keep(struct arena *arena, const char *string)
{
    return string ? arena_string(arena, slice_of(string)) : NULL;
}

// The library gives included files the name they have in the including file; we give the whole path. All
// nodes of a group that lie in one file share one copy of it.
static const char *whole_path(struct arena *arena, const char *folder, const char *included)
{
    return arena_printf(arena, "%s/%s", folder, included).data;
}

struct filling {
    struct arena *arena;
    const char *path, *folder; // of the outermost file
    struct error *error;
};

static const char *file_name(const struct filling *filling, const struct config_node *parent,
                             const char *file)
{
    if (!file || strcmp(file, filling->path) == 0)
        return filling->path;
    const char *whole = whole_path(filling->arena, filling->folder, file);
    return strcmp(parent->file, whole) == 0 ? parent->file : whole;
}

static bool fill(const struct filling *filling, struct config_node *node, const config_setting_t *setting,
                 int depth);

static bool fill_children(const struct filling *filling, struct config_node *node,
                          const config_setting_t *setting, int depth)
{
    struct position at = place(node);
    if (depth >= MOST_DEPTH)
        return error_set(filling->error, ERROR_INVALID, &at,
                         "groups and lists are nested more than %d deep: flatten them", (int)MOST_DEPTH);
    struct config_node **end = &node->first;
    node->count = (size_t)config_setting_length(setting);
    for (unsigned i = 0; i < node->count; i++) {
        const config_setting_t *member = config_setting_get_elem(setting, i);
        struct config_node *child = ARENA_NEW(filling->arena, struct config_node);
        child->name = keep(filling->arena, config_setting_name(member));
        child->file = file_name(filling, node, config_setting_source_file(member));
        child->line = (int)config_setting_source_line(member);
        if (!fill(filling, child, member, depth + 1))
            return false;
        *end = child;
        end = &child->next;
    }
    return true;
}

static bool fill(const struct filling *filling, struct config_node *node, const config_setting_t *setting,
                 int depth)
{
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_GROUP:
        node->kind = CONFIG_GROUP;
        return fill_children(filling, node, setting, depth);
    case CONFIG_TYPE_ARRAY:
    case CONFIG_TYPE_LIST:
        node->kind = CONFIG_LIST;
        return fill_children(filling, node, setting, depth);
    case CONFIG_TYPE_STRING:
        node->kind = CONFIG_TEXT;
        node->text = keep(filling->arena, config_setting_get_string(setting));
        return true;
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        node->kind = CONFIG_INTEGER;
        node->integer = config_setting_get_int64(setting);
        return true;
    case CONFIG_TYPE_BOOL:
        node->kind = CONFIG_BOOLEAN;
        node->integer = config_setting_get_bool(setting) ? 1 : 0;
        return true;
    default:
        node->kind = CONFIG_FLOAT;
        return true;
    }
}

static bool leaves_the_folder(const char *file)
{
    struct slice rest = slice_of(file);
    while (rest.size)
        if (slice_is(slice_cut(&rest, '/'), ".."))
            return true;
    return false;
}

// The library puts the include folder before each included name, so that only ".." could lead out of it.
static bool check_files(const config_t *config, const struct filling *filling)
{
    for (unsigned i = 0; i < config->num_filenames; i++) {
        const char *file = config->filenames[i];
        bool main = strcmp(file, filling->path) == 0;
        struct position at = { .source = filling->path, .line = 1, .column = 1 };
        if (!main && leaves_the_folder(file))
            return error_set(
                filling->error, ERROR_INVALID, &at,
                "@include of \"%s\" leads out of the folder of the including file: move the file there",
                file);
        const char *path = main ? filling->path : whole_path(filling->arena, filling->folder, file);
        if (!config_numbers_check(path, filling->error))
            return false;
    }
    return true;
}

static bool report(const config_t *config, const struct filling *filling)
{
    const char *file = config_error_file(config), *path = filling->path;
    if (config_error_type(config) == CONFIG_ERR_FILE_IO)
        return error_set(filling->error, ERROR_INVALID, NULL, "cannot read configuration file \"%s\": %s",
                         path, errno ? strerror(errno) : "not a readable file");
    if (file && strcmp(file, path) != 0)
        path = whole_path(filling->arena, filling->folder, file);
    struct position at = { .source = path, .line = (uint32_t)config_error_line(config), .column = 1 };
    return error_set(filling->error, ERROR_INVALID, &at,
                     "%s in configuration file \"%s\" at or before line %u", config_error_text(config), path,
                     at.line);
}

static bool read_with(config_t *config, const struct filling *filling, struct config_node **root)
{
    config_set_include_dir(config, filling->folder);
    errno = 0;
    if (!config_read_file(config, filling->path))
        return report(config, filling);
    if (!check_files(config, filling))
        return false;
    struct config_node *node = ARENA_NEW(filling->arena, struct config_node);
    node->file = filling->path;
    node->line = 1;
    if (!fill(filling, node, config_root_setting(config), 0))
        return false;
    *root = node;
    return true;
}

bool config_read(const char *path, struct arena *arena, struct config_node **root, struct error *error)
{
    struct filling filling = { .arena = arena, .path = keep(arena, path), .error = error };
    filling.folder = dirname(arena_string(arena, slice_of(path)));
    config_t config;
    config_init(&config);
    bool done = read_with(&config, &filling, root);
    config_destroy(&config);
    return done;
}

const struct config_node *config_get(const struct config_node *group, const char *name)
{
    if (!group || group->kind != CONFIG_GROUP)
        return NULL;
    for (const struct config_node *member = group->first; member; member = member->next)
        if (strcmp(member->name, name) == 0)
            return member;
    return NULL;
}

static const char *kind_name(enum config_kind kind)
{
    static const char *const names[] = {
        [CONFIG_GROUP] = "a group { }",     [CONFIG_LIST] = "a list ( )",
        [CONFIG_TEXT] = "a text in quotes", [CONFIG_INTEGER] = "an integer",
        [CONFIG_BOOLEAN] = "true or false", [CONFIG_FLOAT] = "a number with a fraction",
    };
    return names[kind];
}

// Finds a member of the wanted kind; *found is NULL where it is absent.
static bool member_of_kind(const struct config_node *group, const char *name, enum config_kind kind,
                           const struct config_node **found, struct error *error)
{
    *found = config_get(group, name);
    if (!*found || (*found)->kind == kind)
        return true;
    struct position at = place(*found);
    return error_set(error, ERROR_INVALID, &at, "setting \"%s\" is %s: write %s", name,
                     kind_name((*found)->kind), kind_name(kind));
}

bool config_text(const struct config_node *group, const char *name, const char *fallback, const char **value,
                 struct error *error)
{
    const struct config_node *found;
    if (!member_of_kind(group, name, CONFIG_TEXT, &found, error))
        return false;
    *value = found ? found->text : fallback;
    return true;
}

bool config_integer(const struct config_node *group, const char *name, int64_t fallback, int64_t *value,
                    struct error *error)
{
    const struct config_node *found;
    if (!member_of_kind(group, name, CONFIG_INTEGER, &found, error))
        return false;
    *value = found ? found->integer : fallback;
    return true;
}

bool config_boolean(const struct config_node *group, const char *name, bool fallback, bool *value,
                    struct error *error)
{
    const struct config_node *found;
    if (!member_of_kind(group, name, CONFIG_BOOLEAN, &found, error))
        return false;
    *value = found ? found->integer != 0 : fallback;
    return true;
}

static bool is_known(const char *name, const char *const known[])
{
    for (size_t i = 0; known[i]; i++)
        if (strcmp(known[i], name) == 0)
            return true;
    return false;
}

// "a, b, c", so that a misspelt setting shows its right spelling at once.
static void join(const char *const known[], char *list, size_t size)
{
    size_t used = 0;
    list[0] = '\0';
    for (size_t i = 0; known[i] && used + strlen(known[i]) + 3 < size; i++) {
        used = (size_t)(stpcpy(list + used, i ? ", " : "") - list);
        used = (size_t)(stpcpy(list + used, known[i]) - list);
    }
}

bool config_only(const struct config_node *group, const char *const known[], struct error *error)
{
    for (const struct config_node *member = group->first; member; member = member->next) {
        if (!member->name || is_known(member->name, known))
            continue;
        char list[300];
        join(known, list, sizeof list);
        struct position at = place(member);
        return error_set(error, ERROR_INVALID, &at, "unknown setting \"%s\": known here are %s", member->name,
                         list);
    }
    return true;
}
