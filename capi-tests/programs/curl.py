"""curl: rtmp:// downloads and uploads."""

import frames
from bench import Deviation, Outcome, case, publisher, whole_clip

# curl's exit statuses.
FAILED_INIT = 2
TOO_SLOW = 28

# What nginx answers to who publishes under a name that is taken.
REFUSAL = "NetStream.Publish.BadName"

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
