// SPDX-License-Identifier: Apache-2.0
// What the files that compile a company and look things up in it share.
#pragma once

#include "handlers/company/company.h"

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

// Whoever has any role goes by his roles, even where none of them is in force today.
struct company_raw_roles {
    struct user_role *roles;
    size_t count, capacity;
};

// A company without anybody, and what those who fill it share: roles by the user's number, mail addresses to find
// people by.
struct company *company_blank(struct slice account, int64_t version);
void company_give_roles(struct company *company, const struct index *by_user);
struct slice company_lower(struct arena *arena, struct slice text);

// The parts of company_load, each by its own statement (handlers/company/company_load.c, handlers/company/company_load_rights.c).
bool company_load_rights(struct company *company, struct db *db, int64_t now_us, struct error *error);
