// SPDX-License-Identifier: Apache-2.0
#include "gateways/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool fault(struct error *error, const char *what, const char *folder, const char *name)
{
    // strerror_r of glibc gives a pointer that need not be the buffer.
    char buffer[128];
    enum error_kind kind = errno == ENOENT || errno == ENOSPC || errno == EIO || errno == EDQUOT ||
                                   errno == EMFILE || errno == ENFILE || errno == ESTALE
                               ? ERROR_UNAVAILABLE
                               : ERROR_INTERNAL;
    const char *why = strerror_r(errno, buffer, sizeof buffer);
    return error_set(error, kind, NULL, "could not %s %s%s%s: %s", what, folder, *name ? "/" : "", name, why);
}

static bool ends_in(const char *name, const char *end)
{
    size_t length = strlen(name), tail = strlen(end);
    return length >= tail && strcmp(name + length - tail, end) == 0;
}

bool folder_wanted(const char *name)
{
    return name[0] != '.' && name[0] != '\0' && !ends_in(name, ".tmp") && !ends_in(name, ".part");
}

static int by_age(const void *left, const void *right)
{
    const struct folder_file *a = left, *b = right;
    if (a->changed_ns != b->changed_ns)
        return a->changed_ns < b->changed_ns ? -1 : 1;
    return strcmp(a->name, b->name);
}

