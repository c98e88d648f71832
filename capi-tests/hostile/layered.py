"""Hostile servers behind TLS, the HTTP tunnel and RTMPE."""

import functools
import os
import random
import ssl
import struct
import subprocess
import tempfile

import rtmp
from case import SHORT, Case, Mischief, Wire, add, add_stages, scripted
from flooding import LIES, MESSAGES
from layers import PRIME, Encrypted, Tls, Tunnel, http_response
from playing import ENDS, NOISE, rows
from wire import Gone, deaf, drip, flip, flood, once, silent, trickle, trickle_and_end

RTMPS = "rtmps://127.0.0.1:{port}/app/stream timeout={timeout}"
RTMPT = "rtmpt://127.0.0.1:{port}/app/stream timeout={timeout}"
RTMPE = "rtmpe://127.0.0.1:{port}/app/stream timeout={timeout}"
VERSIONS = {"TLS 1.2": ssl.TLSVersion.TLSv1_2, "TLS 1.3": ssl.TLSVersion.TLSv1_3}
WAITS = ((silent, 1), (trickle, 1))
AFTER_HANDSHAKE = rtmp.PLAY[len(rtmp.HANDSHAKE) :]


@functools.cache
def certificate():
    """The files of a self-signed certificate and its key, in a directory that goes with this process."""
    directory = tempfile.TemporaryDirectory(prefix="rtmp-")
    files = [os.path.join(directory.name, name) for name in ("certificate.pem", "key.pem")]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", "/CN=localhost", "-out", files[0], "-keyout", files[1]]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return directory, *files


@functools.cache
def context(version):
    """A server's context of one version of TLS. No tickets: the original takes them for a failure."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(*certificate()[1:])
    made.minimum_version = made.maximum_version = version
    made.num_tickets = 0
    return made


def _stages(wire, stages):
    for name, data in stages:
        wire.stage(name)
        wire.send(data)
    wire.end()
    wire.drain()


def in_tls(version, outside=None, inside=None, stages=rtmp.PLAY):
    """A script: a session inside TLS, with mischief on either side of it."""

    def script(sock, _number=0):
        try:
            _stages(Tls(Wire(sock, outside), context(version), inside), stages)
        except Gone:
            pass

    return script


def in_tunnel(outside=None, inside=None, stages=rtmp.PLAY):
    """The same inside the HTTP tunnel."""

    def script(sock, _number=0):
        try:
            _stages(Tunnel(Wire(sock, outside), inside), stages)
        except Gone:
            pass

    return script


def in_rtmpe(outside=None, inside=None, stages=AFTER_HANDSHAKE, **how):
    """The same inside RTMPE, whose handshake is the layer's."""

    def script(sock, _number=0):
        try:
            _stages(Encrypted(Wire(sock, outside), inside, **how), stages)
        except Gone:
            pass

    return script


def _outside(layer):
    return lambda _session, mischief: layer(outside=mischief)


def _inside(layer):
    return lambda _session, mischief: layer(inside=mischief)


def record(kind, data, version=b"\3\3"):
    """A TLS record in the clear."""
    return bytes([kind]) + version + struct.pack(">H", len(data)) + data


# What answers a client's hello that is no TLS, or the wrong one.
NO_TLS = {
    "plain-http": b"HTTP/1.1 400 Bad Request\r\n\r\n" * 100,
    "plain-rtmp": rtmp.whole(rtmp.PLAY),
    "alert": record(21, b"\2\50"),
    "warnings": record(21, b"\1\0") * 10000,
    "unknown-alerts": record(21, b"\1\xfe") * 10000,
    "empty-records": record(22, b"") * 100000,
    "empty-data": record(23, b"") * 100000,
    "data-first": record(23, b"x" * 1000) * 100,
    "change-cipher-specs": record(20, b"\1") * 100000,
    "longest-record": record(22, b"\2" + b"\0" * 65534),
    "hello-of-16-mib": record(22, b"\2\xff\xff\xff" + b"x" * 16000) + record(22, b"x" * 16000) * 1100,
    "hello-in-bytes": b"".join(record(22, bytes([byte])) for byte in b"\2\0\2\0" + b"x" * 512),
    "hello-of-garbage": record(22, b"\2\0\1\0" + random.Random(3).randbytes(256)),
    "hello-requests": record(22, b"\0\0\0\0") * 10000,
    "client-hello": record(22, b"\1\0\0\x26\3\3" + b"x" * 32 + b"\0\0\2\xc0\x2f\1\0"),
    "version-of-sslv3": record(22, b"\2\0\0\x26\3\0" + b"x" * 32 + b"\0\0\x2f\0", b"\3\0"),
    "unknown-record": record(99, b"what?") * 100,
}


def answering(data):
    """A script: whatever is asked for, this comes."""

    def session(wire):
        wire.receive_some()
        wire.send(data)

    return scripted(session)


