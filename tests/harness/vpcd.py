# SPDX-License-Identifier: Apache-2.0
"""A virtual card for tests: connects to a vpcd reader as a card does and answers through a callback.

    with VirtualCard(answer, atr=ATR) as card:       # answer(bytes) -> bytes, or None to pull the card out
        ...                                          # card.commands holds what came, card.resets how often it was reset

The protocol: each message has a two-byte big-endian length; a message of one byte is a control code, an APDU is longer.
"""
import os
import socket
import threading

OFF, ON, RESET, GET_ATR = 0, 1, 2, 4
DEFAULT_ATR = bytes.fromhex("3B80800101")


def ports():
    """The ports of the readers that with-pcscd made, in the order of pcscd's slots."""
    return [int(port) for port in os.environ["SBK_VPCD_PORTS"].split(",")]


class VirtualCard:
    """A card in reader number `slot`; answers in a thread of its own until remove() or the end of the with block."""

    def __init__(self, answer, atr=DEFAULT_ATR, slot=0):
        self.answer, self.atr = answer, atr
        self.commands, self.resets = [], 0
        self.error = None
        address = (os.environ.get("SBK_VPCD_HOST", "127.0.0.1"), ports()[slot])
        self._socket = socket.create_connection(address, timeout=10)
        self._socket.settimeout(None)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_unused):
        self.remove()
        if self.error:
            raise self.error

    def remove(self):
        """Pulls the card out."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._thread.join(10)
        self._socket.close()

    def _receive(self, size):
        data = b""
        while len(data) < size:
            # vpcd sends length and payload apart: without this the kernel's delayed ACK costs 40 ms at each command.
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            part = self._socket.recv(size - len(data))
            if not part:
                return None
            data += part
        return data

    def _send(self, data):
        self._socket.sendall(len(data).to_bytes(2, "big") + data)

    def _serve(self):
        try:
            while self._serve_one():
                pass
        except OSError:
            pass
        except BaseException as error:  # a failed assertion of the callback belongs to the test, not to this thread
            self.error = error
        finally:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _serve_one(self):
        head = self._receive(2)
        message = self._receive(int.from_bytes(head, "big")) if head else None
        if message is None:
            return False
        if len(message) > 1:
            self.commands.append(message)
            reply = self.answer(message)
            if reply is None:
                return False
            self._send(reply)
        elif message[0] == GET_ATR:
            self._send(self.atr)
        elif message[0] in (ON, RESET):
            self.resets += 1
        return True
