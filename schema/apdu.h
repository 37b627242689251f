/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SBK_SCHEMA_APDU_H
#define SBK_SCHEMA_APDU_H

/* The constants of the card's command interface; schema/card-specification.md is their text. */

/* Application identifiers: the GlobalPlatform security domain, and the entitlement applet (F0 "SEMBAKO" 01). */
#define SBK_AID_DOMAIN "\xA0\x00\x00\x01\x51\x00\x00\x00"
#define SBK_AID_DOMAIN_SIZE 8
#define SBK_AID_ENTITLEMENT "\xF0SEMBAKO\x01"
#define SBK_AID_ENTITLEMENT_SIZE 9

/* Key references: KID names the kind of key, KVN its version or generation. */
#define SBK_KID_SCP03_ENC 0x01
#define SBK_KID_SCP03_MAC 0x02
#define SBK_KID_SCP03_DEK 0x03
#define SBK_KID_ROOT 0x10       /* issuer roots; KVN = root generation 1..127 */
#define SBK_KID_AGREEMENT 0x11  /* SK.SD.ECKA for SCP11a */
#define SBK_KID_STATION_CA 0x20 /* the cached station CA; KVN = its generation 1..127 */
#define SBK_KID_SIGNING 0x31    /* the card's receipt key */
#define SBK_KVN_TRANSPORT 0x30
#define SBK_KVN_CARD 0x01 /* of the card's own two key pairs */

/* Instructions. */
#define SBK_INS_GET_DATA 0xCA
#define SBK_INS_SELECT 0xA4
#define SBK_INS_GET_RESPONSE 0xC0
#define SBK_INS_INITIALIZE_UPDATE 0x50
#define SBK_INS_AUTHENTICATE 0x82 /* EXTERNAL AUTHENTICATE and MUTUAL AUTHENTICATE: told apart by what went before */
#define SBK_INS_PERFORM_SECURITY_OPERATION 0x2A
#define SBK_INS_PUT_KEY 0xD8
#define SBK_INS_GENERATE_KEY 0xF1
#define SBK_INS_DELETE 0xE4
#define SBK_INS_STORE_DATA 0xE2
#define SBK_INS_INSTALL 0xE6
#define SBK_INS_GET_STATUS 0xF2
#define SBK_INS_SET_STATUS 0xF0
#define SBK_INS_ROOT_LINK 0x2E
#define SBK_INS_READ_STATUS 0x10
#define SBK_INS_READ_RECEIPT 0x12
#define SBK_INS_DELIVER_MANDATE 0x20
#define SBK_INS_DELIVER_RECORD 0x22
#define SBK_INS_ACTIVATE 0x24
#define SBK_INS_SET_PIN 0x26
#define SBK_INS_DEBIT 0x30
#define SBK_INS_VOID 0x32

/* Data objects of GET DATA and STORE DATA. */
#define SBK_TAG_CERTIFICATES 0xBF21
#define SBK_TAG_ALIAS 0xDF20
#define SBK_TAG_IDENTITY 0xDF21
#define SBK_TAG_MANDATE 0xDF22
#define SBK_TAG_SIGNER 0xDF23
#define SBK_TAG_NEXT_ROOT 0xDF24
#define SBK_TAG_STATEMENT 0xDF30

/* Status words of ISO/IEC 7816-4 and GlobalPlatform. */
#define SBK_SW_OK 0x9000
#define SBK_SW_CERTIFICATE 0x6600 /* a certificate did not verify */
#define SBK_SW_PIN_WRONG 0x63C0   /* low nibble: tries left */
#define SBK_SW_CRYPTOGRAM 0x6300  /* host cryptogram wrong */
#define SBK_SW_MEMORY 0x6581
#define SBK_SW_LENGTH 0x6700
#define SBK_SW_CHANNEL 0x6881
#define SBK_SW_SECURE_MESSAGING 0x6882
#define SBK_SW_LAST_EXPECTED 0x6883
#define SBK_SW_SECURITY 0x6982
#define SBK_SW_BLOCKED 0x6983
#define SBK_SW_CONDITIONS 0x6985
#define SBK_SW_DATA 0x6A80
#define SBK_SW_FUNCTION 0x6A81
#define SBK_SW_NOT_FOUND 0x6A82
#define SBK_SW_NO_RECORD 0x6A83
#define SBK_SW_P1P2 0x6A86
#define SBK_SW_REFERENCE 0x6A88
#define SBK_SW_INS 0x6D00
#define SBK_SW_CLA 0x6E00

