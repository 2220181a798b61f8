// SPDX-License-Identifier: Apache-2.0
// What can be said about conditions without an order at hand: can they hold together, does one list follow from
// another? The answers err on one side each, which is told; a currency is comparable with itself only, and an empty
// one stands for the account's.
#pragma once

#include "handlers/approval/circuit.h"

// Conditions of one circuit; lists of one circuit or several are looked at together.
struct condition_list {
    const struct circuit_condition *conditions;
    size_t count;
    struct slice currency;
};

enum { REACH_LISTS_MAX = 8 };

// False where no order can meet all the lists; true where one can or nobody can tell.
bool circuit_can_hold(const struct condition_list *lists, size_t count);

// The totals for which the lists can hold, inclusive; false where there are none. Where nothing bounds the total,
// INT64_MIN and INT64_MAX.
bool circuit_totals(const struct condition_list *lists, size_t count, int64_t *least, int64_t *most);

// True where every order that meets `lists` meets all of `then`, too; false where one does not or nobody can tell.
bool circuit_implies(const struct condition_list *lists, size_t count, const struct condition_list *then);

// Two circuits overlap where nothing says which of them goes first: same phase and priority, in force at one time, and
// an order can meet both.
bool circuit_overlaps(const struct circuit *left, const struct circuit *right);

struct condition_list circuit_conditions(const struct circuit *circuit);
