// SPDX-License-Identifier: Apache-2.0
// The topics that Comptoir uses, as Kafka has them.
#pragma once

#include "doors/avro.h"
#include "engine/settings.h"

// Makes the missing ones.
bool topics_create(const struct settings *settings, struct error *error);
// The embedded broker with all topics.
struct kafka_broker *topics_open_embedded(const struct settings *settings, struct error *error);
// Registers the schemas of what we publish and read, and writes by the registry from then on.
bool topics_register(const struct settings *settings, struct avro_catalogue *catalogue, struct error *error);
