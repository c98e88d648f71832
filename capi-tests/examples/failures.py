"""What the examples say about servers that refuse, that break off, that are silent and that are not there: one case for each
example that tells reasons apart, and one row for each reason."""

import collections
import os

import rtmp
import using
from common import HERE, case_of_ours, checked, expect, large, python
from process import PATIENCE, Failure, Program, wait_until
from scripted import Full, Nobody, Scripted

KINDS = {"timeout": 2, "resolve": 3, "connect": 5, "refused": 12, "login": 13, "lost": 14}
PHASES = {"connecting": 1, "handshake": 5, "dialogue": 6, "streaming": 7}
# ms. A limit that is meant to be reached, and not before the last thing that the server says, on a busy machine under valgrind;
# the others have those of the library, half a minute.
SHORT = 1000

Row = collections.namedtuple("Row", "name server what url limit kind phase rest is_cut", defaults=("", False))
Row.__doc__ = """`server()` is there meanwhile. Who does `what` (play or publish) with `url`, in which the port is filled in, fails
with `kind` in `phase`; `rest`: the code, or the error of the system, that is named too. `is_cut`: the server breaks off when the
stream has begun."""

URL = "rtmp://127.0.0.1:{port}/app/stream"
LOGIN = "rtmp://user:wrong@127.0.0.1:{port}/app/stream"
# Longer than a name may be: no server of names is asked.
UNKNOWN = "rtmp://" + "x" * 64 + "/app/stream"
# What a client says before it waits for the server's first answer: more than both parts of its handshake.
SPOKEN = 3100


def _error(description):
    information = {"level": "error", "code": "NetConnection.Connect.Rejected", "description": description}
    return rtmp.invoke("_error", 1, None, information)


def _connected(result):
    return rtmp.whole(rtmp.CONNECTED) + rtmp.invoke("_result", result, None, 1)


# Which call createStream is: a player's second, a publisher's fourth.
PLAYER, PUBLISHER = 2, 4
BAD_NAME = rtmp.status("NetStream.Publish.BadName", "error")
NOT_FOUND = rtmp.status("NetStream.Play.StreamNotFound", "error")
FORBIDDEN = "[ AccessManager.Reject ] : [ authmod=adobe ] : ?reason=authfailed&opaque=x"
SHAKEN = rtmp.whole(rtmp.HANDSHAKE)
UNTIL_VIDEO = rtmp.before(rtmp.PLAY, "video")


def _scripted(*says, **more):
    return lambda: Scripted(b"".join(says), **more)


