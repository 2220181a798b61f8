// SPDX-License-Identifier: Apache-2.0
// UN/EDIFACT directories as compact tables: segments, composites, elements, code lists, message structures.
// They are read from edi-maps/directories/NAME.dir, which `comptoirctl edi compile` makes from the UN's text;
// the format is described in docs/edifact-directories.md. Names are "D96A", "D01B", and "service-1" to
// "service-4" for the service segments and messages (UNB, UNH, CONTRL ...) of each syntax version;
// units.codes holds the unit codes of UN/CEFACT Recommendation 20, currencies.codes those of ISO 4217,
// countries.codes those of ISO 3166. A loaded set is read-only: any number of
// threads may use it.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

// Up to four characters as one number, so that tags compare in one step; 0 for a longer one.
static inline uint32_t directory_key(struct slice text)
{
    uint32_t key = 0;
    if (text.size > 4)
        return 0;
    for (size_t i = 0; i < text.size; i++)
        key = key << 8 | (uint8_t)text.data[i];
    return key;
}

// Writes the key's characters and a NUL.
const char *directory_key_text(uint32_t key, char text[5]);

enum directory_class { DIRECTORY_ALPHABETIC, DIRECTORY_NUMERIC, DIRECTORY_ALPHANUMERIC };

struct directory_codes; // a code list

// What an element needs checked beside its format and its list, by its number.
enum directory_check {
    DIRECTORY_CHECK_NONE,
    DIRECTORY_CHECK_UNIT,          // 6411: Recommendation 20
    DIRECTORY_CHECK_CURRENCY,      // 6345: ISO 4217
    DIRECTORY_CHECK_COUNTRY,       // 3207: ISO 3166
    DIRECTORY_CHECK_DATE,          // 2380, by the format 2379 beside it
    DIRECTORY_CHECK_ENVELOPE_DATE, // 0017
    DIRECTORY_CHECK_ENVELOPE_TIME, // 0019
    DIRECTORY_CHECK_VERSION,       // 0052, 0054: in syntax version 1 a number, and not always
    DIRECTORY_CHECK_DIGIT,         // 7140, 3039, 3225, 0004, 0010, 7402: may have a check digit
};

struct directory_element {
    uint32_t key;                        // "1001"
    uint8_t format;                      // enum directory_class
    uint8_t check;                       // enum directory_check
    uint16_t least, most;                // characters; least == most for a fixed length, least 0 otherwise
    const struct directory_codes *codes; // NULL: not coded, or the list is kept elsewhere
};

// A component of a composite, or a stand-alone element (then as the only component of its position).
struct directory_component {
    const struct directory_element *element;
    bool mandatory;
};

// A position of a segment.
struct directory_position {
    uint32_t composite; // key "C212", 0 for a stand-alone element
    const struct directory_component *components;
    uint16_t component_count;
    uint16_t required; // number of the last mandatory component, 0 for none
    bool mandatory;
    uint16_t repeat;     // how often it may stand there (1 nearly always)
    uint16_t element;    // its number in `positions`, from 1
    uint16_t occurrence; // in `expanded`: which repeat this is, from 1
};

struct directory_segment {
    uint32_t key;
    const struct directory_position *positions; // as in the directory: what node values are numbered by
    uint16_t position_count;
    uint16_t required; // number of the last mandatory position, 0 for none
    // Repeats laid out one after the other, as versions 1 to 3 send them.
    const struct directory_position *expanded;
    uint16_t expanded_count;
    uint16_t expanded_required;
};

// An entry of a message structure. Entry 0 is the message itself, a group that holds all others.
struct directory_entry {
    uint32_t key;      // segment tag; of a group its trigger's
    struct slice name; // "BGM", "SG25"
    uint16_t group;    // number of a segment group (SG25: 25), 0 for a segment
    bool mandatory;
    bool unique; // its tag stands nowhere else in the structure
    uint32_t repeat;
    uint16_t parent; // entry of the group around it
    uint16_t first;  // group: its first child, the trigger; children follow each other
    uint16_t count;  // group: number of children
    uint16_t
        next_mandatory; // child number of the first mandatory one from here on; the group's count for none
    const struct directory_segment *segment; // NULL for groups, and for segments the directory lacks
};

struct directory_message {
    char type[8]; // "ORDERS"
    const struct directory_entry *entries;
    const uint32_t *keys; // of the entries, side by side
    uint16_t entry_count;
};

struct directory;
struct directories;

// Loads all NAME.dir of a folder. NULL and `error` where the folder cannot be read or a file is not right
// (with file and line).
struct directories *directories_load(const char *folder, struct error *error);
void directories_free(struct directories *directories);

// "D96A", "service-3"; NULL where it is not installed.
const struct directory *directories_named(const struct directories *directories, const char *name);
// The directory of a message by UNH S009: ("D", "96A") is D96A. CONTRL and other service messages with
// version "D"/"3", "2"/"2", "4"/"1" ... are in a service directory. NULL where it is not installed.
const struct directory *directories_find(const struct directories *directories, struct slice type,
                                         struct slice version, struct slice release);
// The service segments of a syntax version, 1..4; NULL where not installed.
const struct directory *directories_service(const struct directories *directories, unsigned syntax);
// What an association adds (overlay.h): by its name, or by the UNH 0057 of a message. NULL for none.
struct directory_overlay;
const struct directory_overlay *directories_overlay(const struct directories *directories, const char *name);
const struct directory_overlay *directories_overlay_of(const struct directories *directories,
                                                       struct slice association);
// Whether a unit of measure is in Recommendation 20, or in unit-aliases.codes, the names that senders give to
// its units; true for all where units.codes is not installed.
bool directories_unit(const struct directories *directories, struct slice unit);
// The same for currencies (currencies.codes) and countries (countries.codes).
bool directories_currency(const struct directories *directories, struct slice currency);
bool directories_country(const struct directories *directories, struct slice country);

const char *directory_name(const struct directory *directory);
const struct directory_message *directory_message(const struct directory *directory, struct slice type);
const struct directory_segment *directory_segment(const struct directory *directory, struct slice tag);
const struct directory_segment *directory_segment_keyed(const struct directory *directory, uint32_t key);
const struct directory_element *directory_element(const struct directory *directory, struct slice number);
bool directory_has_code(const struct directory_codes *codes, struct slice code);

// A place in a segment, as node values (base/node.h) are numbered: repeats by `occurrence`, whatever the
// syntax version of the message.
struct directory_place {
    uint16_t element, occurrence, component;
    uint64_t tokens[2]; // edifact_place of its tokens: [0] where repeats are laid out one after the other, as
                        // syntax versions 1 to 3 do, [1] in version 4
    const struct directory_element *definition;
};

// Finds a component by name: "1082" (a stand-alone element) or "C212.7140". The `occurrence`, from 1, chooses
// among several positions of that name, and among their repeats ("C212.7140" of PIA, 1 to 5);
// "C080.3036#2" chooses among components of one number. False where the segment has no such place.
bool directory_place(const struct directory *directory, struct slice tag, struct slice name,
                     unsigned occurrence, struct directory_place *place);

// The entry of a message structure by names from the root inward: "SG25.LIN", "SG25.SG28.PRI", "BGM", "SG25".
// NULL where the message has no such path.
const struct directory_entry *directory_path(const struct directory_message *message, struct slice path);
