// SPDX-License-Identifier: Apache-2.0
// `comptoirctl partner`: who the partners are, and whether all that one needs is there.
#include "ctl/ctl.h"
#include "ctl/online.h"
#include "ctl/partner_try.h"
#include "formats/map.h"
#include "handlers/company/vetting.h"

struct partners {
    struct online online;
    struct maps *maps;
};

static bool open_all(struct partners *partners, unsigned wants, struct error *error)
{
    struct online *online = &partners->online;
    if (!online_open(online, wants, error))
        return false;
    const char *schemas = arena_printf(online->arena, "%s/avro", online->settings.schemas).data;
    partners->maps = maps_load(online->settings.maps, schemas, error);
    return partners->maps != NULL;
}

static void close_all(struct partners *partners)
{
    if (partners->maps)
        maps_free(partners->maps);
    online_close(&partners->online);
}

static int fail(struct partners *partners, const struct error *error)
{
    if (partners->maps)
        maps_free(partners->maps);
    return online_fail(&partners->online, error);
}

static void add_identities(struct arena *arena, struct document *record, const char *name,
                           const struct partner_identity *identities, size_t count)
{
    struct document *list = document_add_list(arena, record, name);
    for (size_t i = 0; i < count; i++)
        document_add_text(arena, list, NULL,
                          slice_empty(identities[i].domain)
                              ? identities[i].identity
                              : arena_printf(arena, "%.*s:%.*s", SLICE_ARGS(identities[i].domain),
                                             SLICE_ARGS(identities[i].identity)));
}

// All that may be printed: secrets are counted only.
static struct document *describe(struct arena *arena, const struct partner *partner)
{
    struct document *record = document_record(arena, NULL);
    document_add_text(arena, record, "name", slice_of(partner->name));
    document_add_text(arena, record, "account", slice_of(partner->account));
    document_add_boolean(arena, record, "test", partner->test);
    struct document *channels = document_add_list(arena, record, "channels");
    if (partner->edifact_identity_count)
        document_add_text(arena, channels, NULL, SLICE("edifact"));
    if (partner->cxml_identity_count)
        document_add_text(arena, channels, NULL, SLICE("cxml"));
    add_identities(arena, record, "edifact", partner->edifact_identities, partner->edifact_identity_count);
    add_identities(arena, record, "cxml", partner->cxml_identities, partner->cxml_identity_count);
    if (partner->edifact_identity_count)
        document_add_text(arena, record, "directory", slice_of(partner->edifact_directory));
    document_add_integer(arena, record, "cxml_secrets",
                         !!partner->cxml_secrets[0] + !!partner->cxml_secrets[1]);
    document_add_text(arena, record, "cxml_url", slice_of(partner->cxml_url));
    return record;
}

static const struct table_column list_columns[] = {
    { "name", "PARTNER", false },    { "account", "ACCOUNT", false },     { "channels", "CHANNELS", false },
    { "edifact", "EDIFACT", false }, { "directory", "DIRECTORY", false }, { "cxml", "CXML", false },
    { "test", "TEST", false },
};

