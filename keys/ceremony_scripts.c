/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/ceremony_script.h"

#include "base/i18n.h"
#include "keys/store.h"

#include <stdio.h>
#include <string.h>

/* The scripts in which roots, CAs and signers are made. */

#define WORDS_ROOM (CEREMONY_LINE_MAX / 2)

/* Appends " WORD VALUE" to a command if the field is given. */
static void add_option(
    const struct script *script, char words[WORDS_ROOM], const char *option, enum ceremony_field field) {
    const size_t size = strlen(words);
    if (script_has(script, field)) {
        (void)snprintf(words + size, WORDS_ROOM - size, " %s %s", option, script_value(script, field));
    }
}

/* ---- shares of a quorum ---- */

/* As many officers as the quorum needs. */
static unsigned needed(const struct script *script) {
    unsigned count = 0;
    unsigned of = 0;
    return ceremony_quorum(script->details, &count, &of) ? count : 0;
}

void script_shares_words(const struct script *script, char words[SCRIPT_SHARES_ROOM]) {
    words[0] = 0;
    for (unsigned i = 1; i <= needed(script); i++) {
        const size_t size = strlen(words);
        (void)snprintf(
            words + size, SCRIPT_SHARES_ROOM - size, " --share %s/share-%u", script_value(script, CEREMONY_FILES), i);
    }
}

void script_bring_shares(struct script *script) {
    if (needed(script) == 0) {
        return;
    }
    script_step(script, script_officers(script), _("Bring the shares"));
    script_say(script,
        _("%s officers open the key. So many copy their shares to %s, as share-1, share-2 and so on, on the machine "
          "where the key is; the pass phrases stay with them."),
        script_value(script, CEREMONY_QUORUM), script_value(script, CEREMONY_FILES));
}

void script_put_shares_away(struct script *script) {
    const char *files = script_value(script, CEREMONY_FILES);
    char names[CEREMONY_OFFICERS_MAX * (CEREMONY_VALUE_MAX + 12) + 1] = "";
    for (unsigned i = 1; i <= needed(script); i++) {
        const size_t size = strlen(names);
        (void)snprintf(names + size, sizeof names - size, " %s/share-%u", files, i);
    }
    if (names[0] == 0) {
        return;
    }
    script_step(script, script_officers(script), _("Wipe the copies of the shares"));
    script_say(script, "%s", _("The shares themselves go back to their officers; no copy stays on the machine."));
    script_run(script, "shred -u%s", names);
    for (unsigned i = 1; i <= needed(script) && !script_has(script, CEREMONY_AIR_GAP); i++) {
        script_check(script, "absent %s/share-%u", files, i);
    }
}

/* ---- a root signs ---- */

static void by_message(struct script *script, const char *words, const char *what, bool next) {
    const char *files = script_value(script, CEREMONY_FILES);
    const uint16_t two = SCRIPT_MASTER | script_witnesses(script);
    char shares[SCRIPT_SHARES_ROOM];
    script_shares_words(script, shares);
    script_step(script, two, _("Write the request"));
    script_say(script, "%s",
        _("The machine of the store asks; the root's machine, which has no network, answers. The request is a small "
          "file "
          "without secrets. Write the check value that is shown on your paper."));
    script_run(script, "sembako-keys %s --out %s/%s.request", words, files, what);
    if (script_has(script, CEREMONY_QR)) {
        script_run(script, "qrencode -8 -l M -r %s/%s.request -o %s/%s.request.png", files, what, files, what);
    }
    script_see(script, _("The file is at most %d bytes long."), CEREMONY_MESSAGE_MAX);
    script_check(script, "message %s/%s.request", files, what);
    script_step(script, (uint16_t)(script_officers(script) | script_witnesses(script)),
        _("The root answers on its own machine"));
    script_say(script, "%s",
        _("Carry the request to the root's machine on a new stick, or as a QR code. Before it signs, that machine "
          "shows the "
          "request's check value: go on only if it is the one on your paper. Write the check value of the answer below "
          "it."));
    if (next) {
        script_run(script, "sembako-keys root certify --root %s --request %s/%s.request --out %s/%s.answer --next %s%s",
            script_value(script, CEREMONY_ROOT), files, what, files, what, script_value(script, CEREMONY_NEXT), shares);
    } else {
        script_run(script, "sembako-keys root certify --root %s --request %s/%s.request --out %s/%s.answer%s",
            script_value(script, CEREMONY_ROOT), files, what, files, what, shares);
    }
    if (script_has(script, CEREMONY_QR)) {
        script_run(script, "qrencode -8 -l M -r %s/%s.answer -o %s/%s.answer.png", files, what, files, what);
    }
    script_see(script, "%s", _("What the root's machine lists is what this script is about, and nothing else."));
    script_step(script, two, _("Take the answer in"));
    script_say(script,
        _("Carry the answer back to %s on the store's machine, where the check value must be the one that the "
          "root's machine showed. Then take it in."),
        files);
    script_run(script, "sembako-keys accept --store %s --answer %s/%s.answer", script_value(script, CEREMONY_STORE),
        files, what);
    script_check(script, "message %s/%s.answer", files, what);
}

