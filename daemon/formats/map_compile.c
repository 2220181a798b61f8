// SPDX-License-Identifier: Apache-2.0
// A map file's rules, checked and turned into structs. Every fault names the file and the line of the rule.
#include <limits.h>

#include "doors/avro.h"
#include "formats/map_rules.h"

struct scope {
    struct map_compiler *compiler;
    const struct map_path *context; // of paths, NULL at the message
    struct slice record;            // of fields: "" or "lines."
    size_t *slots;                  // how many the record needs so far
};

static const char *const rule_members[] = {
    "field",   "at",     "as",     "table",  "required", "beside", "cut",    "join",
    "default", "value",  "count",  "minus",  "unless",   "when",   "format", "list",
    "each",    "fields", "within", "remove", "most",     NULL,
};

static bool fail(struct map_compiler *compiler, const struct config_node *at, const char *what,
                 const char *text)
{
    struct position place = { .source = at->file, .line = (uint32_t)at->line, .column = 1 };
    return error_set(compiler->error, ERROR_INVALID, &place, "%s \"%s\"", what, text);
}

static bool text_of(struct map_compiler *compiler, const struct config_node *rule, const char *name,
                    struct slice *value, bool *present)
{
    const char *text;
    if (!config_text(rule, name, NULL, &text, compiler->error))
        return false;
    if (present)
        *present = text != NULL;
    *value = slice_of(text);
    return true;
}

// A text or a list of texts.
static bool texts_of(struct map_compiler *compiler, const struct config_node *node, struct slice **values,
                     size_t *count)
{
    bool single = node->kind == CONFIG_TEXT;
    if (!single && node->kind != CONFIG_LIST)
        return fail(compiler, node, "texts are wanted for", node->name ? node->name : "?");
    *count = single ? 1 : node->count;
    *values = ARENA_ARRAY(compiler->arena, *count, struct slice);
    if (single) {
        (*values)[0] = slice_of(node->text);
        return true;
    }
    size_t i = 0;
    for (const struct config_node *one = node->first; one; one = one->next) {
        if (one->kind != CONFIG_TEXT)
            return fail(compiler, one, "a text is wanted in the list", node->name ? node->name : "?");
        (*values)[i++] = slice_of(one->text);
    }
    return true;
}

static bool find_field(const struct scope *scope, const struct config_node *at, const char *field,
                       struct avro_slot *slot)
{
    struct map_compiler *compiler = scope->compiler;
    const char *document = compiler->rules->document;
    bool absolute = *field == '/';
    struct slice path = arena_printf(compiler->arena, "%.*s%s", absolute ? 0 : (int)scope->record.size,
                                     scope->record.data ? scope->record.data : "", field + absolute);
    if (avro_find_slot(compiler->schemas, document, path, slot))
        return true;
    struct position place = { .source = at->file, .line = (uint32_t)at->line, .column = 1 };
    return error_set(compiler->error, ERROR_INVALID, &place, "%s has no field \"%.*s\"", document,
                     SLICE_ARGS(path));
}

static bool has_field(const struct scope *scope, const struct config_node *at, const char *field)
{
    struct avro_slot slot;
    return find_field(scope, at, field, &slot);
}

// The field that the rule fills, and where it stands in its record.
static bool set_field(const struct scope *scope, const struct config_node *at, struct map_rule *rule)
{
    struct avro_slot slot;
    if (!find_field(scope, at, rule->field, &slot))
        return false;
    if (*rule->field == '/')
        return true; // of another record, and only written
    rule->field = slot.name;
    rule->slot = slot.slot;
    if (*scope->slots <= slot.slot)
        *scope->slots = slot.slot + 1;
    return true;
}

static bool add_paths(const struct scope *scope, const struct config_node *at, struct map_rule *rule,
                      enum map_path_use use)
{
    struct map_compiler *compiler = scope->compiler;
    bool single = at->kind != CONFIG_LIST;
    rule->at_count = single ? 1 : at->count;
    rule->at = ARENA_ARRAY(compiler->arena, rule->at_count, struct map_path *);
    if (rule->at_count == 0)
        return fail(compiler, at, "a path is wanted for", at->name ? at->name : "?");
    const struct config_node *one = single ? at : at->first;
    for (size_t i = 0; i < rule->at_count; i++, one = one->next) {
        rule->at[i] = map_path_compile(compiler, one, scope->context, use);
        if (!rule->at[i])
            return false;
    }
    return true;
}

static bool set_as(struct map_compiler *compiler, const struct config_node *node, struct map_rule *rule)
{
    static const char *const words[] = { "text", "date", "instant", "decimal", "pieces", "lines" };
    const char *word;
    if (!config_text(node, "as", "text", &word, compiler->error))
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(word, words[i]) == 0) {
            rule->as = (enum map_as)i;
            return true;
        }
    }
    return fail(compiler, config_get(node, "as"), "no conversion is called", word);
}

