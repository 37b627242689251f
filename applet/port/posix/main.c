/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <libintl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "applet/entitlement/entitlement.h"
#include "applet/port/posix/image_file.h"
#include "applet/port/posix/options.h"
#include "applet/port/posix/vpcd.h"

/* sembako-card: a card, or a hopper of cards, behind vpcd. */

#define _(text) dgettext("sembako", text)
#define RETRY_MS 200
#define FIRST_TRIES 50 /* ten seconds for a pcscd that is starting beside us */

struct machine {
    struct card_options options;
    struct sbk_image_file image;
    struct sbk_entitlement entitlement;
    struct sbk_applet_entry applets[1];
    struct sbk_card card;
    char path[4096]; /* of the image in use */
    int number;      /* of the card in the deck, from 1 */
    int count;
    int socket; /* -1: not connected */
    int feed;   /* -1: none */
    FILE *trace;
    char line[64]; /* read from the feed so far */
    size_t line_size;
    bool connected_once;
    int served; /* cards that were put in */
};

static volatile sig_atomic_t stopping;
static int wake_up[2] = {-1, -1};

static void on_signal(int number) {
    int saved = errno;
    (void)number;
    stopping = 1;
    if (write(wake_up[1], "", 1) < 0) {
        /* The pipe is full: the loop wakes up anyway. */
    }
    errno = saved;
}

static bool catch_signals(void) {
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    return pipe(wake_up) == 0 && fcntl(wake_up[1], F_SETFL, O_NONBLOCK) == 0 &&
           sigaction(SIGTERM, &action, NULL) == 0 && sigaction(SIGINT, &action, NULL) == 0 &&
           sigaction(SIGHUP, &action, NULL) == 0;
}

static void pull_card(struct machine *machine) {
    if (machine->socket >= 0)
        close(machine->socket);
    machine->socket = -1;
    sbk_image_file_close(&machine->image);
}

static bool put_card(struct machine *machine) {
    if (machine->options.deck == NULL)
        snprintf(machine->path, sizeof machine->path, "%s", machine->options.image);
    else
        snprintf(machine->path, sizeof machine->path, "%s/card-%04d.img", machine->options.deck, machine->number);
    if (!sbk_image_file_open(&machine->image, machine->path, machine->options.master)) {
        card_say("%s", machine->image.problem);
        return false;
    }
    /* Counts run on over the whole deck. */
    struct sbk_card_counts counts = machine->card.counts;
    struct sbk_memory memory = machine->card.memory;
    sbk_card_init(&machine->card, &machine->image.port, machine->applets, 1);
    machine->card.counts = counts;
    machine->card.memory.page_writes = memory.page_writes;
    machine->card.memory.transactions = memory.transactions;
    sbk_card_power_on(&machine->card);
    machine->served++;
    return true;
}

/* One try to reach vpcd. */
static void try_connect(struct machine *machine) {
    machine->socket = sbk_vpcd_connect(machine->options.host, machine->options.port);
    if (machine->socket >= 0)
        machine->connected_once = true;
}

static void trace_command(struct machine *machine, const uint8_t header[2], const struct sbk_card_counts *before,
    uint32_t page_writes, uint32_t transactions) {
    const struct sbk_card_counts *now = &machine->card.counts;
    if (machine->trace == NULL)
        return;
    fprintf(machine->trace,
        "{\"cla\": \"%02X\", \"ins\": \"%02X\", \"bytes_in\": %u, \"bytes_out\": %u, \"verifies\": %u, \"signs\": %u, "
        "\"keygens\": %u, \"agreements\": %u, \"page_writes\": %u, \"transactions\": %u}\n",
        header[0], header[1], (unsigned)(now->bytes_in - before->bytes_in),
        (unsigned)(now->bytes_out - before->bytes_out), (unsigned)(now->verifies - before->verifies),
        (unsigned)(now->signs - before->signs), (unsigned)(now->keygens - before->keygens),
        (unsigned)(now->agreements - before->agreements), (unsigned)(machine->card.memory.page_writes - page_writes),
        (unsigned)(machine->card.memory.transactions - transactions));
    fflush(machine->trace);
}

static void serve(struct machine *machine) {
    uint8_t header[2];
    struct sbk_card_counts before = machine->card.counts;
    uint32_t page_writes = machine->card.memory.page_writes;
    uint32_t transactions = machine->card.memory.transactions;
    switch (sbk_vpcd_serve(machine->socket, &machine->card, header)) {
    case SBK_VPCD_COMMAND:
        trace_command(machine, header, &before, page_writes, transactions);
        break;
    case SBK_VPCD_GONE:
        close(machine->socket);
        machine->socket = -1;
        break;
    case SBK_VPCD_NOTHING:
    default:
        break;
    }
}

/* The line "next" pulls the card and puts the one after it in. False: the deck is through, or the next card fails. */
static bool obey(struct machine *machine, int *code) {
    if (strcmp(machine->line, "next") != 0) {
        card_say(_("%s: unknown word '%s'; only 'next' is known"), machine->options.feed, machine->line);
        return true;
    }
    pull_card(machine);
    if (machine->number >= machine->count)
        return false;
    machine->number++;
    if (put_card(machine))
        return true;
    *code = CARD_EXIT_ENVIRONMENT;
    return false;
}

static bool read_feed(struct machine *machine, int *code) {
    char byte;
    while (read(machine->feed, &byte, 1) == 1) {
        if (byte != '\n') {
            if (machine->line_size < sizeof machine->line - 1)
                machine->line[machine->line_size++] = byte;
            continue;
        }
        machine->line[machine->line_size] = '\0';
        machine->line_size = 0;
        if (!obey(machine, code))
            return false;
    }
    return true;
}

