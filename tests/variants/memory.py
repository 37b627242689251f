# SPDX-License-Identifier: Apache-2.0
"""Cards whose memory is torn the wrong way: the order of commits, and what is compared before it is written."""
from variant import Variant, line


def torn(name, file, old, new, breaks="promise 3"):
    return Variant(name, breaks, file, old, new, "faults/tears", "", quick=False)


VARIANTS = [
    torn("no_guard", "applet/host/memory.c",
         line("if (state == STATE_IDLE)") + line("return true;", 2) + line("if (state != STATE_DECIDED) {"),
         line("if (state != STATE_COMMITTED) {")),
    torn("marker_not_decided_first", "applet/host/memory.c",
         line("else if (!marker_write(memory, GUARD_PAGE, STATE_DECIDED))", 2) + line("return false;", 3), ""),
    torn("no_recovery", "applet/host/memory.c", line("bool good = recover(memory);"), line("bool good = true;")),
    torn("commit_order", "applet/host/memory.c",
         "marker_write(memory, GUARD_PAGE, STATE_PREPARED) &&\n"
         "               marker_write(memory, MARKER_PAGE, STATE_COMMITTED) && finish(memory);",
         "finish(memory) && marker_write(memory, GUARD_PAGE, STATE_PREPARED) &&\n"
         "               marker_write(memory, MARKER_PAGE, STATE_COMMITTED) && finish(memory);"),
    torn("pin_before_counter", "applet/entitlement/pin.c",
         line("if (tries == 0)") + line("return SBK_SW_BLOCKED;", 2),
         line("if (tries == 0)") + line("return SBK_SW_BLOCKED;", 2)
         + line("(void)sbk_memory_read(memory, page_of(person), page, sizeof(page));")
         + line("hash_pin(page + SBK_PIN_SALT, pin, hash);")
         + line("if (!sbk_equal(hash, page + SBK_PIN_HASH, SBK_HASH_SIZE))")
         + line("return (uint16_t)(SBK_SW_PIN_WRONG | tries);", 2), "PIN exhaustion through tears"),
    torn("counter_not_read_back", "applet/entitlement/pin.c",
         " || sbk_pin_tries(card, person) != tries || memory->broken)", ")", "PIN exhaustion through tears"),
    torn("ring_of_16_places", "applet/entitlement/image.h", "#define SBK_RING_PLACES (SBK_RING_SIZE + 1)",
         "#define SBK_RING_PLACES SBK_RING_SIZE"),
    torn("mandate_over_live_slot", "applet/entitlement/cmd_deliver_mandate.c", "sbk_store_other(call->head.mandate)",
         "call->head.mandate"),
    torn("flip_before_staging", "applet/entitlement/chain.c",
         line("if (!sbk_memory_stage(sbk_card_memory(card), place(counter), entry, SBK_ENTRY_STORED))"),
         line("struct sbk_head early = *head;") + line("early.counter = counter;")
         + line("memcpy(early.last, hash, SBK_HASH_SIZE);") + line("sbk_memory_begin(sbk_card_memory(card));")
         + line("if (!sbk_chain_commit(card, &early))") + line("return false;", 2)
         + line("if (!sbk_memory_stage(sbk_card_memory(card), place(counter), entry, SBK_ENTRY_STORED))")),
    torn("spent_outside_transaction", "applet/entitlement/spending.c",
         line("sbk_store_write_spent(call->card, item->slot, &item->spent);", 2),
         line("sbk_store_write_spent(call->card, item->slot, &item->spent);", 2)
         + line("(void)sbk_memory_commit(sbk_card_memory(call->card));")
         + line("sbk_memory_begin(sbk_card_memory(call->card));")),
    torn("link_in_two_transactions", "applet/host/link.c",
         line("if (link->old_until == 0)") + line("memset(old, 0, sizeof old);", 2),
         line("if (!sbk_memory_commit(memory))") + line("return false;", 2) + line("sbk_memory_begin(memory);")
         + line("if (link->old_until == 0)") + line("memset(old, 0, sizeof old);", 2)),
    torn("cryptogram_before_counter", "applet/host/scp03.c",
         line("if (!write_tries(card, (uint8_t)(tries - 1)))") + line("return SBK_SW_MEMORY;", 2),
         line("sbk_scp03_derive(card->messaging.mac, CONSTANT_HOST_CRYPTOGRAM, card->cryptogram_context, expected, 8);")
         + line("if (sbk_equal(expected, cryptogram, 8))") + line("return SBK_SW_OK;", 2)
         + line("if (!write_tries(card, (uint8_t)(tries - 1)))") + line("return SBK_SW_MEMORY;", 2),
         "PIN exhaustion through tears"),
]
