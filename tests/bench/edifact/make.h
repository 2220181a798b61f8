// SPDX-License-Identifier: Apache-2.0
// The file that the EDIFACT bench measures: D.96A ORDERS, UNOC, UNA, 1 to 12 messages an interchange, 1 to 50
// lines an order, names, free text with release characters; each fourth interchange has line ends. The same
// bytes every time.
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// Writes whole interchanges until `wanted` bytes are reached.
void make_orders(FILE *out, uint64_t wanted);
