// SPDX-License-Identifier: Apache-2.0
#include "ctl/credit_data.h"

#include "base/clock.h"
#include "doors/config.h"
#include "handlers/credit/credit_lock.h"
#include "handlers/credit/rate.h"
#include "handlers/masterdata/accounts.h"
#include "handlers/order/validate.h"

static bool load_accounts(const struct online *online, struct trade *trade, const struct order *order,
                          struct error *error)
{
    static const char sql[] =
        "SELECT " ACCOUNT_COLUMNS " FROM account a WHERE a.account = $1 OR a.account = $2 OR a.account = "
        "(SELECT p.credit_parent FROM account p WHERE p.account = $2)";
    const struct db_value values[] = { db_text(order->account_number), db_text(order->payer_number) };
    struct db_rows rows;
    return (db_query(online->db, online->arena, sql, values, 2, &rows, error) &&
            accounts_read(trade, &rows, true, error)) ||
           error_within(error, "reading the payer");
}

static bool read_settings(const struct online *online, struct error *error)
{
    struct config_node *root;
    return config_read(online->settings.file, online->arena, &root, error) &&
           config_boolean(config_get(root, "credit"), "cash_pays_oldest", true, &credit_cash_pays_oldest,
                          error);
}

bool credit_data_load(const struct online *online, struct batch *batch, struct order *order,
                      struct error *error)
{
    *batch = (struct batch){ .arena = online->arena, .now_us = clock_now_us() };
    batch->trade = trade_new(online->arena);
    if (!read_settings(online, error) || !load_accounts(online, batch->trade, order, error))
        return false;
    trade_add_order(batch->trade, order);
    validate_parties(batch->trade, order);
    if (!order->payer)
        return true;
    if (!credit_lock_standings(batch, online->db, error))
        return error_within(error, "reading the payer's credit");
    if (order->stored_booked == 0)
        rate_find(batch->trade, order->currency, order->payer->currency, &order->credit_rate);
    return true;
}
