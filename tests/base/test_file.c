/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/base/base_test.h"

#include "base/file.h"
#include "schema/reason.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

static struct sbk_error error;

static void assert_failed(sbk_result result, const char *reason, const char *part) {
    assert_int_equal(result, SBK_ENVIRONMENT);
    assert_string_equal(error.reason, reason);
    assert_non_null(strstr(error.text, part));
    memset(&error, 0, sizeof error);
}

static void reads_whole_files(void **state) {
    (void)state;
    struct sbk_buffer buffer = SBK_BUFFER_EMPTY;
    put_file("a", "", 0644);
    assert_int_equal(sbk_file_read("a", 0, &buffer, &error), SBK_OK);
    assert_int_equal(buffer.size, 0);
    put_file("a", "beras", 0644);
    assert_int_equal(sbk_file_read("a", 5, &buffer, &error), SBK_OK);
    assert_int_equal(sbk_file_read("a", 100, &buffer, &error), SBK_OK);
    assert_int_equal(buffer.size, 10);
    assert_memory_equal(buffer.data, "berasberas", 10);
    assert_failed(sbk_file_read("a", 4, &buffer, &error), SBK_REASON_FILE, "a: is larger");
    assert_int_equal(buffer.size, 10);
    sbk_buffer_free(&buffer);
}

static void reads_files_of_several_chunks(void **state) {
    (void)state;
    static uint8_t bytes[200000];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 7 >> 3);
    }
    assert_int_equal(sbk_file_write("big", bytes, sizeof bytes, 0600, SBK_FILE_NEW, &error), SBK_OK);
    struct sbk_buffer buffer = SBK_BUFFER_EMPTY;
    assert_int_equal(sbk_file_read("big", sizeof bytes, &buffer, &error), SBK_OK);
    assert_int_equal(buffer.size, sizeof bytes);
    assert_memory_equal(buffer.data, bytes, sizeof bytes);
    assert_failed(sbk_file_read("big", sizeof bytes - 1, &buffer, &error), SBK_REASON_FILE, "big");
    sbk_buffer_free(&buffer);
}

static void reads_nothing_but_regular_files(void **state) {
    (void)state;
    struct sbk_buffer buffer = SBK_BUFFER_EMPTY;
    assert_failed(sbk_file_read("missing", 9, &buffer, &error), SBK_REASON_NOT_FOUND, "missing: cannot be read");
    assert_failed(sbk_file_read(".", 9, &buffer, &error), SBK_REASON_FILE, "not a regular file");
    assert_failed(sbk_file_read("/dev/zero", 9, &buffer, &error), SBK_REASON_FILE, "not a regular file");
    assert_int_equal(mkfifo("pipe", 0600), 0); /* must not hang */
    assert_failed(sbk_file_read("pipe", 9, &buffer, &error), SBK_REASON_FILE, "not a regular file");
    assert_int_equal(buffer.size, 0);
    sbk_buffer_free(&buffer);
}

static void a_file_that_grows_without_end_is_refused(void **state) {
    (void)state;
    /* Its size is said to be 0, yet it has content: the limit counts what comes. */
    struct sbk_buffer buffer = SBK_BUFFER_EMPTY;
    assert_failed(sbk_file_read("/proc/self/maps", 10, &buffer, &error), SBK_REASON_FILE, "larger than the 10 bytes");
    assert_int_equal(buffer.size, 0);
    sbk_buffer_free(&buffer);
}

static void secrets_need_tight_files(void **state) {
    (void)state;
    struct sbk_secret secret = SBK_SECRET_EMPTY;
    static const mode_t loose[] = {0640, 0604, 0660, 0622, 0601, 0700, 04600};
    put_file("s", "rahasia\n", 0600);
    for (size_t i = 0; i < sizeof loose / sizeof loose[0]; i++) {
        assert_int_equal(chmod("s", loose[i]), 0);
        assert_failed(sbk_file_read_secret("s", 100, &secret, &error), SBK_REASON_PERMISSIONS, "s: holds a secret");
        assert_null(secret.data);
    }
    assert_int_equal(chmod("s", 0400), 0);
    assert_int_equal(sbk_file_read_secret("s", 8, &secret, &error), SBK_OK);
    assert_int_equal(secret.size, 8);
    assert_string_equal((const char *)secret.data, "rahasia\n");
    sbk_secret_free(&secret);
    assert_failed(sbk_file_read_secret("s", 7, &secret, &error), SBK_REASON_FILE, "larger");
    assert_int_equal(symlink("s", "link"), 0);
    assert_failed(sbk_file_read_secret("link", 100, &secret, &error), SBK_REASON_FILE, "link");
    put_file("empty", "", 0600);
    assert_failed(sbk_file_read_secret("empty", 100, &secret, &error), SBK_REASON_FILE, "empty: is empty");
    assert_null(secret.data);
}

