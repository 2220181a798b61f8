// SPDX-License-Identifier: Apache-2.0
// Checks interchanges and messages against the service rules and the directories, and places the segments of
// each message, which is what maps read. All faults are found, not the first; after a mismatch the check finds its way back,
// so that one slip gives one finding. Codes are those of UN 0085.
//
//     struct edifact_check *check = edifact_check_open(directories, &tolerances);
//     while (edifact_next(reader, &unit)) {
//         edifact_check_unit(check, &unit, arena, findings, &placed);   // no unit in it for service segments
//         ...
//         arena_reset(arena);
//     }
//     edifact_check_end(check, arena, findings);                      // an interchange left open
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/finding.h"
#include "formats/edifact/directory.h"
#include "formats/edifact/placed.h"
#include "formats/edifact/syntax.h"

enum edifact_severity { EDIFACT_REFUSE, EDIFACT_WARN, EDIFACT_ACCEPT };

// What a partner agrees with us about the codes of one element.
struct edifact_code_rule {
    uint32_t element;               // its number as a key (directory_key)
    bool judged;                    // `severity` holds, else that of the kind of fault
    enum edifact_severity severity; // of a code that nobody's list has
    const struct slice *added;      // codes that are good beside the lists
    size_t added_count;
};

// What to do with each kind of fault; a partner may be given others.
struct edifact_tolerances {
    enum edifact_severity counts;          // UNT, UNE, UNZ count wrong: refuse
    enum edifact_severity references;      // UNT, UNE, UNZ reference wrong, or used twice: refuse
    enum edifact_severity envelope;        // UNB, UNZ, UNE or UNT missing, segments outside messages: refuse
    enum edifact_severity mandatory;       // a segment, group, element or component is missing: refuse
    enum edifact_severity unknown_segment; // or one that cannot stand here: refuse
    enum edifact_severity surplus;         // elements or components that the directory has not: refuse
    enum edifact_severity repeats;         // more segments or groups than allowed: refuse
    enum edifact_severity too_long;        // or too short: refuse
    enum edifact_severity wrong_class;     // letters in a number: refuse
    enum edifact_severity dates;           // a value that does not suit its 2379 format: refuse
    enum edifact_severity line_count;      // CNT with qualifier 2: refuse
    enum edifact_severity totals;          // other CNT and MOA control totals: warn
    enum edifact_severity codes;           // a code outside its list: warn
    enum edifact_severity units;           // a unit outside Recommendation 20: warn
    enum edifact_severity characters;      // small letters or accents in levels A and B: warn
    enum edifact_severity line_breaks;     // inside a segment: warn
    enum edifact_severity trailing;        // empty elements or components at the end of a segment: warn
    enum edifact_severity unsupported;     // a message whose directory is not installed: refuse
    enum edifact_severity check_digits;    // of GTIN, GLN and SSCC: warn
    enum edifact_severity junk;            // bytes around or between messages that are no segment: refuse
    enum edifact_severity unused;          // a segment that the message's association does not use: warn
    enum edifact_severity assumed;         // a date without its format, six figures for eight in UNB: warn
    enum edifact_severity rule_warning;    // what a rule's EDIFACT_WARN is: warn
    // Whose codes are good beside the UN's: an overlay by name; NULL or "": that of UNH 0057; "none": nobody's.
    const char *code_lists;
    const struct edifact_code_rule *code_rules;
    size_t code_rule_count;
};

extern const struct edifact_tolerances edifact_default_tolerances;

// A fault as CONTRL reports it.
enum edifact_level {
    EDIFACT_LEVEL_INTERCHANGE,
    EDIFACT_LEVEL_GROUP,
    EDIFACT_LEVEL_MESSAGE,
    EDIFACT_LEVEL_SEGMENT
};

