/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_FUZZ_STATION_H
#define SBK_TESTS_FUZZ_STATION_H

#include "reader/station_private.h"

/* An honest store of the city that made the hostile card (hostile_card.h), its database in memory: the same at each
 * opening, whatever happened since. */
struct sbk_station *fuzz_station_open(void);
void fuzz_station_close(struct sbk_station **station);

#endif
