"""curl: rtmp:// downloads and uploads."""

import os

import flv
import frames
from bench import Deviation, Outcome, case, publisher, whole_clip

# curl's exit statuses.
FAILED_INIT = 2
TOO_SLOW = 28

# What nginx answers to who publishes under a name that is taken.
REFUSAL = "NetStream.Publish.BadName"

# Lengths of files that fit one receive.
SMALL = (4_000, 14_000)

# Gives up when nothing comes any more.
DOWNLOAD = ("curl", "-sS", "--speed-limit", "1", "--speed-time", "2")


def hangs_before_the_end(outcome, bench):
    """The end never arrives, until curl gives up; what has arrived is right."""
    if outcome.status != TOO_SLOW:
        return f"exit status {outcome.status}, expected {TOO_SLOW}"
    if not outcome.media:
        return None
    whole = frames.Media(bench.clips.flv)
    for kind in frames.KINDS:
        expected = [frame.md5 for frame in whole.of(kind)]
        got = [frame.md5 for frame in outcome.media.of(kind)]
        if got != expected[: len(got)]:
            return f"the {kind} frames are not the beginning of the clip's"
    return None


@case("curl-download", Deviation("P2", hangs_before_the_end, whole_clip((0,)), by_chance=True))
def download(bench, seat):
    """A recorded file; the server keeps the connection open after it."""
    path = seat.path("curl.flv")
    command = [*DOWNLOAD, "-o", path, bench.server.url("vod", "clip.flv")]
    with seat.running(command, bench.server) as program:
        return Outcome(program.wait(), path)


def _comes_short(outcome, _bench):
    return None if outcome.status == TOO_SLOW else f"exit status {outcome.status}, expected {TOO_SLOW}"


def _comes_whole(outcome, _bench):
    if outcome.status or outcome.text:
        return f"exit status {outcome.status}, {outcome.text}"
    return None


@case("curl-download-small", Deviation("P2", _comes_short, _comes_whole, by_chance=True))
def download_small(bench, seat):
    """Recorded files so short that they come with the acceptance of the stream: nothing follows that could wake curl."""
    with open(bench.clips.flv, "rb") as file:
        clip = file.read()
    status, short = 0, []
    for size in SMALL:
        source, path = f"small-{size}.flv", seat.path(f"small-{size}.flv")
        with open(os.path.join(bench.server.vod_directory, source), "wb") as file:
            file.write(flv.beginning(clip, size))
        with open(path, "wb"):
            # curl makes the file when the first bytes come.
            pass
        command = [*DOWNLOAD, "-o", path, bench.server.url("vod", source)]
        with seat.running(command, bench.server) as program:
            status = program.wait() or status
        with open(path, "rb") as file:
            got = flv.media(file.read())
        expected = flv.media(flv.beginning(clip, size))
        if got != expected:
            short.append(f"{len(got)} of {len(expected)} tags of {size} bytes")
    return Outcome(status, text=", ".join(short))


@case("curl-upload")
def upload(bench, seat):
    """The clip published as a live stream, judged by what the server recorded."""
    stream = f"curl-{seat.name}"
    command = ["curl", "-sS", "-T", bench.clips.flv, bench.server.url("live", stream)]
    with seat.running(command, bench.server) as program:
        status = program.wait()
    return Outcome(status, bench.server.recording(stream))


def _is_refused(saying_why):
    def check(outcome, _bench):
        if outcome.status != FAILED_INIT:
            return f"exit status {outcome.status}, expected {FAILED_INIT}"
        if (REFUSAL in outcome.text) != saying_why:
            return f"printed {outcome.text!r}"
        return None

    return check


@case("curl-upload-refused", Deviation("P16", _is_refused(saying_why=False), _is_refused(saying_why=True)))
def upload_refused(bench, seat):
    """Publishing under a name that is taken. The original waits for curl's timeout and does not say why it failed."""
    stream = f"taken-{seat.name}"
    with publisher(bench, stream, seat.directory, endless=True):
        bench.server.wait_open(stream)
        command = ["curl", "-sS", "-T", bench.clips.flv, bench.server.url("live", stream)]
        with seat.running(command, bench.server) as program:
            return Outcome(program.wait(), text=program.output())
