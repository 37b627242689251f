/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/ceremony_script.h"

#include "base/i18n.h"
#include "keys/store.h"

#include <stdio.h>
#include <string.h>

/* The scripts that look after keys: transport keys, shares, and what to do when something is in other people's hands. */

static uint16_t officer(size_t number) {
    return (uint16_t)(1u << (CEREMONY_OFFICER - CEREMONY_MASTER + number));
}

/* ---- the card vendor's transport key ---- */

/* Each component passes one pair of hands only. */
static void write_component(struct script *script, unsigned number) {
    script_step(script, (uint16_t)(officer(number) | script_witnesses(script)), _("One component is typed"));
    script_say(script,
        _("Only officer %s sees this component: open the vendor's envelope, type its 32 digits, a blank and "
          "the 6 digits of its key check value, then Ctrl-D. The witness sees that the envelope was whole, "
          "and nothing of what is in it. Write down the check value."),
        ceremony_person_word(CEREMONY_OFFICER - CEREMONY_MASTER + number));
    script_run(script, "(umask 077; cat >%s/component-%u)", script_value(script, CEREMONY_FILES), number + 1);
    script_check(script, "note");
}

static void import_components(struct script *script, unsigned count, unsigned generation) {
    const char *files = script_value(script, CEREMONY_FILES);
    char names[CEREMONY_OFFICERS_MAX * (CEREMONY_VALUE_MAX + 16)] = "";
    for (unsigned i = 0; i < count; i++) {
        const size_t size = strlen(names);
        (void)snprintf(names + size, sizeof names - size, " %s/component-%u", files, i + 1);
    }
    script_step(script, (uint16_t)(SCRIPT_MASTER | script_officers(script)), _("Put the components together"));
    script_say(script, "%s",
        _("The key is made of all components; none of them says anything of it. Its check value must be the one in the "
          "vendor's letter."));
    script_run(
        script, "sembako-keys transport import --store %s --component%s", script_value(script, CEREMONY_STORE), names);
    script_check(script, "kcv %u", generation);
    script_step(script, (uint16_t)(SCRIPT_MASTER | script_witnesses(script)), _("Destroy the components"));
    script_say(script, "%s",
        _("The files are wiped, the papers shredded, unless the vendor will not send them again: then each goes into a "
          "numbered bag of its own officer. Write down which."));
    script_run(script, "shred -u%s", names);
    for (unsigned i = 0; i < count; i++) {
        script_check(script, "absent %s/component-%u", files, i + 1);
    }
    script_check(script, "note");
}

void script_transport(struct script *script) {
    const unsigned generation = ceremony_number(script->details, CEREMONY_GENERATION);
    const unsigned officers = ceremony_officers(script->details);
    const unsigned count = officers > CEREMONY_COMPONENTS_MAX ? CEREMONY_COMPONENTS_MAX : officers;
    for (unsigned i = 0; i < count; i++) {
        write_component(script, i);
    }
    import_components(script, count, generation);
}

/* ---- shares ---- */

static void replace_shares(
    struct script *script, const char *role, unsigned generation, const char *where, const char *folder) {
    char shares[SCRIPT_SHARES_ROOM];
    script_shares_words(script, shares);
    script_bring_shares(script);
    script_step(script, (uint16_t)(SCRIPT_MASTER | script_officers(script)), _("Make new shares"));
    script_say(script,
        _("%s officers open the key with the shares that they have. All shares are made anew, each under a pass "
          "phrase that its officer types twice; the key stays the same, and the old shares open nothing any "
          "more."),
        script_value(script, CEREMONY_QUORUM));
    script_run(script, "sembako-keys share replace %s --store %s --quorum %s%s", role, folder,
        script_value(script, CEREMONY_QUORUM), shares);
    script_check(script, "key %s %s %u", where, role, generation);
    script_check(script, "shares %s %s %u", where, role, generation);
    script_put_shares_away(script);
    script_step(script, script_officers(script), _("Each officer takes their share"));
    script_say(script, "%s",
        _("The shares are files under the officers' own pass phrases. Each officer copies theirs to a medium of their "
          "own and writes down its number."));
    script_check(script, "note");
    script_step(script, (uint16_t)(script_officers(script) | script_witnesses(script)), _("Destroy the old shares"));
    script_say(script, "%s",
        _("Old shares open the new store no more, but an old copy of the store: media and copies with old shares are "
          "destroyed in front of the witness. Write down which, and which are missing."));
    script_check(script, "note");
}

