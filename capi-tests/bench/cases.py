"""What is measured."""

import collections

SIZES = (200, 1000, 10000, 100000)
CHUNKS = (128, 4096, 65536)
PIECE = 32768
# One receive of the library asks for so many bytes at most: the read(2) loop beside it does the same.
RECEIVE = 16384

Case = collections.namedtuple("Case", "name group program arguments peer unit bare rival counted once gstreamer")
Case.__doc__ = """`program` with `arguments` (a dict) against a peer with the options `peer` (None: no peer). `unit` says what
its CPU time is divided by: "GB", "message", "hour", "bytes" for a case that measures memory, "ms" for one that measures
time by the clock, "round trips" for one whose peer is far away, or "streams" for many streams at once (streams.py). `bare`
and `rival` are arguments of the loop of system calls and of FFmpeg on the same stream, or None. `counted`: instructions and
system calls are counted too. `once`: one run is enough, it repeats itself. `gstreamer`: GStreamer's own RTMP is measured
beside it. An argument `ours` is options that only our library gets."""


def _case(
    name,
    group,
    arguments,
    peer=None,
    unit="GB",
    bare=None,
    rival=None,
    counted=True,
    once=False,
    gstreamer=False,
    program="client",
):
    return Case(name, group, program, arguments, peer, unit, bare, rival, counted, once, gstreamer)


def _peer(protocol="rtmp", size=10000, chunk=128, **more):
    return {"protocol": protocol, "size": size, "chunk": chunk, **more}


def _media(protocol, verb, size, chunk, **more):
    """One way of moving media. The name tells all that varies. With nonblocking=1 no call of ours waits."""
    extra = "".join(f" {name}={value}" for name, value in more.items())
    arguments = {"case": verb, "size": size, "chunk": chunk, **more}
    bare = rival = None
    is_alone = "threads" in more or "nonblocking" in more
    if protocol == "rtmp" and not is_alone:
        if verb in ("send", "write"):
            bare = {"case": "bare-write", "size": more.get("piece", size)}
        else:
            bare = {"case": "bare-read", "size": more.get("buffer", RECEIVE)}
    if protocol == "rtmp" and verb == "read" and not is_alone:
        rival = {"case": "read", "size": size, **more}
    # FFmpeg's chunks are 128 bytes long when it sends.
    if protocol == "rtmp" and verb == "write" and chunk == 128 and "piece" not in more and not is_alone:
        rival = {"case": "write", "size": size}
    name = f"{protocol} {verb} {size} chunk={chunk}{extra}"
    peer = _peer(protocol, size, chunk)
    counted = "threads" not in more
    return _case(name, f"{protocol} {verb}", arguments, peer, bare=bare, rival=rival, counted=counted)


def _plain():
    for verb in ("receive", "send"):
        for chunk in CHUNKS:
            for size in SIZES:
                yield _media("rtmp", verb, size, chunk)
    for verb, ways in (("read", ({"buffer": 4096}, {"buffer": 65536})), ("write", ({}, {"piece": PIECE}))):
        for way in ways:
            for chunk in CHUNKS:
                yield _media("rtmp", verb, 10000, chunk, **way)
        for size in (200, 1000, 100000):
            yield _media("rtmp", verb, size, 4096, **ways[-1])
    yield _media("rtmp", "read", 200, 128, buffer=65536)
    yield _media("rtmp", "write", 200, 128)
    for size in (200, 10000):
        yield _media("rtmp", "read", size, 128, buffer=65536, nonblocking=1)
        yield _media("rtmp", "write", size, 128, nonblocking=1)


def _covered():
    for protocol in ("rtmpe", "rtmps"):
        for verb in ("receive", "send"):
            for chunk in CHUNKS:
                yield _media(protocol, verb, 10000, chunk)
            yield _media(protocol, verb, 1000, 4096)
        yield _media(protocol, "read", 10000, 4096, buffer=65536)
        yield _media(protocol, "write", 10000, 4096)


def _calls():
    for name in ("amf-encode", "amf-decode", "parse-url", "setup"):
        yield _case(name, "calls", {"case": name}, unit="message")
    for size in SIZES:
        yield _case(f"memcpy {size}", "memcpy", {"case": "memcpy", "size": size}, counted=False)


def _sessions():
    for protocol in ("rtmp", "rtmpe", "rtmps"):
        peer = _peer(protocol, 1000, 4096, once=1)
        yield _case(f"{protocol} connect", "connect", {"case": "connect", "size": 1000}, peer, "message")
    for protocol in ("rtmp", "rtmpe", "rtmps"):
        yield _case(f"{protocol} idle", "idle", {"case": "idle"}, _peer(protocol), "bytes", counted=False)
    once = {"case": "load", "messages": 1, "warm": 0}
    yield _case("load", "load", once, unit="message", counted=False, program="load")


