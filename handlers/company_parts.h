// SPDX-License-Identifier: Apache-2.0
// What the files that compile a company and look things up in it share.
#pragma once

#include "handlers/company.h"

// In user_index mail addresses, in lower case, stand beside this word, so that none is taken for a number.
#define COMPANY_BY_MAIL SLICE("@")

// In holder_index, by unit and role.
struct company_holders {
    const struct user **users;
    size_t count, capacity;
};

// In rights_index, by kind of subject and name.
struct company_rights {
    const struct rights **rights;
    size_t count, capacity;
};

// The parts of company_load, each by its own statement (handlers/company_load.c, handlers/company_load_rights.c).
bool company_load_rights(struct company *company, struct db *db, int64_t now_us, struct error *error);