/* Status words of this system: refusals with a reason that a family can be told (schema/reason.h). */
#define SBK_SW_COUNTER 0x9401         /* another counter stands where the command expects its own */
#define SBK_SW_CONFLICT 0x9402        /* this transaction number was used with another content */
#define SBK_SW_TOO_OLD 0x9403         /* the counter named is no longer in the ring */
#define SBK_SW_PREVIOUS 0x9404        /* the hash of the previous entry is not the card's */
#define SBK_SW_WINDOW_NOT_OPEN 0x9405 /* no window of the purse is open by the floor */
#define SBK_SW_WINDOW_CLOSED 0x9406   /* the window is over by the claimed date */
#define SBK_SW_BALANCE 0x9407
#define SBK_SW_PROGRAMME 0x9408
#define SBK_SW_OUTLET 0x9409
#define SBK_SW_LIMIT 0x940A
#define SBK_SW_TIME 0x940B    /* claimed date outside the certificate's validity */
#define SBK_SW_EXPIRED 0x940C /* the certificate's last day is before the floor */
#define SBK_SW_WHO 0x940D     /* alternate not allowed or has no PIN; PIN asked and none given */
#define SBK_SW_PURSE 0x940E   /* no such purse in the mandate */
#define SBK_SW_ROLE 0x940F    /* the terminal's role may not do this */
#define SBK_SW_KELURAHAN 0x9410
#define SBK_SW_OLD_NUMBER 0x9411 /* a record's number is not higher than the card's */
#define SBK_SW_WRONG_CARD 0x9412 /* a record's or certificate's alias or keys are not this card's */
#define SBK_SW_SIGNATURE 0x9413  /* a delivered record or its signer's certificate does not verify */
#define SBK_SW_NOT_OWN 0x9414    /* void: the receipt is another terminal's, mandate's, window's or no debit */
#define SBK_SW_VOIDED 0x9415
#define SBK_SW_NOTHING_PENDING 0x9416 /* SET PIN: the PIN is set and no reset notice waits */
#define SBK_SW_NOT_ACTIVE 0x9420
#define SBK_SW_STOPPED 0x9421 /* a stop notice or a blocked mandate */
#define SBK_SW_ENDED 0x9422
#define SBK_SW_CARD_EXPIRED 0x9423 /* outside the identity record's validity */

/* States of the card as SELECT and READ STATUS show them. */
enum sbk_card_state {
    SBK_STATE_BLANK = 0,
    SBK_STATE_CLOSED = 1,
    SBK_STATE_ACTIVE = 2,
    SBK_STATE_STOPPED = 3,
    SBK_STATE_ENDED = 4,
};

#define SBK_ALIAS_SIZE 8
#define SBK_SERIAL_SIZE 10
#define SBK_HASH_SIZE 32
#define SBK_SIGNATURE_SIZE 64 /* plain r||s */
#define SBK_POINT_SIZE 64     /* X||Y of P-256, without the leading 04 */
#define SBK_COMPRESSED_SIZE 33
#define SBK_TERMINAL_SIZE 12 /* terminal id, ASCII, padded with 00 */
#define SBK_OUTLET_SIZE 8    /* outlet id, ASCII, padded with 00 */
#define SBK_KELURAHAN_SIZE 5 /* the ten digits of a kelurahan code in BCD: 64 72 05 10 01 */
#define SBK_AMOUNT_MAX 0xFFFFFF
#define SBK_RING_SIZE 16 /* entries that stay readable */
#define SBK_PIN_MIN 4
#define SBK_PIN_MAX 8
#define SBK_PIN_TRIES 5

#endif
