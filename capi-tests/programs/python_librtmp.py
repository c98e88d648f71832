"""python3-librtmp, Debian's binding for Python: reading, and writing in blocks of any size."""

import os
from functools import partial

import clip
import flv
import schemes
from bench import Deviation, Outcome, case, clip_damaged, publisher, whole_clip

# The module exists for Debian's interpreter only.
INTERPRETER = "/usr/bin/python3"
SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "python_client.py")


def _read(bench, seat, block):
    path = seat.path("python.flv")
    command = [INTERPRETER, SCRIPT, "read", bench.server.url("vod", "clip.flv"), path, str(block)]
    with seat.running(command, bench.server) as program:
        return Outcome(program.wait(), path, exact=True)


def _write(bench, seat, stream, block, path=None):
    name = f"{stream}-{seat.name}"
    command = [INTERPRETER, SCRIPT, "write", bench.server.url("live", name), path or bench.clips.flv, str(block)]
    with seat.running(command, bench.server) as program:
        status = program.wait()
    return Outcome(status, bench.server.recording(name))


@case("python-read")
def read(bench, seat):
    """A recorded file in blocks of a usual size."""
    return _read(bench, seat, 4096)


@case("python-read-small")
def read_small(bench, seat):
    """The same in blocks that are smaller than most tags."""
    return _read(bench, seat, 61)


@case("python-write")
def write(bench, seat):
    """The whole file in one block, with every tag complete."""
    return _write(bench, seat, "python-whole", 1 << 30)


@case("python-write-late")
def write_late(bench, seat):
    """The whole file in one block, with audio behind video: nginx gets the same times from a delta to the past and from
    an absolute time."""
    path = seat.path("late.flv")
    flv.write_with_late_audio(path, bench.clips.flv)
    return _write(bench, seat, "python-late", 1 << 30, path)


def _frame_rate(wanted):
    def check(outcome, _bench):
        return None if outcome.text == str(wanted) else f"the server found the frame rate {outcome.text}"

    return check


@case("python-write-instruction", Deviation("@setDataFrame", _frame_rate(0), _frame_rate(clip.FRAMES_A_SECOND)))
def write_instruction(bench, seat):
    """A file whose metadata begins with the instruction that the library puts in front."""
    path = seat.path("instruction.flv")
    flv.write_with_instruction(path, bench.clips.flv)
    name = f"python-instruction-{seat.name}"
    command = [INTERPRETER, SCRIPT, "hold", bench.server.url("live", name), path, str(1 << 30)]
    with seat.running(command, bench.server) as program:
        found = bench.server.frame_rate(name)
        program.say("")
        return Outcome(program.wait(), text=str(found))


@case("python-write-odd", Deviation("P11", clip_damaged, whole_clip((0,))))
def write_odd(bench, seat):
    """Blocks of an odd size, which end anywhere inside tags."""
    return _write(bench, seat, "python-odd", 777)


TIMES = 3


def _refused(bench, seat, scheme):
    """Publishing under a name that is taken, again and again."""
    stream = f"python-taken-{scheme}-{seat.name}"
    with publisher(bench, stream, seat.directory, endless=True), schemes.relay(bench, scheme) as server:
        bench.server.wait_open(stream)
        command = [INTERPRETER, SCRIPT, "refused", server.url(scheme, "live", stream), str(TIMES)]
        with schemes.running(bench, seat, command) as program:
            return Outcome(program.wait(), text=program.output())


def _leaves(count):
    def check(outcome, _bench):
        is_right = outcome.status == 0 and f"descriptors left: {count}" in outcome.text
        return None if is_right else f"exit status {outcome.status}, printed {outcome.text!r}"

    return check


_LEFT = Deviation("P16", _leaves(TIMES), _leaves(0))
# Inside TLS the original closes when its time is over. Through a tunnel it waits for ever.
for _scheme, _deviation in {"rtmp": _LEFT, "rtmpe": _LEFT, "rtmps": None}.items():
    case(f"python-refused-{_scheme}", _deviation)(partial(_refused, scheme=_scheme))
