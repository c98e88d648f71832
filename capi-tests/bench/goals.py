"""The goals, and what was measured of each."""

import collections
import math

from figures import BARE, ORIGINAL, OURS

Goal = collections.namedtuple("Goal", "what case measure limit")
Goal.__doc__ = """`measure(figures)` gives the median and the text of what was measured of the case with that name; it should be at
most `limit`, or at least when `limit` is negative: speed as a multiple."""


def _ratio(to=ORIGINAL, sign=1):
    def measure(figures):
        spread = figures.ratio(OURS, to)
        if not spread:
            return None
        if sign < 0:
            return -1 / spread.median, f"{1 / spread.median:.2f} ({1 / spread.most:.2f}..{1 / spread.least:.2f})"
        return spread.median, f"{spread.median:.2f} ({spread.least:.2f}..{spread.most:.2f})"

    return measure


def _count(name, relative=False):
    def measure(figures):
        ours, original = figures.count(name, OURS), figures.count(name, ORIGINAL)
        if ours is None:
            return None
        # A thousandth of a system call is one at the edge of the counted section.
        value = round(ours / original if relative else ours, 2)
        return value, f"{value:.2f} ({ours:,.0f} against {original:,.0f})" if relative else f"{value:.3f}"

    return measure


def _round_trips(figures):
    """Whole ones, of the quickest run: what else the machine has to do only adds."""
    least = figures.cost(OURS).least
    return math.floor(least), f"{math.floor(least)} ({least:.2f})"


def _milliseconds(figures):
    cost = figures.cost(OURS)
    return cost.median, f"{cost.median:.2f} ({cost.least:.2f}..{cost.most:.2f})"


def _blocks(figures):
    blocks = figures.blocks(OURS)
    return None if blocks is None else (blocks, f"{blocks:.3f}")


def _bytes(figures):
    cost = figures.cost(OURS)
    return cost and (cost.median, f"{cost.median:,.0f} (original {figures.cost(ORIGINAL).median:,.0f})")


def _felt():
    for server, where, most in (("", "a server without Nagle", 5), (" to nginx-rtmp", "nginx-rtmp", 6)):
        for way, less in (("", 0), (" fastStart=1", 2)):
            case = f"rtmp publish{server} over 100 ms{way}"
            yield Goal(f"round trips until {where} takes what is published{way}", case, _round_trips, most - less)
    yield Goal("publishing to nginx-rtmp on loopback: ms", "rtmp publish to nginx-rtmp", _milliseconds, 2.0)
    case = "rtmp publish to nginx-rtmp from 16 threads"
    yield Goal("1,000 connections to nginx-rtmp from 16 threads: s", case, _milliseconds, 0.2)


def _list():
    yield from _felt()
    cpu, against_bare, times_less = _ratio(), _ratio(BARE), _ratio(sign=-1)
    for size, least, most in ((1000, 6, 1.4), (10000, 25, 1.4), (100000, 60, 2.0)):
        case = f"rtmp send {size} chunk=128"
        yield Goal(f"send, chunk 128, {size:,} bytes: times less CPU", case, times_less, -least)
        yield Goal(f"send, chunk 128, {size:,} bytes: CPU against the write loop", case, against_bare, most)
    for size in (200, 1000, 10000):
        yield Goal(f"send, chunk 128, {size:,} bytes: system calls", f"rtmp send {size} chunk=128", _count("calls"), 1.0)
    for chunk in (4096, 65536):
        case = f"rtmp send 10000 chunk={chunk}"
        yield Goal(f"send, chunk {chunk}, 10,000 bytes: CPU against the write loop", case, against_bare, 1.2)
    for chunk, most in ((128, 0.45), (4096, 0.40)):
        case = f"rtmp write 10000 chunk={chunk}"
        yield Goal(f"RTMP_Write, chunk {chunk}: CPU", case, cpu, most)
        yield Goal(f"RTMP_Write, chunk {chunk}: blocks allocated per tag", case, _blocks, 0)
    for chunk, most in ((128, 0.55), (4096, 1.0), (65536, 1.0)):
        case = f"rtmp receive 10000 chunk={chunk}"
        yield Goal(f"receive, chunk {chunk}: CPU", case, cpu, most)
    case = "rtmp receive 10000 chunk=128"
    yield Goal("receive, chunk 128: instructions", case, _count("instructions", True), 0.25)
    for chunk, buffer, most in ((128, 65536, 0.55), (4096, 65536, 0.9), (4096, 4096, 1.0)):
        case = f"rtmp read 10000 chunk={chunk} buffer={buffer}"
        yield Goal(f"RTMP_Read, chunk {chunk}, {buffer // 1024} KiB: CPU", case, cpu, most)
    for protocol, verb, most in (("rtmpe", "receive", 0.65), ("rtmpe", "send", 0.5), ("rtmps", "receive", 0.75), ("rtmps", "send", 0.7)):
        yield Goal(f"{protocol} {verb}: CPU", f"{protocol} {verb} 10000 chunk=4096", cpu, most)
    yield Goal("AMF encode: speed", "amf-encode", times_less, -1.5)
    yield Goal("AMF decode: speed", "amf-decode", times_less, -2.0)
    yield Goal("ParseURL: speed", "parse-url", times_less, -1.0)
    yield Goal("Init + SetupURL + Close: speed", "setup", times_less, -1.0)
    for protocol, most in (("rtmp", 1.0), ("rtmpe", 1.3), ("rtmps", 0.7)):
        yield Goal(f"connect to first media, {protocol}: CPU", f"{protocol} connect", cpu, most)
    for protocol, most in (("rtmp", 4096), ("rtmpe", 4096), ("rtmps", 40960)):
        yield Goal(f"idle handle, {protocol}: bytes", f"{protocol} idle", _bytes, most)
    yield Goal("dlopen: time", "load", cpu, 2.0)


ALL = list(_list())


def is_met(goal, value):
    """Whether a measured value reaches the goal. (The values of goals at least as large as something are negative.)"""
    return value <= goal.limit


def limit(goal):
    """The goal as people read it."""
    return f"≤ {goal.limit:,}" if goal.limit >= 0 else f"≥ {-goal.limit:,}"