static bool set_table(struct map_compiler *compiler, const struct config_node *node, struct map_rule *rule)
{
    const char *name;
    if (!config_text(node, "table", NULL, &name, compiler->error))
        return false;
    for (size_t i = 0; name && i < compiler->list_count && !rule->table; i++)
        if (strcmp(compiler->lists[i].name, name) == 0)
            rule->table = &compiler->lists[i];
    return !name || rule->table || fail(compiler, config_get(node, "table"), "there is no table", name);
}

// "status = changed | rejected", "/status != accepted"
static bool set_when(const struct scope *scope, const struct config_node *node, struct map_rule *rule)
{
    struct map_compiler *compiler = scope->compiler;
    const char *text;
    if (!config_text(node, "when", NULL, &text, compiler->error) || !text)
        return compiler->error->kind == ERROR_NONE;
    const struct config_node *at = config_get(node, "when");
    const char *equals = strchr(text, '=');
    if (!equals || equals == text)
        return fail(compiler, at, "a condition such as \"status = accepted\" is wanted, not", text);
    struct map_condition *when = rule->when = ARENA_NEW(compiler->arena, struct map_condition);
    when->negate = equals[-1] == '!';
    struct slice field = slice_trim((struct slice){ text, (size_t)(equals - text) - when->negate });
    const char *name = arena_string(compiler->arena, field);
    when->absolute = *name == '/';
    when->field = name + when->absolute;
    size_t capacity = 0;
    for (struct slice rest = slice_of(equals + 1); rest.size; when->count++) {
        when->values =
            arena_grow(compiler->arena, when->values, &capacity, when->count + 1, sizeof *when->values);
        when->values[when->count] = slice_trim(slice_cut(&rest, '|'));
    }
    return has_field(scope, at, name);
}

static bool set_minus(const struct scope *scope, const struct config_node *node, struct map_rule *rule)
{
    const struct config_node *minus = config_get(node, "minus");
    struct slice *names;
    if (!minus)
        return true;
    if (!texts_of(scope->compiler, minus, &names, &rule->minus_count))
        return false;
    rule->minus = ARENA_ARRAY(scope->compiler->arena, rule->minus_count, const char *);
    for (size_t i = 0; i < rule->minus_count; i++) {
        rule->minus[i] = arena_string(scope->compiler->arena, names[i]);
        if (!has_field(scope, minus, rule->minus[i]))
            return false;
    }
    return true;
}

static bool set_options(const struct scope *scope, const struct config_node *node, struct map_rule *rule)
{
    struct map_compiler *compiler = scope->compiler;
    return set_as(compiler, node, rule) && set_table(compiler, node, rule) && set_when(scope, node, rule) &&
           set_minus(scope, node, rule) &&
           config_boolean(node, "required", false, &rule->required, compiler->error) &&
           config_boolean(node, "beside", false, &rule->beside, compiler->error) &&
           config_boolean(node, "cut", false, &rule->cut, compiler->error) &&
           text_of(compiler, node, "join", &rule->join, &rule->joins) &&
           text_of(compiler, node, "default", &rule->fallback, &rule->has_fallback) &&
           text_of(compiler, node, "unless", &rule->unless, &rule->has_unless) &&
           config_integer(node, "most", 0, &rule->most, compiler->error) &&
           config_text(node, "format", NULL, &rule->format, compiler->error);
}

static bool compile_rules(const struct scope *scope, const struct config_node *list, struct map_rule **rules,
                          size_t *count);

static bool compile_list(const struct scope *scope, const struct config_node *node, struct map_rule *rule)
{
    struct map_compiler *compiler = scope->compiler;
    const struct config_node *each = config_get(node, "each"), *fields = config_get(node, "fields");
    if (!config_text(node, "list", NULL, &rule->field, compiler->error))
        return false;
    if (!each || !fields)
        return fail(compiler, node, "`each` and `fields` are wanted for the list", rule->field);
    if (!set_field(scope, node, rule) || !add_paths(scope, each, rule, MAP_USE_NODE))
        return false;
    struct scope inner = {
        .compiler = compiler,
        .context = rule->at[0],
        .record = arena_printf(compiler->arena, "%.*s%s.", SLICE_ARGS(scope->record), rule->field),
        .slots = &rule->slots,
    };
    return compile_rules(&inner, fields, &rule->rules, &rule->count);
}

