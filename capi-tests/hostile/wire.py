"""The hostile side of one connection: everything it sends goes through a `Wire`, where things can go wrong.

A good session is a script that sends through the wire and names its stages. A `Mischief` says at which stage, or at
which byte, the good behaviour ends and what comes instead.
"""

import collections
import itertools
import random
import select
import socket
import struct
import threading
import time

# Between the blocks of a flood: who looks at each message has enough to do, and the machine has other work.
FLOOD_PAUSE = 0.01
# Between the bytes of a trickle. Shorter than the receive timeout of the programs, so that each of them is progress.
TRICKLE_PAUSE = 0.25
QUIET = 0.002
GARBAGE_BYTES = 1 << 18
PIECE = 65536

_slowness = 1


def slow_down(factor):
    """Makes trickles as many times slower, for programs whose time-outs are as many times longer."""
    global _slowness
    _slowness = factor


def _pause():
    time.sleep(TRICKLE_PAUSE * _slowness)


Mischief = collections.namedtuple("Mischief", "act stage offset byte", defaults=(None, 0, None))
Mischief.__doc__ = """`act(wire, rest)` takes over `offset` bytes behind the beginning of `stage`, or at the
absolute position `byte`; `rest` is what the script wanted to send."""


class Gone(Exception):
    """The other side has closed, or the mischief is done: the script ends."""


class Wire:
    """A connected socket. `position` counts what was sent."""

    def __init__(self, sock, mischief=None):
        self.socket = sock
        self.position = 0
        self._mischief = mischief
        self._at = mischief.byte if mischief else None
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def stage(self, name):
        """Here begins the stage `name`."""
        if self._mischief and self._mischief.stage == name:
            self._at = self.position + self._mischief.offset

    def send(self, data):
        """Sends, up to where the mischief begins."""
        if self._at is not None and self.position + len(data) > self._at:
            cut = max(self._at - self.position, 0)
            self._at = None
            self.raw(data[:cut])
            self._mischief.act(self, data[cut:])
        else:
            self.raw(data)

    def raw(self, data):
        """Sends, past all mischief."""
        try:
            if data:
                self.socket.sendall(data)
        except OSError as error:
            raise Gone from error
        self.position += len(data)

    def receive(self, size):
        """Exactly `size` bytes."""
        parts = []
        while size > 0:
            data = self.receive_some(size)
            parts.append(data)
            size -= len(data)
        return b"".join(parts)

    def receive_some(self, most=PIECE):
        """What comes next."""
        try:
            data = self.socket.recv(most)
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        return data

    def drain(self):
        """Reads until the other side closes."""
        while True:
            self.receive_some()

    def read_until_quiet(self):
        """Reads until nothing has come for a moment."""
        while select.select([self.socket], [], [], QUIET)[0]:
            self.receive_some()

    def drain_aside(self):
        """Reads until the other side closes, in a thread of its own."""

        def work():
            try:
                self.drain()
            except Gone:
                pass

        threading.Thread(target=work, daemon=True).start()

    def wait_gone(self):
        """Reads nothing, and waits until the other side has closed."""
        poll = select.poll()
        # Hang-up and error are reported without being asked for; so is the end of what the other side sends.
        poll.register(self.socket, select.POLLRDHUP)
        poll.poll()
        raise Gone

    def end(self):
        """Closes in order."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            raise Gone from error

    def reset(self):
        """Closes by a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
        raise Gone


# What comes instead of the rest. Each reads what the program sends, unless it says otherwise.


def silent(wire, _rest):
    """Nothing, for ever."""
    wire.drain()


def deaf(wire, _rest):
    """Nothing, and nothing is read either."""
    wire.wait_gone()


def fin(wire, _rest):
    """The end."""
    wire.end()
    wire.drain()


def rst(wire, _rest):
    """A reset, when the program has most likely seen what was sent before."""
    wire.read_until_quiet()
    wire.reset()


def trickle(wire, rest):
    """The rest, and then zeros, one byte at a time."""
    wire.drain_aside()
    for byte in rest:
        wire.raw(bytes([byte]))
        _pause()
    while True:
        wire.raw(b"\0")
        _pause()


def trickle_and_end(wire, rest):
    """Eight bytes one at a time, then the end."""
    for byte in rest[:8]:
        wire.raw(bytes([byte]))
        _pause()
    fin(wire, rest)


def garbage(wire, _rest):
    """Random bytes, always the same, then the end."""
    wire.drain_aside()
    wire.raw(random.Random(wire.position).randbytes(GARBAGE_BYTES))
    wire.end()
    wire.drain()


def ones(wire, _rest):
    """Bytes that are all ones, then the end."""
    wire.drain_aside()
    wire.raw(b"\xff" * GARBAGE_BYTES)
    wire.end()
    wire.drain()


def zeros(wire, _rest):
    """Zeros, then the end."""
    wire.drain_aside()
    wire.raw(bytes(GARBAGE_BYTES))
    wire.end()
    wire.drain()


def flip(mask):
    """One byte is another, everything else is as it should be."""

    def act(wire, rest):
        wire.raw(bytes([rest[0] ^ mask]) + rest[1:])

    return act


def flood(piece):
    """`piece` again and again, for ever."""
    block = piece * (PIECE // len(piece) + 1)

    def act(wire, _rest):
        wire.drain_aside()
        while True:
            wire.raw(block)
            time.sleep(FLOOD_PAUSE)

    return act


def flood_and_end(piece, size):
    """`piece` again and again, some `size` bytes of it, then the end."""
    block = piece * (PIECE // len(piece) + 1)

    def act(wire, _rest):
        wire.drain_aside()
        for _ in range(max(size // len(block), 1)):
            wire.raw(block)
        wire.end()
        wire.drain()

    return act


def flood_deaf(piece, size=None):
    """`piece` again and again, for ever or some `size` bytes of it, and nothing is read."""
    block = piece * (PIECE // len(piece) + 1)
    blocks = itertools.count() if size is None else range(size // len(block) + 1)

    def act(wire, _rest):
        for _ in blocks:
            wire.raw(block)
            time.sleep(FLOOD_PAUSE)
        wire.wait_gone()

    return act


def drip(piece):
    """`piece` again and again with pauses, for ever."""

    def act(wire, _rest):
        wire.drain_aside()
        while True:
            wire.raw(piece)
            _pause()

    return act


def once(data):
    """`data`, then the end."""

    def act(wire, _rest):
        wire.drain_aside()
        wire.raw(data)
        wire.end()
        wire.drain()

    return act