bool folder_list(const char *folder, struct arena *arena, struct folder_file **files, size_t *count,
                 struct error *error)
{
    DIR *open = opendir(folder);
    size_t capacity = 0;
    if (!open)
        return fault(error, "list", folder, "");
    *files = NULL;
    *count = 0;
    for (const struct dirent *entry; (entry = readdir(open)) != NULL;) {
        struct stat status;
        // A link is not followed: it may lead out of the folder.
        if (!folder_wanted(entry->d_name) ||
            fstatat(dirfd(open), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(status.st_mode))
            continue;
        *files = arena_grow(arena, *files, &capacity, *count + 1, sizeof **files);
        (*files)[(*count)++] = (struct folder_file){
            .name = arena_string(arena, slice_of(entry->d_name)),
            .size = status.st_size,
            .changed_ns = (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec,
        };
    }
    closedir(open);
    if (*count > 1)
        qsort(*files, *count, sizeof **files, by_age);
    return true;
}

bool folder_stable(const struct folder_file *file, const struct folder_file *before, size_t count)
{
    const struct folder_file *found = count ? bsearch(file, before, count, sizeof *before, by_age) : NULL;
    return found && found->size == file->size;
}

static bool path_of(char path[PATH_MAX], const char *folder, const char *before, const char *name,
                    const char *after, struct error *error)
{
    if (snprintf(path, PATH_MAX, "%s/%s%s%s", folder, before, name, after) < PATH_MAX)
        return true;
    return error_set(error, ERROR_INVALID, NULL, "the path %.100s/%.100s... is too long", folder, name);
}

static bool read_all(int file, size_t size, struct arena *arena, struct slice *bytes)
{
    char *data = arena_take(arena, size + 1);
    size_t used = 0;
    while (used < size) {
        ssize_t got = read(file, data + used, size - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return false;
        if (got == 0)
            break;
        used += (size_t)got;
    }
    *bytes = (struct slice){ data, used };
    return true;
}

bool folder_read(const char *folder, const char *name, size_t most, struct arena *arena, struct slice *bytes,
                 struct error *error)
{
    char path[PATH_MAX];
    if (!path_of(path, folder, "", name, "", error))
        return false;
    int file = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0)
        return fault(error, "open", folder, name);
    struct stat status;
    bool good = fstat(file, &status) == 0 || fault(error, "look at", folder, name);
    if (good && (uint64_t)status.st_size > most)
        good = error_set(error, ERROR_INVALID, NULL,
                         "the file %s has %lld bytes, more than the %zu that are taken: send it in parts",
                         name, (long long)status.st_size, most);
    if (good && !read_all(file, (size_t)status.st_size, arena, bytes))
        good = fault(error, "read", folder, name);
    close(file);
    return good;
}

bool folder_make(const char *folder, struct error *error)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s", folder) >= PATH_MAX)
        return error_set(error, ERROR_INVALID, NULL, "the path %.100s... is too long", folder);
    for (char *at = path + 1; *at; at++) {
        if (*at != '/')
            continue;
        *at = '\0';
        if (mkdir(path, 0750) != 0 && errno != EEXIST)
            return fault(error, "make the folder", path, "");
        *at = '/';
    }
    if (mkdir(path, 0750) != 0 && errno != EEXIST)
        return fault(error, "make the folder", path, "");
    return true;
}

static bool write_all(int file, struct slice bytes)
{
    for (size_t used = 0; used < bytes.size;) {
        ssize_t done = write(file, bytes.data + used, bytes.size - used);
        if (done < 0 && errno != EINTR)
            return false;
        if (done > 0)
            used += (size_t)done;
    }
    return fsync(file) == 0;
}

static bool sync_folder(const char *folder, struct error *error)
{
    int open_folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    // Some file systems cannot sync a folder and say EINVAL; then there is nothing more to be had.
    bool good = open_folder >= 0 && (fsync(open_folder) == 0 || errno == EINVAL);
    if (!good)
        fault(error, "sync", folder, "");
    if (open_folder >= 0)
        close(open_folder);
    return good;
}

bool folder_write(const char *folder, const char *name, struct slice bytes, struct error *error)
{
    char part[PATH_MAX], path[PATH_MAX];
    if (!path_of(part, folder, ".", name, ".tmp", error) || !path_of(path, folder, "", name, "", error))
        return false;
    int file = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (file < 0)
        return fault(error, "write", folder, name);
    bool good = write_all(file, bytes) || fault(error, "write", folder, name);
    close(file);
    if (good && rename(part, path) != 0)
        good = fault(error, "rename into", folder, name);
    if (!good) {
        unlink(part);
        return false;
    }
    return sync_folder(folder, error);
}

static bool taken(const char *folder, const char *name, const char *after)
{
    char path[PATH_MAX];
    struct error ignored = { 0 };
    return path_of(path, folder, "", name, after, &ignored) && access(path, F_OK) == 0;
}

bool folder_has(const char *folder, const char *name)
{
    return taken(folder, name, "");
}

// rename alone would write over what is there.
static bool move_without_overwriting(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL && errno != ENOSYS)
        return false;
    return access(to, F_OK) != 0 && rename(from, to) == 0;
}

bool folder_move(const char *from, const char *name, const char *to, struct slice report, struct arena *arena,
                 struct slice *moved, struct error *error)
{
    enum { MOST_TRIES = 100000 };
    char source[PATH_MAX], target[PATH_MAX];
    if (!path_of(source, from, "", name, "", error))
        return false;
    for (int number = 1; number <= MOST_TRIES; number++) {
        *moved = number == 1 ? arena_copy(arena, slice_of(name)) : arena_printf(arena, "%s.%d", name, number);
        if (taken(to, moved->data, "") || taken(to, moved->data, ".txt"))
            continue;
        const char *report_name = arena_printf(arena, "%.*s.txt", SLICE_ARGS(*moved)).data;
        if (!path_of(target, to, "", moved->data, "", error) ||
            (report.size && !folder_write(to, report_name, report, error)))
            return false;
        if (move_without_overwriting(source, target))
            return true;
        if (errno == EEXIST)
            continue;
        fault(error, "move", from, name);
        if (report.size && path_of(target, to, "", report_name, "", error))
            unlink(target);
        return false;
    }
    return error_set(error, ERROR_INTERNAL, NULL, "the folder %s holds too many files named %s: clear it", to,
                     name);
}
