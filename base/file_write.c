/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include "base/file_private.h"
#include "base/i18n.h"
#include "schema/reason.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *sbk_path_parent(const char *path) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') {
        length--;
    }
    while (length > 0 && path[length - 1] != '/') {
        length--;
    }
    while (length > 1 && path[length - 1] == '/') {
        length--;
    }
    if (length == 0) {
        return strdup(".");
    }
    return strndup(path, length);
}

sbk_result sbk_directory_sync(const char *directory, struct sbk_error *error) {
    const int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        return sbk_fail_system(error, errno, directory, _("cannot be synced"));
    }
    sbk_result result = SBK_OK;
    /* EINVAL: a file system that has nothing to sync for a folder. */
    if (fsync(descriptor) != 0 && errno != EINVAL) {
        result = sbk_fail_system(error, errno, directory, _("cannot be synced"));
    }
    (void)close(descriptor);
    return result;
}

static bool write_fully(int descriptor, const uint8_t *data, size_t size) {
    while (size > 0) {
        const ssize_t count = write(descriptor, data, size);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            errno = count == 0 ? ENOSPC : errno;
            return false;
        }
        data += count;
        size -= (size_t)count;
    }
    return true;
}

/* A new file beside the target: content, mode, synced and closed. name is the mkstemp template. False with errno. */
static bool write_temporary(char *name, const void *data, size_t size, mode_t mode) {
    const int descriptor = mkstemp(name);
    if (descriptor < 0) {
        return false;
    }
    const bool written = fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 && write_fully(descriptor, data, size) &&
                         fchmod(descriptor, mode) == 0 && fsync(descriptor) == 0;
    const int number = errno;
    const bool closed = close(descriptor) == 0;
    if (written && closed) {
        return true;
    }
    const int kept = written ? errno : number;
    (void)unlink(name);
    errno = kept;
    return false;
}

/* Puts the temporary file in place where nothing may be: a link fails if there is something, unlike a rename. */
static bool place_new(const char *name, const char *path) {
    if (link(name, path) == 0) {
        (void)unlink(name);
        return true;
    }
    if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS && errno != EMLINK) {
        return false;
    }
    /* A file system without links (a memory stick): claim the name first. */
    const int claimed = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (claimed < 0) {
        return false;
    }
    (void)close(claimed);
    if (rename(name, path) == 0) {
        return true;
    }
    const int number = errno;
    (void)unlink(path);
    errno = number;
    return false;
}

/* Refuses a target that must not be replaced, before anything is written. */
static sbk_result check_target(const char *path, enum sbk_file_writing writing, struct sbk_error *error) {
    struct stat status;
    if (lstat(path, &status) != 0) {
        return errno == ENOENT ? SBK_OK : sbk_fail_system(error, errno, path, _("cannot be written"));
    }
    if (writing == SBK_FILE_NEW) {
        return sbk_fail_system(error, EEXIST, path, _("cannot be written"));
    }
    if (!S_ISREG(status.st_mode)) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FILE,
            _("%s: is there and is not a regular file; choose another name"), path);
    }
    return SBK_OK;
}

sbk_result sbk_file_write(const char *path, const void *data, size_t size, mode_t mode, enum sbk_file_writing writing,
    struct sbk_error *error) {
    sbk_result result = check_target(path, writing, error);
    if (result != SBK_OK) {
        return result;
    }
    char *directory = sbk_path_parent(path);
    char *name = directory == NULL ? NULL : sbk_path_join(directory, ".sembako-XXXXXX");
    if (name == NULL) {
        result = sbk_fail_system(error, ENOMEM, path, _("cannot be written"));
    } else if (!write_temporary(name, data, size, mode)) {
        result = sbk_fail_system(error, errno, path, _("cannot be written"));
    } else if (!(writing == SBK_FILE_NEW ? place_new(name, path) : rename(name, path) == 0)) {
        result = sbk_fail_system(error, errno, path, _("cannot be written"));
        (void)unlink(name);
    } else {
        result = sbk_directory_sync(directory, error);
    }
    free(name);
    free(directory);
    return result;
}

sbk_result sbk_file_remove(const char *path, struct sbk_error *error) {
    if (unlink(path) != 0) {
        return errno == ENOENT ? SBK_OK : sbk_fail_system(error, errno, path, _("cannot be removed"));
    }
    char *directory = sbk_path_parent(path);
    if (directory == NULL) {
        return sbk_fail_system(error, ENOMEM, path, _("cannot be removed"));
    }
    const sbk_result result = sbk_directory_sync(directory, error);
    free(directory);
    return result;
}
