"""Peers that speak TLS and never come to a session: long, cut and endless messages, towards clients and servers."""

import ssl
import struct

from case import LONG, SHORT, Case, Mischief, add, scripted
from layered import RTMPS, VERSIONS, certificate, record
from web import LIMIT
from wire import drip, flood, silent

HTTPS = "https://127.0.0.1:{port}/player.swf"
CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, CLIENT_KEY_EXCHANGE = 1, 2, 11, 16
# Around the longest message that a TLS library keeps (64 KiB), and what a length field can say.
LENGTHS = (16000, 0xFFEF, 0xFFF0, 0xFFFFFF)
PIECES = (1, 16000)
# More than anybody has to look at before it is too much.
MOST_SENT = 200_000


def message(kind, length):
    """A handshake message that claims a length, with so much of its body as is worth sending."""
    return bytes([kind]) + length.to_bytes(3, "big") + b"\3\3" + bytes(min(length - 2, MOST_SENT))


def in_records(data, size):
    """`data` in handshake records of so many bytes."""
    return b"".join(record(22, data[at : at + size]) for at in range(0, len(data), size))


def server_hello(version, hello):
    """A server's first message that goes on with the handshake of a client's `hello`, a whole record."""
    length = hello[43]
    session = hello[43 : 44 + length]
    if version == ssl.TLSVersion.TLSv1_2:
        body = b"\3\3" + bytes(range(32)) + b"\0" + b"\xc0\x2f\0"
    else:
        share = struct.pack(">HHHH", 0x33, 36, 0x1D, 32) + b"\x09" + bytes(31)
        extensions = struct.pack(">HHH", 0x2B, 2, 0x0304) + share
        body = b"\3\3" + bytes(range(32)) + session + b"\x13\x01\0" + struct.pack(">H", len(extensions)) + extensions
    return record(22, b"\2" + len(body).to_bytes(3, "big") + body)


def client_hello(version):
    """A client's first message."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    out = ssl.MemoryBIO()
    session = context.wrap_bio(ssl.MemoryBIO(), out)
    try:
        session.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def _server(act, version=None):
    """A script: a server that says hello if it has a version, then misbehaves."""

    def session(wire):
        hello = wire.receive(5)
        hello += wire.receive(int.from_bytes(hello[3:], "big"))
        if version:
            wire.send(server_hello(version, hello))
        wire.stage("then")
        wire.send(b"\0")

    return scripted(session, Mischief(act, "then"))


def _client(act, version=None):
    """The same for a client."""

    def session(wire):
        if version:
            wire.send(client_hello(version))
        wire.stage("then")
        wire.send(b"\0")

    return scripted(session, Mischief(act, "then"))


def _saying(data):
    """`data`, and then nothing: who does not refuse it waits."""

    def act(wire, rest):
        wire.drain_aside()
        wire.raw(data)
        silent(wire, rest)

    return act


FLOODS = {
    "empty-records": record(22, b""),
    "empty-data": record(23, b""),
    "warnings": record(21, b"\1\x5a"),
    "warnings-in-bytes": record(21, b"\1") + record(21, b"\x5a"),
    "change-cipher-specs": record(20, b"\1"),
    "empty-change-cipher-specs": record(20, b""),
    "hello-requests": record(22, bytes(4)),
    "zeros": bytes(1000),
    "letters": record(22, b"\2\xff\xff\xff") + record(22, b"x"),
}


def _too_much(kinds):
    """What must be refused, though the peer stays."""
    for kind in kinds:
        for length in LENGTHS:
            for piece in PIECES:
                # A short message in long records is complete: garbage, refused as such.
                yield f"message-{kind}-of-{length}-in-{piece}", _saying(in_records(message(kind, length), piece))
    for name, piece in FLOODS.items():
        yield f"flood-of-{name}", flood(piece)


def _too_little(kind):
    """What never is a whole message."""
    yield "begun", _saying(record(22, bytes([kind]) + b"\0\1\0\3\3"))
    yield "drip-of-bytes", drip(record(22, bytes([kind])) + record(22, b"\0"))
    yield "drip-of-empty-records", drip(record(22, b""))


# (family, mode, target, script, what the role reads, limit, endings when refused and when out of time)
def _roles():
    files = "|".join(("127.0.0.1", *certificate()[1:]))
    yield "raw TLS, play", "play", RTMPS, _server, (SERVER_HELLO, CERTIFICATE), 60, "connect"
    yield "raw TLS, serve", "serve", files, _client, (CLIENT_HELLO, CLIENT_KEY_EXCHANGE), 60, "accept"
    yield "raw TLS, https", "http", HTTPS, _server, (SERVER_HELLO, CERTIFICATE), LIMIT, None
    yield "raw TLS, players", "swf", HTTPS, _server, (SERVER_HELLO, CERTIFICATE), LIMIT, None


def _register():
    for family, mode, target, script, kinds, limit, phase in _roles():
        refused = (f"{phase} 0",) if phase else ("* 0",)
        late = (f"{phase} 1", f"{phase} 0") if phase else ("* 0",)
        for behind, version in (("", None), *((f"-in-{name.replace(' ', '-')}", each) for name, each in VERSIONS.items())):
            for name, act in _too_much(kinds):
                add(Case(family, name + behind, mode, target, script(act, version), refused, LONG, limit))
            for name, act in _too_little(kinds[0]):
                add(Case(family, name + behind, mode, target, script(act, version), late, SHORT, limit))


_register()
