// SPDX-License-Identifier: Apache-2.0
#include "formats/partner_settings.h"

#include <stddef.h>

#include "formats/edifact/check.h"
#include "formats/partner_codes.h"

enum setting_kind {
    KIND_TEXT,
    KIND_INTEGER,
    KIND_BOOLEAN,
    KIND_CHOICE, // between two words; the second one makes the member true
    KIND_SEVERITY,
    KIND_CODE_LISTS, // the name of an overlay
    KIND_CODES       // rules of elements
};

// `offset` is that in struct partner, for a severity that in struct edifact_tolerances, where the built-in
// value stands too.
struct known {
    const char *name;
    enum setting_kind kind;
    size_t offset;
    const char *text;    // built-in; of a choice both words
    int64_t number;      // built-in
    int64_t least, most; // of numbers
};

#define TEXT(name, member, fallback)                                                                         \
    {                                                                                                        \
        name, KIND_TEXT, offsetof(struct partner, member), fallback, 0, 0, 0                                 \
    }
#define INTEGER(name, member, fallback, least, most)                                                         \
    {                                                                                                        \
        name, KIND_INTEGER, offsetof(struct partner, member), NULL, fallback, least, most                    \
    }
#define BOOLEAN(name, member)                                                                                \
    {                                                                                                        \
        name, KIND_BOOLEAN, offsetof(struct partner, member), NULL, 0, 0, 0                                  \
    }
#define SEVERITY(member)                                                                                     \
    {                                                                                                        \
        "tolerances." #member, KIND_SEVERITY, offsetof(struct edifact_tolerances, member), NULL, 0, 0, 0     \
    }

static const struct known known[] = {
    TEXT("directory", edifact_directory, "D96A"),
    TEXT("charset", edifact_charset, "UNOC"),
    INTEGER("syntax", edifact_syntax, 3, 1, 4),
    BOOLEAN("una", edifact_una),
    TEXT("association", edifact_association, ""),
    BOOLEAN("acknowledge", edifact_acknowledge),
    INTEGER("ack_within_minutes", edifact_ack_within_minutes, 0, 0, 525600),
    BOOLEAN("every_message", edifact_every_message),
    INTEGER("duplicate_days", edifact_duplicate_days, 0, 0, 36500),
    INTEGER("response_minutes", edifact_response_minutes, 0, 0, 525600),
    { "sequence", KIND_CHOICE, offsetof(struct partner, edifact_warn_sequence), "ignore warn", 0, 0, 0 },
    BOOLEAN("aperak", edifact_aperak),
    SEVERITY(counts),
    SEVERITY(references),
    SEVERITY(envelope),
    SEVERITY(mandatory),
    SEVERITY(unknown_segment),
    SEVERITY(surplus),
    SEVERITY(repeats),
    SEVERITY(too_long),
    SEVERITY(wrong_class),
    SEVERITY(dates),
    SEVERITY(line_count),
    SEVERITY(totals),
    SEVERITY(codes),
    SEVERITY(units),
    SEVERITY(characters),
    SEVERITY(line_breaks),
    SEVERITY(trailing),
    SEVERITY(unsupported),
    SEVERITY(check_digits),
    SEVERITY(junk),
    SEVERITY(unused),
    SEVERITY(assumed),
    { "code_lists", KIND_CODE_LISTS, 0, "", 0, 0, 0 },
    { "codes", KIND_CODES, 0, NULL, 0, 0, 0 },
};
enum { KNOWN_COUNT = sizeof known / sizeof known[0] };

static const char *const severities[] = {
    [EDIFACT_REFUSE] = "refuse", [EDIFACT_WARN] = "warn", [EDIFACT_ACCEPT] = "accept"
};
enum { PREFIX_SIZE = sizeof "tolerances." - 1 };

static bool is_tolerance(const struct known *setting)
{
    return setting->kind == KIND_SEVERITY;
}

// The part of the name that stands in its own group.
static const char *own_name(const struct known *setting)
{
    return is_tolerance(setting) ? setting->name + PREFIX_SIZE : setting->name;
}

static const struct config_node *group_of(const struct known *setting, const struct config_node *group)
{
    return group && is_tolerance(setting) ? config_get(group, "tolerances") : group;
}

static bool fail(const struct config_node *at, struct error *error, const char *wanted, const char *name)
{
    struct position place = { .source = at->file, .line = (uint32_t)at->line, .column = 1 };
    return error_set(error, ERROR_INVALID, &place, "%s is wanted for \"%s\"", wanted, name);
}

static bool is_known(const char *name, bool tolerance)
{
    for (size_t i = 0; i < KNOWN_COUNT; i++)
        if (is_tolerance(&known[i]) == tolerance && strcmp(own_name(&known[i]), name) == 0)
            return true;
    return false;
}

