"""A server far away: two network namespaces and, between them, a link whose packets take their time. So all is seen that TCP
does about round trips: its own handshake, Nagle's algorithm, acknowledgements that are delayed."""

import collections
import contextlib
import ctypes
import fcntl
import os
import select
import socket
import struct
import threading
import time

# Seconds there and back.
ROUND_TRIP = 0.1
NEAR, FAR = "10.77.0.1", "10.77.0.2"
ACCEPTED = b"NetStream.Publish.Start"

TUN = "/dev/net/tun"
CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFDSTADDR = 0x8914, 0x8916, 0x8918
IFF_UP, IFF_RUNNING = 0x1, 0x40


class Unavailable(Exception):
    """This machine has no such link; the text says why."""


def _enter_new_namespace():
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "no network namespace")
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def _set_up(name, flags):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH22x", name, flags))


def _open_end(own, other):
    """One end of the link, in this thread's namespace."""
    end = os.open(TUN, os.O_RDWR | os.O_CLOEXEC)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH22x", b"link", IFF_TUN | IFF_NO_PI))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for request, address in ((SIOCSIFADDR, own), (SIOCSIFDSTADDR, other)):
            place = struct.pack("16sHH4s16x", b"link", socket.AF_INET, 0, socket.inet_aton(address))
            fcntl.ioctl(control, request, place)
    _set_up(b"link", IFF_UP | IFF_RUNNING)
    return end


def _is_first(packet):
    """Whether a packet begins a TCP connection."""
    length = (packet[0] & 0x0F) * 4
    return packet[0] >> 4 == 4 and packet[9] == socket.IPPROTO_TCP and packet[length + 13] & 0x12 == 0x02


class Link:
    """A context manager. `near` and `far` are what a command begins with that is to run on either side."""

    def __init__(self):
        self._ends = []
        self._namespaces = []
        self._problem = None
        self._begun = self._accepted = None
        self._is_ready = threading.Event()
        self._stop, self._stopped = os.pipe()
        # A namespace is a thread's own: the rest of this process stays where it is.
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        self._is_ready.wait()
        if self._problem:
            self.__exit__()
            raise Unavailable(self._problem)
        self.near, self.far = (
            ["nsenter", f"--net=/proc/{os.getpid()}/fd/{namespace}", "--"] for namespace in self._namespaces
        )
        return self

    def __exit__(self, *_):
        os.close(self._stopped)
        self._thread.join()
        for descriptor in (*self._ends, *self._namespaces, self._stop):
            os.close(descriptor)

    def watch(self):
        """Begins to look for the next connection."""
        self._begun = self._accepted = None

    def took(self):
        """Seconds from the first packet of that connection until the client has been told that it may publish; None when it
        was not."""
        return self._accepted and self._accepted - self._begun

    def _run(self):
        try:
            for own, other in ((NEAR, FAR), (FAR, NEAR)):
                self._namespaces.append(_enter_new_namespace())
                _set_up(b"lo", IFF_UP | IFF_RUNNING)
                self._ends.append(_open_end(own, other))
        except OSError as error:
            self._problem = f"there is no link between network namespaces: {error}"
            return
        finally:
            self._is_ready.set()
        with contextlib.suppress(OSError):
            self._forward()

    def _forward(self):
        """Passes on each packet so much later."""
        near, far = self._ends
        under_way = collections.deque()
        while True:
            pause = max(0, under_way[0][0] - time.monotonic()) if under_way else None
            ready, _, _ = select.select([near, far, self._stop], [], [], pause)
            now = time.monotonic()
            if self._stop in ready:
                return
            for end in ready:
                packet = os.read(end, 65536)
                self._look_at(packet, end == near, now)
                under_way.append((now + ROUND_TRIP / 2, far if end == near else near, packet))
            while under_way and under_way[0][0] <= now:
                _, end, packet = under_way.popleft()
                os.write(end, packet)

    def _look_at(self, packet, is_of_client, now):
        if is_of_client and self._begun is None and _is_first(packet):
            self._begun = now
        if not is_of_client and self._begun and not self._accepted and ACCEPTED in packet:
            self._accepted = now + ROUND_TRIP / 2
