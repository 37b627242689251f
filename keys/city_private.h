/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_KEYS_CITY_PRIVATE_H
#define SBK_KEYS_CITY_PRIVATE_H

#include "keys/city.h"

/* The X.509 side of loading a city, after the root in force is known: office CAs, binding, the city's own. */
SBK_CHECK_RESULT sbk_result sbk_city_load_offices(
    const struct sbk_store *store, uint16_t day, struct sbk_city *city, struct sbk_error *error);

#endif
