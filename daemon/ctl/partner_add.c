// SPDX-License-Identifier: Apache-2.0
// `comptoirctl partner add`: a partner file from a template, checked with all the others before it stays.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/online.h"
#include "formats/map.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct adding {
    struct online online;
    const char *account, *zone, *edifact, *us, *directory, *cxml, *cxml_us, *url;
    bool test;
};

static bool good_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return *name && *name != '.' && *name != '-' && strspn(name, letters) == strlen(name);
}

// A text as libconfig reads it.
static void add_text(struct text *text, struct slice value)
{
    text_append_char(text, '"');
    for (size_t i = 0; i < value.size; i++) {
        if (value.data[i] == '"' || value.data[i] == '\\')
            text_append_char(text, '\\');
        text_append_char(text, (unsigned char)value.data[i] < 0x20 ? ' ' : value.data[i]);
    }
    text_append_char(text, '"');
}

static void add_member(struct text *text, const char *indent, const char *name, const char *value)
{
    text_printf(text, "%s%s = ", indent, name);
    add_text(text, slice_of(value));
    text_append(text, SLICE(";\n"));
}

// "14:4012345000009" as { qualifier = "14"; identity = "4012345000009"; }
static void add_identity(struct text *text, const char *domain_name, const char *word)
{
    struct slice rest = slice_of(word), domain = { 0 };
    if (strchr(word, ':'))
        domain = slice_cut(&rest, ':');
    text_append(text, SLICE("{ "));
    if (domain.size) {
        text_printf(text, "%s = ", domain_name);
        add_text(text, domain);
        text_append(text, SLICE("; "));
    }
    text_append(text, SLICE("identity = "));
    add_text(text, rest);
    text_append(text, SLICE("; }"));
}

static void add_identities(struct text *text, const char *domain_name, const char *them, const char *us)
{
    text_append(text, SLICE("    identities = ( "));
    add_identity(text, domain_name, them);
    text_append(text, SLICE(" );\n"));
    if (!us) {
        text_printf(text,
                    "    # Who we are to it; without that it gets no answers.\n"
                    "    # us = { %s = \"...\"; identity = \"...\"; };\n",
                    domain_name);
        return;
    }
    text_append(text, SLICE("    us = "));
    add_identity(text, domain_name, us);
    text_append(text, SLICE(";\n"));
}

static void add_edifact(struct text *text, const struct adding *adding)
{
    text_append(text, SLICE("\nedifact = {\n"));
    add_identities(text, "qualifier", adding->edifact, adding->us);
    text_append(text, SLICE("    # Of what we send; what it sends names its own.\n"));
    add_member(text, "    ", "directory", adding->directory);
    text_append(text,
                SLICE("    # charset = \"UNOC\"; syntax = 3; una = false; association = \"EAN008\";\n"
                      "    # Whether we ask for a CONTRL, and when it is overdue.\n"
                      "    # acknowledge = true; ack_within_minutes = 1440;\n"
                      "    # How our control references are counted; else from 1 on, in one range.\n"
                      "    # numbers = ( { message = \"ORDRSP\"; prefix = \"R\"; width = 6; }, { prefix = "
                      "\"C\"; } );\n"
                      "    # What is told: gaps in its references, answers of ours that take too long.\n"
                      "    # sequence = \"warn\"; response_minutes = 1440;\n"
                      "    # After so many days its references and order numbers may come again.\n"
                      "    # duplicate_days = 365;\n"
                      "    # What is tolerated: \"refuse\", \"warn\" or \"accept\" by kind of fault.\n"
                      "    # tolerances = { counts = \"warn\"; codes = \"accept\"; };\n"
                      "};\n"));
}

static void add_cxml(struct text *text, const struct adding *adding)
{
    text_append(text, SLICE("\ncxml = {\n"));
    add_identities(text, "domain", adding->cxml, adding->cxml_us);
    text_append(text, SLICE("    # Without a shared secret nobody can send in its name.\n"
                            "    # secrets = ( \"...\" );\n"
                            "    # Where confirmations are posted.\n"));
    if (adding->url)
        add_member(text, "    ", "url", adding->url);
    else
        text_append(text, SLICE("    # url = \"https://...\";\n"));
    text_append(text, SLICE("};\n"));
}

static struct slice file_of(const struct adding *adding)
{
    struct text text = text_in(adding->online.arena);
    text_append(&text, SLICE("# docs/partners.md explains every line; `comptoirctl edi settings` prints what "
                             "holds.\n\n# The seller's number of the sold-to account.\n"));
    add_member(&text, "", "account", adding->account);
    text_printf(&text, "# A test partner's orders are decided and answered, but book nothing.\ntest = %s;\n",
                adding->test ? "true" : "false");
    text_append(&text, SLICE("# Where its dates without an offset are.\n"));
    add_member(&text, "", "zone", adding->zone);
    if (adding->edifact)
        add_edifact(&text, adding);
    if (adding->cxml)
        add_cxml(&text, adding);
    text_append(&text, SLICE("\n# Where it departs from the maps.\n"
                             "# overrides = ( { message = \"ORDERS\"; fields = ( { ... } ); } );\n"));
    return text_slice(&text);
}

