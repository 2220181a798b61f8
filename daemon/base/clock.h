// SPDX-License-Identifier: Apache-2.0
// Time. An instant is microseconds since 1970-01-01T00:00:00Z; a date is days since 1970-01-01.
// Decisions take the time as a value (batch->now); only the loop, gateways and tools read the clock.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

enum { INSTANT_TEXT_SIZE = 32, DATE_TEXT_SIZE = 16 };

int64_t clock_now_us(void);       // wall clock
int64_t clock_monotonic_us(void); // for waits and durations

// "2026-11-24T13:10:38.123456Z", without the fraction where it is zero; "2026-11-24".
const char *instant_text(int64_t instant_us, char text[INSTANT_TEXT_SIZE]);
const char *date_text(int32_t days, char text[DATE_TEXT_SIZE]);

int32_t date_from_civil(int year, int month, int day); // proleptic Gregorian; the date must exist
bool date_exists(int year, int month, int day);
void date_to_civil(int32_t days, int *year, int *month, int *day);
int32_t instant_date(int64_t instant_us); // the UTC date of an instant

// ISO 8601 as we and the Avro documents write it: "YYYY-MM-DD"; "YYYY-MM-DDThh:mm[:ss[.ffffff]]" followed by
// "Z" or "+hh:mm" or "+hhmm". False where the text is nothing of the kind.
bool date_parse(struct slice text, int32_t *days);
bool instant_parse(struct slice text, int64_t *instant_us);
