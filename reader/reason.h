/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_READER_REASON_H
#define SBK_READER_REASON_H

#include "schema/reason.h"

/* What a reason word means for the family at the counter: one translated sentence without a full stop, such as "the
 * basket asks for more than is left". A general sentence for a word that has none of its own. Static storage. */
const char *sbk_reason_sentence(const char *reason);

#endif
