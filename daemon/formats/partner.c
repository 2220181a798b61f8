// SPDX-License-Identifier: Apache-2.0
// Partner files: who the partner is on each channel, and what it wants from us.
#include "formats/map_rules.h"
#include "formats/partner_settings.h"

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

static int64_t power_of_ten(size_t exponent)
{
    int64_t power = 1;
    while (exponent--)
        power *= 10;
    return power;
}

static const char *const range_ends[] = {
    [PARTNER_RANGE_GROW] = "grow", [PARTNER_RANGE_STOP] = "stop", [PARTNER_RANGE_WRAP] = "wrap"
};

// `last` is where it ends; without one the width says so, or else the size of a reference.
static bool read_range_end(const struct reader *reader, const struct config_node *node,
                           struct partner_range *range)
{
    size_t room = PARTNER_REFERENCE_SIZE - strlen(range->prefix);
    const char *word;
    if (!config_integer(node, "first", 1, &range->first, reader->error) ||
        !config_integer(node, "last", 0, &range->last, reader->error) ||
        !config_text(node, "at_end", range->last ? "stop" : "grow", &word, reader->error))
        return false;
    while (range->end < PARTNER_RANGE_WRAP && strcmp(range_ends[range->end], word) != 0)
        range->end++;
    if (strcmp(range_ends[range->end], word) != 0)
        return fail(reader, node, "`at_end` is grow, stop or wrap, not", word);
    if (range->end == PARTNER_RANGE_GROW && range->last)
        return fail(reader, node, "a range with `last` does not", word);
    if (!range->last)
        range->last =
            power_of_ten(range->end != PARTNER_RANGE_GROW && range->width ? (size_t)range->width : room) - 1;
    if (range->first < 0 || range->first >= range->last)
        return fail(reader, node, "`first` is not below `last` in the range with the prefix", range->prefix);
    if (range->last >= power_of_ten(room))
        return fail(reader, node, "prefix and number have more than 14 characters with the prefix",
                    range->prefix);
    return true;
}

// ( { message = "ORDRSP"; prefix = "R"; width = 6; }, { prefix = "C"; } ): two ranges with one prefix would
// give one reference twice.
static bool read_range(const struct reader *reader, const struct config_node *node,
                       struct partner_range *ranges, size_t index)
{
    static const char *const members[] = { "message", "prefix", "width", "first", "last", "at_end", NULL };
    struct partner_range *range = &ranges[index];
    int64_t width;
    if (node->kind != CONFIG_GROUP)
        return fail(reader, node, "a range is a group with `message`, `prefix` and", "width");
    if (!config_only(node, members, reader->error) ||
        !config_text(node, "message", "", &range->message, reader->error) ||
        !config_text(node, "prefix", "", &range->prefix, reader->error) ||
        !config_integer(node, "width", 0, &width, reader->error))
        return false;
    if (width < 0 || strlen(range->prefix) >= PARTNER_REFERENCE_SIZE ||
        (size_t)width + strlen(range->prefix) > PARTNER_REFERENCE_SIZE)
        return fail(reader, node, "prefix and number have more than 14 characters with the prefix",
                    range->prefix);
    range->width = (int)width;
    for (const char *c = range->prefix; *c; c++)
        if (!((*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9')))
            return fail(reader, node, "capital letters and figures are wanted for the prefix", range->prefix);
    for (size_t i = 0; i < index; i++)
        if (strcmp(ranges[i].prefix, range->prefix) == 0 || strcmp(ranges[i].message, range->message) == 0)
            return fail(reader, node, "another range has the same message or the same prefix", range->prefix);
    return read_range_end(reader, node, range);
}

static bool read_ranges(const struct reader *reader, const struct config_node *group, struct partner *partner)
{
    const struct config_node *list = config_get(group, "numbers");
    if (!list)
        return true;
    if (list->kind != CONFIG_LIST)
        return fail(reader, list, "a list of groups is wanted for", "numbers");
    struct partner_range *ranges = ARENA_ARRAY(reader->arena, list->count, struct partner_range);
    for (const struct config_node *node = list->first; node; node = node->next)
        if (!read_range(reader, node, ranges, partner->edifact_range_count++))
            return false;
    partner->edifact_ranges = ranges;
    return true;
}

static bool read_edifact(const struct reader *reader, const struct config_node *group,
                         const struct config_node *base, struct partner *partner)
{
    static const char *const others[] = { "identities", "us", "numbers", NULL };
    return partner_settings_read(group, base, others, reader->arena, partner, reader->error) &&
           read_identities(reader, group, "qualifier", &partner->edifact_identities,
                           &partner->edifact_identity_count) &&
           read_optional(reader, group, "us", "qualifier", &partner->edifact_us) &&
           read_ranges(reader, group, partner);
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

bool partner_base_check(const struct config_node *base, struct error *error)
{
    static const char *const members[] = { "edifact", NULL };
    struct arena *arena = arena_open(1 << 20);
    struct partner nobody;
    bool good = config_only(base, members, error) &&
                partner_settings_read(NULL, config_get(base, "edifact"), NULL, arena, &nobody, error);
    arena_close(arena);
    return good;
}

// What the partner gets beside the answers to its orders.
static bool read_sends(const struct reader *reader, const struct config_node *root, struct partner *partner)
{
    const struct config_node *list = config_get(root, "sends");
    if (!list)
        return true;
    if (list->kind != CONFIG_LIST)
        return fail(reader, list, "a list of texts is wanted for", "sends");
    for (const struct config_node *node = list->first; node; node = node->next) {
        bool text = node->kind == CONFIG_TEXT;
        if (text && strcmp(node->text, "shipments") == 0)
            partner->sends_shipments = true;
        else if (text && strcmp(node->text, "invoices") == 0)
            partner->sends_invoices = true;
        else
            return fail(reader, node, "`sends` has \"shipments\" and \"invoices\", not",
                        text ? node->text : "");
    }
    return true;
}

bool partner_read(const struct config_node *root, const struct config_node *base, const char *name,
                  struct arena *arena, struct partner *partner, struct error *error)
{
    static const char *const members[] = { "account", "test",      "zone",  "edifact",
                                           "cxml",    "overrides", "sends", NULL };
    struct reader reader = { .arena = arena, .error = error };
    const struct config_node *edifact = config_get(root, "edifact"), *cxml = config_get(root, "cxml");
    *partner = (struct partner){ .name = name };
    if (!config_only(root, members, error) || !config_text(root, "account", NULL, &partner->account, error) ||
        !config_boolean(root, "test", false, &partner->test, error) ||
        !config_text(root, "zone", "UTC", &partner->zone, error))
        return false;
    if (!partner->account || !*partner->account)
        return fail(&reader, root, "the partner file lacks the", "account");
    if (!read_sends(&reader, root, partner))
        return false;
    if (edifact && !read_edifact(&reader, edifact, base ? config_get(base, "edifact") : NULL, partner))
        return false;
    return !cxml || read_cxml(&reader, cxml, partner);
}
