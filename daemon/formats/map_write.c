// SPDX-License-Identifier: Apache-2.0
// Document to message. Places are made where they are first written; what a path requires in brackets is
// written there too. EDIFACT messages are then put into the directory's order; XML keeps the order of the
// rules.
#include "formats/map_place.h"

struct writer {
    const struct map *map;
    const struct document *document;
    struct arena *arena;
    struct error *error;
    struct map_trace *trace; // NULL: nobody wants to know
};

static bool write_rules(const struct writer *writer, const struct map_rule *rules, size_t count,
                        const struct document *record, struct map_frame *frame);

static bool fail(const struct writer *writer, const struct map_rule *rule, struct slice why)
{
    const struct map_rules *rules = writer->map->rules;
    return error_set(writer->error, ERROR_INVALID, NULL, "%s%s%s cannot be written at %s: %s: %.*s",
                     rules->kind, *rules->directory ? " " : "", rules->directory,
                     rule->at_count ? rule->at[0]->text : "?", rule->field ? rule->field : "the constant",
                     SLICE_ARGS(why));
}

static struct slice leaf_text(const struct document *leaf, struct arena *arena)
{
    char number[DECIMAL_TEXT_SIZE];
    if (!leaf)
        return (struct slice){ 0 };
    if (leaf->kind == DOCUMENT_TEXT)
        return leaf->text;
    if (leaf->kind == DOCUMENT_DECIMAL)
        return arena_copy(arena, slice_of(decimal_text(leaf->integer, leaf->scale, number)));
    if (leaf->kind == DOCUMENT_INTEGER)
        return arena_copy(arena, slice_of(decimal_text(leaf->integer, 0, number)));
    if (leaf->kind == DOCUMENT_BOOLEAN)
        return leaf->integer ? SLICE("true") : SLICE("false");
    return (struct slice){ 0 };
}

static bool condition_holds(const struct writer *writer, const struct map_condition *when,
                            const struct document *record)
{
    if (!when)
        return true;
    const struct document *leaf = document_get(when->absolute ? writer->document : record, when->field);
    struct slice text = leaf_text(leaf, writer->arena);
    for (size_t i = 0; i < when->count; i++)
        if (slice_equal(text, when->values[i]))
            return !when->negate;
    return when->negate;
}

// quantity minus what else stands in the record, exactly. Six places are what the schemas have at most.
static bool subtract(const struct map_rule *rule, const struct document *record, struct document *leaf)
{
    enum { PLACES = 6 };
    int64_t sum, other;
    if (!document_decimal(record, rule->field, PLACES, &sum))
        return false;
    for (size_t i = 0; i < rule->minus_count; i++)
        if (document_decimal(record, rule->minus[i], PLACES, &other) &&
            __builtin_sub_overflow(sum, other, &sum))
            return false;
    *leaf = (struct document){ .kind = DOCUMENT_DECIMAL, .scale = PLACES, .integer = sum };
    return true;
}

// The text to write; *absent where there is none.
static bool value_of(const struct writer *writer, const struct map_rule *rule, const struct document *record,
                     struct slice *text, struct slice *format, bool *absent)
{
    const struct document *leaf =
        document_get(*rule->field == '/' ? writer->document : record, rule->field + (*rule->field == '/'));
    struct document difference;
    struct slice why;
    *absent = !leaf || leaf->kind == DOCUMENT_NULL || (leaf->kind == DOCUMENT_TEXT && leaf->text.size == 0);
    *format = (struct slice){ 0 };
    if (rule->minus_count && !*absent) {
        if (!subtract(rule, record, &difference))
            return fail(writer, rule, SLICE("the difference cannot be computed"));
        leaf = &difference;
    }
    if (*absent) {
        *text = rule->fallback;
        *absent = !rule->has_fallback || rule->fallback.size == 0;
        return !*absent || !rule->required || fail(writer, rule, SLICE("the document has no value for it"));
    }
    if (!map_convert_out(writer->map, rule, leaf, writer->arena, text, format, &why))
        return fail(writer, rule, why);
    *absent = text->size == 0 || (rule->has_unless && slice_equal(*text, rule->unless));
    return true;
}

static bool put(const struct writer *writer, const struct map_rule *rule, const struct document *record,
                struct map_frame *frame, struct slice text, struct slice format)
{
    struct slice why;
    if (rule->at_count == 0 || rule->at[0]->leaf == MAP_INDEX)
        return true;
    uint32_t origin = writer->trace ? map_trace_write(writer->trace, rule, record) : 0;
    return map_place_put(rule, rule->at[0], frame, text, format, origin, writer->arena, &why) ||
           fail(writer, rule, why);
}

