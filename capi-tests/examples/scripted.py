"""Servers that do as they are told, and no more."""

import contextlib
import socket
import struct
import threading

from listening import Listening
from process import PATIENCE, free_port

PIECE = 65536


class Scripted(Listening):
    """To each client it says `says`, and takes at least `reads` bytes. Then it does nothing more, or resets the connection; a
    context manager. `is_done` is set when the first client has got so far; `heard` is
    what came then."""

    def __init__(self, says=b"", reads=0, resets=False):
        self._says = says
        self._reads = reads
        self._resets = resets
        self._clients = []
        self.heard = bytearray()
        self.is_done = threading.Event()
        super().__init__(socket.create_server(("127.0.0.1", 0)))

    def __exit__(self, *_):
        super().__exit__()
        for client in self._clients:
            client.close()

    def cut(self):
        """Resets the connections that there are."""
        for client in self._clients:
            _reset(client)

    def _serve(self):
        for client in self._accepted():
            # Closed at the end only: to have it closed is not nothing.
            self._clients.append(client)
            client.settimeout(PATIENCE)
            with contextlib.suppress(OSError):
                self._speak(client)
            self.is_done.set()

    def _speak(self, client):
        client.sendall(self._says)
        left = self._reads
        while left > 0 and (data := client.recv(min(left, PIECE))):
            self.heard += data
            left -= len(data)
        if self._resets:
            _reset(client)


def _reset(client):
    # With a time of 0 the end is a reset.
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


class Nobody:
    """A port at which nobody listens; a context manager, as the others are."""

    def __init__(self):
        self.port = free_port()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class Full:
    """A port at which connections are not answered: the queue of those that nobody accepts is full; a context manager."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.port = self._listener.getsockname()[1]
        self._others = []

    def __enter__(self):
        # One has room. Whether another has is the system's affair.
        for _ in range(4):
            other = socket.socket()
            other.setblocking(False)
            other.connect_ex(("127.0.0.1", self.port))
            self._others.append(other)
        return self

    def __exit__(self, *_):
        for end in (self._listener, *self._others):
            end.close()
