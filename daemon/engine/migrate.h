// SPDX-License-Identifier: Apache-2.0
// Brings the database to the schema of this version: applies the files of schemas/sql that it has not seen,
// in order of their numbers, each in one transaction, one process at a time. Refuses a database that is
// newer.
#pragma once

#include "doors/postgres.h"

bool migrate(struct db *db, struct arena *arena, const char *schemas_folder, struct error *error);
