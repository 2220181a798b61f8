// SPDX-License-Identifier: Apache-2.0
// The configuration file, read and checked whole before anything starts. `comptoird --help` and
// docs/operating.md describe it; deploy/comptoir.conf is an example with every setting.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"
#include "doors/kafka.h"
#include "engine/stage.h"

struct settings {
    const char *file;
    const char *instance; // stable name of this process; default: the host's name
    bool role_worker, role_spool, role_cxml, role_deliveries, role_status, role_timers, role_links;
    const char *database; // libpq connection string
    struct kafka_settings kafka;
    bool embedded_broker; // kafka's bootstrap.servers is then the broker's, written to FILE.broker
    const char *topic_prefix;
    const char *topics[TOPIC_COUNT]; // full names, by enum topic
    const char *progress_topic;
    int partitions;  // of inbound and erp when made
    int replication; // of topics when made, -1: the broker's default
    int progress_partitions;
    int workers;
    int64_t batch_documents, batch_bytes, batch_wait_ms;
    int64_t document_bytes; // a larger document is parked or refused
    int relay_threads;
    int64_t relay_rows;
    int64_t outbox_days; // how long published rows are kept
    int64_t status_interval_ms;
    const char *maps, *schemas;  // folders
    const char *schema_registry; // URL, empty for none
    enum log_level log_level;

    const char *spool_folder;
    int64_t spool_poll_ms;
    const char *cxml_address;
    int64_t cxml_port, cxml_threads;
    const char *cxml_certificate, *cxml_key;
    int64_t delivery_attempts, delivery_first_delay_ms, delivery_most_delay_ms;
    const char *mail_server; // URL, empty: no mails are sent
    const char *mail_from, *mail_from_name, *mail_user, *mail_password, *mail_ca;
    bool mail_plain;                      // a server without TLS will do
    const char *links_url, *links_secret; // where mails point to; NULL: mails have no links
    const char *links_address, *links_certificate, *links_key;
    int64_t links_port, links_days;
    const char *admin_address;
    int64_t admin_port; // 0: no admin endpoint
};

// Everything lives in the arena. Relative paths are taken from the file's folder.
bool settings_read(const char *file, struct arena *arena, struct settings *settings, struct error *error);

// With the embedded broker: adds its address to the Kafka properties and writes it to FILE.broker, where
// comptoirctl finds it.
bool settings_use_broker(struct settings *settings, const char *address, struct arena *arena,
                         struct error *error);
// The same for a client: reads FILE.broker. ERROR_UNAVAILABLE where the daemon does not run.
bool settings_find_broker(struct settings *settings, struct arena *arena, struct error *error);

// Stages with their settings and purposes, as `--stages` prints them.
void settings_print_stages(void);
