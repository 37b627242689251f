/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/report.h"
#include "base/i18n.h"
#include "keys/cms.h"
#include "schema/reason.h"

#include <string.h>

#define HEAD_ROOM 64

struct writing {
    struct sbk_buffer entries;
    uint32_t count;
};

static sbk_result write_entry(void *context, const struct sbk_report_card *card, struct sbk_error *error) {
    struct writing *writing = context;
    uint8_t bytes[SBK_REPORT_CARD_MAX];
    size_t size = 0;

    if (sbk_report_write_card(card, bytes, sizeof(bytes), &size) != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_TAMPERED, SBK_REASON_FORMAT,
            _("the bureau's database holds something that no report can say about order %lu"),
            (unsigned long)card->sequence);
    }
    writing->count++;
    return sbk_buffer_append(&writing->entries, bytes, size, error);
}

static sbk_result write_content(const struct sbk_batch *batch, const struct writing *writing, uint32_t now,
    struct sbk_buffer *content, struct sbk_error *error) {
    struct sbk_report report = {.made = now, .info = batch->info};
    uint8_t head[HEAD_ROOM];
    size_t size = 0;

    report.info.count = writing->count;
    if (sbk_report_write_head(&report, head, sizeof(head), &size) != SBK_FORMAT_OK) {
        return sbk_fail(error, SBK_ENVIRONMENT, SBK_REASON_FORMAT, _("the report's head does not fit its format"));
    }
    const sbk_result result = sbk_buffer_append(content, head, size, error);
    if (result != SBK_OK || writing->entries.size == 0) {
        return result;
    }
    return sbk_buffer_append(content, writing->entries.data, writing->entries.size, error);
}

sbk_result sbk_report_make(struct sbk_database *database, const struct sbk_batch *batch,
    const struct sbk_office *office, struct sbk_key *bureau, uint32_t now, struct sbk_buffer *out,
    struct sbk_bureau_count *counted, struct sbk_error *error) {
    const struct sbk_bytes *own = &office->certificate.x509;
    struct writing writing = {SBK_BUFFER_EMPTY, 0};
    struct sbk_buffer content = SBK_BUFFER_EMPTY;
    sbk_result result = sbk_bureau_count(database, batch->info.id, counted, error);

    if (result == SBK_OK) {
        result = sbk_bureau_entries(database, batch->info.id, write_entry, &writing, error);
    }
    if (result == SBK_OK) {
        result = write_content(batch, &writing, now, &content, error);
    }
    if (result == SBK_OK) {
        result =
            sbk_cms_sign(bureau, own->data, own->size, SBK_BUNDLE_REPORT, content.data, content.size, now, out, error);
    }
    sbk_buffer_free(&writing.entries);
    sbk_buffer_free(&content);
    return result;
}
