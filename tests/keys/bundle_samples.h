/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_KEYS_BUNDLE_SAMPLES_H
#define SBK_TESTS_KEYS_BUNDLE_SAMPLES_H

#include "schema/bundle.h"
#include "tests/schema/samples.h"

/* A valid bundle of a kind, built of the samples of tests/schema; batch, report and certificates have two cards (the
 * report a spoiled one besides). Static storage, until the next call. */
const struct sample_bytes *bundle_bytes(enum sbk_bundle_kind kind);
const struct sample_bytes *plain_request_bytes(void); /* of a station's first keys; the other is for further ones */
const struct sample_bytes *office_binding_bytes(void);

/* Parses a bundle of any kind, writes what it found and compares; aborts if what was accepted is written otherwise. */
enum sbk_format roundtrip_bundle(const uint8_t *data, size_t size);
enum sbk_format roundtrip_office_binding(const uint8_t *data, size_t size);

#endif