// What stands inside is checked against the first place, so the directory must have the others alike.
static bool same_node(const struct map_compiler *compiler, const struct map_path *left,
                      const struct map_path *right)
{
    return compiler->rules->syntax == MAP_XML || slice_equal(left->dotted, right->dotted);
}

static bool compile_within(const struct scope *scope, const struct config_node *node, struct map_rule *rule)
{
    struct map_compiler *compiler = scope->compiler;
    const struct config_node *within = config_get(node, "within"), *fields = config_get(node, "fields");
    if (!fields)
        return fail(compiler, node, "`fields` are wanted beside", "within");
    if (!add_paths(scope, within, rule, MAP_USE_NODE))
        return false;
    for (size_t i = 1; i < rule->at_count; i++)
        if (!same_node(compiler, rule->at[0], rule->at[i]))
            return fail(compiler, within, "the paths of `within` end at different nodes:", rule->at[i]->text);
    struct scope inner = *scope;
    inner.context = rule->at[0];
    return compile_rules(&inner, fields, &rule->rules, &rule->count);
}

static bool is_known_constant(struct slice value)
{
    return !slice_starts(value, "$") || slice_is(value, "$us") || slice_is(value, "$us.gln") ||
           slice_is(value, "$partner") || slice_is(value, "$partner.gln") || slice_is(value, "$empty");
}

static bool compile_value(const struct scope *scope, const struct config_node *node, struct map_rule *rule)
{
    struct map_compiler *compiler = scope->compiler;
    const struct config_node *at = config_get(node, "at");
    const char *counted = NULL;
    bool constant = false;
    if (!config_text(node, "field", NULL, &rule->field, compiler->error) ||
        !config_text(node, "count", NULL, &counted, compiler->error) ||
        !text_of(compiler, node, "value", &rule->value, &constant))
        return false;
    if (constant && !is_known_constant(rule->value))
        return fail(compiler, node, "there is no constant", arena_string(compiler->arena, rule->value));
    if (counted) {
        rule->counts = true;
        rule->field = counted;
    }
    if (!rule->field == !constant)
        return fail(compiler, node, "a rule wants one of field, count, value, list and", "within");
    rule->kind = constant || counted ? MAP_RULE_CONSTANT : MAP_RULE_FIELD;
    if (rule->field && !(counted ? has_field(scope, node, counted) : set_field(scope, node, rule)))
        return false;
    // A field with a default alone needs no place in the message.
    if (!at && rule->has_fallback)
        return true;
    if (!at)
        return fail(compiler, node, "`at` is wanted for", rule->field ? rule->field : "value");
    return add_paths(scope, at, rule, rule->as == MAP_PIECES || rule->as == MAP_LINES ? MAP_USE_PIECES : MAP_USE_VALUE);
}

static bool compile_rule(const struct scope *scope, const struct config_node *node, struct map_rule *rule)
{
    struct map_compiler *compiler = scope->compiler;
    rule->file = node->file;
    rule->line = node->line;
    if (node->kind != CONFIG_GROUP)
        return fail(compiler, node, "a rule is a group:", "{ field = ...; at = ...; }");
    if (!config_only(node, rule_members, compiler->error) || !set_options(scope, node, rule))
        return false;
    if (config_get(node, "list")) {
        rule->kind = MAP_RULE_LIST;
        return compile_list(scope, node, rule);
    }
    if (config_get(node, "within")) {
        rule->kind = MAP_RULE_WITHIN;
        return compile_within(scope, node, rule);
    }
    return compile_value(scope, node, rule);
}

static bool compile_rules(const struct scope *scope, const struct config_node *list, struct map_rule **rules,
                          size_t *count)
{
    struct map_compiler *compiler = scope->compiler;
    if (list->kind != CONFIG_LIST)
        return fail(compiler, list, "a list of rules is wanted for", list->name);
    *rules = ARENA_ARRAY(compiler->arena, list->count, struct map_rule);
    *count = 0;
    for (const struct config_node *node = list->first; node; node = node->next)
        if (!compile_rule(scope, node, &(*rules)[(*count)++]))
            return false;
    return true;
}

static bool compile_expects(struct map_compiler *compiler, const struct config_node *list)
{
    static const char *const members[] = { "at", "in", "text", "code", NULL };
    struct map_rules *rules = compiler->rules;
    rules->expects = ARENA_ARRAY(compiler->arena, list->count, struct map_expect);
    for (const struct config_node *node = list->first; node; node = node->next) {
        struct map_expect *expect = &rules->expects[rules->expect_count++];
        const struct config_node *at = config_get(node, "at"), *in = config_get(node, "in");
        int64_t code;
        if (!config_only(node, members, compiler->error) ||
            !text_of(compiler, node, "text", &expect->text, NULL) ||
            !config_integer(node, "code", rules->syntax == MAP_XML ? 450 : 12, &code, compiler->error))
            return false;
        if (!at || !in || code < 0 || code > INT_MAX)
            return fail(compiler, node, "`at`, `in` and `text` are wanted in", "expect");
        expect->code = (int)code;
        expect->at = map_path_compile(compiler, at, NULL, MAP_USE_VALUE);
        if (!expect->at || !texts_of(compiler, in, &expect->values, &expect->count))
            return false;
    }
    return true;
}

