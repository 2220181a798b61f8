// SPDX-License-Identifier: Apache-2.0
// Deliveries on the channel "mail": an ApprovalMail to the bytes of a mail, once, and its way to the mail server.
// Part of deliveries.c.
#pragma once

#include "engine/engine.h"
#include "engine/owed.h"
#include "formats/map.h"

// Whether mails can be written at all; why not, or empty.
struct slice mail_obstacle(const struct settings *settings, const struct maps *maps, struct arena *arena);

// The links it holds live until the task's end, else links.days from now.
bool mail_render(const struct engine *engine, const struct maps *maps, const struct delivery *delivery,
                 int64_t now_us, struct arena *arena, struct slice *bytes, struct error *error);

// ERROR_INVALID where another attempt makes no sense.
bool mail_deliver(const struct settings *settings, const struct delivery *delivery, struct arena *arena,
                  struct error *error);
