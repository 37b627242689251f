/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_FAULTS_CRASH_VFS_H
#define SBK_TESTS_FAULTS_CRASH_VFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * An SQLite VFS whose files live in memory, on a disk that knows what was synced and what was not. A disk may be copied
 * at any moment (a snapshot), and a copy may lose its power: what was not synced then has one of the fates below. A
 * file that is not on the disk yet but on the system's is taken from there at its first opening, as durable. One
 * connection to a file at a time.
 */
#define CRASH_VFS "sembako-crash"

int crash_vfs_register(void);

struct crash_disk;

/* The disk in use; owned by the VFS. */
const struct crash_disk *crash_disk_now(void);
/* A copy, for the caller to free. */
struct crash_disk *crash_disk_copy(const struct crash_disk *disk);
void crash_disk_free(struct crash_disk **disk);
/* From now on a copy of this disk is in use (NULL: an empty one). No file may be open. */
void crash_disk_use(const struct crash_disk *disk);

/* Changes that no sync made durable, over all files in the order in which they were made. */
size_t crash_disk_pending(const struct crash_disk *disk);

enum crash_fate {
    CRASH_KEPT,   /* the process was killed, the machine goes on: all changes are there */
    CRASH_LOST,   /* power cut: none is */
    CRASH_PREFIX, /* those before number n are */
    CRASH_DROP,   /* all but number n are */
    CRASH_ONLY,   /* number n alone is */
    CRASH_HEAD,   /* those before n and the first half of n are */
    CRASH_TAIL,   /* those before n and the second half of n are */
    CRASH_CHANCE, /* each by lot: kept, lost or half; n is the seed */
};
#define CRASH_FATES 8
/* Cuts the power of a disk that is not in use: every change meets its fate and what is left is durable. */
void crash_disk_cut(struct crash_disk *disk, enum crash_fate fate, size_t n);

/* Called before every change (write, truncate, sync, delete) with what it is; NULL: nobody. */
void crash_vfs_watch(void (*before)(void *context, const char *what), void *context);

enum crash_fault {
    CRASH_IO_ERROR,  /* the call-th call of any kind, reads and opens included, fails */
    CRASH_DISK_FULL, /* the call-th write or truncation finds no room, after half of it */
};
/* From now on the call-th such call fails, and all later ones with it if the fault is lasting; call 0: none does. */
void crash_vfs_arm(enum crash_fault fault, unsigned call, bool lasting);
/* How many such calls there were since. */
unsigned crash_vfs_calls(void);

#endif
