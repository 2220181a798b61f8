// SPDX-License-Identifier: Apache-2.0
// Log lines. A line is a level, an event name (`batch_failed`), a sentence and fields `key=value`. A context
// carries the fields that all lines of a piece of work share and points to its parent: daemon, worker, batch,
// order. Lines go to standard error, one write each: with "<N>" priorities under systemd, else with the time.
// No document bodies and no secrets in a line.
#pragma once

#include <stdbool.h>

#include "base/error.h"

// PARTNER is a warning about what a partner has sent or not sent: people should look, but nothing of ours has gone
// wrong. Its lines are those of a warning.
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVEL_PARTNER };

struct log_context {
    const struct log_context *parent;
    char fields[160]; // "topic=inbound partition=3", filled by log_fields
};

void log_open(enum log_level least); // lines below the level are not written
// "error", "warning", "info" or "debug"; false where it is none of these.
bool log_level_of(const char *name, enum log_level *level);

// Makes `context` a child of `parent` with fields of its own.
void log_fields(struct log_context *context, const struct log_context *parent, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void log_line(const struct log_context *context, enum log_level level, const char *event, const char *format,
              ...) __attribute__((format(printf, 4, 5)));

// The error's whole text as the sentence.
void log_error(const struct log_context *context, enum log_level level, const char *event,
               const struct error *error);

// The last warning or error that was logged, of partners' none, for the status heartbeat; empty at first.
void log_last(char text[256]);
