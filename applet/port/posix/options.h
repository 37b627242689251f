/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_PORT_POSIX_OPTIONS_H
#define SBK_PORT_POSIX_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* Exit codes, as those of the other programs. */
#define CARD_EXIT_DONE 0
#define CARD_EXIT_USAGE 2
#define CARD_EXIT_ENVIRONMENT 3

struct card_options {
    char *image;
    char *deck;
    char *feed;
    char *vpcd;
    char *transport_key;
    char *trace;
    int count; /* cards in the deck; 0: those that are there, at least one */
    int json;
    char host[256];
    char port[16];
    uint8_t master[16];
};

/* Parses the command line and reads the transport key. -1: go on; else the exit code, with the message given. */
int card_options_parse(int argc, const char **argv, struct card_options *options);
void card_options_free(struct card_options *options);

/* "sembako-card: TEXT" on standard error. */
__attribute__((format(printf, 1, 2))) void card_say(const char *format, ...);

#endif