// Not readable for all: a secret may be added.
static bool write_file(const char *path, struct slice bytes, struct error *error)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (file < 0 && errno == EEXIST)
        return error_set(error, ERROR_INVALID, NULL, "\"%s\" exists; edit it", path);
    if (file < 0)
        return error_set(error, ERROR_UNAVAILABLE, NULL, "could not write \"%s\": %m", path);
    bool good = write(file, bytes.data, bytes.size) == (ssize_t)bytes.size && fsync(file) == 0;
    if (close(file) == 0 && good)
        return true;
    error_set(error, ERROR_UNAVAILABLE, NULL, "could not write \"%s\": %m", path);
    unlink(path);
    return false;
}

static bool check_words(const struct adding *adding, const char *name, struct error *error)
{
    if (!good_name(name))
        return error_set(error, ERROR_INVALID, NULL,
                         "'%s' is no name of a file: letters, figures, '-', '_' and '.' are taken", name);
    if (strcmp(name, "none") == 0)
        return error_set(error, ERROR_INVALID, NULL,
                         "'none' stands for no partner at all; take another name");
    if (!adding->account)
        return error_set(error, ERROR_INVALID, NULL, "--account is missing: whose orders are they?");
    if (!adding->edifact && !adding->cxml)
        return error_set(error, ERROR_INVALID, NULL,
                         "--edifact QUALIFIER:ID or --cxml DOMAIN:ID is missing: how is it known?");
    return !adding->cxml || strchr(adding->cxml, ':') ||
           error_set(error, ERROR_INVALID, NULL, "--cxml '%s' has no domain; write DOMAIN:ID", adding->cxml);
}

static bool add(struct adding *adding, const char *name, const char **path, struct error *error)
{
    struct online *online = &adding->online;
    if (!online_open(online, 0, error))
        return false;
    online->unable = !check_words(adding, name, error);
    if (online->unable)
        return false;
    *path = arena_printf(online->arena, "%s/partners/%s.conf", online->settings.maps, name).data;
    if (!write_file(*path, file_of(adding), error))
        return false;
    const char *schemas = arena_printf(online->arena, "%s/avro", online->settings.schemas).data;
    struct maps *maps = maps_load(online->settings.maps, schemas, error);
    if (!maps) {
        unlink(*path);
        return error_within(error, "checking the new partner file, which was removed again");
    }
    maps_free(maps);
    return true;
}

int ctl_partner_add(int argc, char **argv)
{
    struct adding adding = { .zone = "UTC", .directory = "D96A" };
    const struct ctl_option options[] = {
        ONLINE_OPTIONS(&adding.online),
        { "account", OPTION_TEXT, &adding.account, "NUMBER", "the sold-to account of its orders; needed" },
        { "edifact", OPTION_TEXT, &adding.edifact, "QUALIFIER:ID", "its identity in UNB" },
        { "us", OPTION_TEXT, &adding.us, "QUALIFIER:ID", "ours in UNB" },
        { "directory", OPTION_TEXT, &adding.directory, "NAME", "of what we send; default D96A" },
        { "cxml", OPTION_TEXT, &adding.cxml, "DOMAIN:ID", "its credential in cXML" },
        { "cxml-us", OPTION_TEXT, &adding.cxml_us, "DOMAIN:ID", "ours in cXML" },
        { "url", OPTION_TEXT, &adding.url, "URL", "where cXML confirmations are posted" },
        { "zone", OPTION_TEXT, &adding.zone, "ZONE", "of its dates without an offset; default UTC" },
        { "test", OPTION_FLAG, &adding.test, NULL, "its documents are tests: decided, never booked" },
    };
    const struct ctl_usage usage = {
        "partner add",
        "NAME",
        "Write a partner file, with comments for what may be added.",
        options,
        COUNT(options),
        1,
        1,
        "The file is NAME.conf in folder partners of setting 'maps'. It is checked with all others and "
        "removed\n"
        "again where it does not fit, as where an identity is another partner's. A running daemon reads it\n"
        "after SIGHUP."
    };
    size_t words;
    enum options_result result = options_read(&usage, argc, argv, &words);
    if (result != OPTIONS_GOOD)
        return result == OPTIONS_HELP ? 0 : 2;
    struct error error = { 0 };
    const char *path = NULL;
    if (!add(&adding, argv[0], &path, &error))
        return online_fail(&adding.online, &error);
    if (adding.online.json) {
        struct document *record = document_record(adding.online.arena, NULL);
        document_add_text(adding.online.arena, record, "file", slice_of(path));
        online_print_json(&adding.online, record);
    } else {
        printf(
            "%s written; `comptoirctl partner test %s` tells what is missing, SIGHUP makes the daemon read "
            "it\n",
            path, argv[0]);
    }
    online_close(&adding.online);
    return 0;
}
