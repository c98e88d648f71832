"""Hostile HTTP servers: of any file, and of players that are to be hashed."""

import random
import struct
import zlib

from case import Case, Mischief, add, add_stages, scripted
from playing import ENDS, NOISE, rows
from wire import deaf, flood, flood_and_end, silent, trickle

URL = "http://127.0.0.1:{port}/player.swf"
# HTTP knows no `Link.timeout`: it has 30 seconds, and one more for each 1000 bytes.
LIMIT = 150
BODY = b"FWS\x09" + struct.pack("<I", 1000) + random.Random(2).randbytes(992)
MIB = 1 << 20


def response(status="HTTP/1.1 200 OK", body=BODY, headers=(), length=None):
    """The stages of a response."""
    lines = [f"Content-Length: {len(body) if length is None else length}"] if length != "" else []
    head = "".join(f"{line}\r\n" for line in [*lines, "Last-Modified: Thu, 01 Jan 2015 00:00:00 GMT", *headers])
    return (("status", f"{status}\r\n".encode()), ("headers", head.encode()), ("blank", b"\r\n"), ("body", body))


def read_head(wire):
    """Reads up to the end of a request's head."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += wire.receive_some()
    return data


def responding(stages):
    """Reads the request, then sends the stages."""

    def session(wire):
        read_head(wire)
        for name, data in stages:
            wire.stage(name)
            wire.send(data)

    return session


PLACES = (
    ("status", 0, "*"),
    ("status", 9, "*"),
    ("headers", 0, "*"),
    ("headers", 7, "*"),
    ("body", 0, "*"),
    ("body", 500, "*"),
)


def swf(tail, size=None, kind=b"CWS"):
    """A compressed player."""
    return kind + b"\x09" + struct.pack("<I", len(tail) + 8 if size is None else size) + zlib.compress(tail, 9)


def _bomb(size):
    packer = zlib.compressobj(9)
    zeros = bytes(MIB)
    return b"CWS\x09\xff\xff\xff\x7f" + b"".join(packer.compress(zeros) for _ in range(size >> 20)) + packer.flush()


REDIRECTIONS = {
    "to-itself": "http://127.0.0.1:{port}{path}",
    "ever-longer": "http://127.0.0.1:{port}{path}/x",
    "without-host": "{path}",
    "to-nonsense": "http://%n:99999/",
}


def _redirecting(to):
    """Redirects to itself, again and again."""

    def script(sock, _number):
        def session(wire):
            head = read_head(wire)
            port = sock.getsockname()[1]
            location = to.format(port=port, path=head.split()[1].decode())
            for _, data in response("HTTP/1.1 302 Found", b"", [f"Location: {location}"]):
                wire.send(data)

        scripted(session)(sock)

    return script


def _responses():
    """Whole responses that are no good, in both modes."""
    for length in (
        -1,
        -(2**31),
        2**31,
        2**32 + 1000,
        2**64,
        "99999999999999999999999",
        "0x10",
        "abc",
        " ",
        "1000, 1000",
    ):
        yield f"length-{str(length).strip().replace(' ', '-') or 'blank'}", response(length=length)
    yield "length-missing", response(length="")
    yield "length-twice", response(headers=["Content-Length: 5"])
    yield "length-too-long", response(length=10000)
    yield "length-too-short", response(length=10)
    yield "length-of-2-gib", response(length=2**31 - 1)
    yield "chunked", response(headers=["Transfer-Encoding: chunked"], length="", body=b"ffffffffffffffff\r\nabc")
    yield "chunked-endless-size", response(headers=["Transfer-Encoding: chunked"], length="", body=b"0" * MIB)
    yield "chunked-negative", response(headers=["Transfer-Encoding: chunked"], length="", body=b"-1\r\nabc\r\n")
    yield "no-headers", (("status", b"HTTP/1.1 200 OK\r\n\r\n"), ("body", BODY))
    yield "no-version", (("status", b"200 OK\r\n\r\n"), ("body", BODY))
    yield "status-negative", response("HTTP/1.1 -200 OK")
    yield "status-huge", response("HTTP/1.1 99999999999 OK")
    yield "status-missing", response("HTTP/1.1")
    yield "status-long", response("HTTP/1.1 200 " + "O" * MIB)
    for code in (100, 204, 206, 301, 304, 400, 403, 404, 500, 599):
        yield f"status-{code}", response(f"HTTP/1.1 {code} Whatever", headers=["Location:"])
    yield "date-long", response(headers=["Last-Modified: " + "x" * 5000])
    yield "date-empty", response(headers=["Last-Modified:", "Date:"])
    yield "date-strange", response(headers=["Last-Modified: Xxx, 99 Yyy 99999999999 99:99:99 GMT", "Date: %n%s"])
    yield "header-without-end", (("status", b"HTTP/1.1 200 OK\r\n"), ("headers", b"X: " + b"y" * 4 * MIB))
    yield "headers-by-the-thousand", response(headers=["X: y"] * 100000)
    yield "headers-with-nul", response(headers=["X\0: \0", "\0" * 1000])
    yield "header-without-colon", response(headers=["what is this", ":", ": x"])
    yield "line-feeds-only", (("all", b"HTTP/1.1 200 OK\nContent-Length: 1000\n\n" + BODY),)
    yield "returns-only", (("all", b"HTTP/1.1 200 OK\rContent-Length: 1000\r\r" + BODY),)


def _players():
    """Bodies that are no good players."""
    good = swf(b"s" * 5000)
    yield "empty", b""
    for size in range(1, 12):
        yield f"of-{size}-bytes", good[:size]
    yield "cut", good[:-10]
    yield "with-a-tail", good + b"tail" * 1000
    yield "that-lies-about-its-size", swf(b"s" * 5000, size=0xFFFFFFFF)
    yield "of-size-zero", swf(b"s" * 5000, size=0)
    yield "with-broken-codes", good[:8] + b"\x78\x9c" + b"\xff" * 1000
    yield "with-no-codes", good[:8] + b"\0" * 1000
    yield "of-unknown-kind", swf(b"s" * 5000, kind=b"XYZ")
    yield "of-kind-zws", b"ZWS\x0d" + b"\xff" * 1000
    yield "bomb-of-200-mib", _bomb(200 * MIB)
    yield "bomb-of-600-mib", _bomb(600 * MIB)


RESPONSES = dict(_responses())
# Where what begins and has no end.
FLOODS = {
    "endless-headers": ("headers", flood(b"X-Header: value\r\n")),
    "endless-header": ("headers", flood(b"X")),
    "endless-status": ("status", flood(b"H")),
    "endless-interim-responses": ("status", flood_and_end(b"HTTP/1.1 100 Continue\r\n\r\n", 64 * MIB)),
    "endless-blank-lines": ("status", flood(b"\r\n")),
    "endless-body": ("body", flood_and_end(bytes(1000), 200 * MIB)),
}


def _register():
    for mode in ("http", "swf"):
        session = responding(response(body=BODY * 100))
        add_stages("HTTP", mode, URL, session, rows(PLACES, (silent, 0), (trickle, 0), (deaf, 0)), limit=LIMIT)
        add_stages("HTTP", mode, URL, session, rows(PLACES, *ENDS, *NOISE))
        for name, stages in RESPONSES.items():
            add(Case("HTTP", f"{mode}-{name}", mode, URL, scripted(responding(stages)), ("* 0",)))
        for name, (stage, act) in FLOODS.items():
            script = scripted(responding(response(length="")), Mischief(act, stage))
            add(Case("HTTP", f"{mode}-{name}", mode, URL, script, ("* 0",)))
        for name, to in REDIRECTIONS.items():
            add(Case("HTTP", f"{mode}-redirected-{name}", mode, URL, _redirecting(to), ("* 0",)))
    for name, body in _players():
        add(Case("HTTP", f"swf-player-{name}", "swf", URL, scripted(responding(response(body=body))), ("* 0",)))


_register()
