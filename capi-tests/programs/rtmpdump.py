"""rtmpdump: downloads of recorded and live streams, parts of them, and resuming."""

import time

import flv
import frames
from bench import Deviation, Outcome, case, publisher

# rtmpdump computes "incomplete" (2) from the duration in the metadata, also for a file that lacks nothing.
ENDED = (0, 2)
START_MS = 2000
AUDIO_FRAME_MS = 24


def _download(bench, seat, url, *options, output="download.flv", exact=False):
    path = seat.path(output)
    with seat.running(["rtmpdump", "-q", "-r", url, "-o", path, *options], bench.server) as program:
        status = program.wait()
    return Outcome(status, path, exact)


def _live(bench, seat, name, *options):
    stream = f"{name}-{seat.name}"
    path = seat.path("live.flv")
    command = ["rtmpdump", "-q", "-v", "-r", bench.server.url("live", stream), "-o", path, *options]
    with seat.running(command, bench.server) as program:
        bench.server.wait_open(stream)
        with publisher(bench, stream, seat.directory) as source:
            source.wait()
            return Outcome(program.wait(), path)


@case("rtmpdump-vod")
def vod(bench, seat):
    """A recorded FLV file, byte for byte."""
    return _download(bench, seat, bench.server.url("vod", "clip.flv"), exact=True)


@case("rtmpdump-vod-mp4", complete=False)
def vod_mp4(bench, seat):
    """A recorded MP4 file (of which nginx leaves out the last frames), byte for byte."""
    return _download(bench, seat, bench.server.url("vod", "mp4:indexed.mp4"), exact=True)


@case("rtmpdump-live")
def live(bench, seat):
    """A live stream from its first frame until the publisher leaves."""
    return _live(bench, seat, "dump-live")


@case("rtmpdump-live-stop")
def live_stop(bench, seat):
    """As above with a stop position, of which nginx takes no notice for live streams."""
    return _live(bench, seat, "dump-stop", "--stop", "3")


@case("rtmpdump-standby")
def standby(bench, seat):
    """A live stream that begins when the player has waited for it longer than three time-outs."""
    stream = f"standby-{seat.name}"
    url, path = bench.server.standby_url(stream), seat.path("standby.flv")
    with seat.running(["rtmpdump", "-q", "-v", "-m", "1", "-r", url, "-o", path], bench.server) as program:
        bench.server.wait_open(stream)
        time.sleep(5)
        with publisher(bench, stream, seat.directory, url=url) as source:
            source.wait()
            return Outcome(program.wait(), path)


@case("rtmpdump-stop")
def stop(bench, seat):
    """A stop position alone, of which nginx takes no notice either."""
    return _download(bench, seat, bench.server.url("vod", "clip.flv"), "--stop", "3", exact=True)


def _wrong_status(outcome, expected):
    if outcome.status in expected:
        return None
    return f"exit status {outcome.status}, expected {' or '.join(map(str, expected))}"


def _tail_of_whole(outcome, offset):
    """None if the frames are the end of the whole download, every time `offset` ms later, from `START_MS` on."""
    for kind in frames.KINDS:
        whole = [frame for frame in outcome.reference.frames if frame.kind == kind]
        got = [frame._replace(dts=frame.dts - offset, pts=frame.pts - offset) for frame in outcome.media.of(kind)]
        # The audio frame that covers the start position begins before it.
        expected = [frame for frame in whole if frame.dts > START_MS - AUDIO_FRAME_MS]
        if got != expected:
            return (
                f"{kind}: {len(got)} frames from {got[0].dts + offset if got else 'nowhere'} ms on, expected "
                f"{len(expected)} from {expected[0].dts + offset} ms on"
            )
    return None


def _starts_with_offset(offset):
    def check(outcome, _bench):
        return _wrong_status(outcome, ENDED) or _tail_of_whole(outcome, offset)

    return check


@case("rtmpdump-start", Deviation("P12", _starts_with_offset(START_MS), _starts_with_offset(0)))
def start(bench, seat):
    """A start position. nginx goes on counting from the beginning of the file, so times must not be moved."""
    url = bench.server.url("vod", "mp4:indexed.mp4")
    whole = _download(bench, seat, url, output="whole.flv")
    outcome = _download(bench, seat, url, "--start", str(START_MS / 1000))
    outcome.reference = whole.media
    return outcome


def _resumed(outcome, _bench):
    """All frames of the whole download, each once."""
    return _wrong_status(outcome, ENDED) or frames.difference(outcome.reference, outcome.media)


def _refused(outcome, _bench):
    return _wrong_status(outcome, (1,))


@case("rtmpdump-resume", Deviation("P12", _refused, _resumed))
def resume(bench, seat):
    """A download that broke off 20 tags behind the key frame at 3 s. nginx starts with that key frame, but goes on
    counting from the beginning of the file."""
    url = bench.server.url("vod", "mp4:indexed.mp4")
    whole = _download(bench, seat, url, output="resumed.flv")
    flv.cut_after_key_frame(seat.path("resumed.flv"), 3, 20)
    outcome = _download(bench, seat, url, "--resume", output="resumed.flv")
    outcome.reference = whole.media
    return outcome
