#!/usr/bin/env python3
"""Plays a stream into an FLV file, or publishes one:

    rtmp.py [OPTION...] play URL FILE.flv
    rtmp.py [OPTION...] publish FILE.flv URL

    --library PATH   a librtmp, in place of the one that the system finds
    --limit MS       how long connecting, receiving and sending may take
    --events         tells what happens meanwhile
    --stats          tells at the end how it went

By ctypes alone, with Python 3.7 or newer. `Connection` and what is above it is a module to take from. It plays and publishes
on the original librtmp, too, which has no errors, events and statistics.
"""

import argparse
import collections
import ctypes
import errno
import signal
import sys
import threading

# By its SONAME, as the loader finds it for C programs, too.
SONAME = "librtmp.so.1"
BLOCK = 64 * 1024

# RTMP_ERR_*, RTMP_PHASE_* and RTMP_EVENT_* by their numbers.
KINDS = (
    "none", "cancelled", "timeout", "resolve", "bind", "connect", "proxy", "tls", "certificate", "trust", "tunnel", "handshake",
    "refused", "login", "lost", "protocol", "memory",
)
PHASES = ("idle", "connecting", "proxy", "tls", "tunnel", "handshake", "dialogue", "streaming")
EVENTS = ("none", "status", "command", "control", "message", "phase")
# In place of a number of Stats that the system does not tell.
UNKNOWN = 0xFFFFFFFF


class _Sized(ctypes.Structure):
    """The structs of these functions begin with their size, by which the library knows how long the program's are: a later
    library fits this file, and the other way round."""

    def __init__(self, **fields):
        super().__init__(size=ctypes.sizeof(self), **fields)


class _Text(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_void_p), ("length", ctypes.c_int)]

    def __str__(self):
        return ctypes.string_at(self.bytes, self.length).decode(errors="replace") if self.length else ""


class _Reason(_Sized):
    _fields_ = [("size", ctypes.c_uint32)]
    _fields_ += [(name, ctypes.c_int) for name in ("kind", "phase", "system", "detail")]
    _fields_ += [("code", ctypes.c_char * 64), ("text", ctypes.c_char * 1024)]


class Stats(_Sized):
    """How a connection goes, as the manual page says it: `stats.bytes_out`, `stats.unsent`."""

    _fields_ = [("size", ctypes.c_uint32), ("phase", ctypes.c_int)]
    _fields_ += [
        (name, ctypes.c_uint64)
        for name in ("bytes_in", "bytes_out", "wire_in", "wire_out", "messages_in", "messages_out", "confirmed")
    ]
    _fields_ += [
        (name, ctypes.c_uint32)
        for name in (
            "resolve_ms", "connect_ms", "tls_ms", "handshake_ms", "dialogue_ms", "blocked_ms", "queued", "queued_ms", "unsent",
            "send_buffer", "rtt_us", "rtt_var_us", "retransmits", "delivery_rate", "pings",
        )
    ]


class _Event(_Sized):
    _fields_ = [("size", ctypes.c_uint32), ("kind", ctypes.c_int), ("phase", ctypes.c_int)]
    _fields_ += [("code", _Text), ("description", _Text), ("object", ctypes.c_void_p), ("packet", ctypes.c_void_p)]


_ON_SOCKET = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)
_ON_WAIT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)
_ON_EVENT = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(_Event))


class _Config(_Sized):
    _fields_ = [("size", ctypes.c_uint32), ("flags", ctypes.c_uint32)]
    _fields_ += [
        (name, ctypes.c_int) for name in ("connectTimeout", "receiveTimeout", "sendTimeout", "family", "sendBuffer")
    ]
    _fields_ += [("connectTo", ctypes.c_char_p), ("connectProperties", ctypes.c_void_p), ("user", ctypes.c_void_p)]
    _fields_ += [("onSocket", _ON_SOCKET), ("onWait", _ON_WAIT), ("onEvent", _ON_EVENT), ("options", ctypes.c_void_p)]