NGINX = {"server": "nginx"}


def _distance():
    """Connections over 100 ms there and back: until the first media, or until a publisher may begin. The peer sends at once,
    nginx holds small messages back (Nagle's algorithm)."""
    once = {"messages": 1, "warm": 0}
    ways = (("", {}), (" fastStart=1", {"ours": "fastStart=1"}))
    for protocol in ("rtmp", "rtmps"):
        peer = _peer(protocol, 1000, 4096, once=1)
        for way, more in ways:
            arguments = {"case": "connect", "size": 1000, **once, **more}
            name = f"{protocol} connect over 100 ms{way}"
            yield _case(name, "distance", arguments, peer, "round trips", counted=False)
    for server, peer in (("", _peer("rtmp", 1000, 4096)), (" to nginx-rtmp", NGINX)):
        for way, more in ways:
            name = f"rtmp publish{server} over 100 ms{way}"
            rival = None if more else {"case": "open", **once}
            arguments = {"case": "publish", **once, **more}
            # The peer's answer to connect is too short for GStreamer.
            beside = {"rival": rival, "gstreamer": peer is NGINX and not more}
            yield _case(name, "distance", arguments, peer, "round trips", counted=False, **beside)


def _servers():
    """Connections to a server as they are run, beside it: their time is what the waiting costs."""
    for way, more in (("", {}), (" from 16 threads", {"threads": 16})):
        arguments = {"case": "publish", "messages": 63 if more else 50, "warm": 2, **more}
        yield _case(f"rtmp publish to nginx-rtmp{way}", "server", arguments, NGINX, "ms", counted=False)


def _growth():
    for verb in ("receive", "send"):
        yield _media("rtmp", verb, 10000, 4096, threads=2)
        for channels in (1, 10, 100, 1000):
            arguments = {"case": verb, "size": 1000, "chunk": 4096, "channels": channels}
            peer = _peer(size=1000, chunk=4096, channels=channels)
            yield _case(f"rtmp {verb} 1000 channels={channels}", "channels", arguments, peer)
        for rate in (10, 100, 1000, 10000):
            # Fewer than a second's messages, but some.
            arguments = {"case": verb, "size": 1000, "chunk": 4096, "rate": rate, "messages": max(10, rate // 5), "warm": 1}
            peer = _peer(size=1000, chunk=4096, **({"rate": rate} if verb == "receive" else {}))
            yield _case(f"rtmp {verb} 1000 rate={rate}", "rate", arguments, peer, "message", counted=False)
        arguments = {"case": verb, "size": 10000, "chunk": 4096, "messages": 100000, "repeat": 10, "warm": 1000}
        peer = _peer(chunk=4096)
        yield _case(f"rtmp {verb} ten GB", "length", arguments, peer, counted=False, once=True)


def _paced():
    """What a user notices of a broadcast: 30 pictures a second, 6 Mbit/s, in chunks as they are by default."""
    for protocol in ("rtmp", "rtmps"):
        arguments = {"case": "send", "size": 25000, "chunk": 128, "rate": 30, "messages": 20, "warm": 3}
        name = f"{protocol} paced publishing at 6 Mbit/s"
        yield _case(name, "paced", arguments, _peer(protocol, 25000), "hour", counted=False)


def _streams():
    """Publishers and as many players, of which each plays what one of them publishes, in one program."""
    for protocol, count in (("rtmp", 5), ("rtmp", 100), ("rtmps", 100)):
        name = f"{protocol} {count} publishers and {count} players"
        yield _case(name, "streams", {"streams": count}, _peer(protocol, relay=1), "streams", counted=False)


ALL = [
    *_distance(),
    *_servers(),
    *_paced(),
    *_streams(),
    *_plain(),
    *_covered(),
    *_calls(),
    *_sessions(),
    *_growth(),
]
# What a smoke run proves to work: one case of each kind. The counting is tried on the first.
SMOKE = (
    "rtmp receive 1000 chunk=4096",
    "rtmp send 1000 chunk=4096",
    "rtmp read 10000 chunk=128 buffer=65536",
    "rtmp write 10000 chunk=128",
    "rtmpe receive 1000 chunk=4096",
    "rtmps send 1000 chunk=4096",
    "amf-decode",
    "setup",
    "rtmps connect",
    "rtmps connect over 100 ms fastStart=1",
    "rtmp publish to nginx-rtmp over 100 ms",
    "rtmp publish to nginx-rtmp from 16 threads",
    "rtmp idle",
    "load",
    "rtmp paced publishing at 6 Mbit/s",
    "rtmp send 10000 chunk=4096 threads=2",
    "rtmp read 200 chunk=128 buffer=65536 nonblocking=1",
    "rtmp write 10000 chunk=128 nonblocking=1",
    "rtmp 5 publishers and 5 players",
)
