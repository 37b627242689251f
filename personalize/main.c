/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "cli/secrets.h"
#include "keys/ask.h"
#include "keys/store.h"
#include "personalize/command.h"

static const struct cli_verb verbs[] = {
    {"sample-roll", NULL, 0, 0, NULL, N_("write a synthetic household roll for demonstrations and tests"),
        N_("The same numbers give the same roll. All its NIKs and family cards are invented and have serials 9000 to "
           "9999,\nwhich real ones never reach. It holds ineligible and faulty rows in known proportions."),
        cmd_sample_roll},
    {"prepare", NULL, 0, 0, NULL, N_("make a batch of cards for the bureau from a household roll"),
        N_("Lists every problem of the roll by line and reason; rows with an error get no card, nor do households that "
           "have one.\nWith --dry-run nothing is made or written, and --recipient and --out are not needed."),
        cmd_prepare},
    {"enrol", NULL, 0, 0, NULL, N_("make the bureau's folder and key, and a request for its certificate"), NULL,
        cmd_enrol},
    {"install", NULL, 0, 0, NULL, N_("take the city's certificate and pin its root"), NULL, cmd_install},
    {"encode", NULL, 0, 0, NULL, N_("encode the cards of a batch on one reader"),
        N_("Put in one blank card after the other. A run that was cut off goes on with exactly the right card.\n"
           "--feeder CMD is run by 'sh -c' as \"CMD good\" or \"CMD bad\" after each card and brings the next one."),
        cmd_encode},
    {"report", NULL, 0, 0, NULL, N_("sign a report of the cards that were made"), NULL, cmd_report},
    {"certify", NULL, 0, 0, NULL, N_("reconcile a bureau's report with the batch and make the card certificates"),
        N_("If one card of the report is not as ordered, no certificate is made (exit 4), and each is named."),
        cmd_certify},
    {"outstanding", N_("[LOG...]"), 0, -1, NULL,
        N_("take acknowledgements from stations' logs; list cards without their newest mandate"),
        N_("LOG is a station's folder, or a copy of its station.db. The card signed the acknowledgement, so it does "
           "not "
           "matter who brings the log."),
        cmd_outstanding},
};

static const struct cli_option options[] = {
    {"store", CLI_VALUE, N_("DIR"), N_("the city's key store"), "prepare,certify,outstanding", "*"},
    {"office", CLI_VALUE, N_("DIR"), N_("the bureau's folder"), "enrol,install,encode,report", "*"},
    {"households", CLI_VALUE, N_("N"), N_("rows to write"), "sample-roll", "*"},
    {"seed", CLI_VALUE, N_("N"), N_("start of the random choices"), "sample-roll", "*"},
    {"roll", CLI_VALUE, N_("FILE"), N_("the household roll, CSV"), "prepare", "*"},
    {"programmes", CLI_VALUE, N_("FILE"), N_("the programme file, YAML"), "prepare", "*"},
    {"recipient", CLI_VALUE, N_("CERT"), N_("the bureau's certificate, as 'sembako-keys office issue' made it"),
        "prepare", NULL},
    {"households-max", CLI_VALUE, N_("N"), N_("make at most N cards"), "prepare", NULL},
    {"transport", CLI_VALUE, N_("GENERATION"), N_("for blank cards of this transport key, not of the newest"),
        "prepare", NULL},
    {"dry-run", CLI_FLAG, NULL, N_("show what would be made, make nothing"), "prepare", NULL},
    {"name", CLI_VALUE, N_("NAME"), N_("the bureau's name in its certificate"), "enrol", "*"},
    {"certificate", CLI_VALUE, N_("CERT"), N_("the city's answer to the request"), "install", "*"},
    {"batch", CLI_VALUE, N_("BATCH"), N_("the batch file from the city"), "encode,report", "*"},
    {"reader", CLI_VALUE, N_("NAME"), N_("use this reader, not the only one that holds a card"), "encode", NULL},
    {"count", CLI_VALUE, N_("N"), N_("stop after N cards"), "encode", NULL},
    {"feeder", CLI_VALUE, N_("CMD"), N_("command that moves each card on"), "encode", NULL},
    {"report", CLI_VALUE, N_("REPORT"), N_("the bureau's report"), "certify", "*"},
    {"out", CLI_VALUE, N_("FILE"), N_("file to write"), "sample-roll,prepare,enrol,report,certify",
        "sample-roll,enrol,report,certify"},
    ASK_OPTION_TOKEN("enrol"),
    ASK_OPTION_SHARE("prepare"),
    CLI_OPTIONS_PASSPHRASE(NULL),
};

int main(int argc, char **argv) {
    static const struct cli_program program = {.name = "sembako-personalize",
        .summary = N_("Makes cards, from the household roll to certified cards"),
        .verbs = verbs,
        .verb_count = sizeof(verbs) / sizeof(verbs[0]),
        .options = options,
        .option_count = sizeof(options) / sizeof(options[0])};

    sbk_keys_protect_process();
    return cli_main(&program, argc, argv);
}
