# SPDX-License-Identifier: Apache-2.0
"""A hand between card and reader: a real sembako-card behind a proxy that pulls it out, delays it or garbles it.

    with Proxy(image) as proxy:
        proxy.before = lambda n, command: PULL if n == 4 else None     # the card never sees command number n (from 0)
        proxy.after = lambda n, command, reply: PULL                   # the card saw it, the reader gets no answer
        proxy.after = lambda n, command, reply: other                  # the reader gets other bytes
        ...
        proxy.insert()                                                 # and in again
"""
import signal
import socket
import struct
import subprocess
import threading

from world import CARD, Failed, port, wait_for_readers

PULL = object()
OFF, ON, RESET, GET_ATR = 0, 1, 2, 4


def _receive(stream, size):
    data = b""
    while len(data) < size:
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = stream.recv(size - len(data))
        if not part:
            return None
        data += part
    return data


def _read(stream):
    head = _receive(stream, 2)
    return _receive(stream, struct.unpack(">H", head)[0]) if head else None


def _write(stream, data):
    stream.sendall(struct.pack(">H", len(data)) + data)


class Proxy:
    def __init__(self, image, slot=0):
        self.before = self.after = None
        self.restart()
        self.pulled = False
        self._slot, self._reader, self._thread = slot, None, None
        with socket.create_server(("127.0.0.1", 0)) as server:
            where = "127.0.0.1:%d" % server.getsockname()[1]
            self._process = subprocess.Popen([CARD, "--image", str(image), "--vpcd", where], stdout=subprocess.PIPE,
                                             stderr=subprocess.PIPE, text=True)
            server.settimeout(10)
            self._card, _ = server.accept()
        self._card.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        self.insert()
        return self

    def __exit__(self, *_unused):
        self.remove()
        self._process.send_signal(signal.SIGTERM)
        _, error = self._process.communicate(timeout=20)
        self._card.close()
        if "Sanitizer" in error:
            raise Failed(error)

    def insert(self):
        """Puts the card in, after the reader has seen that it was out."""
        if self._reader is not None:
            self.remove()
            wait_for_readers(0)
        self.restart()
        self.pulled = False
        self._reader = socket.create_connection(("127.0.0.1", port(self._slot)), timeout=10)
        self._reader.settimeout(None)
        self._reader.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._thread = threading.Thread(target=self._serve, args=(self._reader,), daemon=True)
        self._thread.start()

    def power_off(self):
        """Kills the card's process, whatever it is doing; what its memory holds then stays."""
        self._process.kill()

    def restart(self):
        """Counts commands from 0 again."""
        self.count, self.commands = 0, []

    def remove(self):
        if self._reader is None:
            return
        try:
            self._reader.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._thread.join(10)
        self._reader.close()
        self._reader = None

    def _serve(self, reader):
        try:
            while self._serve_one(reader):
                pass
        except OSError:
            pass
        finally:
            self.pulled = True
            try:
                reader.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _serve_one(self, reader):
        message = _read(reader)
        if message is None:
            return False
        if len(message) == 1:
            _write(self._card, message)
            if message[0] == GET_ATR:
                answer = _read(self._card)
                if answer is None:
                    return False
                _write(reader, answer)
            return True
        number, self.count = self.count, self.count + 1
        self.commands.append(message)
        if self.before and self.before(number, message) is PULL:
            return False
        _write(self._card, message)
        reply = _read(self._card)
        if reply is None:  # the card lost its power
            return False
        changed = self.after(number, message, reply) if self.after else None
        if changed is PULL:
            return False
        _write(reader, reply if changed is None else changed)
        return True
