/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "applet/entitlement/entitlement.h"
#include "applet/host/image.h"
#include "applet/port/cortex-m0/rom.h"

/*
 * The card on a bare chip: memory is mapped where it is read, one buffer serves commands and responses, and the loop
 * ends only with the power. Everything that the card keeps in RAM is the three objects below and the stack.
 */
#define IO_SIZE (5 + 255 + 1)

static struct sbk_card card;
static struct sbk_entitlement card_entitlement;
static uint8_t card_io[IO_SIZE];

extern uint32_t data_start[];
extern uint32_t data_end[];
extern const uint32_t data_load[];
extern uint32_t bss_start[];
extern uint32_t bss_end[];
extern const uint8_t nvm_start[];
extern uint32_t stack_top[];

void card_reset(void);

static bool nvm_read(void *context, uint32_t offset, uint8_t *out, size_t size) {
    (void)context;
    memcpy(out, nvm_start + offset, size);
    return true;
}

static bool nvm_write(void *context, uint16_t page, const uint8_t bytes[SBK_PAGE_SIZE]) {
    (void)context;
    return rom_nvm_program(nvm_start + (uint32_t)page * SBK_PAGE_SIZE, bytes, SBK_PAGE_SIZE);
}

static bool random_bytes(void *context, uint8_t *out, size_t size) {
    (void)context;
    return rom_random(out, size);
}

static const struct sbk_port port = {.read = nvm_read, .write = nvm_write, .random = random_bytes};
static const struct sbk_applet_entry applets[] = {{&sbk_entitlement_applet, &card_entitlement}};

static void clear_memory(void) {
    const uint32_t *from = data_load;
    for (uint32_t *to = data_start; to < data_end; to++)
        *to = *from++;
    for (uint32_t *to = bss_start; to < bss_end; to++)
        *to = 0;
}

void card_reset(void) {
    clear_memory();
    sbk_card_init(&card, &port, applets, 1);
    sbk_card_power_on(&card);
    for (;;) {
        size_t size = rom_link_receive(card_io, sizeof card_io);
        if (size == 0) {
            sbk_card_power_on(&card);
            continue;
        }
        rom_link_send(card_io, sbk_card_process(&card, card_io, size, card_io, sizeof card_io));
    }
}

/* Initial stack pointer and reset vector (ARMv6-M B1.5.3); a fault starts the card anew. */
struct vectors {
    uint32_t *stack;
    void (*reset)(void);
    void (*nmi)(void);
    void (*hard_fault)(void);
};
__attribute__((section(".vectors"), used)) static const struct vectors vectors = {
    stack_top, card_reset, card_reset, card_reset};
