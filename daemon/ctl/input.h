// SPDX-License-Identifier: Apache-2.0
// What the offline commands read: files, standard input, and the folder of maps.
#pragma once

#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"

// A file in memory: mapped where it can be, else read. "-" is standard input. False where it cannot be read.
struct input {
    struct slice bytes;
    const char *name; // for messages: "-" is shown as "<stdin>"
    void *mapped, *read;
};

bool input_open(const char *path, struct input *input, struct error *error);
void input_close(struct input *input);

// A file that is read piece by piece, so that it may be larger than memory.
struct input_stream {
    const char *name;
    int file, failure; // errno
};

bool input_stream_open(const char *path, struct input_stream *stream, struct error *error);
// For edifact_open_stream: `context` is the stream. A failure ends the input; input_stream_close tells.
size_t input_stream_read(void *context, char *to, size_t size);
bool input_stream_close(struct input_stream *stream, struct error *error);

// Where edi-maps lies: `option` where it is given; the environment's COMPTOIR_MAPS; what the daemon's
// configuration names (configured.h); the folder the package installs; the source tree that the program was built in. The result lives as long as the program; it is the
// first that exists, else the first choice, so that an error names it.
const char *input_maps_folder(const char *option);
