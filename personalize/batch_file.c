/* SPDX-License-Identifier: Apache-2.0 */
#include "personalize/batch_file.h"
#include "base/file.h"
#include "base/i18n.h"
#include "keys/cms.h"
#include "keys/install.h"
#include "schema/reason.h"

#include <string.h>

static sbk_result judge_head(
    const struct sbk_batch_file *file, const struct sbk_office *office, uint32_t now, struct sbk_error *error) {
    const struct sbk_batch *batch = &file->batch;
    struct sbk_certificate signer;
    uint8_t kcv[SBK_KCV_SIZE];

    sbk_result result = sbk_trust_verify(office->trust, batch->grant_signer.data, batch->grant_signer.size,
        SBK_ROLE_BIT(SBK_ROLE_GRANT_SIGNER), sbk_date_of_time(now), &signer, error);
    if (result == SBK_OK) {
        result = sbk_transport_kcv(batch->transport, kcv, error);
    }
    if (result == SBK_OK && memcmp(kcv, batch->kcv, sizeof(kcv)) != 0) {
        result = sbk_fail(error, SBK_TAMPERED, SBK_REASON_CRYPTO,
            _("the transport key does not agree with its check value; ask for the batch anew"));
    }
    return result;
}

/* The batch carries its root, which is the pinned one or one that followed it and still counts, and its office CA. */
static sbk_result verify_content(struct sbk_batch_file *file, const struct sbk_office *office,
    const struct sbk_buffer *bytes, uint32_t now, struct sbk_error *error) {
    const struct sbk_batch *batch = &file->batch;
    const struct sbk_carried carried = {SBK_BUNDLE_BATCH, &batch->anchor, &batch->binding, &batch->office_ca, NULL, 0};
    struct sbk_cms_outline outline;
    struct sbk_roots led;
    sbk_result result = sbk_cms_outline(bytes->data, bytes->size, &outline, &file->content, error);

    if (result == SBK_OK && outline.kind != SBK_BUNDLE_BATCH) {
        result = sbk_fail(error, SBK_REFUSED, SBK_REASON_FORMAT, _("the file is no batch but another kind of file"));
    }
    if (result != SBK_OK) {
        return result;
    }
    const enum sbk_format format = sbk_batch_parse(file->content.data, file->content.size, &file->batch, &file->cards);
    if (format != SBK_FORMAT_OK) {
        return sbk_fail(
            error, SBK_TAMPERED, SBK_REASON_FORMAT, _("the batch's content %s"), _(sbk_format_text(format)));
    }
    return sbk_carried_open(
        &carried, bytes->data, bytes->size, office->trust, sbk_date_of_time(now), &led, NULL, error);
}

static sbk_result open_content(struct sbk_batch_file *file, const struct sbk_office *office, struct sbk_key *bureau,
    const struct sbk_buffer *bytes, uint32_t now, struct sbk_error *error) {
    const struct sbk_office_certificate *own = &office->certificate;
    struct sbk_buffer signed_file = SBK_BUFFER_EMPTY;
    sbk_result result =
        sbk_cms_decrypt(bureau, own->x509.data, own->x509.size, bytes->data, bytes->size, &signed_file, error);

    if (result == SBK_OK) {
        result = verify_content(file, office, &signed_file, now, error);
    }
    sbk_buffer_free(&signed_file);
    return result;
}

sbk_result sbk_batch_file_open(struct sbk_batch_file *file, const struct sbk_office *office, struct sbk_key *bureau,
    const char *path, uint32_t now, struct sbk_error *error) {
    struct sbk_buffer bytes = SBK_BUFFER_EMPTY;

    memset(file, 0, sizeof(*file));
    sbk_result result = sbk_file_read(path, SBK_CMS_MAX, &bytes, error);
    if (result != SBK_OK) {
        return result;
    }
    result = open_content(file, office, bureau, &bytes, now, error);
    if (result == SBK_OK) {
        result = judge_head(file, office, now, error);
    }
    sbk_buffer_free(&bytes);
    return result == SBK_OK ? SBK_OK : sbk_fail_in(error, result, "%s", path);
}

void sbk_batch_file_close(struct sbk_batch_file *file) {
    sbk_buffer_free(&file->content);
    sbk_cleanse(&file->batch, sizeof(file->batch));
    memset(file, 0, sizeof(*file));
}
