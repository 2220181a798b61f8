// SPDX-License-Identifier: Apache-2.0
// A running engine: relay and workers of comptoird in a process of their own, forked from the test, so that a
// kill is a kill. Its log goes to a file that all instances of a script share.
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "engine/engine.h"

struct instance {
    char name[32];
    char failpoints[512]; // of the next start, as COMPTOIR_FAILPOINTS has them
    pid_t pid;            // 0: none
    int killed, failed;   // ends by SIGKILL, and ends that should not be
};

// `log` is a file descriptor. The failpoints are used up.
void instance_start(struct instance *instance, const struct settings *settings,
                    const struct avro_catalogue *catalogue, const char *deadly, int log);
void instance_signal(const struct instance *instance, int signal);
// True where it has stopped (SIGSTOP) since the last look.
bool instance_stopped(struct instance *instance);
// True where it has ended; counts how. Members of a killed one are expired.
bool instance_ended(struct instance *instance);
// Waits for the end.
void instance_join(struct instance *instance);
