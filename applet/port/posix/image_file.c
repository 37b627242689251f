/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/port/posix/image_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applet/host/card.h"
#include "applet/host/image.h"

static bool file_read(void *context, uint32_t offset, uint8_t *out, size_t size) {
    struct sbk_image_file *image = context;
    while (size > 0) {
        ssize_t part = pread(image->file, out, size, (off_t)offset);
        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0)
            return false;
        out += part;
        offset += (uint32_t)part;
        size -= (size_t)part;
    }
    return true;
}

static bool file_write(void *context, uint16_t page, const uint8_t bytes[SBK_PAGE_SIZE]) {
    struct sbk_image_file *image = context;
    ssize_t done;
    do
        done = pwrite(image->file, bytes, SBK_PAGE_SIZE, (off_t)page * SBK_PAGE_SIZE);
    while (done < 0 && errno == EINTR);
    return done == SBK_PAGE_SIZE;
}

static bool file_random(void *context, uint8_t *out, size_t size) {
    struct sbk_image_file *image = context;
    while (size > 0) {
        ssize_t part = read(image->random, out, size);
        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0)
            return false;
        out += part;
        size -= (size_t)part;
    }
    return true;
}

void sbk_image_file_init(struct sbk_image_file *image) {
    memset(image, 0, sizeof *image);
    image->file = -1;
    image->random = -1;
    image->port.context = image;
    image->port.read = file_read;
    image->port.write = file_write;
    image->port.random = file_random;
}

__attribute__((format(printf, 2, 3))) static bool problem(struct sbk_image_file *image, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(image->problem, sizeof image->problem, format, arguments);
    va_end(arguments);
    return false;
}

void sbk_transport_keys(const uint8_t master[16], const uint8_t serial[SBK_SERIAL_SIZE], uint8_t keys[48]) {
    uint8_t input[1 + SBK_SERIAL_SIZE];
    memcpy(input + 1, serial, SBK_SERIAL_SIZE);
    for (uint8_t i = 0; i < 3; i++) {
        input[0] = (uint8_t)(i + 1);
        sbk_cmac(master, input, sizeof input, keys + 16 * i);
    }
}

/* Fills image->file, a new empty file, with a blank card. */
static bool fill(struct sbk_image_file *image, const uint8_t master[16]) {
    uint8_t serial[SBK_SERIAL_SIZE];
    uint8_t keys[48];
    if (ftruncate(image->file, SBK_IMAGE_SIZE) != 0 || !file_random(image, serial, sizeof serial))
        return false;
    sbk_transport_keys(master, serial, keys);
    bool good = sbk_card_manufacture(&image->port, serial, keys);
    sbk_port_wipe(keys, sizeof keys);
    return good && fsync(image->file) == 0;
}

/* Makes the card beside its place and links it there: whole, and never over a file that came meanwhile. */
static bool create(struct sbk_image_file *image, const char *path, const uint8_t master[16]) {
    char beside[4096];
    int size = snprintf(beside, sizeof beside, "%s.new-%ld", path, (long)getpid());
    if (size < 0 || (size_t)size >= sizeof beside)
        return problem(image, "%s: the path is too long", path);
    image->file = open(beside, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (image->file < 0)
        return problem(image, "%s: cannot make the card image: %s", path, strerror(errno));
    bool good = fill(image, master) && link(beside, path) == 0;
    if (!good)
        problem(image, "%s: cannot make the card image: %s", path, strerror(errno));
    unlink(beside);
    return good;
}

static bool lock(struct sbk_image_file *image, const char *path) {
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(image->file, F_SETLK, &whole) == 0)
        return true;
    if (errno == EACCES || errno == EAGAIN)
        return problem(image, "%s: another sembako-card uses this image; end it first", path);
    return problem(image, "%s: cannot lock: %s", path, strerror(errno));
}

static bool check(struct sbk_image_file *image, const char *path) {
    uint8_t header[SBK_IMAGE_HEADER_SERIAL];
    struct stat status;
    if (fstat(image->file, &status) != 0)
        return problem(image, "%s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode) || status.st_size != SBK_IMAGE_SIZE || !file_read(image, 0, header, sizeof header) ||
        memcmp(header, SBK_IMAGE_MAGIC, SBK_IMAGE_MAGIC_SIZE) != 0)
        return problem(image, "%s: this is no card image; it was left as it is. Name another file", path);
    if (header[SBK_IMAGE_HEADER_FORMAT] != 0 || header[SBK_IMAGE_HEADER_FORMAT + 1] != SBK_IMAGE_FORMAT)
        return problem(image,
            "%s: a card image of format %d, this program knows %d; it was left as it is. Use the program that made it",
            path, header[SBK_IMAGE_HEADER_FORMAT] << 8 | header[SBK_IMAGE_HEADER_FORMAT + 1], SBK_IMAGE_FORMAT);
    return true;
}

bool sbk_image_file_open(struct sbk_image_file *image, const char *path, const uint8_t master[16]) {
    bool good = true;
    sbk_image_file_close(image);
    image->random = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    if (image->random < 0)
        return problem(image, "/dev/urandom: %s", strerror(errno));
    image->file = open(path, O_RDWR | O_CLOEXEC);
    if (image->file < 0 && errno == ENOENT)
        good = create(image, path, master);
    else if (image->file < 0)
        good = problem(image, "%s: cannot open the card image: %s", path, strerror(errno));
    good = good && lock(image, path) && check(image, path);
    if (!good)
        sbk_image_file_close(image);
    return good;
}

void sbk_image_file_close(struct sbk_image_file *image) {
    if (image->file >= 0)
        close(image->file);
    if (image->random >= 0)
        close(image->random);
    image->file = -1;
    image->random = -1;
}
