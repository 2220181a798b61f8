// SPDX-License-Identifier: Apache-2.0
// The folders that the daemon's configuration names, for offline commands: they then read the same partners and
// maps as the daemon. The configuration is COMPTOIR_CONFIG's (main.c sets it for --config), else the usual one.
#pragma once

// NULL where there is no configuration. One that COMPTOIR_CONFIG names and that cannot be read is told on
// standard error, once. The results live as long as the program.
const char *configured_maps(void);
const char *configured_schemas(void);
