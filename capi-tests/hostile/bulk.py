"""A good session that is cut, reset or changed at each of its bytes. Everything is sent at once, whatever the program
says, and the end follows: no program has a reason to wait."""

import functools
import zlib

import layered
import rtmp
import web
from case import Bulk, Mischief, add, scripted, sending
from playing import PLAY_URL
from proxies import BARE, GRANTED4, proxying
from publishing import LOGIN_URL, REJECT, rejection
from wire import fin, flip, rst

CHALLENGE = f"{REJECT}[ authmod=adobe ] : ?reason=needauth&user=u&salt=Zm9v&challenge=Zm9v&opaque=Zm9v"


def at_each_byte(act, wrap):
    """The script whose mischief is at the byte of the session's number. `wrap(mischief)` makes the script of one."""
    return lambda sock, number: wrap(Mischief(act, byte=number))(sock, number)


def each_bit(wrap, start=0):
    """The script that changes one bit, of each byte from `start` on."""
    return lambda sock, number: wrap(Mischief(flip(1 << number % 8), byte=start + number // 8))(sock, number)


def each_byte_flipped(wrap, start=0):
    """The script that changes one byte from `start` on, to something else each time."""
    return lambda sock, number: wrap(Mischief(flip((number * 37) % 255 + 1), byte=start + number))(sock, number)


def _add(family, mode, target, size, wrap, bits=None, original=True):
    """Cuts, resets and changes at each of `size` bytes; each bit of what comes behind `bits`."""
    add(
        Bulk(family, f"{mode}: the end at each byte", mode, target, at_each_byte(fin, wrap), size, original),
        Bulk(family, f"{mode}: a reset at each byte", mode, target, at_each_byte(rst, wrap), size, original),
        Bulk(family, f"{mode}: each byte changed", mode, target, each_byte_flipped(wrap), size, original),
    )
    if bits is not None:
        count = (size - bits) * 8
        add(Bulk(family, f"{mode}: each bit changed", mode, target, each_bit(wrap, bits), count, original))


def _sessions(session):
    return lambda mischief: scripted(session, mischief)


def _register():
    shaken = len(rtmp.whole(rtmp.HANDSHAKE))
    session = rtmp.whole(rtmp.PLAY)
    wrap = _sessions(sending((("all", session),)))
    _add("play", "play", PLAY_URL, len(session), wrap, shaken)
    add(
        Bulk(
            "packets",
            "packets: each byte changed",
            "packets",
            PLAY_URL,
            each_byte_flipped(wrap, shaken),
            len(session) - shaken,
        )
    )
    session = rtmp.whole(rtmp.PUBLISH)
    wrap = _sessions(sending((("all", session),)))
    add(
        Bulk(
            "publish",
            "publish: each bit changed",
            "publish",
            PLAY_URL,
            each_bit(wrap, shaken),
            (len(session) - shaken) * 8,
        )
    )
    client = rtmp.whole(rtmp.CLIENT)
    _add("serve", "serve", "127.0.0.1", len(client), _sessions(sending((("all", client),))), shaken)
    response = web.response(body=web.BODY[:100])
    size = len(rtmp.whole(response))
    _add("HTTP", "http", web.URL, size, _sessions(web.responding((("all", rtmp.whole(response)),))), 0)
    player = web.response(body=web.swf(zlib.crc32(b"s").to_bytes(4, "big") * 100 + bytes(range(256))))
    start = len(rtmp.whole(player[:-1]))
    wrap = _sessions(web.responding((("all", rtmp.whole(player)),)))
    add(
        Bulk("HTTP", "swf: each bit of a player changed", "swf", web.URL, each_bit(wrap, start), len(player[-1][1]) * 8)
    )
    _add("SOCKS4", "play", BARE, len(GRANTED4), _sessions(proxying(GRANTED4)), 0)
    challenge = rtmp.whole(rtmp.HANDSHAKE) + rejection(CHALLENGE)
    wrap = _sessions(sending((("all", challenge),)))
    add(
        Bulk(
            "authentication",
            "publish: each bit of a challenge changed",
            "publish",
            LOGIN_URL,
            each_bit(wrap, shaken),
            (len(challenge) - shaken) * 8,
        )
    )


# Of layers a script is slow, and most bytes are random: one of `STEP` will do.
STEP = 7
ALL = (("all", rtmp.whole(rtmp.PLAY)),)
# A changed length makes both sides wait. The peer gives up, long before the program does.
PATIENCE = 2


def _layers():
    tunnel = functools.partial(layered.in_tunnel, stages=ALL)
    _add_layer("RTMPT", layered.RTMPT, tunnel, 4600, STEP)
    for family, version in layered.VERSIONS.items():
        _add_layer(family, layered.RTMPS, functools.partial(layered.in_tls, version, stages=ALL), 1400, 1)
    short = rtmp.PLAY[len(rtmp.HANDSHAKE) :][:6]
    _add_layer("RTMPE", layered.RTMPE, functools.partial(layered.in_rtmpe, stages=short), 3600, STEP)


def _add_layer(family, target, layer, size, step):
    """As `_add`, at every `step`th byte of what a layer sends."""
    acts = {
        "the end at": lambda number: fin,
        "a reset at": lambda number: rst,
        "a bit changed in": lambda number: flip(1 << number % 8),
    }
    for name, act in acts.items():

        def script(sock, number, act=act):
            sock.settimeout(PATIENCE)
            layer(outside=Mischief(act(number), byte=number * step))(sock, number)

        which = "each byte" if step == 1 else f"each {step}th byte"
        add(Bulk(family, f"play: {name} {which}", "play", target, script, size // step))


_register()
_layers()
