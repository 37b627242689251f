/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_ENTITLEMENT_ENTITLEMENT_H
#define SBK_ENTITLEMENT_ENTITLEMENT_H

#include "applet/host/card.h"

/* The applet's RAM; its registry entry points to one. Only what hangs on the session. */
struct sbk_entitlement {
    bool signer_known;              /* personalization: DF23 came and was good */
    uint8_t signer[SBK_POINT_SIZE]; /* its key */
};

/* The entitlement applet of part B of schema/card-specification.md. */
extern const struct sbk_applet sbk_entitlement_applet;

#endif
