"""A relay in front of a server that breaks connections off."""

import select
import socket
import struct
import threading

from listening import Listening
from process import PATIENCE

PIECE = 4096


class Brake(Listening):
    """Passes bytes on to the port `upstream` for one client, of whom it takes no more behind `after_sent` bytes until it is
    released; a context manager. What it has not taken its system has little room for."""

    def __init__(self, upstream, after_sent):
        self._upstream = upstream
        self._left = after_sent
        self._released = threading.Event()
        listener = socket.socket()
        # Before it listens: connections have it from there.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        super().__init__(listener)

    def __exit__(self, *_):
        self.release()
        super().__exit__()

    def release(self):
        """Takes everything from here on."""
        self._released.set()

    def _serve(self):
        client = next(self._accepted(), None)
        if client is None:
            return
        with client, socket.create_connection(("127.0.0.1", self._upstream), PATIENCE) as server:
            back = threading.Thread(target=self._pass, args=(server, client), daemon=True)
            back.start()
            self._pass(client, server, self._brake)
            back.join(PATIENCE)

    def _brake(self, count):
        self._left -= count
        if self._left <= 0:
            self._released.wait(PATIENCE)

    @staticmethod
    def _pass(source, target, passed=lambda count: None):
        try:
            while data := source.recv(PIECE):
                target.sendall(data)
                passed(len(data))
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Cutter(Listening):
    """Passes bytes on between each client and the port `upstream`, one client after another; a context manager. The
    first connection is reset when the client has sent or received so many bytes and `until()` returns, the next `refused` ones at
    once."""

    def __init__(self, upstream, after_sent=None, after_received=None, refused=0, until=lambda: None):
        self._upstream = upstream
        self._limits = {"client": after_sent, "server": after_received}
        self._refused = refused
        self._until = until
        self.connections = 0
        super().__init__(socket.create_server(("127.0.0.1", 0)))

    def _serve(self):
        for client in self._accepted():
            self.connections += 1
            with client:
                if not 1 < self.connections <= 1 + self._refused:
                    self._relay(client, self._limits if self.connections == 1 else {})
                if self.connections == 1:
                    self._until()
                # With a time of 0 the end is a reset.
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _relay(self, client, limits):
        """Until one side ends, or a limit is reached."""
        passed = {"client": 0, "server": 0}
        with socket.create_connection(("127.0.0.1", self._upstream), PATIENCE) as server:
            ends = {client: ("client", server), server: ("server", client)}
            while True:
                for end in select.select(list(ends), [], [])[0]:
                    name, other = ends[end]
                    try:
                        data = end.recv(PIECE)
                        other.sendall(data)
                    except OSError:
                        return
                    passed[name] += len(data)
                    if not data or (limits.get(name) and passed[name] >= limits[name]):
                        return
