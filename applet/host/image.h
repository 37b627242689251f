/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_HOST_IMAGE_H
#define SBK_HOST_IMAGE_H

#include "applet/port/port.h"
#include "schema/apdu.h"

/*
 * The image: what stands where in the card's non-volatile memory. Byte offsets; every area begins on a page border.
 * schema/card-specification.md has the same table. Erased memory is all zero. Integers are big-endian.
 */
#define SBK_IMAGE_MAGIC "SEMBAKO\x1A"
#define SBK_IMAGE_MAGIC_SIZE 8
#define SBK_IMAGE_FORMAT 1
#define SBK_IMAGE_PAGES 160
#define SBK_IMAGE_SIZE (SBK_IMAGE_PAGES * SBK_PAGE_SIZE) /* 10240 */

/* Page 0: header, written once when the chip or the file is made. */
#define SBK_IMAGE_HEADER 0x0000
#define SBK_IMAGE_HEADER_FORMAT 8  /* 2 bytes */
#define SBK_IMAGE_HEADER_PAGES 10  /* 2 bytes */
#define SBK_IMAGE_HEADER_SERIAL 12 /* SBK_SERIAL_SIZE */

/* Page 1: life cycle and transport keys; one page, so that closing takes both in one image. */
#define SBK_IMAGE_LIFE 0x0040
#define SBK_IMAGE_LIFE_STATE 0 /* GlobalPlatform: SBK_LIFE_ */
#define SBK_IMAGE_LIFE_KVN 1   /* of the transport keys; 0: there are none */
#define SBK_IMAGE_LIFE_TRIES 2 /* left for the host cryptogram */
#define SBK_IMAGE_LIFE_KEYS 16 /* ENC, MAC, DEK, 16 bytes each */
#define SBK_LIFE_INITIALIZED 0x07
#define SBK_LIFE_SECURED 0x0F
#define SBK_LIFE_TRIES 10

/* Pages 2-4: roots, one page each for head, current key and previous key. */
#define SBK_IMAGE_ROOTS 0x0080
#define SBK_IMAGE_ROOTS_GENERATION 0 /* of the current root; 0: none yet */
#define SBK_IMAGE_ROOTS_PREVIOUS 1   /* generation of the previous root; 0: none, or it counts no more */
#define SBK_IMAGE_ROOTS_UNTIL 2      /* 2 bytes: last day on which the previous root counts */
#define SBK_IMAGE_ROOTS_NEXT_SET 4   /* 01: the hash of the next root is there */
#define SBK_IMAGE_ROOTS_NEXT 8       /* 32 bytes: SHA-256 of 04||X||Y of the next root */
#define SBK_IMAGE_ROOTS_CURRENT_KEY 64
#define SBK_IMAGE_ROOTS_PREVIOUS_KEY 128

/* Pages 5-6 and 7-8: the card's key pairs. */
#define SBK_IMAGE_AGREEMENT 0x0140
#define SBK_IMAGE_SIGNING 0x01C0
#define SBK_IMAGE_PAIR_KVN 0      /* 0: no key */
#define SBK_IMAGE_PAIR_PRIVATE 16 /* 32 bytes; never leaves */
#define SBK_IMAGE_PAIR_PUBLIC 64  /* X||Y */

/* Pages 9-12: the trust cache. */
#define SBK_IMAGE_CACHE 0x0240
#define SBK_IMAGE_CACHE_GENERATION 0 /* of the station CA; 0: empty */
#define SBK_IMAGE_CACHE_ROOT 1       /* generation of the root that signed it */
#define SBK_IMAGE_CACHE_EXPIRY 2     /* 2 bytes */
#define SBK_IMAGE_CACHE_NEXT 4       /* leaf slot that is overwritten next, 0..3 */
#define SBK_IMAGE_CACHE_LEAVES 5     /* leaf slots in use */
#define SBK_IMAGE_CACHE_ROLE 6
#define SBK_IMAGE_CACHE_HASH 8 /* 32 bytes: SHA-256 of the CA's whole certificate */
#define SBK_IMAGE_CACHE_HEAD 40
#define SBK_IMAGE_CACHE_KEY 64   /* X||Y of the CA */
#define SBK_IMAGE_CACHE_LEAF 128 /* SBK_CACHE_LEAVES hashes of 32 bytes */
#define SBK_CACHE_LEAVES 4

/* Pages 14-22: the journal: guard, marker, then SBK_MEMORY_PAGES_MAX page images. */
#define SBK_IMAGE_JOURNAL 0x0380
#define SBK_JOURNAL_HEAD_PAGES 2

/* Pages 24-27: the closing statement with its signature; counts once the life cycle is SECURED. */
#define SBK_IMAGE_STATEMENT 0x0600

/* Pages 32-159: the entitlement applet's area, with its own map (applet/entitlement/image.h). */
#define SBK_IMAGE_APPLET 0x0800
#define SBK_IMAGE_APPLET_SIZE 0x2000

#endif