void script_shares(struct script *script) {
    const bool apart = script_has(script, CEREMONY_ROOT);
    const char *where = apart ? "root" : "store";
    const char *folder = script_value(script, apart ? CEREMONY_ROOT : CEREMONY_STORE);
    const char *given = script_value(script, CEREMONY_ROLE);
    const char *role = ceremony_shared_role(given) != NULL ? ceremony_shared_role(given) : given;
    const unsigned generation = ceremony_number(script->details, CEREMONY_GENERATION);
    script_step(script, SCRIPT_MASTER, _("The key whose shares are made anew"));
    script_say(script, "%s",
        _("Compare its fingerprint with the paper of its ceremony: new shares must be those of this key and no "
          "other."));
    script_run(script, "sembako-keys inspect %s/%s-%u.key", folder, role, generation);
    script_check(script, "fingerprint %s %s %u", where, role, generation);
    replace_shares(script, role, generation, where, folder);
}

/* ---- in other people's hands ---- */

static void find_out(struct script *script, const char *honest) {
    script_step(script, script_everybody(script), _("What happened"));
    script_say(script, "%s",
        _("Write down what is known: what is in whose hands, since when, who found it, what was done with it. When in "
          "doubt, take it for lost: a new key costs a morning."));
    script_say(script, "%s", honest);
    script_check(script, "note");
}

static void root_lost(struct script *script) {
    find_out(script, _("Whoever has the root can certify stations, signers and cards of their own. Its successor "
                       "cannot be theirs: cards "
                       "and stations follow only the key that was named before. Until a card or station has heard of "
                       "the succession it "
                       "believes the old root; offline nothing is cut off at once, only as far as the news travels."));
    script_succession(script);
}

/* What somebody can do with this key, and until when. */
static const char *harm_of(uint8_t role) {
    switch (role) {
    case SBK_KEY_STATION_CA:
        return _(
            "Whoever has it can certify stations that debit cards; no key of theirs can give anything. A card believes "
            "them until a new root, with no time left for the old one, reaches it; settlement refuses what such "
            "stations claim. Offline nothing is cut off at once, only as far as the news travels.");
    case SBK_KEY_CARD_CA:
        return _(
            "Whoever has it can make cards that look real; without the grant signer nothing is on them. Stations "
            "refuse "
            "them once the hotlist that names this generation has reached them. Offline nothing is cut off at once, "
            "only as far as the news travels.");
    case SBK_KEY_GRANT_SIGNER:
        return _(
            "Whoever has it can give themselves aid. Stations refuse mandates of this generation once the hotlist that "
            "names it has reached them; a card that took one keeps it until a newer mandate comes; settlement caps "
            "what "
            "is paid. Offline nothing is cut off at once, only as far as the news travels.");
    case SBK_KEY_LIST_SIGNER:
        return _("Whoever has it can stop cards and change prices at stations; they can give nothing. A new mandate "
                 "undoes a "
                 "stop, a new list a price. Offline nothing is cut off at once, only as far as the news travels.");
    case SBK_KEY_OFFICE_CA:
        return _(
            "Whoever has it can pass for the city or a bureau in files between offices. Stations and bureaus believe "
            "the "
            "old one until they have taken in the new binding. Offline nothing is cut off at once, only as far as the "
            "news travels.");
    case SBK_KEY_CITY:
        return _(
            "Whoever has it can sign files in the city's name and read those sent to it; records of cards need other "
            "keys. Tell every office by telephone to accept no file until the new certificate has come. Offline "
            "nothing "
            "is cut off at once, only as far as the news travels.");
    default:
        return _("Offline nothing is cut off at once, only as far as the news travels.");
    }
}

