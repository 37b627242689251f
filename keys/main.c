/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "cli/cli.h"
#include "cli/secrets.h"
#include "keys/ask.h"
#include "keys/program.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static const struct cli_verb verbs[] = {
    {"init", NULL, 0, 0, NULL, N_("make the city's keys"),
        N_("Makes root and next root, station CA, card CA, grant signer, list signer, office CA and the city's own "
           "identity in the new folder DIR, one envelope each. ROLE is root, next-root, station-ca, card-ca, "
           "grant-signer, list-signer, office-ca or city. Carry DIR/next-root to other custody afterwards. With "
           "--token "
           "the keys are made on the token instead and never leave it; ROLE=file keeps one in an envelope all the "
           "same."),
        cmd_init},
    {"status", NULL, 0, 0, NULL, N_("show what is signed by what and what expires when"), NULL, cmd_status},
    {"export", NULL, 0, 0, NULL, N_("write the root's public key for others to pin"), NULL, cmd_export},
    {"inspect", N_("FILE"), 1, 1, NULL, N_("explain a file of this system"),
        N_("Explains key envelopes, certificates, signed records, item lists, log entries and checkpoints, and the CMS "
           "files between organisations. Nothing is verified."),
        cmd_inspect},
    {"transport import", N_("FILE..."), 0, -1, "component", N_("take in the card vendor's transport key"),
        N_("Each component file holds 32 hexadecimal digits and, after a space, the component's key check value (6 "
           "digits), which is then checked. The key is the XOR of at least two components."),
        cmd_transport_import},
    {"transport retire", NULL, 0, 0, NULL, N_("destroy an old transport key, once its blanks are used up"),
        N_("Batches that were prepared with it can still be encoded. Asks before it destroys the key, unless --kcv "
           "names the key's check value."),
        cmd_transport_retire},
    {"station issue", NULL, 0, 0, NULL, N_("certify a station, or renew its certificate"),
        N_("LIST is programme numbers 1 to 32 with commas, or all. LIMIT is the most per debit by unit, such as "
           "g=20000,rp=300000; a unit left out is not limited, and 0 forbids it."),
        cmd_station_issue},
    {"office issue", NULL, 0, 0, NULL, N_("certify a bureau, or renew its certificate"), NULL, cmd_office_issue},
    {"list sign", NULL, 0, 0, NULL, N_("sign a list of items and ceiling prices"),
        N_("The format of FILE stands in data/README.md, a sample in data/items.yaml."), cmd_list_sign},
    {"hotlist", NULL, 0, 0, NULL, N_("sign the next list of stopped cards and revoked stations"),
        N_("On it are the cards whose newest mandate blocks or closes them and those with a stop notice, the stations "
           "of "
           "'station revoke' and the CAs and signers of 'distrust'. --out gets the whole list, --change what a station "
           "needs that has list NUMBER. Stations warn DAYS after the day of issue, and stop: 14 and 30 unless told."),
        cmd_hotlist},
    {"station revoke", NULL, 0, 0, NULL, N_("revoke a station, or take that back"),
        N_("A revoked station sells nothing more once it has the hotlist that says so; other stations go on to carry "
           "what it sold."),
        cmd_station_revoke},
    {"distrust", N_("ROLE=GENERATION"), 1, 1, NULL, N_("trust a CA or signer no more, whose key was stolen"),
        N_("ROLE is station-ca, card-ca, grant-signer or list-signer. Stations that have the hotlist take nothing that "
           "it signed; cards know of it by a root link only."),
        cmd_distrust},
    {"mandate", NULL, 0, 0, NULL, N_("make the next mandate of cards: new grants, block, unblock, close"),
        N_("CARD is an alias or a card number; FILE has one a line. SPEC is as in grant=12,programme=1,unit=g,goods=1,"
           "amount=10000,first=2026-01-01,every=month,count=3; further words are carry=grant, priority=N, slot=N and "
           "inherits=GRANT. All mandates are made, or none."),
        cmd_mandate},
    {"notice", NULL, 0, 0, NULL, N_("make notices for cards: stop, PIN reset"),
        N_("CARD is an alias or a card number; FILE has one a line. A stop holds until a newer mandate. A PIN reset "
           "counts when the holder comes to the registrar. All notices are made, or none."),
        cmd_notice},
    {"identity", NULL, 0, 0, NULL, N_("make the next identity record of cards: names, alternate, kelurahan"),
        N_("Either --people, a YAML list of what changes by card, or --card and --cards, whose records are made again "
           "as "
           "the register has them. It is personal: names come from a file only. If an alternate comes or goes, the "
           "card's next mandate is made with it. All are made, or none."),
        cmd_identity},
    {"courier", NULL, 0, 0, NULL, N_("pack what cards and stations wait for"),
        N_("One file for every store: the newest mandates and notices that no card has acknowledged, the item list and "
           "stations' certificates."),
        cmd_courier},
    {"ceremony plan", "KIND", 1, 1, NULL, N_("write the script of a key ceremony"),
        N_("KIND is first-root, succession, intermediate, transport, shares or compromise. ROLE is a key's role; of a "
           "compromise also root-share, grant-signer-share or station. GENERATION is that of the key that is made, or "
           "whose shares are. The same words give the same script."),
        cmd_ceremony_plan},
    {"ceremony run", NULL, 0, 0, NULL, N_("walk a script and keep the record of a key ceremony"),
        N_("Shows a step, finds out what it can, asks for what people see and for their initials. The record goes on "
           "where "
           "it was left. It ends in a transcript that is signed. Commands are typed in another terminal."),
        cmd_ceremony_run},
    {"ceremony verify", N_("FILE"), 1, 1, NULL, N_("check the transcript of a key ceremony"),
        N_("Signature, chain, completeness, order and times, and that its keys and certificates are those of the "
           "store, or of "
           "the anchor."),
        cmd_ceremony_verify},
    {"rotate", N_("ROLE"), 1, 1, NULL, N_("make the next generation of a key and put it in use"),
        N_("ROLE is station-ca, card-ca, grant-signer, list-signer, office-ca or city. What was made with the present "
           "key stays good until its own last day. With --out the root certifies on a machine of its own: FILE is the "
           "request for 'root certify'."),
        cmd_rotate},
    {"root succeed", NULL, 0, 0, NULL, N_("let the next root take over from the present one"),
        N_("The next root certifies everything in use anew and announces the root after it, which is made in the new "
           "folder of --next. With --out it does so on a machine of its own: FILE is the request for 'root certify'."),
        cmd_root_succeed},
    {"root certify", NULL, 0, 0, NULL, N_("answer a request, on the machine of the root"),
        N_("Nothing but the folder of the root's key is needed. Compare what is shown, and the check value, with the "
           "office's machine. A succession also needs --next."),
        cmd_root_certify},
    {"accept", NULL, 0, 0, NULL, N_("take in the root's answer and put it in force"), NULL, cmd_accept},
    {"share status", N_("[FILE...]"), 0, -1, NULL, N_("show which officers open which keys"),
        N_("Lists the quorums of root, next root and grant signer and the shares in DIR/shares and FILE. Needs no "
           "secret."),
        cmd_share_status},
    {"share check", N_("FILE"), 1, 1, NULL, N_("try an officer's share and its pass phrase"),
        N_("With --store it also says whether the share is of the set in force."), cmd_share_check},
    {"share replace", N_("ROLE"), 1, 1, NULL, N_("make new shares in place of all that there are"),
        N_("ROLE is root or grant-signer. It takes the shares of a quorum. Number and names of the officers stay "
           "unless told. From then on the old "
           "shares "
           "open nothing."),
        cmd_share_replace},
};

