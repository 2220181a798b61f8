// SPDX-License-Identifier: Apache-2.0
// The maps of a running process, which may be replaced while threads use them. A thread holds a generation
// while it works on one document or file and lets it go afterwards; a generation that was replaced is freed
// when nobody holds it any more. So each document is read by one state of maps and partners.
#pragma once

#include "formats/map.h"

struct map_store;

// Takes the maps over. Never NULL.
struct map_store *map_store_open(struct maps *first);
// Nobody may hold maps any more. NULL is allowed.
void map_store_close(struct map_store *store);

// The newest maps; they live until they are released. Any thread.
const struct maps *map_store_hold(struct map_store *store);
void map_store_release(struct map_store *store, const struct maps *maps);

// From now on these are the newest ones; takes them over.
void map_store_replace(struct map_store *store, struct maps *next);