/* verb and what: what the officer says, which the next hotlist then tells to the stations. */
/* What stations shall refuse goes into a hotlist, and that into the courier. */
static void list_it(struct script *script, const char *words) {
    const char *store = script_value(script, CEREMONY_STORE);
    const char *files = script_value(script, CEREMONY_FILES);
    char with[CEREMONY_VALUE_MAX + 32];
    script_step(script, SCRIPT_MASTER, _("Name it in the hotlist"));
    script_say(script, "%s",
        _("Stations that have the new hotlist refuse it. Those that have not go on until the hotlist they have is too "
          "old."));
    script_run(script, "sembako-keys %s --store %s", words, store);
    script_run(script, "sembako-keys hotlist --store %s --out %s/hotlist", store, files);
    script_check(script, "file %s/hotlist", files);
    (void)snprintf(with, sizeof with, " --hotlist %s/hotlist", files);
    script_news(script, with);
}

static void issuer_lost(struct script *script, uint8_t role) {
    char words[64];
    const unsigned generation = ceremony_number(script->details, CEREMONY_GENERATION);
    find_out(script, harm_of(role));
    script_new_key(script);
    if (role <= SBK_KEY_LIST_SIGNER) {
        (void)snprintf(words, sizeof words, "distrust %s=%u", sbk_key_role_word(role), generation - 1);
        list_it(script, words);
    } else if (role != SBK_KEY_CITY) {
        script_news(script, "");
    }
    if (role == SBK_KEY_STATION_CA || role == SBK_KEY_CARD_CA) {
        script_step(script, script_everybody(script), _("Decide whether the root moves too"));
        script_say(script, "%s",
            _("On cards only a new root that gives the old one no time left cuts the old CA off. If that is wanted, "
              "plan the "
              "succession now, with --old-until 0. Write down what was decided and by whom."));
        script_check(script, "note");
    }
}

static void share_lost(struct script *script) {
    find_out(script,
        _("One share opens nothing. As long as fewer are in other hands than the quorum needs, new shares are enough, "
          "and "
          "only for stores that have them: with an old copy of the store the old shares still work. If as many as the "
          "quorum needs may be gone, the key itself is: use the script for that key instead."));
    script_shares(script);
}

static void transport_lost(struct script *script) {
    find_out(script,
        _("Whoever has it can put a card into the state they want before the bureau closes it, and no card after that: "
          "closing erases these keys. Cards that are not closed yet count as lost; the city's certificates are given "
          "only "
          "to cards in a bureau's report. Offline nothing is cut off at once: tell bureau and vendor by telephone."));
    script_step(script, SCRIPT_MASTER, _("Stop encoding"));
    script_say(script, "%s",
        _("The bureau stops and counts its blank cards; the vendor loads no more cards with this key and sends new "
          "components by two couriers. Write down whom you spoke to and when."));
    script_check(script, "note");
    script_transport(script);
}

static void station_lost(struct script *script) {
    const char *terminal = script_value(script, CEREMONY_TERMINAL);
    char words[64];
    find_out(script, _("Whoever has it can debit cards that are tapped there, with their PIN, until its certificate "
                       "ends; it can give "
                       "nothing, and settlement refuses what it claims from now on. A card cannot know it: offline "
                       "nothing is cut off at "
                       "once, only as far as the news travels."));
    script_step(script, SCRIPT_MASTER, _("Give no new certificate"));
    script_say(script,
        _("Station %s gets none any more; a new one is enrolled under another name. Write down the last day of "
          "its certificate, after which cards refuse it by themselves, and who was told at the store."),
        terminal);
    script_check(script, "note");
    (void)snprintf(words, sizeof words, "station revoke --terminal %s", terminal);
    list_it(script, words);
}

void script_compromise(struct script *script) {
    const char *role = script_value(script, CEREMONY_ROLE);
    if (ceremony_shared_role(role) != NULL) {
        share_lost(script);
    } else if (strcmp(role, "station") == 0) {
        station_lost(script);
    } else if (strcmp(role, sbk_key_role_word(SBK_KEY_ROOT)) == 0) {
        root_lost(script);
    } else if (strcmp(role, sbk_key_role_word(SBK_KEY_TRANSPORT)) == 0) {
        transport_lost(script);
    } else {
        issuer_lost(script, sbk_key_role_of(role));
    }
}
