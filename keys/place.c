/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/place.h"

#include "base/i18n.h"
#include "schema/reason.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_NAME "lock"

static sbk_result out_of_memory(struct sbk_error *error) {
    return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_MEMORY, "%s", _("out of memory"));
}

static sbk_result failed(struct sbk_error *error, const char *path) {
    return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FILE, "%s: %s", path, strerror(errno));
}

static bool is_dot(const char *name) {
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Removes what lies in a folder, and one level of folders in it; keeps the lock file. */
static bool empty_folder(const char *path, int depth) {
    DIR *folder = opendir(path);
    bool good = folder != NULL;
    for (const struct dirent *entry = NULL; good && (entry = readdir(folder)) != NULL;) {
        struct stat status;
        if (is_dot(entry->d_name) || (depth == 0 && strcmp(entry->d_name, LOCK_NAME) == 0)) {
            continue;
        }
        char *inside = sbk_path_join(path, entry->d_name);
        good = inside != NULL && lstat(inside, &status) == 0;
        if (good && S_ISDIR(status.st_mode) && depth == 0) {
            good = empty_folder(inside, depth + 1) && rmdir(inside) == 0;
        } else if (good) {
            good = unlink(inside) == 0;
        }
        free(inside);
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return good;
}

static bool is_empty_folder(const char *path) {
    DIR *folder = opendir(path);
    size_t count = 0;
    if (folder == NULL) {
        return false;
    }
    for (const struct dirent *entry = NULL; (entry = readdir(folder)) != NULL;) {
        count += is_dot(entry->d_name) ? 0 : 1;
    }
    (void)closedir(folder);
    return count == 0;
}

static sbk_result set_names(struct sbk_place *place, const char *path, struct sbk_error *error) {
    size_t size = strlen(path);
    while (size > 1 && path[size - 1] == '/') {
        size--;
    }
    place->path = strndup(path, size);
    place->part = malloc(size + sizeof ".part");
    if (place->path == NULL || place->part == NULL) {
        return out_of_memory(error);
    }
    (void)snprintf(place->part, size + sizeof ".part", "%s.part", place->path);
    return SBK_OK;
}

sbk_result sbk_place_free(const char *path, struct sbk_error *error) {
    if (sbk_file_exists(path) && !is_empty_folder(path)) {
        return sbk_fail(
            error, SBK_REFUSED, SBK_REASON_EXISTS, _("%s: is there already and not empty: name a new folder"), path);
    }
    return SBK_OK;
}

sbk_result sbk_place_begin(struct sbk_place *place, const char *path, struct sbk_error *error) {
    sbk_result result = set_names(place, path, error);
    if (result != SBK_OK) {
        return result;
    }
    result = sbk_place_free(place->path, error);
    if (result == SBK_OK) {
        result = sbk_directory_make(place->part, NULL, error);
    }
    if (result == SBK_OK) {
        result = sbk_lock_take(&place->lock, place->part, error);
    }
    if (result == SBK_OK && !empty_folder(place->part, 0)) {
        result = failed(error, place->part);
    }
    return result;
}

/* Makes a rename durable. */
static bool sync_parent(const char *path) {
    char *parent = strdup(path);
    if (parent == NULL) {
        return false;
    }
    char *slash = strrchr(parent, '/');
    if (slash != NULL) {
        slash[slash == parent ? 1 : 0] = 0;
    }
    const int folder = open(slash != NULL ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool good = folder >= 0 && fsync(folder) == 0;
    if (folder >= 0) {
        (void)close(folder);
    }
    free(parent);
    return good;
}

sbk_result sbk_place_end(struct sbk_place *place, sbk_result result, struct sbk_error *error) {
    const bool begun = place->lock.descriptor >= 0;
    if (begun && result == SBK_OK) {
        /* rename replaces an empty folder, and nothing else */
        if (rename(place->part, place->path) != 0 || !sync_parent(place->path)) {
            result = failed(error, place->path);
        }
    }
    if (begun && result != SBK_OK && empty_folder(place->part, 0)) {
        char *lock = sbk_path_join(place->part, LOCK_NAME);
        if (lock != NULL && unlink(lock) == 0) {
            (void)rmdir(place->part);
        }
        free(lock);
    }
    sbk_lock_release(&place->lock);
    free(place->path);
    free(place->part);
    place->path = NULL;
    place->part = NULL;
    return result;
}
