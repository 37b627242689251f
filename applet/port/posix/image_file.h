/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PORT_POSIX_IMAGE_FILE_H
#define SBK_PORT_POSIX_IMAGE_FILE_H

#include "applet/port/port.h"
#include "schema/apdu.h"

/*
 * A card's memory in a file of SBK_IMAGE_SIZE bytes, and random bytes from the system. A page write is one pwrite: a
 * process killed at any moment leaves a file that the journal of host/memory.h recovers. (Nothing is synced: a crash of
 * the whole machine may lose a virtual card.) The file is locked against a second process.
 */
struct sbk_image_file {
    int file;          /* -1: none open */
    int random;        /* /dev/urandom */
    char problem[400]; /* why the last open failed, English, without newline */
    struct sbk_port port;
};

void sbk_image_file_init(struct sbk_image_file *image);

/*
 * Opens the image at path. If there is no such file, a blank card is made: random serial, transport keys diversified
 * from the master key. The file appears whole or not at all, mode 0600. A file of another format is left alone and
 * refused. False: problem says why.
 */
bool sbk_image_file_open(struct sbk_image_file *image, const char *path, const uint8_t master[16]);
void sbk_image_file_close(struct sbk_image_file *image);

/*
 * Transport keys of one card: K = AES-CMAC(master, x || serial), x = 01 ENC, 02 MAC, 03 DEK; 16 bytes each. The serial
 * is the diversification data of INITIALIZE UPDATE.
 */
void sbk_transport_keys(const uint8_t master[16], const uint8_t serial[SBK_SERIAL_SIZE], uint8_t keys[48]);

#endif
