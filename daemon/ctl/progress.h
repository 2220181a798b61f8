// SPDX-License-Identifier: Apache-2.0
// One line on the terminal that tells how far long work has got; nothing where standard error is no terminal.
#pragma once

#include <stddef.h>

void progress_show(const char *doing, size_t done);
void progress_clear(void);
