// SPDX-License-Identifier: Apache-2.0
#include "ctl/configured.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ctl/online.h"

enum { ARENA_CEILING = 1 << 24 };

static char maps[PATH_MAX], schemas[PATH_MAX];

static void read_once(void)
{
    static bool done;
    if (done)
        return;
    done = true;
    const char *config = getenv("COMPTOIR_CONFIG");
    bool named = config && *config;
    if (!named)
        config = ONLINE_CONFIG;
    if (!named && access(config, R_OK) != 0)
        return;
    struct arena *arena = arena_open(ARENA_CEILING);
    struct settings settings = { 0 };
    struct error error = { 0 };
    if (settings_read(config, arena, &settings, &error)) {
        snprintf(maps, sizeof maps, "%s", settings.maps);
        snprintf(schemas, sizeof schemas, "%s", settings.schemas);
    } else {
        char text[1024];
        fprintf(stderr, "comptoirctl: warning: %s\n", error_text(&error, text, sizeof text));
    }
    arena_close(arena);
}

const char *configured_maps(void)
{
    read_once();
    return *maps ? maps : NULL;
}

const char *configured_schemas(void)
{
    read_once();
    return *schemas ? schemas : NULL;
}
