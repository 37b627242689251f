/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include "base/i18n.h"
#include "schema/reason.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536

struct advice {
    int number;
    const char *reason;
    const char *text;
};

static const struct advice advices[] = {
    {ENOENT, SBK_REASON_NOT_FOUND, N_("check the path")},
    {ENOTDIR, SBK_REASON_NOT_FOUND, N_("check the path")},
    {ELOOP, SBK_REASON_FILE, N_("name the file itself, not a symbolic link")},
    {EACCES, SBK_REASON_PERMISSIONS, N_("work as the user who owns it")},
    {EPERM, SBK_REASON_PERMISSIONS, N_("work as the user who owns it")},
    {EROFS, SBK_REASON_PERMISSIONS, N_("choose a place that can be written")},
    {EEXIST, SBK_REASON_EXISTS, N_("choose another name, or move the old one away")},
    {ENOSPC, SBK_REASON_DISK, N_("free some space and try again")},
    {EDQUOT, SBK_REASON_DISK, N_("free some space and try again")},
    {EFBIG, SBK_REASON_DISK, N_("raise the limit on the size of files and try again")},
    {EIO, SBK_REASON_DISK, N_("check the disk")},
    {EMFILE, SBK_REASON_FILE, N_("raise the limit on open files")},
    {ENAMETOOLONG, SBK_REASON_FILE, N_("choose a shorter name")},
    {EISDIR, SBK_REASON_FILE, N_("name a file, not a folder")},
};

sbk_result sbk_fail_system(struct sbk_error *error, int number, const char *path, const char *doing) {
    for (size_t i = 0; i < sizeof advices / sizeof advices[0]; i++) {
        if (advices[i].number == number) {
            return sbk_fail(error, SBK_ENVIRONMENT, advices[i].reason, "%s: %s: %s; %s", path, doing, strerror(number),
                _(advices[i].text));
        }
    }
    return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FILE, "%s: %s: %s", path, doing, strerror(number));
}

char *sbk_path_join(const char *directory, const char *name) {
    const size_t room = strlen(directory) + strlen(name) + 2;
    char *path = malloc(room);
    if (path != NULL) {
        const size_t length = strlen(directory);
        const bool slash = length > 0 && directory[length - 1] == '/';
        (void)snprintf(path, room, "%s%s%s", directory, slash ? "" : "/", name);
    }
    return path;
}

bool sbk_file_exists(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0;
}

bool sbk_file_is_regular(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Reads up to room bytes, through short reads and signals. Returns how many, or -1 with errno. */
static ssize_t read_fully(int descriptor, uint8_t *data, size_t room) {
    size_t size = 0;
    while (size < room) {
        const ssize_t count = read(descriptor, data + size, room - size);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return -1;
        }
        if (count == 0) {
            break;
        }
        size += (size_t)count;
    }
    return (ssize_t)size;
}

/* Opens for reading what must be a regular file; O_NONBLOCK so that a pipe does not hold us up. */
static sbk_result open_regular(
    const char *path, int flags, int *descriptor, struct stat *status, struct sbk_error *error) {
    const int opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags);
    if (opened < 0) {
        return sbk_fail_system(error, errno, path, _("cannot be read"));
    }
    sbk_result result = SBK_OK;
    if (fstat(opened, status) != 0) {
        result = sbk_fail_system(error, errno, path, _("cannot be read"));
    } else if (!S_ISREG(status->st_mode)) {
        result =
            sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FILE, _("%s: is not a regular file; name one that is"), path);
    }
    if (result == SBK_OK) {
        *descriptor = opened;
    } else {
        (void)close(opened);
    }
    return result;
}

static sbk_result too_large(const char *path, size_t limit, struct sbk_error *error) {
    return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FILE,
        _("%s: is larger than the %zu bytes allowed here; check that it is the right file"), path, limit);
}

/* Appends what the descriptor gives, up to limit bytes. */
static sbk_result read_into(
    int descriptor, const char *path, size_t limit, struct sbk_buffer *out, struct sbk_error *error) {
    size_t total = 0;
    for (;;) {
        sbk_result result = sbk_buffer_reserve(out, CHUNK, error);
        if (result != SBK_OK) {
            return result;
        }
        const ssize_t count = read_fully(descriptor, out->data + out->size, CHUNK);
        if (count < 0) {
            return sbk_fail_system(error, errno, path, _("cannot be read"));
        }
        if ((size_t)count > limit - total) {
            return too_large(path, limit, error);
        }
        total += (size_t)count;
        out->size += (size_t)count;
        if (count < CHUNK) {
            return SBK_OK;
        }
    }
}

sbk_result sbk_file_read(const char *path, size_t limit, struct sbk_buffer *out, struct sbk_error *error) {
    int descriptor = -1;
    struct stat status = {0};
    sbk_result result = open_regular(path, 0, &descriptor, &status, error);
    if (result != SBK_OK) {
        return result;
    }
    const size_t before = out->size;
    result = status.st_size < 0 || (uintmax_t)status.st_size > limit ? too_large(path, limit, error)
                                                                     : read_into(descriptor, path, limit, out, error);
    (void)close(descriptor);
    if (result != SBK_OK && out->size > before) {
        sbk_cleanse(out->data + before, out->size - before);
        out->size = before;
    }
    return result;
}

static sbk_result check_secret_file(const char *path, const struct stat *status, struct sbk_error *error) {
    if (status->st_uid != geteuid()) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_PERMISSIONS,
            _("%s: holds a secret and belongs to another user; work as its owner"), path);
    }
    if ((status->st_mode & 07177) != 0) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_PERMISSIONS,
            _("%s: holds a secret and has mode %04o; others may have read it: run 'chmod 600' on it and consider "
              "changing the secret"),
            path, (unsigned)(status->st_mode & 07777));
    }
    return SBK_OK;
}

sbk_result sbk_file_read_secret(const char *path, size_t limit, struct sbk_secret *out, struct sbk_error *error) {
    int descriptor = -1;
    struct stat status = {0};
    sbk_result result = open_regular(path, O_NOFOLLOW, &descriptor, &status, error);
    if (result != SBK_OK) {
        return result;
    }
    struct sbk_secret secret = SBK_SECRET_EMPTY;
    result = check_secret_file(path, &status, error);
    if (result == SBK_OK) {
        result = sbk_secret_new(&secret, limit + 1, error);
    }
    if (result == SBK_OK) {
        const ssize_t count = read_fully(descriptor, secret.data, limit + 1);
        if (count < 0) {
            result = sbk_fail_system(error, errno, path, _("cannot be read"));
        } else if (count == 0) {
            result =
                sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FILE, _("%s: is empty; write the secret into it"), path);
        } else if ((size_t)count > limit) {
            result = too_large(path, limit, error);
        } else {
            secret.size = (size_t)count;
        }
    }
    (void)close(descriptor);
    if (result == SBK_OK) {
        *out = secret;
    } else {
        sbk_secret_free(&secret);
    }
    return result;
}
