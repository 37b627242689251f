/* SPDX-License-Identifier: Apache-2.0 */
#include "applet/port/posix/options.h"

#include <ctype.h>
#include <errno.h>
#include <libintl.h>
#include <popt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "applet/port/crypto.h"

#define _(text) dgettext("sembako", text)
#define N_(text) text
#define DEFAULT_VPCD "127.0.0.1:35963"
#define COUNT_MAX 9999

/* GlobalPlatform's well-known test key: for cards that hold nothing of value. */
static const uint8_t test_master[16] = {
    0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4A, 0x4B, 0x4C, 0x4D, 0x4E, 0x4F};

void card_say(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("sembako-card: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

static int usage(const char *what) {
    card_say("%s", what);
    fputs(_("Try: sembako-card --help\n"), stderr);
    return CARD_EXIT_USAGE;
}

/* "HOST:PORT" or "[HOST]:PORT". */
static bool split_address(struct card_options *options) {
    const char *text = options->vpcd != NULL ? options->vpcd : DEFAULT_VPCD;
    const char *colon = strrchr(text, ':');
    if (colon == NULL || colon == text)
        return false;
    size_t size = (size_t)(colon - text);
    if (text[0] == '[' && size >= 2 && text[size - 1] == ']') {
        text++;
        size -= 2;
    }
    char *end;
    long port = strtol(colon + 1, &end, 10);
    if (size == 0 || size >= sizeof options->host || !isdigit((unsigned char)colon[1]) || *end != '\0' || port < 1 ||
        port > 65535)
        return false;
    memcpy(options->host, text, size);
    options->host[size] = '\0';
    snprintf(options->port, sizeof options->port, "%ld", port);
    return true;
}

/* 32 hexadecimal digits in a file that nobody else may read. */
static bool read_key(const char *path, uint8_t key[16]) {
    char text[34] = "";
    struct stat status;
    FILE *file = fopen(path, "r");
    if (file == NULL || fstat(fileno(file), &status) != 0) {
        card_say(_("%s: cannot read the transport key: %s"), path, strerror(errno));
        if (file != NULL)
            fclose(file);
        return false;
    }
    size_t size = fread(text, 1, 33, file);
    bool more = size == 33 && (text[32] != '\n' || fgetc(file) != EOF);
    fclose(file);
    bool good = !more && size >= 32 && strspn(text, "0123456789ABCDEFabcdef") == 32;
    if (!good)
        card_say(_("%s: a transport key is 32 hexadecimal digits on one line"), path);
    else if ((status.st_mode & 077) != 0) {
        card_say(_("%s: others may read this key; run: chmod 600 %s"), path, path);
        good = false;
    }
    for (size_t i = 0; good && i < 16; i++) {
        const char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};
        key[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    sbk_port_wipe(text, sizeof text);
    return good;
}

static int check(struct card_options *options, bool words) {
    if (words)
        return usage(_("unexpected argument"));
    if ((options->image != NULL) == (options->deck != NULL))
        return usage(_("give either --image FILE or --deck DIR"));
    if (options->deck == NULL && (options->feed != NULL || options->count != 0))
        return usage(_("--count and --feed need --deck"));
    if (options->count < 0 || options->count > COUNT_MAX)
        return usage(_("--count is a number from 1 to 9999"));
    if (!split_address(options))
        return usage(_("--vpcd wants HOST:PORT"));
    memcpy(options->master, test_master, sizeof test_master);
    if (options->transport_key != NULL && !read_key(options->transport_key, options->master))
        return CARD_EXIT_ENVIRONMENT;
    return -1;
}

int card_options_parse(int argc, const char **argv, struct card_options *options) {
    int version = 0;
    memset(options, 0, sizeof *options);
    const struct poptOption table[] = {{"image", '\0', POPT_ARG_STRING, &options->image, 0,
                                           N_("the card's image; a blank card is made if it is not there"), N_("FILE")},
        {"deck", '\0', POPT_ARG_STRING, &options->deck, 0,
            N_("a hopper of cards: DIR/card-0001.img, DIR/card-0002.img, ..."), N_("DIR")},
        {"count", '\0', POPT_ARG_INT, &options->count, 0, N_("how many cards the deck has; missing ones are made"),
            "N"},
        {"feed", '\0', POPT_ARG_STRING, &options->feed, 0,
            N_("the deck moves on when a line 'next' comes from this FIFO (made if missing)"), N_("FIFO")},
        {"vpcd", '\0', POPT_ARG_STRING, &options->vpcd, 0, N_("where vpcd listens; 127.0.0.1:35963 unless told"),
            "HOST:PORT"},
        {"transport-key", '\0', POPT_ARG_STRING, &options->transport_key, 0,
            N_("master of new cards' transport keys, 32 hexadecimal digits, file mode 0600; the well-known test key "
               "unless "
               "told"),
            N_("FILE")},
        {"trace", '\0', POPT_ARG_STRING, &options->trace, 0,
            N_("append one JSON line for each APDU: sizes and counted operations, no contents"), N_("FILE")},
        {"json", '\0', POPT_ARG_NONE, &options->json, 0, N_("at the end print one JSON object"), NULL},
        {"version", '\0', POPT_ARG_NONE, &version, 0, N_("print the version"), NULL}, POPT_AUTOHELP POPT_TABLEEND};
    poptContext context = poptGetContext("sembako-card", argc, argv, table, 0);
    poptSetOtherOptionHelp(context, "(--image FILE | --deck DIR [--count N] [--feed FIFO]) [--vpcd HOST:PORT]");
    int result = poptGetNextOpt(context);
    int code;
    if (result < -1) {
        card_say("%s: %s", poptBadOption(context, 0), poptStrerror(result));
        code = CARD_EXIT_USAGE;
    } else if (version != 0) {
        puts("sembako-card " SBK_VERSION);
        code = CARD_EXIT_DONE;
    } else {
        code = check(options, poptPeekArg(context) != NULL);
    }
    poptFreeContext(context);
    return code;
}

void card_options_free(struct card_options *options) {
    free(options->image);
    free(options->deck);
    free(options->feed);
    free(options->vpcd);
    free(options->transport_key);
    free(options->trace);
    sbk_port_wipe(options, sizeof *options);
}
