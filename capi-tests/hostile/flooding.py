"""Servers whose messages are well made but have no end, or claim what they do not hold."""

import struct

import rtmp
from case import LONG, SHORT, Case, Mischief, add, scripted, sending
from playing import PLAY_URL
from rtmp import AMF_BOMBS, basic_header, control, header, invoke, message, status, user
from wire import drip, flood, flood_and_end, flood_deaf, once

MIB = 1 << 20
FLOOD_BYTES = 2 * MIB

# What some server has reason to send once, and a hostile one without end.
MESSAGES = {
    "pings": rtmp.PING,
    "acks": control(rtmp.ACK, 1),
    "chunk-sizes": control(rtmp.SET_CHUNK_SIZE, 128),
    "tiny-chunk-sizes": control(rtmp.SET_CHUNK_SIZE, 1),
    "zero-chunk-sizes": control(rtmp.SET_CHUNK_SIZE, 0),
    "windows": control(rtmp.WINDOW, 1),
    "bandwidths": message(rtmp.CONTROL, rtmp.BANDWIDTH, struct.pack(">IB", 0, 2)),
    "aborts": control(rtmp.ABORT, 3),
    "unknown-events": user(4711, 1),
    "unknown-types": message(rtmp.COMMANDS, 99, b"what?"),
    "empty-messages": header(rtmp.MEDIA, rtmp.AUDIO, 0),
    "audio": message(rtmp.MEDIA, rtmp.AUDIO, b"\xaf\1aaaa", 0, 1),
    "swf-requests": user(26),
    "buffer-empty": user(31, 1),
    "unknown-calls": invoke("doSomething", 0, None),
    "bandwidth-checks": invoke("onBWDone", 0, None),
    "bandwidth-asks": invoke("_onbwcheck", 5, None),
    "call-pings": invoke("ping", 7, None),
    "results": invoke("_result", 4711, None, 1),
    "errors": invoke("_error", 4711, None, {"code": "NetConnection.Call.Failed"}),
    "started": status("NetStream.Play.Start"),
    "paused": status("NetStream.Pause.Notify"),
    "subscribed": invoke("onFCSubscribe", 0, None, {"code": "NetStream.Play.Start"}),
}


def _flood_cases():
    """Rows of mode, stage, name, act, endings and seconds."""
    for name, data in MESSAGES.items():
        # Before the stream has begun there is a limit, however much comes; afterwards the peer ends it.
        if name != "started":
            yield "play", "stream-result", f"flood-of-{name}", flood(data), ("* 1",), SHORT
        yield "play", "audio", f"stream-of-{name}", flood_and_end(data, FLOOD_BYTES), (), LONG
    for name in ("pings", "acks", "bandwidths", "bandwidth-checks", "audio"):
        yield "play", "stream-result", f"drip-of-{name}", drip(MESSAGES[name]), ("* 1",), SHORT
        yield "publish", "connect-result", f"drip-of-{name}", drip(MESSAGES[name]), ("* 1",), SHORT
    # The answers find no room in the network.
    for name in ("pings", "call-pings", "bandwidth-checks", "bandwidth-asks"):
        yield "play", "stream-result", f"deaf-flood-of-{name}", flood_deaf(MESSAGES[name]), ("* 1",), SHORT
        yield "packets", "stream-result", f"deaf-flood-of-{name}", flood_deaf(MESSAGES[name], FLOOD_BYTES), (
            "* 1",
        ), SHORT
        yield "play", "audio", f"deaf-stream-of-{name}", flood_deaf(MESSAGES[name], FLOOD_BYTES), ("* 1",), SHORT
    # An acknowledgement for each chunk.
    one_byte_bandwidth = message(rtmp.CONTROL, rtmp.BANDWIDTH, struct.pack(">IB", 1, 0))
    acked = one_byte_bandwidth + MESSAGES["audio"] * 1000
    yield "packets", "stream-result", "an-ack-for-each-chunk", flood_and_end(acked, FLOOD_BYTES), (), LONG
    yield "packets", "stream-result", "a-deaf-ack-for-each-chunk", flood_deaf(acked, FLOOD_BYTES), ("* 1",), SHORT
    yield "play", "audio", "an-ack-for-each-chunk", flood_and_end(acked, FLOOD_BYTES), (), LONG


def begun(streams, size=0xFFFFFF, data=b"x"):
    """The first chunk of a message of `size` on each of the chunk streams."""
    return b"".join(header(stream, rtmp.VIDEO, size, 0, 1) + data for stream in streams)


def _large(kind, body):
    """A long message in one chunk."""
    return control(rtmp.SET_CHUNK_SIZE, 0xFFFFFF) + message(rtmp.MEDIA, kind, body, 0, 1, chunk_size=0xFFFFFF)


def _chunk_size(size):
    """A chunk size, then a message in chunks of 128 all the same."""
    return control(rtmp.SET_CHUNK_SIZE, size & 0xFFFFFFFF) + message(rtmp.MEDIA, rtmp.VIDEO, b"\x27" * 3000, 0, 1)


