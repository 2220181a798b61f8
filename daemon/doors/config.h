// SPDX-License-Identifier: Apache-2.0
// The door to libconfig: files of groups, lists and values (settings and maps both use it). A read file is a
// tree of config_node; every node knows its file and line, so that the reader of a map or a setting can say
// where the fault is. Includes (@include) are followed inside the file's own folder.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

enum config_kind { CONFIG_GROUP, CONFIG_LIST, CONFIG_TEXT, CONFIG_INTEGER, CONFIG_BOOLEAN, CONFIG_FLOAT };

struct config_node {
    enum config_kind kind;
    const char *name; // NULL in lists and at the root
    const char *file;
    int line;
    const char *text; // CONFIG_TEXT
    int64_t integer;  // CONFIG_INTEGER, CONFIG_BOOLEAN
    struct config_node *first, *next;
    size_t count;
};

// Libconfig arrays and lists both become CONFIG_LIST. Nodes live in the arena.
bool config_read(const char *path, struct arena *arena, struct config_node **root, struct error *error);

const struct config_node *config_get(const struct config_node *group, const char *name);
// Typed values; the fallback where absent; error (with file and line) where of another kind.
bool config_text(const struct config_node *group, const char *name, const char *fallback, const char **value,
                 struct error *error);
bool config_integer(const struct config_node *group, const char *name, int64_t fallback, int64_t *value,
                    struct error *error);
bool config_boolean(const struct config_node *group, const char *name, bool fallback, bool *value,
                    struct error *error);
// ERROR_INVALID naming the first member of the group that is not in `known` (NULL-terminated), with its line.
bool config_only(const struct config_node *group, const char *const known[], struct error *error);
