// SPDX-License-Identifier: Apache-2.0
// Was a credit limit passed? The database keeps no limits of the past, but the erp topic does, as long as it has
// its beginning. An exposure that orders alone have brought above the highest limit that the account ever had was
// granted too much at some time, whatever the order of events. Two workers that grant the same credit show here.
#include "ctl/verify_topics.h"

#include "doors/config.h"
#include "handlers/money.h"

void verify_keep_limit(struct verify *verify, const struct document *account)
{
    struct index *limits = &verify->topics->limits;
    struct arena *arena = verify->online.arena;
    struct slice number = document_text(account, "account");
    int64_t limit = INT64_MAX;
    document_decimal(account, "credit_limit", MONEY_SCALE, &limit);
    struct limit_fact *known = index_get(limits, number, (struct slice){ 0 });
    if (!known) {
        known = ARENA_NEW(arena, struct limit_fact);
        known->highest = limit;
        index_put(limits, arena_copy(arena, number), (struct slice){ 0 }, known);
    }
    if (limit > known->highest)
        known->highest = limit;
}

// With a tolerance an order may pass a limit by a little, each time that it is priced anew.
static bool tolerates(const struct verify *verify, bool *tolerates, struct error *error)
{
    struct config_node *root;
    int64_t tolerance;
    if (!config_read(verify->online.settings.file, verify->online.arena, &root, error) ||
        !config_integer(config_get(root, "credit"), "tolerance", 0, &tolerance, error))
        return false;
    *tolerates = tolerance > 0;
    return true;
}

static void judge(struct verify *verify, struct slice account, struct slice currency, int64_t exposure)
{
    const struct limit_fact *limit = index_get(&verify->topics->limits, account, (struct slice){ 0 });
    int64_t exposure4;
    char was[DECIMAL_TEXT_SIZE], may[DECIMAL_TEXT_SIZE];
    int exponent = money_exponent(currency);
    if (!limit || exponent < 0 || !money_decimal4(exposure, exponent, &exposure4) ||
        exposure4 <= limit->highest)
        return;
    verdict_fault(&verify->verdicts[INVARIANT_EXPOSURE],
                  "account %.*s: exposure %s, but its limit was never above %s %.*s", SLICE_ARGS(account),
                  decimal_text(exposure4, MONEY_SCALE, was), decimal_text(limit->highest, MONEY_SCALE, may),
                  SLICE_ARGS(currency));
}

bool verify_credit(struct verify *verify, struct error *error)
{
    // Not where a payment taken back has raised the exposure, nor where an earlier cluster's topic had limits, too; nor
    // where terms let more than the limit pass: there the ledger says against which ceiling it was granted.
    static const char sql[] =
        "SELECT account, currency, exposure FROM account a WHERE exposure > credit_limit AND NOT "
        "has_credit_terms"
        " AND NOT EXISTS"
        " (SELECT FROM exposure_entry e WHERE e.payer = a.account AND e.order_id = 0 AND e.amount > 0)"
        " AND (SELECT count(DISTINCT cluster) FROM shard) = 1";
    struct online *online = &verify->online;
    bool tolerated;
    if (!tolerates(verify, &tolerated, error))
        return false;
    for (size_t i = 0; i < verify->topics->trimmed_count; i++)
        tolerated = tolerated || verify->topics->trimmed[i].topic == TOPIC_ERP;
    struct db_rows rows;
    if (tolerated)
        return true;
    if (!db_query(online->db, online->arena, sql, NULL, 0, &rows, error))
        return error_within(error, "checking credit limits");
    for (size_t i = 0; i < rows.count; i++)
        judge(verify, db_rows_slice(&rows, i, 0), db_rows_slice(&rows, i, 1), db_rows_number(&rows, i, 2));
    return true;
}