def _aggregates():
    tags = b"".join(rtmp.tag(rtmp.AUDIO, b"", time) for time in range(MIB))
    yield "of-a-million-empty-tags", tags
    yield "that-claims-more", rtmp.tag(rtmp.VIDEO, b"v" * 100)[:60]
    yield "of-largest-tags", (bytes([rtmp.VIDEO]) + b"\xff" * 10) * 10000
    yield "of-aggregates", rtmp.tag(rtmp.AGGREGATE, rtmp.tag(rtmp.AGGREGATE, rtmp.tag(rtmp.AUDIO, b"a" * 10)))
    yield "cut-in-a-tag", rtmp.tag(rtmp.AUDIO, b"a" * 100)[:7]
    yield "of-metadata", rtmp.tag(rtmp.INFO, rtmp.amf("onMetaData", {"duration": 1.0})) * 100000


ALL_STREAMS = range(2, 65600)
THOUSANDS = range(64, 5064)
SIZED = control(rtmp.SET_CHUNK_SIZE, 65536)

# Bytes that are sent once, before the end.
LIES = {
    "a-body-that-never-comes": begun([4]),
    "sixteen-mib-on-65598-streams": begun(ALL_STREAMS, data=b"x" * 128),
    "a-byte-on-65598-streams": begun(ALL_STREAMS, 2, b"x" * 1),
    "first-64-kib-on-5000-streams": SIZED + begun(THOUSANDS, data=b"x" * 65536),
    "message-after-message-on-one-stream": SIZED + begun([4] * 3000, data=b"x" * 65536),
    "whole-messages-on-65598-streams": begun(ALL_STREAMS, 1),
    "type-3-first": basic_header(3, 70) * 5000,
    "type-2-first": (basic_header(2, 71) + b"\0\0\1") * 5000,
    "type-1-first": (basic_header(1, 72) + b"\0\0\1\0\0\1\x08x") * 5000,
    "type-3-first-on-all-streams": b"".join(basic_header(3, stream) for stream in ALL_STREAMS),
    "highest-stream-first": begun([65599], 1) + begun([2, 65599, 64, 319, 320], 1),
    "type-1-inside-a-long-message": begun([4], 200, b"x" * 128)
    + basic_header(1, 4)
    + b"\0\0\0\xff\xff\xff\x09"
    + b"x" * 128,
    "longer-and-longer-messages": b"".join(begun([4], size, b"x" * 128) for size in range(129, 4129)),
    "extended-timestamps": header(4, rtmp.VIDEO, 1000, 0xFFFFFF, 1) + (b"\xff" * 4 + b"x" * 128 + b"\xc4") * 9,
    "largest-timestamps": header(4, rtmp.VIDEO, 1, 0xFFFFFF, 1)
    + b"\xff\xff\xff\xffx"
    + (b"\xc4\xff\xff\xff\xffx") * 1000,
    "a-full-message-of-16-mib": _large(rtmp.VIDEO, b"\x27" + b"v" * 0xFFFFFE),
    "a-full-aggregate-of-16-mib": _large(rtmp.AGGREGATE, rtmp.tag(rtmp.VIDEO, b"\x27" * (0xFFFFFF - 15))),
    "unknown-type-of-16-mib": _large(99, b"\x27" * 0xFFFFFF),
    "short-control-messages": b"".join(message(2, kind, b"\1" * size) for kind in range(8) for size in range(5)),
    "short-events": b"".join(message(2, rtmp.USER, bytes([0, event])) for event in range(256)),
    **{f"chunk-size-{size}": _chunk_size(size) for size in (0, -1, 1, 2**31 - 1, -(2**31), 0xFFFFFF, 0x1000000)},
    **{f"aggregate-{name}": _large(rtmp.AGGREGATE, data) for name, data in _aggregates()},
}


def _bomb_cases():
    for name, data in AMF_BOMBS.items():
        yield "play", "audio", f"command-{name}", once(_large(rtmp.INVOKE, data)), ("* 0",), LONG
        yield "play", "audio", f"metadata-{name}", once(_large(rtmp.INFO, data)), ("* 0",), LONG
        yield "packets", "stream-result", f"flex-{name}", once(_large(rtmp.FLEX, b"\0" + data)), ("* 0",), LONG
        yield "serve", "create", f"command-{name}", once(_large(rtmp.INVOKE, data)), ("* 0",), LONG


def _lie_cases():
    for name, data in LIES.items():
        yield "play", "audio", name, once(data), ("* 0",), LONG
        yield "packets", "stream-result", name, once(data), ("* 0",), LONG
        yield "serve", "create", name, once(data), ("* 0",), LONG


def _register():
    sessions = {"play": rtmp.PLAY, "publish": rtmp.PUBLISH, "packets": rtmp.PLAY, "serve": rtmp.CLIENT}
    families = (("floods", _flood_cases()), ("lying sizes", _lie_cases()), ("AMF bombs", _bomb_cases()))
    for family, rows in families:
        for mode, stage, name, act, endings, seconds in rows:
            script = scripted(sending(sessions[mode]), Mischief(act, stage))
            target = "127.0.0.1" if mode == "serve" else PLAY_URL
            add(Case(family, f"{mode}-{name}", mode, target, script, endings, seconds))


_register()
