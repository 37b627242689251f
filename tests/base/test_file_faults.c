/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/base/base_test.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>

/*
 * Every system call of a write fails in turn, with every error that matters. Whatever happens, the folder holds the old
 * file or the new one, whole, and nothing else; success means the new one.
 */
static int calls;   /* since armed */
static int fail_at; /* which call fails; 0: none */
static int fail_with;
static bool short_writes;
static bool others_write; /* at the first sync another process makes the file */

int __real_mkstemp64(char *name);
ssize_t __real_write(int descriptor, const void *data, size_t size);
int __real_fchmod(int descriptor, mode_t mode);
int __real_fsync(int descriptor);
int __real_close(int descriptor);
int __real_rename(const char *from, const char *to);
int __real_link(const char *from, const char *to);
int __real_open64(const char *path, int flags, ...);
int __wrap_mkstemp64(char *name);
ssize_t __wrap_write(int descriptor, const void *data, size_t size);
int __wrap_fchmod(int descriptor, mode_t mode);
int __wrap_fsync(int descriptor);
int __wrap_close(int descriptor);
int __wrap_rename(const char *from, const char *to);
int __wrap_link(const char *from, const char *to);
int __wrap_open64(const char *path, int flags, ...);

static bool fails(void) {
    calls++;
    if (fail_at != calls) {
        return false;
    }
    errno = fail_with;
    return true;
}

int __wrap_mkstemp64(char *name) {
    return fails() ? -1 : __real_mkstemp64(name);
}

ssize_t __wrap_write(int descriptor, const void *data, size_t size) {
    if (fails()) {
        /* A disk that fills up takes a part first. */
        return size > 1 && fail_with == ENOSPC ? __real_write(descriptor, data, 1) : -1;
    }
    if (fail_at != 0 && fail_with == ENOSPC && calls > fail_at) {
        errno = ENOSPC;
        return -1;
    }
    return __real_write(descriptor, data, short_writes && size > 1 ? 1 : size);
}

int __wrap_fchmod(int descriptor, mode_t mode) {
    return fails() ? -1 : __real_fchmod(descriptor, mode);
}

int __wrap_fsync(int descriptor) {
    if (others_write) {
        others_write = false;
        put_file("f", "theirs", 0600);
    }
    return fails() ? -1 : __real_fsync(descriptor);
}

int __wrap_close(int descriptor) {
    const bool failing = fails();
    const int number = errno;
    const int result = __real_close(descriptor);
    errno = failing ? number : errno;
    return failing ? -1 : result;
}

int __wrap_rename(const char *from, const char *to) {
    return fails() ? -1 : __real_rename(from, to);
}

int __wrap_link(const char *from, const char *to) {
    return fails() ? -1 : __real_link(from, to);
}

int __wrap_open64(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    return fails() ? -1 : __real_open64(path, flags, mode);
}

static bool holds(const char *text) {
    fail_at = 0;
    struct sbk_buffer buffer = SBK_BUFFER_EMPTY;
    const bool same = sbk_file_read("f", 100, &buffer, NULL) == SBK_OK && buffer.size == strlen(text) &&
                      memcmp(buffer.data, text, buffer.size) == 0;
    sbk_buffer_free(&buffer);
    return same;
}

/* Lets call after call fail until one write gets through; returns how many calls a write makes. */
static int enumerate(enum sbk_file_writing writing, int number) {
    const bool replacing = writing == SBK_FILE_REPLACE;
    int failures = 0;
    for (int at = 1;; at++) {
        (void)unlink("f");
        if (replacing) {
            put_file("f", "old", 0600);
        }
        struct sbk_error error = {SBK_OK, NULL, ""};
        calls = 0;
        fail_with = number;
        fail_at = at;
        const sbk_result result = sbk_file_write("f", "new content", 11, 0600, writing, &error);
        fail_at = 0;
        const int made = calls;
        const bool new_there = holds("new content");
        assert_int_equal(entries("."), replacing || new_there ? 1 : 0);
        if (made < at) {
            assert_int_equal(result, SBK_OK);
            assert_true(new_there);
            break;
        }
        if (result == SBK_OK) {
            assert_true(new_there); /* a fault that does not matter, such as closing what was only synced */
        } else {
            assert_int_equal(result, SBK_ENVIRONMENT);
            assert_true(new_there || !replacing || holds("old"));
            assert_non_null(strchr(error.text, ':'));
            failures++;
        }
    }
    return failures;
}

static void replacing_survives_every_fault(void **state) {
    (void)state;
    static const int numbers[] = {ENOSPC, EIO, EDQUOT, EACCES, EFBIG, EROFS};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        /* mkstemp, write, fchmod, fsync, close, rename, open and fsync of the folder */
        assert_true(enumerate(SBK_FILE_REPLACE, numbers[i]) >= 8);
    }
}

static void making_survives_every_fault(void **state) {
    (void)state;
    static const int numbers[] = {ENOSPC, EIO, EDQUOT, EACCES};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        assert_true(enumerate(SBK_FILE_NEW, numbers[i]) >= 8);
    }
}

static void interrupted_and_short_writes_go_on(void **state) {
    (void)state;
    short_writes = true;
    for (int at = 2; at <= 12; at++) {
        calls = 0;
        fail_with = EINTR;
        fail_at = at;
        assert_int_equal(sbk_file_write("f", "new content", 11, 0600, SBK_FILE_REPLACE, NULL), SBK_OK);
        assert_true(holds("new content"));
        assert_int_equal(unlink("f"), 0);
    }
    short_writes = false;
}

static void without_links_the_name_is_claimed(void **state) {
    (void)state;
    /* A memory stick knows no links: the sixth call is the link. */
    static const int numbers[] = {EPERM, EOPNOTSUPP};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        calls = 0;
        fail_with = numbers[i];
        fail_at = 6;
        assert_int_equal(sbk_file_write("f", "new content", 11, 0640, SBK_FILE_NEW, NULL), SBK_OK);
        assert_true(holds("new content"));
        assert_int_equal(entries("."), 1);
        assert_int_equal(unlink("f"), 0);
    }
}

static void two_writers_never_both_make_it(void **state) {
    (void)state;
    /* Between our look and our step into place. */
    struct sbk_error error = {SBK_OK, NULL, ""};
    others_write = true;
    assert_int_equal(sbk_file_write("f", "new content", 11, 0600, SBK_FILE_NEW, &error), SBK_ENVIRONMENT);
    assert_non_null(strstr(error.text, "f: cannot be written"));
    assert_file("f", "theirs");
    assert_int_equal(entries("."), 1);
}

#define SCRATCH(test) cmocka_unit_test_setup_teardown(test, enter_scratch, leave_scratch)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH(replacing_survives_every_fault),
        SCRATCH(making_survives_every_fault),
        SCRATCH(interrupted_and_short_writes_go_on),
        SCRATCH(without_links_the_name_is_claimed),
        SCRATCH(two_writers_never_both_make_it),
    };
    return cmocka_run_group_tests_name("base/file-faults", tests, NULL, NULL);
}