static bool one_of(const char *name, const char *const names[])
{
    for (; names && *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

static bool check_members(const struct config_node *group, const char *const others[], bool tolerance,
                          struct error *error)
{
    for (const struct config_node *node = group ? group->first : NULL; node; node = node->next) {
        struct position at = { .source = node->file, .line = (uint32_t)node->line, .column = 1 };
        bool is_group = !tolerance && strcmp(node->name, "tolerances") == 0;
        if (is_group && node->kind != CONFIG_GROUP)
            return fail(node, error, "a group", node->name);
        if (is_group ? !check_members(node, NULL, true, error)
                     : !is_known(node->name, tolerance) && !one_of(node->name, others))
            return error_set(error, ERROR_INVALID, &at, "\"%s\" is no %s", node->name,
                             tolerance ? "kind of fault that can be tolerated" : "setting of a partner");
    }
    return true;
}

bool partner_severity(const struct config_node *node, const char *name, enum edifact_severity *severity,
                      struct error *error)
{
    for (size_t i = 0; node->kind == CONFIG_TEXT && i < sizeof severities / sizeof severities[0]; i++)
        if (strcmp(node->text, severities[i]) == 0) {
            *severity = (enum edifact_severity)i;
            return true;
        }
    return fail(node, error, "\"refuse\", \"warn\" or \"accept\"", name);
}

static bool read_choice(const struct config_node *group, const char *name, const char *words, bool *second,
                        const char **text, struct arena *arena, struct error *error)
{
    const char *got = NULL;
    struct slice rest = slice_of(words), first = slice_cut(&rest, ' ');
    if (!config_text(group, name, NULL, &got, error))
        return false;
    *second = got && slice_is(rest, got);
    *text = arena_string(arena, *second ? rest : first);
    return !got || *second || slice_is(first, got) ||
           fail(config_get(group, name), error,
                arena_printf(arena, "\"%.*s\" or \"%.*s\"", SLICE_ARGS(first), SLICE_ARGS(rest)).data, name);
}

struct targets {
    struct partner *partner;
    struct edifact_tolerances *tolerances;
    struct arena *arena;
};

// Reads the value from the group that has it (NULL: the built-in one) and gives it as text.
static bool read_value(const struct targets *targets, const struct known *setting,
                       const struct config_node *group, const char **text, struct error *error)
{
    const char *name = own_name(setting);
    void *target = (char *)targets->partner + setting->offset;
    int64_t number;
    switch (setting->kind) {
    case KIND_TEXT:
        if (!config_text(group, name, setting->text, (const char **)target, error))
            return false;
        *text = *(const char **)target;
        return true;
    case KIND_INTEGER:
        if (!config_integer(group, name, setting->number, &number, error))
            return false;
        if (number < setting->least || number > setting->most)
            return fail(config_get(group, name), error,
                        arena_printf(targets->arena, "a number from %lld to %lld", (long long)setting->least,
                                     (long long)setting->most)
                            .data,
                        name);
        *(int *)target = (int)number;
        *text = arena_printf(targets->arena, "%lld", (long long)number).data;
        return true;
    case KIND_BOOLEAN:
        if (!config_boolean(group, name, setting->number != 0, (bool *)target, error))
            return false;
        *text = *(bool *)target ? "true" : "false";
        return true;
    case KIND_CHOICE:
        return read_choice(group, name, setting->text, target, text, targets->arena, error);
    case KIND_SEVERITY:
        target = (char *)targets->tolerances + setting->offset;
        if (group && !partner_severity(config_get(group, name), name, target, error))
            return false;
        *text = severities[*(enum edifact_severity *)target];
        return true;
    case KIND_CODE_LISTS:
        if (!config_text(group, name, setting->text, &targets->tolerances->code_lists, error))
            return false;
        *text = targets->tolerances->code_lists;
        return true;
    case KIND_CODES:
        *text = "";
        return !group ||
               partner_codes_read(config_get(group, name), targets->arena, targets->tolerances, text, error);
    }
    return false;
}

static bool has(const struct config_node *group, const char *name)
{
    return group && config_get(group, name);
}

static bool read_setting(const struct targets *targets, const struct known *setting,
                         const struct config_node *group, const struct config_node *base,
                         struct partner_setting *result, struct error *error)
{
    const char *name = own_name(setting);
    const struct config_node *own = group_of(setting, group), *below = group_of(setting, base);
    const struct config_node *from = has(own, name) ? own : has(below, name) ? below : NULL;
    const struct config_node *node = from ? config_get(from, name) : NULL;
    *result = (struct partner_setting){
        .name = setting->name,
        .layer = from && from == own ? PARTNER_LAYER_PARTNER
                 : from              ? PARTNER_LAYER_BASE
                                     : PARTNER_LAYER_BUILT_IN,
        .file = node ? node->file : NULL,
        .line = node ? node->line : 0,
    };
    return read_value(targets, setting, from, &result->value, error);
}

bool partner_settings_read(const struct config_node *group, const struct config_node *base,
                           const char *const others[], struct arena *arena, struct partner *partner,
                           struct error *error)
{
    const struct targets targets = { partner, ARENA_NEW(arena, struct edifact_tolerances), arena };
    struct partner_setting *settings = ARENA_ARRAY(arena, KNOWN_COUNT, struct partner_setting);
    *targets.tolerances = edifact_default_tolerances;
    if (!check_members(group, others, false, error) || !check_members(base, NULL, false, error))
        return false;
    for (size_t i = 0; i < KNOWN_COUNT; i++)
        if (!read_setting(&targets, &known[i], group, base, &settings[i], error))
            return false;
    partner->edifact_tolerances = targets.tolerances;
    partner->settings = settings;
    partner->setting_count = KNOWN_COUNT;
    return true;
}