ROWS = (
    Row("nobody listens", Nobody, "play", URL, 0, "connect", "connecting", "ECONNREFUSED"),
    Row("unknown name", Nobody, "play", UNKNOWN, 0, "resolve", "connecting"),
    Row("no answer", Full, "play", URL, SHORT, "timeout", "connecting"),
    Row("silent", _scripted(), "play", URL, SHORT, "timeout", "handshake"),
    Row("silent later", _scripted(SHAKEN), "publish", URL, SHORT, "timeout", "dialogue"),
    Row("no media", _scripted(UNTIL_VIDEO), "play", URL, SHORT, "timeout", "streaming"),
    Row("cut at once", _scripted(reads=SPOKEN // 4, resets=True), "play", URL, 0, "lost", "handshake"),
    Row("cut early", _scripted(SHAKEN, reads=SPOKEN, resets=True), "publish", URL, 0, "lost", "dialogue"),
    Row("cut late", _scripted(UNTIL_VIDEO), "play", URL, 0, "lost", "streaming", is_cut=True),
    Row("not connected", _scripted(SHAKEN, _error("not today")), "play", URL, 0, "refused", "dialogue",
        "NetConnection.Connect.Rejected"),
    Row("not found", _scripted(SHAKEN, _connected(PLAYER), NOT_FOUND), "play", URL, 0, "refused", "dialogue",
        "NetStream.Play.StreamNotFound"),
    Row("name taken", _scripted(SHAKEN, _connected(PUBLISHER), BAD_NAME), "publish", URL, 0, "refused", "dialogue",
        "NetStream.Publish.BadName"),
    Row("wrong password", _scripted(SHAKEN, _error(FORBIDDEN)), "publish", LOGIN, 0, "login", "dialogue"),
)
# For who sends more than the systems have room for.
CUT_SENDING = Row("cut sending", _scripted(rtmp.whole(rtmp.PUBLISH), reads=100000, resets=True), "publish", URL, 0, "lost",
                  "streaming")


def _fail(seat, row, command_of, text, begun):
    with row.server() as server:
        url = row.url.format(port=server.port)
        with Program(command_of(row, url), seat.directory, seat.environment()) as program:
            if row.is_cut:
                wait_until(f"{program.name} says {begun!r}", lambda: begun in program.output() or program.status() is not None)
                server.cut()
            expect(program, 1, text)


def _try(seat, rows, command_of, text_of, begun=None):
    """Runs what `command_of(row, url)` gives with each row, and expects `text_of(row)`. Where the stream has begun, it says
    `begun`."""
    wrong = []
    for row in rows:
        try:
            _fail(seat, row, command_of, text_of(row), begun)
        except Failure as failure:
            wrong.append(f"{row.name}: {failure}")
    if wrong:
        raise Failure("\n".join(wrong))


@case_of_ours
def python_fails(shared, seat):
    """An exception with kind, phase, code and the system's error."""

    def command(row, url):
        files = [url, os.devnull] if row.what == "play" else [shared.clips.flv if row in ROWS else large(seat), url]
        return [*python(seat), "--events", "--limit", row.limit, row.what, *files]

    rows = (*ROWS, CUT_SENDING)
    _try(seat, rows, command, lambda row: f"({row.kind} in {row.phase}{' ' * bool(row.rest)}{row.rest}", "phase: streaming\n")


@case_of_ours
def restream_fails(shared, seat):
    """An exception with numbers and the server's code, whether it plays or publishes. Nothing stays behind: valgrind looks."""

    def command(row, url):
        if row.limit:
            # Of the bad one only: under valgrind the good one takes its time.
            url = f"{url} connectTimeout={row.limit} receiveTimeout={row.limit}"
        good = shared.server.url("vod", "clip.flv")
        addresses = [url, shared.server.url("live", "unused")] if row.what == "play" else [good, url]
        return [*checked(seat, "restream"), *addresses]

    _try(seat, ROWS, command, lambda row: f"(kind {KINDS[row.kind]} in phase {PHASES[row.phase]}{_code(row)})",
         "to: NetStream.Publish.Start\n")


def _code(row):
    return f" {row.rest}" if row.rest.startswith("Net") else ""


@case_of_ours
def raii(_shared, seat):
    """What examples/rtmp.hpp promises and no example shows."""
    with Scripted(UNTIL_VIDEO) as server, seat.running([*checked(seat, "raii"), server.port]) as program:
        expect(program, 0, "fine\n")


@case_of_ours
def python_module(_shared, seat):
    """What examples/rtmp.py promises and its program does not show."""
    script = os.path.join(HERE, "python_module.py")
    with Scripted(UNTIL_VIDEO) as server:
        with seat.running(["/usr/bin/python3", script, seat.programs, server.port]) as program:
            expect(program, 0, "fine\n")


@case_of_ours
def binding_fails(shared, seat):
    """What docs/use-with.md does with Debian's binding tells why it failed."""
    (block,) = (block for block in using.blocks(shared.root) if "librtmp.RTMP(" in block)
    with Nobody() as server:
        environment = seat.environment(FROM=URL.format(port=server.port))
        with Program(["sh", "-e", "-c", block], seat.directory, environment) as program:
            expect(program, 1, "Failed to connect: connecting: ")


# How what the code of docs/porting.md shows the user ends, by kind. What is lost may be so in several words.
IN_WORDS = {
    "resolve": "HostNotFound",
    "timeout": "ConnectionTimedOut",
    "connect": "Connection refused",
    "refused": " it is so",
    "login": FORBIDDEN,
    "lost": "",
}


@case_of_ours
def porting_fails(_shared, seat):
    """The code of docs/porting.md finds the text, and whether to connect again."""
    # It publishes, so servers that answer a player say what it does not expect.
    rows = [row for row in ROWS if row.what == "publish" or row.phase in ("connecting", "handshake")]

    def command(row, url):
        address, limit = url.replace("user:wrong@", ""), row.limit or 10000
        return [*checked(seat, "porting"), "publish", large(seat), address, limit]

    def text(row):
        again = row.kind not in ("refused", "login")
        return f"{IN_WORDS[row.kind]}{chr(10)}again {int(again)}{chr(10)}"

    _try(seat, (*rows, CUT_SENDING), command, text)


@case_of_ours
def porting_asked_to_go(shared, seat):
    """The server, which is where its name is not, is told what belongs to `connect`. It asks its client to leave, which hears that
    while it publishes."""
    says = (rtmp.whole(rtmp.PUBLISH), rtmp.invoke("onGoAway", 0, None))
    with Scripted(b"".join(says), reads=1 << 40) as server:
        command = [*checked(seat, "porting"), "until-asked", shared.clips.flv, "rtmp://elsewhere.invalid/app/stream", 10000]
        command += [f"127.0.0.1:{server.port}"]
        with seat.running(command) as program:
            expect(program, 0, "has to go\n")
        server.is_done.wait(PATIENCE)
    # Without what stands between the chunks of a command.
    heard = bytes(server.heard).replace(b"\xc3", b"")
    for text in (b"tcUrl\2\0\x1crtmp://elsewhere.invalid/app", b"\0\x0esupportsGoAway\1\1", b"@setDataFrame"):
        if text not in heard:
            raise Failure(f"the server has not got {text}")
