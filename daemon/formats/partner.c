// SPDX-License-Identifier: Apache-2.0
// Partner files: who the partner is on each channel, and what it wants from us.
#include "formats/map_rules.h"

struct reader {
    struct arena *arena;
    struct error *error;
};

static bool fail(const struct reader *reader, const struct config_node *at, const char *what,
                 const char *text)
{
    struct position place = { .source = at->file, .line = (uint32_t)at->line, .column = 1 };
    return error_set(reader->error, ERROR_INVALID, &place, "%s \"%s\"", what, text);
}

static bool slice_member(const struct reader *reader, const struct config_node *group, const char *name,
                         struct slice *value)
{
    const char *text;
    if (!config_text(group, name, NULL, &text, reader->error))
        return false;
    *value = slice_trim(slice_of(text));
    return true;
}

// { domain = "DUNS"; identity = "123"; }, for EDIFACT { qualifier = "14"; identity = "4012345000009"; }
static bool read_identity(const struct reader *reader, const struct config_node *node,
                          const char *domain_name, struct partner_identity *identity)
{
    const char *const members[] = { domain_name, "identity", NULL };
    if (node->kind != CONFIG_GROUP)
        return fail(reader, node, "an identity is a group with `identity` and", domain_name);
    if (!config_only(node, members, reader->error) ||
        !slice_member(reader, node, domain_name, &identity->domain) ||
        !slice_member(reader, node, "identity", &identity->identity))
        return false;
    if (identity->identity.size == 0)
        return fail(reader, node, "a text is wanted for", "identity");
    if (identity->domain.size == 0 && strcmp(domain_name, "domain") == 0)
        return fail(reader, node, "a text is wanted for", "domain");
    return true;
}

static bool read_identities(const struct reader *reader, const struct config_node *group,
                            const char *domain_name, const struct partner_identity **identities,
                            size_t *count)
{
    const struct config_node *list = config_get(group, "identities");
    if (!list || list->kind != CONFIG_LIST || list->count == 0)
        return fail(reader, group, "a list of at least one is wanted for", "identities");
    struct partner_identity *made = ARENA_ARRAY(reader->arena, list->count, struct partner_identity);
    for (const struct config_node *node = list->first; node; node = node->next)
        if (!read_identity(reader, node, domain_name, &made[(*count)++]))
            return false;
    *identities = made;
    return true;
}

static bool read_optional(const struct reader *reader, const struct config_node *group, const char *name,
                          const char *domain_name, struct partner_identity *identity)
{
    const struct config_node *node = config_get(group, name);
    return !node || read_identity(reader, node, domain_name, identity);
}

static bool read_edifact(const struct reader *reader, const struct config_node *group,
                         struct partner *partner)
{
    static const char *const members[] = {
        "identities", "us", "directory", "charset", "syntax", "una", NULL
    };
    int64_t syntax;
    if (!config_only(group, members, reader->error) ||
        !read_identities(reader, group, "qualifier", &partner->edifact_identities,
                         &partner->edifact_identity_count) ||
        !read_optional(reader, group, "us", "qualifier", &partner->edifact_us) ||
        !config_text(group, "directory", "D96A", &partner->edifact_directory, reader->error) ||
        !config_text(group, "charset", "UNOC", &partner->edifact_charset, reader->error) ||
        !config_integer(group, "syntax", 3, &syntax, reader->error) ||
        !config_boolean(group, "una", false, &partner->edifact_una, reader->error))
        return false;
    if (syntax < 1 || syntax > 4)
        return fail(reader, config_get(group, "syntax"), "a number from 1 to 4 is wanted for", "syntax");
    partner->edifact_syntax = (int)syntax;
    return true;
}

static bool read_secrets(const struct reader *reader, const struct config_node *group,
                         struct partner *partner)
{
    const struct config_node *list = config_get(group, "secrets");
    size_t count = 0;
    if (!list)
        return true;
    if (list->kind != CONFIG_LIST || list->count > 2)
        return fail(reader, list, "a list of one or two texts is wanted for", "secrets");
    for (const struct config_node *node = list->first; node; node = node->next) {
        if (node->kind != CONFIG_TEXT || !*node->text)
            return fail(reader, node, "a text is wanted in", "secrets");
        partner->cxml_secrets[count++] = node->text;
    }
    return true;
}

static bool read_cxml(const struct reader *reader, const struct config_node *group, struct partner *partner)
{
    static const char *const members[] = { "identities", "sender", "us", "secrets", "url", "version", NULL };
    return config_only(group, members, reader->error) &&
           read_identities(reader, group, "domain", &partner->cxml_identities,
                           &partner->cxml_identity_count) &&
           read_optional(reader, group, "sender", "domain", &partner->cxml_sender) &&
           read_optional(reader, group, "us", "domain", &partner->cxml_us) &&
           read_secrets(reader, group, partner) &&
           config_text(group, "url", NULL, &partner->cxml_url, reader->error) &&
           config_text(group, "version", "1.2.014", &partner->cxml_version, reader->error);
}

bool partner_read(const struct config_node *root, const char *name, struct arena *arena,
                  struct partner *partner, struct error *error)
{
    static const char *const members[] = { "account", "test", "zone", "edifact", "cxml", "overrides", NULL };
    struct reader reader = { .arena = arena, .error = error };
    const struct config_node *edifact = config_get(root, "edifact"), *cxml = config_get(root, "cxml");
    *partner = (struct partner){ .name = name };
    if (!config_only(root, members, error) || !config_text(root, "account", NULL, &partner->account, error) ||
        !config_boolean(root, "test", false, &partner->test, error) ||
        !config_text(root, "zone", "UTC", &partner->zone, error))
        return false;
    if (!partner->account || !*partner->account)
        return fail(&reader, root, "the partner file lacks the", "account");
    if (edifact && !read_edifact(&reader, edifact, partner))
        return false;
    return !cxml || read_cxml(&reader, cxml, partner);
}