static bool write_field(const struct writer *writer, const struct map_rule *rule,
                        const struct document *record, struct map_frame *frame)
{
    struct slice text, format;
    bool absent;
    return value_of(writer, rule, record, &text, &format, &absent) &&
           (absent || put(writer, rule, record, frame, text, format));
}

static struct partner_identity identity_of(const struct writer *writer, bool ours)
{
    const struct partner *partner = writer->map->partner;
    bool is_xml = writer->map->rules->syntax == MAP_XML;
    const struct partner_identity *theirs = is_xml ? partner->cxml_identities : partner->edifact_identities;
    size_t count = is_xml ? partner->cxml_identity_count : partner->edifact_identity_count;
    if (ours)
        return is_xml ? partner->cxml_us : partner->edifact_us;
    return count ? theirs[0] : (struct partner_identity){ 0 };
}

// "$us" and "$partner" stand for the identities of the partner file; with ".gln" only where the qualifier
// says that it is a GLN.
static struct slice constant_of(const struct writer *writer, struct slice value)
{
    if (value.size == 0 || value.data[0] != '$')
        return value;
    bool ours = slice_starts(value, "$us");
    bool gln = slice_is(value, "$us.gln") || slice_is(value, "$partner.gln");
    if (!writer->map->partner || !(gln || slice_is(value, "$us") || slice_is(value, "$partner")))
        return (struct slice){ 0 };
    struct partner_identity identity = identity_of(writer, ours);
    return gln && !slice_is(identity.domain, "14") ? (struct slice){ 0 } : identity.identity;
}

static bool write_constant(const struct writer *writer, const struct map_rule *rule,
                           const struct document *record, struct map_frame *frame)
{
    struct slice text = constant_of(writer, rule->value);
    if (rule->counts) {
        const struct document *list = document_get(record, rule->field);
        text = arena_printf(writer->arena, "%u", list ? list->count : 0);
    }
    bool empty = slice_is(rule->value, "$empty");
    return (text.size == 0 && !empty) || put(writer, rule, record, frame, text, (struct slice){ 0 });
}

static bool write_list(const struct writer *writer, const struct map_rule *rule,
                       const struct document *record, struct map_frame *frame)
{
    int64_t count = 0;
    for (const struct document *item = document_items(record, rule->field); item; item = item->next) {
        if (rule->most && ++count > rule->most)
            break;
        struct map_frame inner = { .above = frame, .path = rule->at[0], .makes_new = true };
        if (!write_rules(writer, rule->rules, rule->count, item, &inner))
            return false;
    }
    return true;
}

static bool write_rule(const struct writer *writer, const struct map_rule *rule,
                       const struct document *record, struct map_frame *frame)
{
    if (!condition_holds(writer, rule->when, record))
        return true;
    struct map_frame inner = { .above = frame, .path = rule->at_count ? rule->at[0] : NULL };
    switch (rule->kind) {
    case MAP_RULE_FIELD:
        return write_field(writer, rule, record, frame);
    case MAP_RULE_CONSTANT:
        return write_constant(writer, rule, record, frame);
    case MAP_RULE_LIST:
        return write_list(writer, rule, record, frame);
    case MAP_RULE_WITHIN:
        return write_rules(writer, rule->rules, rule->count, record, &inner);
    }
    return true;
}

static bool write_rules(const struct writer *writer, const struct map_rule *rules, size_t count,
                        const struct document *record, struct map_frame *frame)
{
    for (size_t i = 0; i < count; i++)
        if (!write_rule(writer, &rules[i], record, frame))
            return false;
    return true;
}

bool map_write(const struct map *map, const struct document *document, struct arena *arena,
               struct node **message, struct error *error)
{
    return map_write_traced(map, document, NULL, arena, message, error);
}

bool map_write_traced(const struct map *map, const struct document *document, struct map_trace *trace,
                      struct arena *arena, struct node **message, struct error *error)
{
    const struct map_rules *rules = map->rules;
    struct writer writer = {
        .map = map, .document = document, .arena = arena, .error = error, .trace = trace
    };
    if (document->type && strcmp(document->type, rules->document) != 0)
        return error_set(error, ERROR_INVALID, NULL, "the map of %s writes %s, not %s", rules->kind,
                         rules->document, document->type);
    struct node *root = node_new(arena, rules->syntax == MAP_XML ? SLICE("cXML") : map_message_type(rules->kind));
    struct map_frame frame = { .node = root, .root = root };
    if (!write_rules(&writer, rules->rules, rules->count, document, &frame))
        return false;
    if (rules->syntax == MAP_EDIFACT)
        map_place_order(root, rules->structure, &rules->structure->entries[0], arena);
    *message = root;
    return true;
}
