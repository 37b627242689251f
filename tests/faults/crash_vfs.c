/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/faults/crash_vfs.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX 12
#define SHARED_MAX 4 /* pieces of the write-ahead log's index, 32 KiB each */

enum change_kind { WRITE, TRUNCATE, CREATE, DELETE };

struct change {
    enum change_kind kind;
    unsigned file;
    unsigned life; /* of the file: what was written to one that was deleted does not reach its successor */
    size_t at;     /* TRUNCATE: the size */
    size_t size;
    uint8_t *data; /* WRITE */
};

struct content {
    bool exists;
    unsigned life;
    size_t size;
    uint8_t *data;
};

struct file {
    char *name; /* NULL: no file here */
    struct content durable;
    struct content now;
};

struct crash_disk {
    struct file files[FILES_MAX];
    struct change *changes; /* not synced, oldest first */
    size_t count;
    unsigned lives;
};

struct handle {
    sqlite3_file base;
    unsigned file;
    bool temporary;
    void *shared[SHARED_MAX]; /* goes with the connection, as when the last process unmaps it */
};

static struct crash_disk *disk;
static sqlite3_vfs *under;
static void (*watcher)(void *context, const char *what);
static void *watcher_context;
static enum crash_fault fault_kind;
static unsigned fault_at;
static unsigned calls;
static bool fault_lasts;

static void *must(void *memory) {
    if (memory == NULL)
        abort();
    return memory;
}

static void *clone(const void *data, size_t size) {
    void *made = must(malloc(size + 1));
    if (size > 0)
        memcpy(made, data, size);
    return made;
}

/* ---- what changes do ---- */

static void resize(struct content *content, size_t size) {
    content->data = must(realloc(content->data, size + 1));
    if (size > content->size)
        memset(content->data + content->size, 0, size - content->size);
    content->size = size;
}

static void apply(struct content *content, const struct change *change, size_t from, size_t to) {
    if (change->kind == CREATE) {
        content->exists = true;
        content->life = change->life;
        resize(content, 0);
    }
    if (!content->exists || content->life != change->life)
        return;
    if (change->kind == DELETE)
        content->exists = false;
    if (change->kind == TRUNCATE)
        resize(content, change->at);
    if (change->kind != WRITE || from >= to)
        return;
    if (change->at + to > content->size)
        resize(content, change->at + to);
    memcpy(content->data + change->at + from, change->data + from, to - from);
}

static void make(enum change_kind kind, unsigned file, size_t at, const void *data, size_t size) {
    struct change change = {.kind = kind, .file = file, .life = disk->files[file].now.life, .at = at, .size = size};
    if (kind == CREATE)
        change.life = ++disk->lives;
    if (kind == WRITE)
        change.data = clone(data, size);
    apply(&disk->files[file].now, &change, 0, size);
    disk->changes = must(realloc(disk->changes, (disk->count + 1) * sizeof *disk->changes));
    disk->changes[disk->count++] = change;
}

static void make_durable(unsigned file) {
    size_t left = 0;
    for (size_t i = 0; i < disk->count; i++) {
        struct change *change = &disk->changes[i];
        if (change->file != file) {
            disk->changes[left++] = *change;
            continue;
        }
        apply(&disk->files[file].durable, change, 0, change->size);
        free(change->data);
    }
    disk->count = left;
}

/* ---- disks ---- */

const struct crash_disk *crash_disk_now(void) {
    return disk;
}

struct crash_disk *crash_disk_copy(const struct crash_disk *from) {
    struct crash_disk *made = must(calloc(1, sizeof *made));
    if (from == NULL)
        return made;
    *made = *from;
    for (size_t i = 0; i < FILES_MAX; i++) {
        const struct file *file = &from->files[i];
        if (file->name == NULL)
            continue;
        made->files[i].name = clone(file->name, strlen(file->name) + 1);
        made->files[i].durable.data = clone(file->durable.data, file->durable.size);
        made->files[i].now.data = clone(file->now.data, file->now.size);
    }
    made->changes = clone(from->changes, from->count * sizeof *from->changes);
    for (size_t i = 0; i < from->count; i++)
        if (from->changes[i].data != NULL)
            made->changes[i].data = clone(from->changes[i].data, from->changes[i].size);
    return made;
}

static void free_changes(struct crash_disk *of) {
    for (size_t i = 0; i < of->count; i++)
        free(of->changes[i].data);
    free(of->changes);
    of->changes = NULL;
    of->count = 0;
}

void crash_disk_free(struct crash_disk **freed) {
    if (*freed == NULL)
        return;
    free_changes(*freed);
    for (size_t i = 0; i < FILES_MAX; i++) {
        free((*freed)->files[i].name);
        free((*freed)->files[i].durable.data);
        free((*freed)->files[i].now.data);
    }
    free(*freed);
    *freed = NULL;
}