#define CARD_VERBS "mandate,notice,identity"
#define STORE_VERBS                                                                                                    \
    "init,status,export,transport import,transport retire,station issue,station revoke,office issue,list sign,"        \
    "mandate,notice,identity,hotlist,distrust,courier,ceremony plan,rotate,root succeed,accept,"                       \
    "share status,share replace"

static const struct cli_option options[] = {
    {"store", CLI_VALUE, N_("DIR"), N_("the city's key store"), STORE_VERBS, "*"},
    {"store", CLI_VALUE, N_("DIR"), N_("the city's key store"), "share check", NULL},
    {"out", CLI_VALUE, N_("FILE"), N_("write the result to FILE"),
        "export,station issue,office issue,list sign,courier,ceremony plan,rotate,root succeed,root certify",
        "export,station issue,office issue,list sign,courier,ceremony plan,root certify"},
    {"request", CLI_VALUE, N_("FILE"), N_("what the station's or bureau's enrol, or the office, wrote"),
        "station issue,office issue,root certify", "*"},
    {"role", CLI_VALUE, N_("ROLE"), N_("store, registrar or auditor"), "station issue", "*"},
    {"outlet", CLI_VALUE, N_("ID"), N_("the outlet where the station stands, or the card's only one; none: any"),
        "station issue,mandate", NULL},
    {"kelurahan", CLI_VALUE, N_("CODE"), N_("the kelurahan's code; stores and registrars need one"), "station issue",
        NULL},
    {"programme", CLI_VALUE, N_("LIST"), N_("the programmes it may debit; a store needs this"), "station issue", NULL},
    {"limit", CLI_VALUE, N_("LIMIT"), N_("the most per debit: g=N,ml=N,pc=N,rp=N"), "station issue", NULL},
    {"from", CLI_VALUE, N_("DATE"), N_("first day; today if it is left out"), "station issue,rotate", NULL},
    {"until", CLI_VALUE, N_("DATE"), N_("last day"), "station issue,rotate", "station issue"},
    {"root", CLI_VALUE, N_("DIR"), N_("the folder of the root's key, if it is not in the store"),
        "rotate,root succeed,root certify", "root certify"},
    {"next", CLI_VALUE, N_("DIR"), N_("make the root after the next one in this new folder"),
        "root succeed,root certify", NULL},
    {"old-until", CLI_VALUE, N_("DATE"), N_("the last day on which the present root counts"), "root succeed", NULL},
    {"compromised", CLI_FLAG, NULL, N_("the present root counts no more"), "root succeed", NULL},
    {"without", CLI_LIST, N_("ROLE=GENERATION"), N_("do not certify this one anew: it was stolen"), "root succeed",
        NULL},
    {"check", CLI_VALUE, N_("VALUE"), N_("refuse a request with another check value"), "root certify", NULL},
    {"answer", CLI_VALUE, N_("FILE"), N_("what 'root certify' wrote"), "accept", "*"},
    {"rekey", CLI_FLAG, NULL, N_("the station is known and asks for other keys than it has"), "station issue", NULL},
    {"items", CLI_VALUE, N_("FILE"), N_("the list in YAML"), "list sign", "*"},
    {"card", CLI_LIST, N_("CARD"), N_("a card, by alias or card number"), CARD_VERBS, NULL},
    {"cards", CLI_VALUE, N_("FILE"), N_("the cards of FILE"), CARD_VERBS, NULL},
    {"people", CLI_VALUE, N_("FILE"), N_("what changes of the people behind cards, in YAML"), "identity", NULL},
    {"grant", CLI_LIST, N_("SPEC"), N_("a grant that begins, or stays with another amount"), "mandate", NULL},
    {"end", CLI_LIST, N_("GRANT"), N_("the number of a grant that ends"), "mandate", NULL},
    {"block", CLI_FLAG, NULL, N_("the card cannot pay until a mandate unblocks it"), "mandate", NULL},
    {"unblock", CLI_FLAG, NULL, N_("the card can pay again"), "mandate", NULL},
    {"close", CLI_FLAG, NULL, N_("the card ends, for ever"), "mandate", NULL},
    {"pin", CLI_VALUE, N_("yes|no"), N_("whether every purchase asks for the PIN"), "mandate", NULL},
    {"alternate", CLI_VALUE, N_("yes|no"), N_("whether the alternate may fetch"), "mandate", NULL},
    {"set-floor", CLI_FLAG, NULL, N_("mend a card's date that a wrong certificate raised"), "mandate", NULL},
    {"stop", CLI_FLAG, NULL, N_("stop the cards"), "notice", NULL},
    {"pin-reset", CLI_FLAG, NULL, N_("let the registrar set new PINs"), "notice", NULL},
    {"out", CLI_VALUE, N_("FILE"), N_("write the whole list to FILE"), "hotlist", NULL},
    {"change", CLI_VALUE, N_("FILE"), N_("write the change of an earlier list to FILE"), "hotlist", NULL},
    {"since", CLI_VALUE, N_("NUMBER"), N_("the list that the change is made of; the one before unless told"), "hotlist",
        NULL},
    {"warn-after", CLI_VALUE, N_("DAYS"), N_("days after which stations warn"), "hotlist", NULL},
    {"stop-after", CLI_VALUE, N_("DAYS"), N_("days after which stations stop"), "hotlist", NULL},
    {"terminal", CLI_VALUE, N_("ID"), N_("the station's id"), "station revoke", "*"},
    {"restore", CLI_FLAG, NULL, N_("take it back"), "station revoke,distrust", NULL},
    {"list", CLI_VALUE, N_("FILE"), N_("send this signed item list"), "courier", NULL},
    {"hotlist", CLI_VALUE, N_("FILE"), N_("send this hotlist, whole or a change"), "courier", NULL},
    {"certificate", CLI_LIST, N_("FILE"), N_("send this station's certificate"), "courier", NULL},
    {"role", CLI_VALUE, N_("ROLE"), N_("the key that the ceremony is about"), "ceremony plan", NULL},
    {"generation", CLI_VALUE, N_("GENERATION"), N_("of the key that is made"), "ceremony plan", NULL},
    {"from", CLI_VALUE, N_("DATE"), N_("first day of the new key"), "ceremony plan", NULL},
    {"until", CLI_VALUE, N_("DATE"), N_("its last day"), "ceremony plan", NULL},
    {"old-until", CLI_VALUE, N_("DATE|0"), N_("last day of the root that is followed; 0: none"), "ceremony plan", NULL},
    {"root", CLI_VALUE, N_("DIR"), N_("folder of the root that signs"), "ceremony plan", NULL},
    {"next", CLI_VALUE, N_("DIR"), N_("folder of the root for later"), "ceremony plan", NULL},
    {"files", CLI_VALUE, N_("DIR"), N_("folder of requests, answers and exports"), "ceremony plan", NULL},
    {"air-gap", CLI_FLAG, NULL, N_("the root's machine is another one, without a network"), "ceremony plan", NULL},
    {"qr", CLI_FLAG, NULL, N_("requests and answers travel as QR codes"), "ceremony plan", NULL},
    {"quorum", CLI_VALUE, N_("M/N"), N_("how many of how many officers open a key"), "ceremony plan", NULL},
    {"terminal", CLI_VALUE, N_("ID"), N_("the station in other people's hands"), "ceremony plan", NULL},
    {"date", CLI_VALUE, N_("DATE"), N_("day of the ceremony, today unless told"), "ceremony plan", NULL},
    {"place", CLI_VALUE, N_("TEXT"), N_("where it is held"), "ceremony plan", NULL},
    {"master", CLI_VALUE, N_("NAME"), N_("the master of ceremony"), "ceremony plan", "*"},
    {"officer", CLI_LIST, N_("NAME"), N_("a key officer; at least two"), "ceremony plan", "*"},
    {"witness", CLI_LIST, N_("NAME"), N_("a witness"), "ceremony plan", "*"},
    {"sign", CLI_VALUE, N_("ROLE"), N_("the key that signs the transcript, the city's unless told"), "ceremony plan",
        NULL},
    {"store", CLI_VALUE, N_("DIR"), N_("the key store of the script"), "ceremony run", "*"},
    {"plan", CLI_VALUE, N_("FILE"), N_("the script"), "ceremony run", "*"},
    {"record", CLI_VALUE, N_("FILE"), N_("the record, begun or gone on with"), "ceremony run", "*"},
    {"out", CLI_VALUE, N_("FILE"), N_("write the transcript to FILE, not beside the record"), "ceremony run", NULL},
    {"store", CLI_VALUE, N_("DIR"), N_("compare with this key store"), "ceremony verify", NULL},
    {"anchor", CLI_VALUE, N_("FILE"), N_("compare with this anchor, which 'export' wrote"), "ceremony verify", NULL},
    {"pdf", CLI_VALUE, N_("FILE"), N_("print the script to FILE as well"), "ceremony plan", NULL},
    {"test-key", CLI_FLAG, NULL, N_("the well-known key of virtual and test cards"), "transport import", NULL},
    {"generation", CLI_VALUE, N_("N"), N_("the key's generation, as status shows it"), "transport retire", "*"},
    {"kcv", CLI_VALUE, N_("KCV"), N_("the key's check value, instead of the question"), "transport retire", NULL},
    {"component", CLI_LIST, N_("FILE"), N_("a component of the key"), "transport import", NULL},
    {"generation", CLI_VALUE, N_("N"), N_("the key's generation, the newest unless told"), "share replace", NULL},
    {"quorum", CLI_VALUE, N_("M/N"), N_("so many of so many officers from now on"), "share replace", NULL},
    {"officer", CLI_VALUE, N_("NAME,NAME..."), N_("the names of the officers from now on"), "share replace", NULL},
    {"out", CLI_VALUE, N_("DIR"), N_("the folder for the new shares, DIR/shares unless told"), "share replace", NULL},
    ASK_OPTION_TOKEN("init,root succeed,root certify"),
    ASK_OPTION_SHARE(
        "!init,status,export,inspect,transport import,transport retire,share status,share check,ceremony plan"),
    ASK_OPTIONS_QUORUM("init,rotate,root succeed,root certify"),
    CLI_OPTIONS_PASSPHRASE(NULL),
};

static const struct cli_program program = {
    .name = "sembako-keys",
    .summary = N_("keys of the issuer: making, certifying, signing, explaining"),
    .verbs = verbs,
    .verb_count = COUNT(verbs),
    .options = options,
    .option_count = COUNT(options),
};

int main(int argc, char **argv) {
    sbk_keys_protect_process();
    return cli_main(&program, argc, argv);
}
