// SPDX-License-Identifier: Apache-2.0
// A worker is one thread that owns its connection, its group membership and its arena, and shares nothing.
#pragma once

#include "engine/engine.h"

struct worker;
struct worker *worker_open(struct engine *engine, int index, struct error *error);
// engine->stop must be set; the current batch is finished or rolled back.
void worker_close(struct worker *worker);
