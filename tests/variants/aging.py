# SPDX-License-Identifier: Apache-2.0
"""Cards whose keys age wrongly: root links, the root before, the trust cache."""
from variant import Variant, line

LINK, TRUST, SCP11 = "applet/host/link.c", "applet/host/trust.c", "applet/host/scp11.c"


def aged(name, file, old, new, case):
    return Variant(name, "promise 10", file, old, new, "promises/card_10_keys_age", case)


def torn(name, file, old, new):
    return Variant(name, "promise 10", file, old, new, "faults/drills", "", quick=False)


VERIFIED = ("    if (!sbk_trust_signature(card, link->key, exchange->data, SBK_LINK_SIZE - SBK_SIGNATURE_SIZE,\n"
            "            exchange->data + SBK_LINK_SIZE - SBK_SIGNATURE_SIZE))\n        return SBK_SW_SIGNATURE;\n")
COMMITTED = (line("if (head[SBK_IMAGE_ROOTS_NEXT_SET] != 1 || !sbk_equal(hash, head + SBK_IMAGE_ROOTS_NEXT, SBK_HASH_SIZE))")
             + line("return SBK_SW_SIGNATURE;", 2))
CURRENT = line("uint8_t current[SBK_POINT_SIZE];") + line("(void)sbk_trust_root(card, generation, 0, current);")
OUTSIDE = "if (exchange->session != SBK_SESSION_NONE || !sbk_card_closed(card))"
ERASE_CACHE = line("sbk_memory_erase(memory, SBK_IMAGE_CACHE, 1);")
LINK_COMMIT = line("return sbk_memory_commit(memory);")
UNTIL = "generation == head[SBK_IMAGE_ROOTS_PREVIOUS] && day <= until &&"

