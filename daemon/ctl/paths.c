// SPDX-License-Identifier: Apache-2.0
#include "ctl/paths.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static const char *avro_below(const char *folder, const char *below)
{
    static char found[PATH_MAX];
    struct stat status;
    snprintf(found, sizeof found, "%s%s/avro", folder, below);
    if (stat(found, &status) == 0 && S_ISDIR(status.st_mode))
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
    return avro_below(maps, "/../schemas");
}
