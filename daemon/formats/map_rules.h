// SPDX-License-Identifier: Apache-2.0
// Inside formats/map: what map files become. A rule ties a field of a document to a place in a message and is
// used in both directions: reading looks the place up, writing makes it. What a path requires in brackets is
// looked for on reading and becomes a constant on writing.
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "doors/config.h"
#include "formats/edifact/directory.h"
#include "formats/map.h"
#include "formats/zone.h"

enum map_syntax { MAP_EDIFACT, MAP_XML };

struct map_path;

// "[path=A|B]", "[path!=A|B]", "[path]"
struct map_test {
    const struct map_path *path;
    bool negate;
    size_t count; // of values; 0: that the place has any value
    struct slice *values;
};

struct map_step {
    struct slice name; // group, segment or element
    size_t count;
    struct map_test *tests;
};

enum map_leaf { MAP_NODE, MAP_COMPONENT, MAP_ATTRIBUTE, MAP_CONTENT, MAP_INDEX };

// A test of a composite: "C212[7143=SA].7140". `places` has an entry an occurrence of the composite.
struct map_part_test {
    struct directory_place *places;
    bool negate;
    size_t count;
    struct slice *values;
};

struct map_path {
    const char *text;    // as written
    bool absolute;       // begins at the message, not at the place of the list around
    struct slice dotted; // EDIFACT: the node that the steps lead to, from the message: "SG25.SG28.PRI"
    size_t count;
    struct map_step *steps;
    enum map_leaf leaf;
    struct slice attribute;
    size_t place_count; // MAP_COMPONENT: the occurrences
    struct directory_place *places;
    size_t part_count;
    struct map_part_test *parts;
    size_t piece_count; // components of the same number beside each other: a long text in pieces
    struct directory_place *pieces;
    struct directory_place format; // C507.2379 beside C507.2380; element 0 where there is none
};

enum map_as { MAP_TEXT, MAP_DATE, MAP_INSTANT, MAP_DECIMAL, MAP_PIECES };
enum map_unknown { MAP_UNKNOWN_ERROR, MAP_UNKNOWN_KEEP, MAP_UNKNOWN_DROP };

// Pairs: [i * 2] is the message's code, [i * 2 + 1] the document's word. The first match counts.
struct map_table {
    const char *name;
    enum map_unknown unknown;
    size_t count;
    struct slice *pairs;
};

// "status = changed | rejected" over fields of the document.
struct map_condition {
    const char *field;
    bool absolute, negate;
    size_t count;
    struct slice *values;
};

enum map_rule_kind { MAP_RULE_FIELD, MAP_RULE_CONSTANT, MAP_RULE_LIST, MAP_RULE_WITHIN };

struct map_rule {
    enum map_rule_kind kind;
    const char *file; // that says it, and where; NULL for none
    int line;
    const char *field; // FIELD, LIST; also the list that a `count` counts
    bool counts;
    size_t at_count;
    struct map_path **at;
    enum map_as as;
    const struct map_table *table;
    bool required, beside, cut;
    bool joins;
    struct slice join;
    bool has_fallback;
    struct slice fallback;
    struct slice value; // CONSTANT
    size_t minus_count;
    const char **minus;
    bool has_unless;
    struct slice unless;
    struct map_condition *when;
    const char *format; // DTM format on writing
    int64_t most;       // LIST: items written at most; 0: all
    size_t count;
    struct map_rule *rules; // LIST, WITHIN
};

// What a message must say to be taken at all.
struct map_expect {
    struct map_path *at;
    size_t count;
    struct slice *values;
    struct slice text;
    int code;
};

struct map_rules {
    const char *kind, *directory, *document; // "ORDERS", "D96A", "PurchaseOrder"
    enum map_syntax syntax;
    const struct directory *tables;
    const struct directory_message *structure;
    size_t count;
    struct map_rule *rules;
    size_t expect_count;
    struct map_expect *expects;
};