VARIANTS = [
    # Who moves a card, and how far.
    aged("link_by_the_current_root", LINK, VERIFIED, CURRENT + VERIFIED.replace("if (!sbk", "if (!sbk_trust_signature(card, current, "
         "exchange->data, SBK_LINK_SIZE - SBK_SIGNATURE_SIZE,\n            exchange->data + SBK_LINK_SIZE - "
         "SBK_SIGNATURE_SIZE) &&\n        !sbk"), "a_stolen_root_cannot"),
    aged("link_of_the_current_root", LINK, COMMITTED, CURRENT + COMMITTED.replace("if (head", "if (memcmp(current, link->key, "
         "SBK_POINT_SIZE) != 0 && (head").replace("SBK_HASH_SIZE))\n", "SBK_HASH_SIZE)))\n"), "a_stolen_root_cannot"),
    aged("any_link_of_the_next_number", LINK, COMMITTED, line("(void)hash;"), "a_stolen_root_cannot"),
    aged("link_that_nobody_signed", LINK, VERIFIED, "", "a_stolen_root_cannot"),
    aged("generation_skipped", LINK, line("if (link->generation != generation + 1)") + line("return SBK_SW_REFERENCE;", 2), "",
         "no_generation_is_skipped"),
    aged("link_taken_again", LINK, line("if (link->generation <= generation)") + line("return SBK_SW_OLD_NUMBER;", 2),
         line("if (link->generation <= generation)") + line("return SBK_SW_OK;", 2), "in_sequence"),
    aged("next_hash_kept", LINK, line("memcpy(head + SBK_IMAGE_ROOTS_NEXT, link->next_hash, SBK_HASH_SIZE);"),
         line("(void)sbk_memory_read(memory, SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_NEXT, head + SBK_IMAGE_ROOTS_NEXT, SBK_HASH_SIZE);"),
         "brought_forward_in_one_tap"),
    aged("link_inside_a_channel", LINK, OUTSIDE, "if (!sbk_card_closed(card))", "before_any_channel"),
    aged("link_on_a_blank_card", LINK, OUTSIDE, "if (exchange->session != SBK_SESSION_NONE)", "before_any_channel"),
    aged("link_keeps_what_was_shown", LINK, line("memset(&card->chain, 0, sizeof card->chain);"), "",
         "a_link_forgets_what_was_shown"),

    # What the root before is still good for.
    aged("old_root_stays_after_a_compromise", LINK, line("if (link->old_until != 0) {"), line("if (true) {"),
         "never_after_a_compromise"),
    aged("old_root_without_end", TRUST, UNTIL, "generation == head[SBK_IMAGE_ROOTS_PREVIOUS] && until != 0 &&",
         "the_old_root_counts_until_its_day"),
    aged("old_root_a_day_less", TRUST, UNTIL, UNTIL.replace("<=", "<"), "the_old_root_counts_until_its_day"),
    aged("old_root_by_the_floor_only", TRUST, "if (!sbk_trust_root(card, chain->ca[SBK_IMAGE_CACHE_ROOT], day, root))",
         "if (!sbk_trust_root(card, chain->ca[SBK_IMAGE_CACHE_ROOT], floor, root))", "the_old_root_counts_until_its_day"),
    aged("any_root_that_was", TRUST, "generation == head[SBK_IMAGE_ROOTS_PREVIOUS] && day",
         "head[SBK_IMAGE_ROOTS_PREVIOUS] != 0 && day", "only_one_root_before"),
    aged("ca_outlives_its_expiry", TRUST, line("if (expiry_of(chain->ca) < day)") + line("return SBK_SW_EXPIRED;", 2), "",
         "checked_again_at_every_use"),
    aged("key_reference_ignored", TRUST, line("if (certificate.issuer_generation != generation)")
         + line("return SBK_SW_REFERENCE;", 2), "", "key_references"),

    # The trust cache.
    aged("cache_outlives_a_link", LINK, ERASE_CACHE, "", "cleared_by_links"),
    aged("cache_falls_only_after_a_compromise", LINK, ERASE_CACHE, line("if (link->old_until == 0)") + line(ERASE_CACHE.strip(), 2),
         "cleared_by_links"),
    aged("leaf_remembered_when_shown", SCP11, line("status = sbk_trust_chain_leaf(card, exchange->data, exchange->size);", 3),
         line("status = sbk_trust_chain_leaf(card, exchange->data, exchange->size);", 3)
         + line("if (status == SBK_SW_OK)", 2) + line("sbk_trust_remember(card);", 3), "showing_certificates_writes_nothing"),
    aged("new_ca_not_cached", TRUST, line("if (chain->stage != SBK_CHAIN_LEAF || chain->leaf_from_cache)"),
         line("if (chain->stage != SBK_CHAIN_LEAF || chain->leaf_from_cache || sbk_trust_station_generation(card) != 0)"),
         "cached_with_the_first_commit"),

    # Torn in the middle of a tap.
    torn("cache_falls_behind_the_link", LINK, ERASE_CACHE + LINK_COMMIT, line("if (!sbk_memory_commit(memory))")
         + line("return false;", 2) + line("sbk_memory_begin(memory);") + ERASE_CACHE + LINK_COMMIT),
    torn("previous_root_written_first", LINK, line("sbk_memory_begin(memory);") + line("sbk_memory_write(memory, SBK_IMAGE_ROOTS, head"
         ", sizeof head);"), line("(void)sbk_memory_stage(memory, SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_PREVIOUS_KEY, old, sizeof old);")
         + line("sbk_memory_begin(memory);") + line("sbk_memory_write(memory, SBK_IMAGE_ROOTS, head, sizeof head);")),
    torn("root_and_hash_in_two_commits", LINK, line("sbk_memory_write(memory, SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_CURRENT_KEY, "
         "link->key, SBK_POINT_SIZE);"), line("if (!sbk_memory_commit(memory))") + line("return false;", 2)
         + line("sbk_memory_begin(memory);") + line("sbk_memory_write(memory, SBK_IMAGE_ROOTS + SBK_IMAGE_ROOTS_CURRENT_KEY, "
         "link->key, SBK_POINT_SIZE);")),
]
