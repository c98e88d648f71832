"""Programs that are told to stop while a call waits, in each phase."""

import ast
import collections
import os
import re
import signal
import sys

import rtmp
from common import case, case_of_ours, checked, compiled, expect, large, python
from process import PATIENCE, Failure, Program, wait_until
from scripted import Full, Scripted

Stop = collections.namedtuple("Stop", "phase server url publishes", defaults=(False,))
Stop.__doc__ = """With the server `server()` a client of `url` waits in `phase` for ever, or as long as it likes."""

SILENT = Scripted
# Of a file that is larger.
TAKEN = 100000

STOPS = (
    Stop("connecting", Full, "rtmp://127.0.0.1:{port}/app/stream"),
    Stop("proxy", SILENT, "rtmp://127.0.0.1:9/app/stream socks=127.0.0.1:{port}"),
    Stop("TLS", SILENT, "rtmps://127.0.0.1:{port}/app/stream"),
    Stop("tunnel", SILENT, "rtmpt://127.0.0.1:{port}/app/stream"),
    Stop("handshake", SILENT, "rtmp://127.0.0.1:{port}/app/stream"),
    Stop("dialogue", lambda: Scripted(rtmp.whole(rtmp.HANDSHAKE)), "rtmp://127.0.0.1:{port}/app/stream"),
    Stop("streaming", lambda: Scripted(rtmp.before(rtmp.PLAY, "video")), "rtmp://127.0.0.1:{port}/app/stream"),
    Stop("streaming", lambda: Scripted(rtmp.whole(rtmp.PUBLISH), TAKEN), "rtmp://127.0.0.1:{port}/app/stream", True),
)


def _wait_in(stop, server, program, text):
    """Returns when the program is in the phase, and has said what it says there."""
    wait_until(f"{program.name} comes to {text!r}", lambda: text in program.output() or program.status() is not None)
    if stop.server is not Full and not server.is_done.wait(PATIENCE):
        raise Failure(f"the server has not got all{program.tail()}")


@case_of_ours
def interrupt(_shared, seat):
    """Ctrl-C, whatever is waited for. Nothing stays behind: valgrind looks."""
    for stop in STOPS:
        with stop.server() as server:
            url = stop.url.format(port=server.port)
            # A handle keeps the text of its proxy, with which it can connect again, and nothing frees that, as in the original.
            wrapped = compiled if stop.phase == "proxy" else checked
            command = [*wrapped(seat, "interrupt"), 0, url, *([large(seat)] if stop.publishes else [])]
            with seat.running(command) as program:
                _wait_in(stop, server, program, f"{stop.phase}\n")
                os.kill(program.pid, signal.SIGINT)
                expect(program, 1, f"interrupt: stopped in phase {stop.phase}\n")


@case_of_ours
def interrupt_limit(_shared, seat):
    """A limit of its own, much shorter than those of the library. Which phase it comes in is the machine's affair."""
    for stop in STOPS:
        with stop.server() as server:
            url = stop.url.format(port=server.port)
            command = [*compiled(seat, "interrupt"), 300, url, *([large(seat)] if stop.publishes else [])]
            with Program(command, seat.directory, seat.environment()) as program:
                expect(program, 1, "interrupt: more than 300 ms in phase ")


@case_of_ours
def interrupt_works(shared, seat):
    """Who is not told to stop gets all, and publishes all."""
    for words in ([shared.server.url("vod", "clip.flv")], [shared.server.url("live", "not-stopped"), shared.clips.flv]):
        with seat.running([*checked(seat, "interrupt"), 0, *words], shared.server) as program:
            expect(program, 0, "streaming\n")


@case_of_ours
def python_interrupted(_shared, seat):
    """Ctrl-C in Python, which C code does not hear of by itself."""
    for stop in STOPS:
        with stop.server() as server:
            url = stop.url.format(port=server.port)
            words = ["publish", large(seat), url] if stop.publishes else ["play", url, os.devnull]
            with seat.running([*python(seat), "--events", *words]) as program:
                _wait_in(stop, server, program, f"phase: {stop.phase.lower()}\n")
                os.kill(program.pid, signal.SIGINT)
                expect(program, 1, f"(cancelled in {stop.phase.lower()}")
                if "Traceback" in program.output() or "ignored" in program.output():
                    raise Failure(f"an exception was lost{program.tail()}")


@case_of_ours
def restream_interrupted(shared, seat):
    """Ctrl-C ends restream while it waits for media."""
    with Scripted(rtmp.before(rtmp.PLAY, "video")) as server:
        addresses = [f"rtmp://127.0.0.1:{server.port}/app/stream", shared.server.url("live", "interrupted")]
        with seat.running([*checked(seat, "restream"), *addresses]) as program:
            wait_until("it publishes", lambda: "to: NetStream.Publish.Start" in program.output())
            os.kill(program.pid, signal.SIGINT)
            expect(program, 1, "restream: interrupted\n")


@case_of_ours
def python_tells(shared, seat):
    """Statistics and events, of a library that is given by its path."""
    environment = seat.environment()
    del environment["LD_LIBRARY_PATH"]
    command = [*python(seat), "--library", seat.library, "--events", "--stats"]
    size = os.path.getsize(shared.clips.flv)
    command += ["publish", shared.clips.flv, shared.server.url("live", "told")]
    with seat.running(command, shared.server, environment) as program:
        expect(program, 0, "phase: dialogue\nstatus: dialogue: NetStream.Publish.Start: ")
        numbers = {name: int(number) for name, number in re.findall(r"^(\w+) (\d+)$", program.output(), re.MULTILINE)}
    sent, messages = numbers.get("wire_out", 0), numbers.get("messages_out", 0)
    if not size // 2 < sent < 2 * size or sent < numbers.get("bytes_out", 0) or not 100 < messages < size // 100:
        raise Failure(f"statistics of a file of {size} bytes: {numbers}")


@case
def python_is_plain(_shared, seat):
    """Nothing that Python 3.7 would not read, and nothing that has to be installed."""
    path = os.path.join(seat.programs, "rtmp.py")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        tree = ast.parse(text, path, feature_version=(3, 7))
    except SyntaxError as error:
        raise Failure(str(error)) from None
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    if not names <= sys.stdlib_module_names:
        raise Failure(f"imports {sorted(names - sys.stdlib_module_names)}")
