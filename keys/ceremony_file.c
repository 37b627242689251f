/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/ceremony_record.h"

#include "base/file.h"
#include "base/i18n.h"
#include "schema/reason.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The record on disk: it only grows, a line at a time, and each line is durable before anything else happens. */

static sbk_result begin(struct ceremony_file *file, uint32_t time, struct sbk_error *error) {
    char rest[64];
    struct sbk_buffer line = SBK_BUFFER_EMPTY;
    const struct ceremony_state empty = {.begun = false};
    (void)snprintf(rest, sizeof rest, "begin %s", ceremony_kind_word(file->plan->kind));
    sbk_result result = ceremony_record_compose(file->plan, &empty, time, rest, &line, error);
    if (result == SBK_OK) {
        result = sbk_file_write(file->path, line.data, line.size, 0644, SBK_FILE_NEW, error);
    }
    sbk_buffer_free(&line);
    return result;
}

static sbk_result hold(struct ceremony_file *file, struct sbk_error *error) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    file->descriptor = open(file->path, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
    if (file->descriptor < 0) {
        return sbk_fail_system(error, errno, file->path, _("cannot be opened"));
    }
    if (fcntl(file->descriptor, F_SETLK, &lock) != 0) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_BUSY,
            _("%s: another process keeps this record; go on there, or end it first"), file->path);
    }
    return SBK_OK;
}

/* Through the descriptor that holds the lock: closing another one of the same file would give the lock up. */
static sbk_result read_all(struct ceremony_file *file, struct sbk_error *error) {
    uint8_t block[4096];
    for (;;) {
        const ssize_t count = pread(file->descriptor, block, sizeof block, (off_t)file->text.size);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return sbk_fail_system(error, errno, file->path, _("cannot be read"));
        }
        if (count == 0) {
            return SBK_OK;
        }
        if (file->text.size > CEREMONY_RECORD_MAX) {
            return sbk_fail(error, SBK_TAMPERED, SBK_REASON_CHAIN, _("%s: too large for a record"), file->path);
        }
        const sbk_result result = sbk_buffer_append(&file->text, block, (size_t)count, error);
        if (result != SBK_OK) {
            return result;
        }
    }
}

/* Where the last line that was finished ends. A power cut leaves the beginning of a line, or zeros where its bytes never
 * came; neither was ever told to be done. */
static size_t finished(const struct sbk_buffer *text) {
    size_t end = text->size;
    while (end > 0) {
        size_t start = end - 1;
        while (start > 0 && text->data[start - 1] != '\n') {
            start--;
        }
        if (text->data[end - 1] == '\n' && memchr(text->data + start, 0, end - start) == NULL) {
            return end;
        }
        end = start;
    }
    return 0;
}

static sbk_result take_off(struct ceremony_file *file, size_t size, struct sbk_error *error) {
    if (ftruncate(file->descriptor, (off_t)size) != 0 || fsync(file->descriptor) != 0) {
        return sbk_fail_system(error, errno, file->path, _("cannot be written"));
    }
    file->text.size = size;
    file->torn = true;
    return SBK_OK;
}

static sbk_result take_up(struct ceremony_file *file, struct sbk_error *error) {
    sbk_result result = hold(file, error);
    if (result == SBK_OK) {
        result = read_all(file, error);
    }
    if (result == SBK_OK && file->resumed && finished(&file->text) < file->text.size) {
        result = take_off(file, finished(&file->text), error);
    }
    if (result == SBK_OK) {
        const struct ceremony_text text = {(const char *)file->text.data, file->text.size};
        result = ceremony_record_read(file->plan, text, &file->state, NULL, NULL, error);
        result = result == SBK_OK ? SBK_OK : sbk_fail_in(error, result, "%s", file->path);
    }
    return result;
}

sbk_result ceremony_file_open(struct ceremony_file *file, const struct ceremony_plan *plan, const char *path,
    uint32_t time, struct sbk_error *error) {
    memset(file, 0, sizeof *file);
    file->plan = plan;
    file->path = path;
    file->descriptor = -1;
    file->resumed = sbk_file_exists(path);
    sbk_result result = file->resumed ? SBK_OK : begin(file, time, error);
    if (result == SBK_OK) {
        result = take_up(file, error);
    }
    if (result != SBK_OK) {
        ceremony_file_close(file);
    }
    return result;
}

void ceremony_file_close(struct ceremony_file *file) {
    if (file->descriptor >= 0) {
        (void)close(file->descriptor);
    }
    file->descriptor = -1;
    sbk_buffer_free(&file->text);
}

static bool write_all(int descriptor, const uint8_t *data, size_t size) {
    while (size > 0) {
        const ssize_t count = write(descriptor, data, size);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return false;
        }
        data += count;
        size -= (size_t)count;
    }
    return true;
}

sbk_result ceremony_file_add(struct ceremony_file *file, uint32_t time, const char *rest, struct sbk_error *error) {
    struct sbk_buffer line = SBK_BUFFER_EMPTY;
    struct ceremony_state after = file->state;
    if (time < file->state.time) {
        return sbk_fail(error, SBK_REFUSED, SBK_REASON_TIME, "%s",
            _("the clock shows less than when the last line was written: set it right and go on"));
    }
    sbk_result result = ceremony_record_compose(file->plan, &file->state, time, rest, &line, error);
    if (result == SBK_OK) {
        const struct ceremony_text text = {(const char *)line.data, line.size - 1};
        result = ceremony_record_line(file->plan, text, &after, NULL, NULL, error);
    }
    if (result == SBK_OK) {
        result = sbk_buffer_append(&file->text, line.data, line.size, error);
    }
    if (result == SBK_OK && (!write_all(file->descriptor, line.data, line.size) || fsync(file->descriptor) != 0)) {
        const int number = errno;
        file->text.size -= line.size;
        (void)ftruncate(file->descriptor, (off_t)file->text.size);
        result = sbk_fail_system(error, number, file->path, _("cannot be written"));
    }
    if (result == SBK_OK) {
        file->state = after;
    }
    sbk_buffer_free(&line);
    return result;
}
