// SPDX-License-Identifier: Apache-2.0
#include "handlers/masterdata/accounts.h"

#include "handlers/money.h"

static bool read_row(struct trade *trade, const struct db_rows *rows, size_t row, bool locked,
                     struct error *error)
{
    struct slice number = db_rows_slice(rows, row, 0);
    struct account *account = trade_account(trade, number);
    bool fresh = !account;
    if (fresh)
        account = ARENA_NEW(trade->arena, struct account);
    *account = (struct account){
        .number = number,
        .name = db_rows_slice(rows, row, 1),
        .payer = db_rows_slice(rows, row, 3),
        .currency = db_rows_slice(rows, row, 4),
        .has_credit_limit = !db_rows_null(rows, row, 5),
        .credit_limit = db_rows_number(rows, row, 5),
        .has_order_limit = !db_rows_null(rows, row, 6),
        .order_limit = db_rows_number(rows, row, 6),
        .approver = db_rows_slice(rows, row, 7),
        .site = db_rows_slice(rows, row, 8),
        .exposure = db_rows_number(rows, row, 9),
        .company_version = db_rows_number(rows, row, 10),
        .credit_parent = db_rows_slice(rows, row, 11),
        .has_credit_terms = db_rows_number(rows, row, 12),
        .is_credit_parent = db_rows_number(rows, row, 13),
        .sales_rep = db_rows_slice(rows, row, 14),
        .locked = locked,
    };
    account->exponent = money_exponent(account->currency);
    if (!account_status_parse(db_rows_slice(rows, row, 2), &account->status) || account->exponent < 0)
        return error_set(error, ERROR_INTERNAL, NULL,
                         "account %.*s has the unknown status '%.*s' or currency '%.*s'", SLICE_ARGS(number),
                         SLICE_ARGS(db_rows_slice(rows, row, 2)), SLICE_ARGS(account->currency));
    if (fresh)
        trade_put_account(trade, account);
    return true;
}

bool accounts_read(struct trade *trade, const struct db_rows *rows, bool locked, struct error *error)
{
    for (size_t row = 0; row < rows->count; row++)
        if (!read_row(trade, rows, row, locked, error))
            return false;
    return true;
}