static void secrets_need_their_owner(void **state) {
    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    struct sbk_secret secret = SBK_SECRET_EMPTY;
    put_file("s", "x", 0600);
    assert_int_equal(chown("s", 65534, 65534), 0);
    assert_failed(sbk_file_read_secret("s", 100, &secret, &error), SBK_REASON_PERMISSIONS, "another user");
    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(chown("d", 65534, 65534), 0);
    assert_failed(sbk_directory_check("d", &error), SBK_REASON_PERMISSIONS, "another user");
}

static mode_t mode_of(const char *path) {
    struct stat status;
    assert_int_equal(lstat(path, &status), 0);
    return status.st_mode & 07777;
}

static void writes_replace_in_one_step(void **state) {
    (void)state;
    const mode_t mask = umask(077);
    assert_int_equal(sbk_file_write("f", "one", 3, 0644, SBK_FILE_REPLACE, &error), SBK_OK);
    assert_file("f", "one");
    assert_int_equal(mode_of("f"), 0644);
    assert_int_equal(sbk_file_write("./f", "second", 6, 0600, SBK_FILE_REPLACE, &error), SBK_OK);
    assert_file("f", "second");
    assert_int_equal(mode_of("f"), 0600);
    assert_int_equal(sbk_file_write("f", NULL, 0, 0600, SBK_FILE_REPLACE, &error), SBK_OK);
    assert_file("f", "");
    assert_int_equal(entries("."), 1);
    (void)umask(mask);
}

static void new_files_replace_nothing(void **state) {
    (void)state;
    assert_int_equal(sbk_file_write("f", "one", 3, 0600, SBK_FILE_NEW, &error), SBK_OK);
    assert_failed(sbk_file_write("f", "two", 3, 0600, SBK_FILE_NEW, &error), SBK_REASON_EXISTS, "f: cannot be written");
    assert_file("f", "one");
    assert_int_equal(symlink("nowhere", "dangling"), 0);
    assert_failed(sbk_file_write("dangling", "x", 1, 0600, SBK_FILE_NEW, &error), SBK_REASON_EXISTS, "dangling");
    assert_false(sbk_file_exists("nowhere"));
    assert_true(sbk_file_exists("dangling"));
    assert_int_equal(entries("."), 2);
}

static void writes_replace_only_regular_files(void **state) {
    (void)state;
    assert_failed(sbk_file_write("/dev/null", "x", 1, 0600, SBK_FILE_REPLACE, &error), SBK_REASON_FILE, "/dev/null");
    put_file("target", "kept", 0600);
    assert_int_equal(symlink("target", "link"), 0);
    assert_failed(sbk_file_write("link", "x", 1, 0600, SBK_FILE_REPLACE, &error), SBK_REASON_FILE, "regular");
    assert_int_equal(mkdir("d", 0700), 0);
    assert_failed(sbk_file_write("d", "x", 1, 0600, SBK_FILE_REPLACE, &error), SBK_REASON_FILE, "regular");
    assert_failed(sbk_file_write("no/f", "x", 1, 0600, SBK_FILE_REPLACE, &error), SBK_REASON_NOT_FOUND, "no/f");
    assert_file("target", "kept");
    assert_int_equal(entries("."), 3);
}

static void a_full_disk_changes_nothing(void **state) {
    (void)state;
    static const char large[9000] = {'x'};
    put_file("f", "old", 0600);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        /* The kernel's own refusal: no file may grow beyond 4096 bytes. */
        const struct rlimit limit = {4096, 4096};
        (void)signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0) {
            _exit(99);
        }
        const sbk_result result = sbk_file_write("f", large, sizeof large, 0600, SBK_FILE_REPLACE, &error);
        _exit(result == SBK_ENVIRONMENT && strcmp(error.reason, SBK_REASON_DISK) == 0 ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_file("f", "old");
    assert_int_equal(entries("."), 1);
}

static void removing_twice_is_fine(void **state) {
    (void)state;
    put_file("f", "x", 0600);
    assert_int_equal(sbk_file_remove("f", &error), SBK_OK);
    assert_int_equal(sbk_file_remove("f", &error), SBK_OK);
    assert_false(sbk_file_exists("f"));
    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(sbk_file_remove("d", &error), SBK_ENVIRONMENT);
}

