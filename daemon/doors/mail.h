// SPDX-License-Identifier: Apache-2.0
// The door to SMTP, through libcurl (doors/curl.c). One mail, one connection.
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

struct mail_server {
    const char *url;  // "smtp://host:587", "smtps://host:465"
    const char *user; // NULL: without authentication
    const char *password;
    const char *ca_file; // PEM file of the authorities to trust; NULL: those of the system
    bool plain;          // smtp:// without STARTTLS will do; otherwise a server that lacks it is refused
    int timeout_ms;      // 0: 30 s
};

// Sends ready bytes (formats/mail/message.h). ERROR_INVALID where the server refuses them for good (5xx),
// ERROR_UNAVAILABLE where another attempt may help. Any thread may call.
bool mail_send(const struct mail_server *server, struct slice from, struct slice to, struct slice bytes,
               struct arena *arena, struct error *error);
