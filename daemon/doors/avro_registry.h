// SPDX-License-Identifier: Apache-2.0
// A client of Confluent's schema registry, the REST interface that other registries speak as well. Calls
// block; a URL may carry "user:password@".
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

// Registers a schema's JSON under the subject and gives its id; registering the same again gives the same id.
// A new subject gets compatibility BACKWARD first. ERROR_INVALID names subject and reason where the registry
// refuses the schema, ERROR_UNAVAILABLE where it does not answer.
bool avro_registry_register(const char *url, const char *subject, struct slice json, struct arena *arena,
                            int32_t *id, struct error *error);

// The JSON of a schema. ERROR_INVALID where the registry has no such id or it is no Avro schema.
bool avro_registry_fetch(const char *url, int32_t id, struct arena *arena, struct slice *json,
                         struct error *error);