static int run(struct machine *machine) {
    int code = CARD_EXIT_DONE;
    int tries = 0;
    while (!stopping) {
        if (machine->socket < 0)
            try_connect(machine);
        if (machine->socket < 0 && !machine->connected_once && ++tries > FIRST_TRIES) {
            card_say(_("no vpcd at %s:%s: %s. Start pcscd with the vpcd driver, or name its address with --vpcd"),
                machine->options.host, machine->options.port, strerror(errno));
            return CARD_EXIT_ENVIRONMENT;
        }
        struct pollfd waits[3] = {{.fd = wake_up[0], .events = POLLIN}, {.fd = machine->feed, .events = POLLIN},
            {.fd = machine->socket, .events = POLLIN}};
        int ready = poll(waits, 3, machine->socket < 0 ? RETRY_MS : -1);
        if (ready < 0 && errno != EINTR) {
            card_say("poll: %s", strerror(errno));
            return CARD_EXIT_ENVIRONMENT;
        }
        if (ready <= 0)
            continue;
        if (machine->socket >= 0 && waits[2].revents != 0)
            serve(machine);
        if (waits[1].revents != 0 && !read_feed(machine, &code))
            return code;
    }
    return code;
}

/* A deck's folder holds private keys: 0700, and a looser one is refused. */
static bool open_deck(struct machine *machine) {
    const char *deck = machine->options.deck;
    struct stat status;
    if (mkdir(deck, 0700) != 0 && errno != EEXIST) {
        card_say(_("%s: cannot make the folder: %s"), deck, strerror(errno));
        return false;
    }
    if (stat(deck, &status) != 0 || !S_ISDIR(status.st_mode)) {
        card_say(_("%s: this is no folder"), deck);
        return false;
    }
    if ((status.st_mode & 077) != 0) {
        card_say(_("%s: others may enter this folder of cards; run: chmod 700 %s"), deck, deck);
        return false;
    }
    machine->count = machine->options.count;
    while (machine->options.count == 0) {
        snprintf(machine->path, sizeof machine->path, "%s/card-%04d.img", deck, machine->count + 1);
        if (stat(machine->path, &status) != 0)
            break;
        machine->count++;
    }
    if (machine->count == 0)
        machine->count = 1;
    return true;
}

static bool open_feed(struct machine *machine) {
    const char *path = machine->options.feed;
    struct stat status;
    if (path == NULL)
        return true;
    if (mkfifo(path, 0600) != 0 && errno != EEXIST) {
        card_say(_("%s: cannot make the FIFO: %s"), path, strerror(errno));
        return false;
    }
    /* Open for writing too, so that it does not end with its first writer. */
    machine->feed = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (machine->feed < 0 || fstat(machine->feed, &status) != 0 || !S_ISFIFO(status.st_mode)) {
        card_say(_("%s: this is no FIFO that can be read"), path);
        return false;
    }
    return true;
}

static bool set_up(struct machine *machine) {
    machine->number = 1;
    machine->count = 1;
    machine->applets[0] = (struct sbk_applet_entry){&sbk_entitlement_applet, &machine->entitlement};
    if (machine->options.deck != NULL && !open_deck(machine))
        return false;
    if (machine->options.trace != NULL) {
        machine->trace = fopen(machine->options.trace, "a");
        if (machine->trace == NULL) {
            card_say("%s: %s", machine->options.trace, strerror(errno));
            return false;
        }
    }
    if (!catch_signals()) {
        card_say(_("cannot catch signals: %s"), strerror(errno));
        return false;
    }
    return open_feed(machine) && put_card(machine);
}

static void print_json(const struct machine *machine, int code) {
    const struct sbk_card_counts *counts = &machine->card.counts;
    printf("{\"result\": \"%s\", \"cards\": %d, \"apdus\": %u, \"bytes_in\": %u, \"bytes_out\": %u, \"verifies\": %u, "
           "\"signs\": %u, \"keygens\": %u, \"agreements\": %u, \"page_writes\": %u, \"transactions\": %u}\n",
        code == CARD_EXIT_DONE    ? "done"
        : code == CARD_EXIT_USAGE ? "usage"
                                  : "environment",
        machine->served, (unsigned)counts->apdus, (unsigned)counts->bytes_in, (unsigned)counts->bytes_out,
        (unsigned)counts->verifies, (unsigned)counts->signs, (unsigned)counts->keygens, (unsigned)counts->agreements,
        (unsigned)machine->card.memory.page_writes, (unsigned)machine->card.memory.transactions);
}

int main(int argc, const char **argv) {
    static struct machine machine;
    setlocale(LC_ALL, "");
    bindtextdomain("sembako", SBK_LOCALEDIR);
    textdomain("sembako"); /* popt looks the help of the options up in the default domain */
    machine.socket = -1;
    machine.feed = -1;
    sbk_image_file_init(&machine.image);
    int code = card_options_parse(argc, argv, &machine.options);
    bool parsed = code < 0;
    if (parsed)
        code = set_up(&machine) ? run(&machine) : CARD_EXIT_ENVIRONMENT;
    if (machine.options.json && (parsed || code != CARD_EXIT_DONE))
        print_json(&machine, code);
    pull_card(&machine);
    if (machine.feed >= 0)
        close(machine.feed);
    if (machine.trace != NULL && fclose(machine.trace) != 0 && code == CARD_EXIT_DONE)
        code = CARD_EXIT_ENVIRONMENT;
    card_options_free(&machine.options);
    sbk_port_wipe(&machine.card, sizeof machine.card);
    return code;
}
