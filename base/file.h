/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_BASE_FILE_H
#define SBK_BASE_FILE_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/secret.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Files that are read whole and written whole or not at all, and folders that hold secrets. Every error names the path,
 * what went wrong and what to do; all are SBK_ENVIRONMENT unless said otherwise.
 */

/* The error of a failed system call: "PATH: DOING: the system's words; what to do". number is its errno, doing is
 * translated, such as _("cannot be read"). */
sbk_result sbk_fail_system(struct sbk_error *error, int number, const char *path, const char *doing);

/* Reads a regular file of at most limit bytes (a larger one is an error) and appends it to out. */
SBK_CHECK_RESULT sbk_result sbk_file_read(
    const char *path, size_t limit, struct sbk_buffer *out, struct sbk_error *error);

/* Reads a file that holds a secret: a regular file of ours (no symbolic link), mode 0600 or tighter, 1 to limit bytes.
 */
SBK_CHECK_RESULT sbk_result sbk_file_read_secret(
    const char *path, size_t limit, struct sbk_secret *out, struct sbk_error *error);

enum sbk_file_writing {
    SBK_FILE_REPLACE, /* an earlier file of that name is replaced in one step */
    SBK_FILE_NEW,     /* an earlier file of that name is an error and stays as it is */
};

/* Writes a whole file: into a temporary file of the same folder, synced, then put in place in one step, and the folder
 * synced. After a failure the old file (or none) is there and no temporary one. What is there and is not a regular file
 * (a device, a folder, a symbolic link) is never replaced. mode is exact, the umask does not count. */
SBK_CHECK_RESULT sbk_result sbk_file_write(const char *path, const void *data, size_t size, mode_t mode,
    enum sbk_file_writing writing, struct sbk_error *error);

/* Whether something of that name is there (a dangling link counts). */
bool sbk_file_exists(const char *path);

/* Whether a regular file of that name is there, a link to one included. */
bool sbk_file_is_regular(const char *path);

/* Removes a file and syncs its folder; one that is not there is fine. */
SBK_CHECK_RESULT sbk_result sbk_file_remove(const char *path, struct sbk_error *error);

/* Makes a folder with mode 0700 (its parent must exist) and syncs the parent. One that is there is accepted if it
 * passes sbk_directory_check. made, if not NULL, tells whether it is new. */
SBK_CHECK_RESULT sbk_result sbk_directory_make(const char *path, bool *made, struct sbk_error *error);

/* Refuses a folder for secrets that is missing, not a folder, a symbolic link, not ours, or not of mode 0700. */
SBK_CHECK_RESULT sbk_result sbk_directory_check(const char *path, struct sbk_error *error);

/* "DIRECTORY/NAME" in new memory that the caller frees; NULL if there is none left. */
char *sbk_path_join(const char *directory, const char *name);

/* A folder taken by this process. */
struct sbk_lock {
    int descriptor; /* -1: not held */
};

#define SBK_LOCK_NONE                                                                                                  \
    { -1 }

/* Takes the folder: checks it as sbk_directory_check does and locks its file "lock" (made if missing) without waiting.
 * One process at a time; the lock goes with the process, however it ends. Errors: another process holds it. */
SBK_CHECK_RESULT sbk_result sbk_lock_take(struct sbk_lock *lock, const char *directory, struct sbk_error *error);

/* Gives it back; harmless if not held. */
void sbk_lock_release(struct sbk_lock *lock);

#endif
