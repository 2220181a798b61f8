// SPDX-License-Identifier: Apache-2.0
#include "ctl/paths.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "ctl/configured.h"
#include "ctl/input.h"

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static const char *avro_below(const char *folder, const char *below)
{
    static char found[PATH_MAX];
    snprintf(found, sizeof found, "%s%s/avro", folder, below);
    if (is_folder(found))
        return found;
    snprintf(found, sizeof found, "%s%s", folder, below);
    return found;
}

const char *paths_schemas(const char *option, const char *maps)
{
    const char *environment = getenv("COMPTOIR_SCHEMAS");
    if (option)
        return avro_below(option, "");
    if (environment && *environment)
        return avro_below(environment, "");
    const char *beside = avro_below(maps, "/../schemas");
    if (is_folder(beside))
        return beside;
    return configured_schemas() ? avro_below(configured_schemas(), "")
                                : avro_below(input_maps_folder(NULL), "/../schemas");
}
