"""Hostile HTTPS servers: HTTP inside TLS, which goes wrong outside and inside."""

import functools

from case import Case, Mischief, Wire, add, add_stages
from layered import NO_TLS, VERSIONS, answering, context
from layers import Tls
from playing import ENDS, NOISE, rows
from web import BODY, FLOODS, LIMIT, RESPONSES, responding, response
from wire import Gone, deaf, flip, silent, trickle

URL = "https://127.0.0.1:{port}/player.swf"
GOOD = response(body=BODY * 100)
WAITS = ((silent, 0), (trickle, 0))
flipped = flip(1)
flipped.__name__ = "flipped"
# Of what is wrong inside HTTP, what TLS could make worse.
NAMES = (
    "length--1",
    "length-too-long",
    "length-too-short",
    "length-of-2-gib",
    "length-missing",
    "chunked-endless-size",
    "status-long",
    "status-100",
    "header-without-end",
    "headers-by-the-thousand",
)


def in_https(version, outside=None, inside=None, stages=GOOD, says_goodbye=True):
    """A script: a response inside TLS, with mischief on either side of it."""

    def script(sock, _number=0):
        try:
            wire = Tls(Wire(sock, outside), context(version), inside)
            responding(stages)(wire)
            if says_goodbye:
                wire.stage("goodbye")
                wire.say_goodbye()
            wire.end()
            wire.drain()
        except Gone:
            pass

    return script


def _outside(layer):
    return lambda _session, mischief: layer(outside=mischief)


def _stages(family, layer, shaking):
    """Each stage goes wrong: of the handshake, in the middle of a record, and between records."""
    records = (("status", 3, "*"), ("body", 2, "*"), ("body", 50000, "*"))
    wrap = _outside(layer)
    add_stages(family, "http", URL, None, rows(shaking, *WAITS, (deaf, 0)), limit=LIMIT, wrap=wrap)
    add_stages(family, "swf", URL, None, rows(shaking, *ENDS, *NOISE), wrap=wrap)
    add_stages(family, "swf", URL, None, rows(records, *WAITS), limit=LIMIT, wrap=wrap)
    add_stages(family, "http", URL, None, rows(records, *ENDS, *NOISE, (flipped, 0)), wrap=wrap)
    inside = (("status", 9, "*"), ("headers", 7, "*"), ("body", 0, "*"), ("body", 500, "*"))
    for mode, limit, ways in (("http", LIMIT, WAITS), ("swf", 60, (*ENDS, *NOISE))):
        for stage, offset, act, _ in rows(inside, *ways):
            name = f"{mode}-{act.__name__}-inside-at-{stage}+{offset}"
            script = layer(inside=Mischief(act, stage, offset))
            add(Case(family, name, mode, URL, script, ("* 0",), limit=limit))


def _contents(family, layer):
    """What is wrong with the response itself."""
    for name, stages in RESPONSES.items():
        if name in NAMES:
            add(Case(family, f"swf-{name}", "swf", URL, layer(stages=stages), ("* 0",)))
    for name, (stage, act) in FLOODS.items():
        script = layer(inside=Mischief(act, stage), stages=response(length=""))
        add(Case(family, f"http-{name}", "http", URL, script, ("* 0",)))
    script = layer(stages=response(length=""), says_goodbye=False)
    add(Case(family, "http-no-length-and-no-goodbye", "http", URL, script, ("* 0",)))


def _register():
    shaking = (("hello", 0, "*"), ("hello", 3, "*"), ("hello", 90, "*"), ("finished", 0, "*"))
    for version, number in VERSIONS.items():
        family, layer = f"HTTPS, {version}", functools.partial(in_https, number)
        # In TLS 1.3 the server has nothing more to say after its hello.
        _stages(family, layer, shaking if version == "TLS 1.2" else shaking[:3])
        _contents(family, layer)
    for name, data in NO_TLS.items():
        add(Case("HTTPS, no TLS", name, "http", URL, answering(data), ("* 0",)))


_register()
