/* SPDX-License-Identifier: Apache-2.0 */
#include "base/i18n.h"
#include "cli/secrets.h"
#include "keys/ask.h"
#include "reader/common.h"

#define CARD_VERBS "activate,balance,redeem,void"

static const struct cli_verb verbs[] = {
    {.words = "enrol", .help = N_("make a station's folder and keys, and its certificate request"), .run = cmd_enrol},
    {.words = "rekey",
        .help = N_("make the station's next keys and the request for their certificate"),
        .more =
            N_("The present keys stay in use until 'install' takes the certificate for the next ones. Again, the same "
               "request is written again."),
        .run = cmd_rekey},
    {.words = "install",
        .help = N_("take a certificate from the city; the first pins the city's root"),
        .run = cmd_install},
    {.words = "activate",
        .help = N_("activate the card on the reader: load its certificate, set its PINs"),
        .run = cmd_activate},
    {.words = "balance", .help = N_("show what is left on the card on the reader"), .run = cmd_balance},
    {.words = "redeem",
        .arguments = N_("ITEM=QUANTITY[@PRICE]..."),
        .arguments_min = 1,
        .arguments_max = -1,
        .help = N_("charge a basket to the card on the reader"),
        .more = N_("A quantity is a number and kg, g, l, ml or pc; a price is rupiah per kg, litre or piece, without "
                   "it the list's ceiling counts: beras=5kg minyak=0.5l gula=1kg@18000.\n"
                   "Exit status 5: not settled; tap the same card again with the same basket."),
        .run = cmd_redeem},
    {.words = "void",
        .arguments = N_("TRANSACTION"),
        .arguments_min = 1,
        .arguments_max = 1,
        .help = N_("take back a sale of this station, whole; its card is on the reader"),
        .more = N_("Only under the mandate and in the period of the sale, among the card's last 16 transactions.\n"
                   "Exit status 5: not settled; tap the same card again with the same command."),
        .run = cmd_void},
    {.words = "log verify",
        .help = N_("recompute the station's log and check every signature in it"),
        .more =
            N_("With --checkpoint, also whether each checkpoint that was kept elsewhere is the beginning of this log: "
               "what was signed and given away cannot be taken back quietly."),
        .run = cmd_log_verify},
    {.words = "log show", .help = N_("list the entries of the station's log"), .run = cmd_log_show},
    {.words = "log checkpoint",
        .help = N_("sign the log's head, or give the newest one that was signed"),
        .more = N_("Whoever keeps it can tell later whether the log was altered or rolled back."),
        .run = cmd_log_checkpoint},
    {.words = "log prove",
        .arguments = N_("ENTRY"),
        .arguments_min = 1,
        .arguments_max = 1,
        .help = N_("prove that an entry stands in the log, to somebody who has not the log"),
        .run = cmd_log_prove},
    {.words = "log consistency",
        .arguments = N_("OLD [NEW]"),
        .arguments_min = 1,
        .arguments_max = 2,
        .help = N_("prove that checkpoint OLD is the beginning of NEW, or else of the newest one"),
        .run = cmd_log_consistency},
    {.words = "log check",
        .arguments = N_("PROOF"),
        .arguments_min = 1,
        .arguments_max = 1,
        .help = N_("check a proof, without any station, and say what it shows"),
        .more = N_("Give the log's key as the city knows it, or the station's certificate file, which names its key."),
        .run = cmd_log_check},
    {.words = "log cross-check",
        .arguments = N_("LOG..."),
        .arguments_min = 1,
        .arguments_max = -1,
        .help = N_("put the logs of several stations together and follow every card through them"),
        .more = N_("LOG is a station's folder, or a copy of its station.db.\n"
                   "Exit status 4: a card or a log lied; 5: something is missing that another log or a tap may bring."),
        .run = cmd_log_cross_check},
    {.words = "courier import",
        .arguments = N_("COURIER"),
        .arguments_min = 1,
        .arguments_max = 1,
        .help = N_("take what the city sent: records for cards, a list, a certificate"),
        .more = N_("Cards get theirs at their next tap. The same courier again, or an older one, does no harm."),
        .run = cmd_courier_import},
    {.words = "hotlist import",
        .arguments = N_("HOTLIST"),
        .arguments_min = 1,
        .arguments_max = 1,
        .help = N_("take a hotlist, whole or a change: cards and stations that are stopped"),
        .more =
            N_("A courier brings it as well. A change needs the list that it changes; the whole one is always good."),
        .run = cmd_hotlist_import},
    {.words = "list import",
        .arguments = N_("LIST"),
        .arguments_min = 1,
        .arguments_max = 1,
        .help = N_("take a signed item and price list"),
        .run = cmd_list_import},
    {.words = "status",
        .help = N_("show the station's certificate, list, log and open transactions"),
        .run = cmd_status},
};

static const struct cli_option options[] = {
    {"station", CLI_VALUE, N_("DIR"), N_("the station's folder"), "!log check,log cross-check", "*"},
    {"id", CLI_VALUE, N_("ID"), N_("the station's id: 1 to 12 characters of A-Z a-z 0-9 . _ -"), "enrol", "*"},
    {"out", CLI_VALUE, N_("REQ"), N_("write the certificate request to REQ"), "enrol,rekey", "*"},
    {"certificate", CLI_VALUE, N_("CERT"), N_("the certificate file from the city"), "install", "*"},
    {"certificate", CLI_LIST, N_("CERT"), N_("the station's certificate file from the city, which names its log key"),
        "log check", NULL},
    {"key", CLI_LIST, N_("NAME+HASH+KEY"), N_("the log's key, in the form of a note verifier"), "log check", NULL},
    {"checkpoint", CLI_LIST, N_("FILE"), N_("a checkpoint of this log that was kept elsewhere"), "log verify", NULL},
    {"to", CLI_VALUE, N_("FILE"), N_("write to FILE"), "log checkpoint,log prove,log consistency", NULL},
    {"certificates", CLI_VALUE, N_("CERTIFICATES"), N_("the card certificates from the city"), "activate", "*"},
    {"reader", CLI_VALUE, N_("NAME"), N_("use this reader; without it the only one that holds a card"), CARD_VERBS,
        NULL},
    {"as", CLI_VALUE, N_("holder|alternate"), N_("whose PIN is given; the holder's unless told"), "redeem", NULL},
    {"transaction", CLI_VALUE, N_("N"), N_("the number of what is done now; the same number never does it twice"),
        "redeem,void", NULL},
    {"yes", CLI_FLAG, NULL, N_("void without asking at the terminal"), "void", NULL},
    ASK_OPTION_TOKEN("enrol"),
    CLI_OPTIONS_PASSPHRASE(NULL),
    CLI_OPTIONS_PIN("activate,redeem"),
};

static const struct cli_program program = {
    .name = "sembako-reader",
    .summary = N_("the station: activates cards, shows balances, redeems baskets, keeps the log"),
    .verbs = verbs,
    .verb_count = sizeof verbs / sizeof verbs[0],
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .failed = reader_failed,
};

int main(int argc, char **argv) {
    return cli_main(&program, argc, argv);
}