static void directly(struct script *script, const char *words, bool next) {
    char shares[SCRIPT_SHARES_ROOM];
    script_shares_words(script, shares);
    script_step(script, (uint16_t)(SCRIPT_MASTER | script_officers(script)), _("The root signs"));
    script_say(script, "%s",
        _("The key officers open the root, each with their own pass phrase, which nobody else sees typed."));
    if (next) {
        script_run(script, "sembako-keys %s --root %s --next %s%s", words, script_value(script, CEREMONY_ROOT),
            script_value(script, CEREMONY_NEXT), shares);
    } else {
        script_run(script, "sembako-keys %s --root %s%s", words, script_value(script, CEREMONY_ROOT), shares);
    }
}

void script_root_signs(struct script *script, const char *words, const char *what, bool next) {
    script_bring_shares(script);
    if (script_has(script, CEREMONY_AIR_GAP)) {
        by_message(script, words, what, next);
    } else {
        directly(script, words, next);
    }
    script_put_shares_away(script);
}

/* The root for later has the quorum of the present one, and shares of its own. */
static void share_next(struct script *script, unsigned generation) {
    if (!script_has(script, CEREMONY_QUORUM)) {
        return;
    }
    script_step(script, script_officers(script), _("Each officer takes their share"));
    script_say(script, "%s",
        _("The shares are files under the officers' own pass phrases. Each officer copies theirs to a medium of their "
          "own and writes down its number."));
    if (!script_has(script, CEREMONY_AIR_GAP)) {
        script_check(script, "shares next root %u", generation);
    }
    script_check(script, "note");
}

void script_news(struct script *script, const char *with) {
    const char *files = script_value(script, CEREMONY_FILES);
    script_step(script, SCRIPT_MASTER, _("Send the news on its way"));
    script_say(script, "%s",
        _("Pack a courier and send it to every store. Stations know it when they have taken it in, cards at their next "
          "tap "
          "there: offline, nothing changes at once, only as far as the news travels. Write down on paper when it was "
          "sent."));
    script_run(script, "sembako-keys courier --store %s%s --out %s/courier", script_value(script, CEREMONY_STORE), with,
        files);
    script_check(script, "file %s/courier", files);
}

static void export_anchor(struct script *script) {
    script_step(script, (uint16_t)(SCRIPT_MASTER | script_witnesses(script)), _("Hand out the root's public key"));
    script_say(script, "%s",
        _("Stations and bureaus pin this file and compare the fingerprint, which is printed and published."));
    script_run(script, "sembako-keys export --store %s --out %s/anchor", script_value(script, CEREMONY_STORE),
        script_value(script, CEREMONY_FILES));
    script_check(script, "file %s/anchor", script_value(script, CEREMONY_FILES));
}

static void compare_root(struct script *script, unsigned generation) {
    script_step(
        script, (uint16_t)(script_officers(script) | script_witnesses(script)), _("Compare the root's fingerprint"));
    script_say(script, "%s",
        _("One officer reads the fingerprint aloud from the screen, another follows on paper. Write all of it down: "
          "from "
          "now on people compare with this paper."));
    script_run(script, "sembako-keys status --store %s", script_value(script, CEREMONY_STORE));
    script_check(script, "root %u", generation);
}

static void compare_next(struct script *script, unsigned generation) {
    script_step(script, (uint16_t)(script_officers(script) | script_witnesses(script)),
        _("Compare the next root's fingerprint"));
    script_say(script, "%s",
        _("The root in force names its successor by this fingerprint; only that key can ever follow it. Write all of "
          "it "
          "down: the next ceremony begins with it."));
    script_run(script, "sembako-keys inspect %s/root-%u.anchor", script_value(script, CEREMONY_STORE), generation - 1);
    script_check(script, "next-root %u", generation);
}

