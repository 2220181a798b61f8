// SPDX-License-Identifier: Apache-2.0
// The gateways: the ways by which partners reach us and we reach them. Each has threads of its own, looks at
// engine->stop and outlives no engine. They hold no business state: what comes in is stored and published
// (inbound.h), what goes out is taken from the delivery queue.
#pragma once

#include "engine/engine.h"

struct gateway;

// EDIFACT files: spool_folder/in to done or bad.
struct gateway *spool_open(struct engine *engine, struct error *error);
void spool_close(struct gateway *gateway);

// cXML documents by HTTP POST /cxml. cxml_port tells the port that was really bound.
struct gateway *cxml_open(struct engine *engine, struct error *error);
int cxml_port(const struct gateway *gateway);
void cxml_close(struct gateway *gateway);

// What is owed to partners: EDIFACT into spool_folder/out, cXML by HTTP POST.
struct gateway *deliveries_open(struct engine *engine, struct error *error);
void deliveries_close(struct gateway *gateway);

// Documents whose time has come, to the inbound topic.
struct gateway *timers_open(struct engine *engine, struct error *error);
void timers_close(struct gateway *gateway);

// The pages behind the links of mails. NULL without an error (ERROR_NONE) where links.secret_file is not set.
struct gateway *links_open(struct engine *engine, struct error *error);
int links_port(const struct gateway *gateway);
void links_close(struct gateway *gateway);

// GET /livez, /readyz and /metrics for those who watch the process. NULL without an error (ERROR_NONE) where
// admin_port is 0.
struct gateway *admin_open(struct engine *engine, struct error *error);
int admin_port(const struct gateway *gateway);
void admin_close(struct gateway *gateway);

// Every _open gives NULL and `error` where it cannot start. Every _close waits for the threads, which end
// when engine->stop is set or the gateway is closed, and takes NULL.
