// SPDX-License-Identifier: Apache-2.0
// Links by which a person decides an approval task from a mail. A link names the task, the person, the content that
// was looked at and the end of its life, and is signed (HMAC-SHA256), so that nobody can make one; that it works once
// is seen to where the decision is stored (links.c). Internal to the gateways.
#pragma once

#include "base/arena.h"
#include "base/slice.h"

struct link {
    struct slice account, order_id, task_id, user, content_hash;
    struct slice order_number, total; // for the page: "PO-17", "1,240.00 EUR"
    struct slice language;            // of the page: "en", "fr"
    int64_t until_us;
};

// The token: base64url of the fields and of their signature, for the path of a URL.
struct slice link_write(struct arena *arena, struct slice secret, const struct link *link);

// False where the token was not made with the secret. Its age is for the caller to judge. Texts lie in the arena.
bool link_read(struct arena *arena, struct slice secret, struct slice token, struct link *link);
