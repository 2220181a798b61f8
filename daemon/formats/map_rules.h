// SPDX-License-Identifier: Apache-2.0
// Inside formats/map: what map files become. A rule ties a field of a document to a place in a message and is
// used in both directions: reading looks the place up, writing makes it. What a path requires in brackets is
// looked for on reading and becomes a constant on writing.
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "doors/config.h"
#include "formats/edifact/placed.h"
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
    // EDIFACT: the entry of the structure (of a group, its trigger's), and which child of its group that is,
    // from 1; number 0 where others of that name stand beside it.
    uint16_t entry, number;
    bool group;
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
    bool direct;         // map_path_is_direct
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

enum map_as { MAP_TEXT, MAP_DATE, MAP_INSTANT, MAP_DECIMAL, MAP_PIECES, MAP_LINES };
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
    size_t slot;       // FIELD, LIST: the field's number in the schema's record
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
    size_t slots;       // LIST: of its items
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
    size_t slots; // of the document
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

// Where a path leads: a node of a tree, or segments of a placed message (a group's repeat, or one segment).
struct map_spot {
    const struct node *node;
    uint32_t segment, end;
};

// A message that is searched.
struct map_source {
    struct map_message message;
    struct arena *arena;
};

// The first child of each number in a group of a placed message, so that paths need not look for it.
enum { MAP_HEADS = 64 };
struct map_heads {
    uint64_t present;
    uint32_t at[MAP_HEADS];
};

struct map_hit {
    struct map_spot spot;              // the segment or element
    struct slice text;                 // empty for MAP_NODE and MAP_INDEX
    const struct node_value *value;    // of a tree's node
    const struct edifact_token *token; // of a segment
    size_t occurrence;                 // index into path->places
};

// map_spot.c: what differs between trees and placed messages. `spot` is the child found last where `again`,
// and becomes the next one that the step names; its tests are not asked. `heads` may be NULL.
struct map_spot map_root(const struct map_source *source);
bool map_next_child(const struct map_source *source, const struct map_step *step,
                    const struct map_spot *parent, const struct map_heads *heads, bool again,
                    struct map_spot *spot);
void map_heads_fill(const struct map_source *source, const struct map_spot *group, struct map_heads *heads);
// The component at a place of a segment; false where it is absent or empty. Fills value or token, and text.
bool map_component(const struct map_source *source, const struct map_spot *segment,
                   const struct directory_place *place, struct map_hit *hit);
// Where it stands; without value and token the spot itself.
struct position map_position(const struct map_source *source, const struct map_hit *hit);
// "SG25", "QTY", "ItemOut"; a group is known by its trigger.
struct slice map_spot_name(const struct map_source *source, const struct map_spot *spot);

// map_find.c: what a path finds in a message, in document order. `at` is the place of the list around, at the
// message the message itself.
//
//     map_search(&search, source, path, &at, heads);
//     while (map_next(&search, &hit))
enum { MAP_STEPS = 12 };
struct map_search {
    const struct map_source *source;
    const struct map_path *path;
    const struct map_heads *heads;        // of spots[0], may be NULL
    size_t level, place;                  // steps taken; the next of path->places
    struct map_spot spots[MAP_STEPS + 1]; // where each step has led
};
void map_search(struct map_search *search, const struct map_source *source, const struct map_path *path,
                const struct map_spot *at, const struct map_heads *heads);
bool map_next(struct map_search *search, struct map_hit *hit);

// map_direct.c: the same for paths to a component of one segment, in placed messages. Part of map_find.c.
bool map_path_is_direct(const struct map_path *path);
bool map_next_direct(struct map_search *search, struct map_hit *hit);

bool map_step_passes(const struct map_source *source, const struct map_step *step,
                     const struct map_spot *spot);
// Whether the tests of a composite hold at one of its occurrences.
bool map_parts_pass(const struct map_source *source, const struct map_path *path,
                    const struct map_spot *segment, size_t occurrence);

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