static void check_certificates(struct script *script) {
    static const uint8_t roles[] = {SBK_KEY_STATION_CA, SBK_KEY_CARD_CA, SBK_KEY_GRANT_SIGNER, SBK_KEY_LIST_SIGNER,
        SBK_KEY_OFFICE_CA, SBK_KEY_CITY};
    script_step(script, SCRIPT_MASTER, _("Check what the root signed"));
    script_say(script, "%s", _("Every CA and signer in use must verify under the root in force."));
    script_run(script, "sembako-keys status --store %s", script_value(script, CEREMONY_STORE));
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        script_check(script, "certificate %s", sbk_key_role_word(roles[i]));
    }
}

/* ---- first root ---- */

static void make_first(struct script *script) {
    const char *store = script_value(script, CEREMONY_STORE);
    script_step(script, (uint16_t)(SCRIPT_MASTER | script_witnesses(script)), _("The place is free"));
    script_say(script, "%s", _("No store may be there yet: what is made today is made in front of these people."));
    script_check(script, "absent %s", store);
    script_check(script, "absent %s", script_value(script, CEREMONY_NEXT));
    script_step(script, (uint16_t)(SCRIPT_MASTER | script_officers(script)), _("Make the keys"));
    script_say(script, "%s",
        _("Each key asks for a pass phrase of its own, twice. It is thought up and typed by the officer who will keep "
          "it; "
          "the others look away. The root, its successor, four CAs and signers, the office CA and the city's own key "
          "are "
          "made, and the root signs."));
    if (script_has(script, CEREMONY_QUORUM)) {
        script_say(script,
            _("Root, next root and grant signer open only to %s officers: each types a pass phrase for a share "
              "of their own."),
            script_value(script, CEREMONY_QUORUM));
        script_run(script, "sembako-keys init --store %s --quorum %s", store, script_value(script, CEREMONY_QUORUM));
    } else {
        script_run(script, "sembako-keys init --store %s", store);
    }
    script_see(script, "%s", _("The fingerprints of the root and of the next root."));
    script_check(script, "anchor 1");
    script_check(script, "key store/next-root root 2");
}

void script_first_root(struct script *script) {
    const char *next = script_value(script, CEREMONY_NEXT);
    const char *store = script_value(script, CEREMONY_STORE);
    make_first(script);
    compare_root(script, 1);
    compare_next(script, 2);
    check_certificates(script);
    if (script_has(script, CEREMONY_QUORUM)) {
        script_step(script, script_officers(script), _("Each officer takes their share"));
        script_say(script, "%s",
            _("The shares are files under the officers' own pass phrases. Each officer copies theirs to a medium of "
              "their "
              "own and writes down its number."));
        script_check(script, "shares store root 1");
        script_check(script, "shares store/next-root root 2");
        script_check(script, "shares store grant-signer 1");
        script_check(script, "note");
    }
    export_anchor(script);
    script_step(
        script, (uint16_t)(SCRIPT_MASTER | script_officers(script)), _("Copy the next root to a medium of its own"));
    script_say(script, "%s",
        _("The next root must outlive whatever happens to this one: another medium, another place, other people."));
    script_run(script, "cp -a %s/%s %s", store, SBK_NEXT_ROOT_FOLDER, next);
    script_check(script, "fingerprint next root 2");
    script_step(script, (uint16_t)(SCRIPT_MASTER | script_witnesses(script)), _("Take the next root out of the store"));
    script_say(script, "%s",
        _("Only now that the copy has been compared. Put the medium into a numbered bag and write its number and "
          "keeper "
          "down."));
    script_run(script, "rm -r %s/%s", store, SBK_NEXT_ROOT_FOLDER);
    script_check(script, "absent %s/%s", store, SBK_NEXT_ROOT_FOLDER);
    script_check(script, "note");
}

/* ---- the next root takes over ---- */

