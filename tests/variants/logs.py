# SPDX-License-Identifier: Apache-2.0
"""Verifications of logs and proofs that leave out one check."""
from variant import Variant

CROSS, MUTATIONS, PROOF, FILES = "reader/cross_check", "reader/log_mutations", "reader/proof", "reader/log_proof"
KEYS = "reader/log_keys"


def log(name, breaks, file, old, new, test, case):
    return Variant(name, breaks, "reader/" + file, old, new, test, case, quick=test != MUTATIONS)


VARIANTS = [
    log("entry_anywhere_in_the_log", "promise 7", "proof.c", "if (result == SBK_OK && (last != 0 || !same(hash, root)))",
        "if (result == SBK_OK && last != 0)", PROOF, "test_every_inclusion"),
    log("earlier_root_not_compared", "promise 7", "proof.c", "(last != 0 || !same(old_root, from_root) ||", "(last != 0 ||",
        PROOF, "test_every_consistency"),
    log("proof_of_another_key", "promise 7", "log_proof.c", "        if (strcmp(keys->verifiers[i], key) == 0)\n",
        "        if (strlen(keys->verifiers[i]) == strlen(key))\n", KEYS, "test_proofs_across_changes"),
    log("base64_in_two_forms", "promise 7", "log_proof_text.c", "memcmp(again, line->at, line->size) != 0)",
        "memcmp(again, line->at, line->size - 2) != 0)", FILES, "test_every_entry"),
    log("checkpoint_of_a_rewritten_log", "rollback of a log", "log_proof.c",
        "if (result == SBK_OK && memcmp(root, head->root, sizeof root) != 0)",
        "if (result == SBK_OK && memcmp(root, head->root, 0) != 0)", FILES, "test_rewritten_log"),
    log("log_key_counts_from_anywhere", "promise 7", "log_verify.c", "*found && kept == since;", "*found && kept >= since;",
        KEYS, "test_every_row"),
    log("former_log_key_signs_on", "promise 7", "log_keys.c", "(size < since || (found && size >= until))",
        "(size < since || (found && size > until))", KEYS, "test_each_key_has_its_sizes"),
    log("tree_not_compared", "promise 7", "log_verify.c", "memcmp(kept, nodes.hashes, kept_size) != 0))",
        "memcmp(kept, nodes.hashes, 0) != 0))", MUTATIONS, "test_every_node"),
    log("kept_checkpoint_not_compared", "rollback of a log", "log_verify.c",
        "if (memcmp(root, watch->heads[i].root, sizeof root) == 0)", "if (memcmp(root, watch->heads[i].root, 0) == 0)",
        MUTATIONS, "test_every_field"),
    log("kept_checkpoint_beyond_the_log", "rollback of a log", "log_verify.c",
        "        if (watch->heads[i].size > verification->tree.size)\n",
        "        if (watch->heads[i].size > verification->tree.size + 1000)\n", MUTATIONS, "test_every_rollback"),
    log("transactions_not_compared", "promise 7", "log_beside.c", "    if (!row_holds(statement, transaction))\n",
        "    if (!row_holds(statement, transaction) && transaction == NULL)\n", MUTATIONS, "test_every_transaction"),
    log("cards_mandate_not_checked", "promise 7", "log_beside.c",
        "    if (data != NULL)\n        result = check_mandate(", "    if (data != NULL && size == 0)\n        result = check_mandate(",
        MUTATIONS, "test_every_card"),
    log("lists_not_compared", "promise 7", "log_beside.c", "    if (memcmp(lists, verification->lists, sizeof lists) != 0)\n",
        "    if (memcmp(lists, verification->lists, 0) != 0)\n", MUTATIONS, "test_certificates_and_lists"),
    log("fork_of_two_logs_unseen", "promise 8", "cross_cards.c", "            say_fork(card, receipt, &card->receipts[next]);\n",
        "", CROSS, "test_fork"),
    log("chain_of_two_logs_not_compared", "promise 8", "cross_cards.c",
        "    } else if (!same(next->entry.previous, last->hash)) {\n", "    } else if (next->entry.counter == 0) {\n", CROSS,
        "test_fork_between_numbers"),
    log("gap_unseen", "promise 8", "cross_cards.c", "        if (last != NULL || next->entry.counter > 0)\n",
        "        if (next->entry.counter == 0)\n", CROSS, "test_whole"),
    log("sums_of_two_logs_not_compared", "promise 1", "cross_cards.c",
        "    else if (!grant->stale && !fresh && before != grant->spent)\n", "    else if (grant->number == 0)\n", CROSS,
        "test_amounts"),
    log("final_not_compared", "promise 1", "cross_cards.c", "if (!grant->stale && grant->spent != final->spent)",
        "if (grant->number == 0)", CROSS, "test_final_of_a_grant"),
    log("voided_twice_unseen", "promise 1", "cross_cards.c", "    if (again)\n", "    if (again && voided == NULL)\n", CROSS,
        "test_voids"),
    log("void_of_another_amount", "promise 1", "cross_cards.c",
        "    else if (voided == NULL || !repeats(&receipt->entry, &voided->entry))\n", "    else if (voided == NULL)\n", CROSS,
        "test_voids"),
    log("older_mandate_unseen", "promise 9", "cross_cards.c",
        "next->entry.mandate < last->entry.mandate && !card->said.forked)", "next->entry.mandate == 0)", CROSS,
        "test_older_mandate"),
    log("head_of_another_log_not_compared", "rollback of a log", "cross_check.c", "        if (result == SBK_TAMPERED)\n"
        "            cross_found(check, SBK_TAMPERED, SBK_REASON_LOG_ROLLED_BACK,\n                (struct cross_place){.alias",
        "        if (result == SBK_USAGE)\n"
        "            cross_found(check, SBK_TAMPERED, SBK_REASON_LOG_ROLLED_BACK,\n                (struct cross_place){.alias",
        CROSS, "test_rolled_back_log"),
    log("denied_charge_unseen", "a station that lies about the previous receipt", "cross_check.c", "        if (closed)\n",
        "        if (closed && receipt->own)\n", CROSS, "test_open_intents"),
]
