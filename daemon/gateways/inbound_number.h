// SPDX-License-Identifier: Apache-2.0
// The partner's own numbers of the documents in a parcel: the same number with other content is refused, whatever
// interchange it comes in. Part of inbound.c.
#pragma once

#include "gateways/inbound.h"

// Claims the number of each part that has one, in the caller's transaction, in rows of `received`. *twice are the
// parts whose number is known, in the order of the numbers.
bool inbound_number_claim(struct db *db, struct arena *arena, struct slice channel,
                          const struct inbound_parcel *parcel, int64_t archive_id,
                          struct inbound_twice **twice, size_t *count, struct error *error);

// Whether two digests of inbound_part.digest are of one content: either half will do.
bool inbound_number_same(struct slice left, struct slice right);
