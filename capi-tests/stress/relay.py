"""A TCP relay that can stand still, or cut what goes through it."""

import contextlib
import fcntl
import os
import select
import socket
import struct
import sys
import termios
import threading

from process import wait_until

PIECE = 16384
# Small: a sender notices soon that nothing goes on.
BUFFER = 16384
# A state of TCP: the other side has reset.
CLOSED = 7
# How often a direction looks whether it is to stop.
TICK = 0.02


class _Pair:
    """One connection through the relay. `path` is a file with what was passed on to its client: `most` bytes, then it
    stands still."""

    def __init__(self, flowing, client, server, path, most):
        self._flowing = flowing
        self._left = most
        self._ends = (client, server)
        self.path = path
        self._over = threading.Event()
        ways = (client, server, None), (server, client, path)
        self._threads = [threading.Thread(target=self._pass_on, args=way, daemon=True) for way in ways]
        for thread in self._threads:
            thread.start()

    def _pass_on(self, source, target, path):
        try:
            with open(path, "wb") if path else contextlib.nullcontext() as record:
                self._pass_all(source, target, record)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            # One of them has gone: the other shall know.
            self._over.set()
            self._shut(socket.SHUT_RDWR)

    def _pass_all(self, source, target, record):
        while not self._over.is_set():
            if not select.select([source], [], [], TICK)[0]:
                continue
            data = source.recv(PIECE)
            while not self._flowing.wait(TICK):
                if self._over.is_set():
                    return
            if not data:
                return
            if record:
                data = data[: self._left]
                self._left -= len(data)
                record.write(data)
            target.sendall(data)
            if self._left == 0:
                self._over.wait()

    def _shut(self, how):
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(how)

    def _stop(self):
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _stop_behind_what_was_received(self):
        """A reset overtakes what is on its way, and a closed socket answers with one."""
        self._stop()
        with contextlib.suppress(OSError):
            wait_until("the client's system has everything", lambda: self._unreceived() == 0)

    def _unreceived(self):
        client = self._ends[0]
        if client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == CLOSED:
            return 0
        count = fcntl.ioctl(client, termios.TIOCOUTQ, struct.pack("i", 0))
        return struct.unpack("i", count)[0]

    def end(self):
        """The server's direction ends behind what was passed on."""
        self._stop_behind_what_was_received()
        self._shut(socket.SHUT_WR)

    def close(self):
        """Both directions end, as if the server's process had ended."""
        self._stop_behind_what_was_received()
        self._shut(socket.SHUT_RDWR)

    def reset(self):
        """The connection is reset."""
        self._stop_behind_what_was_received()
        self.release()

    def release(self):
        """Ends what is left."""
        self._stop()
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.close()


class Relay:
    """Listens on `port` and passes connections on to another port of this machine; a context manager. `most`: so many
    bytes to each client."""

    def __init__(self, target, directory, most=sys.maxsize):
        self._target = target
        self._directory = directory
        self._most = most
        self._flowing = threading.Event()
        self._flowing.set()
        self._pairs = []
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(16)
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                self._connect(self._listener.accept()[0])

    def _connect(self, client):
        server = socket.socket()
        try:
            server.connect(("127.0.0.1", self._target))
        except OSError:
            # As if nobody listened here either.
            client.close()
            server.close()
            return
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        path = os.path.join(self._directory, f"relayed-{self.port}-{len(self._pairs)}")
        self._pairs.append(_Pair(self._flowing, client, server, path, self._most))

    def stall(self):
        """Passes nothing on from now on."""
        self._flowing.clear()

    def resume(self):
        """Goes on."""
        self._flowing.set()

    @property
    def newest(self):
        """The connection that was made last."""
        return self._pairs[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # A blocked accept is woken by this, not by close.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        for pair in self._pairs:
            pair.release()