def load(name=SONAME):
    """The library of this name, or at this path."""
    library = ctypes.CDLL(name)
    handle = ctypes.c_void_p
    # Without it a handle would be cut to an int.
    library.RTMP_Alloc.restype = handle
    arguments = {
        "RTMP_Init": [handle],
        "RTMP_SetupURL": [handle, ctypes.c_char_p],
        "RTMP_EnableWrite": [handle],
        "RTMP_Connect": [handle, ctypes.c_void_p],
        "RTMP_ConnectStream": [handle, ctypes.c_int],
        "RTMP_Read": [handle, ctypes.c_char_p, ctypes.c_int],
        "RTMP_Write": [handle, ctypes.c_char_p, ctypes.c_int],
        "RTMP_IsTimedout": [handle],
        "RTMP_Close": [handle],
        "RTMP_Free": [handle],
    }
    if hasattr(library, "RTMP_Configure"):
        arguments["RTMP_Configure"] = [handle, ctypes.POINTER(_Config)]
        arguments["RTMP_GetError"] = [handle, ctypes.POINTER(_Reason)]
        arguments["RTMP_GetStats"] = [handle, ctypes.POINTER(Stats)]
        arguments["RTMP_Cancel"] = [handle]
    for function, types in arguments.items():
        getattr(library, function).argtypes = types
    return library


def _name(names, number):
    return names[number] if 0 <= number < len(names) else str(number)


class Error(Exception):
    """A connection failed. `kind` and `phase` are of KINDS and PHASES and what programs decide by; `system` is an errno, or 0;
    `detail` belongs to the kind; `code` is the server's, such as "NetStream.Publish.BadName"; the text is for people."""

    def __init__(self, text, reason=None):
        reason = reason or _Reason()
        super().__init__(reason.text.decode(errors="replace") or text)
        self.kind = _name(KINDS, reason.kind)
        self.phase = _name(PHASES, reason.phase)
        self.system = reason.system
        self.detail = reason.detail
        self.code = reason.code.decode(errors="replace")


Event = collections.namedtuple("Event", "kind phase code description")
Event.__doc__ = """What has happened: `kind` is of EVENTS, `phase` of PHASES, `code` and `description` are a status's."""