int ctl_partner_list(int argc, char **argv)
{
    struct partners partners = { 0 };
    const struct ctl_option options[] = { ONLINE_OPTIONS(&partners.online) };
    const struct ctl_usage usage = {
        "partner list",
        "",
        "List the partners and their channels.",
        options,
        sizeof options / sizeof options[0],
        0,
        0,
        "Read from the folder of setting 'maps'; needs neither database nor broker."
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    if (!open_all(&partners, 0, &error)) {
        partners.online.unable = true;
        return fail(&partners, &error);
    }
    struct document *list = document_list(partners.online.arena);
    for (size_t i = 0; i < maps_partner_count(partners.maps); i++)
        document_add(list, NULL, describe(partners.online.arena, maps_partner(partners.maps, i)));
    online_print_list(&partners.online, list, list_columns, sizeof list_columns / sizeof list_columns[0]);
    close_all(&partners);
    return 0;
}

// --- Test

// A line of the test: what was looked at, and whether it is well.
static void note(struct partners *partners, struct document *checks, bool good, struct slice text)
{
    struct document *check = document_record(partners->online.arena, NULL);
    document_add_boolean(partners->online.arena, check, "ok", good);
    document_add_text(partners->online.arena, check, "text", text);
    document_add(checks, NULL, check);
}

static void test_map(struct partners *partners, struct document *checks, const struct partner *partner,
                     const char *kind, const char *directory, const char *use)
{
    struct arena *arena = partners->online.arena;
    const struct map *map = maps_find(partners->maps, kind, directory, partner);
    note(partners, checks, map != NULL,
         map ? arena_printf(arena, "%s: map %s%s%s gives %s", use, kind, *directory ? " " : "", directory,
                            map_document_type(map))
             : arena_printf(arena, "%s: there is no map %s%s%s in %s/messages", use, kind,
                            *directory ? " " : "", directory, partners->online.settings.maps));
}

static void test_identities(struct partners *partners, struct document *checks, const struct partner *partner,
                            bool cxml)
{
    struct arena *arena = partners->online.arena;
    size_t count = cxml ? partner->cxml_identity_count : partner->edifact_identity_count;
    for (size_t i = 0; i < count; i++) {
        struct partner_identity identity =
            cxml ? partner->cxml_identities[i] : partner->edifact_identities[i];
        const struct partner *found =
            cxml ? maps_partner_cxml(partners->maps, identity.domain, identity.identity)
                 : maps_partner_edifact(partners->maps, identity.domain, identity.identity);
        note(partners, checks, found == partner,
             arena_printf(arena, "%s identity %.*s:%.*s is %s%s", cxml ? "cXML" : "EDIFACT",
                          SLICE_ARGS(identity.domain), SLICE_ARGS(identity.identity),
                          found == partner ? "this partner's" : "taken by partner ",
                          found == partner ? "" : (found ? found->name : "nobody")));
    }
}

static void test_edifact(struct partners *partners, struct document *checks, const struct partner *partner)
{
    struct arena *arena = partners->online.arena;
    test_identities(partners, checks, partner, false);
    bool named = !slice_empty(partner->edifact_us.identity);
    note(partners, checks, named,
         named ? arena_printf(arena, "we are %.*s:%.*s to it", SLICE_ARGS(partner->edifact_us.domain),
                              SLICE_ARGS(partner->edifact_us.identity))
               : SLICE("our own EDIFACT identity towards it is missing: set `us` in group edifact of its "
                       "file, or it "
                       "gets no answers"));
    test_map(partners, checks, partner, "ORDERS", partner->edifact_directory, "orders come in");
    test_map(partners, checks, partner, "ORDRSP", partner->edifact_directory, "answers go out");
}

static void test_cxml(struct partners *partners, struct document *checks, const struct partner *partner)
{
    struct arena *arena = partners->online.arena;
    int secrets = !!partner->cxml_secrets[0] + !!partner->cxml_secrets[1];
    test_identities(partners, checks, partner, true);
    note(partners, checks, secrets > 0,
         secrets ? arena_printf(arena, "%d shared secret%s set", secrets, secrets == 1 ? " is" : "s are")
                 : SLICE("no shared secret is set: nobody can send in its name"));
    test_map(partners, checks, partner, "cxml/OrderRequest", "", "orders come in");
    if (!partner->cxml_url) {
        note(partners, checks, true, SLICE("no URL: confirmations are not sent"));
        return;
    }
    test_map(partners, checks, partner, "cxml/ConfirmationRequest", "", "answers go out");
    bool secure = strncmp(partner->cxml_url, "https://", 8) == 0;
    note(partners, checks, secure || strncmp(partner->cxml_url, "http://", 7) == 0,
         arena_printf(arena, "confirmations go to %s%s", partner->cxml_url,
                      secure ? "" : ", without encryption: the secret can be read on the way"));
}

// The account must be known and open, else each of its orders is held or rejected.
static bool test_account(struct partners *partners, struct document *checks, const struct partner *partner,
                         struct error *error)
{
    static const char sql[] = "SELECT name, status FROM account WHERE account = $1";
    struct arena *arena = partners->online.arena;
    const struct db_value value = db_text(slice_of(partner->account));
    struct db_rows rows;
    if (!db_query(partners->online.db, arena, sql, &value, 1, &rows, error))
        return error_within(error, "looking for account '%s'", partner->account);
    enum account_status status;
    bool open = rows.count && account_status_parse(db_rows_slice(&rows, 0, 1), &status) &&
                vetting_gate(status, VETTING_ORDER) != GATE_WAIT &&
                vetting_gate(status, VETTING_ORDER) != GATE_NO;
    note(partners, checks, open,
         rows.count
             ? arena_printf(arena, "account %s (%.*s) is %.*s", partner->account,
                            SLICE_ARGS(db_rows_slice(&rows, 0, 0)), SLICE_ARGS(db_rows_slice(&rows, 0, 1)))
             : arena_printf(arena, "account %s is unknown: the ERP has not sent it", partner->account));
    return true;
}

static bool print_checks(const struct partners *partners, const struct document *checks)
{
    bool good = true;
    for (const struct document *check = checks->first; check; check = check->next) {
        bool one = document_boolean(check, "ok", false);
        good = good && one;
        if (partners->online.json)
            online_print_json(&partners->online, check);
        else
            printf("%-6s %.*s\n", one ? "ok" : "FAULT", SLICE_ARGS(document_text(check, "text")));
    }
    return good;
}

// The database is asked last, so that all else is told where it does not answer.
static bool ask_database(struct partners *partners, struct document *checks, const struct partner *partner,
                         struct error *error)
{
    struct online *online = &partners->online;
    online->db = db_open(online->settings.database, "comptoirctl", error);
    return (online->db && test_account(partners, checks, partner, error)) ||
           error_within(error, "looking at the account (--offline leaves it out)");
}

static bool test(struct partners *partners, const char *name, bool offline, struct document *checks,
                 struct error *error)
{
    if (!open_all(partners, 0, error))
        return false;
    const struct partner *partner = maps_partner_named(partners->maps, slice_of(name));
    if (!partner)
        return error_set(error, ERROR_INVALID, NULL, "there is no partner '%s' in %s/partners", name,
                         partners->online.settings.maps);
    if (!partner->edifact_identity_count && !partner->cxml_identity_count)
        note(partners, checks, false,
             SLICE("the partner has no channel: neither EDIFACT nor cXML identities"));
    if (partner->edifact_identity_count)
        test_edifact(partners, checks, partner);
    if (partner->cxml_identity_count)
        test_cxml(partners, checks, partner);
    return offline || ask_database(partners, checks, partner, error);
}

// A file of the partner's, as if it had come.
static int test_file(struct partners *partners, const char *name, const char *path)
{
    struct error error = { 0 };
    bool good = false;
    if (!open_all(partners, 0, &error))
        return fail(partners, &error);
    const struct partner *partner = maps_partner_named(partners->maps, slice_of(name));
    if (!partner)
        error_set(&error, ERROR_INVALID, NULL, "there is no partner '%s' in %s/partners", name,
                  partners->online.settings.maps);
    if (!partner || !partner_try(&partners->online, partners->maps, partner, path, &good, &error))
        return fail(partners, &error);
    close_all(partners);
    return good ? 0 : 1;
}

int ctl_partner_test(int argc, char **argv)
{
    struct partners partners = { 0 };
    bool offline = false;
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&partners.online),
        { "offline", OPTION_FLAG, &offline, NULL, "do not ask the database about the account" },
    };
    const struct ctl_usage usage = {
        "partner test",
        "NAME [FILE]",
        "Check that all that a partner needs is there, or what would become of a file that it sends.",
        options,
        sizeof options / sizeof options[0],
        1,
        2,
        "NAME is the partner file's name without .conf. An EDIFACT FILE is put through check, maps and "
        "CONTRL\n"
        "as the gateway does it; nothing is stored. Exit status 1: a fault."
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    if (words == 2)
        return test_file(&partners, argv[0], argv[1]);
    struct error error = { 0 };
    struct arena *arena = arena_open(1 << 20);
    struct document *checks = document_list(arena);
    bool good = test(&partners, argv[0], offline, checks, &error);
    bool well = print_checks(&partners, checks);
    int status = !good ? fail(&partners, &error) : well ? 0 : 1;
    if (good)
        close_all(&partners);
    arena_close(arena);
    return status;
}
