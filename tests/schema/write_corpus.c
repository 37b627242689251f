/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the valid samples into DIRECTORY/TARGET/NAME, the corpus of the fuzz targets. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/schema/samples.h"

static const char *directory;

static void put(const char *target, const char *name, const struct sample_bytes *sample) {
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s/%s", directory, target, name) >= (int)sizeof path) {
        exit(1);
    }
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(sample->data, 1, sample->size, file) != sample->size || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

static void put_certificate(const char *name, enum sbk_role role) {
    struct sbk_certificate certificate = sample_certificate(role);
    put("certificate", name, certificate_bytes(&certificate));
    put("tlv", name, certificate_bytes(&certificate));
}

static void put_entry(const char *name, enum sbk_entry_kind kind) {
    struct sbk_entry entry = sample_entry(kind);
    put("records", name, entry_bytes(&entry));
}

static void put_records(void) {
    struct sbk_identity identity = sample_identity();
    put("records", "identity", identity_bytes(&identity));
    struct sbk_mandate mandate = sample_mandate();
    put("records", "mandate", mandate_bytes(&mandate));
    struct sbk_notice notice = sample_notice();
    put("records", "notice", notice_bytes(&notice));
    struct sbk_link link = sample_link();
    put("records", "link", link_bytes(&link));
    struct sbk_closing statement = sample_statement();
    put("records", "statement", statement_bytes(&statement));
    put_entry("entry-activation", SBK_ENTRY_ACTIVATION);
    put_entry("entry-mandate", SBK_ENTRY_MANDATE);
    put_entry("entry-debit", SBK_ENTRY_DEBIT);
    put_entry("entry-void", SBK_ENTRY_VOID);
}

int main(int argc, char **argv) {
    static const char *const kinds[] = {NULL, "opened", "intent-debit", "receipt", "carried", "refused", "delivered",
        "handed-over", "clock", "certificate", "operator", "resolved", "list", "hotlist"};
    if (argc != 2) {
        fprintf(stderr, "usage: write-corpus DIRECTORY\n");
        return 2;
    }
    directory = argv[1];
    put_certificate("authority", SBK_ROLE_STATION_CA);
    put_certificate("terminal", SBK_ROLE_STORE);
    put_certificate("card", SBK_ROLE_CARD);
    put_records();
    put("items", "three", items_bytes());
    put("basket", "two-lines", basket_bytes());
    const struct sbk_root_request request = sample_root_request();
    const struct sbk_root_answer answer = sample_root_answer();
    put("root_request", "request", root_request_bytes(&request));
    put("root_request", "answer", root_answer_bytes(&answer));
    put("hotlist", "whole", hotlist_bytes(SAMPLE_HOTLIST_WHOLE));
    put("hotlist", "change", hotlist_bytes(SAMPLE_HOTLIST_CHANGE));
    put("hotlist", "both", hotlist_bytes(SAMPLE_HOTLIST_BOTH));
    for (uint8_t kind = SBK_LOG_OPENED; kind <= SBK_LOG_HOTLIST; kind++) {
        put("log", kinds[kind], log_bytes(kind));
    }
    put("log", "intent-void", intent_bytes(SBK_OPERATION_VOID));
    put("log", "intent-mandate", intent_bytes(SBK_OPERATION_MANDATE));
    put("log", "intent-activate", intent_bytes(SBK_OPERATION_ACTIVATE));
    return 0;
}
