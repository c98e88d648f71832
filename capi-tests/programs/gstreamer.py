"""GStreamer: rtmpsrc and rtmpsink."""

import os

from bench import Deviation, Outcome, case, whole_clip
from process import wait_until


def _size(path):
    return os.path.getsize(path) if os.path.exists(path) else 0


def _starts_again(outcome, bench):
    """After the last frame the clip follows once more, and again, until the pipeline is ended from outside."""
    if outcome.status is not None:
        return f"the pipeline ended with {outcome.status}"
    whole = os.path.getsize(bench.clips.flv)
    return None if outcome.size > whole else f"{outcome.size} bytes"


@case("gstreamer-rtmpsrc", Deviation("P6", _starts_again, whole_clip((0,))))
def rtmpsrc(bench, seat):
    """A recorded file until the end of the stream (EOS ends the pipeline)."""
    path = seat.path("rtmpsrc.flv")
    command = ["gst-launch-1.0", "-q", "rtmpsrc", f"location={bench.server.url('vod', 'clip.flv')}"]
    command += ["!", "filesink", f"location={path}", "buffer-mode=unbuffered"]
    # More than one and a half clips cannot come from one.
    too_much = os.path.getsize(bench.clips.flv) * 3 // 2
    with seat.running(command, bench.server) as program:
        wait_until(
            "the pipeline ends or starts again",
            lambda: program.status() is not None or _size(path) > too_much,
        )
        status = program.status()
    return Outcome(status, path)


def publishing(bench, address):
    """A pipeline that demuxes the clip, muxes it again and publishes it."""
    command = ["gst-launch-1.0", "-q", "filesrc", f"location={bench.clips.flv}", "!", "flvdemux", "name=in"]
    command += ["flvmux", "name=out", "streamable=true", "!", "rtmpsink", f"location={address}", "sync=false"]
    command += ["in.video", "!", "queue", "!", "out.video"]
    command += ["in.audio", "!", "queue", "!", "out.audio"]
    return command


@case("gstreamer-rtmpsink")
def rtmpsink(bench, seat):
    """The clip published as a live stream, judged by what the server recorded."""
    stream = f"gst-{seat.name}"
    with seat.running(publishing(bench, bench.server.url("live", stream)), bench.server) as program:
        status = program.wait()
    return Outcome(status, bench.server.recording(stream))
