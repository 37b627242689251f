/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_BASE_FAULT_VFS_H
#define SBK_TESTS_BASE_FAULT_VFS_H

/*
 * An SQLite VFS over the system's own in which one call that changes something (open, write, sync, truncate, delete)
 * fails, and all later ones with it if the fault is lasting (a disk that is full stays full).
 */
#define FAULT_VFS "sembako-fault"

/* Registers it once. Returns SQLite's code. */
int fault_vfs_register(void);

/* From now on the call-th call fails with SQLite's code (SQLITE_FULL, SQLITE_IOERR_WRITE...); 0: none does. */
void fault_vfs_arm(int call, int code, int lasting);

/* How many such calls there were since. */
int fault_vfs_calls(void);

#endif
