"""Two threads on one handle: to the end, and ended suddenly."""

import time

from bench import TRANSPORTS

# Enough for both chunk sizes, extended timestamps and long messages.
SHORT = {"none": 50000, "sanitizers": 20000, "valgrind": 2000}
LONG = 10000000
ROUNDS = {"none": 60, "sanitizers": 60, "valgrind": 10}
# The random moment comes this soon, ms: while it connects, or while it talks.
SUDDEN = {"none": 20, "sanitizers": 40, "valgrind": 1000}


def steady(bench):
    """All messages of both directions arrive whole, in order and once, and all pings are answered."""
    count = bench.messages or (LONG if bench.hand else SHORT[bench.check])
    for transport in TRANSPORTS:
        for style in ("packets", "flv"):
            begin = time.monotonic()
            with bench.peer(transport) as (port, options, said):
                client = bench.finish("steady", transport, port, style, count, *options)
            yield f"{transport}, {style}, {time.monotonic() - begin:.0f} s: {client}; peer: {said[-1]}"


def sudden(bench):
    """Whenever a third thread closes or cancels, what was sent is right and the handle can be used again."""
    rounds = bench.rounds or ROUNDS[bench.check] * (20 if bench.hand else 1)
    soon = SUDDEN[bench.check]
    for transport in TRANSPORTS:
        for style in ("packets", "flv"):
            for way in ("close", "cancel"):
                with bench.peer(transport) as (port, options, said):
                    client = bench.finish("sudden", transport, port, style, rounds, way, soon, *options)
                yield f"{transport}, {style}, {way}: {client}; peer: {said[-1]}"


def stop(bench):
    """A call that would wait for ever ends when it is told to, in every phase."""
    yield from bench.finish("stop").splitlines()


def again(bench):
    """A thousand connections of one handle, over all transports in turn, leave nothing behind."""
    with bench.peer("rtmp") as plain, bench.peer("rtmpe") as encrypted, bench.peer("rtmps") as tls:
        urls = [f"rtmp://127.0.0.1:{plain[0]}/app/play", f"rtmpe://127.0.0.1:{encrypted[0]}/app/play"]
        urls.append(f"rtmps://127.0.0.1:{tls[0]}/app/play {tls[1][0]}")
        yield bench.finish("again", 1000 if bench.check == "none" else 60, *urls)


def calls(bench):
    """Whatever two threads call on a handle and whatever its server does, nothing crashes, hangs or leaks."""
    seconds, seed = bench.calls
    if seconds is None:
        seconds = 200 if bench.hand else 4
    for transport in TRANSPORTS:
        identity = [bench.certificate, bench.key] if transport == "rtmps" else []
        yield f"{transport}: {bench.finish('calls', transport, seconds, seed, *identity)}"
