/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/file_private.h"
#include "base/i18n.h"
#include "schema/reason.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

sbk_result sbk_directory_check(const char *path, struct sbk_error *error) {
    struct stat status;
    if (lstat(path, &status) != 0) {
        return sbk_fail_system(error, errno, path, _("cannot be used"));
    }
    if (!S_ISDIR(status.st_mode)) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FILE,
            _("%s: is not a folder (a symbolic link to one is not accepted); name the folder itself"), path);
    }
    if (status.st_uid != geteuid()) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_PERMISSIONS,
            _("%s: holds secrets and belongs to another user; work as its owner"), path);
    }
    if ((status.st_mode & 0777) != 0700) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_PERMISSIONS,
            _("%s: holds secrets and has mode %04o instead of 0700; check who may have read it, then run 'chmod 700' "
              "on it"),
            path, (unsigned)(status.st_mode & 0777));
    }
    return SBK_OK;
}

sbk_result sbk_directory_make(const char *path, bool *made, struct sbk_error *error) {
    if (mkdir(path, 0700) != 0) {
        if (errno != EEXIST) {
            return sbk_fail_system(error, errno, path, _("cannot be made"));
        }
        const sbk_result checked = sbk_directory_check(path, error);
        if (checked == SBK_OK && made != NULL) {
            *made = false;
        }
        return checked;
    }
    /* A umask that takes rights from the owner would leave a folder that the check refuses. */
    if (chmod(path, 0700) != 0) {
        return sbk_fail_system(error, errno, path, _("cannot be made"));
    }
    char *parent = sbk_path_parent(path);
    if (parent == NULL) {
        return sbk_fail_system(error, ENOMEM, path, _("cannot be made"));
    }
    const sbk_result result = sbk_directory_sync(parent, error);
    free(parent);
    if (result == SBK_OK && made != NULL) {
        *made = true;
    }
    return result;
}

sbk_result sbk_lock_take(struct sbk_lock *lock, const char *directory, struct sbk_error *error) {
    sbk_result result = sbk_directory_check(directory, error);
    if (result != SBK_OK) {
        return result;
    }
    char *path = sbk_path_join(directory, "lock");
    if (path == NULL) {
        return sbk_fail_system(error, ENOMEM, directory, _("cannot be locked"));
    }
    const int descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0) {
        result = sbk_fail_system(error, errno, path, _("cannot be locked"));
    } else if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        result = errno == EWOULDBLOCK
                     ? sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_BUSY,
                           _("%s: another Sembako program is using this folder; wait until it ends"), directory)
                     : sbk_fail_system(error, errno, path, _("cannot be locked"));
        (void)close(descriptor);
    } else {
        lock->descriptor = descriptor;
    }
    free(path);
    return result;
}

void sbk_lock_release(struct sbk_lock *lock) {
    if (lock->descriptor >= 0) {
        (void)close(lock->descriptor);
        lock->descriptor = -1;
    }
}
