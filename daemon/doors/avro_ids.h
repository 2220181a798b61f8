// SPDX-License-Identifier: Apache-2.0
// Schema ids of a registry: those we registered, for writing, and all that were met while reading, each with
// its plan. Lookups take a read lock; a new id is fetched outside of it, by whoever meets it. Plans live
// until close.
#pragma once

#include "doors/avro_plan.h"

struct avro_ids;

// Turns a fetched schema's JSON into a plan that lies in `arena`.
typedef bool avro_ids_planner(const void *context, struct slice json, const char *source, struct arena *arena,
                              const struct avro_plan **plan, struct error *error);

struct avro_ids *avro_ids_open(const char *url, avro_ids_planner *planner, const void *context);
void avro_ids_close(struct avro_ids *ids);

// Registers under "TOPIC-FULLNAME". Before threads start.
bool avro_ids_register(struct avro_ids *ids, const char *topic, const struct schema *schema,
                       struct slice json, const struct avro_plan *plan, struct error *error);
// The id to write with; false where the pair was not registered.
bool avro_ids_find(const struct avro_ids *ids, const char *topic, const struct schema *schema, int32_t *id);

// The plan of an id, asked of the registry where it is new. An id that the registry does not have, or that
// cannot be used, is refused for half a minute without asking again.
bool avro_ids_plan(struct avro_ids *ids, int32_t id, const struct avro_plan **plan, struct error *error);
