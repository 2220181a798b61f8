// SPDX-License-Identifier: Apache-2.0
// Where the offline commands find the Avro schemas (input.h tells where the maps are).
#pragma once

// The folder with the .avsc files: `option` (or its folder avro/); the environment's COMPTOIR_SCHEMAS
// likewise; schemas/avro beside the folder of maps, or else where the daemon's configuration has them, and where
// there is none beside the maps of the package or of the source tree. The result lives until the next call.
const char *paths_schemas(const char *option, const char *maps);
