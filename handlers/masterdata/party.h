// SPDX-License-Identifier: Apache-2.0
// Information about parties. What a buyer tells of his is noted for people, published and acknowledged; what the ERP
// announces of ours goes to a partner. Neither changes an account.
#pragma once

#include "handlers/trade.h"

struct party_message {
    struct item *item;
    int64_t id;
    bool ours; // a PartyAnnouncement
    struct slice account_number, number, partner, channel, reply_reference, content_hash;
    int64_t sent_at, recorded_at;
    bool test, accepted;
    struct reason *reasons; // why it is refused
    size_t reason_count, reason_capacity;
    struct party_message *twin; // of the same key, that was taken before; NULL for none
};

struct party_messages {
    struct party_message *messages;
    size_t count;
};

// Finds the messages of the same key that were taken before.
bool party_find_twins(struct batch *batch, struct db *db, struct error *error);
// Writes those that the batch has taken.
bool party_store(struct batch *batch, struct db *db, struct error *error);
