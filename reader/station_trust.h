/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_STATION_TRUST_H
#define SBK_READER_STATION_TRUST_H

#include "reader/station_private.h"

/* Parts that opening, enrolling and installing share. */
SBK_CHECK_RESULT sbk_result sbk_station_allocate(
    struct sbk_station **station, const struct sbk_station_options *options, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_station_database(struct sbk_station *station, const struct sbk_station_options *options,
    enum sbk_database_mode mode, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_station_load(struct sbk_station *station, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_station_store(
    const struct sbk_station *station, struct sbk_store **store, struct sbk_error *error);

/* Inside a transaction: the certificate of a CA or signer, verified before, stays with the station. */
SBK_CHECK_RESULT sbk_result sbk_station_keep_issuer(
    struct sbk_station *station, const struct sbk_bytes *certificate, struct sbk_error *error);

/* Inside a transaction: the certificate in use stays in use under another root, with this office CA; logged. */
SBK_CHECK_RESULT sbk_result sbk_station_reinstall(
    struct sbk_station *station, const struct sbk_bytes *office_ca, struct sbk_error *error);

/* What a list signer signed and gave its certificate (head bytes of data) with. New: on the day of its issue, and nothing
 * new under a root that counts no more today; what the file's own certificate cannot show, one of the same signer may that
 * a later root made. Kept: on that day, whatever became of root and signer since. */
SBK_CHECK_RESULT sbk_result sbk_station_verify_new(const struct sbk_station *station, const uint8_t *data, size_t head,
    size_t size, uint16_t issued, struct sbk_certificate *signer, struct sbk_error *error);
SBK_CHECK_RESULT sbk_result sbk_station_verify_kept(const struct sbk_station *station, const uint8_t *data, size_t head,
    size_t size, uint16_t issued, struct sbk_certificate *signer, struct sbk_error *error);

/* Builds the trust and the station's leaf anew from the database; every certificate is verified, and the hotlist. */
SBK_CHECK_RESULT sbk_result sbk_station_load_trust(struct sbk_station *station, struct sbk_error *error);

/* The trust without what the hotlist distrusts: for what was signed and taken before. */
SBK_CHECK_RESULT sbk_result sbk_station_past_trust(
    struct sbk_station *station, struct sbk_trust **trust, struct sbk_error *error);

#endif