def _tls():
    shaking = (("hello", 0, "connect"), ("hello", 3, "connect"), ("hello", 90, "connect"), ("finished", 0, "connect"))
    inside = (("S1", 700, "connect"), ("connect-result", 0, "stream"), ("start", 60, "stream"))
    reading = (("video", 150, "read"), ("stop", 0, "read"))
    for family, version in VERSIONS.items():
        layer = functools.partial(in_tls, version)
        # In TLS 1.3 the server has nothing more to say after its hello.
        where = shaking if version == ssl.TLSVersion.TLSv1_2 else shaking[:3]
        add_stages(family, "play", RTMPS, None, rows(where, *WAITS, (deaf, 1), *ENDS, *NOISE), wrap=_outside(layer))
        # In the middle of a record. What comes then is a damaged session, whatever it is.
        add_stages(family, "play", RTMPS, None, rows(inside, (silent, 1), *ENDS, *NOISE), wrap=_outside(layer))
        add_stages(
            family,
            "play",
            RTMPS,
            None,
            rows(reading, (silent, 1), (trickle_and_end, 0), *ENDS, *NOISE),
            wrap=_outside(layer),
        )
        inner = rows(((stage, 0, phase) for stage, _, phase in inside), *WAITS, (deaf, 1))
        for stage, offset, act, endings in inner:
            script = layer(inside=Mischief(act, stage, offset))
            add(Case(family, f"{act.__name__}-inside-at-{stage}", "play", RTMPS, script, endings, SHORT))
        for name in ("pings", "acks", "empty-messages", "call-pings"):
            script = layer(inside=Mischief(flood(MESSAGES[name]), "stream-result"))
            add(Case(family, f"flood-of-{name}", "play", RTMPS, script, ("* 1",), SHORT))
        script = layer(inside=Mischief(drip(b"\0"), "stream-result"))
        add(Case(family, "records-of-one-byte", "play", RTMPS, script, ("* 1",), SHORT))
        for name in ("a-byte-on-65598-streams", "a-full-message-of-16-mib", "sixteen-mib-on-65598-streams"):
            script = layer(inside=Mischief(once(LIES[name]), "audio"))
            add(Case(family, name, "play", RTMPS, script, ("* 0",)))
    for name, data in NO_TLS.items():
        add(Case("no TLS", name, "play", RTMPS, answering(data), ("connect 0",)))


# Responses of a tunnel's server that are no good.
RESPONSES = {
    "status-404": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "status-missing": b"HTTP/1.1\r\n\r\n",
    "no-http": b"\3" + bytes(3000),
    "length-zero": http_response(b""),
    "length-missing": b"HTTP/1.1 200 OK\r\n\r\n\1abc",
    "length-negative": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc",
    "length-minus-2-gib": b"HTTP/1.1 200 OK\r\nContent-Length: -2147483648\r\n\r\nabc",
    "length-of-2-gib": b"HTTP/1.1 200 OK\r\nContent-Length: 2147483647\r\n\r\nabc",
    "length-of-4-gib": b"HTTP/1.1 200 OK\r\nContent-Length: 4294967297\r\n\r\nabc",
    "length-of-20-digits": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nabc",
    "length-twice": b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
    "length-garbage": b"HTTP/1.1 200 OK\r\nContent-Length: four\r\n\r\nabc\n",
    "chunked-garbage": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nwhat\r\nabc\r\n",
    "chunked-huge": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc\r\n",
    "chunked-long-size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 100000,
    "chunked-endless-trailer": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 10000,
    "gzip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabc\n",
    "head-of-100-kb": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 17000 + b"\r\n",
    "line-of-100-kb": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100000 + b"\r\n\r\n",
    "identification-of-10-kb": http_response(b"I" * 10000 + b"\n"),
    "identification-of-formats": http_response(b"%n%s%n\n"),
    "identification-of-lines": http_response(b"a\r\nHost: b\r\n\r\n\n"),
    "identification-of-nul": http_response(b"\0\0\0\n"),
    "interim": b"HTTP/1.1 100 Continue\r\n\r\n" * 100,
    "switching": b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    "moved": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
}
TUNNEL_FLOODS = {
    "interim-responses": b"HTTP/1.1 100 Continue\r\n\r\n",
    "empty-responses": http_response(b"\1"),
    "bare-responses": http_response(b""),
    "headers": b"X: y\r\n",
    "blank-lines": b"\r\n",
}


