# SPDX-License-Identifier: Apache-2.0
"""Another program that uses the card in the first reader: a context and a connection of its own.

    with Other() as other:              # or SCARD_SHARE_EXCLUSIVE: it keeps the card to itself
        other.begin()                   # a transaction: the card is held until end()
        other.reset()                   # gives PC/SC's code; waits while somebody else holds the card
"""
from smartcard.scard import (SCARD_LEAVE_CARD, SCARD_PROTOCOL_T1, SCARD_RESET_CARD, SCARD_SCOPE_USER,
                             SCARD_SHARE_SHARED, SCardBeginTransaction, SCardConnect, SCardDisconnect,
                             SCardEndTransaction, SCardEstablishContext, SCardListReaders, SCardReconnect,
                             SCardReleaseContext)


class Other:
    def __init__(self, share=SCARD_SHARE_SHARED):
        _, self.context = SCardEstablishContext(SCARD_SCOPE_USER)
        _, names = SCardListReaders(self.context, [])
        code, self.card, _ = SCardConnect(self.context, names[0], share, SCARD_PROTOCOL_T1)
        if code:
            raise AssertionError("%08X" % (code & 0xFFFFFFFF))

    def __enter__(self):
        return self

    def __exit__(self, *_unused):
        self.close()

    def close(self, how=SCARD_LEAVE_CARD):
        SCardDisconnect(self.card, how)
        SCardReleaseContext(self.context)

    def reset(self):
        return SCardReconnect(self.card, SCARD_SHARE_SHARED, SCARD_PROTOCOL_T1, SCARD_RESET_CARD)[0]

    def begin(self):
        if SCardBeginTransaction(self.card):
            raise AssertionError("no transaction")

    def end(self):
        SCardEndTransaction(self.card, SCARD_LEAVE_CARD)
