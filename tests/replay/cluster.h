// SPDX-License-Identifier: Apache-2.0
// A PostgreSQL of the test's own: a cluster in a temporary folder that listens on a Unix socket only. Without a
// server on this machine cluster_open says why and returns false.
#pragma once

#include <stdbool.h>

bool cluster_open(const char **why_not);
void cluster_close(void);
// As after a crash: recovery at the next start.
bool cluster_restart(void);
// libpq's connection string; valid until the next call.
const char *cluster_database(const char *name);
// The folder, which is emptied by cluster_close.
const char *cluster_folder(void);
