// SPDX-License-Identifier: Apache-2.0
// What the parts of the check share. Internal to check*.c.
#pragma once

#include <stdarg.h>

#include "formats/edifact/check.h"
#include "formats/edifact/references.h"

// Control totals, gathered while a message is walked. Decimals have six places.
enum { TOTALS_SCALE = 6, TOTALS_QUALIFIERS = 12 };

struct totals_sum {
    struct slice qualifier;
    int64_t sum;
};

struct totals {
    uint32_t lines, sublines; // LIN, and those of them that are sublines
    struct totals_sum quantities[TOTALS_QUALIFIERS];
    size_t quantity_count;
    int64_t line_amounts; // MOA 203 of lines
    uint32_t amount_count;
    bool summary; // behind UNS
    bool counted; // a CNT was seen
    bool overflow;
};

struct edifact_check {
    const struct directories *directories;
    struct edifact_tolerances tolerances;
    struct arena *kept;                              // NULL: forget what has been checked
    struct arena *interchange_arena, *message_arena; // where results lie without it
    struct edifact_interchange_result *interchange;  // current or last
    struct edifact_message_result *message;          // current or last
    struct edifact_message_result single;            // where messages are not kept
    bool open;                                       // between UNB and UNZ
    bool implicit;                                   // the current interchange had no UNB
    bool in_group;
    bool stray; // segments outside of messages were found: what the trailer says cannot be compared
    struct edifact_group_result *group;
    struct slice group_type; // of the first message in the group
    size_t interchanges, messages;
    size_t group_messages, interchange_messages, interchange_groups;
    struct references references; // UNH references of the interchange or group
    struct references group_references;
    bool una_refused;     // the UNA in front of the next interchange
    bool truncated;       // the last unit was
    bool incomplete;      // the last unit was a message without UNT
    struct position last; // of the last unit
    struct way *ways;     // by hash
};

// Where segments have gone: from the entry of the one before, by their tag. Only what nothing had to be said
// about is kept, so that the next segment that goes the same way need not be searched for.
enum { WAYS = 512 };
struct way {
    const struct directory_message *message;
    uint32_t key;
    uint16_t from, child, level;
};

// A CONTRL has room for 999 segments with 99 faults each; beyond that the count is enough.
enum { FAULTS_KEPT = 10000 };

// One unit being checked.
struct checking {
    struct edifact_check *check;
    const struct edifact_tolerances *tolerances;
    const struct edifact_unit *unit;
    struct arena *arena;
    struct findings *findings;
    const struct directory *directory, *service; // directory NULL: not installed
    const struct directory_overlay *overlay;     // what the message's association adds; NULL: nothing
    // Where errors go besides the findings.
    enum edifact_level level;
    struct edifact_message_result *message; // LEVEL_MESSAGE and LEVEL_SEGMENT
    char tag_text[5];
    struct slice service_tag;                  // of the service segment being checked, empty in user segments
    const struct edifact_segment *segment;     // being checked
    const struct directory_position *position; // being checked, NULL where it is unknown
    // How far line ends have been counted in a segment that holds some; tokens come in order.
    struct {
        const struct edifact_segment *segment;
        uint32_t start, line, column;
    } counted;
    bool said_characters, said_breaks; // once a message is enough
    bool said_missing;                 // in the segment being checked
    size_t empty;                      // segments without a tag: terminators that stand alone
    struct totals totals;
};

// Where a token of checking->segment stands (NULL: the segment). Asked for in order, this takes one pass over a
// segment however many line ends it holds.
struct position checking_position(struct checking *checking, const struct edifact_token *token);

// A token's value.
static inline struct slice checking_text(const struct checking *checking, const struct edifact_token *token)
{
    return token->flags ? edifact_text(checking->unit, token, checking->arena, NULL)
                        : edifact_raw(checking->unit, token);
}