// The rules of a message for a partner (NULL: for none).
struct map {
    const struct map_rules *rules;
    const struct partner *partner;
    const struct zone *zone;
};

// Where a map is compiled: the names of its file that stand for steps, its tables.
struct map_compiler {
    struct arena *arena;
    const struct directories *directories;
    const struct avro_catalogue *schemas;
    struct map_rules *rules;
    const struct config_node *names;
    struct map_table *lists;
    size_t list_count;
    struct error *error;
};

// map_compile.c: a merged file to rules; NULL and the error with file and line.
struct map_rules *map_compile(const struct config_node *root, const struct directories *directories,
                              const struct avro_catalogue *schemas, struct arena *arena, struct error *error);

// map_path.c: the path of a config text. `context` is the path of the list around, NULL at the message. NODE
// paths name a node, VALUE paths a text in it, PIECES paths also the components of the same number beside it.
enum map_path_use { MAP_USE_NODE, MAP_USE_VALUE, MAP_USE_PIECES };
struct map_path *map_path_compile(struct map_compiler *compiler, const struct config_node *at,
                                  const struct map_path *context, enum map_path_use use);

// map_merge.c: `over` laid over `base`, member by member and rule by rule.
struct config_node *map_merge(const struct config_node *base, const struct config_node *over,
                              struct arena *arena);

// map_find.c: what a path finds in a message, in document order. `at` is the place of the list around, at the
// message the message itself. The visitor ends the search with false, and then so does map_visit_path.
struct map_hit {
    const struct node *node;        // the segment or element
    const struct node_value *value; // NULL for MAP_NODE
    size_t occurrence;              // index into path->places
};
typedef bool map_visitor(void *context, const struct map_hit *hit);
bool map_visit_path(const struct map_path *path, const struct node *message, const struct node *at,
                    map_visitor *visit, void *context);
bool map_step_passes(const struct map_step *step, const struct node *node);
// Whether the tests of a composite hold at one of its occurrences.
bool map_parts_pass(const struct map_path *path, const struct node *segment, size_t occurrence);

// map_trace.c: told what is done, where somebody wants to know (map_trace.h). A value that was read for a rule
// (NULL: for an expectation); a node that a path went through; the field that the values read last have made.
struct map_trace;
void map_trace_hit(struct map_trace *trace, const struct map_rule *rule, const struct map_path *path,
                   const struct map_hit *hit);
void map_trace_node(struct map_trace *trace, const struct map_path *path, const struct node *node);
void map_trace_field(struct map_trace *trace, const struct map_rule *rule, const struct document *leaf);
// What is about to be written; the number goes into the `line` of the values that are made.
uint32_t map_trace_write(struct map_trace *trace, const struct map_rule *rule, const struct document *record);

// map_convert.c: a message's text to the document's and back. `format` is DTM 2379, empty where there is
// none. False where it cannot be; `why` says so.
bool map_convert_in(const struct map *map, const struct map_rule *rule, struct slice text,
                    struct slice format, struct arena *arena, struct slice *converted, struct slice *why);
bool map_convert_out(const struct map *map, const struct map_rule *rule, const struct document *leaf,
                     struct arena *arena, struct slice *converted, struct slice *format, struct slice *why);

// map_dtm.c: EDIFACT dates by their 2379 format, as local time.
struct map_moment {
    int64_t local_us;
    bool has_time, has_offset;
    int32_t offset_seconds;
};
bool map_dtm_parse(struct slice text, struct slice format, struct map_moment *moment);
// Formats 102, 203 and 204; false for others.
bool map_dtm_write(int64_t local_us, struct slice format, struct arena *arena, struct slice *text);

// partner.c
// `base` is the file of settings that all partners share, NULL where there is none.
bool partner_read(const struct config_node *root, const struct config_node *base, const char *name,
                  struct arena *arena, struct partner *partner, struct error *error);
bool partner_base_check(const struct config_node *base, struct error *error);
