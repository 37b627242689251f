/* SPDX-License-Identifier: Apache-2.0 */
#include "reader/reason.h"

#include "base/i18n.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *reason;
    const char *sentence;
} sentences[] = {
    {SBK_REASON_COUNTER, N_("the card was used elsewhere meanwhile; tap it again")},
    {SBK_REASON_CONFLICT, N_("this transaction number was used for another basket; start a new sale")},
    {SBK_REASON_TOO_OLD, N_("the card no longer keeps that receipt")},
    {SBK_REASON_PREVIOUS, N_("the card's previous receipt is not in this station's log; take it away and put it back")},
    {SBK_REASON_WINDOW_NOT_OPEN,
        N_("the period of this assistance has not begun; if its first day is past, the station needs a fresh "
           "certificate")},
    {SBK_REASON_WINDOW_CLOSED, N_("the period of this assistance is over")},
    {SBK_REASON_BALANCE, N_("the basket asks for more than is left on the card")},
    {SBK_REASON_PROGRAMME, N_("this store is not certified for the programme that pays these goods")},
    {SBK_REASON_OUTLET, N_("this card is to be redeemed at another store")},
    {SBK_REASON_LIMIT, N_("the basket is above this store's limit for one sale")},
    {SBK_REASON_TIME, N_("the station's clock is outside the validity of its certificate; check the date")},
    {SBK_REASON_EXPIRED, N_("the station's certificate has expired; ask the city for a new one")},
    {SBK_REASON_WHO, N_("this person may not redeem with this card, or a PIN is asked and none was given")},
    {SBK_REASON_PURSE, N_("the card has no such assistance")},
    {SBK_REASON_ROLE, N_("this station is not certified for that")},
    {SBK_REASON_KELURAHAN, N_("the card belongs to another kelurahan's office")},
    {SBK_REASON_OLD_NUMBER, N_("the card already has that record or a newer one")},
    {SBK_REASON_WRONG_CARD, N_("that is another card's")},
    {SBK_REASON_SIGNATURE, N_("a signature does not hold; keep the card aside and tell the city")},
    {SBK_REASON_NOT_OWN,
        N_("only a sale of this station, under the present mandate and in the present period, can be voided")},
    {SBK_REASON_VOIDED, N_("that sale was voided before")},
    {SBK_REASON_NOT_ACTIVE, N_("the card is not activated; the kelurahan office does that")},
    {SBK_REASON_STOPPED, N_("the card is stopped; the kelurahan office can tell why")},
    {SBK_REASON_ENDED, N_("the card has ended; the kelurahan office can tell why")},
    {SBK_REASON_CARD_EXPIRED, N_("the card is outside its validity; the kelurahan office replaces it")},
    {SBK_REASON_PIN_WRONG, N_("the PIN is wrong")},
    {SBK_REASON_PIN_BLOCKED, N_("the PIN is blocked after too many wrong ones; the kelurahan office resets it")},
    {SBK_REASON_CERTIFICATE, N_("a certificate does not hold")},
    {SBK_REASON_CARD_WITHOUT_CERTIFICATE, N_("the card has no certificate; the kelurahan office activates it")},
    {SBK_REASON_STATION_BEHIND, N_("this station needs the newest courier, or its newest certificate")},
    {SBK_REASON_ITEM, N_("the item is not on the signed list")},
    {SBK_REASON_PRICE, N_("the price is above the ceiling of the signed list")},
    {SBK_REASON_SPLIT, N_("the basket would draw on more than four kinds of assistance; make two sales of it")},
    {SBK_REASON_NO_PURSE, N_("no assistance on this card pays for that item")},
    {SBK_REASON_HOTLISTED, N_("the card is on the city's hotlist; the kelurahan office can tell why")},
    {SBK_REASON_OPEN_INTENT, N_("an earlier sale is not settled yet; tap its card first")},
    {SBK_REASON_CARD_REMOVED, N_("the card left the reader too early")},
    {SBK_REASON_CARD_KIND, N_("this is a card of another kind")},
};

const char *sbk_reason_sentence(const char *reason) {
    for (size_t i = 0; reason != NULL && i < sizeof sentences / sizeof sentences[0]; i++)
        if (strcmp(sentences[i].reason, reason) == 0)
            return _(sentences[i].sentence);
    return _("the card refused");
}
