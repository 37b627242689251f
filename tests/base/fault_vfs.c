/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/base/fault_vfs.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static int calls;
static int fail_at;
static int fail_with;
static int lasts;
static sqlite3_vfs *under;

struct fault_file {
    sqlite3_file base;
    sqlite3_file *inner; /* behind this structure, in the same memory */
};

void fault_vfs_arm(int call, int code, int lasting) {
    calls = 0;
    fail_at = call;
    fail_with = code;
    lasts = lasting;
}

int fault_vfs_calls(void) {
    return calls;
}

/* The code this call fails with; SQLITE_OK: it goes through. */
static int fault(void) {
    calls++;
    const int hit = fail_at != 0 && (calls == fail_at || (lasts && calls > fail_at));
    return hit ? fail_with : SQLITE_OK;
}

static sqlite3_file *inner_of(sqlite3_file *file) {
    return ((struct fault_file *)(void *)file)->inner;
}

static int file_close(sqlite3_file *file) {
    return inner_of(file)->pMethods->xClose(inner_of(file));
}

static int file_read(sqlite3_file *file, void *data, int size, sqlite3_int64 at) {
    return inner_of(file)->pMethods->xRead(inner_of(file), data, size, at);
}

static int file_write(sqlite3_file *file, const void *data, int size, sqlite3_int64 at) {
    const int code = fault();
    if (code != SQLITE_OK) {
        /* The first half gets there: a torn write. */
        (void)inner_of(file)->pMethods->xWrite(inner_of(file), data, size / 2, at);
        return code;
    }
    return inner_of(file)->pMethods->xWrite(inner_of(file), data, size, at);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
    const int code = fault();
    return code != SQLITE_OK ? code : inner_of(file)->pMethods->xTruncate(inner_of(file), size);
}

static int file_sync(sqlite3_file *file, int flags) {
    const int code = fault();
    return code != SQLITE_OK ? code : inner_of(file)->pMethods->xSync(inner_of(file), flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
    return inner_of(file)->pMethods->xFileSize(inner_of(file), size);
}

static int file_lock(sqlite3_file *file, int level) {
    return inner_of(file)->pMethods->xLock(inner_of(file), level);
}

static int file_unlock(sqlite3_file *file, int level) {
    return inner_of(file)->pMethods->xUnlock(inner_of(file), level);
}

static int file_reserved(sqlite3_file *file, int *reserved) {
    return inner_of(file)->pMethods->xCheckReservedLock(inner_of(file), reserved);
}

static int file_control(sqlite3_file *file, int operation, void *argument) {
    return inner_of(file)->pMethods->xFileControl(inner_of(file), operation, argument);
}

static int file_sector(sqlite3_file *file) {
    return inner_of(file)->pMethods->xSectorSize(inner_of(file));
}

static int file_traits(sqlite3_file *file) {
    return inner_of(file)->pMethods->xDeviceCharacteristics(inner_of(file));
}

static int shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **data) {
    return inner_of(file)->pMethods->xShmMap(inner_of(file), page, size, extend, data);
}

static int shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    return inner_of(file)->pMethods->xShmLock(inner_of(file), offset, count, flags);
}

static void shm_barrier(sqlite3_file *file) {
    inner_of(file)->pMethods->xShmBarrier(inner_of(file));
}

static int shm_unmap(sqlite3_file *file, int removing) {
    return inner_of(file)->pMethods->xShmUnmap(inner_of(file), removing);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out_flags) {
    struct fault_file *outer = (struct fault_file *)(void *)file;
    (void)vfs;
    outer->base.pMethods = NULL;
    int code = fault();
    if (code == SQLITE_OK) {
        outer->inner = (sqlite3_file *)(void *)(outer + 1);
        code = under->xOpen(under, name, outer->inner, flags, out_flags);
    } else {
        code = SQLITE_CANTOPEN;
    }
    if (code == SQLITE_OK) {
        outer->base.pMethods = &methods;
    }
    return code;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync) {
    (void)vfs;
    const int code = fault();
    return code != SQLITE_OK ? SQLITE_IOERR_DELETE : under->xDelete(under, name, sync);
}

int fault_vfs_register(void) {
    static sqlite3_vfs vfs;
    under = sqlite3_vfs_find(NULL);
    if (under == NULL) {
        return SQLITE_ERROR;
    }
    /* Everything but opening and deleting is the system's own, which looks at no state of ours. */
    vfs = *under;
    vfs.zName = FAULT_VFS;
    vfs.pNext = NULL;
    vfs.szOsFile = (int)sizeof(struct fault_file) + under->szOsFile;
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    return sqlite3_vfs_register(&vfs, 0);
}