static bool compile_pairs(struct map_compiler *compiler, const struct config_node *codes,
                          struct map_table *table)
{
    table->pairs = ARENA_ARRAY(compiler->arena, codes->count * 2, struct slice);
    for (const struct config_node *pair = codes->first; pair; pair = pair->next) {
        struct slice *values;
        size_t count;
        if (!texts_of(compiler, pair, &values, &count))
            return false;
        if (count != 2)
            return fail(compiler, pair, "a pair [\"message's\", \"document's\"] is wanted in the table",
                        table->name);
        table->pairs[table->count * 2] = values[0];
        table->pairs[table->count * 2 + 1] = values[1];
        table->count++;
    }
    return true;
}

static bool compile_tables(struct map_compiler *compiler, const struct config_node *group)
{
    static const char *const members[] = { "codes", "unknown", NULL };
    static const char *const unknowns[] = { "error", "keep", "drop" };
    compiler->lists = ARENA_ARRAY(compiler->arena, group->count, struct map_table);
    for (const struct config_node *node = group->first; node; node = node->next) {
        struct map_table *table = &compiler->lists[compiler->list_count++];
        const struct config_node *codes = config_get(node, "codes");
        const char *unknown;
        table->name = node->name;
        if (!config_only(node, members, compiler->error) ||
            !config_text(node, "unknown", "error", &unknown, compiler->error))
            return false;
        while (table->unknown <= MAP_UNKNOWN_DROP && strcmp(unknowns[table->unknown], unknown) != 0)
            if (++table->unknown > MAP_UNKNOWN_DROP)
                return fail(compiler, node, "`unknown` is error, keep or drop, not", unknown);
        if (!codes || codes->kind != CONFIG_LIST)
            return fail(compiler, node, "`codes` are wanted in the table", node->name);
        if (!compile_pairs(compiler, codes, table))
            return false;
    }
    return true;
}

static bool compile_head(struct map_compiler *compiler, const struct config_node *root)
{
    static const char *const members[] = { "base",   "message", "directory", "document", "names",
                                           "tables", "expect",  "fields",    NULL };
    struct map_rules *rules = compiler->rules;
    if (!config_only(root, members, compiler->error) ||
        !config_text(root, "message", NULL, &rules->kind, compiler->error) ||
        !config_text(root, "directory", "", &rules->directory, compiler->error) ||
        !config_text(root, "document", NULL, &rules->document, compiler->error))
        return false;
    if (!rules->kind || !rules->document)
        return fail(compiler, root, "a map wants `message` and", "document");
    rules->syntax = slice_starts(slice_of(rules->kind), "cxml/") ? MAP_XML : MAP_EDIFACT;
    if (rules->syntax == MAP_XML)
        return !*rules->directory ||
               fail(compiler, root, "a cXML map has no directory, not", rules->directory);
    rules->tables = directories_named(compiler->directories, rules->directory);
    if (!rules->tables)
        return fail(compiler, root, "there is no directory", rules->directory);
    rules->structure = directory_message(rules->tables, map_message_type(rules->kind));
    return rules->structure || fail(compiler, root, "the directory has no message", rules->kind);
}

struct map_rules *map_compile(const struct config_node *root, const struct directories *directories,
                              const struct avro_catalogue *schemas, struct arena *arena, struct error *error)
{
    struct map_rules *rules = ARENA_NEW(arena, struct map_rules);
    struct map_compiler compiler = {
        .arena = arena,
        .directories = directories,
        .schemas = schemas,
        .rules = rules,
        .names = config_get(root, "names"),
        .error = error,
    };
    struct scope scope = { .compiler = &compiler, .slots = &rules->slots };
    const struct config_node *tables = config_get(root, "tables"), *expect = config_get(root, "expect");
    const struct config_node *fields = config_get(root, "fields");
    if (!compile_head(&compiler, root))
        return NULL;
    if (!fields) {
        fail(&compiler, root, "there are no", "fields");
        return NULL;
    }
    if (tables && !compile_tables(&compiler, tables))
        return NULL;
    if (expect && !compile_expects(&compiler, expect))
        return NULL;
    return compile_rules(&scope, fields, &rules->rules, &rules->count) ? rules : NULL;
}
