/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "cli/cli.h"
#include "cli/secrets.h"
#include "keys/program.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static const struct cli_verb verbs[] = {
    {"init", NULL, 0, 0, NULL, N_("make the city's keys"),
        N_("Makes root and next root, station CA, card CA, grant signer, list signer, office CA and the city's own "
           "identity in the new folder DIR, one envelope each. ROLE is root, next-root, station-ca, card-ca, "
           "grant-signer, list-signer, office-ca or city. Carry DIR/next-root to other custody afterwards."),
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
    {"station issue", NULL, 0, 0, NULL, N_("certify a station, or renew its certificate"),
        N_("LIST is programme numbers 1 to 32 with commas, or all. LIMIT is the most per debit by unit, such as "
           "g=20000,rp=300000; a unit left out is not limited, and 0 forbids it."),
        cmd_station_issue},
    {"office issue", NULL, 0, 0, NULL, N_("certify a bureau, or renew its certificate"), NULL, cmd_office_issue},
    {"list sign", NULL, 0, 0, NULL, N_("sign a list of items and ceiling prices"),
        N_("The format of FILE stands in data/README.md, a sample in data/items.yaml."), cmd_list_sign},
};

#define STORE_VERBS "init,status,export,transport import,station issue,office issue,list sign"

static const struct cli_option options[] = {
    {"store", CLI_VALUE, N_("DIR"), N_("the city's key store"), STORE_VERBS, "*"},
    {"out", CLI_VALUE, N_("FILE"), N_("write the result to FILE"), "export,station issue,office issue,list sign", "*"},
    {"request", CLI_VALUE, N_("FILE"), N_("what the station's or bureau's enrol wrote"), "station issue,office issue",
        "*"},
    {"role", CLI_VALUE, N_("ROLE"), N_("store, registrar or auditor"), "station issue", "*"},
    {"outlet", CLI_VALUE, N_("ID"), N_("the outlet where the station stands; a store needs one"), "station issue",
        NULL},
    {"kelurahan", CLI_VALUE, N_("CODE"), N_("the kelurahan's code; stores and registrars need one"), "station issue",
        NULL},
    {"programme", CLI_VALUE, N_("LIST"), N_("the programmes it may debit; a store needs this"), "station issue", NULL},
    {"limit", CLI_VALUE, N_("LIMIT"), N_("the most per debit: g=N,ml=N,pc=N,rp=N"), "station issue", NULL},
    {"from", CLI_VALUE, N_("DATE"), N_("first day, today unless earlier"), "station issue", NULL},
    {"until", CLI_VALUE, N_("DATE"), N_("last day"), "station issue", "*"},
    {"items", CLI_VALUE, N_("FILE"), N_("the list in YAML"), "list sign", "*"},
    {"test-key", CLI_FLAG, NULL, N_("the well-known key of virtual and test cards"), "transport import", NULL},
    {"component", CLI_LIST, N_("FILE"), N_("a component of the key"), "transport import", NULL},
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