// Adds a finding as the severity says, and a fault where it is an error. `where` is the tag, or what is
// missing. `token` is NULL for the whole segment.
void checking_report(struct checking *checking, enum edifact_severity severity,
                     const struct edifact_token *token, int code, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
// The same about a place that nothing stands at.
void checking_report_place(struct checking *checking, enum edifact_severity severity, unsigned element,
                           unsigned occurrence, unsigned component, int code, const char *format, ...)
    __attribute__((format(printf, 7, 8)));
// The same about a segment that is missing before checking->segment; `previous` counts from 1.
void checking_report_missing(struct checking *checking, struct slice tag, uint32_t previous,
                             const char *format, ...) __attribute__((format(printf, 4, 5)));

// The elements of a segment against its definition, which may be NULL (only characters are checked then).
void check_segment(struct checking *checking, const struct edifact_segment *segment,
                   const struct directory_segment *definition);

// check_glance.c: whether there is nothing to say, as far as that is seen at once. Of the places of a segment in
// syntax versions 1 to 3; of a value, where its character set has small letters.
bool glance_structure(const struct checking *checking, const struct edifact_segment *segment,
                      const struct directory_segment *definition);
bool glance_value(const struct checking *checking, const struct edifact_token *token,
                  const struct directory_element *element);

// A value against its element: characters, length, class, code list. `position` and `index` say where in a
// composite it stands.
void check_value(struct checking *checking, const struct edifact_token *token, struct slice text,
                 const struct directory_position *position, unsigned index);

// A code that the UN's list does not have: whether the association or the partner has it, and what becomes of it
// where nobody does. `severity` is that of the kind of fault; `what` says what it is not ("no currency of ISO
// 4217"), NULL: in the element's code list.
void check_unlisted(struct checking *checking, const struct edifact_token *token, struct slice text,
                    const struct directory_element *element, enum edifact_severity severity,
                    const char *what);

// The check digit of a number that has one: GTIN, GLN, SSCC.
void check_digit(struct checking *checking, const struct edifact_token *token, struct slice text,
                 const struct directory_position *position, unsigned index);

// The component of the token's position and occurrence, NULL where it is empty.
const struct edifact_token *checking_sibling(const struct checking *checking,
                                             const struct edifact_token *token, unsigned component);

// A date, time or period against its format 2379. False where the format is known and the value is none.
bool date_format_holds(struct slice format, struct slice value);

// The whole message, and where its segments stand.
struct edifact_placed check_message(struct checking *checking);

// Control totals: after each placed segment, and at the end.
void totals_take(struct checking *checking, const struct edifact_segment *segment, uint32_t tag,
                 uint32_t trigger);
void totals_check(struct checking *checking, const struct edifact_segment *segment);

// The envelope, unit by unit.
void envelope_begin(struct checking *checking);
void envelope_end(struct checking *checking);
void envelope_begin_group(struct checking *checking);
void envelope_end_group(struct checking *checking);
void envelope_stray(struct checking *checking);
void envelope_junk(struct checking *checking);
void envelope_truncated(struct checking *checking);
// Whatever comes first without a UNB is checked too, in an interchange made up for it.
void envelope_need(struct checking *checking);
// A message from UNH to UNT.
void frame_check(struct checking *checking, struct edifact_placed *placed);

// A fault of the interchange for which a finding has been added.
void envelope_add_fault(struct edifact_check *check, struct edifact_fault fault);

// Where results of the interchange lie.
struct arena *envelope_arena(const struct edifact_check *check);
// A value of the unit's first segment that outlives the input.
struct slice envelope_value(const struct edifact_unit *unit, struct arena *arena, unsigned element,
                            unsigned component);
// The definition of the service segment UN and `letter`.
const struct directory_segment *envelope_segment(const struct checking *checking, char letter);
// A control count at `element`, compared as a number: leading zeros are good.
void envelope_count(struct checking *checking, unsigned element, size_t counted, const char *what);
// A control reference at `element` against that of the header.
void envelope_reference(struct checking *checking, unsigned element, struct slice wanted, const char *header);
