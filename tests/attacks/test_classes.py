# SPDX-License-Identifier: Apache-2.0
"""Which tests stand against which class of attack, and that every one of them is there and runs."""
import json
import os
import pathlib
import re
import unittest

SOURCE, BUILD = pathlib.Path(os.environ["SBK_SOURCE"]), pathlib.Path(os.environ["SBK_BUILD"])

# class: test as meson names it, and its cases; all of them where no case is named.
CLASSES = {
    "fewer officers than a key takes": {
        "keys/quorum": ["any_m_of_n_give_the_secret_and_fewer_do_not", "a_share_that_does_not_fit_is_told",
                        "a_share_altered_on_purpose_does_not_open", "new_shares_make_the_old_ones_worthless"],
        "keys/shares": ["test_one_is_too_few", "test_the_same_share_twice", "test_replace"]},
    "a key read out of memory": {
        "keys/memory": ["test_open_keys_lie_in_locked_memory_and_closed_ones_nowhere",
                        "test_a_process_that_dies_leaves_no_core"]},
    "replay of a debit": {
        "attacks/channel": ["test_a_debit_played_again_in_its_session", "test_a_debit_of_one_session_inside_the_next"],
        "attacks/spending": ["test_a_transaction_number_used_again"],
        "attacks/station": ["test_an_answer_that_is_not_to_this_debit"],
        "promises/card_2_exactly_once": ["whoever_came_between", "another_content_is_a_conflict"]},
    "replay of a whole session": {
        "attacks/channel": ["test_a_whole_session_played_again", "test_a_bureaus_session_played_again"]},
    "rollback of a card image": {
        "attacks/spending": ["test_an_image_put_back"], "promises/card_8_cards_cannot_lie_quietly": ["a_clone_is_a_fork"],
        "promises/station_8_cards_cannot_lie_quietly": ["test_restored_and_cloned"]},
    "rollback of a log": {
        "promises/station_7_logs_cannot_lie_quietly": ["test_truncated",
                                                       "test_rolled_back_folder_shows_at_the_next_receipt"]},
    "rollback of a station folder": {
        "reader/redeem": ["test_4_a_restored_folder_conflicts"],
        "promises/station_7_logs_cannot_lie_quietly": ["test_rolled_back_folder_shows_at_the_next_receipt"]},
    "downgrade of the security level": {
        "attacks/channel": ["test_less_protection_than_the_applet_asks",
                            "test_mac_only_channel_to_the_domain_opens_no_applet",
                            "test_clear_commands_inside_a_channel"],
        "applet/entitlement-read": ["header_and_session"],
        "applet/scp11-openssl": ["test_applet_insists_on_full_protection"]},
    "downgrade of the SCP variant": {
        "attacks/channel": ["test_other_variants_and_keys"], "reader/channel": ["test_scp03_other_protocol"]},
    "downgrade of the key version": {
        "attacks/channel": ["test_other_variants_and_keys"], "applet/scp03-openssl": ["test_initialize_update_refusals"]},
    "downgrade of the CA generation": {
        "attacks/certificates": ["test_old_and_unknown_generations", "test_links_that_are_not_the_next"]},
    "an old mandate": {
        "attacks/certificates": ["test_old_and_foreign_mandates"],
        "promises/card_9_the_newest_intention_wins": ["in_every_order"]},
    "forged certificates": {
        "attacks/certificates": ["test_forged_leaves", "test_every_byte_of_a_leaf_counts", "test_forged_authorities",
                                 "test_activation_with_forged_card_certificates"],
        "promises/card_5_only_the_grant_signer_gives": ["nobody_else_makes_a_grant_signer"]},
    "expired certificates": {"attacks/certificates": ["test_expired"], "applet/scp11-openssl": ["test_dates"]},
    "certificates of a wrong role": {
        "attacks/certificates": ["test_wrong_roles", "test_roles_that_no_terminal_has",
                                 "test_every_wrong_signer_of_a_mandate"],
        "attacks/station": ["test_certificates_of_another_role"]},
    "certificates under a wrong parent": {"attacks/certificates": ["test_wrong_parents_and_chains"]},
    "certificates of a wrong chain": {
        "attacks/certificates": ["test_a_leaf_of_another_ca"], "applet/scp11-openssl": ["test_wrong_chains"]},
    "objects of one kind offered as another": {
        "attacks/kinds": [], "attacks/station": ["test_every_file_in_every_other_place"],
        "keys/bundle": ["test_kinds_do_not_pass_for_each_other"]},
    "points off the curve": {
        "attacks/certificates": ["test_the_terminals_ephemeral", "test_the_leafs_key",
                                 "test_keys_of_authorities_and_signers",
                                 "test_the_bureaus_root_and_the_key_of_a_link"],
        "attacks/station": ["test_points_off_the_curve"], "applet/crypto-openssl": ["test_agreement"],
        "applet/crypto-bearssl": ["test_agreement"]},
    "truncated MACs": {
        "attacks/channel": ["test_every_truncated_mac", "test_every_byte_of_a_mac_counts",
                            "test_a_mac_made_for_the_shorter_data"],
        "attacks/station": ["test_truncated_macs_of_answers"], "reader/channel": ["test_response_mac"]},
    "a card that the city stopped": {
        "reader/hotlist": ["test_from_the_officer_s_word_to_the_tap", "test_stop_notice", "test_warns_then_stops",
                           "test_128000_entries"]},
    "a station that the city revoked": {"reader/hotlist": ["test_revoked_and_restored"]},
    "a stolen CA's or signer's key": {"reader/hotlist": ["test_distrusted", "test_a_stolen_list_signer"]},
    "an old, foreign or forged hotlist": {
        "reader/hotlist": ["test_order_repeats_and_bases", "test_altered_foreign_and_none",
                           "test_a_city_restored_from_an_old_copy"], "schema/hotlist": []},
    "a card that raises its own mandate": {"attacks/station": ["test_a_mandate_raised_in_the_cards_memory"]},
    "cross-card records": {
        "attacks/certificates": ["test_cross_card_records"], "attacks/station": ["test_another_cards_certificate"]},
    "cross-purse debits": {"attacks/spending": ["test_cross_purse"]},
    "cross-programme debits": {
        "attacks/spending": ["test_cross_programme"], "promises/station_11_in_kind_only": ["test_programmes_of_the_store"]},
    "other outlet": {"attacks/spending": ["test_other_outlet"], "promises/card_11_in_kind_only": ["no_other_outlet"]},
    "counter wrap": {"attacks/spending": ["test_counter_at_its_end", "test_other_counters"]},
    "PIN exhaustion through tears": {
        "applet/entitlement-debit": ["pin_counter_is_lowered_first"], "applet/entitlement-tears": ["pins_are_whole"],
        "faults/tears": [], "attacks/spending": ["test_pins_are_not_found_by_trying"],
        "applet/scp03-openssl": ["test_cut_saves_no_try"]},
    "management commands inside a station channel": {
        "attacks/channel": ["test_each_command_in_a_station_channel", "test_each_command_in_clear"]},
    "SCP03 after closing": {"attacks/channel": ["test_scp03_after_closing"], "applet/scp03-openssl": ["test_closing"]},
    "a fake card with a self-made certificate": {
        "attacks/station": ["test_a_self_made_certificate", "test_another_cards_certificate",
                            "test_a_true_certificate_without_its_key", "test_every_byte_of_a_certificate_counts"]},
    "a station that lies about the previous receipt": {
        "attacks/spending": ["test_a_station_that_lies_about_the_previous_receipt"],
        "promises/card_4_goods_follow_the_receipt": ["the_next_needs_the_hash", "nothing_else_tells_the_hash"]},
    "interleaved channels": {
        "attacks/channel": ["test_logical_channels", "test_rights_do_not_cross_sessions",
                            "test_another_command_between_the_blocks_of_one"]},
    "half-open channels": {
        "attacks/channel": ["test_select_in_the_middle_ends_the_session",
                            "test_select_between_certificates_and_the_handshake",
                            "test_a_handshake_without_certificates_or_with_the_ca_alone",
                            "test_a_second_handshake_half_done_ends_the_first_session",
                            "test_a_refused_handshake_leaves_no_session", "test_power_lost_in_the_middle_ends_the_session",
                            "test_a_terminal_without_the_leafs_key_is_never_proven"]},
}


