"""What a case is, what it works with, and how two outcomes are judged."""

import collections
import hashlib
import os

import frames
from process import Program

Bench = collections.namedtuple("Bench", "server tls clips ffmpeg shim")
Bench.__doc__ = """What all cases share: the `Server`, the `TlsServer` in front of it, the `Clips`, `ffmpeg()` giving
the path of the FFmpeg built with librtmp, and `shim`, the preloaded library that chooses the port of programs whose
port is fixed."""

Deviation = collections.namedtuple("Deviation", "row original here by_chance", defaults=(False,))
Deviation.__doc__ = """An intended difference: `row` names it in the list of differences; `original(outcome, bench)` and
`here(outcome, bench)` return None if the outcome is what that library is known to give, else what is wrong. `by_chance`:
what goes wrong in the original depends on what arrives when, and may for once go right."""

Case = collections.namedtuple("Case", "name play deviation complete")
Case.__doc__ = """`play(bench, seat)` runs the program and returns an `Outcome`. `complete`: the content must be all of
the clip, on either library."""

REGISTRY = []


def case(name, deviation=None, complete=True):
    """Registers the decorated function as a case."""

    def register(play):
        REGISTRY.append(Case(name, play, deviation, complete))
        return play

    return register


class Outcome:
    """What one run gave. `status` is the program's exit status (None: it did not end and was ended), `media` what it
    produced, `digest` identifies the exact bytes where equal bytes are promised, `text` what else must be equal,
    `reference` is other media from the same run for a deviation to compare with."""

    def __init__(self, status, path=None, exact=False, text=""):
        self.status = status
        self.text = text
        self.size = os.path.getsize(path) if path else 0
        self.media = frames.Media(path) if path else None
        self.digest = _digest(path) if exact else None
        self.reference = None


def _digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def _unequal(original, ours):
    """What differs between two outcomes that must be the same."""
    if ours.status != original.status:
        return f"exit status {ours.status} instead of {original.status}"
    if ours.text != original.text:
        return f"{ours.text!r} instead of {original.text!r}"
    if original.media:
        reason = frames.difference(original.media, ours.media)
        if reason:
            return reason
    if ours.digest != original.digest:
        return f"same frames, but other bytes ({ours.size} instead of {original.size})"
    return None


def _incomplete(case, bench, outcome):
    if not case.complete or not outcome.media:
        return None
    return frames.content_difference(frames.Media(bench.clips.flv), outcome.media)


def _unlike_original(deviation, outcome, bench):
    reason = deviation.original(outcome, bench)
    if reason and deviation.by_chance and not deviation.here(outcome, bench):
        return None
    return reason


def judge(case, bench, original, ours, both_original):
    """None if both outcomes are what they should be, else the reason."""
    if case.deviation:
        reason = _unlike_original(case.deviation, original, bench)
        if reason:
            return f"the original no longer shows {case.deviation.row}: {reason}"
        if both_original:
            reason = _unlike_original(case.deviation, ours, bench)
        else:
            reason = case.deviation.here(ours, bench)
        return f"{case.deviation.row}: {reason}" if reason else None
    reason = _incomplete(case, bench, original)
    if reason:
        return f"with the original: {reason}"
    return _unequal(original, ours)


def whole_clip(exits):
    """A judgement for deviations: the program ended with one of `exits` and produced all of the clip."""

    def check(outcome, bench):
        if outcome.status not in exits:
            return f"exit status {outcome.status}, expected {' or '.join(map(str, exits))}"
        if not outcome.media:
            return "nothing arrived"
        return frames.content_difference(frames.Media(bench.clips.flv), outcome.media)

    return check


def clip_damaged(outcome, bench):
    """A judgement for deviations: whatever the exit status says, not all of the clip arrived. (The program may even
    crash: any status will do.)"""
    if whole_clip((outcome.status,))(outcome, bench) is None:
        return "the whole clip arrived"
    return None


def publisher(bench, name, directory, endless=False, url=None):
    """Starts Debian's ffmpeg (its own RTMP, no librtmp) publishing the clip as the live stream `name`: once and as
    fast as it goes, or `endless`, at its own speed. `url`: its address, if it is another."""
    pace = ["-re", "-stream_loop", "-1"] if endless else []
    command = ["ffmpeg", "-nostdin", "-v", "error", *pace, "-i", bench.clips.flv, "-c", "copy", "-f", "flv"]
    return Program([*command, url or bench.server.url("live", name)], directory)
