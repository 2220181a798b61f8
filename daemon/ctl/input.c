// SPDX-License-Identifier: Apache-2.0
#include "ctl/input.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ctl/configured.h"

#ifndef COMPTOIR_MAPS_FOLDER
#define COMPTOIR_MAPS_FOLDER "/usr/share/comptoir/edi-maps"
#endif

static bool read_all(int file, struct input *input, struct error *error)
{
    size_t size = 0, capacity = 0;
    for (;;) {
        if (size == capacity) {
            capacity = capacity ? capacity * 2 : 65536;
            void *larger = realloc(input->read, capacity);
            if (!larger)
                return error_set(error, ERROR_UNAVAILABLE, NULL, "could not read %s: no memory for %zu bytes",
                                 input->name, capacity);
            input->read = larger;
        }
        ssize_t got = read(file, (char *)input->read + size, capacity - size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(error, ERROR_UNAVAILABLE, NULL, "could not read %s: %s", input->name,
                             strerror(errno));
        if (got == 0)
            break;
        size += (size_t)got;
    }
    input->bytes = (struct slice){ input->read, size };
    return true;
}

bool input_open(const char *path, struct input *input, struct error *error)
{
    bool standard = strcmp(path, "-") == 0;
    *input = (struct input){ .name = standard ? "<stdin>" : path };
    int file = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (file < 0 || fstat(file, &status) != 0)
        return error_set(error, ERROR_UNAVAILABLE, NULL, "could not open %s: %s", path, strerror(errno));
    bool good = true;
    if (S_ISDIR(status.st_mode)) {
        good = error_set(error, ERROR_INVALID, NULL, "cannot read %s: it is a folder", path);
    } else if (S_ISREG(status.st_mode) && status.st_size > 0 && !standard) {
        void *mapped = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, file, 0);
        if (mapped != MAP_FAILED) {
            input->mapped = mapped;
            input->bytes = (struct slice){ mapped, (size_t)status.st_size };
        }
    }
    if (good && !input->mapped)
        good = read_all(file, input, error);
    if (!standard)
        close(file);
    if (!good)
        input_close(input);
    return good;
}

void input_close(struct input *input)
{
    if (input->mapped)
        munmap(input->mapped, input->bytes.size);
    free(input->read);
    input->mapped = input->read = NULL;
}

bool input_stream_open(const char *path, struct input_stream *stream, struct error *error)
{
    bool standard = strcmp(path, "-") == 0;
    *stream = (struct input_stream){ .name = standard ? "<stdin>" : path };
    stream->file = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (stream->file < 0 || fstat(stream->file, &status) != 0)
        return error_set(error, ERROR_UNAVAILABLE, NULL, "could not open %s: %s", path, strerror(errno));
    if (!S_ISDIR(status.st_mode))
        return true;
    if (!standard)
        close(stream->file);
    return error_set(error, ERROR_INVALID, NULL, "cannot read %s: it is a folder", path);
}

size_t input_stream_read(void *context, char *to, size_t size)
{
    struct input_stream *stream = context;
    for (;;) {
        ssize_t got = read(stream->file, to, size);
        if (got >= 0)
            return (size_t)got;
        if (errno == EINTR)
            continue;
        stream->failure = errno;
        return 0;
    }
}

bool input_stream_close(struct input_stream *stream, struct error *error)
{
    if (stream->file != STDIN_FILENO)
        close(stream->file);
    if (!stream->failure)
        return true;
    return error_set(error, ERROR_UNAVAILABLE, NULL, "could not read %s: %s", stream->name,
                     strerror(stream->failure));
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

// Looks for edi-maps in the folder of `path` and in those above it.
static bool look_above(char *path, char *found, size_t size)
{
    for (char *slash; (slash = strrchr(path, '/')) != NULL && slash != path;) {
        *slash = '\0';
        if ((size_t)snprintf(found, size, "%s/edi-maps", path) < size && is_folder(found))
            return true;
    }
    return false;
}

const char *input_maps_folder(const char *option)
{
    static char found[PATH_MAX + 16];
    const char *environment = getenv("COMPTOIR_MAPS");
    if (option)
        return option;
    if (environment && *environment)
        return environment;
    if (configured_maps())
        return configured_maps();
    if (is_folder(COMPTOIR_MAPS_FOLDER))
        return COMPTOIR_MAPS_FOLDER;
    char path[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
    if (size > 0) {
        path[size] = '\0';
        if (look_above(path, found, sizeof found))
            return found;
    }
    // A build outside of the source tree: the compiler was given this file's path.
    snprintf(path, sizeof path, "%s", __FILE__);
    if (path[0] == '/' && look_above(path, found, sizeof found))
        return found;
    return is_folder("edi-maps") ? "edi-maps" : COMPTOIR_MAPS_FOLDER;
}