def sources_of(test):
    """The texts that may hold the test's cases: the file that its command runs, or the C files of that name."""
    for word in test["cmd"]:
        if word.endswith(".py") and not word.endswith("/harness/tap.py"):
            return pathlib.Path(word).read_text()
    folder, name = test["name"].split("/")
    name = re.sub(r"-(openssl|bearssl)$", "", name)
    paths = [SOURCE / "tests" / folder / (start + name.replace("-", "_") + ".c") for start in ("test_", "")]
    if name.startswith("entitlement-"):
        paths = [SOURCE / "tests" / folder / "entitlement" / ("test_" + name.removeprefix("entitlement-") + ".c")]
    return "".join(path.read_text() for path in paths if path.exists())


class Classes(unittest.TestCase):
    def test_every_test_named_is_there(self):
        registered = {test["name"]: test for test in json.loads((BUILD / "meson-info/intro-tests.json").read_text())}
        for attack, tests in CLASSES.items():
            self.assertTrue(tests, attack)
            for name, cases in tests.items():
                with self.subTest(attack, test=name):
                    self.assertIn(name, registered)
                    text = sources_of(registered[name])
                    self.assertTrue(text, "no source of %s" % name)
                    for case in cases:
                        self.assertRegex(text, r"(def |cmocka_unit_test[a-z_]*\()%s\b" % case)

    def test_every_case_of_this_folder_is_named(self):
        """An attack that no class names would be lost to whoever reads the list."""
        named = {case for tests in CLASSES.values() for cases in tests.values() for case in cases}
        beside = {"test_the_honest_chain_opens", "test_header_and_data_are_under_the_mac", "test_windows_of_other_days",
                  "test_roles", "test_voids_of_what_is_not_ones_own", "test_signatures_are_the_cards"}
        for path in sorted((SOURCE / "tests/attacks").glob("test_*.py")):
            if path.stem in ("test_classes", "test_kinds"):
                continue
            for case in re.findall(r"    def (test_\w+)", path.read_text()):
                self.assertTrue(case in named or case in beside, "%s: %s" % (path.name, case))


if __name__ == "__main__":
    unittest.main()
