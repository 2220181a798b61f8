// SPDX-License-Identifier: Apache-2.0
// What a running process has: made by main.c, handed to workers and gateways, read-only but for `stop`.
#pragma once

#include <stdatomic.h>

#include "doors/avro.h"
#include "engine/relay.h"
#include "engine/settings.h"
#include "engine/status.h"

struct map_store;

struct engine {
    const struct settings *settings;
    const struct avro_catalogue *catalogue;
    struct map_store *maps; // partners and maps, which SIGHUP replaces (formats/map_store.h)
    struct relay *relay;
    const char *cluster; // id of the Kafka cluster that positions belong to
    atomic_bool stop;    // set once; every thread looks at it
    struct log_context log;
};