static void bring_next(struct script *script, unsigned generation) {
    script_step(script, (uint16_t)(SCRIPT_MASTER | script_officers(script)), _("The store and the root that it has"));
    script_say(script,
        _("The root in force is generation %u; its successor is the one that it named. Compare the "
          "fingerprint with the paper of the ceremony in which it was made."),
        generation - 1);
    script_run(script, "sembako-keys inspect %s/root-%u.anchor", script_value(script, CEREMONY_STORE), generation - 1);
    script_check(script, "anchor %u", generation - 1);
    script_check(script, "next-root %u", generation);
    script_step(script, (uint16_t)(script_officers(script) | script_witnesses(script)), _("Bring the next root"));
    script_say(script, "%s",
        _("Its keepers bring the bag. The witness compares the number with the paper before it is opened, and writes "
          "it "
          "down."));
    if (!script_has(script, CEREMONY_AIR_GAP)) {
        script_check(script, "fingerprint root root %u", generation);
    }
    script_check(script, "note");
}

void script_succession(struct script *script) {
    const unsigned generation = ceremony_number(script->details, CEREMONY_GENERATION);
    const char *until = script_value(script, CEREMONY_OLD_UNTIL);
    const char *next = script_value(script, CEREMONY_NEXT);
    char words[WORDS_ROOM];
    char what[24];
    bring_next(script, generation);
    (void)snprintf(what, sizeof what, "root-%u", generation);
    (void)snprintf(words, sizeof words, "root succeed --store %s %s%s", script_value(script, CEREMONY_STORE),
        strcmp(until, "0") == 0 ? "--compromised" : "--old-until ", strcmp(until, "0") == 0 ? "" : until);
    script_root_signs(script, words, what, true);
    share_next(script, generation + 1);
    compare_root(script, generation);
    compare_next(script, generation + 1);
    check_certificates(script);
    export_anchor(script);
    script_news(script, "");
    script_step(script, (uint16_t)(script_officers(script) | script_witnesses(script)), _("Put both roots away"));
    script_say(script,
        _("The new root in force and the root for later (%s) go into numbered bags, each to its own keepers and "
          "its own place. Write down both numbers. Cards that sleep through this are brought forward at "
          "their next tap."),
        next);
    if (!script_has(script, CEREMONY_AIR_GAP)) {
        script_check(script, "key next root %u", generation + 1);
    }
    script_check(script, "note");
}

/* ---- a CA or signer ---- */

void script_new_key(struct script *script) {
    const unsigned generation = ceremony_number(script->details, CEREMONY_GENERATION);
    const char *role = script_value(script, CEREMONY_ROLE);
    char words[WORDS_ROOM];
    char what[48];
    script_step(script, SCRIPT_MASTER, _("The store is whole"));
    script_say(script,
        _("Today %s gets generation %u. What was issued under the generation before stays good until its own "
          "date."),
        role, generation);
    script_run(script, "sembako-keys status --store %s", script_value(script, CEREMONY_STORE));
    script_check(script, "anchor");
    (void)snprintf(what, sizeof what, "%s-%u", role, generation);
    (void)snprintf(words, sizeof words, "rotate %s --store %s", role, script_value(script, CEREMONY_STORE));
    add_option(script, words, "--from", CEREMONY_FROM);
    add_option(script, words, "--until", CEREMONY_UNTIL);
    if (strcmp(role, sbk_key_role_word(SBK_KEY_CITY)) == 0) {
        script_step(script, (uint16_t)(SCRIPT_MASTER | script_officers(script)), _("Make the new key"));
        script_say(
            script, "%s", _("The office CA signs it. Each officer types the pass phrase that is theirs, unseen."));
        script_run(script, "sembako-keys %s", words);
    } else {
        script_root_signs(script, words, what, false);
    }
    script_step(script, (uint16_t)(script_officers(script) | script_witnesses(script)), _("Compare the new key"));
    script_say(script, "%s",
        _("One officer reads the fingerprint aloud from the screen, another follows on paper. Write all of it down: "
          "from "
          "now on people compare with this paper."));
    script_run(script, "sembako-keys status --store %s", script_value(script, CEREMONY_STORE));
    script_check(script, "fingerprint store %s %u", role, generation);
    script_check(script, "certificate %s %u", role, generation);
}

void script_intermediate(struct script *script) {
    script_new_key(script);
    if (strcmp(script_value(script, CEREMONY_ROLE), sbk_key_role_word(SBK_KEY_CITY)) != 0) {
        script_news(script, ""); /* every file that the city signs brings the certificate of its key along */
    }
}
