// SPDX-License-Identifier: Apache-2.0
// Fields as people read them in a mail: "1,240.00" in English, "1 240,00" in French (with a no-break space),
// "1 Dec 2026, 14:30 UTC" and "1 déc. 2026, 14:30 UTC".
#pragma once

#include "base/document.h"
#include "base/text.h"
#include "formats/mail/template.h"

// Nothing where the field is absent. Line ends in texts become spaces: what a buyer wrote must not look like what
// we write.
void figures_write(struct text *text, const struct document *field, enum template_language language);