def _tunnel():
    shaking = (
        ("open", 0, "connect"),
        ("open", 30, "connect"),
        ("open", 85, "connect"),
        ("S0", 0, "connect"),
        ("S1", 5, "connect"),
        ("S1", 700, "connect"),
    )
    inside = (("connect-result", 0, "stream"), ("connect-result", 20, "stream"), ("start", 100, "stream"))
    reading = (("video", 20, "read"), ("video", 150, "read"), ("stop", 0, "read"))
    add_stages(
        "RTMPT", "play", RTMPT, None, rows(shaking + inside, *WAITS, (deaf, 1), *ENDS, *NOISE), wrap=_outside(in_tunnel)
    )
    add_stages(
        "RTMPT",
        "play",
        RTMPT,
        None,
        rows(reading, (silent, 1), (deaf, 1), (trickle_and_end, 0), *ENDS, *NOISE),
        wrap=_outside(in_tunnel),
    )
    add_stages(
        "RTMPT",
        "publish",
        RTMPT,
        None,
        rows(inside[:2] + (("publish-start", 100, "stream"),), *WAITS, (deaf, 1), *ENDS, *NOISE),
        wrap=_outside(functools.partial(in_tunnel, stages=rtmp.PUBLISH)),
    )
    for name, data in RESPONSES.items():
        for stage in ("open", "S1", "audio"):
            script = in_tunnel(outside=Mischief(once(data), stage))
            add(Case("RTMPT", f"{name}-at-{stage}", "play", RTMPT, script, ("* 0",)))
    for name, data in TUNNEL_FLOODS.items():
        for stage, phase in (("open", "connect"), ("S0", "connect"), ("stream-result", "stream")):
            script = in_tunnel(outside=Mischief(flood(data), stage))
            add(Case("RTMPT", f"flood-of-{name}-at-{stage}", "play", RTMPT, script, (), SHORT))
    add(Case("RTMPT", "idle-for-ever", "play", RTMPT, _polled("stream-result"), ("* 1",), SHORT))
    add(Case("RTMPT", "idle-while-shaking-hands", "play", RTMPT, _polled("S1"), ("* 1",), SHORT))
    add(Case("RTMPT", "idle-while-reading", "play", RTMPT, _polled("audio"), ("* 1",), SHORT))
    for name in ("a-byte-on-65598-streams", "a-full-message-of-16-mib", "sixteen-mib-on-65598-streams"):
        script = in_tunnel(inside=Mischief(lambda wire, _rest, data=LIES[name]: wire.raw(data), "audio"))
        add(Case("RTMPT", name, "play", RTMPT, script, ("* 0",)))


def _polled(stage):
    """From a stage on every request gets an answer that holds nothing."""

    def act(wire, _rest):
        wire.raw(b"")
        while True:
            wire.stage("never")
            wire.raw(b"")

    return in_tunnel(inside=Mischief(act, stage))


def _rtmpe():
    shaking = (
        ("S0", 0, "connect"),
        ("S1", 0, "connect"),
        ("S1", 700, "connect"),
        ("S2", 0, "connect"),
        ("S2", 700, "connect"),
    )
    inside = (("window", 0, "stream"), ("connect-result", 5, "stream"), ("start", 60, "stream"))
    reading = (("video", 150, "read"), ("stop", 0, "read"))
    add_stages("RTMPE", "play", RTMPE, None, rows(shaking, *WAITS, (deaf, 1), *ENDS, *NOISE), wrap=_outside(in_rtmpe))
    add_stages("RTMPE", "play", RTMPE, None, rows(inside, *WAITS, *ENDS, *NOISE), wrap=_outside(in_rtmpe))
    add_stages(
        "RTMPE",
        "play",
        RTMPE,
        None,
        rows(reading, (silent, 1), (trickle_and_end, 0), *ENDS, *NOISE),
        wrap=_outside(in_rtmpe),
    )
    keys = {"0": 0, "1": 1, "2": 2, "p-minus-1": PRIME - 1, "p": PRIME, "p-plus-1": PRIME + 1, "ones": (1 << 1024) - 1}
    for name, key in keys.items():
        script = in_rtmpe(public=key.to_bytes(128, "big"))
        add(Case("RTMPE", f"key-of-{name}", "play", RTMPE, script, ("* 0",)))
    add(Case("RTMPE", "digest-elsewhere", "play", RTMPE, in_rtmpe(scheme=0), ("read 0",)))
    for stage, offset in (("S1", 5), ("S1", 900), ("S2", 10), ("S2", 1510)):
        script = in_rtmpe(outside=Mischief(flip(1), stage, offset))
        add(Case("RTMPE", f"flipped-at-{stage}+{offset}", "play", RTMPE, script, ("connect 0",)))
    for name in ("pings", "acks", "call-pings"):
        script = in_rtmpe(inside=Mischief(drip(MESSAGES[name]), "stream-result"))
        add(Case("RTMPE", f"drip-of-{name}", "play", RTMPE, script, ("* 1",), SHORT))
    for version in (3, 6, 8, 9, 0x48, 0xFF):
        data = bytes([version]) + rtmp.HANDSHAKE[1][1] + rtmp.HANDSHAKE[2][1]
        add(Case("RTMPE", f"plain-answer-of-version-{version}", "play", RTMPE, answering(data), ("connect 0",)))


_tls()
_tunnel()
_rtmpe()
