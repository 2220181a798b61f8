// SPDX-License-Identifier: Apache-2.0
// A few connections that threads of a server share: a thread borrows one for a request and gives it back.
// Connections are made when first needed, and made anew when one was lost.
#pragma once

#include "doors/postgres.h"

struct dbpool;

// `conninfo` and `application` live as long as the pool. Never NULL.
struct dbpool *dbpool_open(const char *conninfo, const char *application, size_t most);
// All connections must have been given back.
void dbpool_close(struct dbpool *pool);

// Waits until a connection is free. NULL with ERROR_UNAVAILABLE where the database does not answer.
struct db *dbpool_borrow(struct dbpool *pool, struct error *error);
void dbpool_return(struct dbpool *pool, struct db *db);
