/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_FAULTS_STATION_RIG_H
#define SBK_TESTS_FAULTS_STATION_RIG_H

#include "applet/host/image.h"
#include "base/buffer.h"
#include "reader/transport.h"
#include "tests/faults/crash_vfs.h"

struct sbk_station;
struct sbk_key;

/* The stations and the card of one process: a card in RAM on a transport of function calls, stations whose databases
 * lie on the crash disk. The card's header and the reader's are never included by one file. */
struct rig_card;
struct rig {
    struct rig_card *card;
    struct sbk_transport transport;
    void (*before_apdu)(void *context, const char *what); /* before and after each */
    void *context;
};

void rig_open(struct rig *rig);
void rig_close(struct rig *rig);
#define RIG_IMAGE_SIZE SBK_IMAGE_SIZE
/* The card's memory, to be read and set; after setting, rig_tap. */
uint8_t *rig_image(struct rig *rig);
/* A blank card with these transport keys (ENC, MAC, DEK), as it comes from the factory; then rig_tap. */
bool rig_make(struct rig *rig, const uint8_t serial[10], const uint8_t keys[48]);
/* The card is taken away and comes back. */
void rig_tap(struct rig *rig);

#endif
