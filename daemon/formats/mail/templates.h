// SPDX-License-Identifier: Apache-2.0
// The mail templates of a folder: KIND.LANGUAGE.mail, for each kind in English ("en") and French ("fr").
#pragma once

#include "formats/mail/template.h"

struct templates;

// All that there must be: a kind that lacks a language is an error with the name of the file.
// NULL without an error (ERROR_NONE) where there is no such folder: then no mail can be written.
const struct templates *templates_load(struct arena *arena, const char *folder, struct error *error);

// `kind` is that of an ApprovalMail: "created", "reminded" ...; an unknown language is English. NULL where the kind
// is unknown. *language is the one that was found.
const struct template *templates_find(const struct templates *templates, struct slice kind,
                                      struct slice language_code, enum template_language *language);
