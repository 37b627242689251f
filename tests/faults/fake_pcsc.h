/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_TESTS_FAULTS_FAKE_PCSC_H
#define SBK_TESTS_FAULTS_FAKE_PCSC_H

#include "tests/faults/station_rig.h"

/*
 * PC/SC with one reader that holds the rig's card, in place of libpcsclite: a program that links fake_pcsc.c has these
 * functions in front of the shared library's. Any call can be told to fail in any way that pcsc-lite documents for it.
 */
void fake_pcsc_use(struct rig *rig);

/* The card speaks T=0: a response is fetched by GET RESPONSE, and a wrong Le is answered with 6Cxx. */
void fake_pcsc_speak_t0(bool on);

/* From now on the call-th call fails in its fault-th way (from 0); if lasting, all later calls give the same code.
 * call 0: none does. */
void fake_pcsc_arm(unsigned call, unsigned fault, bool lasting);
/* How many calls there were since; the name of the one that failed, NULL if none did; how many ways it has; the code
 * that it gave. */
unsigned fake_pcsc_calls(void);
const char *fake_pcsc_struck(void);
unsigned fake_pcsc_ways(void);
unsigned long fake_pcsc_code(void);

/* From now on the call-th transmit takes so long (milliseconds), after the card has acted if acts. */
void fake_pcsc_delay(unsigned transmit, unsigned ms, bool acts);

/* Whether every context, card and transaction was let go. */
bool fake_pcsc_released(void);

#endif
