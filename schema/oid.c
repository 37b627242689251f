/* SPDX-License-Identifier: Apache-2.0 */
#include "schema/oid.h"

#include "schema/bundle.h"

const struct sbk_oid_entry sbk_oid_contents[] = {
    {"", ""},
    {SBK_OID_STATION_REQUEST, "station-request"},
    {SBK_OID_STATION_CERTIFICATE, "station-certificate"},
    {SBK_OID_ANCHOR, "anchor"},
    {SBK_OID_OFFICE_REQUEST, "office-request"},
    {SBK_OID_OFFICE_CERTIFICATE, "office-certificate"},
    {SBK_OID_BATCH, "batch"},
    {SBK_OID_REPORT, "report"},
    {SBK_OID_CARD_CERTIFICATES, "card-certificates"},
    {SBK_OID_COURIER, "courier"},
};
const size_t sbk_oid_content_count = sizeof sbk_oid_contents / sizeof sbk_oid_contents[0];

const struct sbk_oid_entry *sbk_oid_of(unsigned kind) {
    static const struct sbk_oid_entry transcript = {SBK_OID_TRANSCRIPT, "ceremony-transcript"};
    if (kind == SBK_BUNDLE_TRANSCRIPT) {
        return &transcript;
    }
    return kind >= 1 && kind < sbk_oid_content_count ? &sbk_oid_contents[kind] : NULL;
}