void crash_disk_use(const struct crash_disk *used) {
    struct crash_disk *made = crash_disk_copy(used);
    crash_disk_free(&disk);
    disk = made;
}

size_t crash_disk_pending(const struct crash_disk *of) {
    return of->count;
}

static unsigned lot(size_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % 8;
}

/* How much of a change is there after the cut: from..to of its bytes; nothing where from is above to. */
static void fate_of(enum crash_fate fate, size_t i, size_t n, size_t *chance, size_t *from, size_t *to) {
    size_t half = *to / 2;
    bool kept = fate == CRASH_KEPT || (fate == CRASH_DROP && i != n) || (fate == CRASH_ONLY && i == n) ||
                ((fate == CRASH_PREFIX || fate == CRASH_HEAD || fate == CRASH_TAIL) && i < n);
    bool head = fate == CRASH_HEAD && i == n;
    bool tail = fate == CRASH_TAIL && i == n;
    if (fate == CRASH_CHANCE) {
        unsigned drawn = lot(chance);
        kept = drawn < 4;
        head = drawn == 4;
        tail = drawn == 5;
    }
    if (head)
        *to = half;
    else if (tail)
        *from = half;
    else if (!kept)
        *from = SIZE_MAX;
}

void crash_disk_cut(struct crash_disk *cut, enum crash_fate fate, size_t n) {
    size_t chance = n * 2654435761u + 1;
    for (size_t i = 0; i < cut->count; i++) {
        struct change *change = &cut->changes[i];
        size_t from = 0;
        size_t to = change->size;
        fate_of(fate, i, n, &chance, &from, &to);
        /* What has no bytes cannot be halved: its half is not there. */
        if (from != SIZE_MAX && (change->kind == WRITE || (from == 0 && to == change->size && fate != CRASH_HEAD)))
            apply(&cut->files[change->file].durable, change, from, to);
    }
    free_changes(cut);
    for (size_t i = 0; i < FILES_MAX; i++) {
        struct file *file = &cut->files[i];
        if (file->name == NULL)
            continue;
        free(file->now.data);
        file->now = file->durable;
        file->now.data = clone(file->durable.data, file->durable.size);
    }
}

/* ---- faults and the watcher ---- */

void crash_vfs_watch(void (*before)(void *context, const char *what), void *context) {
    watcher = before;
    watcher_context = context;
}

void crash_vfs_arm(enum crash_fault fault, unsigned call, bool lasting) {
    fault_kind = fault;
    fault_at = call;
    fault_lasts = lasting;
    calls = 0;
}

unsigned crash_vfs_calls(void) {
    return calls;
}

static bool fails(bool needs_room) {
    if (fault_kind == CRASH_DISK_FULL && !needs_room)
        return false;
    calls++;
    return fault_at != 0 && (calls == fault_at || (fault_lasts && calls > fault_at));
}

static void tell(const char *what) {
    if (watcher != NULL)
        watcher(watcher_context, what);
}

/* ---- files ---- */

static unsigned number_of(sqlite3_file *base) {
    return ((struct handle *)(void *)base)->file;
}

static struct content *content_of(sqlite3_file *base) {
    return &disk->files[number_of(base)].now;
}

static int file_close(sqlite3_file *base) {
    if (((struct handle *)(void *)base)->temporary)
        make(DELETE, number_of(base), 0, NULL, 0);
    return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *data, int size, sqlite3_int64 at) {
    const struct content *content = content_of(base);
    size_t wanted = (size_t)size;
    size_t start = (size_t)at;
    if (fails(false))
        return SQLITE_IOERR_READ;
    size_t there = start >= content->size ? 0 : content->size - start;
    if (there > wanted)
        there = wanted;
    if (there > 0)
        memcpy(data, content->data + start, there);
    memset((uint8_t *)data + there, 0, wanted - there);
    return there == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *base, const void *data, int size, sqlite3_int64 at) {
    tell("write");
    if (fails(true)) {
        make(WRITE, number_of(base), (size_t)at, data, (size_t)size / 2);
        return fault_kind == CRASH_DISK_FULL ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    }
    make(WRITE, number_of(base), (size_t)at, data, (size_t)size);
    return SQLITE_OK;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size) {
    tell("truncate");
    if (fails(true))
        return fault_kind == CRASH_DISK_FULL ? SQLITE_FULL : SQLITE_IOERR_TRUNCATE;
    make(TRUNCATE, number_of(base), (size_t)size, NULL, 0);
    return SQLITE_OK;
}

static int file_sync(sqlite3_file *base, int flags) {
    (void)flags;
    tell("sync");
    if (fails(false))
        return SQLITE_IOERR_FSYNC;
    make_durable(number_of(base));
    return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *size) {
    if (fails(false))
        return SQLITE_IOERR_FSTAT;
    *size = (sqlite3_int64)content_of(base)->size;
    return SQLITE_OK;
}

