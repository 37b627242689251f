/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_SCHEMA_OID_H
#define SBK_SCHEMA_OID_H

#include <stddef.h>

/*
 * Object identifiers, under an arc of a UUID's own (ITU-T X.667: 2.25.UUID, b421975b-1ead-41e4-b066-d52de1dc39e7),
 * which nobody assigns and nobody else uses. They never change their meaning.
 */
#define SBK_OID_ARC "2.25.239435454900723452268539313909793569255"

/* Arc 1: what a CMS file carries (eContentType), the number being enum sbk_bundle_kind of schema/bundle.h. */
#define SBK_OID_CONTENT SBK_OID_ARC ".1"
#define SBK_OID_STATION_REQUEST SBK_OID_CONTENT ".1"
#define SBK_OID_STATION_CERTIFICATE SBK_OID_CONTENT ".2"
#define SBK_OID_ANCHOR SBK_OID_CONTENT ".3"
#define SBK_OID_OFFICE_REQUEST SBK_OID_CONTENT ".4"
#define SBK_OID_OFFICE_CERTIFICATE SBK_OID_CONTENT ".5"
#define SBK_OID_BATCH SBK_OID_CONTENT ".6"
#define SBK_OID_REPORT SBK_OID_CONTENT ".7"
#define SBK_OID_CARD_CERTIFICATES SBK_OID_CONTENT ".8"
#define SBK_OID_COURIER SBK_OID_CONTENT ".9"

/*
 * Arc 2: who holds an X.509 certificate (extended key usage, beside emailProtection, so that `openssl cms` needs no
 * options), the number being enum sbk_office_kind of keys/x509.h.
 */
#define SBK_OID_HOLDER SBK_OID_ARC ".2"
#define SBK_OID_HOLDER_CITY SBK_OID_HOLDER ".1"
#define SBK_OID_HOLDER_BUREAU SBK_OID_HOLDER ".2"
#define SBK_OID_HOLDER_STATION SBK_OID_HOLDER ".3"

/* The content types in a table: element n stands for kind n; element 0 is empty. */
struct sbk_oid_entry {
    const char *oid;  /* dotted */
    const char *name; /* a stable word: "station-request" */
};
extern const struct sbk_oid_entry sbk_oid_contents[];
extern const size_t sbk_oid_content_count; /* with element 0 */

/* Arc 3: documents, text for people instead of data objects. */
#define SBK_OID_DOCUMENT SBK_OID_ARC ".3"
#define SBK_OID_TRANSCRIPT SBK_OID_DOCUMENT ".1" /* of a key ceremony */

/* The entry of a kind, documents included (enum sbk_bundle_kind); NULL for an unknown one. */
#define SBK_OID_KINDS 65 /* above every kind */
const struct sbk_oid_entry *sbk_oid_of(unsigned kind);

#endif
