// SPDX-License-Identifier: Apache-2.0
// The character repertoires of ISO 9735 (UNB, S001/0001) to UTF-8 and back.
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/slice.h"

enum edifact_charset {
    EDIFACT_UNOA, // capital letters, figures and some marks
    EDIFACT_UNOB, // and small letters
    EDIFACT_UNOC, // ISO 8859-1
    EDIFACT_UNOD, // ISO 8859-2
    EDIFACT_UNOE, // ISO 8859-5
    EDIFACT_UNOF, // ISO 8859-7
    EDIFACT_UNOG, // ISO 8859-3
    EDIFACT_UNOH, // ISO 8859-4
    EDIFACT_UNOI, // ISO 8859-6
    EDIFACT_UNOJ, // ISO 8859-8
    EDIFACT_UNOK, // ISO 8859-9
    EDIFACT_UNOL, // ISO 8859-15
    EDIFACT_UNOW, // UTF-8 (ISO 10646-1 as UTF-8)
    EDIFACT_UNOX, // ISO 2022 and 2375: read as UTF-8 where it is, else as ISO 8859-1
    EDIFACT_UNOY, // UTF-8
    EDIFACT_UNOZ, // agreed between the partners: the same
    EDIFACT_CHARSET_UNKNOWN,
};

// "UNOA" ... "UNOZ"; and "IATA", "IATB" as A and B. EDIFACT_CHARSET_UNKNOWN where it is none of these.
enum edifact_charset edifact_charset_of(struct slice name);
const char *edifact_charset_name(enum edifact_charset charset);

// To UTF-8. Levels A and B have no bytes above 0x7F, but senders use them: those, and 8859 text that is valid
// UTF-8 beyond ASCII, are taken as UTF-8; what is not valid UTF-8 as ISO 8859-1. *guessed (may be NULL) says
// that this happened. Bytes that are no character become U+FFFD and the result is false.
bool edifact_to_utf8(enum edifact_charset charset, struct slice bytes, struct arena *arena,
                     struct slice *utf8, bool *guessed);

// From UTF-8. Characters outside the repertoire become '?' (for levels A and B after taking accents off
// letters; for A after making capitals) and the result is false.
bool edifact_from_utf8(enum edifact_charset charset, struct slice utf8, struct arena *arena,
                       struct slice *bytes);

// Whether each ASCII byte is in the repertoire; *offender (may be NULL) is the first that is not.
bool edifact_in_repertoire(enum edifact_charset charset, struct slice bytes, char *offender);

// Characters in valid UTF-8.
size_t utf8_length(struct slice utf8);
bool utf8_valid(struct slice bytes);
