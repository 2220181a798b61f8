// SPDX-License-Identifier: Apache-2.0
// Documents about vetting, and what is known of the accounts that a batch touches: for the files of vetting.
#pragma once

#include "handlers/company/vetting.h"

struct vetting_fact {
    struct item *item;
    bool sound, is_check, deleted;
    struct slice account;
    // Vetting
    struct slice *required;
    size_t required_count;
    bool prepaid_only;
    // VettingCheck
    struct vetting_check check;
    // both
    bool has_order_max;
    int64_t decimal4;
};

struct vettings {
    struct vetting_fact *facts; // in the order of their documents
    size_t fact_count;
    struct index by_account;
    struct vetting **all; // in the order in which they were asked for
    size_t count, capacity;
};

bool vetting_is_one(const struct item *item);
// Reads the batch's documents into trade->vettings; unsound ones are parked.
void vetting_read(struct batch *batch);
// Reads, under the lock of their rows, what is known of the accounts of these documents, of accounts that the ERP speaks
// of or that are to look again at their vetting, and of those with orders that are approved with limits.
bool vetting_load(struct batch *batch, struct db *db, struct error *error);
// Writes plans and checks that the batch has changed, and the states that follow from them.
bool vetting_store(struct batch *batch, struct db *db, struct error *error);
