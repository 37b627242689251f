/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PORT_CORTEX_M0_ROM_H
#define SBK_PORT_CORTEX_M0_ROM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the chip's ROM gives beside crypto; chip.ld has the addresses. */

/* Waits for one command APDU. Returns its size, 0 after a reset by the reader, more than room never. */
size_t rom_link_receive(uint8_t *command, size_t room);
void rom_link_send(const uint8_t *response, size_t size);
/* Erases and programs one page of the non-volatile memory at its address; returns when it is done. */
bool rom_nvm_program(const uint8_t *page, const uint8_t *bytes, size_t size);
bool rom_random(uint8_t *out, size_t size);

#endif
