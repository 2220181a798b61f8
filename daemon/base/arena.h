// SPDX-License-Identifier: Apache-2.0
// An arena gives memory that lives until the arena is reset: one batch, one request, one file. There is no
// free; library memory joins by arena_defer. Allocation never returns NULL: where the system has no memory
// the process stops, and past the arena's ceiling it still gives memory but arena_exhausted() becomes true,
// so that code in the middle (a decision) need not handle failure and the owner checks once at the end.
// An arena belongs to one thread at a time. Sanitizer builds make each allocation a malloc of its own.
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct arena;

// `ceiling` is the number of bytes after which the arena counts as exhausted.
struct arena *arena_open(size_t ceiling);
void arena_close(struct arena *arena);

// Runs what was deferred, last first, and takes all memory back. Keeps a working set for the next round.
void arena_reset(struct arena *arena);

bool arena_exhausted(const struct arena *arena);
size_t arena_used(const struct arena *arena);

// Zeroed memory, aligned for any type. A size of 0 gives a valid pointer.
void *arena_take(struct arena *arena, size_t size);

// Zeroed array; the product is checked for overflow.
void *arena_take_array(struct arena *arena, size_t count, size_t size);

#define ARENA_NEW(arena, type) ((type *)arena_take((arena), sizeof(type)))
#define ARENA_ARRAY(arena, count, type) ((type *)arena_take_array((arena), (count), sizeof(type)))

// A growing array: returns room for at least `needed` items, moved if it must; *capacity is kept up to date.
void *arena_grow(struct arena *arena, void *items, size_t *capacity, size_t needed, size_t size);

// Copies. The copy of a slice is followed by a NUL that is not counted.
struct slice arena_copy(struct arena *arena, struct slice slice);
char *arena_string(struct arena *arena, struct slice slice);
struct slice arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct slice arena_vprintf(struct arena *arena, const char *format, va_list arguments);

// Calls release(thing) when the arena is reset or closed.
void arena_defer(struct arena *arena, void (*release)(void *), void *thing);
