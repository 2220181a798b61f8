// SPDX-License-Identifier: Apache-2.0
// One attempt to bring ready bytes to a partner. Part of deliveries.c.
#pragma once

#include "engine/owed.h"
#include "formats/map.h"

// The file that a delivery becomes: a function of partner and id, so that a repeat writes the same file.
// "ACME-contrl_ACME_14_123-0f3b6a1c9d2e.edi"; other characters than letters, figures, '.', '_' and '-' are
// '_', the digest keeps such names apart.
struct slice send_file_name(const struct delivery *delivery, struct arena *arena);

// Into `folder`, whole.
bool send_file(const struct delivery *delivery, const char *folder, struct arena *arena, struct error *error);

// To the partner's URL. Success is HTTP 2xx with a cXML Status 2xx; everything else is an error that says
// what came.
bool send_cxml(const struct delivery *delivery, const struct partner *partner, struct arena *arena,
               struct error *error);

// What the answer to an HTTP POST means.
bool send_judge(int http_status, struct slice answer, struct arena *arena, struct error *error);

// The wait before the next attempt after `failures` failed ones (at least 1): `first` doubled each time, at
// most `most`.
int64_t send_delay_ms(int64_t failures, int64_t first_ms, int64_t most_ms);