struct edifact_fault {
    enum edifact_level level;
    int code;                                // UN 0085
    char service_tag[4];                     // "UNH", "UNT", "UNB" ... where the fault is in one of these
    uint32_t segment;                        // in the message, UNH = 1
    uint16_t element, occurrence, component; // element 1 is the first after the tag; 0: the whole segment
};

// A message, with what its CONTRL has to say. Texts are UTF-8.
struct edifact_message_result {
    struct slice reference;                                   // UNH 0062
    struct slice type, version, release, agency, association; // UNH S009
    uint32_t group;                                           // 0: none, else the group's index + 1
    size_t errors, warnings;
    struct edifact_fault *faults; // the errors
    size_t fault_count, fault_capacity;
};

struct edifact_group_result {
    struct slice reference, type; // UNG 0048, 0038
    struct slice sender, sender_qualifier, receiver, receiver_qualifier;
    size_t errors; // of UNG and UNE, not of its messages
    struct edifact_fault *faults;
    size_t fault_count, fault_capacity;
};

// Whether a CONTRL of that syntax version can name the message or the group. One that is at fault and cannot be named
// takes its interchange with it: that has a fault, too.
bool edifact_message_named(const struct edifact_message_result *message, unsigned syntax);
bool edifact_group_named(const struct edifact_group_result *group, unsigned syntax);

struct edifact_interchange_result {
    struct slice reference; // UNB 0020
    struct slice sender, sender_qualifier, sender_internal, receiver, receiver_qualifier, receiver_internal;
    struct slice charset_name; // UNB 0001 as it stood
    struct slice application;  // UNB 0026
    uint8_t syntax;
    bool acknowledgement_wanted; // UNB 0031 is 1
    bool test;                   // UNB 0035 is 1
    bool complete;               // UNZ was read
    struct edifact_marks marks;
    size_t errors; // of UNB and UNZ, not of what is inside
    struct edifact_fault *faults;
    size_t fault_count, fault_capacity;
    struct edifact_message_result *messages;
    size_t message_count, message_capacity;
    struct edifact_group_result *groups;
    size_t group_count, group_capacity;
};

// By which a message is known among all that its sender sends: "REFERENCE/UNH", in a group "REFERENCE/UNG/UNH".
// Either may be NULL.
struct slice edifact_message_name(const struct edifact_interchange_result *interchange,
                                  const struct edifact_message_result *message, struct arena *arena);

struct edifact_check;

// `directories` outlives the check. NULL tolerances are the default ones.
struct edifact_check *edifact_check_open(const struct directories *directories,
                                         const struct edifact_tolerances *tolerances);
void edifact_check_close(struct edifact_check *check);

// Other tolerances from the next unit on: those of the partner whose interchange begins.
void edifact_check_tolerate(struct edifact_check *check, const struct edifact_tolerances *tolerances);

// From now on keeps the results of the current and later interchanges in `arena`; the default is to forget
// a message when it has been checked. Call before the first unit.
void edifact_check_keep(struct edifact_check *check, struct arena *arena);

// Checks a unit. Findings go to `findings`; `placed` (may be NULL) becomes the message with its segments in
// their places, spots in `arena`; its unit is NULL where the unit is no message.
void edifact_check_unit(struct edifact_check *check, const struct edifact_unit *unit, struct arena *arena,
                        struct findings *findings, struct edifact_placed *placed);

// After the last unit: an interchange that was not closed.
void edifact_check_end(struct edifact_check *check, struct arena *arena, struct findings *findings);

size_t edifact_check_interchanges(const struct edifact_check *check); // so far
size_t edifact_check_messages(const struct edifact_check *check);

// The interchange being read or, between two, the one just read; NULL before the first. With
// edifact_check_keep it lists its messages; it lives as long as the kept arena.
const struct edifact_interchange_result *edifact_check_interchange(const struct edifact_check *check);
// The message just checked (also without keep; then valid until the next unit).
const struct edifact_message_result *edifact_check_message(const struct edifact_check *check);

// Accepts everything.
extern const struct edifact_tolerances edifact_no_findings;
