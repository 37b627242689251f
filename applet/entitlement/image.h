/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_ENTITLEMENT_IMAGE_H
#define SBK_ENTITLEMENT_IMAGE_H

#include "applet/host/image.h"

/*
 * The applet's area of the image. Pages that a transaction changes are written through the journal only; slots and
 * ring places are staged without it while nothing points at them. What changes at different times stands in different
 * pages, so that a debit never rewrites what only the bureau or a registrar writes.
 */

/* Page 32: what every commit moves on. */
#define SBK_AREA_HEAD (SBK_IMAGE_APPLET + 0x0000)
#define SBK_HEAD_STATE 0        /* 00 never activated, 02 active, 04 ended */
#define SBK_HEAD_IDENTITY 1     /* slot in force: 1, 2; 0: none yet */
#define SBK_HEAD_MANDATE 2      /* the same */
#define SBK_HEAD_FLOOR 3        /* u16, day */
#define SBK_HEAD_COUNTER 5      /* u32, of the last entry */
#define SBK_HEAD_STOPPED 9      /* u32, highest mandate number named by a stop notice */
#define SBK_HEAD_EPOCH 13       /* u32, newest PIN reset delivered */
#define SBK_HEAD_DONE 17        /* u32, newest PIN reset carried out */
#define SBK_HEAD_CERTIFICATE 21 /* slot of the card certificate in force: 0 or 1 */
#define SBK_HEAD_LAST 32        /* 32 bytes, hash of the last entry */

/* Page 33: the alias, zeros while there is none. */
#define SBK_AREA_ALIAS (SBK_IMAGE_APPLET + 0x0040)

/* Pages 34-35: purses by slot, 16 bytes each: grant u16 (0: unused), window u8, spent u24, credit u24. */
#define SBK_AREA_PURSES (SBK_IMAGE_APPLET + 0x0080)
#define SBK_PURSE_STRIDE 16
#define SBK_PURSE_STORED 9

/* Page 36: tries left, holder's at 0, alternate's at 1. */
#define SBK_AREA_TRIES (SBK_IMAGE_APPLET + 0x0100)

/* Pages 37 and 38: holder's and alternate's PIN. */
#define SBK_AREA_PINS (SBK_IMAGE_APPLET + 0x0140)
#define SBK_PIN_SET 0   /* 01: there is one */
#define SBK_PIN_SALT 16 /* 16 bytes */
#define SBK_PIN_HASH 32 /* 32 bytes: SHA-256 of salt, size, eight digits padded with 00 */

/* Pages 40-43 and 60-63: two slots for the card certificate; counts once the state is active. */
#define SBK_AREA_CERTIFICATE (SBK_IMAGE_APPLET + 0x0200)
#define SBK_CERTIFICATE_STRIDE 0x500
#define SBK_CARD_CERTIFICATE_SIZE 218

/* Pages 44-51 and 52-59: two slots each for the identity record and the mandate, with their signatures. */
#define SBK_AREA_IDENTITY (SBK_IMAGE_APPLET + 0x0300)
#define SBK_AREA_MANDATE (SBK_IMAGE_APPLET + 0x0500)
#define SBK_SLOT_SIZE 0x100

/* Pages 64-131: the ring; entry n stands at place n mod 17: body and signature, 246 of 256 bytes. */
#define SBK_AREA_RING (SBK_IMAGE_APPLET + 0x0800)
#define SBK_RING_PLACES (SBK_RING_SIZE + 1)
#define SBK_RING_STRIDE 0x100
#define SBK_ENTRY_STORED (SBK_ENTRY_SIZE + SBK_SIGNATURE_SIZE)

#endif
