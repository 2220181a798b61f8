// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_EACH_ALONE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_EACH_ALONE 1
#endif
#endif
#ifndef ARENA_EACH_ALONE
#define ARENA_EACH_ALONE 0
#endif

enum { BLOCK_BYTES = 256 * 1024 };

// What is not in use is zero, so that giving memory out is all but free.
struct block {
    struct block *next;
    size_t size, used;
    alignas(max_align_t) char bytes[];
};

struct deferred {
    struct deferred *next;
    void (*release)(void *);
    void *thing;
};

struct arena {
    struct block *blocks; // newest first; with each allocation alone, a block an allocation
    struct deferred *deferred;
    size_t ceiling, used;
};

static void *or_stop(void *memory)
{
    if (!memory) {
        fputs("comptoir: out of memory\n", stderr);
        abort();
    }
    return memory;
}

struct arena *arena_open(size_t ceiling)
{
    struct arena *arena = or_stop(calloc(1, sizeof *arena));
    arena->ceiling = ceiling;
    return arena;
}

static void run_deferred(struct arena *arena)
{
    // The records lie in the arena's own memory, which is still whole here.
    while (arena->deferred) {
        struct deferred *last = arena->deferred;
        arena->deferred = last->next;
        last->release(last->thing);
    }
}

static void free_blocks(struct block *block)
{
    while (block) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
}

void arena_reset(struct arena *arena)
{
    run_deferred(arena);
    struct block *keep = NULL;
    if (!ARENA_EACH_ALONE && arena->blocks && arena->blocks->size == BLOCK_BYTES) {
        keep = arena->blocks;
        free_blocks(keep->next);
        keep->next = NULL;
        memset(keep->bytes, 0, keep->used);
        keep->used = 0;
    } else {
        free_blocks(arena->blocks);
    }
    arena->blocks = keep;
    arena->used = 0;
}

void arena_close(struct arena *arena)
{
    if (!arena)
        return;
    run_deferred(arena);
    free_blocks(arena->blocks);
    free(arena);
}

bool arena_exhausted(const struct arena *arena)
{
    return arena->used > arena->ceiling;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}

static struct block *new_block(struct arena *arena, size_t size)
{
    struct block *block = or_stop(calloc(1, sizeof *block + size));
    block->next = arena->blocks;
    block->size = size;
    arena->blocks = block;
    return block;
}

void *arena_take(struct arena *arena, size_t size)
{
    assert(size < SIZE_MAX / 4);
    size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    arena->used += size;
    if (ARENA_EACH_ALONE)
        return new_block(arena, size)->bytes;
    struct block *block = arena->blocks;
    if (!block || block->size - block->used < size) {
        if (size > BLOCK_BYTES / 4 && block) {
            // A large piece gets a block of its own behind the current one, which stays open for small ones.
            struct block *large = or_stop(calloc(1, sizeof *large + size));
            large->next = block->next;
            large->size = large->used = size;
            block->next = large;
            return large->bytes;
        }
        block = new_block(arena, size > BLOCK_BYTES ? size : BLOCK_BYTES);
    }
    void *memory = block->bytes + block->used;
    block->used += size;
    return memory;
}

void *arena_take_array(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    bool overflow = __builtin_mul_overflow(count, size, &bytes);
    assert(!overflow);
    return arena_take(arena, bytes);
}

void *arena_grow(struct arena *arena, void *items, size_t *capacity, size_t needed, size_t size)
{
    if (needed <= *capacity)
        return items;
    size_t wanted = *capacity ? *capacity * 2 : 8;
    if (wanted < needed)
        wanted = needed;
    void *moved = arena_take_array(arena, wanted, size);
    if (*capacity)
        memcpy(moved, items, *capacity * size);
    *capacity = wanted;
    return moved;
}

char *arena_string(struct arena *arena, struct slice slice)
{
    char *string = arena_take(arena, slice.size + 1);
    if (slice.size)
        memcpy(string, slice.data, slice.size);
    return string;
}

struct slice arena_copy(struct arena *arena, struct slice slice)
{
    return (struct slice){ arena_string(arena, slice), slice.size };
}

struct slice arena_vprintf(struct arena *arena, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    assert(size >= 0);
    char *text = arena_take(arena, (size_t)size + 1);
    vsnprintf(text, (size_t)size + 1, format, arguments);
    return (struct slice){ text, (size_t)size };
}

struct slice arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct slice text = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}

void arena_defer(struct arena *arena, void (*release)(void *), void *thing)
{
    struct deferred *deferred = ARENA_NEW(arena, struct deferred);
    *deferred = (struct deferred){ arena->deferred, release, thing };
    arena->deferred = deferred;
}