static int file_lock(sqlite3_file *base, int level) {
    (void)base;
    (void)level;
    return SQLITE_OK;
}

static int file_reserved(sqlite3_file *base, int *reserved) {
    (void)base;
    *reserved = 0;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int operation, void *argument) {
    (void)base;
    (void)operation;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *base) {
    (void)base;
    return 4096;
}

/* As the system's own VFS promises it by default. */
static int file_traits(sqlite3_file *base) {
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int shm_map(sqlite3_file *base, int page, int size, int extend, void volatile **data) {
    void **shared = ((struct handle *)(void *)base)->shared;
    if (page < 0 || page >= SHARED_MAX)
        return SQLITE_IOERR_SHMMAP;
    if (fails(false))
        return SQLITE_IOERR_SHMMAP;
    if (shared[page] == NULL && extend)
        shared[page] = must(calloc(1, (size_t)size));
    *data = shared[page];
    return SQLITE_OK;
}

static int shm_lock(sqlite3_file *base, int offset, int count, int flags) {
    (void)base;
    (void)offset;
    (void)count;
    (void)flags;
    return SQLITE_OK;
}

static void shm_barrier(sqlite3_file *base) {
    (void)base;
}

static int shm_unmap(sqlite3_file *base, int removing) {
    void **shared = ((struct handle *)(void *)base)->shared;
    (void)removing;
    for (size_t i = 0; i < SHARED_MAX; i++) {
        free(shared[i]);
        shared[i] = NULL;
    }
    return SQLITE_OK;
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
    .xUnlock = file_lock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

/* ---- names ---- */

/* A file that lies on the system's disk comes from there, durable. */
static void import(struct file *file) {
    FILE *stream = fopen(file->name, "rb");
    uint8_t bytes[4096];
    size_t got;
    if (stream == NULL)
        return;
    file->durable.exists = file->now.exists = true;
    while ((got = fread(bytes, 1, sizeof bytes, stream)) > 0) {
        size_t at = file->now.size;
        resize(&file->now, at + got);
        memcpy(file->now.data + at, bytes, got);
    }
    (void)fclose(stream);
    free(file->durable.data);
    file->durable = file->now;
    file->durable.data = clone(file->now.data, file->now.size);
}

static unsigned find(const char *name) {
    unsigned empty = FILES_MAX;
    for (unsigned i = 0; i < FILES_MAX; i++) {
        if (disk->files[i].name != NULL && strcmp(disk->files[i].name, name) == 0)
            return i;
        if (disk->files[i].name == NULL && empty == FILES_MAX)
            empty = i;
    }
    if (empty == FILES_MAX)
        abort();
    disk->files[empty].name = clone(name, strlen(name) + 1);
    import(&disk->files[empty]);
    return empty;
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags, int *out_flags) {
    struct handle *handle = (struct handle *)(void *)base;
    (void)vfs;
    memset(handle, 0, sizeof *handle);
    if (fails(false))
        return SQLITE_CANTOPEN;
    handle->temporary = name == NULL;
    handle->file = find(name == NULL ? "temporary" : name);
    if (!disk->files[handle->file].now.exists) {
        if (!(flags & SQLITE_OPEN_CREATE))
            return SQLITE_CANTOPEN;
        make(CREATE, handle->file, 0, NULL, 0);
    }
    handle->base.pMethods = &methods;
    if (out_flags != NULL)
        *out_flags = flags;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync) {
    unsigned file = find(name);
    (void)vfs;
    tell("delete");
    if (fails(false))
        return SQLITE_IOERR_DELETE;
    if (!disk->files[file].now.exists)
        return SQLITE_IOERR_DELETE_NOENT;
    make(DELETE, file, 0, NULL, 0);
    if (sync)
        make_durable(file);
    return SQLITE_OK;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *yes) {
    const struct content *content = &disk->files[find(name)].now;
    (void)vfs;
    if (fails(false))
        return SQLITE_IOERR_ACCESS;
    /* An empty file is none, as the system's own VFS has it. */
    *yes = content->exists && (flags != SQLITE_ACCESS_EXISTS || content->size > 0);
    return SQLITE_OK;
}

int crash_vfs_register(void) {
    static sqlite3_vfs vfs;
    under = sqlite3_vfs_find(NULL);
    if (under == NULL)
        return SQLITE_ERROR;
    vfs = *under;
    vfs.iVersion = 2;
    vfs.zName = CRASH_VFS;
    vfs.pNext = NULL;
    vfs.szOsFile = (int)sizeof(struct handle);
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    vfs.xAccess = vfs_access;
    crash_disk_use(NULL);
    return sqlite3_vfs_register(&vfs, 0);
}