class Connection:
    """A connection that plays or, with `publish`, publishes `url`; a context manager. `limit`: ms, for each of connecting,
    receiving and sending. `interrupted()` is asked while the library waits, and ends that by a true value. `on_event(event)` is
    told what happens. What the two raise ends the connection, and comes out of the call that was under way."""

    def __init__(self, url, publish=False, library=None, limit=0, interrupted=None, on_event=None):
        self._library = library or load()
        self._has_more = hasattr(self._library, "RTMP_Configure")
        # For cancel and stats, which other threads call. A signal handler may come in the middle of either.
        self._lock = threading.RLock()
        self._interrupted = interrupted or (lambda: False)
        self._on_event = on_event
        self._raised = None
        # The library keeps pointers to the address, and writes to it: no constant, and as long as the connection.
        self._url = ctypes.create_string_buffer(url.encode())
        # It keeps a pointer to this, too; and what C may call has to be kept by somebody.
        self._config = _Config(
            connectTimeout=limit,
            receiveTimeout=limit,
            sendTimeout=limit,
            onWait=_ON_WAIT(self._asked),
            onEvent=_ON_EVENT(self._told),
        )
        self._rtmp = self._library.RTMP_Alloc()
        if not self._rtmp:
            raise MemoryError
        self._library.RTMP_Init(self._rtmp)
        try:
            self._connect(publish)
        except BaseException:
            self.close()
            raise

    def _connect(self, publish):
        if not self._library.RTMP_SetupURL(self._rtmp, self._url):
            raise Error("this is no address")
        if self._has_more and not self._library.RTMP_Configure(self._rtmp, self._config):
            raise Error("this cannot be configured")
        if publish:
            self._library.RTMP_EnableWrite(self._rtmp)
        if not self._library.RTMP_Connect(self._rtmp, None) or not self._library.RTMP_ConnectStream(self._rtmp, 0):
            self._fail("cannot connect")

    # Nothing can be raised through C: ctypes would only print it. It is kept until Python is reached again.

    def _asked(self, _user):
        try:
            return bool(self._interrupted())
        except BaseException as raised:  # pylint: disable=broad-except
            self._raised = raised
            return True

    def _told(self, _user, event):
        if not self._on_event:
            return
        try:
            # Copied: what the pointers point to ends with the call.
            event = event.contents
            kind, phase = _name(EVENTS, event.kind), _name(PHASES, event.phase)
            self._on_event(Event(kind, phase, str(event.code), str(event.description)))
        except BaseException as raised:  # pylint: disable=broad-except
            self._raised = raised
            self.cancel()

    def _reason(self):
        reason = _Reason()
        if self._has_more:
            self._library.RTMP_GetError(self._rtmp, reason)
        return reason

    def _fail(self, otherwise, reason=None):
        raised, self._raised = self._raised, None
        raise raised or Error(otherwise, reason or self._reason())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the connection. By the thread that reads or writes; others cancel."""
        if self._rtmp:
            self._library.RTMP_Close(self._rtmp)
            with self._lock:
                rtmp, self._rtmp = self._rtmp, None
                self._library.RTMP_Free(rtmp)

    def cancel(self):
        """Ends what another thread waits for, which fails at once, kind "cancelled"."""
        with self._lock:
            if self._rtmp and self._has_more:
                self._library.RTMP_Cancel(self._rtmp)

    def stats(self):
        """How it goes, as a `Stats`; for any thread. None when this library does not say."""
        stats = Stats()
        with self._lock:
            known = self._rtmp and self._has_more and self._library.RTMP_GetStats(self._rtmp, stats)
        return stats if known else None

    def __iter__(self):
        """The bytes of an FLV file, in blocks. Other threads of Python go on while one is waited for."""
        block = ctypes.create_string_buffer(BLOCK)
        # Where nothing is waited for the library does not ask.
        while not self._asked(None):
            got = self._library.RTMP_Read(self._rtmp, block, BLOCK)
            # 0 is the end of the stream, or nothing more comes; the reason tells, where there is one.
            if got < 0 or got == 0 and (self._reason().kind or self._library.RTMP_IsTimedout(self._rtmp)):
                self._fail("nothing can be read")
            if got == 0:
                return
            yield ctypes.string_at(block, got)
        self._fail("interrupted", _Reason(kind=KINDS.index("cancelled"), phase=PHASES.index("streaming")))

    def write(self, data):
        """Publishes the next bytes of an FLV file."""
        if self._library.RTMP_Write(self._rtmp, data, len(data)) != len(data):
            self._fail("nothing can be written")


def _arguments():
    parser = argparse.ArgumentParser(usage=__doc__, add_help=False)
    parser.add_argument("--library", default=SONAME)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--events", action="store_true")
    parser.add_argument("--stats", action="store_true")
    parser.add_argument("what", choices=["play", "publish"])
    parser.add_argument("source")
    parser.add_argument("target")
    return parser.parse_args()


def _show_event(event):
    print(": ".join(part for part in (event.kind, event.phase, event.code, event.description) if part), flush=True)


def _show_stats(stats):
    for name, _ in Stats._fields_[2:] if stats else ():
        number = getattr(stats, name)
        print(name, "unknown" if number == UNKNOWN else number)


def main():
    """The entry point."""
    arguments = _arguments()
    is_publisher = arguments.what == "publish"
    # Ctrl-C ends the call that waits. A handler that raises would do so in a callback, where nobody can catch it.
    stopped = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stopped.set())
    with open(arguments.source if is_publisher else arguments.target, "rb" if is_publisher else "wb") as file, Connection(
        arguments.target if is_publisher else arguments.source,
        is_publisher,
        load(arguments.library),
        arguments.limit,
        stopped.is_set,
        _show_event if arguments.events else None,
    ) as stream:
        if is_publisher:
            # At once. The original librtmp wants whole tags in each write, so it is the whole file.
            stream.write(file.read())
        else:
            for block in stream:
                file.write(block)
        if arguments.stats:
            _show_stats(stream.stats())


if __name__ == "__main__":
    try:
        main()
    except Error as error:
        system = errno.errorcode.get(error.system, str(error.system)) if error.system else ""
        words = " ".join(word for word in (error.kind, "in", error.phase, error.code, system) if word)
        sys.exit(f"rtmp.py: {error} ({words})")
    except OSError as error:
        sys.exit(f"rtmp.py: {error}")