static void secret_folders_are_tight(void **state) {
    (void)state;
    bool made = false;
    const mode_t mask = umask(0777);
    assert_int_equal(sbk_directory_make("d", &made, &error), SBK_OK);
    (void)umask(mask);
    assert_true(made);
    assert_int_equal(mode_of("d"), 0700);
    assert_int_equal(sbk_directory_make("d/", &made, &error), SBK_OK);
    assert_false(made);
    static const mode_t loose[] = {0755, 0750, 0701, 0600, 0500, 0777};
    for (size_t i = 0; i < sizeof loose / sizeof loose[0]; i++) {
        assert_int_equal(chmod("d", loose[i]), 0);
        assert_failed(sbk_directory_check("d", &error), SBK_REASON_PERMISSIONS, "chmod 700");
        assert_failed(sbk_directory_make("d", NULL, &error), SBK_REASON_PERMISSIONS, "chmod 700");
    }
    assert_int_equal(chmod("d", 02700), 0); /* inherited from a parent, gives nobody anything */
    assert_int_equal(sbk_directory_check("d", &error), SBK_OK);
    assert_int_equal(symlink("d", "link"), 0);
    assert_failed(sbk_directory_check("link", &error), SBK_REASON_FILE, "not a folder");
    put_file("f", "", 0700);
    assert_failed(sbk_directory_check("f", &error), SBK_REASON_FILE, "not a folder");
    assert_failed(sbk_directory_check("none", &error), SBK_REASON_NOT_FOUND, "none: cannot be used");
    assert_failed(sbk_directory_make("no/d", NULL, &error), SBK_REASON_NOT_FOUND, "no/d: cannot be made");
}

static void one_process_holds_a_folder(void **state) {
    (void)state;
    struct sbk_lock lock = SBK_LOCK_NONE;
    assert_int_equal(sbk_directory_make("d", NULL, &error), SBK_OK);
    assert_int_equal(sbk_lock_take(&lock, "d", &error), SBK_OK);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct sbk_lock other = SBK_LOCK_NONE;
        const sbk_result result = sbk_lock_take(&other, "d", &error);
        _exit(
            result == SBK_ENVIRONMENT && strcmp(error.reason, SBK_REASON_BUSY) == 0 && other.descriptor == -1 ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 0);
    sbk_lock_release(&lock);
    sbk_lock_release(&lock);
    assert_int_equal(sbk_lock_take(&lock, "d", &error), SBK_OK);
    sbk_lock_release(&lock);
    assert_int_equal(chmod("d", 0755), 0);
    assert_failed(sbk_lock_take(&lock, "d", &error), SBK_REASON_PERMISSIONS, "d: holds secrets");
}

static void a_killed_holder_frees_the_folder(void **state) {
    (void)state;
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(sbk_directory_make("d", NULL, &error), SBK_OK);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct sbk_lock lock = SBK_LOCK_NONE;
        const char taken = sbk_lock_take(&lock, "d", NULL) == SBK_OK ? 'y' : 'n';
        if (write(ready[1], &taken, 1) == 1) {
            (void)pause();
        }
        _exit(1);
    }
    char taken = 0;
    assert_int_equal(read(ready[0], &taken, 1), 1);
    assert_int_equal(taken, 'y');
    struct sbk_lock lock = SBK_LOCK_NONE;
    assert_failed(sbk_lock_take(&lock, "d", &error), SBK_REASON_BUSY, "another Sembako program");
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(sbk_lock_take(&lock, "d", &error), SBK_OK);
    sbk_lock_release(&lock);
    assert_int_equal(close(ready[0]), 0);
    assert_int_equal(close(ready[1]), 0);
}

static void paths_join(void **state) {
    (void)state;
    static const char *const cases[][3] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"/", "b", "/b"}, {"", "b", "/b"}, {".", "b", "./b"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *path = sbk_path_join(cases[i][0], cases[i][1]);
        assert_string_equal(path, cases[i][2]);
        free(path);
    }
}

#define SCRATCH(test) cmocka_unit_test_setup_teardown(test, enter_scratch, leave_scratch)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRATCH(reads_whole_files),
        SCRATCH(reads_files_of_several_chunks),
        SCRATCH(reads_nothing_but_regular_files),
        SCRATCH(a_file_that_grows_without_end_is_refused),
        SCRATCH(secrets_need_tight_files),
        SCRATCH(secrets_need_their_owner),
        SCRATCH(writes_replace_in_one_step),
        SCRATCH(new_files_replace_nothing),
        SCRATCH(writes_replace_only_regular_files),
        SCRATCH(a_full_disk_changes_nothing),
        SCRATCH(removing_twice_is_fine),
        SCRATCH(secret_folders_are_tight),
        SCRATCH(one_process_holds_a_folder),
        SCRATCH(a_killed_holder_frees_the_folder),
        SCRATCH(paths_join),
    };
    return cmocka_run_group_tests_name("base/file", tests, NULL, NULL);
}
