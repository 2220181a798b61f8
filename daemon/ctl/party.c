// SPDX-License-Identifier: Apache-2.0
// `comptoirctl party list`: what buyers tell of their parties, for people who keep the accounts, and what partners were
// told of ours.
#include "ctl/ctl.h"
#include "ctl/listing.h"

static const struct list_command party_list = {
    .command = "party list",
    .arguments = "",
    .purpose = "List what buyers tell of their parties, newest first.",
    .more = "Nothing of it changes an account: that is the ERP's to do. --json has references, "
            "contacts and notes, too.",
    .filters = {
        { "account", OPTION_TEXT, "ACCOUNT", "of this account", 0, NULL, NULL },
        { "ours", OPTION_FLAG, NULL, "what partners were told of ours instead", 0, NULL, NULL },
        { "limit", OPTION_NUMBER, "NUMBER", "at most so many, the newest; default 100", 100, NULL, NULL },
    },
    .listing = {
        .name = "parties",
        .sql =
            "SELECT m.recorded_at, m.account, m.partner, m.message_number, m.function, m.sent_at, m.test, "
            "p.role, p.party_id, p.id_agency, p.name, p.street, p.city, p.region, p.postcode, p.country, "
            "p.valid_from, p.numbers, p.contacts, m.note FROM party_message m JOIN party p ON p.account = "
            "m.account AND p.message_id = m.id WHERE m.ours = $2 AND ($1 = '' OR m.account = $1) ORDER BY "
            "m.recorded_at DESC, m.account, m.id, p.position LIMIT $3",
        .fields = {
            { "recorded_at", ROW_INSTANT }, { "account", ROW_TEXT }, { "partner", ROW_TEXT },
            { "message_number", ROW_TEXT }, { "function", ROW_TEXT }, { "sent_at", ROW_INSTANT },
            { "test", ROW_BOOLEAN }, { "role", ROW_TEXT }, { "id", ROW_TEXT }, { "id_agency", ROW_TEXT },
            { "name", ROW_TEXT }, { "street", ROW_TEXT }, { "city", ROW_TEXT }, { "region", ROW_TEXT },
            { "postcode", ROW_TEXT }, { "country", ROW_TEXT }, { "valid_from", ROW_DATE },
            { "references", ROW_TEXT }, { "contacts", ROW_TEXT }, { "note", ROW_TEXT },
        },
        .columns = {
            { "recorded_at", "RECORDED", false }, { "account", "ACCOUNT", false },
            { "message_number", "NUMBER", false }, { "function", "FUNCTION", false },
            { "role", "ROLE", false }, { "id", "ID", false }, { "name", "NAME", false },
            { "street", "STREET", false }, { "postcode", "POSTCODE", false }, { "city", "CITY", false },
            { "country", "COUNTRY", false }, { "valid_from", "FROM", false },
        },
    },
};

int ctl_party_list(int argc, char **argv)
{
    return list_run(&party_list, argc, argv);
}
